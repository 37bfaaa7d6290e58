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

# Of a conversation and a call every duration has three columns; the waits of a ticket share two.
MEASURED = {
    "first_response": "first_response",
    "first_response_working": "first_response_working",
    "first_resolution": "first_resolution",
    "first_resolution_working": "first_resolution_working",
    "full_resolution": "full_resolution",
    "full_resolution_working": "full_resolution_working",
    "requester_wait": "stages",
    "requester_wait_working": "stages_working",
    "agent_wait": "stages",
    "agent_wait_working": "stages_working",
    "agent_work": "stages",
    "agent_work_working": "stages_working",
    "hold": "stages",
    "hold_working": "stages_working",
}


def durations(name: str, id_column: str, measured: dict[str, str]) -> str:
    """Rows in which all durations are told, or none with its reason, and one for each slip."""
    shared = sorted(set(measured.values()))
    header = [id_column, *(f"{m}_seconds" for m in measured)]
    header += [f"{m}_{part}" for m in shared for part in ("status", "reason")]

    def row(whose: str, seconds: dict[str, str], told: dict[str, tuple[str, str]]) -> str:
        words = (word for measure in shared for word in told[measure])
        return " | ".join([f"{name} {whose}", *(seconds[m] for m in measured), *words])

    known, ok = dict.fromkeys(measured, "60"), dict.fromkeys(shared, ("ok", ""))
    none = dict.fromkeys(measured, "")
    lines = [
        row("known", known, ok),
        row("waiting", none, dict.fromkeys(shared, ("censored", "unanswered"))),
        # one duration is missing although its status is ok
        *(row(m, known | {m: ""}, ok) for m in measured),
        # its reason is missing although it is
        *(
            row(m, none, dict.fromkeys(shared, ("censored", "open")) | {m: ("censored", "")})
            for m in shared
            if m not in measured
        ),
    ]
    return "\n".join([" | ".join(header), *lines])


