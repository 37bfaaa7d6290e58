"""A metric without some days, and without those that are not like others."""

from __future__ import annotations

import json

import pytest

from aftersales.notebook import connect


def asked(ask, home, *more):
    told = ask("--home", home, "metric", "orders_paid", "--format", "json", *more)
    assert told.code == 0, told.err
    return json.loads(told.out)


def test_a_day_left_out_is_in_no_row_and_a_span_leaves_out_both_its_ends(ask, shared):
    days = [row["day"] for row in asked(ask, shared.home, "--by", "day")]
    first, second, third = days[5:8]
    one = [row["day"] for row in asked(ask, shared.home, "--by", "day", "--without", second)]
    assert one == [day for day in days if day != second]
    span = ("--without", f"{first}..{third}")
    left = [row["day"] for row in asked(ask, shared.home, "--by", "day", *span)]
    assert left == [day for day in days if day not in (first, second, third)]


def test_without_events_leaves_out_promotions_and_long_holidays(ask, shared):
    days = {row["day"] for row in asked(ask, shared.home, "--by", "day") if row["day"]}
    kept = asked(ask, shared.home, "--by", "day", "--without-events")
    left = {row["day"] for row in kept if row["day"]}
    left_out = days - left
    assert "2026-11-11" in left_out
    session = connect(shared.home)
    spans = session.windows()
    assert {day for day in days if any(str(a) <= day <= str(b) for a, b in spans)} == left_out
    values = session.values("orders_paid", by="day", without="events")
    assert {str(row["day"]) for row in values if row["day"]} == left


@pytest.mark.parametrize("span", ["2026-11-12..2026-11-11", "11/11", "2026-11-11..soon", ""])
def test_a_span_nobody_can_mean_is_refused_with_how_to_write_it(ask, shared, span):
    told = ask("--home", shared.home, "metric", "orders_paid", "--without", span)
    assert (told.code, told.err) == (
        3,
        f"--without '{span}' is no span of days\n  fix: write: --without 2026-11-01..2026-11-11\n",
    )


def test_what_speaks_of_now_has_no_days_to_leave_out(ask, shared):
    told = ask("--home", shared.home, "metric", "backlog", "--without", "2026-11-11")
    assert (told.code, told.err) == (
        3,
        "backlog speaks of now and takes no period\n  fix: leave --without out\n",
    )
