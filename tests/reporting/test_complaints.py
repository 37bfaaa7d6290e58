"""What the page says of complaints: the list, the costs, what is new, and how far to trust it."""

from __future__ import annotations

import csv
import io

import pytest
from markupsafe import escape
from reporting.planted import published
from reporting.test_tables import heads, rows, told

from aftersales.judgement.estimates import wilson
from aftersales.reporting import charts, csv_file, headlines
from aftersales.reporting.charts import Bar, Quote, Span, Table
from aftersales.reporting.evidence import Evidence
from aftersales.reporting.figures import WIDE

PAYLOAD = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://example.com/","退款")'
LEAF = """\
leaf: P5
code: PRD.SAFETY
title: {zh: 安全, en: Safety}
means: {zh: 伤人, en: It hurts}
action: {zh: 下架, en: Take it down}
phrases:
  zh:
    leaks: '漏电|{what}冒烟'
hits: [插座漏电]
misses: [很安全]
"""


def written(table):
    """The file as a spreadsheet would read it."""
    text = csv_file.as_bytes(table, "{label} (s)").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


# --- categories ------------------------------------------------------------------------------


def test_categories_stand_by_how_many_complain_and_small_ones_are_put_together(review, zh):
    shown = told(review(), zh, "complaint_categories")
    assert [row[0] for row in shown.table.rows] == [
        "未收到",
        "质量瑕疵",
        "商品质量（其余：功能故障和性能差）",
    ]
    assert [row[1].value for row in shown.table.rows] == [80, 40, 36]
    assert shown.headline == ("168 件投诉里，最多的是“未收到”（80 件）；前 3 类占全部标签的 92.9%")


def test_what_was_put_together_or_left_to_the_file_is_said(review, zh, en):
    planted = review()
    assert told(planted, zh, "complaint_categories").notes == (
        "不足 30 件的类别并入所属大类；同属其中两类的投诉计两次，故不写占比。",
        "其余 2 行共 12 个标签，在 CSV 里。",
    )
    file = told(planted, en, "complaint_categories").file
    assert [row[0] for row in file.rows] == [
        *("Not received", "Defect", "Malfunction", "Performance", "Slow support", "Feature"),
    ]


def test_a_share_has_its_interval_and_what_was_put_together_has_none(review, zh):
    first, _, rolled = told(review(), zh, "complaint_categories").table.rows
    assert first[2] == pytest.approx(80 / 168)
    assert first[3] == Span(*wilson(80, 168))
    assert rolled[2:4] == (None, None)


def test_owner_and_first_step_stand_beside_a_category_in_the_pages_language(review, zh, en):
    planted = review()
    assert rows(planted, zh, "complaint_categories")[0][-2:] == ["物流", "处理 L1"]
    assert rows(planted, en, "complaint_categories")[0][-2:] == ["Logistics", "do about L1"]


def test_complaints_are_told_per_thousand_orders_and_with_the_surest_labels_share(review, zh):
    planted = review()
    orders = planted.measures["orders_paid"].now.value * 4
    first = told(planted, zh, "complaint_categories").table.rows[0]
    assert first[5] == pytest.approx(80_000 / orders, rel=0.02)
    assert first[6] == pytest.approx(0.5, abs=0.01)


def test_a_file_has_the_ends_of_an_interval_apart(review, en):
    head, first, *_ = written(told(review(), en, "complaint_categories").file)
    low, high = (float(first[head.index(name)]) for name in ("95% low", "95% high"))
    assert (low, high) == pytest.approx(wilson(80, 168), abs=1e-6)
    assert first[head.index("Complaints")] == "80"


def test_a_bar_is_as_long_as_its_share_of_the_longest(zh):
    table = Table((("投诉", "count"),), ((Bar(1200, 1),), (Bar(300, 0.25),)))
    assert table.shown(zh) == [
        ['<span class="bar" style="--of: 1.000">1,200</span>'],
        ['<span class="bar" style="--of: 0.250">300</span>'],
    ]


# --- by week ---------------------------------------------------------------------------------


def test_the_trend_draws_the_groups_with_most(review, zh):
    planted = review()
    trend = next(chart for chart in planted.charts if chart.spec.id == "complaint_trend")
    assert [m.subject.key for m in trend.measures] == [
        "complaints@top=LOG",
        "complaints@top=PRD",
        "complaints@top=CSV",
    ]
    assert headlines.chart_headline(trend, planted, zh) == (
        "本周最多的是物流配送：20 件，前8周的周均为 20"
    )
    titles = [note.text for note in charts.figure(trend, planted, zh, WIDE).layout.annotations]
    assert "商品质量  <b>19</b>" in titles


