"""What the page on the exchange flow promises is held by tests, metrics, formats and checks there are."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

from aftersales import metrics
from aftersales.settings import layered_files, packaged

PAGE = (ROOT / "docs" / "exchange-flow.md").read_text(encoding="utf-8")
LAYERS = (packaged("sql"),)
CASES = re.findall(r"^\| (\d+) \| .* \| (yes|in part|no) \| .+ \| (.*) \|$", PAGE, re.MULTILINE)
REGISTRY = metrics.load(LAYERS)

# `case_period_rate_orders`, `…_units`: the last word of the name before is another
CHAINS = re.findall(r"`(\w+)`((?:(?:,| and)\s+`…_\w+`)+)", PAGE)
NAMED = re.compile(
    r"`((?!dim_)[a-z]\w*_(?:rate|share|median|p90|amount|orders|units|value|triangle|pending|rejected"
    r"|broken|\d+d))`"
)


def test_every_hard_case_says_whether_it_is_done() -> None:
    assert [int(number) for number, *_ in CASES] == list(range(26, 31))


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


def test_every_metric_the_page_names_is_there() -> None:
    named = set(NAMED.findall(PAGE))
    for name, rest in CHAINS:
        stem = name.rpartition("_")[0]
        named |= {f"{stem}_{end}" for end in re.findall(r"…_(\w+)", rest)}
    assert len(named) > 40
    assert named <= REGISTRY.keys()


def test_every_command_of_the_page_asks_what_its_metric_allows() -> None:
    asked = re.findall(r"^aftersales metric (\w+)(.*)$", PAGE, re.MULTILINE)
    assert asked
    for name, options in asked:
        metric = REGISTRY[name]
        for split in re.findall(r"--(?:by|where) (\w+)", options):
            assert split in {*metric.split_by, *metric.choices, *metrics.PERIODS}, (name, split)


def test_every_format_and_check_the_page_names_is_there() -> None:
    formats = layered_files(LAYERS, "formats", "*.yml").keys()
    assert set(re.findall(r"`(\w+_(?:long|list|ecb))`", PAGE)) <= formats
    told = PAGE.partition("## What is checked in every run")[2].partition("On the demo")[0]
    named = set(re.findall(r"`(\w+)`", told))
    assert named
    assert named <= layered_files(LAYERS, "checks", "*.sql").keys()


@pytest.mark.parametrize("table", sorted(set(re.findall(r"\b(?:dim|fct|mart)_\w+", PAGE))))
def test_every_table_the_page_names_is_a_model(table: str) -> None:
    assert (ROOT / "sql" / "marts" / f"{table}.sql").exists()
