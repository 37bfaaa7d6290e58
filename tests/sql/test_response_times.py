"""Turns, responses, waits and resolutions: staged messages and tickets in, facts out."""

from __future__ import annotations

import pytest

from aftersales.warehouse.connection import one

CHAT = """
    platform | shop_id | conversation_id | message_id | sender_role | sender_key | body | sent_at | row_version
"""


def chat(*messages: str) -> str:
    """Messages of conversation C, each ``role sender | time [| words]``, in the order given."""
    lines = []
    for number, message in enumerate(messages, start=1):
        who, at, *words = (part.strip() for part in message.split("|"))
        role, _, sender = who.partition(" ")
        body = words[0] if words else ""
        lines.append(
            f"t | s | C | {number} | {role} | {sender or role} | {body} | 2026-03-02 {at} | {number}"
        )
    return CHAT + "\n".join(lines)


def test_consecutive_customer_messages_are_one_turn_timed_from_the_oldest(story):
    story.given(
        stg_desk__message=chat(
            "customer | 10:10:15",
            "bot | 10:10:16",
            "customer | 10:15:20",
            "agent anna | 10:18:10",
            "agent bert | 10:18:20",
            "customer | 10:18:30",
            "agent bert | 10:19:00",
        )
    ).expect(
        "fct_turn",
        """
        turn_no | response_seconds | agent | customer_messages | response_status
        1       | 475              | anna  | 2                 | ok
        2       | 30               | bert  | 1                 | ok
        """,
    )


def test_robots_notices_notes_and_unknown_roles_neither_ask_nor_answer(story):
    story.given(
        stg_desk__message=chat(
            "customer | 10:00:00",
            "bot | 10:00:01",
            "system | 10:00:02",
            "note | 10:00:03",
            " somebody | 10:00:04",
        )
    ).expect(
        "fct_turn",
        """
        turn_no | replied_at | response_status | response_reason | response_exposure_seconds
        1       |            | censored        | unanswered      | 2527200
        """,
    )


@pytest.mark.parametrize(
    "words",
    ["anna撤回了一条消息", "Anna recalled a message", "This message was deleted"],
)
def test_a_message_taken_back_answers_nobody(story, words):
    story.given(
        stg_desk__message=chat(
            "customer | 10:00:00",
            f"agent anna | 10:00:05 | {words}",
            "agent anna | 10:00:20 | 您好，可以换",
        )
    ).expect("fct_turn", "turn_no | response_seconds\n1 | 20")


def test_whoever_asks_what_a_recalled_message_said_still_asks(story):
    story.given(
        stg_desk__message=chat(
            "customer | 10:00:00 | 您刚才撤回了一条消息？", "agent anna | 10:00:05"
        )
    ).expect("fct_turn", "turn_no | response_seconds\n1 | 5")


def test_the_agent_who_asks_for_patience_while_transferring_speaks(story):
    story.given(
        stg_desk__message=chat("customer | 10:00:00", "agent anna | 10:00:05 | 我帮您转接给专员哦")
    ).expect("fct_turn", "turn_no | response_seconds | transferred_at\n1 | 5 |")


def test_what_one_account_sends_into_20_conversations_in_a_second_answers_nobody(story):
    asked = [f"t|s|C{n}|1|customer|b|?|2026-03-02 10:00:00|{n}" for n in range(20)]
    bulk = [f"t|s|C{n}|2|agent|anna|双11来了|2026-03-02 11:00:00|{n + 100}" for n in range(20)]
    answered = ["t|s|C0|3|agent|anna|可以|2026-03-02 11:00:09|300"]
    found = story.given(stg_desk__message=CHAT + "\n".join([*asked, *bulk, *answered])).ask(
        "fct_turn",
        "select count(*), count(replied_at), max(response_seconds) from fct_turn",
    )
    assert found == [(20, 1, 3609.0)]


