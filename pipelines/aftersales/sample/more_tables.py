"""Further tables of the sample world: voices, a help desk, money, and what people keep beside."""

from __future__ import annotations

from datetime import date

import numpy as np

from aftersales.sample import help_desk_tables, voices
from aftersales.sample.catalogue import Floats, Ints
from aftersales.sample.columns import (
    NOTHING,
    Amounts,
    Column,
    Columns,
    Days,
    Ids,
    Names,
    Numbers,
    counts,
    same,
    some,
)
from aftersales.sample.kpi import never_zero
from aftersales.sample.plan import DAY, NEVER, promotions, seconds
from aftersales.sample.tables import World, buyer_facts, cut, table

# Of the whole sample: made once, from the last of a shop's days.
OF_ALL_DAYS = frozenset(
    {
        "desk.agent_kpi",
        "reference.fx_rate",
        "reference.promise",
        "reference.special_goods",
        "reference.event",
        *help_desk_tables.OF_ALL_DAYS,
    }
)
# A unit of money in dollars on an ordinary day, how far it moves in one, and how many days there
# are before the walk begins anew.
_IN_DOLLARS = {"USD": 1.0, "CNY": 0.1404, "EUR": 1.087, "GBP": 1.266, "JPY": 0.00662}
_MOVES, _FX_DAYS = 0.002, 4_000
# What kind of event something planted is, by its name in the catalogue.
_EVENT_KINDS = {
    "strike": "strike",
    "coupon_bug": "platform",
    "slow_week": "staffing",
    "bad_batch": "quality",
    "stolen_parcels": "other",
}


def _shop_facts(world: World, count: int) -> dict[str, Column]:
    return {
        "platform": same(world.shop.platform, count),
        "shop_id": same(world.shop.shop_id, count),
        "shop_title": same(world.shop.title, count),
    }


def _case_ids(world: World, case: Ints) -> Ids:
    """Numbers of cases; nothing where the index is -1."""
    return Ids(np.append(world.block.cases.number, NOTHING)[case])


def _agents(world: World, agent: Ints) -> Names:
    """Accounts of the merchant's people."""
    shop = world.shop
    return Names([f"{shop.title}:{name}" for name in shop.agents], agent % len(shop.agents))


def _turn(order: Ints) -> Ints:
    """How many rows before each one are about the same order."""
    in_order = np.argsort(order, kind="stable")
    first = np.searchsorted(order[in_order], order[in_order])
    turn = np.empty(len(order), dtype=np.int64)
    turn[in_order] = np.arange(len(order)) - first
    return turn


def _maybe(texts: list[str], index: Ints) -> Names:
    """Texts by index, none where it is -1."""
    return Names([*texts, ""], np.where(index < 0, len(texts), index))


@table("shop.review")
def _reviews(world: World) -> Columns:
    reviews, lines, orders = world.reviews, world.block.lines, world.block.orders
    count = len(reviews.line)
    order, sku = lines.order[reviews.line], lines.sku[reviews.line]
    texts = voices.review_texts(world.known)
    follows = reviews.followed_up <= world.as_of
    facts: dict[str, Column] = {
        # The number of the order, then of its line: a buyer reviews each once.
        "review_id": Ids(orders.number[order] - 2 * 10**17 + reviews.line % 2 * 2),
        "reviewed_at": world.times(reviews.reviewed),
        "rating": counts(reviews.rating),
        "body": _maybe(texts, reviews.text),
        "follow_up": _maybe(texts, np.where(follows, reviews.follow_up, -1)),
        "followed_up_at": world.times(reviews.followed_up),
        "reply": _maybe(texts, reviews.reply),
        "order_id": Ids(orders.number[order]),
        "sku": Names(world.known.skus, sku),
        "product_id": Ids(sku + 600_100_200_300),
        "title": Names(world.known.titles, sku),
        "variant": Names(world.known.options.texts, lines.option[reviews.line]),
        **_shop_facts(world, count),
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
        "compensation_id": Ids(orders.number[paid.order] - 10**17 + 2 * _turn(paid.order)),
        "applied_at": world.times(paid.applied),
        "order_id": Ids(orders.number[paid.order]),
        "case_id": _case_ids(world, paid.case),
        "amount": Amounts(paid.cents),
        "currency": same(world.shop.currency, count),
        "reason": Names(reasons, paid.reason),
        "status": Names(["pending", "paid", "refused"], state),
        "agent": _agents(world, paid.agent),
        "paid_out_at": world.times(paid.paid_out),
        "title": Names(world.known.titles, world.block.lines.sku[_first_lines(world)[paid.order]]),
        **_shop_facts(world, count),
        **buyer_facts(world.known, orders.buyer[paid.order]),
    }
    return cut(facts, world.listed(paid.applied), count)


def _first_lines(world: World) -> Ints:
    """Index of the first line of every order."""
    first: Ints = np.searchsorted(
        world.block.lines.order, np.arange(len(world.block.orders.number))
    )
    return first


@table("desk.call")
def _calls(world: World) -> Columns:
    calls, orders = world.calls, world.block.orders
    count = len(calls.order)
    spoken = calls.answered <= world.as_of
    facts: dict[str, Column] = {
        "call_id": Ids(orders.number[calls.order] - 4 * 10**17 + 2 * _turn(calls.order)),
        "started_at": world.times(calls.started),
        "queued_at": world.times(calls.queued),
        "answered_at": world.times(calls.answered),
        "ended_at": world.times(calls.ended),
        "abandoned_at": world.times(calls.abandoned),
        "outcome": Names(voices.OUTCOMES, calls.outcome),
        "agent": some(_agents(world, calls.agent), spoken),
        "memo": _maybe(world.known.told["memos"], calls.memo),
        "csat": Numbers(np.where(calls.csat > 0, calls.csat, np.nan)),
        "order_id": Ids(orders.number[calls.order]),
        "case_id": _case_ids(world, calls.case),
        **_shop_facts(world, count),
        **buyer_facts(world.known, orders.buyer[calls.order]),
    }
    # A call is written down when it is over.
    return cut(facts, world.listed(calls.ended), count)


