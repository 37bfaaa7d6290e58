"""Which segments a change comes from, and which only look like it: few words, beyond chance.

A segment explains what is gone of the change when it is taken out of both periods, less what one
of its size would take along anyway. It is named only where its own change differs from that of all
the rest beyond chance, allowing for how many segments were looked at and for how much segments
differ from week to week without a cause. What is named is taken out before the next one is looked
for, so that one story is not told in three splits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from math import inf, log, sqrt
from operator import add
from statistics import median
from typing import Any, Literal

import numpy as np
from scipy import special

from aftersales.judgement import estimates

# Beyond it a segment's own change differs from the rest's; of 400 segments without a cause one.
SURE = 3.0
SIGNIFICANT = 0.05
NOT_NOTHING = 1.96  # the segment itself has to have changed, not only the rest around it
LEAST = 0.1  # of the change; less is not worth a sentence
NAMED = 3
LISTED = 200  # values of a split looked at, the largest; the others stay in the sums
FEWEST = 5  # events in a segment, both periods together; fewer can show nothing
MUCH_MORE = 1.2  # a pair of values has to explain so many times what either does
CERTAIN = 6.0  # beyond it more certainty makes no better cause
# What happened explains less than where: a value the denominator does not know has no rate.
ONLY_COUNTED = 0.85
# Half the distance from the median to a normal quartile: the spread of z of what has no cause.
QUARTILE = 0.6745
CIRCLES = {"_hour": range(24), "_weekday": range(1, 8)}

Style = Literal["share", "count", "days"]
Kind = Literal["rate", "mix", "count"]
Where = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(frozen=True)
class Counts:
    """Numerator and denominator of a segment, before and now.

    Attributes:
        days: numerators and denominators day by day, before and now, where only their spread tells
            how much is chance (money and means).
    """

    n0: float = 0.0
    d0: float = 0.0
    n1: float = 0.0
    d1: float = 0.0
    days: tuple[np.ndarray, np.ndarray] | None = None

    def __add__(self, other: Counts) -> Counts:
        days = self.days or other.days
        if self.days and other.days:
            days = (self.days[0] + other.days[0], self.days[1] + other.days[1])
        return Counts(
            self.n0 + other.n0, self.d0 + other.d0, self.n1 + other.n1, self.d1 + other.d1, days
        )

    def __sub__(self, other: Counts) -> Counts:
        minus = Counts(-other.n0, -other.d0, -other.n1, -other.d1)
        days = self.days
        if self.days and other.days:
            days = (self.days[0] - other.days[0], self.days[1] - other.days[1])
        return replace(self + minus, days=days)

    @property
    def is_only_counted(self) -> bool:
        """The denominator does not know the segment."""
        return self.d0 == 0 and self.d1 == 0


# Counts by the values of several splits, in their order.
Reader = Callable[[tuple[str, ...]], Mapping[tuple[Any, ...], Counts]]


@dataclass(frozen=True)
class Cause:
    """A segment that explains a part of the change.

    Attributes:
        where: splits and the values that make the segment.
        also: the same segment in other words: a product's title besides its number.
        kind: rate (its own rate moved), mix (there is more or less of it, and its rate is not the
            rest's) or count (it has no denominator of its own).
        excess: what it moved the whole by, beyond what one of its size would.
        explained: that of the whole change; None where the change itself is within chance.
        counts: of the segment, all of it.
        before: its rate; of a count its part of the whole's value.
        share0: its part of the whole's denominator (of a count: of its numerator), before.
        rest0: the rate of everything else, before.
        low: lower end of the 95 % interval of now minus before.
        z: how far its change is from the rest's, in standard errors, wide as segments vary.
        p_value: of that, allowing for all that was looked at.
    """

    where: Where
    also: Where
    kind: Kind
    excess: float
    explained: float | None
    counts: Counts
    before: float | None
    now: float | None
    share0: float
    share1: float
    rest0: float | None
    rest1: float | None
    low: float
    high: float
    z: float
    p_value: float


@dataclass(frozen=True)
class Ranked:
    """The causes found, and how many segments were looked at for them."""

    causes: tuple[Cause, ...]
    looked_at: int


@dataclass(frozen=True)
class _Judged:
    where: Where
    counts: Counts
    kind: Kind
    excess: float
    own_z: float
    z: float
    share0: float
    share1: float
    score: float = 0.0
    p_value: float = 1.0

    @property
    def moves_itself(self) -> bool:
        """Its own change goes the way it is said to move the whole, beyond chance."""
        if self.kind == "mix":
            return True
        return abs(self.own_z) >= NOT_NOTHING and (self.own_z > 0) == (self.excess > 0)


def rank(
    read: Reader,
    splits: Sequence[str],
    *,
    style: Style,
    change: float,
    is_beyond_chance: bool,
    lengths: tuple[float, float] | None = None,
) -> Ranked:
    """The segments that explain most, largest first.

    Args:
        read: counts by any splits.
        splits: which may name a cause; of two that say the same the first is named.
        style: how chance is judged: share (of things that are counted), count, or days (by the
            spread from day to day).
        change: of the whole, now minus before.
        is_beyond_chance: whether that is more than chance; if not nothing is explained, and what
            moved within it is still named.
        lengths: for counts: how long the periods are, the second being 1.
    """
    search = _Search(read, tuple(splits), style, change, is_beyond_chance, lengths)
    return search.run()


def whole_change(whole: Counts, style: Style) -> estimates.Comparison:
    """The whole's rate now against before, in its unit.

    Two shares; two counts by the length of their periods; money and means by how they vary from
    day to day.
    """
    change = whole.n1 / whole.d1 - whole.n0 / whole.d0
    if style == "share" and _is_part(whole):
        return estimates.compare_shares(whole.n1, whole.d1, whole.n0, whole.d0)
    reach = NOT_NOTHING * _error(whole, style)
    if style == "days":
        p_value = _two_sided(NOT_NOTHING * change / reach) if reach else 1.0
    else:
        p_value = estimates.compare_rates(whole.n1, whole.d1, whole.n0, whole.d0).p_value
    return estimates.Comparison(change, change - reach, change + reach, p_value)


class _Search:
    def __init__(
        self,
        read: Reader,
        splits: tuple[str, ...],
        style: Style,
        change: float,
        is_beyond_chance: bool,
        lengths: tuple[float, float] | None,
    ) -> None:
        self._read = read
        self._splits = splits
        self._style = style
        self._change = change
        self._is_beyond_chance = is_beyond_chance
        self._lengths = lengths
        self._looked_at = 0

    def run(self) -> Ranked:
        causes: list[Cause] = []
        for _ in range(NAMED):
            taken = [cause.where for cause in causes]
            found = self._next(taken)
            if found is None:
                break
            causes.append(found)
        return Ranked(tuple(causes), self._looked_at)

    def _next(self, taken: Sequence[Where]) -> Cause | None:
        """The best segment of what is left when those named are taken out."""
        judged: list[_Judged] = []
        tables = []
        for split in self._splits:
            table = {key[0]: counts for key, counts in self._table((split,), taken).items()}
            whole = self._whole(table.values())
            judged += self._judge_all(split, table, whole)
            tables.append((_values(table), whole))
        if not taken:
            self._looked_at = len(judged)
        if not judged:
            return None
        spread = _spread(tables, self._style)
        judged = [_widened(one, spread) for one in judged]
        p_values = estimates.adjusted([_two_sided(one.z) for one in judged])
        judged = [
            self._scored(replace(one, p_value=p_value))
            for one, p_value in zip(judged, p_values, strict=True)
        ]
        named = [one for one in judged if self._may_be_named(one)]
        if not named:
            return None
        best = max(named, key=self._order)
        best = self._narrower(best, judged, taken, spread)
        same = [
            one.where[0]
            for one in judged
            if one.where[0][0] not in dict(best.where) and _are_same(one.counts, best.counts)
        ]
        once = {split: (split, values) for split, values in reversed(same)}
        return self._told(best, tuple(once[split] for split in self._splits if split in once))

    def _order(self, one: _Judged) -> tuple[bool, float, int]:
        is_same_way = not self._is_beyond_chance or (one.excess > 0) == (self._change > 0)
        return is_same_way, one.score, -self._splits.index(one.where[0][0])

    def _may_be_named(self, one: _Judged) -> bool:
        return (
            abs(one.z) >= SURE
            and one.p_value < SIGNIFICANT
            and one.moves_itself
            and abs(one.excess) >= LEAST * self._scale
        )

    def _table(
        self, splits: tuple[str, ...], taken: Sequence[Where]
    ) -> dict[tuple[Any, ...], Counts]:
        """Counts by splits, without what has been named."""
        more = tuple(
            dict.fromkeys(name for where in taken for name, _ in where if name not in splits)
        )
        names = tuple(sorted((*splits, *more), key=self._splits.index))
        places = [names.index(name) for name in splits]
        found: dict[tuple[Any, ...], Counts] = {}
        for key, counts in self._read(names).items():
            named = dict(zip(names, key, strict=True))
            if any(all(named[name] in values for name, values in where) for where in taken):
                continue
            short = tuple(key[place] for place in places)
            found[short] = found[short] + counts if short in found else counts
        return found

    def _whole(self, parts: Iterable[Counts]) -> Counts:
        whole = reduce(add, parts, Counts())
        if self._lengths is None:
            return whole
        return replace(whole, d0=self._lengths[0], d1=self._lengths[1])

    @cached_property
    def _scale(self) -> float:
        """What counts as the whole of the change; of one within chance what chance may be."""
        if self._is_beyond_chance and self._change:
            return abs(self._change)
        whole = self._whole(self._read((self._splits[0],)).values())
        return max(abs(self._change), NOT_NOTHING * _error(whole, self._style)) or inf

    def _judge_all(self, split: str, table: Mapping[Any, Counts], whole: Counts) -> list[_Judged]:
        if len(table) < 2 or min(whole.d0, whole.d1) <= 0:
            return []
        named = _values(table)
        segments = [((value,), counts) for value, counts in list(named.items())[:LISTED]]
        segments += _ranges(split, named)
        judged = (
            self._judge(((split, values),), counts, whole)
            for values, counts in segments
            if _is_enough(counts)
        )
        return [one for one in judged if one is not None]

    def _judge(self, where: Where, part: Counts, whole: Counts) -> _Judged | None:
        if part.is_only_counted:
            return _counted(where, part, whole)
        return _rated(where, part, whole, self._style)

    def _scored(self, one: _Judged) -> _Judged:
        size = min(1.0, (one.share0 + one.share1) / 2)
        score = min(1.0, abs(one.excess) / self._scale) * sqrt(1 - size)
        score *= min(1.0, abs(one.z) / CERTAIN)
        if one.kind == "count" and self._lengths is None:
            score *= ONLY_COUNTED
        return replace(one, score=score)

    def _narrower(
        self, best: _Judged, judged: Sequence[_Judged], taken: Sequence[Where], spread: _Spread
    ) -> _Judged:
        """The part of the best segment that has one value of another split, if much better."""
        (split, values) = best.where[0]
        alone = {one.where[0]: one.score for one in judged}
        pairs = []
        for other in self._splits:
            if other == split:
                continue
            table = self._table((split, other), taken)
            whole = self._whole(table.values())
            within: dict[Any, Counts] = {}
            for (value, second), counts in table.items():
                if value in values and second not in (None, ""):
                    within[second] = within.get(second, Counts()) + counts
            for second, counts in within.items():
                if _is_enough(counts) and not _are_same(counts, best.counts):
                    one = self._judge((best.where[0], (other, (second,))), counts, whole)
                    pairs += [one] if one is not None else []
        self._looked_at += len(pairs)
        for one in pairs:
            one = _widened(one, spread)
            one = self._scored(replace(one, p_value=min(1.0, _two_sided(one.z) * len(pairs))))
            either = max(best.score, alone.get(one.where[1], 0.0))
            is_same_way = (one.excess > 0) == (best.excess > 0)
            if is_same_way and self._may_be_named(one) and one.score > MUCH_MORE * either:
                best = one
        return best

    def _told(self, one: _Judged, also: Where) -> Cause:
        names = tuple(name for name, _ in one.where)
        part = Counts()
        everything = self._read(names)
        for key, counts in everything.items():
            if all(value in dict(one.where)[name] for name, value in zip(names, key, strict=True)):
                part = part + counts
        whole = self._whole(everything.values())
        rest = whole - part
        is_counted = one.kind == "count"
        d0, d1 = (whole.d0, whole.d1) if is_counted else (part.d0, part.d1)
        before, now = _ratio(part.n0, d0), _ratio(part.n1, d1)
        reach = NOT_NOTHING * _error(replace(part, d0=d0, d1=d1), self._style, is_counted)
        low, high = ((now or 0.0) - (before or 0.0) + side * reach for side in (-1, 1))
        if self._style == "share" and not is_counted and _is_part(part) and min(d0, d1) > 0:
            compared = estimates.compare_shares(part.n1, d1, part.n0, d0)
            low, high = compared.low, compared.high
        return Cause(
            where=one.where,
            also=also,
            kind=one.kind,
            excess=one.excess,
            explained=one.excess / self._change if self._is_beyond_chance else None,
            counts=part,
            before=before,
            now=now,
            share0=one.share0,
            share1=one.share1,
            rest0=_ratio(whole.n0, whole.d0) if is_counted else _ratio(rest.n0, rest.d0),
            rest1=_ratio(whole.n1, whole.d1) if is_counted else _ratio(rest.n1, rest.d1),
            low=low,
            high=high,
            z=one.z,
            p_value=one.p_value,
        )


def _ranges(split: str, table: Mapping[Any, Counts]) -> Iterator[tuple[tuple[Any, ...], Counts]]:
    """Hours and days of the week that follow one another, at most half of the circle."""
    circle = next((c for ending, c in CIRCLES.items() if split.endswith(ending)), None)
    if circle is None or not all(value in circle for value in table):
        return
    places = list(circle)
    for first in range(len(places)):
        values: tuple[Any, ...] = ()
        counts = Counts()
        for step in range(len(places) // 2):
            value = places[(first + step) % len(places)]
            if value not in table:
                continue
            values, counts = (*values, value), counts + table[value]
            if len(values) > 1:
                yield values, counts


def _counted(where: Where, part: Counts, whole: Counts) -> _Judged | None:
    """A segment without a denominator: its part of the numerator before and now."""
    rest = whole - part
    if min(whole.n0, whole.n1) <= 0 or min(rest.n0, rest.n1) < 0:
        return None
    share0, share1 = part.n0 / whole.n0, part.n1 / whole.n1 if whole.n1 else 0.0
    excess = part.n1 / whole.d1 - share0 * whole.n1 / whole.d1
    if part.days and whole.days:
        own = _welch(part.days[1][:, 0], part.days[0][:, 0])
        apart = [
            now[:, 0] - share0 * all_[:, 0] for now, all_ in zip(part.days, whole.days, strict=True)
        ]
        z = _welch(apart[1], apart[0])
    else:
        now, before = log(part.n1 + 0.5), log(part.n0 + 0.5)
        spread = 1 / (part.n1 + 0.5) + 1 / (part.n0 + 0.5)
        own = (now - before - log(whole.d1 / whole.d0)) / sqrt(spread)
        z = _part_z(part, whole)
    return _Judged(where, part, "count", excess, own, z, share0, share1)


def _part_z(part: Counts, whole: Counts) -> float:
    """How far its part of what was counted moved; exact, but where even roughly it is nothing."""
    share = (part.n0 + part.n1) / (whole.n0 + whole.n1)
    error = sqrt(share * (1 - share) * (1 / whole.n0 + 1 / whole.n1))
    rough = (part.n1 / whole.n1 - part.n0 / whole.n0) / error if error else 0.0
    if abs(rough) < NOT_NOTHING:
        return rough
    p_value = estimates.compare_shares(part.n1, whole.n1, part.n0, whole.n0).p_value
    z = -float(special.ndtri(max(p_value / 2, 1e-300)))
    return z if rough > 0 else -z


def _rated(where: Where, part: Counts, whole: Counts, style: Style) -> _Judged | None:
    """A segment with a denominator, against all the rest."""
    rest = whole - part
    if min(rest.d0, rest.d1) <= 0:
        return None
    share0, share1 = part.d0 / whole.d0, part.d1 / whole.d1
    gaps = [
        n / d - rest_n / rest_d if d else None
        for n, d, rest_n, rest_d in (
            (part.n0, part.d0, rest.n0, rest.d0),
            (part.n1, part.d1, rest.n1, rest.d1),
        )
    ]
    gap0, gap1 = gaps
    if gap0 is None or gap1 is None:
        gap = gap1 if gap0 is None else gap0
        rate, mix = 0.0, (gap or 0.0) * (share1 - share0)
    else:
        rate = (share0 + share1) / 2 * (gap1 - gap0)
        mix = (gap0 + gap1) / 2 * (share1 - share0)
    excess = rate + mix
    if abs(mix) > abs(rate):
        z = _mix_z(part, rest, style)
        return _Judged(where, part, "mix", excess, z, z, share0, share1)
    own, z = _rate_z(part, rest, style)
    return _Judged(where, part, "rate", excess, own, z, share0, share1)


def _rate_z(part: Counts, rest: Counts, style: Style) -> tuple[float, float]:
    """How far the rate moved, and how much further than the rest's.

    Differences of log odds, with a half added to every cell (Haldane 1956, Ann. Hum. Genet. 20:309;
    the Wald test of the interaction in a logistic model), log rates where a numerator is no part of
    its denominator; and the plain differences. Where only the days tell the spread, differences of
    ratio estimates.
    """
    if style == "days" and part.days and rest.days:
        residuals = [_residual(days) for days in part.days]
        others = [_residual(days) for days in rest.days]
        own = _ratio_welch(part, residuals, None, None)
        return own, _ratio_welch(part, residuals, rest, others)
    is_part = _is_part(part) and _is_part(rest)
    moved, spread = _log_change(part, is_part)
    others_moved, others_spread = _log_change(rest, is_part)
    added, added_spread = _change(part, is_part)
    others_added, others_added_spread = _change(rest, is_part)
    return (
        _either(moved / sqrt(spread), added / sqrt(added_spread)),
        _either(
            (moved - others_moved) / sqrt(spread + others_spread),
            (added - others_added) / sqrt(added_spread + others_added_spread),
        ),
    )


def _either(on_logs: float, plain: float) -> float:
    """The surer of two tests as a normal deviate, allowing for there being two.

    A change is neither bigger for coming on top of a rate that is high, nor for being a multiple of
    one that is next to nothing: both have to hold at the usual level, else it is the less sure one.
    """
    weak, strong = sorted((on_logs, plain), key=abs)
    if abs(weak) < NOT_NOTHING or (weak > 0) != (strong > 0):
        return weak
    doubled = -float(special.ndtri(max(2 * float(special.ndtr(-abs(strong))), 1e-300)))
    return doubled if strong > 0 else -doubled


def _change(counts: Counts, is_part: bool) -> tuple[float, float]:
    """Now minus before, with its variance.

    With a success and a failure added (Agresti and Caffo 2000, Am. Stat. 54:280), and no smaller
    than both periods together have it: few by chance are not few for sure.
    """
    change, spread = 0.0, 0.0
    whole = (counts.n0 + counts.n1 + 1) / (counts.d0 + counts.d1 + 2)
    for sign, n, d in ((-1, counts.n0, counts.d0), (1, counts.n1, counts.d1)):
        change += sign * n / d if d else 0.0
        shares = (whole, (n + 1) / (d + 2))
        spread += max(p * (1 - p) if is_part else p for p in shares) / (d + 2)
    return change, spread


def _log_change(counts: Counts, is_part: bool) -> tuple[float, float]:
    change, spread = 0.0, 0.0
    for sign, n, d in ((-1, counts.n0, counts.d0), (1, counts.n1, counts.d1)):
        others = d - n + 0.5 if is_part else d + 0.5
        change += sign * log((n + 0.5) / others)
        spread += 1 / (n + 0.5) + (1 / others if is_part else 0.0)
    return change, spread


def _mix_z(part: Counts, rest: Counts, style: Style) -> float:
    """How sure it is that there is more of it and that it differs: the less sure of the two."""
    if style == "days" and part.days and rest.days:
        usual = part.d0 / (part.d0 + rest.d0)
        apart = [
            p[:, 1] - usual * (p[:, 1] + r[:, 1]) for p, r in zip(part.days, rest.days, strict=True)
        ]
        return _welch(apart[1], apart[0])
    z_more = _more(part, rest)
    is_part = _is_part(part) and _is_part(rest)
    pooled = Counts(rest.n0 + rest.n1, rest.d0 + rest.d1, part.n0 + part.n1, part.d0 + part.d1)
    differing, differing_spread = _log_change(pooled, is_part)
    z_apart = differing / sqrt(differing_spread)
    sign = 1 if (z_more > 0) == (z_apart > 0) else -1
    return sign * min(abs(z_more), abs(z_apart))


def _more(part: Counts, rest: Counts) -> float:
    """How far the part's share of the denominator moved, in standard errors."""
    more, spread = _log_change(Counts(part.d0, rest.d0, part.d1, rest.d1), False)
    return more / sqrt(spread + 1 / (rest.d0 + 0.5) + 1 / (rest.d1 + 0.5))


def _is_part(counts: Counts) -> bool:
    return 0 <= counts.n0 <= counts.d0 and 0 <= counts.n1 <= counts.d1


def _is_enough(counts: Counts) -> bool:
    if counts.days is not None:
        return True
    events = counts.n0 + counts.n1
    return events >= FEWEST


def _residual(days: np.ndarray) -> np.ndarray:
    """What each day adds to the error of a ratio of sums (Cochran 1977, Sampling Techniques, 6)."""
    n, d = days[:, 0], days[:, 1]
    whole = d.sum()
    return (n - n.sum() / whole * d) / whole if whole else np.zeros(len(days))


def _ratio_welch(
    part: Counts,
    residuals: Sequence[np.ndarray],
    rest: Counts | None,
    others: Sequence[np.ndarray] | None,
) -> float:
    if min(part.d0, part.d1) <= 0:
        return 0.0
    moved = part.n1 / part.d1 - part.n0 / part.d0
    apart = list(residuals)
    if rest is not None and others is not None:
        moved -= rest.n1 / rest.d1 - rest.n0 / rest.d0
        apart = [mine - theirs for mine, theirs in zip(residuals, others, strict=True)]
    return _normal(
        moved, [(len(one) * float(np.var(one, ddof=1)), len(one)) for one in apart if len(one) > 1]
    )


def _welch(now: np.ndarray, before: np.ndarray) -> float:
    """The difference of two means in standard errors, as a normal deviate as unlikely."""
    if min(len(now), len(before)) < 2:
        return 0.0
    errors = [(float(np.var(one, ddof=1)) / len(one), len(one)) for one in (now, before)]
    return _normal(float(now.mean() - before.mean()), errors)


def _normal(moved: float, errors: Sequence[tuple[float, int]]) -> float:
    """The deviate of a normal that is as unlikely as this one of Welch's t (1947)."""
    spread = sum(error for error, _ in errors)
    if len(errors) < 2 or spread <= 0:
        return 0.0
    freedom = spread**2 / sum(error**2 / (n - 1) for error, n in errors)
    tail = float(special.stdtr(freedom, -abs(moved) / sqrt(spread)))
    deviate = -float(special.ndtri(max(tail, 1e-300)))
    return deviate if moved > 0 else -deviate


def _error(counts: Counts, style: Style, is_counted: bool = False) -> float:
    """The standard error of now minus before."""
    if min(counts.d0, counts.d1) <= 0:
        return 0.0
    if style == "days" and counts.days:
        if is_counted or not counts.days[0][:, 1].any():
            parts = [
                len(days) * float(np.var(days[:, 0], ddof=1)) / d**2 if len(days) > 1 else 0.0
                for days, d in zip(counts.days, (counts.d0, counts.d1), strict=True)
            ]
            return sqrt(sum(parts))
        found = [_residual(days) for days in counts.days]
        return sqrt(sum(len(one) * float(np.var(one, ddof=1)) for one in found if len(one) > 1))
    spread = 0.0
    for n, d in ((counts.n0, counts.d0), (counts.n1, counts.d1)):
        share = n / d
        is_share = style == "share" and not is_counted and _is_part(counts)
        spread += share * (1 - share) / d if is_share else max(n, 0.0) / d**2
    return sqrt(spread)


@dataclass(frozen=True)
class _Spread:
    """How much wider than chance values vary, most of which have no cause; 1 at least."""

    rate: float
    mix: float


def _spread(tables: Sequence[tuple[Mapping[Any, Counts], Counts]], style: Style) -> _Spread:
    """By how far values are from the middle one of their split (Efron 2004, JASA 99:96)."""
    rates: list[float] = []
    mixes: list[float] = []
    for table, whole in tables:
        moved = [
            _moved(counts, whole, style)
            for counts in list(table.values())[:LISTED]
            if _is_enough(counts)
        ]
        middle = median(change for change, _ in moved) if moved else 0.0
        rates += [(change - middle) / error for change, error in moved if error > 0]
        mixes += [
            _more(counts, whole - counts)
            for counts in table.values()
            if min(counts.d0, counts.d1, whole.d0 - counts.d0, whole.d1 - counts.d1) > 0
        ]
    return _Spread(_width(rates), _width(mixes))


def _width(found: Sequence[float]) -> float:
    if len(found) < 2 * FEWEST:
        return 1.0
    return max(1.0, median(abs(z) for z in found) / QUARTILE)


def _moved(part: Counts, whole: Counts, style: Style) -> tuple[float, float]:
    """A value's own change, and its standard error; on the log scale but for money."""
    if part.is_only_counted:
        if part.days:
            own = [float(days[:, 0].mean()) for days in part.days]
            errors = [float(np.var(days[:, 0], ddof=1)) / len(days) for days in part.days]
            return own[1] - own[0], sqrt(sum(errors))
        change, spread = _log_change(Counts(part.n0, whole.d0, part.n1, whole.d1), False)
        return change, sqrt(spread)
    if style == "days":
        if min(part.d0, part.d1) <= 0:
            return 0.0, 0.0
        return part.n1 / part.d1 - part.n0 / part.d0, _error(part, style)
    change, spread = _log_change(part, _is_part(part))
    return change, sqrt(spread)


def _widened(one: _Judged, spread: _Spread) -> _Judged:
    wider = spread.mix if one.kind == "mix" else spread.rate
    return replace(one, z=one.z / wider, own_z=one.own_z / wider)


def _values(table: Mapping[Any, Counts]) -> dict[Any, Counts]:
    """The values, largest first; what has none is often what has not happened yet."""
    named = [(value, counts) for value, counts in table.items() if value not in (None, "")]
    named.sort(key=lambda one: (-(one[1].d0 + one[1].d1), -(one[1].n0 + one[1].n1)))
    return dict(named)


def _two_sided(z: float) -> float:
    return 2 * float(special.ndtr(-abs(z)))


def _ratio(n: float, d: float) -> float | None:
    return n / d if d else None


def _are_same(one: Counts, other: Counts) -> bool:
    pairs = ((one.n0, other.n0), (one.d0, other.d0), (one.n1, other.n1), (one.d1, other.d1))
    return all(abs(mine - theirs) < 1e-6 for mine, theirs in pairs)