def test_the_same_words_to_19_conversations_in_a_second_are_answers(story):
    asked = [f"t|s|C{n}|1|customer|b|?|2026-03-02 10:00:00|{n}" for n in range(19)]
    told = [f"t|s|C{n}|2|agent|anna|好|2026-03-02 10:00:30|{n + 100}" for n in range(19)]
    found = story.given(stg_desk__message=CHAT + "\n".join([*asked, *told])).ask(
        "fct_turn", "select count(replied_at) from fct_turn"
    )
    assert found == [(19,)]


def test_a_conversation_the_agent_begins_starts_when_the_customer_first_speaks(story):
    given = story.given(
        stg_desk__message=chat("agent anna | 10:00", "customer | 11:00", "agent anna | 11:00:30")
    )
    given.expect("fct_turn", "turn_no | response_seconds\n1 | 30")
    given.expect(
        "fct_conversation",
        "started_at | first_response_seconds\n2026-03-02 11:00 | 30",
    )


def test_outbound_only_has_no_request_and_no_response(story):
    story.given(stg_desk__message=chat("agent anna | 10:00")).expect(
        "fct_conversation",
        """
        first_response_seconds | first_response_status | first_response_reason | is_waiting
                               | not_applicable        | no_customer_message   | false
        """,
    )


def test_a_robot_first_and_a_person_weeks_later_is_one_long_wait_and_says_when_the_robot_left(
    story,
):
    story.given(
        stg_desk__message=chat(
            "customer | 10:00:00",
            "bot | 10:00:01",
            "system | 10:00:20 | 客户请求转人工",
            "agent anna | 10:01:02",
        )
    ).expect(
        "fct_turn",
        """
        response_seconds | robot_replied_at    | robot_left_at
        62               | 2026-03-02 10:00:01 | 2026-03-02 10:00:20
        """,
    )


def test_after_a_transfer_the_customer_waits_on_and_the_receivers_clock_starts_anew(story):
    story.given(
        stg_desk__message=chat(
            "customer | 10:00:00",
            "system anna | 10:00:40 | 会话已由 anna 转接给 bert",
            "agent bert | 10:01:00",
        )
    ).expect(
        "fct_turn",
        """
        response_seconds | agent_response_seconds | agent | transferred_by
        60               | 20                     | bert  | anna
        """,
    )


def test_an_unanswered_turn_is_with_whoever_answered_before_else_with_whoever_handed_it_over(story):
    messages = chat(
        *("customer | 09:58", "agent carl | 09:59"),
        *("customer | 10:00", "agent anna | 10:01", "customer | 10:02"),
    )
    messages += "\nt|s|D|9|customer|b||2026-03-02 10:00|9"
    messages += "\nt|s|D|10|system|carl|会话转接给 bert|2026-03-02 10:01|10"
    messages += "\nt|s|E|11|customer|b||2026-03-02 10:00|11"
    story.given(stg_desk__message=messages).expect(
        "fct_turn",
        """
        conversation_id | turn_no | agent | response_status
        C               | 1       | carl  | ok
        C               | 2       | anna  | ok
        C               | 3       | anna  | censored
        D               | 1       | carl  | censored
        E               | 1       |       | censored
        """,
    )


def test_a_turns_day_hour_and_weekday_are_those_of_the_reporting_zone(story):
    messages = (
        CHAT + "t|s|C|1|customer|b||2026-03-01 16:30:00|1\nt|s|C|2|agent|a||2026-03-01 16:30:01.5|2"
    )
    story.given(stg_desk__message=messages).expect(
        "fct_turn",
        """
        asked_on   | asked_hour | asked_weekday | response_seconds
        2026-03-02 | 0          | 1             | 1.5
        """,
    )


@pytest.mark.parametrize(
    ("body", "language"),
    [("尺码不对", "zh"), ("サイズが違います", "ja"), ("It leaks", "latin"), ("12345", "")],
)
def test_the_language_of_a_turn_is_told_by_its_letters(story, body, language):
    story.given(stg_desk__message=chat(f"customer | 10:00 | {body}")).expect(
        "fct_turn", f"turn_no | language\n1 | {language}"
    )


