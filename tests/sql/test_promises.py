"""Promises against what was done: what breaks one, what it does not cover, what nobody knows."""

from __future__ import annotations

import pytest

FIRST_YEAR = """
    shop_id | sku | promise       | valid_from | days
    s       | P   | exchange_only | 2026-01-01 | 365
"""


def cases(rows: str) -> str:
    """Cases of one shop about article P, numbered, unless the rows say otherwise."""
    return f"""
        platform | shop_id | row_version | case_id | order_id | asked_type | status | status_word | reason | applied_at
        {rows.strip()}
    """


def order(day: str = "2026-02-01", signed: str = "2026-02-03 02:00") -> dict[str, str]:
    """The order O1 of two units of P at 100 each."""
    return {
        "stg_shop__order": f"""
            platform | shop_id | order_id | paid_at       | signed_at | currency
            t        | s       | O1       | {day} 02:00 | {signed}  | CNY
        """,
        "stg_shop__order_line": f"""
            platform | shop_id | order_id | line_id | sku | units | paid_amount | unit_price | paid_at       | currency
            t        | s       | O1       | 1       | P   | 1     | 100         | 120        | {day} 02:00 | CNY
        """,
    }


def test_an_article_promised_to_be_exchanged_was_repaired_instead(story):
    story.given(
        **order(),
        stg_reference__promise=FIRST_YEAR,
        stg_shop__case=cases("""
        t | s | 1 | asked repair   | O1 | repair   | completed |          | 质量问题 | 2026-03-01
        t | s | 2 | agreed repair  | O1 | repair   | approved  |          |          | 2026-03-01
        t | s | 3 | mended instead | O1 | exchange | completed | 维修成功 | 质量问题 | 2026-03-01
        t | s | 4 | swapped        | O1 | exchange | completed | 换货成功 | 质量问题 | 2026-03-01
        t | s | 5 | refused        | O1 | exchange | rejected  |          | 质量问题 | 2026-03-01
        t | s | 6 | too small      | O1 | exchange | rejected  |          | 尺码不合适 | 2026-03-01
        """),
        ref_reason="""
            platform | reason     | family
            t        | 尺码不合适 | no_reason
        """,
    ).expect(
        "fct_promise",
        """
        case_id        | promise       | done_type | outcome        | reason             | at_stake_amount
        asked repair   | exchange_only |           | broken         | repaired           | 100.00
        agreed repair  | exchange_only |           | broken         | repaired           | 100.00
        mended instead | exchange_only | repair    | broken         | repaired           | 100.00
        swapped        | exchange_only | exchange  | held           |                    |
        refused        | exchange_only |           | broken         | refused            | 100.00
        too small      | exchange_only |           | not_applicable | reason_not_covered |
        """,
    )


def test_what_is_not_decided_or_not_told_is_neither_kept_nor_broken(story):
    story.given(
        **order(),
        stg_reference__promise=FIRST_YEAR,
        stg_shop__case=cases("""
        t | s | 1 | waits     | O1 | exchange | applied   |  | 质量问题 | 2026-03-01
        t | s | 2 | taken back | O1 | exchange | withdrawn |  | 质量问题 | 2026-03-01
        t | s | 3 | converted | O1 | exchange | converted |  | 质量问题 | 2026-03-01
        t | s | 4 | closed    | O1 | exchange | closed    |  | 质量问题 | 2026-03-01
        t | s | 5 | no reason | O1 | exchange | rejected  |  |          | 2026-03-01
        t | s | 6 | no order  | O9 | exchange | rejected  |  | 质量问题 | 2026-03-01
        t | s | 7 | no goods  |    | exchange | rejected  |  | 质量问题 | 2026-03-01
        """),
        stg_shop__case_line="""
            platform | shop_id | case_line_id | case_id | line_id
            t        | s       | 1            | closed  | 1
        """,
    ).expect(
        "fct_promise",
        """
        case_id    | outcome        | reason
        waits      | not_applicable | still_open
        taken back | not_applicable | withdrawn
        converted  | not_applicable | converted
        closed     | unknown        | outcome_not_told
        no reason  | unknown        | no_reason
        no order   | unknown        | no_sku
        no goods   | unknown        | no_sku
        """,
    )


