"""EX-06, 07, 15, 24 and 25: who decided, when, and with which reason."""

from __future__ import annotations


def test_an_approval_within_seconds_was_no_person_s(rule):
    rule("ex_06").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id    | asked_type | is_approved | is_open | is_automatic | applied_at       | reviewed_at
            1        | taobao   | S       | five       | exchange   | true        | false   |              | 2026-03-01 10:00 | 2026-03-01 10:00:05
            2        | taobao   | S       | four       | exchange   | true        | false   | false        | 2026-03-01 10:00 | 2026-03-01 10:00:04
            3        | taobao   | S       | by a rule  | exchange   | true        | false   | true         | 2026-03-01 10:00 | 2026-03-01 11:00
            4        | taobao   | S       | by hand    | exchange   | true        | false   | false        | 2026-03-01 10:00 |
            5        | taobao   | S       | not told   | exchange   | true        | false   |              | 2026-03-01 10:00 |
            6        | taobao   | S       | refused    | exchange   | false       | false   | true         | 2026-03-01 10:00 | 2026-03-01 10:00:01
            7        | taobao   | S       | waiting    | exchange   |             | true    |              | 2026-03-01 10:00 |
            8        | taobao   | S       | 退款关闭   | exchange   |             | false   |              | 2026-03-01 10:00 |
            9        | taobao   | S       | backwards  | exchange   | true        | false   |              | 2026-03-01 10:00 | 2026-03-01 09:00
        """
    ).expect("""
        entity_id | outcome        | reason             | measured | allowed
        five      | pass           |                    | 5        | 5
        four      | violation      | within_seconds     | 4        | 5
        by a rule | violation      | by_rule            | 3600     | 5
        by hand   | pass           |                    |          | 5
        not told  | unknown        | no_review_time     |          | 5
        refused   | not_applicable | refused            | 1        | 5
        waiting   | not_applicable | not_decided        |          | 5
        退款关闭  | unknown        | no_decision        |          | 5
        backwards | unknown        | times_out_of_order | -3600    | 5
    """)


def test_goods_sent_back_before_the_review_are_a_violation(rule):
    rule("ex_07").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id   | asked_type | reviewed_at      | return_shipped_at   | return_received_at
            1        | taobao   | S       | same time | exchange   | 2026-03-02 10:00 | 2026-03-02 10:00:00 |
            2        | taobao   | S       | before    | exchange   | 2026-03-02 10:00 | 2026-03-02 09:59:59 |
            3        | taobao   | S       | no review | exchange   |                  | 2026-03-02 09:59:59 |
            4        | taobao   | S       | came      | exchange   | 2026-03-02 10:00 |                     | 2026-03-04 10:00
            5        | taobao   | S       | nothing   | exchange   | 2026-03-02 10:00 |                     |
        """
    ).expect("""
        entity_id | outcome        | reason           | measured
        same time | pass           |                  | 0
        before    | violation      |                  | -1
        no review | unknown        | no_review_time   |
        came      | unknown        | no_return_time   |
        nothing   | not_applicable | nothing_returned |
    """)


REFUSALS = """
    case_key | platform | shop_id | case_id  | asked_type | is_approved | is_open | has_record | reject_reason | applied_at
    1        | {0}      | S       | receipt  | exchange   | false       | false   | true       | 买家尚未确认收货，请先确认 | 2026-03-01 10:00
    2        | {0}      | S       | used     | exchange   | false       | false   | true       | 商品已使用 | 2026-03-01 10:00
    3        | {0}      | S       | blank    | exchange   | false       | false   | true       | | 2026-03-01 10:00
    4        | {0}      | S       | untold   | exchange   | false       | false   | false      | | 2026-03-01 10:00
    5        | {0}      | S       | approved | exchange   | true        | false   | true       | | 2026-03-01 10:00
    6        | {0}      | S       | waiting  | exchange   |             | true    | false      | | 2026-03-01 10:00
    7        | {0}      | S       | 退款关闭 | exchange   |             | false   | false      | | 2026-03-01 10:00
"""


def test_where_no_confirmed_receipt_is_needed_refusing_for_it_is_wrong(rule):
    rule("ex_15").given(int_case_merge=REFUSALS.format("jd")).expect("""
        entity_id | outcome        | reason
        receipt   | violation      |
        used      | pass           |
        blank     | unknown        | no_reject_reason
        untold    | unknown        | no_reject_reason
        approved  | not_applicable | approved
        waiting   | not_applicable | not_decided
        退款关闭  | unknown        | no_decision
    """)