def test_a_chat_is_waited_for_a_few_days_and_counts_in_the_estimates_for_ever(story):
    messages = (
        CHAT + "t|s|old|1|customer|b||2026-03-20 10:00|1\nt|s|new|2|customer|b||2026-03-30 10:00|2"
    )
    story.given(stg_desk__message=messages).expect(
        "fct_conversation",
        """
        conversation_id | is_waiting | waiting_since_at | first_response_exposure_seconds
        old             | false      |                  | 972000
        new             | true       | 2026-03-30 10:00 | 108000
        """,
    )


def test_what_came_in_since_the_as_of_waited_for_nobody_then(story):
    story.given(
        stg_desk__message=CHAT + "t|s|C|1|customer|b||2026-03-31 17:00|1",
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | status
            z        | s       | 7         | 2026-03-31 17:00 | open
        """,
        stg_desk__ticket_event=EVENTS + "z|s|7|status|2026-03-31 17:00|1|open|open|1",
    ).expect(
        "fct_conversation",
        """
        conversation_id | is_waiting | waiting_since_at | waiting_seconds
        C               | false      |                  |
        7               | false      |                  |
        """,
    )


def test_canned_is_what_an_agent_words_alike_in_20_conversations_figures_aside(story):
    lines = []
    for n in range(20):
        for agent, words in (
            ("anna", f"亲，您的订单{n}已在处理中，请耐心等待"),
            ("bert", f"第{'一二三四五六七八九十'[n % 10]}件的事我看过了，{n}号给您答复"),
        ):
            lines.append(f"t|s|{agent}{n}|1|customer|b|?|2026-03-02 10:00|{len(lines)}")
            lines.append(
                f"t|s|{agent}{n}|2|agent|{agent}|{words}|2026-03-02 10:0{n % 9 + 1}:{n:02}|{len(lines)}"
            )
    found = story.given(stg_desk__message=CHAT + "\n".join(lines)).ask(
        "fct_turn",
        "select agent, count(*) filter (where is_canned_reply) from fct_turn group by agent order by agent",
    )
    assert found == [("anna", 20), ("bert", 0)]


def test_a_wording_told_to_19_customers_20_times_is_not_canned(story):
    lines = []
    for n in range(20):
        lines.append(f"t|s|c{n % 19}|1|customer|b|?|2026-03-02 1{n // 19}:00|{len(lines)}")
        lines.append(
            f"t|s|c{n % 19}|2|agent|anna|亲，正在为您处理中，请耐心等待"
            f"|2026-03-02 1{n // 19}:{n + 1:02}|{len(lines)}"
        )
    found = story.given(stg_desk__message=CHAT + "\n".join(lines)).ask(
        "fct_turn",
        "select count(*), count(*) filter (where is_canned_reply), count(is_canned_reply) from fct_turn",
    )
    assert found == [(20, 0, 20)]


@pytest.mark.parametrize(
    ("body", "wording"),
    [
        ("您好，订单12号3日内发出。", "您好，订单号日内发出"),
        ("1. 您好，请稍等一下！！ 2！", "您好，请稍等一下"),
        ("请稍等。我看一下~", "请稍等。我看一下"),
        ("12345678。", ""),
        ("好的亲，马上", None),
        ("a" * 119 + "1b", "a" * 119),
    ],
)
def test_a_wording_is_a_reply_without_its_figures_its_ends_and_what_follows_120_letters(
    warehouse, body, wording
):
    assert one(warehouse, "select wording_of(?)", [body]) == wording


def test_of_questions_in_one_second_the_first_as_exported_is_where_the_turn_begins(story):
    story.given(
        stg_desk__message=CHAT
        + """t|s|C|a|customer|b|a|2026-03-02 10:00|12
             t|s|C|b|customer|b|サイズ|2026-03-02 10:00|11
             t|s|C|c|customer|b|c|2026-03-02 10:01|10
             t|s|C|d|agent|anna||2026-03-02 10:02|13"""
    ).expect(
        "fct_turn",
        """
        turn_no | asked_at         | customer_messages | language | source_record
        1       | 2026-03-02 10:00 | 3                 | ja       | 11
        """,
    )


TICKET = """
    platform | shop_id | ticket_id | created_at       | status | priority
    z        | s       | 7         | 2026-03-02 10:00 | {status} | normal
"""
EVENTS = "platform | shop_id | ticket_id | field | changed_at | event_id | status | value_key | row_version\n"


def history(*changes: str) -> str:
    """Changes of ticket 7 on 2 March, each ``time status`` or ``time field=value``."""
    lines = []
    for number, change in enumerate(changes, start=1):
        at, what = change.split()
        field, _, value = what.rpartition("=")
        status = value if not field else ""
        lines.append(
            f"z|s|7|{field or 'status'}|2026-03-02 {at}|{number}|{status}|{value}|{number}"
        )
    return EVENTS + "\n".join(lines)


def comments(*messages: str) -> str:
    """Public comments of ticket 7, as ``chat``."""
    columns, _, body = chat(*messages).strip().partition("\n")
    lines = [f"{line} | 7 | public" for line in body.splitlines()]
    text = "\n".join([f"{columns} | ticket_id | visibility", *lines])
    return text.replace("t | s | C ", "z | s | 7 ")


def test_stages_add_up_to_the_age_and_each_wait_is_somebodys(story):
    given = story.given(
        stg_desk__ticket=TICKET.format(status="closed"),
        stg_desk__ticket_event=history(
            "10:00 open", "12:00 pending", "13:00 hold", "14:00 open", "15:00 solved",
            "16:00 open", "17:00 solved", "18:00 closed",
        ),
    )  # fmt: skip
    given.expect(
        "fct_conversation",
        """
        requester_wait_seconds | agent_wait_seconds | agent_work_seconds | hold_seconds | first_resolution_seconds | full_resolution_seconds | reopens | stages_status
        18000                  | 3600               | 14400              | 3600         | 18000                    | 25200                   | 1       | ok
        """,
    )
    found = given.ask("fct_ticket_stage", "select sum(seconds), count(*) from fct_ticket_stage")
    assert found == [(2527200.0, 8)]


def test_a_status_nobody_knows_is_a_stage_and_makes_the_waits_unknown_not_shorter(story):
    events = history("10:00 open", "12:00 waiting_for_parts", "13:00 solved")
    given = story.given(
        stg_desk__ticket=TICKET.format(status="solved"),
        stg_desk__ticket_event=events.replace("|waiting_for_parts|", "||", 1),
    )
    given.expect(
        "fct_conversation",
        """
        requester_wait_seconds | stages_status  | stages_reason  | full_resolution_seconds
                               | not_computable | unknown_status | 10800
        """,
    )
    found = given.ask(
        "fct_ticket_stage",
        "select seconds from fct_ticket_stage where waits_for = 'unknown'",
    )
    assert found == [(3600.0,)]


def test_a_ticket_without_a_history_has_no_waits_and_no_first_resolution_if_it_may_have_reopened(
    story,
):
    story.given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | solved_at        | status | reopens
            z        | s       | 1         | 2026-03-02 10:00 | 2026-03-02 11:00 | solved | 0
            z        | s       | 2         | 2026-03-02 10:00 | 2026-03-02 11:00 | solved |
            z        | s       | 3         | 2026-03-02 10:00 |                  | open   |
            z        | s       | 4         | 2026-03-02 10:00 |                  | solved |
        """
    ).expect(
        "fct_conversation",
        """
        conversation_id | first_resolution_seconds | first_resolution_reason | full_resolution_seconds | full_resolution_reason | stages_reason
        1               | 3600                     |                         | 3600                    |                        | no_status_history
        2               |                          | no_status_history       | 3600                    |                        | no_status_history
        3               |                          | unsolved                |                         | unsolved               | no_status_history
        4               |                          | no_solution_time        |                         | no_solution_time       | no_status_history
        """,
    )


