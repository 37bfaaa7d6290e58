from __future__ import annotations

import re
from datetime import date

import pytest
from pydantic import ValidationError
from reporting.planted import published

from aftersales import metrics as registry
from aftersales import variants
from aftersales.errors import ConfigError
from aftersales.reporting import sources, tables
from aftersales.reporting.spec import Shown, Source, load_report
from aftersales.settings import packaged


def told(review, wording, name):
    data = next(table for table in review.tables if table.spec.id == name)
    return tables.tell(data, review, wording)


def rows(review, wording, name):
    return told(review, wording, name).table.shown(wording)


def heads(review, wording, name):
    return [name for name, _ in told(review, wording, name).table.columns]


def test_days_stand_in_the_order_of_the_wording_and_those_with_few_chats_are_counted(review, zh):
    planted = review()
    days = told(planted, zh, "response_days")
    assert [row[0] for row in days.table.rows] == ["上班日", "周末", "节假日"]
    assert days.headline.startswith("中位数：上班日 1分")
    assert days.notes == ("另有 1 组不足 30，未列出。",)


def test_agents_with_few_replies_are_not_shown_and_the_others_not_ranked(review, zh):
    agents = told(review(), zh, "agents_chat")
    names = [row[0] for row in agents.table.rows]
    assert names == sorted(names)
    assert set(names) == {"大鹏", "小川", "小雨", "木木", "阿宁"}
    assert agents.notes == ("另有 1 组不足 30，未列出。",)
    assert agents.headline.startswith("5 位客服回复用时的中位数在 ")


def test_a_value_that_rests_on_few_is_a_dash_though_its_row_is_shown(review, zh):
    row = next(row for row in rows(review(), zh, "agents_chat") if row[0] == "小川")
    assert row[3] == "–"  # of few of the replies it is known whether they are canned
    assert row[1] != "–"
    assert row[2] != "–"


def test_chat_and_ticket_agents_are_never_in_one_table(review, zh):
    planted = review()
    assert "Anna" not in [row[0] for row in rows(planted, zh, "agents_chat")]
    assert [row[0] for row in rows(planted, zh, "agents_ticket")] == ["Anna"]


def test_what_was_promised_is_counted_by_what_became_of_it(review, zh):
    planted = review()
    assert heads(planted, zh, "targets") == [
        *("承诺", "类型", "计时", "达成率"),
        *("做到", "超时", "进行中", "暂停", "豁免", "无法计算"),
    ]
    (row,) = told(planted, zh, "targets").table.rows
    kept, attained, breached, active = row[3:7]
    assert row[:3] == ("首次响应", "工单", "工作时间")
    assert kept == pytest.approx(attained / (attained + breached))
    assert attained + breached + active == 168  # all tickets of four weeks
    assert row[7:] == (0, 0, 0)


def test_nothing_promised_is_one_line_that_says_how_to_promise(review, zh, en):
    bare = review(chats_only=True)
    nothing = told(bare, zh, "targets")
    assert nothing.table is None
    assert nothing.headline == "没有承诺可查：在 aftersales.toml 里写 [[sla]]，就会按它逐一判断"
    assert "[[sla]]" in told(bare, en, "targets").headline


def test_who_is_due_first_waits_on_top_then_who_waits_longest(review, zh):
    planted = review()
    tickets = told(planted, zh, "waiting_tickets")
    waits = [row[1] for row in tickets.table.rows]
    due = [row[3] is not None for row in tickets.table.rows]
    assert len(waits) == 10
    assert due == sorted(due, reverse=True)
    same = [wait for wait, is_due in zip(waits, due, strict=True) if is_due]
    assert same == sorted(same, reverse=True)
    total = int(planted.measures["waiting_now@kind=ticket"].now.value)
    assert tickets.headline.startswith(f"{total} 张工单在等我们，一半已等 1天")
    assert tickets.notes == (f"另有 {total - 10} 个没有列出。",)


def test_times_are_those_of_the_reporting_zone(review, zh):
    row = rows(review(), zh, "waiting_tickets")[0]
    assert row[3:5] == ["11月22日 12:00", "已超时"]  # 04:00 UTC in Shanghai


