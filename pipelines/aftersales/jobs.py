"""The order of steps of each batch job, readable on one screen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aftersales import arrivals
from aftersales.arrivals import Arrival
from aftersales.calendars import zones
from aftersales.errors import ConfigError, DataError
from aftersales.settings import FILE_NAME, Settings
from aftersales.warehouse import state
from aftersales.warehouse.lock import writing

if TYPE_CHECKING:
    from aftersales.contracts import Contracts
    from aftersales.formats import Formats
    from aftersales.ingest.files import Outcome
    from aftersales.quality import Finding
    from aftersales.warehouse.connection import Connection

Say = Callable[[str], None]


def silent(text: str) -> None:
    """Progress for nobody."""


@dataclass(frozen=True)
class RunResult:
    """What one run did.

    Attributes:
        run_id: None where there was nothing new.
        as_of: the instant the numbers speak of, naive UTC.
        outcomes: one a file (or sheet).
        findings: what the gate found.
        published: whether this run is now the current one.
        pages: the rendered pages, the front page first.
        still_refused: of a run with nothing new: what the last one could not take.
        missing: expected exports that have not come.
    """

    run_id: str | None
    as_of: datetime
    outcomes: tuple[Outcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    published: bool = False
    pages: tuple[Path, ...] = ()
    still_refused: tuple[str, ...] = ()
    missing: tuple[Arrival, ...] = ()

    @property
    def refused(self) -> tuple[str, ...]:
        """What is wrong with each file nobody could take."""
        return self.still_refused or tuple(str(o.error) for o in self.outcomes if o.error)

    def told(self) -> dict[str, Any]:
        """The whole result in JSON's terms."""
        return {
            "run_id": self.run_id,
            "as_of": self.as_of.isoformat(),
            "published": self.published,
            "nothing_new": self.run_id is None,
            "files": [file_facts(outcome) for outcome in self.outcomes],
            "refused": list(self.refused),
            "missing": [arrival.told() for arrival in self.missing],
            "findings": [asdict(finding) for finding in self.findings],
            "pages": [str(page) for page in self.pages],
        }


def file_facts(outcome: Outcome) -> dict[str, Any]:
    """What became of a file, in JSON's terms."""
    error = str(outcome.error) if outcome.error else None
    return {**vars(outcome), "path": str(outcome.path), "error": error}


def run(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    now: datetime,
    as_of_on: date | None = None,
    shop_id: str | None = None,
    say: Say = silent,
) -> RunResult:
    """Ingest, build, gate, publish, report; nothing at all where nothing is new.

    Args:
        paths: files or folders; none: the inbox.
        now: the clock, UTC, read once by the caller.
        as_of_on: the local day whose end the numbers speak of; None: the last full one.
        shop_id: the shop of files that neither say it nor lie in a shop's folder.

    Raises:
        Busy: another run is writing.
        ConfigError, DataError: it cannot go on; what was published stays.
    """
    zone = settings.reporting_zone
    day_over = (
        zones.end_of_day(as_of_on, zone) if as_of_on else zones.end_of_last_full_day(now, zone)
    )
    sources = _sources(settings, paths)
    if settings.warehouse.exists() and state.nothing_new(settings, _files(sources), day_over):
        return RunResult(
            None,
            day_over,
            published=True,
            still_refused=_still_refused(settings),
            missing=_missing(settings, now),
        )
    with writing(settings, command="run", now=now):
        return _run(settings, sources, now=now, as_of=day_over, shop_id=shop_id, say=say)


