"""What the laid tables say is what a person with a watch and the definition would count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import pytest
from calendars import recipe
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from aftersales.calendars import zones
from aftersales.calendars.definition import Calendar, Override, Version
from aftersales.calendars.plan import Plan
from aftersales.warehouse import working_time
from aftersales.warehouse.connection import Connection, rows

DAYS = 6
# Each begins two days before the clocks change, where they do.
WEEKS = [
    ("Asia/Shanghai", date(2025, 9, 26)),
    ("America/New_York", date(2026, 3, 6)),
    ("America/New_York", date(2026, 10, 30)),
    ("Europe/London", date(2026, 3, 27)),
    ("Europe/London", date(2026, 10, 23)),
    ("Australia/Lord_Howe", date(2026, 4, 3)),
    ("Australia/Lord_Howe", date(2026, 10, 2)),
    ("Asia/Kolkata", date(2026, 8, 13)),
]
MINUTE = timedelta(minutes=1)
TABLES = ("dim_calendar", "dim_calendar_day", "dim_working_interval")


@st.composite
def intervals(draw, most: int) -> tuple[tuple[int, int], ...]:
    """Intervals of a day that do not overlap; the last may run over midnight."""
    marks = sorted(draw(st.sets(st.integers(0, 95), max_size=2 * most)))
    found = [(begin * 900, end * 900) for begin, end in zip(marks[::2], marks[1::2], strict=False)]
    if len(marks) % 2:
        found.append((marks[-1] * 900, (draw(st.integers(0, marks[0])) + 96) * 900))
    return tuple(found)


def week(most: int) -> st.SearchStrategy:
    return st.tuples(*[intervals(most)] * 7)


@st.composite
def calendars(draw) -> Plan:
    zone, first = draw(st.sampled_from(WEEKS))
    some_day = st.integers(0, DAYS - 1).map(lambda step: first + timedelta(days=step))
    versions = [Version(draw(st.sampled_from([None, first])), draw(week(3)), draw(week(1)))]
    if draw(st.booleans()):
        changed = first + timedelta(days=draw(st.integers(1, DAYS - 1)))
        versions.append(Version(changed, draw(week(2)), draw(week(1))))
    holidays = draw(st.sets(some_day, max_size=2))
    make_up = draw(st.sets(some_day, max_size=2)) - holidays
    return Plan(
        Calendar(
            "day",
            "day",
            zone,
            tuple(versions),
            "CN",
            make_up_days=draw(st.booleans()),
            make_up_like=draw(st.integers(0, 6)),
            overrides={
                day: Override(draw(intervals(2))) for day in draw(st.sets(some_day, max_size=2))
            },
        ),
        "holidays_not_known",
        first,
        first + timedelta(days=DAYS - 1),
        zones.periods(zone),
        dict.fromkeys(holidays, "holiday"),
        dict.fromkeys(make_up, "make-up"),
    )


@cache
def wall_clock(zone: str, first: date) -> tuple[datetime, list[datetime]]:
    """The UTC start of the days, and what the clock on the wall reads at each minute of them."""
    info = ZoneInfo(zone)
    at = datetime.combine(first, datetime.min.time(), tzinfo=info).astimezone(UTC)
    begun, read = at.replace(tzinfo=None), []
    while (local := at.astimezone(info).replace(tzinfo=None)).date() < first + timedelta(days=DAYS):
        read.append(local)
        at += MINUTE
    return begun, read


def is_working(plan: Plan, local: datetime) -> bool:
    """The definition, word by word: no code of the product's."""
    today, yesterday = local.date(), local.date() - timedelta(days=1)

    def runs(day: date, spans: tuple[tuple[int, int], ...]) -> bool:
        second = (local - datetime.combine(day, datetime.min.time())).total_seconds()
        return any(begin <= second < end for begin, end in spans)

    known = [day for day in (yesterday, today) if plan.first <= day]
    return any(runs(day, hours(plan, day)) for day in known) and not any(
        runs(day, rest(plan, day)) for day in known
    )


def version(plan: Plan, day: date) -> Version:
    return [v for v in plan.calendar.versions if v.since is None or v.since <= day][-1]


def is_made_up(plan: Plan, day: date) -> bool:
    return plan.calendar.make_up_days and day in plan.make_up


def hours(plan: Plan, day: date) -> tuple[tuple[int, int], ...]:
    if day in plan.calendar.overrides:
        return plan.calendar.overrides[day].hours
    if day in plan.holidays:
        return ()
    like = plan.calendar.make_up_like if is_made_up(plan, day) else day.weekday()
    return version(plan, day).weekly[like]


def rest(plan: Plan, day: date) -> tuple[tuple[int, int], ...]:
    like = plan.calendar.make_up_like if is_made_up(plan, day) else day.weekday()
    return version(plan, day).breaks[like]


@pytest.fixture(scope="module")
def tables() -> Iterator[Connection]:
    con = recipe.empty()
    yield con
    con.close()


