"""What happened in a case, step by step: how often it went back, and whom it waited for."""

from __future__ import annotations

# Working from 9 to 17 by the shop's clock, whose times are UTC here to keep the tables short.
CALENDAR = {
    "ref_calendar_of": """
        shop_id | team | calendar_id
                |      | day
    """,
    "dim_calendar": """
        calendar_id | zone | first_at   | last_at
        day         | UTC  | 2026-01-01 | 2027-01-01
    """,
    "dim_working_interval": """
        calendar_id | day_on     | starts_at        | ends_at          | is_working | seconds_before
        day         | 2026-03-01 | 2026-03-01 00:00 | 2026-03-01 09:00 | false      | 0
        day         | 2026-03-01 | 2026-03-01 09:00 | 2026-03-01 17:00 | true       | 0
        day         | 2026-03-01 | 2026-03-01 17:00 | 2026-03-02 00:00 | false      | 28800
        day         | 2026-03-02 | 2026-03-02 00:00 | 2026-03-02 09:00 | false      | 28800
        day         | 2026-03-02 | 2026-03-02 09:00 | 2026-03-02 17:00 | true       | 28800
        day         | 2026-03-02 | 2026-03-02 17:00 | 2026-03-03 00:00 | false      | 57600
    """,
}
# Refused first, applied for again, decided again, carried through.
TWICE = {
    "stg_shop__case": """
        platform | shop_id | case_id | row_version | asked_type | status    | applied_at       | closed_at
        t        | s       | K       | 1           | exchange   | completed | 2026-03-01 10:00 | 2026-03-09 10:00
    """,
    "stg_shop__case_record": """
        platform | shop_id | case_id | reviewed_at      | return_received_at
        t        | s       | K       | 2026-03-01 11:00 | 2026-03-05 10:00
    """,
    "stg_shop__case_event": """
        platform | shop_id | case_id | row_version | happened_at      | status    | actor
        t        | s       | K       | 1           | 2026-03-01 10:00 | applied   | customer
        t        | s       | K       | 2           | 2026-03-01 11:00 | rejected  | merchant
        t        | s       | K       | 3           | 2026-03-01 20:00 | applied   | customer
        t        | s       | K       | 4           | 2026-03-02 10:00 | approved  | merchant
        t        | s       | K       | 5           | 2026-03-03 10:00 | returned  | customer
        t        | s       | K       | 6           | 2026-03-06 10:00 | accepted  | merchant
        t        | s       | K       | 7           | 2026-03-07 10:00 | reshipped | merchant
        t        | s       | K       | 8           | 2026-03-09 10:00 | completed | customer
    """,
}
ARROWS = """
    platform | from_status | to_status | is_fast_only | steps
    *        | applied     | approved  | false        | 1
    *        | applied     | rejected  | false        | 1
    *        | rejected    | applied   | false        | 1
    *        | approved    | returned  | false        | 1
    *        | returned    | accepted  | false        | 1
    *        | returned    | reshipped | false        | 2
    *        | accepted    | reshipped | false        | 1
    *        | reshipped   | completed | false        | 1
    *        | applied     | accepted  | true         | 1
"""


def test_a_milestone_told_by_the_log_and_by_the_export_is_one_event_and_comes_each_time_round(
    story,
):
    story.given(**TWICE).expect(
        "fct_case_event",
        """
        event_no | activity        | occurrence | actor    | told_by | happened_at
        1        | applied         | 1          | customer | log     | 2026-03-01 10:00
        2        | rejected        | 1          | merchant | log     | 2026-03-01 11:00
        3        | applied         | 2          | customer | log     | 2026-03-01 20:00
        4        | reviewed        | 1          | merchant | log     | 2026-03-02 10:00
        5        | return_shipped  | 1          | customer | log     | 2026-03-03 10:00
        6        | return_received | 1          | merchant | export  | 2026-03-05 10:00
        7        | inspected       | 1          | merchant | log     | 2026-03-06 10:00
        8        | reshipped       | 1          | merchant | log     | 2026-03-07 10:00
        9        | closed          | 1          | platform | log     | 2026-03-09 10:00
    """,
    )


