"""How the phrases found in a text speak for each leaf and each level of emotion."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aftersales.complaints.evidence import Hit
from aftersales.complaints.model import GENERIC, STRONG, WEAK

LANGUAGES = ("zh", "en")
EMOTIONS = ("emotion>=1", "emotion>=2", "emotion>=3")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
# Three exclamation marks in a row, or four shouted words: strong by the labelling guide.
_SHOUT = re.compile(r"[!！]{3,}|(?:\b[A-Z][A-Z']+\b[^a-z.!?]{0,3}){4,}")
# Which signals speak for a level of emotion, and how.
_TELLS: tuple[dict[str, int], ...] = (
    {"emotion_3": STRONG, "emotion_2": STRONG, "shout": STRONG, "emotion_0": WEAK},
    {"emotion_3": STRONG, "emotion_2": STRONG, "shout": STRONG, "emotion_0": WEAK},
    {"emotion_3": STRONG, "shout": STRONG, "emotion_2": WEAK, "escalation": WEAK, "churn": WEAK},
)


def language_of(text: str) -> str:
    """zh where any character is Chinese, else en."""
    return "zh" if _CHINESE.search(text) else "en"


def shout(text: str) -> tuple[int, int] | None:
    """Where a text shouts."""
    match = _SHOUT.search(text)
    return match.span() if match else None


def _is_within(hit: Hit, others: Sequence[Hit], column: dict[str, int]) -> bool:
    """Whether a longer hit of another leaf holds it: 服务太差 in 快递服务太差."""
    begin, end = hit.span
    return any(
        other.pattern.told_by != hit.pattern.told_by
        and other.pattern.told_by in column
        and other.span[0] <= begin
        and end <= other.span[1]
        and other.span != hit.span
        for other in others
    )


def spoken(
    hits: Sequence[Sequence[Hit]], texts: Sequence[str], outputs: Sequence[str]
) -> npt.NDArray[np.int8]:
    """For each text and output whether phrases speak for it: SILENT to STRONG."""
    column = {name: number for number, name in enumerate(outputs)}
    found = np.zeros((len(texts), len(outputs)), np.int8)
    for row, (of_text, text) in enumerate(zip(hits, texts, strict=True)):
        names = set()
        for hit in of_text:
            told_by = hit.pattern.told_by
            if told_by in column:
                phrase = hit.phrase
                if phrase.generic and _is_within(hit, of_text, column):
                    continue
                way = WEAK if phrase.weak else GENERIC if phrase.generic else STRONG
                found[row, column[told_by]] = max(found[row, column[told_by]], way)
            else:
                names.add(told_by)
        if shout(text):
            names.add("shout")
        for level, tells in zip(EMOTIONS, _TELLS, strict=True):
            ways = [tells[name] for name in names if name in tells]
            found[row, column[level]] = max(ways, default=0)
    return found
