"""A change taken apart by the values of a split, so that the parts add up to it exactly.

With R the whole's rate, s a segment's share of the denominator and r its own rate, a segment is
worth the mean of its two shares times its own change (rate) and how far its mean rate lies from
the whole's mean rate times the change of its share (mix). Summed over segments that cover all
once, this is R now minus R before, with nothing left over, and no period is the base of the other
(Kitagawa 1955, J. Am. Stat. Assoc. 50:1168).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

ZERO = Fraction(0)


@dataclass(frozen=True)
class Sums:
    """Numerator and denominator, before and now."""

    n0: Fraction
    d0: Fraction
    n1: Fraction
    d1: Fraction

    @classmethod
    def of(cls, n0: float, d0: float, n1: float, d1: float) -> Sums:
        """Of printed numbers: 0.1 is a tenth, as it was in the money it came from."""
        return cls(*(Fraction(str(part)) for part in (n0, d0, n1, d1)))

    @property
    def before(self) -> Fraction | None:
        """The rate before; None where there is no denominator."""
        return self.n0 / self.d0 if self.d0 else None

    @property
    def now(self) -> Fraction | None:
        """The rate now; None where there is no denominator."""
        return self.n1 / self.d1 if self.d1 else None


@dataclass(frozen=True)
class Line:
    """One segment's part in the change.

    Attributes:
        value: of the split; None for what has none.
        rate: what its own rate did.
        mix: what its share of all did; of a segment that is new or gone it is everything.
    """

    value: Any
    sums: Sums
    rate: Fraction
    mix: Fraction

    @property
    def effect(self) -> Fraction:
        """Both together."""
        return self.rate + self.mix


@dataclass(frozen=True)
class Split:
    """A change by one split.

    Attributes:
        change: of the whole; all lines and the remainder.
        lines: largest part first.
        remainder: what no line holds: things counted under several values, or a curve of all that
            is not the mean of the curves of its parts.
    """

    change: Fraction
    lines: tuple[Line, ...]
    remainder: Fraction

    @property
    def rate(self) -> Fraction:
        """What the rates did."""
        return sum((line.rate for line in self.lines), ZERO)

    @property
    def mix(self) -> Fraction:
        """What the composition did."""
        return sum((line.mix for line in self.lines), ZERO)


def split(parts: Mapping[Any, Sums], total: Sums) -> Split:
    """The whole's change over its segments.

    A segment the denominator does not know (the reason of a case: what is sold has none) is worth
    its part of the whole's rate now minus before. A count is that too, with the length of each
    period for a denominator.

    Raises:
        ValueError: the whole has no denominator in one of the periods, so it has no rate.
    """
    before, now = total.before, total.now
    if before is None or now is None:
        raise ValueError("a whole without a denominator has no rate")
    middle = (before + now) / 2
    lines = [_line(value, part, total, middle) for value, part in parts.items()]
    lines.sort(key=lambda line: (-abs(line.effect), str(line.value)))
    change = now - before
    return Split(change, tuple(lines), change - sum((line.effect for line in lines), ZERO))


def _line(value: Any, part: Sums, total: Sums, middle: Fraction) -> Line:
    share0, share1 = part.d0 / total.d0, part.d1 / total.d1
    effect = part.n1 / total.d1 - part.n0 / total.d0 - middle * (share1 - share0)
    before, now = part.before, part.now
    if before is not None and now is not None:
        rate = (share0 + share1) / 2 * (now - before)
    else:
        rate = effect if before is None and now is None else ZERO
    return Line(value, part, rate, effect - rate)


def volume_and_rate(total: Sums) -> tuple[Fraction, Fraction]:
    """A count's change as what there was more to count on, and what was counted more often.

    Args:
        total: the counts, and what they are counted on (orders), each over the same time.

    Returns:
        The part of the volume and that of the rate; together the change of the count.

    Raises:
        ValueError: there was nothing to count on in one of the periods.
    """
    before, now = total.before, total.now
    if before is None or now is None:
        raise ValueError("nothing to count on has no rate")
    volume = (total.d1 - total.d0) * (before + now) / 2
    return volume, (now - before) * (total.d0 + total.d1) / 2
