"""What was planted into a sample and how much of it came true by `until`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from aftersales.sample.catalogue import (
    EXCHANGE,
    REPAIR,
    Catalogue,
    Ints,
    Shift,
    Shop,
)
from aftersales.sample.complaint_truth import ComplaintTally, ComplaintTruth
from aftersales.sample.desk import PACES, paces
from aftersales.sample.desk_truth import DeskTally, DeskTruth
from aftersales.sample.flow_truth import FlowTally, FlowTruth
from aftersales.sample.layout import read as read_layout
from aftersales.sample.plan import DAY, NEVER, Plan, promotions, seconds
from aftersales.sample.tables.shop import (
    CASE_TYPES,
    ORDER_STATUSES,
    PHONES,
    PROGRESS,
    case_progress,
    order_status,
)
from aftersales.sample.tables.world import World
from aftersales.sample.trade import NOT_DONE, Block, Cases

FILE_NAME = "_truth.json"
# Days after which it is told how many lines were exchanged.
AGES = (15, 30, 60)


@dataclass
class Exchange:
    """Exchanges of one product in one shop, from one batch.

    Attributes:
        hazard: planted probability that a paid line is ever exchanged.
        paid_orders: orders paid by `until` that hold it; one line each.
        exchange_orders: those with an exchange applied for by `until`.
        exchange_orders_ever: those with an exchange at all, also after `until`.
        first_exchanges: those whose first case is an exchange so many days after payment at most,
            by local days and also after `until`.
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
    first_exchanges: dict[str, int] = field(default_factory=dict)


@dataclass
class Responses:
    """First human answers of one shop and shift, in usual weeks or in one planted to be slow.

    Attributes:
        median_seconds: planted.
        hours: which seconds the planted median is of: all of them, or working ones.
        missed_share: planted, of the questions that are not handed to a colleague.
        realised_median_seconds: over the answered ones; None without any.
        realised_working_median_seconds: the same in seconds of the team's hours; None of a team
            without any.
    """

    shop: str
    shift: str
    from_hour: int
    week: str
    median_seconds: float
    sigma: float
    missed_share: float
    hours: str
    conversations: int = 0
    answered: int = 0
    answered_within_3min: int = 0
    realised_median_seconds: float | None = None
    realised_working_median_seconds: float | None = None


@dataclass
class Event:
    """Something planted, with the local days it holds on, both inclusive."""

    name: str
    since: date
    until: date
    what: str
    shops: list[str]


