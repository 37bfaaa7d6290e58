"""One export file from path to raw, and what is said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb

from aftersales import file_names
from aftersales.contracts import Contracts
from aftersales.errors import DataError
from aftersales.formats import Format, Formats
from aftersales.ingest import (
    chain,
    document,
    intake,
    plan,
    recognise,
    reshape,
    salvage,
    text,
    workbook,
)
from aftersales.ingest.intake import FileKind
from aftersales.ingest.load import Disagreement, Loaded, ensure_tables, forget, listed, load
from aftersales.ingest.peek import peek
from aftersales.ingest.recognise import Claim, Row
from aftersales.ingest.staged import Staged, read_parquet_header, unique_names
from aftersales.settings import Settings
from aftersales.warehouse.connection import Connection, one, rows, transaction

ShopFrom = Literal["folder", "option", "default"]


@dataclass(frozen=True)
class Outcome:
    """What became of one file, or of one sheet of a workbook.

    ``rows_in = loaded + quarantined`` holds for every file that was loaded.
    """

    file: str
    path: Path
    status: Literal["loaded", "seen", "refused"]
    sha256: str | None = None
    format: str | None = None
    table: str | None = None
    shop_id: str | None = None
    shop_from: ShopFrom | None = None
    rows_in: int = 0
    loaded: int = 0
    quarantined: int = 0
    notes: tuple[str, ...] = ()
    error: DataError | None = None


@dataclass(frozen=True)
class Delivery:
    """A file as it was handed over: its name, its bytes in the archive, whose it is."""

    path: Path
    file: str
    sha256: str
    shop_id: str
    shop_from: ShopFrom

    @property
    def file_id(self) -> str:
        """The id its rows carry."""
        return self.sha256[:16]


@dataclass(frozen=True)
class _Part:
    """A table of a file, ready to load; ``retry`` stages it again, row by row."""

    claim: Claim
    staged: Staged
    plan: plan.Plan
    kind: FileKind
    notes: tuple[str, ...]
    text: Path | None = None


@dataclass(frozen=True)
class _Work:
    """What every step needs."""

    con: Connection
    settings: Settings
    contracts: Contracts
    formats: Formats


def ingest(
    con: Connection,
    settings: Settings,
    contracts: Contracts,
    formats: Formats,
    paths: Sequence[Path],
    *,
    shop_id: str | None = None,
    on_file: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Load every file not loaded before; a file refused does not stop the others.

    Args:
        paths: files or folders; folders are searched below, sorted.
        shop_id: whose the files are, where neither a folder of the inbox nor a column says so.
        on_file: told of each outcome as it is known.
    """
    work = _Work(con, settings, contracts, formats)
    prepare(con, settings, contracts)
    outcomes: list[Outcome] = []
    for path in intake.files_under(paths):
        for outcome in _one(work, path, shop_id):
            outcomes.append(outcome)
            if on_file is not None:
                on_file(outcome)
    return outcomes


def prepare(con: Connection, settings: Settings, contracts: Contracts) -> None:
    """Raw tables there, leftovers of a killed run gone."""
    ensure_tables(con, contracts)
    intake.sweep(settings)


def _one(work: _Work, path: Path, shop_id: str | None) -> list[Outcome]:
    file = intake.label(path)
    sha256 = None
    try:
        sha256, facts = intake.sha256_of(path)
        shop, shop_from = _shop(work.settings, path, shop_id)
        held, name = rows(
            work.con,
            "select min(shop_id), min(file_name) from raw_file where sha256 = ?",
            [sha256],
        )[0]
        if held == shop and file_names.is_later(file, name):
            # the same bytes exported again: what they say is the newest once more
            intake.archive(path, sha256, work.settings, before=facts)
            return take(work, Delivery(path, file, sha256, shop, shop_from), replacing=True)
        if held is not None:
            other = shop_from != "default" and held != shop
            note = f"already loaded for shop '{held}'; to move it: aftersales ingest --withdraw it"
            return [Outcome(file, path, "seen", sha256, notes=(note,) if other else ())]
        intake.archive(path, sha256, work.settings, before=facts)
        return take(work, Delivery(path, file, sha256, shop, shop_from))
    except DataError as error:
        if sha256 is not None:
            _unarchive(work, sha256)
        return [Outcome(file, path, "refused", sha256, error=error)]


