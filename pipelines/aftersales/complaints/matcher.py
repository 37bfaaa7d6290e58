"""Which of many phrases are in a text: hyperscan where it is, Python's re where it is not.

Both are given the same patterns and find the same ones. Only which; where is asked of re on the
few that hit, since hyperscan would pay for every start it keeps track of.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

try:
    import hyperscan
except ImportError:  # no wheel for this system
    hyperscan = None  # type: ignore[assignment]


_REPEAT = re.compile(r"\{(\d*),(\d+)\}")
_OPENING = re.compile(r"\[\^?\]?")
_LONG = 9
# Texts from which on compiling first is faster.
WORTH_COMPILING = 20_000


class TooLargeError(ValueError):
    """hyperscan cannot take a pattern; the message says why."""


class Engine(Protocol):
    """Whatever can tell which patterns are in a text."""

    name: str

    def hits(self, text: str) -> list[int]:
        """The numbers of the patterns found in a folded text, in order, each once."""
        ...


@lru_cache(maxsize=8192)  # a thousand phrases take a second, and a process may load them often
def searched(pattern: str) -> re.Pattern[str]:
    """A folded phrase as re looks for it."""
    return re.compile(pattern, re.ASCII)


class PlainEngine:
    """Python's re, pattern after pattern."""

    name = "re"

    def __init__(self, patterns: Sequence[str]) -> None:
        self._searches = [searched(pattern).search for pattern in patterns]

    def hits(self, text: str) -> list[int]:
        """The numbers of the patterns found in a folded text, in order, each once."""
        return [number for number, search in enumerate(self._searches) if search(text)]


class FastEngine:
    """All patterns at once through hyperscan.

    A repeat of up to nine and more is given to it without the upper bound, since it would unroll
    each; what it then finds is asked of re once more.

    Args:
        cache: a folder for the compiled database, named by the hash of what it was compiled from;
            None: compiled anew.

    Raises:
        TooLargeError: a pattern is too large for it.
    """

    name = "hyperscan"

    def __init__(self, patterns: Sequence[str], cache: Path | None = None) -> None:
        loose = tuple(unbounded(pattern) for pattern in patterns)
        self._database = _database(loose, cache)
        self._scan = self._database.scan
        self._unsure = {
            number: searched(pattern).search
            for number, pattern in enumerate(patterns)
            if pattern != loose[number]
        }
        self._found: list[int] = []

    def _met(self, number: int, _start: int, _end: int, _flags: int, _context: Any) -> None:
        self._found.append(number)

    def hits(self, text: str) -> list[int]:
        """The numbers of the patterns found in a folded text, in order, each once."""
        self._found = []
        self._scan(text.encode("utf-8", "replace"), match_event_handler=self._met)
        unsure = self._unsure
        return sorted(
            number for number in self._found if number not in unsure or unsure[number](text)
        )


def unbounded(pattern: str) -> str:
    """The pattern without the upper bounds of its long repeats: it finds all it found, and more."""
    out = []
    place = 0
    in_class = False
    while place < len(pattern):
        char = pattern[place]
        repeat = None if in_class else _REPEAT.match(pattern, place)
        if char == "\\":
            out.append(pattern[place : place + 2])
            place += 2
            continue
        if repeat is not None and int(repeat[2]) >= _LONG:
            least = int(repeat[1] or 0)
            out.append("*" if least == 0 else f"{{{least},}}")
            place = repeat.end()
            continue
        if char == "[" and not in_class:
            in_class = True
            # A bracket that closes at once is one of the class's own characters.
            lead = len(_OPENING.match(pattern, place)[0])  # type: ignore[index]
            out.append(pattern[place : place + lead])
            place += lead
            continue
        in_class = in_class and char != "]"
        out.append(char)
        place += 1
    return "".join(out)


def has_hyperscan() -> bool:
    """Whether it is installed."""
    return hyperscan is not None


def engine(patterns: Sequence[str], cache: Path | None, texts: int) -> Engine:
    """The engine that is done first with so many texts.

    Compiling hundreds of phrases takes hyperscan seconds, in which re has read thousands of texts;
    once they are compiled and kept nobody waits for that again.
    """
    if not has_hyperscan() or not patterns:
        return PlainEngine(patterns)
    if texts < WORTH_COMPILING and not _is_kept(tuple(patterns), cache):
        return PlainEngine(patterns)
    try:
        return FastEngine(patterns, cache)
    except TooLargeError:
        return PlainEngine(patterns)  # finds the same, slower


def _is_kept(patterns: tuple[str, ...], cache: Path | None) -> bool:
    file = _file(patterns, cache)
    return file is not None and file.exists()


def _file(patterns: tuple[str, ...], cache: Path | None) -> Path | None:
    if cache is None:
        return None
    told = "\n".join((version("hyperscan"), *patterns)).encode("utf-8", "replace")
    return cache / f"{hashlib.sha256(told).hexdigest()[:32]}.hyperscan"


def _database(patterns: tuple[str, ...], cache: Path | None) -> Any:
    """The compiled database, from the cache where it lies there whole."""
    file = _file(patterns, cache)
    if file is not None and (stored := _stored(file)) is not None:
        database = hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        return database
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH
    try:
        database.compile(
            expressions=[pattern.encode() for pattern in patterns],
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=[flags] * len(patterns),
        )
    except hyperscan.error as error:
        raise TooLargeError(str(error)) from error
    if file is not None:
        _store(file, hyperscan.dumpb(database))
    return database


def _stored(file: Path) -> bytes | None:
    """What the cache holds, if it is what was written; a damaged file is made anew."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, body = content[:32], content[32:]
    return body if hashlib.sha256(body).digest() == digest else None


def _store(file: Path, body: bytes) -> None:
    """Kept in place of what was compiled before; no room costs time only."""
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for other in file.parent.glob("*.hyperscan"):
            other.unlink()
        part.write_bytes(hashlib.sha256(body).digest() + body)
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink()
