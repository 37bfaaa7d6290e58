"""Believable exports of an invented merchant, in real layouts, with planted truths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypedDict

from aftersales.errors import ConfigError
from aftersales.sample.catalogue import Catalogue, catalogue
from aftersales.sample.exports import write_shop
from aftersales.sample.plan import Plan, make_plan, orders_by_shop
from aftersales.sample.truth import Truth, canaries, planted_events

__all__ = ["DEMO", "Truth", "write"]


class Size(TypedDict):
    """What decides a sample, ready to be given to `write`."""

    orders: int
    seed: int
    months: int
    until: date


# Enough for a weekly review with eight weeks before it; small enough for a first impression.
DEMO: Size = {"orders": 20_000, "seed": 7, "months": 4, "until": date(2026, 11, 22)}


def write(
    out: Path,
    *,
    orders: int,
    seed: int,
    months: int,
    until: date,
    on_progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """The planted truth of the sample exports written into `out`, one folder a shop.

    The same arguments give the same bytes. What would come after the end of `until`, Shanghai
    time, has not happened: those shipments, answers and decisions are open.

    Args:
        out: made if it is not there; files of the same names are overwritten.
        orders: how many over all shops.
        seed: another seed, another sample.
        months: how far back from `until` the orders reach.
        until: the last full day.
        on_progress: called with (orders written, all orders).

    Raises:
        ConfigError: there would be nothing to write.
    """
    known = catalogue()
    if orders < len(known.shops) or months < 1:
        least = f"at least {len(known.shops)} orders and one month"
        raise ConfigError("there would be nothing in the sample", fix=f"ask for {least}")
    plan = make_plan(known, months=months, until=until)
    truth = _planted(known, plan, orders, seed, months)
    done = 0
    for index, count in enumerate(orders_by_shop(known.shops, orders)):
        for written in write_shop(known, plan, out, truth, index=index, orders=count):
            done += written
            if on_progress is not None:
                on_progress(done, orders)
    truth.save(out)
    return truth


def _planted(known: Catalogue, plan: Plan, orders: int, seed: int, months: int) -> Truth:
    """The truth before anything is counted."""
    return Truth(
        orders=orders,
        seed=seed,
        months=months,
        since=plan.start,
        until=plan.until,
        shops={shop.shop_id: {"title": shop.title, "platform": "taobao"} for shop in known.shops},
        events=planted_events(known, plan),
        canaries=canaries(known),
    )