@pytest.mark.parametrize(
    ("signed", "completed", "applied", "days_since", "counted_from", "outcome", "reason"),
    [
        # 23:59:59 and 00:00:00 in Shanghai, fifteen and sixteen days after a parcel of 3 February
        ("2026-02-03 02:00", "", "2026-02-18 15:59:59", 15, "signed", "broken", "refused"),
        ("2026-02-03 02:00", "", "2026-02-18 16:00:00", 16, "signed", "not_applicable", "out_of_days"),
        ("", "2026-02-13 02:00", "2026-02-28 02:00", 15, "completed", "broken", "refused"),
        ("", "2026-02-13 02:00", "2026-03-01 02:00", 16, "completed", "not_applicable", "out_of_days"),
        # paid on the 1st: what is within the days of that is within those of signing
        ("", "", "2026-02-16 02:00", 15, "paid", "broken", "refused"),
        ("", "", "2026-02-17 02:00", 16, "paid", "unknown", "no_signing_time"),
    ],
)  # fmt: skip
def test_the_days_of_a_promise_are_local_days_after_signing(
    story, signed, completed, applied, days_since, counted_from, outcome, reason
):
    story.given(
        **order()
        | {
            "stg_shop__order": f"""
            platform | shop_id | order_id | paid_at          | signed_at | completed_at
            t        | s       | O1       | 2026-02-01 02:00 | {signed}  | {completed}
            """
        },
        stg_reference__promise="""
            shop_id | sku | promise       | valid_from | days
            s       | *   | exchange_days | 2026-01-01 | 15
        """,
        stg_shop__case=cases(f"t | s | 1 | C | O1 | exchange | rejected | | 不喜欢 | {applied}"),
    ).expect(
        "fct_promise",
        f"""
        case_id | promised_sku | days_since   | counted_from   | outcome   | reason
        C       | *            | {days_since} | {counted_from} | {outcome} | {reason}
        """,
    )


def test_a_promise_for_the_article_goes_before_one_for_all_and_the_latest_before_older_ones(story):
    story.given(
        **order("2026-02-10"),
        stg_reference__promise="""
            shop_id | sku | promise       | valid_from | valid_until | days
            s       | *   | exchange_days | 2026-02-01 |             | 90
            s       | P   | exchange_days | 2026-01-01 |             | 7
            s       | P   | exchange_days | 2026-02-05 |             | 10
            s       | P   | exchange_days | 2026-02-11 |             | 60
            s       | P   | return_days   | 2026-01-01 | 2026-02-09  | 7
            other   | P   | exchange_days | 2026-02-06 |             | 99
        """,
        stg_shop__case=cases("""
        t | s | 1 | swap | O1 | exchange      | rejected | | 不喜欢 | 2026-02-20
        t | s | 2 | back | O1 | return_refund | rejected | | 不喜欢 | 2026-02-05
        """),
    ).expect(
        "fct_promise",
        """
        case_id | promise       | promised_sku | valid_from | promised_days | outcome
        swap    | exchange_days | P            | 2026-02-05 | 10            | not_applicable
        """,
    )


def test_an_order_paid_on_the_last_local_day_of_a_promise_is_under_it(story):
    promise = """
        shop_id | sku | promise       | valid_from | valid_until | days
        s       | P   | exchange_days | 2026-01-01 | 2026-02-01  | 15
    """
    for paid, under in (("2026-02-01 15:59:59", 1), ("2026-02-01 16:00:00", 0)):
        found = story.given(
            stg_shop__order=f"""
                platform | shop_id | order_id | paid_at
                t        | s       | O1       | {paid}
            """,
            stg_shop__case="""
                platform | shop_id | row_version | case_id | order_id | sku | asked_type | applied_at
                t        | s       | 1           | C       | O1       | P   | exchange   | 2026-02-03
            """,
            stg_reference__promise=promise,
        ).ask("fct_promise", "select count(*) from fct_promise")
        assert found == [(under,)]


def test_special_goods_have_neither_the_exchange_nor_the_return_of_everything_else(story):
    story.given(
        **order(),
        stg_reference__promise="""
            shop_id | sku | promise       | valid_from | days
            s       | *   | exchange_days | 2026-01-01 | 15
            s       | *   | return_days   | 2026-01-01 | 15
        """,
        stg_reference__special_goods="""
            shop_id | sku | can_exchange | can_return
            s       | P   | no           | yes
        """,
        stg_shop__case=cases("""
        t | s | 1 | swap | O1 | exchange      | rejected | | 不喜欢 | 2026-02-05
        t | s | 2 | back | O1 | return_refund | rejected | | 不喜欢 | 2026-02-05
        t | s | 3 | paid | O1 | return_refund | refunded | | 不喜欢 | 2026-02-05
        """),
    ).expect(
        "fct_promise",
        """
        case_id | promise       | outcome        | reason
        swap    | exchange_days | not_applicable | special_goods
        back    | return_days   | broken         | refused
        paid    | return_days   | held           |
        """,
    )


