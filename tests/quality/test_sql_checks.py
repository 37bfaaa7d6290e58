"""Each file of sql/checks returns the rows that break it, and no others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sql.harness import empty_warehouse, fill

from aftersales import contracts, quality
from aftersales.settings import layered_files, packaged
from aftersales.warehouse import models
from aftersales.warehouse.connection import Connection, rows

LAYERS = (packaged("sql"),)
FILES = layered_files(LAYERS, "checks", "*.sql")
RUN = "as_of\n2026-03-31 16:00"

# Tables, and the ids (or other telling cell) of the rows that must come back.
CASES: dict[str, tuple[dict[str, str], list[str | None]]] = {
    "case_times_in_order": (
        {
            "fct_case": """
                case_id | applied_at | return_shipped_at | return_received_at | closed_at
                right   | 2026-03-02 | 2026-03-03        | 2026-03-04         | 2026-03-05
                early   | 2026-03-02 |                   |                    | 2026-03-01
                swapped | 2026-03-02 | 2026-03-04        | 2026-03-03         |
                open    | 2026-03-02 |                   |                    |
            """
        },
        ["early", "swapped"],
    ),
    "cases_have_their_order": (
        {
            "fct_case": """
                case_id  | order_id | has_order
                known    | O1       | true
                missing  | O2       | false
                goodwill |          | false
            """
        },
        ["missing"],
    ),
    "missing_durations_have_a_reason": (
        {
            "fct_case": """
                case_id  | handling_seconds | handling_status | handling_reason
                done     | 60               | ok              |
                open     |                  | censored        | open
                nameless |                  | censored        |
                negative | -1               | ok              |
                both     | 60               | censored        | open
            """
        },
        ["both", "nameless", "negative"],
    ),
    "rows_gone_at_source": (
        {
            "ref_gone": """
                table_name | file_id | record | told_by
                shop.case  | f1      | 3      | f2
            """,
            "ref_file": """
                file_id | file_name
                f1      | old.csv
                f2      | new.csv
            """,
        },
        ["f1"],
    ),
    "no_rows_in_quarantine": (
        {
            "raw_quarantine": """
                file_id | record | reason
                f1      | 9      | footer
                f2      | 4      | too many cells
            """
        },
        ["f2"],
    ),
    "order_times_in_order": (
        {
            "fct_order": """
                order_id | created_at | paid_at    | shipped_at | completed_at
                right    | 2026-03-01 | 2026-03-02 | 2026-03-03 | 2026-03-04
                unpaid   | 2026-03-01 |            |            |
                early    | 2026-03-01 | 2026-02-28 |            |
            """
        },
        ["early"],
    ),
    "refunds_within_what_was_paid": (
        {
            "fct_order": """
                order_id | total_amount | paid_amount | refund_amount
                lowered  | 100          | 0           | 100
                above    | 100          | 100         | 100.01
            """,
            "fct_case": """
                case_id | paid_amount | refund_amount
                more    | 10          | 11
                unknown |             | 11
            """,
        },
        ["above", "more"],
    ),
    "replies_follow_questions": (
        {
            "fct_turn": """
                conversation_id | asked_at         | replied_at
                right           | 2026-03-01 10:00 | 2026-03-01 10:01
                before          | 2026-03-01 10:00 | 2026-03-01 09:59
            """,
            "fct_conversation": """
                conversation_id | kind   | started_at       | solved_at
                solved_early    | ticket | 2026-03-01 10:00 | 2026-03-01 09:00
            """,
        },
        ["before", "solved_early"],
    ),
    "sold_orders_agree": (
        {
            "fct_order": """
                platform | shop_id | order_id | is_sold
                taobao   | same    | O1       | true
                taobao   | lost    | O2       | true
                taobao   | unsold  | O3       | false
            """,
            "mart_order_event": """
                platform | shop_id | order_key | event_type
                taobao   | same    | O1        | sold
                taobao   | same    | O1        | sold
                taobao   | same    | O1        | exchange
            """,
        },
        ["lost"],
    ),
    "staged_rows_reach_their_facts": (
        {
            "stg_shop__order": """
                platform | shop_id | order_id
                taobao   | s       | there
                taobao   | s       | gone
            """,
            "fct_order": """
                platform | shop_id | order_id
                taobao   | s       | there
            """,
            "int_ticket_merge": """
                platform | shop_id | ticket_id | conversation_id | status
                taobao   | s       | T1        | ticket#T1       | open
                taobao   | s       | T2        | T2              |
                taobao   | s       | T3        | T3              | deleted
            """,
            "stg_desk__call": """
                platform | shop_id | call_id
                taobao   | s       | P1
                taobao   | s       | P2
            """,
            "fct_conversation": """
                platform | shop_id | conversation_id | kind
                taobao   | s       | ticket#T1       | ticket
                taobao   | s       | call#P1         | call
            """,
        },
        ["P2", "T2", "gone"],
    ),
    "times_not_in_the_future": (
        {
            "ref_run": RUN,
            "fct_order": """
                order_id | created_at       | paid_at
                today    | 2026-04-01 09:00 | 2026-04-01 09:01
                unpaid   | 2026-04-01 09:00 |
                paid     | 2026-04-01 09:00 | 2126-04-01 09:00
            """,
            "fct_case": """
                case_id | applied_at
                far     | 2027-03-01
            """,
        },
        ["far", "paid"],
    ),
    "units_agree_between_exports": (
        {
            "stg_shop__order": """
                platform | shop_id | order_id | units
                taobao   | s       | same     | 3
                taobao   | s       | differs  | 3
                taobao   | s       | lineless | 3
            """,
            "stg_shop__order_line": """
                platform | shop_id | order_id | line_id | units
                taobao   | s       | same     | 1       | 1
                taobao   | s       | same     | 2       | 2
                taobao   | s       | differs  | 1       | 2
            """,
        },
        ["differs"],
    ),
}
CASES |= {
    "expected_exports_arrived": (
        {
            "ref_arrival": """
                format | shop_id | state
                a      | here    | arrived
                b      | late    | late
                c      |         | never
                d      | undated | undated
            """
        },
        ["late", "undated", None],
    ),
    "rows_a_day_as_usual": (
        {
            "ref_run": "as_of_on\n2026-03-31",
            "mart_arrival_volume": """
                format | shop_id  | day_on     | volume_status
                a      | few      | 2026-03-31 | low
                a      | many     | 2026-03-25 | high
                a      | long_ago | 2026-03-24 | low
                a      | usual    | 2026-03-31 | ok
                a      | unknown  | 2026-03-31 | not_judged
            """,
        },
        ["few", "many"],
    ),
}
ID_COLUMNS = ("id", "case_id", "order_id", "conversation_id", "shop_id", "source_file_id")


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    made = empty_warehouse(contracts.load(LAYERS), models.load(LAYERS))
    yield made
    made.close()


def test_every_check_has_a_case_here() -> None:
    assert CASES.keys() == FILES.keys()


@pytest.mark.parametrize("check", CASES)
def test_a_check_returns_what_breaks_it_and_nothing_else(con: Connection, check: str) -> None:
    tables, expected = CASES[check]
    text = FILES[check].read_text(encoding="utf-8").rstrip().rstrip(";")
    con.execute("begin transaction")
    try:
        for name, content in tables.items():
            fill(con, name, content)
        names = [column[0] for column in con.execute(f"describe ({text})").fetchall()]
        told = next(name for name in ID_COLUMNS if name in names)
        found = [row[0] for row in rows(con, f"select {told} from ({text}) order by 1")]
    finally:
        con.execute("rollback")
    assert found == expected


def test_rows_are_traced_to_file_and_record_where_the_check_is_about_rows() -> None:
    untraced = [
        check
        for check, path in FILES.items()
        if "source_record" not in path.read_text(encoding="utf-8")
    ]
    # about exports, days and shops
    assert untraced == ["expected_exports_arrived", "rows_a_day_as_usual", "sold_orders_agree"]


@pytest.mark.slow
def test_every_rule_of_ours_holds_on_a_warehouse_without_rows(con: Connection) -> None:
    promised = contracts.load(LAYERS)
    for number, table in enumerate(promised.tables):  # a header and no rows of every kind
        con.execute(
            "insert into raw_file (file_id, table_name, rows_in, rows_loaded, rows_quarantined)"
            " values (?, ?, 0, 0, 0)",
            [f"f{number}", table],
        )
    found = quality.run_gate(con, promised, models.load(LAYERS), LAYERS)
    assert [finding.check for finding in found if not finding.passed] == []
    assert {finding.kind for finding in found} == {
        *("unique", "not_null", "foreign_key", "allowed"),
        *("minimum", "castable", "clock", "reconciled", "check"),
    }
