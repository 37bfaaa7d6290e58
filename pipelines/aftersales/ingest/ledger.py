"""The ledger held against the database, and what either lacks put right."""

from __future__ import annotations

from aftersales.contracts import Contracts
from aftersales.formats import Formats
from aftersales.ingest.chain import Entry, append, read
from aftersales.ingest.files import Outcome, deliver_again, prepare, withdraw_rows
from aftersales.settings import Settings
from aftersales.warehouse.connection import Connection, rows, transaction

__all__ = ["append", "loaded_files", "read", "reconcile", "withdraw"]


def reconcile(
    con: Connection, settings: Settings, contracts: Contracts, formats: Formats
) -> list[Outcome]:
    """Load again what the ledger says was loaded and the database does not have.

    Files the database has and the ledger does not (a run killed between the two) are added to it.

    Raises:
        DataError: the ledger was changed.
    """
    prepare(con, settings, contracts)
    said = loaded_files(read(settings))
    there = {
        sha256: {"sha256": sha256, "file_name": file, "shop_id": shop_id, "shop_from": shop_from}
        | {"rows_in": int(rows_in), "rows_loaded": int(loaded)}
        for sha256, file, shop_id, shop_from, rows_in, loaded in rows(
            con,
            "select sha256, any_value(file_name), any_value(shop_id), any_value(shop_from),"
            " sum(rows_in), sum(rows_loaded) from raw_file group by sha256 order by sha256",
        )
    }
    for sha256, facts in there.items():
        if sha256 not in said:
            append(settings, {"kind": "file", **facts})
    return [
        outcome
        for sha256, entry in said.items()
        if sha256 not in there
        for outcome in deliver_again(
            con,
            settings,
            contracts,
            formats,
            sha256,
            entry["file_name"],
            entry["shop_id"],
            entry["shop_from"],
        )
    ]


def loaded_files(entries: list[Entry]) -> dict[str, Entry]:
    """The files that are loaded after all entries, by hash."""
    files: dict[str, Entry] = {}
    for entry in entries:
        if entry.get("kind") == "file":
            files[entry["sha256"]] = entry
        elif entry.get("kind") == "withdrawn":
            files.pop(entry["sha256"], None)
    return files


def withdraw(con: Connection, settings: Settings, sha256: str) -> int:
    """Take a wrong file back: its rows, its record and its archived bytes; returns its tables."""
    with transaction(con):
        tables = withdraw_rows(con, sha256)
    if tables:
        append(settings, {"kind": "withdrawn", "sha256": sha256})
        (settings.archive / sha256).unlink(missing_ok=True)
    return tables
