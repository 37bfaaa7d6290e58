"""SV, RP, PD and EX-16: service standards, repairs, price differences, what agents ask for."""

from __future__ import annotations

import pytest

# ── SV-01: reviewed in time ──────────────────────────────────────────────────────────────────


def test_a_case_is_reviewed_within_48_hours_to_the_second(rule):
    rule("sv_01").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id   | status    | is_open | is_automatic | applied_at       | reviewed_at         | refunded_at
            1        | taobao   | S       | last      | completed | false   |              | 2026-03-01 10:00 | 2026-03-03 10:00:00 |
            2        | taobao   | S       | late      | completed | false   |              | 2026-03-01 10:00 | 2026-03-03 10:00:01 |
            3        | taobao   | S       | waits     | applied   | true    |              | 2026-03-30 10:00 |                     |
            4        | taobao   | S       | forgotten | applied   | true    |              | 2026-03-29 10:00 |                     |
            5        | taobao   | S       | by a rule | refunded  | false   | true         | 2026-03-01 10:00 |                     |
            6        | taobao   | S       | paid back | refunded  | false   |              | 2026-03-01 10:00 |                     | 2026-03-02
            7        | taobao   | S       | untold    | refunded  | false   |              | 2026-03-01 10:00 |                     | 2026-03-09
            8        | taobao   | S       | gone      | withdrawn | false   |              | 2026-03-01 10:00 |                     |
            9        | taobao   | S       | before    | completed | false   |              | 2026-03-01 10:00 | 2026-03-01 09:00    |
            10       | taobao   | S       | undated   | completed | false   |              |                  | 2026-03-01 09:00    |
        """
    ).expect("""
        entity_id | outcome        | reason              | measured | allowed
        last      | pass           |                     | 172800   | 172800
        late      | violation      | late                | 172801   | 172800
        waits     | not_applicable | still_running       | 108000   | 172800
        forgotten | violation      | not_reviewed        | 194400   | 172800
        by a rule | pass           |                     |          | 172800
        paid back | pass           |                     |          | 172800
        untold    | unknown        | no_review_time      |          | 172800
        gone      | not_applicable | withdrawn           |          | 172800
        before    | unknown        | times_out_of_order  | -3600    | 172800
        undated   | unknown        | no_application_time |          |
    """)


def test_what_is_applied_for_on_exempt_days_is_not_judged_and_the_next_second_is(rule):
    rule("sv_01").given(
        ref_exempt="""
            shop_id | from_at          | until_at         | reason
                    | 2026-02-15 16:00 | 2026-02-23 16:00 | 春节
        """,
        int_case_merge="""
            case_key | platform | shop_id | case_id | applied_at          | reviewed_at
            1        | taobao   | S       | before  | 2026-02-15 15:59:59 | 2026-02-25
            2        | taobao   | S       | first   | 2026-02-15 16:00:00 | 2026-02-25
            3        | taobao   | S       | last    | 2026-02-23 15:59:59 | 2026-02-28
            4        | taobao   | S       | after   | 2026-02-23 16:00:00 | 2026-02-28
        """,
    ).expect("""
        entity_id | occurred_on | outcome        | reason
        before    | 2026-02-15  | violation      | late
        first     | 2026-02-16  | not_applicable | exempt
        last      | 2026-02-23  | not_applicable | exempt
        after     | 2026-02-24  | violation      | late
    """)


def test_a_shop_may_hold_itself_to_another_limit(rule):
    rule("sv_01").sets(limit_seconds=3600).given(
        int_case_merge="""
            case_key | platform | shop_id | case_id | applied_at       | reviewed_at
            1        | taobao   | S       | C       | 2026-03-01 10:00 | 2026-03-01 11:00:01
        """
    ).expect("entity_id | outcome | allowed\nC | violation | 3600")


# ── SV-02 and SV-03: inspected and sent in time ──────────────────────────────────────────────


def test_goods_sent_back_are_inspected_within_48_hours(rule):
    rule("sv_02").given(
        ref_exempt="""
            shop_id | from_at    | until_at   | reason
            S       | 2026-02-01 | 2026-02-08 | 盘点
        """,
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type    | status    | is_open | return_received_at | inspected_at        | reshipped_at | refunded_at | applied_at
            1        | taobao   | S       | last      | exchange      | completed | false   | 2026-03-01         | 2026-03-03 00:00:00 |              | | 2026-01-20
            2        | taobao   | S       | late      | repair        | completed | false   | 2026-03-01         | 2026-03-03 00:00:01 |              | | 2026-01-20
            3        | taobao   | S       | lies      | return_refund | returned  | true    | 2026-03-29         |                     |              | | 2026-01-20
            4        | taobao   | S       | arrived   | return_refund | returned  | true    | 2026-03-30         |                     |              | | 2026-01-20
            5        | taobao   | S       | sent      | exchange      | reshipped | true    | 2026-03-01         |                     | 2026-03-02   | | 2026-01-20
            6        | taobao   | S       | untold    | return_refund | refunded  | false   | 2026-03-01         |                     |              | 2026-03-09 | 2026-01-20
            7        | taobao   | S       | at buyer  | exchange      | approved  | true    |                    |                     |              | | 2026-01-20
            8        | taobao   | S       | no time   | return_refund | refunded  | false   |                    |                     |              | 2026-03-09 | 2026-01-20
            9        | taobao   | S       | backwards | exchange      | completed | false   | 2026-03-02         | 2026-03-01          |              | | 2026-01-20
            10       | taobao   | S       | frozen    | exchange      | completed | false   | 2026-02-07         | 2026-03-01          |              | | 2026-01-20
            11       | taobao   | S       | no goods  | refund_only   | refunded  | false   | 2026-03-02         | 2026-03-09          |              | | 2026-01-20
        """,
    ).expect("""
        entity_id | outcome        | reason             | measured
        last      | pass           |                    | 172800
        late      | violation      | late               | 172801
        lies      | violation      | not_inspected      | 230400
        arrived   | not_applicable | still_running      | 144000
        sent      | pass           |                    |
        untold    | unknown        | no_inspection_time |
        at buyer  | not_applicable | nothing_received   |
        no time   | unknown        | no_receipt_time    |
        backwards | unknown        | times_out_of_order | -86400
        frozen    | not_applicable | exempt             | 1900800
    """)


