"""Export files as platforms write them: text in their encoding, workbooks, JSON, conversations."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from itertools import repeat
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr

# Stand between cells and rows until the block is escaped as a whole.
_CELL, _ROW = "\x1f", "\x1e"
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")

# Columns; one that is no list repeats one cell without end.
Cells = Sequence[Iterable[str]]
Rows = Sequence[Sequence[str]]


class Table(Protocol):
    """An export being written; ``rows`` counts its records without the header."""

    path: Path
    rows: int

    def write(self, columns: Cells) -> None:
        """Add rows given column by column; an endless column is cut to the shortest."""

    def close(self) -> None:
        """End the file."""


class TextTable:
    """A file of delimited text, every cell quoted or only those that must be."""

    def __init__(
        self,
        path: Path,
        header: list[str],
        encoding: str,
        *,
        delimiter: str = ",",
        quoted: bool = True,
        above: Rows = (),
        below: Rows = (),
    ) -> None:
        self.path = path
        self.rows = 0
        self._below = below
        self._edge = '"' if quoted else ""
        self._between = f"{self._edge}{delimiter}{self._edge}"
        self._marks = ('"',) if quoted else ('"', "\n", "\r", delimiter)
        self._is_odd = re.compile(f"[{re.escape(''.join(self._marks))}]").search
        self._file = path.open("w", encoding=encoding, newline="")
        self._put_all(above)
        self._put([[name] for name in header])

    def write(self, columns: Cells) -> None:
        """Add rows given column by column."""
        self.rows += self._put(columns)

    def _put(self, columns: Cells) -> int:
        spelled = [self._spelled(column) for column in columns]
        rows = [self._between.join(row) for row in zip(*spelled, strict=False)]
        if rows:
            line_end = f"{self._edge}\r\n"
            text = (line_end + self._edge).join(rows)
            self._file.write(self._edge + text + line_end)
        return len(rows)

    def _spelled(self, column: Iterable[str]) -> Iterable[str]:
        """A column whose cells can stand between delimiters; most can as they are."""
        if not isinstance(column, list):
            return repeat(self._safe(next(iter(column))))
        text = _CELL.join(column)
        if not any(mark in text for mark in self._marks):
            return column
        return [self._safe(cell) if self._is_odd(cell) else cell for cell in column]

    def _safe(self, cell: str) -> str:
        doubled = cell.replace('"', '""')
        is_bare = self._edge or not any(mark in cell for mark in self._marks)
        return doubled if is_bare else f'"{doubled}"'

    def _put_all(self, rows: Rows) -> None:
        for row in rows:
            if row:
                self._put([[cell] for cell in row])
            else:
                self._file.write("\r\n")

    def close(self) -> None:
        """End the file."""
        self._put_all(self._below)
        self._file.close()


class Workbook:
    """An xlsx, every cell text, the same bytes for the same rows.

    openpyxl writes the clock's time into its files; these parts are all a reader needs.
    """

    def __init__(
        self,
        path: Path,
        header: list[str],
        *,
        sheet: str = "Sheet1",
        above: Rows = (),
        below: Rows = (),
    ) -> None:
        self.path = path
        self.rows = 0
        self._below = below
        self._zip = zipfile.ZipFile(path, "w")
        _put_parts(self._zip, [sheet])
        self._sheet = self._zip.open(_entry(_sheet_part(1)), "w")
        self._sheet.write(_SHEET_BEGIN)
        self._put([*map(_CELL.join, above), _CELL.join(header)])

    def write(self, columns: Cells) -> None:
        """Add rows given column by column."""
        rows = _joined(columns)
        self.rows += len(rows)
        self._put(rows)

    def _put(self, rows: list[str]) -> None:
        self._sheet.write(_sheet_rows(rows))

    def close(self) -> None:
        """End the file."""
        self._put(list(map(_CELL.join, self._below)))
        self._sheet.write(_SHEET_END)
        self._sheet.close()
        self._zip.close()


class SheetPerValue:
    """An xlsx with a sheet for each value of the first column, which itself is not shown."""

    def __init__(self, path: Path, header: list[str]) -> None:
        self.path = path
        self.rows = 0
        self._header = _CELL.join(header)
        self._sheets: dict[str, list[str]] = {}

    def write(self, columns: Cells) -> None:
        """Add rows given column by column, the name of their sheet first."""
        names, *shown = columns
        rows = _joined(shown)
        self.rows += len(rows)
        for name, row in zip(names, rows, strict=False):
            self._sheets.setdefault(name, [self._header]).append(row)

    def close(self) -> None:
        """Write the file, sheets in the order their values first came in."""
        with zipfile.ZipFile(self.path, "w") as book:
            _put_parts(book, list(self._sheets))
            for number, rows in enumerate(self._sheets.values(), start=1):
                content = _SHEET_BEGIN + _sheet_rows(rows) + _SHEET_END
                book.writestr(_entry(_sheet_part(number)), content)


class Document:
    """A JSON document with one array of objects; names with dots are objects in objects."""

    def __init__(self, path: Path, header: list[str], name: str) -> None:
        self.path = path
        self.rows = 0
        self._header = header
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(f"{{{json.dumps(name, ensure_ascii=False)}:[")

    def write(self, columns: Cells) -> None:
        """Add objects given column by column; what looks like a number is one, nothing is null."""
        for row in zip(*columns, strict=False):
            written = _nested(self._header, [_json_value(cell) for cell in row])
            self._file.write(("," if self.rows else "") + "\n" + written)
            self.rows += 1

    def close(self) -> None:
        """End the file."""
        self._file.write(f'\n],"count":{self.rows}}}\n')
        self._file.close()


class Dialogue:
    """One conversation as a chat window gives it to the clipboard: text, message after message."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.path = path
        self.rows = 0
        self._file = path.open("w", encoding=encoding, newline="\r\n")

    def write(self, columns: Cells) -> None:
        """Add messages, the only column."""
        for (message,) in zip(*columns, strict=False):
            self._file.write(message)
            self.rows += 1

    def close(self) -> None:
        """End the file."""
        self._file.close()


