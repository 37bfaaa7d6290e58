"""What the last run leaves for the next one: enough to see in a moment that nothing is new.

Nothing heavy may be imported here; this is what a run with nothing to do consists of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aftersales import __version__
from aftersales.arrivals import Export, exports_as_told
from aftersales.file_names import is_later
from aftersales.settings import FILE_NAME, PACKAGE, Settings
from aftersales.warehouse.lock import write_whole

LAST = "last.json"
EXPORTS = "exports.json"
RENDERED = ("_site", "__pycache__")

# Size, mtime_ns, inode, ctime_ns: what cannot all stay when a file's bytes change.
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Seen:
    """A delivered file as a run met it."""

    stamp: Stamp
    sha256: str


@dataclass(frozen=True)
class State:
    """A run that came to its end.

    Attributes:
        fingerprint: of everything but the data that decides what comes out.
        as_of: the moment it told the world as of, UTC.
        published: whether the gate let it through.
        files: what lay before it, by path.
    """

    fingerprint: str
    as_of: datetime
    run_id: str
    published: bool
    files: dict[str, Seen]


def stamp(path: Path) -> Stamp:
    """What tells an untouched file; take it before the file is read."""
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino, facts.st_ctime_ns


def fingerprint(settings: Settings) -> str:
    """A hash over every byte of models, contracts, wording, settings and code, and versions."""
    total = hashlib.sha256()
    for name, content in _ingredients(settings):
        for part in (name.encode(), content):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()


def _ingredients(settings: Settings) -> Iterator[tuple[str, bytes]]:
    for package in ("duckdb", "sqlglot"):
        yield package, version(package).encode()
    yield "aftersales", __version__.encode()
    file = settings.home / FILE_NAME
    yield FILE_NAME, file.read_bytes() if file.is_file() else b""
    folders = (*settings.sql_layers, *settings.report_layers, settings.home / "calendars", PACKAGE)
    for number, folder in enumerate(folders):
        for path in sorted(folder.rglob("*")):
            below = path.relative_to(folder)
            if path.is_file() and not set(RENDERED) & set(below.parts):
                yield f"{number}/{below.as_posix()}", path.read_bytes()


def remember(settings: Settings, state: State) -> None:
    """Keep it for the next run, in place of the one before.

    Raises:
        ConfigError: it cannot be written.
    """
    told = asdict(state)
    told["as_of"] = state.as_of.isoformat()
    told["files"] = {path: [*seen.stamp, seen.sha256] for path, seen in state.files.items()}
    write_whole(settings.runs / LAST, told)


def forget(settings: Settings) -> None:
    """The next run looks at everything anew."""
    (settings.runs / LAST).unlink(missing_ok=True)


def last(settings: Settings) -> State | None:
    """What the last run left; None before the first, or where it cannot be read any more."""
    try:
        return _state(json.loads((settings.runs / LAST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # unknown costs one run that finds nothing new; a guess could hide a file


def _state(told: dict[str, Any]) -> State:
    files = {}
    for path, (size, mtime_ns, inode, ctime_ns, sha256) in told["files"].items():
        files[path] = Seen((int(size), int(mtime_ns), int(inode), int(ctime_ns)), str(sha256))
    return State(
        fingerprint=str(told["fingerprint"]),
        as_of=datetime.fromisoformat(told["as_of"]),
        run_id=str(told["run_id"]),
        published=told["published"] is True,
        files=files,
    )


def keep_exports(settings: Settings, exports: Sequence[Export]) -> None:
    """What is loaded of each format and shop, for those who may not open the warehouse.

    Raises:
        ConfigError: it cannot be written.
    """
    write_whole(settings.runs / EXPORTS, exports_told(exports))


def exports_told(exports: Sequence[Export]) -> list[dict[str, Any]]:
    """Exports in JSON's terms."""
    return [
        {**asdict(one), "newest_at": one.newest_at.isoformat() if one.newest_at else None}
        for one in exports
    ]


def exports(settings: Settings) -> list[Export]:
    """What the last command that wrote to the warehouse left loaded; none before the first."""
    try:
        return exports_as_told(json.loads((settings.runs / EXPORTS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return []


def unseen(settings: Settings, paths: Iterable[Path]) -> bool:
    """Whether any of the files holds bytes the last run did not have before it.

    An untouched file is known by its stamp; one that was touched, renamed or copied is read.
    """
    state = last(settings)
    if state is None:
        return True
    return any(_unseen(path, state.files) for path in paths)


def _unseen(path: Path, files: dict[str, Seen]) -> bool:
    known = files.get(str(path))
    now = stamp(path)
    if known and known.stamp == now:
        return False
    same_size = {name: seen for name, seen in files.items() if seen.stamp[0] == now[0]}
    if not same_size:
        return True
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    same = [Path(name).name for name, seen in same_size.items() if seen.sha256 == sha256]
    return all(is_later(path.name, name) for name in same)


def nothing_new(settings: Settings, paths: Iterable[Path], as_of: datetime) -> bool:
    """Whether a run over these files would publish what is current already."""
    state = last(settings)
    return (
        state is not None
        and state.published
        and state.as_of == as_of
        and _is_current(settings, state.run_id)
        and state.fingerprint == fingerprint(settings)
        and not unseen(settings, paths)
    )


def _is_current(settings: Settings, run_id: str) -> bool:
    """Whether readers are given that run, and whole."""
    link = settings.published / "current"
    try:
        told = json.loads((link / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (
        isinstance(told, dict)
        and told.get("run_id") == run_id
        and link.resolve().name == run_id
        and (link / "aftersales.duckdb").exists()
    )
