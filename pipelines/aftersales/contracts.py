"""sql/contracts as typed objects: what every source promises, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from aftersales.errors import ConfigError
from aftersales.settings import layered_files

ColumnType = Literal[
    "id",
    "text",
    "word",
    "time",
    "date",
    "amount",
    "refund",
    "currency",
    "count",
    "number",
    "share",
    "duration",
    "rating",
]
PiiClass = Literal["none", "pseudonym", "drop", "free_text"]

# The same language in C, ten times as fast; a wheel without it has the other.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Known errors of a source stand beside its contract: <source>.corrections.yml.
CORRECTIONS = ".corrections.yml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Session(_Strict):
    """Rows without an id belong together while no break between them is longer than this.

    Attributes:
        by: the column whose rows are looked at together.
        at: the column with the time of a row.
    """

    by: str
    at: str
    gap_hours: int


class Column(_Strict):
    """One column of a source table.

    Attributes:
        type: what its cells are read as. ``refund`` is an amount where the platform's way of
            saying none is 0; ``currency`` falls back on the format's; ``share`` is 0-1, also
            written in percent; ``duration`` is in seconds; ``rating`` is stars.
        required: true: every export has the column and every row a value; cell: every row of an
            export that has the column has a value.
        vocabulary: for type ``word``: which list of terms its words are translated to.
        pii: none; pseudonym (keyed HMAC before it is written); drop (never written);
            free_text (kept, masked before it is shown).
        unless: a word column and the terms of it under which ``pseudonym`` is not applied.
        otherwise: of a key: columns that stand in for it where it is empty, the first that is
            filled, with its turn among equal ones in the file.
        content: beside ``otherwise``: columns that must agree too for rows to be equal ones, so
            that two exports that overlap anywhere give a row the same key.
        session: of a key: how rows are put together where it is empty.
        told: name of a staged column that says whether an export has this one at all.
    """

    type: ColumnType
    meaning: str
    required: bool | Literal["cell"] = False
    vocabulary: str | None = None
    minimum: float | None = None
    pii: PiiClass = "none"
    unless: dict[str, list[str]] | None = None
    otherwise: list[str] = []
    content: list[str] = []
    session: Session | None = None
    told: str | None = None

    @property
    def must_be_mapped(self) -> bool:
        """Whether a format has to say where it comes from, or what stands in for it."""
        return self.required is True or self.session is not None


class Table(_Strict):
    """One table of a source; ``key`` is unique together with platform and shop.

    Attributes:
        at: the time a row is about; a full-window export is complete between its first and last.
    """

    meaning: str
    key: list[str]
    at: str | None = None
    columns: dict[str, Column]


class Source(_Strict):
    """One contract file."""

    source: str
    owner: str
    vocabularies: dict[str, dict[str, str]] = {}
    tables: dict[str, Table]


class Correction(_Strict):
    """A known error of a source, until the source has mended it.

    Attributes:
        where: columns and their cells by which the row is known.
        expect: columns and their cells as the source delivers them, wrongly.
        set: columns and the cells that are right, as an export would write them.
        why: what is wrong and how that is known.
        told: when the source was told, and who.
    """

    table: str
    where: dict[str, str]
    expect: dict[str, str]
    set: dict[str, str]
    why: str
    told: str


@dataclass(frozen=True)
class Contracts:
    """All sources.

    Attributes:
        tables: by ``source.table``, the name formats use.
        vocabularies: terms with their meaning, by vocabulary.
        owners: who answers for a table, by ``source.table``.
        corrections: known errors of the sources.
    """

    tables: dict[str, Table]
    vocabularies: dict[str, dict[str, str]]
    owners: dict[str, str]
    corrections: tuple[Correction, ...] = ()

    def table(self, name: str) -> Table:
        """The table called ``source.table``."""
        return self.tables[name]


def raw_name(table: str) -> str:
    """The raw table of ``source.table``: ``shop.order`` is kept in ``raw_shop__order``."""
    return "raw_" + table.replace(".", "__")


def staging_name(table: str) -> str:
    """The staging model of ``source.table``."""
    return "stg_" + table.replace(".", "__")


def staged_name(column: str, facts: Column) -> str:
    """What staging calls a column: a pseudonym is a key and no id any more."""
    return f"{column.removesuffix('_id')}_key" if facts.pii == "pseudonym" else column


def read_yaml(path: Path) -> Any:
    """A YAML file's content.

    Raises:
        ConfigError: with file and line, where it is not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)  # noqa: S506 - it is
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"not valid YAML: {error.problem}", fix="correct that line", file=f"{path}{where}"
        ) from error


