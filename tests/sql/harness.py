"""Given these rows, a model says that: tiny tables in, tiny tables out, in milliseconds.

model("fct_order").given(stg_shop__order='''
    order_id | paid_at
    O1       | 2026-03-01 10:00
    O2       |
''').expect('''
    order_id | status
    O1       | paid
    O2       | unpaid
''')

First line: column names; a line of dashes under it is ignored. An empty cell is NULL, '' is the
empty text. Columns not given are NULL; inputs not given are empty, but for those in USUAL.
Only the columns expected are compared, in any order of rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aftersales.contracts import Contracts, raw_name
from aftersales.settings import packaged
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import (
    Connection,
    connect,
    define_functions,
    identifier,
    rows,
)
from aftersales.warehouse.models import Model
from aftersales.warehouse.references import DDL

LEDGER = {
    "raw_file": """
        file_id varchar, sha256 varchar, file_name varchar, format varchar, table_name varchar,
        shop_id varchar, shop_from varchar, exported_at timestamp, exported_from varchar,
        kind varchar, encoding varchar, delimiter varchar, sheet varchar, time_layout varchar,
        bytes bigint, rows_in bigint, rows_loaded bigint, rows_quarantined bigint,
        columns_absent varchar, columns_extra varchar, window_from timestamp,
        window_until timestamp""",
    "raw_quarantine": """
        file_id varchar, record bigint, line bigint, column_name varchar, reason varchar,
        raw_text varchar""",
}

# What nearly every test would have to say again: the run, and a zone without summer time.
USUAL = {
    "ref_run": """
        as_of            | as_of_on   | reporting_zone | reporting_currency | waiting_days | mature_days
        2026-03-31 16:00 | 2026-03-31 | Asia/Shanghai  | CNY                | 3            | 30
    """,
    "dim_utc_offset": """
        zone          | valid_from | valid_to   | local_from | local_to   | offset_seconds
        Asia/Shanghai | 1992-01-01 | 2100-01-01 | 1992-01-01 | 2100-01-01 | 28800
        UTC           | 1992-01-01 | 2100-01-01 | 1992-01-01 | 2100-01-01 | 0
    """,
}


def empty_warehouse(contracts: Contracts, models: Mapping[str, Model]) -> Connection:
    """The whole DAG built on empty tables: its types, and the proof that all of it binds."""
    con = connect(None)
    define_functions(con, (packaged("sql"),))
    for name, columns in {**LEDGER, **DDL}.items():
        con.execute(f"create table {name} ({columns})")
    for name, table in contracts.tables.items():
        columns = ", ".join(f"{identifier(column)} varchar" for column in table.columns)
        con.execute(
            f"create table {raw_name(name)} (_file_id varchar, _record bigint, _platform varchar,"
            f" {columns}, _extra varchar)"
        )
    build(con, models)
    return con


@dataclass(frozen=True)
class Case:
    """One model under test, and the rows its inputs hold."""

    con: Connection
    model: Model
    inputs: Mapping[str, str] = field(default_factory=dict)

    def given(self, **inputs: str) -> Case:
        """The same model, with these rows in its inputs."""
        strangers = sorted(inputs.keys() - self.model.inputs)
        assert not strangers, f"{self.model.name} does not read {', '.join(strangers)}"
        return Case(self.con, self.model, {**self.inputs, **inputs})

    def expect(self, table: str) -> None:
        """The model's rows are these and no others."""
        columns, cells = read_table(table)
        listed = ", ".join(map(identifier, columns))
        self.con.execute("begin transaction")
        try:
            usual = {name: text for name, text in USUAL.items() if name in self.model.inputs}
            for name, text in {**usual, **self.inputs}.items():
                fill(self.con, name, text)
            # The expected cells take the types of the model's columns on their way in.
            self.con.execute(
                f"create temp table expected as select {listed} from {self.model.name} limit 0"
            )
            fill(self.con, "expected", table)
            actual = rows(self.con, f"select {listed} from ({self.model.sql})")
            expected = rows(self.con, f"select {listed} from expected")
        finally:
            self.con.execute("rollback")
        assert len(expected) == len(cells)
        wanted, found = as_lines(expected), as_lines(actual)
        assert wanted == found, "\n  ".join(
            [f"{self.model.name}: expected", *wanted, "but found", *found]
        )


@dataclass(frozen=True)
class Story:
    """Staged rows in, and what the facts made of them say: every model in between is built."""

    con: Connection
    models: Mapping[str, Model]
    inputs: Mapping[str, str] = field(default_factory=dict)

    def given(self, **inputs: str) -> Story:
        """The same models, with these rows in tables that are staged or laid."""
        return Story(self.con, self.models, {**self.inputs, **inputs})

    def ask(self, name: str, query: str) -> list[tuple[object, ...]]:
        """The rows of a query once the model is built from what was given."""
        self.con.execute("begin transaction")
        try:
            for table, text in {**USUAL, **self.inputs}.items():
                fill(self.con, table, text)
            for model in self._between(name):
                self.con.execute(f"create or replace table {model.name} as {model.sql}")
            return rows(self.con, query)
        finally:
            self.con.execute("rollback")

    def expect(self, name: str, table: str) -> None:
        """The model's rows are these and no others."""
        columns, cells = read_table(table)
        listed = ", ".join(map(identifier, columns))
        found = as_lines(self.ask(name, f"select {listed} from {name}"))
        self.con.execute("begin transaction")
        try:
            self.con.execute(f"create temp table wanted as select {listed} from {name} limit 0")
            fill(self.con, "wanted", table)
            wanted = as_lines(rows(self.con, f"select {listed} from wanted"))
        finally:
            self.con.execute("rollback")
        assert len(wanted) == len(cells)
        assert wanted == found, "\n  ".join([f"{name}: expected", *wanted, "but found", *found])

    def _between(self, name: str) -> list[Model]:
        """The models to build: what leads from the given tables to the one asked for.

        Nearly all of them read the run and the zones, which alone put no row into any.
        """
        touched = set(self.inputs) - set(USUAL)
        changed = []
        for model in self.models.values():
            if model.name not in self.inputs and model.inputs & touched:
                touched.add(model.name)
                changed.append(model)
        needed = {name}
        for model in reversed(changed):
            if model.name in needed:
                needed |= model.inputs
        return [model for model in changed if model.name in needed]


def fill(con: Connection, name: str, text: str) -> None:
    """Insert a table's text; DuckDB casts the cells to the types of the columns."""
    columns, cells = read_table(text)
    places = ", ".join("?" for _ in columns)
    listed = ", ".join(map(identifier, columns))
    for row in cells:
        con.execute(f"insert into {name} ({listed}) values ({places})", row).fetchall()


def read_table(text: str) -> tuple[list[str], list[list[str | None]]]:
    """Column names, and cells by row."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) > 1 and re.fullmatch(r"-{3}[-|+ ]*", lines[1]):
        del lines[1]
    header, *body = ([cell.strip() for cell in line.split("|")] for line in lines)
    for row in body:
        assert len(row) == len(header), f"{len(header)} columns, but: {' | '.join(row)}"
    return header, [[_value(cell) for cell in row] for row in body]


def as_lines(found: list[tuple[object, ...]]) -> list[str]:
    """Rows as text, sorted, so that a failure reads like the table in the test."""
    return sorted(" | ".join(map(_shown, row)) for row in found)


def _value(cell: str) -> str | None:
    return None if cell == "" else "" if cell == "''" else cell


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.9g}"
    return "NULL" if value is None else str(value) or "''"
