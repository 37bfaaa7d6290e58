"""How exchanges, repairs and disputes went by `until`, and which rules they break, case by case.

Counted over what was drawn, whether planted or by chance, as far as the shop's own files tell it: a
shop without a register breaks no rule that only a register can show.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from aftersales.sample.catalogue import (
    EXCHANGE,
    REFUND,
    REPAIR,
    RETURN,
    Catalogue,
    Flags,
    Ints,
    Shop,
)
from aftersales.sample.flow import FOR_BUYER, RULINGS
from aftersales.sample.layout import read as read_layout
from aftersales.sample.plan import DAY, HOUR, NEVER, Plan
from aftersales.sample.tables.register import is_last_word, registered
from aftersales.sample.tables.shop import REJECTED_CASE, STATUSES, case_progress
from aftersales.sample.tables.world import World
from aftersales.sample.trade import CONVERTED, DONE, SWAPPED_CLOSED

_LIMIT = 48 * HOUR
_WINDOW = 15 * DAY
_REFUND_DAYS = 7 * DAY
_REPEAT_DAYS = 90 * DAY
# The stages of an exchange, each from one of its times to the next.
_STEPS = {
    "review": ("applied", "reviewed"),
    "buyer_ships": ("reviewed", "sent_back"),
    "return_transit": ("sent_back", "received"),
    "inspection": ("received", "inspected"),
    "reshipping": ("inspected", "reshipped"),
    "delivery": ("reshipped", "delivered"),
}
_AGREED = ["approved", "returned", "accepted", "reshipped", "converted", "refunded", "completed"]


@dataclass
class FlowTruth:
    """By shop; what a shop's files do not tell is not counted there.

    Attributes:
        exchanges: of those applied for: done by their export's word or by the register, converted,
            asked for again on the same line (for the same reason too: ``same_reason``), fast,
            refused at first or for good, and the rounds of all of them together.
        stages: by stage, how many exchanges of the register went through it and their seconds;
            without fast ones, and without times that run backwards.
        refusals: how often each reason is in the log.
        disputes: cases the platform was asked about, those decided, and for whom by the register.
        repairs: done, repeated on the same line, visits asked for, made, made in time, and missed.
    """

    exchanges: dict[str, dict[str, int]] = field(default_factory=dict)
    stages: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    refusals: dict[str, dict[str, int]] = field(default_factory=dict)
    disputes: dict[str, dict[str, int]] = field(default_factory=dict)
    repairs: dict[str, dict[str, int]] = field(default_factory=dict)


class FlowTally:
    """Counts one shop's cases as its blocks are drawn."""

    def __init__(self, known: Catalogue, shop: Shop, plan: Plan) -> None:
        self._known, self._shop, self._plan = known, shop, plan
        self._tables = {read_layout(name).table for name in shop.exports}
        self._rules: dict[str, list[str]] = {}
        self._tells_differences = False
        self._counted: dict[str, Counter[str]] = {
            name: Counter() for name in ("exchanges", "refusals", "disputes", "repairs")
        }
        self._stages: dict[str, Counter[str]] = {name: Counter() for name in _STEPS}

    def add(self, world: World) -> None:
        """Count a block."""
        if "shop.case" not in self._tables:
            return
        seen = _Seen(world, has_register="shop.case_record" in self._tables)
        number = world.block.cases.number
        for rule, which in self._broken(seen).items():
            found = self._rules.setdefault(rule, [])
            found += [str(n) for n in number[which & seen.listed].tolist()]
        self._tells_differences |= bool((seen.noted & seen.at(seen.books.told)).any())
        self._add_exchanges(seen)
        self._add_others(seen)

    def _broken(self, seen: _Seen) -> dict[str, Flags]:
        """Which cases break a rule."""
        cases, at = seen.cases, seen.at
        completed = seen.world.block.orders.completed[cases.order]
        is_late = (cases.case_type == EXCHANGE) & (cases.applied > completed + _WINDOW)
        waits = (seen.status == "applied") & seen.is_open & ~cases.is_automatic
        reviewed = np.where(seen.noted, cases.reviewed, seen.as_of)
        overdue = (seen.noted | waits) & (reviewed - cases.applied > _LIMIT)
        rules = {"EX-03": is_late, "EX-18": seen.open_before > 0, "SV-01": overdue}
        skus, told = self._known.skus, self._known.told
        if "reference.special_goods" in self._tables:
            goods = told["special_goods"]
            barred = np.array([goods.get(sku, {}).get("exchange") == "no" for sku in skus])
            rules["EX-05"] = (cases.case_type == EXCHANGE) & barred[seen.sku] & ~seen.is_refused
        if "reference.promise" in self._tables:
            kinds = told["promises"]["exchange_only"]["kinds"]
            promised = np.isin(self._known.kind, [self._known.kinds.index(kind) for kind in kinds])
            instead = (cases.done_type == REPAIR) & at(cases.finished) & (cases.outcome == DONE)
            mended = instead | ((cases.case_type == REPAIR) & seen.is_agreed)
            rules["RP-01"] = mended & promised[seen.sku]
        if "shop.case_record" in self._tables:
            rules |= self._broken_by_register(seen, is_late)
        return rules

    def _broken_by_register(self, seen: _Seen, is_late: Flags) -> dict[str, Flags]:
        """Which cases break a rule that only the register, or the log, can tell of."""
        cases, books, at, now = seen.cases, seen.books, seen.at, seen.as_of
        swaps = cases.case_type == EXCHANGE
        noted = swaps & seen.noted
        sent, fails = at(cases.reshipped), seen.inspected & books.is_failed
        charged = noted & seen.is_replaced & books.settles
        same = books.replacement == seen.sku
        expected = (books.price - seen.unit_cents) * cases.units
        done = (at(cases.finished) & sent) | (seen.status == "completed")
        early = noted & sent & ~cases.is_fast & seen.inspected & (cases.inspected > cases.reshipped)
        lies = np.isin(seen.status, ["approved", "returned"]) & seen.is_open & ~sent
        waits = np.where(seen.inspected, cases.inspected, now) - cases.received
        unsent = seen.is_open & (seen.status != "rejected")
        ready = noted & seen.inspected & ~fails & ~cases.is_fast & (sent | unsent)
        too_many = noted & ~seen.is_refused & (cases.units > seen.line_units)
        return {
            "EX-04": noted & is_late & ~books.is_negotiated & ~seen.is_refused,
            "EX-08": early,
            "EX-09": noted & at(cases.finished) & done & ~seen.inspected,
            "EX-10": noted & fails & sent & ~books.is_negotiated,
            "EX-12": charged & ~same & (books.difference != expected),
            "EX-13": charged & same & (books.difference != 0),
            "EX-15": swaps & seen.is_unconfirmed,
            "EX-17": too_many & (seen.is_open | done),
            "EX-21": early,
            "EX-23": swaps & seen.is_unpaid,
            "EX-24": swaps & at(cases.rejected) & (books.reason < 0),
            "SV-02": seen.noted & at(cases.received) & (seen.inspected | lies) & (waits > _LIMIT),
            "SV-03": ready & (np.where(sent, cases.reshipped, now) - cases.inspected > _LIMIT),
            "SV-07": seen.noted & at(cases.rejected) & (seen.ruling == FOR_BUYER),
            "RP-02": (cases.case_type == REPAIR) & seen.was_mended,
            "PD-01": charged & (books.difference > 0) & (books.told > cases.reviewed),
        }

    def _add_exchanges(self, seen: _Seen) -> None:
        cases, at = seen.cases, seen.at
        swaps = (cases.case_type == EXCHANGE) & seen.listed
        flags = {
            "applied": swaps,
            "repeated": swaps & (seen.same_type_before > 0),
            "same_reason": swaps & (seen.same_reason_before > 0),
            "converted": swaps & seen.turned,
        }
        if "shop.case_record" in self._tables:
            flags["fast"] = swaps & seen.noted & cases.is_fast
            ended = at(cases.finished)
            done = ended & (seen.noted | (cases.outcome == DONE))
            flags["done"] = swaps & done & np.isin(cases.outcome, [SWAPPED_CLOSED, DONE])
            backwards = seen.inspected & at(cases.reshipped) & (cases.inspected > cases.reshipped)
            for name, (begin, end) in _STEPS.items():
                since, until = getattr(cases, begin), getattr(cases, end)
                usual = swaps & seen.noted & ~cases.is_fast & at(until) & at(since)
                if {begin, end} & {"inspected", "reshipped"}:
                    usual &= ~backwards
                self._stages[name]["cases"] += int(usual.sum())
                self._stages[name]["seconds"] += int((until - since)[usual].sum())
        if "shop.case_event" in self._tables:
            flags["refused"] = swaps & at(cases.rejected)
            again = swaps & at(cases.reapplied)
            self._counted["exchanges"]["rounds"] += int(swaps.sum() + again.sum())
            logged = np.isin(cases.case_type, [EXCHANGE, REPAIR]) & at(cases.rejected)
            words = [*self._known.told["refusals"].values(), "none"]
            for reason in seen.books.reason[logged & seen.listed].tolist():
                self._counted["refusals"][words[reason]] += 1
        self._counted["exchanges"].update({name: int(of.sum()) for name, of in flags.items()})

    def _add_others(self, seen: _Seen) -> None:
        cases, books, at = seen.cases, seen.books, seen.at
        repairs = (cases.case_type == REPAIR) & seen.listed
        flags = {
            "applied": repairs,
            "done": repairs & at(cases.finished) & (cases.outcome == DONE),
            "repeated": repairs & (seen.same_type_before > 0),
        }
        asked_about = seen.listed & at(cases.stepped_in)
        disputes = {"asked": asked_about, "decided": asked_about & at(cases.ruled)}
        if "shop.case_record" in self._tables:
            asked = repairs & seen.noted & at(books.visit_asked)
            came = asked & at(books.visited)
            flags |= {
                "visits_asked": asked,
                "visits_made": came,
                "visits_in_time": came & (books.visited <= books.visit_due),
                "visits_missed": asked & ~came & at(books.visit_due),
            }
            for index, name in enumerate(RULINGS):
                disputes[name] = seen.listed & seen.noted & (seen.ruling == index)
        self._counted["repairs"].update({name: int(of.sum()) for name, of in flags.items()})
        self._counted["disputes"].update({name: int(of.sum()) for name, of in disputes.items()})

    def report(self, truth: FlowTruth, rules: dict[str, dict[str, list[str]]]) -> None:
        """Write this shop's counts into `truth`, and the cases that break a rule into `rules`."""
        if "shop.case" not in self._tables:
            return
        shop = self._shop.shop_id
        if "PD-01" in self._rules and not self._tells_differences:
            # Who never notes when a difference was told may have told every one.
            self._rules["PD-01"] = []
        rules[shop] = dict(sorted(self._rules.items()))
        for name, counted in self._counted.items():
            getattr(truth, name)[shop] = dict(counted)
        if "shop.case_record" in self._tables:
            truth.stages[shop] = {name: dict(of) for name, of in self._stages.items()}


