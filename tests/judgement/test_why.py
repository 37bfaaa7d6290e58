"""Why a number changed: asked of small tables, and of worlds in which we know why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import UNTIL
from sample.conftest import Build, build_all  # noqa: F401 - a fixture
from typer.testing import CliRunner

from aftersales import cli, metrics, notebook, sample, settings
from aftersales.errors import ConfigError
from aftersales.judgement import why
from aftersales.judgement.why import Span, Why
from aftersales.reporting import explaining

METRICS = metrics.load((settings.packaged("sql"),))
MONDAY = date(2026, 3, 2)
SHARE = METRICS["refund_only_rate"].model_copy(update={"split_by": ["shop_id", "sku"]})
WAIT = METRICS["first_response_p90"].model_copy(
    update={"split_by": ["shop_id", "kind", "started_hour"]}
)
CASES = METRICS["cases"].model_copy(update={"split_by": ["shop_id", "sku"]})
PAID = METRICS["compensation_amount"].model_copy(update={"split_by": ["shop_id", "reason"]})


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Nine weeks of two shops; in the last one shop B refunds more and answers late at night."""
    con = duckdb.connect()
    con.execute(
        "create table ref_run as select date '2026-05-03' as as_of_on, 'UTC' as reporting_zone"
    )
    con.execute(
        "create table dim_event (shop_id varchar, title varchar, kind varchar, first_on date, last_on date)"
    )
    con.execute(
        "insert into dim_event values ('B', 'strike', 'strike', '2026-04-28', '2026-04-29')"
    )
    con.execute(
        "create table dim_calendar_day (calendar_id varchar, day_on date, kind varchar, title varchar)"
    )
    con.execute("create table ref_calendar_of (calendar_id varchar, shop_id varchar, team varchar)")
    con.execute(
        "create table ref_exempt (shop_id varchar, from_at timestamp, until_at timestamp, reason varchar)"
    )
    con.execute(
        "create table days as select cast(d as date) as on_day, d >= timestamp '2026-04-27' as is_last"
        " from generate_series(timestamp '2026-03-02', timestamp '2026-05-03', interval 1 day) as t (d)"
    )
    shops = "(values ('A', 'S1'), ('A', 'S2'), ('B', 'S3')) as s (shop_id, sku)"
    con.execute(
        "create table mart_order_event as"
        " select shop_id || on_day || sku || i as order_key, 'sold' as event_type, on_day as occurred_on,"
        f" shop_id, sku, true as cases_known from days, {shops}, range(20) as r (i)"
        " union all"
        " select shop_id || on_day || sku || i, 'refund_only', on_day, shop_id, sku, true"
        f" from days, {shops}, range(case when is_last and shop_id = 'B' then 6 else 1 end) as r (i)"
    )
    con.execute(
        "create table fct_conversation as"
        " select on_day as started_on, shop_id, 'chat' as kind, h as started_hour,"
        " 'ok' as first_response_status,"
        " 10 + h + case when is_last and h < 6 then 900 else 0 end as first_response_seconds"
        f" from days, {shops}, range(24) as r (h)"
    )
    con.execute(
        "create table fct_case as select occurred_on as applied_on, shop_id, sku"
        " from mart_order_event where event_type = 'refund_only'"
    )
    con.execute(
        "create table fct_order as select occurred_on as sold_on, true as is_sold, shop_id"
        " from mart_order_event where event_type = 'sold'"
    )
    con.execute(
        "create table fct_compensation as select applied_on, shop_id, sku as reason, 'paid' as status, 'CNY' as reporting_currency,"
        " cast(10.10 as decimal(18, 4)) as reporting_amount from fct_case"
    )
    yield con
    con.close()


def _ask(con: duckdb.DuckDBPyConnection, metric: metrics.Metric, **told: Any) -> Why:
    return why.ask(con, metric, "2026-W18", **told)