def test_where_nobody_said_whether_receipt_is_needed_refusing_for_it_is_unknown(rule):
    given = rule("ex_15").given(int_case_merge=REFUSALS.format("taobao"))
    of_receipt = "select outcome, reason from ex_15 where entity_id = 'receipt'"
    assert given.ask(of_receipt) == [("unknown", "parameter_not_set")]
    assert given.sets(receipt_needed="yes").ask(of_receipt) == [
        ("not_applicable", "receipt_needed")
    ]
    assert given.sets(receipt_needed="no").ask(of_receipt) == [("violation", None)]


def test_a_refusal_of_an_earlier_round_counts_although_the_case_was_approved_later(rule):
    rule("ex_15").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id | asked_type | is_approved | applied_at
            1        | jd       | S       | rounds  | exchange   | true        | 2026-03-01 10:00
        """,
        int_case_path="""
            platform | shop_id | case_id | place | status   | status_before | told_by | reason
            jd       | S       | rounds  | 1     | applied  |               | log     |
            jd       | S       | rounds  | 2     | rejected | applied       | log     | 未确认收货
        """,
    ).expect("""
        entity_id | outcome
        rounds    | violation
    """)


def test_a_refusal_without_a_reason_is_one_only_where_it_would_have_been_noted(rule):
    rule("ex_24").given(int_case_merge=REFUSALS.format("taobao")).expect("""
        entity_id | outcome        | reason
        receipt   | pass           |
        used      | pass           |
        blank     | violation      | no_reason
        untold    | unknown        | no_reject_reason
        approved  | not_applicable | approved
        waiting   | not_applicable | not_decided
        退款关闭  | unknown        | no_decision
    """)


def test_a_reason_has_to_be_in_the_list_where_there_is_one(rule):
    given = rule("ex_24").given(int_case_merge=REFUSALS.format("taobao"))
    listed = given.sets(reject_reasons=["商品已使用", "超过期限(15天)"])
    listed.expect("""
        entity_id | outcome        | reason
        receipt   | violation      | not_in_list
        used      | pass           |
        blank     | violation      | no_reason
        untold    | unknown        | no_reject_reason
        approved  | not_applicable | approved
        waiting   | not_applicable | not_decided
        退款关闭  | unknown        | no_decision
    """)


def test_an_approved_exchange_says_what_it_is_swapped_for(rule):
    rule("ex_25").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id  | asked_type | is_approved | is_open | has_record | replacement_sku
            1        | taobao   | S       | said     | exchange   | true        | true    | true       | B
            2        | taobao   | S       | blank    | exchange   | true        | true    | true       |
            3        | taobao   | S       | no book  | exchange   | true        | true    | false      |
            4        | taobao   | S       | refused  | exchange   | false       | true    | true       |
            5        | taobao   | S       | waiting  | exchange   |             | true    | true       |
            6        | taobao   | S       | 退款关闭 | exchange   |             | false   | true       |
        """
    ).expect("""
        entity_id | outcome        | reason
        said      | pass           |
        blank     | violation      |
        no book   | unknown        | no_record
        refused   | not_applicable | refused
        waiting   | not_applicable | not_decided
        退款关闭  | unknown        | no_decision
    """)


def test_every_reason_of_every_round_has_to_be_in_the_list(rule):
    rule("ex_24").sets(reject_reasons=["商品已使用"]).given(
        int_case_merge="""
            case_key | platform | shop_id | case_id | asked_type | is_approved | has_record | reject_reason | applied_at
            1        | taobao   | S       | rounds  | exchange   | false       | true       | 商品已使用    | 2026-03-01 10:00
        """,
        int_case_path="""
            platform | shop_id | case_id | place | status   | told_by | reason
            taobao   | S       | rounds  | 2     | rejected | log     | 不想换
        """,
    ).expect("""
        entity_id | outcome   | reason
        rounds    | violation | not_in_list
    """)


def test_a_refusal_the_log_tells_without_a_word_why_has_no_reason_though_the_case_closed(rule):
    rule("ex_24").given(
        int_case_merge="""
            case_key | platform | shop_id | case_id | asked_type | is_approved | is_open | has_record | reject_reason | applied_at
            1        | taobao   | S       | silent  | exchange   |             | false   | false      |               | 2026-03-01 10:00
            2        | taobao   | S       | booked  | exchange   |             | false   | true       | 商品已使用    | 2026-03-01 10:00
            3        | taobao   | S       | seen    | exchange   |             | false   | false      |               | 2026-03-01 10:00
        """,
        int_case_path="""
            platform | shop_id | case_id | place | status   | told_by | reason
            taobao   | S       | silent  | 2     | rejected | log     |
            taobao   | S       | booked  | 2     | rejected | log     |
            taobao   | S       | seen    | 2     | rejected | export  |
        """,
    ).expect("""
        entity_id | outcome   | reason
        silent    | violation | no_reason
        booked    | pass      |
        seen      | unknown   | no_decision
    """)
