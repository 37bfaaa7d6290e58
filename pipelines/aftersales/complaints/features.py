"""Texts as sparse rows of character n-grams and words, for all of them at once.

A feature is the hash of a run of characters: one to four where one of them is beyond ASCII, and
words of letters and digits, their first letters, and pairs of them. The hash of a run follows from
two prefix sums, so all runs of all texts cost a few passes over their characters. Where each run
is stays known, for evidence.
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
_BASE = 0x9E3779B97F4A7C15 | 1  # odd, so that its powers never vanish modulo 2^64
_STEM = 5  # letters a word is known by whatever its ending
_STEM_KIND = 11
_WORDS = 7  # what a hash is mixed with, apart from its length, where it is of words


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
    blanks = np.isin(folded, (9, 10, 13, 0x3000))
    letters = np.where(blanks, 32, folded).astype(np.uint64)
    with np.errstate(over="ignore"):
        prefix, inverses = _prefix(letters)
        found = [
            _window(prefix, inverses, length, is_gap, letters)
            for length in range(1, LONGEST_RUN + 1)
        ]
        found += _words(letters, prefix, inverses, of_text)
    hashes, begins, ends = (np.concatenate(part) for part in zip(*found, strict=True))
    rows = of_text[begins]
    return Runs(hashes, rows, begins - starts[rows], ends - starts[rows])


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


_INVERSE = pow(_BASE, -1, 1 << 64)


def _window(
    prefix: Hashes,
    inverses: Hashes,
    length: int,
    is_gap: npt.NDArray[np.bool_],
    letters: Hashes,
) -> tuple[Hashes, Places, Places]:
    if len(is_gap) < length:
        empty = np.zeros(0, np.int64)
        return np.zeros(0, np.uint64), empty, empty
    gaps = np.concatenate([[0], np.cumsum(is_gap)])
    begins = np.arange(len(is_gap) - length + 1, dtype=np.int64)
    begins = begins[gaps[begins + length] == gaps[begins]]
    others = np.concatenate([[0], np.cumsum(letters >= 128)])
    begins = begins[others[begins + length] > others[begins]]
    return _hash(prefix, inverses, begins, begins + length, length), begins, begins + length


def _words(
    letters: Hashes, prefix: Hashes, inverses: Hashes, of_text: Places
) -> list[tuple[Hashes, Places, Places]]:
    """Whole words of ASCII letters, digits and apostrophes, and neighbouring pairs of them."""
    is_word = (
        ((letters >= 97) & (letters <= 122)) | ((letters >= 48) & (letters <= 57)) | (letters == 39)
    )
    edges = np.diff(np.concatenate([[0], is_word.astype(np.int8), [0]]))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    single = _hash(prefix, inverses, begins, ends, _WORDS)
    same = np.flatnonzero(
        (of_text[begins[:-1]] == of_text[begins[1:]]) & (begins[1:] - ends[:-1] <= 2)
    )
    stems = np.minimum(begins + _STEM, ends)
    stem = _hash(prefix, inverses, begins, stems, _STEM_KIND)
    pair = single[same] * np.uint64(31) + single[same + 1]
    return [
        (single, begins, ends),
        (stem, begins, stems),
        (pair, begins[same], ends[same + 1]),
    ]