def test_a_status_saved_anew_is_no_second_event(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type | status | applied_at
            t        | s       | K       | 1           | exchange   | closed | 2026-03-01 10:00
        """,
        stg_shop__case_event="""
            platform | shop_id | case_id | row_version | happened_at      | status
            t        | s       | K       | 1           | 2026-03-01 10:00 | applied
            t        | s       | K       | 2           | 2026-03-01 10:05 | applied
            t        | s       | K       | 3           | 2026-03-03 10:00 | completed
            t        | s       | K       | 4           | 2026-03-04 10:00 | closed
        """,
    ).expect(
        "fct_case_event",
        """
        activity | occurrence | happened_at
        applied  | 1          | 2026-03-01 10:00
        closed   | 1          | 2026-03-03 10:00
    """,
    )


def test_refused_goods_and_a_decision_of_the_platform_are_no_reviews(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type | status   | applied_at
            t        | s       | goods   | 1           | exchange   | rejected | 2026-03-01 10:00
            t        | s       | ruled   | 2           | exchange   | approved | 2026-03-01 10:00
        """,
        stg_shop__case_event="""
            platform | shop_id | case_id | row_version | happened_at      | status   | actor
            t        | s       | goods   | 1           | 2026-03-01 10:00 | approved | merchant
            t        | s       | goods   | 2           | 2026-03-02 10:00 | returned | customer
            t        | s       | goods   | 3           | 2026-03-03 10:00 | rejected | merchant
            t        | s       | ruled   | 4           | 2026-03-01 11:00 | rejected | merchant
            t        | s       | ruled   | 5           | 2026-03-04 10:00 | approved | platform
        """,
    ).expect(
        "fct_case_event",
        """
        case_id | activity         | actor
        goods   | applied          | customer
        goods   | reviewed         | merchant
        goods   | return_shipped   | customer
        goods   | goods_refused    | merchant
        ruled   | applied          | customer
        ruled   | rejected         | merchant
        ruled   | platform_decided | platform
    """,
    )


def test_turns_of_a_conversation_between_two_milestones_are_one_contact_and_its_first_answer(story):
    story.given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type  | is_open | applied_at       | reviewed_at      | closed_at        | ended_at
            t        | s       | K       | 7        | refund_only | false   | 2026-03-01 10:00 | 2026-03-01 14:00 | 2026-03-02 10:00 | 2026-03-02 10:00
        """,
        int_conversation_link="""
            platform | shop_id | conversation_id | order_platform | case_id
            desk     | s       | A               | t              | K
        """,
        int_conversation_merge="""
            platform | shop_id | conversation_id | conversation_no | kind
            desk     | s       | A               | 1               | chat
        """,
        int_turn_detect="""
            conversation_no | turn_no | asked_at         | replied_at
            1               | 1       | 2026-03-01 09:00 | 2026-03-01 09:10
            1               | 2       | 2026-03-01 11:00 | 2026-03-01 11:10
            1               | 3       | 2026-03-01 12:00 | 2026-03-01 12:30
            1               | 4       | 2026-03-01 15:00 |
            1               | 5       | 2026-03-03 10:00 | 2026-03-03 10:10
        """,
    ).expect(
        "fct_case_event",
        """
        event_no | activity  | occurrence | happened_at      | told_by
        1        | applied   | 1          | 2026-03-01 10:00 | export
        2        | contacted | 1          | 2026-03-01 11:00 | chat
        3        | answered  | 1          | 2026-03-01 11:10 | chat
        4        | reviewed  | 1          | 2026-03-01 14:00 | export
        5        | contacted | 2          | 2026-03-01 15:00 | chat
        6        | closed    | 1          | 2026-03-02 10:00 | export
    """,
    )


def test_a_move_says_who_had_to_act_what_of_the_wait_was_working_time_and_what_came_again(story):
    story.given(**TWICE, **CALENDAR, ref_case_transition=ARROWS).expect(
        "fct_case_transition",
        """
        step_no | from_activity   | to_activity     | waits_for | wait_seconds | wait_working_seconds | wait_working_reason | is_rework | is_handoff | is_allowed | is_allowed_reason
        1       | applied         | rejected        | merchant  | 3600         | 3600                 |                     | false     | false      | true       |
        2       | rejected        | applied         | customer  | 32400        | 21600                |                     | true      | true       | true       |
        3       | applied         | reviewed        | merchant  | 50400        | 3600                 |                     | false     | true       | true       |
        4       | reviewed        | return_shipped  | customer  | 86400        |                      | beyond_calendar     | false     | true       | true       |
        5       | return_shipped  | return_received | carrier   | 172800       |                      | beyond_calendar     | false     | true       |            | no_log
        6       | return_received | inspected       | merchant  | 86400        |                      | beyond_calendar     | false     | true       | true       |
        7       | inspected       | reshipped       | merchant  | 86400        |                      | beyond_calendar     | false     | false      | true       |
        8       | reshipped       | closed          |           | 172800       |                      | beyond_calendar     | false     |            | true       |
    """,
    )


def test_without_a_calendar_a_wait_has_no_working_time_and_says_why(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type  | applied_at       | refunded_at
            t        | s       | K       | 1           | refund_only | 2026-03-01 10:00 | 2026-03-01 11:00
        """
    ).expect(
        "fct_case_transition",
        """
        wait_seconds | wait_working_seconds | wait_working_status | wait_working_reason
        3600         |                      | not_computable      | no_calendar
    """,
    )


