"""calendars/*.yml as typed objects: the hours a shop keeps, and the days it keeps others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aftersales.contracts import refusal
from aftersales.errors import ConfigError
from aftersales.settings import WEEKDAYS, is_zone

DAY = 86_400

# Begin and end in seconds from the local midnight of the day it belongs to; the end may lie beyond
# the next midnight.
Interval = tuple[int, int]
Week = tuple[tuple[Interval, ...], ...]
NEVER: Week = ((),) * 7


@dataclass(frozen=True)
class Version:
    """Weekly hours from a local day on.

    Attributes:
        since: its first day; None: since ever.
        weekly: seven days of intervals, Monday first.
        breaks: likewise; taken off whatever else the day says.
    """

    since: date | None
    weekly: Week
    breaks: Week = NEVER


@dataclass(frozen=True)
class Override:
    """A day that goes by neither holiday nor weekly hours."""

    hours: tuple[Interval, ...]
    title: str | None = None


@dataclass(frozen=True)
class Calendar:
    """Working hours as somebody wrote them down.

    Attributes:
        zone: IANA name of the clock on the wall.
        region: whose holidays are kept: CN, US, US-NY …; None: nobody's.
        make_up_days: whether days worked for a holiday elsewhere in the week are worked.
        make_up_like: the weekday (0 is Monday) whose hours such a day has.
    """

    calendar_id: str
    title: str
    zone: str
    versions: tuple[Version, ...]
    region: str | None = None
    make_up_days: bool = True
    make_up_like: int = 0
    overrides: Mapping[date, Override] = field(default_factory=dict)


@dataclass(frozen=True)
class StatedYear:
    """A year of a region's holidays as the workspace states it."""

    holidays: frozenset[date]
    make_up: frozenset[date]