@pytest.mark.slow
@tries(max_examples=40, deadline=None)
@given(calendars(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 90_000)), max_size=4))
def test_spans_and_due_times_are_what_the_clock_on_the_wall_says(tables, plan, asked):
    for table in TABLES:
        tables.execute(f"delete from {table}")
    working_time.add(tables, plan)
    begun, read = wall_clock(plan.calendar.zone, plan.first)
    states = [is_working(plan, local) for local in read]
    shown = [0, *accumulate(60 * state for state in states)]

    def watch(seconds: int) -> int:
        """What the working clock shows so many seconds after the beginning."""
        minute, rest = divmod(seconds, 60)
        return shown[minute] + (rest if states[minute] else 0)

    last = 60 * len(read)
    assert recipe.clock(tables, "day", begun + timedelta(seconds=last)) is None
    assert recipe.clock(tables, "day", begun - timedelta(seconds=1)) is None
    for share, needed in asked:
        since = min(int(share * last), last - 1)
        at = begun + timedelta(seconds=since)
        assert recipe.clock(tables, "day", at) == watch(since)
        target = watch(since) + needed + 1
        reached = next((n for n, total in enumerate(shown) if total >= target), None)
        expected = (
            begun + timedelta(seconds=60 * reached - (shown[reached] - target)) if reached else None
        )
        assert recipe.due(tables, "day", at, needed + 1) == expected
    assert_tiled(tables, begun, begun + timedelta(seconds=last), watch)


def assert_tiled(
    con: Connection, first: datetime, last: datetime, watch: Callable[[int], int]
) -> None:
    """No gap, no overlap, none over a UTC midnight or a full bucket; each begins as watched."""
    found = rows(
        con,
        "select starts_at, ends_at, is_working, seconds_before, bucket_no, day_on"
        " from dim_working_interval order by starts_at",
    )
    assert (found[0][0], found[-1][1]) == (first, last)
    for starts, ends, works, before, bucket, day in found:
        length = (ends - starts).total_seconds()
        assert length > 0
        assert before == watch(int((starts - first).total_seconds()))
        assert starts.date() == (ends - timedelta(microseconds=1)).date() == day
        assert bucket == before // 14_400
        assert not works or before + length <= (bucket + 1) * 14_400
    for one, after in pairwise(found):
        worked = (one[1] - one[0]).total_seconds() if one[2] else 0
        assert after[0] == one[1]
        assert after[3] == one[3] + worked
        is_cut = after[0].time() == datetime.min.time() or (one[2] and after[3] % 14_400 == 0)
        assert one[2] != after[2] or is_cut


OFFICE = 'zone: America/New_York\nhours:\n  - weekly: {mon-fri: ["09:00-17:00"]}\n'


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ("2026-03-06 16:30", 1, "2026-03-09 09:30"),  # a Friday, and clocks go forward on Sunday
        ("2026-03-11 07:00", 2, "2026-03-11 11:00"),
        ("2026-03-11 10:00", 2, "2026-03-11 12:00"),
        ("2026-03-11 16:00", 1, "2026-03-11 17:00"),
        ("2026-03-11 09:00", 8 * 10, "2026-03-24 17:00"),
    ],
)
def test_a_due_time_falls_into_working_hours(laid, utc, since, hours, due):
    found = recipe.due(laid(OFFICE), "day", utc(since, "America/New_York"), hours * 3600)
    assert found == utc(due, "America/New_York")


def test_a_week_of_office_hours_is_forty_hours(laid, utc):
    since, until = utc("2022-03-20 00:00", "UTC"), utc("2022-03-26 23:59", "UTC")
    con = laid(OFFICE.replace("America/New_York", "UTC"))
    assert recipe.elapsed(con, "day", since, until) == 144_000


def test_a_span_outside_working_hours_has_none(laid, utc):
    con = laid(OFFICE)
    since, until = (
        utc("2026-03-06 18:00", "America/New_York"),
        utc("2026-03-08 18:00", "America/New_York"),
    )
    assert recipe.elapsed(con, "day", since, until) == 0


def test_an_hour_that_exists_twice_counts_twice(laid, utc):
    con = laid('zone: America/New_York\nhours:\n  - weekly: {sun: ["00:00-03:00"]}\n')

    def night(day: str) -> float | None:
        return recipe.elapsed(
            con,
            "day",
            utc(f"{day} 00:00", "America/New_York"),
            utc(f"{day} 12:00", "America/New_York"),
        )

    assert night("2026-10-25") == 3 * 3600
    assert night("2026-11-01") == 4 * 3600
    assert night("2026-03-08") == 2 * 3600


def test_a_zone_that_has_given_up_summer_time_keeps_all_its_hours(laid):
    con = laid('zone: Asia/Hong_Kong\nhours:\n  - weekly: {mon-sun: ["00:00-24:00"]}\n')
    assert rows(
        con,
        "select count(*) filter (not is_working), count(*) - count(distinct starts_at),"
        " sum(date_diff('second', starts_at, ends_at)) = date_diff('second', min(starts_at), max(ends_at))"
        " from dim_working_interval",
    ) == [(0, 0, True)]
