"""Bytes of a text export to UTF-8 in the staging folder: decoded strictly, records counted."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aftersales.errors import DataError
from aftersales.ingest.intake import link, private

CHUNK = 1 << 18  # larger ones leave the processor's cache: decoding takes twice as long
HEAD = 1 << 20
# So many valid multi-byte characters before the first bad byte are no accident of GB18030.
SURELY_UTF8 = 8
_OTHER = bytes(set(range(256)) - set(b'"\n'))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Scan:
    """One pass over the bytes.

    Attributes:
        lines: line ends outside quotes, the last line counted whether it is ended or not and
            empty lines at the end not counted.
        utf8_error: offset of the first byte that is not UTF-8.
        spaced_quotes: a blank stands between a comma and a quote; DuckDB would drop it.
    """

    lines: int
    utf8_error: int | None
    spaced_quotes: bool


@dataclass(frozen=True)
class Decoded:
    """A staged text: encoding as delivered, scan, and the private-use characters in it."""

    encoding: str
    scan: Scan
    private_use: int = 0


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def scan(path: Path) -> Scan:
    """Count records outside quotes and hold the bytes against UTF-8, in one pass."""
    # glibc hands blocks of a chunk's size back to the kernel every time, until a larger one was
    # freed once; that would cost a quarter of this pass.
    bytes(32 * CHUNK)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    lines, quoted, offset, spaced = 0, False, 0, False
    error: int | None = None
    tail = b""
    for chunk in _chunks(path):
        if error is None:
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as failure:
                error = offset - held + failure.start
        ends, quoted = _line_ends(chunk, quoted)
        lines += ends
        # Backwards bytes are searched twice as fast.
        spaced = spaced or (tail[-2:] + chunk).rfind(b', "') >= 0
        offset += len(chunk)
        tail = (tail + chunk)[-4096:]
    if error is None and decoder.getstate()[0]:
        error = offset - len(decoder.getstate()[0])
    empty = tail[len(tail.rstrip(b"\r\n")) :].count(b"\n")
    return Scan(lines - empty + 1, error, spaced)


def _line_ends(chunk: bytes, quoted: bool) -> tuple[int, bool]:
    """Line ends outside quotes, and whether the chunk ends within them.

    Args:
        quoted: whether it begins within them.
    """
    if b'"' not in chunk:
        return (0 if quoted else chunk.count(b"\n")), quoted
    # Quotes around no line end change nothing; without them there is little left to split.
    marks = chunk.translate(None, _OTHER).replace(b'""', b"").split(b'"')
    ends = b"".join(marks[quoted::2]).count(b"\n")
    return ends, quoted != (len(marks) % 2 == 0)


def stage(archived: Path, to: Path, name: str) -> Decoded:
    """Lay the archived text at ``to`` as UTF-8.

    The ladder is: byte order mark, UTF-8, GB18030, each all the way or not at all.

    Raises:
        DataError: it is none of these, with the line at fault.
    """
    found = scan(archived)
    with archived.open("rb") as source:
        head = source.read(4)
    bom = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)
    if bom == "utf-16":
        private_use = _transcode(archived, to, "utf-16", name)
        return Decoded("utf-16", scan(to), private_use)
    if found.utf8_error is None:
        link(archived, to)
        return Decoded(bom or "utf-8", found)
    if bom or _looks_utf8(archived, found.utf8_error):
        raise _undecodable(archived, "utf-8", found.utf8_error, name)
    private_use = _transcode(archived, to, "gb18030", name)
    _check_chinese(to, name)
    return Decoded("gb18030", found, private_use)


def _looks_utf8(path: Path, until: int) -> bool:
    with path.open("rb") as source:
        before = source.read(min(until, HEAD)).decode("utf-8", "ignore")
    return sum(char > "\x7f" for char in before) >= SURELY_UTF8


def _transcode(archived: Path, to: Path, encoding: str, name: str) -> int:
    """Write the text as UTF-8; returns its private-use characters, which nobody can read."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    offset = private_use = 0
    with private(to) as target:
        for chunk in _chunks(archived):
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _undecodable(archived, encoding, offset - held + error.start, name) from error
            encoded = text.encode("utf-8")
            if b"\xee" in encoded:
                private_use += sum("\ue000" <= char <= "\uf8ff" for char in text)
            target.write(encoded)
            offset += len(chunk)
        try:
            target.write(decoder.decode(b"", final=True).encode("utf-8"))
        except UnicodeDecodeError as error:
            raise _undecodable(
                archived, encoding, offset - len(error.object) + error.start, name
            ) from error
    return private_use


def _undecodable(path: Path, encoding: str, offset: int, name: str) -> DataError:
    with path.open("rb") as source:
        before = source.read(offset)
        rest = source.read(4)
    line = before.count(b"\n") + 1
    if len(rest) < 4 and path.stat().st_size - offset < 4 and _incomplete(rest, encoding):
        return DataError(
            "the file ends in the middle of a character: it was cut off",
            fix="download it again and compare the size",
            file=name,
            line=line,
        )
    tried = (
        "UTF-8"
        if encoding == "utf-8"
        else "UTF-8 nor GB18030"
        if encoding == "gb18030"
        else "UTF-16"
    )
    either = "neither " if encoding == "gb18030" else "not "
    return DataError(
        f"byte 0x{rest[0]:02X} is {either}{tried}; nothing was guessed",
        fix="export it again as UTF-8, and do not edit it on the way",
        file=name,
        line=line,
    )


def _incomplete(rest: bytes, encoding: str) -> bool:
    """Whether the bytes begin a character and stop before its end."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        return decoder.decode(rest) == "" and bool(rest)
    except UnicodeDecodeError:
        return False


def _check_chinese(staged: Path, name: str) -> None:
    """Refuse western text GB18030 happens to decode: real Chinese is mostly common characters."""
    foreign: list[str] = []
    with staged.open(encoding="utf-8", newline="") as source:
        while len(foreign) < 2000 and (text := source.read(CHUNK)):
            foreign += [char for char in text if char > "\x7f"][:2000]
    common = sum(bool(char.encode("gb2312", "ignore")) for char in foreign)
    if common * 2 < len(foreign):
        raise DataError(
            "its encoding is neither UTF-8 nor, by its characters, Chinese GB18030;"
            " nothing was guessed",
            fix="save it as UTF-8",
            file=name,
        )