# By region and year.
Stated = Mapping[str, Mapping[int, StatedYear]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Hours(_Strict):
    since: date | None = Field(default=None, alias="from")
    weekly: dict[str, list[str]]
    breaks: dict[str, list[str]] = {}


class _Override(_Strict):
    on: date | None = None
    first: date | None = Field(default=None, alias="from")
    until: date | None = None
    hours: list[str]
    title: str | None = None


class _File(_Strict):
    title: str | None = None
    zone: str
    holidays: str | None = None
    make_up_days: bool = True
    make_up_like: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    hours: list[_Hours] = Field(min_length=1)
    overrides: list[_Override] = []


class _StatedYear(_Strict):
    holidays: list[date | str]
    make_up: list[date | str] = []


class _StatedFile(_Strict):
    regions: dict[str, dict[int, _StatedYear]]


_Shape = TypeVar("_Shape", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """YAML as people read it: `on` is a word, `NO` is Norway, and no key is written twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[0-9]+", "0123456789"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("timestamp", r"\d{4}-\d\d-\d\d", "0123456789"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
    )


def _unique(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | date) or key in found:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands there twice", key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _unique)


def read(path: Path) -> Calendar:
    """One calendar; its id is the file's name.

    Raises:
        ConfigError: it is not YAML, holds an unknown key or zone, an interval that is none, or
            says two things of one day.
    """
    told = _shaped(_File, _content(path), path)
    if not is_zone(told.zone):
        raise ConfigError(
            f"unknown zone '{told.zone}'",
            fix="use an IANA name such as Asia/Shanghai",
            file=str(path),
        )
    return Calendar(
        calendar_id=path.stem,
        title=told.title or path.stem,
        zone=told.zone,
        versions=tuple(_versions(told.hours, path)),
        region=told.holidays,
        make_up_days=told.make_up_days,
        make_up_like=WEEKDAYS.index(told.make_up_like),
        overrides=_overrides(told.overrides, path),
    )


def read_stated(path: Path) -> Stated:
    """Years of holidays the workspace states; none where it has no such file.

    Raises:
        ConfigError: it is not YAML, or a day is none, is of another year or is stated twice.
    """
    if not path.is_file():
        return {}
    told = _shaped(_StatedFile, {"regions": _content(path) or {}}, path)
    return {
        region: {year: _stated(region, year, days, path) for year, days in years.items()}
        for region, years in told.regions.items()
    }


def _content(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it is
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"not valid YAML: {error.problem}", fix="correct that line", file=f"{path}{where}"
        ) from error
    except ValueError as error:  # a day no month has, or bytes that are no UTF-8
        raise ConfigError(
            f"cannot be read: {error}", fix="write days as 2027-01-31, in UTF-8", file=str(path)
        ) from error


def _shaped(shape: type[_Shape], content: Any, path: Path) -> _Shape:
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        raise refusal(error, path) from error


def _versions(told: Sequence[_Hours], path: Path) -> Iterator[Version]:
    before: date | None = None
    for number, hours in enumerate(told, start=1):
        place = f"hours {number}"
        if number > 1 and (hours.since is None or (before is not None and hours.since <= before)):
            raise ConfigError(
                f"{place} must begin after those before it",
                fix="give it a later day: from: 2027-01-01",
                file=str(path),
            )
        before = hours.since
        yield Version(
            hours.since,
            _week(hours.weekly, f"{place}, weekly", path),
            _week(hours.breaks, f"{place}, breaks", path),
        )


def _week(told: Mapping[str, Sequence[str]], place: str, path: Path) -> Week:
    week: dict[int, tuple[Interval, ...]] = {}
    for days, intervals in told.items():
        for day in _weekdays(days, place, path):
            if day in week:
                raise ConfigError(
                    f"{place}: {WEEKDAYS[day]} is named twice",
                    fix="write all its intervals in one list",
                    file=str(path),
                )
            week[day] = _intervals(intervals, f"{place}, {days}", path)
    return tuple(week.get(day, ()) for day in range(7))


def _weekdays(text: str, place: str, path: Path) -> Iterator[int]:
    """``mon``, ``mon-fri``, ``sat,sun``; a range may run over Sunday."""
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ConfigError(
                f"{place}: '{text}' is no day of the week",
                fix=f"use {', '.join(WEEKDAYS)}, or a range such as mon-fri",
                file=str(path),
            )
        begin = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last or first) - begin) % 7
        yield from ((begin + step) % 7 for step in range(length + 1))


_INTERVAL = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?- ?(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)")


def _intervals(told: Iterable[str], place: str, path: Path) -> tuple[Interval, ...]:
    found = sorted(_interval(text, place, path) for text in told)
    for one, following in pairwise(found):
        if following[0] < one[1]:
            raise ConfigError(
                f"{place}: {_shown(one)} and {_shown(following)} overlap",
                fix="write one interval, or two that do not meet",
                file=str(path),
            )
    return tuple(found)


def _interval(text: str, place: str, path: Path) -> Interval:
    match = _INTERVAL.fullmatch(text.strip())
    if match is None:
        raise ConfigError(
            f"{place}: '{text}' is no interval",
            fix='write "09:00-18:00"; "22:00-06:00" runs over midnight, "18:00-24:00" up to it',
            file=str(path),
        )
    begin = int(match[1]) * 3600 + int(match[2]) * 60
    end = int(match[3]) * 3600 + int(match[4]) * 60 if match[3] else DAY
    return begin, end if end > begin else end + DAY


def _shown(interval: Interval) -> str:
    begin, end = interval
    end = end - DAY if end > DAY else end
    return f"{begin // 3600:02}:{begin // 60 % 60:02}-{end // 3600:02}:{end // 60 % 60:02}"


def _overrides(told: Sequence[_Override], path: Path) -> dict[date, Override]:
    found: dict[date, Override] = {}
    for number, override in enumerate(told, start=1):
        place = f"override {number}"
        first, last = override.first, override.until
        if override.on is not None and first is None and last is None:
            first = last = override.on
        elif override.on is not None or first is None or last is None or last < first:
            raise ConfigError(
                f"{place} names no days",
                fix="give it on: 2026-11-11, or from: 2026-11-01 and until: 2026-11-11",
                file=str(path),
            )
        hours = Override(_intervals(override.hours, place, path), override.title)
        for day in _days(first, last):
            if day in found:
                raise ConfigError(
                    f"two overrides for {day}", fix="leave one of them", file=str(path)
                )
            found[day] = hours
    return found


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


_RANGE = re.compile(r"(\d{4}-\d\d-\d\d) ?\.\. ?(\d{4}-\d\d-\d\d)")


def _stated(region: str, year: int, told: _StatedYear, path: Path) -> StatedYear:
    place = f"{region}.{year}"
    holidays = frozenset(_stated_days(told.holidays, year, place, path))
    make_up = frozenset(_stated_days(told.make_up, year, place, path))
    both = sorted(holidays & make_up)
    if both:
        raise ConfigError(
            f"{place}: {both[0]} is both a holiday and a make-up day",
            fix="leave it in one of the two lists",
            file=str(path),
        )
    return StatedYear(holidays, make_up)


def _stated_days(told: Iterable[date | str], year: int, place: str, path: Path) -> Iterator[date]:
    for entry in told:
        try:
            first, last = _first_and_last(entry)
        except ValueError as error:
            raise ConfigError(
                f"{place}: '{entry}' is no day",
                fix="write 2027-01-01, or 2027-02-05..2027-02-11",
                file=str(path),
            ) from error
        # a notice for a year may take the last days of the one before
        if not date(year - 1, 12, 1) <= first <= last <= date(year, 12, 31):
            raise ConfigError(
                f"{place}: '{entry}' is of another year",
                fix="state it under the year of its notice",
                file=str(path),
            )
        yield from _days(first, last)


def _first_and_last(entry: date | str) -> tuple[date, date]:
    if isinstance(entry, date):
        return entry, entry
    match = _RANGE.fullmatch(entry.strip())
    if match is None:
        raise ValueError(entry)
    first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2])
    if last < first:
        raise ValueError(entry)
    return first, last
