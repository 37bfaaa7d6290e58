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
from typing import TYPE_CHECKING, Any, Literal

from aftersales import metrics as registry
from aftersales import settings as settings_module
from aftersales.errors import ConfigError
from aftersales.metrics import PERIODS, Metric
from aftersales.warehouse import publish
from aftersales.warehouse.connection import Connection, identifier

if TYPE_CHECKING:
    import pandas as pd

    from aftersales.judgement.why import Why

Day = date | str | None
Without = Literal["events"] | Sequence[tuple[date | str, date | str]]


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
        without: Without = (),
    ) -> list[dict[str, Any]]:
        """A metric as plain rows; see ``metrics.query``."""
        import duckdb

        found = registry.get(self.metrics, name)
        days = (_day(since), _day(until))
        left_out = self.windows() if without == "events" else _spans(without)
        try:
            return registry.query(self.con, found, _names(by), *days, where, without=left_out)
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
        without: Without = (),
    ) -> pd.DataFrame:
        """A metric as a DataFrame whose dtypes do not depend on the data.

        Days left out are ``without=[("2026-11-11", "2026-11-11")]``, or ``without="events"``:
        promotions, runs of three and more statutory holidays, and days not judged.

        Columns: the splits (day, week, month: datetime64; others: string), value (Int64 for a
        count, Float64 otherwise), numerator and denominator (Int64; Float64 where they are
        money), excluded (Int64), value_status and value_reason.
        """
        import pandas as pd

        splits = _names(by)
        rows = self.values(name, by=splits, since=since, until=until, where=where, without=without)
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

    def windows(self) -> list[tuple[date, date]]:
        """Days that are not like others: promotions, three and more holidays, days not judged."""
        from aftersales.calendars import events
        from aftersales.judgement.windows import spans

        return spans(events.windows(self.con))

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

    def records(
        self,
        name: str,
        *,
        since: Day = None,
        until: Day = None,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The same as plain rows, at most ``limit`` of them."""
        found = registry.get(self.metrics, name)
        condition, params = registry.row_condition(found, _day(since), _day(until), where or {})
        told = f"select * from {found.model}{condition}"
        there = self.con.execute(f"describe {identifier(found.model)}").fetchall()
        if "source_file_id" in {column for column, *_ in there}:
            told = (
                "select f.file_name, r.source_record, r.* exclude (source_record)"
                f" from ({told}) as r left join ref_file as f on r.source_file_id = f.file_id"
                " order by f.file_name, r.source_record"
            )
        return self.query(told if limit is None else f"{told} limit {limit}", params)

    def why(
        self,
        name: str,
        *,
        period: str,
        against: str | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> Why:
        """Why a metric is not what it was before: what changed, how sure that is, and where.

        Args:
            period: ``2026-W45``, ``2026-10``, ``2026-11-03``, or two of them with ``..`` between.
            against: the same; none: the 8 weeks, or 3 months, before.
        """
        from aftersales.judgement import why as judgement

        found = registry.get(self.metrics, name)
        sold = self.metrics.get(judgement.EXPOSURE)
        return judgement.ask(self.con, found, period, against, where, exposure=sold)

    def sql(self, query: str) -> pd.DataFrame:
        """Any question to the published tables."""
        return self.con.execute(query).df()

    def query(self, query: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Any question to the published tables, as plain rows.

        Raises:
            ConfigError: DuckDB refuses it, or two columns have one name.
        """
        import duckdb

        if not query.strip(" ;\n\t"):
            raise ConfigError("the query is empty", fix='write: "select count(*) from fct_order"')
        try:
            cursor = self.con.execute(query, list(params))
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


def why(name: str, **options: Any) -> Why:
    """``Session.why`` on the connection made last."""
    return _session().why(name, **options)


def sql(query: str) -> pd.DataFrame:
    """``Session.sql`` on the connection made last."""
    return _session().sql(query)


def _session() -> Session:
    return _current or connect()


def _names(by: str | Sequence[str]) -> list[str]:
    return [by] if isinstance(by, str) else list(by)


def _spans(told: Sequence[tuple[date | str, date | str]]) -> list[tuple[date, date]]:
    days = [(_day(first), _day(last)) for first, last in told]
    return [(first, last) for first, last in days if first is not None and last is not None]


def _day(day: Day) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day


def restated(home: str | Path | None = None, *, since: str | None = None) -> pd.DataFrame:
    """Published numbers that are no longer what they were, the largest change first.

    Columns: metric, period, was, is, change (Float64), because and files (string). See
    docs/restatement.md.

    Args:
        home: the workspace, as for ``connect``.
        since: a run, or a day whose last run is meant; default: the run published before.
    """
    import pandas as pd

    from aftersales.judgement import restatement

    settings = settings_module.load(settings_module.find_home(Path(home) if home else None))
    _, found = restatement.asked(settings, since=since)
    numbers, texts = ("was", "is", "change"), ("metric", "period", "because", "files")
    names = ["metric", "period", *numbers, "because", "files"]
    kinds = dict.fromkeys(texts, "string") | dict.fromkeys(numbers, "Float64")
    return pd.DataFrame(found, columns=names).astype(kinds)


def improvements(home: str | Path | None = None) -> pd.DataFrame:
    """What could be better, by the money concerned, and what people made of it.

    Columns: id, rule, title, owner, state (string), due, done_on (datetime64), bad, of, cases, low,
    high, money (Float64; cases and money a week) and rows (the command that lists the records).
    See docs/improvements.md.

    Args:
        home: the workspace, as for ``connect``.
    """
    from datetime import UTC, datetime

    import pandas as pd

    from aftersales.judgement import improvements as judged

    settings = settings_module.load(settings_module.find_home(Path(home) if home else None))
    language = settings.languages[0]
    rows = []
    for one in judged.current(settings, now=datetime.now(UTC)):
        found = one.proposal
        parts = ("bad", "of", "cases", "low", "high", "money", "rule", "rows")
        told = {name: getattr(found, name) if found else None for name in parts}
        own = {name: getattr(one, name) for name in ("owner", "state", "due", "done_on")}
        rows.append({"id": one.key, "title": one.title[language], **told, **own})
    texts = ("id", "rule", "title", "owner", "state", "rows")
    numbers = ("bad", "of", "cases", "low", "high", "money")
    days = ("due", "done_on")
    names = ["id", "rule", "title", "owner", "state", *days, *numbers, "rows"]
    kinds = {
        **dict.fromkeys(texts, "string"),
        **dict.fromkeys(numbers, "Float64"),
        **dict.fromkeys(days, "datetime64[us]"),
    }
    return pd.DataFrame(rows, columns=names).astype(kinds)