def test_of_a_fast_exchange_the_early_replacement_says_nothing_of_the_inspection(rule):
    rule("sv_02").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id | asked_type | status    | is_open | is_fast | return_received_at | reshipped_at | applied_at
            1        | taobao   | S       | fast    | exchange   | completed | false   | true    | 2026-03-01         | 2026-03-02 | 2026-01-20
            2        | taobao   | S       | usual   | exchange   | completed | false   | false   | 2026-03-01         | 2026-03-02 | 2026-01-20
        """
    ).expect("""
        entity_id | outcome | reason
        fast      | unknown | no_inspection_time
        usual     | pass    |
    """)


def test_a_replacement_leaves_within_48_hours_of_the_inspection(rule):
    rule("sv_03").given(
        ref_exempt="""
            shop_id | from_at    | until_at   | reason
                    | 2026-02-01 | 2026-02-08 | 春节
        """,
        int_case_merge="""
            case_key | platform | shop_id | case_id  | asked_type | status    | is_open | is_fast | inspection | return_received_at | inspected_at | reshipped_at        | unit_paid | units | applied_at
            1        | taobao   | S       | last     | exchange   | completed | false   |         | passed     |                    | 2026-03-01   | 2026-03-03 00:00:00 | 50        | 2 | 2026-01-20
            2        | taobao   | S       | late     | exchange   | completed | false   |         | passed     |                    | 2026-03-01   | 2026-03-03 00:00:01 | 50        | 2 | 2026-01-20
            3        | taobao   | S       | waits    | exchange   | accepted  | true    |         | passed     |                    | 2026-03-29   |                     | 50        | | 2026-01-20
            4        | taobao   | S       | soon     | exchange   | accepted  | true    |         | passed     |                    | 2026-03-30   |                     | 50        | 2 | 2026-01-20
            5        | taobao   | S       | failed   | exchange   | rejected  | true    |         | failed     |                    | 2026-03-01   |                     | 50        | 2 | 2026-01-20
            6        | taobao   | S       | fast     | exchange   | completed | false   | true    | passed     |                    | 2026-03-05   | 2026-03-01          | 50        | 2 | 2026-01-20
            7        | taobao   | S       | between  | exchange   | completed | false   |         |            | 2026-03-01         |              | 2026-03-02          | 50        | 2 | 2026-01-20
            8        | taobao   | S       | untold   | exchange   | completed | false   |         |            | 2026-03-01         |              | 2026-03-09          | 50        | 2 | 2026-01-20
            9        | taobao   | S       | refund   | exchange   | converted | false   |         | passed     |                    | 2026-03-01   |                     | 50        | 2 | 2026-01-20
            10       | taobao   | S       | at buyer | exchange   | approved  | true    |         |            |                    |              |                     | 50        | 2 | 2026-01-20
            11       | taobao   | S       | closed   | exchange   | closed    | false   |         | passed     |                    | 2026-03-01   |                     | 50        | 2 | 2026-01-20
            12       | taobao   | S       | frozen   | exchange   | completed | false   |         | passed     |                    | 2026-02-07   | 2026-03-01          | 50        | 2 | 2026-01-20
            13       | taobao   | S       | mended   | repair     | completed | false   |         | passed     |                    | 2026-02-17   | 2026-03-01          | 50        | 2 | 2026-01-20
        """,
    ).expect("""
        entity_id | outcome        | reason             | measured | amount_at_risk
        last      | pass           |                    | 172800   |
        late      | violation      | late               | 172801   | 100.00
        waits     | violation      | not_sent           | 230400   |
        soon      | not_applicable | still_running      | 144000   |
        failed    | not_applicable | failed_inspection  | 2649600  |
        fast      | not_applicable | fast_exchange      | -345600  |
        between   | pass           |                    |          |
        untold    | unknown        | no_inspection_time |          |
        refund    | not_applicable | converted          |          |
        at buyer  | not_applicable | not_inspected      |          |
        closed    | unknown        | no_reship_time     |          |
        frozen    | not_applicable | exempt             | 1900800  |
    """)


# ── SV-04 and SV-05: chats ───────────────────────────────────────────────────────────────────


def turns(rows: str) -> str:
    """Turns of one desk, judged by the local hour they are asked in."""
    return f"""
        platform | shop_id | conversation_id | turn_no | kind | asked_at | asked_on | asked_hour | response_seconds | response_reason | agent
        {rows.strip()}
    """


@pytest.mark.parametrize(
    ("asked", "on", "hour", "seconds", "outcome", "reason", "allowed"),
    [
        # Shanghai is eight hours ahead: 08:00:00 to 22:59:59 is service
        ("2026-03-02 00:00:00", "2026-03-02", 8, 180, "pass", "", 180),
        ("2026-03-02 00:00:00", "2026-03-02", 8, 181, "violation", "slow_turn", 180),
        ("2026-03-02 14:59:59", "2026-03-02", 22, 181, "violation", "slow_turn", 180),
        # before it until midnight; after it until the midnight that follows
        ("2026-03-01 23:59:59", "2026-03-02", 7, 57601, "pass", "", 57601),
        ("2026-03-01 23:59:59", "2026-03-02", 7, 57602, "violation", "slow_turn", 57601),
        ("2026-03-02 15:00:00", "2026-03-02", 23, 90000, "pass", "", 90000),
        ("2026-03-02 15:00:00", "2026-03-02", 23, 90001, "violation", "slow_turn", 90000),
    ],
)
def test_a_question_of_service_hours_is_answered_in_minutes_and_any_other_within_the_day(
    rule, asked, on, hour, seconds, outcome, reason, allowed
):
    rule("sv_04").given(
        fct_turn=turns(f"taobao | S | K | 1 | chat | {asked} | {on} | {hour} | {seconds} | | 小青")
    ).expect(f"""
        entity_id | entity | agent | occurred_on | outcome   | reason   | measured  | allowed
        K#1       | turn   | 小青  | {on}        | {outcome} | {reason} | {seconds} | {allowed}
    """)


def test_a_question_nobody_answered_is_told_apart_from_one_answered_late(rule):
    # the as-of is 2026-03-31 16:00
    rule("sv_04").given(
        ref_exempt="""
            shop_id | from_at          | until_at         | reason
                    | 2026-02-15 16:00 | 2026-02-23 16:00 | 春节
        """,
        fct_turn=turns("""
        taobao | S | K | 1 | chat   | 2026-03-31 15:00    | 2026-03-31 | 23 |     | unanswered             |
        taobao | S | K | 2 | chat   | 2026-03-31 14:57:00 | 2026-03-31 | 22 |     | unanswered             | 小青
        taobao | S | K | 3 | chat   | 2026-03-30 14:57:00 | 2026-03-30 | 22 |     | resolved_without_reply |
        taobao | S | K | 4 | chat   | 2026-03-30 14:57:00 | 2026-03-30 | 22 |     | reply_before_question  |
        taobao | S | K | 5 | ticket | 2026-03-30 14:57:00 | 2026-03-30 | 22 | 999 |                        |
        taobao | S | K | 6 | chat   | 2026-02-20 02:00:00 | 2026-02-20 | 10 | 999 |                        |
        other  | X | K | 7 | chat   | 2026-03-30 02:00:00 | 2026-03-30 | 10 | 1   |                        |
        """),
    ).expect("""
        entity_id | outcome        | reason                 | measured
        K#1       | not_applicable | still_running          | 3600
        K#2       | violation      | unanswered_turn        | 3780
        K#3       | not_applicable | resolved_without_reply |
        K#4       | unknown        | reply_before_question  |
        K#6       | not_applicable | exempt                 | 999
        K#7       | unknown        | parameter_not_set      | 1
    """)


def test_a_customer_is_handed_over_with_a_word_or_within_ten_seconds(rule):
    rule("sv_05").given(
        fct_turn="""
            platform | shop_id | conversation_id | turn_no | asked_at         | asked_on   | transferred_at      | transferred_by
            taobao   | S       | at once         | 1       | 2026-03-02 10:00 | 2026-03-02 | 2026-03-02 10:00:10 | Anna
            taobao   | S       | later           | 1       | 2026-03-02 10:00 | 2026-03-02 | 2026-03-02 10:00:11 | Anna
            taobao   | S       | twice           | 1       | 2026-03-02 10:00 | 2026-03-02 | 2026-03-02 10:05:00 | Anna
            taobao   | S       | never           | 1       | 2026-03-02 10:00 | 2026-03-02 |                     |
            taobao   | S       | untold          | 1       | 2026-03-02 10:00 | 2026-03-02 | 2026-03-02 10:00:05 | Anna
            other    | X       | not set         | 1       | 2026-03-02 10:00 | 2026-03-02 | 2026-03-02 10:00:05 | Anna
        """,
        int_conversation_number="""
            conversation_no | platform | shop_id | conversation_id
            1               | taobao   | S       | at once
            2               | taobao   | S       | later
            3               | taobao   | S       | twice
            4               | other    | X       | not set
        """,
        int_message_speak="""
            conversation_no | sent_at             | notice
            1               | 2026-03-02 10:00:10 | transfer
            2               | 2026-03-02 10:00:11 | transfer
            2               | 2026-03-02 09:00:00 | transfer
            2               | 2026-03-02 10:00:01 | recall
            3               | 2026-03-02 10:00:04 | transfer
            3               | 2026-03-02 10:05:00 | transfer
            4               | 2026-03-02 10:00:05 | transfer
        """,
    ).expect("""
        entity_id | agent | outcome   | reason            | measured | allowed
        at once#1 | Anna  | pass      |                   | 10       | 10
        later#1   | Anna  | violation |                   | 11       | 10
        twice#1   | Anna  | pass      |                   | 4        | 10
        untold#1  | Anna  | unknown   | no_transfer_time  |          | 10
        not set#1 | Anna  | unknown   | parameter_not_set | 5        |
    """)


# ── SV-07 and SV-08 ──────────────────────────────────────────────────────────────────────────


def test_a_refusal_the_platform_overturned_was_wrong(rule):
    rule("sv_07").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type    | status   | reject_reason | intervention | ruling    | refunded_at | paid_amount
            1        | taobao   | S       | noted     | exchange      | rejected | used          | decided      | buyer     |             | 80
            2        | taobao   | S       | upheld    | exchange      | rejected | used          | decided      | merchant  |             | 80
            3        | taobao   | S       | taken back| exchange      | rejected | used          | decided      | withdrawn |             | 80
            4        | taobao   | S       | by money  | return_refund | refunded | used          | decided      |           | 2026-03-09  | 80
            5        | taobao   | S       | untold    | exchange      | rejected | used          | decided      |           |             | 80
            6        | taobao   | S       | under way | exchange      | rejected | used          | running      |           |             | 80
            7        | taobao   | S       | alone     | exchange      | rejected | used          | none         |           |             | 80
            8        | taobao   | S       | no column | exchange      | rejected | used          |              |           |             | 80
            9        | taobao   | S       | agreed    | exchange      | approved |               | decided      | buyer     |             | 80
            10       | taobao   | S       | once      | return_refund | refunded |               | decided      |           | 2026-03-09  | 80
        """,
        int_case_path="""
            platform | shop_id | case_id | status
            taobao   | S       | once    | rejected
        """,
    ).expect("""
        entity_id  | outcome        | reason               | amount_at_risk
        noted      | violation      |                      | 80.00
        upheld     | pass           |                      |
        taken back | pass           |                      |
        by money   | violation      |                      | 80.00
        untold     | unknown        | no_ruling            |
        under way  | not_applicable | not_decided          |
        alone      | not_applicable | no_intervention      |
        no column  | unknown        | no_intervention_told |
        once       | violation      |                      | 80.00
    """)