@table("desk.agent_kpi")
def _agent_kpi(world: World) -> Columns:
    agent, day, sums = world.agent_days.rows()
    count = len(agent)
    return {
        "agent": _agents(world, agent),
        "first_on": Days(day),
        "last_on": Days(day),
        "consultations": Numbers(sums["consultations"]),
        "receptions": Numbers(sums["receptions"]),
        "first_response_seconds": _mean(sums["first_seconds"], sums["receptions"]),
        "average_response_seconds": _mean(sums["turn_seconds"], sums["turns"]),
        "within_30s_share": _mean(sums["within_30s"], sums["turns"], digits=4),
        "within_3min_share": _mean(sums["within_3min"], sums["turns"], digits=4),
        "unanswered_3min": Numbers(sums["unanswered_3min"]),
        "rated": Numbers(sums["rated"]),
        "satisfied": Numbers(sums["satisfied"]),
        "satisfied_share": _mean(sums["satisfied"], sums["rated"], digits=4),
        "service_score": _mean(5 * sums["satisfied"], sums["rated"], digits=2),
        "low_ratings": Numbers(sums["rated"] - sums["satisfied"]),
        **_shop_facts(world, count),
    }


def _mean(total: Floats, of: Floats, digits: int = 2) -> Numbers:
    return Numbers(np.round(never_zero(total, of), digits))


@table("reference.fx_rate")
def _fx_rates(world: World) -> Columns:
    """What dollars and euros are worth, on the days banks publish it: the same in every sample."""
    first = seconds(world.plan.start) // DAY - 10
    every = np.arange(first, seconds(world.plan.until) // DAY + 1)
    names = list(_IN_DOLLARS)
    moves = np.random.default_rng(2026).normal(0, _MOVES, (len(names), _FX_DAYS))
    walk = np.exp(np.clip(np.cumsum(moves, axis=1), -0.05, 0.05))[:, every % _FX_DAYS]
    in_dollars = walk * np.array(list(_IN_DOLLARS.values()))[:, None]
    in_dollars[names.index("USD")] = 1.0
    published = np.flatnonzero((every + 3) % 7 < 5)
    pairs = [(b, c) for b in ("EUR", "USD") for c in names if b != c]
    base, other = (np.array([names.index(pair[side]) for pair in pairs]) for side in (0, 1))
    rates = in_dollars[base] / in_dollars[other]
    repeats = len(published)
    return {
        "rated_on": Days(np.tile(every[published], len(pairs))),
        "base_currency": Names(names, np.repeat(base, repeats)),
        "currency": Names(names, np.repeat(other, repeats)),
        "rate": Numbers(np.round(rates[:, published].ravel(), 4).astype(np.float64)),
    }


@table("reference.promise")
def _promises(world: World) -> Columns:
    """首年只换不修 for devices, returns for all."""
    known, told = world.known, world.known.told["promises"]
    rows = [
        (sku, promise, facts)
        for promise, facts in told.items()
        for sku, kind in zip(known.skus, known.kind.tolist(), strict=True)
        if known.kinds[kind] in facts["kinds"]
    ]
    count = len(rows)
    days = np.array([facts["days"] for *_, facts in rows], dtype=np.float64)
    return {
        "sku": Names([sku for sku, *_ in rows], np.arange(count)),
        "promise": Names([promise for _, promise, _ in rows], np.arange(count)),
        "valid_from": Days(np.full(count, seconds(world.shop.opened) // DAY)),
        "valid_until": Days(np.full(count, NEVER)),
        "days": Numbers(days),
        "fault_scope": same("", count),
        "price_basis": same("", count),
        "shop_id": same(world.shop.shop_id, count),
    }


@table("reference.special_goods")
def _special_goods(world: World) -> Columns:
    """Articles without some after-sales right."""
    told = world.known.told["special_goods"]
    count = len(told)
    return {
        "sku": Names(list(told), np.arange(count)),
        "can_exchange": Names([facts["exchange"] for facts in told.values()], np.arange(count)),
        "can_return": Names([facts["return"] for facts in told.values()], np.arange(count)),
        "why": Names([facts["why"] for facts in told.values()], np.arange(count)),
        "shop_id": same(world.shop.shop_id, count),
    }


@table("reference.event")
def _events(world: World) -> Columns:
    """What the merchant knows of: promotions and what went wrong for some days."""
    told = world.known.told["event_titles"]
    rows = [
        (told[name], kind, span.since, span.until)
        for name, kind in _EVENT_KINDS.items()
        if (span := world.plan.spans.get(name))
    ]
    rows += [(told["promotion"], "promotion", day, day) for day in promotions(world.plan)]
    count = len(rows)
    return {
        "title": Names([row[0] for row in rows], np.arange(count)),
        "kind": Names([row[1] for row in rows], np.arange(count)),
        "first_on": Days(_numbers([row[2] for row in rows])),
        "last_on": Days(_numbers([row[3] for row in rows])),
        "note": same("", count),
        "shop_id": same(world.shop.shop_id, count),
    }


def _numbers(days: list[date]) -> Ints:
    return np.array([seconds(day) // DAY for day in days], dtype=np.int64)
