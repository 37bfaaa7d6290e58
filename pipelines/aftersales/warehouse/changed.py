"""Rows of a run held against the same rows of an earlier one, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

import duckdb

from aftersales import metrics as registry
from aftersales.metrics import Metric
from aftersales.settings import Settings
from aftersales.warehouse import publish
from aftersales.warehouse.connection import Connection, identifier, literal, rows
from aftersales.warehouse.models import Model
from aftersales.warehouse.numbers import NOW, Part

EARLIER = "earlier"
FILE, RECORD = "source_file_id", "source_record"
# Follow from other columns and from the as-of; a change of these alone corrects nothing.
_DERIVED = ("_seconds", "_days", "_reason", "_status", "_state", "_share")
_DERIVED_STARTS = ("is_", "has_", "was_")
# Where a thing stands; it goes on by itself.
_STANDING = ("status", "status_word", "stage", "outcome", "approval", "phase", "goods_status")


@dataclass(frozen=True)
class Found:
    """Rows that made a number of a period another one.

    Attributes:
        cause: late, corrected, deleted, withdrawn, moved_in, moved_out, linked, ripened or
            recomputed.
        file: the file that says so; None where none can be named.
    """

    span: str
    starts_on: date
    cause: str
    file: str | None
    count: int


@contextmanager
def beside(con: Connection, settings: Settings, run_id: str) -> Iterator[bool]:
    """The tables of an earlier run beside those of the connection; False where it is gone."""
    path = (settings.published / run_id / publish.DATABASE).resolve()
    try:
        con.execute(f"attach {literal(str(path))} as {EARLIER} (read_only)")
    except duckdb.Error:
        yield False
        return
    try:
        yield True
    finally:
        with suppress(duckdb.Error):
            for (table,) in rows(con, _LAID_OUT):
                con.execute(f"drop table temp.{identifier(table)}")
            con.execute(f"detach {EARLIER}")


_LAID_OUT = "select table_name from duckdb_tables() where temporary and table_name like 'changed_%'"


def has_rows_of_files(model: Model) -> bool:
    """Whether each row of the model tells the file it came from."""
    return {FILE, RECORD} <= model.columns.keys()


def find(con: Connection, model: Model, *, is_same_make: bool) -> str | None:
    """Lay out the rows of a model that are not what they were; returns the table, None if none.

    Of a pair of rows the grain makes one, with what is known of the change:

    - the file of a row that is only there now is new: ``late``;
    - the file of a row as it was is loaded no more: ``withdrawn``;
    - a later export over its whole window no longer lists it: ``deleted``;
    - it now comes from another record, which tells of something after the old file was exported:
      ``ripened``; it does not, and a fact is another one: ``corrected``;
    - it comes from the same record as before: rows beside it came or changed (``linked``), or
      only the as-of is later (``ripened``), or it is made otherwise (``recomputed``).

    Args:
        is_same_make: settings, models and code of both runs are the same.

    Raises:
        duckdb.Error: the earlier run does not have the model as it is now.
    """
    types: dict[str, str] = dict(
        rows(
            con,
            "select column_name, data_type from duckdb_columns() where table_name = ?"
            " and database_name = current_database() and schema_name = current_schema()",
            [model.name],
        )
    )
    told = [name for name in types if name not in (FILE, RECORD)]
    differs = " or ".join(f"was.{c} is distinct from now.{c}" for c in map(identifier, told))
    joined = " and ".join(
        f"e.{c} = n.{c}" if c in model.must_be_filled else f"e.{c} is not distinct from n.{c}"
        for c in model.grain
    )
    times = [c for c in told if types[c] == "TIMESTAMP"]
    facts = [c for c in told if _is_fact(c, types[c])]
    cutoff = "least(o.as_of, coalesce(f.exported_at, o.as_of))"
    goes_on = _any(f"now.{c} is distinct from was.{c} and now.{c} > {cutoff}" for c in times)
    was_due = _any(f"now.{c} is distinct from was.{c} and now.{c} <= {cutoff}" for c in times)
    other = _any(f"now.{c} <> was.{c}" for c in facts)
    money = _any(f"now.{c} <> was.{c}" for c in told if types[c].startswith("DECIMAL"))
    unmoved = "'linked'" if is_same_make else "'recomputed'"
    table = f"changed_{model.name}"
    con.execute(
        f"""
        create or replace temp table {table} as
        with paired as (
            select e as was, n as now, e.is_there as was_there, n.is_there as now_there
            from (select *, true as is_there from {EARLIER}.main.{model.name}) as e
            full join (select *, true as is_there from {model.name}) as n on {joined}
        ),
        differing as (
            select *, row_number() over () as pair_no
            from paired
            where was_there is null or now_there is null or {differs}
        )
        select
            d.pair_no, d.was, d.now, d.was_there, d.now_there,
            case
                when d.was_there is null and now.{FILE} is not null and b.file_id is null
                    then 'late'
                when was.{FILE} is not null and a.file_id is null then 'withdrawn'
                when d.now_there is null and g.file_id is not null then 'deleted'
                when d.was_there is null or d.now_there is null
                    then case when o.as_of < t.as_of and {is_same_make} then 'ripened'
                        else {unmoved} end
                when was.{FILE} <> now.{FILE} or was.{RECORD} <> now.{RECORD}
                    then case when {goes_on} then 'ripened'
                        when {other} or {was_due} then 'corrected'
                        when o.as_of < t.as_of then 'ripened'
                        else {unmoved} end
                when not {is_same_make} then case when {goes_on} then 'ripened'
                    else 'recomputed' end
                when {was_due} then 'linked'
                when o.as_of < t.as_of then 'ripened'
                else 'linked'
            end as cause,
            (was.{FILE} <> now.{FILE} or was.{RECORD} <> now.{RECORD})
                and {money} as has_other_amount,
            case
                when was.{FILE} is not null and a.file_id is null then f.file_name
                when d.now_there then c.file_name
                else h.file_name
            end as file_name
        from differing as d
        cross join {EARLIER}.main.ref_run as o
        cross join ref_run as t
        left join {EARLIER}.main.ref_file as f on d.was.{FILE} = f.file_id
        left join ref_file as a on d.was.{FILE} = a.file_id
        left join {EARLIER}.main.ref_file as b on d.now.{FILE} = b.file_id
        left join ref_file as c on d.now.{FILE} = c.file_id
        left join ref_gone as g
            on d.was.{FILE} = g.file_id and d.was.{RECORD} = g.record
        left join ref_file as h on g.told_by = h.file_id
        """
    )
    return table


def behind(con: Connection, part: Part, table: str, *, is_any: bool = False) -> list[Found]:
    """Of the rows laid out, those that count otherwise in the part's number, by period.

    A row is judged by what it alone adds to the number, then and now.

    Args:
        is_any: every changed row of its periods, though it adds nothing: some only decide whether
            a value may be given.
    """
    metric = part.metric
    adds = ["cast(count(*) as double)"] if is_any else _adds(metric)
    names = [f"added_{number}" for number in range(len(adds))]
    own = {name: value for name, value in part.where.items() if name not in metric.choices}
    every = metric.model_copy(update={"rows": metric.where or "true", "choices": {}})
    if metric.kind not in ("count", "share", "ratio"):
        every = metric.model_copy(update={"rows": "true", "choices": {}})
    condition, params = registry.row_condition(every, None, None, own)
    chosen = "".join(
        f" cross join (values ({_told(part.where.get(name, offered[0]))})) as {name}_c ({name})"
        for name, offered in metric.choices.items()
    )
    day = metric.period or "cast(null as date)"
    listed = ", ".join(f"{sql} as {name}" for sql, name in zip(adds, names, strict=True))
    counted = " or ".join(f"coalesce({name}, 0) <> 0" for name in names)

    def side(name: str) -> str:
        return f"""
            select * from (
                select pair_no,
                    cast(date_trunc('week', {day}) as date) as week_on,
                    cast(date_trunc('month', {day}) as date) as month_on,
                    {listed}
                from (select pair_no, {name}.* from {table} where {name}_there){chosen}{condition}
                group by pair_no, week_on, month_on
            ) where {counted}
        """

    differs = " or ".join(f"w.{name} is distinct from n.{name}" for name in names)
    of_spans = [("week", "week_on"), ("month", "month_on")] if metric.period else [(NOW, None)]
    placed = " union all ".join(_placed(span, column) for span, column in of_spans)
    told = rows(
        con,
        f"""
        with w as ({side("was")}), n as ({side("now")}),
        pairs as (
            select
                coalesce(w.pair_no, n.pair_no) as pair_no,
                w.pair_no is not null as was_in, n.pair_no is not null as now_in,
                w.week_on as was_week_on, n.week_on as now_week_on,
                w.month_on as was_month_on, n.month_on as now_month_on,
                {"true" if is_any else differs} as is_other
            from w full join n on w.pair_no = n.pair_no
        ),
        placed as ({placed}),
        judged as (
            select
                p.span, p.starts_on, c.file_name,
                case
                    when c.cause = 'ripened' and c.has_other_amount and {_is_of_money(metric)}
                        then 'corrected'
                    when c.cause = 'corrected' and p.is_gone then 'moved_out'
                    when c.cause = 'corrected' and p.is_come then 'moved_in'
                    else c.cause
                end as cause
            from placed as p inner join {table} as c on p.pair_no = c.pair_no
        )
        select span, starts_on, cause,
            case when cause not in ({_NAMELESS}) then file_name end as file_name, count(*)
        from judged
        group by 1, 2, 3, 4
        order by 1, 2, 5 desc, 3, 4 nulls last
        """,
        [*params, *params],
    )
    return [Found(*row) for row in told]


# Of these no one file can be named.
_NAMELESS = "'linked', 'ripened', 'recomputed'"


def _placed(span: str, column: str | None) -> str:
    """The periods a pair counts in: where it was, and where it is if that is another one."""
    was, now = (f"was_{column}", f"now_{column}") if column else ("was_in", "now_in")
    on = (was, now) if column else ("cast(null as date)", "cast(null as date)")
    there = (f"{was} is not null", f"{now} is not null") if column else (was, now)
    return f"""
        select pair_no, '{span}' as span, {on[0]} as starts_on,
            {was} is distinct from {now} as is_gone, false as is_come
        from pairs where {there[0]} and (is_other or {was} is distinct from {now})
        union all
        select pair_no, '{span}', {on[1]}, false, true
        from pairs where {there[1]} and {was} is distinct from {now}
    """


def _told(value: object) -> str:
    return str(value) if isinstance(value, int) else literal(str(value))


def _is_of_money(metric: Metric) -> bool:
    return metric.unit == "amount" or metric.kind == "ratio"


def _any(conditions: Iterator[str]) -> str:
    return f"({' or '.join(conditions) or 'false'})"


def _is_fact(name: str, kind: str) -> bool:
    """Whether the column is one a source tells, so that another value puts it right."""
    if name in _STANDING or name.endswith(_DERIVED) or name.startswith(_DERIVED_STARTS):
        return False
    return kind in ("DATE", "VARCHAR") or kind.startswith("DECIMAL")


def _adds(metric: Metric) -> list[str]:
    """SQL of what a row adds to the metric, each a number."""
    if metric.kind in ("count", "share", "ratio"):
        told = [metric.numerator or "0", metric.denominator or "0"]
    else:
        told = [f"min({metric.of}) filter (where {metric.where})"]
        told.append(f"count(*) filter (where {metric.where})")
    if metric.kind in ("survival", "incidence"):
        told.append(f"count(*) filter (where ({metric.where}) and ({metric.event}))")
    if metric.kind == "incidence":
        told.append(f"count(*) filter (where ({metric.where}) and ({metric.competing}))")
        told.append(f"sum({metric.weight})")
    told.append(metric.excluded)
    return [f"cast(({sql}) as double)" for sql in told]
