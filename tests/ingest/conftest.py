"""A workspace, its writer connection, and exports small enough to read in the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aftersales import contracts, formats, settings
from aftersales.contracts import Contracts
from aftersales.formats import Formats
from aftersales.ingest.files import Outcome, ingest
from aftersales.settings import Settings
from aftersales.warehouse.connection import Connection, open_writer, rows

ORDER_HEADER = "订单编号,买家会员名,总金额,买家实际支付金额,订单状态,收货人姓名,联系手机,订单创建时间,订单付款时间"


@dataclass
class Workspace:
    settings: Settings
    con: Connection
    contracts: Contracts
    formats: Formats

    def put(self, name: str, content: str | bytes, *, encoding: str = "utf-8") -> Path:
        path = self.settings.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    def take(self, *paths: Path, shop_id: str | None = "flagship") -> list[Outcome]:
        return ingest(
            self.con, self.settings, self.contracts, self.formats, list(paths), shop_id=shop_id
        )

    def one(self, path: Path) -> Outcome:
        (outcome,) = self.take(path)
        return outcome

    def refusal(self, path: Path) -> str:
        outcome = self.one(path)
        assert outcome.status == "refused"
        assert rows(self.con, "select count(*) from raw_file") == [(0,)]
        assert list(self.settings.staging.iterdir()) == []
        assert not self.settings.archive.exists() or list(self.settings.archive.iterdir()) == []
        return str(outcome.error)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return rows(self.con, sql)

    def orders(self) -> list[tuple[object, ...]]:
        return self.query(
            "select order_id, paid_amount, created_at from raw_shop__order order by all"
        )


@pytest.fixture(scope="session")
def rules() -> tuple[Contracts, Formats]:
    layers = (settings.packaged("sql"),)
    promised = contracts.load(layers)
    return promised, formats.load(layers, promised)


@pytest.fixture
def make_workspace(
    tmp_path_factory: pytest.TempPathFactory, rules: tuple[Contracts, Formats]
) -> Iterator[Callable[[], Workspace]]:
    opened: list[Connection] = []

    def make() -> Workspace:
        home = tmp_path_factory.mktemp("workspace")
        settings.init(home)
        loaded = settings.load(home)
        con = open_writer(loaded)
        opened.append(con)
        return Workspace(loaded, con, *rules)

    before = os.umask(0o077)
    yield make
    os.umask(before)
    for con in opened:
        con.close()


@pytest.fixture
def workspace(make_workspace: Callable[[], Workspace]) -> Workspace:
    return make_workspace()


def order(number: int, *, at: str = "2026-03-01 10:00:00", paid: str = "20.00") -> str:
    return f'="{number}",小明{number},21.00,{paid},交易成功,张三,13800000000,{at},{at}'


def order_file(*lines: str) -> str:
    return "\n".join([ORDER_HEADER, *lines]) + "\n"