def test_a_share_is_told_with_its_cause_its_rows_and_what_happened_then(con):
    found = _ask(con, SHARE)
    assert (found.against.name, found.n_before, found.n_now) == ("2026-W10..2026-W17", 3360, 420)
    assert found.before == pytest.approx(0.05)
    assert found.now == pytest.approx((2 * 7 + 6 * 7) / 420)
    assert found.is_beyond_chance
    (named,) = found.causes
    assert dict(named.cause.where) == {"shop_id": ("B",)}
    assert dict(named.cause.also) == {"sku": ("S3",)}
    assert named.cause.explained == pytest.approx(1)
    assert named.rows == (
        "aftersales rows refund_only_rate --since 2026-04-27 --until 2026-05-03 --where shop_id=B"
    )
    (event,) = found.company
    assert (event.title, event.is_now, event.is_before) == ("strike", True, False)


def test_every_split_adds_up_to_the_change(con):
    for metric in (SHARE, WAIT, CASES, PAID):
        found = _ask(con, metric)
        assert found.splits, metric.name
        for split in found.splits.values():
            parts = sum(line.effect for line in split.lines) + split.remainder
            assert parts == split.change
            assert float(parts) == pytest.approx(found.change)


def test_orders_counted_under_two_products_are_a_line_of_their_own(con):
    con.execute(
        "insert into mart_order_event select order_key, event_type, occurred_on, shop_id, 'S2', cases_known"
        " from mart_order_event where sku = 'S1' and event_type = 'refund_only' and occurred_on >= '2026-04-27'"
    )
    found = _ask(con, SHARE)
    assert found.splits["sku"].remainder != 0
    assert found.splits["shop_id"].remainder == 0
    told = explaining.table(replace(found, causes=()), _words("en"))
    assert sum("counted under several" in row.values() for row in told) == 0  # shop_id holds once
    assert any(line["part"] == "remainder" for line in found.lines())


def test_of_a_quantile_the_share_above_its_earlier_value_is_taken_apart(con):
    found = _ask(con, WAIT)
    assert (found.measured, found.limit) == ("share_above", found.before)
    assert found.share_before <= 0.1 < found.share_now
    (named,) = found.causes
    assert dict(named.cause.where) == {"started_hour": (0, 1, 2, 3, 4, 5)}
    assert named.rows.endswith("--where started_hour=0,1,2,3,4,5")
    assert "no sum over segments" in " ".join(explaining.sentences(found, _words("en")))


def test_the_hours_of_a_command_are_read_back(con):
    def counted(hours: object) -> int:
        where = {"started_hour": hours}
        (row,) = metrics.query(con, METRICS["conversations"], where=where)
        return int(row["value"])

    assert counted("0,1,2") == counted([0, 1, 2]) == 3 * counted("1") > 0


def test_a_value_with_a_comma_in_it_is_one_value(con):
    con.execute("update fct_case set sku = 'S1, red' where sku = 'S1'")
    (row,) = metrics.query(con, METRICS["cases"], where={"sku": "S1, red"})
    assert row["value"] == 9 * 7


def test_a_count_is_held_against_as_many_days_and_apart_from_the_orders(con):
    orders = METRICS["orders_paid"]
    found = _ask(con, CASES, exposure=orders)
    assert found.before == pytest.approx(21)  # 3 a day
    assert found.now == 14 + 42
    assert found.volume == pytest.approx(0)
    assert found.rate == pytest.approx(35)
    assert found.change == pytest.approx(35)


def test_money_adds_up_to_the_cent(con):
    found = _ask(con, PAID)
    (line, *_) = found.splits["shop_id"].lines
    assert str(line.effect) == "707/2"  # 35 times 10.10
    (named,) = found.causes
    assert dict(named.cause.where) == {"shop_id": ("B",)}


def test_what_is_within_chance_is_said_to_be_and_taken_apart_all_the_same(con):
    found = why.ask(con, SHARE, "2026-W17", "2026-W10..2026-W16")
    assert not found.is_beyond_chance
    assert found.causes == ()
    _, certainty, cause, *_ = explaining.sentences(found, _words("en"))
    assert "within chance" in certainty
    assert "No segment stands out" in cause
    assert found.splits


