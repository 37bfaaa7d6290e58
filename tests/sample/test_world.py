"""What happens in the sample world is there to be seen in its files, and its clocks are right."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
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
BULK = catalogue().told["bulk_says"]
Row = dict[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    sample.write(out, orders=20_000, seed=9, months=4, until=UNTIL)
    return out


@pytest.fixture(scope="module")
def truth(made: Path) -> dict[str, Any]:
    return json.loads((made / "_truth.json").read_text(encoding="utf-8"))


def rows(folder: Path, pattern: str) -> list[Row]:
    """The newest export of its kind."""
    return read(sorted(folder.glob(pattern))[-1])


@cache
def read(path: Path) -> list[Row]:
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


def test_one_agent_answers_with_nearly_the_same_words_and_all_others_with_their_own(
    made: Path, truth: dict[str, Any]
) -> None:
    assert event(truth, "canned_answers")["what"].startswith("阿秋 ")
    told = {shop: spoken(rows(made / shop, "chat_messages*")) for shop in ("flagship", "outlet")}
    team = {u["id"] for u in rows(made / "us", "user_data*") if u["role"] == "agent"}
    told["us"] = [
        (row["ticket_id"], row["user_id"], row["body"])
        for row in rows(made / "us", "ticket_comment*")
        if row["user_id"] in team
    ]
    texts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for shop, answers in told.items():
        for chat, sender, text in answers:
            texts[shop + sender][re.sub(r"[\W\d_]", "", text)].add(chat)
    canned = texts.pop("outlet青屿工厂店:阿秋")
    assert len(canned) == 3
    for said in texts.values():
        assert max(map(len, said.values())) <= 0.02 * len(set.union(*said.values()))


def spoken(messages: list[Row]) -> list[tuple[str, str, str]]:
    """Conversation, sender and text of answers: what was taken back or sent to all is none."""
    return [
        (m["conversation_id"], m["sender"], m["text"])
        for m in messages
        if m["role"] == "agent" and not is_notice(m)
    ]


def is_notice(message: Row) -> bool:
    return message["text"].endswith("撤回了一条消息") or message["text"] == BULK


def chats(folder: Path) -> dict[str, list[Row]]:
    told: dict[str, list[Row]] = defaultdict(list)
    for message in rows(folder, "chat_messages*"):
        told[message["conversation_id"]].append(message)
    return told


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


@dataclass
class Turn:
    """A question, who handed it over, and who answered it when."""

    asked: datetime
    of: str | None
    left: str | None = None
    given: datetime | None = None
    replied: datetime | None = None

    @property
    def seconds(self) -> float:
        """By the platform's rule: 600 at most, and where it is not answered on its day."""
        begun = self.given or self.asked
        on_its_day = self.replied and self.replied.date() == self.asked.date()
        return min((self.replied - begun).total_seconds(), 600) if on_its_day else 600


def is_a_robots(chat: list[Row]) -> bool:
    """A robot answered, and no person ever had to do with it."""
    people = any(
        (m["role"] == "agent" and not is_notice(m))
        or m["text"].startswith(("会话已由", "客户请求转人工"))
        for m in chat
    )
    return not people and any(m["role"] == "bot" for m in chat)


def walked(chat: list[Row]) -> list[Turn]:
    """The turns of a conversation; a notice tells who has it from then on."""
    turns: list[Turn] = []
    waiting: Turn | None = None
    has: str | None = None
    for message in chat:
        at = datetime.fromisoformat(message["sent_at"])
        if handed := re.fullmatch("会话已由 (.*) 转接给 (.*)", message["text"]):
            assert waiting is not None
            waiting.left, has = handed.groups()
            waiting.of, waiting.given = has, at
        elif message["role"] == "customer" and waiting is None:
            waiting = Turn(at, has)
            turns.append(waiting)
        elif message["role"] == "agent" and waiting is not None and not is_notice(message):
            has = message["sender"].split(":")[1]
            waiting.of, waiting.replied, waiting = has, at, None
    return turns


