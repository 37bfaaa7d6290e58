"""A finished build as an immutable folder that readers open; current is a link, moved last."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from aftersales.errors import ConfigError
from aftersales.settings import Settings
from aftersales.warehouse.build import comment
from aftersales.warehouse.connection import Connection, connect, identifier, one, rows
from aftersales.warehouse.lock import cannot_write, sync_folder, write_whole

DATABASE = "aftersales.duckdb"
RECORD = "run.json"
CURRENT = "current"
PARTIAL = ".partial"
PUBLIC = ("dim_", "fct_", "mart_", "ref_")
KEPT = 3


def publish(con: Connection, settings: Settings, run_id: str, info: Mapping[str, Any]) -> Path:
    """Copy what reports may read into ``published/<run_id>`` and make it current.

    The folder is made beside the others and gets its name when it is whole and on disk; the link
    is replaced in one step. Whatever stops this on the way, readers keep the run they had.

    Args:
        con: the writer's connection, not in a transaction.
        info: as_of, counts, findings …, written to run.json beside the run's id and its tables.

    Raises:
        ConfigError: the id is taken or no plain name, or the folder cannot be written.
    """
    folder = settings.published / run_id
    if run_id == CURRENT or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", run_id):
        raise ConfigError(f"'{run_id}' cannot name a run", fix="use letters, digits and hyphens")
    if folder.exists():
        raise ConfigError(
            "this run is published already", fix="publish under a new id", file=str(folder)
        )
    partial = folder.with_name(run_id + PARTIAL)
    try:
        _sweep(settings.published)
        partial.mkdir(mode=0o700, parents=True)
        counts = _copy(con, partial / DATABASE)
        write_whole(partial / RECORD, _plain({"run_id": run_id, **info, "tables": counts}))
        partial.rename(folder)
        sync_folder(settings.published)
        _point(settings.published, run_id)
    except OSError as error:
        raise cannot_write(settings.published, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if current(settings) != folder.resolve():
            shutil.rmtree(folder, ignore_errors=True)
    _prune(settings)
    return folder


def current(settings: Settings) -> Path | None:
    """The folder of the run that is current, its real path; None before the first."""
    link = settings.published / CURRENT
    return link.resolve() if link.exists() else None


def record(settings: Settings, run_id: str | None = None) -> dict[str, Any]:
    """What a published run says of itself; the current one unless named.

    Raises:
        ConfigError: nothing is published, or not under that id, or its record is damaged.
    """
    path = _folder(settings, run_id) / RECORD
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            "the record of this run is gone or damaged",
            fix="publish anew: aftersales run",
            file=str(path),
        ) from error
    return told


def open_published(settings: Settings, run_id: str | None = None) -> Connection:
    """A read-only, locked-down connection to a published run, the current one unless named.

    It opens the real path, not the link: DuckDB keeps databases by path inside a process, so a
    notebook that came by the link would be given yesterday's run again.

    Raises:
        ConfigError: nothing is published, or not under that id.
    """
    return connect(
        _folder(settings, run_id) / DATABASE,
        read_only=True,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )


def published_runs(settings: Settings) -> list[str]:
    """Ids of the runs that can be opened, newest first."""
    whole = [path.parent for path in settings.published.glob(f"*/{RECORD}")]
    runs = [path for path in whole if path.name != CURRENT and not path.name.endswith(PARTIAL)]
    newest = sorted(
        runs, key=lambda run: ((run / RECORD).stat().st_mtime_ns, run.name), reverse=True
    )
    return [run.name for run in newest]


def _folder(settings: Settings, run_id: str | None) -> Path:
    if run_id is None:
        folder = current(settings)
        if folder is None:
            raise ConfigError(
                "nothing is published yet", fix="run: aftersales run", file=str(settings.published)
            )
        return folder
    if run_id not in published_runs(settings):
        there = ", ".join(published_runs(settings)) or "none"
        raise ConfigError(
            f"no run '{run_id}' is published",
            fix=f"use one of: {there}",
            file=str(settings.published),
        )
    return settings.published / run_id


def _copy(con: Connection, database: Path) -> dict[str, int]:
    """Rows by table of the new database, which is whole and on disk."""
    with _attached(con, database) as target:
        counts = {
            name: _copy_table(con, name, f"{target}.{identifier(name)}")
            for (name,) in rows(con, _TABLES)
            if name.startswith(PUBLIC)
        }
        con.execute(f"checkpoint {target}")
    database.chmod(0o600)
    with database.open("rb") as file:
        os.fsync(file.fileno())
    return counts


_TABLES = (
    "select table_name from duckdb_tables()"
    " where database_name = current_database() and schema_name = current_schema() order by 1"
)
_COMMENTS = (
    "select column_name, comment from duckdb_columns() where database_name = current_database()"
    " and schema_name = current_schema() and table_name = ? and comment is not null"
)


def _copy_table(con: Connection, name: str, target: str) -> int:
    made = rows(con, f"create table {target} as from {identifier(name)}")
    meaning = one(
        con,
        "select comment from duckdb_tables() where database_name = current_database()"
        " and schema_name = current_schema() and table_name = ?",
        [name],
    )
    comment(con, target, meaning, dict(rows(con, _COMMENTS, [name])))
    return int(made[0][0])


@contextmanager
def _attached(con: Connection, database: Path) -> Iterator[str]:
    """The name of the new database inside the writer's connection.

    Raises:
        ConfigError: DuckDB cannot write it.
    """
    path = str(database.resolve()).replace("'", "''")
    try:
        con.execute(f"attach '{path}' as publishing")
        try:
            yield "publishing"
        finally:
            with suppress(duckdb.Error):  # a disk that is full takes the connection with it
                con.execute("detach publishing")
    except duckdb.Error as error:
        message = str(error).splitlines()[0]
        raise ConfigError(
            f"cannot be published: {message}",
            fix="free disk space or memory, then run again; what was published before stays",
            file=str(database.parent.parent),
        ) from error


def _point(published: Path, run_id: str) -> None:
    fresh = published / f"{CURRENT}.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(run_id, target_is_directory=True)
    fresh.replace(published / CURRENT)
    sync_folder(published)


def _sweep(published: Path) -> None:
    """Remove what runs left that were stopped half-way."""
    for left in published.glob(f"*{PARTIAL}"):
        shutil.rmtree(left)


def _prune(settings: Settings) -> None:
    """Take runs away beyond the last few; what cannot go now goes at the next publish."""
    now = current(settings)
    others = [run for run in published_runs(settings) if now is None or run != now.name]
    for run in others[KEPT - 1 :]:
        going = settings.published / f"{run}{PARTIAL}"
        with suppress(OSError):
            (settings.published / run).rename(going)
        shutil.rmtree(going, ignore_errors=True)


def _plain(value: Any) -> Any:
    """The value in JSON's terms; what has none is a bug and raises."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
