"""Orders and their lines."""

from __future__ import annotations


def test_an_order_is_sold_by_payment_time_or_by_a_status_no_unpaid_order_has(model):
    model("fct_order").given(
        int_order_merge="""
            platform | shop_id | order_id | status    | created_at       | paid_at          | is_payment_told
            t        | s       | paid     |           | 2026-03-01 10:00 | 2026-03-01 20:00 | true
            t        | s       | status   | completed | 2026-03-01 10:00 |                  | false
            t        | s       | unpaid   | unpaid    | 2026-03-01 10:00 |                  | false
            t        | s       | empty    |           | 2026-03-01 10:00 |                  | true
            t        | s       | reversed | cancelled | 2026-03-01 10:00 | 2026-03-01 10:01 | true
            t        | s       | unknown  |           | 2026-03-01 10:00 |                  | false
        """
    ).expect("""
        order_id | is_sold | sold_on
        paid     | true    | 2026-03-02
        status   | true    | 2026-03-01
        unpaid   | false   |
        empty    | false   |
        reversed | false   |
        unknown  |         |
    """)


def test_an_order_known_only_by_its_lines_is_an_order_with_their_sum(model):
    model("int_order_merge").given(
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | units | unit_price | status    | created_at
            t        | s       | O1       | A       | 2     | 3.00       | completed | 2026-03-01
            t        | s       | O1       | B       | 1     | 4.00       | shipped   | 2026-03-01
        """
    ).expect("""
        order_id | known_from | line_count | units | total_amount | status
        O1       | lines      | 2          | 3     | 10.00        | completed
    """)


def test_the_order_report_says_more_about_an_order_than_its_lines(model):
    model("int_order_merge").given(
        stg_shop__order="""
            platform | shop_id | order_id | status | total_amount | created_at
            t        | s       | O1       | paid   | 9.00         | 2026-03-01
        """,
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | units | unit_price | created_at
            t        | s       | O1       | A       | 2     | 5.00       | 2026-03-01
        """,
    ).expect("""
        order_id | known_from | line_count | total_amount | status
        O1       | order      | 1          | 9.00         | paid
    """)


