"""What the page on response times promises is held by tests, metrics and checks there are."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

from aftersales import metrics
from aftersales.settings import layered_files, packaged

PAGE = (ROOT / "docs" / "response-times.md").read_text(encoding="utf-8")
CASES = re.findall(r"^\| (\d+) \| .* \| (yes|in part|no) \| .+ \| (.*) \|$", PAGE, re.MULTILINE)


def test_every_hard_case_says_whether_it_is_done() -> None:
    assert [int(number) for number, *_ in CASES] == list(range(1, 26))


def test_every_test_the_page_names_is_there() -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for number, _, tests in CASES:
        named = re.findall(r"`(test_\w+)`", tests)
        assert named, number
        assert set(named) <= there, number


def test_every_metric_and_check_the_page_names_is_there() -> None:
    layers = (packaged("sql"),)
    asked = set(re.findall(r"aftersales metric (\w+)", PAGE))
    assert asked <= metrics.load(layers).keys()
    told = PAGE.partition("## What is checked in every run")[2].partition("On the demo")[0]
    assert set(re.findall(r"`(\w+)`", told)) <= layered_files(layers, "checks", "*.sql").keys()


@pytest.mark.parametrize("table", sorted(set(re.findall(r"\b(?:fct|mart)_\w+", PAGE))))
def test_every_table_the_page_names_is_a_model(table: str) -> None:
    assert (ROOT / "sql" / "marts" / f"{table}.sql").exists()
