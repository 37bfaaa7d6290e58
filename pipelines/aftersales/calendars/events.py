"""What happened and when, as published: events people wrote down, and runs of holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from aftersales.judgement.windows import Kind, Window, holiday_runs
from aftersales.warehouse.connection import Connection, rows

MAKE_UP = "make_up_day"
FORESEEN: dict[str, Kind] = {"promotion": "promotion", "holiday": "holiday", "exempt": "exempt"}


@dataclass(frozen=True)
class Event:
    """Something that is good to know of beside a line over time; local days, both inclusive.

    Attributes:
        kind: of dim_event, or holiday, exempt or make_up_day.
        shops: whose; empty: of all.
    """

    title: str
    kind: str
    first_on: date
    last_on: date
    shops: tuple[str, ...] = ()

    @property
    def window(self) -> Window | None:
        """The days as a festival window; None for what is not foreseen: a strike, a fault."""
        kind = FORESEEN.get(self.kind)
        if kind is None:
            return None
        return Window(self.title, kind, self.first_on, self.last_on, self.shops)


def read(con: Connection) -> list[Event]:
    """Everything there is, in the order of its days; what several shops share is one event."""
    found = [*_told(con), *_days_off(con), *_exempt(con)]
    return sorted(found, key=lambda event: (event.first_on, event.last_on, event.title))


def windows(con: Connection) -> list[Window]:
    """Promotions, runs of holidays and days not judged."""
    return [window for event in read(con) if (window := event.window)]


def _told(con: Connection) -> list[Event]:
    found = rows(con, "select title, kind, first_on, last_on, shop_id from dim_event")
    shops: dict[tuple[str, str, date, date], list[str]] = {}
    for *event, shop in found:
        title, kind, first, last = event
        shops.setdefault((str(title), str(kind), first, last), []).append(str(shop))
    return [Event(*event, tuple(sorted(whose))) for event, whose in shops.items()]


def _days_off(con: Connection) -> list[Event]:
    """Of the calendar of shops without one of their own."""
    days = rows(
        con,
        "select d.day_on, d.kind, d.title from dim_calendar_day as d"
        " inner join ref_calendar_of as o on d.calendar_id = o.calendar_id"
        " where o.shop_id is null and o.team is null and d.kind in ('holiday', 'make_up_day')",
    )
    runs = [
        Event(run.title, "holiday", run.first_on, run.last_on)
        for run in holiday_runs((day, str(kind), title) for day, kind, title in days)
    ]
    worked = [
        Event(str(title or ""), MAKE_UP, day, day) for day, kind, title in days if kind == MAKE_UP
    ]
    return runs + worked


def _exempt(con: Connection) -> list[Event]:
    zone = rows(con, "select reporting_zone from ref_run")
    local = ZoneInfo(str(zone[0][0])) if zone else ZoneInfo("UTC")

    def day(at: datetime) -> date:
        return at.replace(tzinfo=UTC).astimezone(local).date()

    found = rows(con, "select shop_id, from_at, until_at, reason from ref_exempt")
    return [
        Event(
            str(reason),
            "exempt",
            day(begin),
            day(end - timedelta(seconds=1)),
            (str(shop),) if shop else (),
        )
        for shop, begin, end, reason in found
    ]
