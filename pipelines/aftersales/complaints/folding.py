"""One spelling for a text, character for character, so that positions stay what they were.

Width, case and traditional script make no difference to what a customer complains of. A character
is replaced by exactly one other or left alone; whatever would change the length (ß, ㎏) stays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import opencc

Codes = npt.NDArray[np.uint32]
_TABLE_SIZE = 0x20000
_APOSTROPHES = {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"'}
SEPARATOR = 0xFFFFF  # a private code point between texts; no text keeps it
_REPLACEMENT = 0xFFFD


@cache
def _table() -> Codes:
    """The character each one becomes, by code point."""
    table = np.arange(_TABLE_SIZE, dtype=np.uint32)
    letters = [chr(code) for code in range(_TABLE_SIZE) if not 0xD800 <= code < 0xE000]
    # One call for all: the converter joins characters into words, a line break keeps them apart.
    simple = opencc.OpenCC("t2s").convert("\n".join(letters[11:])).split("\n")
    for letter, simplified in zip(letters, [*letters[:11], *simple], strict=True):
        found = _APOSTROPHES.get(letter, simplified)
        for way in (lambda char: unicodedata.normalize("NFKC", char), str.lower):
            found = changed if len(changed := way(found)) == 1 else found
        if len(found) == 1:
            table[ord(letter)] = ord(found)
    table[0xD800:0xE000] = _REPLACEMENT  # half a pair: nothing can be made of it
    return table


def codes(texts: Sequence[str]) -> tuple[Codes, npt.NDArray[np.int64]]:
    """The folded code points of all texts, a separator behind each, and where each text begins.

    Returns:
        codes: of all texts; and one start per text, with the whole length behind them.
    """
    joined = chr(SEPARATOR).join([*texts, ""])
    found = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
    table = _table()
    known = found < _TABLE_SIZE
    found[known] = table[found[known]]
    lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
    return found, np.concatenate([[0], np.cumsum(lengths)])


def fold_all(texts: Sequence[str]) -> list[str]:
    """Each text in the one spelling; as many characters as before, each where it was."""
    if not texts:
        return []
    found, starts = codes(texts)
    whole = found.tobytes().decode("utf-32-le")
    return [
        whole[begin : end - 1]
        for begin, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]


def fold(text: str) -> str:
    """One text in the one spelling."""
    return fold_all([text])[0]
