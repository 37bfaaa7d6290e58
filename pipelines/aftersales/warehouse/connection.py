"""Connections: opened here and nowhere else, locked down before they see foreign data."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from aftersales.errors import ConfigError, DataError
from aftersales.settings import Settings, layered_files
from aftersales.warehouse.lock import cannot_write

Connection = duckdb.DuckDBPyConnection
Row = tuple[Any, ...]


def connect(
    database: Path | None,
    *,
    read_only: bool = False,
    may_read: Sequence[Path] = (),
    memory_limit: str = "2GB",
    threads: int = 2,
) -> Connection:
    """Open a database and lock it down.

    After this the connection reads no file outside ``may_read``, loads no extension, sees no
    Python variable and cannot undo any of it. Sessions run in UTC.

    Args:
        database: the file; None for one in memory.
        may_read: directories SQL may touch, all below them included.

    Raises:
        DataError: the file is damaged or not a DuckDB database.
        ConfigError: it cannot be opened, for its mode or for another process.
    """
    try:
        con = duckdb.connect(str(database) if database else ":memory:", read_only=read_only)
    except duckdb.Error as error:
        raise _cannot_open(database, error) from error
    if one(con, "select current_setting('lock_configuration')"):
        return con  # the process has this file open already, locked down by the lines below
    for statement in (
        "set global timezone = 'UTC'",  # global: cursors and later connections inherit it
        "set preserve_insertion_order = true",
        "set autoinstall_known_extensions = false",
        "set autoload_known_extensions = false",
        "set python_enable_replacements = false",
    ):
        con.execute(statement)
    con.execute(f"set memory_limit = '{_plain(memory_limit)}'")
    con.execute(f"set threads = {int(threads)}")
    if database is not None and not read_only:
        spill = database.parent / "spill"
        con.execute(f"set temp_directory = '{_quoted(spill)}'")
    folders = ", ".join(f"'{_quoted(folder.resolve())}/'" for folder in may_read)
    con.execute(f"set allowed_directories = [{folders}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return con


def open_writer(settings: Settings) -> Connection:
    """The writer's connection to the warehouse; the caller holds the lock."""
    settings.staging.mkdir(parents=True, exist_ok=True)
    settings.published.mkdir(parents=True, exist_ok=True)
    con = connect(
        settings.warehouse,
        may_read=[settings.staging, settings.published],
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )
    define_functions(con, settings.sql_layers)
    return con


def define_functions(con: Connection, layers: tuple[Path, ...]) -> None:
    """The functions of sql/functions, known to this connection by name."""
    for path in layered_files(layers, "functions", "*.sql").values():
        text = path.read_text(encoding="utf-8")
        con.execute(text.replace("create macro", "create or replace temp macro"))


@contextmanager
def room_to_write(database: Path) -> Iterator[None]:
    """Work that a full disk may stop.

    Raises:
        ConfigError: it did.
    """
    try:
        yield
    except duckdb.Error as error:
        if "No space left on device" not in str(error):
            raise
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise cannot_write(database.parent, full) from error


def rows(
    con: Connection, sql: str, params: Sequence[Any] | dict[str, Any] | None = None
) -> list[Row]:
    """All rows of a query; the result is always drained."""
    return con.execute(sql, params).fetchall()


def one(con: Connection, sql: str, params: Sequence[Any] | dict[str, Any] | None = None) -> Any:
    """The first column of the only row."""
    return rows(con, sql, params)[0][0]


@contextmanager
def transaction(con: Connection) -> Iterator[None]:
    """All of it or nothing: rolls back on any exception, an interrupt included."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def insert(con: Connection, table: str, columns: str, content: Sequence[Row]) -> None:
    """Rows into a table, column by column: row by row takes a second for every few thousand.

    Args:
        columns: of the table, as its DDL has them: ``name type, name type``.
    """
    if not content:
        return
    lists = ", ".join(f"unnest(?::{column.split()[1]}[])" for column in columns.split(", "))
    values = [list(column) for column in zip(*content, strict=True)]
    con.execute(f"insert into {identifier(table)} select {lists}", values)


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in ". %")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _cannot_open(database: Path | None, error: duckdb.Error) -> DataError | ConfigError:
    first = str(error).splitlines()[0]
    if "lock" in first.lower():
        return ConfigError(
            f"another program has the database open: {first}",
            fix="close it and run again",
            file=str(database),
        )
    if isinstance(error, duckdb.IOException) and "ermission denied" in first:
        return ConfigError(
            "may not be read or written", fix="give yourself the right to it", file=str(database)
        )
    return DataError(
        f"the database cannot be opened: {first}",
        fix="move it away and run again; it is rebuilt from the archive",
        file=str(database),
    )