def _unarchive(work: _Work, sha256: str) -> None:
    """What was refused is not kept: it may hold personal data nobody asked for."""
    if not one(work.con, "select count(*) from raw_file where sha256 = ?", [sha256]):
        (work.settings.archive / sha256).unlink(missing_ok=True)


def _shop(settings: Settings, path: Path, option: str | None) -> tuple[str, ShopFrom]:
    resolved, inbox = path.resolve(), settings.inbox.resolve()
    if resolved.is_relative_to(inbox) and len(resolved.relative_to(inbox).parts) > 1:
        return intake.label(Path(resolved.relative_to(inbox).parts[0])), "folder"
    return (option, "option") if option else ("default", "default")


def take(work: _Work, delivery: Delivery, *, replacing: bool = False) -> list[Outcome]:
    """Load an archived file: all its tables, or nothing, in one transaction; then the ledger.

    Raises:
        DataError: it cannot be taken.
    """
    archived = work.settings.archive / delivery.sha256
    kind = intake.sniff(archived, delivery.file)
    with intake.staging(work.settings, delivery.sha256) as to:
        try:
            parts = _parts(work, delivery, kind, archived, to)
            loaded = _load_all(work, delivery, parts, archived.stat().st_size, replacing)
        except (Disagreement, duckdb.InvalidInputException, duckdb.ConversionException) as error:
            if kind != "csv":
                said = (str(error).splitlines() or ["its row counts differ"])[0]
                raise DataError(
                    f"it cannot be read as delivered: {said}",
                    fix="export it again, as csv if that is offered",
                    file=delivery.file,
                ) from error
            parts = [_salvaged(part, to) for part in parts]
            loaded = _load_all(work, delivery, parts, archived.stat().st_size, replacing)
    entry = {
        "kind": "file",
        "sha256": delivery.sha256,
        "file_name": delivery.file,
        "shop_id": delivery.shop_id,
        "shop_from": delivery.shop_from,
        "rows_in": sum(found.rows_in for found in loaded),
        "rows_loaded": sum(found.loaded for found in loaded),
    }
    chain.append(work.settings, entry)
    return [
        _outcome(work, delivery, part, found) for part, found in zip(parts, loaded, strict=True)
    ]


def _parts(
    work: _Work, delivery: Delivery, kind: FileKind, archived: Path, to: Path
) -> list[_Part]:
    if kind == "csv":
        return [_text_part(work, delivery, archived, to)]
    if kind == "parquet":
        return [_parquet_part(work, delivery, archived, to)]
    return _sheet_parts(work, delivery, kind, archived, to)


def _bind(work: _Work, delivery: Delivery, claim: Claim, names: tuple[str, ...]) -> plan.Plan:
    form = work.formats.by_name[claim.format]
    table = work.contracts.table(str(form.table))
    return plan.make(
        form, table, reshape.names_after(form, names), delivery.file, sheet=claim.sheet
    )


