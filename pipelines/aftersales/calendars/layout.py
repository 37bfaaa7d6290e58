"""Working hours laid out in UTC: what a clock that only runs during them shows at any instant.

A second is working time if the clock on the wall then reads a time inside the day's hours and
outside its breaks. So an hour that exists twice counts twice, and one that does not exist does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from aftersales.calendars.definition import DAY, Calendar, Interval, Version
from aftersales.calendars.zones import Period

# Working segments end at every multiple of so many working seconds, so that the segment in which a
# working clock reaches a time is found by an equi-join, like the one that holds an instant.
BUCKET = 14_400

Kind = Literal["weekday", "weekend", "holiday", "make_up_day", "override"]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
# Begins and ends, in seconds from 1970
Spans: TypeAlias = tuple[Ints, Ints]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Segments:
    """A laid range, cut up; columns of one length, in order, times in seconds from 1970 UTC.

    Attributes:
        starts, ends: each begins where the one before ends.
        is_working: whether the clock runs.
        seconds_before: what it showed at the start.
        buckets: how often it had passed BUCKET by then.
    """

    starts: Ints
    ends: Ints
    is_working: Bools
    seconds_before: Ints
    buckets: Ints


@dataclass(frozen=True)
class Day:
    """What a local day counts as."""

    on: date
    kind: Kind
    title: str | None


def days(
    calendar: Calendar,
    first: date,
    last: date,
    *,
    holidays: Mapping[date, str | None],
    make_up: Mapping[date, str | None],
) -> list[Day]:
    """Each local day from first to last, both included, with what decides its hours.

    An override goes before a holiday or make-up day, these before the weekly hours.
    """
    worked = make_up if calendar.make_up_days else {}
    found = []
    for step in range((last - first).days + 1):
        on = first + timedelta(days=step)
        if on in calendar.overrides:
            found.append(Day(on, "override", calendar.overrides[on].title))
        elif on in holidays:
            found.append(Day(on, "holiday", holidays[on]))
        elif on in worked:
            found.append(Day(on, "make_up_day", worked[on]))
        else:
            found.append(Day(on, "weekend" if on.weekday() > 4 else "weekday", None))
    return found


def lay_out(
    calendar: Calendar,
    laid: Sequence[Day],
    periods: Sequence[Period],
    *,
    make_up: Mapping[date, str | None],
) -> Segments:
    """The laid days as segments from the first one's midnight to the last one's.

    Nothing runs into them: a shift of the night before the first day is not known.

    Args:
        laid: at least one day, without a gap.
        periods: the zone's runs of equal offset.
        make_up: as given to `days`; an override of such a day keeps its breaks.
    """
    runs = [(_seconds(start), _seconds(end), shift) for start, end, shift in periods]
    working, breaks = _local(calendar, laid, make_up if calendar.make_up_days else {})
    local = _without(_merged(working), _merged(breaks))
    first = _number(laid[0].on) * DAY
    last = (_number(laid[-1].on) + 1) * DAY
    begins, ends = _merged(_in_utc(local, runs))
    return _cut(begins, ends, _instant(first, runs), _instant(last, runs))


def _seconds(instant: datetime) -> int:
    return int((instant.replace(tzinfo=UTC) - _EPOCH).total_seconds())


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH.toordinal()


def _local(
    calendar: Calendar, laid: Sequence[Day], worked: Mapping[date, str | None]
) -> tuple[Spans, Spans]:
    """Hours and breaks of the days, by their own wall clock, not merged yet."""
    numbers = np.arange(len(laid), dtype=np.int64) + _number(laid[0].on)
    like = (numbers + 3) % 7  # 1970 began on a Thursday
    for on in worked:
        if laid[0].on <= on <= laid[-1].on:
            like[(on - laid[0].on).days] = calendar.make_up_like
    usual = np.array([day.kind in ("weekday", "weekend", "make_up_day") for day in laid])
    hours: list[Spans] = []
    breaks: list[Spans] = []
    for version, holds in _versions(calendar.versions, numbers):
        for weekday in range(7):
            on_it = holds & (like == weekday)
            hours += _spans(numbers[on_it & usual], version.weekly[weekday])
            breaks += _spans(numbers[on_it], version.breaks[weekday])
    for day in laid:
        if day.kind == "override":
            own = calendar.overrides[day.on].hours
            hours += _spans(np.array([_number(day.on)], dtype=np.int64), own)
    return _together(hours), _together(breaks)


def _versions(versions: Sequence[Version], numbers: Ints) -> Iterator[tuple[Version, Bools]]:
    """Each version with the days it holds on."""
    begins = [-(10**6) if v.since is None else _number(v.since) for v in versions]
    position = np.searchsorted(np.array(begins), numbers, side="right") - 1
    return ((version, position == number) for number, version in enumerate(versions))


def _spans(numbers: Ints, intervals: Sequence[Interval]) -> list[Spans]:
    return [(numbers * DAY + begin, numbers * DAY + end) for begin, end in intervals]


def _together(spans: Sequence[Spans]) -> Spans:
    if not spans:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([s[0] for s in spans]), np.concatenate([s[1] for s in spans])


def _merged(spans: Spans) -> Spans:
    """The same seconds as spans in order that neither overlap nor touch."""
    begins, ends = spans
    if not len(begins):
        return spans
    order = np.argsort(begins, kind="stable")
    begins, ends = begins[order], np.maximum.accumulate(ends[order])
    is_new = np.concatenate([[True], begins[1:] > ends[:-1]])
    return begins[is_new], ends[np.concatenate([is_new[1:], [True]])]


def _within(points: Ints, spans: Spans) -> Bools:
    """Whether each point is in one of the spans; these merged, their ends not in them."""
    begins, ends = spans
    if not len(begins):
        return np.zeros(len(points), dtype=np.bool_)
    position = np.searchsorted(begins, points, side="right") - 1
    inside: Bools = (position >= 0) & (points < ends[position])
    return inside


def _without(spans: Spans, taken: Spans) -> Spans:
    points = np.unique(np.concatenate([*spans, *taken]))
    left = _within(points, spans) & ~_within(points, taken)
    return _merged((points[:-1][left[:-1]], points[1:][left[:-1]]))


def _in_utc(local: Spans, runs: Sequence[tuple[int, int, int]]) -> Spans:
    """Local spans clipped to what the clock read in each run of equal offset."""
    begins, ends = local
    found = []
    for start, end, shift in runs:
        low = np.searchsorted(ends, start + shift, side="right")
        high = np.searchsorted(begins, end + shift, side="left")
        found.append(
            (
                np.maximum(begins[low:high], start + shift) - shift,
                np.minimum(ends[low:high], end + shift) - shift,
            )
        )
    return _together(found)


def _instant(local: int, runs: Sequence[tuple[int, int, int]]) -> int:
    """When the clock first read a local time, or jumped over it."""
    for start, end, shift in runs:
        if local < end + shift:
            return max(local - shift, start)
    return runs[-1][1]


def _cut(begins: Ints, ends: Ints, first: int, last: int) -> Segments:
    """Segments from first to last, cut where the clock stops or starts, at midnight and BUCKET."""
    kept = (ends > first) & (begins < last)
    begins, ends = np.maximum(begins[kept], first), np.minimum(ends[kept], last)
    shown = np.concatenate([[0], np.cumsum(ends - begins)])
    marks = np.arange(BUCKET, int(shown[-1]) + 1, BUCKET, dtype=np.int64)
    span = np.searchsorted(shown, marks, side="left") - 1
    full = begins[span] + marks - shown[span] if len(marks) else marks
    midnights = np.arange(first // DAY + 1, -(-last // DAY), dtype=np.int64) * DAY
    edges = np.array([first, last], dtype=np.int64)
    cuts = np.unique(np.concatenate([edges, begins, ends, full, midnights]))
    starts = cuts[:-1]
    is_working = _within(starts, (begins, ends))
    length = np.where(is_working, cuts[1:] - starts, 0)
    before = np.concatenate([[0], np.cumsum(length)[:-1]]) if len(starts) else starts
    return Segments(starts, cuts[1:], is_working, before.astype(np.int64), before // BUCKET)
