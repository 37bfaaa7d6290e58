"""Texts as sparse rows of character n-grams and words, for all of them at once.

A feature is the hash of a run of characters: one to four where one of them is beyond ASCII; of
words of ASCII letters and digits three to five, the whole word and pairs of words. The hash of a
run follows from two prefix sums, so all runs of all texts cost a few passes over their characters.
Where each run is stays known, for evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aftersales.complaints.folding import SEPARATOR, codes

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
LONGEST_RUN = 4
PARTS = (3, 4, 5)  # characters of a word, the blank before or behind it counted
_BASE = 0x9E3779B97F4A7C15 | 1  # odd, so that its powers never vanish modulo 2^64
_INVERSE = pow(_BASE, -1, 1 << 64)
# What a hash is mixed with, apart from its length, so that a word is no part of a word.
_PART_KIND, _WORD_KIND = 16, 7


@dataclass(frozen=True)
class Runs:
    """Every run of characters in some texts.

    Attributes:
        hashes: of each run.
        rows: the text it is in, by number.
        begins, ends: where it is in that text, in characters.
    """

    hashes: Hashes
    rows: Places
    begins: Places
    ends: Places


def runs(texts: Sequence[str]) -> Runs:
    """Every run of every text, folded."""
    folded, starts = codes(texts)
    of_text = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(starts))
    is_gap = folded == SEPARATOR
    is_word = _is_word(folded)
    blanks = np.isin(folded, (9, 10, 13, 0x3000))
    letters = np.where(blanks, 32, folded).astype(np.uint64)
    plain = np.where(is_word, folded, 32).astype(np.uint64)
    with np.errstate(over="ignore"):
        prefix, inverses = _prefix(letters)
        beyond = _before(letters >= 128)
        gaps = _before(is_gap)
        found = []
        for length in range(1, LONGEST_RUN + 1):
            begins = _begins(len(folded), length)
            ends = begins + length
            kept = (gaps[ends] == gaps[begins]) & (beyond[ends] > beyond[begins])
            begins, ends = begins[kept], ends[kept]
            found.append((_hash(prefix, inverses, begins, ends, length), begins, ends))
        prefix, inverses = _prefix(plain)
        others = _before(~is_word)
        for length in PARTS:
            begins = _begins(len(folded), length)
            ends = begins + length
            # The edges may be the blank around a word; what lies between is of one word.
            begins = begins[(others[ends - 1] == others[begins + 1]) & ~is_gap[begins]]
            ends = begins + length
            hashes = _hash(prefix, inverses, begins, ends, _PART_KIND + length)
            found.append((hashes, begins, np.minimum(ends, starts[of_text[begins] + 1] - 1)))
        found += _words(is_word, prefix, inverses, of_text)
    hashes, begins, ends = (np.concatenate(part) for part in zip(*found, strict=True))
    rows = of_text[begins]
    return Runs(hashes, rows, begins - starts[rows], ends - starts[rows])


def _is_word(folded: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """ASCII letters, digits and apostrophes."""
    return np.asarray(
        ((folded >= 97) & (folded <= 122)) | ((folded >= 48) & (folded <= 57)) | (folded == 39)
    )


def _before(flags: npt.NDArray[np.bool_]) -> Places:
    """How many are set before each place."""
    return np.concatenate([[0], np.cumsum(flags)])


def _begins(letters: int, length: int) -> Places:
    return np.arange(max(0, letters - length + 1), dtype=np.int64)


def _prefix(letters: Hashes) -> tuple[Hashes, Hashes]:
    """Sums of letters times powers of the base up to each place, and each power's inverse."""
    powers = np.full(len(letters) + 1, _BASE, np.uint64)
    powers[0] = 1
    powers = np.multiply.accumulate(powers)
    inverses = np.full(len(letters) + 1, _INVERSE, np.uint64)
    inverses[0] = 1
    prefix = np.concatenate([[np.uint64(0)], np.cumsum(letters * powers[:-1])])
    return prefix, np.multiply.accumulate(inverses)


def _hash(prefix: Hashes, inverses: Hashes, begins: Places, ends: Places, kind: int) -> Hashes:
    """Of the letters between two places, wherever they stand.

    The sum between two places holds the begin's power as a factor, which multiplying with its
    inverse takes out; an odd number has one modulo 2^64.
    """
    total = (prefix[ends] - prefix[begins]) * inverses[begins]
    mixed = (total ^ np.uint64(kind)) * np.uint64(0xFF51AFD7ED558CCD)
    return mixed ^ (mixed >> np.uint64(33))


def _words(
    is_word: npt.NDArray[np.bool_], prefix: Hashes, inverses: Hashes, of_text: Places
) -> list[tuple[Hashes, Places, Places]]:
    """Whole words, and neighbouring pairs of them."""
    edges = np.diff(np.concatenate([[0], is_word.astype(np.int8), [0]]))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    single = _hash(prefix, inverses, begins, ends, _WORD_KIND)
    same = np.flatnonzero(
        (of_text[begins[:-1]] == of_text[begins[1:]]) & (begins[1:] - ends[:-1] <= 2)
    )
    pair = single[same] * np.uint64(31) + single[same + 1]
    return [(single, begins, ends), (pair, begins[same], ends[same + 1])]
