"""Turns, first responses, and what is no answer."""

from __future__ import annotations


def test_consecutive_customer_messages_are_one_turn_answered_by_the_first_human_reply(model):
    model("int_turn_detect").given(
        stg_desk__message="""
            platform | shop_id | conversation_id | sent_at             | sender_role | sender_key | source_record
            t        | s       | C               | 2026-03-01 10:10:15 | customer    | b          | 1
            t        | s       | C               | 2026-03-01 10:10:16 | bot         | robot      | 2
            t        | s       | C               | 2026-03-01 10:15:20 | customer    | b          | 3
            t        | s       | C               | 2026-03-01 10:18:10 | agent       | anna       | 4
            t        | s       | C               | 2026-03-01 10:18:20 | agent       | bert       | 5
            t        | s       | C               | 2026-03-01 10:18:30 | customer    | b          | 6
            t        | s       | C               | 2026-03-01 10:19:00 | agent       | bert       | 7
        """
    ).expect("""
        turn_no | asked_at            | replied_at          | agent | customer_messages
        1       | 2026-03-01 10:10:15 | 2026-03-01 10:18:10 | anna  | 2
        2       | 2026-03-01 10:18:30 | 2026-03-01 10:19:00 | bert  | 1
    """)


def test_robots_notices_notes_and_unknown_roles_neither_ask_nor_answer(model):
    model("int_turn_detect").given(
        stg_desk__message="""
            platform | shop_id | conversation_id | sent_at             | sender_role | source_record
            t        | s       | C               | 2026-03-01 10:00:00 | customer    | 1
            t        | s       | C               | 2026-03-01 10:00:01 | bot         | 2
            t        | s       | C               | 2026-03-01 10:00:02 | system      | 3
            t        | s       | C               | 2026-03-01 10:00:03 | note        | 4
            t        | s       | C               | 2026-03-01 10:00:04 |             | 5
        """
    ).expect("""
        turn_no | asked_at            | replied_at
        1       | 2026-03-01 10:00:00 |
    """)


def test_a_conversation_the_agent_begins_has_no_turn_before_the_customer_speaks(model):
    model("int_turn_detect").given(
        stg_desk__message="""
            platform | shop_id | conversation_id | sent_at             | sender_role | source_record
            t        | s       | C               | 2026-03-01 10:00:00 | agent       | 1
            t        | s       | C               | 2026-03-01 11:00:00 | customer    | 2
            t        | s       | C               | 2026-03-01 11:00:30 | agent       | 3
        """
    ).expect("""
        turn_no | asked_at            | replied_at
        1       | 2026-03-01 11:00:00 | 2026-03-01 11:00:30
    """)


def test_a_turns_day_hour_and_weekday_are_those_of_the_reporting_zone(model):
    model("fct_turn").given(
        int_turn_detect="""
            conversation_id | turn_no | asked_at            | replied_at
            C               | 1       | 2026-03-01 16:30:00 | 2026-03-01 16:30:01.5
            C               | 2       | 2026-03-01 17:00:00 |
        """
    ).expect("""
        turn_no | asked_on   | asked_hour | asked_weekday | response_seconds | response_status | response_reason
        1       | 2026-03-02 | 0          | 1             | 1.5              | ok              |
        2       | 2026-03-02 | 1          | 1             |                  | censored        | unanswered
    """)


def test_a_first_response_is_measured_or_says_why_not(model):
    model("fct_conversation").given(
        int_conversation_merge="""
            conversation_id | kind   | started_at       | has_request | first_replied_at | solved_at
            answered        | chat   | 2026-03-01 10:00 | true        | 2026-03-01 10:03 |
            waiting         | chat   | 2026-03-01 10:00 | true        |                  |
            outbound        | chat   | 2026-03-01 10:00 | false       |                  |
            closed          | ticket | 2026-03-01 10:00 | true        |                  | 2026-03-02 10:00
            backwards       | ticket | 2026-03-01 10:00 | true        | 2026-03-01 09:00 |
        """
    ).expect("""
        conversation_id | first_response_seconds | first_response_status | first_response_reason | full_resolution_seconds
        answered        | 180                    | ok                    |                       |
        waiting         |                        | censored              | unanswered            |
        outbound        |                        | not_applicable        | no_customer_message   |
        closed          |                        | not_applicable        | closed_without_reply  | 86400
        backwards       |                        | not_computable        | reply_before_request  |
    """)


def test_chats_and_tickets_become_conversations_and_no_number_hides_another(model):
    model("int_conversation_merge").given(
        stg_desk__message="""
            platform | shop_id | conversation_id | sent_at          | sender_role | order_id
            t        | s       | 1               | 2026-03-01 10:00 | customer    | O1
        """,
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | channel
            t        | s       | 1         | 2026-03-01 10:00 | phone
            t        | s       | 2         | 2026-03-01 10:00 |
        """,
    ).expect("""
        conversation_id | kind   | channel | order_id
        1               | chat   | chat    | O1
        ticket#1        | ticket | phone   |
        2               | ticket | ticket  |
    """)
