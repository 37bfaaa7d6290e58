"""What was planted into a sample comes back out of the models, within stated bounds."""

from __future__ import annotations

import csv
import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import log
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sample.conftest import Build, Built

from aftersales import sample
from aftersales.judgement.estimates import wilson
from aftersales.sample.catalogue import catalogue

UNTIL = date(2026, 11, 22)
BULK = catalogue().told["bulk_says"]
SHANGHAI = ZoneInfo("Asia/Shanghai")
# 26 planted shares are looked at: at this level one of them misses in about 2 worlds of 100.
LEVEL = 0.999
Truth = dict[str, Any]

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class World:
    """A sample, what was planted, and the warehouse made of it."""

    folder: Path
    truth: Truth
    built: Built

    def shops(self, platform: str) -> list[str]:
        shops = self.truth["shops"]
        return [shop for shop, facts in shops.items() if facts["platform"] == platform]

    def planted(self, fact: str) -> list[dict[str, Any]]:
        """Of the shops that export their cases and chats."""
        return [row for row in self.truth[fact] if row["shop"] in self.shops("taobao")]

    def event(self, name: str) -> dict[str, Any]:
        return next(event for event in self.truth["events"] if event["name"] == name)


@pytest.fixture(scope="module")
def world(build_all: Build, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("sample")
    sample.write(folder, orders=12_000, seed=5, months=4, until=UNTIL)
    truth = json.loads((folder / "_truth.json").read_text(encoding="utf-8"))
    return World(folder, truth, build_all(folder, UNTIL))


def test_every_row_written_is_loaded(world: World) -> None:
    found = {f"{one.shop_id}/{one.file}": one.loaded for one in world.built.outcomes}
    assert [str(one.error) for one in world.built.outcomes if one.error] == []
    assert found == world.truth["files"]


def test_exchanges_of_every_article_are_as_many_as_came_true(world: World) -> None:
    planted: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in world.planted("exchanges"):
        planted[row["shop"], row["sku"]][0] += row["exchange_orders"]
        planted[row["shop"], row["sku"]][1] += row["paid_orders"]
    found = {
        (row["shop_id"], row["sku"]): [row["numerator"], row["sold"]]
        for row in _exchanges(world.built)
        if row["shop_id"] in world.shops("taobao")
    }
    assert found == dict(planted)


def _exchanges(built: Built) -> list[dict[str, Any]]:
    """Exchanges by article with all orders sold, also those before the first case came in."""
    sold = {
        (shop, sku): orders
        for shop, sku, orders in built.query(
            "select shop_id, sku, count(distinct order_key) from mart_order_event"
            " where event_type = 'sold' and sku is not null group by all"
        )
    }
    rows = built.values("exchange_rate_orders", ("shop_id", "sku"))
    return [row | {"sold": sold.get((row["shop_id"], row["sku"]), 0)} for row in rows if row["sku"]]


def test_the_planted_hazard_of_every_article_is_within_its_interval(world: World) -> None:
    ever: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0, 0])
    for row in world.planted("exchanges"):
        if row["batch"] == "usual":
            counts = ever[row["sku"], "all"]
            counts[0] += row["exchange_orders_ever"]
            counts[1] += row["paid_orders"]
            counts[2] = row["hazard"]
    for (sku, _), (exchanged, paid, hazard) in ever.items():
        low, high = wilson(exchanged, paid, LEVEL)
        assert low <= hazard <= high, (sku, exchanged, paid, hazard)


