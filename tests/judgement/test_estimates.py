"""Worked values from the papers the docstrings name, libraries, and coverage by simulation."""

from __future__ import annotations

from math import inf, isnan, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from scipy import stats
from statsmodels.duration.survfunc import CumIncidenceRight

from aftersales import metrics as registry
from aftersales.judgement.estimates import (
    Step,
    adjusted,
    compare_quantiles,
    compare_rates,
    compare_shares,
    incidence,
    quantile_levels,
    quantile_ranks,
    rate,
    survival_quantile,
    wilson,
)
from aftersales.settings import packaged
from aftersales.warehouse.connection import connect


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


def test_few_hits_are_compared_exactly_with_half_of_what_was_seen():
    # Fisher's tea: 3 of 4 against 1 of 4; the upper tail is 17/70, what was seen 16/70 of it.
    assert compare_shares(3, 4, 1, 4).p_value == pytest.approx(2 * (1 / 70 + 8 / 70))
    assert compare_shares(1, 4, 3, 4).p_value == pytest.approx(2 * (1 / 70 + 8 / 70))


def test_rare_hits_alike_are_called_different_in_no_more_than_one_of_twenty():
    rng = np.random.default_rng(3)
    x, y = rng.binomial(60, 0.04, 1500), rng.binomial(90, 0.04, 1500)
    false = sum(compare_shares(a, 60, b, 90).p_value < 0.05 for a, b in zip(x, y, strict=True))
    assert false / 1500 <= 0.055


def test_the_median_of_100_lies_between_the_40th_and_the_61st():
    assert quantile_ranks(100, 0.5) == (40, 61)
    low, high = quantile_levels(100, 0.5)
    values = np.arange(1, 101)
    assert np.quantile(values, [low, high]) == pytest.approx([40, 61])


@pytest.mark.parametrize(("n", "quantile"), [(31, 0.5), (60, 0.9), (500, 0.25)])
def test_the_ranks_hold_the_quantile_at_95_percent_and_no_narrower_ones_do(n, quantile):
    first, last = quantile_ranks(n, quantile)
    below = stats.binom(n, quantile).cdf
    assert below(last - 1) - below(first - 1) >= 0.95
    assert below(first) > 0.025
    assert below(last - 2) < 0.975


def test_too_few_values_bound_no_quantile():
    assert quantile_levels(5, 0.5) is None
    assert quantile_levels(30, 0.9) is None


def test_medians_far_apart_differ_and_a_wide_interval_hides_it():
    assert compare_quantiles((220, 200, 240), (110, 108, 112)).p_value < 0.001
    assert compare_quantiles((220, 60, 800), (110, 108, 112)).p_value > 0.05


def test_a_count_of_10_has_garwoods_interval():
    assert [round(end, 2) for end in rate(10, 1)] == [4.80, 18.39]
    assert rate(0, 2) == (0.0, pytest.approx(-log(0.025) / 2))


def test_counts_by_exposure_are_compared_as_scipys_exact_test_has_them_less_half_of_what_was_seen():
    found = compare_rates(30, 100, 12, 100)
    assert found.change == pytest.approx(log(30 / 12))
    exact = stats.binomtest(30, 42, 0.5)
    assert found.p_value == pytest.approx(exact.pvalue - stats.binom.pmf(30, 42, 0.5))
    ends = exact.proportion_ci(method="exact")
    assert found.low == pytest.approx(log(ends.low / (1 - ends.low)))
    assert found.high == pytest.approx(log(ends.high / (1 - ends.high)))


def test_the_same_count_over_twice_the_time_is_half_the_rate():
    assert compare_rates(40, 200, 40, 100).change == pytest.approx(-log(2))
    assert compare_rates(0, 1, 0, 1).p_value == 1
    assert compare_rates(0, 10, 9, 10).change == -inf


def test_benjamini_and_hochberg_1995_table_1_keeps_the_first_four_of_fifteen():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert [value <= 0.05 for value in adjusted(p)] == [True] * 4 + [False] * 11
    assert adjusted([]) == []


# Freireich's 21 leukaemia patients on 6-MP: weeks of remission, and whether it ended.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def steps(times, kinds):
    """Kind 0: not yet; 1: the event; any other: what makes it impossible."""
    return [Step(t, float(k == 1), float(k > 0), 1.0) for t, k in zip(times, kinds, strict=True)]


def test_the_median_remission_is_23_weeks_from_13_on_with_no_upper_end():
    # R: survfit(Surv(weeks, ended) ~ 1, conf.type = "log-log")
    assert survival_quantile(steps(WEEKS, ENDED), 0.5) == (23.0, 13.0, None)


