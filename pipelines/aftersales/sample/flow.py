"""What becomes of cases: inspections, refusals, second rounds, what follows, what goes wrong.

Drawn by a generator of its own, so that orders and what is asked for stay what they were. All shops
have inspections and refusals; the rest is planted where the catalogue says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from aftersales.sample.catalogue import (
    EXCHANGE,
    REFUND,
    REPAIR,
    RETURN,
    Catalogue,
    Flags,
    Ints,
    choose,
)
from aftersales.sample.plan import DAY, HOUR, NEVER, Plan
from aftersales.sample.trade import (
    CONVERTED,
    DONE,
    DROPPED,
    NOT_DONE,
    REFUSED,
    SWAPPED_CLOSED,
    Block,
    Cases,
    later,
)

RULINGS = ["buyer", "merchant", "withdrawn"]
FOR_BUYER, FOR_MERCHANT, TAKEN_BACK = range(3)

# Times of a case in the order they come; what is late makes late what comes after it.
_STAGES = (
    "applied", "reviewed", "rejected", "reapplied", "approved", "sent_back", "received",
    "inspected", "accepted", "reshipped", "delivered", "finished",
)  # fmt: skip

# What is planted into an exchange: one thing at most.
FATES = (
    "late", "slow_review", "slow_inspection", "slow_reship", "early_reship", "uninspected",
    "failed_sent", "failed_agreed", "failed_refused", "unconfirmed", "no_reason",
    "wrong_difference", "charged_same", "undisclosed", "too_many", "parallel", "converted",
    "unrefunded", "again", "rounds", "fast",
)  # fmt: skip
(
    LATE, SLOW_REVIEW, SLOW_INSPECTION, SLOW_RESHIP, EARLY, UNINSPECTED,
    FAILED_SENT, FAILED_AGREED, FAILED_REFUSED, UNCONFIRMED, NO_REASON,
    WRONG, CHARGED_SAME, UNDISCLOSED, TOO_MANY, PARALLEL, TURNED,
    UNREFUNDED, AGAIN, ROUNDS, FAST,
) = range(len(FATES))  # fmt: skip
_NO_FATE = len(FATES)

# Seconds a limit of the rules lasts, and how late an exchange is if it is late.
_LIMIT = 48 * HOUR
_WINDOW = 15 * DAY
# A case that follows another one has the next number but one of the order's.
_NEXT_NUMBER = 4
# Of what is dropped, the share the merchant refused, for one of the first reasons of the catalogue.
_REFUSED_OF_DROPPED, _USUAL_REASONS = 0.6, 4
_UNCONFIRMED_REASON, _FAILED_REASON = 4, 5
# Shares of the cases in the register, and of replacements that are another article.
_KEPT, _OTHER_ARTICLE = 0.95, 0.12
_NEGOTIATED = 0.02
# Of the differences not told in time, the share told afterwards.
_TOLD_AFTERWARDS = 0.7


@dataclass(frozen=True)
class Books:
    """What the merchant notes of a block's cases beside the exports; one entry a case.

    Attributes:
        is_kept: there is a row in the register.
        reason: why it was refused, as an index into the catalogue's reasons; -1 for none.
        is_failed: the inspection found something.
        is_negotiated: both sides agreed to more than the rules give.
        replacement: index of the product it is swapped for, -1 where there is none.
        price: of one unit of it, in hundredths.
        difference: settled, in hundredths; above 0 the buyer pays.
        settles: there is a difference, be it 0.
        told: when the buyer was told it.
        ruling: index into RULINGS, -1 where the platform had nothing to decide.
        visit_asked: when a visit at home was asked for; ``visit_due`` until when it was promised.
        visited: when somebody came.
    """

    is_kept: Flags
    reason: Ints
    is_failed: Flags
    is_negotiated: Flags
    replacement: Ints
    price: Ints
    difference: Ints
    settles: Flags
    told: Ints
    ruling: Ints
    visit_asked: Ints
    visit_due: Ints
    visited: Ints


@dataclass
class _Drawn:
    """Cases whose arrays can still be changed, with what was planted into each."""

    rng: np.random.Generator
    now: dict[str, Any]
    fate: Ints
    ruling: Ints
    visits: dict[str, Ints]

    def __getitem__(self, name: str) -> Any:
        return self.now[name]

    def put(self, which: Flags, **values: Ints | int) -> None:
        """Give these cases other values."""
        for name, value in values.items():
            self.now[name] = np.where(which, value, self.now[name])

    def never(self, which: Flags, *names: str) -> None:
        """These things do not happen to these cases."""
        for name in names:
            self.now[name] = np.where(which, NEVER, self.now[name])

    def push(self, which: Flags, since: str, seconds: Ints) -> None:
        """Everything from a stage on is so much later."""
        for name in _STAGES[_STAGES.index(since) :]:
            times = self.now[name]
            self.now[name] = np.where(which & (times < NEVER), times + seconds, times)

    def hours(self, least: float, most: float) -> Ints:
        """A span for every case, in seconds."""
        return self.rng.integers(int(least * HOUR), int(most * HOUR), len(self.fate))

    def chance(self, share: float) -> Flags:
        """Which cases it happens to."""
        happens: Flags = self.rng.random(len(self.fate)) < share
        return happens

    def between(self, begin: str, end: Ints, least: float, most: float) -> Ints:
        """A time for every case some part of the way from a stage to a time."""
        return _between(self.rng, self.now[begin], end, least, most)

    def later(self, times: Ints, hours: float, sigma: float) -> Ints:
        """As in ``trade``; what never begins never ends."""
        return np.minimum(later(self.rng, times, hours, sigma), NEVER)


def _between(rng: np.random.Generator, begin: Ints, end: Ints, least: float, most: float) -> Ints:
    way = rng.uniform(least, most, len(begin))
    known = (begin < NEVER) & (end < NEVER)
    reached: Ints = np.where(known, begin + (np.where(known, end - begin, 0) * way), NEVER)
    return reached.astype(np.int64)


def carry_on(
    rng: np.random.Generator, known: Catalogue, plan: Plan, block: Block
) -> tuple[Block, Block, Books]:
    """What becomes of a block's cases, what follows them, and what the merchant notes.

    Args:
        rng: of its own.
        known: the merchant.
        plan: the sample's calendar.
        block: as it was drawn; its orders are completed later where a case now takes longer.

    Returns:
        The block with its cases only, and with those that follow behind them.
    """
    span = plan.spans.get("exchange_flow")
    facts = span.facts if span else None
    drawn = _drawn(rng, known, block, facts)
    _inspect(drawn)
    _refuse(drawn)
    if facts is not None:
        _plant(drawn, block)
        _visit(drawn, facts)
        _dispute(drawn, facts)
    # Whom the platform helps it helps from the application to the end.
    is_asked = (drawn["agent"] % 40 == 0) & (drawn["stepped_in"] == NEVER)
    drawn.put(is_asked, stepped_in=drawn["applied"], ruled=drawn["finished"])
    first = replace(block, cases=Cases(**drawn.now))
    _wait_for(first)
    every = first if facts is None else _followed(drawn, first)
    return first, every, _books(drawn, known, every)


def _drawn(
    rng: np.random.Generator, known: Catalogue, block: Block, facts: Mapping[str, Any] | None
) -> _Drawn:
    """The cases with what is planted into each, where it can be."""
    cases, lines = block.cases, block.lines
    count = len(cases.number)
    now = {each.name: getattr(cases, each.name).copy() for each in fields(Cases)}
    fate = np.full(count, _NO_FATE)
    visits = {name: np.full(count, NEVER) for name in ("asked", "due", "visited")}
    drawn = _Drawn(rng, now, fate, np.full(count, -1), visits)
    if facts is None:
        return drawn
    kind, sku = cases.case_type, lines.sku[cases.line]
    is_wear = known.kind[sku] == known.kinds.index("wear")
    shares = [facts["fates"][name] for name in FATES[:FAST]]
    fate = choose(rng, np.tile(np.cumsum(shares), (count, 1)))
    fast = is_wear & drawn.chance(facts["fast"])
    fate = np.where(fate < len(shares), fate, np.where(fast, FAST, _NO_FATE))
    swapped = (kind == EXCHANGE) & (cases.done_type == EXCHANGE) & (cases.reshipped < NEVER)
    may = swapped & np.isin(cases.outcome, [SWAPPED_CLOSED, DONE])
    may &= (fate != LATE) | (cases.applied > block.orders.completed[cases.order])
    may &= (fate != TOO_MANY) | (lines.units[cases.line] > 1)
    may &= (fate != UNDISCLOSED) | (sku != known.cents.argmax())
    mended = (kind == REPAIR) & (cases.outcome == DONE) & (cases.finished < NEVER)
    again = mended & drawn.chance(facts["repaired_again"])
    drawn.fate = np.select([may, again], [fate, AGAIN], _NO_FATE)
    return drawn


def _inspect(drawn: _Drawn) -> None:
    """Goods that come back are looked at; an exchange is then agreed, a repair sent out again."""
    reshipped, finished = drawn["reshipped"], drawn["finished"]
    ends = np.where(reshipped < NEVER, reshipped, finished)
    seen = drawn.between("received", ends, 0.2, 0.6)
    in_time = np.minimum(seen, drawn["received"] + drawn.hours(10, 46))
    drawn.now["inspected"] = np.where(seen < NEVER, in_time, NEVER)
    in_time = np.minimum(reshipped, drawn["inspected"] + drawn.hours(20, 47))
    drawn.put(reshipped < NEVER, reshipped=in_time)
    swaps = drawn["case_type"] == EXCHANGE
    drawn.now["accepted"] = np.where(swaps, drawn["inspected"], NEVER)
    sent = drawn.between("inspected", finished, 0.3, 0.6)
    drawn.put(drawn["done_type"] == REPAIR, reshipped=sent)
    drawn.now["delivered"] = np.where(drawn["reshipped"] < NEVER, finished, NEVER)


def _refuse(drawn: _Drawn) -> None:
    """What was dropped was withdrawn by the buyer, or refused."""
    is_refused = drawn.chance(_REFUSED_OF_DROPPED) & (drawn["outcome"] == DROPPED)
    is_refused &= np.isin(drawn["case_type"], [EXCHANGE, REPAIR])
    drawn.put(is_refused, outcome=REFUSED, rejected=drawn["reviewed"], approved=NEVER)


def _plant(drawn: _Drawn, block: Block) -> None:
    """Carry out what is planted, stage by stage."""
    fate, order = drawn.fate, drawn["order"]
    by = block.orders.completed[order] + _WINDOW + drawn.hours(26, 12 * 24) - drawn["applied"]
    for name in ("corrected", "listed"):
        drawn.put(fate == LATE, **{name: drawn[name] + by})
    drawn.push(fate == LATE, "applied", by)
    passed = drawn["reviewed"] - drawn["applied"]
    drawn.push(fate == SLOW_REVIEW, "reviewed", _LIMIT + drawn.hours(1, 72) - passed)
    drawn.push(fate == SLOW_INSPECTION, "inspected", _LIMIT + drawn.hours(1, 72))
    drawn.push(fate == SLOW_RESHIP, "reshipped", _LIMIT + drawn.hours(1, 72))
    taken = drawn.between("received", drawn["reshipped"], 0.2, 0.6)
    seen = drawn.between("reshipped", drawn["delivered"], 0.1, 0.6)
    drawn.put(fate == EARLY, accepted=taken, inspected=seen)
    drawn.never(fate == UNINSPECTED, "inspected")

    fails = fate == FAILED_REFUSED
    drawn.never(fails, "accepted", "reshipped", "delivered")
    ends = drawn["inspected"] + drawn.hours(20, 70)
    drawn.put(fails, outcome=REFUSED, rejected=drawn["inspected"], finished=ends)
    refused = np.isin(fate, [UNCONFIRMED, NO_REASON])
    drawn.never(refused, *_STAGES[_STAGES.index("approved") :])
    # Buyers have days to answer before the platform closes it.
    ends = drawn["reviewed"] + drawn.hours(7 * 24, 15 * 24)
    drawn.put(refused, outcome=REFUSED, rejected=drawn["reviewed"], finished=ends)
    # Nobody asks the platform then, so that it is not asked why.
    drawn.put(refused & (drawn["agent"] % 40 == 0), agent=drawn["agent"] + 1)

    turns = np.isin(fate, [TURNED, UNREFUNDED])
    drawn.never(turns, "reshipped", "delivered")
    drawn.put(turns, outcome=CONVERTED, finished=drawn["accepted"] + drawn.hours(4, 60))

    asked = drawn["reviewed"] + drawn.hours(1, 30)
    agreed = asked + drawn.hours(0.5, 10)
    drawn.push(fate == ROUNDS, "sent_back", agreed - drawn["approved"])
    drawn.put(fate == ROUNDS, rejected=drawn["reviewed"], reapplied=asked, approved=agreed)

    sent = drawn["reviewed"] + drawn.hours(2, 24)
    drawn.push(fate == FAST, "sent_back", np.maximum(sent + HOUR - drawn["sent_back"], 0))
    there, seen = drawn.later(sent, 60, 0.6), drawn["received"] + drawn.hours(2, 30)
    drawn.put(fate == FAST, reshipped=sent, delivered=there, inspected=seen, accepted=NEVER)
    drawn.put(fate == FAST, finished=np.maximum(there, seen) + drawn.hours(1, 10))

    some = drawn.rng.integers(1, block.lines.units[drawn["line"]] + 1)
    whole = drawn.chance(0.6) | (drawn["case_type"] != EXCHANGE)
    drawn.put(~whole, units=some)
    drawn.put(fate == TOO_MANY, units=block.lines.units[drawn["line"]] + 1)


def _visit(drawn: _Drawn, facts: Mapping[str, Any]) -> None:
    """Half of what is mended is mended at the buyer's home, if somebody comes."""
    may = (drawn["case_type"] == REPAIR) & (drawn["outcome"] == DONE)
    may &= drawn["sent_back"] < NEVER
    asks = may & drawn.chance(facts["visits"])
    asked = drawn["approved"] + drawn.hours(1, 10)
    hour = drawn.rng.choice([12, 16, 18], len(asked)) * HOUR
    due = (asked // DAY + drawn.rng.integers(1, 4, len(asked))) * DAY + hour
    misses, is_late = drawn.chance(facts["missed"]), drawn.chance(facts["visited_late"])
    came = np.where(is_late, due + drawn.hours(0.5, 30), due - drawn.hours(0.1, 2))
    comes = asks & ~misses
    drawn.never(comes, "sent_back", "received", "inspected", "reshipped", "delivered")
    drawn.put(comes, finished=came + drawn.hours(0.4, 2))
    drawn.push(asks & misses, "sent_back", due - drawn["approved"])
    for name, times in (("asked", asked), ("due", due)):
        drawn.visits[name] = np.where(asks, times, NEVER)
    drawn.visits["visited"] = np.where(comes, came, NEVER)


def _dispute(drawn: _Drawn, facts: Mapping[str, Any]) -> None:
    """Some who were refused ask the platform, which decides; for the buyer, the case goes on."""
    may = (drawn["outcome"] == REFUSED) & (drawn.fate == _NO_FATE)
    asks = may & drawn.chance(facts["disputed"])
    ruling = drawn.rng.choice(len(RULINGS), len(asks), p=facts["rulings"])
    begun = drawn["rejected"] + drawn.hours(2, 40)
    ruled = begun + drawn.hours(10, 60)
    drawn.ruling = np.where(asks, ruling, drawn.ruling)
    drawn.put(asks, stepped_in=begun, ruled=ruled)
    won = asks & (ruling == FOR_BUYER)
    drawn.put(asks, finished=np.maximum(drawn["finished"], ruled + HOUR))
    sent_back = drawn.later(ruled, 26, 0.6)
    received = drawn.later(sent_back, 58, 0.4)
    inspected = received + drawn.hours(2, 30)
    reshipped = inspected + drawn.hours(2, 40)
    finished = drawn.later(reshipped, 60, 0.6)
    drawn.put(
        won,
        outcome=DONE,
        reapplied=begun,
        approved=ruled,
        sent_back=sent_back,
        received=received,
        inspected=inspected,
        accepted=np.where(drawn["case_type"] == EXCHANGE, inspected, NEVER),
        reshipped=reshipped,
        delivered=finished,
        finished=finished,
    )


def _wait_for(block: Block) -> None:
    """The platform waits with 交易成功 until a case opened before it is over."""
    orders, cases = block.orders, block.cases
    # An order has two lines at most, so waiting for the one can only lead to the other.
    for _ in range(2):
        waits = (cases.applied < orders.completed[cases.order]) & (cases.finished < NEVER)
        np.maximum.at(orders.completed, cases.order[waits], cases.finished[waits] + HOUR)


def _followed(drawn: _Drawn, block: Block) -> Block:
    """The block with the cases that come of others: on the same line, one each."""
    rng, cases, lines = drawn.rng, block.cases, block.lines
    completed = block.orders.completed[cases.order]
    over = np.maximum(cases.finished, completed)
    # Half of what nobody refunds is never asked for either.
    is_asked = np.isin(drawn.fate, [PARALLEL, TURNED, AGAIN]) | (
        (drawn.fate == UNREFUNDED) & drawn.chance(0.5)
    )
    of = np.flatnonzero(is_asked & (over < NEVER))
    count, fate, kind = len(of), drawn.fate[of], cases.case_type[of]
    never = np.full(count, NEVER)
    kind = np.select([fate == PARALLEL, fate != AGAIN], [RETURN, REFUND], kind)
    days = np.select([fate != AGAIN, kind == EXCHANGE], [1.5, 6.0], 40.0)
    gap = HOUR + (rng.random(count) * days * DAY).astype(np.int64)
    ends = np.minimum(cases.sent_back[of], cases.finished[of])
    beside = _between(rng, cases.reviewed[of], ends, 0.05, 0.3)
    applied = np.where(fate == PARALLEL, beside, over[of] + gap)
    withdrawn = _between(rng, beside, ends, 0.5, 0.9)
    reviewed = np.where(
        fate == PARALLEL,
        _between(rng, beside, withdrawn, 0.2, 0.8),
        later(rng, applied, 2.5, 1.0),
    )
    outcome = np.where(np.isin(fate, [PARALLEL, UNREFUNDED]), DROPPED, DONE)
    begun = np.where(outcome == DROPPED, NEVER, reviewed)
    goes_back = np.isin(kind, [EXCHANGE, REPAIR])
    sent_back = np.where(goes_back, later(rng, begun, 26, 0.6), NEVER)
    received = later(rng, sent_back, 58, 0.4)
    inspected = later(rng, received, 5, 0.6)
    reshipped = later(rng, inspected, np.where(kind == EXCHANGE, 10.0, 60.0), 0.6)
    delivered = later(rng, reshipped, 50, 0.6)
    paid_back = later(rng, begun, 0.5, 0.6)
    finished = np.select(
        [fate == PARALLEL, outcome == DROPPED, goes_back],
        [withdrawn, later(rng, reviewed, 20, 0.8), delivered],
        paid_back,
    )
    units = np.minimum(cases.units[of], lines.units[cases.line[of]])
    cents = lines.cents[cases.line[of]] // lines.units[cases.line[of]] * units
    cents = np.where(goes_back, 0, cents)
    follows: dict[str, Any] = {each.name: getattr(cases, each.name)[of] for each in fields(Cases)}
    follows |= {
        "number": cases.number[of] + _NEXT_NUMBER,
        "case_type": kind,
        "done_type": kind,
        "units": units,
        "cents": cents,
        "wrong_cents": cents,
        "corrected": applied,
        "listed": applied,
        "outcome": outcome,
        "agent": cases.agent[of] * 40 + 1,
        "applied": applied,
        "reviewed": reviewed,
        "approved": reviewed,
        "sent_back": sent_back,
        "received": received,
        "inspected": inspected,
        "accepted": np.where(kind == EXCHANGE, inspected, NEVER),
        "reshipped": reshipped,
        "delivered": delivered,
        "finished": finished,
        "refunded": np.where((kind == REFUND) & (outcome == DONE), finished, NEVER),
        **dict.fromkeys(("rejected", "reapplied", "stepped_in", "ruled"), never),
    }
    for name in _STAGES:
        follows[name] = np.minimum(follows[name], NEVER)
    both = {name: np.concatenate([getattr(cases, name), follows[name]]) for name in follows}
    return replace(block, cases=Cases(**both))


def _books(drawn: _Drawn, known: Catalogue, block: Block) -> Books:
    """What is noted of all cases, those that follow too."""
    rng, cases, lines = drawn.rng, block.cases, block.lines
    count = len(cases.number)

    def with_more(first: Ints, fill: int) -> Ints:
        return np.concatenate([first, np.full(count - len(first), fill)])

    fate, disputed = with_more(drawn.fate, _NO_FATE), with_more(drawn.ruling, -1)
    swaps = cases.case_type == EXCHANGE
    is_ours = swaps | (cases.case_type == REPAIR) | (cases.ruled < NEVER)
    sku, unit = lines.sku[cases.line], lines.cents[cases.line] // lines.units[cases.line]
    is_other = (rng.random(count) < _OTHER_ARTICLE) | np.isin(fate, [WRONG, UNDISCLOSED])
    is_other &= fate != CHARGED_SAME
    other = (sku + rng.integers(1, len(known.skus), count)) % len(known.skus)
    other = np.where(fate == UNDISCLOSED, known.cents.argmax(), other)
    replacement = np.where(is_other, other, sku)
    price = known.cents[replacement]
    expected = np.where(is_other, (price - unit) * cases.units, 0)
    off = rng.integers(5, 51, count) * 100 * rng.choice([-1, 1], count)
    difference = np.select(
        [fate == WRONG, fate == CHARGED_SAME], [expected + off, abs(off)], expected
    )
    told = _between(rng, cases.applied, cases.reviewed, 0.1, 0.9)
    too_late = cases.approved + rng.integers(HOUR, 30 * HOUR, count)
    too_late = np.where(
        (rng.random(count) < _TOLD_AFTERWARDS) & (cases.approved < NEVER), too_late, NEVER
    )
    told = np.where(fate == UNDISCLOSED, too_late, told)
    is_replaced = swaps & (cases.approved < NEVER)
    settles = is_replaced & np.isin(cases.outcome, [SWAPPED_CLOSED, DONE])
    reason = rng.integers(0, _USUAL_REASONS, count)
    reason = np.select(
        [fate == UNCONFIRMED, fate == FAILED_REFUSED, fate == NO_REASON],
        [_UNCONFIRMED_REASON, _FAILED_REASON, -1],
        reason,
    )
    agrees = (fate == FAILED_AGREED) | ((fate == LATE) & (rng.random(count) < 0.5))
    by_chance = (rng.random(count) < _NEGOTIATED) & (fate == _NO_FATE) & is_replaced
    return Books(
        is_kept=is_ours & ((rng.random(count) < _KEPT) | (fate < _NO_FATE) | (disputed >= 0)),
        reason=np.where(cases.rejected < NEVER, reason, -1),
        is_failed=np.isin(fate, [FAILED_SENT, FAILED_AGREED, FAILED_REFUSED]),
        is_negotiated=agrees | by_chance,
        replacement=np.where(is_replaced, replacement, -1),
        price=price,
        difference=difference,
        settles=settles,
        told=np.where(settles & (difference != 0), told, NEVER),
        ruling=_rulings(cases, disputed),
        visit_asked=with_more(drawn.visits["asked"], NEVER),
        visit_due=with_more(drawn.visits["due"], NEVER),
        visited=with_more(drawn.visits["visited"], NEVER),
    )


def _rulings(cases: Cases, ruling: Ints) -> Ints:
    """For whom the platform decides: for the buyer where the case was carried through."""
    failed = np.isin(cases.outcome, NOT_DONE) & (cases.outcome != CONVERTED)
    usual = np.select([~failed, cases.outcome == REFUSED], [FOR_BUYER, FOR_MERCHANT], TAKEN_BACK)
    decided: Ints = np.where(ruling >= 0, ruling, np.where(cases.ruled < NEVER, usual, -1))
    return decided
