"""Contracts and model headers as rules; nothing here is listed by hand or touches a database."""

# Tables and columns in the SQL below are those of contracts and models, quoted.
from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from aftersales.contracts import Contracts, Table, raw_name, staging_name
from aftersales.quality.findings import Kind, Level
from aftersales.warehouse import corrections
from aftersales.warehouse.connection import identifier, literal
from aftersales.warehouse.models import ForeignKey, Model

# Column types by table: what is there to be looked at.
Tables = Mapping[str, Mapping[str, str]]
Promise = Literal["empty", "not_null", "null", "minimum", "terms"]

# How exports write that there is nothing; compared trimmed and in lower case.
NOTHING = ("", "-", "--", "—", "/", "null", "none", "nan", "n/a", "无", "无退款申请")
CASTABLE = frozenset(
    {"time", "date", "amount", "refund", "count", "number", "share", "duration", "rating"}
)
# A few unreadable cells are a warning; beyond this share the column was misread as a whole.
CASTABLE_SHARE = 0.05
# What models write in place of a term where no word was delivered or nobody knows it.
UNKNOWN_TERM = "unknown"
SOURCE = ("source_file_id", "source_record")
# The in-memory database the views are laid in: nothing of the gate reaches the warehouse.
SCHEMA = "gate"
# One row there: how many rows, or cells, of each offending table there are. Great Expectations
# takes 20 ms for every table it looks at, so the rules that ask for none of them share this one.
COUNTED = "counted"


@dataclass(frozen=True)
class Offending:
    """Rows that break one or several rules, as a table the gate lays beside the others.

    Attributes:
        name: a plain identifier, since Great Expectations does not quote tables.
        file: where a person wrote it; empty when it is derived.
    """

    name: str
    sql: str
    file: str = ""


@dataclass(frozen=True)
class Rule:
    """One promise about a table or about several together.

    Attributes:
        promise: ``empty`` of offending rows, ``null`` of ``column`` in them; the others are about
            ``column`` of the table itself.
        offending: the rows looked at; None for those of the table itself.
        failing: select of the failing rows, for the eyes of a person.
        population: relation whose rows were looked at; None where Great Expectations counts
            them itself, or where they say nothing.
        tolerated: share of failures up to which a rule is a warning; above it is critical.
        unless: column that, where it is filled, explains a missing value.
    """

    kind: Kind
    table: str
    column: str | None
    level: Level
    what: str
    promise: Promise
    failing: str
    offending: Offending | None = None
    population: str | None = None
    minimum: float | None = None
    terms: tuple[str, ...] = ()
    tolerated: float | None = None
    unless: str | None = None

    @property
    def check(self) -> str:
        """The stable id."""
        return f"{self.kind}:{self.table}" + (f".{self.column}" if self.column else "")

    @property
    def counted(self) -> str | None:
        """The column of the counts that says how often it is broken; None where none does."""
        if self.offending is None:
            return None
        name = self.offending.name
        return f"{name}__{self.column}" if self.promise == "null" else name


def derive(contracts: Contracts, models: Mapping[str, Model], tables: Tables) -> list[Rule]:
    """Every rule contracts and headers imply for the tables that are there, in a stable order."""
    rules: list[Rule] = []
    for model in models.values():
        if model.name in tables:
            rules += _model_rules(model, contracts, tables)
    for name in contracts.tables:
        rules += _contract_rules(name, contracts, models, tables)
    if "raw_file" in tables:
        rules += _reconciled(contracts, tables)
    return list({rule.check: rule for rule in rules}.values())


def _model_rules(model: Model, contracts: Contracts, tables: Tables) -> Iterator[Rule]:
    columns = tables[model.name]
    yield _unique(model, columns)
    for column in model.must_be_filled:
        yield _not_null(model.name, column, model.grain, columns)
    for key in model.keys:
        if key.table in tables:
            yield _foreign_key(model, key, columns)
    if model.name.startswith("fct_"):
        for column, vocabulary in _word_columns(model.name, columns, contracts).items():
            yield _terms(model, column, contracts.vocabularies[vocabulary], columns)


def _contract_rules(
    name: str, contracts: Contracts, models: Mapping[str, Model], tables: Tables
) -> Iterator[Rule]:
    table = contracts.table(name)
    staged, delivered = staging_name(name), raw_name(name)
    columns = tables.get(staged, {})
    keys = models[staged].grain if staged in models else tuple(table.key)
    for column, facts in table.columns.items():
        # a word nobody knows is null too, and is the business of its own finding
        if facts.required is True and column in columns and facts.type != "word":
            yield _not_null(staged, column, keys, columns, timed=facts.type == "time")
        if facts.minimum is not None and column in columns:
            yield _minimum(staged, column, facts.minimum, keys, columns)
        if facts.vocabulary is not None and {"ref_word", "raw_file", delivered} <= tables.keys():
            yield _words(name, column)
    if delivered in tables and SOURCE[0] in columns:
        yield from _castable(name, table, keys, columns)
        yield from _corrections(name, contracts, keys, columns)
    if "time_reason" in columns:
        yield _clock(staged, keys, columns)


