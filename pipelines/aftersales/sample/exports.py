"""All files of one shop, written block by block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from aftersales.sample import desk, layouts
from aftersales.sample.catalogue import Catalogue, Ints, Shop
from aftersales.sample.files import Table, TextTable, Workbook
from aftersales.sample.plan import OLDER_EXPORT_DAYS, Plan, blocks, orders_by_day, stamp
from aftersales.sample.trade import Block, draw_block
from aftersales.sample.truth import Tally, Truth

# Above it a shop's workbooks are written as csv: a workbook is slow to write and to read.
_MOST_WORKBOOK_ROWS = 50_000
_BLOCK = 20_000
# Order numbers have 19 digits and rise with time; every shop has a range of its own.
_NUMBERS_FROM = 3_200_000_000_000_000_000
_NUMBERS_A_SHOP = 1_100_000_000_000_000_000
_NUMBERS_USED = 500_000_000_000_000_000


@dataclass(frozen=True)
class _Files:
    """A shop's open files; `older` only where the shop exported its orders twice."""

    older: Table | None
    orders: Table
    items: Table
    refunds: Table
    chats: Table
    tickets: Table

    def all(self) -> list[Table]:
        """Those that are there."""
        tables = [self.older, self.orders, self.items, self.refunds, self.chats, self.tickets]
        return [table for table in tables if table is not None]


def write_shop(
    known: Catalogue, plan: Plan, out: Path, truth: Truth, *, index: int, orders: int
) -> Iterator[int]:
    """Write shop number `index` below `out` and count it into `truth`; yields orders written."""
    shop = known.shops[index]
    tally = Tally(known, shop, plan)
    folder = out / shop.shop_id
    folder.mkdir(parents=True, exist_ok=True)
    placed = conversations = 0
    with ExitStack() as stack:
        files = _open(stack, shop, plan, folder, as_workbooks=orders <= _MOST_WORKBOOK_ROWS)
        for number, days in enumerate(blocks(plan, orders_by_day(plan, orders), _BLOCK)):
            rng = np.random.default_rng([truth.seed, index, number])
            numbers = _numbers(rng, index, orders, placed, len(days))
            block = draw_block(rng, known, plan, days, numbers)
            chats = desk.draw_chats(rng, known, plan, block)
            tally.add(block, chats)
            _write_trade(files, known, shop, plan, block)
            files.chats.write(
                desk.messages(
                    rng, known, shop, block, chats, first=conversations + 1, as_of=plan.as_of
                )
            )
            files.tickets.write(
                desk.tickets(rng, known, shop, block, files.tickets.rows + 1, plan.as_of)
            )
            placed += len(days)
            conversations += int((chats.started <= plan.as_of).sum())
            yield len(days)
    tally.report(truth)
    truth.files |= {f"{shop.shop_id}/{table.path.name}": table.rows for table in files.all()}


def _open(stack: ExitStack, shop: Shop, plan: Plan, folder: Path, *, as_workbooks: bool) -> _Files:
    headers = layouts.headers()

    def text(name: str, layout: str, encoding: str) -> Table:
        table = TextTable(folder / f"{name}.csv", headers[layout], encoding)
        stack.callback(table.close)
        return table

    def sheet(name: str, layout: str) -> Table:
        if not as_workbooks:
            return text(name, layout, "gb18030")
        table = Workbook(folder / f"{name}.xlsx", headers[layout])
        stack.callback(table.close)
        return table

    newest = stamp(plan.until)
    older = stamp(plan.until - timedelta(days=OLDER_EXPORT_DAYS))
    return _Files(
        older=text(f"ExportOrderList{older}", "order_report", "gb18030")
        if shop.exports_twice
        else None,
        orders=text(f"ExportOrderList{newest}", "order_report", "gb18030")
        if shop.exports_twice
        else sheet(f"订单报表{newest}", "chosen_order_report"),
        items=text(f"ExportOrderDetailList{newest}", "item_report", "gbk"),
        refunds=sheet(f"退款售后{newest}", "refund_export"),
        chats=text(f"chat_messages_{newest}", "chat", "utf-8-sig"),
        tickets=text(f"tickets_{newest}", "tickets", "utf-8-sig"),
    )


def _write_trade(files: _Files, known: Catalogue, shop: Shop, plan: Plan, block: Block) -> None:
    """Orders, lines and cases of a block; twice where two exports list the same orders."""
    created = block.orders.created
    if files.older is None:
        files.orders.write(layouts.chosen_order_report(shop, block, plan.as_of))
    else:
        if created[0] <= plan.older_as_of:
            files.older.write(layouts.order_report(known, shop, block, plan.older_as_of))
        if created[-1] >= plan.overlap_from:
            since = plan.overlap_from
            files.orders.write(layouts.order_report(known, shop, block, plan.as_of, since=since))
    files.items.write(layouts.item_report(known, block, plan.as_of))
    files.refunds.write(layouts.refund_export(known, shop, block, plan.as_of))


def _numbers(rng: np.random.Generator, index: int, orders: int, placed: int, count: int) -> Ints:
    """Order numbers that rise and never repeat; odd, so that no float can hold them."""
    step = _NUMBERS_USED // orders
    begin = _NUMBERS_FROM + index * _NUMBERS_A_SHOP + placed * step
    numbers: Ints = (begin + np.arange(count) * step + rng.integers(0, step // 2, count)) | 1
    return numbers