def _run(
    settings: Settings,
    sources: list[Path],
    *,
    now: datetime,
    as_of: datetime,
    shop_id: str | None,
    say: Say,
) -> RunResult:
    from aftersales import metrics, quality, reporting
    from aftersales.calendars import plan as working_hours
    from aftersales.complaints.classifier import Classifier
    from aftersales.ingest import intake
    from aftersales.judgement import improvements, restatement
    from aftersales.warehouse import build, models, numbers, publish, references, texts

    registry = metrics.load(settings.sql_layers)
    metrics.check_targets(registry, settings)
    working_hours.check(settings)
    threading.Thread(target=quality.preload, daemon=True).start()  # seconds of import, meanwhile
    run_id = now.strftime("%Y%m%dT%H%M%S%fZ")
    stamps = {path: state.stamp(path) for path in _files(sources)}
    seen = state.last(settings)
    state.forget(settings)  # a run that is killed must not look like the one before
    plan = models.load(settings.sql_layers)
    with _warehouse(settings) as (con, promised, known):
        _check_named(settings, known)
        outcomes = _ingest(con, settings, promised, known, sources, shop_id, say)
        expected = arrivals.judge(settings, references.exports(con), now=now)
        missing = arrivals.missing(expected)
        if not _anything_loaded(con, settings, outcomes):
            return RunResult(run_id, as_of, tuple(outcomes), missing=missing)
        references.lay(con, settings, promised, known, as_of=as_of)
        references.lay_arrivals(con, expected)
        classifier = Classifier(settings.sql_layers, settings.phrase_cache)
        steps = texts.steps(classifier)
        build.build(con, plan, steps=steps, on_step=lambda name: say(f"build {name}"))
        say("check")
        findings = quality.run_gate(con, promised, plan, settings.sql_layers)
        publishable = not quality.stops(findings)
        if publishable:
            say("publish")
            restated = restatement.read(con, settings, registry, plan, run_id)
            told = _record(con, settings, as_of, now, outcomes, findings)
            publish.publish(con, settings, run_id, {**told, **restated.record})
            numbers.append(settings, restated.told)
    intake.prune_archive(settings, now=now)
    pages = []
    if publishable:
        say("report")
        with publish.open_published(settings) as con:
            improvements.remember(con, settings, registry, run_id)
            pages = reporting.build(con, settings, registry, publish.record(settings))
    state.remember(settings, _state(settings, seen, run_id, as_of, publishable, stamps, outcomes))
    return RunResult(
        run_id,
        as_of,
        tuple(outcomes),
        tuple(findings),
        publishable,
        tuple(pages),
        missing=missing,
    )


def _missing(settings: Settings, now: datetime) -> tuple[Arrival, ...]:
    """Expected exports that are overdue by now, by what the last writer left loaded."""
    return arrivals.missing(arrivals.judge(settings, state.exports(settings), now=now))


def _check_named(settings: Settings, known: Formats) -> None:
    """The settings speak of formats there are.

    Raises:
        ConfigError: they name another, of which nothing would ever come.
    """
    named = {"full_window": settings.full_window, "expect": [e.format for e in settings.expect]}
    for setting, formats in named.items():
        unknown = sorted(set(formats) - set(known.by_name))
        if unknown:
            raise ConfigError(
                f"{setting} names '{unknown[0]}', which is no format",
                fix="use one of those listed by: aftersales formats",
                file=str(settings.home / FILE_NAME),
            )


def _anything_loaded(con: Connection, settings: Settings, outcomes: Sequence[Outcome]) -> bool:
    """False where every file there is was refused.

    Raises:
        ConfigError: there is no file at all.
    """
    from aftersales.warehouse.connection import one

    if one(con, "select count(*) from raw_file"):
        return True
    if outcomes:
        return False
    raise ConfigError(
        "there is nothing to report on: no export was ever loaded",
        fix=f"put exports into {settings.inbox}/<shop>/, then run again",
    )


def ingest_only(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    now: datetime,
    shop_id: str | None = None,
    say: Say = silent,
) -> list[Outcome]:
    """Load files into raw and stop there; the next run builds on them."""
    sources = _sources(settings, paths)
    with (
        writing(settings, command="ingest", now=now),
        _rebuild_if_changed(settings) as outcomes,
        _warehouse(settings) as (con, promised, known),
    ):
        outcomes += _ingest(con, settings, promised, known, sources, shop_id, say)
    return outcomes