def test_where_milestones_without_a_time_lie_between_it_is_told_only_if_one_party_had_them_all(
    story,
):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id  | row_version | asked_type    | applied_at | return_shipped_at | refunded_at
            t        | s       | merchant | 1           | refund_only   | 2026-03-01 |                   | 2026-03-04
            t        | s       | several  | 2           | return_refund | 2026-03-01 | 2026-03-02        | 2026-03-04
        """
    ).expect(
        "fct_case_transition",
        """
        case_id  | from_activity  | to_activity    | waits_for | waits_for_reason
        merchant | applied        | refunded       | merchant  |
        several  | applied        | return_shipped |           | several_parties
        several  | return_shipped | refunded       |           | several_parties
    """,
    )


def test_what_has_a_time_of_its_own_later_is_not_in_between(story):
    """The replacement of this exchange left before the goods came back."""
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type | status    | applied_at | return_shipped_at
            t        | s       | K       | 1           | exchange   | reshipped | 2026-03-01 | 2026-03-05
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id | reviewed_at | reshipped_at | return_received_at | inspected_at
            t        | s       | K       | 2026-03-02  | 2026-03-03   | 2026-03-07         | 2026-03-08
        """,
    ).expect(
        "fct_case_transition",
        """
        from_activity   | to_activity     | waits_for
        applied         | reviewed        | merchant
        reviewed        | reshipped       | merchant
        reshipped       | return_shipped  | customer
        return_shipped  | return_received | carrier
        return_received | inspected       | merchant
        inspected       |                 | merchant
    """,
    )


def test_a_question_waits_for_the_merchant_and_else_the_case_waits_as_it_did(story):
    story.given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | is_open | applied_at       | reviewed_at      | return_shipped_at
            t        | s       | K       | 7        | exchange   | true    | 2026-03-01 10:00 | 2026-03-01 11:00 | 2026-03-02 10:00
        """,
        int_conversation_link="""
            platform | shop_id | conversation_id | case_id
            desk     | s       | A               | K
            desk     | s       | B               | K
        """,
        int_conversation_merge="""
            platform | shop_id | conversation_id | conversation_no | kind | started_at       | has_request | first_replied_at
            desk     | s       | A               | 1               | call | 2026-03-01 12:00 | true        | 2026-03-01 12:01
            desk     | s       | B               | 2               | call | 2026-03-01 13:00 | true        |
        """,
    ).expect(
        "fct_case_transition",
        """
        from_activity  | to_activity    | waits_for | wait_seconds | wait_status | is_contact | is_handoff
        applied        | reviewed       | merchant  | 3600         | ok          | false      | false
        reviewed       | contacted      | customer  | 3600         | ok          | true       | true
        contacted      | answered       | merchant  | 60           | ok          | true       | true
        answered       | contacted      | customer  | 3540         | ok          | true       | true
        contacted      | return_shipped | customer  | 75600        | ok          | true       | false
        return_shipped |                | carrier   |              | censored    | false      | true
    """,
    )


def test_a_case_given_up_waited_for_whose_turn_it_was(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id   | row_version | asked_type | status    | applied_at
            t        | s       | taken     | 1           | exchange   | withdrawn | 2026-03-01
            t        | s       | never     | 2           | exchange   | closed    | 2026-03-01
            t        | s       | refused | 3           | exchange   | closed    | 2026-03-01
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id | reviewed_at
            t        | s       | refused | 2026-03-02
        """,
        stg_shop__case_event="""
            platform | shop_id | case_id | row_version | happened_at | status
            t        | s       | taken   | 1           | 2026-03-01  | applied
            t        | s       | taken   | 2           | 2026-03-02  | withdrawn
            t        | s       | never   | 3           | 2026-03-01  | applied
            t        | s       | never   | 4           | 2026-03-02  | approved
            t        | s       | never   | 5           | 2026-03-09  | closed
            t        | s       | refused | 6           | 2026-03-01  | applied
            t        | s       | refused | 7           | 2026-03-02  | rejected
            t        | s       | refused | 8           | 2026-03-05  | closed
        """,
    ).expect(
        "fct_case_transition",
        """
        case_id | from_activity | to_activity | waits_for
        taken   | applied       | withdrawn   | merchant
        never   | applied       | reviewed    | merchant
        never   | reviewed      | closed      | customer
        refused | applied       | rejected    | merchant
        refused | rejected      | closed      | customer
    """,
    )


