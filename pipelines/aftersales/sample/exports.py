"""All files of one shop, written block by block."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from aftersales.sample import (
    desk,
    layout,
    render,
    tables,
    voices,
)
from aftersales.sample.catalogue import Catalogue, Ints, Shop
from aftersales.sample.columns import Columns
from aftersales.sample.files import (
    Dialogue,
    Document,
    Rows,
    SheetPerValue,
    Table,
    TextTable,
    Workbook,
)
from aftersales.sample.flow import carry_on
from aftersales.sample.grievances import repertoire
from aftersales.sample.kpi import AgentDays
from aftersales.sample.layout import Layout
from aftersales.sample.lives import draw_lives
from aftersales.sample.lives import none as no_lives
from aftersales.sample.plan import OLDER_EXPORT_DAYS, Plan, blocks, orders_by_day, stamp
from aftersales.sample.remarks import draw_remarks
from aftersales.sample.tables import World
from aftersales.sample.trade import draw_block
from aftersales.sample.truth import Tally, Truth
from aftersales.sample.wording import wording

# Above it a shop's workbooks are written as csv: a workbook is slow to write and to read.
_MOST_WORKBOOK_ROWS = 50_000
_BLOCK = 20_000
# Tells the generator of what becomes of cases from the one of the orders; with this number a bit of
# nearly everything is in the small sample.
_OWN_STREAM = 5
# And the one of what people write.
_TEXT_STREAM = 6
_EXPORTED_TWICE = ("shop.order", "shop.case")
# About so many rows of each table are shown in the gallery, of whole orders and conversations.
_GALLERY_ROWS = 40
# Order numbers have 19 digits and rise with time; every shop has a range of its own.
_NUMBERS_FROM = 3_200_000_000_000_000_000
_NUMBERS_A_SHOP = 1_100_000_000_000_000_000
_NUMBERS_USED = 500_000_000_000_000_000


@dataclass(frozen=True)
class Export:
    """One file of a shop.

    Attributes:
        until: its last full day.
        as_of: the last second it knows of, by the simulation's clock.
        since: the first second of the orders it lists.
    """

    layout: Layout
    until: date
    as_of: int
    since: int = 0


@dataclass(frozen=True)
class Shown:
    """A file of the gallery, and the rows of the world it shows."""

    path: Path
    layout: Layout
    shop: Shop
    rows: Columns


def write_shop(
    known: Catalogue, plan: Plan, out: Path, truth: Truth, *, index: int, orders: int
) -> Iterator[int]:
    """Write shop number `index` below `out` and count it into `truth`; yields orders written."""
    shop = known.shops[index]
    known = known.of_shop(shop)
    tally = Tally(known, shop, plan)
    folder = out / shop.shop_id
    folder.mkdir(parents=True, exist_ok=True)
    as_csv = orders > _MOST_WORKBOOK_ROWS
    with ExitStack() as stack:
        files = []
        for export in _exports(shop, plan):
            file = open_file(folder, export.layout, shop, plan, until=export.until, as_csv=as_csv)
            stack.callback(file.close)
            files.append((export, file))
        for world in worlds(known, plan, truth.seed, index, orders):
            tally.add(world)
            is_last = world.is_last
            for export, file in files:
                seen = replace(world, as_of=export.as_of, since=export.since)
                by_block = export.layout.table not in tables.OF_ALL_DAYS
                if tables.lists_anything(seen) if by_block else is_last:
                    rows = render.table(export.layout, seen)
                    file.write(render.cells(export.layout, rows, shop.zone))
            yield len(world.block.orders.number)
    tally.report(truth)
    truth.files |= {f"{shop.shop_id}/{file.path.name}": file.rows for _, file in files}


def _exports(shop: Shop, plan: Plan) -> list[Export]:
    """A shop's files; of orders and cases an older one that overlaps, if it exports twice."""
    exports = [Export(layout.read(name), plan.until, plan.as_of) for name in shop.exports]
    if not shop.exports_twice:
        return exports
    until = plan.until - timedelta(days=OLDER_EXPORT_DAYS)
    return [
        one
        for newest in exports
        for one in (
            (
                replace(newest, until=until, as_of=plan.older_as_of),
                replace(newest, since=plan.overlap_from),
            )
            if newest.layout.table in _EXPORTED_TWICE
            else (newest,)
        )
    ]


