"""What a back office lists: orders, lines, cases, refunds, payments, reviews, compensation."""

from __future__ import annotations

import numpy as np

from aftersales.sample.catalogue import EXCHANGE, REFUND, REPAIR, Catalogue, Flags, Ints
from aftersales.sample.columns import (
    NOTHING,
    Amounts,
    Column,
    Columns,
    Ids,
    Joined,
    Names,
    Times,
    counts,
    known_only,
    same,
    some,
    yes_no,
)
from aftersales.sample.plan import DAY, NEVER
from aftersales.sample.tables.world import (
    BUYERS_FROM,
    World,
    agents_of,
    case_ids,
    cut,
    each_of,
    line_numbers,
    make,
    maybe,
    shop_facts,
    table,
    turn_in_order,
)
from aftersales.sample.trade import (
    CONVERTED,
    DONE,
    NOT_DONE,
    Block,
    Cases,
    carrier_of,
    region_of,
)

PHONES = [f"138{n:04}0000" for n in range(1, 60)]

_CARRIERS = [("测试速运", "CS"), ("样例快递", "YL"), ("虚构物流", "XG")]

# Terms of the contracts, in the order of the numbers that stand for them in the simulation.
ORDER_STATUSES = ["unpaid", "paid", "shipped", "completed", "closed"]

UNPAID, PAID, SHIPPED, COMPLETED, CLOSED = range(5)

CASE_TYPES = ["exchange", "return_refund", "refund_only", "reship", "repair"]

# How far a case has come, and the contract's status of it, by type.
_STAGES = ["applied", "reviewed", "sent_back", "accepted", "reshipped", "done"]

_STATUS_BY_STAGE = {
    "exchange": ["applied", "approved", "returned", "accepted", "reshipped", "completed"],
    "return_refund": ["applied", "approved", "returned", "returned", "returned", "refunded"],
    "refund_only": ["applied", "applied", "applied", "applied", "applied", "refunded"],
    "reship": ["applied", "reshipped", "reshipped", "reshipped", "reshipped", "completed"],
    "repair": ["applied", "approved", "returned", "returned", "reshipped", "completed"],
}

_OF_ANY_TYPE = ["closed", "rejected", "converted"]

PROGRESS = [f"{kind}.{stage}" for kind in CASE_TYPES for stage in _STAGES] + _OF_ANY_TYPE

STATUSES = [status for kind in CASE_TYPES for status in _STATUS_BY_STAGE[kind]] + _OF_ANY_TYPE

_REVIEWED, _SENT_BACK, _ACCEPTED, _RESHIPPED, _DONE = range(1, len(_STAGES))

CLOSED_CASE, REJECTED_CASE, _CONVERTED_CASE = (PROGRESS.index(name) for name in _OF_ANY_TYPE)

_GOODS = ["not_shipped", "not_received", "received", "sent_back"]

_INTERVENTIONS = ["none", "running", "decided"]


@table("shop.order")
def _orders(world: World) -> Columns:
    created = world.block.orders.created
    facts = _order_facts(world) | buyer_facts(world.known, world.block.orders.buyer)
    facts |= _goods_facts(world)
    return cut(facts, world.listed(created), len(created))


def order_status(block: Block, as_of: int) -> Ints:
    """Index into ORDER_STATUSES of every order, as known at `as_of`."""
    orders = block.orders
    status: Ints = np.select(
        [
            times <= as_of
            for times in (orders.closed, orders.completed, orders.shipped, orders.paid)
        ],
        [CLOSED, COMPLETED, SHIPPED, PAID],
        UNPAID,
    )
    return status


def _order_facts(world: World) -> dict[str, Column]:
    """What every order is: its numbers, states, times and money."""
    orders, shop, count = world.block.orders, world.shop, len(world.block.orders.number)
    status = order_status(world.block, world.as_of)
    total, kept, back = _order_amounts(world)
    why = np.where(status != CLOSED, 0, np.where(orders.paid == NEVER, 1, 2))
    return {
        "order_id": Ids(orders.number),
        "shop_id": same(shop.shop_id, count),
        "shop_title": same(shop.title, count),
        "platform": same(shop.platform, count),
        "currency": same(shop.currency, count),
        "status": Names(ORDER_STATUSES, status),
        "close_reason": Names(["", "unpaid", "refunded"], why),
        # Of platforms that keep payment and parcel apart.
        "payment": Names(
            ["pending", "paid", "voided", "refunded"],
            np.select([why == 1, why == 2, status == UNPAID], [2, 3, 0], 1),
        ),
        "fulfilment": Names(["unfulfilled", "fulfilled"], (orders.shipped <= world.as_of) * 1),
        "created_at": world.times(orders.created),
        "paid_at": world.times(orders.paid),
        "shipped_at": world.times(orders.shipped),
        "signed_at": world.times(orders.signed),
        "completed_at": world.times(orders.completed),
        "closed_at": world.times(orders.closed),
        "total_amount": Amounts(total),
        "paid_amount": Amounts(kept),
        "refund_amount": Amounts(back),
        "after_sales": _after_sales(world, world.block.cases.order, count),
        "is_replacement": same("no", count),
        **_parcel_facts(orders.number, orders.shipped <= world.as_of),
    }


