"""Calendars laid out for the models: those of the workspace, and the desks' own schedules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from aftersales.contracts import Contracts, raw_name
from aftersales.settings import Settings
from aftersales.warehouse import models
from aftersales.warehouse.connection import Connection, Row, one, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aftersales.calendars.desk import DeskZone
    from aftersales.calendars.plan import Plan
    from aftersales.calendars.zones import Period


def lay(
    con: Connection, settings: Settings, contracts: Contracts, *, year: int
) -> dict[str, Sequence[Period]]:
    """Fill dim_calendar, dim_calendar_day and dim_working_interval, which are there and empty.

    What staging reads must be laid already: schedules are read through it. Returns the zones of
    the calendars, each with its runs of equal offset.

    Args:
        year: of the last day reports speak of; calendars reach to the end of the next one.

    Raises:
        ConfigError: a calendar in use cannot be read or laid out.
    """
    has_schedules = one(con, f"select count(*) from {raw_name('desk.schedule')}") > 0
    if not settings.calendars and not has_schedules:
        return {}
    from aftersales.calendars import plan

    plans = plan.planned_all(settings, year)
    if has_schedules:
        plans += _schedules(con, settings, contracts, year)
    for each in plans:
        add(con, each)
    return {each.calendar.zone: each.periods for each in plans if each.periods}


def add(con: Connection, plan: Plan) -> None:
    """Lay out one calendar: a row of dim_calendar, its days and its segments."""
    import numpy as np

    from aftersales.calendars import layout

    name, first_at, last_at = plan.calendar.calendar_id, None, None
    if plan.first is not None and plan.last is not None:
        days = layout.days(
            plan.calendar, plan.first, plan.last, holidays=plan.holidays, make_up=plan.make_up
        )
        segments = layout.lay_out(plan.calendar, days, plan.periods, make_up=plan.make_up)
        first_at, last_at = int(segments.starts[0]), int(segments.ends[-1])
        _insert(
            con,
            "insert into dim_calendar_day select ?, day_on::date, kind, title from laid",
            name,
            day_on=np.array([day.on for day in days], dtype="datetime64[us]"),
            kind=np.array([day.kind for day in days], dtype=object),
            title=np.array([day.title for day in days], dtype=object),
        )
        _insert(
            con,
            "insert into dim_working_interval select ?, starts_at::date, starts_at, ends_at,"
            " is_working, seconds_before, bucket_no from laid",
            name,
            starts_at=(segments.starts * 1_000_000).astype("datetime64[us]"),
            ends_at=(segments.ends * 1_000_000).astype("datetime64[us]"),
            is_working=segments.is_working,
            seconds_before=segments.seconds_before,
            bucket_no=segments.buckets,
        )
    con.execute(
        "insert into dim_calendar"
        " select ?, ?, ?, make_timestamp(?::bigint), make_timestamp(?::bigint), ?",
        [
            name,
            plan.calendar.title,
            plan.calendar.zone or None,
            None if first_at is None else first_at * 1_000_000,
            None if last_at is None else last_at * 1_000_000,
            plan.ends_because,
        ],
    )


def _insert(con: Connection, insert: str, name: str, **columns: NDArray[Any]) -> None:
    """Insert from `laid`, a table of numpy columns: lists take ten times as long."""
    con.register("laid", columns)
    con.execute(insert, [name])
    con.unregister("laid")


def _schedules(
    con: Connection, settings: Settings, contracts: Contracts, year: int
) -> Iterator[Plan]:
    """The desks' schedules, each with its holidays and the clock its zone stands for."""
    from aftersales.calendars import desk, plan

    def staged(table: str, columns: str) -> list[Row]:
        select = models.staged_sql(settings.sql_layers, contracts, f"desk.{table}")
        return rows(con, f"select {columns} from ({select}) order by all")

    words = desk.words(settings.sql_layers)
    exported = _zones(
        staged("time_zone", "platform, shop_id, zone, standard_offset"),
        staged("daylight_time", "platform, shop_id, zone, begins_at, ends_at, offset_hours"),
    )
    holidays = _by_key(
        staged("schedule_holiday", "platform, shop_id, schedule_id, first_on, last_on, title")
    )
    schedules = _by_key(
        staged("schedule", "platform, shop_id, schedule_id, start_minute, end_minute, title, zone")
    )
    for key, intervals in schedules.items():
        platform, shop, _ = key
        word = next((word for *_, word in intervals if word), "")
        title = next((title for _, _, title, _ in intervals if title), None)
        minutes = [(begin, end) for begin, end, *_ in intervals]
        found = desk.clock(
            word, words, exported.get((platform, shop, word)), owner=f"desk:{platform}:{shop}"
        )
        zone, periods = found or (word, None)
        calendar = desk.calendar(desk.calendar_id(*key), title, zone, minutes)
        yield plan.of_desk(calendar, periods, desk.closed(holidays.get(key, [])), year)


def _by_key(staged: list[Row]) -> dict[Row, list[Row]]:
    """Rows by their first three columns."""
    found: dict[Row, list[Row]] = defaultdict(list)
    for row in staged:
        found[row[:3]].append(row[3:])
    return found


def _zones(zones: list[Row], summers: list[Row]) -> dict[Row, DeskZone]:
    """Exported zones by platform, shop and the desk's word."""
    from aftersales.calendars.desk import DeskZone, Summer

    added = _by_key(summers)
    return {
        key: DeskZone(offset, [Summer(*summer) for summer in added.get(key, [])])
        for key, offset in ((zone[:3], zone[3]) for zone in zones)
    }
