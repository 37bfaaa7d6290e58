"""SV-06 and SV-09: how upset customers are answered, and what becomes of the platform's faults."""

from __future__ import annotations

import pytest

# ── SV-06: feelings first ────────────────────────────────────────────────────────────────────

TURNS = """
    platform | shop_id | conversation_id | turn_no | emotion | agent | asked_on   | has_reply | is_acknowledged | acknowledges_first | acknowledged_after_seconds
    taobao   | S       | soon            | 1       | 3       | anna  | 2026-03-01 | true      | true            | true               | 120
    taobao   | S       | late            | 2       | 3       | anna  | 2026-03-01 | true      | true            | true               | 121
    taobao   | S       | because         | 1       | 2       | anna  | 2026-03-01 | true      | true            | false              | 10
    taobao   | S       | curt            | 1       | 2       | anna  | 2026-03-01 | true      | false           | false              |
    taobao   | S       | nobody          | 1       | 2       |       | 2026-03-01 | false     |                 |                    |
    taobao   | S       | textless        | 1       | 2       | anna  | 2026-03-01 | true      |                 |                    |
"""


def test_who_is_upset_is_acknowledged_first_and_within_two_minutes(rule):
    rule("sv_06").given(fct_upset_turn=TURNS).expect("""
        entity_id  | agent | occurred_on | outcome        | reason          | measured | allowed
        soon#1     | anna  | 2026-03-01  | pass           |                 | 120      | 120
        late#2     | anna  | 2026-03-01  | violation      | late            | 121      | 120
        because#1  | anna  | 2026-03-01  | violation      | explained_first | 10       | 120
        curt#1     | anna  | 2026-03-01  | violation      | not_acknowledged |         | 120
        nobody#1   |       | 2026-03-01  | not_applicable | unanswered      |          | 120
        textless#1 | anna  | 2026-03-01  | unknown        | no_text         |          | 120
    """)


def test_a_shop_may_judge_the_strongly_upset_alone(rule):
    rule("sv_06").sets(min_emotion=3, limit_seconds=300).given(fct_upset_turn=TURNS).expect("""
        entity_id  | outcome        | reason
        soon#1     | pass           |
        late#2     | pass           |
        because#1  | not_applicable | milder
        curt#1     | not_applicable | milder
        nobody#1   | not_applicable | milder
        textless#1 | not_applicable | milder
    """)


# ── SV-09: platform faults passed on ─────────────────────────────────────────────────────────


@pytest.fixture
def told(rule):
    """A chat in which the customer tells of a fault at ten, the as-of being a month later."""
    return rule("sv_09").given(
        int_conversation_number="""
            conversation_no | platform | shop_id | conversation_id
            1               | taobao   | S       | V1
        """,
        int_message_follow="""
            conversation_no | place | sent_at          | sender_role | is_anomaly
            1               | 1     | 2026-03-01 09:00 | agent       | false
            1               | 2     | 2026-03-01 10:00 | customer    | true
            1               | 3     | 2026-03-01 11:00 | customer    | true
        """,
        fct_conversation="""
            platform | shop_id | conversation_id | kind | started_on | agent | order_id
            taobao   | S       | V1              | chat | 2026-03-01 | anna  | O1
        """,
        ref_reply_mood="""
            text_key | anomaly_quote
            passed   | 已反馈给技术
            hello    |
        """,
    )


def replies(*lines: str) -> str:
    return "\n".join(["conversation_no | place | sent_at | text_key", *lines])


def test_an_agent_who_says_within_a_day_that_it_was_passed_on_has_passed_it_on(told):
    told.given(
        int_reply_gather=replies(
            "1 | 4 | 2026-03-01 11:01 | hello", "1 | 5 | 2026-03-02 10:00 | passed"
        )
    ).expect("""
        entity_id | agent | occurred_on | outcome | reason | measured | allowed
        V1        | anna  | 2026-03-01  | pass    |        | 1        | 1
    """)


def test_a_second_after_the_day_is_late_and_never_is_a_violation(told):
    told.given(int_reply_gather=replies("1 | 5 | 2026-03-02 10:00:01 | passed")).expect(
        "entity_id | outcome | reason\nV1 | violation | late"
    )
    told.given(int_reply_gather=replies("1 | 5 | 2026-03-01 10:01 | hello")).expect(
        "entity_id | outcome | reason\nV1 | violation | "
    )


def test_what_was_said_before_the_fault_was_told_does_not_count(told):
    told.given(
        int_reply_gather=replies(
            "1 | 1 | 2026-03-01 09:00 | passed", "1 | 5 | 2026-03-01 10:01 | hello"
        )
    ).expect("entity_id | outcome\nV1 | violation")


def test_nobody_who_answers_passes_nothing_on_and_is_another_rules(told):
    told.expect("entity_id | outcome | reason\nV1 | not_applicable | unanswered")


def test_what_was_told_less_than_a_day_ago_is_still_running(told):
    told.given(
        ref_run="as_of | as_of_on\n2026-03-02 09:59 | 2026-03-01",
        int_reply_gather=replies("1 | 5 | 2026-03-01 10:01 | hello"),
    ).expect("entity_id | outcome | reason\nV1 | not_applicable | still_running")


def test_a_ticket_about_the_same_order_opened_since_passes_it_on(told):
    conversations = """
        platform | shop_id | conversation_id | kind   | started_on | started_at       | order_id
        taobao   | S       | V1              | chat   | 2026-03-01 | 2026-03-01 09:00 | O1
        taobao   | S       | before          | ticket | 2026-03-01 | 2026-03-01 09:30 | O1
        taobao   | S       | another         | ticket | 2026-03-01 | 2026-03-01 10:30 | O2
        {}
    """
    hello = replies("1 | 5 | 2026-03-01 10:01 | hello")
    told.given(fct_conversation=conversations.format(""), int_reply_gather=hello).expect(
        "entity_id | outcome\nV1 | violation"
    )
    since = "taobao | S | since | ticket | 2026-03-01 | 2026-03-01 16:00 | O1"
    told.given(fct_conversation=conversations.format(since), int_reply_gather=hello).expect(
        "entity_id | outcome | measured\nV1 | pass | 0.25"
    )
