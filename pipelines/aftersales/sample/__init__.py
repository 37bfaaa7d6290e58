"""Believable exports of an invented merchant, in real layouts, with planted truths."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TypedDict

from aftersales.errors import ConfigError
from aftersales.sample import exports
from aftersales.sample.catalogue import Catalogue, catalogue
from aftersales.sample.complaint_truth import Remark, remarks_of
from aftersales.sample.exports import Shown
from aftersales.sample.plan import Plan, make_plan, orders_by_shop
from aftersales.sample.truth import Truth, canaries, planted_events

__all__ = ["DEMO", "GALLERY", "Remark", "Shown", "Truth", "remarks", "write", "write_gallery"]


class Size(TypedDict):
    """What decides a sample, ready to be given to `write`."""

    orders: int
    seed: int
    months: int
    until: date


# Enough for a weekly review with eight weeks before it; small enough for a first impression.
DEMO: Size = {"orders": 20_000, "seed": 7, "months": 4, "until": date(2026, 11, 22)}

# Enough orders for every kind of case; each file shows some forty rows of them.
GALLERY: Size = {"orders": 1_200, "seed": 11, "months": 2, "until": date(2026, 11, 22)}


def write(
    out: Path,
    *,
    orders: int,
    seed: int,
    months: int,
    until: date,
    flat: bool = False,
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
        flat: nothing happens: no events, every product as good and every shift as fast as another.
        on_progress: called with (orders written, all orders).

    Raises:
        ConfigError: there would be nothing to write.
    """
    known = catalogue()
    if orders < len(known.shops) or months < 1:
        least = f"at least {len(known.shops)} orders and one month"
        raise ConfigError("there would be nothing in the sample", fix=f"ask for {least}")
    known = known.evened() if flat else known
    plans = _plans(known, months, until, is_flat=flat)
    truth = _planted(known, plans, orders, seed, months)
    done = 0
    for index, count in enumerate(orders_by_shop(known.shops, orders)):
        for written in exports.write_shop(
            known, plans[index], out, truth, index=index, orders=count
        ):
            done += written
            if on_progress is not None:
                on_progress(done, orders)
    truth.save(out)
    return truth


def remarks(*, orders: int, seed: int, months: int, until: date) -> Iterator[Remark]:
    """Every text buyers write in the sample `write` writes of the same arguments, with its truth.

    Args:
        orders: how many over all shops.
        seed: of that sample.
        months: how far back from `until` the orders reach.
        until: the last full day.
    """
    known = catalogue()
    plans = _plans(known, months, until)
    for index, count in enumerate(orders_by_shop(known.shops, orders)):
        shown = known.of_shop(known.shops[index])
        for world in exports.worlds(shown, plans[index], seed, index, count):
            yield from remarks_of(world)


def write_gallery(
    out: Path,
    *,
    only: Collection[str] | None = None,
    orders: int = GALLERY["orders"],
    seed: int = GALLERY["seed"],
    months: int = GALLERY["months"],
    until: date = GALLERY["until"],
) -> dict[str, Shown]:
    """Write a small file in every layout there is, each into a folder named like the layout.

    Args:
        out: made if it is not there.
        only: these layouts, by the names of their files; None: all.
        orders: of each shop's block, of which every file shows a few.
        seed: another seed, other rows.
        months: how far back from `until` the orders reach.
        until: the last full day.

    Returns:
        What each file shows, by layout.

    Raises:
        ConfigError: a layout shows a table or column the world does not have.
    """
    known = catalogue()
    plans = _plans(known, months, until)
    return exports.write_gallery(known, plans, out, orders=orders, seed=seed, only=only)


def _plans(known: Catalogue, months: int, until: date, *, is_flat: bool = False) -> list[Plan]:
    return [
        make_plan(known, shop, months=months, until=until, is_flat=is_flat) for shop in known.shops
    ]


def _planted(known: Catalogue, plans: Sequence[Plan], orders: int, seed: int, months: int) -> Truth:
    """The truth before anything is counted."""
    return Truth(
        orders=orders,
        seed=seed,
        months=months,
        since=plans[0].start,
        until=plans[0].until,
        is_flat=plans[0].is_flat,
        shops={
            shop.shop_id: {
                "title": shop.title,
                "platform": shop.platform,
                "zone": shop.zone,
                "currency": shop.currency,
            }
            for shop in known.shops
        },
        events=planted_events(plans),
        canaries=canaries(known),
    )
