"""Complaints by week and order, what goes along with them, and whether they move."""

from __future__ import annotations

from datetime import date, timedelta

from sql.harness import Case, fill

from aftersales import metrics
from aftersales.complaints import taxonomy
from aftersales.settings import packaged
from aftersales.warehouse.connection import rows

# ── by week ──────────────────────────────────────────────────────────────────────────────────

FEEDBACK = """
    platform | shop_id | source | entity_id | told_on    | sku | order_platform | is_complaint
    desk     | S       | chat   | V1        | 2026-03-02 | A   | taobao         | true
    desk     | S       | chat   | V2        | 2026-03-08 |     |                | true
    taobao   | S       | review | R1        | 2026-03-09 | A   | taobao         | true
    taobao   | S       | review | R2        | 2026-03-09 | A   | taobao         | false
"""
NAMED = """
    platform | shop_id | source | entity_id | leaf
    desk     | S       | chat   | V1        | P1
    desk     | S       | chat   | V1        | L1
    desk     | S       | chat   | V2        | L1
    taobao   | S       | review | R1        | P1
"""
SOLD = {
    "fct_order": """
        platform | shop_id | order_id | is_sold | sold_on
        taobao   | S       | O1       | true    | 2026-03-02
        taobao   | S       | O2       | true    | 2026-03-08
        taobao   | S       | O3       | true    | 2026-02-23
        taobao   | S       | O4       | false   | 2026-03-02
    """,
    "fct_order_line": """
        platform | shop_id | order_id | line_id | is_sold | sold_on    | sku
        taobao   | S       | O1       | 1       | true    | 2026-03-02 | A
        taobao   | S       | O1       | 2       | true    | 2026-03-02 | A
        taobao   | S       | O1       | 3       | true    | 2026-03-02 | B
        taobao   | S       | O2       | 1       | true    | 2026-03-08 | B
    """,
}


def test_a_complaint_counts_once_a_week_and_category_where_it_was_sold(model):
    model("mart_complaint_week").given(
        fct_feedback=FEEDBACK, fct_complaint=NAMED, **SOLD
    ).expect("""
        platform | shop_id | week_on    | sku | leaf | complaints | orders_sold | complaints_known
        taobao   | S       | 2026-02-23 | any | any  | 0          | 1           | false
        taobao   | S       | 2026-03-02 | any | any  | 2          | 2           | true
        taobao   | S       | 2026-03-02 | any | P1   | 1          | 0           | true
        taobao   | S       | 2026-03-02 | any | L1   | 2          | 0           | true
        taobao   | S       | 2026-03-02 | A   | any  | 1          | 1           | true
        taobao   | S       | 2026-03-02 | A   | P1   | 1          | 0           | true
        taobao   | S       | 2026-03-02 | A   | L1   | 1          | 0           | true
        taobao   | S       | 2026-03-02 | B   | any  | 0          | 2           | true
        taobao   | S       | 2026-03-02 |     | any  | 1          | 0           | true
        taobao   | S       | 2026-03-02 |     | L1   | 1          | 0           | true
        taobao   | S       | 2026-03-09 | any | any  | 1          | 0           | true
        taobao   | S       | 2026-03-09 | any | P1   | 1          | 0           | true
        taobao   | S       | 2026-03-09 | A   | any  | 1          | 0           | true
        taobao   | S       | 2026-03-09 | A   | P1   | 1          | 0           | true
    """)


def test_of_a_shop_on_several_platforms_what_names_no_order_stays_with_its_desk(model):
    model("mart_complaint_week").given(
        fct_feedback="""
            platform | shop_id | source | entity_id | told_on    | is_complaint
            desk     | S       | chat   | V1        | 2026-03-02 | true
        """,
        fct_complaint="platform | shop_id | source | entity_id | leaf\ndesk | S | chat | V1 | X0",
        fct_order="platform | shop_id | order_id\ntaobao | S | O1\njd | S | O2",
    ).expect("""
        platform | sku | leaf | complaints
        desk     | any | any  | 1
        desk     | any | X0   | 1
        desk     |     | any  | 1
        desk     |     | X0   | 1
    """)


def test_every_category_can_be_asked_for_by_the_thousand_orders():
    layers = (packaged("sql"),)
    metric = metrics.load(layers)["complaints_per_1000_orders"]
    assert sorted(metric.choices["category"]) == sorted([*taxonomy.load(layers).leaves, "any"])


# ── what goes along with them ────────────────────────────────────────────────────────────────


