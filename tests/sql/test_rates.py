"""Cohorts: who enters when, what is asked of them, how long they are watched, and what is left out."""

from __future__ import annotations

from datetime import date

import pytest
from sql.harness import fill

from aftersales import metrics
from aftersales.settings import packaged

METRICS = metrics.load((packaged("sql"),))
MART = "mart_case_cohort"
COVER = """
    platform | shop_id | known_from | known_until
    t        | s       | 2026-02-01 | 2026-03-20
"""
ORDERS = """
    platform | shop_id | order_id | is_sold | line_count | sold_on    | shipped_on | signed_on  | completed_on
    t        | s       | O1       | true    | 1          | 2026-02-10 | 2026-02-11 | 2026-02-14 | 2026-02-24
    t        | s       | O2       | true    | 1          | 2026-03-10 | 2026-03-11 |            |
"""
LINES = """
    platform | shop_id | order_id | line_id | sku | units | is_sold | sold_on    | shipped_on | signed_on  | completed_on | reporting_amount | reporting_currency
    t        | s       | O1       | 1       | A   | 2     | true    | 2026-02-10 | 2026-02-11 | 2026-02-14 | 2026-02-24   | 200.00           | CNY
    t        | s       | O2       | 1       | A   | 1     | true    | 2026-03-10 | 2026-03-11 |            |              | 90.00            | CNY
"""


@pytest.fixture
def cohort(model):
    """The mart over a shop with two orders, one signed for and one on its way."""
    return lambda **more: model(MART).given(
        **{
            "int_case_cover": COVER, "fct_order": ORDERS, "fct_order_line": LINES,
            **more,
        }
    )  # fmt: skip


@pytest.fixture
def asked(warehouse):
    """A metric's value, reason and exclusions of rows of the mart."""
    warehouse.execute("begin transaction")

    def value(name: str, text: str, by: list[str] | None = None, **where: object) -> object:
        warehouse.execute(f"delete from {METRICS[name].model}")
        fill(warehouse, METRICS[name].model, text)
        return metrics.query(warehouse, METRICS[name], by or [], where=where)

    yield value
    warehouse.execute("rollback")


def test_a_line_enters_by_each_day_it_has_and_is_followed_to_the_end_of_the_exports(cohort):
    """Followed to 20 March, when the exports end, though the as-of is 31 March."""
    cohort().expect("""
        counted | base      | row_type | entered_on | followed_days | is_ripe | first_days | entries | units | reporting_amount
        line    | paid      | entered  | 2026-02-10 | 38            | true    | 38         | 1       | 2     | 200.00
        line    | shipped   | entered  | 2026-02-11 | 37            | true    | 37         | 1       | 2     | 200.00
        line    | signed    | entered  | 2026-02-14 | 34            | true    | 34         | 1       | 2     | 200.00
        line    | completed | entered  | 2026-02-24 | 24            | false   | 24         | 1       | 2     | 200.00
        line    | paid      | entered  | 2026-03-10 | 10            | false   | 10         | 1       | 1     | 90.00
        line    | shipped   | entered  | 2026-03-11 | 9             | false   | 9          | 1       | 1     | 90.00
        order   | paid      | entered  | 2026-02-10 | 38            | true    | 38         | 1       |       |
        order   | shipped   | entered  | 2026-02-11 | 37            | true    | 37         | 1       |       |
        order   | signed    | entered  | 2026-02-14 | 34            | true    | 34         | 1       |       |
        order   | completed | entered  | 2026-02-24 | 24            | false   | 24         | 1       |       |
        order   | paid      | entered  | 2026-03-10 | 10            | false   | 10         | 1       |       |
        order   | shipped   | entered  | 2026-03-11 | 9             | false   | 9          | 1       |       |
    """)