def _unique(model: Model, columns: Collection[str]) -> Rule:
    grain = _list(model.grain)
    table = identifier(model.name)
    return Rule(
        kind="unique",
        table=model.name,
        column=None,
        level="critical",
        what=f"{model.name} holds one row per {', '.join(model.grain)}.",
        promise="empty",
        offending=Offending(
            f"unique__{model.name}",
            f"select {grain} from {table} group by {grain} having count(*) > 1",
        ),
        failing=f"select {_shown(model.grain, columns)} from {table}"
        f" qualify count(*) over (partition by {grain}) > 1",
        population=table,
    )


def _not_null(
    table: str, column: str, keys: tuple[str, ...], columns: Collection[str], *, timed: bool = False
) -> Rule:
    reason = "time_reason" if timed and "time_reason" in columns else None
    explained = f" and {reason} is null" if reason else ""
    return Rule(
        kind="not_null",
        table=table,
        column=column,
        level="critical",
        what=f"Every row of {table} has its {column}.",
        promise="not_null",
        failing=f"select {_shown((*keys, column), columns)} from {identifier(table)}"
        f" where {identifier(column)} is null{explained}",
        unless=reason,
    )


def _foreign_key(model: Model, key: ForeignKey, columns: Collection[str]) -> Rule:
    told = " and ".join(f"child.{identifier(own)} is not null" for own in key.columns)
    match = " and ".join(
        f"child.{identifier(own)} = parent.{identifier(other)}"
        for own, other in zip(key.columns, key.references, strict=True)
    )
    wanted = _shown((*model.grain, *key.columns), columns, prefix="child.")
    offending = Offending(
        f"foreign_key__{model.name}__{key.table}",
        f"select {wanted} from {identifier(model.name)} as child where {told}"
        f" and not exists (select 1 from {identifier(key.table)} as parent where {match})",
    )
    return Rule(
        kind="foreign_key",
        table=model.name,
        column=", ".join(key.columns),
        level="warning",
        what=f"Every {', '.join(key.columns)} of {model.name} is in {key.table}.",
        promise="empty",
        offending=offending,
        failing=_all(offending),
        population=identifier(model.name),
    )


def _word_columns(fact: str, columns: Mapping[str, str], contracts: Contracts) -> dict[str, str]:
    """Text columns of a fact that hold terms, with their vocabulary.

    A fact holds the terms of the contract table of its name; elsewhere a column does that is
    called as a vocabulary is.
    """
    named = {column: column for column in columns if column in contracts.vocabularies}
    for name, table in contracts.tables.items():
        if name.partition(".")[2] == fact.removeprefix("fct_"):
            named |= {c: f.vocabulary for c, f in table.columns.items() if f.vocabulary}
    return {c: v for c, v in named.items() if columns.get(c) == "VARCHAR"}


def _terms(model: Model, column: str, terms: Collection[str], columns: Collection[str]) -> Rule:
    allowed = (*terms, UNKNOWN_TERM)
    listed = ", ".join(literal(term) for term in allowed)
    return Rule(
        kind="allowed",
        table=model.name,
        column=column,
        level="critical",
        what=f"{model.name}.{column} holds only terms of its vocabulary.",
        promise="terms",
        terms=allowed,
        failing=f"select {_shown((*model.grain, column), columns)}"
        f" from {identifier(model.name)} where {identifier(column)} not in ({listed})",
    )


def _words(name: str, column: str) -> Rule:
    delivered = (
        "select word, term, format, row_count from ref_word"
        f" where column_name = {literal(column)} and {_filled('word')} and format in"
        f" (select format from raw_file where table_name = {literal(name)})"
    )
    offending = Offending(
        f"allowed__{raw_name(name)}__{column}",
        f"select format, word, row_count from ({delivered}) where term is null",
    )
    return Rule(
        kind="allowed",
        table=raw_name(name),
        column=column,
        level="warning",
        what=f"Every word delivered as {column} of {name} has a term.",
        promise="empty",
        offending=offending,
        failing=_all(offending),
        population=f"({delivered})",
    )


def _minimum(
    table: str, column: str, minimum: float, keys: tuple[str, ...], columns: Collection[str]
) -> Rule:
    return Rule(
        kind="minimum",
        table=table,
        column=column,
        level="warning",
        what=f"{table}.{column} is at least {minimum:g}.",
        promise="minimum",
        minimum=minimum,
        failing=f"select {_shown((*keys, column), columns)} from {identifier(table)}"
        f" where {identifier(column)} < {minimum}",
    )


