"""DuckDB for SQLAlchemy, as far as Great Expectations needs it.

Every query gets a fresh cursor of the pipeline's own open connection, so the gate sees the
database the run just built, locked down as it is, with no second handle on the file. Stock
duckdb-engine lets all cursors share one connection, on which the rollback at close drops results
Great Expectations has yet to fetch.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy
from sqlalchemy import types
from sqlalchemy.engine.default import DefaultDialect

from aftersales.warehouse.connection import Connection

NAME = "aftersales"

# Great Expectations asks only whether numbers are compared with numbers.
_TYPES: dict[str, type[types.TypeEngine[Any]]] = {
    "DECIMAL": types.Numeric,
    "BIGINT": types.BigInteger,
    "INTEGER": types.Integer,
    "DOUBLE": types.Double,
    "TIMESTAMP": types.DateTime,
    "DATE": types.Date,
    "BOOLEAN": types.Boolean,
}


class _Driver:
    """What SQLAlchemy wants to know of a DB-API module.

    DuckDB's own exceptions are left unwrapped, and naming them here would keep the duckdb
    module alive past the interpreter's end, which it reports on stderr as leaks.
    """

    paramstyle: ClassVar[str] = "qmark"

    class Error(Exception):
        """Never raised."""


class Session:
    """What SQLAlchemy takes for a connection: it hands out cursors and holds nothing."""

    def __init__(self, con: Connection, search_path: str) -> None:
        self._con = con
        self._search_path = search_path

    def cursor(self) -> Connection:
        """A cursor that finds tables by their bare names along the search path."""
        cursor = self._con.cursor()
        cursor.execute("set search_path = ?", [self._search_path])
        return cursor

    def close(self) -> None:
        """The pipeline's connection stays open."""


class CursorDialect(DefaultDialect):
    """DuckDB's SQL is plain enough for the default; transactions are not our business."""

    name = NAME
    driver = "cursor"
    default_paramstyle = "qmark"
    supports_statement_cache = False

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver's facts; nothing is imported."""
        return _Driver

    def initialize(self, connection: sqlalchemy.Connection) -> None:
        """Ask the database nothing."""

    def do_begin(self, dbapi_connection: Any) -> None:
        """Nothing is written."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Nothing was written."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """A rollback would drop the result still being read."""

    def get_columns(
        self,
        connection: sqlalchemy.Connection,
        table_name: str,
        schema: str | None = None,
        **_: Any,
    ) -> Any:
        """Columns of the table a bare name finds."""
        found = connection.exec_driver_sql(
            "select column_name, data_type from duckdb_columns() where table_name = ?"
            " and database_name in (current_database(), 'gate') and schema_name = 'main'"
            " order by column_index",
            (table_name,),
        )
        return [
            {
                "name": name,
                "type": _TYPES.get(kind.partition("(")[0], types.String)(),
                "nullable": True,
                "default": None,
            }
            for name, kind in found.fetchall()
        ]
