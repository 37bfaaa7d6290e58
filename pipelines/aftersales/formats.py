"""Export formats as data: which one a header belongs to, and what its columns mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from aftersales.contracts import Contracts, Table, read_yaml, refusal
from aftersales.errors import ConfigError
from aftersales.settings import layered_files

TimeLayout = Literal["ymd", "dmy", "mdy", "zoned"]

# Columns of a format that are facts about a row's origin, not contract columns.
ORIGIN_COLUMNS = frozenset({"platform", "shop_id"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Header(_Strict):
    """How a header is recognised.

    Attributes:
        requires: each entry a list of names, of which one must be there.
        refuses: names that must not be there.
        rows: header rows; the last one holds the names.
    """

    requires: list[list[str]]
    refuses: list[str] = []
    rows: int = 1


class Refuse(_Strict):
    """Why files of this kind are not taken, and what to export instead."""

    why: str
    instead: dict[str, str]


class Fallback(_Strict):
    """What is read where a cell is empty: part of another one.

    Attributes:
        match: regular expression the whole other cell must fit, with groups.
        gives: what is made of it; ``\\1`` is the first group.
        together: the other cell is those of all names, joined by ``|``, and not the first name's.
    """

    names: list[str]
    match: str
    gives: str
    together: bool = False


class ColumnSource(_Strict):
    """Where a contract column comes from.

    Attributes:
        names: header names, the first one present is read.
        words: extra words for this column alone: pattern (``*`` stands for anything) to term;
            the first that fits counts.
        value: a constant in place of a column.
        of_file: in place of a column: the first or last day in the file's name, or the sheet's
            name; together with ``names`` only where the file has none of them.
        unit: written behind a bare number, where the platform says it in the header only.
        fallback: what stands in for an empty cell.
        single: a character that shows several values in one cell, which no row can hold.
        numbered: it holds people's numbers and no names, which are pseudonyms on either side.
    """

    names: list[str] = []
    words: dict[str, str] = {}
    value: str | None = None
    of_file: Literal["first_day", "last_day", "sheet"] | None = None
    unit: str | None = None
    fallback: Fallback | None = None
    single: str | None = None
    numbered: bool = False


class Dialogue(_Strict):
    """How a copied conversation is cut into messages, one row each.

    The rows have the names ``customer``, ``sent_at``, ``sender``, ``role`` and ``text``.

    Attributes:
        cell: the column whose cells hold a conversation each; None: the file is one itself.
        customer: the column that names the customer, beside ``cell``.
        opens: regular expressions of a line that begins a message, with the groups ``sender``
            and ``sent_at``, and ``text`` where the line holds that too; without ``sender`` the
            line before names it. One with ``\\n`` in it is of that line and the one after.
        notices: of messages that are the platform's own, searched in sender and text.
        leaves_out: of lines that are no message's.
        ours: of a sender on the merchant's side.
        robots: of those among them that are no persons.
    """

    cell: str | None = None
    customer: str | None = None
    opens: list[str]
    notices: list[str] = []
    leaves_out: list[str] = []
    ours: str
    robots: list[str] = []


class Wide(_Strict):
    """A table with a column a thing becomes one with a row a thing.

    Attributes:
        keep: columns repeated on every row.
        name: what the column with the others' names is called.
        value: what the column with their cells is called.
        nothing: cells that say there is nothing.
    """

    keep: list[str]
    name: str
    value: str
    nothing: list[str] = ["", "N/A"]


class Format(_Strict):
    """One export format.

    Attributes:
        table: the contract table it fills, ``source.table``; None for a refused kind.
        words: names of word lists in ``formats/words``, a later one wins.
        zone: IANA zone its times are written in; None: the shop's, else the reporting zone.
        times: layouts its times may have; where several are given, a file must fit exactly one.
        file_names: globs people know it by; a hint for messages, never used to recognise it.
        evidence: whether names and quirks were seen in real files or documents (confirmed), partly
            deduced (inferred), or are our own.
        drop: header names with personal data that are never written.
        only: of columns that say what kind of row it is: the cells of rows that are taken.
        nothing: cells that say in any column that there is nothing, as ``-`` and 无规格 do.
        footers: words that introduce totals, with ``*`` for anything; ``totals`` says whether only
            at the end.
        dialogue: how messages are cut out of text, where it is no table.
        wide: how columns become rows.
    """

    name: str = Field(alias="format")
    title: dict[str, str]
    export: dict[str, str] = {}
    platform: str | None = None
    table: str | None = None
    words: list[str] = []
    zone: str | None = None
    currency: str | None = None
    times: list[TimeLayout] = ["ymd"]
    file_names: list[str] = []
    evidence: Literal["confirmed", "inferred", "own"] = "own"
    header: Header = Header(requires=[])
    columns: dict[str, ColumnSource] = {}
    drop: list[str] = []
    only: dict[str, list[str]] = {}
    nothing: list[str] = []
    footers: list[str] = ["总计", "合计", "平均", "total", "grand total"]
    totals: Literal["end", "anywhere"] = "end"
    dialogue: Dialogue | None = None
    wide: Wide | None = None
    refuse: Refuse | None = None

    @field_validator("columns", mode="before")
    @classmethod
    def _short_forms(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A bare name or a list of names is short for ``{names: […]}``."""
        return {
            column: {"names": [facts]}
            if isinstance(facts, str)
            else {"names": facts}
            if isinstance(facts, list)
            else facts
            for column, facts in given.items()
        }


