"""EX-08 to EX-11: what leaves, and what the inspection says of what came back."""

from __future__ import annotations


def test_the_replacement_waits_for_the_inspection_but_in_a_fast_exchange(rule):
    rule("ex_08").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id     | asked_type | is_fast | return_received_at | inspected_at     | reshipped_at        | unit_paid | units
            1        | taobao   | S       | same second | exchange   | false   | 2026-03-05 10:00   | 2026-03-06 10:00 | 2026-03-06 10:00:00 | 30        | 2
            2        | taobao   | S       | a second    | exchange   | false   | 2026-03-05 10:00   | 2026-03-06 10:00 | 2026-03-06 09:59:59 | 30        | 2
            3        | taobao   | S       | way before  | exchange   | false   | 2026-03-05 10:00   |                  | 2026-03-04 10:00    | 30        | 2
            4        | taobao   | S       | fast        | exchange   | true    | 2026-03-05 10:00   | 2026-03-06 10:00 | 2026-03-04 10:00    | 30        | 2
            5        | taobao   | S       | fast or not | exchange   |         | 2026-03-05 10:00   | 2026-03-06 10:00 | 2026-03-04 10:00    | 30        | 2
            6        | taobao   | S       | no look     | exchange   | false   | 2026-03-05 10:00   |                  | 2026-03-06 10:00    | 30        | 2
            7        | taobao   | S       | no times    | exchange   | false   |                    |                  | 2026-03-06 10:00    | 30        | 2
            8        | taobao   | S       | not sent    | exchange   | false   | 2026-03-05 10:00   | 2026-03-06 10:00 |                     | 30        | 2
        """
    ).expect("""
        entity_id   | outcome        | reason             | measured | amount_at_risk
        same second | pass           |                    | 0        |
        a second    | violation      | before_inspection  | -1       | 60
        way before  | violation      | before_return      |          | 60
        fast        | not_applicable | fast_exchange      | -172800  |
        fast or not | unknown        | no_fast_mark       | -172800  |
        no look     | unknown        | no_inspection_time |          |
        no times    | unknown        | no_inspection_time |          |
        not sent    | not_applicable | not_reshipped      |          |
    """)


def test_a_done_exchange_has_its_inspection_on_record(rule):
    rule("ex_09").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type | is_open | is_done | has_record | inspected_at     | inspection
            1        | taobao   | S       | looked at | exchange   | false   | true    | true       | 2026-03-06 10:00 | passed
            2        | taobao   | S       | nobody    | exchange   | false   | true    | true       |                  | passed
            3        | taobao   | S       | no result | exchange   | false   | true    | true       | 2026-03-06 10:00 |
            4        | taobao   | S       | no book   | exchange   | false   | true    | false      |                  |
            5        | jd       | S       | time only | exchange   | false   | true    | false      | 2026-03-06 10:00 |
            6        | taobao   | S       | open      | exchange   | true    | false   | true       |                  |
            7        | taobao   | S       | 退款关闭  | exchange   | false   |         | true       |                  |
        """
    ).expect("""
        entity_id | outcome        | reason
        looked at | pass           |
        nobody    | violation      | no_inspection
        no result | violation      | no_result
        no book   | unknown        | no_inspection_time
        time only | unknown        | no_inspection_result
        open      | not_applicable | not_done
        退款关闭  | unknown        | no_outcome
    """)


def test_failed_goods_are_replaced_only_by_agreement(rule):
    rule("ex_10").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id    | asked_type | is_done | is_fast | is_negotiated | inspected_at     | inspection | reshipped_at     | unit_paid | units
            1        | taobao   | S       | kept       | exchange   | false   | false   |               | 2026-03-06 10:00 | failed     |                  | 30        | 1
            2        | taobao   | S       | sent       | exchange   | true    | false   |               | 2026-03-06 10:00 | failed     | 2026-03-07 10:00 | 30        | 1
            3        | taobao   | S       | agreed     | exchange   | true    | false   | true          | 2026-03-06 10:00 | failed     | 2026-03-07 10:00 | 30        | 1
            4        | taobao   | S       | had left   | exchange   | true    | true    |               | 2026-03-06 10:00 | failed     | 2026-03-06 10:00 | 30        | 1
            5        | taobao   | S       | fast after | exchange   | true    | true    |               | 2026-03-06 10:00 | failed     | 2026-03-06 10:01 | 30        | 1
            6        | taobao   | S       | good       | exchange   | true    | false   |               | 2026-03-06 10:00 | passed     | 2026-03-07 10:00 | 30        | 1
            7        | taobao   | S       | no result  | exchange   | true    | false   |               |                  |            | 2026-03-07 10:00 | 30        | 1
            8        | taobao   | S       | not sent   | exchange   | false   | false   |               |                  |            |                  | 30        | 1
            9        | taobao   | S       | no time    | exchange   | true    | false   |               | 2026-03-06 10:00 | failed     |                  | 30        | 1
        """
    ).expect("""
        entity_id  | outcome        | reason               | amount_at_risk
        kept       | pass           |                      |
        sent       | violation      |                      | 30
        agreed     | not_applicable | negotiated           |
        had left   | not_applicable | fast_exchange        |
        fast after | violation      |                      | 30
        good       | not_applicable | inspection_passed    |
        no result  | unknown        | no_inspection_result |
        not sent   | not_applicable | not_reshipped        |
        no time    | unknown        | no_reshipping_time   |
    """)


def test_passed_goods_are_not_refused_afterwards(rule):
    rule("ex_11").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id  | asked_type | status    | is_open | is_done | inspected_at     | inspection
            1        | taobao   | S       | done     | exchange   | completed | false   | true    | 2026-03-06 10:00 | passed
            2        | taobao   | S       | refused  | exchange   | rejected  | true    | false   | 2026-03-06 10:00 | passed
            3        | taobao   | S       | mended   | exchange   | completed | false   | true    | 2026-03-06 10:00 | passed
            4        | taobao   | S       | earlier  | exchange   | completed | false   | true    | 2026-03-06 10:00 | passed
            5        | taobao   | S       | 退款关闭 | exchange   | closed    | false   |         | 2026-03-06 10:00 | passed
            6        | taobao   | S       | failed   | exchange   | rejected  | true    | false   | 2026-03-06 10:00 | failed
            7        | taobao   | S       | untold   | exchange   | rejected  | true    | false   |                  |
            8        | taobao   | S       | unlooked | exchange   | approved  | true    | false   |                  |
        """,
        int_case_path="""
            platform | shop_id | case_id | place | status   | seen_at          | told_by
            taobao   | S       | mended  | 3     | rejected | 2026-03-06 10:01 | log
            taobao   | S       | earlier | 2     | rejected | 2026-03-06 10:00 | log
        """,
    ).expect("""
        entity_id | outcome        | reason
        done      | pass           |
        refused   | violation      |
        mended    | violation      |
        earlier   | pass           |
        退款关闭  | unknown        | no_outcome
        failed    | not_applicable | inspection_failed
        untold    | unknown        | no_inspection_result
        unlooked  | not_applicable | not_inspected
    """)