def test_an_orders_money_counts_once_a_category_however_often_it_is_complained_of(model):
    feedback = """
        platform | shop_id | source | entity_id | told_on    | order_platform | order_id | is_complaint
        taobao   | S       | chat   | V1        | 2026-03-02 | taobao         | O1       | true
        taobao   | S       | case   | C1        | 2026-03-05 | taobao         | O1       | true
        taobao   | S       | review | R1        | 2026-03-06 |                |          | true
        taobao   | S       | review | R2        | 2026-03-06 | taobao         | O1       | false
    """
    model("mart_complaint_cost").given(
        fct_feedback=feedback,
        fct_complaint="""
            platform | shop_id | source | entity_id | leaf
            taobao   | S       | chat   | V1        | P1
            taobao   | S       | case   | C1        | P1
            taobao   | S       | case   | C1        | L1
            taobao   | S       | review | R1        | L1
        """,
        fct_case="""
            platform | shop_id | case_id | order_id | asked_type    | status    | refunded_at | refund_amount | refund_reporting_amount | reporting_currency
            taobao   | S       | C1      | O1       | return_refund | refunded  | 2026-03-09  | 10            | 10                      | CNY
            taobao   | S       | C2      | O1       | exchange      | completed |             | 0             | 0                       | CNY
            taobao   | S       | C3      | O1       | refund_only   | withdrawn |             | 99            | 99                      | CNY
        """,
        fct_compensation="""
            platform | shop_id | compensation_id | order_id | status  | reporting_amount | reporting_currency
            taobao   | S       | P1              | O1       |         | 3                | CNY
            taobao   | S       | P2              | O1       | refused | 50               | CNY
        """,
        fct_rule_finding="""
            rule_id | platform | shop_id | entity       | entity_id | outcome   | amount_at_risk_reporting_amount | reporting_currency
            EX-03   | taobao   | S       | case         | C1        | violation | 7                               | CNY
            EX-04   | taobao   | S       | case         | C1        | pass      | 7                               | CNY
            SV-04   | taobao   | S       | turn         | V1#2      | violation |                                 |
            SV-09   | taobao   | S       | conversation | V1        | violation |                                 |
        """,
        fct_conversation="""
            platform | shop_id | conversation_id | kind | order_platform | order_id | first_response_exposure_seconds
            taobao   | S       | V1              | chat | taobao         | O1       | 181
        """,
    ).expect("""
        month_on   | leaf | complaints | complaints_with_order | orders | orders_exchanged | orders_refunded | refund_reporting_amount | compensation_reporting_amount | first_replies | slow_first_replies | violations | at_risk_reporting_amount
        2026-03-01 | any  | 3          | 2                     | 1      | 1                | 1               | 10                      | 3                             | 1             | 1                  | 3          | 7
        2026-03-01 | P1   | 2          | 2                     | 1      | 1                | 1               | 10                      | 3                             | 1             | 1                  | 3          | 7
        2026-03-01 | L1   | 2          | 1                     | 1      | 1                | 1               | 10                      | 3                             | 0             | 0                  | 3          | 7
    """)


def test_a_first_answer_is_slow_by_the_promise_before_the_three_minutes(model):
    model("mart_complaint_cost").given(
        fct_feedback="""
            platform | shop_id | source | entity_id | told_on    | is_complaint
            taobao   | S       | chat   | promised  | 2026-03-02 | true
            taobao   | S       | chat   | broken    | 2026-03-02 | true
            taobao   | S       | chat   | quick     | 2026-03-02 | true
            taobao   | S       | ticket | ticket    | 2026-03-02 | true
        """,
        fct_conversation="""
            platform | shop_id | conversation_id | kind   | first_response_exposure_seconds
            taobao   | S       | promised        | chat   | 500
            taobao   | S       | broken          | chat   | 100
            taobao   | S       | quick           | chat   | 180
            taobao   | S       | ticket          | ticket | 9000
        """,
        fct_sla="""
            platform | shop_id | conversation_id | measure        | state
            taobao   | S       | promised        | first_response | attained
            taobao   | S       | broken          | first_response | breached
            taobao   | S       | quick           | next_reply     | breached
        """,
    ).expect("leaf | complaints | first_replies | slow_first_replies\nany | 4 | 3 | 1")