def _text_part(work: _Work, delivery: Delivery, archived: Path, to: Path) -> _Part:
    decoded = text.stage(archived, to, delivery.file)
    claim = recognise.winner(reshape.text_claims(to, work.formats), work.formats, delivery.file)
    header = claim.row
    names = unique_names(list(header.cells))
    bound = _bind(work, delivery, claim, names)
    if bound.names != names:
        return _reshaped_text(claim, bound, to, decoded.encoding)
    staged = Staged(
        to,
        "csv",
        names,
        max(decoded.scan.lines - header.line, 0),
        delimiter=header.delimiter,
        skip=header.line,
        encoding=decoded.encoding,
    )
    notes = _header_notes(bound.form, header)
    if decoded.private_use:
        notes += (f"{decoded.private_use} characters have no standard meaning (private use)",)
    part = _Part(claim, staged, bound, "csv", notes, to)
    unusual = decoded.scan.spaced_quotes or header.line != header.position + 1
    footer = salvage.is_footer(salvage.last_line(to, header.delimiter), bound.form.footers)
    if unusual or footer or bound.form.totals == "anywhere":
        return _salvaged(part, to)
    return part


def _salvaged(part: _Part, to: Path) -> _Part:
    form = part.plan.form
    staged = salvage.salvage(
        to,
        part.claim.row,
        form.footers,
        to.with_suffix(".rows.csv"),
        part.staged.encoding or "utf-8",
        anywhere=form.totals == "anywhere",
    )
    return replace(part, staged=staged)


def _reshaped_text(claim: Claim, bound: plan.Plan, to: Path, encoding: str) -> _Part:
    """A text that becomes a table of rows only now."""
    form, lying = bound.form, to.with_suffix(".rows.csv")
    if form.dialogue is not None and form.dialogue.cell is None:
        made = reshape.stage_text(to, form.dialogue, lying, encoding)
    else:
        rows_of = (
            reshape.Delivered(record.line, record.cells)
            for record in salvage.records(to, claim.row)
        )
        names = unique_names(list(claim.row.cells))
        made = reshape.stage_rows(form, names, rows_of, lying, encoding=encoding)
    return _Part(claim, made.staged, bound, "csv", _left_out(made))


def _left_out(made: reshape.Reshaped) -> tuple[str, ...]:
    if not made.left_out:
        return ()
    return (f"{made.left_out} lines of the window's own were left out",)


def _header_notes(form: Format, header: Row) -> tuple[str, ...]:
    above = header.position - (form.header.rows - 1)
    return (f"{above} lines above the header were skipped",) if above > 0 else ()


def _parquet_part(work: _Work, delivery: Delivery, archived: Path, to: Path) -> _Part:
    lying = to.with_suffix(".parquet")
    intake.link(archived, lying)
    try:
        staged = read_parquet_header(work.con, lying)
    except duckdb.Error as error:
        raise DataError(
            "the Parquet file is damaged or cut off", fix="write it again", file=delivery.file
        ) from error
    found = recognise.claims([Row(staged.names, 0, 0)], work.formats)
    claim = recognise.winner(found, work.formats, delivery.file)
    return _Part(claim, staged, _bind(work, delivery, claim, staged.names), "parquet", ())


def _sheet_parts(
    work: _Work, delivery: Delivery, kind: FileKind, archived: Path, to: Path
) -> list[_Part]:
    """The sheets formats claim; what the others are is noted."""
    sheets = (
        document.read(archived, delivery.file)
        if kind == "json"
        else workbook.read(archived, kind, delivery.file)
    )
    judged = [
        (sheet, recognise.claims(sheet.head(), work.formats, sheet=sheet.name)) for sheet in sheets
    ]
    taken = [
        (sheet, found)
        for sheet, found in judged
        if found and found[0].claims and work.formats.by_name[found[0].format].refuse is None
    ]
    if not taken:
        every = [claim for _, found in judged for claim in found]
        if not every:
            raise DataError("no sheet holds anything", fix="export it again", file=delivery.file)
        best = sorted(every, key=lambda claim: (claim.claims, claim.known), reverse=True)
        recognise.winner(best, work.formats, delivery.file)
    named = {sheet.name for sheet, _ in taken}
    notes = tuple(
        f"sheet '{sheet.name}' with {len(sheet.rows)} rows was not taken: no format claims it"
        for sheet, _ in judged
        if sheet.name not in named and sheet.rows and not sheet.inner
    )
    parts = []
    for number, (sheet, found) in enumerate(taken):
        claim = recognise.winner(found, work.formats, delivery.file)
        parts.append(
            _sheet_part(work, delivery, kind, sheet, claim, to.with_suffix(f".{number}.csv"), notes)
        )
        notes = ()
    return parts


