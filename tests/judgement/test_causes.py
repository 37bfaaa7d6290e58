"""What is named a cause: the planted segment first, and nothing where nothing happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from aftersales.judgement import causes
from aftersales.judgement.causes import Counts, Ranked

NAMES = ("sku", "shop", "hour_hour", "agent")
SIZES = (12, 2, 24, 6)
BEFORE, NOW = 12_000, 2_000


def _drawn(random: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    return {
        name: random.choice(size, n, p=_weights(size))
        for name, size in zip(NAMES, SIZES, strict=True)
    }


def _weights(size: int) -> np.ndarray:
    weights = 1 / (np.arange(size) + 2.0)
    return weights / weights.sum()


def _ranked(rows: Mapping[str, np.ndarray], hit: np.ndarray, is_now: np.ndarray) -> Ranked:
    def read(names: tuple[str, ...]) -> dict[tuple[Any, ...], Counts]:
        found: dict[tuple[Any, ...], Counts] = {}
        for *key, when, hits, n in _grouped([*(rows[name] for name in names), is_now], hit):
            counts = Counts(n1=hits, d1=n) if when else Counts(n0=hits, d0=n)
            found[tuple(key)] = found.get(tuple(key), Counts()) + counts
        return found

    whole = Counts(hit[~is_now].sum(), (~is_now).sum(), hit[is_now].sum(), is_now.sum())
    compared = causes.whole_change(whole, "share")
    return causes.rank(
        read,
        NAMES,
        style="share",
        change=compared.change,
        is_beyond_chance=compared.p_value < 0.05,
    )


def _grouped(columns: list[np.ndarray], hit: np.ndarray) -> Iterable[tuple[Any, ...]]:
    keys, place = np.unique(np.stack(columns), axis=1, return_inverse=True)
    n = np.bincount(place.ravel())
    hits = np.bincount(place.ravel(), weights=hit)
    for key, h, count in zip(keys.T, hits, n, strict=True):
        yield (*(int(part) for part in key), float(h), float(count))


def _world(seed: int) -> tuple[np.random.Generator, dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Rates differ between products and hours, and stay as they are."""
    random = np.random.default_rng(seed)
    rows = _drawn(random, BEFORE + NOW)
    is_now = np.arange(BEFORE + NOW) >= BEFORE
    rate = 0.03 + 0.02 * (rows["sku"] % 3) + 0.04 * (rows["hour_hour"] < 8)
    return random, rows, is_now, rate


@pytest.mark.parametrize(
    ("worlds", "at_most"), [(20, 1), pytest.param(200, 10, marks=pytest.mark.slow)]
)
def test_nothing_is_named_where_nothing_happened(worlds, at_most):
    """In 19 worlds of 20 at least, however many segments are looked at."""
    named = 0
    for seed in range(worlds):
        random, rows, is_now, rate = _world(seed)
        hit = random.random(len(rate)) < rate
        named += bool(_ranked(rows, hit, is_now).causes)
    assert named <= at_most


