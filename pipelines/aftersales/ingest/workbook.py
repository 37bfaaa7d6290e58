"""Sheets of a workbook as text: values by calamine, what calamine hides by openpyxl."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from aftersales.errors import DataError
from aftersales.formats import comparable
from aftersales.ingest.recognise import HEADER_WITHIN, Row
from aftersales.ingest.salvage import fault, is_footer, numbered_csv
from aftersales.ingest.staged import Rejected, Staged, unique_names

# From here on a double does not hold every whole number, and Excel has cut digits off.
EXACT_BELOW = 1e15

_HIDDEN = re.compile(rb"""\bt=["']e["']|<(?:\w+:)?f[\s>/]""")
_ZERO_PADDED = re.compile(rb"""formatCode=["']0{2,}["']""")
Value = Any


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        rows: its cells as calamine gives them, row by row.
        patches: text for cells calamine hides or strips, by row and column from 0.
        damaged: cells among them that hold an error, or a formula nobody calculated.
        inner: it stands in the cells of another sheet too, so nothing is lost if nobody takes it.
    """

    name: str
    rows: list[list[Value]]
    patches: Mapping[tuple[int, int], str] = field(default_factory=dict)
    damaged: frozenset[tuple[int, int]] = frozenset()
    inner: bool = False

    def head(self) -> list[Row]:
        """The first rows, to find the header in."""
        return [Row(self.texts(i), i, i + 1) for i in range(min(len(self.rows), HEADER_WITHIN))]

    def texts(self, position: int) -> tuple[str, ...]:
        """One row as text."""
        return tuple(
            self.patches.get((position, column)) or as_text(cell)
            for column, cell in enumerate(self.rows[position])
        )


def as_text(cell: Value) -> str:
    """A cell as an export would write it; digits Excel has lost are not made up again."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT_BELOW:
            return f"{cell:.15g}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        whole = _to_millisecond(cell)
        return whole.isoformat(" ", "milliseconds" if whole.microsecond else "seconds")
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _to_millisecond(moment: datetime) -> datetime:
    """Excel keeps times as fractions of a day: what is past the millisecond is rounding."""
    return moment.replace(microsecond=0) + timedelta(milliseconds=round(moment.microsecond / 1000))


def read(path: Path, kind: str, name: str) -> list[Sheet]:
    """Every sheet of a workbook.

    Raises:
        DataError: it is damaged, or protected by a password.
    """
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = {
            sheet: book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            for sheet in book.sheet_names
        }
    except python_calamine.PasswordError as error:
        raise DataError(
            "the workbook is protected by a password", fix="save it without one", file=name
        ) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise DataError(
            "the workbook is damaged or cut off",
            fix="open it in Excel, save it as xlsx and try that; or export it again",
            file=name,
        ) from error
    patches: dict[str, dict[tuple[int, int], str]] = {}
    damaged: dict[str, set[tuple[int, int]]] = {}
    if kind == "xlsx" and _hides_something(path, name):
        patches, damaged = _hidden(path)
    return [
        Sheet(sheet, rows, patches.get(sheet, {}), frozenset(damaged.get(sheet, set())))
        for sheet, rows in sheets.items()
    ]


def _hides_something(path: Path, name: str) -> bool:
    """Whether any sheet has error cells, formulas, or ids kept short by a number format."""
    with zipfile.ZipFile(path) as book:
        for part in book.namelist():
            if not part.startswith("xl/") or not part.endswith(".xml"):
                continue
            with book.open(part) as source:
                tail = b""
                while chunk := source.read(1 << 20):
                    text = tail + chunk
                    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                        raise DataError(
                            "the workbook declares XML entities",
                            fix="export csv instead",
                            file=name,
                        )
                    if part.startswith("xl/worksheets/") and _HIDDEN.search(text):
                        return True
                    if part == "xl/styles.xml" and _ZERO_PADDED.search(text):
                        return True
                    tail = text[-64:]
    return False


def _hidden(
    path: Path,
) -> tuple[dict[str, dict[tuple[int, int], str]], dict[str, set[tuple[int, int]]]]:
    """Texts for errors, formulas without a value and zero-padded numbers; which are damaged."""
    from openpyxl import load_workbook  # half a second to load, and rarely needed

    with path.open("rb") as source:  # by name it would go by the extension
        values = load_workbook(source, data_only=True)
        formulas = load_workbook(source, data_only=False)
    patches: dict[str, dict[tuple[int, int], str]] = {}
    damaged: dict[str, set[tuple[int, int]]] = {}
    for sheet in formulas.worksheets:
        known = values[sheet.title]
        for place, cell in _cells(sheet):
            shown = known.cell(place[0] + 1, place[1] + 1)
            text = _unlike_calamine(cell, shown)
            if text is not None:
                patches.setdefault(sheet.title, {})[place] = text
                if not text.isdigit():
                    damaged.setdefault(sheet.title, set()).add(place)
    return patches, damaged


def _cells(sheet: Any) -> Iterator[tuple[tuple[int, int], Any]]:
    """Every cell of an openpyxl sheet with its place from 0."""
    for row, cells in enumerate(sheet.iter_rows()):
        for column, cell in enumerate(cells):
            yield (row, column), cell


def _unlike_calamine(formula: Any, shown: Any) -> str | None:
    """The text of a cell calamine would give as empty or shortened; None for all others."""
    if shown.data_type == "e":
        return str(shown.value)
    if formula.data_type == "f" and shown.value is None:
        return str(formula.value)
    pattern = formula.number_format or ""
    if re.fullmatch("0{2,}", pattern) and isinstance(shown.value, int):
        return str(shown.value).zfill(len(pattern))
    return None


def stage(
    sheet: Sheet,
    header: Row,
    to: Path,
    *,
    ids: Sequence[int],
    needed: Sequence[int],
    footers: Sequence[str],
    anywhere: bool = False,
) -> Staged:
    """Write a sheet's rows below its header to ``to``, numbered.

    Args:
        ids: columns that hold ids; a number too large to be exact damages its row.
        needed: columns in which an error cell damages its row.
        footers: words that introduce totals in the last rows.
        anywhere: they may stand between the rows, not only below them.
    """
    width = _width(sheet, header)
    cells_of_header = (*header.cells, *[""] * width)[:width]
    names = unique_names(list(cells_of_header))
    spelled = tuple(comparable(cell) for cell in cells_of_header)
    data, last = _data_rows(sheet, header, footers)
    rejected: list[Rejected] = []
    loaded = 0
    with numbered_csv(to) as writer:
        for record, position in enumerate(data, start=1):
            texts = sheet.texts(position)[:width]
            column, reason = _damage(sheet, position, ids, needed)
            if record > last or (anywhere and is_footer(texts, footers)):
                column, reason = None, "footer"
            elif reason is None:
                reason = fault(texts, width, spelled)
            if reason is None:
                writer.writerow((record, *texts))
                loaded += 1
            else:
                where = names[column] if column is not None else None
                rejected.append(Rejected(record, position + 1, where, reason, texts))
    return Staged(
        to, "csv", names, loaded, numbered=True, rejected=tuple(rejected), sheet=sheet.name
    )


def _data_rows(sheet: Sheet, header: Row, footers: Sequence[str]) -> tuple[list[int], int]:
    """Positions of the filled rows below the header, and how many come before the footers."""
    data = [
        position
        for position in range(header.position + 1, len(sheet.rows))
        if any(text.strip() for text in sheet.texts(position))
    ]
    last = len(data)
    while last and is_footer(sheet.texts(data[last - 1]), footers):
        last -= 1
    return data, last


def _width(sheet: Sheet, header: Row) -> int:
    """Columns up to the last one with a name or a value."""
    named = max((i for i, cell in enumerate(header.cells) if cell.strip()), default=-1)
    filled = max(
        (
            column
            for position in range(header.position + 1, len(sheet.rows))
            for column, cell in enumerate(sheet.rows[position])
            if column > named and as_text(cell).strip()
        ),
        default=-1,
    )
    return max(named, filled) + 1


def _damage(
    sheet: Sheet, position: int, ids: Sequence[int], needed: Sequence[int]
) -> tuple[int | None, str | None]:
    """The first cell of a row Excel has spoilt, and how."""
    row = sheet.rows[position]
    for column in ids:
        cell = row[column] if column < len(row) else ""
        if (
            isinstance(cell, float | int)
            and not isinstance(cell, bool)
            and abs(cell) >= EXACT_BELOW
        ):
            return (
                column,
                f"{cell:.15g} is a number: Excel has cut off digits of the id;"
                " export it as text or csv",
            )
    for column in needed:
        if (position, column) in sheet.damaged:
            return column, f"Excel could not calculate it: {sheet.patches[position, column][:40]}"
    return None, None
