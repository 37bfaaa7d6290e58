"""What happens in the sample world is there to be seen in its files, and its clocks are right."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest

from aftersales import sample
from aftersales.sample.catalogue import Hours, catalogue
from aftersales.sample.plan import DAY, HOUR, Clock, make_plan
from aftersales.sample.trade import STRIKE, draw_block

UNTIL = date(2026, 11, 22)
NEW_YORK = ZoneInfo("America/New_York")
EPOCH = datetime(1970, 1, 1)
Row = dict[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    sample.write(out, orders=12_000, seed=9, months=4, until=UNTIL)
    return out


@pytest.fixture(scope="module")
def truth(made: Path) -> dict[str, Any]:
    return json.loads((made / "_truth.json").read_text(encoding="utf-8"))


def rows(folder: Path, pattern: str) -> list[Row]:
    """The newest export of its kind."""
    path = sorted(folder.glob(pattern))[-1]
    if path.suffix == ".xlsx":
        header, *table = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        cells = [["" if cell is None else str(cell) for cell in row] for row in table]
        return [dict(zip(map(str, header), row, strict=True)) for row in cells]
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def event(truth: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in truth["events"] if one["name"] == name)


def test_coupons_are_complained_of_only_while_they_fail(made: Path, truth: dict[str, Any]) -> None:
    failed = event(truth, "coupon_bug")
    asked = Counter(
        case["退款的申请时间"][:10]
        for shop in failed["shops"]
        for case in rows(made / shop, "退款售后*")
        if "券" in case["买家退款说明"] or "差价" in case["买家退款说明"]
    )
    assert sum(asked.values()) >= 5
    day_after = str(date.fromisoformat(failed["until"]) + timedelta(days=1))
    assert failed["since"] <= min(asked)
    assert max(asked) <= day_after


def test_a_price_difference_is_a_part_of_what_was_paid(made: Path) -> None:
    parts = [
        (float(case["买家退款金额"]), float(case["买家实际支付金额"]), case["部分退款/全部退款"])
        for case in rows(made / "flagship", "退款售后*")
        if "券" in case["买家退款说明"]
    ]
    assert parts
    assert all(0 < asked <= paid / 2 and scope == "部分退款" for asked, paid, scope in parts)


def test_struck_parcels_come_days_later() -> None:
    known = catalogue()
    plan = make_plan(known, known.shops[0], months=4, until=UNTIL)
    days = np.repeat(plan.days, 60)
    numbers = np.arange(len(days)) * 2 + 1
    orders = draw_block(np.random.default_rng(3), known, plan, days, numbers).orders
    struck = (orders.plight == STRIKE) & (orders.signed < 2**60)
    span = plan.spans["strike"]
    assert struck.sum() > 50
    assert span.holds(orders.shipped[struck]).all()
    assert set(orders.number[struck] % 3) == {span.facts["carrier"]}
    under_way = (orders.signed - orders.shipped) / HOUR
    usual = (orders.plight == 0) & (orders.signed < 2**60)
    assert np.median(under_way[struck]) - np.median(under_way[usual]) == pytest.approx(
        130, rel=0.15
    )


def test_one_agent_answers_with_nearly_the_same_words(made: Path, truth: dict[str, Any]) -> None:
    assert event(truth, "canned_answers")["what"].startswith("阿秋 ")
    said: dict[str, set[str]] = defaultdict(set)
    for message in rows(made / "outlet", "chat_messages*"):
        if message["role"] == "agent":
            said[message["sender"].split(":")[1]].add(message["text"])
    assert len(said.pop("阿秋")) == len(catalogue().told["canned_says"]) == 3
    assert min(map(len, said.values())) > 15


def test_what_is_to_be_exchanged_is_repaired_and_the_truth_names_the_cases(
    made: Path, truth: dict[str, Any]
) -> None:
    broken = set(truth["violations"]["outlet"])
    assert broken
    mended = {
        case["退款编号"]
        for case in rows(made / "outlet", "退款售后*")
        if case["是否需要退货"] == "换货" and case["退款状态"] == "维修成功"
    }
    assert mended == broken
    promised = {
        row["商家编码"]
        for row in rows(made / "outlet", "售后承诺*")
        if row["承诺"] == "首年只换不修"
    }
    (sku,) = {c["商品编码"] for c in rows(made / "outlet", "退款售后*") if c["退款编号"] in broken}
    assert sku in promised


def test_causes_of_complaints_are_counted_by_article_and_by_week(truth: dict[str, Any]) -> None:
    for shop, causes in truth["causes"].items():
        by_sku, by_week = (
            sum(sum(counts[of].values()) for counts in causes.values()) for of in ("skus", "weeks")
        )
        applied = sum(sum(words.values()) for words in truth["cases"][shop].values())
        assert by_sku == by_week == applied
    assert causes["leak"]["skus"].keys() <= {"QY-KT-01"}


def test_a_platforms_report_of_its_agents_is_counted_from_the_same_chats(made: Path) -> None:
    answers: dict[tuple[str, str], list[float]] = defaultdict(list)
    received: Counter[tuple[str, str]] = Counter()
    chats: dict[str, list[Row]] = defaultdict(list)
    for message in rows(made / "flagship", "chat_messages*"):
        chats[message["conversation_id"]].append(message)
    for chat in chats.values():
        agents = {m["sender"] for m in chat if m["role"] == "agent"}
        if not agents:
            continue
        (agent,) = agents
        asked = next(m["sent_at"] for m in chat if m["role"] == "customer")
        key = (agent, asked[:10])
        received[key] += 1
        waiting: datetime | None = None
        for message in chat:
            at = datetime.fromisoformat(message["sent_at"])
            if message["role"] == "customer" and waiting is None:
                waiting = at
            elif message["role"] == "agent" and waiting is not None:
                answers[key].append((at - waiting).total_seconds())
                waiting = None
    told = {(row["旺旺账号名称"], row["日期"]): row for row in rows(made / "flagship", "服务体验*")}
    # Days on which nobody was answered are reported too.
    assert {key for key, row in told.items() if row["人工接待会话量"] != "0"} == received.keys()
    for key, count in received.items():
        assert int(told[key]["人工接待会话量"]) == count
        mean = sum(answers[key]) / len(answers[key])
        assert float(told[key]["平均响应时长"].removesuffix("秒")) == pytest.approx(mean, abs=0.01)


def test_the_store_abroad_writes_english_and_dollars(made: Path) -> None:
    files = sorted((made / "us").glob("*.csv"))
    assert files
    for path in files:
        assert not re.search(r"[一-鿿]", path.read_text(encoding="utf-8")), path.name
    money = {row["Currency"] for row in rows(made / "us", "orders_export*")}
    assert money - {""} == {"USD"}


def test_the_team_abroad_answers_in_its_hours_on_both_sides_of_the_clock_change(
    made: Path,
) -> None:
    agents = {u["id"] for u in rows(made / "us", "user_data*") if u["role"] == "agent"}
    hours: dict[str, set[int]] = defaultdict(set)
    for comment in rows(made / "us", "ticket_comment*"):
        if comment["user_id"] in agents and comment["public"].upper() == "TRUE":
            at = datetime.fromisoformat(comment["created"]).replace(tzinfo=UTC)
            local = at.astimezone(NEW_YORK)
            assert local.weekday() < 5
            hours[local.strftime("%Z")].add(local.hour)
    assert hours["EDT"] == hours["EST"] == set(range(9, 17))


def test_a_tickets_history_begins_when_it_does_and_ends_where_it_stands(made: Path) -> None:
    history: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for change in rows(made / "us", "ticket_field_history*"):
        history[change["ticket_id"]].append((change["updated"], change["value"]))
    tickets = rows(made / "us", "ticket_data*")
    assert len(tickets) == len(history)
    for ticket in tickets:
        changes = sorted(history[ticket["id"]])
        assert changes[0] == (ticket["created_at"], "open")
        assert changes[-1][1] == ticket["status"]


def test_a_clock_shows_what_the_zone_shows() -> None:
    clock = Clock.of("America/New_York", date(2026, 1, 1), date(2027, 1, 1))
    assert clock.offset == -5 * HOUR
    for utc in (
        datetime(2026, 3, 8, 6, 59, 59),
        datetime(2026, 3, 8, 7, 0),
        datetime(2026, 7, 1, 12, 0),
        datetime(2026, 11, 1, 5, 59, 59),
        datetime(2026, 11, 1, 6, 0),
        datetime(2026, 12, 24, 18, 30),
    ):
        times = np.array([int((utc - EPOCH).total_seconds()) + clock.offset])
        shown = EPOCH + timedelta(seconds=int(clock.wall(times)[0]))
        assert shown == utc.replace(tzinfo=UTC).astimezone(NEW_YORK).replace(tzinfo=None)
        assert clock.utc(times)[0] == (utc - EPOCH).total_seconds()


@pytest.mark.parametrize(
    ("asked", "seconds", "answered"),
    [
        ("2026-11-16 10:00:00", 600, "2026-11-16 10:10:00"),  # Monday, in hours
        ("2026-11-16 06:00:00", 600, "2026-11-16 09:10:00"),  # before they begin
        ("2026-11-16 16:55:00", 600, "2026-11-17 09:05:00"),  # over night
        ("2026-11-20 16:59:59", 2, "2026-11-23 09:00:01"),  # Friday to Monday
        ("2026-11-21 12:00:00", 8 * 3600, "2026-11-23 17:00:00"),  # Saturday, a whole day's work
        ("2026-11-18 09:00:00", 5 * 8 * 3600, "2026-11-24 17:00:00"),  # a week's work
    ],
)
def test_working_seconds_pass_only_in_working_hours(
    asked: str, seconds: int, answered: str
) -> None:
    hours = Hours(begins=9 * HOUR, ends=17 * HOUR, days=5)
    begin = int((datetime.fromisoformat(asked) - EPOCH).total_seconds())
    reached = hours.later(np.array([begin]), np.array([seconds]))
    assert EPOCH + timedelta(seconds=int(reached[0])) == datetime.fromisoformat(answered)


def test_a_working_span_over_the_clock_change_is_an_hour_longer() -> None:
    """From Friday 30 October 16:00 to Monday 10:00 it is 66 hours on the wall, and 67 in truth."""
    known = catalogue()
    us = known.shops[-1]
    clock = Clock.of(us.zone, date(2026, 9, 1), date(2027, 1, 1))
    assert us.hours is not None
    friday = int((datetime(2026, 10, 30, 20, 0) - EPOCH).total_seconds()) + clock.offset
    reached = clock.after_work(np.array([friday]), np.array([2 * HOUR]), us.hours)
    assert (reached[0] - friday) / HOUR == 67
    assert clock.wall(reached)[0] % DAY == 10 * HOUR


def test_the_tracked_sample_is_small() -> None:
    tracked = Path(__file__).parents[2] / "data" / "sample"
    assert sum(p.stat().st_size for p in tracked.rglob("*") if p.is_file()) <= 2 * 1024 * 1024
