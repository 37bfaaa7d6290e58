"""From a path somebody named to bytes we own: found, complete, hashed, archived, sniffed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal, cast

from aftersales.errors import DataError
from aftersales.settings import Settings

FileKind = Literal["csv", "xlsx", "xls", "parquet", "json"]

# Caps on what a workbook may unpack to.
MOST_BYTES = 2_000_000_000
MOST_ENTRIES = 10_000
MOST_RATIO = 150
RATIO_COUNTS_FROM = 50_000_000

_JSON = re.compile(rb"""\s*(\{\s*["}]|\[\s*[\[{\]])""")
_OURS = re.compile(r"[0-9a-f]{64}(\.\w+)*(\.part)?")


def label(path: Path) -> str:
    """The file's name fit for messages and tables: one line, valid text, at most 120 characters."""
    name = path.name.encode("utf-8", "replace").decode("utf-8")
    name = "".join(char if char.isprintable() else "?" for char in name)
    return name if len(name) <= 120 else name[:90] + "…" + name[-29:]


def files_under(paths: Sequence[Path]) -> list[Path]:
    """Every file to take, sorted; below folders, names beginning with _ or . are left out."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (
                file
                for file in sorted(path.rglob("*"))
                if not file.is_dir()
                and not any(p.startswith(("_", ".")) for p in file.relative_to(path).parts)
            )
            found |= dict.fromkeys(inside)
        else:
            found[path] = None
    return list(found)


def sha256_of(path: Path) -> tuple[str, os.stat_result]:
    """The hash of a regular, readable, non-empty file, and its facts from before it was read.

    Raises:
        DataError: there is no such file, or it is none, or empty.
    """
    name = label(path)
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise DataError("it is a folder, not a file", fix="name a file in it", file=name)
        if not stat.S_ISREG(facts.st_mode):
            raise DataError(
                "it is not a regular file", fix="copy the export to disk and name that", file=name
            )
        if facts.st_size == 0:
            raise DataError(
                "the file is empty (0 bytes)",
                fix="download it again; the export was not finished",
                file=name,
            )
        with path.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest(), facts
    except FileNotFoundError as error:
        raise DataError("there is no such file", fix="check the path", file=name) from error
    except OSError as error:
        raise DataError(
            f"it cannot be read: {error.strerror or error}",
            fix="give yourself the right to read it",
            file=name,
        ) from error


def archive(path: Path, sha256: str, settings: Settings, *, before: os.stat_result) -> Path:
    """Keep the file as ``archive/<sha256>``, 0600, whole or not at all.

    Args:
        before: the file's facts from before it was hashed.

    Raises:
        DataError: they have changed since, so somebody is still writing it.
    """
    kept = settings.archive / sha256
    if kept.exists():
        return kept
    make_private(settings.archive)
    part = settings.archive / f"{sha256}.part"
    with private(part) as target:
        shutil.copyfile(path, part)  # within the kernel; the file is there, so its mode stays
        os.fsync(target.fileno())
    after = path.stat()
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (
        after.st_size,
        after.st_mtime_ns,
        after.st_ino,
    ):
        part.unlink()
        raise DataError(
            "the file changed while it was read",
            fix="wait until it is completely saved and run again",
            file=label(path),
        )
    part.replace(kept)
    return kept


def prune_archive(settings: Settings, *, now: datetime) -> int:
    """Delivered files kept longer than ``archive_days`` are gone; returns how many went.

    What was read from them stays. A warehouse lost later cannot be rebuilt from them any more.

    Args:
        now: the clock, with its zone.
    """
    oldest = (now - timedelta(days=settings.archive_days)).timestamp()
    old = [file for file in settings.archive.glob("*") if file.stat().st_mtime < oldest]
    for file in old:
        file.unlink()
    return len(old)


def make_private(folder: Path) -> None:
    """The folder, made with its parents where it is missing; only its owner may look in."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def private(path: Path, *, append: bool = False) -> Iterator[BinaryIO]:
    """A file open for writing bytes that only its owner may read."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    with os.fdopen(os.open(path, flags, 0o600), "ab" if append else "wb") as target:
        yield cast(BinaryIO, target)


@contextmanager
def staging(settings: Settings, sha256: str) -> Iterator[Path]:
    """The name a decoded file gets in staging; all that begins with it goes afterwards."""
    make_private(settings.staging)
    try:
        yield settings.staging / f"{sha256}.csv"
    finally:
        for left in settings.staging.glob(f"{sha256}*"):
            left.unlink()


def sweep(settings: Settings) -> None:
    """Remove what a killed run left half-written."""
    for left in settings.staging.glob("*"):
        if _OURS.fullmatch(left.name):
            left.unlink()
    for left in settings.archive.glob("*.part"):
        left.unlink()


def link(archived: Path, to: Path) -> None:
    """The archived bytes under a name in the staging folder, copied only across file systems."""
    with suppress(FileNotFoundError):
        to.unlink()
    try:
        os.link(archived, to)
    except OSError:
        with archived.open("rb") as source, private(to) as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)


def sniff(path: Path, name: str) -> FileKind:
    """What the bytes are, whatever the name says.

    Raises:
        DataError: nothing this package reads.
    """
    with path.open("rb") as source:
        head = source.read(65_536)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        _check_zip(path, name)
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "csv"
    if b"\x00" in head or sum(byte < 9 or 13 < byte < 32 for byte in head) > len(head) // 10:
        raise DataError(
            "it is a binary file, not a table",
            fix="export csv, xlsx, json or parquet and name that",
            file=name,
        )
    opening = head[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if (
        opening.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml"))
        or b"<html" in opening
    ):
        raise DataError(
            "it is a web page or XML, not a table (often a login page, or a page saved as .xls)",
            fix="log in and export again as csv or xlsx; or open it in Excel and save it as xlsx",
            file=name,
        )
    return "json" if _JSON.match(head.removeprefix(b"\xef\xbb\xbf")) else "csv"


def _check_zip(path: Path, name: str) -> None:
    """A zip that is a workbook and unpacks to something bounded."""
    try:
        with zipfile.ZipFile(path) as archive_file:
            entries = archive_file.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(
            "the workbook is damaged or cut off",
            fix="download it again and check its size",
            file=name,
        ) from error
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        kind = "an xlsb workbook" if "xl/workbook.bin" in names else "a zip archive"
        fix = (
            "save it as xlsx"
            if "xl/workbook.bin" in names
            else "unpack it and name the files inside"
        )
        raise DataError(f"it is {kind}", fix=fix, file=name)
    total = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if (
        len(entries) > MOST_ENTRIES
        or total > MOST_BYTES
        or (total > RATIO_COUNTS_FROM and total / packed > MOST_RATIO)
    ):
        raise DataError(
            f"the workbook would unpack to {total:,} bytes in {len(entries):,} parts,"
            f" {total // packed} times its size; that is no export",
            fix="export csv instead",
            file=name,
        )
