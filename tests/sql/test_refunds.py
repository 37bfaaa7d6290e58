"""Refund times, who handled a case and who won it, compensation, first faults."""

from __future__ import annotations

from datetime import date

import pytest
from sql.harness import Story, fill

from aftersales import metrics
from aftersales.settings import packaged

METRICS = metrics.load((packaged("sql"),))


def test_a_refund_lasts_until_the_money_went_back_and_otherwise_says_why_not(story: Story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id  | asked_type    | status    | applied_at       | refunded_at      | closed_at
            t        | s       | back     | return_refund | completed | 2026-03-01 10:00 | 2026-03-01 12:00 | 2026-03-05 12:00
            t        | s       | open     | refund_only   | approved  | 2026-03-31 10:00 |                  |
            t        | s       | withdrew | refund_only   | withdrawn | 2026-03-01 10:00 |                  | 2026-03-02 10:00
            t        | s       | undated  | refund_only   | refunded  | 2026-03-01 10:00 |                  | 2026-03-02 10:00
            t        | s       | early    | refund_only   | refunded  | 2026-03-02 10:00 | 2026-03-01 10:00 |
            t        | s       | later    | refund_only   | applied   | 2026-03-31 17:00 |                  |
            t        | s       | swap     | exchange      | refunded  | 2026-03-01 10:00 | 2026-03-01 12:00 |
        """
    ).expect(
        "fct_refund",
        """
        case_id  | refund_seconds | exposure_seconds | refund_status  | refund_reason           | is_refunded
        back     | 7200           | 7200             | ok             |                         | true
        open     |                | 21600            | censored       | open                    | false
        withdrew |                |                  | not_applicable | not_refunded            | false
        undated  |                |                  | not_computable | no_refund_time          | true
        early    |                |                  | not_computable | refunded_before_applied | true
        later    |                |                  | censored       | open                    | false
    """,
    )


def test_a_refund_is_the_platforms_a_rules_or_the_merchants_and_nobodys_where_nothing_tells(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id   | asked_type  | status   | intervention | is_automatic
            t        | s       | stepped   | refund_only | refunded | decided      | yes
            t        | s       | automatic | refund_only | refunded | none         | yes
            t        | s       | merchant  | refund_only | refunded | none         | no
            t        | s       | asked     | refund_only | refunded | asked        |
            t        | s       | silent    | refund_only | refunded |              |
        """
    ).expect(
        "fct_refund",
        """
        case_id   | handled_by
        stepped   | platform
        automatic | rule
        merchant  | merchant
        asked     | merchant
        silent    |
    """,
    )


def test_the_phase_is_told_by_the_order_where_the_export_does_not_say(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | asked_type  | order_id | applied_at | phase
            t        | s       | said    | refund_only | O1       | 2026-03-10 | before_completion
            t        | s       | after   | refund_only | O1       | 2026-03-10 |
            t        | s       | before  | refund_only | O2       | 2026-03-10 |
            t        | s       | unknown | refund_only | O9       | 2026-03-10 |
        """,
        stg_shop__order="""
            platform | shop_id | order_id | created_at | paid_at    | shipped_at | completed_at
            t        | s       | O1       | 2026-03-01 | 2026-03-01 | 2026-03-02 | 2026-03-09
            t        | s       | O2       | 2026-03-01 | 2026-03-01 | 2026-03-02 |
        """,
    ).expect(
        "fct_refund",
        """
        case_id | phase
        said    | before_completion
        after   | after_completion
        before  | before_completion
        unknown |
    """,
    )


def test_who_won_is_what_was_noted_else_what_came_of_it_tells_else_nobody_knows(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id   | asked_type    | status    | intervention | refunded_at
            t        | s       | asked     | return_refund | applied   | asked        |
            t        | s       | running   | return_refund | rejected  | running      |
            t        | s       | paid      | return_refund | refunded  | decided      | 2026-03-02
            t        | s       | closed    | refund_only   | closed    | decided      |
            t        | s       | swap      | exchange      | closed    | decided      |
            t        | s       | swapped   | exchange      | completed | decided      |
            t        | s       | waiting   | refund_only   | rejected  | decided      |
            t        | s       | noted     | refund_only   | refunded  | decided      | 2026-03-02
            t        | s       | not_said  | refund_only   | closed    |              |
            t        | s       | taken     | refund_only   | withdrawn | running      |
            t        | s       | untouched | refund_only   | refunded  | none         | 2026-03-02
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id  | ruling
            t        | s       | noted    | merchant
            t        | s       | not_said | buyer
            t        | s       | taken    | withdrawn
        """,
    ).expect(
        "fct_dispute",
        """
        case_id  | stage     | has_stepped_in | won_by   | won_by_from
        asked    | asked     | false          |          |
        running  | running   | true           |          |
        paid     | decided   | true           | buyer    | outcome
        closed   | decided   | true           | merchant | outcome
        swap     | decided   | true           |          |
        swapped  | decided   | true           | buyer    | outcome
        waiting  | decided   | true           |          |
        noted    | decided   | true           | merchant | ruling
        not_said | decided   | true           | buyer    | ruling
        taken    | withdrawn | false          |          |
    """,
    )


