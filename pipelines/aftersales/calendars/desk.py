"""A help desk's own schedules as calendars, and what its words for time zones mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from aftersales.calendars import zones
from aftersales.calendars.definition import Calendar, Interval, Version
from aftersales.calendars.zones import Period
from aftersales.contracts import read_yaml
from aftersales.errors import ConfigError
from aftersales.settings import is_zone

WEEK_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class Summer:
    """A time of a zone's clock being ahead, UTC.

    Attributes:
        hours: how far ahead of its standard time.
    """

    begins_at: datetime
    ends_at: datetime
    hours: float


@dataclass(frozen=True)
class DeskZone:
    """A zone as a desk exported it.

    Attributes:
        standard: ahead of UTC outside summer time: +08:00, -03:30.
    """

    standard: str
    summers: Sequence[Summer] = ()


def calendar_id(platform: str, shop_id: str, schedule_id: str) -> str:
    """What a desk's schedule is called among the calendars."""
    return f"desk:{platform}:{shop_id}:{schedule_id}"


def calendar(
    name: str, title: str | None, zone: str, minutes: Iterable[tuple[int, int]]
) -> Calendar:
    """A weekly schedule, since ever.

    Args:
        minutes: begin and end of its intervals, from Sunday 00:00 local time; an end that is not
            after its begin is in the week after.
    """
    week: list[list[Interval]] = [[] for _ in range(7)]
    for begin, end in minutes:
        at, until = begin, end if end >= begin else end + WEEK_MINUTES
        while at < until:  # by the day, so that a holiday closes its own day and no other
            day = at // 1440
            stop = min(until, (day + 1) * 1440)
            week[(day + 6) % 7].append(((at - day * 1440) * 60, (stop - day * 1440) * 60))
            at = stop
    weekly = tuple(tuple(sorted(day)) for day in week)
    return Calendar(name, title or name, zone, (Version(None, weekly),), make_up_days=False)


def closed(runs: Iterable[tuple[date, date, str | None]]) -> dict[date, str | None]:
    """Title by day of holidays given as first day, last day and title."""
    return {
        first + timedelta(days=step): title
        for first, last, title in runs
        for step in range((last - first).days + 1)
    }


def words(layers: Sequence[Path]) -> dict[str, str]:
    """IANA names by what desks call them; a workspace's file adds to the packaged one.

    Raises:
        ConfigError: a file names an unknown zone.
    """
    found: dict[str, str] = {}
    for file in (layer / "zones.yml" for layer in layers):
        for zone, names in (read_yaml(file) or {}).items() if file.is_file() else ():
            if not is_zone(zone) or not isinstance(names, list):
                raise ConfigError(
                    f"'{zone}' is no zone with a list of its names",
                    fix="write: Asia/Shanghai: [Beijing]",
                    file=str(file),
                )
            found |= {str(name): zone for name in names}
    return found


def clock(
    word: str, known: Mapping[str, str], exported: DeskZone | None, *, owner: str
) -> tuple[str, Sequence[Period]] | None:
    """The zone a desk's word stands for, with its runs of equal offset; None where nobody knows.

    Args:
        known: IANA names by word.
        exported: what the desk itself says of the word, the last to be asked.
        owner: what a zone that is no IANA name is named after, beside the word.
    """
    if is_zone(word) or word in known:
        zone = word if is_zone(word) else known[word]
        return zone, zones.periods(zone)
    runs = _exported(exported) if exported else None
    return (f"{owner}:{word}", runs) if runs else None


_OFFSET = re.compile(r"([+-]?)(\d{1,2}):?(\d\d)(?::?(\d\d))?")


def _exported(zone: DeskZone) -> tuple[Period, ...] | None:
    match = _OFFSET.fullmatch(zone.standard.strip())
    if match is None:
        return None
    sign, hours, minutes, seconds = match.groups(default="0")
    standard = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    standard = -standard if sign == "-" else standard
    found: list[Period] = []
    at = zones.FIRST
    for summer in sorted(zone.summers, key=lambda s: s.begins_at):
        begin, end = max(summer.begins_at, at), min(summer.ends_at, zones.LAST)
        if end <= begin:
            continue
        if at < begin:
            found.append((at, begin, standard))
        found.append((begin, end, standard + round(summer.hours * 3600)))
        at = end
    return (*found, (at, zones.LAST, standard))
