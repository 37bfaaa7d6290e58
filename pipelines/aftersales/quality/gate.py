"""The gate: every rule, its verdict, and the rows that break it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from aftersales.contracts import Contracts, raw_name, staging_name
from aftersales.errors import ConfigError
from aftersales.ingest.pii import mask
from aftersales.quality import checks
from aftersales.quality.expectations import Verdict, validate
from aftersales.quality.findings import Finding, Level
from aftersales.quality.rules import COUNTED, SCHEMA, Offending, Rule, Tables, derive
from aftersales.warehouse.connection import Connection, identifier, literal, one, rows
from aftersales.warehouse.models import Model
from aftersales.warehouse.references import DDL

SHOWN_ROWS = 20
SHOWN_CHARACTERS = 80
# Where a row came from, under the names people are shown.
_ORIGIN = {"source_file_id": "file_name", "_file_id": "file_name"}
_RECORD = {"source_record": "record", "_record": "record"}


def run_gate(
    con: Connection,
    contracts: Contracts,
    models: Mapping[str, Model],
    checks_layers: tuple[Path, ...],
    tables_present: Collection[str] | None = None,
) -> list[Finding]:
    """Hold the tables against contracts, headers and sql/checks; every rule is one finding.

    What was built must be committed. Nothing is written to the database.

    Args:
        tables_present: look at these tables only; default: all there are.

    Raises:
        ConfigError: a file of sql/checks cannot be used.
    """
    tables = _tables(con, tables_present)
    rules = derive(contracts, models, _filled(con, contracts, tables))
    rules += checks.load(checks_layers, tables.keys(), _known(contracts, models))
    with _laid(con, rules):
        verdicts = validate(con, rules)
        reader = _Reader(con, _sensitive(contracts), _file_names(con, tables))
        return [_finding(rule, verdicts[rule.check], reader) for rule in rules]


def _tables(con: Connection, wanted: Collection[str] | None) -> Tables:
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows(
        con,
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'main'"
        " order by table_name, column_index",
    ):
        if wanted is None or table in wanted:
            found.setdefault(table, {})[column] = kind
    return found


def _filled(con: Connection, contracts: Contracts, tables: Tables) -> Tables:
    """The tables, without the staged ones of which no export ever came in: nothing can fail."""
    if "raw_file" not in tables:
        return tables
    delivered = {name for (name,) in rows(con, "select distinct table_name from raw_file")}
    empty = {staging_name(name) for name in contracts.tables if name not in delivered}
    return {name: columns for name, columns in tables.items() if name not in empty}


def _known(contracts: Contracts, models: Mapping[str, Model]) -> set[str]:
    """Tables a check may read although a warehouse may be without them."""
    inputs = {name for model in models.values() for name in model.inputs}
    raw = (*map(raw_name, contracts.tables), "raw_file", "raw_quarantine")
    return {*models, *inputs, *raw, *DDL}


@contextmanager
def _laid(con: Connection, rules: Sequence[Rule]) -> Iterator[None]:
    """The offending rows as tables, in a database in memory that is gone afterwards.

    Temporary tables would not do: other cursors of the connection do not see them. Views would
    be run several times over, since Great Expectations tries every table before it counts.
    """
    con.execute(f"attach ':memory:' as {SCHEMA}")
    try:
        tables = list(dict.fromkeys(rule.offending for rule in rules if rule.offending))
        for offending in tables:
            _lay(con, offending)
        _count(con, rules)
        yield
    finally:
        con.execute(f"detach {SCHEMA}")


def _lay(con: Connection, offending: Offending) -> None:
    table = f"{SCHEMA}.{identifier(offending.name)}"
    try:
        rows(con, f"create table {table} as {offending.sql}")
    except duckdb.Error as error:
        if not offending.file:
            raise
        raise ConfigError(
            f"cannot be checked: {str(error).splitlines()[0]}",
            fix="correct its SQL",
            file=offending.file,
        ) from error


def _count(con: Connection, rules: Sequence[Rule]) -> None:
    told: dict[str, str] = {}
    for rule in rules:
        if rule.offending and rule.counted:
            what = identifier(rule.column) if rule.promise == "null" and rule.column else "*"
            table = f"{SCHEMA}.{identifier(rule.offending.name)}"
            told[rule.counted] = f"select {literal(rule.counted)}, count({what}) from {table}"
    if told:
        # one below the other first: side by side DuckDB would look for the best order to join them
        counts = rows(con, " union all ".join(told.values()))
        listed = ", ".join(f"{count} as {identifier(name)}" for name, count in counts)
        rows(con, f"create table {SCHEMA}.{COUNTED} as select {listed}")


def _finding(rule: Rule, verdict: Verdict, reader: _Reader) -> Finding:
    of = reader.count(rule.population) if rule.population else verdict.of
    return Finding(
        check=rule.check,
        kind=rule.kind,
        table=rule.table,
        column=rule.column,
        level=_level(rule, verdict.failed, of),
        passed=verdict.passed,
        failed=verdict.failed,
        of=of,
        what=rule.what,
        rows=() if verdict.passed else reader.failing(rule),
    )


def _level(rule: Rule, failed: int, of: int | None) -> Level:
    beyond = rule.tolerated is not None and failed > rule.tolerated * (of or 0)
    return "critical" if beyond else rule.level


class _Reader:
    """Reads failing rows and makes them fit to be shown."""

    def __init__(self, con: Connection, sensitive: set[str], files: Mapping[str, str]) -> None:
        self._con = con
        self._sensitive = sensitive
        self._files = files

    def count(self, relation: str) -> int:
        """Rows of a relation."""
        return int(one(self._con, f"select count(*) from {relation}"))

    def failing(self, rule: Rule) -> tuple[dict[str, Any], ...]:
        """The first rows that break a rule, the same ones every time, without personal data."""
        result = self._con.execute(
            f"select * from ({rule.failing}) order by all limit {SHOWN_ROWS}"
        )
        names = [column[0] for column in result.description or ()]
        return tuple(
            self._row(dict(zip(names, cells, strict=True)), {rule.column, "word"})
            for cells in result.fetchall()
        )

    def _row(self, cells: Mapping[str, Any], as_delivered: set[str | None]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, value in cells.items():
            if name in _ORIGIN:
                shown[_ORIGIN[name]] = self._files.get(value, value)
            elif name not in self._sensitive:
                plain = _plain(value)
                # a cell in the wrong column may hold anything
                masked = isinstance(plain, str) and name in as_delivered
                shown[_RECORD.get(name, name)] = mask(plain)[:SHOWN_CHARACTERS] if masked else plain
        return shown


def _sensitive(contracts: Contracts) -> set[str]:
    """Columns never shown: what contracts class as personal, and the pseudonyms made of it."""
    named = {
        column
        for table in contracts.tables.values()
        for column, facts in table.columns.items()
        if facts.pii != "none"
    }
    return named | {f"{name.removesuffix('_id')}_key" for name in named}


def _file_names(con: Connection, tables: Tables) -> dict[str, str]:
    source = next((name for name in ("raw_file", "ref_file") if name in tables), None)
    if source is None:
        return {}
    return dict(rows(con, f"select file_id, file_name from {source}"))


def _plain(value: Any) -> Any:
    """A value JSON can hold."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
