"""The one place that reads rows for the page's tables; every single number comes from a metric."""

from __future__ import annotations

from datetime import date
from typing import Any

from aftersales.errors import ConfigError
from aftersales.reporting.spec import Source
from aftersales.warehouse.connection import Connection, rows

COUNT = "row_count"


def read(
    con: Connection, source: Source, days: tuple[date, date] | None
) -> tuple[dict[str, Any], ...]:
    """The rows a source asks for, or one row a group with its ``row_count`` and sums.

    Names are those of report.yml, which admits nothing but names; values are bound.

    Args:
        days: first and last local day, both inclusive; of no effect where the source has no period.

    Raises:
        ConfigError: there is no such table, or it lacks a column.
    """
    _check(con, source)
    counted = [f"count(*) as {COUNT}", *(f"sum({name}) as {name}" for name in source.sums)]
    parts = list(source.columns) or [*source.by, *counted]
    clauses: list[str] = []
    params: list[Any] = []
    for name, value in source.where.items():
        allowed = [value] if isinstance(value, str) else value
        clauses.append(f"{name} in ({', '.join('?' for _ in allowed)})")
        params += allowed
    if source.period and days:
        clauses.append(f"{source.period} between ? and ?")
        params += days
    sql = f"select {', '.join(parts)} from {source.model}"  # noqa: S608 - names by their pattern
    if clauses:
        sql += f" where {' and '.join(clauses)}"
    if source.by:
        sql += f" group by {', '.join(source.by)}"
    # behind the order asked for all columns, so that equal rows come the same way every time
    ordered = dict.fromkeys([*source.order, *source.by, *source.columns])
    down = next(iter(ordered)) if source.newest_first else None
    ways = {name: " desc" if name == down else "" for name in ordered}
    sql += f" order by {', '.join(f'{name}{way} nulls last' for name, way in ways.items())}"
    if source.limit:
        sql += f" limit {source.limit}"
    cursor = con.execute(sql, params)
    names = [*source.columns] or [*source.by, COUNT, *source.sums]
    return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _check(con: Connection, source: Source) -> None:
    sql = "select distinct column_name from duckdb_columns() where table_name = ? order by 1"
    there = [name for (name,) in rows(con, sql, [source.model])]
    if not there:
        raise ConfigError(
            f"the report reads '{source.model}', which the published run does not have",
            fix="run again, or name another table in report.yml",
        )
    asked = [*source.columns, *source.by, *source.sums, *source.where, *source.order]
    asked += [source.period] if source.period else []
    missing = [name for name in asked if name not in there]
    if missing:
        raise ConfigError(
            f"the report reads '{missing[0]}' of {source.model}, which has no such column",
            fix=f"use one of: {', '.join(there)}",
        )
