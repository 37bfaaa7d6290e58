"""Every model as a table, in order, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter

import duckdb

from aftersales.errors import ConfigError
from aftersales.warehouse.connection import Connection, identifier, literal, rows, transaction
from aftersales.warehouse.models import LAID, MAY_READ, Model


@dataclass(frozen=True)
class Built:
    """One table after a build.

    Attributes:
        rows: how many it holds.
        seconds: wall time of making it.
    """

    name: str
    rows: int
    seconds: float


def build(
    con: Connection,
    models: Mapping[str, Model],
    *,
    steps: Mapping[str, Callable[[Connection], object]] | None = None,
    on_step: Callable[[str], None] | None = None,
) -> list[Built]:
    """Make every model's table anew, in the order given; returns what was made.

    One transaction holds them all, so whoever opens the warehouse after a stop finds one whole
    build, never the orders of today beside the cases of yesterday. DuckDB writes large tables
    to its file as they are made, so this costs disk (old and new side by side), not memory.

    Args:
        steps: what is to be done in Python once a model's table is there, by its name.
        on_step: told each model's name before its table is made.

    Raises:
        ConfigError: DuckDB refuses a model; nothing has changed then.
    """
    built = []
    with transaction(con):
        for name in _leftovers(con, models.values()):
            con.execute(f"drop table {identifier(name)}")
        for model in models.values():
            if on_step:
                on_step(model.name)
            built.append(_make(con, model))
            if steps and model.name in steps:
                steps[model.name](con)
    return built


def _make(con: Connection, model: Model) -> Built:
    started = perf_counter()
    table = identifier(model.name)
    try:
        made = rows(con, f"create or replace table {table} as {model.sql}")
        comment(con, table, model.meaning, model.columns)
    except duckdb.Error as error:
        raise _refused(model, error) from error
    return Built(model.name, int(made[0][0]), perf_counter() - started)


def comment(con: Connection, table: str, meaning: str | None, columns: Mapping[str, str]) -> None:
    """Write down in the database what a table and its columns are; ``table`` is SQL already."""
    if meaning:
        con.execute(f"comment on table {table} is {literal(meaning)}")
    for name, words in columns.items():
        con.execute(f"comment on column {table}.{identifier(name)} is {literal(words)}")


def _leftovers(con: Connection, models: Iterable[Model]) -> list[str]:
    """Tables of models that are gone, so that nobody reads or publishes them for current.

    What was laid for this build is none of them, even where no model reads it.
    """
    wanted = set().union(*({model.name} | model.inputs for model in models))
    kinds = tuple(f"{kind}_" for kind in MAY_READ)
    there = rows(
        con,
        "select table_name from duckdb_tables()"
        " where database_name = current_database() and schema_name = current_schema() order by 1",
    )
    return [
        name
        for (name,) in there
        if name.startswith(kinds) and not name.startswith(LAID) and name not in wanted
    ]


def _refused(model: Model, error: duckdb.Error) -> ConfigError:
    message = str(error).splitlines()[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        fix = "raise memory_limit in aftersales.toml, or free disk for DuckDB to spill to"
    elif isinstance(error, duckdb.IOException):
        fix = "free disk space where the warehouse is, then run again"
    else:
        fix = "correct the model; the tables of the last build are still there"
    return ConfigError(f"cannot be built: {message}", fix=fix, file=str(model.path))
