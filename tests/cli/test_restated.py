"""Two exports of one shop, the older first: what the newer one put right is told as that."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aftersales import jobs, metrics, sample, settings
from aftersales.judgement import restatement
from aftersales.settings import Settings
from aftersales.warehouse import changed, models, numbers, publish
from aftersales.warehouse.connection import connect, rows

UNTIL = date(2026, 11, 22)
OLDER = date(2026, 11, 1)
CASES = "退款售后202611230010.xlsx"
NEWER = ("ExportOrderList202611230010.csv", CASES)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
ONLY = ("Export", "退款")  # orders, their lines and cases: nothing else is restated here


@dataclass(frozen=True)
class World:
    """A workspace to which the newer exports came later, and what was planted in the older."""

    settings: Settings
    corrected: set[str]
    late: set[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    home = tmp_path_factory.mktemp("restated")
    truth = sample.write(home / "sample", orders=4000, seed=7, months=3, until=UNTIL)
    settings.init(home / "workspace", extra=settings.DEMO)
    workspace = settings.load(home / "workspace")
    inbox = workspace.inbox / "flagship"
    inbox.mkdir(parents=True, exist_ok=True)
    there = [
        path for path in (home / "sample" / "flagship").iterdir() if path.name.startswith(ONLY)
    ]
    assert set(NEWER) < {path.name for path in there}
    for path in there:
        if path.name not in NEWER:
            shutil.copy(path, inbox)
    assert jobs.run(workspace, now=NOW, as_of_on=OLDER).published
    first = publish.record(workspace)["restated"]
    assert (first["before"], first["moved"]) == (None, [])
    for path in there:
        if path.name in NEWER:
            shutil.copy(path, inbox)
    assert jobs.run(workspace, now=NOW + timedelta(days=1), as_of_on=UNTIL).published
    return World(workspace, set(truth.corrected["flagship"]), set(truth.late["flagship"]))


def moved(world: World, measure: str, span: str) -> list[dict]:
    told = restatement.told(world.settings)
    assert told is not None
    return [one for one in told["moved"] if (one["measure"], one["span"]) == (measure, span)]


def because(line: dict) -> dict[str, int]:
    return {one["cause"]: one["rows"] for one in line["because"]}


@pytest.mark.slow
def test_the_planted_late_and_corrected_cases_are_found_and_no_other(world):
    runs = publish.published_runs(world.settings)
    model = models.load(world.settings.sql_layers)["fct_case"]
    database = world.settings.published / runs[0] / publish.DATABASE
    allowed = [world.settings.published]
    with (
        connect(database, read_only=True, may_read=allowed) as con,
        changed.beside(con, world.settings, runs[1]) as is_there,
    ):
        assert is_there
        table = changed.find(con, model, is_same_make=True)
        found = rows(
            con,
            f"select coalesce(now.case_id, was.case_id), cause, has_other_amount from {table}"
            " where was_there or now.applied_on <= ?",
            [OLDER],
        )
    assert {case for case, cause, _ in found if cause == "late"} == world.late
    assert {case for case, _, amount in found if amount} == world.corrected
    # What has only gone on since is called nothing else.
    assert {cause for _, cause, amount in found if not amount} <= {"late", "ripened"}


@pytest.mark.slow
def test_a_number_says_how_many_late_rows_it_has_and_of_which_file(world):
    lines = moved(world, "cases", "month")
    assert lines
    (october,) = [one for one in lines if one["starts_on"] == "2026-10-01"]
    assert because(october) == {"late": int(october["now"] - october["was"])}
    assert october["files"] == [{"file": CASES, "rows": because(october)["late"]}]
    page = (world.settings.site / "index.html").read_text(encoding="utf-8")
    assert f"迟到 {because(october)['late']}" in page[page.index('id="restated-title"') :]


@pytest.mark.slow
def test_a_withdrawn_file_is_the_cause_of_what_moves_next(world, tmp_path):
    home = tmp_path / "workspace"
    shutil.copytree(world.settings.home, home, symlinks=True)
    workspace = settings.load(home)
    path = workspace.inbox / "flagship" / CASES
    assert jobs.withdraw(workspace, path, now=NOW + timedelta(days=2))
    path.unlink()
    before = numbers.known_runs(workspace)
    ledger = {run: numbers.read(workspace, run) for run in before}
    assert jobs.run(workspace, now=NOW + timedelta(days=3), as_of_on=UNTIL).published
    told = restatement.told(workspace)
    assert told is not None
    weeks = [one for one in told["moved"] if (one["measure"], one["span"]) == ("cases", "week")]
    assert weeks
    assert all(set(because(one)) == {"withdrawn"} for one in weeks)
    assert all(one["files"][0]["file"] == CASES for one in weeks)
    # Taking a file back takes back no number that was published.
    assert {run: numbers.read(workspace, run) for run in before} == ledger


@pytest.mark.slow
def test_the_command_line_and_a_day_to_compare_with(world, ask):
    told = ask("--home", world.settings.home, "restated", "--metric", "cases", "--format", "json")
    assert told.code == 0
    found = json.loads(told.out)
    assert {row["metric"] for row in found} == {"cases"}
    assert any(row["because"].startswith("late ") for row in found)
    # the same run by its day; the causes are made anew from what is still kept of it
    again = ask(
        *("--home", world.settings.home, "restated", "--metric", "cases", "--since", "2026-11-23"),
        *("--format", "json"),
    )
    assert json.loads(again.out) == found
    refused = ask("--home", world.settings.home, "restated", "--since", "2025-01-01")
    assert (refused.code, "no run '2025-01-01' in the ledger of numbers" in refused.err) == (
        3,
        True,
    )


@pytest.mark.slow
def test_a_run_killed_before_its_numbers_were_kept_is_filled_in(world, tmp_path):
    home = tmp_path / "workspace"
    shutil.copytree(world.settings.home, home, symlinks=True)
    workspace = settings.load(home)
    run = publish.record(workspace)["run_id"]
    whole = numbers.read(workspace, run)
    assert whole is not None
    (workspace.runs / numbers.FOLDER / f"{run}.parquet").unlink()
    listed = restatement.parts(workspace, metrics.load(workspace.sql_layers))
    numbers.fill(workspace, listed)
    again = numbers.read(workspace, run)
    assert again is not None
    assert again.numbers == whole.numbers


def test_before_the_first_run_there_is_nothing_to_tell(ask, workspace):
    told = ask("--home", workspace.home, "restated")
    assert (told.code, "nothing is published yet" in told.err) == (3, True)


def test_an_unknown_metric_is_refused(ask, shared):
    told = ask("--home", shared.home, "restated", "--metric", "casess")
    assert told.code == 3
    assert "no metric 'casess'" in told.err


def test_after_the_first_run_it_says_that_nothing_was_published_before(ask, shared):
    told = ask("--home", shared.home, "restated")
    assert (told.code, told.err) == (0, "nothing was published before\n")


def test_every_cause_has_a_word_on_the_page(tmp_path: Path):
    from aftersales.reporting.spec import load_wording

    told = Settings(home=tmp_path)
    causes = (
        *restatement.CAUSES,
        restatement.DEFINED,
        restatement.SUMMARY,
        restatement.UNKNOWN,
    )
    for language in ("zh", "en"):
        wording = load_wording(told.report_layers, "weekly", language)
        assert all(wording.has(f"restated.{cause}") for cause in causes)
