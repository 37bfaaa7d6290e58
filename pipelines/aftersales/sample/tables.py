"""What the sample world holds, as tables named like those of the contracts.

A table is one function, registered by the name of its contract table. Its columns have the names
and the terms of the contract; further ones hold what exports show and no contract keeps: how a
person is called, parcels, the seller's address. Only rows that are there at the as-of are listed.

The simulation runs on the clock of the shop without summer time, so that no hour is missing and
none comes twice; here its times become UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from aftersales.errors import ConfigError
from aftersales.sample import desk
from aftersales.sample.catalogue import (
    EXCHANGE,
    REFUND,
    REPAIR,
    Catalogue,
    Flags,
    Ints,
    Shop,
)
from aftersales.sample.columns import (
    NOTHING,
    Amounts,
    Column,
    Columns,
    Days,
    Ids,
    Joined,
    Names,
    Numbers,
    Of,
    Times,
    counts,
    known_only,
    same,
    some,
    yes_no,
)
from aftersales.sample.desk import Chats, Messages, Tickets
from aftersales.sample.kpi import AgentDays
from aftersales.sample.plan import DAY, NEVER, Plan
from aftersales.sample.trade import DONE, DROPPED, Block, Cases, carrier_of, region_of
from aftersales.sample.voices import Calls, Compensations, Reviews

PHONES = [f"138{n:04}0000" for n in range(1, 60)]
_CARRIERS = [("测试速运", "CS"), ("样例快递", "YL"), ("虚构物流", "XG")]
# The numbers a help desk gives people: customers from the one, agents from the other.
BUYERS_FROM, AGENTS_FROM = 10_000_000, 900_001

# Terms of the contracts, in the order of the numbers that stand for them in the simulation.
ORDER_STATUSES = ["unpaid", "paid", "shipped", "completed", "closed"]
UNPAID, PAID, SHIPPED, COMPLETED, CLOSED = range(5)
CASE_TYPES = ["exchange", "return_refund", "refund_only", "reship", "repair"]
# How far a case has come, and the contract's status of it, by type.
_STAGES = ["applied", "reviewed", "sent_back", "received", "reshipped", "done"]
_STATUS_BY_STAGE = {
    "exchange": ["applied", "approved", "returned", "returned", "reshipped", "completed"],
    "return_refund": ["applied", "approved", "returned", "returned", "returned", "refunded"],
    "refund_only": ["applied", "applied", "applied", "applied", "applied", "refunded"],
    "reship": ["applied", "reshipped", "reshipped", "reshipped", "reshipped", "completed"],
    "repair": ["applied", "approved", "returned", "reshipped", "reshipped", "completed"],
}
PROGRESS = [f"{kind}.{stage}" for kind in CASE_TYPES for stage in _STAGES] + ["closed"]
_STATUSES = [status for kind in CASE_TYPES for status in _STATUS_BY_STAGE[kind]] + ["closed"]
_DONE, _CLOSED_CASE = len(_STAGES) - 1, len(PROGRESS) - 1
_GOODS = ["not_shipped", "not_received", "received", "sent_back"]
_INTERVENTIONS = ["none", "running", "decided"]

# Contract columns for which an export may show another one of the world: a finer, coarser or
# second reading of the same fact.
READINGS = {
    "paid_amount": {"list_amount"},
    "sku": {"variant_code", "product_id"},
    "buyer_id": {"buyer_number", "email", "phone"},
    "ticket_id": {"ticket_number"},
    "order_id": {"line_id"},
    "case_id": {"refund_id"},
    "sender": {"sender_number"},
}


@dataclass(frozen=True)
class World:
    """Some days of one shop with all that comes of them, as known at a time.

    Attributes:
        agent_days: sums over the conversations of all days so far.
        first_chat: number of the block's first conversation.
        first_ticket: number of the block's first ticket.
        as_of: the last second that has happened, by the simulation's clock.
        since: orders placed and cases applied for before are not listed.
        is_last: no more days of the shop follow.
    """

    known: Catalogue
    shop: Shop
    plan: Plan
    block: Block
    chats: Chats
    messages: Messages
    tickets: Tickets
    reviews: Reviews
    calls: Calls
    compensations: Compensations
    agent_days: AgentDays
    first_chat: int
    first_ticket: int
    as_of: int
    since: int = 0
    is_last: bool = True

    def times(self, times: Ints) -> Times:
        """Times of the simulation as instants; what is later than the as-of has not happened."""
        return Times(self.plan.clock.utc(np.where(times <= self.as_of, times, NEVER)))

    def line_ids(self, line: Ints) -> Ids:
        """Numbers of lines of the block."""
        return Ids(_line_numbers(self)[line])

    def listed(self, times: Ints) -> Ints:
        """Rows whose time is within what is listed."""
        return np.flatnonzero((times <= self.as_of) & (times >= self.since))


_TABLES: dict[str, Callable[[World], Columns]] = {}
# Those made otherwise for a shop whose conversations are tickets.
_TICKETED: dict[str, Callable[[World], Columns]] = {}


def table(
    name: str, *, ticketed: bool = False
) -> Callable[[Callable[[World], Columns]], Callable[[World], Columns]]:
    """Register the function that makes a table; ``ticketed``: for shops that have tickets only."""

    def add(make: Callable[[World], Columns]) -> Callable[[World], Columns]:
        (_TICKETED if ticketed else _TABLES)[name] = make
        return make

    return add


def make(name: str, world: World) -> Columns:
    """A table of the world.

    Raises:
        ConfigError: the world has none of this name.
    """
    if name not in _TABLES:
        raise ConfigError(
            f"the sample world has no table '{name}'", fix=f"use one of: {', '.join(_TABLES)}"
        )
    return (_TICKETED if world.shop.is_ticketed else {}).get(name, _TABLES[name])(world)


def lists_anything(world: World) -> bool:
    """Whether any of the block's orders is listed at all."""
    created = world.block.orders.created
    return bool(created[0] <= world.as_of and created[-1] >= world.since)


