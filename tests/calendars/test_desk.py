"""A help desk's own schedules: weeks from Sunday, whole days off, zones by the desk's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from calendars import recipe
from sql.harness import fill

from aftersales import contracts, settings
from aftersales.calendars import desk
from aftersales.contracts import raw_name
from aftersales.errors import ConfigError
from aftersales.settings import packaged
from aftersales.warehouse import working_time
from aftersales.warehouse.connection import Connection, define_functions, rows

LAYERS = (packaged("sql"),)
TABLES = ("desk.schedule", "desk.schedule_holiday", "desk.time_zone", "desk.daylight_time")
FILE = """
    file_id | export_rank | format          | platform | shop_id | zone | time_layout
    f       | 1           | zendesk_schedule | zendesk  | us      | UTC  | ymd
"""
UTC = """
    zone | valid_from | valid_to   | local_from | local_to   | offset_seconds
    UTC  | 1970-01-02 | 2060-01-01 | 1970-01-02 | 2060-01-01 | 0
"""
# Monday to Wednesday 9-17; Wednesday is 3 * 1440 minutes after Sunday.
WEEK = """
    _file_id | _record | schedule_id | start_minute | end_minute | title  | zone
    f        | 1       | S1          | 1980         | 2460       | Office | {zone}
    f        | 2       | S1          | 3420         | 3900       | Office | {zone}
    f        | 3       | S1          | 4860         | 5340       | Office | {zone}
"""
ID = "desk:zendesk:us:S1"


@pytest.fixture
def schedules(con: Connection, tmp_path) -> Callable[..., Connection]:
    """The tables laid from these rows of a desk's exports."""

    def lay(**given: str) -> Connection:
        promised = contracts.load(LAYERS)
        define_functions(con, LAYERS)
        for table in TABLES:
            columns = ", ".join(f"{column} varchar" for column in promised.table(table).columns)
            con.execute(
                f"create or replace table {raw_name(table)}"
                f" (_file_id varchar, _record bigint, _platform varchar, {columns}, _extra varchar)"
            )
        fill(con, "ref_file", FILE)
        fill(con, "dim_utc_offset", UTC)
        for table, text in given.items():
            fill(con, raw_name(f"desk.{table}"), text)
        settings.init(tmp_path / "own")
        working_time.lay(con, settings.load(tmp_path / "own"), promised, year=2026)
        return con

    return lay


@pytest.mark.parametrize("zone", ["America/New_York", "Eastern Time (US & Canada)"])
def test_a_schedule_counts_from_sunday_midnight_on_its_own_clock(schedules, utc, zone):
    con = schedules(schedule=WEEK.format(zone=zone))
    assert rows(con, "select title, ends_because from dim_calendar") == [
        ("Office", "end_of_layout")
    ]
    for day, hours in (("03-08", 0), ("03-09", 8), ("03-11", 8), ("03-12", 0)):
        since = utc(f"2026-{day} 09:00", "America/New_York")
        until = utc(f"2026-{day} 17:00", "America/New_York")
        assert recipe.elapsed(con, ID, since, until) == hours * 3600
        assert (
            recipe.elapsed(con, ID, since.replace(hour=5), until.replace(hour=23)) == hours * 3600
        )


def test_a_schedule_rests_on_the_whole_local_days_of_its_holidays(schedules, utc):
    con = schedules(
        schedule=WEEK.format(zone="Beijing").replace("5340", "8640"),  # on to Friday 24:00
        schedule_holiday="""
            _file_id | _record | holiday_id | schedule_id | first_on   | last_on    | title
            f        | 1       | H1         | S1          | 2026-03-10 | 2026-03-11 | Inventory
            f        | 2       | H2         | S2          | 2026-03-09 | 2026-03-09 | another one's
        """,
    )
    worked = [
        recipe.elapsed(con, ID, utc(f"2026-03-{day:02} 00:00"), utc(f"2026-03-{day + 1:02} 00:00"))
        for day in range(9, 15)
    ]
    assert worked == [8 * 3600, 0, 0, 86_400, 86_400, 0]
    assert rows(
        con, "select day_on::varchar, title from dim_calendar_day where kind = 'holiday'"
    ) == [
        ("2026-03-10", "Inventory"),
        ("2026-03-11", "Inventory"),
    ]


def test_a_schedule_over_the_end_of_the_week_begins_it_too():
    [version] = desk.calendar("x", None, "UTC", [(9_960, 120)]).versions
    assert version.weekly[5:] == (((79_200, 86_400),), ((0, 7_200),))


def test_a_zone_only_the_desk_knows_goes_by_the_offsets_it_exported(schedules, utc):
    con = schedules(
        schedule=WEEK.format(zone="Head Office"),
        time_zone="""
            _file_id | _record | zone        | standard_offset
            f        | 1       | Head Office | -05:00
        """,
        daylight_time="""
            _file_id | _record | zone        | year | begins_at           | ends_at             | offset_hours
            f        | 1       | Head Office | 2026 | 2026-03-08 07:00:00 | 2026-11-01 06:00:00 | 1
        """,
    )
    assert rows(con, "select zone from dim_calendar") == [("desk:zendesk:us:Head Office",)]
    for monday in ("2026-03-02", "2026-03-09", "2026-10-26", "2026-11-02"):
        opens = utc(f"{monday} 09:00", "America/New_York")
        assert recipe.due(con, ID, opens.replace(hour=1), 3600) == opens.replace(
            hour=opens.hour + 1
        )


@pytest.mark.parametrize("zone", ["Atlantis", ""])
def test_a_zone_nobody_knows_lays_nothing_out_and_says_so(schedules, zone):
    con = schedules(schedule=WEEK.format(zone=zone))
    assert rows(
        con, "select calendar_id, zone, first_at, last_at, ends_because from dim_calendar"
    ) == [(ID, zone or None, None, None, "unknown_zone")]
    assert rows(con, "select count(*) from dim_working_interval") == [(0,)]


def test_a_workspace_adds_words_for_zones(tmp_path):
    (tmp_path / "zones.yml").write_text("Asia/Tokyo: [Head Office]\n", encoding="utf-8")
    known = desk.words((*LAYERS, tmp_path))
    assert (known["Head Office"], known["Beijing"]) == ("Asia/Tokyo", "Asia/Shanghai")


def test_a_word_for_a_zone_there_is_not_is_told(tmp_path):
    (tmp_path / "zones.yml").write_text("Asia/Atlantis: [Head Office]\n", encoding="utf-8")
    with pytest.raises(ConfigError) as stop:
        desk.words((tmp_path,))
    assert str(stop.value) == (
        f"{tmp_path / 'zones.yml'}: 'Asia/Atlantis' is no zone with a list of its names\n"
        "  fix: write: Asia/Shanghai: [Beijing]"
    )
