"""What a merchant keeps of its cases beside the exports: a register, and a log of the changes."""

from __future__ import annotations

import numpy as np

from aftersales.sample.catalogue import EXCHANGE, REPAIR, Flags, Ints
from aftersales.sample.columns import (
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
from aftersales.sample.flow import RULINGS
from aftersales.sample.plan import NEVER
from aftersales.sample.tables.shop import (
    CASE_TYPES,
    CLOSED_CASE,
    PROGRESS,
    REJECTED_CASE,
    STATUSES,
    case_history,
    decider,
)
from aftersales.sample.tables.world import World, cut, maybe, shop_facts, table
from aftersales.sample.trade import CONVERTED, NOT_DONE, REFUSED, SWAPPED_CLOSED, Cases

_ACTORS = ["customer", "merchant", "platform", "system"]
_CUSTOMER, _MERCHANT, _PLATFORM, _SYSTEM = range(len(_ACTORS))


def registered(world: World) -> Ints:
    """Cases with a row in the register: those that were decided upon."""
    return np.flatnonzero(world.books.is_kept & (world.block.cases.reviewed <= world.as_of))


@table("shop.case_record")
def _records(world: World) -> Columns:
    cases, books, orders, as_of = world.block.cases, world.books, world.block.orders, world.as_of
    count = len(cases.number)
    is_done = (cases.finished <= as_of) & ~np.isin(cases.outcome, NOT_DONE)
    agreed = (cases.approved <= as_of) & (books.replacement >= 0)
    # Of a case that was agreed to in the end nobody notes what was said at first, unless it was
    # the platform that made them agree.
    refused = (cases.rejected <= as_of) & is_last_word(cases)
    seen = cases.inspected <= as_of
    inspection = some(Names(["passed", "failed"], books.is_failed * 1), seen)
    asked = books.visit_asked <= as_of
    due = np.where(asked, world.plan.clock.utc(books.visit_due), NEVER)
    facts: dict[str, Column] = {
        "case_id": Ids(cases.number),
        "order_id": Ids(orders.number[cases.order]),
        "done_type": some(Names(CASE_TYPES, cases.done_type), is_done),
        "units": counts(cases.units),
        "reviewed_at": world.times(cases.reviewed),
        "reject_reason": refusals(world, np.where(refused, books.reason, -1)),
        "return_shipped_at": world.times(cases.sent_back),
        "return_received_at": world.times(cases.received),
        "inspected_at": world.times(cases.inspected),
        "inspection": inspection,
        "reshipped_at": world.times(cases.reshipped),
        "buyer_received_at": world.times(cases.delivered),
        "closed_at": world.times(cases.finished),
        "is_fast": yes_no(cases.is_fast),
        "is_negotiated": yes_no(books.is_negotiated),
        "replacement_sku": maybe(world.known.skus, np.where(agreed, books.replacement, -1)),
        "replacement_price": Amounts(known_only(books.price, agreed)),
        "difference_amount": Amounts(known_only(books.difference, agreed & books.settles)),
        "difference_told_at": world.times(books.told),
        "currency": same(world.shop.currency, count),
        "ruling": maybe(RULINGS, np.where(cases.ruled <= as_of, books.ruling, -1)),
        "visit_asked_at": world.times(books.visit_asked),
        # It lies ahead: it is known before it has come.
        "visit_due_at": Times(due),
        "visited_at": world.times(books.visited),
        "agent": decider(world),
        "memo": same("", count),
        **shop_facts(world, count),
    }
    return cut(facts, registered(world), count)


def is_last_word(cases: Cases) -> Flags:
    """Which refusals were the merchant's last word."""
    last: Flags = (cases.reapplied == NEVER) | (cases.reapplied == cases.stepped_in)
    return last


def refusals(world: World, reason: Ints) -> Names:
    """Why something was refused, in the merchant's words."""
    return maybe(list(world.known.told["refusals"].values()), reason)


@table("shop.case_event")
def _events(world: World) -> Columns:
    """The changes of exchanges and repairs, by case and time."""
    cases = world.block.cases
    times, progress = case_history(cases)
    is_listed = (times <= world.as_of) & np.isin(cases.case_type, [EXCHANGE, REPAIR])
    row, case = np.nonzero(is_listed)
    in_time = np.lexsort((row, times[row, case], case))
    row, case = row[in_time], case[in_time]
    turn = np.arange(len(case)) - np.searchsorted(case, case)
    # What the export calls closed although it was swapped was done.
    swapped = (progress == CLOSED_CASE) & (cases.outcome == SWAPPED_CLOSED)
    reached = np.where(swapped, PROGRESS.index("exchange.done"), progress)[row, case]
    actor = _actors(cases)[row, case]
    ours, refused = actor == _MERCHANT, reached == REJECTED_CASE
    return {
        "event_id": Joined((Ids(cases.number[case]), Ids(turn + 1, before="-"))),
        "case_id": Ids(cases.number[case]),
        "happened_at": world.times(times[row, case]),
        "status": Names(STATUSES, reached),
        "actor": Names(_ACTORS, actor),
        "agent": some(decider(world).take(case), ours),
        "reason": refusals(world, np.where(refused, world.books.reason[case], -1)),
        "memo": same("", len(case)),
        **shop_facts(world, len(case)),
    }


def _actors(cases: Cases) -> Ints:
    """Who brings every case into each stage of its history."""
    count = len(cases.number)
    # The platform agrees in the merchant's stead when it has decided for the buyer.
    agrees = np.where(cases.approved == cases.ruled, _PLATFORM, _MERCHANT)
    ends = np.select(
        [cases.outcome == CONVERTED, cases.outcome == REFUSED], [_MERCHANT, _SYSTEM], _CUSTOMER
    )
    ours, theirs = np.full(count, _MERCHANT), np.full(count, _CUSTOMER)
    return np.stack([theirs, ours, theirs, agrees, theirs, ours, ours, ends])
