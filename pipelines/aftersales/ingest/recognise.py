"""Which format a header belongs to, where in the file it stands, and why not another."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from aftersales.errors import DataError
from aftersales.formats import Format, Formats, comparable

HEADER_WITHIN = 30
DELIMITERS = (",", "\t", ";")
_HEAD = 1 << 18
_NO_DATA = frozenset({"暂无数据", "nodata"})


@dataclass(frozen=True)
class Row:
    """One row of a file's head: its cells, and the physical lines it took with all above it."""

    cells: tuple[str, ...]
    position: int
    line: int
    delimiter: str = ","


@dataclass(frozen=True)
class Claim:
    """What one format says of one file.

    Attributes:
        claims: its header is there.
        missing: for each requirement not met, the names that would meet it.
        refused: names there that must not be.
        known: columns of the file the format knows.
        row: the row that fits it best.
        sheet: the sheet of a workbook.
    """

    format: str
    claims: bool
    missing: tuple[tuple[str, ...], ...]
    refused: tuple[str, ...]
    known: int
    row: Row
    sheet: str | None = None


def head_rows(path: Path) -> list[Row]:
    """The first rows of a staged text, read with each delimiter in turn."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        head = source.read(_HEAD)
    return [row for delimiter in DELIMITERS for row in _split(head, delimiter)]


def _split(head: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(_HEAD * 2)
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    position = 0
    while position < HEADER_WITHIN:
        try:
            cells = next(reader, None)
        except csv.Error:
            return
        if cells is None:
            return
        yield Row(tuple(cells), position, reader.line_num, delimiter)
        position += 1


def claims(rows: Sequence[Row], formats: Formats, *, sheet: str | None = None) -> list[Claim]:
    """For each format the row that fits it best; claiming formats first, then the nearest."""
    if not rows:
        return []
    names = [(row, {comparable(cell) for cell in row.cells if cell.strip()}) for row in rows]
    found = [_best(form, names, sheet) for form in formats.by_name.values() if form.header.requires]
    return sorted(found, key=_closeness, reverse=True)


def _best(form: Format, names: Sequence[tuple[Row, set[str]]], sheet: str | None) -> Claim:
    known = _known_names(form)
    return max((_judge(form, known, row, there, sheet) for row, there in names), key=_closeness)


def _judge(form: Format, known: set[str], row: Row, there: set[str], sheet: str | None) -> Claim:
    missing = tuple(
        tuple(names)
        for names in form.header.requires
        if not there & {comparable(name) for name in names}
    )
    refused = tuple(name for name in form.header.refuses if comparable(name) in there)
    return Claim(
        form.name, not missing and not refused, missing, refused, len(known & there), row, sheet
    )


def _known_names(form: Format) -> set[str]:
    """Every header name a format has something to say of."""
    known = {comparable(name) for source in form.columns.values() for name in source.names}
    known |= {comparable(name) for name in [*form.drop, *form.only]}
    known |= {
        comparable(name)
        for source in form.columns.values()
        if source.fallback
        for name in source.fallback.names
    }
    known |= {comparable(name) for names in form.header.requires for name in names}
    return known


def _closeness(claim: Claim) -> tuple[bool, int, int, int]:
    return (
        claim.claims,
        claim.known,
        -len(claim.missing) - len(claim.refused),
        -claim.row.position,
    )


def winner(found: Sequence[Claim], formats: Formats, name: str) -> Claim:
    """The format that takes the file.

    Raises:
        DataError: none does, two do equally, or the one that does is a kind that is not taken.
    """
    claiming = [claim for claim in found if claim.claims]
    if not claiming:
        raise unknown(found, formats, name)
    best = claiming[0]
    refuse = formats.by_name[best.format].refuse
    if refuse is not None:
        raise _wrong_kind(formats.by_name[best.format], name)
    if len(claiming) > 1 and claiming[1].known == best.known:
        raise DataError(
            f"two formats claim it equally: {best.format} and {claiming[1].format}",
            fix="make the header of one of them require a name only its files have",
            file=name,
        )
    return best


def _wrong_kind(form: Format, name: str) -> DataError:
    why = form.refuse.why if form.refuse else ""
    instead = form.refuse.instead.get("en", "") if form.refuse else ""
    return DataError(f"it is a {title(form)}: {why}", fix=f"export instead: {instead}", file=name)


def title(form: Format) -> str:
    """What a format is called in a message."""
    return form.title.get("en") or form.title.get("zh") or form.name


def unknown(found: Sequence[Claim], formats: Formats, name: str) -> DataError:
    """What to say of a file no format claims: the nearest ones and what they miss."""
    cells = [cell for claim in found[:1] for cell in claim.row.cells if cell.strip()]
    if len(cells) == 1 and comparable(cells[0]) in _NO_DATA:
        return DataError(
            "the export is empty: it says 暂无数据",
            fix="widen the period and export again",
            file=name,
        )
    near = [
        claim for claim in found if formats.by_name[claim.format].refuse is None and claim.known
    ][:2]
    reasons = "; ".join(
        f"{title(formats.by_name[claim.format])} {why_not(claim)}" for claim in near
    )
    what = (
        f"no format knows its header. Nearest: {reasons}" if near else "no format knows its header"
    )
    return DataError(what, fix=f"describe it once with: aftersales map {name}", file=name)


def why_not(claim: Claim) -> str:
    """Why a format does not claim a file, in a few words."""
    missing = [" or ".join(f"'{name}'" for name in names) for names in claim.missing]
    parts = [f"misses {', '.join(missing)}"] if missing else []
    if claim.refused:
        parts.append("may not have " + ", ".join(f"'{name}'" for name in claim.refused))
    return " and ".join(parts) or "claims it"


def named_otherwise(name: str, form: Format, formats: Formats) -> str | None:
    """A sentence when the file is named like another kind of export than it is."""
    if any(fnmatch(name.casefold(), glob.casefold()) for glob in form.file_names):
        return None
    for other in formats.by_name.values():
        if other.name != form.name and any(
            fnmatch(name.casefold(), glob.casefold()) for glob in other.file_names
        ):
            where = other.export.get("en") or other.export.get("zh")
            how = f"; {title(other)} is exported by: {where}" if where else ""
            return f"named like {title(other)}, but by its header it is {title(form)}{how}"
    return None
