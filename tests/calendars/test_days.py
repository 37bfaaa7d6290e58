"""Which days are worked: precedence, holidays by law, and where knowledge ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from calendars import recipe

from aftersales import health
from aftersales.errors import ConfigError
from aftersales.warehouse import state, working_time
from aftersales.warehouse.connection import rows

SHOP = """\
zone: Asia/Shanghai
holidays: CN
hours:
  - weekly: {mon-fri: ["09:00-18:00"], sat: ["10:00-16:00"]}
    breaks: {mon-sun: ["12:00-13:00"]}
overrides:
  - {on: 2025-10-02, hours: ["20:00-24:00"], title: 直播}
  - {on: 2025-10-11, hours: ["11:00-14:00"]}
  - {from: 2025-11-10, until: 2025-11-11, hours: ["00:00-24:00"], title: 双11}
  - {on: 2025-11-12, hours: []}
"""


def worked(con, day: str) -> float:
    """Hours worked on a day in Shanghai."""
    begins = datetime.fromisoformat(day) - timedelta(hours=8)
    seconds = recipe.elapsed(con, "day", begins, begins + timedelta(days=1))
    assert seconds is not None
    return seconds / 3600


def kind(con, day: str) -> tuple[str, str | None]:
    [found] = rows(con, "select kind, title from dim_calendar_day where day_on = ?::date", [day])
    return found


@pytest.mark.parametrize(
    ("day", "counts_as", "title", "hours"),
    [
        ("2025-09-25", "weekday", None, 8),
        ("2025-09-27", "weekend", None, 5),
        ("2025-09-21", "weekend", None, 0),
        ("2025-09-28", "make_up_day", "国庆节", 8),  # a Sunday with a Monday's hours
        ("2025-10-01", "holiday", "国庆节", 0),
        ("2025-10-04", "holiday", "国庆节", 0),  # a Saturday the shop would work
        ("2025-10-02", "override", "直播", 4),  # goes before a holiday
        ("2025-10-11", "override", None, 2),  # goes before a make-up day; the break stays
        ("2025-11-11", "override", "双11", 23),  # the break is taken off it too
        ("2025-11-12", "override", None, 0),
    ],
)
def test_an_override_goes_before_a_holiday_and_that_before_the_week(
    laid, day, counts_as, title, hours
):
    con = laid(SHOP)
    assert (kind(con, day), worked(con, day)) == ((counts_as, title), hours)


def test_make_up_days_stay_weekends_where_they_are_switched_off(laid):
    con = laid(SHOP + "make_up_days: false\n")
    assert (kind(con, "2025-09-28"), worked(con, "2025-09-28")) == (("weekend", None), 0)
    assert kind(con, "2025-10-01") == ("holiday", "国庆节")


def test_a_make_up_day_has_the_hours_of_the_weekday_that_is_named(laid):
    con = laid(SHOP + "make_up_like: sat\n")
    assert worked(con, "2025-09-28") == 5


def test_a_break_cuts_the_night_shift_of_the_day_before(laid, utc):
    con = laid(
        "zone: Asia/Shanghai\nhours:\n"
        '  - weekly: {fri: ["22:00-06:00"]}\n    breaks: {sat: ["02:00-03:00"]}\n'
    )
    assert worked(con, "2026-03-06") == 2
    assert worked(con, "2026-03-07") == 5
    assert recipe.elapsed(con, "day", utc("2026-03-07 02:00"), utc("2026-03-07 03:00")) == 0


def test_a_shift_keeps_the_hours_in_force_on_the_day_it_begins(laid):
    con = laid(
        "zone: Asia/Shanghai\nhours:\n"
        '  - from: 2026-03-01\n    weekly: {mon-sun: ["22:00-02:00"]}\n'
        '  - from: 2026-03-10\n    weekly: {mon-sun: ["09:00-10:00"]}\n'
    )
    assert [worked(con, f"2026-03-{day:02}") for day in (1, 2, 9, 10, 11)] == [2, 4, 4, 3, 1]


def test_days_before_the_first_hours_are_not_laid_out(laid, utc):
    con = laid("zone: Asia/Shanghai\nhours:\n  - from: 2026-03-01\n    weekly: {}\n")
    assert rows(con, "select first_at, last_at, ends_because from dim_calendar") == [
        (utc("2026-03-01"), utc("2028-01-01"), "end_of_layout")
    ]
    assert recipe.clock(con, "day", utc("2026-02-28 23:59")) is None


def test_american_holidays_of_a_state_and_no_weekends_among_them(laid):
    con = laid("zone: America/New_York\nholidays: US-NY\nhours:\n  - weekly: {}\n")
    assert kind(con, "2026-02-12") == ("holiday", "Lincoln's Birthday")
    assert kind(con, "2026-07-05") == ("weekend", None)


def test_nothing_is_laid_beyond_the_last_notice(laid, utc):
    con = laid(SHOP)
    assert rows(con, "select first_at, last_at, ends_because from dim_calendar") == [
        (utc("2004-01-01"), utc("2027-01-01"), "holidays_not_known")
    ]
    assert recipe.clock(con, "day", utc("2026-12-31 23:59")) is not None
    assert recipe.clock(con, "day", utc("2027-01-01 00:00")) is None
    assert recipe.due(con, "day", utc("2026-12-31 17:00"), 3 * 3600) is None


STATED = """\
CN:
  2027:
    holidays: [2027-01-01, 2027-02-05..2027-02-11]
    make_up: [2026-12-26, 2027-02-20]
