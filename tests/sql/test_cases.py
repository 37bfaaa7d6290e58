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


def test_the_event_log_has_one_event_for_each_time_the_export_gives_in_order(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | applied_at | return_shipped_at | refunded_at | closed_at
            t        | s       | C1      | 1           | 2026-03-01 | 2026-03-03        | 2026-03-05  | 2026-03-05
        """
    ).expect(
        "fct_case_event",
        """
        event_no | activity       | actor    | happened_at
        1        | applied        | customer | 2026-03-01
        2        | return_shipped | customer | 2026-03-03
        3        | refunded       | merchant | 2026-03-05
        4        | closed         | platform | 2026-03-05
    """,
    )


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


def test_what_the_merchant_decided_is_told_by_status_reason_or_log_and_pending_is_apart(story):
    """A case applied for again waits, whatever was decided of it before."""
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id   | row_version | asked_type | status    | applied_at | return_shipped_at | closed_at
            t        | s       | waits     | 1           | exchange   | applied   | 2026-03-01 |                   |
            t        | s       | agreed    | 2           | exchange   | approved  | 2026-03-01 |                   |
            t        | s       | sent      | 3           | exchange   | closed    | 2026-03-01 | 2026-03-02        | 2026-03-05
            t        | s       | refused   | 4           | exchange   | rejected  | 2026-03-01 |                   |
            t        | s       | noted     | 5           | exchange   | closed    | 2026-03-01 |                   | 2026-03-05
            t        | s       | logged    | 6           | exchange   | closed    | 2026-03-01 |                   | 2026-03-05
            t        | s       | again     | 7           | exchange   | applied   | 2026-03-01 |                   |
            t        | s       | back      | 8           | exchange   | withdrawn | 2026-03-01 |                   | 2026-03-05
            t        | s       | untold    | 9           | exchange   | closed    | 2026-03-01 |                   | 2026-03-05
            t        | s       | overruled | 10          | exchange   | closed    | 2026-03-01 |                   | 2026-03-05
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id | reject_reason
            t        | s       | noted   | 已使用
        """,
        stg_shop__case_event="""
            platform | shop_id | case_id   | row_version | status   | happened_at      | reason
            t        | s       | logged    | 1           | applied  | 2026-03-01 10:00 |
            t        | s       | logged    | 2           | rejected | 2026-03-01 11:00 | 超期
            t        | s       | logged    | 3           | closed   | 2026-03-05 11:00 | 超时
            t        | s       | again     | 4           | applied  | 2026-03-01 10:00 |
            t        | s       | again     | 5           | rejected | 2026-03-01 11:00 | 缺凭证
            t        | s       | again     | 6           | applied  | 2026-03-01 12:00 |
            t        | s       | overruled | 7           | applied  | 2026-03-01 10:00 |
            t        | s       | overruled | 8           | rejected | 2026-03-01 11:00 | 超期
            t        | s       | overruled | 9           | applied  | 2026-03-01 12:00 |
            t        | s       | overruled | 10          | approved | 2026-03-01 13:00 |
            t        | s       | overruled | 11          | closed   | 2026-03-01 14:00 |
        """,
    ).expect(
        "fct_case",
        """
        case_id   | approval  | reject_reason | rounds
        waits     | pending   |               | 1
        agreed    | approved  |               | 1
        sent      | approved  |               | 1
        refused   | rejected  |               | 1
        noted     | rejected  | 已使用        | 1
        logged    | rejected  | 超期          | 1
        again     | pending   | 缺凭证        | 2
        back      | withdrawn |               | 1
        untold    | unknown   |               | 1
        overruled | approved  | 超期          | 2
    """,
    )


