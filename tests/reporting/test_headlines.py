from __future__ import annotations

from dataclasses import replace

from aftersales.reporting import headlines
from aftersales.reporting.readings import Subject


def test_a_flat_series_is_called_flat(review, zh, en):
    flat = review()
    assert headlines.verdict(flat, zh) == "第47周：9 项指标都没有超出随机波动的变化。"
    assert [found.what for found in headlines.findings(flat, zh)] == [
        "可以判断的指标，差别都在平时的随机波动之内。"
    ]
    assert headlines.verdict(flat, en) == (
        "Nothing changed beyond chance: none of 9 measures left its usual range."
    )


def test_slower_replies_are_named_with_n_and_interval(review, zh):
    slow = review(slow_week=True)
    assert headlines.verdict(slow, zh) == "第47周：聊天首次响应变差，其余 6 项没有明确变化。"
    first = headlines.findings(slow, zh)[0]
    assert first.what == "聊天首次响应（中位）升到 3分40秒，平时（13 周）为 1分50秒"
    assert first.meaning == "处在中间的客户，要比以往多等 1分50秒 才有人回复。"
    assert first.evidence == "n = 280 · 95% 区间 3分13秒 至 4分11秒"


def test_a_product_exchanged_more_than_chance_allows_is_named_with_its_surplus(review, zh, en):
    bad = review(bad_sku=True)
    found = next(s for s in headlines.findings(bad, en) if "clearly above" in s.what)
    assert found.what == (
        "Exchange rate clearly above that of the others for one product: SKU-03 跑步鞋 42 (16.0%)"
    )
    assert "fewer exchanges" in found.meaning
    assert "SKU-03 跑步鞋 42" in headlines.chart_headline(_chart(bad, "exchange_skus"), bad, zh)


def test_no_product_is_named_when_all_are_alike(review, zh):
    flat = review()
    assert headlines.chart_headline(_chart(flat, "exchange_skus"), flat, zh) == (
        "没有商品的换货率超出随机范围"
    )


def test_a_target_clearly_missed_is_said_even_without_a_change(review, zh):
    missed = review(targets={"first_response_within_3min": 0.9})
    assert headlines.findings(missed, zh)[0].what == (
        "聊天 3 分钟内首次回复占比 72.5%，没有达到目标 90.0%"
    )


def test_a_target_inside_the_interval_is_not_called_missed(review, zh):
    near = review(targets={"first_response_within_3min": 0.73})
    assert len(headlines.findings(near, zh)) == 1


def test_without_a_full_week_before_nothing_is_judged(review, zh):
    short = review(weeks=1)
    assert headlines.verdict(short, zh) == "第47周：数据还不足以判断变化。"


def test_few_observations_are_not_judged(review, zh):
    few = review(orders_a_day=3, slow_week=True)
    assert few.measures["first_response_median@kind=chat"].verdict == "untested"


def test_a_week_whose_cases_are_mostly_open_is_not_called_faster(review, zh):
    young = review(open_week=True)
    assert young.measures["case_handling_median"].verdict == "unripe"
    assert "先不比较" in headlines.chart_headline(_chart(young, "handling_time"), young, zh)


def test_a_p90_whose_slow_part_still_waits_is_not_called_faster_though_the_median_may(review):
    waiting = review(waiting_tail=True)
    assert waiting.measures["first_response_p90@kind=chat"].verdict == "unripe"
    assert waiting.measures["first_response_median@kind=chat"].verdict == "flat"


def test_what_cannot_be_measured_has_a_reason_and_no_value(review):
    now = review().measures["exchange_rate_units"].now
    assert (now.value, now.reason) == (None, "no_lines")


def test_more_exchanges_are_named_with_how_many(review, zh):
    found = headlines.findings(review(bad_week=True), zh)[0]
    assert found.what.startswith("换货率（按订单）升到 ")
    assert found.meaning.startswith("比照以往，本周约多 ")


def test_a_rise_from_one_article_is_told_with_the_article(review, zh, en):
    found = headlines.findings(review(bad_article=True), en)
    assert found[0].what.startswith("Exchange rate (orders) rose to ")
    assert found[0].cause.startswith("Mostly from ") and "SKU-05" in found[0].cause
    assert "of the change" in found[0].cause
    article = next(s for s in found if s.what.startswith("SKU-05"))
    assert "until the week of 16 Nov" in article.what and "All others went from" in article.meaning
    assert "1 个商品换货偏高" in headlines.verdict(review(bad_article=True), zh)
    chart = replace(_chart(review(bad_article=True), "exchange_skus"), outliers=())
    assert headlines.chart_headline(chart, review(bad_article=True), en) == article.what


