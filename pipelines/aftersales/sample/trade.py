"""Orders, their lines and their after-sales cases, drawn a block at a time as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aftersales.sample.catalogue import (
    CASE_TYPES,
    EXCHANGE,
    REFUND,
    REPAIR,
    RESHIP,
    RETURN,
    Catalogue,
    Flags,
    Floats,
    Ints,
    choose,
)
from aftersales.sample.plan import DAY, HOUR, NEVER, OLDER_EXPORT_DAYS, Plan, seconds_of_day

# How a case ends: swapped but told as closed, done, withdrawn, refused, or turned into a refund.
SWAPPED_CLOSED, DONE, DROPPED, REFUSED, CONVERTED = range(5)
NOT_DONE = [DROPPED, REFUSED, CONVERTED]

# What can happen to an order that makes its line end in a refund, 0 nothing.
PLIGHTS = ("", "strike", "stolen_parcels", "coupon_bug")
STRIKE, STOLEN, COUPON = range(1, 4)
CARRIERS = 3

_UNPAID = 0.05
_SECOND_LINE = 0.18
_BUYERS = 200_000
_CLAIM_DAYS = 15


@dataclass
class Orders:
    """One entry an order; times are NEVER where the thing does not happen.

    Attributes:
        closed: when the whole order was closed, unpaid or with all its money returned.
        plight: index into PLIGHTS.
    """

    number: Ints
    buyer: Ints
    created: Ints
    paid: Ints
    shipped: Ints
    signed: Ints
    completed: Ints
    closed: Ints
    plight: Ints


@dataclass(frozen=True)
class Lines:
    """One entry a line, by order.

    Attributes:
        case_type: 5 where it never becomes a case.
        is_met: its case comes of the order's plight.
    """

    order: Ints
    sku: Ints
    option: Ints
    units: Ints
    cents: Ints
    is_bad_batch: Flags
    case_type: Ints
    is_met: Flags


@dataclass(frozen=True)
class Cases:
    """One entry a case; every stage a time, NEVER where it is not reached.

    Attributes:
        case_type: what is asked for.
        done_type: what is done in the end, if it is.
        units: of its line that it is about.
        leaf: what its description is about, as an index into the catalogue's leaves.
        cents: money asked for; 0 where goods are.
        wrong_cents: what exports said of it until it was corrected.
        corrected: when; the application's time where nothing was wrong.
        listed: when it first stands in an export; late where that was forgotten.
        reviewed: when the merchant first decided, either way.
        rejected: when it was refused; ``reapplied`` when the buyer asked again.
        approved: when it was agreed to.
        inspected: when somebody looked at the goods; ``accepted`` when they were taken.
        delivered: when the buyer had the replacement, or the mended goods.
        stepped_in: when the platform was asked; ``ruled`` when it had decided.
    """

    number: Ints
    line: Ints
    order: Ints
    case_type: Ints
    done_type: Ints
    units: Ints
    cents: Ints
    wrong_cents: Ints
    corrected: Ints
    listed: Ints
    is_unshipped: Flags
    is_automatic: Flags
    outcome: Ints
    cause: Ints
    reason: Ints
    leaf: Ints
    agent: Ints
    applied: Ints
    reviewed: Ints
    rejected: Ints
    reapplied: Ints
    approved: Ints
    sent_back: Ints
    received: Ints
    inspected: Ints
    accepted: Ints
    reshipped: Ints
    delivered: Ints
    finished: Ints
    refunded: Ints
    stepped_in: Ints
    ruled: Ints

    @property
    def is_fast(self) -> Flags:
        """The replacement left before the goods did."""
        fast: Flags = self.reshipped < self.sent_back
        return fast


@dataclass(frozen=True)
class Block:
    """Some days of one shop."""

    orders: Orders
    lines: Lines
    cases: Cases


def draw_block(
    rng: np.random.Generator, known: Catalogue, plan: Plan, days: Ints, numbers: Ints
) -> Block:
    """The orders placed on these days, with everything that ever comes of them.

    Args:
        rng: the block's own generator.
        known: the merchant.
        plan: the sample's calendar.
        days: the day of every order, as days since 1970.
        numbers: the order numbers, ascending.
    """
    orders = _draw_orders(rng, known, plan, days, numbers)
    lines = _draw_lines(rng, known, plan, orders)
    cases = _draw_cases(rng, known, plan, orders, lines)
    _settle(orders, lines, cases)
    return Block(orders, lines, cases)


def later(rng: np.random.Generator, times: Ints, hours: float | Floats, sigma: float) -> Ints:
    """Times plus a lognormal span with this median, never beyond four times it."""
    span = np.exp(np.clip(rng.standard_normal(len(times)) * sigma, -4, np.log(4)))
    reached: Ints = times + np.maximum(span * hours * HOUR, 1).astype(np.int64)
    return reached


def carrier_of(numbers: Ints) -> Ints:
    """Who carries the parcel of an order."""
    carrier: Ints = numbers % CARRIERS
    return carrier


def region_of(known: Catalogue, buyers: Ints) -> Ints:
    """Where a buyer lives, as an index into the catalogue's regions."""
    region: Ints = buyers % len(known.told["people"]["regions"])
    return region


