"""Every defect an export can bring is caught by its own check, and a clean sample trips none.

A build and its gate cost seconds, so defects that cannot meet share one: those of a group spoil
different rows, or different files, and each has checks of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from aftersales import arrivals, contracts, formats, quality, sample, settings
from aftersales.calendars import zones
from aftersales.complaints.classifier import Classifier
from aftersales.errors import ConfigError
from aftersales.ingest.files import Outcome, ingest
from aftersales.quality import Finding
from aftersales.sample import bad_twin
from aftersales.sample.bad_twin import Sheet
from aftersales.warehouse import models, references, texts
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import open_writer

UNTIL = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LAYERS = (settings.packaged("sql"),)

# Planted in this order; what adds a file, or rows at the end, or takes one out comes last.
GROUPS = {
    "rows": (
        "unknown_word",
        "negative_amount",
        "unreadable_amount",
        "paid_before_placed",
        "refund_beyond_payment",
        "in_the_future",
        "units_differ",
        "unreadable_time",
        "reply_before_question",
        "no_time",
        "closed_before_applied",
        "order_unknown",
        "reason_unknown",
        "status_unknown",
        "changed_before_created",
        "changed_ticket_unknown",
        "zone_unknown",
        "hour_twice",
        "swollen_day",
        "row_gone",
    ),
    "a header": ("no_header", "no_id", "unreadable_amounts"),
    "a file": ("money_flow", "many_without_id"),
    "an export": ("export_missing",),
}
# Defects of one row of the file as it is, which can be asked to take another row.
OF_A_ROW = GROUPS["rows"][:15]
# What a clean sample trips rightly: its planted events move what is complained of.
MOVED = {"check:complaints_drift"}
# Rows a defect spoils, where that is not one.
MANY = {"unreadable_amounts"}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Judged:
    """What ingest said of the files, and the gate of what was made of them."""

    outcomes: list[Outcome]
    failed: dict[str, Finding]
    spoiled: dict[str, Path]

    @property
    def refused(self) -> list[str]:
        return sorted(one.file for one in self.outcomes if one.status == "refused")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clean") / "sample"
    sample.write(out, orders=3_000, seed=6, months=2, until=UNTIL)
    return out


def judged(exports: Path, home: Path, *, names: Sequence[str] = ()) -> Judged:
    """The exports with these defects, in a workspace that asks for what they break."""
    settings.init(
        home, extra="\n".join([*(bad_twin.DEFECTS[n].settings for n in names), settings.DEMO])
    )
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
        steps = texts.steps(Classifier(LAYERS, loaded.phrase_cache))
        build(con, plan, steps=steps)
        findings = quality.run_gate(con, promised, plan, LAYERS)
    failed = {one.check: one for one in findings if not one.passed and one.check not in MOVED}
    return Judged(outcomes, failed, {})


def in_rows_of_its_own(plant: Callable[[Sheet], None], number: int) -> Callable[[Sheet], None]:
    """Plants a defect into every n-th row only, so that no two take the same one."""
    return lambda sheet: plant(Sheet(sheet.path, sheet.header, sheet.rows[number :: len(OF_A_ROW)]))


@pytest.fixture(scope="module")
def twin(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Judged]:
    """A group's defects in one copy of the sample, judged once."""
    made: dict[str, Judged] = {}

    def of(group: str) -> Judged:
        if group not in made:
            folder, spoiled = tmp_path_factory.mktemp("twin"), {}
            exports = clean
            with pytest.MonkeyPatch.context() as patched:
                for number, name in enumerate(OF_A_ROW):
                    own = bad_twin.DEFECTS[name]
                    told = replace(own, plant=in_rows_of_its_own(own.plant, number))
                    patched.setitem(bad_twin.DEFECTS, name, told)
                for name in GROUPS[group]:
                    spoiled[name] = bad_twin.write(exports, folder / name, defect=name)
                    exports = folder / name
            found = judged(exports, folder / "home", names=GROUPS[group])
            made[group] = replace(found, spoiled=spoiled)
        return made[group]

    return of


def test_a_clean_sample_trips_no_check(clean: Path, tmp_path: Path) -> None:
    found = judged(clean, tmp_path)
    assert found.failed == {}
    assert found.refused == []
    assert sum(one.quarantined for one in found.outcomes) == 0


def test_every_defect_is_in_one_group_and_no_two_of_it_trip_the_same_check() -> None:
    assert sorted(sum(GROUPS.values(), ())) == sorted(bad_twin.DEFECTS)
    for names in GROUPS.values():
        checks = [check for name in names for check in bad_twin.DEFECTS[name].trips]
        assert len(checks) == len(set(checks))


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group, names in GROUPS.items() for name in names]
)
def test_a_defect_trips_its_own_check(twin: Callable[[str], Judged], group: str, name: str) -> None:
    """In as many rows as it spoils: one more would be another defect's."""
    defect, found = bad_twin.DEFECTS[name], twin(group)
    failed = {check: found.failed[check] for check in defect.trips & found.failed.keys()}
    assert failed.keys() == defect.trips
    assert {c for c, one in failed.items() if one.level == "critical"} == defect.critical
    assert name in MANY or [one.failed for one in failed.values()] == [1] * len(failed)
    assert (found.spoiled[name].name in found.refused) == defect.refused


@pytest.mark.parametrize("group", GROUPS)
def test_defects_trip_no_check_but_their_own(twin: Callable[[str], Judged], group: str) -> None:
    defects, found = [bad_twin.DEFECTS[name] for name in GROUPS[group]], twin(group)
    assert found.failed.keys() == frozenset().union(*(defect.trips for defect in defects))
    refused = [found.spoiled[name].name for name in GROUPS[group] if bad_twin.DEFECTS[name].refused]
    assert found.refused == sorted(refused)


def test_what_the_settings_ask_for_is_kept_by_a_clean_sample(clean: Path, tmp_path: Path) -> None:
    asking = [name for name, defect in bad_twin.DEFECTS.items() if defect.settings]
    assert len(asking) > 1
    assert judged(clean, tmp_path, names=asking).failed == {}


def test_an_unknown_defect_is_a_message(clean: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        bad_twin.write(clean, tmp_path / "twin", defect="gremlin")
    assert str(refused.value) == (
        f"no defect 'gremlin'\n  fix: use one of: {', '.join(bad_twin.DEFECTS)}"
    )
    assert not (tmp_path / "twin").exists()
