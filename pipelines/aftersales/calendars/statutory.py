"""Days off by law: from packages that know them, from the workspace where they do not yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from aftersales.calendars.definition import StatedYear
from aftersales.errors import ConfigError

CN = "CN"


@dataclass(frozen=True)
class Statutory:
    """What is known of a region's days off.

    Attributes:
        holidays: title by day, make-up days not among them.
        make_up: title by day: worked although it is a weekend.
        years: the years of which all of that is known.
    """

    holidays: Mapping[date, str | None]
    make_up: Mapping[date, str | None]
    years: frozenset[int]

    def run(self, year: int) -> tuple[int, int] | None:
        """First and last of the known years around ``year``; of those before it if it is not one.

        None where no year up to it is known.
        """
        last = max((known for known in self.years if known <= year), default=None)
        if last is None:
            return None
        first = last
        while first - 1 in self.years:
            first -= 1
        while last + 1 in self.years:
            last += 1
        return first, last


NONE = Statutory({}, {}, frozenset())


def days_off(region: str, years: Iterable[int], stated: Mapping[int, StatedYear]) -> Statutory:
    """Holidays and make-up days of a region; a stated year replaces what a package has of it.

    Raises:
        ConfigError: nobody knows the region.
    """
    wanted = tuple(sorted(set(years)))
    known = _china(wanted) if region == CN else _by_package(region, wanted)
    holidays = {day: title for day, title in known.holidays.items() if day.year not in stated}
    make_up = {day: title for day, title in known.make_up.items() if day.year not in stated}
    for year in stated.values():
        for day in year.holidays:
            holidays[day] = None
            make_up.pop(day, None)
        for day in year.make_up:
            make_up[day] = None
            holidays.pop(day, None)
    return Statutory(holidays, make_up, known.years | set(stated))


@cache
def _china(years: tuple[int, ...]) -> Statutory:
    """By the State Council's notices. The package refuses years without one, so none is guessed."""
    import chinese_calendar as notices  # type: ignore[import-untyped]

    titles = {holiday.value: holiday.chinese for holiday in notices.Holiday}
    noticed = {day.year for day in notices.holidays} & set(years)
    return Statutory(
        {day: titles[name] for day, name in notices.holidays.items() if day.year in noticed},
        {day: titles[name] for day, name in notices.workdays.items() if day.year in noticed},
        frozenset(noticed),
    )


@cache
def _by_package(region: str, years: tuple[int, ...]) -> Statutory:
    """Names are asked for in English: that is how the package says that it guessed a day."""
    import holidays as package

    unknown = ConfigError(
        f"no holidays are known of '{region}'",
        fix="write a country as CN, US or DE, with a part of it (not of CN) as US-NY",
    )
    country, _, part = region.partition("-")
    if not re.fullmatch(r"[A-Z]{2}", country) or country == CN:
        raise unknown
    try:
        found = package.country_holidays(
            country, subdiv=part or None, years=years, language="en_US"
        )
    except NotImplementedError as error:  # how the package says it knows no such place
        raise unknown from error
    guessed = {day.year for day, title in found.items() if "estimated" in title.lower()}
    covered = {year for year in years if found.start_year <= year <= found.end_year}
    return Statutory(dict(found), {}, frozenset(covered - guessed))
