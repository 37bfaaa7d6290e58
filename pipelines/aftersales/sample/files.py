"""Export files as platforms write them: quoted text in their encoding, or a plain workbook."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape

# Stand between cells and rows until the block is quoted or escaped as a whole.
_CELL, _ROW = "\x1f", "\x1e"

Columns = Sequence[Iterable[str]]


class Table(Protocol):
    """An export being written; ``rows`` counts its records without the header."""

    path: Path
    rows: int

    def write(self, columns: Columns) -> None:
        """Add rows given column by column; an endless column is cut to the shortest."""

    def close(self) -> None:
        """End the file."""


class TextTable:
    """A comma separated file, every cell quoted."""

    def __init__(self, path: Path, header: list[str], encoding: str) -> None:
        self.path = path
        self.rows = 0
        self._file = path.open("w", encoding=encoding, newline="")
        self._put([_CELL.join(header)])

    def write(self, columns: Columns) -> None:
        """Add rows given column by column."""
        rows = _joined(columns)
        self.rows += len(rows)
        self._put(rows)

    def _put(self, rows: list[str]) -> None:
        if rows:
            text = _ROW.join(rows).replace('"', '""').replace(_CELL, '","')
            self._file.write('"' + text.replace(_ROW, '"\r\n"') + '"\r\n')

    def close(self) -> None:
        """End the file."""
        self._file.close()


class Workbook:
    """An xlsx of one sheet, every cell text, the same bytes for the same rows.

    openpyxl writes the clock's time into its files; these parts are all a reader needs.
    """

    def __init__(self, path: Path, header: list[str]) -> None:
        self.path = path
        self.rows = 0
        self._zip = zipfile.ZipFile(path, "w")
        for name, content in _PARTS.items():
            self._zip.writestr(_entry(name), _XML + content)
        self._sheet = self._zip.open(_entry("xl/worksheets/sheet1.xml"), "w")
        self._sheet.write(f"{_XML}<worksheet {_MAIN}><sheetData>".encode())
        self._put([_CELL.join(header)])

    def write(self, columns: Columns) -> None:
        """Add rows given column by column."""
        rows = _joined(columns)
        self.rows += len(rows)
        self._put(rows)

    def _put(self, rows: list[str]) -> None:
        if rows:
            text = escape(_ROW.join(rows)).replace(_CELL, _CELL_END + _CELL_BEGIN)
            text = text.replace(_ROW, f"{_CELL_END}</row><row>{_CELL_BEGIN}")
            self._sheet.write(f"<row>{_CELL_BEGIN}{text}{_CELL_END}</row>".encode())

    def close(self) -> None:
        """End the file."""
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()


def _joined(columns: Columns) -> list[str]:
    return [_CELL.join(row) for row in zip(*columns, strict=False)]


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
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet"'
    ' Target="worksheets/sheet1.xml"/></Relationships>',
}