def test_a_step_there_is_none_and_one_only_a_fast_exchange_may_take_are_told_apart(story):
    story.given(
        ref_case_transition=ARROWS,
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type    | is_open | is_fast
            t        | s       | stray   | 1        | exchange      | false   | false
            t        | s       | fast    | 2        | exchange      | false   | true
            t        | s       | slow    | 3        | exchange      | false   | false
            t        | s       | unsaid  | 4        | exchange      | false   |
            t        | s       | refund  | 5        | return_refund | false   |
        """,
        int_case_path="""
            platform | shop_id | case_id | place | status   | status_before | seen_at    | told_by
            t        | s       | stray   | 1     | returned |               | 2026-03-01 | log
            t        | s       | stray   | 2     | reshipped | returned     | 2026-03-02 | log
            t        | s       | fast    | 1     | applied  |               | 2026-03-01 | log
            t        | s       | fast    | 2     | accepted | applied       | 2026-03-02 | log
            t        | s       | slow    | 1     | applied  |               | 2026-03-01 | log
            t        | s       | slow    | 2     | accepted | applied       | 2026-03-02 | log
            t        | s       | unsaid  | 1     | applied  |               | 2026-03-01 | log
            t        | s       | unsaid  | 2     | accepted | applied       | 2026-03-02 | log
            t        | s       | refund  | 1     | applied  |               | 2026-03-01 | log
            t        | s       | refund  | 2     | refunded | applied       | 2026-03-02 | log
        """,
    ).expect(
        "fct_case_transition",
        """
        case_id | to_activity | is_allowed | is_allowed_reason
        stray   | reshipped   | false      |
        fast    | reviewed    | true       |
        slow    | reviewed    | false      |
        unsaid  | reviewed    |            | no_fast_mark
        refund  | refunded    |            | not_exchange
    """,
    )


def test_a_path_counts_what_came_again_and_sums_the_waits_by_party(model):
    model("mart_case_process").given(
        fct_case="""
            platform | shop_id | case_id | asked_type | handling_seconds | is_converted | value_reporting_amount | reporting_currency
            t        | s       | twice   | exchange   | 900              | true         | 199                    | CNY
            t        | s       | untold  | exchange   | 100              | false        | 99                     | CNY
        """,
        int_case_contact="""
            platform | shop_id | case_id | case_key | has_desk
            t        | s       | twice   | 1        | true
            t        | s       | untold  | 2        | false
        """,
        int_case_step="""
            case_key | step_no | activity  | milestone_no | occurrence | is_contact | told_by
            1        | 1       | applied   | 1            | 1          | false      | log
            1        | 2       | contacted | 1            | 1          | true       | chat
            1        | 3       | contacted | 1            | 2          | true       | call
            1        | 4       | rejected  | 2            | 1          | false      | log
            1        | 5       | applied   | 3            | 2          | false      | log
            2        | 1       | applied   | 1            | 1          | false      | export
            2        | 2       | closed    | 2            | 1          | false      | export
        """,
        fct_case_transition="""
            platform | shop_id | case_id | step_no | waits_for | wait_seconds | wait_working_seconds | is_handoff | is_current
            t        | s       | twice   | 1       | merchant  | 100          | 60                   | false      | false
            t        | s       | twice   | 2       | merchant  | 50           | 0                    | false      | false
            t        | s       | twice   | 3       | customer  | 300          | 300                  | true       | false
            t        | s       | twice   | 4       | merchant  | 9            |                      | true       | true
            t        | s       | untold  | 1       |           | 100          | 100                  | false      | false
        """,
        fct_compensation="""
            platform | shop_id | case_id | reporting_amount | reporting_currency | status
            t        | s       | twice   | 5                | CNY                | paid
            t        | s       | twice   | 7                | CNY                | refused
        """,
        fct_rule_finding="""
            rule_id | platform | shop_id | entity | entity_id | outcome
            EX-20   | t        | s       | case   | twice     | violation
            EX-01   | t        | s       | case   | untold    | violation
        """,
    ).expect("""
        case_id | case_path                    | events | rework_events | rework_steps | has_rework | rework_reason | handoffs | handoffs_reason | contacts | waited_for_merchant_working_seconds | waited_for_customer_seconds | waited_for_merchant_reason | waited_for_untold_seconds | is_conforming | is_conforming_reason | compensation_reporting_amount | converted_reporting_amount
        twice   | applied > rejected > applied | 5      | 2             | 1            | true       |               | 1        |                 | 2        | 60                                  | 300                         |                            | 0                         | false         |                      | 5                             | 199
        untold  | applied > closed             | 2      |               |              |            | no_log        |          | several_parties |          |                                     |                             | several_parties            | 100                       |               | not_judged           | 0                             |
    """)