def _draw_orders(
    rng: np.random.Generator, known: Catalogue, plan: Plan, days: Ints, numbers: Ints
) -> Orders:
    count = len(days)
    created = np.sort(days * DAY + seconds_of_day(rng, count))
    paid = np.where(rng.random(count) < _UNPAID, NEVER, later(rng, created, 0.02, 0.9))
    shipped = later(rng, paid, 18, 0.5)
    signed = later(rng, shipped, 52, 0.35)
    buyer = rng.integers(0, _BUYERS, count)
    plight = _plights(plan, region_of(known, buyer), carrier_of(numbers), created, shipped, signed)
    if struck := plan.spans.get("strike"):
        delayed = later(rng, signed, struck.facts["late_hours"], 0.3)
        signed = np.where(plight == STRIKE, delayed, signed)
    return Orders(
        number=numbers,
        buyer=buyer,
        created=created,
        paid=paid,
        shipped=shipped,
        signed=signed,
        completed=later(rng, signed, 46, 0.8),
        closed=np.where(paid == NEVER, created + DAY, NEVER),
        plight=plight,
    )


def _plights(
    plan: Plan, region: Ints, carrier: Ints, created: Ints, shipped: Ints, signed: Ints
) -> Ints:
    """What meets every order: by the day it is ordered, shipped or signed for, and where."""
    plight = np.zeros(len(region), dtype=np.int64)
    for index, times in ((STRIKE, shipped), (STOLEN, signed), (COUPON, created)):
        if (span := plan.spans.get(PLIGHTS[index])) is None:
            continue
        met = span.holds(times) & (plight == 0)
        for name, own in (("region", region), ("carrier", carrier)):
            met &= own == span.facts.get(name, own)
        plight[met] = index
    return plight


def _draw_lines(rng: np.random.Generator, known: Catalogue, plan: Plan, orders: Orders) -> Lines:
    count = len(orders.number)
    first = rng.choice(len(known.skus), size=count, p=known.popularity)
    twice = np.flatnonzero(rng.random(count) < _SECOND_LINE)
    other = (first[twice] + rng.integers(1, len(known.skus), len(twice))) % len(known.skus)
    order = np.concatenate([np.arange(count), twice])
    in_order = np.argsort(order, kind="stable")
    order, sku = order[in_order], np.concatenate([first, other])[in_order]
    units = rng.choice([1, 2, 3], size=len(sku), p=[0.87, 0.1, 0.03])
    is_bad = (sku == known.bad_sku) & plan.holds("bad_batch", orders.created[order])
    hazards = np.concatenate([known.hazards, np.zeros((len(known.skus), 1))], axis=1)[sku]
    if batch := plan.spans.get("bad_batch"):
        hazards[is_bad, EXCHANGE] *= batch.facts["times"]
    hazards[:, -1] = _plight_hazards(plan)[orders.plight[order]]
    case_type = choose(rng, np.cumsum(hazards, axis=1))
    is_met = (case_type == len(CASE_TYPES)) & (orders.paid[order] < NEVER)
    case_type[is_met] = REFUND
    return Lines(
        order=order,
        sku=sku,
        option=known.options.pick(rng, sku),
        units=units,
        cents=known.cents[sku] * units * rng.choice([100, 95, 90], len(sku)) // 100,
        is_bad_batch=is_bad,
        case_type=np.where(orders.paid[order] == NEVER, 5, np.minimum(case_type, 5)),
        is_met=is_met,
    )


def _plight_hazards(plan: Plan) -> Floats:
    """Probability of a refund by plight."""
    facts = [plan.spans[name].facts if name in plan.spans else {} for name in PLIGHTS]
    return np.array([float(fact.get("refund", 0)) for fact in facts])


