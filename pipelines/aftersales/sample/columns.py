"""Columns of the sample's tables: what a thing is, not yet how a platform spells it.

All are arrays of numbers, cheap to make, to cut and to keep; text is made of them only when an
export shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from aftersales.sample.catalogue import Flags, Floats, Ints

# In ids and amounts: there is none. Times have NEVER, numbers NaN, names the empty text.
NOTHING = int(np.iinfo(np.int64).min)


class Column(Protocol):
    """One column of a table."""

    def __len__(self) -> int: ...

    def take(self, rows: Ints) -> Self:
        """The same column with these rows only, in their order."""


# By name; those of a contract's table have its names and its terms.
Columns = Mapping[str, Column]


@dataclass(frozen=True)
class Ids:
    """Ids and other text made of a number: ``before``, at least ``width`` digits, ``after``."""

    numbers: Ints
    before: str = ""
    after: str = ""
    width: int = 0

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Ints) -> Self:
        """These rows only."""
        return replace(self, numbers=self.numbers[rows])


@dataclass(frozen=True)
class Names:
    """Texts and terms of which there are few: an index into ``names``; ``""`` is none."""

    names: list[str]
    index: Ints

    def __len__(self) -> int:
        return len(self.index)

    def take(self, rows: Ints) -> Self:
        """These rows only."""
        return replace(self, index=self.index[rows])


@dataclass(frozen=True)
class Times:
    """Instants, seconds since 1970 in UTC; NEVER where it has not happened."""

    seconds: Ints

    def __len__(self) -> int:
        return len(self.seconds)

    def take(self, rows: Ints) -> Self:
        """These rows only."""
        return replace(self, seconds=self.seconds[rows])


@dataclass(frozen=True)
class Days:
    """Days since 1970, where no hour belongs to them; NEVER where there is none."""

    days: Ints

    def __len__(self) -> int:
        return len(self.days)

    def take(self, rows: Ints) -> Self:
        """These rows only."""
        return replace(self, days=self.days[rows])


@dataclass(frozen=True)
class Amounts:
    """Money in hundredths; NOTHING where there is no amount."""

    cents: Ints

    def __len__(self) -> int:
        return len(self.cents)

    def take(self, rows: Ints) -> Self:
        """These rows only."""
        return replace(self, cents=self.cents[rows])


@dataclass(frozen=True)
class Numbers:
    """Counts, shares of 1, seconds, stars; NaN where there is none."""

    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Ints) -> Self:
        """These rows only."""
        return replace(self, values=self.values[rows])


@dataclass(frozen=True)
class Joined:
    """Text made of several columns, one after the other; parts that are nothing add nothing."""

    parts: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.parts[0])

    def take(self, rows: Ints) -> Self:
        """These rows only."""
        return replace(self, parts=tuple(part.take(rows) for part in self.parts))


@dataclass(frozen=True)
class Of:
    """What another table says of the row at ``index``: an order's time on each of its lines."""

    column: Column
    index: Ints

    def __len__(self) -> int:
        return len(self.index)

    def take(self, rows: Ints) -> Self:
        """These rows only."""
        return replace(self, index=self.index[rows])


def counts(numbers: Ints) -> Numbers:
    """Whole numbers."""
    return Numbers(numbers.astype(np.float64))


def same(text: str, count: int) -> Names:
    """One text on every row."""
    return Names([text], np.zeros(count, dtype=np.int64))


def yes_no(flags: Flags) -> Names:
    """The terms of ``yes_no``."""
    return Names(["no", "yes"], flags.astype(np.int64))


def some(column: Names, shown: Flags) -> Names:
    """A column with nothing where it is not shown."""
    return Names([*column.names, ""], np.where(shown, column.index, len(column.names)))


def known_only(numbers: Ints, shown: Flags) -> Ints:
    """Numbers of ids or amounts, with NOTHING where they are not shown."""
    shown_numbers: Ints = np.where(shown, numbers, NOTHING)
    return shown_numbers
