"""When the sample happens: the days, their orders, and what was planted into which of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from aftersales.calendars.zones import periods
from aftersales.sample.catalogue import Catalogue, Flags, Hours, Ints, Shop

DAY = 86_400
HOUR = 3_600
# Later than any as-of: what has this time never happens.
NEVER = 2**62
# An older export ends this long before `until`; the newest one reaches back so much further that
# nothing can still change on an order it no longer lists.
OLDER_EXPORT_DAYS = 21
OVERLAP_DAYS = 60
# Whose midnight ends the sample: the last full day is over here, and under way elsewhere.
HOME_ZONE = "Asia/Shanghai"

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
class Clock:
    """A zone's time without summer time, on which a shop's days are drawn: no hour of it is
    missing and none comes twice. Times are its seconds since 1970.

    Attributes:
        offset: seconds ahead of UTC outside summer time.
        switches: when summer time begins and ends, in turn.
        ahead: seconds ahead of this clock from each switch on.
    """

    offset: int
    switches: Ints
    ahead: Ints

    @classmethod
    def of(cls, zone: str, since: date, until: date) -> Clock:
        """The clock of an IANA zone, with the switches between these days."""
        info = ZoneInfo(zone)
        first = datetime(since.year, since.month, since.day, tzinfo=UTC)
        last = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)
        runs = [
            (start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)) for start, end, _ in periods(zone)
        ]
        begins = [max(start, first) for start, end in runs if start < last and end > first]
        told = [at.astimezone(info) for at in begins]
        summer = [int((t.dst() or timedelta(0)).total_seconds()) for t in told]
        offset = told[0].utcoffset() or timedelta(0)
        standard = int(offset.total_seconds()) - summer[0]
        return cls(
            standard,
            np.array([int(at.timestamp()) + standard for at in begins], dtype=np.int64),
            np.array(summer, dtype=np.int64),
        )

    def utc(self, times: Ints) -> Ints:
        """Seconds since 1970 in UTC; what never happens stays so."""
        return np.where(times < NEVER, times - self.offset, NEVER)

    def wall(self, times: Ints) -> Ints:
        """What the clock on the wall shows, in seconds since 1970."""
        which = np.maximum(np.searchsorted(self.switches, times, side="right") - 1, 0)
        shown: Ints = times + self.ahead[which]
        return shown

    def after_work(self, times: Ints, seconds: Ints, hours: Hours) -> Ints:
        """When so many working seconds have passed after these times."""
        wall = hours.later(self.wall(times), seconds)
        standard = wall - (self.wall(wall) - wall)
        reached: Ints = wall - (self.wall(standard) - standard)
        return reached


@dataclass(frozen=True)
class Span:
    """Local days something holds on, both inclusive, and its facts in the catalogue."""

    since: date
    until: date
    facts: Mapping[str, Any]

    def holds(self, times: Ints) -> Flags:
        """Which times lie in it."""
        begin, end = seconds(self.since), seconds(self.until) + DAY
        inside: Flags = (times >= begin) & (times < end)
        return inside


@dataclass(frozen=True)
class Plan:
    """The calendar of one shop's sample; times are seconds of its clock without summer time.

    Attributes:
        until: the last full day at home, after which nothing has happened.
        days: the full days of this shop, as days since 1970.
        as_of: the last second that has happened.
        spans: what was planted, by its name in the catalogue; none in a flat sample.
    """

    shop: Shop
    start: date
    until: date
    days: Ints
    clock: Clock
    as_of: int
    spans: Mapping[str, Span]
    is_flat: bool

    @property
    def older_as_of(self) -> int:
        """The last second the older export knows of."""
        return self.as_of - OLDER_EXPORT_DAYS * DAY

    @property
    def overlap_from(self) -> int:
        """The first second of the orders both exports may list."""
        return self.older_as_of + 1 - OVERLAP_DAYS * DAY

    def holds(self, name: str, times: Ints) -> Flags:
        """Which times lie in the days of something planted; none where it was not."""
        span = self.spans.get(name)
        return span.holds(times) if span else np.zeros(times.shape, dtype=bool)

    def in_slow_week(self, times: Ints) -> Flags:
        """Which times are in the week of slow answers."""
        return self.holds("slow_week", times)

    @property
    def slow_times(self) -> float:
        """How much longer an answer takes in the slow week."""
        span = self.spans.get("slow_week")
        return float(span.facts["times"]) if span else 1.0


def make_plan(
    known: Catalogue, shop: Shop, *, months: int, until: date, is_flat: bool = False
) -> Plan:
    """The days of a shop's sample of `months` months that ends with `until`."""
    start = until - timedelta(days=max(round(months * _DAYS_A_MONTH), 1) - 1)
    clock = Clock.of(shop.zone, start - timedelta(days=30), until + timedelta(days=400))
    home = Clock.of(HOME_ZONE, until, until)
    over = seconds(until) + DAY - home.offset + clock.offset
    # Abroad the last day may still be under way; one day at least there is.
    end = max(over // DAY, seconds(start) // DAY + 1)
    events = {} if is_flat else known.told["events"]
    return Plan(
        shop=shop,
        start=start,
        until=until,
        days=np.arange(seconds(start) // DAY, end, dtype=np.int64),
        clock=clock,
        as_of=over - 1,
        spans={
            name: _span(facts, start, until)
            for name, facts in events.items()
            if shop.shop_id in facts.get("shops", [shop.shop_id])
        },
        is_flat=is_flat,
    )


def _span(facts: Mapping[str, Any], start: date, until: date) -> Span:
    if "weeks_before" not in facts:
        return Span(start, until, facts)
    monday = until - timedelta(weeks=facts["weeks_before"])
    since = monday - timedelta(days=monday.weekday() - facts.get("day", 0))
    last = since + timedelta(days=facts["days"] - 1) if "days" in facts else until
    return Span(since, last, facts)


def orders_by_day(plan: Plan, orders: int) -> Ints:
    """How many of exactly `orders` orders fall on each day."""
    weights = np.array([_weight(plan, int(day)) for day in plan.days])
    reached = np.rint(np.cumsum(weights) / weights.sum() * orders).astype(np.int64)
    counts: Ints = np.diff(reached, prepend=0)
    return counts


def orders_by_shop(shops: list[Shop], orders: int) -> list[int]:
    """How many of exactly `orders` orders each shop has: one at least."""
    reached = np.rint(np.cumsum([shop.share for shop in shops]) * (orders - len(shops)))
    return [int(count) + 1 for count in np.diff(reached, prepend=0)]


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


def promotions(plan: Plan) -> list[date]:
    """The days of the plan with several times the usual orders."""
    if plan.is_flat:
        return []
    days = [date(1970, 1, 1) + timedelta(days=int(day)) for day in plan.days]
    return [day for day in days if _PROMOTIONS.get((day.month, day.day), 1.0) >= 3]


def _weight(plan: Plan, number: int) -> float:
    day = date(1970, 1, 1) + timedelta(days=number)
    promoted = 1.0 if plan.is_flat else _PROMOTIONS.get((day.month, day.day), 1.0)
    return promoted * (1.15 if day.weekday() >= 5 else 1.0)
