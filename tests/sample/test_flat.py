"""Where nothing happened the page says so: samples without events, all articles alike."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sample.conftest import Build

from aftersales import sample
from aftersales.reporting.review import Review, RunInfo, collect
from aftersales.reporting.spec import load_report
from aftersales.settings import Settings
from aftersales.warehouse.connection import one

UNTIL = date(2026, 11, 22)
SEEDS = range(6)
# Of six samples with one false claim in twenty each, more than two claim one with p < 0.01.
TOLERATED = 2

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reviews(build_all: Build, tmp_path_factory: pytest.TempPathFactory) -> list[Review]:
    return [reviewed(build_all, tmp_path_factory.mktemp("flat"), seed=seed) for seed in SEEDS]


def reviewed(build_all: Build, folder: Path, *, seed: int) -> Review:
    sample.write(folder, orders=4_000, seed=seed, months=4, until=UNTIL, flat=True)
    built = build_all(folder, UNTIL)
    report = load_report(Settings(home=folder).report_layers, "weekly")
    as_of, as_of_on = built.query("select as_of, as_of_on from ref_run")[0]
    run = RunInfo(
        run_id="flat",
        as_of=as_of,
        as_of_on=as_of_on,
        files=one(built.con, "select count(*) from raw_file"),
        rows_in=0,
        rows_loaded=0,
        rows_quarantined=0,
    )
    return collect(built.con, built.settings, built.metrics, [], report, period=None, run=run)


def test_no_change_is_claimed_beyond_chance(reviews: list[Review]) -> None:
    claimed = [
        sorted(name for name in review.report.judged if review.measures[name].is_notable)
        for review in reviews
    ]
    assert sum(map(bool, claimed)) <= TOLERATED, claimed


def test_every_rate_could_have_been_claimed(reviews: list[Review]) -> None:
    """The samples are large enough; but few cases of one week are over when it ends, and tickets
    are few."""
    untested = {
        name
        for review in reviews
        for name in review.report.judged
        if review.measures[name].verdict == "untested"
    }
    assert untested <= {
        "case_handling_median",
        "case_handling_p90",
        "first_response_working_median@kind=ticket",
    }


def test_no_article_stands_out_beyond_chance(reviews: list[Review]) -> None:
    """Twelve articles a sample outside of 99.8 % limits: a quarter of one is expected in all."""
    outside = [
        outlier.name for review in reviews for chart in review.charts for outlier in chart.outliers
    ]
    assert len(outside) <= TOLERATED, outside


def test_a_flat_sample_has_no_promotion_and_equal_hazards(tmp_path: Path) -> None:
    sample.write(tmp_path, orders=2_000, seed=1, months=2, until=UNTIL, flat=True)
    truth = json.loads((tmp_path / "_truth.json").read_text(encoding="utf-8"))
    assert (truth["is_flat"], truth["events"]) == (True, [])
    assert len({row["hazard"] for row in truth["exchanges"]}) == 1
    assert {row["batch"] for row in truth["exchanges"]} == {"usual"}
    assert {row["week"] for row in truth["responses"]} == {"usual"}
    zh = [row for row in truth["responses"] if row["shop"] != "us"]
    assert len({(row["median_seconds"], row["missed_share"]) for row in zh}) == 1
    assert not any(
        truth[fact][shop] for fact in ("violations", "corrected", "late") for shop in truth["shops"]
    )


def test_in_a_flat_sample_exchanges_go_as_they_should(tmp_path: Path) -> None:
    """But for what the goods themselves forbid or promise, and for whom nobody answers."""
    sample.write(tmp_path, orders=4_000, seed=1, months=2, until=UNTIL, flat=True)
    truth = json.loads((tmp_path / "_truth.json").read_text(encoding="utf-8"))
    broken = {rule for rules in truth["rule_violations"].values() for rule in rules if rules[rule]}
    assert broken <= {"EX-05", "RP-01", "SV-01"}
    told = truth["flow"]["exchanges"]["flagship"]
    assert told["applied"] == told["rounds"] > told["done"] > 0
    assert not any(told[name] for name in ("repeated", "converted", "fast"))
    assert not truth["flow"]["repairs"]["flagship"]["visits_asked"]