# --- red lines -------------------------------------------------------------------------------


def test_a_red_line_comes_before_every_other_finding(review, zh, en):
    planted = review(red_line="插上去就冒烟", slow_week=True)
    first, *rest = headlines.findings(planted, zh)
    assert (first.tone, first.what) == ("worse", "本周有 1 件投诉触及红线")
    assert rest
    assert headlines.findings(planted, en)[0].what == (
        "One complaint of the week touches a red line"
    )


def test_without_a_red_line_the_page_says_that_there_is_none(review, zh):
    planted = review()
    assert told(planted, zh, "red_lines").headline == "本周没有投诉触及红线"
    assert "红线" not in headlines.findings(planted, zh)[0].what


def test_a_quote_is_text_whatever_stands_in_it(review, zh):
    row = rows(review(red_line=PAYLOAD), zh, "red_lines")[0]
    assert row[:2] == ["安全危害", f"<q>{escape(PAYLOAD)}</q>"]


@pytest.mark.parametrize("quote", [FORMULA, " =1+1", "+1", "-2+3", "@SUM(A1)", "\t=1"])
def test_a_quote_never_runs_as_a_formula(review, zh, quote):
    _, first, *_ = written(told(review(red_line=quote), zh, "red_lines").file)
    assert first[1].startswith("'")


def test_the_evidence_in_a_quote_is_marked_and_what_is_around_it_escaped(zh):
    table = Table((("原话", "prose"),), (((Quote("<b>漏电了&", (3, 5)),),),))
    assert table.shown(zh) == [["<q>&lt;b&gt;<mark>漏电</mark>了&amp;</q>"]]


# --- evidence --------------------------------------------------------------------------------


@pytest.fixture
def layer(tmp_path):
    (tmp_path / "complaints" / "leaves").mkdir(parents=True)
    (tmp_path / "complaints" / "leaves" / "p5.yml").write_text(LEAF, "utf-8")
    (tmp_path / "complaints" / "macros.yml").write_text("macros: {what: '(插座|底座)'}\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("rule", "quote", "found"),
    [
        ("P5.leaks", "新买的插座漏电", "漏电"),
        ("P5.leaks", "它底座冒煙了", "底座冒煙"),  # traditional script is folded
        ("P5.leaks", "什么也没说", None),
        ("P5.gone", "新买的插座漏电", None),
        ("Z9.unknown", "漏电", None),
        (None, "漏电", None),
    ],
)
def test_evidence_is_found_again_by_the_phrase_that_told_it(layer, rule, quote, found):
    span = Evidence((layer,)).find(rule, quote)
    assert (quote[slice(*span)] if span else None) == found


def test_phrases_broken_since_the_run_mark_nothing(layer):
    path = layer / "complaints" / "leaves" / "p5.yml"
    path.write_text(path.read_text("utf-8").replace("漏电|", "(漏电|"), "utf-8")
    assert Evidence((layer,)).find("P5.leaks", "漏电") is None


def test_a_workspaces_own_phrases_are_the_ones_looked_for(layer, tmp_path):
    own = tmp_path / "own"
    (own / "complaints" / "leaves").mkdir(parents=True)
    changed = LEAF.replace("漏电|", "触电|")
    (own / "complaints" / "leaves" / "p5.yml").write_text(changed, "utf-8")
    told = Evidence((layer, own))
    assert told.find("P5.leaks", "差点触电") == (2, 4)
    assert told.find("P5.leaks", "漏电") is None


# --- costs -----------------------------------------------------------------------------------


def test_costs_stand_by_money_back_with_all_of_them_once_at_the_end(review, zh):
    planted = review()
    assert heads(planted, zh, "complaint_costs") == [
        *("类别", "订单", "退回金额", "有退款", "有换货", "补偿", "首响超时"),
    ]
    assert rows(planted, zh, "complaint_costs") == [
        ["质量瑕疵", "50", "1,200.00", "50.0%", "30.0%", "0.00", "–"],  # of 10 answers no share
        ["未收到", "40", "500.00", "25.0%", "12.5%", "20.00", "25.0%"],
        ["全部（每单一次）", "90", "1,500.00", "33.3%", "22.2%", "20.00", "25.0%"],
    ]


def test_a_category_with_few_orders_never_leads_however_much_it_cost(review, zh):
    shown = told(review(), zh, "complaint_costs")
    assert shown.headline == "“质量瑕疵”的订单退回最多：1,200.00，50 单里 50.0% 有退款"
    assert shown.notes == ("另有 1 类在 CSV 里。",)
    assert shown.file.rows[0][:3] == ("功能缺失", 3, 2000)