def test_reopened_and_not_solved_since_is_not_resolved_now_whenever_it_first_was(story):
    story.given(
        stg_desk__ticket=TICKET.format(status="open"),
        stg_desk__ticket_event=history("10:00 open", "11:00 solved", "12:00 open"),
    ).expect(
        "fct_conversation",
        """
        first_resolution_seconds | full_resolution_seconds | full_resolution_reason | reopens | is_waiting | waiting_since_at
        3600                     |                         | unsolved               | 1       | true       | 2026-03-02 12:00
        """,
    )


def test_a_status_saved_again_is_no_change_and_closing_a_solved_ticket_no_second_solution(story):
    story.given(
        stg_desk__ticket=TICKET.format(status="closed"),
        stg_desk__ticket_event=history(
            "10:00 open", "10:30 open", "11:00 solved", "11:30 solved", "12:00 closed"
        ),
    ).expect(
        "fct_conversation",
        """
        first_resolution_seconds | full_resolution_seconds | reopens
        3600                     | 3600                    | 0
        """,
    )


def test_a_turn_ends_with_the_solution_and_a_last_thanks_does_not_wait_for_ever(story):
    story.given(
        stg_desk__ticket=TICKET.format(status="solved"),
        stg_desk__ticket_event=history("10:00 open", "10:30 solved"),
        stg_desk__message=comments(
            "customer | 10:00", "agent anna | 10:10", "customer | 10:20 | 谢谢"
        ),
    ).expect(
        "fct_turn",
        """
        turn_no | response_seconds | response_status | response_reason        | resolved_at      | response_exposure_seconds
        1       | 600              | ok              |                        |                  | 600
        2       |                  | not_applicable  | resolved_without_reply | 2026-03-02 10:30 |
        """,
    )


