"""The head of a file, read as safely as for loading, without a database of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from aftersales.errors import DataError
from aftersales.ingest import intake, recognise, salvage, text, workbook
from aftersales.ingest.recognise import Row
from aftersales.ingest.staged import literal, read_parquet_header, relation
from aftersales.warehouse.connection import connect, rows


@dataclass(frozen=True)
class Peek:
    """One table of a file: its first rows, and up to a sample of the rows below any of them."""

    sheet: str | None
    head: list[Row]
    rows: list[tuple[str, ...]]

    def below(self, header: Row) -> list[tuple[str, ...]]:
        """The rows below a header, as text, in its delimiter."""
        if header.delimiter == ",":
            return self.rows[header.position + 1 :]
        return [row.cells for row in self.head if row.delimiter == header.delimiter][header.position + 1 :]


def peek(path: Path, *, sample: int = 100_000) -> list[Peek]:
    """Every table of a file.

    Raises:
        DataError: it cannot be read.
    """
    name = intake.label(path)
    intake.sha256_of(path)
    kind = intake.sniff(path, name)
    if kind in {"xlsx", "xls"}:
        sheets = workbook.read(path, kind, name)
        return [
            Peek(sheet.name, sheet.head(), [sheet.texts(i) for i in range(min(len(sheet.rows), sample))])
            for sheet in sheets
            if sheet.rows
        ]
    with tempfile.TemporaryDirectory() as folder:
        if kind == "parquet":
            return [_parquet(path, Path(folder), sample, name)]
        to = Path(folder) / "text.csv"
        text.stage(path, to, name)
        return [Peek(None, recognise.head_rows(to), list(islice(_cells(to), sample)))]