def test_a_case_applied_for_withdrawn_and_applied_for_again_is_one_case_of_several_rounds(story):
    """Exports list it again and again, sorted anyhow; refused and sent in anew counts likewise."""
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type | status   | applied_at
            t        | s       | C1      | 1           | exchange   | approved | 2026-03-01
        """,
        stg_shop__case_version="""
            platform | shop_id | case_id | row_version | status    | exported_at
            t        | s       | C1      | 4           | applied   | 2026-03-04
            t        | s       | C1      | 3           | withdrawn | 2026-03-03
            t        | s       | C1      | 5           | rejected  | 2026-03-05
            t        | s       | C1      | 5           | rejected  | 2026-03-05
            t        | s       | C1      | 6           | applied   | 2026-03-06
            t        | s       | C1      | 7           | approved  | 2026-03-07
            t        | s       | C1      | 2           | applied   | 2026-03-02
        """,
    ).expect(
        "fct_case",
        """
        case_id | rounds | approval
        C1      | 3      | approved
    """,
    )


def test_done_as_asked_is_told_apart_from_done_as_something_else(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id   | row_version | asked_type    | done_type     | status    | applied_at | reshipped_at | refunded_at | closed_at
            t        | s       | swapped   | 1           | exchange      |               | completed | 2026-03-01 |              |             | 2026-03-05
            t        | s       | mended    | 2           | exchange      | repair        | completed | 2026-03-01 |              |             | 2026-03-05
            t        | s       | money     | 3           | exchange      |               | refunded  | 2026-03-01 |              | 2026-03-04  |
            t        | s       | turned    | 4           | exchange      |               | converted | 2026-03-01 |              | 2026-03-04  | 2026-03-05
            t        | s       | returned  | 5           | return_refund |               | refunded  | 2026-03-01 |              | 2026-03-04  |
            t        | s       | kept      | 6           | return_refund | refund_only   | refunded  | 2026-03-01 |              | 2026-03-04  |
            t        | s       | sent      | 7           | exchange      |               | closed    | 2026-03-01 | 2026-03-03   |             | 2026-03-05
            t        | s       | sent_back | 8           | repair        |               | closed    | 2026-03-01 | 2026-03-03   |             | 2026-03-05
            t        | s       | unsure    | 9           | exchange      |               | closed    | 2026-03-01 |              |             | 2026-03-05
            t        | s       | open      | 10          | exchange      |               | approved  | 2026-03-01 |              |             |
            t        | s       | untold    | 11          |               |               | completed | 2026-03-01 |              |             | 2026-03-05
        """
    ).expect(
        "fct_case",
        """
        case_id   | is_done | is_done_as_asked
        swapped   | true    | true
        mended    | true    | false
        money     | true    | false
        turned    | false   | false
        returned  | true    | true
        kept      | true    | false
        sent      | true    | true
        sent_back | true    |
        unsure    |         |
        open      | false   |
        untold    | true    |
    """,
    )