def test_a_rise_of_all_articles_alike_names_none(review, en):
    found = headlines.findings(review(bad_week=True), en)
    assert found[0].cause == "No part stands out by itself"
    assert not any(s.what.startswith("SKU") for s in found)


def test_what_rose_with_everything_else_is_no_group_of_its_own(review):
    charts = {chart.spec.id: chart for chart in review(thin_week=True).charts}
    assert charts["exchange_skus"].movers == ()


def test_what_has_lasted_is_told_since_when(review, zh):
    found = headlines.findings(review(bad_weeks=4), zh)[0]
    assert found.what.startswith("换货率（按订单）升到 ")
    assert found.evidence.endswith("已持续 4 周，从 10月26日那周起")


def test_sentences_come_in_the_order_of_the_rules(review, zh):
    found = headlines.findings(review(bad_week=True, red_line="要打12315投诉你们"), zh)
    assert "红线" in found[0].what and found[1].what.startswith("换货率")


def test_a_rate_that_rose_because_sales_fell_is_not_called_worse(review, zh):
    thin = review(thin_week=True)
    assert thin.measures["exchange_rate_orders"].verdict == "volume"
    assert headlines.verdict(thin, zh).startswith("第47周：6 项指标都没有超出随机波动的变化")


def test_a_matter_measured_three_ways_is_told_once(review, zh):
    slow = review(slow_week=True)
    assert sum("首次" in found.what for found in headlines.findings(slow, zh)) == 1


def test_hours_alike_are_called_alike_and_slow_nights_are_named(review, zh):
    flat, nights = review(), review(slow_nights=True)
    even = headlines.chart_headline(_chart(flat, "response_hours"), flat, zh)
    weak = headlines.chart_headline(_chart(nights, "response_hours"), nights, zh)
    assert even == "各时段之间没有明确差别"
    assert weak.startswith("22–24 时最弱：只有 0% 在 3 分钟内得到回复，其余时段为 ")


def test_fewer_tickets_do_not_make_the_first_response_faster(review):
    usual, fewer = review(), review(few_tickets=True)
    for key in ("first_response_median", "first_response_p90", "first_response_within_3min"):
        chats = fewer.measures[f"{key}@kind=chat"]
        assert chats.now == usual.measures[f"{key}@kind=chat"].now
        assert chats.verdict == "flat"
    assert "first_response_median" not in fewer.measures


def test_slower_tickets_are_called_tickets_and_leave_the_chats_alone(review, zh, en):
    slow = review(slow_tickets=True)
    assert headlines.verdict(slow, zh).startswith("第47周：工单首次响应变差，")
    assert headlines.verdict(slow, en).startswith("First response to tickets got worse; ")
    first = headlines.findings(slow, zh)[0]
    assert first.what.startswith("工单首次响应（中位，工作时间）升到 ")
    assert first.meaning.startswith("处在中间的工单，要多等 ")


def test_a_p90_is_told_of_those_answered_alone(review, zh):
    slow = review(slow_week=True)
    told = headlines.findings(
        replace(slow, report=slow.report.model_copy(update={"judging": slow.report.judging[1:2]})),
        zh,
    )
    assert told[0].meaning.startswith("得到回复的客户里，每十位有一位等了 ")


def test_a_part_nobody_named_is_called_by_its_split_and_its_metric(metrics, zh, en):
    told = Subject("reply_median@kind=ticket", metrics["reply_median"], {"kind": "ticket"})
    assert headlines.label(told, zh) == "工单每轮回复（中位数）"
    assert headlines.label(told, en) == "Tickets: Reply to a turn (median)"


def test_too_few_to_draw_is_not_called_no_data(review, zh):
    few = review(orders_a_day=3)
    assert headlines.chart_headline(_chart(few, "response_hours"), few, zh) == (
        "每一格都太少，没有画出来"
    )


def _chart(review, name):
    return next(chart for chart in review.charts if chart.spec.id == name)
