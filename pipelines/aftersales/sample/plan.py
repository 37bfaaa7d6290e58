"""When the sample happens: the days, their orders, and what was planted into which of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from aftersales.sample.catalogue import Catalogue, Flags, Ints, Shop

DAY = 86_400
HOUR = 3_600
# Later than any as-of: what has this time never happens.
NEVER = 2**62
# An older export ends this long before `until`; the newest one reaches back so much further that
# nothing can still change on an order it no longer lists.
OLDER_EXPORT_DAYS = 21
OVERLAP_DAYS = 60

_DAYS_A_MONTH = 365.25 / 12
# Orders placed by local hour of the day.
_HOURS = np.array(
    [14, 7, 4, 3, 2, 3, 8, 18, 32, 48, 58, 56, 52, 54, 55, 52, 50, 48, 50, 60, 78, 84, 66, 32],
    float,
)
# Share of a usual day's orders, by (month, day).
_PROMOTIONS = {(11, day): 1.5 for day in range(1, 11)} | {
    (11, 11): 6.0,
    (6, 18): 3.0,
    (12, 12): 1.8,
}


@dataclass(frozen=True)
class Plan:
    """The calendar of one sample; times are seconds of the local wall clock since 1970.

    Attributes:
        days: every day, as days since 1970.
        slow_times: how much longer an answer takes in the slow week.
    """

    start: date
    until: date
    days: Ints
    bad_batch_from: date
    slow_week_from: date
    slow_times: float

    @property
    def as_of(self) -> int:
        """The last second that has happened."""
        return seconds(self.until + timedelta(days=1)) - 1

    @property
    def older_as_of(self) -> int:
        """The last second the older export knows of."""
        return self.as_of - OLDER_EXPORT_DAYS * DAY

    @property
    def overlap_from(self) -> int:
        """The first second of the orders both exports may list."""
        return self.older_as_of + 1 - OVERLAP_DAYS * DAY

    def in_slow_week(self, times: Ints) -> Flags:
        """Which times are in the week of slow answers."""
        begin = seconds(self.slow_week_from)
        inside: Flags = (times >= begin) & (times < begin + 7 * DAY)
        return inside


def make_plan(known: Catalogue, *, months: int, until: date) -> Plan:
    """The days of a sample of `months` months that ends with `until`."""
    count = max(round(months * _DAYS_A_MONTH), 1)
    start = until - timedelta(days=count - 1)
    first = seconds(start) // DAY
    batch, slow = known.told["bad_batch"], known.told["slow_week"]
    return Plan(
        start=start,
        until=until,
        days=np.arange(first, first + count, dtype=np.int64),
        bad_batch_from=_monday(until - timedelta(weeks=batch["weeks_before"])),
        slow_week_from=_monday(until - timedelta(weeks=slow["weeks_before"])),
        slow_times=slow["times"],
    )


def orders_by_day(plan: Plan, orders: int) -> Ints:
    """How many of exactly `orders` orders fall on each day."""
    weights = np.array([_weight(plan.start + timedelta(days=n)) for n in range(len(plan.days))])
    reached = np.rint(np.cumsum(weights) / weights.sum() * orders).astype(np.int64)
    counts: Ints = np.diff(reached, prepend=0)
    return counts


def orders_by_shop(shops: list[Shop], orders: int) -> list[int]:
    """How many of exactly `orders` orders each shop has."""
    reached = np.rint(np.cumsum([shop.share for shop in shops]) * orders).astype(np.int64)
    return [int(count) for count in np.diff(reached, prepend=0)]


def blocks(plan: Plan, by_day: Ints, size: int) -> list[Ints]:
    """The day of every order, in pieces of whole days with about `size` orders each."""
    piece = np.cumsum(by_day) // size
    cuts = np.flatnonzero(np.diff(piece)) + 1
    return [
        np.repeat(days, counts)
        for days, counts in zip(np.split(plan.days, cuts), np.split(by_day, cuts), strict=True)
        if counts.sum()
    ]


def seconds_of_day(rng: np.random.Generator, count: int) -> Ints:
    """Seconds after midnight at which `count` orders are placed."""
    hours = rng.choice(24, size=count, p=_HOURS / _HOURS.sum())
    placed: Ints = hours * HOUR + rng.integers(0, HOUR, size=count)
    return placed


def seconds(day: date) -> int:
    """Midnight of a local day, in seconds of the wall clock since 1970."""
    return (day - date(1970, 1, 1)).days * DAY


def stamp(day: date) -> str:
    """The yyyymmddHHMM an export written just after `day` carries in its name."""
    return f"{day + timedelta(days=1):%Y%m%d}0010"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _weight(day: date) -> float:
    return _PROMOTIONS.get((day.month, day.day), 1.0) * (1.15 if day.weekday() >= 5 else 1.0)
