"""What analysts import: the published numbers, as the reports have them.

from aftersales.notebook import connect, metric, table, rows

connect()
metric("exchange_rate_orders", by=["week"])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aftersales import metrics as registry
from aftersales import settings as settings_module
from aftersales.errors import ConfigError
from aftersales.metrics import PERIODS, Metric
from aftersales.warehouse import publish
from aftersales.warehouse.connection import Connection, identifier

if TYPE_CHECKING:
    import pandas as pd

Day = date | str | None


@dataclass(frozen=True)
class Session:
    """A read-only connection to one published run, and the metrics defined over it."""

    con: Connection
    metrics: Mapping[str, Metric]

    def values(
        self,
        name: str,
        *,
        by: str | Sequence[str] = (),
        since: Day = None,
        until: Day = None,
        where: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """A metric as plain rows; see ``metrics.query``."""
        import duckdb

        found = registry.get(self.metrics, name)
        try:
            return registry.query(self.con, found, _names(by), _day(since), _day(until), where)
        except duckdb.ConversionException as error:
            reason = str(error).splitlines()[0].partition(": ")[2]
            raise ConfigError(
                f"a value in where does not fit its column: {reason}",
                fix="write days like 2026-11-22 and hours like 9",
            ) from error
        except duckdb.Error as error:
            raise ConfigError(
                f"{name} cannot be computed: {str(error).splitlines()[0]}",
                fix=f"correct sql/metrics/{name}.yml; it reads {found.model}",
            ) from error

    def metric(
        self,
        name: str,
        *,
        by: str | Sequence[str] = (),
        since: Day = None,
        until: Day = None,
        where: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """A metric as a DataFrame whose dtypes do not depend on the data.

        Columns: the splits (day, week, month: datetime64; others: string), value (Int64 for a
        count, Float64 otherwise), numerator and denominator (Int64; Float64 where they are
        money), excluded (Int64), value_status and value_reason.
        """
        import pandas as pd

        splits = _names(by)
        rows = self.values(name, by=splits, since=since, until=until, where=where)
        frame = pd.DataFrame(rows, columns=[*splits, *registry.RESULT_COLUMNS])
        found = registry.get(self.metrics, name)
        part = "Int64" if found.has_whole_parts else "Float64"
        kinds = {
            **{split: "datetime64[us]" if split in PERIODS else "string" for split in splits},
            "value": "Int64" if found.unit == "count" else "Float64",
            "numerator": part,
            "denominator": part,
            "excluded": "Int64",
            "value_status": "string",
            "value_reason": "string",
        }
        return frame.astype(kinds)

    def table(self, name: str) -> pd.DataFrame:
        """A published table whole.

        Raises:
            ConfigError: there is none of that name; names those there are.
        """
        there = self.tables()
        if name not in there:
            raise ConfigError(f"no table '{name}'", fix=f"use one of: {', '.join(there)}")
        return self.con.execute(f"from {identifier(name)}").df()

    def tables(self) -> list[str]:
        """Names of the published tables."""
        return [
            name
            for (name,) in self.con.execute(
                "select table_name from duckdb_tables() order by 1"
            ).fetchall()
        ]

    def rows(
        self,
        name: str,
        *,
        since: Day = None,
        until: Day = None,
        where: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """The rows behind a metric's value, with the file and record each came from.

        ``file_name`` and ``source_record`` (from 1, header not counted) lead back to the export.
        """
        found = registry.get(self.metrics, name)
        condition, params = registry.row_condition(found, _day(since), _day(until), where or {})
        return self.con.execute(
            f"select f.file_name, r.* from (select * from {found.model}{condition}) as r"
            " left join ref_file as f on r.source_file_id = f.file_id",
            params,
        ).df()

    def sql(self, query: str) -> pd.DataFrame:
        """Any question to the published tables."""
        return self.con.execute(query).df()

    def query(self, query: str) -> list[dict[str, Any]]:
        """Any question to the published tables, as plain rows.

        Raises:
            ConfigError: DuckDB refuses it, or two columns have one name.
        """
        import duckdb

        if not query.strip(" ;\n\t"):
            raise ConfigError("the query is empty", fix='write: "select count(*) from fct_order"')
        try:
            cursor = self.con.execute(query)
            names = [column[0] for column in cursor.description or []]
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ConfigError(
                    f"two columns are called '{twice[0]}'",
                    fix=f"give one of them another name: {twice[0]} as other_{twice[0]}",
                )
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:
            raise ConfigError(
                f"the query was refused: {str(error).splitlines()[0]}",
                fix=f"tables are: {', '.join(self.tables())}",
            ) from error


_current: Session | None = None


def connect(home: str | Path | None = None) -> Session:
    """Open what is published now; call it again after a run to see the new one.

    Args:
        home: the workspace; default: AFTERSALES_HOME, else the nearest folder upwards.

    Raises:
        ConfigError: no workspace, or nothing published in it.
    """
    global _current
    settings = settings_module.load(settings_module.find_home(Path(home) if home else None))
    _current = Session(publish.open_published(settings), registry.load(settings.sql_layers))
    return _current


def metric(name: str, **options: Any) -> pd.DataFrame:
    """``Session.metric`` on the connection made last."""
    return _session().metric(name, **options)


def table(name: str) -> pd.DataFrame:
    """``Session.table`` on the connection made last."""
    return _session().table(name)


def rows(name: str, **options: Any) -> pd.DataFrame:
    """``Session.rows`` on the connection made last."""
    return _session().rows(name, **options)


def sql(query: str) -> pd.DataFrame:
    """``Session.sql`` on the connection made last."""
    return _session().sql(query)


def _session() -> Session:
    return _current or connect()


def _names(by: str | Sequence[str]) -> list[str]:
    return [by] if isinstance(by, str) else list(by)


def _day(day: Day) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day
