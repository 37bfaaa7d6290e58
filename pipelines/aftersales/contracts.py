"""sql/contracts as typed objects: what every source promises, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from aftersales.errors import ConfigError
from aftersales.settings import layered_files

ColumnType = Literal["id", "text", "word", "time", "amount", "count", "number"]
PiiClass = Literal["none", "pseudonym", "drop", "free_text"]

# What staging makes of a cell of each type.
SQL_TYPES: dict[str, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "word": "VARCHAR",
    "time": "TIMESTAMP",
    "amount": "DECIMAL(18,4)",
    "count": "BIGINT",
    "number": "DOUBLE",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One column of a source table.

    Attributes:
        required: true: every export has the column and every row a value; cell: every row of an
            export that has the column has a value.
        vocabulary: for type ``word``: which list of terms its words are translated to.
        pii: none; pseudonym (keyed HMAC before it is written); drop (never written);
            free_text (kept, masked before it is shown).
        unless: a word column and the terms of it under which ``pseudonym`` is not applied.
    """

    type: ColumnType
    meaning: str
    required: bool | Literal["cell"] = False
    vocabulary: str | None = None
    minimum: float | None = None
    pii: PiiClass = "none"
    unless: dict[str, list[str]] | None = None


class Table(_Strict):
    """One table of a source; ``key`` is unique together with platform and shop."""

    meaning: str
    key: list[str]
    columns: dict[str, Column]


class Source(_Strict):
    """One contract file."""

    source: str
    owner: str
    vocabularies: dict[str, dict[str, str]] = {}
    tables: dict[str, Table]


@dataclass(frozen=True)
class Contracts:
    """All sources.

    Attributes:
        tables: by ``source.table``, the name formats use.
        vocabularies: terms with their meaning, by vocabulary.
        owners: who answers for a table, by ``source.table``.
    """

    tables: dict[str, Table]
    vocabularies: dict[str, dict[str, str]]
    owners: dict[str, str]

    def table(self, name: str) -> Table:
        """The table called ``source.table``."""
        return self.tables[name]


def raw_name(table: str) -> str:
    """The raw table of ``source.table``: ``shop.order`` is kept in ``raw_shop__order``."""
    return "raw_" + table.replace(".", "__")


def staging_name(table: str) -> str:
    """The staging model of ``source.table``."""
    return "stg_" + table.replace(".", "__")


def read_yaml(path: Path) -> Any:
    """A YAML file's content.

    Raises:
        ConfigError: with file and line, where it is not YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
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
    return ConfigError(
        f"'{where}': {first['msg']}", fix="correct or remove that key", file=str(path)
    )


def load(layers: tuple[Path, ...]) -> Contracts:
    """Read every contract.

    Raises:
        ConfigError: a file is not YAML, holds an unknown key, or names an unknown vocabulary.
    """
    tables: dict[str, Table] = {}
    vocabularies: dict[str, dict[str, str]] = {}
    owners: dict[str, str] = {}
    for path in layered_files(layers, "contracts", "*.yml").values():
        try:
            source = Source.model_validate(read_yaml(path))
        except ValidationError as error:
            raise refusal(error, path) from error
        vocabularies |= source.vocabularies
        for name, table in source.tables.items():
            _check_table(source, name, table, path)
            tables[f"{source.source}.{name}"] = table
            owners[f"{source.source}.{name}"] = source.owner
    return Contracts(tables, vocabularies, owners)


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
    missing = [part for part in table.key if part not in table.columns]
    if missing:
        raise ConfigError(
            f"'{name}.key': no column '{missing[0]}'",
            fix="name a column of the table",
            file=str(path),
        )
