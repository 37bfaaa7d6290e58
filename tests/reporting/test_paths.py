"""What the page says of the process: the slowest step of ours, the way back, the slowest path."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from aftersales.reporting import tables
from aftersales.reporting.charts import Bar
from aftersales.reporting.readings import Group, Reading, Subject
from aftersales.reporting.review import TableData
from aftersales.reporting.spec import load_report
from aftersales.settings import packaged

DAYS = (date(2026, 9, 21), date(2026, 11, 22))
REPORT = load_report((packaged("reports"),), "weekly")
REVIEW = SimpleNamespace(report=REPORT)  # all that is asked of it is the least number
SPECS = {spec.id: spec for spec in REPORT.tables}
# Moves by both ends and the party waited for: how many, median, median of working time, in all.
STEPS = {
    ("applied", "reviewed", "merchant"): (200, 7200, 3600, 2_000_000),
    ("inspected", "reshipped", "merchant"): (100, 36000, 14400, 3_000_000),
    ("inspected", "converted", "merchant"): (12, 90000, 57600, 500_000),
    ("reviewed", "return_shipped", "customer"): (90, 86400, 43200, 5_000_000),
    ("applied", "return_shipped", None): (300, 90000, 40000, 9_500_000),
}
AGAIN = Reading(0.05, 10, 200, 0)
LONG, SHORT, RARE = "applied > reviewed > closed", "applied > refunded", "applied > converted"
PATHS = {
    (LONG, "exchange"): (100, 600_000, 7200, 0.5, 10, 0),
    (SHORT, "refund_only"): (300, 7200, None, 0.1, 20, 0),
    (RARE, "exchange"): (12, 900_000, 9000, 1.0, 5, 199),
}


def _column(metrics, name, values, *, where=None):
    metric = metrics[name]
    groups = {key: Group(key, Reading(value, value, n, 0)) for key, (value, n) in values.items()}
    return Subject(name, metric, where or {}), groups


def _data(metrics, table, names, found, back=None, again=None):
    columns = [
        _column(metrics, name, {key: (row[place], row[0]) for key, row in found.items()})
        for place, name in enumerate(names)
    ]
    if back is not None:
        columns.append(_column(metrics, "process_transitions", back))
    return TableData(SPECS[table], DAYS, tuple(columns), whole=(again,) if again else ())


@pytest.fixture
def steps(metrics, zh):
    def shown(found=STEPS, back=None, again=AGAIN, wording=zh):
        names = [shown.metric for shown in SPECS["process_steps"].metrics[:4]]
        data = _data(metrics, "process_steps", names, found, back or {}, again)
        return tables.tell(data, REVIEW, wording)

    return shown


@pytest.fixture
def paths(metrics, zh):
    def shown(found=PATHS, wording=zh):
        names = [shown.metric for shown in SPECS["process_paths"].metrics]
        return tables.tell(_data(metrics, "process_paths", names, found), REVIEW, wording)

    return shown


def test_the_slowest_step_of_ours_is_told_in_working_time_and_not_from_a_few_moves(steps, en):
    assert steps().headline == "轮到我们时最慢的一步是“验货 → 换出”：中位 4小时（工作时间），100 次"
    assert "“inspected → replacement sent”: median 4 h of working time, 100" in (
        steps(wording=en).headline
    )


def test_without_working_hours_the_slowest_step_is_told_by_the_calendar(steps):
    found = {key: (row[0], row[1], None, row[3]) for key, row in STEPS.items()}
    assert steps(found).headline.endswith("中位 10小时（自然时间，没有工作日历），100 次")


def test_steps_stand_by_the_time_they_cost_and_what_nobody_can_tell_comes_last(steps):
    shown = steps()
    assert [row[:2] for row in shown.table.rows] == [
        ("审核 → 买家寄回", "买家"),
        ("验货 → 换出", "商家"),
        ("申请 → 审核", "商家"),
        ("申请 → 买家寄回", "说不清"),
    ]
    assert shown.table.rows[0][5] == Bar(0.25, pytest.approx(5 / 9.5))
    assert shown.notes[0] == "等待的时间花在：说不清 47.5%、商家 27.5%和买家 25.0%。"
    assert len(shown.file.rows) == len(STEPS)


def test_the_way_back_is_told_however_rare_and_no_log_is_no_proof_of_none(steps):
    back = {("rejected", "applied"): (5, 5), ("applied", "reviewed"): (4, 4)}
    assert "“拒绝 → 申请”，5 次；有状态日志的 200 单里 5.0%" in steps(back=back).notes[1]
    assert steps(again=Reading(0.0, 0, 200, 0)).notes[1] == "有状态日志的 200 单里没有环节重来。"
    assert steps(again=Reading(None, None, 0, 0)).notes[1].startswith("没有状态日志")


def test_paths_stand_by_how_long_they_took_with_their_cost_and_the_rest_is_counted(paths):
    shown = paths()
    assert [row[:3] for row in shown.table.rows] == [
        ("申请 → 审核 → 结案", "换货", 100),
        ("申请 → 退款", "仅退款", 300),
    ]
    assert "“申请 → 审核 → 结案”：一半的单超过 6天23小时，100 单" in shown.headline
    assert shown.notes == (
        "另有 1 条路径共 12 单没有列出：更快，或不足以判断。它们的补偿合计 5.00，转退款 199.00。",
    )


def test_a_path_that_cannot_be_added_up_has_no_cost_told(paths):
    found = {**PATHS, (RARE, "exchange"): (12, 900_000, 9000, 1.0, None, 199)}
    assert "补偿合计" not in paths(found).notes[0]


def test_too_few_of_everything_shows_no_table(steps, paths):
    few = {key: (5, *row[1:]) for key, row in STEPS.items()}
    assert steps(few).table is None
    assert paths({(RARE, "exchange"): PATHS[(RARE, "exchange")]}).table is None
