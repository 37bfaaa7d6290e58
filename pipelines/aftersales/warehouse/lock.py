"""One writer at a time, and who it is."""

from __future__ import annotations

import errno
import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from aftersales.errors import Busy, ConfigError
from aftersales.settings import Settings

LOCK_NAME = "write.lock"
HOLDER_NAME = "write.lock.json"


@contextmanager
def writing(settings: Settings, *, command: str, now: datetime) -> Iterator[None]:
    """The right to write to the workspace, until the block is left; what is written is private.

    The operating system's lock decides and dies with its process, however that dies. The file
    beside it only says who holds it: one that a crash left behind misleads nobody.

    Args:
        command: what the holder is doing, as the next one is told.
        now: when it began, UTC.

    Raises:
        Busy: another process holds it.
        ConfigError: the data folder cannot be written.
    """
    lock = FileLock(settings.data / LOCK_NAME, timeout=0, mode=0o600)
    holder = settings.data / HOLDER_NAME
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise Busy(
            f"the workspace is being written by {_who(holder)}",
            fix="wait until it is done, or end that process",
        ) from error
    except OSError as error:
        raise cannot_write(settings.data, error) from error
    umask = os.umask(0o077)  # DuckDB makes files as the process would
    try:
        write_whole(
            holder,
            {
                "command": command,
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "owner": _owner(),
                "since": now.isoformat(timespec="seconds"),
            },
        )
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()
        os.umask(umask)


def _owner() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _who(holder: Path) -> str:
    """The holder in words, as far as its file can be read: it may just be written, or left."""
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return (
            f"'{told['command']}', process {told['pid']} of {told['owner']} on {told['host']},"
            f" since {told['since']} UTC"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def write_whole(path: Path, content: object) -> None:
    """A JSON file, 0600, replaced in one step and on disk when this returns.

    Raises:
        ConfigError: it cannot be written.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.touch(mode=0o600)
        with beside.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def sync_folder(folder: Path) -> None:
    """Names made, renamed or removed in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def cannot_write(path: Path, error: OSError) -> ConfigError:
    """Why the system refused, and what helps against it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ConfigError(
            "no space left to write", fix="free disk space, then run again", file=str(path)
        )
    return ConfigError(
        f"cannot be written: {error.strerror or error}",
        fix="give yourself the right to write there, or name another workspace with --home",
        file=str(path),
    )
