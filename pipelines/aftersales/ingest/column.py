"""One column of any file, row by row, for what is asked of texts outside the warehouse."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from aftersales.errors import DataError
from aftersales.formats import comparable
from aftersales.ingest import document, intake, recognise, salvage, text, workbook
from aftersales.ingest.recognise import Row


def read(path: Path, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The cells of these columns, every data row in order, empty cells included.

    Raises:
        DataError: the file cannot be read, has no such column, or has a row that does not fit its
            header; with file, line and column.
    """
    name = intake.label(path)
    intake.sha256_of(path)
    kind = intake.sniff(path, name)
    if kind in {"xlsx", "xls"}:
        return _of_sheets(workbook.read(path, kind, name), columns, name)
    if kind == "json":
        return _of_sheets(document.read(path, name), columns, name)
    if kind == "parquet":
        raise DataError(
            "texts are not read from Parquet", fix="write the column to a CSV file", file=name
        )
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / "text.csv"
        text.stage(path, to, name)
        header, places = _header(recognise.head_rows(to), columns, name)
        return list(_of_records(to, header, places, name))


def _header(rows: Sequence[Row], columns: Sequence[str], name: str) -> tuple[Row, list[int]]:
    """The first row with all the columns, and where in it they stand."""
    wanted = [comparable(column) for column in columns]
    for row in rows:
        there = [comparable(cell) for cell in row.cells]
        if all(column in there for column in wanted):
            return row, [there.index(column) for column in wanted]
    known = [cell for row in rows[:1] for cell in row.cells]
    lacking = next(
        (c for c in columns if comparable(c) not in {comparable(k) for k in known}), columns[0]
    )
    raise DataError(
        f"has no column '{lacking}'",
        fix=f"name one of: {', '.join(known[:30])}" if known else "the file is empty",
        file=name,
        column=lacking,
    )


def _of_records(path: Path, header: Row, places: list[int], name: str) -> Iterator[tuple[str, ...]]:
    for record in salvage.records(path, header):
        broken = record.broken
        if broken is None and len(record.cells) <= max(places):
            broken = f"has {len(record.cells)} cells where the header has {len(header.cells)}"
        if broken is not None:
            raise DataError(
                broken,
                fix="correct that line, or export the file again",
                file=name,
                line=record.line,
            )
        yield tuple(record.cells[place] for place in places)


def _of_sheets(
    sheets: Sequence[workbook.Sheet], columns: Sequence[str], name: str
) -> list[tuple[str, ...]]:
    heads = [(sheet, row) for sheet in sheets for row in sheet.head()]
    header, places = _header([row for _, row in heads], columns, name)
    sheet = next(sheet for sheet, row in heads if row is header)
    found = []
    for position in range(header.position + 1, len(sheet.rows)):
        cells = sheet.texts(position)
        if any(cell.strip() for cell in cells):
            found.append(tuple(cells[place] if place < len(cells) else "" for place in places))
    return found