@pytest.mark.parametrize(
    ("scope", "reason", "outcome", "why"),
    [
        ("", "质量问题", "broken", "refused"),
        ("", "卖家发错货", "not_applicable", "reason_not_covered"),
        ("", "来历不明的话", "unknown", "scope_not_matched"),
        ("非性能故障", "包装/商品破损/变形/污渍", "broken", "refused"),
        ("非性能故障", "功能/效果不符", "not_applicable", "reason_not_covered"),
        ("非性能故障", "性能故障", "not_applicable", "reason_not_covered"),
        ("非性能故障", "质量问题", "unknown", "scope_not_matched"),
        ("性能故障", "功能/效果不符", "broken", "refused"),
        ("性能故障", "做工问题", "not_applicable", "reason_not_covered"),
        ("非人为损坏", "功能/效果不符", "broken", "refused"),
        ("卖家发错货、质量问题", "卖家发错货", "broken", "refused"),
        ("蓝色外壳", "质量问题", "unknown", "scope_not_matched"),
    ],
)
def test_a_promise_covers_the_faults_it_names(story, scope, reason, outcome, why):
    story.given(
        **order(),
        stg_reference__promise=f"""
            shop_id | sku | promise       | valid_from | days | fault_scope
            s       | P   | exchange_only | 2026-01-01 | 365  | {scope}
        """,
        stg_shop__case=cases(f"t | s | 1 | C | O1 | exchange | rejected | | {reason} | 2026-03-01"),
        ref_reason="""
            platform | reason     | family
            t        | 卖家发错货 | wrong_or_missing
        """,
    ).expect("fct_promise", f"outcome | reason\n{outcome} | {why}")


def test_goods_that_failed_inspection_are_refused_with_reason(story):
    story.given(
        **order(),
        stg_reference__promise=FIRST_YEAR,
        stg_shop__case=cases("t | s | 1 | C | O1 | exchange | rejected | | 质量问题 | 2026-03-01"),
        stg_shop__case_record="""
            platform | shop_id | case_id | inspected_at | inspection
            t        | s       | C       | 2026-03-05   | failed
        """,
    ).expect("fct_promise", "outcome | reason\nnot_applicable | failed_inspection")


def test_a_difference_charged_for_the_same_article_breaks_both_promises(story):
    story.given(
        **order(),
        stg_reference__promise="""
            shop_id | sku | promise          | valid_from | days
            s       | P   | exchange_only    | 2026-01-01 | 365
            s       | P   | price_protection | 2026-01-01 | 365
        """,
        stg_shop__case=cases("""
        t | s | 1 | charged | O1 | exchange | completed | 换货成功 | 质量问题 | 2026-03-01
        t | s | 2 | free    | O1 | exchange | completed | 换货成功 | 质量问题 | 2026-03-01
        t | s | 3 | cent    | O1 | exchange | completed | 换货成功 | 质量问题 | 2026-03-01
        t | s | 4 | dearer  | O1 | exchange | completed | 换货成功 | 质量问题 | 2026-03-01
        t | s | 5 | untold  | O1 | exchange | completed | 换货成功 | 质量问题 | 2026-03-01
        t | s | 6 | as then | O1 | exchange | completed | 换货成功 | 质量问题 | 2026-03-01
        """),
        stg_shop__case_record="""
            platform | shop_id | case_id | replacement_sku | replacement_price | difference_amount
            t        | s       | charged | P               | 110               | 10
            t        | s       | free    | P               | 110               | 0
            t        | s       | cent    | P               | 110               | 0.01
            t        | s       | dearer  | Q               | 110               | 10
            t        | s       | untold  | P               | 110               |
            t        | s       | as then | P               | 100               |
        """,
    ).expect(
        "fct_promise",
        """
        case_id | promise          | outcome        | reason              | at_stake_amount | is_largest
        charged | exchange_only    | broken         | difference_charged  | 10.00           | true
        charged | price_protection | broken         | difference_charged  | 10.00           | false
        free    | exchange_only    | held           |                     |                 | false
        free    | price_protection | held           |                     |                 | false
        cent    | exchange_only    | held           |                     |                 | false
        cent    | price_protection | held           |                     |                 | false
        dearer  | exchange_only    | held           |                     |                 | false
        untold  | exchange_only    | held           |                     |                 | false
        untold  | price_protection | unknown        | difference_not_told |                 | false
        as then | exchange_only    | held           |                     |                 | false
        as then | price_protection | not_applicable | price_unchanged     |                 | false
        """,
    )