def test_a_buyer_asks_no_more_than_three_times_until_the_case_is_over(rule):
    rule("sv_08").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id  | applied_at | ended_at | is_open
            1        | taobao   | S       | three    | 2026-03-02 | 2026-03-09 | false
            2        | taobao   | S       | four     | 2026-03-02 | 2026-03-09 | false
            3        | taobao   | S       | open     | 2026-03-02 |            | true
            4        | taobao   | S       | too many | 2026-03-02 |            | true
            5        | taobao   | S       | no end   | 2026-03-02 |            | false
            6        | taobao   | S       | no desk  | 2026-03-02 | 2026-03-09 | false
            7        | taobao   | S       | undated  |            | 2026-03-09 | false
        """,
        int_case_contact="""
            case_key | has_desk | contacts
            1        | true     | 3
            2        | true     | 4
            3        | true     | 3
            4        | true     | 4
            5        | true     | 4
            6        | false    | 0
            7        | false    | 0
        """,
    ).expect("""
        entity_id | outcome        | reason              | measured | allowed
        three     | pass           |                     | 3        | 3
        four      | violation      |                     | 4        | 3
        open      | not_applicable | still_open          | 3        | 3
        too many  | violation      |                     | 4        | 3
        no end    | unknown        | no_end_time         | 4        | 3
        no desk   | unknown        | no_conversations    | 0        | 3
        undated   | unknown        | no_application_time | 0        |
    """)


def test_contacts_are_conversations_about_the_case_that_the_customer_began_before_it_ended(model):
    model("int_case_contact").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id | applied_at | reviewed_at | ended_at
            1        | taobao   | S       | C1      | 2026-03-02 | 2026-03-04  | 2026-03-09
            2        | taobao   | S       | C2      | 2026-03-02 |             |
            3        | taobao   | S       | early   | 2026-02-27 |             |
            4        | jd       | S       | C1      | 2026-03-02 |             |
        """,
        int_conversation_link="""
            platform | shop_id | conversation_id | order_platform | case_id
            desk     | S       | K1              | taobao         | C1
            desk     | S       | K2              | taobao         | C1
            desk     | S       | K3              | taobao         | C1
            desk     | S       | K4              | taobao         | C1
            desk     | S       | K5              |                | C2
            desk     | S       | K6              |                |
        """,
        int_conversation_merge="""
            platform | shop_id | conversation_id | started_at       | has_request
            desk     | S       | K1              | 2026-03-01       | true
            desk     | S       | K2              | 2026-03-09       | true
            desk     | S       | K3              | 2026-03-09 00:01 | true
            desk     | S       | K4              | 2026-03-03       | false
            desk     | S       | K5              | 2026-03-20       | true
            desk     | S       | K6              | 2026-02-28       | true
        """,
    ).expect("""
        platform | case_id | has_desk | conversations | contacts | receipt_asked_at
        taobao   | C1      | true     | 4             | 2        |
        taobao   | C2      | true     | 1             | 1        |
        taobao   | early   | false    | 0             | 0        |
        jd       | C1      | true     | 0             | 0        |
    """)