def test_a_platforms_report_of_its_agents_is_counted_from_the_same_chats(
    made: Path, truth: dict[str, Any]
) -> None:
    counted: dict[tuple[str, str], list[float]] = defaultdict(list)
    received: dict[tuple[str, str], set[str]] = defaultdict(set)
    unsure, every = set(), []
    for number, chat in chats(made / "flagship").items():
        for turn in walked(chat) if not is_a_robots(chat) else ():
            day = str(turn.asked.date())
            if turn.left:
                counted[turn.left, day].append(600)
                every.append(600.0)
            if turn.replied:
                received[str(turn.of), day].add(number)
            every.append(turn.seconds)
            # Whom a question reached that nobody answered, chats do not tell.
            unsure |= {day} if turn.of is None else set()
            counted[str(turn.of), day].append(turn.seconds)
    told = {
        (row["旺旺账号名称"].split(":")[1], row["日期"]): row
        for row in rows(made / "flagship", "服务体验*")
    }
    taken = {key: int(row["人工接待会话量"]) for key, row in told.items()}
    assert {key: count for key, count in taken.items() if count} == {
        key: len(numbers) for key, numbers in received.items()
    }
    sure = [key for key in told if key[1] not in unsure]
    assert len(sure) > 100
    for key in sure:
        waits = counted[key]
        assert float(told[key]["平均响应时长"].removesuffix("秒")) == pytest.approx(
            sum(waits) / len(waits), abs=0.01
        )
        within = sum(wait <= 180 for wait in waits) / len(waits)
        assert float(told[key]["3分钟人工响应率"].removesuffix("%")) == pytest.approx(
            100 * within, abs=0.01
        )
    agents = truth["desk"]["agent_turns"]["flagship"].values()
    assert sum(agent["turns"] for agent in agents) == len(every)
    assert sum(agent["seconds"] for agent in agents) == sum(every)
    assert sum(agent["within_3min"] for agent in agents) == sum(wait <= 180 for wait in every)


@pytest.mark.parametrize("shop", ["flagship", "outlet"])
def test_some_questions_go_to_a_colleague_and_some_of_these_to_nobody(
    made: Path, truth: dict[str, Any], shop: str
) -> None:
    turns = [turn for chat in chats(made / shop).values() for turn in walked(chat)]
    handed = [turn for turn in turns if turn.left]
    assert all(turn.of != turn.left for turn in handed)
    assert truth["desk"]["transfers"][shop] == {
        "turns": len(turns),
        "transferred": len(handed),
        "unanswered": sum(turn.replied is None for turn in handed),
    }
    assert len(handed) / len(turns) == pytest.approx(0.06, rel=0.2)
    lost = sum(turn.replied is None for turn in handed) / len(handed)
    assert lost == pytest.approx(1 / 6, abs=0.07)


def test_a_message_is_taken_back_seconds_before_the_one_that_stays(
    made: Path, truth: dict[str, Any]
) -> None:
    for shop in ("flagship", "outlet"):
        gone = 0
        for chat in chats(made / shop).values():
            for message, following in pairwise(chat):
                if message["text"].endswith("撤回了一条消息"):
                    gone += 1
                    assert message["text"].startswith(message["sender"].split(":")[1])
                    assert following["sender"] == message["sender"]
                    at, then = (datetime.fromisoformat(m["sent_at"]) for m in (message, following))
                    assert 5 <= (then - at).total_seconds() <= 20
        assert gone == truth["desk"]["recalled"][shop] > 0