def withdraw(settings: Settings, file: Path, *, now: datetime) -> int:
    """Take a wrong file back: its rows and its archived bytes; returns its tables, 0 if unknown.

    Raises:
        DataError: the file to compare with cannot be read.
    """
    from aftersales.ingest import intake, ledger

    sha256, _ = intake.sha256_of(file)
    with writing(settings, command="withdraw", now=now), _warehouse(settings) as (con, _, _):
        state.forget(settings)
        return ledger.withdraw(con, settings, sha256)


def after_withdrawal(settings: Settings, file: Path) -> Iterator[str]:
    """What a withdrawal leaves to be done: the file itself, and what is published of it."""
    from aftersales.ingest import intake

    sha256, facts = intake.sha256_of(file)
    for path in _files([settings.inbox]):
        if path.stat().st_size == facts.st_size and intake.sha256_of(path)[0] == sha256:
            yield f"it still lies in the inbox and would be loaded again: take away {path}"
    if not (settings.published / "current").exists():
        return
    if state.exports(settings):
        yield "what is published still counts it; to publish without it: aftersales run"
    else:
        yield (
            "nothing is loaded any more, so no run can replace what is published, which still"
            " counts it: put the right export in and run"
        )


def report(
    settings: Settings, *, name: str, period: str | None = None, language: str | None = None
) -> list[Path]:
    """Render the review again from what is published."""
    from aftersales import metrics, reporting
    from aftersales.warehouse import publish

    registry = metrics.load(settings.sql_layers)
    with publish.open_published(settings) as con:
        told = publish.record(settings)
        return reporting.build(
            con, settings, registry, told, report=name, period=period, language=language
        )


def check(settings: Settings, *, now: datetime) -> list[Finding]:
    """The quality gate alone, on the warehouse as the last run left it."""
    from aftersales import quality
    from aftersales.warehouse import models, references

    with writing(settings, command="check", now=now), _warehouse(settings) as (con, promised, _):
        expected = arrivals.judge(settings, references.exports(con), now=now)
        references.lay_arrivals(con, expected)
        plan = models.load(settings.sql_layers)
        return quality.run_gate(con, promised, plan, settings.sql_layers)


def quarantined(settings: Settings, *, now: datetime) -> list[dict[str, Any]]:
    """Rows that could not be read, with file, record, line and reason."""
    from aftersales.ingest import quarantine

    with writing(settings, command="quarantine", now=now), _warehouse(settings) as (con, _, _):
        return quarantine.list_rows(con)


def export_quarantine(settings: Settings, target: Path, *, now: datetime) -> int:
    """Write the quarantined rows, masked, to a CSV; returns how many."""
    from aftersales.ingest import quarantine

    with writing(settings, command="quarantine", now=now), _warehouse(settings) as (con, _, _):
        return quarantine.export(con, target)


def retry_quarantine(settings: Settings, *, now: datetime) -> list[Outcome]:
    """Read the files with quarantined rows again, under the formats as they are now."""
    from aftersales.ingest import quarantine

    with (
        writing(settings, command="quarantine", now=now),
        _rebuild_if_changed(settings) as outcomes,
        _warehouse(settings) as (con, promised, known),
    ):
        outcomes += quarantine.retry(con, settings, promised, known)
    return outcomes


def scaffold(settings: Settings, file: Path, *, name: str | None = None) -> Path:
    """Write a mapping for an export nobody has seen; returns where."""
    from aftersales import contracts, formats
    from aftersales.ingest.scaffold import write_scaffold

    promised = contracts.load(settings.sql_layers)
    known = formats.load(settings.sql_layers, promised)
    return write_scaffold(settings, file, promised, known, name=name)


