"""Which groups are not what they were themselves, while all others are.

Articles differ by nature: shoes are exchanged for another size, cups are not. A funnel cannot tell
a bad batch from such a difference; the article's own past can. What moves all groups alike (a surge
of sales before the exchanges that follow it) moves none of them against the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log

from aftersales.judgement.estimates import compare_rates

STRETCHES = (1, 2, 4, 8, 13)  # weeks up to the last one, each held against all before it
LEAST_BEFORE = 4  # weeks
FEWEST = 5  # events, both sides together

# Numerator and denominator by week, oldest first.
Weeks = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Moved:
    """A group over the last weeks against its own past.

    Attributes:
        since: the first day of these weeks.
        x: numerator since then, ``n`` the denominator; ``x_before`` and ``n_before`` until then.
        expected: numerator if it had moved like all others.
        rest: the rate of all others since then; ``rest_before`` until then.
        p_value: that chance alone does it; allows for how many stretches were looked at.
    """

    name: str
    since: date
    x: float
    n: float
    x_before: float
    n_before: float
    expected: float
    rest: float
    rest_before: float
    p_value: float

    @property
    def is_high(self) -> bool:
        """More than expected."""
        return self.x > self.expected

    @property
    def surplus(self) -> float:
        """How many more than expected."""
        return self.x - self.expected


def moved(groups: Mapping[str, Weeks], weeks: Sequence[date], *, minimum_n: float) -> list[Moved]:
    """The stretch in which each group differs most surely from its own past.

    Numerators are held against what the group's denominator would give at the rate of all others
    (``compare_rates``, exact, given both sides together), once for each stretch; the p-value is the
    one of the stretch farthest from what was expected, times how many there were.

    Args:
        groups: by name, as long as ``weeks``; what has no numerator or denominator is 0.
        weeks: first days, oldest first.
        minimum_n: denominator without which a side is not looked at.
    """
    whole = [_summed(week) for week in zip(*groups.values(), strict=True)]
    found = []
    for name, own in groups.items():
        rest = [(x - mine[0], n - mine[1]) for (x, n), mine in zip(whole, own, strict=True)]
        tried = [
            one
            for stretch in STRETCHES
            if len(weeks) - stretch >= LEAST_BEFORE
            and (one := _over(name, own, rest, weeks, stretch, minimum_n))
        ]
        if tried:
            best = max(tried, key=_deviance)
            found.append(replace(best, p_value=min(1.0, best.p_value * len(tried))))
    return found


def _over(
    name: str, own: Weeks, rest: Weeks, weeks: Sequence[date], stretch: int, minimum_n: float
) -> Moved | None:
    x, n = _summed(own[-stretch:])
    x_before, n_before = _summed(own[:-stretch])
    rest_x, rest_n = _summed(rest[-stretch:])
    rest_x_before, rest_n_before = _summed(rest[:-stretch])
    if min(n, n_before) < minimum_n or x + x_before < FEWEST:
        return None
    if not rest_x or not rest_x_before:
        return None
    rate, rate_before = rest_x / rest_n, rest_x_before / rest_n_before
    ratio = compare_rates(x, n * rate, x_before, n_before * rate_before)
    expected = x_before / (n_before * rate_before) * n * rate
    return Moved(
        name, weeks[-stretch], x, n, x_before, n_before, expected, rate, rate_before, ratio.p_value
    )


def _deviance(one: Moved) -> float:
    """How far from what was expected; the p-values of the surest are all nearly 0."""
    expected = max(one.expected, 0.5)  # nothing before is not certain to be nothing
    told = one.x * log(one.x / expected) if one.x else 0.0
    return 2 * (told - (one.x - expected))


def _summed(weeks: Weeks) -> tuple[float, float]:
    return sum(x for x, _ in weeks), sum(n for _, n in weeks)
