from __future__ import annotations

import json
import re

import pytest
from reporting.planted import RECORD, published

from aftersales import reporting
from aftersales.errors import ConfigError
from aftersales.reporting import paint
from aftersales.settings import Settings


@pytest.fixture
def no_browser(monkeypatch, tmp_path):
    """A machine without one."""
    monkeypatch.setenv("PATH", str(tmp_path))


def built(settings, metrics, record=RECORD, **plant):
    with published(**plant) as con:
        return [page.read_text("utf-8") for page in reporting.build(con, settings, metrics, record)]


@pytest.fixture(scope="module")
def plain(metrics, tmp_path_factory):
    """The pages, zh and en, of a run with nothing planted, in a workspace of sample data."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", str(tmp_path_factory.mktemp("no programs")))
        return built(Settings(home=tmp_path_factory.mktemp("plain"), is_demo=True), metrics)


def test_a_site_is_two_pages_one_set_of_assets_and_a_csv_a_chart_or_table(
    settings, metrics, no_browser
):
    with published() as con:
        pages = reporting.build(con, settings, metrics, RECORD)
    assert [str(page.relative_to(settings.site)) for page in pages] == [
        "index.html",
        "en/index.html",
    ]
    assert sorted(p.name for p in (settings.site / "assets").iterdir()) == [
        "plotly.min.js",
        "review.js",
        "style.css",
    ]
    assert len(list((settings.site / "data").glob("*.zh.csv"))) == 36
    assert not list(settings.site.rglob("*.partial"))


def test_the_same_run_gives_the_same_bytes(settings, metrics, no_browser, plain):
    assert built(settings, metrics) == plain


def test_sample_data_say_so_and_real_data_do_not(metrics, no_browser, tmp_path, plain):
    zh, en = plain
    assert "<strong>样例数据</strong>" in zh
    assert "<strong>Sample data</strong>" in en
    real, _ = built(Settings(home=tmp_path / "own"), metrics)
    assert "样例数据" not in real


def test_without_script_the_page_still_holds_every_number(plain):
    zh, _ = plain
    assert zh.count("<details>") == 13 + 1  # a chart each, and where definitions were read
    assert '<th scope="col"' in zh
    assert "3天" in zh


def test_nothing_is_fetched_from_elsewhere(plain):
    for page in plain:
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_the_page_allows_no_script_but_its_own(plain):
    zh, _ = plain
    assert (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
        in zh
    )
    scripts = re.findall(r"<script[^>]*>", zh)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)


def test_what_cannot_be_measured_is_said_once_with_the_reason(plain):
    zh, _ = plain
    assert zh.count("只有订单报表，没有宝贝（订单明细）报表，件数无从得知") == 1


def test_how_many_conversations_are_tied_to_an_order_is_said(plain):
    zh, en = plain
    assert re.search(r"本周 \d+ 段会话：\d\d\.\d% 写明了订单，\d\d\.\d% 按同店同一买家", zh)
    shares = [
        float(share)
        for share in re.findall(
            r"conversations this week: ([\d.]+)% name their order, ([\d.]+)% are tied to the buyer&#39;s"
            r" nearest one within 14 days, ([\d.]+)% to none",
            en,
        )[0]
    ]
    assert sum(shares) == pytest.approx(100, abs=0.15)
    assert shares == pytest.approx([50, 25, 25], abs=2)


def test_what_never_came_in_has_no_place_on_the_page(settings, metrics, no_browser):
    zh, en = built(settings, metrics, chats_only=True)
    for page in (zh, en):
        for missing in ("tickets", "chart-phone", "chart-agents_ticket", "chart-reported_compared"):
            assert f'id="{missing}"' not in page
        assert 'id="chart-response_median"' in page
    assert "工单首次响应" not in zh
    assert "没有承诺可查：在 aftersales.toml 里写 [[sla]]，就会按它逐一判断" in zh
    assert "Nothing is promised: write [[sla]] in aftersales.toml" in en


def test_how_many_conversations_have_no_working_time_is_said_with_the_reason(
    settings, metrics, no_browser
):
    zh, en = built(settings, metrics, waiting_tail=True)
    assert "本周 322 段会话里，13 段没有工作时间口径的首次响应：还没人回 13。" in zh
    assert "have no first response in working time: nobody answered yet 13." in en
    zh, _ = built(settings, metrics, has_calendar=False)
    assert "322 段没有工作时间口径的首次响应：没有工作时间表 322。" in zh
    assert "没有工作时间表，不知道哪些是工作时间" in zh


def test_everything_is_there_in_both_languages_and_in_the_same_order(plain):
    zh, en = (re.findall(r'id="(chart-[a-z0-9_]+|[a-z]+)"', page) for page in plain)
    assert zh == en
    assert [name for name in zh if name.startswith("chart-")][:5] == [
        "chart-response_median",
        "chart-response_p90",
        "chart-response_share",
        "chart-response_days",
        "chart-response_hours",
    ]


def test_rows_that_are_missing_are_said(settings, metrics, no_browser):
    zh, _ = built(settings, metrics, {**RECORD, "rows_loaded": 30000})
    assert "尚差 990 行" in zh


def test_gate_findings_and_unknown_words_are_listed(settings, metrics, no_browser):
    found = {
        "check": "minimum:stg_shop__order",
        "kind": "minimum",
        "table": "stg_shop__order",
        "column": "paid_amount",
        "level": "warning",
        "passed": False,
        "failed": 2,
        "of": 100,
        "what": "paid_amount is below 0",
        "rows": [],
    }
    zh, en = built(settings, metrics, {**RECORD, "findings": [found]})
    assert "质量检查 1 项，其中 1 项提示" in zh
    assert "1 of 1 quality checks asks for attention" in en
    assert "stg_shop__order.paid_amount is below what is allowed (2 rows)" in en
    assert "“卖家延迟处理”（3 行）" in zh


def test_an_empty_warehouse_is_refused_in_one_sentence(settings, metrics, no_browser):
    with published() as con:
        for table in ("fct_order", "fct_case", "fct_conversation"):
            con.execute(f"delete from {table}")
        with pytest.raises(ConfigError) as refusal:
            reporting.build(con, settings, metrics, RECORD)
    assert str(refusal.value) == (
        "there is nothing to report on: no order, case or conversation\n  fix: load exports first"
    )


def test_a_language_the_workspace_does_not_have_is_refused(settings, metrics, no_browser):
    with published() as con, pytest.raises(ConfigError) as refusal:
        reporting.build(con, settings, metrics, RECORD, language="fr")
    assert str(refusal.value) == (
        f"{settings.home}/aftersales.toml: the pages are not made in 'fr'\n"
        "  fix: use one of: zh, en; or add it to languages"
    )


def test_a_workspace_may_have_its_own_words(settings, metrics, no_browser):
    own = settings.home / "reports" / "weekly"
    own.mkdir(parents=True)
    packaged = settings.report_layers[0] / "weekly" / "zh.yml"
    text = packaged.read_text("utf-8").replace("服务质量周报", "本店周报")
    (own / "zh.yml").write_text(text, "utf-8")
    assert "本店周报" in built(settings, metrics)[0]


@pytest.mark.parametrize(
    "svg",
    [
        "<svg><script>1</script></svg>",
        '<svg><g onload="1"></g></svg>',
        '<svg><a xlink:href="javascript:1"></a></svg>',
        '<svg><use href="http://elsewhere/x"/></svg>',
        "<svg><foreignObject></foreignObject></svg>",
    ],
)
def test_a_painted_figure_that_is_more_than_a_drawing_is_left_out(svg):
    assert not paint.is_harmless(svg)


def test_json_cannot_end_its_script_element():
    text = paint.as_script_data(json.dumps({"a": "</script><script>"}))
    assert "<" not in text
    assert json.loads(text) == {"a": "</script><script>"}
