from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aftersales import contracts, quality
from aftersales.contracts import Contracts
from aftersales.quality import Finding
from aftersales.warehouse import models
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import Connection, connect
from aftersales.warehouse.models import Model

FILES = {
    "contracts/shop.yml": """
        source: shop
        owner: tests
        vocabularies:
          order_status: {paid: paid for, closed: nothing more happens}
        tables:
          order:
            meaning: one row an order
            key: [order_id]
            columns:
              order_id: {type: id, required: true, meaning: number}
              created_at: {type: time, required: true, meaning: placed}
              buyer_id: {type: id, pii: pseudonym, meaning: buyer}
              status: {type: word, vocabulary: order_status, required: true, meaning: status}
              paid_amount: {type: amount, minimum: 0, meaning: paid}
              memo: {type: text, pii: free_text, meaning: note}
    """,
    "staging/stg_shop__order.sql": """
        -- stg_shop__order: each order.
        -- grain: order_id
        -- owner: tests
        select
            r.order_id, -- number
            try_cast(r.created_at as timestamp) as created_at, -- placed
            cast(null as varchar) as time_reason, -- a local hour that does not exist
            r.buyer_id as buyer_key, -- pseudonym
            w.term as status, -- paid, closed
            try_cast(r.paid_amount as decimal(18, 4)) as paid_amount, -- paid
            r.memo, -- free text
            r._file_id as source_file_id, -- file
            r._record as source_record -- record
        from raw_shop__order as r
        left join ref_word as w on r.status = w.word
    """,
    "marts/fct_order.sql": """
        -- fct_order: every order.
        -- grain: order_id
        -- owner: tests
        select
            order_id, -- number
            status, -- paid, closed
            buyer_key, -- pseudonym
            source_file_id, -- file
            source_record -- record
        from stg_shop__order
    """,
    "marts/fct_case.sql": """
        -- fct_case: one case an order.
        -- grain: case_id
        -- keys: order_id -> fct_order (order_id)
        -- owner: tests
        select
            'C' || order_id as case_id, -- number
            order_id -- the order it is about
        from fct_order
    """,
    "checks/every_order_has_a_case.sql": """
        -- every_order_has_a_case: Every order of {buyers} has
        -- its case, at 10:00 or :later.
        -- level: critical
        select
            o.order_id,
            o.buyer_key,
            o.source_file_id,
            o.source_record
        from fct_order as o
        anti join fct_case as c on o.order_id = c.order_id
        where o.order_id not like '{%'
    """,
}
RAW = """
    create table raw_file as
    select 'f1' as file_id, '订单<b>.csv' as file_name, 'report' as format,
        'shop.order' as table_name, 40 as rows_in, 40 as rows_loaded, 0 as rows_quarantined;
    create table raw_shop__order as
    select 'f1' as _file_id, i + 1 as _record, null::varchar as _platform,
        'O' || (i + 1) as order_id, '2026-03-01 10:00:00' as created_at, 'a1b2' as buyer_id,
        '已付款' as status, '12.50' as paid_amount, 'call 13800000000' as memo, '{}' as _extra
    from range(40) as t(i);
    create table ref_word as
    select 'report' as format, 'order_status' as vocabulary, 'status' as column_name,
        '已付款' as word, 'paid' as term, 40 as row_count;
"""


@dataclass(frozen=True)
class Warehouse:
    con: Connection
    contracts: Contracts
    models: dict[str, Model]
    layer: Path

    def findings(self) -> dict[str, Finding]:
        found = quality.run_gate(self.con, self.contracts, self.models, (self.layer,))
        return {finding.check: finding for finding in found}

    def failures(self) -> dict[str, Finding]:
        return {check: found for check, found in self.findings().items() if not found.passed}


@pytest.fixture(scope="session")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sql")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(line[8:] for line in text.strip("\n").splitlines()), "utf-8")
    return folder


@pytest.fixture
def warehouse(layer: Path) -> Iterator[Callable[..., Warehouse]]:
    """A clean warehouse, built after what `raw` says and then spoiled by `then`."""
    opened: list[Connection] = []

    def make(*, raw: str = "", then: str = "") -> Warehouse:
        con = connect(None)
        opened.append(con)
        made = models.load((layer,))
        con.execute(RAW + raw).fetchall()
        build(con, made)
        if then:
            con.execute(then).fetchall()
        return Warehouse(con, contracts.load((layer,)), made, layer)

    yield make
    for con in opened:
        con.close()
