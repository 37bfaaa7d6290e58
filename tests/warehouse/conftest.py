from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from aftersales.settings import Settings
from aftersales.warehouse.connection import Connection, open_writer
from aftersales.warehouse.models import Model, read_model


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def con(settings) -> Iterator[Connection]:
    con = open_writer(settings)
    con.execute("create table stg_order as select 'O1' as order_id, 2 as units")
    yield con
    con.close()


@pytest.fixture
def written(tmp_path) -> Callable[[str, str], dict[str, Model]]:
    """A model as loaded from a file of this name whose select is this."""

    def write(name: str, select: str) -> dict[str, Model]:
        path = tmp_path / f"{name}.sql"
        path.write_text(f"-- {name}: the buyer's orders.\n-- grain: a\n-- owner: us\n{select}\n")
        return {name: read_model(path, "marts", {})}

    return write
