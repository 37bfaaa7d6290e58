"""How SQL reads the laid tables: an equi-join for what a working clock shows, one for when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from aftersales import contracts, settings
from aftersales.contracts import raw_name
from aftersales.settings import Settings, packaged
from aftersales.warehouse.connection import Connection, connect, rows
from aftersales.warehouse.references import DDL

PROMISED = contracts.load((packaged("sql"),))
# What the clock shows at an instant; no row for one outside the laid range.
CLOCK = """
select
    i.seconds_before
    + case
        when i.is_working then date_diff('microsecond', i.starts_at, t.at) / 1000000
        else 0
    end as shown
from (select ? as calendar_id, ?::timestamp as at) as t
inner join dim_working_interval as i
    on
        t.calendar_id = i.calendar_id
        and cast(t.at as date) = i.day_on
        and i.starts_at <= t.at
        and t.at < i.ends_at
"""
# The first instant the clock shows so many seconds; the bucket a full one ends in is its own.
WHEN = """
select i.starts_at + to_microseconds(cast((t.shown - i.seconds_before) * 1000000 as bigint))
from (select ? as calendar_id, ?::double as shown) as t
inner join dim_working_interval as i
    on
        t.calendar_id = i.calendar_id
        and cast(ceil(t.shown / 14400) as bigint) - 1 = i.bucket_no
        and i.is_working
        and i.seconds_before < t.shown
        and t.shown <= i.seconds_before + date_diff('microsecond', i.starts_at, i.ends_at) / 1000000
"""


def empty() -> Connection:
    """The tables references lays, and an empty one of desk schedules."""
    con = connect(None)
    for name, columns in DDL.items():
        con.execute(f"create table {name} ({columns})")
    con.execute(f"create table {raw_name('desk.schedule')} (_file_id varchar)")
    return con


def workspace(home: Path, calendars: str, **files: str) -> Settings:
    """A workspace with these lines under [calendars] and these files in calendars/."""
    settings.init(home, extra=f"\n[calendars]\n{calendars}\n")
    (home / "calendars").mkdir()
    for name, text in files.items():
        (home / "calendars" / f"{name}.yml").write_text(text, encoding="utf-8")
    return settings.load(home)


def clock(con: Connection, calendar: str, at: datetime) -> float | None:
    """Working seconds from the calendar's first instant to a UTC time; None: not laid out."""
    found = rows(con, CLOCK, [calendar, at])
    assert len(found) < 2
    return float(found[0][0]) if found else None


def elapsed(con: Connection, calendar: str, since: datetime, until: datetime) -> float | None:
    """Working seconds between two UTC times; None where either is not laid out."""
    shown, later = clock(con, calendar, since), clock(con, calendar, until)
    return None if shown is None or later is None else later - shown


def due(con: Connection, calendar: str, since: datetime, seconds: float) -> datetime | None:
    """The first instant so many working seconds are over; None: beyond what is laid out."""
    shown = clock(con, calendar, since)
    found = rows(con, WHEN, [calendar, shown + seconds]) if shown is not None else []
    assert len(found) < 2
    return found[0][0] if found else None
