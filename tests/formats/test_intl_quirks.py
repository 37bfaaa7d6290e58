"""What shops abroad, help desks and files of one's own do, one habit a test."""

from __future__ import annotations

import json

import pytest
from formats.taking import loaded
from formats.taking import staged as staged_by
from ingest.conftest import Workspace

from aftersales.formats import Formats
from aftersales.ingest import pii


def text_of(table: str, delimiter: str = ",") -> str:
    """A text of cells written `a | b`; nothing as empty."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def staged(workspace: Workspace, table: str, columns: str) -> list[tuple[object, ...]]:
    return staged_by(workspace, table, columns, by="all")


ORDERS_EXPORT = """
    Name  | Email   | Financial Status   | Paid at                   | Fulfillment Status | Fulfilled at              | Currency | Total | Created at                | Lineitem quantity | Lineitem name | Lineitem price | Lineitem sku | Refunded Amount | Phone
    #1001 | a@b.com | paid               | 2026-04-05 21:06:21 +0400 | fulfilled          | 2026-04-06 09:00:00 +0400 | AED      | 30.00 | 2026-04-05 21:06:20 +0400 | 1                 | Mug           | 10.00          | M1           | 0.00            | 0501234567
    #1001 |         |                    |                           |                    |                           |          |       | 2026-04-05 21:06:20 +0400 | 2                 | Cup           | 10.00          | M2           |                 | 0501234567
    #1002 | c@d.com | pending            |                           | unfulfilled        |                           | AED      | 5.00  | 2026-04-06 01:00:00 +0400 | 1                 | Cup           | 5.00           | M2           | 0.00            |
    #1003 | e@f.com | partially_refunded | 2026-04-06 01:00:00 +0400 | partial            |                           | AED      | 9.00  | 2026-04-06 01:00:00 +0400 | 1                 | Cup           | 9.00           | M2           | 4.00            |
    #1004 | g@h.com | vaulted            |                           |                    |                           | AED      | 9.00  | 2026-04-06 01:00:00 +0400 | 1                 | Cup           | 9.00           | M2           | 0.00            |
