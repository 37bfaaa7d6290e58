"""EX-17 to EX-19: all cases of a line together."""

from __future__ import annotations

LINE = """
    case_key | platform | shop_id | case_id  | order_id | line_id | asked_type    | status    | is_open | is_done | is_approved | units | line_units | unit_paid | applied_at       | ended_at
    1        | weixin   | S       | one of 2 | O1       | L1      | exchange      | completed | false   | true    | true        | 1     | 2          | 10        | 2026-03-01 10:00 | 2026-03-05 10:00
    2        | weixin   | S       | 3 of 2   | O2       | L1      | exchange      | approved  | true    | false   | true        | 3     | 2          | 10        | 2026-03-01 10:00 |
    3        | weixin   | S       | first    | O3       | L1      | exchange      | completed | false   | true    | true        | 2     | 2          | 10        | 2026-03-01 10:00 | 2026-03-05 10:00
    4        | weixin   | S       | again    | O3       | L1      | exchange      | completed | false   | true    | true        | 2     | 2          | 10        | 2026-03-05 10:00 | 2026-03-09 10:00
    5        | weixin   | S       | going    | O4       | L1      | exchange      | approved  | true    | false   | true        | 1     | 2          | 10        | 2026-03-01 10:00 |
    6        | weixin   | S       | beside   | O4       | L1      | exchange      | approved  | true    | false   | true        | 2     | 2          | 10        | 2026-03-02 10:00 |
    7        | weixin   | S       | returned | O5       | L1      | return_refund | refunded  | false   | true    | true        | 1     | 2          | 10        | 2026-03-01 10:00 | 2026-03-05 10:00
    8        | weixin   | S       | the rest | O5       | L1      | exchange      | approved  | true    | false   | true        | 1     | 2          | 10        | 2026-03-06 10:00 |
    9        | weixin   | S       | too many | O5       | L1      | exchange      | approved  | true    | false   | true        | 2     | 2          | 10        | 2026-03-07 10:00 |
    10       | weixin   | S       | how many | O6       | L1      | exchange      | approved  | true    | false   | true        |       | 2          | 10        | 2026-03-01 10:00 |
    11       | weixin   | S       | after it | O6       | L1      | exchange      | approved  | true    | false   | true        | 1     | 2          | 10        | 2026-03-02 10:00 |
    12       | weixin   | S       | no line  | O7       |         | exchange      | approved  | true    | false   | true        | 1     |            |           | 2026-03-01 10:00 |
    13       | weixin   | S       | refused  | O8       | L1      | exchange      | rejected  | true    | false   | false       | 9     | 2          | 10        | 2026-03-01 10:00 |
    14       | weixin   | S       | no order |          |         | exchange      | approved  | true    | false   | true        | 1     |            |           | 2026-03-01 10:00 |
"""


def test_units_under_way_and_returned_are_no_more_than_were_bought(rule):
    rule("ex_17").given(int_case_merge=LINE).expect("""
        entity_id | outcome        | reason           | measured | allowed | amount_at_risk
        one of 2  | pass           |                  | 1        | 2       |
        3 of 2    | violation      |                  | 3        | 2       | 10
        first     | pass           |                  | 2        | 2       |
        again     | pass           |                  | 2        | 2       |
        going     | pass           |                  | 1        | 2       |
        beside    | violation      |                  | 3        | 2       | 10
        the rest  | pass           |                  | 2        | 2       |
        too many  | violation      |                  | 4        | 2       | 20
        how many  | unknown        | units_not_stated |          | 2       |
        after it  | unknown        | units_not_stated | 1        | 2       |
        no line   | unknown        | no_lines         | 1        |         |
        refused   | not_applicable | refused          | 9        | 2       |
        no order  | unknown        | no_lines         | 1        |         |
    """)


def test_a_finished_exchange_counts_where_the_merchant_wants_it_to(rule):
    given = rule("ex_17").sets(done_exchange="counted").given(int_case_merge=LINE)
    again = "select outcome, measured from ex_17 where entity_id in ('again', 'first')"
    assert sorted(given.ask(again)) == [("pass", 2.0), ("violation", 4.0)]


def test_one_case_at_a_time_on_a_line(rule):
    rule("ex_18").given(int_case_merge=LINE).expect("""
        entity_id | outcome   | reason      | measured
        one of 2  | pass      |             | 1
        3 of 2    | pass      |             | 1
        first     | pass      |             | 1
        again     | pass      |             | 1
        going     | pass      |             | 1
        beside    | violation |             | 2
        returned  | pass      |             | 1
        the rest  | pass      |             | 1
        too many  | violation |             | 2
        how many  | pass      |             | 1
        after it  | violation |             | 2
        no line   | pass      |             | 1
        refused   | pass      |             | 1
        no order  | unknown   | no_order_id | 1
    """)


def six(platform: str) -> str:
    rows = "\n".join(
        f"{n} | {platform} | S | C{n} | O1 | L1 | repair | 2026-03-0{n} 10:00" for n in range(1, 7)
    )
    head = "case_key | platform | shop_id | case_id | order_id | line_id | asked_type | applied_at"
    alone = f"7 | {platform} | S | C7 | | | repair | 2026-03-07 10:00"
    return f"{head}\n{rows}\n{alone}"


def test_the_sixth_application_for_a_line_is_one_too_many(rule):
    rule("ex_19").given(int_case_merge=six("weixin")).expect("""
        entity_id | outcome   | reason      | measured | allowed
        C1        | pass      |             | 1        | 5
        C2        | pass      |             | 2        | 5
        C3        | pass      |             | 3        | 5
        C4        | pass      |             | 4        | 5
        C5        | pass      |             | 5        | 5
        C6        | violation |             | 6        | 5
        C7        | unknown   | no_order_id | 1        | 5
    """)


def test_a_platform_that_states_no_limit_has_none_to_break(rule):
    found = (
        rule("ex_19")
        .given(int_case_merge=six("taobao"))
        .ask(
            "select distinct outcome, reason from ex_19 where entity_id in"
            " (select case_id from int_case_merge where order_id is not null)"
        )
    )
    assert found == [("unknown", "parameter_not_set")]
