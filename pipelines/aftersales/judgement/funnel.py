"""Funnels: which of many groups differ by more than chance and by more than groups always do.

A list of groups sorted by their value puts the smallest ones at both ends. A funnel measures each
against what its own number lets expect (Spiegelhalter 2005, Statistics in Medicine 24:1185). Where
all groups scatter more than that, none of them is peculiar for it: the usual scatter between groups
is estimated and the limits are widened by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, sqrt
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from aftersales.judgement.estimates import adjusted, log_error, mid_p, two_sided

Floats = NDArray[np.float64]
Kind = Literal["share", "quantile"]

NAMED = 0.05  # of the groups named, at most so many in the long run for nothing
FEWEST = 5  # groups without which their usual scatter cannot be told
WINSORISED = 0.1  # of the groups, at either end, pulled in before the scatter is estimated
TRIALS = 4000
FAR = 2.0  # standard deviations from the middle beyond which a group counts as being that far
LARGE = 5000  # n from which counts are as good as continuous


@dataclass(frozen=True)
class Counted:
    """A group's share.

    Attributes:
        expected: how many of n there would be if the group were like all others in each stratum;
            None: as many as among all groups together.
    """

    name: str
    x: float
    n: float
    expected: float | None = None


@dataclass(frozen=True)
class Timed:
    """A group's quantile with its 95 % interval."""

    name: str
    value: float
    low: float
    high: float
    n: float


class Row(NamedTuple):
    """A group's count within a stratum."""

    group: str
    stratum: Any
    x: float
    n: float


@dataclass(frozen=True)
class Judged:
    """A group against the limits.

    Attributes:
        value: to be drawn: like the group's own, but for what its strata explain.
        own: as counted.
        expected: what the strata alone would give it; the centre where there are none.
        ratio: seen over expected; of a share with the exact interval of its numerator.
        z: in standard deviations from what was expected, the usual scatter included.
        p_value: that chance and the usual scatter alone take it so far.
        adjusted: the same allowing for how many groups there are; None under the minimum.
        is_named: stands out.
        surplus: how many more than expected; of a quantile None.
    """

    name: str
    n: float
    value: float
    own: float
    expected: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    z: float
    p_value: float
    adjusted: float | None
    is_high: bool
    is_named: bool
    surplus: float | None


@dataclass(frozen=True)
class Funnel:
    """Groups and the limits they are held against.

    Attributes:
        centre: of all groups.
        spread: of a quantile: the standard error of a logarithm at n = 1.
        phi: how many times more groups scatter than chance explains, as a variance; None where
            there are too few of them to tell.
        tau: the standard deviation between groups beyond chance, of a share in its own unit, of a
            quantile on the log scale; 0 where they do not scatter more than by chance.
    """

    kind: Kind
    centre: float
    groups: tuple[Judged, ...]
    phi: float | None
    tau: float
    spread: float = 0.0

    @property
    def is_wider(self) -> bool:
        """The limits are widened by the usual scatter between groups."""
        return self.tau > 0

    def limits(self, n: float, level: float) -> tuple[float, float]:
        """Where a group of n falls but for the part outside the level."""
        if self.kind == "share":
            return share_limits(self.centre, int(n), level, self.tau)
        reach = two_sided(level) * sqrt(self.spread**2 / n + self.tau**2)
        return self.centre * exp(-reach), self.centre * exp(reach)


@lru_cache(maxsize=4096)
def share_limits(share: float, n: int, level: float, tau: float = 0.0) -> tuple[float, float]:
    """Where a share of ``n`` falls by chance when the true share is ``share``; inside 0 to 1.

    Exact quantiles of the binomial, interpolated to be smooth in n (Spiegelhalter 2005, appendix
    A.1.1); of the beta-binomial where true shares differ between groups by ``tau``.
    """
    if n <= 0 or not 0 < share < 1:
        return max(0.0, share if n > 0 else 0.0), min(1.0, share if n > 0 else 1.0)
    tail = (1 - level) / 2
    if tau and n > LARGE:
        size = share * (1 - share) / (share * (1 - share) / n + tau**2) - 1
        low, high = stats.beta.ppf([tail, 1 - tail], share * size, (1 - share) * size)
        return float(low), float(high)
    law, of = _law(share, n, tau)
    if tau:  # the library's own search walks from zero, a sum each
        reached = np.cumsum(law.pmf(np.arange(n + 1), *of))
        counts = np.searchsorted(reached, [tail, 1 - tail])
        below = reached[np.minimum(counts, n)]
    else:
        counts = law.ppf([tail, 1 - tail], *of)
        below = law.cdf(counts, *of)
    chance = law.pmf(counts, *of)
    low, high = (counts - (below - [tail, 1 - tail]) / chance) / n
    return max(0.0, float(low)), min(1.0, float(high))