# ── EX-16 ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "sender", "sent", "asked"),
    [
        ("亲，麻烦您先确认收货，再申请换货", "agent", "2026-03-02 10:00:00", True),
        ("确认收货后才能给您换哦", "agent", "2026-03-03 12:00", True),
        ("Please confirm receipt first.", "agent", "2026-03-03 12:00", True),
        ("不需要确认收货，直接申请就行", "agent", "2026-03-03 12:00", False),
        ("请您先不要点确认收货", "agent", "2026-03-03 12:00", False),
        ("您是哪天确认收货的呢", "agent", "2026-03-03 12:00", False),
        ("要我先确认收货吗", "customer", "2026-03-03 12:00", False),
        # to the second: after the application, before the review
        ("请先确认收货", "agent", "2026-03-02 09:59:59", False),
        ("请先确认收货", "agent", "2026-03-04 10:00:00", False),
    ],
)
def test_a_request_to_confirm_receipt_is_told_by_the_words_of_an_agent_before_the_review(
    model, body, sender, sent, asked
):
    model("int_case_contact").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id | applied_at       | reviewed_at
            1        | jd       | S       | C1      | 2026-03-02 10:00 | 2026-03-04 10:00
        """,
        int_conversation_link="""
            platform | shop_id | conversation_id | order_platform | case_id
            desk     | S       | K1              | jd             | C1
        """,
        int_conversation_merge="""
            platform | shop_id | conversation_id | conversation_no | started_at       | has_request
            desk     | S       | K1              | 7               | 2026-03-02 10:00 | true
        """,
        int_message_speak=f"""
            conversation_no | row_version | sender_role | sender_key | sent_at
            7               | 1           | {sender}    | Anna       | {sent}
            7               | 2           | agent       | Bert       | 2026-03-03
        """,
        stg_desk__message=f"""
            row_version | body
            1           | {body}
            2           | 您好
        """,
    ).expect(f"""
        case_id | receipt_asked_at         | receipt_asked_by
        C1      | {sent if asked else ""}  | {"Anna" if asked else ""}
    """)


def test_asking_to_confirm_receipt_is_wrong_only_where_the_platform_needs_none(rule):
    rule("ex_16").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type    | status   | is_open | applied_at | reviewed_at | agent
            1        | jd       | S       | asked     | exchange      | approved | true    | 2026-03-02 | 2026-03-04  | Bert
            2        | jd       | S       | talked    | exchange      | approved | true    | 2026-03-02 | 2026-03-04  | Bert
            3        | jd       | S       | silent    | exchange      | approved | true    | 2026-03-02 | 2026-03-04  | Bert
            4        | jd       | S       | no desk   | exchange      | approved | true    | 2026-03-02 | 2026-03-04  | Bert
            5        | jd       | S       | no review | exchange      | closed   | false   | 2026-03-02 |             | Bert
            6        | jd       | S       | return    | return_refund | approved | true    | 2026-03-02 | 2026-03-04  | Bert
            7        | taobao   | S       | not set   | exchange      | approved | true    | 2026-03-02 | 2026-03-04  | Bert
        """,
        int_case_contact="""
            case_key | has_desk | conversations | receipt_asked_at | receipt_asked_by
            1        | true     | 1             | 2026-03-03       | Anna
            2        | true     | 1             |                  |
            3        | true     | 0             |                  |
            4        | false    | 0             |                  |
            5        | true     | 1             | 2026-03-03       | Anna
            6        | true     | 1             | 2026-03-03       | Anna
            7        | true     | 1             | 2026-03-03       | Anna
        """,
    ).expect("""
        entity_id | agent | outcome        | reason
        asked     | Anna  | violation      |
        talked    | Bert  | pass           |
        silent    | Bert  | not_applicable | no_conversation
        no desk   | Bert  | unknown        | no_conversations
        no review | Anna  | unknown        | no_review_time
        not set   | Anna  | unknown        | parameter_not_set
    """)


