"""EX-20 to EX-23: steps, times, closing, and exchanges that end in a refund."""

from __future__ import annotations


def test_a_log_tells_every_step_and_an_export_only_where_it_got_to(rule):
    rule("ex_20").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id  | asked_type    | status    | is_fast
            1        | taobao   | S       | rounds   | exchange      | approved  | false
            2        | taobao   | S       | skipped  | exchange      | returned  | false
            3        | taobao   | S       | exports  | exchange      | reshipped | false
            4        | taobao   | S       | back     | exchange      | applied   | false
            5        | taobao   | S       | fast     | exchange      | accepted  | true
            6        | taobao   | S       | not fast | exchange      | accepted  | false
            7        | taobao   | S       | fast?    | exchange      | accepted  |
            8        | taobao   | S       | once     | exchange      | completed | false
            9        | jd       | S       | jd       | exchange      | reshipped | false
            10       | taobao   | S       | as jd    | exchange      | reshipped | false
            11       | taobao   | S       | return   | return_refund | returned  | false
            12       | taobao   | S       | no word  | exchange      |           | false
        """,
        int_case_path="""
            platform | shop_id | case_id  | place | status_before | status    | told_by
            taobao   | S       | rounds   | 1     |               | applied   | log
            taobao   | S       | rounds   | 2     | applied       | rejected  | log
            taobao   | S       | rounds   | 3     | rejected      | applied   | log
            taobao   | S       | rounds   | 4     | applied       | approved  | log
            taobao   | S       | skipped  | 1     |               | applied   | log
            taobao   | S       | skipped  | 2     | applied       | returned  | log
            taobao   | S       | exports  | 1     |               | applied   | export
            taobao   | S       | exports  | 2     | applied       | reshipped | export
            taobao   | S       | back     | 1     |               | completed | export
            taobao   | S       | back     | 2     | completed     | applied   | export
            taobao   | S       | fast     | 1     |               | applied   | log
            taobao   | S       | fast     | 2     | applied       | accepted  | log
            taobao   | S       | not fast | 1     |               | applied   | log
            taobao   | S       | not fast | 2     | applied       | accepted  | log
            taobao   | S       | fast?    | 1     |               | applied   | log
            taobao   | S       | fast?    | 2     | applied       | accepted  | log
            jd       | S       | jd       | 1     |               | returned  | log
            jd       | S       | jd       | 2     | returned      | reshipped | log
            taobao   | S       | as jd    | 1     |               | returned  | log
            taobao   | S       | as jd    | 2     | returned      | reshipped | log
            taobao   | S       | return   | 1     |               | applied   | log
            taobao   | S       | return   | 2     | applied       | returned  | log
        """,
    ).expect("""
        entity_id | outcome   | reason             | measured
        rounds    | pass      |                    | 0
        skipped   | violation | applied>returned   | 1
        exports   | pass      |                    | 0
        back      | violation | completed>applied  | 1
        fast      | pass      |                    | 0
        not fast  | violation | applied>accepted   | 1
        fast?     | unknown   | no_fast_mark       | 0
        once      | unknown   | one_status_seen    |
        jd        | pass      |                    | 0
        as jd     | violation | returned>reshipped | 1
        no word   | unknown   | no_status          |
    """)


def test_times_run_forwards_over_whatever_is_missing_between(rule):
    rule("ex_21").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id     | asked_type | is_fast | applied_at       | reviewed_at      | return_shipped_at | return_received_at | inspected_at     | reshipped_at     | buyer_received_at | closed_at
            1        | taobao   | S       | in order    | exchange   | false   | 2026-03-01 10:00 | 2026-03-01 11:00 | 2026-03-02 10:00  | 2026-03-05 10:00   | 2026-03-05 10:00 | 2026-03-06 10:00 | 2026-03-08 10:00  | 2026-03-08 10:00
            2        | taobao   | S       | with holes  | exchange   | false   | 2026-03-01 10:00 |                  |                   | 2026-03-05 10:00   |                  |                  |                   | 2026-03-08 10:00
            3        | taobao   | S       | over a hole | exchange   | false   | 2026-03-01 10:00 | 2026-03-02 10:00 |                   |                    | 2026-03-02 09:59 |                  |                   |
            4        | taobao   | S       | closed soon | exchange   | false   | 2026-03-01 10:00 |                  |                   | 2026-03-05 10:00   |                  |                  |                   | 2026-03-05 09:59
            5        | taobao   | S       | sent first  | exchange   | false   | 2026-03-01 10:00 |                  | 2026-03-02 10:00  |                    |                  | 2026-03-01 11:00 |                   |
            6        | taobao   | S       | fast        | exchange   | true    | 2026-03-01 10:00 |                  | 2026-03-02 10:00  |                    |                  | 2026-03-01 11:00 |                   |
            7        | taobao   | S       | fast?       | exchange   |         | 2026-03-01 10:00 |                  | 2026-03-02 10:00  |                    |                  | 2026-03-01 11:00 |                   |
            8        | taobao   | S       | fast, wrong | exchange   | true    | 2026-03-01 10:00 |                  |                   |                    |                  | 2026-03-01 09:00 |                   |
            9        | taobao   | S       | one time    | exchange   | false   | 2026-03-01 10:00 |                  |                   |                    |                  |                  |                   |
        """
    ).expect("""
        entity_id   | outcome   | reason
        in order    | pass      |
        with holes  | pass      |
        over a hole | violation | inspected
        closed soon | violation | closed
        sent first  | violation | reshipped
        fast        | pass      |
        fast?       | unknown   | no_fast_mark
        fast, wrong | violation | reshipped
        one time    | unknown   | no_times
    """)


