"""EX-01 to EX-05: when, in which state of the order and of which goods an exchange is applied for."""

from __future__ import annotations


def test_an_exchange_is_for_goods_on_their_way_or_kept(rule):
    rule("ex_01").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id  | asked_type    | has_order | order_status_then
            1        | taobao   | S       | on way   | exchange      | true      | shipped
            2        | taobao   | S       | kept     | exchange      | true      | completed
            3        | taobao   | S       | unsent   | exchange      | true      | paid
            4        | taobao   | S       | over     | exchange      | true      | closed
            5        | taobao   | S       | no order | exchange      | false     |
            6        | taobao   | S       | not told | exchange      | true      |
            7        | taobao   | S       | return   | return_refund | true      | paid
        """
    ).expect("""
        entity_id | outcome   | reason
        on way    | pass      |
        kept      | pass      |
        unsent    | violation | paid
        over      | violation | closed
        no order  | unknown   | no_order
        not told  | unknown   | no_order_status
    """)


def test_an_exchange_comes_after_signing_to_the_second(rule):
    rule("ex_02").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type | has_order | order_status_then | shipped_at       | signed_at        | applied_at
            1        | taobao   | S       | at once   | exchange   | true      | shipped           | 2026-03-01 08:00 | 2026-03-03 10:00 | 2026-03-03 10:00:00
            2        | taobao   | S       | before    | exchange   | true      | shipped           | 2026-03-01 08:00 | 2026-03-03 10:00 | 2026-03-03 09:59:59
            3        | taobao   | S       | unsent    | exchange   | true      | paid              | 2026-03-04 08:00 |                  | 2026-03-03 09:59:59
            4        | taobao   | S       | completed | exchange   | true      | completed         | 2026-03-01 08:00 |                  | 2026-03-13 10:00
            5        | taobao   | S       | no order  | exchange   |           |                   |                  |                  | 2026-03-13 10:00
        """
    ).expect("""
        entity_id | outcome   | reason          | measured
        at once   | pass      |                 | 0
        before    | violation | before_signing  | -1
        unsent    | violation | before_shipping |
        completed | unknown   | no_signing_time |
        no order  | unknown   | no_order        |
    """)


WINDOW = """
    case_key | platform | shop_id | case_id  | asked_type    | has_order | order_status_then | completed_at     | applied_at          | is_approved | is_negotiated | is_open | has_record
    1        | taobao   | S       | second   | exchange      | true      | completed         | 2026-03-01 10:00 | 2026-03-16 10:00:00 | true        |               | false   | true
    2        | taobao   | S       | too late | exchange      | true      | completed         | 2026-03-01 10:00 | 2026-03-16 10:00:01 | true        |               | false   | true
    3        | taobao   | S       | return   | return_refund | true      | completed         | 2026-03-01 10:00 | 2026-03-30 10:00:01 | true        |               | false   | true
    4        | taobao   | S       | early    | exchange      | true      | shipped           |                  | 2026-03-16 10:00:01 | true        |               | false   | true
    5        | taobao   | S       | no order | exchange      |           |                   |                  | 2026-03-16 10:00:01 | true        |               | false   | true
    6        | taobao   | S       | no time  | exchange      | true      | completed         |                  | 2026-03-16 10:00:01 | true        |               | false   | true
    7        | jd       | S       | not set  | exchange      | true      | completed         | 2026-03-01 10:00 | 2026-03-02 10:00    | true        |               | false   | true
    8        | taobao   | S       | agreed   | exchange      | true      | completed         | 2026-03-01 10:00 | 2026-03-20 10:00    | true        | true          | false   | true
    9        | taobao   | S       | refused  | exchange      | true      | completed         | 2026-03-01 10:00 | 2026-03-20 10:00    | false       |               | false   | true
    10       | taobao   | S       | unnoted  | exchange      | true      | completed         | 2026-03-01 10:00 | 2026-03-20 10:00    | true        |               | false   | false
    11       | taobao   | S       | waiting  | exchange      | true      | completed         | 2026-03-01 10:00 | 2026-03-20 10:00    |             |               | true    | false
"""