def test_a_reopened_ticket_starts_a_turn_of_its_own(story):
    story.given(
        stg_desk__ticket=TICKET.format(status="solved"),
        stg_desk__ticket_event=history("10:00 open", "10:30 solved", "15:00 open", "16:00 solved"),
        stg_desk__message=comments("customer | 10:00", "customer | 15:00", "agent anna | 15:20"),
    ).expect(
        "fct_turn",
        """
        turn_no | response_seconds | response_reason        | is_reopening
        1       |                  | resolved_without_reply | false
        2       | 1200             |                        | true
        """,
    )


def test_an_answer_given_with_the_solution_in_one_second_is_an_answer(story):
    story.given(
        stg_desk__ticket=TICKET.format(status="solved"),
        stg_desk__ticket_event=history("10:00 open", "10:30 solved"),
        stg_desk__message=comments("customer | 10:00", "agent anna | 10:30"),
    ).expect("fct_turn", "turn_no | response_seconds | response_status\n1 | 1800 | ok")


def test_internal_comments_never_answer_and_touches_count_public_ones(story):
    messages = comments("customer | 10:00", "agent anna | 10:10", "agent anna | 10:20")
    messages = messages.replace(
        "2026-03-02 10:10 | 2 | 7 | public", "2026-03-02 10:10 | 2 | 7 | private"
    )
    story.given(
        stg_desk__ticket=TICKET.format(status="solved"),
        stg_desk__ticket_event=history("10:00 open", "10:30 solved"),
        stg_desk__message=messages,
    ).expect(
        "fct_conversation",
        """
        first_response_seconds | agent_replies | is_one_touch | is_two_touch
        1200                   | 1             | true         | false
        """,
    )


