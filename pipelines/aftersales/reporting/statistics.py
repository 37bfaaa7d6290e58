"""Tests and intervals behind the page's sentences; numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, lgamma, log, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Comparison:
    """One period against another.

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


def two_sided(level: float) -> float:
    """The normal deviate that leaves ``1 - level`` outside on both sides together."""
    return _NORMAL.inv_cdf((1 + level) / 2)


def wilson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927, JASA 22:209); (0, 1) without observations."""
    if n <= 0:
        return 0.0, 1.0
    z = two_sided(level)
    share = successes / n
    middle = share + z * z / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def compare_shares(x: float, n: float, x_before: float, n_before: float) -> Comparison:
    """Two independent shares.

    The p-value is the pooled two-proportion z test; the interval of the difference is the hybrid
    score interval (Newcombe 1998, Statistics in Medicine 17:873, method 10).
    """
    now, before = x / n, x_before / n_before
    pooled = (x + x_before) / (n + n_before)
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_before))
    p_value = 2 * (1 - _NORMAL.cdf(abs(now - before) / error)) if error else 1.0
    low, high = wilson(x, n)
    low_before, high_before = wilson(x_before, n_before)
    change = now - before
    return Comparison(
        change,
        change - sqrt((now - low) ** 2 + (high_before - before) ** 2),
        change + sqrt((high - now) ** 2 + (before - low_before) ** 2),
        p_value,
    )


def quantile_levels(n: int, quantile: float, level: float = 0.95) -> tuple[float, float] | None:
    """The two levels whose sample quantiles bound the true one; None where n is too small.

    Ranks from the normal approximation to the binomial, rounded outwards (Conover 1999, Practical
    Nonparametric Statistics, 3.2), divided by n.
    """
    if n < 1:
        return None
    reach = two_sided(level) * sqrt(n * quantile * (1 - quantile))
    first, last = floor(n * quantile - reach), ceil(n * quantile + reach) + 1
    return (first / n, last / n) if first >= 1 and last <= n else None


def compare_quantiles(
    now: tuple[float, float, float], before: tuple[float, float, float]
) -> Comparison | None:
    """Two quantiles as a log ratio, each given as (value, low, high) of its 95 % interval.

    The spread is read off the distribution-free intervals on the log scale (Price & Bonett 2002,
    J. Stat. Comput. Simul. 72:119). None where a bound is not above zero.
    """
    if min(*now, *before) <= 0:
        return None
    z = two_sided(0.95)
    spread = sqrt(sum((log(high / low) / (2 * z)) ** 2 for _, low, high in (now, before)))
    change = log(now[0] / before[0])
    p_value = 2 * (1 - _NORMAL.cdf(abs(change) / spread)) if spread else float(change == 0)
    return Comparison(change, change - z * spread, change + z * spread, p_value)


def adjusted(p_values: Sequence[float]) -> list[float]:
    """p-values allowing for how many were looked at (Benjamini & Hochberg 1995, JRSS B 57:289)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i], reverse=True)
    result = [1.0] * len(p_values)
    lowest = 1.0
    for position, index in enumerate(order):
        lowest = min(lowest, p_values[index] * len(p_values) / (len(p_values) - position))
        result[index] = lowest
    return result


def funnel_limits(share: float, n: int, level: float) -> tuple[float, float]:
    """Where a share of ``n`` falls by chance when the true share is ``share``; inside 0 to 1.

    Exact binomial quantiles, interpolated to be smooth in n (Spiegelhalter 2005, Statistics in
    Medicine 24:1185, appendix A.1.1).
    """
    if n <= 0 or not 0 < share < 1:
        return max(0.0, share if n > 0 else 0.0), min(1.0, share if n > 0 else 1.0)
    tail = (1 - level) / 2
    low, high = (_binomial_quantile(share, n, at) / n for at in (tail, 1 - tail))
    return max(0.0, low), min(1.0, high)


def _binomial_quantile(share: float, n: int, at: float) -> float:
    reached = 0.0
    for count in range(n + 1):
        chance = exp(
            lgamma(n + 1)
            - lgamma(count + 1)
            - lgamma(n - count + 1)
            + count * log(share)
            + (n - count) * log(1 - share)
        )
        reached += chance
        if reached > at and chance > 0:
            return count - (reached - at) / chance
    return float(n)