def test_nothing_is_followed_beyond_the_as_of(model):
    """The as-of is 31 March; a newer export in the inbox changes nothing."""
    model(MART).given(
        int_case_cover="""
            platform | shop_id | known_from | known_until
            t        | s       | 2026-03-01 | 2026-04-20
        """,
        fct_order="""
            platform | shop_id | order_id | is_sold | line_count | sold_on
            t        | s       | O1       | true    | 1          | 2026-03-01
        """,
        int_line_first="""
            counted | platform | shop_id | order_id | line_id | first_type | first_on
            order   | t        | s       | O1       | ''      | exchange   | 2026-04-02
        """,
        int_line_ask="""
            counted | platform | shop_id | order_id | line_id | ask_key | asked_type | reached | asked_on   | entries
            order   | t        | s       | O1       | ''      | 1       | exchange   | applied | 2026-04-02 | 1
        """,
    ).expect("""
        base      | row_type | followed_days | first_type | first_days | reason
        paid      | entered  | 30            |            | 30         |
        shipped   | left_out |               |            |            | no_shipping_time
        signed    | left_out |               |            |            | no_signing_time
        completed | left_out |               |            |            | no_completion_time
    """)


def test_what_no_after_sales_export_covers_is_left_out_and_says_why(model):
    model(MART).given(
        int_case_cover="""
            platform | shop_id | known_from | known_until
            t        | s       | 2026-03-02 | 2026-03-09
            t        | dayless |            |
        """,
        fct_order="""
            platform | shop_id | order_id | is_sold | line_count | sold_on    | shipped_on | signed_on  | completed_on
            t        | s       | before   | true    | 1          | 2026-03-01 | 2026-03-03 | 2026-03-03 | 2026-03-03
            t        | s       | within   | true    | 1          | 2026-03-02 | 2026-03-09 | 2026-03-10 | 2026-03-11
            t        | s       | unpaid   |         | 1          |            |            |            |
            t        | none    | O1       | true    | 1          | 2026-03-05 |            |            |
            t        | dayless | O1       | true    | 1          | 2026-03-05 |            |            |
        """,
    ).expect("""
        shop_id | base      | entered_on | row_type | reason              | entries
        s       | paid      | 2026-03-01 | left_out | not_covered         | 1
        s       | shipped   | 2026-03-03 | left_out | not_covered         | 1
        s       | signed    | 2026-03-03 | left_out | not_covered         | 1
        s       | completed | 2026-03-03 | left_out | not_covered         | 1
        s       | paid      | 2026-03-02 | entered  |                     | 1
        s       | shipped   | 2026-03-09 | entered  |                     | 1
        s       | signed    | 2026-03-10 | left_out | not_covered         | 1
        s       | completed | 2026-03-11 | left_out | not_covered         | 1
        none    | paid      | 2026-03-05 | left_out | no_case_export      | 1
        none    | shipped   | 2026-03-05 | left_out | no_shipping_time    | 1
        none    | signed    | 2026-03-05 | left_out | no_signing_time     | 1
        none    | completed | 2026-03-05 | left_out | no_completion_time  | 1
        dayless | paid      | 2026-03-05 | left_out | no_application_time | 1
        dayless | shipped   | 2026-03-05 | left_out | no_shipping_time    | 1
        dayless | signed    | 2026-03-05 | left_out | no_signing_time     | 1
        dayless | completed | 2026-03-05 | left_out | no_completion_time  | 1
    """)


STORY = {
    "ref_run": """
        as_of            | as_of_on   | reporting_zone | reporting_currency | waiting_days | mature_days
        2026-03-31 16:00 | 2026-03-31 | Asia/Shanghai  | CNY                | 3            | 10
    """,
    "stg_shop__order_line": """
        platform | shop_id | order_id | line_id | sku | units | unit_price | paid_amount | currency | status    | created_at       | paid_at
        t        | s       | two      | 1       | A   | 5     | 20.00      | 100.00      | CNY      | completed | 2026-03-01 02:00 | 2026-03-01 02:00
        t        | s       | two      | 2       | B   | 1     | 50.00      | 50.00       | CNY      | completed | 2026-03-01 02:00 | 2026-03-01 02:00
        t        | s       | swap     | 1       | A   | 1     | 0.00       | 0.00        | CNY      | shipped   | 2026-03-08 02:00 | 2026-03-08 02:00
        t        | s       | free     | 1       | C   | 1     | 0.00       | 0.00        | CNY      | shipped   | 2026-03-08 02:00 | 2026-03-08 02:00
    """,
}
CASES = """
    platform | shop_id | case_id | order_id | line_id | asked_type    | status    | units | applied_at       | replacement_order_id | row_version | exported_at
    t        | s       | K0      | gone     |         | exchange      | applied   | 1     | 2026-03-01 01:00 |                      | 1           | 2026-03-31
    t        | s       | K1      | two      | 1       | exchange      | completed | 2     | 2026-03-04 02:00 | swap                 | 2           | 2026-03-31
    t        | s       | K2      | two      | 1       | exchange      | withdrawn | 4     | 2026-03-06 02:00 |                      | 3           | 2026-03-31
    t        | s       | K3      | two      | 2       | return_refund | refunded  |       | 2026-03-03 17:00 |                      | 4           | 2026-03-31
"""