def worlds(known: Catalogue, plan: Plan, seed: int, index: int, orders: int) -> Iterator[World]:
    """A shop's days, block by block."""
    placed, chats_begun, tickets_made = 0, 0, 0
    shop = known.shops[index]
    agent_days = AgentDays(shop, plan)
    said, spoken = wording(known, shop), repertoire(known, shop.language)
    pieces = blocks(plan, orders_by_day(plan, orders), _BLOCK)
    for number, days in enumerate(pieces):
        rng = np.random.default_rng([seed, index, number])
        numbers = _numbers(rng, index, orders, placed, len(days))
        drawn = draw_block(rng, known, plan, days, numbers)
        own = np.random.default_rng([seed, index, number, _OWN_STREAM])
        # People talk about the cases there are at first: those that follow come behind them.
        block, every, books = carry_on(own, known, plan, drawn)
        chats, lives = desk.draw_chats(rng, known, plan, block), no_lives()
        if shop.is_ticketed:
            chats, lives = draw_lives(rng, known, plan, chats)
        messages = desk.draw_messages(rng, said, plan, block, chats)
        tickets = desk.draw_tickets(rng, known, plan, block)
        reviews = voices.draw_reviews(rng, known, block)
        calls = voices.draw_calls(rng, known, plan, block)
        words = np.random.default_rng([seed, index, number, _TEXT_STREAM])
        messages, remarks = draw_remarks(
            words, spoken, known, plan, said, every, chats, messages, reviews, tickets
        )
        world = World(
            known=known,
            shop=shop,
            plan=plan,
            block=every,
            books=books,
            chats=chats,
            messages=messages,
            said=said,
            remarks=remarks,
            lives=lives,
            tickets=tickets,
            reviews=reviews,
            calls=calls,
            compensations=voices.draw_compensations(rng, known, block),
            agent_days=agent_days,
            is_last=number == len(pieces) - 1,
            first_chat=chats_begun + 1,
            first_ticket=tickets_made + 1,
            as_of=plan.as_of,
        )
        agent_days.add(chats)
        yield world
        placed += len(days)
        chats_begun += int((chats.started <= plan.as_of).sum())
        tickets_made += len(world.tickets.order)


def write_gallery(
    known: Catalogue,
    plans: Sequence[Plan],
    out: Path,
    *,
    orders: int,
    seed: int,
    only: Collection[str] | None = None,
) -> dict[str, Shown]:
    """Write layouts as small files, each into a folder of its own name; what each one shows."""
    first = {
        plan.shop.shop_id: next(worlds(known.of_shop(plan.shop), plan, seed, index, orders))
        for index, plan in enumerate(plans)
    }
    shown = {}
    for stem in sorted(only) if only is not None else layout.stems():
        told = layout.read(stem)
        world = first[_gallery_shop(known, stem, told)]
        folder = out / stem
        folder.mkdir(parents=True, exist_ok=True)
        rows = tables.spread(render.table(told, world), _GALLERY_ROWS)
        file = open_file(folder, told, world.shop, world.plan, until=world.plan.until)
        file.write(render.cells(told, rows, world.shop.zone))
        file.close()
        shown[stem] = Shown(file.path, told, world.shop, rows)
    return shown


def _gallery_shop(known: Catalogue, stem: str, told: Layout) -> str:
    """Whose file a layout is in the gallery: its own choice, or the first shop that exports it."""
    by_choice = [shop.shop_id for shop in known.shops if stem in shop.exports]
    return told.shop or next(iter(by_choice), known.shops[0].shop_id)


def _numbers(rng: np.random.Generator, index: int, orders: int, placed: int, count: int) -> Ints:
    """Order numbers that rise and never repeat; odd, so that no float can hold them."""
    step = _NUMBERS_USED // orders
    begin = _NUMBERS_FROM + index * _NUMBERS_A_SHOP + placed * step
    numbers: Ints = (begin + np.arange(count) * step + rng.integers(0, step // 2, count)) | 1
    return numbers


def open_file(
    folder: Path, told: Layout, shop: Shop, plan: Plan, *, until: date, as_csv: bool = False
) -> Table:
    """A layout's file, with what stands above its rows.

    Args:
        folder: where it is made.
        told: the layout.
        shop: whose it is.
        plan: the sample's calendar.
        until: the last full day of the export.
        as_csv: a workbook is written as csv.
    """
    named = _named(shop, plan, until)
    path = folder / told.file.format_map(named)
    above, below = _rows(told.above, named), _rows(told.below, named)
    match told.kind:
        case "json":
            return Document(path, told.header, told.sheet)
        case "dialogue":
            return Dialogue(path, told.encoding)
        case "xlsx" if told.sheet_by is not None:
            return SheetPerValue(path, told.header)
        case "xlsx" if not as_csv:
            return Workbook(path, told.header, sheet=told.sheet, above=above, below=below)
        case _:
            return TextTable(
                path.with_suffix(".csv") if told.kind == "xlsx" else path,
                told.header,
                told.encoding,
                delimiter=told.delimiter,
                quoted=told.quoted,
                above=above,
                below=below,
            )


def _named(shop: Shop, plan: Plan, until: date) -> dict[str, str]:
    """What a layout may name in braces."""
    made = datetime.strptime(stamp(until), "%Y%m%d%H%M").replace(tzinfo=ZoneInfo(shop.zone))
    return {
        "stamp": stamp(until),
        "day": str(until),
        "since": str(plan.start),
        "until": str(until),
        "epoch": str(int(made.timestamp())),
    }


def _rows(rows: Rows, named: dict[str, str]) -> Rows:
    return [[cell.format_map(named) for cell in row] for row in rows]