def test_a_column_without_anything_is_left_out_of_the_page_but_not_of_the_file(review, zh):
    chats = told(review(), zh, "waiting_chats")
    shown = {name for name, _ in chats.table.columns}
    assert {name for name, _ in chats.file.columns} - shown == {"到期", "状态"}


def test_the_same_questions_give_as_many_numbers_as_there_are_definitions(review, zh, en):
    planted = review()
    shown = rows(planted, zh, "definitions_compared")
    assert heads(planted, zh, "definitions_compared") == [
        *("口径", "平均", "时限内", "计入", "算的是"),
        *("时段外不计", "没人回但计入", "没人回不计", "封顶"),
    ]
    assert shown == [
        ["旺旺人工平响（淘宝）", "5分10秒", "–", "4", "轮次 · 聊天", "1", "1", "0", "1"],
        ["咚咚平均响应时长（京东）", "3分56秒", "–", "4", "轮次 · 聊天", "0", "0", "1", "0"],
        ["3 分钟人工响应率（淘宝）", "–", "50.0%", "4", "轮次 · 聊天", "1", "1", "0", "0"],
    ]
    assert told(planted, en, "definitions_compared").headline == (
        "The same questions give 3 numbers: means from 3 min 56 s (JD mean response)"
        " to 5 min 10 s (Taobao mean human response)"
    )


def test_a_definition_gives_what_its_metric_gives(review, zh, metrics):
    shown = told(review(), zh, "definitions_compared").table.rows
    with published() as con:
        for row, name in zip(
            shown,
            ("taobao_average_response", "jd_average_response", "taobao_within_3min"),
            strict=True,
        ):
            (found,) = registry.query(con, metrics[name])
            value = row[1] if row[2] is None else row[2]
            assert value == pytest.approx(found["value"])
            assert row[3] == found["denominator"]


def test_a_definition_says_where_the_version_of_the_week_was_read(review, zh):
    origins = dict(told(review(), zh, "definitions_compared").sources)
    assert origins["旺旺人工平响（淘宝）"].startswith("seller pages")
    found = variants.load((packaged("sql"),))["taobao_average_response"]
    assert tables.in_force(found, date(2020, 12, 31)).source.startswith("a seller page of 2020")
    assert tables.in_force(found, date(2021, 1, 1)).unanswered == "cap"


def test_a_platforms_mean_is_weighted_by_receptions_over_the_lines_both_have(review, zh):
    (row,) = rows(review(), zh, "reported_compared")
    # (100 x 10 + 200 x 30) / 40 against (100.5 x 10 + 220 x 30) / 40; 0.5 % is no difference, one
    # agent has no chats, one no receptions
    assert row == ["淘宝/天猫 · 平均响应", "2分55秒", "3分10秒", "+15秒", "2", "1", "2"]


def test_a_file_says_the_unit_that_a_row_has(review, zh):
    file = told(review(), zh, "reported_compared").file
    assert [name for name, _ in file.columns][:3] == ["报表项", "单位", "平台报表"]
    assert file.rows[0][1] == "seconds"


def test_hours_of_a_sheet_are_never_put_together():
    line = {
        "platform": "jd",
        "measure": "within_3min_share",
        "reported_value": 0.5,
        "own_value": 0.5,
        "receptions": 3,
    }
    found = tables.agreements([{**line, "hours": "8-23"}, {**line, "hours": ""}])
    assert [(one.hours, one.compared, one.apart) for one in found] == [("", 1, 0), ("8-23", 1, 0)]


def test_calls_are_told_by_shop(review, zh):
    # of 63 that came in 21 were taken in 12 s and 28 by nobody: too few of these to tell a share
    assert rows(review(), zh, "phone") == [["flagship", "33.3%", "44.4%", "–", "63"]]


def test_exchanges_by_month_of_payment_leave_blank_what_was_not_watched_long_enough(review, zh):
    shown = rows(review(), zh, "exchange_cohorts")
    assert [row[0] for row in shown] == ["2026年8月", "2026年9月", "2026年10月", "2026年11月"]
    within_15, within_30, within_60, ripe = zip(*(row[1:5] for row in shown), strict=True)
    assert within_15 == within_30[:3] + within_15[3:]  # all come within ten days
    assert (within_30[-1], within_60[-2:]) == ("–", ("–", "–"))
    assert ripe[0] == "100%"
    assert ripe[-1] == "0%"