def test_a_ticket_an_agent_opened_starts_with_the_customers_first_word(story):
    story.given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | first_replied_at | status
            z        | s       | 7         | 2026-03-02 10:00 | 2026-03-02 10:00 | open
        """,
        stg_desk__message=comments("agent anna | 10:00", "customer | 12:00", "agent anna | 12:05"),
    ).expect(
        "fct_conversation",
        """
        started_at       | first_response_seconds | first_replied_at
        2026-03-02 12:00 | 300                    | 2026-03-02 12:05
        """,
    )


def test_a_ticket_nobody_commented_on_is_measured_by_what_its_export_can_state(story):
    story.given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | first_replied_at | solved_at        | status  | is_reply_told
            z        | s       | 1         | 2026-03-02 10:00 | 2026-03-02 10:03 |                  | open    | true
            z        | s       | 2         | 2026-03-02 10:00 |                  | 2026-03-03 10:00 | solved  | true
            z        | s       | 3         | 2026-03-02 10:00 | 2026-03-02 09:00 |                  | open    | true
            z        | s       | 4         | 2026-03-02 10:00 |                  |                  | deleted | true
            z        | s       | 5         | 2026-03-02 10:00 |                  |                  | closed  | true
            z        | s       | 6         | 2026-03-02 10:00 |                  |                  | open    | true
            z        | s       | 7         | 2026-03-02 10:00 |                  | 2026-03-03 10:00 | solved  |
            z        | s       | 8         | 2026-03-02 10:00 |                  |                  | open    |
        """
    ).expect(
        "fct_conversation",
        """
        conversation_id | first_response_seconds | first_response_status | first_response_reason | is_waiting
        1               | 180                    | ok                    |                       | false
        2               |                        | not_applicable        | closed_without_reply  | false
        3               |                        | not_computable        | reply_before_request  | false
        5               |                        | not_applicable        | closed_without_reply  | false
        6               |                        | censored              | unanswered            | true
        7               |                        | not_computable        | no_reply_recorded     | false
        8               |                        | not_computable        | no_reply_recorded     | false
        """,
    )