def cut(columns: Mapping[str, Column], rows: Ints, count: int) -> Columns:
    """These rows of all columns."""
    if len(rows) == count:
        return columns
    return {name: column.take(rows) for name, column in columns.items()}


def spread(columns: Columns, count: int) -> Columns:
    """About so many rows from all over a table; an order, a conversation, a day stay whole."""
    rows = len(next(iter(columns.values())))
    wholes = (columns.get(name) for name in ("conversation_id", "order_id", "rated_on"))
    whole = next((column for column in wholes if column is not None), None)
    index = np.unique(_numbers(whole), return_inverse=True)[1] if whole else np.arange(rows)
    groups = int(index.max(initial=-1)) + 1
    wanted = min(groups, max(count * groups // max(rows, 1), 1))
    chosen = np.unique(np.linspace(0, groups - 1, wanted).astype(np.int64))
    return cut(columns, np.flatnonzero(np.isin(index, chosen)), rows)


def _numbers(column: Column) -> Ints:
    """The numbers that ids and days are."""
    match column:
        case Of():
            return _numbers(column.column)[column.index]
        case Ids():
            return column.numbers
        case Days():
            return column.days
    raise TypeError(f"{type(column).__name__} is no id")


def _each_of(columns: Columns, index: Ints) -> dict[str, Column]:
    """Facts of orders, or of conversations, on each of their rows."""
    return {name: Of(column, index) for name, column in columns.items()}


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
    facts = _each_of(
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
        "line_id": Ids(_line_numbers(world)[line]),
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


def _line_numbers(world: World) -> Ints:
    """The first line has its order's number, a further one the next odd numbers."""
    lines = world.block.lines
    first = np.searchsorted(lines.order, np.arange(len(world.block.orders.number)))
    turn = np.arange(len(lines.order)) - first[lines.order]
    numbers: Ints = world.block.orders.number[lines.order] + 2 * turn
    return numbers


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
            "description": Names(known.says.texts, cases.says),
            "scope": Names(["part", "whole"], is_whole * 1),
            "paid_amount": Amounts(cents),
            "refund_amount": Amounts(np.where(wrong, cases.wrong_cents, cases.cents)),
            "seller_name": same(f"{people['name']}0", count),
            "seller_address": same(f"{people['regions'][0]} {people['street']}1号", count),
            "seller_phone": same(PHONES[0], count),
        }
    )
    listed = np.flatnonzero((cases.listed <= world.as_of) & (cases.applied >= world.since))
    return cut(facts, listed, count)


def case_progress(cases: Cases, as_of: int) -> Ints:
    """Index into ``PROGRESS`` of every case, as known at `as_of`."""
    stages = np.stack([cases.reviewed, cases.sent_back, cases.received, cases.reshipped])
    stage = (stages <= as_of).sum(axis=0)
    is_over = cases.finished <= as_of
    # Until it is over a case looks like what was asked for.
    kind = np.where(is_over, cases.done_type, cases.case_type)
    progress: Ints = kind * len(_STAGES) + np.where(is_over, _DONE, stage)
    return np.where(is_over & (cases.outcome != DONE), _CLOSED_CASE, progress)


def _case_progress(world: World) -> dict[str, Column]:
    """How far every case has come, when, and who decided."""
    cases, as_of = world.block.cases, world.as_of
    progress = case_progress(cases, as_of)
    is_over, is_sent = cases.finished <= as_of, cases.sent_back <= as_of
    is_done = is_over & (cases.outcome != DROPPED)
    in_sale = cases.applied < world.block.orders.completed[cases.order]
    stepped_in = np.where(cases.agent % 40 == 0, np.where(is_over, 2, 1), 0)
    return {
        "status": Names(_STATUSES, progress),
        "progress": Names(PROGRESS, progress),
        "done_type": some(Names(CASE_TYPES, cases.done_type), is_done),
        "goods_status": Names(_GOODS, _goods(cases, is_sent)),
        "phase": Names(["after_completion", "before_completion"], in_sale * 1),
        "intervention": Names(_INTERVENTIONS, stepped_in),
        "is_automatic": yes_no(cases.is_automatic),
        "memo": Names(["", *world.known.told["memos_of_cases"].values()], _memo(cases, is_done)),
        "agent": _decider(world),
        "applied_at": world.times(cases.applied),
        # A deadline lies ahead: it is known before it has come.
        "deadline_at": Times(world.plan.clock.utc(cases.applied + 2 * DAY)),
        "reviewed_at": world.times(cases.reviewed),
        "return_shipped_at": world.times(cases.sent_back),
        "return_received_at": world.times(cases.received),
        "reshipped_at": world.times(cases.reshipped),
        "buyer_received_at": world.times(np.where(cases.reshipped < NEVER, cases.finished, NEVER)),
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


def _decider(world: World) -> Names:
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


@table("desk.message")
def _messages(world: World) -> Columns:
    messages, chats, block = world.messages, world.chats, world.block
    seen = np.flatnonzero(messages.sent <= world.as_of)
    chat = messages.chat[seen]
    turn = np.arange(len(chat)) - np.searchsorted(chat, chat)
    buyer = block.orders.buyer[chats.order]
    nick = world.known.told["people"]["nick"]
    by_chat: dict[str, Column] = {
        "conversation_id": Ids(
            np.arange(len(chats.order)) + world.first_chat,
            before=world.shop.shop_id[:1].upper(),
            width=8,
        ),
        "platform": same(world.shop.platform, len(chats.order)),
        "shop_id": same(world.shop.shop_id, len(chats.order)),
        "buyer_id": Ids(buyer, before=nick),
        "order_id": Ids(known_only(block.orders.number[chats.order], chats.states_order)),
        "case_id": Ids(np.append(block.cases.number, NOTHING)[chats.case]),
        "channel": same("旺旺", len(chats.order)),
    }
    return _each_of(by_chat, chat) | {
        "message_id": Ids((chat + world.first_chat) * 1000 + turn),
        "sent_at": world.times(messages.sent[seen]),
        "sender_role": Names(desk.ROLES, messages.role[seen]),
        "sender": _senders(world, chat, messages.role[seen]),
        "sender_number": Ids(
            np.where(
                messages.role[seen] == desk.CUSTOMER,
                buyer[chat] + BUYERS_FROM,
                chats.agent[chat] % len(world.shop.agents) + AGENTS_FROM,
            )
        ),
        "body": Names(desk.message_texts(world.known), messages.text[seen]),
        "visibility": same("public", len(chat)),
    }


def _senders(world: World, chat: Ints, role: Ints) -> Column:
    """The account behind every message: the buyer, the conversation's agent, bot or platform."""
    shop, buyer = world.shop, world.block.orders.buyer[world.chats.order]
    names = [f"{shop.title}:{name}" for name in (*shop.agents, shop.bot)] + ["系统", ""]
    bot = len(shop.agents)
    agent = world.chats.agent[chat] % bot
    who = np.select(
        [role == desk.AGENT, role == desk.BOT, role == desk.SYSTEM], [agent, bot, bot + 1], bot + 2
    )
    speaks = role == desk.CUSTOMER
    nick = world.known.told["people"]["nick"]
    return Joined((Ids(known_only(buyer[chat], speaks), before=nick), Names(names, who)))


@table("desk.ticket")
def _tickets(world: World) -> Columns:
    tickets, shop, told = world.tickets, world.shop, world.known.told["tickets"]
    count = len(tickets.order)
    happened = [tickets.closed, tickets.solved, tickets.replied, tickets.created]
    state = np.select([times <= world.as_of for times in happened[:3]], [3, 2, 1], 0)
    newest = np.select([times <= world.as_of for times in happened], happened, NEVER)
    agent = tickets.agent % len(shop.agents)
    buyer = buyer_facts(world.known, world.block.orders.buyer[tickets.order])
    return {
        "ticket_id": Ids(
            np.arange(count) + world.first_ticket, before=f"T{shop.shop_id[:1].upper()}", width=7
        ),
        "ticket_number": Ids(np.arange(count) + world.first_ticket),
        "created_at": world.times(tickets.created),
        "first_replied_at": world.times(tickets.replied),
        "solved_at": world.times(tickets.solved),
        "closed_at": world.times(tickets.closed),
        "updated_at": world.times(newest),
        "platform": same(shop.platform, count),
        "shop_id": same(shop.shop_id, count),
        "order_id": Ids(world.block.orders.number[tickets.order]),
        "status": Names(["open", "pending", "solved", "closed"], state),
        "channel": Names(desk.TICKET_CHANNELS, tickets.channel),
        "priority": Names(desk.TICKET_PRIORITIES, tickets.priority),
        "category": Names([kind["category"] for kind in told], tickets.kind),
        "subject": Names([kind["subject"] for kind in told], tickets.kind),
        "body": Names([kind["text"] for kind in told], tickets.kind),
        "agent": Names(shop.agents, agent),
        "agent_id": Ids(agent + AGENTS_FROM),
        "submitter_id": buyer["buyer_number"],
        "csat": Numbers(np.where(tickets.csat > 0, tickets.csat, np.nan)),
        "satisfaction": Names(
            ["bad", "good", "unoffered", "offered"],
            np.where(
                tickets.csat > 0, tickets.csat > 3, np.where(tickets.solved <= world.as_of, 3, 2)
            ),
        ),
        "reopens": counts(tickets.reopens),
        "desk_first_reply_minutes": _minutes(world, tickets.created, tickets.replied),
        "desk_full_resolution_minutes": _minutes(world, tickets.created, tickets.solved),
        **buyer,
    }


def _minutes(world: World, begun: Ints, ended: Ints) -> Numbers:
    """Whole minutes from one time to another; none where it has not ended."""
    return Numbers(np.where(ended <= world.as_of, (ended - begun) // 60, np.nan))
