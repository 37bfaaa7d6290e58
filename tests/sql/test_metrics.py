"""Every metric gives what its worked example says, and nothing where nothing can be given."""

from __future__ import annotations

from datetime import date

import pytest
from sql.harness import fill

from aftersales import metrics
from aftersales.dictionary import decision
from aftersales.errors import ConfigError
from aftersales.settings import packaged
from aftersales.warehouse.connection import rows

METRICS = metrics.load((packaged("sql"),))


@pytest.fixture
def filled(warehouse):
    """A way to fill a published table for one test."""
    warehouse.execute("begin transaction")
    yield lambda name, text: fill(warehouse, name, text)
    warehouse.execute("rollback")


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_gives_what_its_example_says(warehouse, filled, metric):
    filled(metric.model, metric.example.given)
    by = [metric.example.by] if metric.example.by else []
    found = metrics.query(warehouse, metric, by=by)
    values = {row[by[0]] if by else "all": row["value"] for row in found}
    unknown = {split for split, value in metric.example.gives.items() if value is None}
    assert {split for split, value in values.items() if value is None} == unknown
    known = {split: value for split, value in values.items() if split not in unknown}
    gives = {split: value for split, value in metric.example.gives.items() if split not in unknown}
    assert known == pytest.approx(gives, rel=1e-5)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_binds_with_every_split_and_period_it_allows(warehouse, metric):
    periods = metrics.PERIODS if metric.period else ()
    for split in (*periods, *metric.split_by):
        assert metrics.query(warehouse, metric, by=[split]) == []
    condition, params = metrics.row_condition(metric, None, None, {})
    assert rows(warehouse, f"select * from {metric.model}{condition}", params) == []


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_names_a_decision_that_is_written_down(metric):
    assert decision(metric.decision), f"{metric.decision} is not in DECISIONS.md"


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_speaks_both_languages_and_says_what_it_is_not(metric):
    for words in (metric.label, metric.reads, metric.is_not):
        assert words["zh"].strip() and words["en"].strip()


def test_a_rate_without_after_sales_exports_is_unknown_and_not_zero(warehouse, filled):
    filled("mart_order_event", "order_key | event_type | cases_known\nO1 | sold | false")
    found = metrics.query(warehouse, METRICS["exchange_rate_orders"])
    assert [(row["value"], row["value_status"], row["value_reason"]) for row in found] == [
        (None, "not_computable", "no_case_export")
    ]


def test_a_backlog_without_any_case_is_unknown_and_not_zero(warehouse):
    found = metrics.query(warehouse, METRICS["backlog"])
    assert [(row["value"], row["value_reason"]) for row in found] == [(None, "no_case_export")]


def test_a_unit_rate_of_an_order_report_alone_says_no_lines(warehouse, filled):
    filled("mart_order_event", "order_key | event_type | cases_known\nO1 | sold | true")
    found = metrics.query(warehouse, METRICS["exchange_rate_units"])
    assert [(row["value"], row["value_reason"]) for row in found] == [(None, "no_lines")]


def test_a_period_of_which_nothing_is_known_is_empty_and_not_zero(warehouse):
    found = metrics.query(warehouse, METRICS["return_rate"], since=date(2026, 1, 1))
    assert [(row["value"], row["value_status"], row["value_reason"]) for row in found] == [
        (None, "empty", "nothing_counted")
    ]


def test_periods_are_inclusive_local_days_and_weeks_begin_on_monday(warehouse, filled):
    filled(
        "fct_order",
        """
        order_id | placed_on
        sunday   | 2026-03-01
        monday   | 2026-03-02
        tuesday  | 2026-03-03
        """,
    )
    found = metrics.query(
        warehouse, METRICS["orders"], by=["week"], since=date(2026, 3, 1), until=date(2026, 3, 2)
    )
    assert [(row["week"], row["value"]) for row in found] == [
        (date(2026, 2, 23), 1),
        (date(2026, 3, 2), 1),
    ]


def test_a_split_a_metric_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(ConfigError) as stop:
        metrics.query(None, METRICS["backlog"], by=["colour"])
    assert str(stop.value) == (
        "backlog cannot be split by 'colour'\n"
        "  fix: split it by: platform, shop_id, asked_type, stage, phase, intervention, sku"
    )


def test_a_metric_of_now_takes_no_period():
    with pytest.raises(ConfigError) as stop:
        metrics.query(None, METRICS["backlog"], since=date(2026, 3, 1))
    assert str(stop.value) == (
        "backlog speaks of now and takes no period\n  fix: leave --since and --until out"
    )