def test_one_evening_an_agent_sends_the_same_to_everybody(
    made: Path, truth: dict[str, Any]
) -> None:
    sent = [m for m in rows(made / "flagship", "chat_messages*") if m["text"] == BULK]
    (told,) = truth["desk"]["bulk_sends"].values()
    assert {(m["sender"], m["role"], m["sent_at"]) for m in sent} == {
        ("青屿旗舰店:木木", "agent", "2026-11-13 20:00:00")
    }
    assert told == {"agent": "木木", "sent_at": "2026-11-13 12:00:00", "conversations": 150}
    assert len({m["conversation_id"] for m in sent}) == len(sent) == 150


def test_who_asks_a_robot_for_a_person_is_handed_over(made: Path, truth: dict[str, Any]) -> None:
    for shop in ("flagship", "outlet"):
        greeted, asked = 0, 0
        for chat in chats(made / shop).values():
            told = [(m["role"], m["text"]) for m in chat]
            greeted += "bot" in {role for role, _ in told}
            if ("system", "客户请求转人工") in told:
                asked += 1
                before = told[: told.index(("system", "客户请求转人工"))]
                assert "bot" in {role for role, _ in before}
        assert asked == truth["desk"]["handoffs"][shop]
        assert asked / greeted == pytest.approx(0.1, rel=0.25)


def test_callers_nobody_spoke_with_are_called_back(made: Path, truth: dict[str, Any]) -> None:
    calls = rows(made / "flagship", "通话*")
    came = [call for call in calls if call["方向"] == "呼入"]
    made_calls = [call for call in calls if call["方向"] == "呼出"]
    told = truth["desk"]["calls"]["flagship"]
    counted = Counter(call["结果"] for call in came)
    quick = [
        call
        for call in came
        if call["接听时间"] and seconds_between(call["排队时间"], call["接听时间"]) <= 20
    ]
    assert told == {
        **counted,
        "answered_within_20s": len(quick),
        "called_back": len(made_calls),
    }
    lost = [call for call in came if call["结果"] in {"abandoned", "missed"}]
    assert len(made_calls) / len(lost) == pytest.approx(0.5, abs=0.1)
    for call in made_calls:
        (first, *_) = [
            one
            for one in lost
            if one["主叫号码"] == call["主叫号码"]
            and one["订单编号"] == call["订单编号"]
            and one["挂断时间"] < call["呼入时间"]
        ]
        assert call["结果"] == "answered"
        assert call["客服"]
        # At night nobody is there to call back.
        assert call["呼入时间"][11:] >= "09:00:00"
        wait = seconds_between(first["挂断时间"], call["呼入时间"])
        assert wait >= 300
        if "09" <= first["挂断时间"][11:13] < "22":
            assert wait <= 90 * 60


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


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