def _order_amounts(world: World) -> tuple[Ints, Ints, Ints]:
    """Cents of every order: total, still with the merchant, given back."""
    lines, cases, orders = world.block.lines, world.block.cases, world.block.orders
    count = len(orders.number)
    total = np.bincount(lines.order, lines.cents, count)
    done = cases.refunded <= world.as_of
    back = np.bincount(cases.order[done], cases.cents[done], count)
    kept = np.where(orders.paid <= world.as_of, total - back, 0)
    return total.astype(np.int64), kept.astype(np.int64), back.astype(np.int64)


def _after_sales(world: World, about: Ints, count: int) -> Names:
    """What became of the cases about each order, or line: none, running, refunded."""
    cases = world.block.cases
    running = (cases.applied <= world.as_of) & (cases.finished > world.as_of)
    refunded = cases.refunded <= world.as_of
    state = np.zeros(count, dtype=np.int64)
    state[about[refunded]] = 2
    state[about[running]] = 1
    return Names(["none", "running", "refunded"], state)


def _goods_facts(world: World) -> dict[str, Column]:
    """What was bought with every order."""
    lines, titles = world.block.lines, world.known.titles
    count = len(world.block.orders.number)
    first, lines_of = np.searchsorted(lines.order, np.arange(count)), _lines_of(world)
    one, other = lines.sku[first], lines.sku[first + lines_of - 1]
    width = len(titles)
    pairs = [f"{a}，{b}" for a in titles for b in titles]
    return {
        "titles": Names(
            [*titles, *pairs], np.where(one == other, one, width + one * width + other)
        ),
        "line_count": counts(lines_of),
        "units": counts(np.bincount(lines.order, lines.units, count).astype(np.int64)),
    }


def _lines_of(world: World) -> Ints:
    """How many lines every order has."""
    return np.bincount(world.block.lines.order, minlength=len(world.block.orders.number))


def buyer_facts(known: Catalogue, buyer: Ints) -> dict[str, Column]:
    """Who a buyer is and where the parcel goes."""
    people = known.told["people"]
    regions = people["regions"]
    region = region_of(known, buyer)
    return {
        "buyer_id": Ids(buyer, before=people["nick"]),
        "buyer_number": Ids(buyer + BUYERS_FROM),
        "person_name": Ids(buyer % 1000, before=people["name"]),
        "email": Ids(buyer, before=people["account"], after="@example.com"),
        "phone": Names(PHONES, buyer % len(PHONES)),
        "region": Names([name.split()[0] for name in regions], region),
        "city": Names([name.split()[1] for name in regions], region),
        "district": Names([name.split()[-1] for name in regions], region),
        "address": Joined(
            (
                Names(regions, region),
                Ids(buyer % 900 + 1, before=f" {people['street']}", after=people["house_after"]),
            )
        ),
        "is_mobile": yes_no(buyer % 9 != 0),
    }


def _parcel_facts(numbers: Ints, is_sent: Flags) -> dict[str, Column]:
    """The parcel a number leads to, and who carries it; nothing where none was sent."""
    which = carrier_of(numbers)
    codes = Names([f"No:{code}" for _, code in _CARRIERS], which)
    return {
        "parcel": Joined(
            (some(codes, is_sent), Ids(known_only(numbers % 10**12, is_sent), width=12))
        ),
        "carrier": some(Names([name for name, _ in _CARRIERS], which), is_sent),
    }