followed = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from([0, 1, 1, 1, 2])), min_size=15, max_size=80
)


@settings(max_examples=40, deadline=None)
@given(followed)
def test_a_survival_quantile_is_that_of_lifelines(rows):
    times, kinds = zip(*rows, strict=True)
    ended = [kind == 1 for kind in kinds]
    fitted = KaplanMeierFitter().fit(times, ended)
    found = survival_quantile(steps(times, ended), 0.5)
    ends = median_survival_times(fitted.confidence_interval_).iloc[0].tolist()
    expected = [fitted.median_survival_time_, *ends]
    told = [inf if one is None else one for one in found]
    last = max(times)  # at an end where nobody is left lifelines has no variance to give
    for ours, theirs in zip(told, expected, strict=True):
        assert ours == theirs or isnan(theirs) or max(ours, last) == max(theirs, last)


@settings(max_examples=40, deadline=None)
@given(followed)
def test_the_variance_of_an_incidence_is_that_of_statsmodels(rows):
    times, kinds = (np.array(part) for part in zip(*rows, strict=True))
    if not (kinds == 1).any():
        return
    theirs = CumIncidenceRight(times, kinds)
    place = len(theirs.times) // 2
    at, value = theirs.times[place], float(theirs.cinc[0][place])
    found = incidence(steps(times, kinds), at)
    assert found[0] == pytest.approx(value)
    error = float(theirs.cinc_se[0][place])
    if 0 < value < 1 and np.isfinite(error) and error > 0:
        reach = 1.959964 * error / abs(value * log(value))
        expected = (value ** np.exp(reach), value ** np.exp(-reach))
        assert found[1:] == pytest.approx(expected, abs=1e-6)


def test_steps_counted_together_are_as_good_as_one_by_one():
    together = [Step(6, 3, 3, 4), Step(7, 1, 1, 1)]
    apart = [Step(6, 1, 1, 1)] * 3 + [Step(7, 1, 1, 1), Step(6, 0, 0, 1)]
    assert incidence(together, 6) == incidence(apart, 6)
    assert survival_quantile(together, 0.5) == survival_quantile(apart, 0.5)


def test_without_an_event_an_incidence_is_bounded_by_how_many_are_still_followed():
    assert incidence([Step(30, 0, 0, 100), Step(3, 0, 0, 500)], 30) == (0, 0, wilson(0, 100)[1])
    assert incidence([], 30) is None


def test_a_survival_median_is_inside_its_interval_in_95_of_100_worlds():
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(300):
        lasted, watched = rng.exponential(100, 80), rng.uniform(20, 400, 80)
        seen = np.minimum(lasted, watched)
        _, low, high = survival_quantile(steps(seen, (lasted <= watched).astype(int)), 0.5)
        inside += (low or 0) <= 100 * log(2) <= (high or inf)
    assert 0.92 <= inside / 300 <= 0.98


def test_an_incidence_is_inside_its_interval_in_95_of_100_worlds():
    rng = np.random.default_rng(6)
    # Two equal risks of 0.01 a day: by day 30 half of those who are anything.
    true = 0.5 * (1 - np.exp(-0.02 * 30))
    inside = 0
    for _ in range(300):
        lasted, watched = rng.exponential(50, 150), rng.uniform(10, 90, 150)
        kinds = np.where(lasted <= watched, rng.integers(1, 3, 150), 0)
        _, low, high = incidence(steps(np.minimum(lasted, watched), kinds), 30)
        inside += low <= true <= high
    assert 0.92 <= inside / 300 <= 0.98


def test_the_interval_is_drawn_from_the_same_curve_as_the_value():
    metrics = registry.load((packaged("sql"),))
    con = connect(None)
    con.execute(
        """
        create table fct_conversation as
        select
            date '2026-11-16' as started_on, ['a', 'b'][1 + i % 2] as agent, 'chat' as kind,
            (i * 37 % 101)::double as first_response_exposure_seconds,
            case when i % 5 = 0 then 'censored' else 'ok' end as first_response_status
        from range(0, 400) as t (i)
        """
    )
    metric = metrics["first_response_km_median"]
    drawn = registry.steps(con, metric, ["agent"])
    for row in registry.query(con, metric, ["agent"]):
        told = [Step(*step) for step in drawn[(row["agent"],)]]
        value, low, high = survival_quantile(told, 0.5)
        assert value == row["value"]
        assert low < value < high
        assert sum(step.leaving for step in told) == row["denominator"]
