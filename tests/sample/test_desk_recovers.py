"""What happened at the sample's service desk comes back out of the models, second by second.

Of the tracked sample in every run, and of a larger one among the slow tests.
"""

from __future__ import annotations

import csv
import json
import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import SAMPLE, UNTIL
from sample.conftest import Build

from aftersales import sample
from aftersales.reporting.statistics import wilson
from aftersales.settings import Settings
from aftersales.warehouse.connection import connect, rows

NEW_YORK = ZoneInfo("America/New_York")
# A quarter of the planted shares is looked at in each of 2 samples: one in 1,000 misses.
LEVEL = 0.9999
Query = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Desk:
    """A sample, what was planted into it, and its warehouse."""

    folder: Path
    truth: dict[str, Any]
    query: Query

    def planted(self, what: str) -> dict[str, Any]:
        """By shop."""
        found: dict[str, Any] = self.truth["desk"][what]
        return found


@pytest.fixture(
    scope="module", params=["tracked", pytest.param("larger", marks=pytest.mark.slow)]
)
def desk(
    request: pytest.FixtureRequest,
    published: Settings,
    build_all: Build,
    tmp_path_factory: pytest.TempPathFactory,
) -> Desk:
    if request.param == "tracked":
        con = connect(published.warehouse, read_only=True)
        request.addfinalizer(con.close)
        return Desk(SAMPLE, _truth(SAMPLE), lambda sql: rows(con, sql))
    folder = tmp_path_factory.mktemp("sample")
    sample.write(folder, orders=8_000, seed=11, months=3, until=UNTIL)
    return Desk(folder, _truth(folder), build_all(folder, UNTIL).query)


def _truth(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "_truth.json").read_text(encoding="utf-8"))