def of(rows: str) -> str:
    return (
        "select counted, sku, asked_type, reached, entered_on, happened_on, asked_days, entries, units,"
        f" reporting_amount from {MART} where base = 'paid' and {rows} order by all"
    )


def test_several_cases_of_a_type_on_a_line_count_once_with_no_more_units_than_it_has(story):
    """2 of 5 swapped, 4 more asked for and withdrawn: one line, 5 units, 2 of them done."""
    found = story.given(**STORY, stg_shop__case=CASES).ask(
        MART, of("row_type = 'asked' and counted = 'line'")
    )
    first, fourth, third = date(2026, 3, 1), date(2026, 3, 4), date(2026, 3, 4)
    assert [(*row[:9], float(row[9])) for row in found] == [
        ("line", "A", "exchange", "applied", first, fourth, 3, 0, 3, 60.0),
        ("line", "A", "exchange", "completed", first, fourth, 3, 1, 2, 40.0),
        # 17:00 UTC is the next day in Shanghai; a line of one needs no number of units
        ("line", "B", "return_refund", "completed", first, third, 3, 1, 1, 50.0),
    ]


def test_an_order_is_asked_once_whatever_its_lines_are(story):
    """Two lines of an order with two types of cases: one order, once by type."""
    found = story.given(**STORY, stg_shop__case=CASES).ask(
        MART, of("row_type = 'asked' and counted = 'order'")
    )
    assert [(row[2], row[3], row[7]) for row in found] == [
        ("exchange", "applied", 0),
        ("exchange", "completed", 1),
        ("return_refund", "completed", 1),
    ]


def test_a_replacement_of_price_0_does_not_enter_and_a_gift_does(story):
    given = story.given(**STORY, stg_shop__case=CASES)
    entered = f"select sku, units from {MART} where base = 'paid' and counted = 'line'"
    assert given.ask(MART, f"{entered} and row_type = 'entered' order by all") == [
        ("A", 5), ("B", 1), ("C", 1),
    ]  # fmt: skip
    sold = "select order_key, units from mart_order_event where event_type = 'sold' order by all"
    assert given.ask("mart_order_event", sold) == [("t/s/free", 1), ("t/s/two", 1), ("t/s/two", 5)]


def test_the_first_case_ends_what_could_come_and_is_told_by_line_and_by_order(story):
    """Line 1 was exchanged first, line 2 returned; the order was returned first, hours before."""
    found = story.given(**STORY, stg_shop__case=CASES).ask(
        MART,
        f"select counted, sku, first_type, first_days from {MART}"
        " where base = 'paid' and row_type = 'entered' order by all",
    )
    # 3 March 17:00 UTC and 4 March 02:00 UTC are one day in Shanghai
    assert found == [
        ("line", "A", "exchange", 3),
        ("line", "B", "return_refund", 3),
        ("line", "C", None, 23),
        ("order", None, "return_refund", 3),
        ("order", None, None, 23),
    ]


def test_a_case_about_no_sale_or_no_line_that_can_be_told_is_left_out_and_counted(story):
    """Of an order nobody sold, of the replacement, and of a line that is not told."""
    cases = f"""{CASES.rstrip()}
    t        | s       | K5      | two      |         | repair        | applied   |       | 2026-03-09 02:00 |                      | 5           | 2026-03-31
    t        | s       | K6      | swap     | 1       | exchange      | applied   | 1     | 2026-03-12 02:00 |                      | 6           | 2026-03-31
    t        | s       | K7      |          |         | exchange      | applied   | 1     | 2026-03-13 02:00 |                      | 7           | 2026-03-31
    """
    found = story.given(**STORY, stg_shop__case=cases).ask(
        MART,
        f"select counted, reason, asked_type, entered_on, entries from {MART}"
        " where base = 'paid' and row_type = 'left_out' order by all",
    )
    assert [(row[0], row[1], row[2], row[3].day, row[4]) for row in found] == [
        ("line", "no_line", "repair", 9, 1),
        ("line", "no_order", "exchange", 1, 1),
        ("line", "no_order", "exchange", 12, 1),
        ("line", "no_order", "exchange", 13, 1),
        ("order", "no_order", "exchange", 1, 1),
        ("order", "no_order", "exchange", 12, 1),
        ("order", "no_order", "exchange", 13, 1),
    ]


