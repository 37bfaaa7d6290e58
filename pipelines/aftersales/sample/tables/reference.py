"""What people keep beside the exports: rates of money, promises, special goods, events."""

from __future__ import annotations

from datetime import date

import numpy as np

from aftersales.sample.catalogue import Ints
from aftersales.sample.columns import Columns, Days, Names, Numbers, same
from aftersales.sample.plan import DAY, NEVER, promotions, seconds
from aftersales.sample.tables.world import World, table

# A unit of money in dollars on an ordinary day, how far it moves in one, and how many days there
# are before the walk begins anew.
_IN_DOLLARS = {"USD": 1.0, "CNY": 0.1404, "EUR": 1.087, "GBP": 1.266, "JPY": 0.00662}

_MOVES, _FX_DAYS = 0.002, 4_000

# What kind of event something planted is, by its name in the catalogue.
_EVENT_KINDS = {
    "strike": "strike",
    "coupon_bug": "platform",
    "slow_week": "staffing",
    "slow_nights": "staffing",
    "bad_batch": "quality",
    "stolen_parcels": "other",
}


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
