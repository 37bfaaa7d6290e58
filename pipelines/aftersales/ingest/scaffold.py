"""A mapping for an export nobody has seen: guessed from its header and its values, to be edited."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aftersales.contracts import ColumnType, Contracts, Table, read_yaml
from aftersales.errors import ConfigError, DataError
from aftersales.formats import Formats, comparable
from aftersales.ingest import intake
from aftersales.ingest.peek import Peek, peek
from aftersales.ingest.pii import is_personal
from aftersales.ingest.recognise import Claim, Row, title
from aftersales.ingest.staged import unique_names
from aftersales.settings import Settings

HINTS = Path(__file__).with_name("hints.yml")
WHOLE, PART = 10.0, 3.0

_TIME = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?([T ]\d{1,2}:\d{2}.*)?")
_SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}\b")
_ZONED = re.compile(r":\d\d(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})$")
_NUMBER = re.compile(r"[-+]?[¥￥$€£]?[-+]?\d[\d,]*(\.\d+)?")


@dataclass(frozen=True)
class Delivered:
    """What a file's columns hold: names, and a sample of values by position.

    Attributes:
        times: per column, the share of its filled values that look like times; None without any.
        numbers: the same for numbers.
    """

    name: str
    header: Row
    names: tuple[str, ...]
    columns: list[list[str]]
    times: list[float | None]
    numbers: list[float | None]

    def filled(self, position: int) -> list[str]:
        """The sampled values of a column that are not empty."""
        return [value for value in self.columns[position] if value]


@dataclass(frozen=True)
class Guess:
    """A contract table, and for its columns the delivered position taken for it."""

    table: str
    columns: dict[str, int]
    score: float


def scaffold(path: Path, contracts: Contracts, formats: Formats, *, name: str | None = None) -> str:
    """The text of a format for a file, with comments where it is unsure.

    Raises:
        DataError: the file cannot be read, has no header to go by, or a format takes it already.
    """
    found = _delivered(path, formats)
    guess = max(
        (_guess(found, table, contracts) for table in contracts.tables), key=lambda g: g.score
    )
    called = name or format_name(path, formats)
    return "\n".join(_lines(found, guess, contracts, called)) + "\n"


def write_scaffold(
    settings: Settings,
    path: Path,
    contracts: Contracts,
    formats: Formats,
    *,
    name: str | None = None,
) -> Path:
    """Write the scaffold to ``sql/formats/`` of the workspace; returns where.

    Raises:
        ConfigError: a format of that name is there already.
        DataError: as ``scaffold``.
    """
    called = name or format_name(path, formats)
    target = settings.home / "sql" / "formats" / f"{called}.yml"
    if target.exists():
        raise ConfigError(
            "this mapping is already there",
            fix="edit it, or remove it to start again",
            file=str(target),
        )
    text = scaffold(path, contracts, formats, name=called)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def format_name(path: Path, formats: Formats) -> str:
    """A name for the format of a file, from the file's own without its digits."""
    name = (
        re.sub(r"[\W\d_]+", "_", intake.label(path).rsplit(".", 1)[0]).strip("_").lower() or "own"
    )
    return f"{name}_own" if name in formats.by_name else name


def _delivered(path: Path, formats: Formats) -> Delivered:
    name = intake.label(path)
    with peek(path) as tables:
        best = max(
            ((table, row) for table in tables for row in table.head),
            key=lambda pair: (_headerness(pair[1]), -pair[1].position),
            default=None,
        )
        for table in tables if best is None else [best[0]]:
            _check_unknown(table.claims(formats), formats, name)
        if best is None or _headerness(best[1]) < 2:
            raise DataError(
                "it has no row that could be a header", fix="export it with its header", file=name
            )
        return _sampled(name, *best)


def _check_unknown(found: Sequence[Claim], formats: Formats, file: str) -> None:
    if found and found[0].claims and formats.by_name[found[0].format].refuse is None:
        name = found[0].format
        raise DataError(
            f"it needs no mapping: it is {title(formats.by_name[name])} ({name})",
            fix=f"ingest it as it is; or put a {name}.yml of your own into sql/formats/",
            file=file,
        )