def test_an_order_report_alone_makes_one_line_of_every_order(cohort):
    """Its cases are the line's, whatever line number they bring; there are no units."""
    cohort(
        fct_order_line="platform | shop_id\nt | elsewhere",
        fct_order="""
            platform | shop_id | order_id | is_sold | line_count | sold_on    | total_reporting_amount | reporting_currency
            t        | s       | O1       | true    | 0          | 2026-03-01 | 80.00                  | CNY
        """,
        int_line_ask="""
            counted | platform | shop_id | order_id | line_id | ask_key | asked_type | reached | asked_on   | entries | units
            order   | t        | s       | O1       | ''      | 1       | exchange   | applied | 2026-03-03 | 1       |
            line    | t        | s       | O1       | 7       | 1       | exchange   | applied | 2026-03-03 | 1       | 1
        """,
        int_line_first="""
            counted | platform | shop_id | order_id | line_id | first_type | first_on
            order   | t        | s       | O1       | ''      | exchange   | 2026-03-03
            line    | t        | s       | O1       | 7       | exchange   | 2026-03-03
        """,
    ).expect("""
        counted | base      | row_type | first_type | first_days | asked_days | entries | reporting_amount
        line    | paid      | entered  | exchange   | 2          |            | 1       | 80.00
        line    | paid      | asked    |            |            | 2          | 1       |
        order   | paid      | entered  | exchange   | 2          |            | 1       |
        order   | paid      | asked    |            |            | 2          | 1       |
        line    | shipped   | left_out |            |            |            | 1       | 80.00
        line    | signed    | left_out |            |            |            | 1       | 80.00
        line    | completed | left_out |            |            |            | 1       | 80.00
        order   | shipped   | left_out |            |            |            | 1       |
        order   | signed    | left_out |            |            |            | 1       |
        order   | completed | left_out |            |            |            | 1       |
    """)


FIRST = """
    platform | shop_id | order_id | line_id | case_id | case_key | asked_type    | applied_at
"""


def first(model, cases: str):
    return model("int_line_first").given(int_case_merge=FIRST + cases.lstrip("\n"))


def test_the_earliest_of_exchange_return_and_refund_is_the_first(model):
    """Of two in the same second the one that was told first; a reship is none of them."""
    first(
        model,
        """
        t | s | O1 | 1 | a | 2 | return_refund | 2026-03-04 02:00
        t | s | O1 | 1 | b | 1 | exchange      | 2026-03-04 02:00
        t | s | O2 | 1 | c | 3 | reship        | 2026-03-02 02:00
        t | s | O2 | 1 | d | 4 | refund_only   | 2026-03-05 02:00
        """,
    ).expect("""
        counted | order_id | line_id | first_type  | first_on   | repaired_on | has_untimed
        line    | O1       | 1       | exchange    | 2026-03-04 |             | false
        order   | O1       | ''      | exchange    | 2026-03-04 |             | false
        line    | O2       | 1       | refund_only | 2026-03-05 |             | false
        order   | O2       | ''      | refund_only | 2026-03-05 |             | false
    """)


def test_a_repair_leaves_an_exchange_possible_and_comes_too_late_after_one(model):
    first(
        model,
        """
        t | s | mended  | 1 | a | 1 | repair   | 2026-03-04 02:00
        t | s | mended  | 1 | b | 2 | exchange | 2026-03-09 02:00
        t | s | swapped | 1 | c | 3 | exchange | 2026-03-04 02:00
        t | s | swapped | 1 | d | 4 | repair   | 2026-03-09 02:00
        """,
    ).expect("""
        counted | order_id | line_id | first_type | first_on   | repaired_on
        line    | mended   | 1       | exchange   | 2026-03-09 | 2026-03-04
        order   | mended   | ''      | exchange   | 2026-03-09 | 2026-03-04
        line    | swapped  | 1       | exchange   | 2026-03-04 |
        order   | swapped  | ''      | exchange   | 2026-03-04 |
    """)


