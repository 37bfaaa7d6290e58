"""A platform's figures of its agents, by its own definitions, on conversations of a few turns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from aftersales.sample.catalogue import catalogue
from aftersales.sample.desk import Chats
from aftersales.sample.kpi import AgentDays
from aftersales.sample.plan import NEVER, make_plan

EPOCH = datetime(1970, 1, 1)
SHOP = catalogue().shops[0]
# asked, answered, whom it reaches, who answers, handed over
Turn = tuple[str, str | None, str, str, str | None]


def at(time: str | None) -> int:
    """Of 20 November, or of another day of the month where it is named: `21 00:10:00`."""
    if time is None:
        return NEVER
    day, clock = time.split() if " " in time else ("20", time)
    return int((datetime.fromisoformat(f"2026-11-{day} {clock}") - EPOCH).total_seconds())


def asked(clock: str, answered: str | None = None, agent: str = "小雨") -> Turn:
    """A question that stays with one agent."""
    return clock, answered, agent, agent, None


def handed(clock: str, given: str, answered: str | None = None) -> Turn:
    """A question that 小雨 hands to 小川."""
    return clock, answered, "小雨", "小川", given


def chats(
    *conversations: list[Turn], rating: int = 0, greeted: bool = False, handed_on: bool = False
) -> Chats:
    """Conversations of the same number of turns."""
    count = len(conversations)
    none = np.zeros(count, dtype=np.int64)

    def told(place: int, read: Any) -> np.ndarray:
        return np.array([[read(turn[place]) for turn in turns] for turns in conversations])

    return Chats(
        order=none, case=none - 1, talk=none, states_order=none > 0, agent=none, shift=none,
        pace=none, waited=none, concluded=none + NEVER, rating=none + rating,
        is_greeted=none + greeted > 0, is_handed_on=none + handed_on > 0,
        asked=told(0, at), replied=told(1, at), handed=told(4, at),
        asked_of=told(2, SHOP.agents.index), answers=told(3, SHOP.agents.index),
    )  # fmt: skip


def figures(drawn: Chats) -> dict[tuple[str, int], dict[str, float]]:
    """The sums of every agent and day of the month."""
    plan = make_plan(catalogue(), SHOP, months=1, until=date(2026, 11, 22))
    days = AgentDays(SHOP, plan)
    days.add(drawn)
    agent, day, sums = days.rows()
    first = int(np.datetime64("2026-11-01").astype(int))
    return {
        (SHOP.agents[who], int(when) - first + 1): {name: sums[name][row] for name in sums}
        for row, (who, when) in enumerate(zip(agent, day, strict=True))
    }


def of_one(drawn: Chats, *names: str) -> list[float]:
    (told,) = figures(drawn).values()
    return [told[name] for name in names]


RATE = ("within_3min", "turns")


@pytest.mark.parametrize(
    ("turns", "within", "of"),
    [
        # asked again at 10:15:20: still one question
        ([asked("10:10:15", "10:18:10")], 0, 1),
        ([asked("10:10:15", "10:18:10"), asked("10:18:30", "10:19:00")], 1, 2),
        # asked ten times until midnight, and never answered
        ([asked("21:00:00")], 0, 1),
        ([asked("10:00:00", "10:03:00")], 1, 1),
        ([asked("10:00:00", "10:03:01")], 0, 1),
    ],
)
def test_answered_within_three_minutes_is_of_all_questions(
    turns: list[Turn], within: int, of: int
) -> None:
    assert of_one(chats(turns), *RATE) == [within, of]


@pytest.mark.parametrize(
    ("turn", "seconds"),
    [
        (asked("10:00:00", "10:00:45"), 45),
        (asked("10:00:00", "10:10:00"), 600),
        (asked("10:00:00", "12:00:00"), 600),
        (asked("10:00:00"), 600),
        # answered, but not on its day
        (asked("23:59:30", "21 00:00:10"), 600),
    ],
)
def test_a_turn_counts_ten_minutes_at_most_and_when_its_day_ends_unanswered(
    turn: Turn, seconds: int
) -> None:
    assert of_one(chats([turn]), "turn_seconds", "turns") == [seconds, 1]


def test_a_question_of_another_day_counts_there() -> None:
    told = figures(chats([asked("20:00:00", "20:00:30"), asked("21 09:00:00", "21 09:01:00")]))
    assert {key: row["turn_seconds"] for key, row in told.items()} == {
        ("小雨", 20): 30,
        ("小雨", 21): 60,
    }


def test_who_hands_a_question_over_without_a_word_has_one_unanswered() -> None:
    """And the colleague's clock begins with it."""
    told = figures(chats([handed("10:00:00", "10:00:20", "10:01:00")]))
    names = ("turns", "turn_seconds", "within_3min", "unanswered", "receptions", "consultations")
    assert {who: [row[name] for name in names] for (who, _), row in told.items()} == {
        "小雨": [1, 600, 0, 1, 0, 1],
        "小川": [1, 40, 1, 0, 1, 1],
    }


def test_a_question_handed_over_in_vain_is_unanswered_for_both() -> None:
    told = figures(chats([handed("10:00:00", "10:00:20")]))
    names = ("turns", "turn_seconds", "unanswered")
    assert {who: [row[name] for name in names] for (who, _), row in told.items()} == {
        "小雨": [1, 600, 1],
        "小川": [1, 600, 1],
    }


@pytest.mark.parametrize(
    ("turn", "handed_on", "counted"),
    [
        (asked("10:00:00"), False, 0),
        (asked("10:00:00"), True, 1),
        (asked("10:00:00", "10:00:30"), False, 1),
        (handed("10:00:00", "10:00:20"), False, 1),
    ],
)
def test_what_a_robot_alone_had_to_do_with_does_not_count(
    turn: Turn, handed_on: bool, counted: int
) -> None:
    told = figures(chats([turn], greeted=True, handed_on=handed_on))
    assert (("小雨", 20) in told) == bool(counted)


@pytest.mark.parametrize(
    ("clock", "counted"),
    [("07:59:59", 0), ("08:00:00", 1), ("22:59:59", 1), ("23:00:00", 0)],
)
def test_reports_of_working_hours_are_of_questions_from_8_to_23(clock: str, counted: int) -> None:
    drawn = chats([asked(clock)])
    assert of_one(drawn, "turns", "daytime_turns", "daytime_seconds") == [1, counted, 600 * counted]


def test_conversations_are_counted_once_however_many_questions_they_have() -> None:
    two = [asked("10:00:00", "10:00:20"), asked("10:01:00", "10:09:00")]
    names = ("turns", "consultations", "receptions", "unanswered_3min", "firsts", "first_seconds")
    assert of_one(chats(two, two), *names) == [4, 2, 2, 2, 2, 40]


def test_a_rating_is_that_of_who_answered_first() -> None:
    told = figures(
        chats([asked("10:00:00", "10:00:20"), handed("10:01:00", "10:01:05", "10:02:00")], rating=4)
    )
    assert {who: [row["rated"], row["satisfied"]] for (who, _), row in told.items()} == {
        "小雨": [1, 1],
        "小川": [0, 0],
    }


def test_a_day_that_is_not_over_has_no_report() -> None:
    assert figures(chats([asked("23 09:00:00", "23 09:00:20")])) == {}
