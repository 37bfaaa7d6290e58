"""How much less there would be of something bad if a group were as it should be.

Three ways to say what should be: the others of its kind, its own past, and a limit that was set.
All of them give how many were too many, between which bounds, and how likely chance alone does as
much. What is then proposed is chosen over all that was looked at, not one by one.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, sqrt
from typing import Literal

import numpy as np
import statsmodels.api as sm
from scipy import stats

from aftersales.judgement import funnel
from aftersales.judgement.estimates import adjusted, compare_rates, compare_shares, wilson

LEVEL = 0.05
Spread = Literal["plain", "alike", "varied"]


@dataclass(frozen=True)
class Cell:
    """So many bad ones ``of`` so many; of what is no share of them, ``of`` is the exposure."""

    bad: float
    of: float

    def __add__(self, other: Cell) -> Cell:
        return Cell(self.bad + other.bad, self.of + other.of)

    @property
    def level(self) -> float:
        """The share, or the rate."""
        return self.bad / self.of if self.of else 0.0


NONE = Cell(0.0, 0.0)


@dataclass(frozen=True)
class Surplus:
    """What a group has too much of.

    Attributes:
        expected: the level it would have.
        count: bad ones beyond that level.
        low: lower end of the 95 % interval of ``count``.
        p_value: two-sided against others or the past, one-sided against a limit.
    """

    expected: float
    count: float
    low: float
    high: float
    p_value: float


def over_limit(cell: Cell, tolerated: float) -> Surplus:
    """A share against one that is tolerated: exact binomial test, score interval."""
    test = stats.binomtest(round(cell.bad), round(cell.of), tolerated, alternative="greater")
    low, high = ((end - tolerated) * cell.of for end in wilson(cell.bad, cell.of))
    return Surplus(tolerated, cell.bad - tolerated * cell.of, low, high, float(test.pvalue))


def over_rest(cell: Cell, rest: Cell, *, is_share: bool) -> Surplus:
    """A group against the rest of its kind: two shares, or two counts per exposure."""
    parts = (cell.bad, cell.of, rest.bad, rest.of)
    count = cell.bad - rest.level * cell.of
    if is_share:
        found = compare_shares(*parts)
        low, high = found.low * cell.of, found.high * cell.of
    else:
        found = compare_rates(*parts)
        low, high = (_above(cell.bad, ratio) for ratio in (found.low, found.high))
    return Surplus(rest.level, count, low, high, found.p_value)


def _above(bad: float, log_ratio: float) -> float:
    """Of so many bad ones, those beyond what there would be at a ratio of one."""
    return -inf if log_ratio < -700 else bad * (1 - exp(-log_ratio))


def against_rest(
    cells: Mapping[str, Cell], *, is_share: bool, spread: Spread, minimum_n: int
) -> dict[str, Surplus]:
    """Every group with enough against the rest.

    Args:
        spread: ``alike`` groups should all be the same: the worst is set apart first, so that it
            does not make the others look good. ``varied`` ones, shares only, differ by nature: a
            funnel as wide as groups lie apart anyway. ``plain``: each against all the others.
    """
    judged = [name for name, cell in cells.items() if cell.of >= minimum_n]
    if spread == "varied":
        return _of_funnel(cells, minimum_n)
    if spread == "alike":
        return _set_apart(cells, judged, is_share=is_share)
    rests = {name: _rest(cells, [name]) for name in judged}
    return {
        name: over_rest(cells[name], rest, is_share=is_share)
        for name, rest in rests.items()
        if rest.of
    }


def _rest(cells: Mapping[str, Cell], without: Sequence[str]) -> Cell:
    return sum((cell for name, cell in cells.items() if name not in without), NONE)


def _set_apart(
    cells: Mapping[str, Cell], judged: Sequence[str], *, is_share: bool
) -> dict[str, Surplus]:
    apart: dict[str, Surplus] = {}
    while True:
        now = {
            name: over_rest(cells[name], rest, is_share=is_share)
            for name in judged
            if name not in apart and (rest := _rest(cells, [*apart, name])).of
        }
        beyond = {name: one for name, one in now.items() if one.p_value * len(cells) <= LEVEL}
        if not beyond:
            return {**apart, **now}
        worst = min(beyond, key=lambda name: (beyond[name].p_value, name))
        apart[worst] = beyond[worst]


def _of_funnel(cells: Mapping[str, Cell], minimum_n: int) -> dict[str, Surplus]:
    groups = [funnel.Counted(name, cell.bad, cell.of) for name, cell in cells.items()]
    found = funnel.shares(groups, minimum_n)
    surpluses = {}
    for one in found.groups if found else ():
        cell = cells[one.name]
        if found and cell.of >= minimum_n:
            low, high = ((end - found.centre) * cell.of for end in wilson(cell.bad, cell.of))
            count = cell.bad - found.centre * cell.of
            surpluses[one.name] = Surplus(found.centre, count, low, high, one.p_value)
    return surpluses


def against_past(
    now: Sequence[Cell],
    before: Sequence[Cell],
    rest_now: Sequence[Cell],
    rest_before: Sequence[Cell],
) -> Surplus | None:
    """A group's last weeks against its own past, allowing for what the rest did meanwhile.

    The ratio of two changes, from a Poisson regression on the weeks with the exposure as offset;
    weeks that differ by more than chance widen it (quasi-likelihood, never narrower than Poisson).
    Of ``bad``, the part above the past is 1 - 1 / ratio.

    Args:
        now: a cell a week, as ``rest_now`` and the weeks before.

    Returns:
        None where a ratio cannot be had: nothing bad before, or nothing to compare with.
    """
    groups = [(now, 1, 1), (before, 1, 0), (rest_now, 0, 1), (rest_before, 0, 0)]
    groups = [group for group in groups if any(cell.of for cell in group[0])]
    if any(not sum(cell.bad for cell in cells) for cells, _, _ in groups) or len(groups) < 2:
        return None
    with_rest = len(groups) == 4
    table = [
        (cell.bad, cell.of, is_own, is_now)
        for cells, is_own, is_now in groups
        if with_rest or is_own
        for cell in cells
        if cell.of
    ]
    bad, of, own, late = np.array(table, dtype=float).T
    columns = [np.ones_like(bad), own, late, own * late] if with_rest else [np.ones_like(bad), late]
    free = len(table) - len(columns)
    if free < 1:
        return None
    model = sm.GLM(bad, np.column_stack(columns), family=sm.families.Poisson(), offset=np.log(of))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # weeks that are all on their mean are nobody's mistake
        fit = model.fit()
    spread = max(1.0, float(fit.pearson_chi2) / free)
    change, error = float(fit.params[-1]), float(fit.bse[-1]) * sqrt(spread)
    if not error or not np.isfinite(error):
        return None
    reach = float(stats.t.ppf(1 - LEVEL / 2, free)) * error
    total = sum((cell for cell in now), NONE)
    surplus = [total.bad * (1 - exp(-ratio)) for ratio in (change, change - reach, change + reach)]
    p_value = float(2 * stats.t.sf(abs(change) / error, free))
    return Surplus(total.level * exp(-change), surplus[0], surplus[1], surplus[2], p_value)


def beyond_chance(p_values: Sequence[float]) -> list[bool]:
    """Which stand when all are looked at together.

    In a world where nothing happens, one in twenty shows anything at all.
    """
    return [p_value <= LEVEL for p_value in adjusted(p_values)]
