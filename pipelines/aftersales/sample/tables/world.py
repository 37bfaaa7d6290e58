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
from aftersales.sample.catalogue import Catalogue, Ints, Shop
from aftersales.sample.columns import NOTHING, Column, Columns, Days, Ids, Names, Of, Times, same
from aftersales.sample.desk import Chats, Messages, Tickets
from aftersales.sample.flow import Books
from aftersales.sample.kpi import AgentDays
from aftersales.sample.lives import Lives
from aftersales.sample.plan import NEVER, Plan
from aftersales.sample.remarks import Remarks
from aftersales.sample.trade import Block
from aftersales.sample.voices import Calls, Compensations, Reviews
from aftersales.sample.wording import Wording

# The numbers a help desk gives people: customers from the one, agents from the other.
BUYERS_FROM, AGENTS_FROM = 10_000_000, 900_001

# Contract columns for which an export may show another one of the world: a finer, coarser or
# second reading of the same fact.
READINGS = {
    "paid_amount": {"list_amount"},
    "sku": {"variant_code", "product_id"},
    "buyer_id": {"buyer_number", "email", "phone"},
    "ticket_id": {"ticket_number"},
    "order_id": {"line_id"},
    "case_id": {"refund_id"},
    "sender": {"sender_number", "sender_seen"},
    "average_response_seconds": {"daytime_response_seconds"},
    "within_3min_share": {"daytime_within_3min_share"},
}

_TABLES: dict[str, Callable[[World], Columns]] = {}

# Those made otherwise for a shop whose conversations are tickets.
_TICKETED: dict[str, Callable[[World], Columns]] = {}

# Of the whole sample: made once, from the last of a shop's days.
OF_ALL_DAYS = frozenset(
    {
        "desk.agent_kpi",
        "reference.fx_rate",
        "reference.promise",
        "reference.special_goods",
        "reference.event",
        "desk.schedule",
        "desk.schedule_holiday",
        "desk.time_zone",
        "desk.daylight_time",
        "desk.sla_target",
    }
)


@dataclass(frozen=True)
class World:
    """Some days of one shop with all that comes of them, as known at a time.

    Attributes:
        books: what the merchant notes of the cases.
        said: what the messages' numbers point into, as far as any shop says it every day.
        remarks: all texts of the block, and what they are about.
        lives: what becomes of conversations that are tickets.
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
    books: Books
    chats: Chats
    messages: Messages
    said: Wording
    remarks: Remarks
    lives: Lives
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
        return Ids(line_numbers(self)[line])

    def listed(self, times: Ints) -> Ints:
        """Rows whose time is within what is listed."""
        return np.flatnonzero((times <= self.as_of) & (times >= self.since))


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
    known = {**_TABLES, **_TICKETED} if world.shop.is_ticketed else _TABLES
    if name not in known:
        raise ConfigError(
            f"the sample world has no table '{name}'", fix=f"use one of: {', '.join(known)}"
        )
    return known[name](world)


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


def each_of(columns: Columns, index: Ints) -> dict[str, Column]:
    """Facts of orders, or of conversations, on each of their rows."""
    return {name: Of(column, index) for name, column in columns.items()}


def line_numbers(world: World) -> Ints:
    """The first line has its order's number, a further one the next odd numbers."""
    lines = world.block.lines
    first = np.searchsorted(lines.order, np.arange(len(world.block.orders.number)))
    turn = np.arange(len(lines.order)) - first[lines.order]
    numbers: Ints = world.block.orders.number[lines.order] + 2 * turn
    return numbers


def shop_facts(world: World, count: int) -> dict[str, Column]:
    """Whose rows they are."""
    return {
        "platform": same(world.shop.platform, count),
        "shop_id": same(world.shop.shop_id, count),
        "shop_title": same(world.shop.title, count),
    }


def case_ids(world: World, case: Ints) -> Ids:
    """Numbers of cases; nothing where the index is -1."""
    return Ids(np.append(world.block.cases.number, NOTHING)[case])


def agents_of(world: World, agent: Ints) -> Names:
    """Accounts of the merchant's people."""
    shop = world.shop
    return Names([f"{shop.title}:{name}" for name in shop.agents], agent % len(shop.agents))


def turn_in_order(order: Ints) -> Ints:
    """How many rows before each one are about the same order."""
    in_order = np.argsort(order, kind="stable")
    first = np.searchsorted(order[in_order], order[in_order])
    turn = np.empty(len(order), dtype=np.int64)
    turn[in_order] = np.arange(len(order)) - first
    return turn


def maybe(texts: list[str], index: Ints) -> Names:
    """Texts by index, none where it is -1."""
    return Names([*texts, ""], np.where(index < 0, len(texts), index))
