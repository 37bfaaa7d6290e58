from __future__ import annotations

from datetime import date, timedelta

import pytest

from aftersales.judgement import windows
from aftersales.judgement.windows import Window


def day(month, number):
    return date(2026, month, number)


def window(first, last, title="双11"):
    return Window(title, "promotion", first, last)


NATIONAL = [(day(10, n), "holiday", "国庆节") for n in range(1, 8)]


def test_three_holidays_in_a_row_are_a_window_and_two_are_none():
    (run,) = windows.holiday_runs(NATIONAL[:3])
    assert (run.title, run.kind, run.first_on, run.last_on) == (
        "国庆节",
        "holiday",
        day(10, 1),
        day(10, 3),
    )
    assert windows.holiday_runs(NATIONAL[:2]) == []


def test_a_day_worked_ends_a_run_of_holidays():
    days = [*NATIONAL[:3], (day(10, 4), "make_up_day", "国庆节"), *NATIONAL[4:]]
    runs = windows.holiday_runs(days)
    assert [(run.first_on, run.last_on) for run in runs] == [
        (day(10, 1), day(10, 3)),
        (day(10, 5), day(10, 7)),
    ]


def test_two_festivals_in_one_run_are_both_named_the_longer_first():
    merged = [(day(9, 30), "holiday", "中秋"), *NATIONAL]
    assert [run.title for run in windows.holiday_runs(reversed(merged))] == ["国庆节、中秋"]


def test_a_window_is_cut_to_the_days_asked_about():
    week = (day(11, 9), day(11, 15))
    (cut,) = windows.touching([window(day(11, 1), day(11, 11))], week)
    assert (cut.first_on, cut.last_on) == (day(11, 9), day(11, 11))


@pytest.mark.parametrize(("first", "last"), [(day(11, 2), day(11, 8)), (day(11, 16), day(11, 20))])
def test_a_window_that_ends_the_day_before_or_begins_the_day_after_does_not_touch(first, last):
    assert windows.touching([window(first, last)], (day(11, 9), day(11, 15))) == []


def test_windows_that_overlap_or_follow_at_once_leave_each_day_out_once():
    told = [
        window(day(11, 12), day(11, 12)),
        window(day(11, 1), day(11, 11)),
        window(day(11, 5), day(11, 6)),
        window(day(11, 14), day(11, 14)),
    ]
    assert windows.spans(told) == [(day(11, 1), day(11, 12)), (day(11, 14), day(11, 14))]


@pytest.mark.parametrize(
    ("left_out", "left"),
    [
        ([], [(9, 15)]),
        ([(11, 11)], [(9, 10), (12, 15)]),
        ([(9, 11)], [(12, 15)]),
        ([(14, 20)], [(9, 13)]),
        ([(1, 20)], []),
        ([(1, 9), (12, 13)], [(10, 11), (14, 15)]),
    ],
)
def test_the_days_left_and_those_left_out_are_all_days_and_none_twice(left_out, left):
    spans = [(day(11, first), day(11, last)) for first, last in left_out]
    week = (day(11, 9), day(11, 15))
    found = windows.rest(spans, week)
    assert found == [(day(11, first), day(11, last)) for first, last in left]
    days = [first + timedelta(n) for first, last in found for n in range((last - first).days + 1)]
    outside = [d for d in days if any(first <= d <= last for first, last in spans)]
    assert not outside


def test_the_measure_that_differs_most_relative_to_itself_is_spoken_of():
    assert windows.most_moved([(100.0, 110.0), (0.5, 0.6), (60.0, 60.0)], 0.05) == 1


def test_a_difference_under_the_smallest_or_resting_on_too_little_is_not_spoken_of():
    assert windows.most_moved([(100.0, 104.0)], 0.05) is None
    assert windows.most_moved([(100.0, None), (None, 5.0), (0.0, 3.0)], 0.05) is None
    assert windows.most_moved([], 0.05) is None
