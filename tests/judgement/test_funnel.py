"""Funnels of groups whose truth is known: nobody is named for being small, or for a night shift."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from aftersales.judgement.estimates import quantile_ranks
from aftersales.judgement.funnel import (
    Counted,
    Row,
    Timed,
    quantiles,
    share_limits,
    shares,
    standardised,
)

MINIMUM = 30


def named(funnel):
    return {group.name for group in funnel.groups if group.is_named}


def counted(x, n):
    pairs = zip(x, n, strict=True)
    return [Counted(str(name), float(a), float(b)) for name, (a, b) in enumerate(pairs)]


def timed(rng, sizes, medians, sigma=1.0):
    found = []
    for name, (n, median) in enumerate(zip(sizes, medians, strict=True)):
        values = np.sort(np.exp(rng.normal(np.log(median), sigma, n)))
        first, last = quantile_ranks(n, 0.5)
        ends = values[first - 1], values[last - 1]
        found.append(Timed(str(name), float(np.median(values)), *map(float, ends), float(n)))
    return found


def test_limits_stay_inside_0_to_1_and_narrow_with_n():
    wide, narrow = share_limits(0.05, 30, 0.998), share_limits(0.05, 3000, 0.998)
    assert wide[0] == 0
    assert wide[1] > narrow[1] > 0.05 > narrow[0] > 0
    assert share_limits(0.999, 20, 0.998)[1] <= 1


def test_limits_are_the_binomial_quantiles():
    low, high = share_limits(0.5, 100, 0.95)
    assert stats.binom.ppf(0.025, 100, 0.5) - 1 < low * 100 <= stats.binom.ppf(0.025, 100, 0.5)
    assert stats.binom.ppf(0.975, 100, 0.5) - 1 < high * 100 <= stats.binom.ppf(0.975, 100, 0.5)


def test_limits_widen_by_the_usual_scatter_and_no_n_narrows_them_below_it():
    low, high = share_limits(0.3, 100_000, 0.95, tau=0.05)
    assert (low, high) == pytest.approx(stats.beta.ppf([0.025, 0.975], 24.9, 58.1), abs=0.002)
    small, large = share_limits(0.3, 4999, 0.95, 0.05), share_limits(0.3, 5001, 0.95, 0.05)
    assert small == pytest.approx(large, abs=1e-3)


@pytest.mark.parametrize("share", [0.04, 0.7])
def test_of_400_flat_funnels_at_most_one_in_twenty_names_anyone(share):
    rng = np.random.default_rng(11)
    false = 0
    for _ in range(400):
        n = rng.integers(30, 800, 12)
        false += bool(named(shares(counted(rng.binomial(n, share), n), MINIMUM)))
    assert false / 400 <= 0.05


def test_a_group_far_worse_than_eleven_alike_is_named_with_its_surplus():
    n = [400] * 12
    x = [16, 15, 18, 48, 14, 17, 16, 15, 19, 13, 16, 18]
    found = shares(counted(x, n), MINIMUM)
    bad = found.groups[3]
    assert named(found) == {"3"}
    assert bad.is_high
    assert bad.surplus == pytest.approx(48 - 400 * sum(x) / 4800)
    assert bad.ratio_low > 1
    assert not found.is_wider


def test_groups_that_always_differ_are_not_named_for_it_and_the_limits_say_so():
    rng = np.random.default_rng(12)
    false = 0
    for _ in range(200):
        n = rng.integers(200, 900, 12)
        x = rng.binomial(n, np.clip(rng.normal(0.7, 0.1, 12), 0.01, 0.99))
        found = shares(counted(x, n), MINIMUM)
        false += bool(named(found))
        assert found.is_wider
        assert found.limits(500, 0.95)[1] > share_limits(found.centre, 500, 0.95)[1]
    assert false / 200 <= 0.05


def test_the_scatter_between_groups_is_found_again():
    rng = np.random.default_rng(13)
    n = [2000] * 60
    x = rng.binomial(n, rng.normal(0.3, 0.05, 60))
    assert shares(counted(x, n), MINIMUM).tau == pytest.approx(0.05, rel=0.25)


def test_of_fewer_than_five_groups_no_usual_scatter_is_told():
    found = shares(counted([10, 20, 40, 60], [100] * 4), MINIMUM)
    assert found.phi is None
    assert not found.is_wider
    assert "3" in named(found)


def test_a_group_under_the_minimum_is_never_named():
    assert named(shares(counted([10, 11, 9, 20], [300, 300, 300, 20]), MINIMUM)) == set()


def test_where_nobody_or_everybody_has_it_there_is_no_funnel():
    assert shares(counted([0, 0], [50, 50]), MINIMUM) is None
    assert shares(counted([50, 50], [50, 50]), MINIMUM) is None
    assert shares([], MINIMUM) is None


def shift_of(late_night):
    """Six agents answer 90 of 100 in time by day and 40 by night; one of them works nights only."""
    rows = [Row(f"day{k}", "day", 270, 300) for k in range(5)]
    rows += [Row(f"day{k}", "night", 24, 60) for k in range(5)]
    return [*rows, Row("nights", "night", late_night, 300)]


def test_whoever_works_the_night_is_not_blamed_for_it():
    raw = {}
    for row in shift_of(120):
        x, n = raw.get(row.group, (0, 0))
        raw[row.group] = x + row.x, n + row.n
    blamed = shares([Counted(name, x, n) for name, (x, n) in raw.items()], MINIMUM)
    fair = shares(standardised(shift_of(120)), MINIMUM)
    # Unadjusted the night is the worst by far; adjusted it is just as expected.
    lowest = min(blamed.groups, key=lambda group: group.z)
    assert lowest.name == "nights"
    assert lowest.z < -2
    night = next(group for group in fair.groups if group.name == "nights")
    assert night.ratio == pytest.approx(1)
    assert night.value == pytest.approx(fair.centre)
    assert named(fair) == set()


def test_whoever_is_slow_by_night_is_named_even_against_the_night():
    found = shares(standardised(shift_of(60)), MINIMUM)
    assert "nights" in named(found)


def test_what_is_expected_adds_up_to_what_was_seen():
    groups = standardised(shift_of(99))
    assert sum(group.expected for group in groups) == pytest.approx(sum(g.x for g in groups))


def test_a_ratio_of_seen_to_expected_has_the_exact_interval():
    (found, _) = shares([Counted("a", 30, 100, 20), Counted("b", 10, 100, 20)], MINIMUM).groups
    ends = stats.binomtest(30, 100).proportion_ci(method="exact")
    assert found.ratio == pytest.approx(1.5)
    assert (found.ratio_low, found.ratio_high) == pytest.approx((ends.low * 5, ends.high * 5))


def test_of_flat_medians_at_most_one_in_twenty_names_anyone_and_a_slow_one_is_found():
    rng = np.random.default_rng(14)
    false = found = wider = 0
    for _ in range(150):
        sizes = rng.integers(40, 400, 12)
        flat = quantiles(timed(rng, sizes, [60.0] * 12), MINIMUM)
        false += bool(named(flat))
        wider += flat.is_wider
        slow = [60.0] * 11 + [120.0]
        sizes[-1] = 250
        found += "11" in named(quantiles(timed(rng, sizes, slow), MINIMUM))
    assert false / 150 <= 0.05
    assert wider / 150 <= 0.1
    assert found / 150 >= 0.9


def test_one_median_with_an_interval_makes_no_funnel():
    assert quantiles([Timed("a", 5, 4, 6, 40), Timed("b", 0, 0, 1, 40)], MINIMUM) is None