RATES = """
    platform | shop_id | order_key | event_type    | cases_known | reason_family | is_refunded | dispute_stage | dispute_won_by
    t        | s       | O1        | sold          | true        |               |             |               |
    t        | s       | O1        | sold          | true        |               |             |               |
    t        | s       | O2        | sold          | true        |               |             |               |
    t        | s       | O1        | return_refund | true        | quality       | true        | running       |
    t        | s       | O2        | refund_only   | true        |               | true        | asked         |
"""


def test_rates_are_over_orders_not_lines_and_reasons_nobody_knows_are_counted_apart(warehouse):
    warehouse.execute("begin transaction")
    try:
        fill(warehouse, "mart_order_event", RATES)
        quality = metrics.query(warehouse, METRICS["quality_refund_rate"])[0]
        stepped = metrics.query(warehouse, METRICS["intervention_rate"])[0]
    finally:
        warehouse.execute("rollback")
    assert (quality["value"], quality["denominator"], quality["excluded"]) == (0.5, 2, 1)
    assert (stepped["value"], stepped["numerator"]) == (0.5, 1)


def test_a_compensation_is_converted_at_its_days_rate_or_stays_in_its_own_money(story):
    story.given(
        stg_shop__compensation="""
            platform | shop_id | compensation_id | applied_at       | amount | currency
            t        | s       | own             | 2026-03-02 01:00 | 10     | CNY
            t        | s       | converted       | 2026-03-02 17:00 | 10     | USD
            t        | s       | unrated         | 2026-03-02 01:00 | 10     | JPY
            t        | s       | not_told        | 2026-03-02 01:00 |        | USD
        """,
        stg_reference__fx_rate="""
            base_currency | currency | rated_on   | rate
            USD           | CNY      | 2026-03-02 | 7
            USD           | CNY      | 2026-03-03 | 7.5
        """,
    ).expect(
        "fct_compensation",
        """
        compensation_id | applied_on | reporting_amount | reporting_currency
        own             | 2026-03-02 | 10               | CNY
        converted       | 2026-03-03 | 75               | CNY
        unrated         | 2026-03-02 | 10               | JPY
        not_told        | 2026-03-02 |                  | CNY
    """,
    )


def test_orders_before_the_first_compensation_and_after_the_newest_export_are_unknown(story):
    story.given(
        ref_file="""
            file_id | exported_at
            F       | 2026-03-04 12:00
        """,
        stg_shop__order="""
            platform | shop_id | order_id | created_at       | paid_at          | status
            t        | s       | O1       | 2026-03-01 01:00 | 2026-03-01 01:00 | paid
            t        | s       | O2       | 2026-03-02 01:00 | 2026-03-02 01:00 | paid
            t        | s       | O3       | 2026-03-02 02:00 | 2026-03-02 02:00 | paid
            t        | s       | O4       | 2026-03-05 01:00 | 2026-03-05 01:00 | paid
            t        | none    | O5       | 2026-03-02 01:00 | 2026-03-02 01:00 | paid
        """,
        stg_shop__compensation="""
            platform | shop_id | compensation_id | applied_at       | amount | currency | status  | source_file_id
            t        | s       | P1              | 2026-03-02 01:00 | 10     | CNY      | paid    | F
            t        | s       | P2              | 2026-03-02 01:00 | 99     | CNY      | refused | F
            t        | s       | P3              | 2026-03-03 01:00 | 5      | USD      | paid    | F
        """,
    ).expect(
        "mart_compensation_day",
        """
        shop_id | occurred_on | reporting_currency | compensations_known | orders_sold | compensations | compensations_refused | reporting_amount
        s       | 2026-03-01  | CNY                | false               | 1           | 0             | 0                     |
        s       | 2026-03-02  | CNY                | true                | 2           | 1             | 1                     | 10
        s       | 2026-03-03  | USD                | true                | 0           | 1             | 0                     | 5
        s       | 2026-03-05  | CNY                | false               | 1           | 0             | 0                     |
        none    | 2026-03-02  | CNY                | false               | 1           | 0             | 0                     |
    """,
    )


