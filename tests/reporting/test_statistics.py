"""Worked values from the papers the docstrings name."""

from __future__ import annotations

import pytest

from aftersales.reporting.statistics import (
    adjusted,
    compare_quantiles,
    compare_shares,
    funnel_limits,
    quantile_levels,
    wilson,
)


def test_wilson_interval_of_newcombes_81_of_263():
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (20, 20), (0, 0)])
def test_a_share_of_none_or_all_has_an_interval_inside_0_to_1(successes, n):
    low, high = wilson(successes, n)
    assert 0 <= low < high <= 1


def test_difference_of_newcombes_56_of_70_and_48_of_80():
    found = compare_shares(56, 70, 48, 80)
    assert round(found.change, 4) == 0.2
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert round(found.p_value, 4) == 0.008


def test_equal_shares_of_nothing_do_not_differ():
    assert compare_shares(0, 50, 0, 400).p_value == 1


def test_the_median_of_100_lies_between_the_40th_and_the_61st():
    assert quantile_levels(100, 0.5) == (0.40, 0.61)


def test_too_few_values_bound_no_quantile():
    assert quantile_levels(5, 0.5) is None
    assert quantile_levels(30, 0.9) is None


def test_medians_far_apart_differ_and_a_wide_interval_hides_it():
    assert compare_quantiles((220, 200, 240), (110, 108, 112)).p_value < 0.001
    assert compare_quantiles((220, 60, 800), (110, 108, 112)).p_value > 0.05


def test_benjamini_and_hochberg_1995_table_1_keeps_the_first_four_of_fifteen():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert [value <= 0.05 for value in adjusted(p)] == [True] * 4 + [False] * 11


def test_funnel_limits_stay_inside_0_to_1_and_narrow_with_n():
    wide, narrow = funnel_limits(0.05, 30, 0.998), funnel_limits(0.05, 3000, 0.998)
    assert wide[0] == 0
    assert wide[1] > narrow[1] > 0.05 > narrow[0] > 0
    assert funnel_limits(0.999, 20, 0.998)[1] <= 1


def test_funnel_limits_are_the_binomial_quantiles():
    low, high = funnel_limits(0.5, 100, 0.95)
    assert 39 < low * 100 < 41
    assert 59 < high * 100 < 61