def test_an_exchange_is_converted_by_the_platforms_word_or_by_money_back_within_thirty_days(story):
    """As of 31 March 16:00; one that is open or young may still become a refund."""
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | order_id | sku | asked_type    | status    | applied_at       | refunded_at      | closed_at
            t        | s       | word    | 1           | O1       | A   | exchange      | converted | 2026-02-01 10:00 | 2026-02-03 10:00 | 2026-02-03 10:00
            t        | s       | since   | 2           | O2       | A   | exchange      | completed | 2026-02-01 10:00 |                  | 2026-02-03 10:00
            t        | s       | R2      | 3           | O2       | A   | return_refund | refunded  | 2026-03-03 10:00 | 2026-03-04 10:00 |
            t        | s       | late    | 4           | O3       | A   | exchange      | completed | 2026-02-01 10:00 |                  | 2026-02-03 10:00
            t        | s       | R3      | 5           | O3       | A   | return_refund | refunded  | 2026-03-03 10:01 | 2026-03-04 10:00 |
            t        | s       | asked   | 6           | O4       | A   | exchange      | completed | 2026-02-01 10:00 |                  | 2026-02-03 10:00
            t        | s       | R4      | 7           | O4       | A   | refund_only   | withdrawn | 2026-02-05 10:00 |                  | 2026-02-06 10:00
            t        | s       | young   | 8           | O5       | A   | exchange      | completed | 2026-03-01 16:01 |                  | 2026-03-03 10:00
            t        | s       | ripe    | 9           | O6       | A   | exchange      | completed | 2026-03-01 16:00 |                  | 2026-03-03 10:00
            t        | s       | open    | 10          | O7       | A   | exchange      | approved  | 2026-02-01 10:00 |                  |
            t        | s       | other   | 11          | O8       | A   | exchange      | completed | 2026-02-01 10:00 |                  | 2026-02-03 10:00
            t        | s       | R8      | 12          | O8       | B   | return_refund | refunded  | 2026-02-05 10:00 | 2026-02-06 10:00 |
        """
    ).expect(
        "fct_case",
        """
        case_id | is_converted | converted_reason | converted_after_seconds
        word    | true         |                  | 172800
        since   | true         |                  | 2592000
        R2      |              | not_exchange     |
        late    | false        |                  |
        R3      |              | not_exchange     |
        asked   | false        |                  |
        R4      |              | not_exchange     |
        young   |              | too_young        |
        ripe    | false        |                  |
        open    |              | open             |
        other   | false        |                  |
        R8      |              | not_exchange     |
    """,
    )


def test_a_log_tells_when_an_exchange_became_a_refund(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type | status    | applied_at       | refunded_at      | closed_at
            t        | s       | C1      | 1           | exchange   | converted | 2026-03-01 10:00 | 2026-03-03 10:00 | 2026-03-03 10:00
        """,
        stg_shop__case_event="""
            platform | shop_id | case_id | row_version | status    | happened_at
            t        | s       | C1      | 1           | applied   | 2026-03-01 10:00
            t        | s       | C1      | 2           | converted | 2026-03-01 11:00
        """,
    ).expect(
        "fct_case",
        """
        case_id | converted_after_seconds
        C1      | 3600
    """,
    )


def test_an_exchange_repeats_one_of_the_same_line_and_the_same_reason_did_not_mend_it(story):
    """The case about a replacement belongs to the line it replaced."""
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | order_id | sku | asked_type | reason | applied_at | replacement_order_id
            t        | s       | first   | 1           | O1       | A   | exchange   | 破损   | 2026-03-01 | R1
            t        | s       | again   | 2           | O1       | A   | exchange   | 破损   | 2026-03-05 |
            t        | s       | else    | 3           | O1       | A   | exchange   | 尺码   | 2026-03-09 |
            t        | s       | chained | 4           | R1       | A   | exchange   | 破损   | 2026-03-12 |
            t        | s       | beside  | 5           | O1       | B   | exchange   | 破损   | 2026-03-13 |
            t        | s       | bare    | 6           |          | A   | exchange   | 破损   | 2026-03-14 |
            t        | s       | mend    | 7           | O1       | A   | repair     | 破损   | 2026-03-15 |
            t        | s       | mute    | 8           | O9       | A   | exchange   |        | 2026-03-15 |
        """
    ).expect(
        "fct_case",
        """
        case_id | cases_before | is_repeat | is_same_reason_again
        first   | 0            | false     | false
        again   | 1            | true      | true
        else    | 2            | true      | false
        chained | 3            | true      | true
        beside  | 0            | false     | false
        bare    | 0            |           |
        mend    | 4            |           |
        mute    | 0            | false     |
    """,
    )


def test_a_replacement_is_no_sale_and_its_units_are_not_received_twice(story):
    """Ten sold, four of them swapped: still ten, and a case of four, not fourteen of anything."""
    facts = story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | order_id | sku | units | asked_type | status    | applied_at | replacement_order_id
            t        | s       | C1      | 1           | O1       | A   | 4     | exchange   | completed | 2026-03-01 | R1
        """,
        stg_shop__order="""
            platform | shop_id | order_id | status | paid_at
            t        | s       | O1       | paid   | 2026-02-20
            t        | s       | R1       | paid   | 2026-03-03
        """,
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | sku | units | paid_amount
            t        | s       | O1       | L1      | A   | 10    | 100.00
            t        | s       | R1       | L1      | A   | 4     | 0.00
        """,
    )
    facts.expect(
        "fct_case",
        """
        case_id | units | value_amount
        C1      | 4     | 40.00
    """,
    )
    facts.expect(
        "fct_order_line",
        """
        order_id | units | is_sold
        O1       | 10    | true
        R1       | 4     | false
    """,
    )


def test_which_units_came_back_is_not_guessed_so_their_value_is_unknown_and_not_zero(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | order_id | sku | units | paid_amount | asked_type
            t        | s       | several | 1           | O1       | A   |       |             | exchange
            t        | s       | single  | 2           | O1       | B   |       |             | exchange
            t        | s       | part    | 3           | O1       | A   | 2     |             | exchange
            t        | s       | lost    | 4           | O9       | A   | 2     |             | exchange
            t        | s       | own     | 5           | O9       | A   | 2     | 50.00       | exchange
        """,
        stg_shop__order_line="""
            platform | shop_id | order_id | line_id | sku | units | paid_amount
            t        | s       | O1       | L1      | A   | 5     | 100.00
            t        | s       | O1       | L2      | B   | 1     | 30.00
        """,
    ).expect(
        "fct_case",
        """
        case_id | units | units_reason     | value_amount | value_reason
        several |       | units_not_stated |              | units_not_stated
        single  | 1     |                  | 30.00        |
        part    | 2     |                  | 40.00        |
        lost    | 2     |                  |              | no_unit_price
        own     | 2     |                  | 50.00        |
    """,
    )


