"""Days that are not like others, known beforehand: festivals, promotions, days not judged.

A week with such days is not wrong, but what it says of ordinary work is in its other days. Nothing
is estimated here: which days those are is a matter of calendars, and values with and without them
are both counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Kind = Literal["promotion", "holiday", "exempt"]
Span = tuple[date, date]
DAY = timedelta(days=1)
# A shorter run of days off is as good as a weekend.
LEAST_DAYS = 3
JOINER = "、"


@dataclass(frozen=True)
class Window:
    """Local days, both inclusive.

    Attributes:
        shops: whose; empty: of all.
    """

    title: str
    kind: Kind
    first_on: date
    last_on: date
    shops: tuple[str, ...] = ()


def holiday_runs(
    days: Iterable[tuple[date, str, str | None]], least: int = LEAST_DAYS
) -> list[Window]:
    """Statutory holidays that follow one another day by day, called after all that are in them.

    Args:
        days: of a calendar: the day, its kind, and what the holiday is called.
        least: days; a shorter run is none.
    """
    found: list[list[tuple[date, str | None]]] = []
    for day, kind, title in sorted(days, key=lambda one: one[0]):
        if kind != "holiday":
            continue
        if found and found[-1][-1][0] + DAY == day:
            found[-1].append((day, title))
        else:
            found.append([(day, title)])
    return [
        Window(_called(run), "holiday", run[0][0], run[-1][0]) for run in found if len(run) >= least
    ]


def _called(run: Sequence[tuple[date, str | None]]) -> str:
    """The names of a run, the longest first; of equally long ones the earlier."""
    lengths = Counter(title for _, title in run if title)
    return JOINER.join(title for title, _ in lengths.most_common())


def touching(windows: Iterable[Window], span: Span) -> list[Window]:
    """The windows with a day of the span, cut to it, in the order of their days."""
    first, last = span
    cut = [
        replace(window, first_on=max(window.first_on, first), last_on=min(window.last_on, last))
        for window in windows
        if window.first_on <= last and window.last_on >= first
    ]
    return sorted(cut, key=lambda window: (window.first_on, window.last_on, window.title))


def spans(windows: Iterable[Window]) -> list[Span]:
    """The days of the windows, each day once: those that overlap or follow at once are one span."""
    found: list[Span] = []
    for window in sorted(windows, key=lambda one: (one.first_on, one.last_on)):
        if found and window.first_on <= found[-1][1] + DAY:
            first, last = found[-1]
            found[-1] = (first, max(last, window.last_on))
        else:
            found.append((window.first_on, window.last_on))
    return found


def rest(left_out: Iterable[Span], span: Span) -> list[Span]:
    """The days of the span that are in none of the spans left out."""
    first, last = span
    found: list[Span] = []
    for begin, end in sorted(left_out):
        if begin > first:
            found.append((first, min(begin - DAY, last)))
        first = max(first, end + DAY)
        if first > last:
            break
    if first <= last:
        found.append((first, last))
    return found


def most_moved(pairs: Sequence[tuple[float | None, float | None]], smallest: float) -> int | None:
    """Which value differs most without the days left out, relative to what it is with them.

    Args:
        pairs: with and without them; None where too little is left to tell.
        smallest: relative; less is not spoken of.
    """
    moved = [
        (abs(without - whole) / abs(whole), -place)
        for place, (whole, without) in enumerate(pairs)
        if whole and without is not None
    ]
    most, place = max(moved, default=(0.0, 0))
    return -place if moved and most >= smallest else None
