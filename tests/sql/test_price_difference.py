"""The price difference of an exchange: what it should be, what was charged, and what of it is wrong."""

from __future__ import annotations

import pytest


def test_the_difference_is_by_the_prices_and_units_and_a_dearer_item_is_never_floored_at_nothing(
    model,
):
    """299 paid for one: dearer costs on top, cheaper gives back, for every unit of the case."""
    model("int_case_difference").given(
        int_case_merge="""
            platform | shop_id | case_id | asked_type | is_open | sku | replacement_sku | replacement_price | unit_paid | units | difference_amount
            t        | s       | right   | exchange   | false   | A   | B               | 329.00            | 299       | 1     | 30.00
            t        | s       | two     | exchange   | false   | A   | B               | 329.00            | 299       | 2     | 60.00
            t        | s       | cheaper | exchange   | false   | A   | C               | 199.00            | 299       | 1     | -100.00
            t        | s       | floored | exchange   | false   | A   | C               | 199.00            | 299       | 1     | 0.00
            t        | s       | owed    | exchange   | false   | A   | B               | 329.00            | 299       | 1     | 0.00
            t        | s       | too     | exchange   | false   | A   | B               | 329.00            | 299       | 1     | 40.00
        """
    ).expect("""
        case_id | expected_amount | charged_amount | error_amount | verdict      | status
        right   | 30              | 30             | 0            | right        | ok
        two     | 60              | 60             | 0            | right        | ok
        cheaper | -100            | -100           | 0            | right        | ok
        floored | -100            | 0              | 100          | overcharged  | ok
        owed    | 30              | 0              | -30          | undercharged | ok
        too     | 30              | 40             | 10           | overcharged  | ok
    """)


def test_a_cent_of_rounding_is_not_wrong_and_two_are(model):
    """100 paid for three units is 33.33 a unit and a bit."""
    model("int_case_difference").given(
        int_case_merge="""
            platform | shop_id | case_id | asked_type | is_open | sku | replacement_sku | replacement_price | unit_paid   | units | difference_amount
            t        | s       | cent    | exchange   | false   | A   | B               | 40.00             | 33.33333333 | 1     | 6.66
            t        | s       | under   | exchange   | false   | A   | B               | 40.00             | 33.33333333 | 1     | 6.65
            t        | s       | over    | exchange   | false   | A   | B               | 40.00             | 33.33333333 | 1     | 6.69
        """
    ).expect("""
        case_id | expected_amount | error_amount | verdict
        cent    | 6.67            | -0.01        | right
        under   | 6.67            | -0.02        | undercharged
        over    | 6.67            | 0.02         | overcharged
    """)


def test_the_same_article_costs_nothing_on_top_whatever_its_price_has_become(model):
    model("int_case_difference").given(
        int_case_merge="""
            platform | shop_id | case_id | asked_type | is_open | sku | replacement_sku | replacement_price | unit_paid | units | difference_amount
            t        | s       | moved   | exchange   | false   | A   | A               | 329.00            | 299       | 1     | 30.00
            t        | s       | free    | exchange   | false   | A   | A               | 329.00            | 299       | 1     | 0.00
            t        | s       | bare    | exchange   | false   | A   | A               |                   |           |       | 0.00
        """
    ).expect("""
        case_id | is_same_sku | expected_amount | error_amount | verdict
        moved   | true        | 0               | 30           | overcharged
        free    | true        | 0               | 0            | right
        bare    | true        | 0               | 0            | right
    """)


@pytest.mark.parametrize(
    ("open_", "done", "price", "paid", "units", "charged", "status", "reason"),
    [
        ("false", "true", "", "299", "1", "30", "not_computable", "no_replacement_price"),
        ("false", "true", "329", "", "1", "30", "not_computable", "no_unit_price"),
        ("false", "true", "329", "299", "", "30", "not_computable", "no_units"),
        ("false", "true", "329", "299", "1", "", "not_computable", "no_charged_difference"),
        # it may have been swapped all the same
        ("false", "", "329", "299", "1", "", "not_computable", "no_charged_difference"),
        ("false", "false", "329", "299", "1", "", "not_applicable", "not_exchanged"),
        ("true", "false", "329", "299", "1", "", "censored", "open"),
    ],
)
def test_a_difference_that_cannot_be_checked_says_why_and_is_not_zero(
    model, open_, done, price, paid, units, charged, status, reason
):
    model("int_case_difference").given(
        int_case_merge=f"""
            platform | shop_id | case_id | asked_type | is_open | is_done | sku | replacement_sku | replacement_price | unit_paid | units   | difference_amount
            t        | s       | C1      | exchange   | {open_} | {done}  | A   | B               | {price}           | {paid}    | {units} | {charged}
        """
    ).expect(f"""
        error_amount | verdict | status   | reason
                     |         | {status} | {reason}
    """)


def test_only_exchanges_have_a_price_difference(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type
            t        | s       | C1      | 1           | return_refund
        """
    ).expect(
        "fct_case",
        """
        difference_status | difference_reason | expected_difference_amount
        not_applicable    | not_exchange      |
    """,
    )


def test_paid_for_a_unit_is_what_was_paid_for_its_line_and_amounts_are_converted_at_the_days_rate(
    story,
):
    """Two units for 20.00 USD: one swapped for one of 13.00 is 3.00 more, 21.00 CNY that day."""
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | order_id | asked_type | status    | sku | units | currency | applied_at
            t        | s       | C1      | 1           | O1       | exchange   | completed | A   | 1     | USD      | 2026-03-01 10:00
            t        | s       | C2      | 2           | O1       | exchange   | completed | A   | 1     | EUR      | 2026-03-01 10:00
        """,
        stg_shop__order="""
            platform | shop_id | order_id
            t        | s       | O1
        """,
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | sku | units | unit_price | paid_amount
            t        | s       | O1       | L1      | A   | 2     | 15.00      | 20.00
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id | replacement_sku | replacement_price | difference_amount
            t        | s       | C1      | B               | 13.00             | 5.00
            t        | s       | C2      | B               | 13.00             | 5.00
        """,
        stg_reference__fx_rate="""
            base_currency | currency | rated_on   | rate
            USD           | CNY      | 2026-02-27 | 7.00
        """,
    ).expect(
        "fct_case",
        """
        case_id | value_amount | value_reporting_amount | expected_difference_amount | difference_error_amount | charged_difference_reporting_amount | difference_error_reporting_amount | difference_verdict | reporting_currency
        C1      | 10.00        | 70.00                  | 3.00                       | 2.00                    | 35.00                               | 14.00                             | overcharged        | CNY
        C2      | 10.00        | 10.00                  | 3.00                       | 2.00                    | 5.00                                | 2.00                              | overcharged        | EUR
    """,
    )
