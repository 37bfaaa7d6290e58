"""Before and after: found where something was done, not where nothing was, silent where too early."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit

from aftersales.judgement import interrupted
from aftersales.judgement.interrupted import Week, design

FIRST = date(2026, 1, 5)
WEEK = timedelta(weeks=1)
BEFORE, AFTER = 20, 10
DONE = FIRST + BEFORE * WEEK
TRIALS = 200


def mondays(count):
    return [FIRST + place * WEEK for place in range(count)]


def drawn(kind, rng, effect=0.0, *, before=BEFORE, after=AFTER, scatter=0.0):
    """A series whose level moves by ``effect`` on the scale of its model."""
    found = []
    for place, monday in enumerate(mondays(before + after)):
        level = (effect if place >= before else 0.0) + rng.normal(0, scatter)
        if kind == "share":
            n = int(rng.poisson(150))
            found.append(Week(monday, rng.binomial(n, expit(level - 0.8)), n))
        elif kind == "count":
            orders = int(rng.poisson(800))
            found.append(Week(monday, rng.poisson(orders * 0.04 * np.exp(level)), orders))
        else:
            found.append(Week(monday, float(np.exp(rng.normal(8 + level, 0.15))), 100))
    return found


def true_size(kind, effect):
    return expit(effect - 0.8) - expit(-0.8) if kind == "share" else np.exp(effect) - 1


@pytest.mark.parametrize("kind", ["share", "count", "median"])
def test_where_nothing_was_done_one_in_twenty_is_called_a_change_and_not_more(kind):
    rng = np.random.default_rng(3)
    found = [
        interrupted.test(drawn(kind, rng), DONE, kind=kind, good="lower") for _ in range(TRIALS)
    ]
    called = sum(one.verdict != "unclear" for one in found)
    assert stats.binomtest(called, TRIALS, 0.05, alternative="greater").pvalue > 0.05


@pytest.mark.parametrize("kind", ["share", "count"])
def test_weeks_that_scatter_more_than_chance_make_it_less_sure_and_not_more(kind):
    rng = np.random.default_rng(4)
    found = [
        interrupted.test(drawn(kind, rng, scatter=0.4), DONE, kind=kind, good="lower")
        for _ in range(TRIALS)
    ]
    called = sum(one.verdict != "unclear" for one in found)
    assert stats.binomtest(called, TRIALS, 0.05, alternative="greater").pvalue > 0.05


@pytest.mark.parametrize("kind", ["share", "count", "median"])
def test_what_was_done_is_found_and_the_interval_holds_it(kind):
    rng = np.random.default_rng(5)
    found = [
        interrupted.test(drawn(kind, rng, -0.7), DONE, kind=kind, good="lower")
        for _ in range(TRIALS)
    ]
    assert np.mean([one.verdict == "better" for one in found]) > 0.8
    covered = sum(one.change.low <= true_size(kind, -0.7) <= one.change.high for one in found)
    assert stats.binomtest(covered, TRIALS, 0.95, alternative="less").pvalue > 0.01


def test_fewer_of_the_good_is_worse():
    series = drawn("share", np.random.default_rng(6), -0.9)
    assert interrupted.test(series, DONE, kind="share", good="higher").verdict == "worse"
    assert interrupted.test(series, DONE, kind="share", good="lower").verdict == "better"


def test_a_share_is_the_librarys_quasi_binomial():
    series = drawn("share", np.random.default_rng(7), -0.4, scatter=0.3)
    found = interrupted.test(series, DONE, kind="share", good="lower")
    value, of = (np.array([getattr(week, part) for week in series]) for part in ("value", "of"))
    columns = design([week.on for week in series], DONE)
    # weighted shares: of pairs of counts this library takes the scale without their numbers
    model = sm.GLM(value / of, columns, family=sm.families.Binomial(), var_weights=of)
    fit = model.fit(scale="X2", use_t=True)
    low, high = fit.conf_int()[2]
    base = fit.params[0]
    assert fit.scale > 1
    assert found.change.p_value == pytest.approx(fit.pvalues[2])
    assert found.expected == pytest.approx(expit(base))
    assert (found.change.low, found.change.high) == pytest.approx(
        (expit(base + low) - expit(base), expit(base + high) - expit(base)), abs=1e-6
    )


def test_a_count_is_the_librarys_quasi_poisson_over_its_exposure():
    series = drawn("count", np.random.default_rng(8), -0.4, scatter=0.3)
    found = interrupted.test(series, DONE, kind="count", good="lower")
    counts, orders = (
        np.array([getattr(week, part) for week in series]) for part in ("value", "of")
    )
    model = sm.GLM(
        counts,
        design([week.on for week in series], DONE),
        family=sm.families.Poisson(),
        exposure=orders,
    )
    fit = model.fit(scale="X2", use_t=True)
    assert fit.scale > 1
    assert found.change.p_value == pytest.approx(fit.pvalues[2])
    assert found.change.size == pytest.approx(np.exp(fit.params[2]) - 1)


def test_a_median_is_never_surer_than_least_squares_or_newey_and_west():
    rng = np.random.default_rng(9)
    noise = np.zeros(BEFORE + AFTER)
    for place in range(1, len(noise)):  # weeks that hang together
        noise[place] = 0.7 * noise[place - 1] + rng.normal(0, 0.1)
    series = [Week(m, float(np.exp(8 + e))) for m, e in zip(mondays(30), noise, strict=True)]
    found = interrupted.test(series, DONE, kind="median", good="lower")
    model = sm.OLS(np.log([week.value for week in series]), design(mondays(30), DONE))
    plain = model.fit()
    robust = model.fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}, use_t=True)
    assert found.change.size == pytest.approx(np.exp(plain.params[2]) - 1)
    assert found.change.p_value == pytest.approx(max(plain.pvalues[2], robust.pvalues[2]))


def test_what_the_others_did_too_is_taken_off():
    rng = np.random.default_rng(10)
    series, others = drawn("share", rng, -0.7), drawn("share", rng, -0.7)
    found = interrupted.test(series, DONE, kind="share", good="lower", others=others)
    assert found.verdict == "better"
    assert found.against.p_value > 0.05
    # The same as the interaction in one model of both series.
    both = [*series, *others]
    columns = np.tile(design(mondays(30), DONE), (2, 1))
    is_own = np.repeat([1.0, 0.0], 30)[:, None]
    table = np.array([(week.value, week.of - week.value) for week in both])
    model = sm.GLM(table, np.hstack([columns, columns * is_own]), family=sm.families.Binomial())
    step = model.fit().params[6]
    own = sm.GLM(table[:30], columns[:30], family=sm.families.Binomial()).fit().params[0]
    assert found.against.size == pytest.approx(expit(own + step) - expit(own))


def test_the_week_it_was_done_in_counts_to_neither_side():
    series = drawn("count", np.random.default_rng(11))
    spoilt = [Week(w.on, 10_000, w.of) if w.on == DONE else w for w in series]
    middle = DONE + timedelta(days=3)
    assert interrupted.test(spoilt, middle, kind="count", good="lower") == interrupted.test(
        series, middle, kind="count", good="lower"
    )
    assert interrupted.test(series, middle, kind="count", good="lower").after == AFTER - 1


def test_weeks_of_known_events_are_left_out():
    series = drawn("count", np.random.default_rng(12))
    hit = (DONE + 2 * WEEK, DONE + 2 * WEEK + timedelta(days=1))
    spoilt = [Week(w.on, 10_000, w.of) if w.on == hit[0] else w for w in series]
    found = interrupted.test(spoilt, DONE, kind="count", good="lower", aside=[hit])
    assert (found.before, found.after) == (BEFORE, AFTER - 1)
    assert found.verdict == "unclear"


def test_too_early_says_from_when_on_it_can_be_told():
    series = drawn("count", np.random.default_rng(13), after=3)
    found = interrupted.test(series, DONE, kind="count", good="lower")
    assert (found.status, found.testable_on) == ("too_early", DONE + 4 * WEEK)
    midweek = interrupted.test(series, DONE + timedelta(days=1), kind="count", good="lower")
    assert midweek.testable_on == DONE + 5 * WEEK
    festival = (DONE + WEEK, DONE + WEEK)
    later = interrupted.test(series, DONE, kind="count", good="lower", aside=[festival])
    assert later.testable_on == DONE + 5 * WEEK


def test_a_short_past_is_never_enough():
    series = drawn("count", np.random.default_rng(14), before=7)
    found = interrupted.test(series, FIRST + 7 * WEEK, kind="count", good="lower")
    assert (found.status, found.change) == ("few_before", None)


def test_a_share_that_never_moves_is_no_finding_and_no_crash():
    series = [Week(monday, 0, 50) for monday in mondays(30)]
    found = interrupted.test(series, DONE, kind="share", good="lower")
    assert found.status == "no_change_to_fit"


def test_the_time_of_the_year_is_no_effect_once_two_years_are_known():
    count, rng = 120, np.random.default_rng(15)
    done = FIRST + 100 * WEEK
    series = [
        Week(monday, rng.poisson(400 * np.exp(0.5 * np.cos(2 * np.pi * place / 52.18))))
        for place, monday in enumerate(mondays(count))
    ]
    found = interrupted.test(series, done, kind="count", good="lower")
    assert design(mondays(count), done).shape[1] == 6
    assert found.verdict == "unclear"
    blind = sm.GLM(
        [week.value for week in series],
        design(mondays(count), done)[:, :4],
        family=sm.families.Poisson(),
    )
    assert blind.fit(scale="X2").pvalues[2] < 0.01  # what the year alone would pass for