def test_narrowed_to_one_value_the_split_is_not_a_cause(con):
    found = _ask(con, SHARE, where={"shop_id": "B"})
    assert "shop_id" not in (found.splits or {})
    assert found.now == pytest.approx(42 / 140)


def test_a_value_that_cannot_be_given_is_told_with_its_reason(con):
    con.execute("update mart_order_event set cases_known = false where occurred_on >= '2026-04-27'")
    found = _ask(con, SHARE)
    assert (found.now, found.change, found.reason) == (None, None, "no_case_export")
    assert len(explaining.sentences(found, _words("en"))) == 2


def test_both_languages_have_the_same_texts():
    def names(texts: Any, at: str = "") -> set[str]:
        if not isinstance(texts, dict):
            return {at}
        return {name for key, part in texts.items() for name in names(part, f"{at}.{key}")}

    assert names(dict(_words("en").texts)["why"]) == names(dict(_words("zh").texts)["why"])
    assert names(dict(_words("en").texts)["split"]) == names(dict(_words("zh").texts)["split"])


def _words(language: str) -> Any:
    return explaining.words(settings.Settings(home=Path("/nowhere")), language)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("2026-W45", "2026-11-02", "2026-11-08"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-11-03", "2026-11-03", "2026-11-03"),
        ("2026-W44..2026-W45", "2026-10-26", "2026-11-08"),
        ("2026-10-28..2026-11", "2026-10-28", "2026-11-30"),
    ],
)
def test_a_period_is_a_week_a_month_a_day_or_from_one_to_another(asked, first, last):
    assert why.span(asked) == Span(asked, date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "asked", ["W45", "2026-W60", "2026-13", "soon", "2026-W45..", "2026-W45..2026-W44"]
)
def test_what_is_no_period_is_refused(asked):
    with pytest.raises(ConfigError, match=r"no period|ends before"):
        why.span(asked)


@pytest.mark.parametrize(
    ("asked", "before", "first"),
    [
        ("2026-W10", "2026-W02..2026-W09", "2026-01-05"),
        ("2026-02", "2025-11..2026-01", "2025-11-01"),
        ("2026-03-02", "2026-01-05..2026-03-01", "2026-01-05"),
    ],
)
def test_it_is_held_against_the_eight_weeks_or_three_months_before(asked, before, first):
    found = why.span_before(why.span(asked))
    assert (found.name, found.first) == (before, date.fromisoformat(first))
    assert found.last == why.span(asked).first - timedelta(days=1)


def test_a_day_is_not_in_both_periods(con):
    with pytest.raises(ConfigError, match="share days"):
        why.ask(con, SHARE, "2026-W18", "2026-W17..2026-W18")


def test_a_period_without_data_is_refused_with_the_days_there_are(con):
    with pytest.raises(ConfigError, match="from 2026-03-02 to 2026-05-03"):
        why.ask(con, SHARE, "2026-W40")


def test_what_speaks_of_now_has_no_before(con):
    with pytest.raises(ConfigError, match="speaks of now"):
        why.ask(con, METRICS["backlog"], "2026-W18")


# --- worlds in which we know why


@pytest.fixture(scope="module")
def world(build_all: Build, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: F811
    folder = tmp_path_factory.mktemp("sample")
    sample.write(folder, orders=20_000, seed=7, months=4, until=UNTIL)
    told = json.loads((folder / "_truth.json").read_text(encoding="utf-8"))
    return build_all(folder, UNTIL), {event["name"]: event for event in told["events"]}


def _named(world: Any, name: str, period: str, against: str | None = None, **where: str) -> list:
    built, _ = world
    found = why.ask(built.con, built.metrics[name], period, against, where)
    return [dict(one.cause.where) | dict(one.cause.also) for one in found.causes]


BEFORE_THE_BATCH = "2026-07-27..2026-10-04"
BEFORE_THE_STRIKE = "2026-07-27..2026-09-20"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["exchange_rate_orders", "exchange_rate_units"])
def test_the_bad_batch_is_a_product(world, name):
    first, *_ = _named(world, name, "2026-10-05..2026-11-22", BEFORE_THE_BATCH)
    assert first["sku"] == ("QY-KT-01",)


