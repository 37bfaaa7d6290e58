"""EX-12 to EX-14: what an exchange costs on top, and what it gives back."""

from __future__ import annotations

MONEY = """
    case_key | platform | shop_id | case_id   | asked_type | status    | is_open | is_done | sku | replacement_sku | replacement_price | unit_paid | units | difference_amount | refund_amount | done_type | applied_at
    1        | taobao   | S       | right     | exchange   | completed | false   | true    | A   | B               | 329               | 299       | 2     | 60                | 0             | | 2026-03-01 10:00
    2        | taobao   | S       | a cent    | exchange   | completed | false   | true    | A   | B               | 329               | 299       | 2     | 60.01             |               | | 2026-03-01 10:00
    3        | taobao   | S       | too much  | exchange   | completed | false   | true    | A   | B               | 329               | 299       | 2     | 60.02             | 0.01          | | 2026-03-01 10:00
    4        | taobao   | S       | too little| exchange   | completed | false   | true    | A   | B               | 329               | 299       | 2     | 0                 | 598           | | 2026-03-01 10:00
    5        | taobao   | S       | cheaper   | exchange   | completed | false   | true    | A   | C               | 279               | 299       | 2     | -40               | 40.01         | | 2026-03-01 10:00
    6        | taobao   | S       | floored   | exchange   | completed | false   | true    | A   | C               | 279               | 299       | 2     | 0                 | 40.02         | | 2026-03-01 10:00
    7        | taobao   | S       | same, 0   | exchange   | completed | false   | true    | A   | A               | 329               | 299       | 2     | 0                 | 0             | | 2026-03-01 10:00
    8        | taobao   | S       | same, up  | exchange   | completed | false   | true    | A   | A               | 329               | 299       | 2     | 30                | 5             | | 2026-03-01 10:00
    9        | taobao   | S       | same, dwn | exchange   | completed | false   | true    | A   | A               | 279               | 299       | 2     | -20               |               | | 2026-03-01 10:00
    10       | taobao   | S       | no price  | exchange   | completed | false   | true    | A   | B               |                   | 299       | 2     | 10                | 5             | | 2026-03-01 10:00
    11       | taobao   | S       | no units  | exchange   | completed | false   | true    | A   | B               | 329               | 299       |       | 10                | 0             | | 2026-03-01 10:00
    12       | taobao   | S       | open      | exchange   | approved  | true    | false   | A   |                 |                   | 299       | 2     |                   | 0             | | 2026-03-01 10:00
    13       | taobao   | S       | turned    | exchange   | converted | true    | false   | A   |                 |                   | 299       | 2     |                   | 598           | | 2026-03-01 10:00
    14       | taobao   | S       | not noted | exchange   | completed | false   | true    | A   |                 |                   | 299       | 2     |                   | 0             | | 2026-03-01 10:00
    15       | taobao   | S       | refunded  | exchange   | completed | false   | true    | A   |                 |                   | 299       | 2     |                   | 598           | return_refund | 2026-03-01 10:00
"""


def test_a_difference_is_right_to_the_cent_and_never_floored(rule):
    rule("ex_12").given(int_case_merge=MONEY).expect("""
        entity_id  | outcome        | reason               | measured | allowed | amount_at_risk
        right      | pass           |                      | 60       | 60      |
        a cent     | pass           |                      | 60.01    | 60      |
        too much   | violation      | overcharged          | 60.02    | 60      | 0.02
        too little | violation      | undercharged         | 0        | 60      | 60
        cheaper    | pass           |                      | -40      | -40     |
        floored    | violation      | overcharged          | 0        | -40     | 40
        same, 0    | not_applicable | same_article         | 0        | 0       |
        same, up   | not_applicable | same_article         | 30       | 0       |
        same, dwn  | not_applicable | same_article         | -20      | 0       |
        no price   | unknown        | no_replacement_price | 10       |         |
        no units   | unknown        | no_units             | 10       |         |
        open       | not_applicable | open                 |          |         |
        turned     | not_applicable | open                 |          |         |
        not noted  | unknown        | no_replacement_price |          |         |
        refunded   | unknown        | no_replacement_price |          |         |
    """)


def test_the_same_article_costs_nothing_whatever_its_price_has_done(rule):
    rule("ex_13").given(int_case_merge=MONEY).expect("""
        entity_id  | outcome        | reason             | amount_at_risk
        right      | not_applicable | other_article      |
        a cent     | not_applicable | other_article      |
        too much   | not_applicable | other_article      |
        too little | not_applicable | other_article      |
        cheaper    | not_applicable | other_article      |
        floored    | not_applicable | other_article      |
        same, 0    | pass           |                    |
        same, up   | violation      | buyer_paid         | 30
        same, dwn  | violation      | merchant_paid      | 20
        no price   | not_applicable | other_article      |
        no units   | not_applicable | other_article      |
        open       | not_applicable | open               |
        turned     | not_applicable | open               |
        not noted  | unknown        | no_replacement_sku |
        refunded   | unknown        | no_replacement_sku |
    """)


def test_an_exchange_gives_back_its_difference_and_no_more(rule):
    rule("ex_14").given(int_case_merge=MONEY).expect("""
        entity_id  | outcome        | reason               | measured | amount_at_risk
        right      | pass           |                      | 0        |
        a cent     | unknown        | no_refund_amount     |          |
        too much   | pass           |                      | 0.01     |
        too little | violation      | full_refund          | 598      | 598
        cheaper    | pass           |                      | 40.01    |
        floored    | violation      | too_much             | 40.02    | 0.02
        same, 0    | pass           |                      | 0        |
        same, up   | violation      | too_much             | 5        | 5
        same, dwn  | unknown        | no_refund_amount     |          |
        no price   | unknown        | no_replacement_price | 5        |
        no units   | pass           |                      | 0        |
        open       | pass           |                      | 0        |
        turned     | not_applicable | converted            | 598      |
        not noted  | pass           |                      | 0        |
        refunded   | not_applicable | converted            | 598      |
    """)
