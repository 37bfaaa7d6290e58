"""Intervals and comparisons: how far a number may be off by chance, and whether two differ.

Counts, sums and steps in, numbers out. A library does the work where one has it; the formulas that
are ours name their source and are held against a library in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, inf, log, sqrt
from typing import NamedTuple

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)
from statsmodels.stats.rates import confint_poisson

LEVEL = 0.95
FEW = 5  # expected in a cell of two by two: below it the normal approximation says too much
# Times are sums of floating-point logarithms; a curve this near to a level has reached it.
REACHED = 1e-9


@dataclass(frozen=True)
class Comparison:
    """One period or group against another.

    Attributes:
        change: now minus before, in the unit compared (a share, or a log ratio).
        low: lower end of the 95 % interval of ``change``.
        high: upper end.
        p_value: two-sided.
    """

    change: float
    low: float
    high: float
    p_value: float


class Step(NamedTuple):
    """What happened at one time, of those followed from zero on.

    Attributes:
        lasted: the time.
        events: became what is looked for.
        ended: became it or anything that makes it impossible.
        leaving: are not followed any longer, whatever became of them.
    """

    lasted: float
    events: float
    ended: float
    leaving: float


def two_sided(level: float) -> float:
    """The normal deviate that leaves ``1 - level`` outside on both sides together."""
    return float(stats.norm.ppf((1 + level) / 2))


def wilson(successes: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927, JASA 22:209); (0, 1) without observations."""
    if n <= 0:
        return 0.0, 1.0
    low, high = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    # Rounding leaves a trace beside what is none or all.
    low, high = max(0.0, float(low)), min(1.0, float(high))
    return (0.0 if successes == 0 else low), (1.0 if successes == n else high)


def compare_shares(x: float, n: float, x_before: float, n_before: float) -> Comparison:
    """Two independent shares.

    The p-value is the pooled two-proportion z test, or, where few are expected in a cell, the exact
    conditional test with half of the probability of what was seen (Hwang and Yang 2001, Statistica
    Sinica 11:807); the interval of the difference is the hybrid score interval (Newcombe 1998,
    Statistics in Medicine 17:873, method 10).
    """
    low, high = confint_proportions_2indep(x, n, x_before, n_before, method="newcomb")
    return Comparison(
        x / n - x_before / n_before, float(low), float(high), _differs(x, n, x_before, n_before)
    )


def _differs(x: float, n: float, x_before: float, n_before: float) -> float:
    hits, all_ = x + x_before, n + n_before
    if hits in (0, all_):
        return 1.0
    if min(hits, all_ - hits) * min(n, n_before) / all_ >= FEW:
        return float(proportions_ztest([x, x_before], [n, n_before])[1])
    seen = stats.hypergeom(round(all_), round(hits), round(n))
    return mid_p(seen.cdf(round(x) - 1), seen.pmf(round(x)))


def mid_p(below: float, at: float) -> float:
    """Two-sided, from the probability of less than what was seen and of just that."""
    return float(min(1.0, 2 * min(below + at / 2, 1 - below - at / 2)))


def quantile_ranks(n: int, quantile: float, level: float = LEVEL) -> tuple[int, int] | None:
    """Of n values in order the two, counted from 1, that bound the true quantile at that level.

    Exact: how many of n lie below the quantile is binomial (Conover 1999, Practical Nonparametric
    Statistics, 3.2). None where n is too small for both.
    """
    if n < 1:
        return None
    tail = (1 - level) / 2
    first, last = stats.binom.ppf([tail, 1 - tail], n, quantile)
    return (int(first), int(last) + 1) if first >= 1 and last < n else None


def quantile_levels(n: int, quantile: float, level: float = LEVEL) -> tuple[float, float] | None:
    """The levels of the sample quantiles that are ``quantile_ranks``; None where n is too small."""
    ranks = quantile_ranks(n, quantile, level)
    return ((ranks[0] - 1) / (n - 1), (ranks[1] - 1) / (n - 1)) if ranks else None


def compare_quantiles(
    now: tuple[float, float, float], before: tuple[float, float, float]
) -> Comparison | None:
    """Two quantiles as a log ratio, each given as (value, low, high) of its 95 % interval.

    The spread is read off the distribution-free intervals on the log scale (Price and Bonett 2002,
    J. Stat. Comput. Simul. 72:119). None where a bound is not above zero.
    """
    if min(*now, *before) <= 0:
        return None
    spread = sqrt(sum(log_error(low, high) ** 2 for _, low, high in (now, before)))
    change = log(now[0] / before[0])
    p_value = 2 * float(stats.norm.sf(abs(change) / spread)) if spread else float(change == 0)
    reach = two_sided(LEVEL) * spread
    return Comparison(change, change - reach, change + reach, p_value)


def log_error(low: float, high: float) -> float:
    """The standard error of a logarithm, off the 95 % interval of the number itself."""
    return log(high / low) / (2 * two_sided(LEVEL))


def rate(count: float, exposure: float, level: float = LEVEL) -> tuple[float, float]:
    """The exact interval of a count per exposure (Garwood 1936, Biometrika 28:437)."""
    if exposure <= 0:
        return 0.0, inf
    low, high = confint_poisson(count, exposure, method="exact-c", alpha=1 - level)
    return 0.0 if count == 0 else float(low), float(high)