def _sheet_part(
    work: _Work,
    delivery: Delivery,
    kind: FileKind,
    sheet: workbook.Sheet,
    claim: Claim,
    to: Path,
    notes: tuple[str, ...],
) -> _Part:
    names = unique_names(list(claim.row.cells))
    bound = _bind(work, delivery, claim, names)
    if bound.names != names:
        rows_of = (
            reshape.Delivered(position + 1, (*sheet.texts(position), *[""] * len(names)))
            for position in range(claim.row.position + 1, len(sheet.rows))
        )
        made = reshape.stage_rows(bound.form, names, rows_of, to, sheet=sheet.name)
        return _Part(claim, made.staged, bound, kind, (*notes, *_left_out(made)))
    staged = workbook.stage(
        sheet,
        claim.row,
        to,
        ids=bound.positions("id"),
        needed=sorted({*bound.needed().values(), *bound.positions("id")}),
        footers=bound.form.footers,
        anywhere=bound.form.totals == "anywhere",
    )
    bound = _bind(work, delivery, claim, staged.names)  # columns without a name may have joined
    notes += _header_notes(bound.form, claim.row)
    if sheet.damaged:
        notes += (f"{len(sheet.damaged)} cells hold an Excel error or an uncalculated formula",)
    return _Part(claim, staged, bound, kind, notes)


def _load_all(
    work: _Work, delivery: Delivery, parts: Sequence[_Part], size: int, replacing: bool
) -> list[Loaded]:
    loaded = []
    with transaction(work.con):
        if replacing:
            withdraw_rows(work.con, delivery.sha256)
        for number, part in enumerate(parts):
            file_id = (
                delivery.file_id
                if number == 0
                else _part_id(delivery.sha256, str(part.staged.sheet))
            )
            found = _load_part(work, delivery, part, file_id)
            _record_file(work, delivery, part, found, size)
            loaded.append(found)
    return loaded


def _part_id(sha256: str, sheet: str) -> str:
    """The id of a workbook's second table and further ones."""
    return hashlib.sha256(f"{sha256}/{sheet}".encode()).hexdigest()[:16]


def withdraw_rows(con: Connection, sha256: str) -> int:
    """Take every table of a file out of raw; returns how many there were."""
    tables = rows(con, "select file_id, table_name from raw_file where sha256 = ?", [sha256])
    for file_id, table in tables:
        forget(con, file_id, table)
    return len(tables)


def _load_part(work: _Work, delivery: Delivery, part: _Part, file_id: str) -> Loaded:
    def locate(wanted: set[int]) -> dict[int, salvage.Record]:
        return salvage.locate(part.text, part.claim.row, wanted) if part.text else {}

    return load(
        work.con,
        work.settings,
        work.formats,
        part.plan,
        part.staged,
        file_id=file_id,
        file=delivery.file,
        locate=locate,
    )


def _record_file(work: _Work, delivery: Delivery, part: _Part, found: Loaded, size: int) -> None:
    exported_at, exported_from = _exported(work.settings, delivery, part.plan.form, found)
    extra = [part.plan.names[position] for position in part.plan.extras]
    facts = {
        "file_id": found.file_id,
        "sha256": delivery.sha256,
        "file_name": delivery.file,
        "format": part.plan.form.name,
        "table_name": part.plan.form.table,
        "shop_id": delivery.shop_id,
        "shop_from": delivery.shop_from,
        "exported_at": exported_at,
        "exported_from": exported_from,
        "kind": part.kind,
        "encoding": part.staged.encoding,
        "delimiter": part.claim.row.delimiter if part.kind == "csv" else None,
        "sheet": part.staged.sheet,
        "time_layout": found.layout,
        "bytes": size,
        "rows_in": found.rows_in,
        "rows_loaded": found.loaded,
        "rows_quarantined": len(found.rejected),
        "columns_absent": listed(part.plan.absent),
        "columns_extra": listed(extra),
        "window_from": found.window[0],
        "window_until": found.window[1],
    }
    marks = ", ".join("?" for _ in facts)
    work.con.execute(
        f"insert into raw_file ({', '.join(facts)}) values ({marks})", list(facts.values())
    )