def _law(share: float, n: float, tau: float) -> tuple[Any, tuple[float, ...]]:
    """The distribution of how many of n, and its parameters; of true shares scattering by tau."""
    within = tau**2 / (share * (1 - share))
    if within <= 0:
        return stats.binom, (round(n), share)
    size = max(1 / min(within, 0.99) - 1, 1e-3)
    return stats.betabinom, (round(n), share * size, (1 - share) * size)


def shares(groups: Sequence[Counted], minimum_n: int) -> Funnel | None:
    """Shares of groups against what each was to have; None where all have none, or all have all.

    The usual scatter between groups is a variance added to that of chance, from winsorised
    deviations, and only where these are more than chance allows (Spiegelhalter 2005, section 3;
    DerSimonian and Laird 1986, Controlled Clinical Trials 7:177).
    """
    groups = [group for group in groups if group.n > 0]
    n, x = (sum(getattr(group, part) for group in groups) for part in ("n", "x"))
    if not n or not 0 < x < n:
        return None
    centre = x / n
    expected = np.array([_bounded(_expected(group, centre) / group.n) for group in groups])
    errors = np.sqrt(expected * (1 - expected) / np.array([group.n for group in groups]))
    off = np.array([group.x / group.n for group in groups]) - expected
    counted = np.array([group.n >= minimum_n for group in groups])
    phi, tau = _scatter(off[counted], errors[counted])
    z_values = (off / np.sqrt(errors**2 + tau**2)).tolist()
    p_values = [
        max(_chance(group, share, tau), _tails(z, tau, int(counted.sum())) if tau else 0.0)
        for group, share, z in zip(groups, expected.tolist(), z_values, strict=True)
    ]
    after = _among(p_values, counted)
    judged = [
        _judged_share(group, share, centre, z, p_value, p_after)
        for group, share, z, p_value, p_after in zip(
            groups,
            expected.tolist(),
            z_values,
            p_values,
            after,
            strict=True,
        )
    ]
    return Funnel("share", centre, tuple(judged), phi, tau)


def _expected(group: Counted, centre: float) -> float:
    return centre * group.n if group.expected is None else group.expected


def _bounded(share: float) -> float:
    return min(max(share, 1e-9), 1 - 1e-9)


def _chance(group: Counted, share: float, tau: float) -> float:
    (law, of), x = _law(share, group.n, tau), round(group.x)
    return mid_p(float(law.cdf(x - 1, *of)), float(law.pmf(x, *of)))


def _judged_share(
    group: Counted, share: float, centre: float, z: float, p_value: float, after: float | None
) -> Judged:
    low, high = _count_interval(group.x, group.n)
    count = share * group.n
    return Judged(
        name=group.name,
        n=group.n,
        value=_shifted(group.x / group.n, share, centre),
        own=group.x / group.n,
        expected=share,
        ratio=group.x / count,
        ratio_low=low / count,
        ratio_high=high / count,
        z=z,
        p_value=p_value,
        adjusted=after,
        is_high=group.x > count,
        is_named=after is not None and after <= NAMED,
        surplus=group.x - count,
    )


def _count_interval(x: float, n: float) -> tuple[float, float]:
    """Exact, of a numerator (Clopper and Pearson 1934, Biometrika 26:404)."""
    low = float(stats.beta.ppf(0.025, x, n - x + 1)) if x > 0 else 0.0
    high = float(stats.beta.ppf(0.975, x + 1, n - x)) if x < n else 1.0
    return low * n, high * n


def _shifted(own: float, expected: float, centre: float) -> float:
    """What the share would be with everybody's strata: the odds moved as far as theirs are off."""
    if not 0 < own < 1 or expected == centre:
        return own
    odds = own / (1 - own) * (1 - expected) / expected * centre / (1 - centre)
    return odds / (1 + odds)


