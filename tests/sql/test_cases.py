"""After-sales cases: state, durations, what they are about."""

from __future__ import annotations


def test_handling_time_is_known_of_ended_cases_and_has_a_reason_otherwise(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | asked_type | status   | applied_at       | refunded_at      | closed_at
            t        | s       | ended   | exchange   | refunded | 2026-03-01 10:00 | 2026-03-01 12:00 |
            t        | s       | open    | exchange   | approved | 2026-03-31 10:00 |                  |
            t        | s       | undated | exchange   | closed   | 2026-03-01 10:00 |                  |
            t        | s       | back    | exchange   | closed   | 2026-03-02 10:00 |                  | 2026-03-01 10:00
        """
    ).expect(
        "fct_case",
        """
        case_id | handling_seconds | handling_status | handling_reason       | age_seconds | stage
        ended   | 7200             | ok              |                       |             | finished
        open    |                  | censored        | open                  | 21600       | approved
        undated |                  | not_computable  | no_end_time           |             | finished
        back    |                  | not_computable  | ends_before_it_begins |             | finished
    """,
    )


def test_an_exchange_the_platform_closed_may_have_been_swapped_so_its_outcome_is_unknown(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | asked_type    | status    | closed_at
            t        | s       | swap    | exchange      | closed    | 2026-03-02
            t        | s       | refund  | return_refund | closed    | 2026-03-02
            t        | s       | done    | exchange      | completed | 2026-03-02
            t        | s       | back    | refund_only   | withdrawn | 2026-03-02
        """
    ).expect(
        "fct_case",
        """
        case_id | outcome
        swap    | unknown
        refund  | closed
        done    | done
        back    | withdrawn
    """,
    )


def test_a_case_whose_order_is_missing_is_kept(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | order_id | asked_type
            t        | s       | C1      | O1       |
            t        | s       | C2      | O2       | repair
        """,
        stg_shop__order="""
            platform | shop_id | order_id
            t        | s       | O1
        """,
    ).expect(
        "fct_case",
        """
        case_id | has_order | asked_type
        C1      | true      | unknown
        C2      | false     | repair
    """,
    )


def test_a_case_is_matched_to_its_line_and_units_are_told_only_where_nothing_is_guessed(model):
    model("int_case_match").given(
        stg_shop__case="""
            platform | shop_id | case_id | order_id | line_id | sku  | units
            t        | s       | number  | O1       | L2      |      |
            t        | s       | sku     | O1       |         | A    |
            t        | s       | several | O2       |         | B    |
            t        | s       | only    | O2       |         | code |
            t        | s       | stated  | O2       |         | B    | 2
            t        | s       | none    | O9       |         | A    |
        """,
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | sku | product_id | units
            t        | s       | O1       | L1      | A   |            | 1
            t        | s       | O1       | L2      | B   |            | 1
            t        | s       | O2       | L3      | B   | P          | 3
        """,
    ).expect("""
        case_id | line_id | sku | units | units_reason
        number  | L2      | B   | 1     |
        sku     | L1      | A   | 1     |
        several | L3      | B   |       | units_not_stated
        only    | L3      | B   |       | units_not_stated
        stated  | L3      | B   | 2     |
        none    |         | A   |       | no_lines
    """)


def test_the_event_log_has_one_event_for_each_time_the_export_gives_in_order(model):
    model("fct_case_event").given(
        fct_case="""
            platform | shop_id | case_id | applied_at | return_shipped_at | refunded_at | closed_at
            t        | s       | C1      | 2026-03-01 | 2026-03-03        | 2026-03-05  | 2026-03-05
        """
    ).expect("""
        event_no | activity       | actor    | happened_at
        1        | applied        | customer | 2026-03-01
        2        | return_shipped | customer | 2026-03-03
        3        | refunded       | merchant | 2026-03-05
        4        | closed         | platform | 2026-03-05
    """)


def test_after_sales_exports_cover_from_the_first_application_to_the_newest_export(model):
    model("int_case_cover").given(
        stg_shop__case="""
            platform | shop_id | case_id | applied_at       | exported_at
            t        | s       | C1      | 2026-03-01 16:30 | 2026-03-09 08:00
            t        | s       | C2      | 2026-03-05 10:00 | 2026-03-09 08:00
        """
    ).expect("""
        platform | shop_id | known_from | known_until
        t        | s       | 2026-03-02 | 2026-03-09
    """)


def test_a_case_listed_line_by_line_has_the_units_and_the_only_line_of_its_lines(model):
    model("int_case_match").given(
        stg_shop__case="""
            platform | shop_id | case_id | order_id
            shopify  | s       | one     | O1
            shopify  | s       | two     | O1
        """,
        stg_shop__case_line="""
            platform | shop_id | case_line_id | case_id | line_id | units | reason
            shopify  | s       | 1            | one     | L2      | 1     | DEFECTIVE
            shopify  | s       | 2            | two     | L1      | 1     | STYLE
            shopify  | s       | 3            | two     | L2      | 2     | STYLE
        """,
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | sku | units
            shopify  | s       | O1       | L1      | A   | 1
            shopify  | s       | O1       | L2      | B   | 2
        """,
    ).expect("""
        case_id | line_id | sku | units | reason
        one     | L2      | B   | 1     | DEFECTIVE
        two     |         |     | 3     | STYLE
    """)


def test_money_back_listed_apart_from_cases_ends_the_case(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | applied_at       | status
            shopify  | s       | K       | 2026-03-01 10:00 |
        """,
        stg_shop__refund="""
            platform | shop_id | refund_id | case_id | refunded_at      | amount
            shopify  | s       | 1         | K       | 2026-03-02 10:00 | 2.00
            shopify  | s       | 2         | K       | 2026-03-03 10:00 | 3.00
        """,
    ).expect(
        "fct_case",
        """
        case_id | is_open | refund_amount | refunded_at      | handling_seconds
        K       | false   | 5.00          | 2026-03-03 10:00 | 172800
    """,
    )