def test_where_a_case_has_no_day_nobody_knows_which_was_first(model, cohort):
    first(
        model,
        """
        t | s | O1 | 1 | a | 1 | exchange | 2026-03-04 02:00
        t | s | O1 | 1 | b | 2 | exchange |
        """,
    ).expect("""
        counted | first_type | first_on | has_untimed
        line    |            |          | true
        order   |            |          | true
    """)
    cohort(
        fct_order_line="platform | shop_id\nt | elsewhere",
        int_line_first="""
            counted | platform | shop_id | order_id | line_id | has_untimed
            order   | t        | s       | O1       | ''      | true
        """,
    ).expect("""
        counted | base      | entered_on | row_type | first_days
        order   | paid      | 2026-02-10 | entered  |
        order   | shipped   | 2026-02-11 | entered  |
        order   | signed    | 2026-02-14 | entered  |
        order   | completed | 2026-02-24 | entered  |
        order   | paid      | 2026-03-10 | entered  | 10
        order   | shipped   | 2026-03-11 | entered  | 9
    """)


def test_what_came_before_the_day_of_entry_counts_as_of_that_day(cohort):
    """Asked for an exchange two days before the parcel was signed for."""
    cohort(
        fct_order_line="platform | shop_id\nt | elsewhere",
        fct_order="""
            platform | shop_id | order_id | is_sold | line_count | sold_on    | shipped_on | signed_on  | completed_on
            t        | s       | O1       | true    | 1          | 2026-02-10 | 2026-02-10 | 2026-02-14 | 2026-02-24
        """,
        int_line_first="""
            counted | platform | shop_id | order_id | line_id | first_type | first_on   | repaired_on
            order   | t        | s       | O1       | ''      | exchange   | 2026-02-12 | 2026-02-11
        """,
        int_line_ask="""
            counted | platform | shop_id | order_id | line_id | ask_key | asked_type | reached | asked_on   | entries
            order   | t        | s       | O1       | ''      | 1       | exchange   | applied | 2026-02-12 | 1
        """,
    ).expect("""
        base      | row_type | first_days | repaired_days | asked_days | happened_on
        paid      | entered  | 2          | 1             |            | 2026-02-10
        shipped   | entered  | 2          | 1             |            | 2026-02-10
        signed    | entered  | 0          | 0             |            | 2026-02-14
        completed | entered  | 0          | 0             |            | 2026-02-24
        paid      | asked    |            |               | 2          | 2026-02-12
        shipped   | asked    |            |               | 2          | 2026-02-12
        signed    | asked    |            |               | 0          | 2026-02-12
        completed | asked    |            |               | 0          | 2026-02-12
    """)


def test_how_far_a_line_came_is_what_its_furthest_case_came_to(model):
    """A refused exchange and one carried through: completed. Closed, nobody tells how: unknown."""
    model("int_line_ask").given(
        int_case_merge="""
            platform | shop_id | order_id | line_id | case_id | case_key | asked_type | is_open | is_approved | is_done | units | line_units
            t        | s       | O1       | 1       | a       | 1        | exchange   | false   | false       | false   | 1     | 3
            t        | s       | O1       | 1       | b       | 2        | exchange   | false   | true        | true    | 1     | 3
            t        | s       | O2       | 1       | c       | 3        | exchange   | false   |             |         | 1     | 1
            t        | s       | O3       | 1       | d       | 4        | exchange   | true    |             | false   |       | 2
        """
    ).expect("""
        counted | order_id | reached   | approval_told | end_told | entries | units
        line    | O1       | completed | true          | true     | 1       | 1
        line    | O1       | applied   | true          | true     | 0       | 1
        order   | O1       | completed | true          | true     | 1       |
        order   | O1       | applied   | true          | true     | 0       |
        line    | O2       | applied   | false         | false    | 1       | 1
        order   | O2       | applied   | false         | false    | 1       |
        line    | O3       | applied   | true          | true     | 1       |
        order   | O3       | applied   | true          | true     | 1       |
    """)


ORDERS_ASKED = """
    row_type | counted | base | entered_on | is_ripe | asked_type | reached   | approval_told | end_told | entries
    entered  | order   | paid | 2026-02-02 | true    |            |           |               |          | 10
    asked    | order   | paid | 2026-02-02 | true    | exchange   | completed | true          | true     | 1
    asked    | order   | paid | 2026-02-02 | true    | exchange   | approved  | true          | false    | 1
    asked    | order   | paid | 2026-02-02 | true    | exchange   | applied   | false         | false    | 2
    entered  | order   | paid | 2026-03-02 | false   |            |           |               |          | 10
"""