def compare_rates(
    count: float, exposure: float, count_before: float, exposure_before: float
) -> Comparison:
    """Two counts per exposure as a log ratio.

    Given their sum, the first is binomial: an exact test with half of the probability of what was
    seen, and the ratio's interval from the exact one of that share (Przyborowski and Wilenski 1940,
    Biometrika 31:313). Minus infinity where nothing was counted now, infinity where nothing before.
    """
    total = count + count_before
    if total == 0:
        return Comparison(0.0, -inf, inf, 1.0)
    by_time = log(exposure_before / exposure)
    low, high = proportion_confint(count, total, alpha=1 - LEVEL, method="beta")
    seen = stats.binom(round(total), exposure / (exposure + exposure_before))
    return Comparison(
        _log_odds(count / total) + by_time,
        _log_odds(float(low)) + by_time,
        _log_odds(float(high)) + by_time,
        mid_p(seen.cdf(round(count) - 1), seen.pmf(round(count))),
    )


def _log_odds(share: float) -> float:
    if share <= 0:
        return -inf
    return inf if share >= 1 else log(share / (1 - share))


def adjusted(p_values: Sequence[float]) -> list[float]:
    """p-values allowing for how many were looked at (Benjamini & Hochberg 1995, JRSS B 57:289)."""
    if not p_values:
        return []
    return [float(p) for p in multipletests(list(p_values), method="fdr_bh")[1]]


def survival_quantile(
    steps: Iterable[Step], quantile: float, level: float = LEVEL
) -> tuple[float | None, float | None, float | None]:
    """The time by which so many have become events, with its interval (Kaplan-Meier).

    The interval holds every time at which the level may still be (Brookmeyer and Crowley 1982,
    Biometrics 38:29), with Greenwood's variance on the log-log scale (Kalbfleisch and Prentice
    2002, 1.4). An end that is never reached is None.
    """
    found = _ordered(steps)
    at_risk = np.cumsum(found.leaving[::-1])[::-1]
    happened = found.events > 0
    time, d, n = found.lasted[happened], found.events[happened], at_risk[happened]
    if not len(time):
        return None, None, None
    with np.errstate(divide="ignore", invalid="ignore"):
        lasting = np.cumprod(1 - d / n)
        error = np.sqrt(np.cumsum(d / (n * (n - d)))) / np.abs(np.log(lasting))
        reach = two_sided(level) * error
        lower, upper = (np.where(lasting > 0, lasting ** np.exp(z), 0.0) for z in (reach, -reach))
    return tuple(_first_at(time, curve, 1 - quantile) for curve in (lasting, lower, upper))  # type: ignore[return-value]


def _first_at(time: np.ndarray, curve: np.ndarray, level: float) -> float | None:
    reached = np.flatnonzero(curve <= level + REACHED)
    return float(time[reached[0]]) if len(reached) else None


def incidence(
    steps: Iterable[Step], at: float, level: float = LEVEL
) -> tuple[float, float, float] | None:
    """The share that has become an event by ``at``, with its interval (Aalen-Johansen).

    The variance is by the delta method (Marubini and Valsecchi 1995, Analysing Survival Data from
    Clinical Trials and Observational Studies, 10.2), the interval on the log-log scale (Choudhury
    2002, Statistics in Medicine 21:1129). Without an event the upper end is Wilson's, of those
    still followed just before ``at``. None where nobody was followed.
    """
    found = _ordered(steps)
    at_risk = np.cumsum(found.leaving[::-1])[::-1]
    within = found.lasted <= at
    if not len(found.lasted) or not found.leaving.sum():
        return None
    d, e, n = found.events[within], found.ended[within], at_risk[within]
    lasting = np.concatenate([[1.0], np.cumprod(1 - e / n)[:-1]]) if len(n) else np.array([])
    grown = np.cumsum(lasting * d / n)
    value = float(grown[-1]) if len(grown) else 0.0
    if value <= 0:
        left = float(found.leaving[found.lasted >= at].sum())
        return 0.0, 0.0, wilson(0, left)[1]
    if value >= 1 - REACHED:
        return 1.0, wilson(float(n[0]), float(n[0]))[0], 1.0
    still = value - grown
    # After the last one has ended nothing can be added: its term is nought times infinity.
    of_ends = np.divide(e, n * (n - e), out=np.zeros_like(e), where=n > e)
    variance = float(
        np.sum(still**2 * of_ends)
        + np.sum(lasting**2 * d * (n - d) / n**3)
        - 2 * np.sum(still * lasting * d / n**2)
    )
    reach = two_sided(level) * sqrt(max(variance, 0.0)) / abs(value * log(value))
    return value, value ** exp(reach), value ** exp(-reach)


class _Columns(NamedTuple):
    lasted: np.ndarray
    events: np.ndarray
    ended: np.ndarray
    leaving: np.ndarray


def _ordered(steps: Iterable[Step]) -> _Columns:
    """One step a time, in the order of the times."""
    rows = [
        (time, *(sum(part) for part in zip(*((s[1], s[2], s[3]) for s in same), strict=True)))
        for time, same in groupby(sorted(steps), key=lambda step: step[0])
    ]
    made = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return _Columns(*made.T)