def _draw_cases(
    rng: np.random.Generator, known: Catalogue, plan: Plan, orders: Orders, lines: Lines
) -> Cases:
    line = np.flatnonzero(lines.case_type < 5)
    order, kind = lines.order[line], lines.case_type[line]
    plight = np.where(lines.is_met[line], orders.plight[order], 0)
    is_unshipped = (kind == REFUND) & (rng.random(len(line)) < 0.7) & (plight == 0)
    applied = _applied(rng, orders, order, kind, is_unshipped, plight)
    is_automatic = is_unshipped & (rng.random(len(line)) < 0.35)
    reviewed = np.where(is_automatic, applied, later(rng, applied, 2.5, 1.0))
    outcome = np.where(is_automatic, DONE, _outcomes(rng, kind))
    done = _done_types(known, plan, kind, lines.sku[line])
    outcome = np.where((done != kind) & (outcome != DROPPED), DONE, outcome)
    # Some get stuck after the review and are nobody's any more.
    stuck = (rng.random(len(line)) < 0.012) & ~is_automatic
    begun = np.where((outcome == DROPPED) | stuck, NEVER, reviewed)
    sends_back = np.isin(kind, [EXCHANGE, RETURN, REPAIR])
    sent_back = np.where(sends_back, later(rng, begun, 26, 0.6), NEVER)
    received = later(rng, sent_back, 58, 0.4)
    reshipped = np.where(done == EXCHANGE, later(rng, received, 18, 0.8), NEVER)
    finished = _finished(rng, done, begun, received, reshipped)
    finished = np.where(outcome == DROPPED, later(rng, reviewed, 20, 0.8), finished)
    is_refund = np.isin(kind, [REFUND, RETURN]) & (outcome == DONE)
    refunded = np.where(is_refund, np.minimum(finished, NEVER), NEVER)
    cents = np.where(np.isin(kind, [REFUND, RETURN]), lines.cents[line], 0)
    if coupon := plan.spans.get("coupon_bug"):
        difference = np.minimum(coupon.facts["cents"], cents // 2)
        cents = np.where(plight == COUPON, difference, cents)
    cause = _causes(rng, known, lines, line, is_unshipped, plight)
    never = np.full(len(line), NEVER)
    return Cases(
        # The two lines of an order are neighbours, so their cases get two numbers.
        number=orders.number[order] - 3 * 10**17 + line % 2 * 2,
        line=line,
        order=order,
        case_type=kind,
        done_type=done,
        units=lines.units[line],
        cents=cents,
        **_corrections(rng, plan, cents, applied, refunded),
        is_unshipped=is_unshipped,
        is_automatic=is_automatic,
        outcome=outcome,
        cause=cause,
        reason=known.reasons.pick(rng, cause),
        leaf=known.leaves.pick(rng, cause),
        agent=rng.integers(0, 1_000, len(line)),
        applied=applied,
        reviewed=reviewed,
        rejected=never,
        reapplied=never,
        approved=reviewed,
        sent_back=np.minimum(sent_back, NEVER),
        received=np.minimum(received, NEVER),
        inspected=never,
        accepted=never,
        reshipped=np.minimum(reshipped, NEVER),
        delivered=never,
        finished=np.minimum(finished, NEVER),
        refunded=refunded,
        stepped_in=never,
        ruled=never,
    )


def _applied(
    rng: np.random.Generator,
    orders: Orders,
    order: Ints,
    kind: Ints,
    is_unshipped: Flags,
    plight: Ints,
) -> Ints:
    """When the buyer applies: before shipping, under way, or in the claim days after signing."""
    paid, shipped, signed = orders.paid[order], orders.shipped[order], orders.signed[order]
    share = rng.uniform(0.02, 0.9, len(order))
    before = paid + np.maximum((shipped - paid) * share, 1).astype(np.int64)
    under_way = shipped + np.maximum((signed - shipped) * share, 1).astype(np.int64)
    after = np.minimum(later(rng, signed, 40, 1.1), signed + _CLAIM_DAYS * DAY)
    applied: Ints = np.select(
        [is_unshipped, plight == STOLEN, plight == COUPON, kind == REFUND],
        [before, later(rng, signed, 14, 0.8), later(rng, paid, 1.5, 0.9), under_way],
        after,
    )
    return applied


def _done_types(known: Catalogue, plan: Plan, kind: Ints, sku: Ints) -> Ints:
    """What is done: what was asked for, but for a shop that repairs what it is to exchange."""
    span = plan.spans.get("repairs_instead")
    if span is None:
        return kind
    refuses = (kind == EXCHANGE) & (sku == known.skus.index(span.facts["sku"]))
    done: Ints = np.where(refuses, REPAIR, kind)
    return done


def _corrections(
    rng: np.random.Generator, plan: Plan, cents: Ints, applied: Ints, refunded: Ints
) -> dict[str, Ints]:
    """What the older export says wrongly, or does not list although it should."""
    told = {"wrong_cents": cents, "corrected": applied, "listed": applied}
    span = plan.spans.get("corrections")
    if span is None:
        return told
    older = plan.older_as_of
    since = older + rng.integers(1, OLDER_EXPORT_DAYS * DAY, len(cents))
    is_wrong = (refunded <= older) & (rng.random(len(cents)) < span.facts["amounts"])
    is_late = (applied <= older) & (applied > older - 4 * DAY)
    is_late &= rng.random(len(cents)) < span.facts["late"]
    told["wrong_cents"] = np.where(is_wrong, cents // 2, cents)
    told["corrected"] = np.where(is_wrong, since, applied)
    told["listed"] = np.where(is_late, since, applied)
    return told


def _outcomes(rng: np.random.Generator, kind: Ints) -> Ints:
    """Exchanges: 48 % closed although swapped, 42 % done, 10 % dropped; others: 90 % done."""
    drawn = rng.random(len(kind))
    closed_as = np.where(kind == EXCHANGE, SWAPPED_CLOSED, DONE)
    return np.where(drawn < 0.1, DROPPED, np.where(drawn < 0.58, closed_as, DONE))


def _finished(
    rng: np.random.Generator, kind: Ints, begun: Ints, received: Ints, reshipped: Ints
) -> Ints:
    """When a case that is carried through ends, from its last stage on."""
    last = np.select(
        [kind == EXCHANGE, kind == REFUND, kind == RESHIP], [reshipped, begun, begun], received
    )
    hours = np.select(
        [kind == EXCHANGE, kind == RETURN, kind == REFUND, kind == RESHIP],
        [60.0, 14.0, 0.5, 66.0],
        100.0,
    )
    return later(rng, last, hours, 0.6)


def _causes(
    rng: np.random.Generator,
    known: Catalogue,
    lines: Lines,
    line: Ints,
    is_unshipped: Flags,
    plight: Ints,
) -> Ints:
    kind = lines.case_type[line]
    by_kind = {
        case: np.array([known.mix(f"{case}.{name}") for name in known.kinds])[
            known.kind[lines.sku[line]]
        ]
        for case in ("exchange", "return")
    }
    exchange = np.where(
        lines.is_bad_batch[line], known.mix("exchange.bad_batch"), by_kind["exchange"]
    )
    refund = np.where(is_unshipped, known.mix("refund.unshipped"), known.mix("refund.under_way"))
    by_plight = np.array([0, *(known.mix(f"refund.{name}") for name in PLIGHTS[1:])])
    refund = np.where(plight > 0, by_plight[plight], refund)
    mix = np.select(
        [kind == EXCHANGE, kind == RETURN, kind == REFUND, kind == RESHIP],
        [exchange, by_kind["return"], refund, np.full(len(line), known.mix("reship.any"))],
        known.mix("repair.any"),
    )
    return choose(rng, known.mixes[mix])


def _settle(orders: Orders, lines: Lines, cases: Cases) -> None:
    """Carry what the cases did over to their orders: closed, never shipped, completed later."""
    lines_of = np.bincount(lines.order, minlength=len(orders.number))
    refunded = np.full(len(orders.number), -1, dtype=np.int64)
    np.maximum.at(refunded, cases.order, cases.refunded)
    gives_all = (cases.refunded < NEVER) & (cases.cents == lines.cents[cases.line])
    count = np.bincount(cases.order[gives_all], minlength=len(lines_of))
    whole = (count == lines_of) & (refunded < NEVER)

    unshipped = np.bincount(cases.order[cases.is_unshipped], minlength=len(lines_of))
    never_shipped = whole & (unshipped == lines_of)
    for times in (orders.shipped, orders.signed, orders.completed):
        times[never_shipped] = NEVER

    # The platform waits with 交易成功 until a case opened before it is over.
    waits = (cases.applied < orders.completed[cases.order]) & (cases.finished < NEVER)
    np.maximum.at(orders.completed, cases.order[waits], cases.finished[waits] + HOUR)
    closes = whole & (refunded < orders.completed)
    orders.closed[closes] = refunded[closes]
    orders.completed[closes] = NEVER
    for times in (orders.paid, orders.shipped, orders.signed, orders.completed):
        np.minimum(times, NEVER, out=times)
