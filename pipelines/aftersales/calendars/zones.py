"""UTC and the clock on the wall: offsets as ranges, and where a local day ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

# Offsets are laid out between these; times from before or after have no local time. Help desks list
# summer times from 1970 on; its first day is what software writes for no time at all.
FIRST, LAST = datetime(1970, 1, 2), datetime(2060, 1, 1)  # noqa: DTZ001 - naive UTC

# zone, valid_from, valid_to, local_from, local_to, offset_seconds, reason
Offset = tuple[str, datetime | None, datetime | None, datetime, datetime, int | None, str | None]

# from and until in UTC, seconds ahead of it
Period = tuple[datetime, datetime, int]


def utc_offsets(zone: str, runs: Sequence[Period] | None = None) -> Iterator[Offset]:
    """A zone's offsets, as ranges that never overlap, neither in UTC nor in local time.

    Ordinary rows have both ranges. Two kinds of row have a local range only: an hour that exists
    twice (read as its first passing) and one that does not exist (no offset), each with a reason.

    Args:
        runs: those of a zone that is no IANA name.
    """
    runs = periods(zone) if runs is None else runs
    for position, (start, end, offset) in enumerate(runs):
        shift = timedelta(seconds=offset)
        local_from, local_to = start + shift, end + shift
        if position:
            before = timedelta(seconds=runs[position - 1][2])
            if before > shift:  # the clock went back: these local times were already taken
                local_from = start + before
        if position + 1 < len(runs):
            after = timedelta(seconds=runs[position + 1][2])
            if after < shift:
                yield (
                    zone,
                    None,
                    None,
                    end + after,
                    end + shift,
                    offset,
                    "local_time_exists_twice",
                )
                local_to = end + after
            elif after > shift:
                yield (
                    zone,
                    None,
                    None,
                    end + shift,
                    end + after,
                    None,
                    "local_time_does_not_exist",
                )
        yield (zone, start, end, local_from, local_to, offset, None)


@cache
def periods(zone: str) -> tuple[Period, ...]:
    """Runs of equal offset from FIRST to LAST, each transition found to the second by bisection."""
    return tuple(_periods(zone))


def _periods(zone: str) -> Iterator[Period]:
    info = ZoneInfo(zone)

    def offset(at: datetime) -> int:
        shift = at.replace(tzinfo=UTC).astimezone(info).utcoffset()
        return int(shift.total_seconds()) if shift is not None else 0

    start, last = FIRST, LAST
    begun, step = start, timedelta(days=7)
    while start < last:
        after = min(start + step, last)
        if offset(after) != offset(start):
            low, high = start, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == offset(start) else (low, middle)
            yield begun, high, offset(start)
            begun = high
        start = after
    yield begun, last, offset(last - timedelta(seconds=1))


def end_of_last_full_day(now: datetime, zone: str) -> datetime:
    """The as-of of a run nobody gave one: local midnight before ``now``, naive UTC."""
    local = now.astimezone(ZoneInfo(zone))
    return end_of_day(local.date() - timedelta(days=1), zone)


def end_of_day(day: date, zone: str) -> datetime:
    """The instant a local day ends, naive UTC."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo(zone))
    return midnight.astimezone(UTC).replace(tzinfo=None)


def last_day(as_of: datetime, zone: str) -> date:
    """The last local day that is over, or begun, at ``as_of`` (naive UTC)."""
    just_before = (as_of - timedelta(microseconds=1)).replace(tzinfo=UTC)
    return just_before.astimezone(ZoneInfo(zone)).date()