# --- needs and faults ------------------------------------------------------------------------


def test_needs_and_faults_are_listed_however_few_with_examples(review, zh):
    shown = rows(review(has_faults=True), zh, "unmet_and_broken")
    assert [row[:2] for row in shown] == [["功能缺失", "4"], ["系统异常", "4"]]
    assert shown[1][3] == "<q>页面打不开 4</q><q>页面打不开 3</q>"  # the newest, two of them
    assert shown[0][3] == "<q>想要 N1</q>"  # equal quotes stand once


def test_faults_that_were_not_passed_on_are_said(review, zh, en):
    planted = review(has_faults=True)
    assert told(planted, zh, "unmet_and_broken").notes == (
        "反映平台异常的会话中，可以判断的 4 个里 3 个没有在时限内反馈出去（已反馈 25.0%）。",
    )
    assert told(planted, en, "unmet_and_broken").headline == (
        "4 miss something we do not offer; faults of platform and promotions are told 4 times"
    )
    assert told(review(), zh, "unmet_and_broken").notes == ()


# --- new topics ------------------------------------------------------------------------------


def test_a_new_topic_is_shown_with_examples_and_the_phrase_to_add(review, zh):
    planted = review(topic="蓝藻门")
    shown = told(planted, zh, "new_topics")
    assert shown.headline == "1 个新说法，最突出的是“蓝藻门”：15 条，前 8 周周均 0.2"
    (row,) = rows(planted, zh, "new_topics")
    assert row == [
        "蓝藻门",
        "15",
        "0.25",
        "<q>因为<mark>蓝藻门</mark>不买了</q><q>听说<mark>蓝藻门</mark></q>",
        "蓝藻门",
        "功能故障",
    ]
    assert "aftersales complaints test" in shown.notes[0]


def test_no_new_topic_is_said_too(review, zh):
    assert told(review(), zh, "new_topics").headline == "本周没有发现类别不认得的新说法"


def test_a_topic_never_runs_as_a_script_or_a_formula(review, en):
    (row,) = rows(review(topic=PAYLOAD), en, "new_topics")
    assert PAYLOAD not in row[3]
    _, first = written(told(review(topic="=1+1"), en, "new_topics").file)
    assert (first[0], first[4]) == ("'=1+1", "'=1+1")


# --- feelings, and how far to trust all this -------------------------------------------------


def test_feelings_are_told_by_agent_for_chats_and_tickets_apart(review, zh):
    planted = review()
    assert heads(planted, zh, "moods_chat") == ["客服", "情绪强烈", "先安抚", "n"]
    assert [row[0] for row in rows(planted, zh, "moods_ticket")] == ["Anna"]
    shown = {row[0]: row[1:] for row in rows(planted, zh, "moods_chat")}
    assert shown["小川"][0].startswith(("24", "25"))  # one in four, as planted
    assert shown["小雨"][0] == "–"  # nobody wrote to her, though she answered


@pytest.mark.parametrize(
    ("drifted", "word", "notes"), [(False, "与往常相当", 0), (True, "偏离往常", 1)]
)
def test_a_week_unlike_those_before_is_said_beside_the_shares(review, zh, drifted, word, notes):
    planted = review(drifted=drifted)
    states = {row[0]: row[-1] for row in rows(planted, zh, "complaint_trust")}
    assert states["flagship"] == word
    assert {*states.values()} == {word, "太少，不判断"}  # of the others no week is known
    shown = told(planted, zh, "complaint_trust")
    assert len(shown.notes) == notes
    if drifted:
        assert shown.notes[0].startswith("flagship 本周偏离往常：未归类 30.0%（前 8 周 12.0%）")


def test_a_share_nobody_can_tell_is_a_dash(review, zh):
    planted = review()
    place = heads(planted, zh, "complaint_trust").index("原因与描述不符")
    assert rows(planted, zh, "complaint_trust")[0][place] == "–"


def test_where_nobody_wrote_anything_nothing_is_said_of_complaints(review):
    bare = review(chats_only=True)
    ids = {block.spec.id for block in (*bare.tables, *bare.charts)}
    assert not ids & {"red_lines", "complaint_categories", "complaint_trend", "new_topics"}


def test_several_values_of_a_column_may_be_asked_for():
    from aftersales.reporting import sources
    from aftersales.reporting.spec import Source

    with published(has_faults=True) as con:
        asked = Source(model="fct_complaint", where={"leaf": ["T1", "X' or '1"]}, by=["leaf"])
        assert sources.read(con, asked, None) == ({"leaf": "T1", "row_count": 4},)
