from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from aftersales.judgement.estimates import adjusted
from aftersales.judgement.movers import moved

WEEKS = [date(2026, 6, 1) + timedelta(weeks=i) for i in range(16)]
NAMES = [f"SKU-{i:02}" for i in range(12)]


def world(
    rng: np.random.Generator, rates: dict[str, float], n: int = 80
) -> dict[str, list[tuple[float, float]]]:
    return {
        name: [(float(rng.binomial(n, rate)), float(n)) for _ in WEEKS]
        for name, rate in rates.items()
    }


def even(rate: float = 0.04) -> dict[str, list[tuple[float, float]]]:
    return {name: [(rate * 100, 100.0)] * len(WEEKS) for name in NAMES}


def named(groups: dict[str, list[tuple[float, float]]]) -> dict[str, date]:
    found = moved(groups, WEEKS, minimum_n=30)
    sure = adjusted([one.p_value for one in found])
    return {one.name: one.since for one, p in zip(found, sure, strict=True) if p < 0.05}


def test_an_article_above_its_own_past_is_named_with_when_it_began():
    groups = even()
    groups["SKU-03"] = [(4.0, 100.0)] * 12 + [(14.0, 100.0)] * 4
    assert named(groups) == {"SKU-03": WEEKS[12]}
    (one,) = (one for one in moved(groups, WEEKS, minimum_n=30) if one.name == "SKU-03")
    assert (one.x, one.n, one.x_before, one.n_before) == (56, 400, 48, 1200)
    assert one.expected == pytest.approx(16)
    assert one.surplus == pytest.approx(40) and one.is_high


def test_an_article_that_always_was_higher_is_not():
    groups = even()
    groups["SKU-03"] = [(14.0, 100.0)] * len(WEEKS)
    assert named(groups) == {}


def test_what_moves_all_articles_moves_none_of_them():
    """Twice the sales of a week dilute every rate of it alike."""
    groups = even()
    for name in NAMES:
        groups[name] = [(4.0, 100.0)] * 15 + [(4.0, 250.0)]
    assert named(groups) == {}


def test_fewer_than_the_minimum_are_not_looked_at():
    groups = even()
    groups["SKU-03"] = [(0.0, 2.0)] * 15 + [(2.0, 2.0)]
    assert "SKU-03" not in {one.name for one in moved(groups, WEEKS, minimum_n=30)}


def test_an_article_without_any_before_can_be_named():
    groups = even()
    groups["SKU-03"] = [(0.0, 100.0)] * 14 + [(12.0, 100.0)] * 2
    assert "SKU-03" in {one.name for one in moved(groups, WEEKS, minimum_n=30)}


def test_without_any_events_nothing_is_said():
    assert moved({name: [(0.0, 100.0)] * len(WEEKS) for name in NAMES}, WEEKS, minimum_n=30) == []


def test_flat_worlds_name_an_article_at_most_as_often_as_said():
    rng = np.random.default_rng(6)
    rates = dict(zip(NAMES, np.linspace(0.01, 0.08, len(NAMES)).tolist(), strict=True))
    wrong = sum(bool(named(world(rng, rates))) for _ in range(150))
    assert wrong <= stats.binom.ppf(0.999, 150, 0.05)