class _Seen:
    """A block's cases as the shop's files show them at the end."""

    def __init__(self, world: World, *, has_register: bool) -> None:
        cases, books, lines = world.block.cases, world.books, world.block.lines
        self.world, self.cases, self.books, self.as_of = world, cases, books, world.as_of
        self.listed = cases.listed <= world.as_of
        self.noted = np.zeros(len(cases.number), dtype=bool)
        if has_register:
            self.noted[registered(world)] = True
        self.sku = lines.sku[cases.line]
        self.line_units = lines.units[cases.line]
        self.unit_cents = lines.cents[cases.line] // self.line_units
        progress = case_progress(cases, world.as_of)
        self.status = np.array(STATUSES, dtype=object)[progress]
        self.inspected = self.at(cases.inspected)
        self.is_replaced = self.at(cases.approved) & (books.replacement >= 0)
        self.is_open = ~self.at(cases.finished)
        self.ruling = np.where(self.at(cases.ruled), books.ruling, -1)
        self.turned = self.at(cases.finished) & (cases.outcome == CONVERTED)
        reason_shown = self.noted & self.at(cases.rejected) & is_last_word(cases)
        self.was_refused = reason_shown & (books.reason >= 0)
        self.is_agreed = self._is_agreed()
        self.is_refused = ~self.is_agreed & ((progress == REJECTED_CASE) | self.was_refused)
        unconfirmed = list(world.known.told["refusals"]).index("unconfirmed")
        self.is_unconfirmed = self.at(cases.rejected) & (books.reason == unconfirmed)
        self._beside()

    def at(self, times: Ints) -> Flags:
        """What has happened."""
        happened: Flags = times <= self.as_of
        return happened

    def _is_agreed(self) -> Flags:
        """Known to be agreed to: by the status, or by what nothing but an agreement explains."""
        cases = self.cases
        later = self.at(cases.received) | self.at(cases.inspected) | self.at(cases.reshipped)
        agreed: Flags = np.isin(self.status, _AGREED) | self.at(cases.sent_back)
        return agreed | (self.noted & later)

    def _beside(self) -> None:
        """What else there is on the line of each case."""
        cases, listed = self.cases, self.listed
        count = len(cases.number)
        self.open_before, self.same_type_before, self.same_reason_before = (
            np.zeros(count, dtype=np.int64) for _ in range(3)
        )
        self.was_mended = np.zeros(count, dtype=bool)
        paid_back = np.full(count, NEVER)
        in_line = np.argsort(cases.line, kind="stable")
        same = np.flatnonzero(np.diff(cases.line[in_line]) == 0)
        # A line has two cases at most.
        for first, second in zip(in_line[same].tolist(), in_line[same + 1].tolist(), strict=True):
            if not (listed[first] and listed[second]):
                continue
            is_same = cases.case_type[first] == cases.case_type[second]
            self.open_before[second] = cases.finished[first] > cases.applied[second]
            self.same_type_before[second] = is_same
            alike = is_same and cases.reason[first] == cases.reason[second]
            self.same_reason_before[second] = alike
            soon = cases.applied[second] - cases.applied[first] <= _REPEAT_DAYS
            self.was_mended[second] = is_same and cases.case_type[first] == REPAIR and soon
            if cases.case_type[second] in (REFUND, RETURN) and self.at(cases.refunded[second]):
                paid_back[first] = cases.refunded[second]
        due = cases.finished + _REFUND_DAYS
        self.is_unpaid = np.where(
            paid_back < NEVER, paid_back > due, self.turned & (due < self.as_of)
        )