@pytest.mark.parametrize(
    ("basis", "sold", "outcome", "reason", "at_stake"),
    [
        ("", "2026-02-10 | 1 | 90 | 120 | | paid", "broken", "refused", "10.00"),
        ("list", "2026-02-10 | 1 | 90 | 120 | | paid", "not_applicable", "price_not_lower", ""),
        ("list", "2026-02-10 | 1 | 100 | 105 | | paid", "broken", "refused", "15.00"),
        ("", "2026-02-10 | 2 | 200 | 120 | | paid", "not_applicable", "price_not_lower", ""),
        # after the application, before the order, on an order that money went back on
        ("", "2026-02-16 | 1 | 90 | 120 | | paid", "unknown", "no_later_price", ""),
        ("", "2026-01-31 | 1 | 90 | 120 | | paid", "unknown", "no_later_price", ""),
        ("", "2026-02-10 | 1 | 90 | 120 | 10 | paid", "unknown", "no_later_price", ""),
        ("", "2026-02-10 | 1 | 90 | 120 | | closed", "unknown", "no_later_price", ""),
    ],
)
def test_a_refused_price_protection_breaks_the_promise_where_the_price_fell(
    story, basis, sold, outcome, reason, at_stake
):
    lines = order()["stg_shop__order_line"].rstrip().replace("currency", "refund_amount | status")
    day, units, paid, price, back, status = (part.strip() for part in sold.split("|"))
    story.given(
        stg_shop__order=order()["stg_shop__order"],
        stg_shop__order_line=lines.replace("| CNY", "| | paid")
        + f"\nt | s | O2 | 1 | P | {units} | {paid} | {price} | {day} | {back} | {status}",
        stg_reference__promise=f"""
            shop_id | sku | promise          | valid_from | days | price_basis
            s       | P   | price_protection | 2026-01-01 | 30   | {basis}
        """,
        stg_shop__case=cases("t | s | 1 | C | O1 | price_protection | rejected | | | 2026-02-15"),
    ).expect(
        "fct_promise",
        f"outcome | reason | at_stake_amount\n{outcome} | {reason} | {at_stake}",
    )


def test_what_is_to_be_repaired_for_nothing_is_neither_refused_nor_charged(story):
    story.given(
        **order(),
        stg_reference__promise="""
            shop_id | sku | promise      | valid_from | days
            s       | P   | repair_years | 2026-01-01 | 1095
            s       | P   | other        | 2026-01-01 | 10
        """,
        stg_shop__case=cases("""
        t | s | 1 | refused | O1 | repair | rejected  | | 质量问题 | 2026-03-01
        t | s | 2 | charged | O1 | repair | completed | | 质量问题 | 2026-03-01
        t | s | 3 | free    | O1 | repair | completed | | 质量问题 | 2026-03-01
        """),
        stg_shop__case_record="""
            platform | shop_id | case_id | difference_amount
            t        | s       | charged | 45
        """,
    ).expect(
        "fct_promise",
        """
        case_id | promise      | outcome | reason         | at_stake_amount
        refused | repair_years | broken  | refused        | 100.00
        charged | repair_years | broken  | repair_charged | 45.00
        free    | repair_years | held    |                |
        """,
    )


def test_money_at_stake_is_told_in_the_reporting_currency_where_the_rate_of_the_day_is_known(story):
    story.given(
        **{name: text.replace("CNY", "USD") for name, text in order().items()},
        stg_reference__promise=FIRST_YEAR,
        stg_shop__case=cases("""
        t | s | 1 | rated   | O1 | repair | completed | | 质量问题 | 2026-03-01
        t | s | 2 | unrated | O1 | repair | completed | | 质量问题 | 2026-04-01
        """),
        stg_reference__fx_rate="""
            rated_on   | base_currency | currency | rate
            2026-03-01 | USD           | CNY      | 7
        """,
    ).expect(
        "fct_promise",
        """
        case_id | at_stake_amount | currency | at_stake_reporting_amount | reporting_currency
        rated   | 100.00          | USD      | 700.00                    | CNY
        unrated | 100.00          | USD      | 100.00                    | USD
        """,
    )


def test_a_shop_that_keeps_no_list_of_promises_has_none(story):
    story.given(
        **order(),
        stg_reference__promise="shop_id | sku | promise | valid_from\nother | * | exchange_days | 2026-01-01",
        stg_shop__case=cases("t | s | 1 | C | O1 | exchange | rejected | | | 2026-03-01"),
    ).expect("fct_promise", "case_id")