"""


def test_the_second_row_of_a_shopify_order_repeats_nothing_of_the_order(
    workspace: Workspace,
) -> None:
    loaded(workspace, "orders_export_1.csv", text_of(ORDERS_EXPORT), "shopify_orders_export")
    columns = "order_id, sku, units, status, paid_at, order_total_amount, order_refund_amount"
    assert staged(workspace, "shop.order_line", columns) == [
        ("#1001", "M1", "1", "shipped", "2026-04-05 17:06:21", "30.0000", "0.0000"),
        ("#1001", "M2", "2", None, None, None, "0.0000"),
        ("#1002", "M2", "1", "unpaid", None, "5.0000", "0.0000"),
        ("#1003", "M2", "1", "paid", "2026-04-05 21:00:00", "9.0000", "4.0000"),
        ("#1004", "M2", "1", None, None, "9.0000", "0.0000"),
    ]


def test_an_order_status_is_payment_and_parcel_together_and_an_unknown_one_is_seen(
    workspace: Workspace,
) -> None:
    loaded(workspace, "orders_export_1.csv", text_of(ORDERS_EXPORT), "shopify_orders_export")
    staged(workspace, "shop.order_line", "order_id")
    assert workspace.query("select word, term from ref_word order by all") == [
        ("paid|fulfilled", "shipped"),
        ("partially_refunded|partial", "paid"),
        ("pending|unfulfilled", "unpaid"),
        ("vaulted|", None),
    ]


def test_trial_orders_and_what_a_sync_has_deleted_are_left_out_and_counted(
    workspace: Workspace,
) -> None:
    outcome = loaded(
        workspace,
        "order.csv",
        text_of("""
            id | created_at          | processed_at        | display_financial_status | display_fulfillment_status | total_price_set_shop_amount | total_price_set_shop_currency_code | _fivetran_deleted | test
            1  | 2026-04-05 21:06:21 | 2026-04-05 21:06:21 | PAID                     | FULFILLED                  | 5.00                        | CAD                                | FALSE             | FALSE
            2  | 2026-04-05 21:06:21 | 2026-04-05 21:06:21 | PAID                     | FULFILLED                  | 5.00                        | CAD                                | TRUE              | FALSE
            3  | 2026-04-05 21:06:21 | 2026-04-05 21:06:21 | PAID                     | FULFILLED                  | 5.00                        | CAD                                | FALSE             | TRUE
        """),
        "shopify_order",
    )
    assert (outcome.rows_in, outcome.loaded, outcome.quarantined) == (3, 1, 2)
    assert workspace.query("select record, reason from raw_quarantine order by all") == [
        (2, "left_out"),
        (3, "left_out"),
    ]
    assert staged(workspace, "shop.order", "order_id, status, currency, created_at") == [
        ("1", "shipped", "CAD", "2026-04-05 21:06:21")
    ]


def test_card_numbers_of_a_shopify_payment_are_not_kept(workspace: Workspace) -> None:
    loaded(
        workspace,
        "transaction.csv",
        text_of("""
            id | order_id | kind    | gateway | status  | amount | currency | processed_at        | payment_credit_card_number | payment_credit_card_bin
            1  | 9        | capture | stripe  | success | 5.00   | USD      | 2026-04-05 21:06:21 | **** 1111                  | 411111
        """),
        "shopify_transaction",
    )
    assert workspace.query("select kind, amount, _extra from raw_shop__payment") == [
        ("capture", "5.00", None)
    ]


def test_a_shopify_return_without_any_time_is_a_case_of_no_day(workspace: Workspace) -> None:
    loaded(
        workspace,
        "return.csv",
        text_of("""
            id   | order_id | name   | status   | decline_reason | total_quantity
            8001 | 5001     | #R1001 | declined | FINAL_SALE     | 2
        """),
        "shopify_return",
    )
    assert staged(workspace, "shop.case", "case_id, applied_at, asked_type, status, units") == [
        ("8001", None, "return_refund", "rejected", "2")
    ]


AMAZON_ORDERS = """
    amazon-order-id | purchase-date             | order-status | sales-channel | sku | quantity | currency | item-price
    028-1           | 2026-01-02T03:04:05+00:00 | Shipped      | Amazon.de     | S1  | 1        | EUR      | 10.00
    028-2           | 2026-01-02T03:04:05+00:00 | Shipped      | Amazon.de     | S1  | 1        | EUR      | 0.00
    028-3           | 2026-01-02T03:04:05+00:00 | Pending      | Amazon.de     | S1  | 1        |          |
    S02-4           | 2026-01-02T03:04:05+00:00 | Shipped      | Non-Amazon    | S1  | 1        | EUR      |
