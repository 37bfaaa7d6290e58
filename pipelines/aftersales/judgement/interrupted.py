"""Whether a series moved when something was done, and not just went on as before.

Segmented regression of a weekly series: a level and a slope before, and how both change in the
first full week after (Wagner, Soumerai, Zhang & Ross-Degnan 2002, J. Clin. Pharm. Ther. 27:299).
What was worst when it was chosen gets better by itself; a series of the others, which share
everything but the measure taken, is the guard against that.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, sqrt
from typing import Literal

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

Kind = Literal["share", "count", "median"]
Status = Literal["tested", "too_early", "few_before", "no_change_to_fit"]
Verdict = Literal["better", "worse", "unclear"]
Span = tuple[date, date]

BEFORE, AFTER = 8, 4  # weeks as usual on each side without which nothing is said
SEASON = 104  # weeks from which on the time of the year is told from the rest
YEAR = 365.25 / 7
WEEK = timedelta(days=7)
LEVEL = 0.05


@dataclass(frozen=True)
class Week:
    """One week of a series.

    Attributes:
        on: its Monday.
        value: of a share the numerator, of a count the number, of a median the median.
        of: of a share the denominator, of a count the exposure (1: the week itself), of a median
            how many values it is of.
    """

    on: date
    value: float
    of: float = 1.0


@dataclass(frozen=True)
class Change:
    """A change of level in the first full week after.

    Attributes:
        size: of a share the difference of shares; else relative: -0.25 is a quarter less.
        low: lower end of its 95 % interval.
    """

    size: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Result:
    """What became of a series.

    Attributes:
        before: weeks used before it was done.
        after: weeks used after.
        testable_on: of ``too_early``: the first day on which enough weeks can be over.
        expected: what the first full week after would have been.
        slope_p_value: of the change of the slope.
        against: the change less the one of the other series, where there is one.
    """

    kind: Kind
    status: Status
    before: int
    after: int
    testable_on: date | None = None
    expected: float | None = None
    change: Change | None = None
    slope_p_value: float | None = None
    against: Change | None = None
    verdict: Verdict = "unclear"


@dataclass(frozen=True)
class _Fit:
    """The change of level on the scale of the model, and what it starts from."""

    level: float
    error: float
    free: int
    base: float
    slope_p_value: float


def test(
    weeks: Sequence[Week],
    done_on: date,
    *,
    kind: Kind,
    good: Literal["higher", "lower"],
    aside: Sequence[Span] = (),
    others: Sequence[Week] = (),
) -> Result:
    """Whether the series changed its level when it was done.

    Args:
        weeks: full weeks; the one with ``done_on`` in it counts to neither side.
        aside: days known not to be as usual, both inclusive; weeks with one of them are left out.
        others: the same weeks of what was not touched.
    """
    used = [week for week in weeks if week.of > 0 and not _is_aside(week.on, aside)]
    before = [week for week in used if week.on + WEEK <= done_on]
    after = [week for week in used if week.on >= done_on]
    if len(before) < BEFORE:
        return Result(kind, "few_before", len(before), len(after))
    if len(after) < AFTER:
        return Result(kind, "too_early", len(before), len(after), _testable(done_on, aside))
    fit = _fit([*before, *after], done_on, kind)
    if fit is None:
        return Result(kind, "no_change_to_fit", len(before), len(after))
    change = _told(fit, kind)
    other = _others(others, done_on, aside, kind)
    better = (fit.level > 0) == (good == "higher")
    return Result(
        kind,
        "tested",
        len(before),
        len(after),
        expected=_scale(fit.base, kind),
        change=change,
        slope_p_value=fit.slope_p_value,
        against=_told(_difference(fit, other), kind) if other else None,
        verdict="unclear" if change.p_value >= LEVEL else "better" if better else "worse",
    )


def _is_aside(monday: date, aside: Sequence[Span]) -> bool:
    return any(first < monday + WEEK and last >= monday for first, last in aside)


def _testable(done_on: date, aside: Sequence[Span]) -> date:
    """The Monday after enough full weeks, without those known not to be as usual."""
    monday = done_on + timedelta(days=-done_on.weekday() % 7)
    left = AFTER
    while left:
        left -= not _is_aside(monday, aside)
        monday += WEEK
    return monday


def _others(weeks: Sequence[Week], done_on: date, aside: Sequence[Span], kind: Kind) -> _Fit | None:
    used = [week for week in weeks if week.of > 0 and not _is_aside(week.on, aside)]
    used = [week for week in used if week.on + WEEK <= done_on or week.on >= done_on]
    after = sum(week.on >= done_on for week in used)
    if after < AFTER or len(used) - after < BEFORE:
        return None
    return _fit(used, done_on, kind)


def _difference(fit: _Fit, other: _Fit) -> _Fit:
    """Both changes apart: the same as the interaction in one model of both series."""
    return _Fit(
        fit.level - other.level,
        sqrt(fit.error**2 + other.error**2),
        fit.free + other.free,
        fit.base,
        fit.slope_p_value,
    )


def design(mondays: Sequence[date], done_on: date) -> NDArray[np.float64]:
    """Columns: level, slope, change of level, change of slope, and the year where it is known.

    Time counts from the first week after, so that the change of level is the one of that week.
    """
    first = done_on + timedelta(days=-done_on.weekday() % 7)
    time = np.array([(monday - first).days / 7 for monday in mondays])
    is_after = (time >= 0).astype(float)
    columns = [np.ones_like(time), time, is_after, is_after * time]
    if len(mondays) >= SEASON:
        turn = 2 * np.pi * time / YEAR
        columns += [np.sin(turn), np.cos(turn)]
    return np.column_stack(columns)


def _fit(weeks: Sequence[Week], done_on: date, kind: Kind) -> _Fit | None:
    ordered = sorted(weeks, key=lambda week: week.on)
    columns = design([week.on for week in ordered], done_on)
    value = np.array([week.value for week in ordered])
    of = np.array([week.of for week in ordered])
    free = len(ordered) - columns.shape[1]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a share that is always 0 or 1 has no finite estimate
        if kind == "median":
            params, errors = _medians(value, columns)
        else:
            params, errors = _generalised(value, of, columns, free, kind)
    level, error = float(params[2]), float(errors[2])
    if not (np.isfinite(level) and np.isfinite(error) and 0 < error < 10):
        return None
    slope_p_value = float(2 * stats.t.sf(abs(params[3]) / errors[3], free))
    # The first week after: time is 0 there, so the year stands at its cosine.
    base = float(params[0]) + (float(params[5]) if len(params) > 4 else 0.0)
    return _Fit(level, error, free, base, slope_p_value)


def _generalised(
    value: NDArray[np.float64],
    of: NDArray[np.float64],
    columns: NDArray[np.float64],
    free: int,
    kind: Kind,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quasi-binomial or quasi-Poisson: weeks spread wider than chance widen the errors."""
    if kind == "share":
        model = sm.GLM(np.column_stack([value, of - value]), columns, family=sm.families.Binomial())
    else:
        model = sm.GLM(value, columns, family=sm.families.Poisson(), offset=np.log(of))
    fit = model.fit()
    spread = max(1.0, float(fit.pearson_chi2) / free)
    return fit.params, fit.bse * sqrt(spread)