def test_broken_rules_are_listed_with_money_by_currency_and_the_others_are_in_the_file(review, zh):
    planted = review()
    rules = told(planted, zh, "rule_findings")
    (row,) = rows(planted, zh, "rule_findings")
    broken = [one for one in rules.file.rows if one[2]]
    assert [one[0][:5] for one in rules.file.rows] == ["EX-08", "EX-01", "EX-02"]
    assert len(broken) == 1
    violations, judged, share = broken[0][2:5]
    assert share == pytest.approx(violations / judged)
    cny, usd = (int(violations) + 1) // 2, int(violations) // 2
    assert row[5] in (f"CNY {n}0.00 + USD {m}0.00" for n, m in ((cny, usd), (usd, cny)))
    assert rules.headline.startswith(f"3 条规则里 1 条有违反，共 {violations:.0f} 处，涉及 CNY ")


def test_what_the_exports_cannot_tell_is_said_once_and_is_no_pass(review, zh, en):
    notes = told(review(), zh, "rule_findings").notes
    assert len(notes) == 1
    assert notes[0].startswith("有 1 条规则无法用现有导出判断：EX-02 · ")
    assert told(review(), en, "rule_findings").notes[0].startswith("One rule cannot be measured")


def test_the_stages_of_an_exchange_are_told_in_the_order_they_come_in(review, en):
    shown = told(review(), en, "exchange_stages").table.rows
    assert [row[0] for row in shown] == ["Review", "Inspection"]
    review_median, inspection_median = (row[1] for row in shown)
    assert inspection_median == pytest.approx(3 * review_median)


def test_what_never_came_in_is_left_out(review):
    ids = {table.spec.id for table in review(chats_only=True).tables}
    assert ids == {
        *("response_days", "waiting_chats", "agents_chat", "targets", "definitions_compared"),
        *("exchange_cohorts", "exchange_flow", "improvements"),
    }


def test_a_metric_is_named_alone_or_with_the_part_it_is_of():
    assert Shown.model_validate("cases").key == "cases"
    part = Shown.model_validate({"metric": "reply_median", "where": {"kind": "chat"}})
    assert part.key == "reply_median@kind=chat"


@pytest.mark.parametrize("name", ["fct_sla; drop table fct_sla", "a b", "A", "(select 1)"])
def test_only_names_go_into_a_query(name):
    for told in ({"model": name}, {"model": "fct_sla", "by": [name]}):
        with pytest.raises(ValidationError):
            Source.model_validate(told)


def test_values_are_bound_and_groups_counted_and_added_up():
    with published() as con:
        source = Source(
            model="fct_sla",
            where={"kind": "ticket' or 'a' = 'a"},
            by=["state"],
            period="applied_on",
        )
        assert sources.read(con, source, None) == ()
        summed = Source(model="mart_response_variant", by=["variant"], sums=["capped", "counted"])
        assert sources.read(con, summed, None)[1] == {
            "variant": "taobao_average_response",
            "row_count": 1,
            "capped": 1,
            "counted": 4,
        }


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            {"model": "fct_nothing", "by": ["state"]},
            "the report reads 'fct_nothing', which the published run does not have\n"
            "  fix: run again, or name another table in report.yml",
        ),
        (
            {"model": "dim_product", "columns": {"colour": "text"}},
            "the report reads 'colour' of dim_product, which has no such column\n"
            "  fix: use one of: sku, title",
        ),
    ],
)
def test_a_source_that_is_not_there_is_refused_by_name(source, message):
    with published() as con, pytest.raises(ConfigError) as refusal:
        sources.read(con, Source.model_validate(source), None)
    assert str(refusal.value) == message


def test_a_table_without_a_source_is_refused(settings):
    own = settings.home / "reports" / "weekly"
    own.mkdir(parents=True)
    text = (settings.report_layers[0] / "weekly" / "report.yml").read_text("utf-8")
    text = re.sub(r" +source: \{model: fct_sla.*\n", "", text)
    (own / "report.yml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refusal:
        load_report(settings.report_layers, "weekly")
    assert "a table of the kind targets needs a source" in str(refusal.value)