"""


def test_a_stated_year_is_known_and_so_are_its_days_of_the_december_before(laid, utc):
    con = laid(SHOP, stated=STATED)
    assert rows(con, "select last_at, ends_because from dim_calendar") == [
        (utc("2028-01-01"), "end_of_layout")
    ]
    assert [kind(con, f"2027-02-{day:02}")[0] for day in (4, 5, 11, 12, 20)] == [
        "weekday",
        "holiday",
        "holiday",
        "weekday",
        "make_up_day",
    ]
    assert kind(con, "2026-12-26") == ("make_up_day", None)


def test_a_stated_year_replaces_the_one_that_is_known(laid):
    con = laid(SHOP, stated="CN:\n  2025:\n    holidays: [2025-10-08]\n")
    assert kind(con, "2025-10-03")[0] == "weekday"
    assert kind(con, "2025-10-08") == ("holiday", None)
    assert kind(con, "2024-10-03") == ("holiday", "国庆节")


def test_days_that_are_only_estimated_are_not_known(laid, utc):
    """In Singapore two holidays follow the moon; the package guesses them from some year on."""
    con = laid("zone: Asia/Singapore\nholidays: SG\nhours:\n  - weekly: {}\n", year=2027)
    assert rows(con, "select last_at, ends_because from dim_calendar") == [
        (utc("2028-01-01"), "holidays_not_known")
    ]


def test_a_region_of_which_no_year_is_certain_says_what_to_state(laid):
    text = "zone: Africa/Algiers\nholidays: DZ\nhours:\n  - weekly: {}\n"
    with pytest.raises(ConfigError) as stop:
        laid(text)
    assert stop.value.what == "no year of the holidays of DZ is known for certain"
    assert stop.value.fix == (
        "state them in calendars/holidays.yml:\n"
        "DZ:\n  2026:\n    holidays: [2026-01-01, 2026-MM-DD..2026-MM-DD]"
    )


def test_nothing_is_laid_where_nobody_named_a_calendar(con, tmp_path):
    own = recipe.workspace(tmp_path / "own", "", spare="not even YAML: [")
    working_time.lay(con, own, recipe.PROMISED, year=2026)
    assert rows(con, "select count(*) from dim_calendar") == [(0,)]


@pytest.mark.parametrize(
    ("now", "result"),
    [(date(2026, 11, 1), "ok"), (date(2026, 11, 2), "warning"), (date(2027, 3, 1), "warning")],
)
def test_the_doctor_warns_sixty_days_before_holidays_are_unknown(tmp_path, now, result):
    own = recipe.workspace(tmp_path / "own", 'default = "day"', day=SHOP)
    told = {row["check"]: row for row in health.doctor(own, now=_noon(now))}["calendars"]
    assert told["result"] == result
    if result == "warning":
        assert told["note"] == (
            "no working time is known from 2027-01-01 on: nobody knows the holidays of CN for 2027"
            " yet. When they are announced, update the packages, or write into"
            f" {own.home}/calendars/holidays.yml:\n"
            "CN:\n  2027:\n    holidays: [2027-01-01, 2027-MM-DD..2027-MM-DD]\n"
            "    make_up: [2027-MM-DD]"
        )


def test_the_doctor_is_content_once_the_year_is_stated(tmp_path):
    own = recipe.workspace(tmp_path / "own", 'default = "day"', day=SHOP, holidays=STATED)
    told = {row["check"]: row for row in health.doctor(own, now=_noon(date(2026, 12, 1)))}
    assert (told["calendars"]["result"], told["calendars"]["note"]) == ("ok", "day")


def test_the_doctor_says_what_is_wrong_with_a_calendar(tmp_path):
    own = recipe.workspace(tmp_path / "own", 'default = "day"', day="zone: Mars")
    told = {row["check"]: row for row in health.doctor(own, now=_noon(date(2026, 12, 1)))}
    assert told["calendars"]["result"] == "failed"


def test_a_changed_calendar_is_something_new(tmp_path):
    own = recipe.workspace(tmp_path / "own", 'default = "day"', day=SHOP)
    before = state.fingerprint(own)
    (own.home / "calendars" / "day.yml").write_text(SHOP + "title: other\n", encoding="utf-8")
    assert state.fingerprint(own) != before


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
