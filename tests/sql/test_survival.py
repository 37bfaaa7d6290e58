"""Estimates that count the still waiting are Kaplan and Meier's, as another program draws them."""

from __future__ import annotations

import warnings
from collections import defaultdict
from math import isinf

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aftersales import metrics
from aftersales.metrics import Metric
from aftersales.settings import packaged
from aftersales.warehouse.connection import Connection

METRICS = {
    name: metric
    for name, metric in metrics.load((packaged("sql"),)).items()
    if metric.kind == "survival"
}
# What a row must be for a metric of its table to count it.
COUNTED = {
    "fct_conversation": ("kind", "chat"),
    "fct_turn": ("kind", "chat"),
    "fct_case": ("asked_type", "exchange"),
    "fct_case_stage": ("stage", "review"),
    "fct_refund": ("asked_type", "return_refund"),
}
# Whose it is, how long it lasted, and whether it is over.
Wait = tuple[str | None, float, bool]
# Few values, so that many end in the same second, and ends and waits meet there.
SECONDS = st.one_of(st.integers(0, 6).map(float), st.floats(0.001, 1e6).map(lambda s: round(s, 3)))
WAITS = st.lists(st.tuples(st.sampled_from(["anna", "bert", None]), SECONDS, st.booleans()))


def estimate(waits: list[Wait], quantile: float) -> float | None:
    """The first second by which the curve has fallen to what the quantile leaves."""
    if not any(is_over for _, _, is_over in waits):
        return None  # the curve never falls
    from lifelines import KaplanMeierFitter  # a second to import, and every worker reads this file

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # says that it reads its own curve
        curve = KaplanMeierFitter().fit([w[1] for w in waits], [w[2] for w in waits])
        # a share of exactly one half must not be missed for the last digit of a product
        found = float(curve.percentile(1 - quantile + 1e-9))
    return None if isinf(found) else found


def asked(
    con: Connection, metric: Metric, waits: list[Wait], by: list[str]
) -> dict[str | None, dict[str, object]]:
    """What the metric says of these rows, by agent or altogether."""
    of, status = metric.of, metric.event.split(" = ")[0]
    column, word = COUNTED[metric.model]
    con.execute("begin transaction")
    try:
        for agent, seconds, is_over in waits:
            con.execute(
                f"insert into {metric.model} ({column}, agent, {of}, {status}) values (?, ?, ?, ?)",
                [word, agent, seconds, "ok" if is_over else "censored"],
            )
        return {row.get("agent", "all"): row for row in metrics.query(con, metric, by)}
    finally:
        con.execute("rollback")


def expected(waits: list[Wait], quantile: float) -> tuple[object, ...]:
    """Value, those that ended, all, status and reason."""
    value = estimate(waits, quantile)
    counted = (sum(is_over for _, _, is_over in waits), len(waits))
    if value is None:
        return (None, *counted, "not_computable", "too_many_still_open")
    return (pytest.approx(value), *counted, "ok", None)


PARTS = ("value", "numerator", "denominator", "value_status", "value_reason")


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
@settings(max_examples=15, deadline=None)
@given(waits=WAITS.filter(bool))
@example(waits=[("anna", 5.0, True)])
@example(waits=[("anna", 0.0, True), ("anna", 0.0, False)])
@example(waits=[("anna", 1.0, True), ("anna", 1.0, False), ("anna", 2.0, True)])
@example(waits=[("anna", float(n), True) for n in range(1, 11)])
@example(waits=[("anna", float(n), n != 10) for n in range(1, 11)])
def test_an_estimate_is_the_one_another_program_makes(
    warehouse: Connection, metric: Metric, waits: list[Wait]
) -> None:
    """Altogether and by agent: whose it is changes no other's."""
    assert metric.quantile in (0.5, 0.9)
    (row,) = asked(warehouse, metric, waits, []).values()
    assert tuple(row[part] for part in PARTS) == expected(waits, metric.quantile)
    own: dict[str | None, list[Wait]] = defaultdict(list)
    for wait in waits:
        own[wait[0]].append(wait)
    found = asked(warehouse, metric, waits, ["agent"])
    assert {agent: tuple(row[part] for part in PARTS) for agent, row in found.items()} == {
        agent: expected(theirs, metric.quantile) for agent, theirs in own.items()
    }


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_where_nobody_was_answered_yet_nothing_can_be_said(
    warehouse: Connection, metric: Metric
) -> None:
    waits = [("anna", 60.0, False), ("anna", 90.0, False), ("bert", 10.0, True)]
    found = asked(warehouse, metric, waits, ["agent"])
    assert [found["anna"][part] for part in PARTS] == [
        None, 0, 2, "not_computable", "too_many_still_open",
    ]  # fmt: skip
    assert found["bert"]["value"] == 10


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_of_no_rows_nothing_is_counted_and_a_split_has_none(
    warehouse: Connection, metric: Metric
) -> None:
    (row,) = asked(warehouse, metric, [], []).values()
    assert [row[part] for part in PARTS] == [None, 0, 0, "empty", "nothing_counted"]
    assert asked(warehouse, metric, [], ["agent"]) == {}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_what_is_neither_answered_nor_waiting_is_left_out_and_counted(
    warehouse: Connection, metric: Metric
) -> None:
    status = metric.event.split(" = ")[0]
    column, counted = COUNTED[metric.model]
    warehouse.execute("begin transaction")
    try:
        for seconds, word in ((10, "ok"), (None, "not_applicable"), (None, "not_computable")):
            warehouse.execute(
                f"insert into {metric.model} ({column}, {metric.of}, {status}) values (?, ?, ?)",
                [counted, seconds, word],
            )
        (row,) = metrics.query(warehouse, metric)
    finally:
        warehouse.execute("rollback")
    assert (row["value"], row["denominator"], row["excluded"]) == (10, 1, 2)
