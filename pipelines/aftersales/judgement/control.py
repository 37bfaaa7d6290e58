"""Control charts: whether a week is beyond what its own past lets expect.

A bare "up 3 % on last week" compares one chance with another. A chart draws the limits from the
weeks that were as usual and speaks only of what lies outside them. Shares, counts and quantiles
know how far chance alone throws them (n); amounts of money do not, so theirs is read off from week
to week (XmR). Where weeks differ by more than n explains, the limits are widened (Laney 2002,
Quality Engineering 14:531).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import asin, log, pi, sin, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Kind = Literal["share", "quantile", "count", "amount"]
Rule = Literal["beyond", "two_of_three", "run"]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

LEAST = 8  # weeks as usual without which no limits are drawn
RUN = 8  # weeks on one side of the centre that chance does not put there
LONGEST = 13  # weeks a run is looked back on
YEAR = 365.25 / 7  # weeks
SEASON = 104  # weeks from which on the time of the year is told from the rest
# The mean and the median of the range of two normal values in standard deviations, and the
# degrees of freedom left to each value where the deviation is read off moving ranges (Wheeler 1995,
# Advanced Topics in Statistical Process Control, table 3).
RANGE, MEDIAN_RANGE, FREEDOM = 1.128, 0.954, 0.62
# A level that moved within the past is told from chance at this level, however many places it
# could have moved at: limits drawn over both levels would hide the next change.
MOVED = 0.001
# Unless chance makes them scatter as they do more rarely than this, weeks are taken to scatter by
# their n, as if LEAST weeks had shown it (Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3:3): a width
# read off so few of them alone would hide what is plain.
SCATTER = 0.001


@dataclass(frozen=True)
class Point:
    """One week of a measure.

    Attributes:
        on: its first day.
        n: the denominator, or how many values a quantile is of; None for counts and amounts.
        numerator: of a share.
        spread: of a quantile: the standard error of its logarithm.
        is_aside: known not to be as usual (an event, a festival, still incomplete): judged, but
            no limit is drawn from it.
    """

    on: date
    value: float | None
    n: float | None = None
    numerator: float | None = None
    spread: float | None = None
    is_aside: bool = False


@dataclass(frozen=True)
class Judged:
    """A week against its limits, in the measure's unit.

    Attributes:
        centre: what was to be expected; None where nothing can be said of this week.
        low: under it by chance once in 741 weeks (three standard deviations).
        high: over it by chance once in 741 weeks.
        distance: in standard deviations from the centre.
        is_used: the limits are drawn from it too.
        rules: by which it is a signal.
    """

    on: date
    centre: float | None
    low: float | None
    high: float | None
    distance: float | None
    is_used: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Chart:
    """A measure's weeks against one another; the last one is the one asked about.

    Attributes:
        centre: what the last week was expected to be.
        p_value: that chance alone makes the last week, by itself or with the weeks right before it
            on its side, differ so much; allows for how many stretches were looked at.
        since: the first day of the stretch that differs most surely.
        dispersion: how many times wider weeks scatter than their n explains; 1 at least. None for
            amounts, which know no n.
        used: how many weeks the limits are drawn from.
        is_seasonal: the time of the year is allowed for.
    """

    weeks: tuple[Judged, ...]
    centre: float
    low: float
    high: float
    p_value: float
    since: date
    dispersion: float | None
    used: int
    is_seasonal: bool

    @property
    def last(self) -> Judged:
        """The week asked about."""
        return self.weeks[-1]


@dataclass(frozen=True)
class _Fit:
    """Expected values on the measure's scale.

    Attributes:
        expected: of every week.
        error: standard error of it, before widening.
        width: standard deviations are this many times the sampling ones.
        freedom: degrees of freedom of ``width``; infinite where n alone explains the scatter.
    """

    expected: Floats
    error: Floats
    width: float
    freedom: float


def chart(points: Sequence[Point], kind: Kind, *, least: int = LEAST) -> Chart | None:
    """Limits from the weeks as usual, and what lies outside.

    Weeks far outside, and a level that moved for good, are taken out of what the limits are drawn
    from; weeks set aside too, as long as enough others are left.

    Args:
        points: one a week, oldest first; the last one is judged and never used.
        kind: which scale makes chance the same everywhere: arcsine of a share (Anscombe 1948,
            Biometrika 35:246), root of a count, logarithm of a quantile or an amount.
        least: weeks without which nothing is drawn.

    Returns:
        None where the last week has no value or too few weeks are left.
    """
    y, s = _scaled(points, kind)
    known = np.flatnonzero(np.isfinite(y[:-1]))
    if not len(y) or not np.isfinite(y[-1]) or len(known) < least:
        return None
    times = np.array([(point.on - points[0].on).days / 7 for point in points])
    clear = np.array([i for i in known.tolist() if not points[i].is_aside], dtype=np.int64)
    used = _as_usual(y, s, times, clear if len(clear) >= least else known, kind, least)
    fit = _fit(y, s, times, used, kind)
    z = (y - fit.expected) / (fit.width * np.sqrt(s**2 + fit.error**2))
    p_value, since = _surprise(y, s, z, used, fit, least)
    judged = _judged(points, z, used, fit, s, kind)
    last = judged[-1]
    return Chart(
        weeks=judged,
        centre=last.centre or 0.0,
        low=last.low or 0.0,
        high=last.high or 0.0,
        p_value=p_value,
        since=points[since].on,
        dispersion=None if kind == "amount" else fit.width,
        used=len(used),
        is_seasonal=_is_seasonal(times, used),
    )


def _scaled(points: Sequence[Point], kind: Kind) -> tuple[Floats, Floats]:
    """Values where chance is the same everywhere, and its standard deviations; NaN without."""
    both = [_on_scale(point, kind) for point in points]
    y = np.array([value for value, _ in both], dtype=np.float64)
    s = np.array([spread for _, spread in both], dtype=np.float64)
    return y, s


def _on_scale(point: Point, kind: Kind) -> tuple[float, float]:
    nothing = float("nan"), float("nan")
    if point.value is None:
        return nothing
    if kind == "share":
        if not point.n or point.numerator is None or not 0 <= point.numerator <= point.n:
            return nothing
        share = (point.numerator + 3 / 8) / (point.n + 3 / 4)
        return asin(sqrt(share)), 0.5 / sqrt(point.n + 0.5)
    if point.value < 0:
        return nothing
    if kind == "count":
        return sqrt(point.value + 3 / 8), 0.5
    if kind == "amount":
        return log(point.value + 1), 1.0
    if point.value == 0 or not point.spread:
        return nothing
    return log(point.value), point.spread


def _shown(y: float, kind: Kind) -> float:
    if kind == "share":
        return sin(min(max(y, 0.0), pi / 2)) ** 2
    if kind == "count":
        return max(max(y, 0.0) ** 2 - 3 / 8, 0.0)
    if kind == "amount":
        return max(float(np.expm1(y)), 0.0)
    return float(np.exp(y))


def _as_usual(
    y: Floats, s: Floats, times: Floats, used: Indices, kind: Kind, least: int
) -> Indices:
    """The weeks limits may be drawn from: of one level, and without what is far off it."""
    used = _of_one_level(y, s, times, used, kind, least)
    most = len(used) // 3
    dropped = 0
    while dropped < most and len(used) > least:
        fit = _fit(y, s, times, used, kind, is_robust=True)
        off = np.abs(y[used] - fit.expected[used]) / (fit.width * s[used])
        worst = int(np.argmax(off))
        if off[worst] <= 3:
            break
        used = np.delete(used, worst)
        dropped += 1
    return used


def _of_one_level(
    y: Floats, s: Floats, times: Floats, used: Indices, kind: Kind, least: int
) -> Indices:
    """Where the level moved for good: the weeks since, if they are enough, else those before.

    A single week far off its neighbours is no level.
    """
    if _is_seasonal(times, used):
        return used
    steady = _without_spikes(y, s, used, kind)
    width = _width(y[steady], s[steady], kind)
    weights = 1 / s[steady] ** 2
    places = range(3, len(steady) - 2)
    found = [(_moved(y[steady], weights, width, place), place) for place in places]
    p_value, place = min(found, default=(1.0, 0))
    if p_value * len(found) >= MOVED:
        return used
    since = int(steady[place])
    before, after = used[used < since], used[used >= since]
    if len(after) >= least:
        return _of_one_level(y, s, times, after, kind, least)
    return before if len(before) >= least else used


def _moved(y: Floats, weights: Floats, width: float, place: int) -> float:
    """The p-value of a level from one place on against the level before it."""
    before, after = slice(None, place), slice(place, None)
    change = np.average(y[after], weights=weights[after]) - np.average(
        y[before], weights=weights[before]
    )
    error = width * sqrt(1 / weights[before].sum() + 1 / weights[after].sum())
    return 2 * float(stats.norm.sf(abs(change) / error))


def _without_spikes(y: Floats, s: Floats, used: Indices, kind: Kind) -> Indices:
    """The weeks within three deviations of the median of the seven around them."""
    around = np.array([np.median(y[used[max(i - 3, 0) : i + 4]]) for i in range(len(used))])
    width = _width(y[used], s[used], kind)
    kept: Indices = used[np.abs(y[used] - around) <= 3 * width * s[used]]
    return kept


def _fit(
    y: Floats, s: Floats, times: Floats, used: Indices, kind: Kind, *, is_robust: bool = False
) -> _Fit:
    weights = 1 / s[used] ** 2
    if _is_seasonal(times, used):
        import statsmodels.api as sm

        design = _season(times)
        found = sm.WLS(y[used], design[used], weights=weights).fit(cov_type="fixed scale")
        expected = design @ found.params
        error = np.sqrt(np.einsum("ij,jk,ik->i", design, found.cov_params(), design))
        left = float(len(used) - design.shape[1])
    else:
        level = float(np.median(y[used]) if is_robust else np.average(y[used], weights=weights))
        expected = np.full(len(y), level)
        error = np.full(len(y), 1 / sqrt(weights.sum()))
        left = float(len(used) - 1)
    off = (y - expected)[used]
    width = _width(off, s[used], kind, is_robust=is_robust)
    if kind == "amount":
        return _Fit(expected, error, width, FREEDOM * left)
    around = float(np.sum((off / s[used]) ** 2))
    # A few weeks up and down in turn make steps larger than the scatter.
    width = max(1.0, min(width, sqrt(around / left)))
    if stats.chi2.sf(around, left) >= SCATTER:
        width = sqrt((LEAST + left * width**2) / (LEAST + left))
        left += LEAST
    return _Fit(expected, error, width, left if width > 1 else float("inf"))


def _width(y: Floats, s: Floats, kind: Kind, *, is_robust: bool = False) -> float:
    """Standard deviations from week to week in sampling ones; 1 at least where these are known.

    Args:
        is_robust: by the median step, which a few weeks far off do not widen.
    """
    if len(y) < 2:
        return 1.0
    steps = np.abs(np.diff(y)) / np.sqrt((s[1:] ** 2 + s[:-1] ** 2) / 2)
    width = float(np.median(steps)) / MEDIAN_RANGE if is_robust else float(np.mean(steps)) / RANGE
    return max(width, 1e-9) if kind == "amount" else max(width, 1.0)


def _is_seasonal(times: Floats, used: Indices) -> bool:
    return bool(len(used) >= SEASON * 3 // 4 and times[used[-1]] - times[used[0]] >= SEASON - 1)


def _season(times: Floats) -> Floats:
    """A level and one wave a year."""
    angle = 2 * pi * times / YEAR
    return np.column_stack([np.ones_like(times), np.sin(angle), np.cos(angle)])


def _surprise(
    y: Floats, s: Floats, z: Floats, used: Indices, fit: _Fit, least: int
) -> tuple[float, int]:
    """The p-value of the last week, alone or with a run up to it, and where that run begins.

    Half of the chance of a false alarm is given to the week alone, half to the runs.
    """
    last = len(y) - 1
    alone = 2 * float(stats.t.sf(abs(z[last]), fit.freedom))
    best, since, looked_at = 1.0, last, 0
    residuals = y - fit.expected
    side = np.sign(residuals[last])
    run = [last]
    for index in range(last - 1, max(last - LONGEST, -1), -1):
        if not np.isfinite(y[index]) or np.sign(residuals[index]) != side:
            break
        run.append(index)
        rest = used[used < index]
        if len(rest) < least:
            break
        looked_at += 1
        # A run has to hold without its farthest week: one bad week long past is no run.
        farthest = max(run, key=lambda week: abs(z[week]))
        own, other = np.array([week for week in run if week != farthest]), 1 / s[rest] ** 2
        weights = 1 / s[own] ** 2
        change = np.average(residuals[own], weights=weights) - np.average(
            residuals[rest], weights=other
        )
        error = fit.width * sqrt(1 / weights.sum() + 1 / other.sum())
        p_value = 2 * float(stats.t.sf(abs(change) / error, fit.freedom))
        if p_value < best:
            best, since = p_value, index
    together = best * max(looked_at, 1)
    return min(1.0, 2 * min(alone, together)), last if alone <= together else since


def _judged(
    points: Sequence[Point], z: Floats, used: Indices, fit: _Fit, s: Floats, kind: Kind
) -> tuple[Judged, ...]:
    result = []
    chosen = set(used.tolist())
    for index, point in enumerate(points):
        if not np.isfinite(z[index]):
            result.append(Judged(point.on, None, None, None, None, False, ()))
            continue
        reach = 3 * fit.width * sqrt(s[index] ** 2 + fit.error[index] ** 2)
        expected = float(fit.expected[index])
        result.append(
            Judged(
                point.on,
                _shown(expected, kind),
                _shown(expected - reach, kind),
                _shown(expected + reach, kind),
                float(z[index]),
                index in chosen,
                signals(z[: index + 1]),
            )
        )
    return tuple(result)


def signals(z: Sequence[float] | Floats) -> tuple[Rule, ...]:
    """The run rules by which the last of some weeks is a signal (Nelson 1984, J. Qual. Tech. 16).

    ``beyond``: more than three standard deviations off. ``two_of_three``: two of the last three,
    itself one of them, more than two off on one side. ``run``: RUN weeks on one side.
    """
    last = np.asarray(z, dtype=np.float64)
    now = last[-1]
    side = np.sign(now)
    found: list[Rule] = []
    if abs(now) > 3:
        found.append("beyond")
    if abs(now) > 2 and int((last[-3:] * side > 2).sum()) >= 2:
        found.append("two_of_three")
    if len(last) >= RUN and bool((last[-RUN:] * side > 0).all()):
        found.append("run")
    return tuple(found)
