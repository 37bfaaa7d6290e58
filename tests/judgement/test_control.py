from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from aftersales.judgement.control import Chart, Point, chart, signals

MONDAY = date(2026, 3, 2)


def week(number: int) -> date:
    return MONDAY + timedelta(weeks=number)


def shares(*parts: tuple[int, int] | None, aside: tuple[int, ...] = ()) -> list[Point]:
    return [
        Point(week(i), None)
        if part is None
        else Point(week(i), part[0] / part[1], part[1], part[0], is_aside=i in aside)
        for i, part in enumerate(parts)
    ]


def drawn(points: list[Point], kind: str = "share") -> Chart:
    found = chart(points, kind)  # type: ignore[arg-type]
    assert found is not None
    return found


def random_shares(rng: np.random.Generator, shares_: list[float], n: int) -> list[Point]:
    sizes = rng.poisson(n, len(shares_))
    counts = rng.binomial(sizes, shares_)
    return [
        Point(week(i), int(x) / int(m), int(m), int(x))
        for i, (x, m) in enumerate(zip(counts, sizes, strict=True))
    ]


USUAL = [(40, 1000), (38, 1000), (43, 1000), (36, 1000), (41, 1000), (44, 1000), (39, 1000)]


def test_a_week_like_the_others_is_no_signal():
    found = drawn(shares(*USUAL, (42, 1000), (40, 1000)))
    assert found.p_value > 0.5
    assert found.last.rules == ()
    assert found.low < 0.04 < found.high
    assert found.centre == pytest.approx(0.0404, abs=0.0005)


def test_a_week_far_above_its_limits_is_a_signal_of_that_week():
    found = drawn(shares(*USUAL, (42, 1000), (80, 1000)))
    assert found.last.rules[0] == "beyond"
    assert found.p_value < 0.001
    assert found.since == week(8)


def test_a_past_week_known_to_be_odd_does_not_widen_the_limits():
    with_event = shares(*USUAL, (120, 1000), (42, 1000), (41, 1000), aside=(7,))
    without = shares(*USUAL, None, (42, 1000), (41, 1000))
    assert drawn(with_event).last == drawn(without).last
    assert "beyond" in drawn(with_event).weeks[7].rules


def test_a_past_week_nobody_wrote_down_is_left_out_where_it_is_far_off():
    found = drawn(shares(*USUAL, (38, 1000), (120, 1000), (42, 1000), (41, 1000)))
    assert not found.weeks[8].is_used
    assert found.high < 0.07
    assert found.p_value > 0.5  # coming back to the usual is not getting better


def test_weeks_set_aside_are_used_all_the_same_where_too_few_others_are_left():
    points = shares(*USUAL, (42, 1000), (40, 1000), aside=tuple(range(8)))
    assert drawn(points).used == 8


def test_fewer_than_eight_weeks_before_draw_no_limits():
    assert chart(shares(*USUAL, (40, 1000)), "share") is None
    assert chart(shares(*USUAL, (40, 1000), None), "share") is None
    assert chart([], "share") is None


def test_a_level_that_moved_is_told_since_when():
    rng = np.random.default_rng(4)
    found = drawn(random_shares(rng, [0.04] * 12 + [0.07] * 6, 1000))
    assert found.p_value < 0.001
    assert found.since == week(12)


def test_a_level_that_moved_long_ago_is_what_is_usual_now():
    rng = np.random.default_rng(4)
    found = drawn(random_shares(rng, [0.04] * 20 + [0.08] * 14, 1000))
    assert found.centre == pytest.approx(0.08, abs=0.01)
    assert found.p_value > 0.05


def test_weeks_that_scatter_wider_than_n_explains_have_wider_limits():
    rng = np.random.default_rng(8)
    usual = [0.05 * float(np.exp(0.35 * step)) for step in rng.standard_normal(24)]
    found = drawn(random_shares(rng, usual, 5000))
    assert (found.dispersion or 0) > 2
    binomial = 3 * (0.05 * 0.95 / 5000) ** 0.5
    assert found.high - found.centre > 2 * binomial