def test_a_fast_exchange_says_so_and_one_nobody_speaks_of_is_neither(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type
            t        | s       | fast    | 1           | exchange
            t        | s       | plain   | 2           | exchange
            t        | s       | untold  | 3           | exchange
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id | is_fast
            t        | s       | fast    | yes
            t        | s       | plain   | no
        """,
    ).expect(
        "fct_case",
        """
        case_id | is_fast | has_record
        fast    | true    | true
        plain   | false   | true
        untold  |         | false
    """,
    )


def test_a_conversation_about_the_case_or_its_order_came_before_only_where_any_are_known(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | order_id | applied_at       | asked_type
            t        | s       | asked   | 1           | O1       | 2026-03-05 10:00 | exchange
            t        | s       | named   | 2           | O2       | 2026-03-05 10:00 | exchange
            t        | s       | after   | 3           | O3       | 2026-03-05 10:00 | exchange
            t        | s       | at_once | 8           | O8       | 2026-03-05 10:00 | exchange
            t        | s       | silent  | 4           | O4       | 2026-03-05 10:00 | exchange
            t        | s       | early   | 5           | O5       | 2026-02-01 10:00 | exchange
            t        | s       | late    | 6           | O6       | 2026-03-20 10:00 | exchange
            t        | mute    | alone   | 7           | O7       | 2026-03-05 10:00 | exchange
        """,
        fct_conversation="""
            platform | shop_id | conversation_id | order_id | case_id | started_at
            t        | s       | K0              |          |         | 2026-03-01 10:00
            t        | s       | K1              | O1       |         | 2026-03-05 09:00
            t        | s       | K2              |          | named   | 2026-03-04 09:00
            t        | s       | K3              | O3       |         | 2026-03-05 10:00
            t        | s       | K4              |          |         | 2026-03-15 10:00
            t        | s       | K5              |          | at_once | 2026-03-05 10:00
        """,
    ).expect(
        "fct_case",
        """
        case_id | is_preceded
        asked   | true
        named   | true
        after   | false
        at_once | false
        silent  | false
        early   |
        late    |
        alone   |
    """,
    )


def test_where_nothing_ever_tells_of_a_refusal_approvals_say_nothing(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | row_version | asked_type    | status
            t        | blind   | A       | 1           | exchange      | approved
            t        | blind   | B       | 2           | exchange      | closed
            t        | seen    | C       | 3           | exchange      | approved
            t        | seen    | D       | 4           | exchange      | rejected
            t        | seen    | E       | 5           | return_refund | approved
            t        | books   | F       | 6           | exchange      | approved
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id
            t        | books   | F
        """,
    ).expect(
        "fct_case",
        """
        case_id | approval | is_refusal_told
        A       | approved | false
        B       | unknown  | false
        C       | approved | true
        D       | rejected | true
        E       | approved | false
        F       | approved | true
    """,
    )