def test_a_line_takes_its_times_from_its_order_and_is_sold_with_it(model):
    model("fct_order_line").given(
        fct_order="""
            platform | shop_id | order_id | is_sold | sold_on    | paid_at
            t        | s       | O1       | true    | 2026-03-01 | 2026-03-01 02:00
        """,
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | units | unit_price | status
            t        | s       | O1       | A       | 2     | 5.00       |
            t        | s       | O1       | B       | 1     | 5.00       | cancelled
        """,
    ).expect("""
        line_id | is_sold | sold_on    | paid_at          | paid_amount
        A       | true    | 2026-03-01 | 2026-03-01 02:00 | 10.00
        B       | false   | 2026-03-01 | 2026-03-01 02:00 | 5.00
    """)


def test_days_the_after_sales_exports_do_not_cover_are_not_free_of_cases(model):
    model("mart_order_event").given(
        int_case_cover="""
            platform | shop_id | known_from | known_until
            t        | s       | 2026-03-02 | 2026-03-09
        """,
        fct_order="""
            platform | shop_id | order_id | is_sold | sold_on
            t        | s       | before   | true    | 2026-03-01
            t        | s       | within   | true    | 2026-03-02
            t        | s       | after    | true    | 2026-03-10
            t        | other   | uncovered | true   | 2026-03-05
            t        | s       | unpaid   | false   |
        """,
    ).expect("""
        order_key         | event_type | cases_known | units_reason
        t/s/before        | sold       | false       | no_lines
        t/s/within        | sold       | true        | no_lines
        t/s/after         | sold       | false       | no_lines
        t/other/uncovered | sold       | false       | no_lines
    """)


def test_a_case_stands_under_its_order_s_carrier_and_the_surest_of_its_complaints(model):
    """A reason picked has no score and the last tier, and what is only said in a chat is no case's."""
    model("mart_order_event").given(
        fct_order="""
            platform | shop_id | order_id | is_sold | carrier
            t        | s       | O1       | true    | 顺丰
            t        | s       | O2       | true    |
        """,
        fct_case="""
            platform | shop_id | case_id | order_id | asked_type  | reason
            t        | s       | surest  | O1       | refund_only | 未送到
            t        | s       | picked  | O1       | exchange    | 质量问题
            t        | s       | tied    | O2       | exchange    |
            t        | s       | silent  | O2       | exchange    |
        """,
        fct_complaint="""
            platform | shop_id | source | entity_id | leaf | tier | score
            t        | s       | case   | surest    | C3   | B    | 0.99
            t        | s       | case   | surest    | R1   | A    | 0.80
            t        | s       | case   | surest    | L2   | A    | 0.95
            t        | s       | case   | picked    | P1   | C    |
            t        | s       | case   | picked    | D1   | C    | 0.40
            t        | s       | case   | tied      | P2   | A    | 0.90
            t        | s       | case   | tied      | F3   | A    | 0.90
            t        | s       | chat   | silent    | L1   | A    | 0.90
            t        | u       | case   | silent    | L1   | A    | 0.90
        """,
    ).expect("""
        event_key       | event_type  | carrier | reason   | leaf
        sold/t/s/O1/    | sold        | 顺丰    |          |
        sold/t/s/O2/    | sold        |         |          |
        case/t/s/surest | refund_only | 顺丰    | 未送到   | L2
        case/t/s/picked | exchange    | 顺丰    | 质量问题 | D1
        case/t/s/tied   | exchange    |         |          | F3
        case/t/s/silent | exchange    |         |          |
    """)


def test_an_order_travels_with_the_carrier_its_report_names_or_all_its_lines_share(story):
    story.given(
        stg_shop__order="""
            platform | shop_id | order_id | status  | carrier
            t        | s       | reported | shipped | 顺丰
            t        | s       | silent   | shipped |
        """,
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | carrier
            t        | s       | reported | 1       | 中通
            p        | s       | alone    | 1       | 圆通
            p        | s       | alone    | 2       | 圆通
            p        | s       | split    | 1       | 圆通
            p        | s       | split    | 2       | 中通
        """,
    ).expect(
        "fct_order",
        """
        order_id | carrier
        reported | 顺丰
        silent   |
        alone    | 圆通
        split    |
        """,
    )


def test_order_amounts_repeated_on_lines_or_standing_on_the_first_are_counted_once(model):
    model("int_order_merge").given(
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | unit_price | units | order_total_amount | order_refund_amount | status | shipped_at
            jd       | s       | repeated | 1       | 10.00      | 1     | 25.00              | 5.00                | paid   |
            jd       | s       | repeated | 2       | 20.00      | 1     | 25.00              | 5.00                | paid   |
            shopify  | s       | first    | 1       | 10.00      | 1     | 30.00              | 0.00                | paid   | 2026-03-02
            shopify  | s       | first    | 2       | 20.00      | 1     |                    | 0.00                |        |
            t        | s       | none     | 1       | 10.00      | 3     |                    |                     | paid   |
        """
    ).expect("""
        order_id | total_amount | refund_amount | status  | units
        repeated | 25.00        | 5.00          | paid    | 2
        first    | 30.00        | 0.00          | shipped | 2
        none     | 30.00        |               | paid    | 3
    """)


def test_an_order_that_carries_a_replacement_is_no_sale(model):
    model("int_order_merge").given(
        stg_shop__order="""
            platform | shop_id | order_id | status | created_at | is_replacement
            jd       | s       | sold     | paid   | 2026-03-01 |
            jd       | s       | named    | paid   | 2026-03-01 |
            amazon   | s       | flagged  | paid   | 2026-03-01 | yes
        """,
        stg_shop__case="""
            platform | shop_id | case_id | replacement_order_id
            jd       | s       | K       | named
        """,
    ).expect("""
        order_id | is_replacement
        sold     | false
        named    | true
        flagged  | true
    """)
    model("fct_order").given(
        int_order_merge="""
            order_id | status    | created_at       | is_payment_told | is_replacement
            sold     | completed | 2026-03-01 10:00 | false           | false
            swap     | completed | 2026-03-01 10:00 | false           | true
        """
    ).expect("""
        order_id | is_sold
        sold     | true
        swap     | false
    """)


def test_money_back_listed_apart_from_orders_is_the_orders_refund(model):
    model("int_order_merge").given(
        stg_shop__order="""
            platform | shop_id | order_id | created_at | refund_amount
            shopify  | s       | apart    | 2026-03-01 |
            shopify  | s       | told     | 2026-03-01 | 1.00
        """,
        stg_shop__refund="""
            platform | shop_id | refund_id | order_id | amount
            shopify  | s       | 1         | apart    | 2.00
            shopify  | s       | 2         | apart    | 3.00
            shopify  | s       | 3         | told     | 9.00
        """,
    ).expect("""
        order_id | refund_amount
        apart    | 5.00
        told     | 1.00
    """)