def test_what_nobody_knows_of_is_neither_approved_nor_not(asked):
    """4 of 10 applied; 2 of the 8 that are known approved; 1 of the 7 known completed."""
    found = asked("case_cohort_rate_orders", ORDERS_ASKED, ["state"])
    assert [(row["state"], row["value"], row["excluded"]) for row in found] == [
        ("applied", 0.4, 0),
        ("approved", 0.25, 2),
        ("completed", pytest.approx(1 / 7), 3),
    ]


def test_where_no_outcome_is_known_the_share_completed_is_unknown_and_not_zero(asked):
    text = """
        row_type | counted | base | is_ripe | asked_type | reached | approval_told | end_told | entries
        entered  | order   | paid | true    |            |         |               |          | 10
        asked    | order   | paid | true    | exchange   | applied | true          | false    | 2
    """
    found = asked("case_cohort_rate_orders", text, ["state"])
    assert [(row["state"], row["value"], row["value_reason"]) for row in found] == [
        ("applied", 0.2, None),
        ("approved", 0.0, None),
        ("completed", None, "outcome_unknown"),
    ]


def test_cases_that_do_not_tell_their_units_are_excluded_and_counted(asked):
    """Of three lines of 8 units in all one tells 2 units, and two do not tell how many."""
    text = """
        row_type | counted | base | is_ripe | asked_type | reached | has_units | entries | units | reporting_amount
        entered  | line    | paid | true    |            |         |           | 3       | 8     | 80.00
        asked    | line    | paid | true    | exchange   | applied | true      | 1       | 2     | 20.00
        asked    | line    | paid | true    | exchange   | applied | false     | 2       |       |
    """
    for name in ("case_cohort_rate_units", "case_cohort_rate_value"):
        (row,) = asked(name, text)
        assert (row["value"], row["excluded"]) == (0.25, 2), name


def test_a_cohort_that_is_not_ripe_has_no_rate_but_can_be_asked_for(asked):
    by_month = asked("case_cohort_rate_orders", ORDERS_ASKED, ["month"])
    assert [(row["value"], row["value_reason"]) for row in by_month] == [
        (0.4, None),
        (None, "too_young"),
    ]
    (row,) = asked("case_cohort_rate_orders", ORDERS_ASKED, maturity="all")
    assert row["value"] == 0.2
    (row,) = asked("cohort_ripe_share", ORDERS_ASKED)
    assert row["value"] == 0.5


def test_a_base_no_export_has_a_time_for_says_so_and_is_not_zero(asked):
    text = """
        row_type | counted | base   | reason          | entries
        left_out | order   | signed | no_signing_time | 10
        left_out | line    | signed | no_signing_time | 12
        entered  | order   | paid   |                 | 10
    """
    left_out = {
        "case_cohort_rate_orders": 10, "case_period_rate_orders": 10, "cohort_ripe_share": 10,
        "case_cohort_rate_units": 12, "case_cohort_rate_value": 12, "exchange_incidence_15d": 12,
        "repair_incidence_30d": 12,
        "case_cohort_triangle": 0,  # what it leaves out is what was not watched for so long
    }  # fmt: skip
    for name, excluded in left_out.items():
        (row,) = asked(name, text, base="signed")
        told = (row["value"], row["value_reason"], row["excluded"])
        assert told == (None, "no_signing_time", excluded), name


def test_units_need_an_item_report_and_value_one_currency(asked):
    text = """
        row_type | counted | base | is_ripe | entries | reporting_amount | reporting_currency
        entered  | line    | paid | true    | 3       | 90.00            | CNY
    """
    for name in ("case_cohort_rate_units", "case_cohort_rate_value"):
        (row,) = asked(name, text)
        assert (row["value"], row["value_reason"]) == (None, "no_lines")
    text = """
        row_type | counted | base | is_ripe | entries | units | reporting_amount | reporting_currency
        entered  | line    | paid | true    | 3       | 3     | 90.00            | CNY
        entered  | line    | paid | true    | 1       | 1     | 30.00            | USD
    """
    (row,) = asked("case_cohort_rate_value", text)
    assert (row["value"], row["value_reason"]) == (None, "several_currencies")
    found = asked("case_cohort_rate_value", text, ["reporting_currency"])
    assert [row["value"] for row in found] == [0, 0]