def demo(home: Path, *, now: datetime, say: Say = silent) -> RunResult:
    """Sample exports in the real formats into a workspace of their own, and the whole job on it."""
    from aftersales import sample
    from aftersales import settings as workspaces

    workspaces.init(home, extra=workspaces.DEMO)
    settings = workspaces.load(home)
    say("write sample exports")
    sample.write(settings.inbox, **sample.DEMO)
    return run(settings, now=now, as_of_on=sample.DEMO["until"], say=say)


@contextmanager
def _warehouse(settings: Settings) -> Iterator[tuple[Connection, Contracts, Formats]]:
    """The warehouse to write to, made sound; checkpointed on a clean exit."""
    from aftersales import contracts, formats
    from aftersales.ingest import ledger
    from aftersales.warehouse import connection, references

    promised = contracts.load(settings.sql_layers)
    known = formats.load(settings.sql_layers, promised)
    with (
        connection.room_to_write(settings.warehouse),
        connection.open_writer(settings) as con,
    ):
        ledger.reconcile(con, settings, promised, known)
        yield con, promised, known
        con.execute("checkpoint")
        state.keep_exports(settings, references.exports(con))


@contextmanager
def _rebuild_if_changed(settings: Settings) -> Iterator[list[Outcome]]:
    """Whatever is loaded here, or before it is killed, makes the next run build."""
    before = state.last(settings)
    state.forget(settings)
    outcomes: list[Outcome] = []
    yield outcomes
    if before and not any(outcome.status == "loaded" for outcome in outcomes):
        state.remember(settings, before)


def _ingest(
    con: Connection,
    settings: Settings,
    promised: Contracts,
    known: Formats,
    sources: list[Path],
    shop_id: str | None,
    say: Say,
) -> list[Outcome]:
    from aftersales.ingest import files

    def on_file(outcome: Outcome) -> None:
        say(f"ingest {outcome.file}")

    return files.ingest(con, settings, promised, known, sources, shop_id=shop_id, on_file=on_file)


def _record(
    con: Connection,
    settings: Settings,
    as_of: datetime,
    now: datetime,
    outcomes: Sequence[Outcome],
    findings: Sequence[Finding],
) -> dict[str, Any]:
    """What a published run says of itself."""
    from aftersales import quality
    from aftersales.warehouse import references

    return {
        "as_of": as_of,
        "made_at": now,
        "is_demo": settings.is_demo,
        "files": [file_facts(outcome) for outcome in outcomes],
        "findings": [asdict(finding) for finding in findings],
        **references.totals(con),
        "rows_corrected": quality.corrected(findings),
        "exports": state.exports_told(references.exports(con)),
    }


def _state(
    settings: Settings,
    before: state.State | None,
    run_id: str,
    as_of: datetime,
    published: bool,
    stamps: Mapping[Path, state.Stamp],
    outcomes: Sequence[Outcome],
) -> state.State:
    hashes = {outcome.path: outcome.sha256 for outcome in outcomes if outcome.sha256}
    seen = {
        str(path): state.Seen(stamps[path], sha) for path, sha in hashes.items() if path in stamps
    }
    files = {**(before.files if before else {}), **seen}
    return state.State(state.fingerprint(settings), as_of, run_id, published, files)


def _still_refused(settings: Settings) -> tuple[str, ...]:
    """Errors of the files the current run could not take and that still lie there."""
    record = settings.published / "current" / "run.json"
    told = json.loads(record.read_text(encoding="utf-8"))
    refused = (file for file in told["files"] if file["status"] == "refused")
    return tuple(file["error"] for file in refused if Path(file["path"]).exists())


def _sources(settings: Settings, paths: Sequence[Path]) -> list[Path]:
    """What to take: the paths named, else the inbox."""
    for path in paths:
        if not path.exists():
            raise DataError("there is no such file or folder", fix="check the path", file=str(path))
    return list(paths) or [settings.inbox]


def _files(sources: Sequence[Path]) -> list[Path]:
    from aftersales.ingest import intake

    return [path for path in intake.files_under(sources) if path.is_file()]
