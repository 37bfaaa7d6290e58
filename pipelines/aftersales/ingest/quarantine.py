"""Rows that could not be read: listed, exported, and tried again."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from aftersales.contracts import Contracts
from aftersales.formats import Formats
from aftersales.ingest.files import Outcome, deliver_again, prepare
from aftersales.ingest.intake import make_private, private
from aftersales.settings import Settings
from aftersales.warehouse.connection import Connection, rows

COLUMNS = ("file_name", "format", "file_id", "record", "line", "column_name", "reason", "raw_text")
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def list_rows(con: Connection) -> list[dict[str, Any]]:
    """Every quarantined row with its file, place and reason; raw_text is masked."""
    found = rows(
        con,
        "select f.file_name, f.format, q.file_id, q.record, q.line, q.column_name,"
        " q.reason, q.raw_text from raw_quarantine as q inner join raw_file as f"
        " on q.file_id = f.file_id order by f.file_name, q.file_id, q.record",
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def export(con: Connection, path: Path) -> int:
    """Write the quarantined rows as csv no spreadsheet runs; returns how many."""
    found = list_rows(con)
    make_private(path.parent)
    with private(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows([harmless(row[column]) for column in COLUMNS] for row in found)
        text.flush()
    return len(found)


def harmless(value: Any) -> Any:
    """A value no spreadsheet takes for a formula: text that looks like one gets a leading quote."""
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value


def retry(
    con: Connection, settings: Settings, contracts: Contracts, formats: Formats
) -> list[Outcome]:
    """Read again, from the archive, every file with quarantined rows, replacing its rows.

    A file that is refused this time keeps the rows it had.
    """
    prepare(con, settings, contracts)
    files = rows(
        con,
        "select distinct sha256, file_name, shop_id, shop_from from raw_file"
        " where file_id in (select file_id from raw_quarantine) order by file_name, sha256",
    )
    return [
        outcome
        for sha256, file, shop_id, shop_from in files
        for outcome in deliver_again(
            con, settings, contracts, formats, sha256, file, shop_id, shop_from, replacing=True
        )
    ]