@dataclass
class Truth:
    """A sample's planted truth; written beside it as `_truth.json`.

    Attributes:
        orders: rows over all shops, each order once.
        files: data rows of each file, by path below the folder.
        order_statuses: orders by shop and status at the end of `until`.
        cases: cases applied for by `until`, by shop, type and 退款状态.
        open_cases: those not finished by then, by shop and type.
        causes: cases applied for by `until`, by shop and cause, of each product and of each week
            (by its Monday).
        desk: what happened at the service desk.
        flow: how exchanges, repairs and disputes went.
        complaints: what buyers wrote about, and how they were answered.
        violations: numbers of the exchanges that were repaired instead, by shop.
        rule_violations: numbers of the cases that break a control rule, by shop and the rule's id:
            those its files can show, planted or not.
        corrected: numbers of the cases an older export says the wrong amount of, by shop.
        late: numbers of the cases an older export lacks although it should list them, by shop.
        canaries: text that must never be seen in anything made for readers.
    """

    orders: int
    seed: int
    months: int
    since: date
    until: date
    is_flat: bool
    shops: dict[str, dict[str, Any]]
    files: dict[str, int] = field(default_factory=dict)
    order_statuses: dict[str, dict[str, int]] = field(default_factory=dict)
    cases: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    open_cases: dict[str, dict[str, int]] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    responses: list[Responses] = field(default_factory=list)
    desk: DeskTruth = field(default_factory=DeskTruth)
    flow: FlowTruth = field(default_factory=FlowTruth)
    complaints: ComplaintTruth = field(default_factory=ComplaintTruth)
    events: list[Event] = field(default_factory=list)
    causes: dict[str, dict[str, dict[str, dict[str, int]]]] = field(default_factory=dict)
    violations: dict[str, list[str]] = field(default_factory=dict)
    rule_violations: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    corrected: dict[str, list[str]] = field(default_factory=dict)
    late: dict[str, list[str]] = field(default_factory=dict)
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
        self._kinds = self._words("taobao_refund", "是否需要退货", CASE_TYPES)
        self._cases: dict[str, Counter[str]] = {word: Counter() for word in self._kinds}
        self._open: Counter[str] = Counter()
        # Rows: paid orders, paid units, exchanges ever, applied for, their units, swapped; ages.
        self._exchanges = np.zeros((6 + len(AGES), 2, len(known.skus)), dtype=np.int64)
        # Rows: causes; columns: products, then weeks from the Monday of the first day.
        self._monday = seconds(plan.start) // DAY - plan.start.weekday()
        weeks = (int(plan.days[-1]) - self._monday) // 7 + 2
        self._causes = np.zeros((len(known.causes), len(known.skus) + weeks), dtype=np.int64)
        self._odd: dict[str, list[str]] = {"violations": [], "corrected": [], "late": []}
        self._desk = DeskTally(shop, plan)
        self._flow = FlowTally(known, shop, plan)
        self._complaints = ComplaintTally(known, shop, plan)
        self._waits: list[Ints] = []
        self._working_waits: list[Ints] = []
        self._groups: list[Ints] = []

    def add(self, world: World) -> None:
        """Count a block."""
        block, chats, as_of = world.block, world.chats, self._plan.as_of
        counted = np.bincount(order_status(block, as_of), minlength=len(ORDER_STATUSES))
        statuses = self._words("taobao_order_legacy", "订单状态", ORDER_STATUSES)
        self._statuses.update(dict(zip(statuses, counted.tolist(), strict=True)))
        cases = block.cases
        words = self._words("taobao_refund", "退款状态", PROGRESS)
        progress = case_progress(cases, as_of)
        for index in np.flatnonzero(cases.applied <= as_of).tolist():
            kind = self._kinds[cases.case_type[index]]
            self._cases[kind][words[progress[index]]] += 1
            self._open[kind] += int(cases.finished[index] > as_of)
        self._add_exchanges(block)
        self._add_causes(block)
        self._add_oddities(cases)
        started = chats.started <= as_of
        answered = chats.replied[:, 0] <= as_of
        wait = np.where(answered, chats.replied[:, 0] - chats.started, NEVER)
        self._waits.append(wait[started])
        self._working_waits.append(np.where(answered, chats.waited, NEVER)[started])
        self._groups.append((chats.shift * len(PACES) + chats.pace)[started])
        self._desk.add(world)
        self._flow.add(world)
        self._complaints.add(world)

    def _add_exchanges(self, block: Block) -> None:
        lines, cases, as_of = block.lines, block.cases, self._plan.as_of
        width = len(self._known.skus)
        place = lines.is_bad_batch * width + lines.sku
        paid = block.orders.paid[lines.order] <= as_of
        swaps = cases.case_type == EXCHANGE
        applied = swaps & (cases.applied <= as_of)
        swapped = applied & (cases.finished <= as_of) & ~np.isin(cases.outcome, NOT_DONE)
        swapped &= cases.done_type == EXCHANGE
        # An order's line is exchanged once, however often it is asked for.
        ever, asked, done = (np.unique(cases.line[of]) for of in (swaps, applied, swapped))
        within = self._first_exchanges(block)
        counted = [
            np.bincount(place[paid], minlength=2 * width),
            np.bincount(place[paid], lines.units[paid], 2 * width),
            np.bincount(place[ever], minlength=2 * width),
            np.bincount(place[asked], minlength=2 * width),
            np.bincount(place[asked], lines.units[asked], 2 * width),
            np.bincount(place[done], minlength=2 * width),
            *(np.bincount(place[paid & (within <= age)], minlength=2 * width) for age in AGES),
        ]
        self._exchanges += np.array(counted).astype(np.int64).reshape(self._exchanges.shape)

    def _first_exchanges(self, block: Block) -> Ints:
        """Days from payment to the first case of every line, where that is an exchange."""
        lines, cases, wall = block.lines, block.cases, self._plan.clock.wall
        # The cases a line had from the beginning come before those that follow.
        line, first = np.unique(cases.line, return_index=True)
        swaps = cases.case_type[first] == EXCHANGE
        line, first = line[swaps], first[swaps]
        days = np.full(len(lines.order), NEVER)
        paid = block.orders.paid[lines.order[line]]
        days[line] = wall(cases.applied[first]) // DAY - wall(paid) // DAY
        return days

    def _add_causes(self, block: Block) -> None:
        cases, width = block.cases, self._causes.shape[1]
        seen = cases.applied <= self._plan.as_of
        week = (self._plan.clock.wall(cases.applied) // DAY - self._monday) // 7
        for place in (block.lines.sku[cases.line], len(self._known.skus) + week):
            at = (cases.cause * width + place)[seen]
            self._causes += np.bincount(at, minlength=self._causes.size).reshape(self._causes.shape)

    def _add_oddities(self, cases: Cases) -> None:
        as_of, older = self._plan.as_of, self._plan.older_as_of
        done = (cases.finished <= as_of) & ~np.isin(cases.outcome, NOT_DONE)
        found = {
            "violations": done & (cases.case_type == EXCHANGE) & (cases.done_type == REPAIR),
            "corrected": cases.wrong_cents != cases.cents,
            "late": (cases.listed > older) & (cases.applied <= older),
        }
        for name, which in found.items():
            numbers = cases.number[which & (cases.applied <= as_of)].tolist()
            self._odd[name] += [str(number) for number in numbers]

    def _cause_counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """Cases of each cause, by product and by week."""
        skus, first = self._known.skus, date(1970, 1, 1) + timedelta(days=self._monday)
        counted = {}
        for cause, row in zip(self._known.causes, self._causes.tolist(), strict=True):
            weeks = [str(first + timedelta(weeks=n)) for n in range(len(row) - len(skus))]
            counted[cause] = {
                "skus": {sku: n for sku, n in zip(skus, row, strict=False) if n},
                "weeks": {week: n for week, n in zip(weeks, row[len(skus) :], strict=True) if n},
            }
        return counted

    def _words(self, layout: str, header: str, terms: list[str]) -> list[str]:
        """The platform's words for our terms where its exports have them; else our terms."""
        if self._shop.platform != "taobao":
            return terms
        words = read_layout(layout).cell(header).words
        return [words.get(term, term) for term in terms]

    def report(self, truth: Truth) -> None:
        """Write this shop's counts into `truth`."""
        shop = self._shop.shop_id
        truth.order_statuses[shop] = dict(self._statuses)
        truth.cases[shop] = {
            kind: dict(sorted(words.items())) for kind, words in self._cases.items()
        }
        truth.open_cases[shop] = dict(self._open)
        truth.causes[shop] = self._cause_counts()
        for name, numbers in self._odd.items():
            getattr(truth, name)[shop] = numbers
        truth.exchanges += self._exchange_rows()
        truth.responses += self._response_rows()
        self._desk.report(truth.desk)
        self._flow.report(truth.flow, truth.rule_violations)
        self._complaints.report(truth.complaints)

    def _exchange_rows(self) -> list[Exchange]:
        known, rows = self._known, []
        for sku, name in enumerate(known.skus):
            for bad, batch in enumerate(("usual", "bad")):
                if bad and (sku != known.bad_sku or self._plan.is_flat):
                    continue
                orders, units, ever, applied, applied_units, swapped, *within = (
                    int(count) for count in self._exchanges[:, bad, sku]
                )
                hazard = float(known.hazards[sku, EXCHANGE])
                span = self._plan.spans.get("bad_batch")
                times = span.facts["times"] if span and bad else 1
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
                        first_exchanges=dict(zip(map(str, AGES), within, strict=True)),
                    )
                )
        return rows

    def _response_rows(self) -> list[Responses]:
        waits, groups = np.concatenate(self._waits), np.concatenate(self._groups)
        working_waits = np.concatenate(self._working_waits)
        rows = []
        for index, shift in enumerate(self._known.shifts):
            for pace, (week, times) in enumerate(zip(PACES, paces(self._plan), strict=True)):
                if not self._has_pace(week, shift):
                    continue
                group = groups == index * len(PACES) + pace
                all_of, working = waits[group], working_waits[group]
                answered = all_of[all_of < NEVER]
                rows.append(
                    Responses(
                        shop=self._shop.shop_id,
                        shift=shift.name,
                        from_hour=shift.from_hour,
                        week=week,
                        median_seconds=shift.median * times,
                        sigma=shift.sigma,
                        missed_share=shift.missed,
                        hours="all" if self._shop.hours is None else "working",
                        conversations=len(all_of),
                        answered=len(answered),
                        answered_within_3min=int((answered <= 180).sum()),
                        realised_median_seconds=_median(answered),
                        realised_working_median_seconds=None
                        if self._shop.hours is None
                        else _median(working[working < NEVER]),
                    )
                )
        return rows

    def _has_pace(self, week: str, shift: Shift) -> bool:
        """Whether the shift has questions of such a week."""
        spans = self._plan.spans
        if week == "slow_nights":
            return week in spans and shift.name == spans[week].facts["shift"]
        return week == "usual" or "slow_week" in spans