@pytest.mark.slow
def test_the_strike_is_a_carrier(world):
    first, *_ = _named(world, "refund_only_rate", "2026-W39..2026-W40", BEFORE_THE_STRIKE)
    assert set(first) == {"carrier"}


@pytest.mark.slow
def test_the_coupon_is_what_people_say(world):
    first, *_ = _named(world, "refund_only_rate", "2026-W44", BEFORE_THE_STRIKE)
    assert first.get("leaf") == ("V4",) or first.get("reason") == ("与商家协商一致退款",)


@pytest.mark.slow
def test_against_the_week_of_the_theft_it_is_the_theft_that_is_gone(world):
    first, *_ = _named(world, "refund_only_rate", "2026-W44", "2026-W43")
    assert set(first) == {"region"}


@pytest.mark.slow
def test_stolen_parcels_are_a_region(world):
    first, *_ = _named(world, "refund_only_rate", "2026-W43", BEFORE_THE_STRIKE)
    assert set(first) == {"region"}


@pytest.mark.slow
def test_slow_nights_are_the_hours_of_the_night(world):
    since = date.fromisoformat(world[1]["slow_nights"]["since"])
    year, week, _ = since.isocalendar()
    first, *_ = _named(world, "first_response_p90", f"{year}-W{week:02}", kind="chat")
    assert {3, 4, 5, 6, 7} <= set(first["started_hour"]) <= {*range(10)}
    assert first.get("shop_id", ("flagship",)) == ("flagship",)


# --- the command line


@pytest.fixture
def run(published: settings.Settings) -> Any:
    def asked(*arguments: str) -> str:
        cli.State.home = published.home
        told = CliRunner().invoke(cli.app, ["--home", str(published.home), *arguments])
        assert told.exit_code == 0, told.output
        return told.stdout

    return asked


@pytest.mark.slow
def test_every_metric_with_a_period_can_be_asked_about(published):
    session = notebook.connect(published.home)
    for name, metric in session.metrics.items():
        if metric.period is None:
            continue
        try:
            found = session.why(
                name, period="2026-10-26..2026-11-22", against="2026-09-28..2026-10-25"
            )
        except ConfigError as error:
            assert "no data" in str(error) or "counted nothing" in str(error)
            continue
        for language in ("zh", "en"):
            assert explaining.sentences(found, _words(language))
            explaining.table(found, _words(language))
        json.dumps(found.facts(), default=str)


@pytest.mark.slow
def test_the_command_it_gives_shows_the_rows(run):
    told = json.loads(
        run(
            "why",
            "refund_only_rate",
            "--period",
            "2026-W46",
            "--where",
            "shop_id=flagship",
            "--format",
            "json",
        )
    )
    since, until = told["period"]["first"], told["period"]["last"]
    shown = json.loads(
        run(
            "rows",
            "refund_only_rate",
            "--since",
            since,
            "--until",
            until,
            "--where",
            "shop_id=flagship",
            "--format",
            "json",
            "--limit",
            "1000",
        )
    )
    assert len({row["order_key"] for row in shown}) == round(told["now"] * told["n_now"])
    assert all(row["file_name"] and row["source_record"] for row in shown)


@pytest.mark.slow
def test_it_speaks_both_languages_and_prints_the_split(run):
    assert (
        "超出偶然" in (zh := run("why", "orders", "--period", "2026-W46", "--lang", "zh"))
        or "偶然范围" in zh
    )
    assert "chance" in run("why", "orders", "--period", "2026-W46", "--lang", "en")
    assert run("why", "orders", "--period", "2026-W46", "--format", "csv").startswith(
        "split,value,part"
    )