def test_the_bad_batch_is_found_at_its_planted_ratio(world: World) -> None:
    """Orders of the weeks of the batch against those before, each with two weeks to ripen."""
    event = world.event("bad_batch")
    found = world.built.query(
        "with sold as (select distinct l.shop_id, l.order_id,"
        f" o.created_at + interval 8 hour >= '{event['since']}' as is_bad"
        " from fct_order_line as l inner join fct_order as o using (platform, shop_id, order_id)"
        " where l.sku = 'QY-KT-01' and l.is_sold and l.shop_id <> 'us'"
        f" and o.created_at < date '{UNTIL}' - interval 14 day),"
        " swapped as (select distinct shop_id, order_id from fct_case"
        " where asked_type = 'exchange' and sku = 'QY-KT-01')"
        " select is_bad, count(*), count(swapped.order_id) from sold"
        " left join swapped using (shop_id, order_id) group by is_bad order by is_bad"
    )
    (_, usual, usual_swapped), (_, bad, bad_swapped) = found
    hazards = {row["batch"]: row["hazard"] for row in _kettles(world)}
    for exchanged, orders, batch in ((usual_swapped, usual, "usual"), (bad_swapped, bad, "bad")):
        low, high = wilson(exchanged, orders, LEVEL)
        assert low <= hazards[batch] <= high, (batch, exchanged, orders)
    assert wilson(bad_swapped, bad)[0] > wilson(usual_swapped, usual)[1]


def _kettles(world: World) -> list[dict[str, Any]]:
    return [row for row in world.planted("exchanges") if row["sku"] == "QY-KT-01"]


def test_cases_by_type_are_as_many_as_came_true(world: World) -> None:
    terms = {"换货": "exchange", "是": "return_refund", "否": "refund_only"}
    terms |= {"补寄": "reship", "维修": "repair"}
    planted = {
        (shop, terms[kind]): sum(words.values())
        for shop in world.shops("taobao")
        for kind, words in world.truth["cases"][shop].items()
        if words
    }
    found = world.built.query("select shop_id, asked_type, count(*) from fct_case group by all")
    assert {(shop, kind): count for shop, kind, count in found} == planted