def _headerness(row: Row) -> int:
    """How many distinct names a row holds, as far as it looks like a header at all."""
    names = [cell.strip() for cell in row.cells if cell.strip()]
    if any(_NUMBER.fullmatch(cell) or _TIME.fullmatch(cell) for cell in names):
        return 0
    return len(set(names))


def _sampled(name: str, table: Peek, header: Row) -> Delivered:
    names = unique_names(list(header.cells))
    rows = [row for row in table.below(header) if len(row) >= len(names)]
    columns = [[row[position].strip() for row in rows] for position in range(len(names))]
    times = [_share(values, _TIME) for values in columns]
    numbers = [_share(values, _NUMBER) for values in columns]
    return Delivered(name, header, names, columns, times, numbers)


def _share(values: Sequence[str], shape: re.Pattern[str]) -> float | None:
    filled = [value for value in values if value]
    if not filled:
        return None
    return sum(shape.fullmatch(value) is not None for value in filled) / len(filled)


@cache
def _hints() -> Mapping[str, Mapping[str, Sequence[str]]]:
    found: Mapping[str, Mapping[str, Sequence[str]]] = read_yaml(HINTS)
    return found


def _guess(found: Delivered, table: str, contracts: Contracts) -> Guess:
    """The best assignment of delivered columns to one table, best pairs first."""
    contract = contracts.table(table)
    spelled = [re.sub(r"[-_()\[\]（）/.]", "", comparable(name)) for name in found.names]
    pairs = sorted(
        (
            (
                _fit(spelled[position], words) + 0.01 * bool(contract.columns[column].required),
                column,
                position,
            )
            for column, words in _hints().get(table, {}).items()
            for position in range(len(spelled))
            if _fits_values(found, position, contract.columns[column].type)
        ),
        key=lambda pair: (-pair[0], pair[2]),
    )
    chosen: dict[str, int] = {}
    score = 0.0
    for points, column, position in pairs:
        if points >= 1 and column not in chosen and position not in chosen.values():
            chosen[column] = position
            score += points
    missing = sum(
        facts.must_be_mapped and column not in chosen for column, facts in contract.columns.items()
    )
    return Guess(table, chosen, score - 2 * WHOLE * missing)


def _fit(name: str, words: Sequence[str]) -> float:
    for rank, word in enumerate(words):
        if re.fullmatch(word, name):
            return WHOLE - rank * 0.1
    return PART if any(len(word) > 3 and re.search(word, name) for word in words) else 0.0


def _fits_values(found: Delivered, position: int, kind: ColumnType) -> bool:
    times, numbers = found.times[position], found.numbers[position]
    if times is None or numbers is None:
        return True
    if kind == "time":
        return times > 0.5
    if kind in {"amount", "count", "number"}:
        return numbers > 0.5
    return times < 0.5


def _layouts(found: Delivered, guess: Guess, contract: Table) -> tuple[list[str], str]:
    """The time layouts to state, and the evidence for them."""
    values = [
        value
        for column, position in guess.columns.items()
        if contract.columns[column].type == "time"
        for value in found.filled(position)
    ]
    if values and sum(_ZONED.search(value) is not None for value in values) > len(values) / 2:
        return ["zoned"], "the times carry their own offset"
    slashed = [match for value in values if (match := _SLASHED.match(value))]
    if len(slashed) <= len(values) / 2:
        return ["ymd"], "year first"
    first = sum(int(match[1]) > 12 for match in slashed)
    second = sum(int(match[2]) > 12 for match in slashed)
    if first and not second:
        why = f"day first, as {first} times decide whose first number is above 12"
        return ["dmy"], f"{why}; none says otherwise"
    if second and not first:
        why = f"month first, as {second} times decide whose second number is above 12"
        return ["mdy"], f"{why}; none says otherwise"
    why = f"{first} times say day first and {second} month first" if first else "no time decides it"
    return ["dmy", "mdy"], f"UNSURE, {why}: leave one of them"