def test_an_incidence_leaves_out_what_has_no_day_and_counts_it(asked):
    text = """
        row_type | counted | base | first_type | first_days | reason         | entries
        entered  | line    | paid |            | 30         |                | 4
        entered  | line    | paid |            |            |                | 2
        left_out | line    | paid |            |            | no_case_export | 5
    """
    (row,) = asked("exchange_incidence_30d", text)
    assert (row["value"], row["denominator"], row["excluded"]) == (0.0, 4, 7)
    (row,) = asked("exchange_incidence_60d", text)
    assert (row["value"], row["value_reason"]) == (None, "too_young")


def test_the_cells_of_a_triangle_that_are_not_ripe_rest_on_the_earlier_orders(asked):
    """March: watched for 20 and 10 days; within 15 days only the earlier ten are looked at."""
    text = """
        row_type | counted | base | entered_on | followed_days | asked_type | asked_days | entries
        entered  | order   | paid | 2026-03-11 | 20            |            |            | 10
        entered  | order   | paid | 2026-03-21 | 10            |            |            | 30
        asked    | order   | paid | 2026-03-11 | 20            | exchange   | 12         | 1
        asked    | order   | paid | 2026-03-21 | 10            | exchange   | 7          | 3
        asked    | order   | paid | 2026-03-21 | 10            | exchange   | 8          | 9
    """
    found = asked("case_cohort_triangle", text, ["month", "age_days"])
    assert [(row["age_days"], row["value"], row["excluded"]) for row in found[:3]] == [
        (7, 0.075, 0),
        (15, 0.1, 30),
        (30, None, 40),
    ]
    assert found[2]["value_reason"] == "too_young"


def test_an_exchange_approved_or_completed_in_the_period_is_one_asked_for_in_it(asked):
    text = """
        order_key | event_type | cases_known | approval | is_done
        O1        | sold       | true        |          |
        O2        | sold       | true        |          |
        O3        | sold       | true        |          |
        O4        | sold       | true        |          |
        O1        | exchange   | true        | approved | false
        O2        | exchange   | true        | unknown  | true
        O3        | exchange   | true        | rejected | false
    """
    found = asked("exchange_rate_orders", text, ["state"])
    assert [(row["state"], row["value"]) for row in found] == [
        ("applied", 0.75),
        ("approved", 0.5),
        ("completed", 0.25),
    ]


def test_a_line_has_its_own_days_and_money_in_the_reporting_currency(story):
    """Paid on a Sunday at Friday's rate; its own parcel left a day after the order's."""
    found = story.given(
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | sku | units | paid_amount | currency | status    | paid_at          | shipped_at
            t        | s       | O1       | 1       | A   | 1     | 10.00       | USD      | completed | 2026-03-08 02:00 |
            t        | s       | O1       | 2       | B   | 1     | 10.00       | EUR      | completed | 2026-03-08 02:00 | 2026-03-10 17:00
            t        | s       | O1       | 3       | C   | 1     | 10.00       | CNY      | completed | 2026-03-08 02:00 |
        """,
        stg_shop__order="""
            platform | shop_id | order_id | currency | paid_at          | shipped_at       | status
            t        | s       | O1       | CNY      | 2026-03-08 02:00 | 2026-03-09 02:00 | completed
        """,
        int_fx_day="""
            currency | day_on     | rate
            USD      | 2026-03-08 | 7.103
            USD      | 2026-03-09 | 9.0
        """,
        stg_reference__special_goods="shop_id | sku | can_exchange\ns | B | no\ns | C | yes",
    ).ask(
        "fct_order_line",
        "select sku, reporting_amount, reporting_currency, shipped_on, signed_on, can_exchange"
        " from fct_order_line order by sku",
    )
    assert [(row[0], float(row[1]), *row[2:]) for row in found] == [
        ("A", 71.03, "CNY", date(2026, 3, 9), None, None),
        ("B", 10.0, "EUR", date(2026, 3, 11), None, False),  # no rate: as it was
        ("C", 10.0, "CNY", date(2026, 3, 9), None, True),
    ]