def test_limits_of_a_share_stay_between_nothing_and_everything():
    found = drawn(shares(*([(1, 40)] * 9), (2, 40)))
    assert found.low == 0 and found.high <= 1
    found = drawn(shares(*([(40, 40)] * 9), (39, 40)))
    assert found.high <= 1


def test_limits_of_a_share_are_nearly_the_exact_binomial_ones():
    found = drawn(shares(*([(100, 2000)] * 40), (100, 2000)))
    low, high = stats.binom.ppf(stats.norm.sf([3, -3]), 2000, 0.05) / 2000
    assert found.low == pytest.approx(low, abs=0.002)
    assert found.high == pytest.approx(high, abs=0.002)


def test_limits_of_a_count_are_nearly_the_exact_poisson_ones():
    points = [Point(week(i), 30.0) for i in range(40)]
    found = drawn(points, "count")
    low, high = stats.poisson.ppf(stats.norm.sf([3, -3]), 30)
    assert found.low == pytest.approx(low, abs=2.5)
    assert found.high == pytest.approx(high, abs=2.5)


def test_limits_of_amounts_are_read_off_from_week_to_week():
    """XmR: mean plus and minus three times the mean moving range over 1.128, of the logarithm."""
    amounts = [100.0, 110, 95, 105, 98, 112, 101, 97, 104]
    found = drawn([Point(week(i), x) for i, x in enumerate([*amounts, 100.0])], "amount")
    logs = np.log1p(amounts)
    width = np.abs(np.diff(logs)).mean() / 1.128
    reach = 3 * width * (1 + 1 / len(logs)) ** 0.5
    assert found.high == pytest.approx(np.expm1(logs.mean() + reach), rel=1e-6)
    assert found.low == pytest.approx(np.expm1(logs.mean() - reach), rel=1e-6)
    assert found.dispersion is None


def test_quantiles_scatter_as_their_intervals_say():
    points = [Point(week(i), 60.0 * 1.05 ** (i % 3), 300, spread=0.1) for i in range(12)]
    found = drawn([*points, Point(week(12), 60.0 * 1.6, 300, spread=0.1)], "quantile")
    assert found.last.rules[0] == "beyond"
    assert found.centre == pytest.approx(63, abs=2)


def test_from_two_years_on_the_time_of_the_year_is_no_change():
    rng = np.random.default_rng(3)
    wave = [0.06 + 0.03 * float(np.sin(2 * np.pi * i / 52.18)) for i in range(130)]
    points = random_shares(rng, wave, 3000)
    at_the_top = points[:118]  # the wave's top comes a third time
    found = drawn(at_the_top)
    assert found.is_seasonal
    assert found.p_value > 0.05
    assert not drawn(at_the_top[-60:]).is_seasonal
    moved = random_shares(rng, [*wave[:117], wave[117] * 1.5], 3000)
    assert drawn(moved).p_value < 0.001


@pytest.mark.parametrize(
    ("z", "rules"),
    [
        ([0.1, -0.2, 3.1], ("beyond",)),
        ([2.1, 0.0, 2.2], ("two_of_three",)),
        ([-2.1, 0.0, 2.2], ()),
        ([0.5] * 8, ("run",)),
        ([0.5] * 7, ()),
        ([-0.1] + [0.5] * 7, ()),
    ],
)
def test_run_rules(z, rules):
    assert signals(z) == rules


@pytest.mark.parametrize(("weeks", "share", "n"), [(9, 0.04, 400), (17, 0.7, 120), (52, 0.03, 900)])
def test_flat_weeks_are_called_changed_at_most_as_often_as_said(weeks, share, n):
    rng = np.random.default_rng(weeks)
    tried = [drawn(random_shares(rng, [share] * weeks, n)).p_value < 0.05 for _ in range(400)]
    assert sum(tried) <= stats.binom.ppf(0.999, 400, 0.05)


def test_a_change_by_four_fifths_in_one_week_is_mostly_found():
    rng = np.random.default_rng(1)
    found = [
        drawn(random_shares(rng, [0.04] * 16 + [0.072], 900)).p_value < 0.01 for _ in range(100)
    ]
    assert sum(found) > 70