def _castable(
    name: str, table: Table, keys: tuple[str, ...], columns: Collection[str]
) -> Iterator[Rule]:
    staged = staging_name(name)
    typed = [c for c, f in table.columns.items() if f.type in CASTABLE and c in columns]
    if not typed:
        return
    unread = ", ".join(
        f"case when stg.{identifier(c)} is null and {_filled(f'raw.{identifier(c)}')}"
        f" then raw.{identifier(c)} end as {identifier(c)}"
        for c in typed
    )
    keys = tuple(key for key in keys if key not in typed)
    offending = Offending(
        f"castable__{staged}",
        f"select * from (select {_shown(keys, columns, prefix='stg.')}, {unread}"
        f" from {identifier(staged)} as stg inner join {identifier(raw_name(name))} as raw"
        " on stg.source_file_id = raw._file_id and stg.source_record = raw._record)"
        f" where coalesce({_list(typed)}) is not null",
    )
    for column in typed:
        yield Rule(
            kind="castable",
            table=staged,
            column=column,
            level="warning",
            what=f"Every {column} of {name} can be read as {table.columns[column].type}.",
            promise="null",
            offending=offending,
            failing=f"select {_shown((*keys, column), columns)} from {_gate(offending)}"
            f" where {identifier(column)} is not null",
            population=identifier(staged),
            tolerated=CASTABLE_SHARE,
        )


def _clock(staged: str, keys: tuple[str, ...], columns: Collection[str]) -> Rule:
    offending = Offending(
        f"clock__{staged}",
        f"select {_shown((*keys, 'time_reason'), columns)} from {identifier(staged)}"
        " where time_reason is not null",
    )
    return Rule(
        kind="clock",
        table=staged,
        column="time_reason",
        level="warning",
        what=f"No time of {staged} falls into an hour that the clocks repeat or leave out.",
        promise="empty",
        offending=offending,
        failing=_all(offending),
        population=identifier(staged),
    )


def _corrections(
    name: str, contracts: Contracts, keys: tuple[str, ...], columns: Collection[str]
) -> Iterator[Rule]:
    """Whether the errors that are corrected are still there: a mended source is told of."""
    table = contracts.table(name)
    for number, correction in enumerate(contracts.corrections, start=1):
        if correction.table != name:
            continue
        newest = (
            f"select {_shown(keys, columns, prefix='stg.')} from {identifier(staging_name(name))}"
            f" as stg inner join {identifier(raw_name(name))} as raw"
            " on stg.source_file_id = raw._file_id and stg.source_record = raw._record"
            f" where {corrections.known(correction, table, row='raw')}"
        )
        offending = Offending(
            f"correction__{number}__{raw_name(name)}",
            f"{newest} and not ({corrections.holds(correction, table, row='raw')})",
        )
        yield Rule(
            kind="correction",
            table=raw_name(name),
            column=f"{', '.join(correction.set)} #{number}",
            level="critical",
            what=f"The source still delivers what is corrected ({correction.why}); once it has"
            " mended it, the correction must go from the .corrections.yml.",
            promise="empty",
            offending=offending,
            failing=_all(offending),
            population=f"({newest})",
        )


def _reconciled(contracts: Contracts, tables: Tables) -> Iterator[Rule]:
    accounted = Offending(
        "reconciled__raw_file__rows_in",
        "select file_id as source_file_id, rows_in, rows_loaded, rows_quarantined from raw_file"
        " where rows_in is distinct from rows_loaded + rows_quarantined",
    )
    raw = [raw_name(name) for name in contracts.tables if raw_name(name) in tables]
    every_row = " union all ".join(f"select _file_id from {identifier(table)}" for table in raw)
    kept = Offending(
        "reconciled__raw_file__rows_loaded",
        "select coalesce(file_id, _file_id) as source_file_id, rows_loaded, rows_kept from raw_file"
        " full outer join (select _file_id, count(*) as rows_kept"
        f" from ({every_row}) group by _file_id) on file_id = _file_id"
        " where coalesce(rows_loaded, -1) <> coalesce(rows_kept, 0)",
    )
    promises = {
        "rows_in": (accounted, "Every row of a file was either loaded or quarantined."),
        "rows_loaded": (kept, "The raw tables hold as many rows of a file as were loaded."),
    }
    for column, (offending, what) in promises.items():
        if column == "rows_loaded" and not raw:
            continue
        yield Rule(
            kind="reconciled",
            table="raw_file",
            column=column,
            level="critical",
            what=what,
            promise="empty",
            offending=offending,
            failing=_all(offending),
            population="raw_file",
        )


def _filled(cell: str) -> str:
    """SQL: the cell says something."""
    return f"lower(trim({cell})) not in ({', '.join(literal(word) for word in NOTHING)})"


def _shown(names: tuple[str, ...], columns: Collection[str], *, prefix: str = "") -> str:
    """Select list of keys and column at fault, each once, with file and record if there are any."""
    wanted = dict.fromkeys((*names, *(part for part in SOURCE if part in columns)))
    return _list(wanted, quote=lambda name: prefix + identifier(name))


def _list(names: Collection[str], *, quote: Callable[[str], str] = identifier) -> str:
    return ", ".join(quote(name) for name in names)


def _gate(offending: Offending) -> str:
    return f"{SCHEMA}.{identifier(offending.name)}"


def _all(offending: Offending) -> str:
    return f"select * from {_gate(offending)}"
