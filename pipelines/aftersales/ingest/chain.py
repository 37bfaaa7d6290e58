"""The run ledger: what was loaded, outside the database, one JSON line after another, chained.

DuckDB opens with a shorter history, and without an error, when the end of its log is damaged.
What it has lost is seen here, because nothing here is ever rewritten.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from aftersales.errors import DataError
from aftersales.ingest.intake import make_private, private
from aftersales.settings import Settings

Entry = dict[str, Any]
FILE_NAME = "ledger.jsonl"


def path_of(settings: Settings) -> Path:
    """Where the ledger is."""
    return settings.runs / FILE_NAME


def append(settings: Settings, entry: Entry) -> None:
    """Add one line that carries the hash of the line before, and wait until it is on disk."""
    path = path_of(settings)
    make_private(path.parent)
    last = _last_line(path)
    line = json.dumps({"before": _hash(last), **entry}, ensure_ascii=False, separators=(",", ":"))
    with private(path, append=True) as target:
        target.write(line.encode("utf-8") + b"\n")
        target.flush()
        os.fsync(target.fileno())


def read(settings: Settings) -> list[Entry]:
    """Every entry, oldest first; a last line torn by a crash is left out.

    Raises:
        DataError: a line was changed or is missing.
    """
    path = path_of(settings)
    if not path.exists():
        return []
    entries: list[Entry] = []
    before = _hash(b"")
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        entry = _parsed(line)
        if entry is None or entry.pop("before", None) != before:
            raise DataError(
                "this line of the ledger, or the one before, was changed",
                fix="restore the ledger from a backup; it must never be edited",
                file=path.name,
                line=number,
            )
        entries.append(entry)
        before = _hash(line)
    return entries


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else ""


def _parsed(line: bytes) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _last_line(path: Path) -> bytes:
    """The last whole line; a torn one behind it is cut off."""
    if not path.exists():
        return b""
    content = path.read_bytes()
    whole, _, torn = content.rpartition(b"\n")
    if torn:
        with path.open("r+b") as target:
            target.truncate(len(content) - len(torn))
    return whole.rpartition(b"\n")[2]