def test_a_closing_time_and_a_final_status_go_together(rule):
    rule("ex_22").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id  | asked_type | status    | closed_at        | ended_at
            1        | taobao   | S       | closed   | exchange   | completed | 2026-03-05 10:00 | 2026-03-05 10:00
            2        | taobao   | S       | no time  | exchange   | completed |                  |
            3        | taobao   | S       | open     | exchange   | returned  |                  |
            4        | taobao   | S       | yet shut | exchange   | returned  | 2026-03-05 10:00 | 2026-03-05 10:00
            5        | taobao   | S       | refused  | exchange   | rejected  | 2026-03-05 10:00 | 2026-03-05 10:00
            6        | taobao   | S       | no word  | exchange   |           |                  |
            7        | jd       | S       | untold   | exchange   | completed |                  |
            8        | jd       | S       | unclosed | exchange   | returned  |                  |
        """
    ).expect("""
        entity_id | outcome        | reason
        closed    | pass           |
        no time   | violation      | terminal_without_close
        open      | pass           |
        yet shut  | violation      | open_with_close
        refused   | not_applicable | either
        no word   | unknown        | no_status
        untold    | unknown        | no_closing_time
        unclosed  | unknown        | no_closing_time
    """)


def test_an_exchange_turned_into_a_refund_is_paid_back_within_a_week(rule):
    rule("ex_23").given(
        ref_exempt="""
            shop_id | from_at          | until_at         | reason
                    | 2026-02-15 16:00 | 2026-02-23 16:00 | 春节
        """,
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type | status    | applied_at       | closed_at        | refunded_at      | refund_amount | unit_paid | units
            1        | taobao   | S       | last sec  | exchange   | converted | 2026-03-01 10:00 | 2026-03-03 10:00 |                  |               | 30        | 1
            2        | taobao   | S       | late      | exchange   | converted | 2026-03-01 10:00 | 2026-03-03 10:00 |                  |               | 30        | 1
            3        | taobao   | S       | never     | exchange   | converted | 2026-03-01 10:00 | 2026-03-03 10:00 | 2026-03-03 10:00 | 0             | 30        | 1
            4        | taobao   | S       | just now  | exchange   | converted | 2026-03-01 10:00 | 2026-03-24 16:00 |                  |               | 30        | 1
            5        | taobao   | S       | a week    | exchange   | converted | 2026-03-01 10:00 | 2026-03-24 15:59 |                  |               | 30        | 1
            6        | taobao   | S       | itself    | exchange   | converted | 2026-03-01 10:00 | 2026-03-03 10:00 | 2026-03-04 10:00 | 30            | 30        | 1
            7        | taobao   | S       | when      | exchange   | converted | 2026-03-01 10:00 |                  |                  |               | 30        | 1
            8        | taobao   | S       | swapped   | exchange   | completed | 2026-03-01 10:00 | 2026-03-03 10:00 |                  |               | 30        | 1
            9        | taobao   | S       | unsaid    | exchange   | completed | 2026-03-01 10:00 | 2026-03-03 10:00 |                  |               | 30        | 1
            10       | taobao   | S       | only asked| exchange   | completed | 2026-03-01 10:00 | 2026-03-03 10:00 |                  |               | 30        | 1
            11       | taobao   | S       | frozen    | exchange   | converted | 2026-02-20 10:00 | 2026-02-21 10:00 |                  |               | 30        | 1
        """,
        int_case_sequence="""
            case_key | refund_asked_after_at | refunded_after_at
            1        | 2026-03-03 10:00      | 2026-03-10 10:00:00
            2        | 2026-03-03 10:00      | 2026-03-10 10:00:01
            3        |                       |
            4        |                       |
            5        |                       |
            6        |                       |
            7        |                       |
            8        |                       |
            9        | 2026-03-10 10:00      | 2026-03-12 10:00
            10       | 2026-03-10 10:00      |
            11       |                       |
        """,
    ).expect("""
        entity_id  | outcome        | reason             | measured | amount_at_risk
        last sec   | pass           |                    | 7        |
        late       | violation      | late               | 7.00001157407407 | 30
        never      | violation      | no_refund          |          | 30
        just now   | not_applicable | too_early          |          |
        a week     | violation      | no_refund          |          | 30
        itself     | pass           |                    | 1        |
        when       | unknown        | no_conversion_time |          |
        swapped    | not_applicable | not_converted      |          |
        unsaid     | pass           |                    | 2        |
        only asked | not_applicable | not_converted      |          |
        frozen     | not_applicable | exempt             |          |
    """)
