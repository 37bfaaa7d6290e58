"""Which calendars are in use, and between which local days each can be laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from aftersales.calendars import definition, statutory, zones
from aftersales.calendars.definition import Calendar, Stated
from aftersales.calendars.statutory import Statutory
from aftersales.calendars.zones import Period
from aftersales.errors import ConfigError
from aftersales.settings import FILE_NAME, Settings

# The State Council has published its notices from about then on; shops have no older exports.
FIRST = date(2004, 1, 1)
# The last day all zones have offsets for.
LAST = zones.LAST.date() - timedelta(days=2)

# The file of stated years is no calendar.
STATED = "holidays"

EndsBecause = Literal["holidays_not_known", "end_of_layout", "unknown_zone"]


@dataclass(frozen=True)
class Plan:
    """A calendar, and what it takes to lay it out.

    Attributes:
        periods: its zone's runs of equal offset.
        first, last: local days, both included; None where there is none to lay.
        ends_because: why not further.
    """

    calendar: Calendar
    ends_because: EndsBecause
    first: date | None = None
    last: date | None = None
    periods: Sequence[Period] = ()
    holidays: Mapping[date, str | None] = field(default_factory=dict)
    make_up: Mapping[date, str | None] = field(default_factory=dict)


def file_of(settings: Settings, calendar_id: str) -> Path:
    """Where a calendar is written down."""
    return settings.calendar_files / f"{calendar_id}.yml"


def stated(settings: Settings) -> Stated:
    """The years of holidays the workspace states itself.

    Raises:
        ConfigError: as `definition.read_stated`.
    """
    return definition.read_stated(file_of(settings, STATED))


def used(settings: Settings) -> list[Calendar]:
    """The calendars the settings name, by id.

    Raises:
        ConfigError: one is not there, or as `definition.read`.
    """
    found = []
    for name in sorted({usage.calendar_id for usage in settings.calendars}):
        file = file_of(settings, name)
        if name == STATED or not file.is_file():
            there = sorted(p.stem for p in settings.calendar_files.glob("*.yml"))
            listed = ", ".join(stem for stem in there if stem != STATED) or "none there yet"
            raise ConfigError(
                f"[calendars] names '{name}', but calendars/{name}.yml is no calendar"
                if name == STATED
                else f"[calendars] names '{name}', but there is no calendars/{name}.yml",
                fix=f"write that file, or name one of: {listed}",
                file=str(settings.home / FILE_NAME),
            )
        found.append(definition.read(file))
    return found


def check(settings: Settings) -> None:
    """The calendars in use can be read.

    Raises:
        ConfigError: one cannot.
    """
    stated(settings)
    used(settings)


def planned_all(settings: Settings, year: int) -> list[Plan]:
    """Every calendar in use, as `planned`.

    Raises:
        ConfigError: as `stated`, `used` and `days_off`.
    """
    own = stated(settings)
    return [
        planned(calendar, days_off(settings, calendar, own, year), year)
        for calendar in used(settings)
    ]


def horizons(settings: Settings, now: datetime) -> dict[str, date]:
    """By region the first day whose holidays nobody knows, if it is in sight.

    Raises:
        ConfigError: as `stated`, `used` and `days_off`.
    """
    own = stated(settings)
    found = {}
    for calendar in used(settings):
        run = days_off(settings, calendar, own, now.year).run(now.year)
        if calendar.region and run and run[1] <= now.year:
            found[calendar.region] = date(run[1] + 1, 1, 1)
    return found


def days_off(settings: Settings, calendar: Calendar, stated: Stated, year: int) -> Statutory:
    """What is known of the calendar's holidays until the end of the year after ``year``.

    Raises:
        ConfigError: of no year up to ``year`` anything is known, or nobody knows the region.
    """
    if calendar.region is None:
        return statutory.NONE
    own = stated.get(calendar.region, {})
    file = file_of(settings, calendar.calendar_id)
    try:
        known = statutory.days_off(calendar.region, range(FIRST.year, year + 2), own)
    except ConfigError as error:
        raise ConfigError(error.what, fix=error.fix, file=str(file)) from error
    if known.run(year) is None:
        raise ConfigError(
            f"no year of the holidays of {calendar.region} is known for certain",
            fix=f"state them in calendars/{STATED}.yml:\n{lines(calendar.region, year)}",
            file=str(file),
        )
    return known


def lines(region: str, year: int) -> str:
    """What to write into calendars/holidays.yml for a year nobody knows yet."""
    make_up = f"\n    make_up: [{year}-MM-DD]" if region == statutory.CN else ""
    return (
        f"{region}:\n  {year}:\n    holidays: [{year}-01-01, {year}-MM-DD..{year}-MM-DD]{make_up}"
    )


def planned(calendar: Calendar, known: Statutory, year: int) -> Plan:
    """A calendar of the workspace from its first day to the end of the year after ``year``.

    Days before its first hours are not laid out, nor those of years whose holidays nobody knows.
    """
    first, last, because = _range(year)
    since = calendar.versions[0].since
    first = max(first, since) if since else first
    run = known.run(year)
    if run is not None:
        first = max(first, date(run[0], 1, 1))
        if date(run[1], 12, 31) < last:
            last, because = date(run[1], 12, 31), "holidays_not_known"
    if last < first:
        return Plan(calendar, because)
    return Plan(
        calendar,
        because,
        first,
        last,
        zones.periods(calendar.zone),
        known.holidays,
        known.make_up,
    )


def _range(year: int) -> tuple[date, date, EndsBecause]:
    return FIRST, min(date(year + 1, 12, 31), LAST), "end_of_layout"


def of_desk(
    calendar: Calendar,
    periods: Sequence[Period] | None,
    holidays: Mapping[date, str | None],
    year: int,
) -> Plan:
    """A help desk's schedule, laid out as far as any calendar; not at all without a zone."""
    if periods is None:
        return Plan(calendar, "unknown_zone")
    first, last, because = _range(year)
    return Plan(calendar, because, first, last, periods, holidays)
