from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from calendars import recipe

from aftersales.warehouse import working_time
from aftersales.warehouse.connection import Connection

Utc = Callable[[str], datetime]


@pytest.fixture
def con() -> Iterator[Connection]:
    con = recipe.empty()
    yield con
    con.close()


@pytest.fixture
def laid(con, tmp_path) -> Callable[..., Connection]:
    """The tables with one calendar called `day`, and years stated beside it."""

    def lay(text: str, *, stated: str = "", year: int = 2026) -> Connection:
        files = {"day": text, **({"holidays": stated} if stated else {})}
        own = recipe.workspace(tmp_path / "own", 'default = "day"', **files)
        working_time.lay(con, own, recipe.PROMISED, year=year)
        return con

    return lay


@pytest.fixture
def utc() -> Callable[..., datetime]:
    """A local time as naive UTC."""

    def convert(text: str, zone: str = "Asia/Shanghai", fold: int = 0) -> datetime:
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
        return local.astimezone(UTC).replace(tzinfo=None)

    return convert