DURATIONS = {
    "fct_conversation": durations("conversation", "conversation_id", MEASURED),
    "fct_call": durations("call", "call_id", {"waited": "waited", "talk": "talk"}),
    "fct_turn": """
        conversation_id | turn_no | response_seconds | response_status | response_reason | response_working_seconds | response_working_status | response_working_reason
        turn            | 1       |                  | censored        |                 |                          | censored                | unanswered
        turn            | 2       | 60               | ok              |                 |                          | ok                      |
        turn            | 3       | 60               | ok              |                 |                          | not_computable          | no_calendar
    """,
    "fct_ticket_stage": """
        ticket_id | stage_no | working_seconds | working_status | working_reason
        stage     | 1        |                 | ok             |
        stage     | 2        |                 | not_computable | no_calendar
    """,
    "fct_case_stage": """
        case_id | stage_no | stage_seconds | stage_exposure_seconds | stage_status   | stage_reason | stage_working_seconds | stage_working_status | stage_working_reason
        known   | 1        | 60            | 60                     | ok             |              | 30                    | ok                   |
        known   | 2        |               | 90                     | censored       | open         |                       | censored             | open
        known   | 3        |               |                        | not_computable | out_of_order |                       | not_computable       | out_of_order
        known   | 4        | 60            | 60                     | ok             |              |                       | not_computable       | no_calendar
        step    | 1        |               | 60                     | ok             |              | 30                    | ok                   |
        step    | 2        |               | 90                     | censored       |              |                       | censored             | open
        step    | 3        |               |                        | censored       | open         |                       | censored             | open
        step    | 4        | -1            | -1                     | ok             |              | 30                    | ok                   |
        step    | 5        | 60            | 60                     | ok             |              |                       | ok                   |
        step    | 6        | 60            | 60                     | ok             |              |                       | not_computable       |
    """,
    "fct_sla": """
        conversation_id | measure  | turn_no | state          | elapsed_seconds | overdue_seconds | reason
        promise         | kept     | 1       | attained       | 60              |                 |
        promise         | broken   | 1       | breached       | 60              | 1               |
        promise         | at once  | 1       | breached       | 60              | 0               |
        promise         | spared   | 1       | exempt         | 60              |                 | 春节
        promise         | resting  | 1       | paused         | 60              |                 | pending
        promise         | shared   | 1       | not_computable | 60              |                 | several_policies
        promise         | nameless | 1       | not_computable |                 |                 |
        promise         | partial  | 1       | not_computable | 60              |                 | beyond_calendar
        promise         | unknown  | 1       | attained       |                 |                 |
        promise         | kept late | 1      | attained       | 60              | 1               |
    """,
}

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
    "complaints_drift": (
        {
            "ref_run": "as_of | as_of_on\n2026-03-31 16:00 | 2026-03-31",
            "mart_complaint_drift": """
                shop_id | week_on    | is_alert
                moved   | 2026-03-23 | true
                calm    | 2026-03-23 | false
                newest  | 2026-03-30 | true
                old     | 2026-03-16 | true
            """,
        },
        ["moved", "newest"],
    ),
    "texts_all_read": (
        {
            "int_text_gather": """
                platform | shop_id | source | entity_id | text_key
                taobao   | S       | case   | read      | a
                taobao   | S       | case   | unread    | b
                taobao   | S       | chat   | half read | a
                taobao   | S       | chat   | half read | b
            """,
            "ref_text_mood": "text_key | emotion\na | 0",
        },
        ["half read", "unread"],
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
                statusless | 60             |                 |
            """,
            **DURATIONS,
        },
        [
            "both",
            "call talk",
            "call waited",
            "conversation agent_wait",
            "conversation agent_wait_working",
            "conversation agent_work",
            "conversation agent_work_working",
            "conversation first_resolution",
            "conversation first_resolution_working",
            "conversation first_response",
            "conversation first_response_working",
            "conversation full_resolution",
            "conversation full_resolution_working",
            "conversation hold",
            "conversation hold_working",
            "conversation requester_wait",
            "conversation requester_wait_working",
            "conversation stages",
            "conversation stages_working",
            "nameless",
            "negative",
            "promise at once 1",
            "promise kept late 1",
            "promise nameless 1",
            "promise partial 1",
            "promise unknown 1",
            "stage 1",
            "statusless",
            *(f"step {no}" for no in range(1, 7)),
            "turn 1",
            "turn 2",
        ],
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
CASES |= {
    "stages_add_up": (
        {
            "ref_run": RUN,
            "fct_ticket_stage": """
                ticket_id | stage_no | from_at          | until_at         | seconds
                whole     | 1        | 2026-03-31 10:00 | 2026-03-31 12:00 | 7200
                whole     | 2        | 2026-03-31 12:00 |                  | 14400
                gap       | 1        | 2026-03-31 10:00 | 2026-03-31 11:00 | 3600
                gap       | 2        | 2026-03-31 12:00 |                  | 14400
                overlap   | 1        | 2026-03-31 10:00 | 2026-03-31 13:00 | 10800
                overlap   | 2        | 2026-03-31 12:00 |                  | 14400
                crooked   | 1        | 2026-03-31 10:00 | 2026-03-31 13:00 | 10800
                crooked   | 2        | 2026-03-31 12:00 |                  | 10800
                short     | 1        | 2026-03-31 10:00 |                  | 21599
                unmeasured | 1       | 2026-03-31 10:00 |                  |
                since     | 1        | 2026-03-31 10:00 | 2026-03-31 17:00 | 25200
            """,
        },
        ["crooked", "gap", "overlap", "short", "unmeasured"],
    ),
    "case_stages_add_up": (
        {
            "ref_run": RUN,
            "fct_case_stage": """
                case_id   | stage_no | from_at          | until_at         | is_current | is_parallel | stage_status   | stage_exposure_seconds
                whole     | 1        | 2026-03-31 10:00 | 2026-03-31 12:00 | false      | false       | ok             | 7200
                whole     | 3        | 2026-03-31 12:00 |                  | true       | false       | censored       | 14400
                whole     | 11       | 2026-03-31 10:30 | 2026-03-31 11:30 | false      | true        | ok             | 3600
                later     | 3        | 2026-03-31 10:00 | 2026-03-31 12:00 | false      | false       | ok             | 7200
                backwards | 1        | 2026-03-31 12:00 | 2026-03-31 10:00 | false      | false       | not_computable |
                backwards | 2        | 2026-03-31 10:00 |                  | true       | false       | not_computable |
                undated   | 1        | 2026-03-31 10:00 |                  | false      | false       | not_computable |
                gap       | 1        | 2026-03-31 10:00 | 2026-03-31 11:00 | false      | false       | ok             | 3600
                gap       | 2        | 2026-03-31 12:00 | 2026-03-31 13:00 | false      | false       | ok             | 7200
                short     | 1        | 2026-03-31 10:00 |                  | true       | false       | censored       | 21599
                negative  | 1        | 2026-03-31 12:00 | 2026-03-31 10:00 | false      | false       | ok             | -7200
                silent    | 1        | 2026-03-31 10:00 | 2026-03-31 11:00 | false      | false       | ok             |
            """,
        },
        ["gap", "negative", "short", "silent"],
    ),
    "histories_begin_with_their_ticket": (
        {
            "int_ticket_merge": """
                platform | shop_id | ticket_id | created_at
                z        | s       | usual     | 2026-03-01 10:00
                z        | s       | before    | 2026-03-01 10:00
                z        | s       | undated   |
            """,
            "fct_ticket_stage": """
                platform | shop_id | ticket_id | stage_no | from_at
                z        | s       | usual     | 1        | 2026-03-01 10:00
                z        | s       | before    | 1        | 2026-03-01 09:59:59
                z        | s       | before    | 2        | 2026-03-01 09:59:59
                z        | s       | undated   | 1        | 2026-03-01 10:00
            """,
        },
        ["before"],
    ),
    "histories_have_their_ticket": (
        {
            "stg_desk__ticket_event": """
                platform | shop_id | ticket_id | field  | changed_at
                z        | s       | there     | status | 2026-03-01 10:00
                z        | s       | nowhere   | status | 2026-03-01 10:00
                z        | s       | nowhere   | status | 2026-03-01 11:00
                z        | other   | there     | status | 2026-03-01 10:00
            """,
            "stg_desk__ticket": """
                platform | shop_id | ticket_id
                z        | s       | there
            """,
        },
        ["nowhere", "there"],
    ),
    "reasons_known": (
        {
            "fct_case": """
                platform | shop_id | case_id | reason     | reason_family
                taobao   | known   | A       | 质量问题   | quality
                taobao   | blank   | B       |            |
                taobao   | strange | C       | 被风吹走了 |
                taobao   | strange | D       | 被风吹走了 |
            """,
        },
        ["strange"],
    ),
    "ticket_statuses_known": (
        {
            "stg_desk__ticket_event": """
                platform | shop_id | ticket_id | field    | changed_at       | value_key
                z        | s       | 1         | status   | 2026-03-01 10:00 | open
                z        | s       | 1         | status   | 2026-03-01 11:00 | parked
                z        | s       | 2         | status   | 2026-03-01 11:00 | parked
                z        | s       | 3         | status   | 2026-03-01 11:00 | open
                z        | q       | 4         | priority | 2026-03-01 11:00 | high
                z        | q       | 5         | status   | 2026-03-01 11:00 | blink
            """,
            "fct_ticket_stage": """
                platform | shop_id | ticket_id | status  | from_at          | seconds
                z        | s       | 1         | open    | 2026-03-01 10:00 | 3600
                z        | s       | 1         | unknown | 2026-03-01 11:00 | 3600
                z        | s       | 2         | unknown | 2026-03-01 11:00 | 3600
                z        | s       | 3         | unknown | 2026-03-01 10:00 | 3600
                z        | s       | 3         | open    | 2026-03-01 11:00 | 3600
                z        | q       | 4         | unknown | 2026-03-01 10:00 | 3600
                z        | q       | 5         | unknown | 2026-03-01 11:00 | 0
            """,
        },
        # of ticket 3 nobody delivered the first status, and of ticket 4 none at all
        ["", "parked"],
    ),
    "conversations_have_working_time": (
        {
            "ref_calendar_of": "shop_id | calendar_id\nread | office",
            "fct_conversation": """
                shop_id | conversation_id | first_response_working_reason | stages_working_reason
                read    | 1               |                               |
                read    | 2               | unanswered                    | unknown_status
                zone    | 3               | unknown_zone                  | unknown_zone
                zone    | 4               | unanswered                    | unknown_zone
                later   | 5               | beyond_calendar               | no_status_history
                early   | 6               | before_calendar               |
                nobodys | 7               | no_calendar                   |
            """,
        },
        ["early", "later", "nobodys", "zone"],
    ),
}
ID_COLUMNS = (
    "word",
    "entity_id",
    "id",
    "case_id",
    "order_id",
    "ticket_id",
    "conversation_id",
    "shop_id",
    "source_file_id",
)


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


def test_a_workspace_that_names_no_calendar_is_not_told_so_of_every_shop(con: Connection) -> None:
    text = FILES["conversations_have_working_time"].read_text(encoding="utf-8")
    con.execute("begin transaction")
    try:
        fill(
            con,
            "fct_conversation",
            """
            shop_id | conversation_id | first_response_working_reason
            a       | 1               | no_calendar
            b       | 2               | unknown_zone
            """,
        )
        found = [row[:4] for row in rows(con, text)]
    finally:
        con.execute("rollback")
    assert found == [(None, "b", "unknown_zone", 1)]


def test_rows_are_traced_to_file_and_record_where_the_check_is_about_rows() -> None:
    untraced = [
        check
        for check, path in FILES.items()
        if "source_record" not in path.read_text(encoding="utf-8")
    ]
    # about exports, days and shops
    assert untraced == [
        "complaints_drift",
        "expected_exports_arrived",
        "rows_a_day_as_usual",
        "sold_orders_agree",
    ]


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
