"""Every defect an export can bring is caught by its own check, and a clean sample trips none."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from aftersales import arrivals, contracts, formats, quality, sample, settings
from aftersales.calendars import zones
from aftersales.errors import ConfigError
from aftersales.ingest.files import Outcome, ingest
from aftersales.quality import Finding
from aftersales.sample import bad_twin
from aftersales.warehouse import models, references
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import open_writer

UNTIL = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LAYERS = (settings.packaged("sql"),)

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Judged:
    """What ingest said of the files, and the gate of what was made of them."""

    outcomes: list[Outcome]
    failed: dict[str, Finding]

    @property
    def refused(self) -> list[str]:
        return [one.file for one in self.outcomes if one.status == "refused"]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clean") / "sample"
    sample.write(out, orders=3_000, seed=5, months=2, until=UNTIL)
    return out


def judged(exports: Path, home: Path, *, extra: str = "") -> Judged:
    settings.init(home, extra=f"{extra}\n{settings.DEMO}")
    loaded = settings.load(home)
    shutil.copytree(exports, loaded.inbox, dirs_exist_ok=True)
    promised = contracts.load(LAYERS)
    known = formats.load(LAYERS, promised)
    plan = models.load(LAYERS)
    with open_writer(loaded) as con:
        outcomes = ingest(con, loaded, promised, known, [loaded.inbox])
        as_of = zones.end_of_day(UNTIL, loaded.reporting_zone)
        references.lay(con, loaded, promised, known, as_of=as_of)
        references.lay_arrivals(con, arrivals.judge(loaded, references.exports(con), now=NOW))
        build(con, plan)
        findings = quality.run_gate(con, promised, plan, LAYERS)
    return Judged(outcomes, {one.check: one for one in findings if not one.passed})


def test_a_clean_sample_trips_no_check(clean: Path, tmp_path: Path) -> None:
    found = judged(clean, tmp_path)
    assert found.failed == {}
    assert found.refused == []
    assert sum(one.quarantined for one in found.outcomes) == 0


@pytest.mark.parametrize("name", bad_twin.DEFECTS)
def test_a_defect_trips_its_own_check_and_no_other(clean: Path, tmp_path: Path, name: str) -> None:
    defect = bad_twin.DEFECTS[name]
    spoiled = bad_twin.write(clean, tmp_path / "twin", defect=name)
    found = judged(tmp_path / "twin", tmp_path / "home", extra=defect.settings)
    assert found.failed.keys() == defect.trips
    assert {c for c, one in found.failed.items() if one.level == "critical"} == defect.critical
    assert found.refused == ([spoiled.name] if defect.refused else [])


@pytest.mark.parametrize("name", [n for n, d in bad_twin.DEFECTS.items() if d.settings])
def test_what_the_settings_ask_for_is_kept_by_a_clean_sample(
    clean: Path, tmp_path: Path, name: str
) -> None:
    assert judged(clean, tmp_path, extra=bad_twin.DEFECTS[name].settings).failed == {}


def test_an_unknown_defect_is_a_message(clean: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        bad_twin.write(clean, tmp_path / "twin", defect="gremlin")
    assert str(refused.value) == (
        f"no defect 'gremlin'\n  fix: use one of: {', '.join(bad_twin.DEFECTS)}"
    )
    assert not (tmp_path / "twin").exists()