def _medians(
    value: NDArray[np.float64], columns: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms by least squares; errors that allow for weeks that hang together.

    Newey & West 1987 (Econometrica 55:703). With few weeks theirs are too small, so they may widen
    the ordinary ones and not narrow them.
    """
    model = sm.OLS(np.log(value), columns)
    plain = model.fit()
    lags = max(1, int(4 * (len(value) / 100) ** (2 / 9)))
    robust = plain.get_robustcov_results("HAC", maxlags=lags, use_correction=True)
    return plain.params, np.maximum(plain.bse, robust.bse)


def _scale(base: float, kind: Kind) -> float:
    return float(expit(base)) if kind == "share" else exp(base)


def _told(fit: _Fit, kind: Kind) -> Change:
    reach = float(stats.t.ppf(1 - LEVEL / 2, fit.free)) * fit.error
    sizes = [_size(fit.base, level, kind) for level in (fit.level, fit.level - reach)]
    high = _size(fit.base, fit.level + reach, kind)
    p_value = float(2 * stats.t.sf(abs(fit.level) / fit.error, fit.free))
    return Change(sizes[0], sizes[1], high, p_value)


def _size(base: float, level: float, kind: Kind) -> float:
    if kind == "share":
        return float(expit(base + level) - expit(base))
    return exp(level) - 1