def histories(folder: Path) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Time and value of every change, by ticket and field."""
    told: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for change in rows(folder, "ticket_field_history*"):
        told[change["ticket_id"]][change["field_name"]].append((change["updated"], change["value"]))
    return told


def test_a_tickets_history_begins_when_it_does_and_ends_where_it_stands(made: Path) -> None:
    history = histories(made / "us")
    tickets = rows(made / "us", "ticket_data*")
    assert len(tickets) == len(history)
    for ticket in tickets:
        changes = history[ticket["id"]]
        assert changes["status"][0][0] == ticket["created_at"]
        assert changes["status"][0][1] in {"new", "open"}
        assert changes["status"][-1][1] == ticket["status"]
        assert changes["assignee_id"][-1][1] == ticket["assignee_id"]
        assert changes["priority"][-1][1] == ticket["priority"]


# What a ticket can become.
NEXT = {
    "new": {"open"},
    "open": {"pending", "hold", "solved"},
    "pending": {"open", "solved"},
    "hold": {"open"},
    "solved": {"open", "closed"},
    "closed": set(),
}


def test_a_ticket_goes_from_state_to_state_as_people_write(made: Path) -> None:
    """An answer makes it wait for the customer, what the customer writes opens it again."""
    history = histories(made / "us")
    team = {u["id"] for u in rows(made / "us", "user_data*") if u["role"] == "agent"}
    written: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for comment in rows(made / "us", "ticket_comment*"):
        written[comment["ticket_id"]].append((comment["created"], comment["user_id"] in team))
    seen = Counter()
    for ticket, changes in history.items():
        states = changes["status"]
        seen.update(value for _, value in states)
        assert all(b in NEXT[a] for (_, a), (_, b) in pairwise(states)), states
        assert all(a < b for (a, _), (b, _) in pairwise(states)), states
        at = dict(states)
        for when, is_ours in written[ticket]:
            standing = [value for since, value in states if since <= when][-1]
            assert standing in ({"pending", "hold", "solved"} if is_ours else {"new", "open"})
            if is_ours:
                assert when in at
        times = [when for when, _ in written[ticket]]
        # A reopening is a customer's, some days after the solution.
        for (solved, a), (opened, b) in pairwise(states):
            if (a, b) == ("solved", "open"):
                assert opened in times
                assert DAY <= seconds_between(solved, opened) <= 3 * DAY
    assert seen.keys() == NEXT.keys()


def test_the_states_of_tickets_are_counted_in_the_truth(made: Path, truth: dict[str, Any]) -> None:
    history = histories(made / "us")
    team = {u["id"] for u in rows(made / "us", "user_data*") if u["role"] == "agent"}
    answers = Counter(
        row["ticket_id"] for row in rows(made / "us", "ticket_comment*") if row["user_id"] in team
    )
    end, spent, counted = "2026-11-22 16:00:00", Counter(), Counter()
    for ticket, changes in history.items():
        states = changes["status"]
        for (since, value), (until, _) in pairwise([*states, (end, "")]):
            spent[value] += int(seconds_between(since, until))
        reopens = sum((a, b) == ("solved", "open") for (_, a), (_, b) in pairwise(states))
        done = states[-1][1] in {"solved", "closed"}
        counted.update(
            reopened=reopens > 0,
            reopens=reopens,
            held="hold" in {value for _, value in states},
            reassigned=len(changes["assignee_id"]) > 1,
            escalated=len(changes["priority"]) > 1,
            one_touch=done and answers[ticket] == 1,
            two_touch=done and answers[ticket] == 2,
        )
    assert truth["desk"]["tickets"]["us"] == {
        "tickets": len(history),
        "open_seconds": spent["new"] + spent["open"],
        "pending_seconds": spent["pending"],
        "hold_seconds": spent["hold"],
        **counted,
    }
    shares = {"reopened": 0.1, "held": 0.12, "reassigned": 0.08, "escalated": 0.05}
    for name, share in shares.items():
        reach = 4 * (share * (1 - share) / len(history)) ** 0.5
        assert counted[name] / len(history) == pytest.approx(share, abs=reach), name


def test_tickets_that_are_listed_alone_agree_with_themselves(
    made: Path, truth: dict[str, Any]
) -> None:
    for shop in ("flagship", "outlet"):
        tickets = rows(made / shop, "tickets*")
        told = truth["desk"]["tickets"][shop]
        assert len(tickets) == told["tickets"]
        assert sum(int(ticket["reopens"]) for ticket in tickets) == told["reopens"] > 0
        assert {ticket["status"] for ticket in tickets} <= {
            "open", "pending", "on-hold", "solved", "closed"
        }  # fmt: skip
        for ticket in tickets:
            assert bool(ticket["closed_at"]) == (ticket["status"] == "closed")
            if ticket["reopens"] != "0" or ticket["status"] in {"solved", "closed"}:
                assert ticket["solved_at"]
            else:
                assert not ticket["solved_at"]


def test_the_desks_own_schedule_gives_the_planted_working_times(
    made: Path, truth: dict[str, Any]
) -> None:
    """By its exported hours and holidays, over the change of the clocks."""
    minutes = sorted(
        (int(row["start_time"]), int(row["end_time"]))
        for row in rows(made / "us", "schedule_data*")
    )
    off = {row["start_date"] for row in rows(made / "us", "schedule_holiday*")}
    replied = {}
    team = {u["id"] for u in rows(made / "us", "user_data*") if u["role"] == "agent"}
    for row in rows(made / "us", "ticket_comment*"):
        if row["user_id"] in team:
            replied.setdefault(row["ticket_id"], in_new_york(row["created"]))
    slow = event(truth, "slow_week")
    waits: dict[str, list[float]] = defaultdict(list)
    for ticket in rows(made / "us", "ticket_data*"):
        created = in_new_york(ticket["created_at"])
        if ticket["id"] in replied:
            week = "slow" if slow["since"] <= str(created.date()) <= slow["until"] else "usual"
            waits[week].append(worked(created, replied[ticket["id"]], minutes, off))
    assert any(
        str(at.date()) > "2026-09-07" > str(at.date() - timedelta(days=7))
        for at in replied.values()
    )
    assert not {str(at.date()) for at in replied.values()} & off
    for planted in truth["responses"]:
        if planted["shop"] == "us":
            found = statistics.median(waits[planted["week"]])
            assert planted["hours"] == "working"
            assert found == planted["realised_working_median_seconds"]
            reach = 4 * 1.2533 * planted["sigma"] / len(waits[planted["week"]]) ** 0.5
            assert abs(math.log(found / planted["median_seconds"])) < reach
        else:
            assert planted["realised_working_median_seconds"] is None


def in_new_york(utc: str) -> datetime:
    return datetime.fromisoformat(utc).replace(tzinfo=UTC).astimezone(NEW_YORK).replace(tzinfo=None)


def worked(
    since: datetime, until: datetime, minutes: list[tuple[int, int]], off: set[str]
) -> float:
    """Seconds in weekly intervals, counted from Sunday; none of them is in the hour twice there."""
    total, day = 0.0, since.replace(hour=0, minute=0, second=0)
    while day <= until:
        number = day.isoweekday() % 7 * 1440
        for begin, end in minutes if str(day.date()) not in off else ():
            if number <= begin < number + 1440:
                opens, closes = (day + timedelta(minutes=m - number) for m in (begin, end))
                overlap = min(closes, until) - max(opens, since)
                total += max(overlap.total_seconds(), 0)
        day += timedelta(days=1)
    return total


def test_nothing_of_the_desks_happens_where_nothing_happens(tmp_path: Path) -> None:
    sample.write(tmp_path, orders=2_000, seed=1, months=2, until=UNTIL, flat=True)
    told = json.loads((tmp_path / "_truth.json").read_text(encoding="utf-8"))["desk"]
    assert told["bulk_sends"] == {}
    for shop in ("flagship", "outlet"):
        assert told["transfers"][shop]["turns"] > 0
        assert told["transfers"][shop]["transferred"] == 0
        assert told["recalled"][shop] == told["handoffs"][shop] == 0
    never = {"reopened", "reopens", "held", "reassigned", "escalated"}
    for tickets in told["tickets"].values():
        assert not any(tickets.get(name) for name in never)
    assert told["calls"]["flagship"]["called_back"] == 0


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


@pytest.mark.parametrize(
    ("asked", "seconds", "answered"),
    [
        ("2026-09-07 11:00:00", 600, "2026-09-08 09:10:00"),  # asked on Labor Day
        ("2026-09-04 16:55:00", 600, "2026-09-08 09:05:00"),  # Friday, over it
        ("2026-11-25 16:59:00", 60, "2026-11-25 17:00:00"),  # done in time before Thanksgiving
        ("2026-11-25 16:59:00", 61, "2026-11-27 09:00:01"),  # not done in time
        ("2025-11-26 09:00:00", 9 * 3600, "2025-11-28 10:00:00"),  # another year's
    ],
)
def test_on_holidays_nobody_works(asked: str, seconds: int, answered: str) -> None:
    hours = catalogue().shops[-1].hours
    assert hours is not None
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
