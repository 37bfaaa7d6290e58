"""Row by row: what is done for a text file DuckDB and the record count disagree about."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from aftersales.formats import comparable
from aftersales.ingest.intake import private
from aftersales.ingest.recognise import Row
from aftersales.ingest.staged import LONGEST_LINE, Rejected, Staged, unique_names


class _Writer(Protocol):
    """What csv.writer returns."""

    def writerow(self, row: Iterable[Any], /) -> Any:
        """Write one row."""


@dataclass(frozen=True)
class Record:
    """One data record; ``broken`` says why it could not be parsed."""

    number: int
    line: int
    cells: tuple[str, ...]
    broken: str | None = None


class _Lines(Iterator[str]):
    """Lines of a file that remembers those taken since ``taken`` was last cleared."""

    def __init__(self, source: Iterator[str]) -> None:
        self.source = source
        self.number = 0
        self.taken: list[str] = []

    def __next__(self) -> str:
        line = next(self.source)
        self.number += 1
        self.taken.append(line)
        return line


def records(path: Path, header: Row) -> Iterator[Record]:
    """The data records of a staged text, numbered from 1; empty lines are none.

    Where quotes do not add up, every line up to the one where that shows is broken, each counted
    as a record: what lies between cannot be told apart from a cell's own text.
    """
    csv.field_size_limit(LONGEST_LINE)
    with path.open(encoding="utf-8-sig", newline="") as source:
        lines = _Lines(source)
        while lines.number < header.line:
            next(lines)
        number = 0
        reader = csv.reader(lines, delimiter=header.delimiter, strict=True)
        while True:
            lines.taken.clear()
            first = lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                for offset, line in enumerate(lines.taken):
                    number += 1
                    yield Record(
                        number, first + offset, (line.rstrip("\r\n"),), f"broken quotes: {error}"
                    )
                reader = csv.reader(lines, delimiter=header.delimiter, strict=True)
                continue
            if cells:
                number += 1
                yield Record(number, first, tuple(cells))


def locate(path: Path, header: Row, wanted: Collection[int]) -> dict[int, Record]:
    """The records of these numbers, with their lines."""
    if not wanted:
        return {}
    last = max(wanted)
    found = {}
    for record in records(path, header):
        if record.number in wanted:
            found[record.number] = record
        if record.number >= last:
            break
    return found


@contextmanager
def numbered_csv(path: Path) -> Iterator[_Writer]:
    """A csv writer whose every cell is quoted, so that it reads back exactly as written."""
    with (
        private(path) as raw,
        io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=False) as text,
    ):
        yield csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        text.flush()


def salvage(
    path: Path,
    header: Row,
    footers: Sequence[str],
    to: Path,
    encoding: str,
    *,
    anywhere: bool = False,
) -> Staged:
    """Write the sound rows of a staged text to ``to``, numbered; the others come back rejected.

    Args:
        footers: words that introduce totals.
        anywhere: they may stand between the rows, not only below them.
    """
    names = unique_names(list(header.cells))
    spelled = tuple(comparable(cell) for cell in header.cells)
    width = len(names)
    trailing = _ends_in_delimiter(records(path, header), width)
    rejected: list[Rejected] = []
    loaded = 0
    with numbered_csv(to) as writer:
        for record in _footers_last(records(path, header), footers, rejected, anywhere=anywhere):
            cells = record.cells[:width] if trailing else record.cells
            reason = record.broken or fault(cells, width, spelled)
            if reason is None:
                writer.writerow((record.number, *cells))
                loaded += 1
            else:
                rejected.append(Rejected(record.number, record.line, None, reason, record.cells))
    return Staged(
        to, "csv", names, loaded, numbered=True, rejected=tuple(rejected), encoding=encoding
    )


def fault(cells: Sequence[str], width: int, header: Sequence[str]) -> str | None:
    """Why a row cannot be a data row; None for one that can."""
    if not any(cell.strip() for cell in cells):
        return "blank_row"
    if len(cells) == width:
        return "header_repeated" if all(map(_same_name, cells, header)) else None
    if len(cells) > width:
        return f"{len(cells)} cells where the header has {width}"
    return f"only {len(cells)} cells where the header has {width}"


def _same_name(cell: str, name: str) -> bool:
    return comparable(cell) == name


def is_footer(cells: Sequence[str], footers: Sequence[str]) -> bool:
    """Whether a row's first filled cell is one of the words totals are introduced by.

    In a word ``*`` stands for anything: ``*record(s) downloaded``.
    """
    first = comparable(next((cell for cell in cells if cell.strip()), "")).rstrip(":")
    return any(fnmatchcase(first, comparable(word)) for word in footers)


def _footers_last(
    found: Iterable[Record],
    footers: Sequence[str],
    rejected: list[Rejected],
    *,
    anywhere: bool,
) -> Iterator[Record]:
    """The records, those at the very end (or anywhere) that are footers left to ``rejected``."""
    held: list[Record] = []
    for record in found:
        if record.broken is None and is_footer(record.cells, footers):
            held.append(record)
            continue
        if not anywhere:
            yield from held
            held.clear()
        yield record
    rejected += [
        Rejected(record.number, record.line, None, "footer", record.cells) for record in held
    ]


def _ends_in_delimiter(found: Iterable[Record], width: int) -> bool:
    """Whether every record has one cell too many, and it is empty."""
    seen = False
    for record in found:
        if record.broken or len(record.cells) != width + 1 or record.cells[-1] != "":
            return False
        seen = True
    return seen


def last_line(path: Path, delimiter: str) -> list[str]:
    """The cells of a text's last filled line; empty where it is not a row of its own."""
    with path.open("rb") as source:
        source.seek(max(path.stat().st_size - 65_536, 0))
        lines = source.read().decode("utf-8", "ignore").strip("\r\n").splitlines()
    try:
        return next(csv.reader(lines[-1:], delimiter=delimiter), [])
    except csv.Error:
        return []