FAULTS = {
    "ref_reason": """
        platform | reason | family
        t        | broken | quality
        t        | size   | no_reason
    """,
    "stg_shop__order": """
        platform | shop_id | order_id | created_at | paid_at    | status    | signed_at        | completed_at
        t        | s       | O1       | 2026-03-01 | 2026-03-01 | completed | 2026-03-04 17:00 | 2026-03-14
        t        | s       | O2       | 2026-03-01 | 2026-03-01 | completed |                  | 2026-03-10 01:00
        t        | s       | O3       | 2026-03-01 | 2026-03-01 | shipped   |                  |
        t        | s       | O4       | 2026-03-01 | 2026-03-01 | completed |                  |
        t        | s       | O5       | 2026-02-01 | 2026-02-01 | completed | 2026-02-10 01:00 |
        t        | other   | O6       | 2026-03-01 | 2026-03-01 | completed | 2026-03-05 01:00 |
    """,
    "stg_shop__order_line": """
        platform | shop_id | order_id | line_id | sku | units
        t        | s       | O1       | 1       | A   | 1
        t        | s       | O1       | 2       | A   | 1
        t        | s       | O1       | 3       | B   | 1
        t        | s       | O2       | 1       | A   | 1
        t        | s       | O3       | 1       | A   | 1
        t        | s       | O4       | 1       | A   | 1
        t        | s       | O5       | 1       | A   | 1
        t        | other   | O6       | 1       | A   | 1
    """,
    "stg_shop__case": """
        platform | shop_id | case_id | asked_type | order_id | line_id | reason | applied_at       | exported_at
        t        | s       | first   | exchange   | O9       |         | size   | 2026-03-01 01:00 | 2026-03-25
        t        | s       | size    | exchange   | O1       | 1       | size   | 2026-03-06 01:00 | 2026-03-25
        t        | s       | fault   | exchange   | O1       | 1       | broken | 2026-03-08 01:00 | 2026-03-25
        t        | s       | again   | repair     | O1       | 1       | size   | 2026-03-20 01:00 | 2026-03-25
        t        | s       | repair  | repair     | O1       | 3       | size   | 2026-03-05 01:00 | 2026-03-25
        t        | s       | before  | exchange   | O2       | 1       | broken | 2026-03-09 01:00 | 2026-03-25
    """,
}


def test_a_line_lasts_from_signing_to_its_first_fault_else_to_where_the_exports_end(story):
    story.given(**FAULTS).expect(
        "mart_quality_cohort",
        """
        shop_id | sku | entered_on | entered_by | lasted_days | is_event | lasted_reason    | line_count
        s       | A   | 2026-03-05 | signing    | 3           | true     |                  | 1
        s       | A   | 2026-03-05 | signing    | 20          | false    |                  | 1
        s       | B   | 2026-03-05 | signing    | 0           | true     |                  | 1
        s       | A   | 2026-03-10 | completion | 0           | true     |                  | 1
        s       | A   |            |            |             | false    | not_yet_received | 1
        s       | A   |            |            |             | false    | no_signing_time  | 1
        s       | A   | 2026-02-10 | signing    |             | false    | not_covered      | 1
        other   | A   | 2026-03-05 | signing    |             | false    | no_case_export   | 1
    """,
    )


def test_a_fault_after_the_as_of_has_not_happened_yet(story):
    run = """
        as_of            | as_of_on   | reporting_zone | reporting_currency
        2026-03-07 10:00 | 2026-03-07 | Asia/Shanghai  | CNY
    """
    days = story.given(**FAULTS, ref_run=run).ask(
        "mart_quality_cohort",
        "select sku, lasted_days, is_event, line_count from mart_quality_cohort"
        " where lasted_days is not null order by all",
    )
    assert days == [("A", 2, False, 2), ("B", 0, True, 1)]


def test_what_is_left_out_of_the_incidence_is_counted_and_young_articles_have_none(warehouse):
    metric = METRICS["fault_incidence_180d"]
    warehouse.execute("begin transaction")
    try:
        fill(
            warehouse,
            "mart_quality_cohort",
            """
            sku | entered_on | lasted_days | is_event | line_count | lasted_reason
            A   | 2026-01-01 | 5           | true     | 1          |
            A   | 2026-01-01 | 200         | false    | 9          |
            A   |            |             | false    | 4          | no_signing_time
            A   |            |             | false    | 3          | not_yet_received
            B   | 2026-03-01 | 5           | true     | 1          |
            B   | 2026-03-01 | 20          | false    | 9          |
            """,
        )
        found = metrics.query(warehouse, metric, by=["sku"])
        early = metrics.query(warehouse, metric, until=date(2026, 1, 31))
    finally:
        warehouse.execute("rollback")
    assert [(row["sku"], row["value_reason"], row["excluded"]) for row in found] == [
        ("A", None, 4),
        ("B", "too_young", 0),
    ]
    assert early[0]["value"] == pytest.approx(0.1)
