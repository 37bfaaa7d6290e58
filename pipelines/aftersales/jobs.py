"""The order of steps of each batch job, readable on one screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aftersales.errors import DataError
from aftersales.settings import Settings
from aftersales.warehouse import state
from aftersales.warehouse.lock import writing

if TYPE_CHECKING:
    from aftersales.ingest import Outcome
    from aftersales.quality import Finding

Say = Callable[[str], None]


@dataclass(frozen=True)
class RunResult:
    """What one run did.

    Attributes:
        run_id: None where there was nothing new.
        as_of: the instant the numbers speak of, naive UTC.
        outcomes: one a file.
        findings: what the gate found; empty where it was not reached.
        published: whether this run is now the current one.
        pages: the rendered pages, the front page first.
    """

    run_id: str | None
    as_of: datetime
    outcomes: tuple[Outcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    published: bool = False
    pages: tuple[Path, ...] = ()
    tables: dict[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> tuple[Outcome, ...]:
        """Files nobody could take."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "refused")


def run(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    now: datetime,
    as_of_on: date | None = None,
    shop_id: str | None = None,
    say: Say = lambda text: None,
) -> RunResult:
    """Ingest, build, gate, publish, report; nothing at all where nothing is new.

    Args:
        paths: files or folders; none: the inbox.
        now: the clock, UTC, read once by the caller.
        as_of_on: the local day whose end the numbers speak of; None: the last full one.

    Raises:
        Busy: another run is writing.
        ConfigError, DataError: it cannot go on; what was published stays.
    """
    as_of = (
        zones.end_of_day(as_of_on, settings.reporting_zone)
        if as_of_on
        else zones.end_of_last_full_day(now, settings.reporting_zone)
    )
    sources = _sources(settings, paths)
    if state.nothing_new(settings, inbox.files(sources), as_of):
        return RunResult(None, as_of)
    with writing(settings, command="run", now=now):
        return _run(settings, sources, now=now, as_of=as_of, shop_id=shop_id, say=say)


def _run(
    settings: Settings,
    sources: list[Path],
    *,
    now: datetime,
    as_of: datetime,
    shop_id: str | None,
    say: Say,
) -> RunResult:
    from aftersales import contracts, ingest, metrics, quality, reporting
    from aftersales.ingest import formats
    from aftersales.warehouse import build, connection, models, publish, references

    threading.Thread(target=quality.preload, daemon=True).start()  # seconds of import, meanwhile
    promised = contracts.load(settings.sql_layers)
    known = formats.load(settings.sql_layers, promised)
    plan = models.load(settings.sql_layers)
    registry = metrics.load(settings.sql_layers)
    run_id = now.strftime("%Y%m%dT%H%M%S%fZ")
    with connection.open_writer(settings) as con:
        ingest.ledger.reconcile(con, settings, promised, known)
        outcomes = ingest.ingest(
            con, settings, promised, known, sources, shop_id=shop_id, on_file=lambda o: say(f"ingest {o.file}")
        )
        references.lay(con, settings, promised, known, as_of=as_of)
        built = build.build(con, plan, on_step=lambda name: say(f"build {name}"))
        say("gate")
        findings = quality.run_gate(con, promised, plan, settings.sql_layers)
        stopped = quality.stops(findings)
        facts = {
            "as_of": as_of,
            "made_at": now,
            "is_demo": settings.is_demo,
            "files": [_told(outcome) for outcome in outcomes],
            "findings": [asdict(finding) for finding in findings],
            **ingest.totals(con),
        }
        if not stopped:
            say("publish")
            publish.publish(con, settings, run_id, facts)
        con.execute("checkpoint")
    pages: list[Path] = []
    if not stopped:
        say("report")
        with publish.open_published(settings) as con:
            pages = reporting.build(con, settings, registry, publish.record(settings))
    ingest.ledger.append(settings, {"kind": "run", "run_id": run_id, "as_of": as_of.isoformat(), "published": not stopped})
    state.remember(settings, sources, as_of=as_of, run_id=run_id, published=not stopped)
    return RunResult(
        run_id, as_of, tuple(outcomes), tuple(findings), not stopped, tuple(pages), {b.name: b.rows for b in built}
    )


def ingest_only(
    settings: Settings, paths: Sequence[Path] = (), *, now: datetime, shop_id: str | None = None, say: Say = lambda text: None
) -> list[Outcome]:
    """Load files into raw and stop there; the next run builds on them."""
    from aftersales import contracts, ingest
    from aftersales.ingest import formats
    from aftersales.warehouse import connection

    sources = list(paths) or [settings.inbox]
    _must_exist(sources)
    with writing(settings, command="ingest", now=now), connection.open_writer(settings) as con:
        promised = contracts.load(settings.sql_layers)
        known = formats.load(settings.sql_layers, promised)
        ingest.ledger.reconcile(con, settings, promised, known)
        outcomes = ingest.ingest(
            con, settings, promised, known, sources, shop_id=shop_id, on_file=lambda o: say(f"ingest {o.file}")
        )
        con.execute("checkpoint")
    return outcomes


def report(settings: Settings, *, period: str | None = None, language: str | None = None) -> list[Path]:
    """Render the review again from what is published."""
    from aftersales import metrics, reporting
    from aftersales.warehouse import connection, publish

    registry = metrics.load(settings.sql_layers)
    with publish.open_published(settings) as con:
        return reporting.build(
            con, settings, registry, publish.record(settings), period=period, language=language
        )


def check(settings: Settings, *, now: datetime) -> list[Finding]:
    """The quality gate alone, on the warehouse as the last run left it."""
    from aftersales import contracts, quality
    from aftersales.warehouse import connection, models

    with writing(settings, command="check", now=now), connection.open_writer(settings) as con:
        promised = contracts.load(settings.sql_layers)
        return quality.run_gate(con, promised, models.load(settings.sql_layers), settings.sql_layers)


def demo(home: Path, *, now: datetime, say: Say = lambda text: None) -> RunResult:
    """Sample exports in the real formats into a workspace of their own, and the whole job on them."""
    from aftersales import sample, settings

    settings.init(home, extra=settings.DEMO)
    workspace = settings.load(home)
    say("write sample exports")
    sample.write(workspace.inbox, **sample.DEMO)
    return run(workspace, now=now, as_of_on=sample.DEMO["until"], say=say)


def _told(outcome: Outcome) -> dict[str, Any]:
    facts = {name: value for name, value in asdict(outcome).items() if name not in ("path", "error")}
    return {**facts, "error": str(outcome.error) if outcome.error else None}


def _must_exist(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.exists():
            raise DataError("there is no such file or folder", fix="correct the path", file=str(path))