def _reversals(found: Delivered, guess: Guess) -> str | None:
    """The letter ids of reversed lines begin with, where negative units go with one."""
    if "units" not in guess.columns or "order_id" not in guess.columns or "status" in guess.columns:
        return None
    ids, units = found.columns[guess.columns["order_id"]], found.columns[guess.columns["units"]]
    letters = [
        key[0]
        for key, value in zip(ids, units, strict=True)
        if value.startswith("-") and key[:1].isalpha()
    ]
    if not letters:
        return None
    letter = max(set(letters), key=letters.count)
    with_it = [value for key, value in zip(ids, units, strict=True) if key.startswith(letter)]
    return letter if sum(value.startswith("-") for value in with_it) > 0.9 * len(with_it) else None


def _lines(found: Delivered, guess: Guess, contracts: Contracts, called: str) -> Iterator[str]:
    contract = contracts.table(guess.table)
    layouts, evidence = _layouts(found, guess, contract)
    rows = len(found.columns[0]) if found.columns else 0
    yield f"# Guessed from {found.name} by its header and {rows} of its rows. Read it through;"
    yield "# what is marked UNSURE wants a decision. A column nobody maps is kept all the same."
    yield f"format: {called}"
    yield f"title: {{zh: {_quoted(called)}, en: {_quoted(called)}}}"
    yield "platform: null # the file's own column, else the shop's"
    others = ", ".join(table for table in contracts.tables if table != guess.table)
    yield f"table: {guess.table} # {contract.meaning}; others: {others}"
    yield "words: [common]"
    yield "zone: null # IANA zone it is written in; null: the shop's, else the reporting zone"
    yield "currency: null # ISO 4217; null: the reporting currency"
    yield f"times: [{', '.join(layouts)}] # {evidence}"
    glob = re.sub(r"[\d_-]*\d[\d_-]*", "*", found.name)
    yield f"file_names: [{_quoted(glob)}]"
    yield from _header_lines(found, guess, contract)
    yield from _column_lines(found, guess, contract)
    yield from _rest_lines(found, guess)


def _header_lines(found: Delivered, guess: Guess, contract: Table) -> Iterator[str]:
    yield "header: # next month's file is recognised by these names"
    yield "  requires:"
    ranked = sorted(guess.columns, key=lambda column: not contract.columns[column].required)
    known = [found.names[guess.columns[column]] for column in ranked]
    # Few recognised names would claim other people's files too: the file's further names help.
    further = [name for name in found.names if name and name not in known]
    for name in [*known, *further][:6]:
        yield f"    - [{_quoted(name)}]"
    yield "  refuses: []"


def _column_lines(found: Delivered, guess: Guess, contract: Table) -> Iterator[str]:
    yield "columns:"
    if len(guess.columns) < len(found.names) / 2:
        yield "  # UNSURE: most columns were not recognised; is the table above the right one?"
    letter = _reversals(found, guess)
    for column, facts in contract.columns.items():
        if column in guess.columns:
            yield f"  {column}: [{_quoted(found.names[guess.columns[column]])}] # {facts.meaning}"
        elif column == "status" and letter is not None:
            source = _quoted(found.names[guess.columns["order_id"]])
            yield f"  # UNSURE: units are negative where the id begins with {letter}: reversals."
            words = f'{{"{letter}*": cancelled, "*": completed}}'
            yield f"  status: {{names: [{source}], words: {words}}}"
        elif facts.must_be_mapped:
            yield f"  {column}: [] # REQUIRED and not found: {facts.meaning}"
    absent = [
        c
        for c, facts in contract.columns.items()
        if c not in guess.columns and not facts.must_be_mapped
    ]
    yield f"  # not found: {', '.join(c for c in absent if not (c == 'status' and letter))}"


def _rest_lines(found: Delivered, guess: Guess) -> Iterator[str]:
    taken = set(guess.columns.values())
    rest = [name for position, name in enumerate(found.names) if position not in taken]
    personal = [name for name in rest if is_personal(comparable(name))]
    others = [name for name in rest if name not in personal]
    if others:
        yield "# not mapped, kept beside the others:"
        yield from (f"#   {_quoted(name)}" for name in others)
    yield "# about a person by its name, so never written:"
    yield f"drop: [{', '.join(_quoted(name) for name in personal)}]"


def _quoted(text: str) -> str:
    """A YAML string; JSON's are."""
    return json.dumps(text, ensure_ascii=False)