def test_no_ticket_is_lost_for_want_of_a_person_a_comment_or_a_schedule(story):
    found = story.given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | buyer_key | agent_key
            z        | s       | 1         | 2026-03-02 10:00 | nobody    | nobody
            z        | s       | 2         |                  |           |
        """,
        stg_desk__ticket_schedule="""
            platform | shop_id | ticket_id | valid_from       | schedule_id
            z        | s       | 1         | 2026-03-02 10:00 | gone
        """,
    ).ask(
        "fct_conversation",
        "select conversation_id, first_response_working_reason, first_response_reason"
        " from fct_conversation order by 1",
    )
    assert found == [
        ("1", "no_reply_recorded", "no_reply_recorded"),
        ("2", "no_start_time", "no_start_time"),
    ]


def test_hand_overs_are_changes_of_the_assignee_and_not_the_first_assignment(story):
    story.given(
        stg_desk__ticket=TICKET.format(status="open"),
        stg_desk__ticket_event=history(
            "10:00 assignee=anna", "11:00 assignee=anna", "12:00 assignee=bert"
        ),
    ).expect("fct_conversation", "conversation_id | handoffs\n7 | 1")


def test_a_call_waits_from_asking_for_a_person_and_one_nobody_took_is_not_waiting(story):
    given = story.given(
        stg_desk__call="""
            platform | shop_id | call_id | started_at          | queued_at           | answered_at         | ended_at            | abandoned_at        | buyer_key | direction
            t        | s       | 1       | 2026-03-02 10:00:00 | 2026-03-02 10:00:20 | 2026-03-02 10:00:40 | 2026-03-02 10:05:40 |                     | b         |
            t        | s       | 2       | 2026-03-02 11:00:00 | 2026-03-02 11:00:20 |                     |                     | 2026-03-02 11:01:20 | b         | inbound
            t        | s       | 3       | 2026-03-02 11:30:00 |                     | 2026-03-02 11:30:10 | 2026-03-02 11:31:10 |                     | b         | outbound
            t        | s       | 4       | 2026-03-02 11:40:00 |                     |                     |                     | 2026-03-02 11:40:30 |           |
            t        | s       | 5       | 2026-03-02 12:00:00 |                     |                     |                     | 2026-03-02 12:00:30 | c         |
        """
    )
    given.expect(
        "fct_call",
        """
        call_id | waited_seconds | waited_status  | talk_seconds | outcome   | is_called_back
        1       | 20             | ok             | 300          | answered  |
        2       | 60             | ok             |              | abandoned | true
        3       |                | not_applicable | 60           | answered  |
        4       | 30             | ok             |              | abandoned |
        5       | 30             | ok             |              | abandoned | false
        """,
    )
    given.expect(
        "fct_conversation",
        """
        conversation_id | first_response_seconds | first_response_reason | is_waiting
        call#1          | 20                     |                       | false
        call#2          |                        | call_not_taken        | false
        call#3          |                        | no_customer_message   | false
        call#4          |                        | call_not_taken        | false
        call#5          |                        | call_not_taken        | false
        """,
    )


def test_a_ticket_thrown_away_is_nowhere_and_one_whose_history_says_so_waits_for_nobody(story):
    schedule = """
        platform | shop_id | ticket_id | valid_from       | schedule_id
        z        | s       | 7         | 2026-03-02 10:00 | 1
    """
    events = history("10:00 open", "12:00 deleted")
    thrown = story.given(
        stg_desk__ticket=TICKET.format(status="deleted"),
        stg_desk__ticket_event=events,
        stg_desk__ticket_schedule=schedule,
    )
    assert thrown.ask("fct_ticket_stage", "select ticket_id from fct_ticket_stage") == []
    assert thrown.ask("fct_conversation", "select conversation_id from fct_conversation") == []
    story.given(stg_desk__ticket=TICKET.format(status=""), stg_desk__ticket_event=events).expect(
        "fct_conversation", "status | is_waiting\ndeleted | false"
    )


def test_what_changes_on_a_solved_ticket_but_its_status_moves_nothing(story):
    story.given(
        stg_desk__ticket=TICKET.format(status="solved"),
        stg_desk__ticket_event=history(
            "10:00 open",
            "11:00 solved",
            "15:00 priority=high",
            "16:00 assignee=anna",
            "17:00 other=tag",
        ),
    ).expect(
        "fct_conversation",
        """
        full_resolution_seconds | reopens | is_waiting | solved_at
        3600                    | 0       | false      | 2026-03-02 11:00
        """,
    )


def test_a_desks_own_figures_stand_beside_ours_and_differ_by_what_it_cut_off(story):
    story.given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | first_replied_at    | status | is_reply_told | desk_first_reply_minutes
            z        | s       | 1         | 2026-03-02 10:00 | 2026-03-02 10:03:30 | open   | true          | 3
            z        | s       | 2         | 2026-03-02 10:00 | 2026-03-02 11:00    | open   | true          | 99
            z        | s       | 3         | 2026-03-02 10:00 |                     | open   | true          | 5
            z        | s       | 4         | 2026-03-02 10:00 | 2026-03-02 11:00    | open   | true          |
        """,
        stg_desk__ticket_metric="""
            platform | shop_id | ticket_id | first_reply_minutes | hold_minutes
            z        | s       | 2         | 60                  | 7
        """,
    ).expect(
        "fct_desk_figure",
        """
        ticket_id | measure        | desk_minutes | own_seconds | difference_minutes | own_reason
        1         | first_response | 3            | 210         | 0.5                |
        2         | first_response | 60           | 3600        | 0                  |
        2         | hold           | 7            |             |                    | no_status_history
        3         | first_response | 5            |             |                    | unanswered
        """,
    )


def test_a_ticket_known_by_its_history_alone_is_one_whose_beginning_nobody_knows(story):
    story.given(
        stg_desk__ticket_event=history("10:00 open", "11:00 pending", "12:00 solved")
    ).expect(
        "fct_conversation",
        """
        conversation_id | started_at | status | first_response_reason | full_resolution_seconds | full_resolution_reason | requester_wait_seconds | stages_reason
        7               |            | solved | no_start_time         |                         | no_start_time          |                        | no_start_time
        """,
    )
