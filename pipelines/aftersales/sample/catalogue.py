"""The sample merchant as arrays: shops, products, causes and texts of catalogue.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftersales.contracts import read_yaml

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_DAY = 86_400
_EPOCH = date(1970, 1, 1)
# Working days are laid out until its end.
_LAST_YEAR = 2100

# The order of the columns of ``Catalogue.hazards``; a line's case type is an index into it.
CASE_TYPES = ("exchange", "return", "refund", "reship", "repair")
EXCHANGE, RETURN, REFUND, RESHIP, REPAIR = range(5)


@dataclass(frozen=True)
class Pool:
    """Texts in groups, laid end to end so that picks can be drawn for a whole block at once.

    Attributes:
        texts: all texts.
        first: where each group begins in ``texts``.
        size: how many texts each group has.
    """

    texts: list[str]
    first: Ints
    size: Ints

    @classmethod
    def of(cls, groups: list[list[str]]) -> Pool:
        """A pool of these groups, in their order."""
        size = np.array([len(group) for group in groups], dtype=np.int64)
        texts = [text for group in groups for text in group]
        return cls(texts, np.cumsum(size) - size, size)

    def pick(self, rng: np.random.Generator, groups: Ints) -> Ints:
        """Indices into ``texts``, one drawn from each of the given groups."""
        return self.first[groups] + rng.integers(0, self.size[groups])


@dataclass(frozen=True)
class Holiday:
    """A day off such as the fourth Thursday of November; Monday is day 1 of the week."""

    title: str
    month: int
    weekday: int
    turn: int

    def of(self, year: int) -> date:
        """Its day in a year."""
        first = date(year, self.month, 1)
        return first + timedelta((self.weekday - first.isoweekday()) % 7 + 7 * (self.turn - 1))


@dataclass(frozen=True)
class Hours:
    """When a team works: on the first ``days`` days of the week, the same hours each.

    Attributes:
        begins: seconds after midnight.
        ends: seconds after midnight.
        holidays: days it does not work in any year.
    """

    begins: int
    ends: int
    days: int
    holidays: tuple[Holiday, ...] = ()

    def later(self, times: Ints, seconds: Ints) -> Ints:
        """When so many working seconds have passed; times of the clock on the wall.

        What lies beyond the days laid out is put at their end.
        """
        day = np.minimum(times // _DAY, len(self._works) - 1)
        begun = np.clip(times - day * _DAY - self.begins, 0, self._length)
        worked = self._before[day] + np.where(self._works[day], begun, 0) + seconds
        reached_on = np.searchsorted(self._before, worked, side="left") - 1
        reached: Ints = reached_on * _DAY + self.begins + worked - self._before[reached_on]
        return reached

    @property
    def _length(self) -> int:
        return self.ends - self.begins

    @cached_property
    def _works(self) -> Flags:
        """Whether it works on each day since 1970."""
        day = np.arange((date(_LAST_YEAR + 1, 1, 1) - _EPOCH).days)
        # 1 January 1970 was a Thursday: three days after a Monday.
        works: Flags = (day + 3) % 7 < self.days
        for holiday in self.holidays:
            works[[(holiday.of(year) - _EPOCH).days for year in range(1970, _LAST_YEAR + 1)]] = (
                False
            )
        return works

    @cached_property
    def _before(self) -> Ints:
        """Working seconds before each of these days."""
        before: Ints = np.concatenate([[0], np.cumsum(self._works * self._length)])
        return before


@dataclass(frozen=True)
class Shift:
    """How fast a shift answers: lognormal with this median (seconds) and sigma."""

    name: str
    from_hour: int
    median: float
    sigma: float
    missed: float


@dataclass(frozen=True)
class Shop:
    """One sample shop; ``share`` of all orders are its own.

    Attributes:
        opened: its first day, from which its promises hold.
        exports: layouts of the files it exports; the first is its order report.
        exports_twice: its order and refund reports come twice, over times that overlap.
        zone: IANA zone of its clock.
        language: of its customers, its people and its listings.
        hours: when its people answer; None: round the clock. The waits of its shifts are then
            seconds of these hours.
        shifts: its own; none: those all shops have.
        is_ticketed: its conversations are tickets with comments, not chats.
    """

    shop_id: str
    title: str
    opened: date
    share: float
    exports: list[str]
    exports_twice: bool
    agents: list[str]
    bot: str
    platform: str = "taobao"
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    language: str = "zh"
    hours: Hours | None = None
    shifts: tuple[Shift, ...] = ()
    is_ticketed: bool = False

    @classmethod
    def of(cls, name: str, told: Mapping[str, Any]) -> Shop:
        """The shop of this name in catalogue.yml."""
        facts = dict(told) | {"opened": date.fromisoformat(told["opened"])}
        if hours := facts.pop("hours", None):
            off = tuple(Holiday(title, *when) for title, when in hours["holidays"].items())
            facts["hours"] = Hours(hours["from"] * 3_600, hours["to"] * 3_600, hours["days"], off)
        facts["shifts"] = tuple(Shift(n, **f) for n, f in facts.pop("shifts", {}).items())
        return cls(name, **facts)


@dataclass(frozen=True)
class Catalogue:
    """Everything the drawing needs, arrays by product in the order of ``skus``.

    Attributes:
        hazards: products by CASE_TYPES: probability that a paid line ends in that case.
        kind: index of the product's kind (wear, device, goods).
        mixes: cumulative probability of each cause, by row of ``mix_names``.
        leaves: what buyers write of a cause, as grievances.yml names it.
        talk_of_cause: index of the talk a cause leads to.
        is_even: all products are as good and all shifts as fast as one another.
    """

    shops: list[Shop]
    shifts: list[Shift]
    skus: list[str]
    titles: list[str]
    cents: Ints
    popularity: Floats
    hazards: Floats
    kind: Ints
    kinds: list[str]
    options: Pool
    mixes: Floats
    mix_names: list[str]
    reasons: Pool
    leaves: Pool
    causes: list[str]
    talk_of_cause: Ints
    talks: list[str]
    told: dict[str, Any]
    is_even: bool = False

    @property
    def bad_sku(self) -> int:
        """Index of the product with the bad batch."""
        return self.skus.index(self.told["events"]["bad_batch"]["sku"])

    def mix(self, name: str) -> int:
        """Row of ``mixes`` called ``type.kind``."""
        return self.mix_names.index(name)

    def talk(self, name: str) -> int:
        """Index of a talk."""
        return self.talks.index(name)

    def of_shop(self, shop: Shop) -> Catalogue:
        """The merchant as one shop shows it: in its language, with its shifts."""
        own = catalogue(shop.language)
        shown = replace(own, hazards=self.hazards, shifts=list(shop.shifts) or self.shifts)
        return shown.evened() if self.is_even else shown

    def evened(self) -> Catalogue:
        """The merchant with all products as good and all shifts as fast as one another."""
        mean = self.popularity @ self.hazards
        first = self.shifts[0]
        return replace(
            self,
            hazards=np.tile(mean, (len(self.skus), 1)),
            shifts=[replace(first, name=s.name, from_hour=s.from_hour) for s in self.shifts],
            is_even=True,
        )


@cache
def catalogue(language: str = "zh") -> Catalogue:
    """The merchant of catalogue.yml, in Chinese or in the language of a file laid over it."""
    told = read_yaml(Path(__file__).with_name("catalogue.yml"))
    if language != "zh":
        told = _over(told, read_yaml(Path(__file__).with_name(f"catalogue.{language}.yml")))
    products, causes, talks = told["products"], told["causes"], told["talks"]
    kinds = sorted({facts["kind"] for facts in products.values()})
    weights = np.array([facts["weight"] for facts in products.values()], dtype=np.float64)
    return Catalogue(
        shops=[Shop.of(name, facts) for name, facts in told["shops"].items()],
        shifts=[Shift(name, **facts) for name, facts in told["shifts"].items()],
        skus=list(products),
        titles=[facts["title"] for facts in products.values()],
        cents=np.array([facts["price"] * 100 for facts in products.values()], dtype=np.int64),
        popularity=weights / weights.sum(),
        hazards=np.array([[facts[case] for case in CASE_TYPES] for facts in products.values()]),
        kind=np.array([kinds.index(facts["kind"]) for facts in products.values()]),
        kinds=kinds,
        options=Pool.of([facts["options"] for facts in products.values()]),
        mixes=_cumulative(told["mixes"], list(causes)),
        mix_names=list(told["mixes"]),
        reasons=Pool.of([facts["reasons"] for facts in causes.values()]),
        leaves=Pool.of([facts["leaves"] for facts in causes.values()]),
        causes=list(causes),
        talk_of_cause=np.array([list(talks).index(facts["talk"]) for facts in causes.values()]),
        talks=list(talks),
        told=told,
    )


def _over(told: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Facts with those of another file laid over them, key by key."""
    return told | {
        key: _over(told[key], facts) if isinstance(facts, dict) else facts
        for key, facts in other.items()
    }


def _cumulative(mixes: dict[str, dict[str, float]], causes: list[str]) -> Floats:
    """Cumulative shares of the causes, one row a mix."""
    weights = np.array([[mix.get(cause, 0) for cause in causes] for mix in mixes.values()], float)
    shares: Floats = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    shares[:, -1] = 1.0
    return shares


def choose(rng: np.random.Generator, cumulative: Floats) -> Ints:
    """One column index drawn by each row of cumulative probabilities; the width where none is."""
    drawn = rng.random(len(cumulative))[:, None]
    picked: Ints = (drawn >= cumulative).sum(axis=1)
    return picked
