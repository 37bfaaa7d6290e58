"""Sample files through ingest and all models, without gate, pages and publishing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aftersales import contracts, formats, metrics, settings
from aftersales.calendars import zones
from aftersales.complaints.classifier import Classifier
from aftersales.ingest.files import Outcome, ingest
from aftersales.metrics import Metric
from aftersales.settings import Settings
from aftersales.warehouse import models, references, texts
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import Connection, open_writer, rows

LAYERS = (settings.packaged("sql"),)


@dataclass(frozen=True)
class Built:
    """A warehouse made of a folder of exports."""

    settings: Settings
    con: Connection
    metrics: dict[str, Metric]
    outcomes: list[Outcome]

    def values(
        self, name: str, by: tuple[str, ...] = (), where: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """A metric, as reports have it."""
        return metrics.query(self.con, self.metrics[name], list(by), where=where)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return rows(self.con, sql)


Build = Callable[[Path, date], Built]


@pytest.fixture(scope="module")
def build_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Makes a warehouse of the exports in a folder, as of the end of a day."""
    opened: list[Connection] = []

    def make(exports: Path, until: date) -> Built:
        home = tmp_path_factory.mktemp("warehouse")
        settings.init(home, extra=settings.DEMO)
        loaded = settings.load(home)
        shutil.copytree(exports, loaded.inbox, dirs_exist_ok=True)
        promised = contracts.load(LAYERS)
        known = formats.load(LAYERS, promised)
        con = open_writer(loaded)
        opened.append(con)
        outcomes = ingest(con, loaded, promised, known, [loaded.inbox])
        as_of = zones.end_of_day(until, loaded.reporting_zone)
        references.lay(con, loaded, promised, known, as_of=as_of)
        steps = texts.steps(Classifier(LAYERS, loaded.phrase_cache))
        build(con, models.load(LAYERS), steps=steps)
        return Built(loaded, con, metrics.load(LAYERS), outcomes)

    yield make
    for con in opened:
        con.close()