def test_cases_of_a_cause_follow_its_event(world: World) -> None:
    """Refunds for parcels signed for but never received come in the week they were stolen."""
    reasons = ("快递/物流一直未送到", "空包裹")
    found = dict(
        world.built.query(
            "select cast(date_trunc('week', applied_on) as date), count(*) from fct_case"
            f" where asked_type = 'refund_only' and reason in {reasons} group by all"
        )
    )
    since = date.fromisoformat(world.event("stolen_parcels")["since"])
    met = found[since] + found[since + timedelta(weeks=1)]
    others = sorted(n for week, n in found.items() if not 0 <= (week - since).days <= 7)
    assert met > 2 * 2 * others[len(others) // 2]


# Which orders an event strikes, and what those complain of who ask for their money back.
MARKS = [
    ("strike", "carrier = '样例快递'", "true"),
    ("strike", "true", "leaf in ('L1', 'L2', 'L4')"),
    ("strike", "carrier = '样例快递'", "leaf in ('L1', 'L2', 'L4')"),
    ("stolen_parcels", "region = '四川省'", "true"),
    ("stolen_parcels", "true", "leaf = 'L3'"),
    ("coupon_bug", "true", "leaf = 'V4'"),
]


@pytest.mark.parametrize(("event", "struck", "told"), MARKS)
def test_refunds_an_event_led_to_stand_out_where_it_struck(
    world: World, event: str, struck: str, told: str
) -> None:
    """Over its two weeks their rate is beyond that of the weeks before any event."""
    since = date.fromisoformat(world.event(event)["since"])
    monday = since - timedelta(days=since.weekday())
    strike = date.fromisoformat(world.event("strike")["since"])
    met, usual = (
        world.built.query(
            "select"
            f" count(distinct order_key) filter (where event_type = 'refund_only' and {told}),"
            " count(distinct order_key) filter (where event_type = 'sold')"
            f" from mart_order_event where shop_id <> 'us' and {struck}"
            f" and occurred_on >= '{first}' and occurred_on < '{last}'"
        )[0]
        for first, last in (
            (monday, monday + timedelta(weeks=2)),
            (date(2026, 7, 27), strike),
        )
    )
    assert wilson(*met)[0] > wilson(*usual)[1], (met, usual)


def test_first_responses_by_shop_and_shift_are_as_long_as_they_were(world: World) -> None:
    slow, nights = world.event("slow_week"), world.event("slow_nights")
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for shop, hour, day, wait in world.built.query(
        "select shop_id, started_hour, cast(started_on as varchar), first_response_seconds"
        " from fct_conversation where kind = 'chat' and first_response_status = 'ok'"
    ):
        shift = "night" if hour < 9 else "day" if hour < 18 else "evening"
        week = "slow" if slow["since"] <= day <= slow["until"] else "usual"
        if (
            shop in nights["shops"]
            and shift == "night"
            and nights["since"] <= day <= nights["until"]
        ):
            week = "slow_nights"
        found[shop, shift, week].append(wait)
    for planted in world.planted("responses"):
        waits = found[planted["shop"], planted["shift"], planted["week"]]
        assert len(waits) == planted["answered"]
        assert sum(wait <= 180 for wait in waits) == planted["answered_within_3min"]
        assert statistics.median(waits) == planted["realised_median_seconds"]
        if len(waits) >= 50:
            # The spread of a median of a lognormal: 1.2533 sigma / sqrt(n); four of them.
            reach = 4 * 1.2533 * planted["sigma"] / len(waits) ** 0.5
            assert abs(log(statistics.median(waits) / planted["median_seconds"])) < reach


def test_chat_waits_equal_a_walk_over_the_messages(world: World) -> None:
    """Turn by turn: a customer's messages in a row are one question, a robot answers none.

    Nor does what was taken back, or what one agent sent to everybody.
    """
    walked: dict[tuple[str, str], list[tuple[datetime, datetime | None]]] = {}
    for shop in world.shops("taobao"):
        for chat, messages in _chats(world.folder / shop).items():
            walked[shop, chat] = _turns(messages)
    found: dict[tuple[str, str], list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for shop, chat, asked, replied in world.built.query(
        "select shop_id, conversation_id, asked_at, replied_at from fct_turn"
        " where shop_id <> 'us' order by shop_id, conversation_id, turn_no"
    ):
        found[shop, chat].append((asked, replied))
    assert found == walked
    firsts = {
        (shop, chat): wait
        for shop, chat, wait in world.built.query(
            "select shop_id, conversation_id, first_response_seconds from fct_conversation"
            " where kind = 'chat' and shop_id <> 'us'"
        )
    }
    assert firsts == {key: _first_wait(turns) for key, turns in walked.items()}


def _chats(folder: Path) -> dict[str, list[dict[str, str]]]:
    (path,) = folder.glob("chat_messages*")
    chats: dict[str, list[dict[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            chats[row["conversation_id"]].append(row)
    return chats


def _turns(messages: list[dict[str, str]]) -> list[tuple[datetime, datetime | None]]:
    turns: list[tuple[datetime, datetime | None]] = []
    waiting: datetime | None = None
    # Of the same second, the order in the file.
    for message in sorted(messages, key=lambda m: m["sent_at"]):
        if message["role"] == "customer" and waiting is None:
            waiting = _utc(message["sent_at"])
        elif waiting is not None and _answers(message):
            turns.append((waiting, _utc(message["sent_at"])))
            waiting = None
    if waiting is not None:
        turns.append((waiting, None))
    return turns


def _answers(message: dict[str, str]) -> bool:
    is_none = message["text"].endswith("撤回了一条消息") or message["text"] == BULK
    return message["role"] == "agent" and not is_none


def _first_wait(turns: list[tuple[datetime, datetime | None]]) -> float | None:
    asked, replied = turns[0]
    return (replied - asked).total_seconds() if replied else None


def _utc(shown: str) -> datetime:
    local = datetime.fromisoformat(shown).replace(tzinfo=SHANGHAI)
    return local.astimezone(UTC).replace(tzinfo=None)


def test_case_handling_times_equal_a_walk_over_the_exports(world: World) -> None:
    walked: dict[tuple[str, str], tuple[str, float | None]] = {}
    for shop in world.shops("taobao"):
        newest: dict[str, dict[str, str]] = {}
        for path in sorted((world.folder / shop).glob("退款售后*")):
            header, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
            newest |= {str(row[0]): dict(zip(header, row, strict=True)) for row in rows}
        for case, row in newest.items():
            ended = row["完结时间"] or row["退款完结时间"]
            wait = (_utc(ended) - _utc(row["退款的申请时间"])) if ended else None
            walked[shop, case] = (
                ("ok", wait.total_seconds()) if wait is not None else ("censored", None)
            )
    found = {
        (shop, case): (status, seconds)
        for shop, case, status, seconds in world.built.query(
            "select shop_id, case_id, handling_status, handling_seconds from fct_case"
        )
    }
    assert found == walked


def test_a_corrected_amount_is_the_newer_exports(world: World) -> None:
    (shop,) = (shop for shop, cases in world.truth["corrected"].items() if cases)
    corrected = set(world.truth["corrected"][shop])
    older, newer = sorted((world.folder / shop).glob("退款售后*"))
    amounts = {}
    for path in (older, newer):
        header, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        column = header.index("买家退款金额")
        amounts[path] = {str(row[0]): float(row[column]) for row in rows}
    both = corrected & amounts[older].keys() & amounts[newer].keys()
    assert both
    found = {
        case: float(amount)
        for case, amount in world.built.query("select case_id, refund_amount from fct_case")
        if case in both
    }
    assert found == {case: amounts[newer][case] for case in both}
    assert all(amounts[older][case] < amounts[newer][case] for case in both)
    late = set(world.truth["late"][shop])
    assert late
    assert not late & amounts[older].keys()
    listed = {case for (case,) in world.built.query("select case_id from fct_case")}
    assert late <= listed


def test_waits_of_the_store_abroad_equal_a_walk_over_its_comments(world: World) -> None:
    """Calendar time to the first public comment of the team, also over the change of the clocks."""
    walked: dict[str, float | None] = {}
    over_the_change = set()
    for ticket, (created, replied) in _tickets(world.folder / "us").items():
        wait = replied - created if replied else None
        walked[ticket] = wait.total_seconds() if wait is not None else None
        if replied and wait is not None and _new_york(replied) - _new_york(created) != wait:
            assert wait - (_new_york(replied) - _new_york(created)) == timedelta(hours=1)
            over_the_change.add(ticket)
    assert over_the_change
    found = {
        ticket: seconds
        for ticket, seconds in world.built.query(
            "select conversation_id, first_response_seconds from fct_conversation"
            " where shop_id = 'us'"
        )
    }
    assert found == walked


def _tickets(folder: Path) -> dict[str, tuple[datetime, datetime | None]]:
    """Creation and first public answer by a person of every ticket, UTC."""
    team = {row["id"] for row in _rows(folder, "user_data*") if row["role"] == "agent"}
    replied: dict[str, datetime] = {}
    for row in _rows(folder, "ticket_comment*"):
        if row["user_id"] in team and row["public"].lower() == "true":
            at = datetime.fromisoformat(row["created"])
            replied[row["ticket_id"]] = min(at, replied.get(row["ticket_id"], at))
    return {
        row["id"]: (datetime.fromisoformat(row["created_at"]), replied.get(row["id"]))
        for row in _rows(folder, "ticket_data*")
    }


def _rows(folder: Path, pattern: str) -> list[dict[str, str]]:
    (path,) = folder.glob(pattern)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _new_york(utc: datetime) -> datetime:
    local = utc.replace(tzinfo=UTC).astimezone(ZoneInfo("America/New_York"))
    return local.replace(tzinfo=None)


def test_the_median_wait_abroad_is_the_one_that_came_true(world: World) -> None:
    slow = world.event("slow_week")
    found: dict[str, list[float]] = defaultdict(list)
    for created, replied in _tickets(world.folder / "us").values():
        day = str(_new_york(created).date())
        if replied:
            week = "slow" if slow["since"] <= day <= slow["until"] else "usual"
            found[week].append((replied - created).total_seconds())
    for planted in world.truth["responses"]:
        if planted["shop"] == "us":
            assert planted["hours"] == "working"
            assert len(found[planted["week"]]) == planted["answered"]
            assert statistics.median(found[planted["week"]]) == planted["realised_median_seconds"]


def test_money_of_two_currencies_is_not_mixed(world: World) -> None:
    found = world.built.query("select distinct shop_id, currency from fct_order order by all")
    assert found == [("flagship", "CNY"), ("outlet", "CNY"), ("us", "USD")]