def _exported(
    settings: Settings, delivery: Delivery, form: Format, found: Loaded
) -> tuple[datetime | None, str]:
    """When the export was made, naive UTC, and how that is known; a file's mtime says nothing."""
    zone = ZoneInfo(form.zone or settings.shop_zone(delivery.shop_id) or settings.reporting_zone)
    latest = found.latest
    if latest is not None and found.layout != "zoned":
        latest = _utc(latest, zone)
    named = file_names.time_in_name(delivery.file)
    if named is None:
        return latest, "rows" if latest else "none"
    if named.is_epoch:
        return named.at, "file_name"
    at = _utc(named.at, zone)
    if named.has_hour or latest is None:
        return at, "file_name"
    # A bare day is when the export was made only if no row is from a later day.
    day_ends = _utc(named.at.replace(hour=23, minute=59, second=59), zone)
    return (max(at, latest), "file_name") if latest <= day_ends else (latest, "rows")


def _utc(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _outcome(work: _Work, delivery: Delivery, part: _Part, found: Loaded) -> Outcome:
    form = part.plan.form
    otherwise = recognise.named_otherwise(delivery.file, form, work.formats)
    return Outcome(
        delivery.file,
        delivery.path,
        "loaded",
        delivery.sha256,
        form.name,
        form.table,
        delivery.shop_id,
        delivery.shop_from,
        found.rows_in,
        found.loaded,
        len(found.rejected),
        tuple(_notes(delivery, part, found, otherwise)),
    )


def _notes(delivery: Delivery, part: _Part, found: Loaded, otherwise: str | None) -> Iterable[str]:
    if otherwise:
        yield otherwise
    yield from part.notes
    if found.rows_in == 0:
        yield "it has a header and no rows"
    if delivery.shop_from == "default" and "shop_id" not in part.plan.sources:
        yield (
            "its shop is unknown and was called 'default':"
            " use a folder data/inbox/<shop>/ or --shop"
        )
    if part.plan.withheld:
        names = ", ".join(f"'{name}'" for name in part.plan.withheld)
        yield f"columns not kept, because by their names they are about a person: {names}"
    if part.kind == "xls":
        yield "in an old .xls, error cells cannot be told from empty ones"


def deliver_again(
    con: Connection,
    settings: Settings,
    contracts: Contracts,
    formats: Formats,
    sha256: str,
    file: str,
    shop_id: str,
    shop_from: ShopFrom,
    *,
    replacing: bool = False,
) -> list[Outcome]:
    """Load a file from the archive, as it was handed over then."""
    kept = settings.archive / sha256
    if not kept.is_file():
        gone = DataError(
            "it is no longer in the archive", fix="put the export into the inbox again", file=file
        )
        return [Outcome(file, kept, "refused", sha256, error=gone)]
    work = _Work(con, settings, contracts, formats)
    try:
        return take(work, Delivery(kept, file, sha256, shop_id, shop_from), replacing=replacing)
    except DataError as error:
        return [Outcome(file, kept, "refused", sha256, error=error)]


def explain(path: Path, formats: Formats) -> list[Claim]:
    """What each format says of a file: claims it, or what is missing; the likeliest first.

    Raises:
        DataError: the file cannot be read at all.
    """
    with peek(path) as tables:
        return [claim for table in tables for claim in table.claims(formats)]