def _median(waits: Ints) -> float | None:
    return float(np.median(waits)) if len(waits) else None


# What the events of the catalogue do, told with their facts.
_WHAT = {
    "bad_batch": "{sku} ordered in these days is exchanged {times} times as often",
    "slow_week": "human answers take {times} times as long",
    "slow_nights": "answers to what is asked in the {shift} shift take {times} times as long",
    "strike": "parcels of carrier {carrier} shipped in these days come {late_hours} hours later",
    "stolen_parcels": "{refund:.0%} of the lines signed for in region {region} are said to be lost",
    "coupon_bug": "{refund:.0%} of the lines ordered ask for a price difference",
    "canned_answers": "{agent} answers everything with nearly the same words",
    "repairs_instead": "{sku} is repaired where an exchange was asked for and promised",
    "corrections": "the older export has wrong amounts ({amounts:.0%}) and lacks late cases",
    "transfers": "{share:.0%} of the questions go to a colleague, {unanswered:.0%} of them in vain",
    "recalls": "{share:.0%} of the answers come after one that was taken back",
    "handoffs": "{share:.0%} of those a robot greets ask for a person",
    "call_backs": "{share:.0%} of the callers nobody spoke with are called back",
    "bulk_send": "{agent} sends one text to everybody who wrote in the {reach_days} days before",
    "exchange_flow": "exchanges are done wrongly, refused, turned into refunds and asked for again",
    "price_cut": "{share:.0%} of those who ask about no case complain of {about}",
    "new_topic": "{share:.0%} of those who ask about no case speak of something no category knows",
    "cold_agent": "{agent} takes up what upsets people first in {first:.0%} of the answers only",
    "unreported": "{share:.0%} of what the platform gets wrong is passed on",
    "ticket_life": "{held:.0%} of the tickets are put on hold, {reopened:.0%} opened again",
}


def planted_events(plans: Sequence[Plan]) -> list[Event]:
    """What happens to the sample merchant, with its days."""
    events = {
        name: Event(name, span.since, span.until, _WHAT[name].format(**span.facts), [])
        for plan in plans
        for name, span in plan.spans.items()
    }
    for plan in plans:
        for name in plan.spans:
            events[name].shops.append(plan.shop.shop_id)
    shops = [plan.shop.shop_id for plan in plans]
    return [
        *events.values(),
        *(
            Event(f"double_{day.month}", day, day, "several times the orders", shops)
            for day in promotions(plans[0])
        ),
    ]


def canaries(known: Catalogue) -> list[str]:
    """The invented personal data, as text to search outputs for."""
    people = known.told["people"]
    return [people["nick"], people["name"], people["street"], people["account"], *PHONES]
