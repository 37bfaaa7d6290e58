"""A staged table into raw: inserted as text, checked set-wise, its bad rows set aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aftersales.contracts import Column, Contracts, raw_name
from aftersales.errors import DataError
from aftersales.formats import Formats, comparable
from aftersales.ingest import pii
from aftersales.ingest.plan import Plan
from aftersales.ingest.salvage import Record, fault
from aftersales.ingest.staged import HARMLESS, Rejected, Staged, relation
from aftersales.settings import Settings
from aftersales.warehouse.connection import (
    Connection,
    identifier,
    literal,
    one,
    rows,
    transaction,
)

RAW_FILE = (
    "file_id varchar primary key, sha256 varchar, file_name varchar, format varchar,"
    " table_name varchar, shop_id varchar, shop_from varchar, exported_at timestamp,"
    " exported_from varchar, kind varchar, encoding varchar, delimiter varchar, sheet varchar,"
    " time_layout varchar, bytes bigint, rows_in bigint, rows_loaded bigint,"
    " rows_quarantined bigint, columns_absent varchar, columns_extra varchar,"
    " window_from timestamp, window_until timestamp"
)
RAW_QUARANTINE = (
    "file_id varchar, record bigint, line bigint, column_name varchar, reason varchar,"
    " raw_text varchar"
)
# DuckDB would look for repetition first, which takes a quarter of the whole load.
UNREPEATED = "varchar using compression zstd"
# What Excel makes of an id too long for it, once the sheet was saved as text.
CUT_ID = r"^[^0-9]*[0-9](\.[0-9]+)?E\+(1[5-9]|2[0-9])[^0-9]*$"
# So few bad rows never refuse a file, whatever share of it they are.
HANDFUL = 3
# Deadlines lie ahead of the export they stand in.
AHEAD = frozenset({"deadline_at"})
# More than this many bad rows are not looked up one by one: such a file is refused anyway.
LOOK_UP = 20_000


class Disagreement(Exception):  # noqa: N818 - not an error: the slow path is tried next
    """DuckDB found another number of rows than the record count."""


# First and last time the rows of a file are about, as the clock on the wall showed it; None where
# nothing says so, or where rows could not be read.
Window = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class Loaded:
    """What became of one staged table."""

    file_id: str
    rows_in: int
    loaded: int
    rejected: tuple[Rejected, ...]
    layout: str
    latest: datetime | None
    window: Window = (None, None)


def ensure_tables(con: Connection, contracts: Contracts) -> None:
    """Raw tables for every contract table, with the columns the contracts have by now."""
    with transaction(con):  # each on its own would wait for the disk each time
        _ensure_tables(con, contracts)


def _ensure_tables(con: Connection, contracts: Contracts) -> None:
    con.execute(f"create table if not exists raw_file ({RAW_FILE})")
    con.execute(f"create table if not exists raw_quarantine ({RAW_QUARANTINE})")
    there = {
        (table, column)
        for table, column in rows(
            con, "select table_name, column_name from information_schema.columns"
        )
    }
    for told in RAW_FILE.split(", "):
        if ("raw_file", told.split()[0]) not in there:
            con.execute(f"alter table raw_file add column {told}")
    for name, table in contracts.tables.items():
        raw = raw_name(name)
        kept = ", ".join(
            f"{identifier(column)} {_stored_as(facts)}" for column, facts in table.columns.items()
        )
        con.execute(
            f"create table if not exists {raw}"
            f" (_file_id varchar, _record bigint, _platform varchar, {kept}, _extra {UNREPEATED})"
        )
        if (raw, "_file_id") in there:
            for column in table.columns:
                if (raw, column) not in there:
                    con.execute(f"alter table {raw} add column {identifier(column)} varchar")


def _stored_as(facts: Column) -> str:
    return UNREPEATED if facts.type == "id" or facts.pii == "free_text" else "varchar"


def load(
    con: Connection,
    settings: Settings,
    formats: Formats,
    plan: Plan,
    staged: Staged,
    *,
    file_id: str,
    file: str,
    locate: Callable[[set[int]], dict[int, Record]] | None,
) -> Loaded:
    """Insert a staged table and set aside what cannot stay; to be called within a transaction.

    Args:
        locate: finds records by number in the text as delivered, for their line and cells.

    Raises:
        Disagreement: the counts differ.
        DataError: the file as a whole cannot be taken.
    """
    raw = raw_name(str(plan.form.table))
    source = relation(staged)
    left_out = _left_out(con, plan, source)
    inserted = int(one(con, _insert(con, settings, formats, plan, source, raw, file_id)))
    if inserted + len(left_out) != staged.records:
        raise Disagreement
    layout = _layout(con, plan, raw, file_id, file)
    rejected = [
        *staged.rejected,
        *left_out,
        *_unfit(con, plan, raw, file_id, layout, locate),
    ]
    rows_in = staged.records + len(staged.rejected)
    _check_share(settings, rejected, rows_in, file)
    _set_aside(con, plan, raw, file_id, rejected)
    latest, window = _latest(con, plan, raw, file_id, layout)
    if any(bad.reason not in HARMLESS for bad in rejected):
        window = (None, None)  # a row nobody could read may be the one that seems to be missing
    return Loaded(
        file_id, rows_in, rows_in - len(rejected), tuple(rejected), layout, latest, window
    )


def _insert(
    con: Connection,
    settings: Settings,
    formats: Formats,
    plan: Plan,
    source: str,
    raw: str,
    file_id: str,
) -> str:
    stored = {"_file_id": literal(file_id), "_record": "_record", "_platform": _cell(plan.platform)}
    stored |= {
        column: _stored(con, settings, formats, plan, column, source)
        for column in plan.sources
        if plan.table.columns[column].pii != "drop"
    }
    stored["_extra"] = pii.masked_sql("_extra", [f"c{position}" for position in plan.extras])
    names = ", ".join(identifier(column) for column in stored)
    return (
        f"insert into {raw} ({names}) select {', '.join(stored.values())}"
        f" from (select *, {_extra(plan)} as _extra from ({source}) where {_taken(plan)})"
    )


def _taken(plan: Plan) -> str:
    """SQL: a row is of a kind the format takes."""
    return (
        " and ".join(
            f"lower(coalesce(as_id({_cell(position)}), ''))"
            f" in ({', '.join(literal(cell.lower()) for cell in cells)})"
            for position, cells in plan.only.items()
        )
        or "true"
    )


def _left_out(con: Connection, plan: Plan, source: str) -> list[Rejected]:
    """The rows of other kinds; the file is none the worse for them."""
    if not plan.only:
        return []
    found = rows(con, f"select _record from ({source}) where not ({_taken(plan)}) order by _record")
    return [Rejected(record, None, None, "left_out", ()) for (record,) in found]


def _cell(source: int | str | None) -> str:
    return (
        "null" if source is None else f"c{source}" if isinstance(source, int) else literal(source)
    )


def _stored(
    con: Connection,
    settings: Settings,
    formats: Formats,
    plan: Plan,
    column: str,
    relation_sql: str,
) -> str:
    """What is written for a contract column: the cell, or its pseudonym."""
    facts = plan.table.columns[column]
    cell = _delivered(plan, column)
    if facts.pii != "pseudonym":
        return cell
    hidden = pii.pseudonym_sql(pii.key(settings), cell)
    if plan.form.columns[column].numbered:
        return hidden
    for word_column, terms in (facts.unless or {}).items():
        if word_column not in plan.sources:
            continue
        told = _delivered(plan, word_column)
        words = rows(con, f"select distinct {told} from ({relation_sql})")
        vocabulary = str(plan.table.columns[word_column].vocabulary)
        clear = [
            word
            for (word,) in words
            if formats.term(plan.form.name, word_column, vocabulary, word) in terms
        ]
        if clear:
            listed = ", ".join(literal(word) for word in sorted(clear))
            return f"case when {told} in ({listed}) then {cell} else {hidden} end"
    return hidden


def _delivered(plan: Plan, column: str) -> str:
    """The cell of a contract column, with what the format says of empty and bare ones."""
    cell, source = _cell(plan.sources[column]), plan.form.columns[column]
    if plan.form.nothing and isinstance(plan.sources[column], int):
        listed = ", ".join(literal(nothing) for nothing in plan.form.nothing)
        cell = f"case when as_text({cell}) in ({listed}) then '' else {cell} end"
    if source.unit is not None and isinstance(plan.sources[column], int):
        bare = f"regexp_full_match(trim({cell}), '[0-9]+(\\.[0-9]+)?')"
        cell = f"case when {bare} then trim({cell}) || {literal(source.unit)} else {cell} end"
    if source.fallback is not None and column in plan.fallbacks:
        positions = plan.fallbacks[column]
        other = " || '|' || ".join(f"coalesce(as_id({_cell(at)}), '')" for at in positions)
        match, gives = literal(source.fallback.match), literal(source.fallback.gives)
        fitting = f"regexp_full_match({other}, {match})"
        made = f"case when {fitting} then regexp_replace({other}, {match}, {gives}) else '' end"
        alone = plan.sources[column] in positions
        cell = made if alone else f"case when as_id({cell}) is null then {made} else {cell} end"
    return cell


def _extra(plan: Plan) -> str:
    """The other columns as a JSON object; null where there are none."""
    if not plan.extras:
        return "null::varchar"
    pairs = ", ".join(f"{literal(plan.names[i])}, c{i}" for i in plan.extras)
    return f"cast(json_object({pairs}) as varchar)"


def _time(column: str, layout: str) -> str:
    """The cell as a time; the spelling most exports use is cast without further ado."""
    name = identifier(column)
    return (
        f"case when {name} like '____-__-__ __:__:__' then try_cast({name} as timestamp)"
        f" else as_time({name}, {literal(layout)}) end"
    )


def _mine(file_id: str) -> str:
    return f"_file_id = {literal(file_id)}"


def _layout(con: Connection, plan: Plan, raw: str, file_id: str, file: str) -> str:
    """The layout of times the whole file fits, or fits best.

    Raises:
        DataError: two fit equally and read the times differently.
    """
    layouts, times = list(plan.form.times), plan.times()
    if len(layouts) == 1 or not times:
        return layouts[0]

    def failing(layout: str) -> str:
        return " + ".join(
            f"count(*) filter ({identifier(c)} <> '' and {_time(c, layout)} is null)" for c in times
        )

    counted = rows(
        con, f"select {', '.join(map(failing, layouts))} from {raw} where {_mine(file_id)}"
    )[0]
    fewest = min(counted)
    best = [layout for layout, failures in zip(layouts, counted, strict=True) if failures == fewest]
    for other in best[1:]:
        differ = " or ".join(
            f"{_time(c, best[0])} is distinct from {_time(c, other)}" for c in times
        )
        if one(con, f"select count(*) from {raw} where {_mine(file_id)} and ({differ})"):
            header = plan.names[int(plan.sources[times[0]])]
            raise DataError(
                f"its times fit {best[0]} and {other} equally well,"
                " and mean different days in each",
                fix=f"state one in the format '{plan.form.name}', such as: times: [{best[0]}]",
                file=file,
                column=header,
            )
    return best[0]


def _unfit(
    con: Connection,
    plan: Plan,
    raw: str,
    file_id: str,
    layout: str,
    locate: Callable[[set[int]], dict[int, Record]] | None,
) -> list[Rejected]:
    """Rows whose required cells are empty or no times, or whose ids Excel has cut, and why."""
    tests = list(_tests(plan, layout))
    if not tests:
        return []
    cases = " ".join(
        f"when {condition} then {number}" for number, (_, condition, _) in enumerate(tests)
    )
    values = ", ".join(identifier(column) for column, _, _ in tests)
    bad = rows(
        con,
        f"select * from (select _record, case {cases} end as test, [{values}] as cells from {raw}"
        f" where {_mine(file_id)}) where test is not null order by _record limit {LOOK_UP}",
    )
    found = locate({record for record, _, _ in bad}) if locate and bad else {}
    spelled = tuple(comparable(name) for name in plan.names)
    rejected = []
    for record, test, cells in bad:
        column, _, reason = tests[test]
        header = plan.names[int(plan.sources[column])]
        place = found.get(record)
        harmless = fault(place.cells, len(spelled), spelled) if place else None
        if harmless in HARMLESS:
            rejected.append(Rejected(record, place.line if place else None, None, harmless, ()))
            continue
        said = reason.format(value=pii.mask(str(cells[test]).strip())[:40])
        where = place.line if place else None
        rejected.append(Rejected(record, where, header, said, place.cells if place else ()))
    return rejected


def _tests(plan: Plan, layout: str) -> list[tuple[str, str, str]]:
    """Contract column, SQL condition of a bad cell, and the reason it gives."""
    tests = []
    for column, position in plan.needed().items():
        name = identifier(column)
        if plan.table.columns[column].pii == "drop":
            continue
        header = literal(plan.names[position])
        tests.append((column, _blank(name), "required, but empty"))
        tests.append((column, f"{name} = {header}", "it holds its own column's name"))
        if plan.table.columns[column].type == "time":
            tests.append(
                (
                    column,
                    f"{_time(column, layout)} is null",
                    f"'{{value}}' is no time written {layout}",
                )
            )
    for column, source in plan.form.columns.items():
        if source.single is not None and isinstance(plan.sources.get(column), int):
            several = (
                f"'{{value}}' lists several, separated by '{source.single}';"
                " export with one row a line"
            )
            tests.append(
                (column, f"contains({identifier(column)}, {literal(source.single)})", several)
            )
    for column, facts in plan.table.columns.items():
        if facts.type == "id" and facts.pii == "none" and isinstance(plan.sources.get(column), int):
            name = identifier(column)
            cut = f"contains({name}, 'E+') and regexp_matches({name}, '{CUT_ID}')"
            tests.append(
                (
                    column,
                    cut,
                    "'{value}': Excel has cut off digits of the id; export it as text or csv",
                )
            )
    return tests


def _blank(name: str) -> str:
    """A cell with nothing but what exports put around an id; only short ones are looked into."""
    return f"is_nothing({name})"


def _check_share(settings: Settings, rejected: Sequence[Rejected], rows_in: int, file: str) -> None:
    bad = sorted((r for r in rejected if r.reason not in HARMLESS), key=lambda r: r.record)
    if len(bad) < HANDFUL or len(bad) <= settings.quarantine_share * rows_in:
        return
    first = "; ".join(_said(r) for r in bad[:5])
    more = f"; and {len(bad) - 5:,} more" if len(bad) > 5 else ""
    raise DataError(
        f"{len(bad):,} of {rows_in:,} rows cannot be read, so the file was refused: {first}{more}",
        fix="export it again, or correct these rows;"
        " quarantine_share in aftersales.toml sets what is tolerated",
        file=file,
    )


def _said(bad: Rejected) -> str:
    where = f"line {bad.line}" if bad.line else f"record {bad.record}"
    column = f", '{bad.column}'" if bad.column else ""
    return f"{where}{column}: {bad.reason}"


def _set_aside(
    con: Connection, plan: Plan, raw: str, file_id: str, rejected: Sequence[Rejected]
) -> None:
    if not rejected:
        return
    keep = plan.harmless()
    content: list[tuple[Any, ...]] = [
        (
            r.record,
            r.line,
            r.column,
            r.reason,
            pii.shown(r.cells, keep if len(r.cells) == len(keep) else None),
        )
        for r in sorted(rejected, key=lambda r: r.record)
    ]
    lists = [list(column) for column in zip(*content, strict=True)]
    con.execute(
        f"insert into raw_quarantine select {literal(file_id)}, unnest(?::bigint[]),"
        " unnest(?::bigint[]), unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])",
        lists,
    )
    con.execute(
        f"delete from {raw} where {_mine(file_id)} and _record in (select unnest(?::bigint[]))",
        [lists[0]],
    )


def _latest(
    con: Connection, plan: Plan, raw: str, file_id: str, layout: str
) -> tuple[datetime | None, Window]:
    """The latest time in the rows, and the first and last one they are about; wall clock."""
    times = [column for column in plan.times() if column not in AHEAD]
    if not times:
        return None, (None, None)
    about = plan.table.at if plan.table.at in times else None
    window = f"min({_time(about, layout)}), max({_time(about, layout)})" if about else "null, null"
    maxima = ", ".join(f"max({_time(column, layout)})" for column in times)
    (found,) = rows(con, f"select {window}, {maxima} from {raw} where {_mine(file_id)}")
    first, last, *newest = found
    return max((moment for moment in newest if moment is not None), default=None), (first, last)


def listed(names: Sequence[str]) -> str:
    """Names as JSON, since a header may hold any separator."""
    return json.dumps(list(names), ensure_ascii=False)


def forget(con: Connection, file_id: str, table: str) -> None:
    """Take a file's rows out again; to be called within a transaction."""
    con.execute(f"delete from {raw_name(table)} where {_mine(file_id)}")
    con.execute(f"delete from raw_quarantine where file_id = {literal(file_id)}")
    con.execute(f"delete from raw_file where file_id = {literal(file_id)}")