"""


def test_an_amazon_replacement_is_known_by_its_number_or_by_costing_nothing(
    workspace: Workspace,
) -> None:
    loaded(workspace, "all_orders.txt", text_of(AMAZON_ORDERS, "\t"), "amazon_order")
    columns = "order_id, status, is_replacement, paid_amount, created_at"
    assert staged(workspace, "shop.order_line", columns) == [
        ("028-1", "shipped", "no", "10.0000", "2026-01-02 03:04:05"),
        ("028-2", "shipped", "yes", "0.0000", "2026-01-02 03:04:05"),
        ("028-3", "unpaid", "no", None, "2026-01-02 03:04:05"),
        ("S02-4", "shipped", "yes", None, "2026-01-02 03:04:05"),
    ]


def test_whether_an_order_is_a_replacement_is_three_words_not_one_an_order(
    workspace: Workspace,
) -> None:
    loaded(workspace, "all_orders.txt", text_of(AMAZON_ORDERS, "\t"), "amazon_order")
    assert workspace.query(
        "select distinct is_replacement from raw_shop__order_line order by 1"
    ) == [
        ("0",),
        ("S",),
        ("|",),
    ]


def test_german_headers_and_day_month_name_dates_of_an_amazon_return(workspace: Workspace) -> None:
    loaded(
        workspace,
        "returns.txt",
        text_of(
            """
            Bestellnummer | Bestelldatum | Rücksendeanforderungsdatum | Amazon-RMA-Nummer | Händler-SKU | Rücksendemenge | Rücksendegrund  | Lösung         | Erstatteter Betrag
            028-1         | 29-Aug-2026  | 29-Sep-2026                | DabcRRMA          | S1          | 1              | CR-DEFECTIVE    | REPLACEMENT    |
            028-1         | 29-Aug-2026  | 1-Oct-2026                 | DabcRRMA          | S2          | 2              | AMZ-PG-BAD-DESC | STANDARDREFUND | 5.00
            """,
            "\t",
        ),
        "amazon_return",
    )
    columns = "case_id, order_id, applied_at, asked_type, reason, units, refund_amount"
    assert staged(workspace, "shop.case", columns) == [
        ("DabcRRMA|S1", "028-1", "2026-09-29 00:00:00", "exchange", "DEFECTIVE", "1", None),
        ("DabcRRMA|S2", "028-1", "2026-10-01 00:00:00", "return_refund", "BAD-DESC", "2", "5.0000"),
    ]


def test_a_fulfilment_return_without_label_is_known_by_order_sku_and_day(
    workspace: Workspace,
) -> None:
    loaded(
        workspace,
        "fba.txt",
        text_of(
            """
            return-date               | order-id | sku | quantity | detailed-disposition | reason      | status                     | license-plate-number | customer-comments
            2026-09-29T07:00:00+00:00 | 028-1    | S1  | 1        | SELLABLE             | SWITCHEROO  | Unit returned to inventory | LPN1                 | 😀 wrong one
            2026-09-29T07:00:00+00:00 | 028-2    | S1  | 1        | DEFECTIVE            | DEFECTIVE   | Reimbursed                 |                      |
            """,
            "\t",
        ),
        "amazon_fba_return",
    )
    assert staged(workspace, "shop.case", "case_id, done_type, status, reason, description") == [
        ("028-2|S1|2026-09-29T07:00:00+00:00", "return_refund", "completed", "DEFECTIVE", None),
        ("LPN1", "return_refund", "completed", "SWITCHEROO", "😀 wrong one"),
    ]


def test_the_replacements_report_is_of_exchanges_asked_and_done(workspace: Workspace) -> None:
    loaded(
        workspace,
        "replacements.txt",
        text_of(
            """
            shipment-date             | sku | asin | quantity | replacement-reason-code | replacement-amazon-order-id | original-amazon-order-id
            2026-09-29T07:00:00+00:00 | S1  | B0   | 1        | 7                       | 302-9                       | 028-1
            """,
            "\t",
        ),
        "amazon_replacement",
    )
    columns = "case_id, order_id, replacement_order_id, asked_type, done_type, status"
    assert staged(workspace, "shop.case", columns) == [
        ("302-9|S1", "028-1", "302-9", "exchange", "exchange", "completed")
    ]


FEEDBACK = "Date\tRating\tComments\tOrder ID\n"


def test_whether_day_or_month_comes_first_is_decided_by_the_whole_file(
    workspace: Workspace,
) -> None:
    text = FEEDBACK + "02/03/2026\t5\tGood\t028-1\n02/13/2026\t1\tBad\t028-2\n"
    loaded(workspace, "feedback.txt", text, "amazon_feedback")
    assert [day for (day,) in staged(workspace, "shop.review", "reviewed_at")] == [
        "2026-02-02 16:00:00",
        "2026-02-12 16:00:00",
    ]


def test_a_file_that_does_not_say_whether_day_or_month_comes_first_is_asked_about(
    workspace: Workspace,
) -> None:
    text = FEEDBACK + "02/03/2026\t5\tGood\t028-1\n03/04/2026\t1\tBad\t028-2\n"
    assert workspace.refusal(workspace.put("feedback.txt", text)) == (
        "feedback.txt, column 'Date': its times fit dmy and mdy equally well,"
        " and mean different days in each\n"
        "  fix: state one in the format 'amazon_feedback', such as: times: [dmy]"
    )


TICKET = {
    "id": 35436000000000000001,
    "created_at": "2026-01-02T03:04:05Z",
    "updated_at": "2026-01-02T05:00:00Z",
    "requester_id": 361234567890123456,
    "submitter_id": 1,
    "assignee_id": 2,
    "status": "open",
    "subject": "Broken mug",
    "via": {"channel": "email", "source": {"from": {"address": "a@b.com", "name": "Ann"}}},
    "satisfaction_rating": {"score": "good"},
    "custom_fields": [{"id": 1, "value": None}],
}


def test_a_number_of_any_length_in_json_stays_what_it_is(workspace: Workspace) -> None:
    loaded(workspace, "tickets.json", json.dumps({"tickets": [TICKET]}), "zendesk_ticket")
    key = workspace.settings.key.read_bytes()
    columns = "ticket_id, buyer_key, created_at, status, channel, satisfaction"
    assert staged(workspace, "desk.ticket", columns) == [
        (
            "35436000000000000001",
            pii.pseudonym(key, "361234567890123456"),
            "2026-01-02 03:04:05",
            "open",
            "email",
            "good",
        )
    ]


def test_of_a_ticket_on_two_pages_the_later_one_counts(workspace: Workspace) -> None:
    pages = [{"tickets": [TICKET]}, {"tickets": [{**TICKET, "status": "solved"}]}]
    text = "\n".join(json.dumps(page) for page in pages)
    outcome = loaded(workspace, "tickets.json", text, "zendesk_ticket")
    assert outcome.loaded == 2
    assert staged(workspace, "desk.ticket", "ticket_id, status") == [
        ("35436000000000000001", "solved")
    ]


def test_json_lines_are_one_table(workspace: Workspace) -> None:
    text = "\n".join(json.dumps({**TICKET, "id": number}) for number in (1, 2))
    loaded(workspace, "tickets.json", text, "zendesk_ticket")
    assert staged(workspace, "desk.ticket", "ticket_id") == [("1",), ("2",)]


def test_an_object_with_a_key_twice_is_refused(workspace: Workspace) -> None:
    text = '{"tickets": [{"id": 1, "id": 2}]}'
    assert workspace.refusal(workspace.put("tickets.json", text)) == (
        "tickets.json: an object of its JSON has the key 'id' twice\n"
        "  fix: download it again; it may be cut off"
    )


def test_the_senders_address_in_a_ticket_is_nowhere_in_the_database(workspace: Workspace) -> None:
    loaded(workspace, "tickets.json", json.dumps({"tickets": [TICKET]}), "zendesk_ticket")
    workspace.con.execute("checkpoint")
    content = workspace.settings.warehouse.read_bytes()
    assert b"Broken mug" in content
    for personal in (b"a@b.com", b"Ann", b"361234567890123456"):
        assert personal not in content


def test_the_comments_within_ticket_events_are_messages_and_the_other_events_are_none(
    workspace: Workspace,
) -> None:
    comment = {"event_type": "Comment", "id": 11, "body": "Hi", "public": False, "author_id": 2}
    event = {
        "id": 1,
        "ticket_id": 7,
        "created_at": "2026-01-02T03:04:05Z",
        "child_events": [comment, {"event_type": "Change", "id": 12, "status": "open"}],
    }
    path = workspace.put("events.json", json.dumps({"ticket_events": [event]}))
    outcome = workspace.one(path)
    assert (outcome.format, outcome.loaded, outcome.quarantined) == ("zendesk_comment", 1, 1)
    key = workspace.settings.key.read_bytes()
    columns = "ticket_id, message_id, sent_at, sender_key, visibility, body"
    assert staged(workspace, "desk.message", columns) == [
        ("7", "11", "2026-01-02 03:04:05", pii.pseudonym(key, "2"), "private", "Hi")
    ]


def test_one_download_holds_tickets_their_figures_and_the_people(workspace: Workspace) -> None:
    times = {"calendar": 12, "business": 5}
    metrics = {
        "ticket_id": 7,
        "reopens": 1,
        "updated_at": "2026-01-02T05:00:00Z",
        "reply_time_in_minutes": times,
        "full_resolution_time_in_minutes": {"calendar": None, "business": None},
    }
    people = [
        {"id": 2, "name": "Jane", "email": "j@x.com", "role": "admin"},
        {"id": 3, "name": "Ann", "email": "a@b.com", "role": "end-user"},
    ]
    users = [{**person, "time_zone": "London", "locale": "en"} for person in people]
    document = {"tickets": [TICKET], "metric_sets": [metrics], "users": users}
    outcomes = workspace.take(workspace.put("page.json", json.dumps(document)))
    assert [(outcome.format, outcome.loaded) for outcome in outcomes] == [
        ("zendesk_ticket", 1),
        ("zendesk_metric_set", 1),
        ("zendesk_user", 2),
    ]
    columns = "first_reply_minutes, first_reply_working_minutes, full_resolution_minutes, reopens"
    assert staged(workspace, "desk.ticket_metric", columns) == [("12.0", "5.0", None, "1")]
    key = workspace.settings.key.read_bytes()
    assert sorted(staged(workspace, "desk.person", "role, name_key, zone")) == [
        ("agent", "Jane", "London"),
        ("customer", pii.pseudonym(key, "Ann"), "London"),
    ]


def test_a_change_of_a_person_hides_the_number_and_one_of_a_status_does_not(
    workspace: Workspace,
) -> None:
    loaded(
        workspace,
        "history.csv",
        text_of("""
            field_name   | ticket_id | updated             | user_id | value
            status       | 7         | 2020-08-28 11:01:27 |         | on-hold
            status       | 7         | 2020-08-28 11:02:27 |         | parked
            requester_id | 7         | 2020-08-28 11:01:27 |         | 1111
            brand_id     | 7         | 2020-08-28 11:01:27 | 1111    | 5
        """),
        "zendesk_field_history",
    )
    hidden = pii.pseudonym(workspace.settings.key.read_bytes(), "1111")
    assert sorted(
        staged(workspace, "desk.ticket_event", "field, value_key, status, status_word"), key=str
    ) == [
        ("other", "5", None, None),
        ("requester", hidden, None, None),
        ("status", "on-hold", "hold", "on-hold"),
        ("status", "parked", None, "parked"),
    ]


def test_who_speaks_in_a_chat_is_told_by_the_kind_of_event_and_the_actor(
    workspace: Workspace,
) -> None:
    loaded(
        workspace,
        "chat_event.csv",
        text_of("""
            chat_id | created_at                 | actor_id  | chat_index | type        | message
            c1      | 2023-12-12 11:20:01.000000 | 55        | 0          | ChatJoin    |
            c1      | 2023-12-12 11:20:02.000000 | 55        | 1          | ChatMessage | Hello
            c1      | 2023-12-12 11:20:03.000000 | __trigger | 2          | ChatMessage | Please wait
            c1      | 2023-12-12 11:20:04.000000 | agent:66  | 3          | ChatMessage | Hi
        """),
        "zendesk_chat_event",
    )
    key = workspace.settings.key.read_bytes()
    assert staged(workspace, "desk.message", "sent_at, sender_role, sender_key") == [
        ("2023-12-12 11:20:01", "system", pii.pseudonym(key, "55")),
        ("2023-12-12 11:20:02", "customer", pii.pseudonym(key, "55")),
        ("2023-12-12 11:20:03", "system", pii.pseudonym(key, "__trigger")),
        ("2023-12-12 11:20:04", "agent", pii.pseudonym(key, "66")),
    ]


def test_summer_times_of_a_help_desk_reach_back_to_1970(workspace: Workspace) -> None:
    loaded(
        workspace,
        "daylight.csv",
        text_of("""
            time_zone | year | daylight_start_utc  | daylight_end_utc    | daylight_offset
            Cairo     | 1970 | 1970-05-01T01:00:00 | 1970-10-01T03:00:00 | 1
        """),
        "zendesk_daylight_time",
    )
    assert staged(workspace, "desk.daylight_time", "zone, begins_at, offset_hours") == [
        ("Cairo", "1970-05-01 01:00:00", "1.0")
    ]


def test_a_column_a_currency_becomes_a_row_a_rate_and_na_is_none(workspace: Workspace) -> None:
    outcome = loaded(
        workspace,
        "eurofxref-hist.csv",
        "Date,USD,JPY,GBP,CYP,\n2026-11-24,1.1,170.1,0.85,N/A,\n2026-11-23,1.2,171.1,,N/A,\n",
        "fx_ecb",
    )
    assert (outcome.rows_in, outcome.loaded) == (8, 5)
    columns = "rated_on, base_currency, currency, rate"
    assert staged(workspace, "reference.fx_rate", columns) == [
        ("2026-11-23", "EUR", "JPY", "171.1"),
        ("2026-11-23", "EUR", "USD", "1.2"),
        ("2026-11-24", "EUR", "GBP", "0.85"),
        ("2026-11-24", "EUR", "JPY", "170.1"),
        ("2026-11-24", "EUR", "USD", "1.1"),
    ]


def test_a_line_of_a_wide_table_that_is_cut_off_is_set_aside_whole(workspace: Workspace) -> None:
    text = "Date,USD,JPY,GBP\n2026-11-24,1.1,170.1,0.85\n2026-11-23,1.2\n"
    outcome = loaded(workspace, "eurofxref-hist.csv", text, "fx_ecb")
    assert (outcome.rows_in, outcome.loaded) == (4, 3)
    assert workspace.query("select line, reason from raw_quarantine") == [
        (3, "only 2 cells where the header has 4")
    ]


def test_a_report_of_agents_takes_its_days_from_the_files_name(workspace: Workspace) -> None:
    text = (
        '"Reporting period 2026-11-02 to 2026-11-08"\n\n'
        "Agent name,Conversations count,Avg first response time,Avg resolution time\n\n"
        "Jane,3,2 minutes 5 seconds,1 day 3 hours\n\nJoe,0,--,--\n\n"
    )
    loaded(workspace, "agents_report_2026-11-02_2026-11-08.csv", text, "chatwoot_agent")
    columns = "agent, first_on, last_on, receptions, first_response_seconds"
    assert staged(workspace, "desk.agent_kpi", columns) == [
        ("Jane", "2026-11-02", "2026-11-08", "3", "125.0"),
        ("Joe", "2026-11-02", "2026-11-08", "0", None),
    ]


@pytest.mark.parametrize(
    ("name", "table", "form", "columns", "wanted"),
    [
        (
            "承诺.csv",
            "商家编码 | 承诺         | 生效日期   | 截止日期 | 天数\nS1 | 首年只换不修 | 2026-01-01 |  | 365",
            "promise_list",
            "reference.promise: sku, promise, valid_from, valid_until, days",
            ("S1", "exchange_only", "2026-01-01", None, "365"),
        ),
        (
            "special_goods.csv",
            "sku | can_exchange | can_return | why\nS1 | no | yes | made to order",
            "special_goods_list",
            "reference.special_goods: sku, can_exchange, can_return, why",
            ("S1", "no", "yes", "made to order"),
        ),
        (
            "事件.csv",
            "事件 | 开始日期   | 结束日期   | 类型\n双11 | 2026-11-01 | 2026-11-11 | 大促",
            "event_list",
            "reference.event: title, first_on, last_on, kind",
            ("双11", "2026-11-01", "2026-11-11", "promotion"),
        ),
        (
            "汇率.csv",
            "日期 | 基准币种 | 币种 | 汇率\n2026-11-24 | CNY | USD | 0.14",
            "fx_long",
            "reference.fx_rate: rated_on, base_currency, currency, rate",
            ("2026-11-24", "CNY", "USD", "0.14"),
        ),
        (
            "EXR.csv",
            "KEY | CURRENCY | CURRENCY_DENOM | TIME_PERIOD | OBS_VALUE\nE | USD | EUR | 2026-11-24 | 1.1",
            "fx_long",
            "reference.fx_rate: rated_on, base_currency, currency, rate",
            ("2026-11-24", "EUR", "USD", "1.1"),
        ),
        (
            "calls.csv",
            "call_id | started_at | queued_at | answered_at | abandoned_at | outcome\n"
            "c1 | 2026-11-01 10:00:00 | 2026-11-01 10:00:05 |  | 2026-11-01 10:01:00 | abandoned",
            "call_long",
            "desk.call: call_id, started_at, answered_at, abandoned_at, outcome",
            ("c1", "2026-11-01 02:00:00", None, "2026-11-01 02:01:00", "abandoned"),
        ),
    ],
    ids=["promises", "special goods", "events", "rates zh", "rates SDMX", "calls"],
)
def test_lists_of_ones_own_are_read_under_chinese_and_english_headers(
    workspace: Workspace, name: str, table: str, form: str, columns: str, wanted: tuple[object, ...]
) -> None:
    loaded(workspace, name, text_of(table), form)
    into, read = columns.split(": ")
    assert staged(workspace, into, read) == [wanted]


def test_every_status_pair_of_shopify_has_a_term_whatever_the_case(
    rules: tuple[object, Formats],
) -> None:
    formats = rules[1]
    paid = {"paid", "partially_refunded", "refunded"}
    parcels = ("", "unfulfilled", "partial", "partially_fulfilled", "restocked", "fulfilled")
    for payment in sorted(paid):
        for parcel in parcels:
            word = f"{payment}|{parcel}".upper()
            term = formats.term("shopify_order", "status", "order_status", word)
            assert term == ("shipped" if parcel == "fulfilled" else "paid"), word


def test_an_ebay_report_has_days_without_century_dollars_and_two_footers(
    workspace: Workspace,
) -> None:
    text = text_of("""
        Sales Record Number | Order Number | Buyer Name | Item Title | Custom Label | Quantity | Sold For | Sale Date | Paid On Date
        1                   | 12-345       | Ann        | Mug        | M1           | 2        | $25.00   | Sep-27-26 |
    """)
    text = f"\n{text}\n1 record(s) downloaded\nSeller ID : qingyu\n"
    outcome = loaded(workspace, "ebay.csv", text, "ebay_order")
    assert (outcome.rows_in, outcome.loaded) == (3, 1)
    assert workspace.query("select distinct reason from raw_quarantine") == [("footer",)]
    columns = "order_id, sku, units, unit_price, created_at, paid_at, is_payment_told"
    assert staged(workspace, "shop.order_line", columns) == [
        ("12-345", "M1", "2", "25.0000", "2026-09-26 16:00:00", None, "true")
    ]


def test_a_lazada_row_is_one_unit(workspace: Workspace) -> None:
    loaded(
        workspace,
        "lazada.csv",
        text_of("""
            orderNumber | sellerSku | createTime        | paidPrice | unitPrice | itemName | status
            77          | M1        | 31 Jan 2026 13:05 | 9.00      | 10.00     | Mug      | delivered
            77          | M1        | 31 Jan 2026 13:05 | 9.00      | 10.00     | Mug      | delivered
        """),
        "lazada_order",
    )
    columns = "order_id, line_id, units, paid_amount, status, created_at"
    assert staged(workspace, "shop.order_line", columns) == [
        ("77", "M1#1", "1", "9.0000", "completed", "2026-01-31 05:05:00"),
        ("77", "M1#2", "1", "9.0000", "completed", "2026-01-31 05:05:00"),
    ]