# ── RP: repairs ──────────────────────────────────────────────────────────────────────────────


def test_a_repair_of_what_is_promised_to_be_exchanged_is_a_violation(rule):
    rule("rp_01").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type | done_type | applied_at
            1        | taobao   | S       | repaired  | repair     |           | 2026-03-02
            2        | taobao   | S       | instead   | exchange   |           | 2026-03-02
            3        | taobao   | S       | swapped   | repair     | exchange  | 2026-03-02
            4        | taobao   | S       | too late  | repair     | repair    | 2026-03-02
            5        | taobao   | S       | waits     | repair     |           | 2026-03-02
            6        | taobao   | S       | unsigned  | repair     | repair    | 2026-03-02
            7        | taobao   | S       | promised nothing | repair | repair | 2026-03-02
            8        | jd       | T       | no list   | repair     | repair    | 2026-03-02
            9        | taobao   | S       | exchange  | exchange   | exchange  | 2026-03-02
        """,
        fct_promise="""
            platform | shop_id | case_id  | promise       | done_type | outcome        | reason          | days_since | promised_days | at_stake_amount
            taobao   | S       | repaired | exchange_only |           | broken         | repaired        | 30         | 365           | 299
            taobao   | S       | repaired | repair_years  |           | held           |                 | 30         | 1095          |
            taobao   | S       | instead  | exchange_only | repair    | broken         | repaired        | 365        | 365           | 299
            taobao   | S       | swapped  | exchange_only | exchange  | held           |                 | 30         | 365           |
            taobao   | S       | too late | exchange_only | repair    | not_applicable | out_of_days     | 366        | 365           |
            taobao   | S       | waits    | exchange_only |           | not_applicable | still_open      | 30         | 365           |
            taobao   | S       | unsigned | exchange_only | repair    | unknown        | no_signing_time |            | 365           |
            taobao   | S       | exchange | exchange_only | exchange  | held           |                 | 30         | 365           |
        """,
        dim_promise="shop_id | sku | promise | valid_from\nS | * | exchange_only | 2026-01-01",
    ).expect("""
        entity_id        | outcome        | reason          | measured | allowed | amount_at_risk
        repaired         | violation      |                 | 30       | 365     | 299.00
        instead          | violation      |                 | 365      | 365     | 299.00
        swapped          | pass           |                 | 30       | 365     |
        too late         | pass           |                 | 366      | 365     |
        waits            | not_applicable | still_open      | 30       | 365     |
        unsigned         | unknown        | no_signing_time |          | 365     |
        promised nothing | not_applicable | no_promise      |          |         |
        no list          | unknown        | no_promise_list |          |         |
    """)


def test_what_was_repaired_does_not_come_back_within_90_days(rule):
    rule("rp_02").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id  | asked_type | order_id | status    | applied_at
            1        | taobao   | S       | first    | repair     | O1       | completed | 2026-06-01 10:00:00
            2        | taobao   | S       | last day | repair     | O1       | completed | 2026-06-01 10:00:00
            3        | taobao   | S       | after    | repair     | O1       | completed | 2026-06-01 10:00:01
            4        | taobao   | S       | no order | repair     |          | completed | 2026-06-01 10:00:00
            5        | taobao   | S       | given up | repair     | O1       | withdrawn | 2026-06-01 10:00:00
            6        | taobao   | S       | swap     | exchange   | O1       | completed | 2026-06-01 10:00:00
        """,
        int_case_sequence="""
            case_key | repaired_before_at
            1        |
            2        | 2026-03-03 10:00
            3        | 2026-03-03 10:00
            4        |
            5        | 2026-03-03 10:00
            6        | 2026-03-03 10:00
        """,
    ).expect("""
        entity_id | outcome        | reason    | measured   | allowed
        first     | pass           |           |            | 90
        last day  | violation      |           | 90         | 90
        after     | pass           |           | 90.0000116 | 90
        no order  | unknown        | no_order  |            | 90
        given up  | not_applicable | withdrawn | 90         | 90
    """)


