"""Tables as CSV that a spreadsheet opens as data: UTF-8 with BOM, and no cell runs as a formula."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

from aftersales.reporting.charts import Amount, Bar, Cell, Span, Table

# A spreadsheet reads a cell beginning with one of these as a formula.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(cell: Cell) -> str:
    """A cell as text; a number stays a number, a text that could run is preceded by a quote."""
    if cell is None:
        return ""
    if isinstance(cell, (Amount, Bar)):
        cell = cell.value
    if isinstance(cell, Span):
        cell = f"{cell.low:.6f}–{cell.high:.6f}"
    if isinstance(cell, tuple):
        cell = " / ".join(" ".join(quote.text.split()) for quote in cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip().startswith(RISKY) or cell.startswith(RISKY) else cell
    return str(int(cell)) if float(cell).is_integer() else repr(round(float(cell), 6))


def heading(name: str, unit: str, seconds: str) -> str:
    """A column's heading, with the unit where the number alone would not tell."""
    return seconds.format(label=name) if unit == "seconds" else name


def as_bytes(table: Table, seconds: str) -> bytes:
    """The file's content.

    Args:
        seconds: how a heading says that its numbers are seconds, with the slot ``label``.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(heading(name, unit, seconds)) for name, unit in table.columns])
    writer.writerows([safe(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")