def test_money_no_rate_is_known_of_is_left_out_and_counted(model):
    model("mart_complaint_cost").given(
        fct_feedback="""
            platform | shop_id | source | entity_id | told_on    | order_platform | order_id | is_complaint
            shopify  | S       | case   | C1        | 2026-03-02 | shopify        | O1       | true
        """,
        fct_case="""
            platform | shop_id | case_id | order_id | refunded_at | refund_amount | refund_reporting_amount | reporting_currency
            shopify  | S       | C1      | O1       | 2026-03-09  | 10            | 10                      | USD
        """,
    ).expect("""
        leaf | orders_refunded | refund_reporting_amount | reporting_currency | orders_unconverted
        any  | 1               | 0                       | CNY                | 1
    """)


# ── whether they move ────────────────────────────────────────────────────────────────────────

# The Mondays of eight weeks, and the one that is held against them.
MONDAYS = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(9)]


def weeks(model, last: dict[str, int], unclassified: int = 2) -> Case:
    """Eight weeks of 20 complaints of P1, 20 of L1 and 2 unclassified, then one of these."""
    told = "platform | shop_id | source | entity_id | told_on"
    feedback = [f"{told} | emotion | is_complaint | is_unclassified"]
    complaints = [f"{told} | leaf"]
    for week, monday in enumerate(MONDAYS):
        is_last = week == len(MONDAYS) - 1
        named = last if is_last else {"P1": 20, "L1": 20}
        for leaf, count in named.items():
            for number in range(count):
                entity = f"{week}{leaf}{number}"
                feedback.append(f"taobao | S | case | {entity} | {monday} | 1 | true | false")
                complaints.append(f"taobao | S | case | {entity} | {monday} | {leaf}")
        feedback += [
            f"taobao | S | case | {week}u{number} | {monday} | 1 | false | true"
            for number in range(unclassified if is_last else 2)
        ]
    return model("mart_complaint_drift").given(
        fct_feedback="\n".join(feedback), fct_complaint="\n".join(complaints)
    )


def judged(case: Case, monday: str = "2026-03-02") -> tuple[object, ...]:
    """What the mart says of a week."""
    case.con.execute("begin transaction")
    try:
        for name, text in case.inputs.items():
            fill(case.con, name, text)
        [found] = rows(
            case.con,
            "select has_enough, has_unclassified_moved, has_index_moved, is_alert"
            f" from ({case.model.sql}) where week_on = date '{monday}'",
        )
    finally:
        case.con.execute("rollback")
    return found


def test_a_week_like_the_others_alarms_nobody(model):
    assert judged(weeks(model, {"P1": 22, "L1": 18})) == (True, False, False, False)


def test_a_new_category_or_other_shares_are_an_alert(model):
    assert judged(weeks(model, {"P1": 20, "L1": 20, "T1": 40})) == (True, False, True, True)
    assert judged(weeks(model, {"P1": 38, "L1": 2})) == (True, False, True, True)


def test_many_nobody_can_classify_are_an_alert(model):
    assert judged(weeks(model, {"P1": 20, "L1": 20}, 20)) == (True, True, False, True)


def test_a_week_of_few_complaints_is_not_judged(model):
    assert judged(weeks(model, {"P1": 29}, 20)) == (False, True, True, False)


def test_three_weeks_before_are_too_few_to_judge_by(model):
    case = weeks(model, {"P1": 20, "L1": 20})
    assert judged(case, "2026-01-26") == (False, False, False, False)
    assert judged(case, "2026-02-02") == (True, False, False, False)


# The books: 0.25 * ln(1.5) - 0.25 * ln(0.5) = 0.274653.
def test_the_index_of_equal_shares_is_nothing_and_of_others_that_of_the_books(model):
    weeks(model, {"P1": 30, "L1": 10}).expect("""
        week_on    | complaints | complaints_before | weeks_before | stability_index | stability_by_chance
        2026-01-05 | 40         | 0                 | 0            |                 |
        2026-01-12 | 40         | 40                | 1            | 0               | 0.05
        2026-01-19 | 40         | 80                | 2            | 0               | 0.0375
        2026-01-26 | 40         | 120               | 3            | 0               | 0.0333333333
        2026-02-02 | 40         | 160               | 4            | 0               | 0.03125
        2026-02-09 | 40         | 200               | 5            | 0               | 0.03
        2026-02-16 | 40         | 240               | 6            | 0               | 0.0291666667
        2026-02-23 | 40         | 280               | 7            | 0               | 0.0285714286
        2026-03-02 | 40         | 320               | 8            | 0.274616362     | 0.028125
    """)
