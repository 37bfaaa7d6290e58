"""What ops ask: how fresh, how many, what waits; and whether the installation is sound."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aftersales import arrivals
from aftersales.errors import AftersalesError
from aftersales.ingest import intake
from aftersales.settings import Settings, browser
from aftersales.warehouse.lock import LOCK_NAME

Row = dict[str, Any]

LOW_DISK = 1 << 30
# How long before its end a calendar is warned of: notices of a new year's holidays come that early.
NOTICE = timedelta(days=60)
# The check whose rows are days with fewer or more rows than usual.
VOLUME = "check:rows_a_day_as_usual"


def status(settings: Settings, *, now: datetime) -> list[Row]:
    """Rows of what and how it stands: the current run, its freshness and counts, what waits."""
    return [{"what": what, "is": value} for what, value in _status(settings, now)]


def _status(settings: Settings, now: datetime) -> Iterator[tuple[str, Any]]:
    from aftersales.warehouse import state

    yield "workspace", str(settings.home)
    last = state.last(settings)
    if last is not None:
        yield "last run", f"{last.run_id}, {'published' if last.published else 'NOT published'}"
    told = _told(settings)
    if isinstance(told, str):
        yield "published", told
    else:
        made_at = datetime.fromisoformat(told["made_at"])
        yield "published", told["run_id"]
        yield "age of it", f"{(now - made_at).total_seconds() / 3600:.1f} hours"
        yield "as of", f"{told['as_of']} UTC"
        for name in ("rows_in", "rows_loaded", "rows_quarantined", "rows_corrected", "rows_gone"):
            yield name, told.get(name)
        for name, count in told["tables"].items():
            if name.startswith(("fct_", "mart_")):
                yield f"rows in {name}", count
        failed = [finding for finding in told["findings"] if not finding["passed"]]
        yield "checks failed", f"{len(failed)} of {len(told['findings'])}"
        for finding in failed:
            if finding["check"] == VOLUME:
                yield from (("unusual day", _unusual(row)) for row in finding["rows"])
        for file in told["files"]:
            if file["status"] == "refused":
                yield "refused", file["error"]
    yield from _deliveries(settings, told if isinstance(told, dict) else {}, now)
    files = intake.files_under([settings.inbox]) if settings.inbox.is_dir() else []
    yield "files in the inbox", len(files)
    yield "of them new", _new(settings, files)
    yield "shop folders", ", ".join(sorted(_shops(settings))) or "none"


def _unusual(day: Row) -> str:
    return (
        f"{day['day_on']}: {day['format']} of {day['shop_id']} has {day['row_count']} rows,"
        f" usually {day['usual_from']:.0f} to {day['usual_until']:.0f} on that weekday"
    )


def _deliveries(settings: Settings, told: Row, now: datetime) -> Iterator[tuple[str, Any]]:
    """The newest export of each format and shop, what is not published yet, what is expected."""
    from aftersales.warehouse import state

    loaded = state.exports(settings)
    for export in loaded:
        at = export.newest_at
        when = arrivals.local(at, settings.reporting_zone) if at else "at an unknown time"
        yield (
            f"newest {export.format} of {export.shop_id}",
            f"exported {when}, {export.files} file(s), {export.rows} rows",
        )
    if loaded or told:
        counts = Counter({(e.format, e.shop_id): e.files for e in loaded})
        published = arrivals.exports_as_told(told.get("exports", ()))
        counts.subtract({(e.format, e.shop_id): e.files for e in published})
        yield "loaded, not yet published", sum((+counts).values())
        yield "withdrawn, still published", sum((-counts).values())
    for arrival in arrivals.judge(settings, loaded, now=now):
        yield f"expected {arrival.subject}", arrival.standing


def _new(settings: Settings, files: Sequence[Path]) -> int | str:
    """How many of the files were neither loaded nor seen by the last run."""
    from aftersales.ingest import ledger
    from aftersales.warehouse import state

    fresh = [file for file in files if state.unseen(settings, [file])]
    if not fresh:
        return 0
    try:
        loaded = ledger.loaded_files(ledger.read(settings))
    except AftersalesError as error:
        return str(error)
    return sum(_hash(file) not in loaded for file in fresh)


def _hash(file: Path) -> str | None:
    try:
        return intake.sha256_of(file)[0]
    except AftersalesError:  # an empty file, or one nobody may read: the next run says so
        return None


def _told(settings: Settings) -> dict[str, Any] | str:
    """What the current run says of itself, or why it says nothing."""
    from aftersales.warehouse import publish

    if publish.current(settings) is None:
        return "nothing yet"
    try:
        return publish.record(settings)
    except AftersalesError as error:
        return str(error)


def _shops(settings: Settings) -> set[str]:
    if not settings.inbox.is_dir():
        return set()
    return {folder.name for folder in settings.inbox.iterdir() if folder.is_dir()}


def doctor(settings: Settings, *, now: datetime) -> list[Row]:
    """Rows of check, result (ok, warning, failed) and what to do."""
    rows: list[Row] = []
    for check in (
        _python,
        _packages,
        _workspace,
        _disk,
        _lock,
        _key,
        _modes,
        _ledger,
        _published,
        _browser,
        _fonts,
    ):
        result, text = check(settings)
        rows.append({"check": check.__name__.strip("_"), "result": result, "note": text})
    result, text = _calendars(settings, now)
    return [*rows, {"check": "calendars", "result": result, "note": text}]


Verdict = tuple[str, str]


def _python(settings: Settings) -> Verdict:
    return "ok", sys.version.split()[0]


def _packages(settings: Settings) -> Verdict:
    names = ("aftersales", "duckdb", "sqlglot", "great-expectations", "plotly", "pandas")
    return "ok", ", ".join(f"{name} {version(name)}" for name in names)


def _workspace(settings: Settings) -> Verdict:
    if not os.access(settings.home, os.W_OK):
        return "failed", f"{settings.home} cannot be written: give yourself the right to"
    return "ok", str(settings.home)


def _disk(settings: Settings) -> Verdict:
    free = shutil.disk_usage(settings.home).free
    text = f"{free / (1 << 30):.1f} GiB free"
    return ("ok", text) if free > LOW_DISK else ("warning", f"{text}: a run may not have room")


def _lock(settings: Settings) -> Verdict:
    path = settings.data / LOCK_NAME
    try:
        return ("warning", "a run is writing just now") if _held(settings) else ("ok", "free")
    except OSError as error:
        return "failed", f"{path}: {error.strerror}"


def _held(settings: Settings) -> bool:
    """Whether another process writes to the workspace."""
    path = settings.data / LOCK_NAME
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0, mode=0o600):
            return False
    except Timeout:
        return True


def _key(settings: Settings) -> Verdict:
    if not settings.key.exists():
        return "ok", "none yet; made at the first run"
    if stat.S_IMODE(settings.key.stat().st_mode) & 0o077:
        return "failed", f"others may read {settings.key}: chmod 600 it"
    return (
        "warning",
        f"keep a copy of {settings.key} elsewhere: without it no later export meets the"
        " pseudonyms of today",
    )


def _modes(settings: Settings) -> Verdict:
    """State holds what customers wrote: nobody else may read it."""
    loose = [
        path
        for folder in (settings.warehouse.parent, settings.archive, settings.published)
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if loose:
        return (
            "failed",
            f"others may read {len(loose)} file(s) of the state, such as {loose[0]}:"
            f" chmod -R go= {settings.data}",
        )
    return "ok", "state is private"


def _ledger(settings: Settings) -> Verdict:
    from aftersales.ingest import ledger
    from aftersales.warehouse import connection

    try:
        told = set(ledger.loaded_files(ledger.read(settings)))
        if not settings.warehouse.exists():
            return _without_warehouse(len(told))
        if _held(settings):
            return "warning", "not looked at while a run is writing"
        with connection.connect(settings.warehouse, read_only=True) as con:
            held = {sha256 for (sha256,) in connection.rows(con, "select sha256 from raw_file")}
    except AftersalesError as error:
        return "failed", str(error)
    if told - held:
        return (
            "failed",
            f"{len(told - held)} loaded file(s) are gone from the warehouse: the next run loads"
            " them again from the archive as soon as it has something to do",
        )
    if held - told:
        return (
            "warning",
            f"{len(held - told)} file(s) of the warehouse are not in the ledger: the next run that"
            " has something to do adds them",
        )
    return "ok", f"{len(held)} files, ledger and warehouse agree"


def _without_warehouse(files: int) -> Verdict:
    if not files:
        return "ok", "nothing loaded yet"
    return "failed", f"the warehouse is gone: the next run loads its {files} file(s) again"


def _published(settings: Settings) -> Verdict:
    from aftersales.warehouse import publish

    if publish.current(settings) is None:
        return "ok", "nothing yet"
    try:
        with publish.open_published(settings) as con:
            con.execute("select count(*) from ref_file").fetchall()
        return "ok", publish.record(settings)["run_id"]
    except AftersalesError as error:
        return "failed", str(error)


def _calendars(settings: Settings, now: datetime) -> Verdict:
    """Working hours can be read, and the holidays of the months to come are known."""
    from aftersales.calendars import plan

    try:
        horizons = plan.horizons(settings, now)
    except AftersalesError as error:
        return "failed", str(error)
    if not settings.calendars:
        return "ok", "none; no working time is measured"
    near = {region: end for region, end in horizons.items() if end - now.date() <= NOTICE}
    if not near:
        return "ok", ", ".join(sorted({usage.calendar_id for usage in settings.calendars}))
    region, end = min(near.items(), key=lambda item: (item[1], item[0]))
    return (
        "warning",
        f"no working time is known from {end} on: nobody knows the holidays of {region} for"
        f" {end.year} yet. When they are announced, update the packages, or write into"
        f" {plan.file_of(settings, plan.STATED)}:\n{plan.lines(region, end.year)}",
    )


def _browser(settings: Settings) -> Verdict:
    found = browser()
    return (
        ("ok", found) if found else ("warning", "no Chromium on PATH: charts are drawn by script")
    )


def _fonts(settings: Settings) -> Verdict:
    lister = shutil.which("fc-list")
    if lister is None:
        return "warning", "fc-list is not there: cannot tell whether Chinese fonts are"
    found = subprocess.run(
        [lister, ":lang=zh", "family"], capture_output=True, text=True, check=False
    )
    if not found.stdout.strip():
        return "warning", "no Chinese font: pictures and PDF will show boxes; install Noto Sans CJK"
    return "ok", found.stdout.splitlines()[0]