@pytest.mark.parametrize("worlds", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_of_counts_nothing_is_named_either(worlds):
    """One of ten worlds of the quick run, one of twenty of the long one, at most."""
    named = 0
    for seed in range(worlds):
        random = np.random.default_rng(seed)
        sizes = {"reason": 15, "leaf": 30, "asked_hour": 24, "shop_id": 3}
        drawn = {
            name: [random.multinomial(n, _weights(size)) for n in (240, 40)]
            for name, size in sizes.items()
        }

        def read(names: tuple[str, ...], drawn: Any = drawn) -> dict[tuple[Any, ...], Counts]:
            before, now = drawn[names[0]] if len(names) == 1 else ((), ())
            pairs = enumerate(zip(before, now, strict=True))
            return {(value,): Counts(n0=float(b), n1=float(n)) for value, (b, n) in pairs if b + n}

        found = causes.rank(
            read, list(sizes), style="count", change=10, is_beyond_chance=True, lengths=(8.0, 1.0)
        )
        named += bool(found.causes)
    assert named <= max(1, worlds / 20)


@pytest.mark.parametrize("seed", range(5))
def test_the_product_that_was_hit_is_named_first_and_nothing_else(seed):
    random, rows, is_now, rate = _world(seed)
    hit = random.random(len(rate)) < np.where((rows["sku"] == 4) & is_now, 8 * rate, rate)
    found = _ranked(rows, hit, is_now).causes
    assert [cause.where for cause in found] == [(("sku", (4,)),)]
    assert found[0].kind == "rate"
    assert found[0].explained > 0.6
    assert found[0].low > 0


@pytest.mark.parametrize("seed", range(5))
def test_hours_in_a_row_are_named_as_one(seed):
    random, rows, is_now, rate = _world(seed)
    night = (rows["hour_hour"] >= 22) | (rows["hour_hour"] <= 3)
    hit = random.random(len(rate)) < np.where(night & is_now, rate + 0.25, rate)
    (first, *_) = _ranked(rows, hit, is_now).causes
    ((name, hours),) = first.where
    assert name == "hour_hour"
    assert {0, 1, 2, 3} <= set(hours) <= {20, 21, 22, 23, 0, 1, 2, 3, 4, 5}


def test_a_value_of_one_split_within_a_value_of_another_is_named_as_both():
    random, rows, is_now, rate = _world(1)
    both = (rows["sku"] == 0) & (rows["agent"] == 1) & is_now
    hit = random.random(len(rate)) < np.where(both, rate + 0.4, rate)
    (first, *_) = _ranked(rows, hit, is_now).causes
    assert dict(first.where) == {"sku": (0,), "agent": (1,)}


def test_two_things_at_once_are_both_named():
    random, rows, is_now, rate = _world(2)
    lifted = np.where((rows["sku"] == 3) & is_now, rate + 0.3, rate)
    lifted = np.where((rows["agent"] == 2) & is_now, lifted + 0.2, lifted)
    hit = random.random(len(rate)) < lifted
    named = {cause.where[0] for cause in _ranked(rows, hit, is_now).causes}
    assert {("sku", (3,)), ("agent", (2,))} <= named


def test_more_of_a_segment_that_always_did_worse_is_mix():
    def read(names: tuple[str, ...]) -> dict[tuple[Any, ...], Counts]:
        return {("bad",): Counts(200, 1000, 800, 4000), ("good",): Counts(90, 9000, 60, 6000)}

    (first,) = causes.rank(
        read, ["kind"], style="share", change=0.086 - 0.029, is_beyond_chance=True
    ).causes
    assert first.kind == "mix"
    assert (first.share0, first.share1) == (0.1, 0.4)


def test_a_split_in_other_words_is_told_once():
    def read(names: tuple[str, ...]) -> dict[tuple[Any, ...], Counts]:
        hit, rest = Counts(20, 1000, 120, 1000), Counts(100, 5000, 100, 5000)
        return {
            tuple(f"{name} A" for name in names): hit,
            tuple(f"{name} B" for name in names): rest,
        }

    (first,) = causes.rank(
        read, ["sku", "title"], style="share", change=100 / 6000, is_beyond_chance=True
    ).causes
    assert first.where == (("sku", ("sku A",)),)
    assert first.also == (("title", ("title A",)),)


def test_money_is_judged_by_how_it_varies_from_day_to_day():
    """One large payment is one large payment, however much of the change it is."""
    random = np.random.default_rng(3)

    def read(once: float) -> causes.Reader:
        def days(n: int, mean: float) -> np.ndarray:
            return np.stack([random.gamma(2, mean / 2, n), np.full(n, 100.0)], axis=1)

        tables = {("a",): (days(56, 100), days(7, 100)), ("b",): (days(56, 100), days(7, 100))}
        tables["a",][1][3, 0] += once
        if not once:
            tables["a",][1][:, 0] += 300
        sums = {
            key: Counts(b[:, 0].sum(), b[:, 1].sum(), n[:, 0].sum(), n[:, 1].sum(), (b, n))
            for key, (b, n) in tables.items()
        }
        return lambda names: sums

    def named(once: float) -> list[causes.Where]:
        found = causes.rank(read(once), ["reason"], style="days", change=1.5, is_beyond_chance=True)
        return [cause.where for cause in found.causes]

    assert named(once=2100.0) == []
    assert named(once=0.0) == [(("reason", ("a",)),)]


@pytest.mark.filterwarnings("ignore")  # a saturated model has no residuals
def test_how_far_a_segment_moved_from_the_rest_is_the_interaction_of_a_logistic_model():
    part, rest = Counts(12, 300, 40, 280), Counts(90, 2700, 70, 1900)
    cells = [
        (segment, now, n + 0.5, d - n + 0.5)
        for segment, c in ((1, part), (0, rest))
        for now, n, d in ((0, c.n0, c.d0), (1, c.n1, c.d1))
    ]
    design = np.array([(1, segment, now, segment * now) for segment, now, *_ in cells])
    outcome = np.array([(n, other) for *_, n, other in cells])
    fitted = sm.GLM(outcome, design, family=sm.families.Binomial()).fit()
    (moved, spread), (others, others_spread) = (causes._log_change(c, True) for c in (part, rest))
    z = (moved - others) / (spread + others_spread) ** 0.5
    assert z == pytest.approx(fitted.tvalues[3], rel=1e-6)


def test_where_everything_doubled_what_was_high_before_is_no_cause():
    def read(names: tuple[str, ...]) -> dict[tuple[Any, ...], Counts]:
        return {
            ("high",): Counts(1000, 10_000, 2000, 10_000),
            ("low",): Counts(500, 50_000, 1000, 50_000),
        }

    found = causes.rank(read, ["sku"], style="share", change=0.025, is_beyond_chance=True)
    assert found.causes == ()