def _joined(columns: Cells) -> list[str]:
    return [_CELL.join(row) for row in zip(*columns, strict=False)]


def _json_value(cell: str) -> str:
    if not cell:
        return "null"
    return cell if _NUMBER.fullmatch(cell) else json.dumps(cell, ensure_ascii=False)


def _nested(names: Sequence[str], values: Sequence[str]) -> str:
    """An object of written values; names that begin alike up to a dot share one object."""
    groups: dict[str, tuple[list[str], list[str]]] = {}
    pairs: dict[str, str] = {}
    for name, value in zip(names, values, strict=True):
        head, dot, rest = name.partition(".")
        if dot:
            inner = groups.setdefault(head, ([], []))
            inner[0].append(rest)
            inner[1].append(value)
        pairs[head] = value
    for head, (inner_names, inner_values) in groups.items():
        pairs[head] = _nested(inner_names, inner_values)
    return (
        "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{v}" for k, v in pairs.items()) + "}"
    )


def _sheet_rows(rows: list[str]) -> bytes:
    if not rows:
        return b""
    text = escape(_ROW.join(rows)).replace(_CELL, _CELL_END + _CELL_BEGIN)
    text = text.replace(_ROW, f"{_CELL_END}</row><row>{_CELL_BEGIN}")
    return f"<row>{_CELL_BEGIN}{text}{_CELL_END}</row>".encode()


def _put_parts(book: zipfile.ZipFile, sheets: Sequence[str]) -> None:
    """Everything in a workbook but its sheets themselves."""
    numbered = list(enumerate(sheets, start=1))
    types = "".join(
        f'<Override PartName="/{_sheet_part(n)}" ContentType="{_KIND}.worksheet+xml"/>'
        for n, _ in numbered
    )
    named = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in numbered
    )
    for name, content in {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f"{types}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
        f"{named}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{links}</Relationships>",
    }.items():
        book.writestr(_entry(name), _XML + content)


def _sheet_part(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _entry(name: str) -> zipfile.ZipInfo:
    """A member with a fixed time, so that the bytes do not depend on the day."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CELL_BEGIN = '<c t="inlineStr"><is><t xml:space="preserve">'
_CELL_END = "</t></is></c>"
_SHEET_BEGIN = f"{_XML}<worksheet {_MAIN}><sheetData>".encode()
_SHEET_END = b"</sheetData></worksheet>"