@dataclass(frozen=True)
class Formats:
    """All formats and word lists.

    Attributes:
        by_name: format by name.
        word_lists: vocabulary → comparable word → term, by list name.
    """

    by_name: dict[str, Format]
    word_lists: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def term(self, format_name: str, column: str, vocabulary: str, word: str) -> str | None:
        """What a word as delivered means to a format; None where nobody has said."""
        form = self.by_name.get(format_name)
        if form is None:
            return None
        spelled = comparable(word)
        source = form.columns.get(column)
        for pattern, term in (source.words if source else {}).items():
            if re.fullmatch(
                re.escape(comparable(pattern)).replace(r"\*", ".*"), spelled, re.DOTALL
            ):
                return term
        for name in reversed(form.words):
            known = self.word_lists[name].get(vocabulary, {})
            if spelled in known:
                return known[spelled]
        return None


@lru_cache(maxsize=1 << 16)  # asked of the same few names for every format and file
def comparable(name: str) -> str:
    """A header or word in the one spelling that is compared: NFKC, lower case, no blanks.

    Undoes Excel's ``="…"`` and the leading ``'`` and TAB exports put before ids.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().strip("='\"`\ufeff \t\r\n")
    return re.sub(r"\s+", "", folded)


def load(layers: tuple[Path, ...], contracts: Contracts) -> Formats:
    """Read every format and word list, and hold them against the contracts.

    Raises:
        ConfigError: an unknown key, table, column, vocabulary or term, with the file.
    """
    word_lists = {
        stem: _word_list(path, contracts)
        for stem, path in layered_files(layers, "formats/words", "*.yml").items()
    }
    by_name: dict[str, Format] = {}
    for path in layered_files(layers, "formats", "*.yml").values():
        if path.parent.name == "words":
            continue
        try:
            form = Format.model_validate(read_yaml(path))
        except ValidationError as error:
            raise refusal(error, path) from error
        _check(form, path, contracts, word_lists)
        by_name[form.name] = form
    return Formats(by_name, word_lists)


def _mapped(form: Format, table: Table, column: str) -> bool:
    """Whether a format says where a column comes from, or what its rows are told apart by."""
    session = table.columns[column].session
    return column in form.columns or bool(session and session.by in form.columns)


def _word_list(path: Path, contracts: Contracts) -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = {}
    for vocabulary, terms in (read_yaml(path) or {}).items():
        known = contracts.vocabularies.get(vocabulary)
        for term, words in terms.items():
            if known is None or term not in known:
                raise ConfigError(
                    f"'{vocabulary}.{term}' is no term of the contracts",
                    fix=f"use one of: {', '.join(known or contracts.vocabularies)}",
                    file=str(path),
                )
            lists.setdefault(vocabulary, {}).update({comparable(str(word)): term for word in words})
    return lists


def _check(form: Format, path: Path, contracts: Contracts, word_lists: dict[str, Any]) -> None:
    def wrong(what: str, known: Sequence[str]) -> ConfigError:
        return ConfigError(what, fix=f"use one of: {', '.join(sorted(known))}", file=str(path))

    if form.refuse is not None:
        return
    if form.table not in contracts.tables:
        raise wrong(f"table '{form.table}' is in no contract", list(contracts.tables))
    table = contracts.table(form.table)
    for column, source in form.columns.items():
        if column not in table.columns and column not in ORIGIN_COLUMNS:
            raise wrong(f"column '{column}' is not in {form.table}", list(table.columns))
        vocabulary = table.columns[column].vocabulary if column in table.columns else None
        terms = contracts.vocabularies.get(vocabulary or "", {})
        unknown = [term for term in source.words.values() if term not in terms]
        if unknown:
            raise wrong(f"'{column}' has no term '{unknown[0]}'", list(terms))
    missing = [
        name
        for name, facts in table.columns.items()
        if facts.must_be_mapped and not _mapped(form, table, name)
    ]
    if missing:
        raise ConfigError(
            f"'{missing[0]}' is required by {form.table}",
            fix="say which column holds it",
            file=str(path),
        )
    for name in form.words:
        if name not in word_lists:
            raise wrong(f"no word list '{name}'", list(word_lists))