# ── PD: price differences ────────────────────────────────────────────────────────────────────


def test_a_difference_is_noted_and_told_before_the_review(rule):
    rule("pd_01").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type | is_open | is_done | difference_amount | replacement_price | difference_told_at  | applied_at | reviewed_at
            1        | taobao   | S       | told      | exchange   | false   | true    | 10                | 110               | 2026-03-04 00:00:00 | 2026-03-02 | 2026-03-04
            2        | taobao   | S       | after     | exchange   | false   | true    | 10                | 110               | 2026-03-04 00:00:01 | 2026-03-02 | 2026-03-04
            3        | taobao   | S       | silent    | exchange   | false   | true    | 10                | 110               |                     | 2026-03-02 | 2026-03-04
            4        | taobao   | S       | no price  | exchange   | false   | true    | 10                |                   | 2026-03-03          | 2026-03-02 | 2026-03-04
            5        | taobao   | S       | nothing   | exchange   | false   | true    | 0                 | 110               |                     | 2026-03-02 | 2026-03-04
            6        | taobao   | S       | given     | exchange   | false   | true    | -5                | 90                |                     | 2026-03-02 | 2026-03-04
            7        | taobao   | S       | untold    | exchange   | false   | true    |                   | 110               |                     | 2026-03-02 | 2026-03-04
            8        | taobao   | S       | open      | exchange   | true    | false   |                   | 110               |                     | 2026-03-02 | 2026-03-04
            9        | taobao   | S       | no review | exchange   | false   | true    | 10                | 110               | 2026-03-03          | 2026-03-02 |
            10       | taobao   | S       | at once   | exchange   | false   | true    | 10                | 110               | 2026-03-01          | 2026-03-02 |
            11       | jd       | S       | no prices | exchange   | false   | true    | 10                |                   |                     | 2026-03-02 | 2026-03-04
            12       | weixin   | S       | no times  | exchange   | false   | true    | 10                | 110               |                     | 2026-03-02 | 2026-03-04
        """
    ).expect("""
        entity_id | outcome        | reason               | measured | amount_at_risk
        told      | pass           |                      | 10       |
        after     | violation      | told_after_approval  | 10       | 10.00
        silent    | violation      | not_told             | 10       | 10.00
        no price  | violation      | price_not_noted      | 10       | 10.00
        nothing   | not_applicable | nothing_charged      | 0        |
        given     | not_applicable | nothing_charged      | -5       |
        untold    | unknown        | no_difference        |          |
        open      | not_applicable | still_open           |          |
        no review | unknown        | no_review_time       | 10       |
        at once   | pass           |                      | 10       |
        no prices | unknown        | no_replacement_price | 10       |
        no times  | unknown        | no_telling_time      | 10       |
    """)


def test_a_price_that_only_moved_is_not_charged_for_while_it_is_protected(rule):
    rule("pd_02").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id  | asked_type | sku | replacement_sku | difference_amount | applied_at
            1        | taobao   | S       | charged  | exchange   | P   | P               | 10                | 2026-03-02
            2        | taobao   | S       | free     | exchange   | P   | P               | 0                 | 2026-03-02
            3        | taobao   | S       | too late | exchange   | P   | P               | 10                | 2026-03-02
            4        | taobao   | S       | untold   | exchange   | P   | P               |                   | 2026-03-02
            5        | taobao   | S       | other    | exchange   | P   | Q               | 10                | 2026-03-02
            6        | taobao   | S       | no promise | exchange | P   | P               | 10                | 2026-03-02
            7        | jd       | T       | no list  | exchange   | P   | P               | 10                | 2026-03-02
        """,
        fct_promise="""
            platform | shop_id | case_id  | promise          | outcome        | reason              | days_since | promised_days
            taobao   | S       | charged  | price_protection | broken         | difference_charged  | 30         | 30
            taobao   | S       | free     | price_protection | held           |                     | 30         | 30
            taobao   | S       | too late | price_protection | not_applicable | out_of_days         | 31         | 30
            taobao   | S       | untold   | price_protection | unknown        | difference_not_told | 30         | 30
        """,
        dim_promise="shop_id | sku | promise | valid_from\nS | * | price_protection | 2026-01-01",
    ).expect("""
        entity_id  | outcome        | reason              | measured | allowed | amount_at_risk
        charged    | violation      |                     | 10       | 0       | 10.00
        free       | pass           |                     | 0        | 0       |
        too late   | not_applicable | out_of_days         | 10       | 0       |
        untold     | unknown        | difference_not_told |          | 0       |
        no promise | not_applicable | no_promise          | 10       | 0       |
        no list    | unknown        | no_promise_list     | 10       | 0       |
    """)