@table("shop.order_line")
def _order_lines(world: World) -> Columns:
    lines, orders = world.block.lines, world.block.orders
    facts = each_of(
        _order_facts(world) | buyer_facts(world.known, orders.buyer) | _goods_facts(world),
        lines.order,
    )
    for amount in ("total_amount", "paid_amount", "refund_amount"):
        facts[f"order_{amount}"] = facts.pop(amount)
    facts["order_units"] = facts.pop("units")
    facts |= _line_facts(world, np.arange(len(lines.order)))
    facts["after_sales"] = _after_sales(world, world.block.cases.line, len(lines.order))
    return cut(facts, world.listed(orders.created[lines.order]), len(lines.order))


def _line_facts(world: World, line: Ints) -> dict[str, Column]:
    """What these lines sell, and the money on them."""
    lines, orders, cases, known = (
        world.block.lines,
        world.block.orders,
        world.block.cases,
        world.known,
    )
    done = cases.refunded <= world.as_of
    back = np.bincount(cases.line[done], cases.cents[done], len(lines.order))
    sku, option, cents = lines.sku[line], lines.option[line], lines.cents[line]
    paid = orders.paid[lines.order[line]] <= world.as_of
    return {
        "line_id": Ids(line_numbers(world)[line]),
        "sku": Names(known.skus, sku),
        "product_id": Ids(sku + 600_100_200_300),
        "variant_code": Joined((Names(known.skus, sku), Ids(option, before="-", width=2))),
        "title": Names(known.titles, sku),
        "variant": Names(known.options.texts, option),
        "units": counts(lines.units[line]),
        "unit_price": Amounts(cents // lines.units[line]),
        "list_amount": Amounts(cents),
        "paid_amount": Amounts(np.where(paid, cents, 0)),
        "refund_amount": Amounts(back.astype(np.int64)[line]),
    }


@table("shop.case")
def _cases(world: World) -> Columns:
    block, known, shop = world.block, world.known, world.shop
    cases, orders, people = block.cases, block.orders, world.known.told["people"]
    count = len(cases.number)
    wrong = cases.corrected > world.as_of
    cents = block.lines.cents[cases.line]
    is_whole = (_lines_of(world)[cases.order] == 1) & ((cases.cents == 0) | (cases.cents == cents))
    facts = (
        buyer_facts(known, orders.buyer[cases.order])
        | _line_facts(world, cases.line)
        | _case_progress(world)
        | _parcel_facts(cases.number, cases.sent_back <= world.as_of)
        | {
            "case_id": Ids(cases.number),
            "order_id": Ids(orders.number[cases.order]),
            "order_paid_at": world.times(orders.paid[cases.order]),
            "shop_id": same(shop.shop_id, count),
            "shop_title": same(shop.title, count),
            "platform": same(shop.platform, count),
            "currency": same(shop.currency, count),
            "asked_type": Names(CASE_TYPES, cases.case_type),
            "reason": Names(known.reasons.texts, cases.reason),
            "description": maybe(world.remarks.texts, world.remarks.cases.text),
            "scope": Names(["part", "whole"], is_whole * 1),
            "units": counts(cases.units),
            "paid_amount": Amounts(cents),
            "refund_amount": Amounts(np.where(wrong, cases.wrong_cents, cases.cents)),
            "seller_name": same(f"{people['name']}0", count),
            "seller_address": same(f"{people['regions'][0]} {people['street']}1号", count),
            "seller_phone": same(PHONES[0], count),
        }
    )
    listed = np.flatnonzero((cases.listed <= world.as_of) & (cases.applied >= world.since))
    return cut(facts, listed, count)


def case_history(cases: Cases) -> tuple[Ints, Ints]:
    """When every case came into each of its stages, and index into ``PROGRESS``; a row a stage.

    What does not happen has NEVER; of two at the same time the later row counts.
    """
    first = cases.case_type * len(_STAGES)
    # Of a fast exchange the goods are still on their way when the replacement is.
    is_fast = cases.is_fast
    agreed = first + np.where(is_fast, _ACCEPTED, _REVIEWED)
    ends = np.select(
        [cases.outcome == DONE, cases.outcome == CONVERTED],
        [cases.done_type * len(_STAGES) + _DONE, _CONVERTED_CASE],
        CLOSED_CASE,
    )
    stages = [
        (cases.applied, first),
        (cases.rejected, np.full(len(first), REJECTED_CASE)),
        (cases.reapplied, first),
        (cases.approved, agreed),
        (np.where(is_fast, NEVER, cases.sent_back), first + _SENT_BACK),
        (cases.accepted, first + _ACCEPTED),
        (cases.reshipped, first + _RESHIPPED),
        (cases.finished, ends),
    ]
    times, progress = (np.stack(rows) for rows in zip(*stages, strict=True))
    return times, progress


def case_progress(cases: Cases, as_of: int) -> Ints:
    """Index into ``PROGRESS`` of every case, as known at `as_of`."""
    times, progress = case_history(cases)
    seen = np.where(times <= as_of, times, -1)
    last = len(seen) - 1 - seen[::-1].argmax(axis=0)
    newest: Ints = progress[last, np.arange(progress.shape[1])]
    return newest


def _case_progress(world: World) -> dict[str, Column]:
    """How far every case has come, when, and who decided."""
    cases, as_of = world.block.cases, world.as_of
    progress = case_progress(cases, as_of)
    is_over, is_sent = cases.finished <= as_of, cases.sent_back <= as_of
    is_done = is_over & ~np.isin(cases.outcome, NOT_DONE)
    in_sale = cases.applied < world.block.orders.completed[cases.order]
    stepped_in = (cases.stepped_in <= as_of) * 1 + (cases.ruled <= as_of)
    return {
        "status": Names(STATUSES, progress),
        "progress": Names(PROGRESS, progress),
        "done_type": some(Names(CASE_TYPES, cases.done_type), is_done),
        "goods_status": Names(_GOODS, _goods(cases, is_sent)),
        "phase": Names(["after_completion", "before_completion"], in_sale * 1),
        "intervention": Names(_INTERVENTIONS, stepped_in),
        "is_automatic": yes_no(cases.is_automatic),
        "memo": Names(["", *world.known.told["memos_of_cases"].values()], _memo(cases, is_done)),
        "agent": decider(world),
        "applied_at": world.times(cases.applied),
        # A deadline lies ahead: it is known before it has come.
        "deadline_at": Times(world.plan.clock.utc(cases.applied + 2 * DAY)),
        "reviewed_at": world.times(cases.reviewed),
        "return_shipped_at": world.times(cases.sent_back),
        "return_received_at": world.times(cases.received),
        "inspected_at": world.times(cases.inspected),
        "reshipped_at": world.times(cases.reshipped),
        "buyer_received_at": world.times(cases.delivered),
        "refunded_at": world.times(cases.refunded),
        "closed_at": world.times(cases.finished),
    }


def _memo(cases: Cases, is_done: Flags) -> Ints:
    """What the merchant notes: 1 where the goods were swapped, 2 where they were mended instead."""
    mended = (cases.case_type == EXCHANGE) & (cases.done_type == REPAIR)
    memo: Ints = np.where(is_done & (cases.case_type == EXCHANGE), np.where(mended, 2, 1), 0)
    return memo


def _goods(cases: Cases, is_sent: Flags) -> Ints:
    """Index into ``_GOODS`` of every case."""
    is_on_the_way = cases.case_type == REFUND
    goods: Ints = np.select([cases.is_unshipped, is_on_the_way, is_sent], [0, 1, 3], 2)
    return goods


def decider(world: World) -> Names:
    """Who decided a case; the platform where it was automatic, nobody before the review."""
    cases, shop = world.block.cases, world.shop
    names = [*(f"{shop.title}:{name}" for name in shop.agents), "系统", ""]
    system, nobody = len(shop.agents), len(shop.agents) + 1
    person = np.where(cases.reviewed <= world.as_of, cases.agent % len(shop.agents), nobody)
    return Names(names, np.where(cases.is_automatic, system, person))


@table("shop.case_line")
def _case_lines(world: World) -> Columns:
    """Every case is about one line here."""
    cases = make("shop.case", world)
    names = ["case_id", "order_id", "line_id", "sku", "title", "reason", "description"]
    return {"case_line_id": cases["case_id"], "units": cases["units"]} | {
        name: cases[name] for name in [*names, "shop_id", "platform", "currency"]
    }


@table("shop.refund")
def _refunds(world: World) -> Columns:
    """Money given back; a case gives it back at once or not at all."""
    block, shop = world.block, world.shop
    cases = block.cases
    case = world.listed(cases.refunded)
    number, count = cases.number[case] + 1, len(case)
    return {
        "refund_id": Ids(number),
        "refunded_at": world.times(cases.refunded[case]),
        "order_id": Ids(block.orders.number[cases.order[case]]),
        "case_id": Ids(cases.number[case]),
        "amount": Amounts(cases.cents[case]),
        "shop_id": same(shop.shop_id, count),
        "platform": same(shop.platform, count),
        "currency": same(shop.currency, count),
    }


@table("shop.refund_line")
def _refund_lines(world: World) -> Columns:
    case = world.listed(world.block.cases.refunded)
    line = _line_facts(world, world.block.cases.line[case])
    refunds = make("shop.refund", world)
    return {
        "refund_line_id": refunds["refund_id"],
        **{name: line[name] for name in ("line_id", "sku", "title", "units")},
        **{name: refunds[name] for name in refunds if name != "refunded_at"},
    }


@table("shop.payment")
def _payments(world: World) -> Columns:
    """What was paid for orders, then what was given back."""
    block, shop = world.block, world.shop
    orders, cases = block.orders, block.cases
    sold, back = world.listed(orders.paid), world.listed(cases.refunded)
    total = np.bincount(block.lines.order, block.lines.cents).astype(np.int64)
    count = len(sold) + len(back)
    refund = np.concatenate([np.full(len(sold), NOTHING), cases.number[back] + 1])
    return {
        "payment_id": Ids(np.concatenate([orders.number[sold], cases.number[back] + 1])),
        "paid_at": world.times(np.concatenate([orders.paid[sold], cases.refunded[back]])),
        "order_id": Ids(orders.number[np.concatenate([sold, cases.order[back]])]),
        "refund_id": Ids(refund),
        "kind": Names(["sale", "refund"], np.repeat([0, 1], [len(sold), len(back)])),
        "status": same("success", count),
        "amount": Amounts(np.concatenate([total[sold], cases.cents[back]])),
        "gateway": same("alipay" if shop.currency == "CNY" else "card", count),
        "shop_id": same(shop.shop_id, count),
        "platform": same(shop.platform, count),
        "currency": same(shop.currency, count),
    }


@table("shop.review")
def _reviews(world: World) -> Columns:
    reviews, lines, orders = world.reviews, world.block.lines, world.block.orders
    count = len(reviews.line)
    order, sku = lines.order[reviews.line], lines.sku[reviews.line]
    remarks, replies = world.remarks, world.known.told["reviews"]["replies"]
    follows = reviews.followed_up <= world.as_of
    facts: dict[str, Column] = {
        # The number of the order, then of its line: a buyer reviews each once.
        "review_id": Ids(orders.number[order] - 2 * 10**17 + reviews.line % 2 * 2),
        "reviewed_at": world.times(reviews.reviewed),
        "rating": counts(reviews.rating),
        "body": maybe(remarks.texts, remarks.reviews.text),
        "follow_up": maybe(remarks.texts, np.where(follows, remarks.follow_ups.text, -1)),
        "followed_up_at": world.times(reviews.followed_up),
        "reply": maybe(replies, reviews.reply),
        "order_id": Ids(orders.number[order]),
        "sku": Names(world.known.skus, sku),
        "product_id": Ids(sku + 600_100_200_300),
        "title": Names(world.known.titles, sku),
        "variant": Names(world.known.options.texts, lines.option[reviews.line]),
        **shop_facts(world, count),
        **buyer_facts(world.known, orders.buyer[order]),
    }
    return cut(facts, world.listed(reviews.reviewed), count)


@table("shop.compensation")
def _compensations(world: World) -> Columns:
    paid, orders = world.compensations, world.block.orders
    count = len(paid.order)
    state = np.select([paid.paid_out <= world.as_of, paid.is_refused], [1, 2], 0)
    reasons = list(world.known.told["compensations"].values())
    facts: dict[str, Column] = {
        "compensation_id": Ids(orders.number[paid.order] - 10**17 + 2 * turn_in_order(paid.order)),
        "applied_at": world.times(paid.applied),
        "order_id": Ids(orders.number[paid.order]),
        "case_id": case_ids(world, paid.case),
        "amount": Amounts(paid.cents),
        "currency": same(world.shop.currency, count),
        "reason": Names(reasons, paid.reason),
        "status": Names(["pending", "paid", "refused"], state),
        "agent": agents_of(world, paid.agent),
        "paid_out_at": world.times(paid.paid_out),
        "title": Names(world.known.titles, world.block.lines.sku[_first_lines(world)[paid.order]]),
        **shop_facts(world, count),
        **buyer_facts(world.known, orders.buyer[paid.order]),
    }
    return cut(facts, world.listed(paid.applied), count)


def _first_lines(world: World) -> Ints:
    """Index of the first line of every order."""
    first: Ints = np.searchsorted(
        world.block.lines.order, np.arange(len(world.block.orders.number))
    )
    return first