def refusal(error: ValidationError, path: Path) -> ConfigError:
    """A pydantic refusal as one sentence that names the key at fault."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    # What is wrong between keys stands at none of them.
    told = f"'{where}': {first['msg']}" if where else first["msg"].removeprefix("Value error, ")
    return ConfigError(told, fix="correct or remove that key", file=str(path))


def load(layers: tuple[Path, ...]) -> Contracts:
    """Read every contract.

    Raises:
        ConfigError: a file is not YAML, holds an unknown key, or names an unknown vocabulary.
    """
    tables: dict[str, Table] = {}
    vocabularies: dict[str, dict[str, str]] = {}
    owners: dict[str, str] = {}
    for path in layered_files(layers, "contracts", "*.yml").values():
        if path.name.endswith(CORRECTIONS):
            continue
        try:
            source = Source.model_validate(read_yaml(path))
        except ValidationError as error:
            raise refusal(error, path) from error
        vocabularies |= source.vocabularies
        for name, table in source.tables.items():
            _check_table(source, name, table, path)
            tables[f"{source.source}.{name}"] = table
            owners[f"{source.source}.{name}"] = source.owner
    return Contracts(tables, vocabularies, owners, tuple(_corrections(layers, tables)))


def _corrections(layers: tuple[Path, ...], tables: dict[str, Table]) -> Iterator[Correction]:
    for path in layered_files(layers, "contracts", f"*{CORRECTIONS}").values():
        source = path.name.removesuffix(CORRECTIONS)
        own = [name for name in tables if name.startswith(f"{source}.")]
        entries = read_yaml(path) or []
        if not own or not isinstance(entries, list):
            sources = dict.fromkeys(name.partition(".")[0] for name in tables)
            raise ConfigError(
                "corrections are a list, in a file called after their source",
                fix=f"name it <source>{CORRECTIONS}, the source one of: {', '.join(sources)};"
                " begin each correction with: - table:",
                file=str(path),
            )
        for number, entry in enumerate(entries, start=1):
            place = Path(f"{path}, correction {number}")
            try:
                correction = Correction.model_validate(entry)
            except ValidationError as error:
                raise refusal(error, place) from error
            _check_correction(correction, own, tables, place)
            yield correction


def _check_correction(
    correction: Correction, own: list[str], tables: dict[str, Table], place: Path
) -> None:
    def wrong(what: str, fix: str) -> ConfigError:
        return ConfigError(what, fix=fix, file=str(place))

    if correction.table not in own:
        raise wrong(
            f"no table '{correction.table}' of this source", f"use one of: {', '.join(own)}"
        )
    table = tables[correction.table]
    for column in {**correction.where, **correction.expect, **correction.set}:
        if column not in table.columns or table.columns[column].pii in {"pseudonym", "drop"}:
            raise wrong(
                f"'{column}' of {correction.table} cannot be corrected or looked up",
                "name a column of the contract that is kept as delivered",
            )
    keys = sorted(set(correction.set) & set(table.key))
    if keys or not correction.where or set(correction.expect) != set(correction.set):
        raise wrong(
            f"the correction of {correction.table} must name a row by 'where', and 'expect' what"
            " it sets, which is no part of the key",
            "write where, expect and set, the last two over the same columns",
        )


def _check_table(source: Source, name: str, table: Table, path: Path) -> None:
    for column, facts in table.columns.items():
        if (facts.type == "word") != (facts.vocabulary is not None) or (
            facts.vocabulary and facts.vocabulary not in source.vocabularies
        ):
            raise ConfigError(
                f"'{name}.{column}': a column of type word, and no other, names a vocabulary",
                fix=f"use one of: {', '.join(source.vocabularies)}",
                file=str(path),
            )
    named = {"key": table.key, "at": [table.at] if table.at else []}
    for column, facts in table.columns.items():
        session = [facts.session.by, facts.session.at] if facts.session else []
        named[column] = [*facts.otherwise, *facts.content, *session, *(facts.unless or {})]
    for where, parts in named.items():
        missing = [part for part in parts if part not in table.columns]
        if not missing:
            continue
        raise ConfigError(
            f"'{name}.{where}': no column '{missing[0]}'",
            fix="name a column of the table",
            file=str(path),
        )
