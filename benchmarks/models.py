"""CPU seconds of every model over a large world, and of asking for a metric of it.

Beside the models stands what copying their largest input costs in the same process: a ratio to it
holds on another machine.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import sys
import tempfile
from datetime import date
from pathlib import Path

from measuring import measure

from aftersales import sample, settings
from aftersales.warehouse import connection, models
from aftersales.warehouse.connection import Connection, identifier, one

UNTIL = date(2026, 11, 22)
# From the staged messages, tickets and calls to what is asked of them.
RESPONSES = (
    "int_conversation_number",
    "int_message_speak",
    "int_ticket_merge",
    "int_ticket_stage",
    "int_turn_detect",
    "int_conversation_merge",
    "int_conversation_calendar",
    "int_span_measure",
    "int_canned_reply",
    "int_target_lay",
    "int_sla_apply",
    "fct_turn",
    "fct_ticket_stage",
    "fct_conversation",
    "fct_call",
    "fct_sla",
    "mart_response_variant",
    "mart_waiting_now",
)
# From the staged cases, orders and lines to what is asked of the exchange flow.
EXCHANGES = (
    "int_fx_day",
    "int_case_match",
    "int_case_merge",
    "int_case_path",
    "int_case_sequence",
    "int_case_difference",
    "int_case_refusal",
    "int_case_window",
    "int_case_contact",
    "int_line_ask",
    "int_line_first",
    "int_promise_apply",
    "int_rule_case",
    "int_rule_parameter",
    "fct_case",
    "int_case_step",
    "fct_case_event",
    "fct_case_transition",
    "fct_case_stage",
    "fct_dispute",
    "fct_refund",
    "fct_repair",
    "fct_promise",
    "fct_compensation",
    "fct_rule_finding",
    "mart_case_process",
    "mart_case_cohort",
    "mart_quality_cohort",
    "mart_rule_coverage",
    "mart_compensation_day",
)
ASKED = (
    ("first_response_median",),
    ("first_response_km_p90", "--by", "week"),
    ("reply_km_p90", "--by", "agent"),
    ("taobao_average_response", "--by", "week"),
    ("sla_attained_share", "--by", "measure"),
    ("exchange_incidence_30d", "--by", "sku"),
    ("rule_violation_share", "--by", "rule_id"),
)


def cpu() -> float:
    """CPU seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(con: Connection, statement: str) -> float:
    """CPU seconds of one statement."""
    began = cpu()
    con.execute(statement)
    return cpu() - began


def world(folder: Path, orders: int, months: int) -> Path:
    """A workspace with that many orders, run once."""
    home = folder / "workspace"
    settings.init(home, extra=settings.DEMO)
    sample.write(home / "data" / "inbox", orders=orders, seed=7, months=months, until=UNTIL)
    run = measure(
        *(sys.executable, "-m", "aftersales.cli"),
        *("--home", str(home), "run", "--as-of", str(UNTIL)),
    )
    print(f"first run: {run.cpu:.0f} CPU s, {run.wall:.0f} s, peak {run.peak_mb:.0f} MB")
    return home


def build(home: Path, folder: Path, repeat: int) -> None:
    """Every model anew on a copy of the warehouse: rows, median CPU seconds."""
    own = settings.load(home)
    copy = folder / "copy.duckdb"
    shutil.copy(own.warehouse, copy)
    plan = models.load(own.sql_layers)
    with connection.connect(copy) as con:
        connection.define_functions(con, own.sql_layers)
        found: dict[str, float] = {}
        for name, model in plan.items():
            table = identifier(name)
            statement = f"create or replace table {table} as {model.sql}"
            found[name] = statistics.median(timed(con, statement) for _ in range(repeat))
            print(
                f"  {name:28} {one(con, f'select count(*) from {table}'):>10,} {found[name]:8.2f}"
            )
        messages = one(con, "select count(*) from stg_desk__message")
        copied = timed(con, "create or replace table copied as from stg_desk__message")
        lines = one(con, "select count(*) from stg_shop__order_line")
        copied_lines = timed(con, "create or replace table copied as from stg_shop__order_line")
    spent = sum(found[name] for name in RESPONSES)
    print(f"all models: {sum(found.values()):.1f} CPU s")
    print(
        f"response times of {messages:,} messages, from staged to facts: {spent:.1f} CPU s,"
        f" {spent / copied:.1f} times a copy of the messages ({copied:.1f}); staging them:"
        f" {found['stg_desk__message']:.1f}"
    )
    spent = sum(found[name] for name in EXCHANGES)
    print(
        f"exchange flow of {lines:,} lines, from staged to facts: {spent:.1f} CPU s,"
        f" {spent / copied_lines:.1f} times a copy of the lines ({copied_lines:.1f})"
    )


def ask(home: Path, repeat: int) -> None:
    """What one question costs, start-up included."""
    for question in ASKED:
        command = (sys.executable, "-m", "aftersales.cli", "--home", str(home), "metric", *question)
        runs = [measure(*command) for _ in range(repeat)]
        wall = statistics.median(run.wall for run in runs)
        spent = statistics.median(run.cpu for run in runs)
        print(f"metric {' '.join(question)}: {wall:.2f} s, {spent:.2f} CPU s")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--home", type=Path, help="a workspace that was run, instead of a new one")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aftersales-bench-") as place:
        home = told.home or world(Path(place), told.orders, told.months)
        build(home, Path(place), told.repeat)
        ask(home, told.repeat)


if __name__ == "__main__":
    main()
