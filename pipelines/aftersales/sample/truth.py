"""What was planted into a sample and how much of it came true by `until`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from aftersales.sample.catalogue import (
    EXCHANGE,
    Catalogue,
    Ints,
    Shop,
)
from aftersales.sample.desk import Chats
from aftersales.sample.layouts import CASE_WORDS, ORDER_STATUSES, PHONES, case_status, order_status
from aftersales.sample.plan import NEVER, Plan
from aftersales.sample.trade import DROPPED, Block

FILE_NAME = "_truth.json"


@dataclass
class Exchange:
    """Exchanges of one product in one shop, from one batch.

    Attributes:
        hazard: planted probability that a paid line is ever exchanged.
        paid_orders: orders paid by `until` that hold it; one line each.
        exchange_orders: those with an exchange applied for by `until`.
        exchange_orders_ever: those with an exchange at all, also after `until`.
    """

    shop: str
    sku: str
    title: str
    batch: str
    hazard: float
    paid_orders: int = 0
    paid_units: int = 0
    exchange_orders: int = 0
    exchange_units: int = 0
    exchange_orders_swapped: int = 0
    exchange_orders_ever: int = 0


@dataclass
class Responses:
    """First human answers of one shop and shift, in usual weeks or in the slow one.

    Attributes:
        median_seconds: planted.
        realised_median_seconds: over the answered ones; None without any.
    """

    shop: str
    shift: str
    from_hour: int
    week: str
    median_seconds: float
    sigma: float
    missed_share: float
    conversations: int = 0
    answered: int = 0
    answered_within_3min: int = 0
    realised_median_seconds: float | None = None


@dataclass
class Event:
    """Something planted, with the local days it holds on, both inclusive."""

    name: str
    since: date
    until: date
    what: str


@dataclass
class Truth:
    """A sample's planted truth; written beside it as `_truth.json`.

    Attributes:
        orders: rows over all shops, each order once.
        files: data rows of each file, by path below the folder.
        order_statuses: orders by shop and status at the end of `until`.
        cases: cases applied for by `until`, by shop, type and 退款状态.
        open_cases: those not finished by then, by shop and type.
        canaries: text that must never be seen in anything made for readers.
    """

    orders: int
    seed: int
    months: int
    since: date
    until: date
    shops: dict[str, dict[str, Any]]
    files: dict[str, int] = field(default_factory=dict)
    order_statuses: dict[str, dict[str, int]] = field(default_factory=dict)
    cases: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    open_cases: dict[str, dict[str, int]] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    responses: list[Responses] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    canaries: list[str] = field(default_factory=list)

    def save(self, folder: Path) -> Path:
        """Write `_truth.json` into `folder`; returns its path."""
        path = folder / FILE_NAME
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, default=str)
        path.write_text(text + "\n", encoding="utf-8")
        return path


class Tally:
    """Counts one shop's blocks as they are drawn."""

    def __init__(self, known: Catalogue, shop: Shop, plan: Plan) -> None:
        self._known, self._shop, self._plan = known, shop, plan
        self._statuses: Counter[str] = Counter()
        self._cases: dict[str, Counter[str]] = {word: Counter() for word in CASE_WORDS}
        self._open: Counter[str] = Counter()
        # Rows: paid orders, paid units, exchanges ever, applied for, their units, swapped.
        self._exchanges = np.zeros((6, 2, len(known.skus)), dtype=np.int64)
        self._waits: list[Ints] = []
        self._groups: list[Ints] = []

    def add(self, block: Block, chats: Chats) -> None:
        """Count a block."""
        as_of = self._plan.as_of
        counted = np.bincount(order_status(block, as_of), minlength=len(ORDER_STATUSES))
        self._statuses.update(dict(zip(ORDER_STATUSES, counted.tolist(), strict=True)))
        cases = block.cases
        words = case_status(cases, as_of)
        for index in np.flatnonzero(cases.applied <= as_of).tolist():
            kind = CASE_WORDS[cases.case_type[index]]
            self._cases[kind][words[index]] += 1
            self._open[kind] += int(cases.finished[index] > as_of)
        self._add_exchanges(block)
        started = chats.started <= as_of
        answered = chats.replied[:, 0] <= as_of
        wait = np.where(answered, chats.replied[:, 0] - chats.started, NEVER)
        self._waits.append(wait[started])
        self._groups.append((chats.shift * 2 + chats.is_slow_week)[started])

    def _add_exchanges(self, block: Block) -> None:
        lines, cases, as_of = block.lines, block.cases, self._plan.as_of
        width = len(self._known.skus)
        place = lines.is_bad_batch * width + lines.sku
        paid = block.orders.paid[lines.order] <= as_of
        swaps = cases.case_type == EXCHANGE
        applied = swaps & (cases.applied <= as_of)
        swapped = applied & (cases.finished <= as_of) & (cases.outcome != DROPPED)
        counted = [
            np.bincount(place[paid], minlength=2 * width),
            np.bincount(place[paid], lines.units[paid], 2 * width),
            np.bincount(place[cases.line[swaps]], minlength=2 * width),
            np.bincount(place[cases.line[applied]], minlength=2 * width),
            np.bincount(place[cases.line[applied]], lines.units[cases.line[applied]], 2 * width),
            np.bincount(place[cases.line[swapped]], minlength=2 * width),
        ]
        self._exchanges += np.array(counted).astype(np.int64).reshape(self._exchanges.shape)

    def report(self, truth: Truth) -> None:
        """Write this shop's counts into `truth`."""
        shop = self._shop.shop_id
        truth.order_statuses[shop] = dict(self._statuses)
        truth.cases[shop] = {
            kind: dict(sorted(words.items())) for kind, words in self._cases.items()
        }
        truth.open_cases[shop] = dict(self._open)
        truth.exchanges += self._exchange_rows()
        truth.responses += self._response_rows()

    def _exchange_rows(self) -> list[Exchange]:
        known, rows = self._known, []
        for sku, name in enumerate(known.skus):
            for bad, batch in enumerate(("usual", "bad")):
                if bad and sku != known.bad_sku:
                    continue
                orders, units, ever, applied, applied_units, swapped = (
                    int(count) for count in self._exchanges[:, bad, sku]
                )
                hazard = float(known.hazards[sku, EXCHANGE])
                times = known.told["bad_batch"]["times"] if bad else 1
                rows.append(
                    Exchange(
                        shop=self._shop.shop_id,
                        sku=name,
                        title=known.titles[sku],
                        batch=batch,
                        hazard=round(hazard * times, 6),
                        paid_orders=orders,
                        paid_units=units,
                        exchange_orders=applied,
                        exchange_units=applied_units,
                        exchange_orders_swapped=swapped,
                        exchange_orders_ever=ever,
                    )
                )
        return rows

    def _response_rows(self) -> list[Responses]:
        waits, groups = np.concatenate(self._waits), np.concatenate(self._groups)
        rows = []
        for index, shift in enumerate(self._known.shifts):
            for slow, week in enumerate(("usual", "slow")):
                all_of = waits[groups == index * 2 + slow]
                answered = all_of[all_of < NEVER]
                rows.append(
                    Responses(
                        shop=self._shop.shop_id,
                        shift=shift.name,
                        from_hour=shift.from_hour,
                        week=week,
                        median_seconds=shift.median * (self._plan.slow_times if slow else 1),
                        sigma=shift.sigma,
                        missed_share=shift.missed,
                        conversations=len(all_of),
                        answered=len(answered),
                        answered_within_3min=int((answered <= 180).sum()),
                        realised_median_seconds=float(np.median(answered))
                        if len(answered)
                        else None,
                    )
                )
        return rows


def planted_events(known: Catalogue, plan: Plan) -> list[Event]:
    """What happens to the sample merchant, with its days."""
    batch = known.told["bad_batch"]
    slow = plan.slow_week_from
    return [
        Event(
            "bad_batch",
            plan.bad_batch_from,
            plan.until,
            f"{batch['sku']} ordered in these days is exchanged {batch['times']} times as often",
        ),
        Event(
            "slow_week",
            slow,
            slow + timedelta(days=6),
            f"human answers take {plan.slow_times} times as long",
        ),
        *(
            Event("double_11", date(year, 11, 11), date(year, 11, 11), "six times the orders")
            for year in range(plan.start.year, plan.until.year + 1)
            if plan.start <= date(year, 11, 11) <= plan.until
        ),
    ]


def canaries(known: Catalogue) -> list[str]:
    """The invented personal data, as text to search outputs for."""
    people = known.told["people"]
    return [people["nick"], people["name"], people["street"], people["account"], *PHONES]