def test_an_exchange_counts_as_in_time_to_the_second_of_the_last_day(rule):
    rule("ex_03").given(int_case_merge=WINDOW).expect("""
        entity_id | occurred_on | outcome   | reason             | allowed
        second    | 2026-03-16  | pass      |                    | 15
        too late  | 2026-03-16  | violation |                    | 15
        early     | 2026-03-16  | pass      |                    | 15
        no order  | 2026-03-16  | unknown   | no_order           | 15
        no time   | 2026-03-16  | unknown   | no_completion_time | 15
        not set   | 2026-03-02  | unknown   | parameter_not_set  |
        agreed    | 2026-03-20  | violation |                    | 15
        refused   | 2026-03-20  | violation |                    | 15
        unnoted   | 2026-03-20  | violation |                    | 15
        waiting   | 2026-03-20  | violation |                    | 15
    """)


def test_natural_days_end_at_local_midnight(rule):
    rule("ex_03").sets(window_mode="natural_days").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id | asked_type | has_order | order_status_then | completed_at     | applied_at
            1        | taobao   | S       | last    | exchange   | true      | completed         | 2026-03-01 10:00 | 2026-03-16 15:59:59
            2        | taobao   | S       | over    | exchange   | true      | completed         | 2026-03-01 10:00 | 2026-03-16 16:00:00
        """
    ).expect("""
        entity_id | occurred_on | outcome   | measured
        last      | 2026-03-16  | pass      | 15
        over      | 2026-03-17  | violation | 16
    """)


def test_what_is_applied_for_on_frozen_days_is_not_held_to_a_window(rule):
    rule("ex_03").given(
        ref_exempt="""
            shop_id | from_at          | until_at         | reason
            S       | 2026-03-19 16:00 | 2026-03-20 16:00 | 春节
            T       | 2026-01-01 00:00 | 2026-12-31 00:00 | another shop's
        """,
        int_case_merge="""
            case_key | platform | shop_id | case_id | asked_type | has_order | order_status_then | completed_at     | applied_at
            1        | taobao   | S       | before  | exchange   | true      | completed         | 2026-03-01 10:00 | 2026-03-19 15:59:59
            2        | taobao   | S       | within  | exchange   | true      | completed         | 2026-03-01 10:00 | 2026-03-19 16:00:00
            3        | taobao   | S       | after   | exchange   | true      | completed         | 2026-03-01 10:00 | 2026-03-20 16:00:00
        """,
    ).expect("""
        entity_id | outcome        | reason
        before    | violation      |
        within    | not_applicable | exempt
        after     | violation      |
    """)


def test_late_and_taken_on_needs_a_note_that_it_was_agreed(rule):
    rule("ex_04").given(int_case_merge=WINDOW).expect("""
        entity_id | outcome        | reason
        second    | not_applicable | within_window
        too late  | violation      |
        early     | not_applicable | within_window
        no order  | unknown        | no_order
        no time   | unknown        | no_completion_time
        not set   | unknown        | parameter_not_set
        agreed    | pass           |
        refused   | not_applicable | refused
        unnoted   | unknown        | no_record
        waiting   | not_applicable | not_decided
    """)


CASES_OF_GOODS = """
    case_key | platform | shop_id | case_id  | asked_type | sku | is_approved | unit_paid | units | currency
    1        | taobao   | S       | ordinary | exchange   | A   | true        | 10        | 2     | CNY
    2        | taobao   | S       | hygiene  | exchange   | H   | true        | 10        | 2     | CNY
    3        | taobao   | S       | allowed  | exchange   | E   | true        | 10        | 2     | CNY
    4        | taobao   | S       | not said | exchange   | N   | true        | 10        | 2     | CNY
    5        | taobao   | S       | refused  | exchange   | H   | false       | 10        | 2     | CNY
    6        | taobao   | S       | no sku   | exchange   |     | true        | 10        | 2     | CNY
    7        | taobao   | T       | no list  | exchange   | H   | true        | 10        | 2     | CNY
"""


def test_goods_without_an_exchange_entry_are_not_exchanged(rule):
    rule("ex_05").given(
        int_case_merge=CASES_OF_GOODS,
        dim_special_goods="""
            shop_id | sku | can_exchange
            S       | H   | false
            S       | E   | true
            S       | N   |
        """,
    ).expect("""
        entity_id | outcome        | reason           | amount_at_risk | currency
        ordinary  | pass           |                  |                | CNY
        hygiene   | violation      |                  | 20             | CNY
        allowed   | pass           |                  |                | CNY
        not said  | unknown        | no_exchange_mark |                | CNY
        refused   | not_applicable | refused          |                | CNY
        no sku    | unknown        | no_sku           |                | CNY
        no list   | unknown        | no_special_goods |                | CNY
    """)
