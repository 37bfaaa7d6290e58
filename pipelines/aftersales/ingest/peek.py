"""A file looked into as safely as for loading, without touching archive or warehouse."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from aftersales.errors import DataError
from aftersales.formats import Formats
from aftersales.ingest import document, intake, recognise, reshape, salvage, text, workbook
from aftersales.ingest.recognise import Claim, Row
from aftersales.ingest.staged import Staged, read_parquet_header, relation
from aftersales.warehouse.connection import connect, rows

# Rows looked at to guess what a column holds.
SAMPLE = 20_000


@dataclass(frozen=True)
class Peek:
    """One table of a file: its first rows, and a sample of the rows below a header among them.

    Attributes:
        text: where it is text, which may be no table but a conversation.
    """

    sheet: str | None
    head: list[Row]
    below: Callable[[Row], list[tuple[str, ...]]]
    text: Path | None = None

    def claims(self, formats: Formats) -> list[Claim]:
        """What each format says of it, the likeliest first."""
        if self.text is not None:
            return reshape.text_claims(self.text, formats)
        return recognise.claims(self.head, formats, sheet=self.sheet)


@contextmanager
def peek(path: Path) -> Iterator[list[Peek]]:
    """Every table of a file.

    Raises:
        DataError: it cannot be read.
    """
    name = intake.label(path)
    intake.sha256_of(path)
    kind = intake.sniff(path, name)
    with tempfile.TemporaryDirectory() as folder:
        if kind in {"xlsx", "xls"}:
            yield [_sheet(sheet) for sheet in workbook.read(path, kind, name) if sheet.rows]
        elif kind == "json":
            yield [_sheet(sheet) for sheet in document.read(path, name)]
        elif kind == "parquet":
            yield [_parquet(path, Path(folder), name)]
        else:
            to = Path(folder) / "text.csv"
            text.stage(path, to, name)
            yield [Peek(None, recognise.head_rows(to), lambda header: _records(to, header), to)]


def _records(path: Path, header: Row) -> list[tuple[str, ...]]:
    sound = (record.cells for record in salvage.records(path, header) if record.broken is None)
    return list(islice(sound, SAMPLE))


def _sheet(sheet: workbook.Sheet) -> Peek:
    def below(header: Row) -> list[tuple[str, ...]]:
        last = min(len(sheet.rows), header.position + 1 + SAMPLE)
        return [sheet.texts(position) for position in range(header.position + 1, last)]

    return Peek(sheet.name, sheet.head(), below)


def _parquet(path: Path, folder: Path, name: str) -> Peek:
    lying = folder / "table.parquet"
    intake.link(path, lying)
    with connect(None, may_read=[folder]) as con:
        try:
            staged = read_parquet_header(con, lying)
            sample = _sampled(con, staged)
        except duckdb.Error as error:
            raise DataError(
                "the Parquet file is damaged or cut off", fix="write it again", file=name
            ) from error
    return Peek(None, [Row(staged.names, 0, 0)], lambda _: sample)


def _sampled(con: duckdb.DuckDBPyConnection, staged: Staged) -> list[tuple[str, ...]]:
    found = rows(
        con,
        f"select * exclude (_record) from ({relation(staged)})"
        f" using sample {SAMPLE} rows (reservoir, 1)",
    )
    return [tuple(str(cell) for cell in row) for row in found]