def quantiles(groups: Sequence[Timed], minimum_n: int) -> Funnel | None:
    """Quantiles of groups, on the log scale, against their common one.

    The standard error is read off each interval, but not below what all groups together have at its
    n: a few values that happen to lie close would make a group look surer than it is. None where
    fewer than two groups have a usable interval.
    """
    usable = [group for group in groups if group.low > 0 and group.high > group.low]
    if len(usable) < 2:
        return None
    y = np.log([group.value for group in usable])
    n = np.array([group.n for group in usable])
    own = np.array([log_error(group.low, group.high) for group in usable])
    spread = float(sqrt(np.average(own**2 * n, weights=n)))
    errors = np.maximum(own, spread / np.sqrt(n))
    counted = n >= minimum_n
    middle = _weighted_median(y, 1 / errors**2)
    phi, tau = _scatter((y - middle)[counted], errors[counted])
    weights = 1 / (errors**2 + tau**2)
    reach = FAR / np.sqrt(weights)
    # One that is far off must not make the others look off the other way.
    centre = middle + float(np.average(np.clip(y - middle, -reach, reach), weights=weights))
    z = (y - centre) * np.sqrt(weights)
    p_values = [_tails(far, tau, len(y[counted])) for far in z.tolist()]
    judged = [
        Judged(
            name=group.name,
            n=group.n,
            value=group.value,
            own=group.value,
            expected=exp(centre),
            ratio=group.value / exp(centre),
            ratio_low=group.low / exp(centre),
            ratio_high=group.high / exp(centre),
            z=float(far),
            p_value=p_value,
            adjusted=after,
            is_high=far > 0,
            is_named=after is not None and after <= NAMED,
            surplus=None,
        )
        for group, far, p_value, after in zip(
            usable, z, p_values, _among(p_values, counted), strict=True
        )
    ]
    return Funnel("quantile", exp(centre), tuple(judged), phi, tau, spread)


def _weighted_median(y: Floats, weights: Floats) -> float:
    order = np.argsort(y)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(y[order][int(np.searchsorted(reached, 0.5))])


def _tails(z: float, tau: float, count: int) -> float:
    """Both tails; heavier ones where the scatter between so many groups is only estimated."""
    return 2 * float(stats.t.sf(abs(z), count - 1) if tau else stats.norm.sf(abs(z)))


def _among(p_values: Sequence[float], counted: NDArray[np.bool_]) -> list[float | None]:
    """Adjusted for one another where they count; None for the others."""
    told = iter(
        adjusted([p for p, is_counted in zip(p_values, counted, strict=True) if is_counted])
    )
    return [next(told) if is_counted else None for is_counted in counted]


def _scatter(off: Floats, errors: Floats) -> tuple[float | None, float]:
    """How much more than chance groups scatter, and the standard deviation that makes it up.

    Winsorised deviations of even groups are smaller than deviations are; phi is put right for it.
    """
    count = len(off)
    if count < FEWEST:
        return None, 0.0
    cut = max(1, round(WINSORISED * count))
    z = stats.mstats.winsorize(off / errors, limits=(cut / count + 1e-9, cut / count + 1e-9))
    phi = float(np.mean(np.asarray(z) ** 2)) / _shrunk(count, cut)
    if phi < 1 + 2 * sqrt(2 / count):
        return phi, 0.0
    weights = 1 / errors**2
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    return phi, sqrt(max(0.0, (count * phi - (count - 1)) / scale))


@lru_cache(maxsize=512)
def _shrunk(count: int, cut: int) -> float:
    """The mean square of so many winsorised deviations from their mean when all groups are even."""
    z = np.sort(np.random.default_rng(count).standard_normal((TRIALS, count)), axis=1)
    z -= z.mean(axis=1, keepdims=True)
    z[:, :cut], z[:, count - cut :] = z[:, [cut]], z[:, [count - cut - 1]]
    return float((z**2).mean())


def standardised(rows: Iterable[Row]) -> list[Counted]:
    """Each group with what it would have if it were like all groups in each of its strata.

    Indirect standardisation: the share of all groups in a stratum times the group's n there, summed
    (Breslow and Day 1987, Statistical Methods in Cancer Research II, 2.3). A stratum only one group
    is in tells nothing of it. Groups come in the order they are first met.
    """
    rows = list(rows)
    of_stratum: dict[Any, tuple[float, float]] = {}
    for row in rows:
        x, n = of_stratum.get(row.stratum, (0.0, 0.0))
        of_stratum[row.stratum] = (x + row.x, n + row.n)
    found: dict[str, tuple[float, float, float]] = {}
    for row in rows:
        x, n, expected = found.get(row.group, (0.0, 0.0, 0.0))
        all_x, all_n = of_stratum[row.stratum]
        share = all_x / all_n if all_n else 0.0
        found[row.group] = (x + row.x, n + row.n, expected + share * row.n)
    return [Counted(name, x, n, expected) for name, (x, n, expected) in found.items()]
