"""The command line: parse, call, print; no logic."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from aftersales import jobs
from aftersales import settings as settings_module
from aftersales.errors import AftersalesError, ConfigError
from aftersales.settings import Settings
from aftersales.warehouse.lock import cannot_write

app = typer.Typer(
    name="aftersales",
    help="After-sales analytics from the export files merchants have.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
formats_app = typer.Typer(help="Known export formats; which one a file is, and why not the others.")
quarantine_app = typer.Typer(help="Rows that could not be read, with reason.", no_args_is_help=True)
complaints_app = typer.Typer(help="Texts into categories, with evidence.", no_args_is_help=True)
app.add_typer(formats_app, name="formats")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(complaints_app, name="complaints")
improvements_app = typer.Typer(help="What could be better, who does it, and whether it helped.")
app.add_typer(improvements_app, name="improvements")


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
Paths = Annotated[list[Path] | None, typer.Argument(help="Files or folders; none: the inbox.")]
ShopOption = Annotated[
    str | None, typer.Option("--shop", help="The shop of files that do not say it.")
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="The day whose end the numbers speak of; none: yesterday.",
    ),
]


# What the machine refuses: nobody's bug, and a sentence says it better than a traceback.
REFUSALS = (
    errno.EACCES,
    errno.EDQUOT,
    errno.EISDIR,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
)


class State:
    """What the global options said, and whether Ctrl-C was pressed."""

    home: Path | None = None
    interrupted = False


def main() -> None:
    """Run the command line; known stops print without a traceback and set the exit code."""
    os.umask(0o077)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has enough is no error
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows no Chinese
    code, text = _call()
    sys.stderr.write(text)
    sys.stderr.flush()
    # A thread may still be importing; at an ordinary end its half-made modules complain.
    os._exit(code)


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    """Ctrl-C; remembered, as libraries on the way up turn it into errors of their own."""
    State.interrupted = True
    raise KeyboardInterrupt


def _call() -> tuple[int, str]:
    """The exit code, and what is still to be said."""
    try:
        app(standalone_mode=True)
    except SystemExit as end:
        told = int(end.code or 0), ""
    except AftersalesError as error:
        told = error.exit_code, f"{error}\n"
    except OSError as error:
        if error.errno not in REFUSALS and not State.interrupted:
            raise
        refusal = _refusal(error)
        told = refusal.exit_code, f"{refusal}\n"
    except Exception:
        if not State.interrupted:
            raise
        told = 130, ""
    if State.interrupted and told[0]:
        return 130, "interrupted; what is published stays, run again to finish\n"
    return told


def _refusal(error: OSError) -> ConfigError:
    where = Path(str(error.filename or "a file"))
    if error.errno in (errno.EDQUOT, errno.ENOSPC, errno.EROFS):
        return cannot_write(where, error)
    return ConfigError(
        f"the system refused it: {error.strerror}",
        fix="check that it is there and that you may read and write it",
        file=str(where),
    )


@app.callback()
def _global(
    home: Annotated[
        Path | None,
        typer.Option("--home", help="The workspace; made if it is not there.", show_default=False),
    ] = None,
) -> None:
    State.home = home


def _settings() -> Settings:
    return settings_module.load(settings_module.find_home(State.home))


def _workspace() -> Settings | None:
    """The settings of the workspace, for what works without one too."""
    try:
        home = settings_module.find_home(State.home)
    except ConfigError:
        return None
    return settings_module.load(home)


def _now() -> datetime:
    """The clock; read here and nowhere else."""
    return datetime.now(UTC)


@app.command()
def init(folder: Annotated[Path | None, typer.Argument(help="Default: here.")] = None) -> None:
    """Make a folder a workspace, with a commented aftersales.toml."""
    home = (folder or State.home or Path.cwd()).expanduser().resolve()
    made = settings_module.init(home)
    _say(f"{'made' if made else 'is already'} a workspace: {home}")
    _say("next: put export files into data/inbox/<shop>/ and run: aftersales run")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make the demo's workspace.")] = Path(
        "demo"
    ),
) -> None:
    """Write sample exports in the real formats into demo/ and run the whole job there."""
    with _Progress() as progress:
        result = jobs.demo(folder.resolve(), now=_now(), say=progress.say)
    _print_run(result, Format.TABLE)
    _finish(result)


@app.command()
def sample(
    out: Annotated[Path, typer.Option("--out", help="The folder to write into, made if needed.")],
    orders: Annotated[int, typer.Option("--orders", help="How many, over all shops.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another sample.")] = 7,
    months: Annotated[int, typer.Option("--months", help="How far back the orders reach.")] = 4,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until",
            formats=["%Y-%m-%d"],
            help="The last full day; none: the demo's, so that the same call gives the same files.",
        ),
    ] = None,
    flat: Annotated[
        bool, typer.Option("--flat", help="Nothing happens: whatever is found is chance.")
    ] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Write exports of an invented merchant, and _truth.json with all that was planted in them."""
    from aftersales import sample as samples

    with _Bar("writing orders", orders) as bar:
        truth = samples.write(
            out,
            orders=orders,
            seed=seed,
            months=months,
            until=until.date() if until else samples.DEMO["until"],
            flat=flat,
            on_progress=bar.show,
        )
    _print([{"file": name, "rows": rows} for name, rows in truth.files.items()], output)
    _say(f"wrote {truth.orders} orders of {truth.since} to {truth.until} into {out}")


@app.command()
def run(
    paths: Paths = None,
    shop: ShopOption = None,
    as_of: AsOfOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Ingest, build, check, publish, report; nothing where nothing is new."""
    settings = _settings()
    with _Progress() as progress:
        result = jobs.run(
            settings,
            paths or [],
            now=_now(),
            as_of_on=as_of.date() if as_of else None,
            shop_id=shop,
            say=progress.say,
        )
    _print_run(result, output)
    _finish(result)


@app.command()
def ingest(
    paths: Paths = None,
    shop: ShopOption = None,
    withdraw: Annotated[
        Path | None, typer.Option("--withdraw", help="Take this wrong file back.")
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Load files into raw only; says for each what became of its rows."""
    settings = _settings()
    if withdraw is not None:
        tables = jobs.withdraw(settings, withdraw, now=_now())
        _say(f"{withdraw.name} withdrawn" if tables else f"{withdraw.name} was never loaded")
        for consequence in jobs.after_withdrawal(settings, withdraw) if tables else ():
            _say(consequence)
        return
    with _Progress() as progress:
        outcomes = jobs.ingest_only(
            settings, paths or [], now=_now(), shop_id=shop, say=progress.say
        )
    _print([_file_row(outcome) for outcome in outcomes], output)
    _notes(outcomes)
    if any(outcome.status == "refused" for outcome in outcomes):
        raise typer.Exit(5)


@formats_app.callback(invoke_without_command=True)
def formats_list(context: typer.Context, output: FormatOption = Format.TABLE) -> None:
    """List the known export formats."""
    if context.invoked_subcommand:
        return
    from aftersales import dictionary

    _print(dictionary.formats(_settings()), output)


@formats_app.command("explain")
def formats_explain(file: Path, output: FormatOption = Format.TABLE) -> None:
    """Which format a file is, and why not the others."""
    from aftersales import dictionary

    _print(dictionary.claims(_settings(), file), output)


@app.command("map")
def map_file(
    file: Path,
    name: Annotated[str | None, typer.Option("--name", help="Name of the new format.")] = None,
) -> None:
    """Scaffold a mapping for an export nobody has seen; edit it, then ingest takes the file."""
    written = jobs.scaffold(_settings(), file, name=name)
    _say(f"wrote {written}")
    _say("next: read it through, correct what it guessed, then: aftersales ingest " + str(file))


@quarantine_app.command("list")
def quarantine_list(output: FormatOption = Format.TABLE) -> None:
    """Rows that could not be read, with file, line and reason."""
    _print(jobs.quarantined(_settings(), now=_now()), output)


@quarantine_app.command("export")
def quarantine_export(target: Annotated[Path, typer.Argument()] = Path("quarantine.csv")) -> None:
    """Write the quarantined rows, masked, to a CSV to correct the originals by."""
    count = jobs.export_quarantine(_settings(), target, now=_now())
    _say(f"wrote {count} rows to {target}")


@quarantine_app.command("retry")
def quarantine_retry(output: FormatOption = Format.TABLE) -> None:
    """Read the files with quarantined rows again, under the formats as they are now."""
    outcomes = jobs.retry_quarantine(_settings(), now=_now())
    _print([_file_row(outcome) for outcome in outcomes], output)
    _notes(outcomes)


@app.command()
def check(output: FormatOption = Format.TABLE) -> None:
    """The quality gate alone, with the failing rows by file and record."""
    from aftersales import quality

    findings = jobs.check(_settings(), now=_now())
    failed = [finding for finding in findings if not finding.passed]
    if output is Format.JSON:
        _print([asdict(finding) for finding in findings], output)
    else:
        _print([row for finding in failed for row in _failing(finding)], output)
    _say(f"{len(findings)} checks, {len(failed)} failed")
    if quality.stops(findings):
        raise typer.Exit(5)


@app.command()
def metric(
    name: str,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="day, week, month or a split; repeatable.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="split=value; repeatable.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="Days left out: FROM..UNTIL or one day; repeatable."),
    ] = None,
    without_events: Annotated[
        bool,
        typer.Option(
            "--without-events", help="Leave out promotions, holidays of 3 days and days not judged."
        ),
    ] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """One metric, from the registry, on what is published."""
    from aftersales import notebook

    session = notebook.connect(State.home)
    spans = [*map(_days, without or []), *(session.windows() if without_events else [])]
    rows = session.values(
        name,
        by=by or (),
        since=_day(since),
        until=_day(until),
        where=_pairs(where or []),
        without=spans,
    )
    _print(rows, output)


@app.command()
def why(
    name: str,
    period: Annotated[
        str, typer.Option("--period", help="2026-W45, 2026-10, 2026-11-03 or FROM..UNTIL of them.")
    ],
    against: Annotated[
        str | None,
        typer.Option("--against", help="The same; none: the 8 weeks, or 3 months, before."),
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="split=value; repeatable.")
    ] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", help="zh or en; none: the front page's.")
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Why a metric is not what it was before, and the rows of what it comes from."""
    from aftersales import notebook
    from aftersales.reporting import explaining

    wording = explaining.words(_settings(), lang)
    session = notebook.connect(State.home)
    found = session.why(name, period=period, against=against, where=_pairs(where or []))
    if output is Format.JSON:
        _out(json.dumps(found.facts(), ensure_ascii=False, default=str, indent=1))
    elif output is Format.CSV:
        _print(found.lines(), output)
    else:
        _out("\n".join(explaining.sentences(found, wording)))
        _print(explaining.table(found, wording), output)


@app.command()
def rows(
    name: str,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="split=value; hours: 0,1,2; repeatable.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="None: 50, and all as csv.")
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """The rows behind a metric's value, with the file and record each came from."""
    from aftersales import notebook

    session = notebook.connect(State.home)
    most = limit or (None if output is Format.CSV else 50)
    found = session.records(
        name, since=_day(since), until=_day(until), where=_pairs(where or []), limit=most
    )
    _print(found, output)


@app.command()
def metrics(output: FormatOption = Format.TABLE) -> None:
    """The metrics there are."""
    from aftersales import dictionary

    _print(dictionary.metrics(_settings()), output)


@app.command()
def restated(
    name: Annotated[
        str | None, typer.Option("--metric", help="Only this one.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", help="A run, or a day: its last run; none: the run published before."
        ),
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Published numbers that are no longer what they were, with the rows and files behind it."""
    from aftersales.judgement import restatement

    record, rows = restatement.asked(_settings(), metric=name, since=since)
    if rows or output is Format.JSON:
        _print(rows, output)
    _say(restatement.sentence(record))


@app.command()
def explain(name: str, output: FormatOption = Format.TABLE) -> None:
    """Definition, decision and lineage of a metric, a control rule, a table or a table.column."""
    from aftersales import dictionary

    _print(dictionary.explain(_settings(), name), output)


@app.command()
def sql(query: str, output: FormatOption = Format.TABLE) -> None:
    """Ask what is published; read-only."""
    from aftersales import notebook

    _print(notebook.connect(State.home).query(query), output)


@complaints_app.command("classify")
def complaints_classify(
    file: Path,
    column: Annotated[str, typer.Option("--column", help="The column the texts are in.")],
    reason: Annotated[
        str | None, typer.Option("--reason", help="The column of the platform's reason, a prior.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="case, chat, ticket, call or review.")
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Categories, feeling and signals of any file's texts, one object a row, in its order."""
    from aftersales.complaints import jobs as complaints

    found = complaints.classify(
        _workspace(), file, column=column, source=source, reason_column=reason
    )
    if output is Format.JSON:
        _print(list(found), output)
    else:
        _print([complaints.flat(row) for row in found], output)


@complaints_app.command("test")
def complaints_test(output: FormatOption = Format.TABLE) -> None:
    """Hold the phrases against the sentences beside them."""
    from aftersales.complaints import jobs as complaints

    failed, sentences = complaints.test(_workspace())
    if failed or output is Format.JSON:
        _print(failed, output)
    _say(f"{sentences} sentences, {len(failed)} failures")
    if failed:
        raise typer.Exit(5)


@complaints_app.command("train")
def complaints_train(
    files: Annotated[list[Path], typer.Argument(help="CSV files: text, labels, emotion, source.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The model's file; none: sql/complaints/model.npz here."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how good it would be.")
    ] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Learn weights from labelled texts, and say how good they are on texts left out."""
    from aftersales.complaints import jobs as complaints

    settings = _settings()
    to = None if dry_run else (out or settings.home / "sql" / "complaints" / "model.npz")
    written, report = complaints.train(settings, files, out=to)
    _print(report, output)
    if written:
        _say(f"wrote {written}")


@complaints_app.command("measure")
def complaints_measure(files: list[Path], output: FormatOption = Format.TABLE) -> None:
    """How good phrases, model and both are on labelled texts they have not seen."""
    from aftersales.complaints import jobs as complaints

    _print(complaints.measure(_workspace(), files), output)


@complaints_app.command("sample")
def complaints_sample(
    out: Annotated[Path, typer.Option("--out", help="The sheet, an .xlsx that is not there yet.")],
    size: Annotated[int, typer.Option("--size", min=1, help="How many texts.")] = 50,
    weeks: Annotated[int, typer.Option("--weeks", min=1, help="Of how many full weeks.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, other texts.")] = 0,
) -> None:
    """A sheet of texts for people to label: half at random, half the ones we are least sure of."""
    from aftersales.complaints import jobs as complaints

    key, is_all = complaints.sample(_settings(), out, size=size, weeks=weeks, seed=seed, now=_now())
    _say(
        f"wrote {len(key.rows)} of {key.texts} different texts"
        f" of {key.first_on} to {key.last_on} to {out}"
    )
    if is_all:
        _say(f"these are all there are; to have more: --weeks {weeks + 1}")
    _say(f"next: fill it in, then: aftersales complaints label {out}")


@complaints_app.command("label")
def complaints_label(
    sheets: Annotated[list[Path] | None, typer.Argument(help="Sheets people filled in.")] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write all labels to a CSV, for train.")
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Keep what people found in the texts of a sheet, for good."""
    from aftersales.complaints import jobs as complaints

    settings = _settings()
    if not sheets and export is None:
        raise ConfigError("no sheet is named", fix="write: aftersales complaints label SHEET.xlsx")
    if sheets:
        _print(complaints.label(settings, sheets, now=_now()), output)
    if export is not None:
        count = complaints.export_labels(settings, export)
        _say(f"wrote {count} texts to {export}; next: aftersales complaints train {export}")


@complaints_app.command("quality")
def complaints_quality(output: FormatOption = Format.TABLE) -> None:
    """How often labels are right, by what people found in the random half of the sheets."""
    from aftersales.complaints import jobs as complaints

    found = complaints.quality(_settings())
    if found or output is Format.JSON:
        _print(found, output)
    if not found:
        _say("nobody has labelled a text; begin with: aftersales complaints sample --out S.xlsx")


@complaints_app.command("topics")
def complaints_topics(output: FormatOption = Format.TABLE) -> None:
    """What customers began to say in the last full week that no category knows."""
    from aftersales.complaints import jobs as complaints

    _print(complaints.topics(_settings()), output)


DayOption = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


@improvements_app.callback(invoke_without_command=True)
def improvements_list(
    context: typer.Context,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; none: the first.")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """List what is proposed, by the money concerned, and what people made of it."""
    if context.invoked_subcommand:
        return
    from aftersales.judgement import improvements
    from aftersales.reporting import improving

    settings = _settings()
    found = improvements.current(settings, now=_now())
    if output is Format.JSON:
        _print([one.told() for one in found], output)
    else:
        _print(improving.lines(settings, found, lang), output)


@improvements_app.command("set")
def improvements_set(
    key: Annotated[str, typer.Argument(metavar="ID", help="As listed.")],
    state: Annotated[
        str | None, typer.Option("--state", help="open, accepted, doing, done or declined.")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Who does it.")] = None,
    due: DayOption = None,
    done_on: DayOption = None,
    note: Annotated[str | None, typer.Option("--note")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who decided.")] = None,
) -> None:
    """Write into improvements.yml what was decided; every other line of it stays as it is."""
    from aftersales.judgement import improvements

    told = {"state": state, "owner": owner, "due": _day(due), "done_on": _day(done_on)}
    changes = {**told, "note": note, "decided_by": by}
    item = improvements.decide(_settings(), key, changes, now=_now())
    _say(f"{key}: " + ", ".join(f"{name} {value}" for name, value in item.items() if name != "id"))
    _say("to show it on the page: aftersales report")


@improvements_app.command("test")
def improvements_test(
    key: Annotated[str, typer.Argument(metavar="ID", help="As listed.")],
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; none: the first.")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Whether what was done helped: the weeks after it against those before, and the others."""
    from aftersales.judgement import improvements
    from aftersales.reporting import improving

    settings = _settings()
    one = improvements.one_of(settings, key, now=_now())
    if output is Format.JSON:
        _print([one.told()], output)
    else:
        _print(improving.lines(settings, [one], lang), output)


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="Which review.")] = "weekly",
    period: Annotated[
        str | None, typer.Option("--period", help="e.g. 2026-W46; none: the last full one.")
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; none: all.")] = None,
) -> None:
    """Render the review again from what is published."""
    for page in jobs.report(_settings(), name=name, period=period, language=lang):
        _out(str(page))


@app.command()
def status(output: FormatOption = Format.TABLE) -> None:
    """Last runs, freshness, counts, what is waiting."""
    from aftersales import health

    _print(health.status(_settings(), now=_now()), output)


@app.command()
def doctor(output: FormatOption = Format.TABLE) -> None:
    """Check the installation, the lock, the ledger against the warehouse, fonts, browser."""
    from aftersales import health

    rows = health.doctor(_settings(), now=_now())
    _print(rows, output)
    if any(row["result"] == "failed" for row in rows):
        raise typer.Exit(3)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _days(text: str) -> tuple[date, date]:
    """``2026-11-01..2026-11-11``, or one day."""
    first, _, last = text.partition("..")
    try:
        found = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        found = date.max, date.min
    if found[0] > found[1]:
        raise ConfigError(
            f"--without '{text}' is no span of days",
            fix="write: --without 2026-11-01..2026-11-11",
        )
    return found


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    broken = [text for text in texts if "=" not in text]
    if broken:
        raise ConfigError(f"--where '{broken[0]}' has no =", fix="write: --where shop_id=flagship")
    return dict(text.split("=", 1) for text in texts)


def _finish(result: jobs.RunResult) -> None:
    """The last line, and the exit code."""
    if result.run_id is None:
        _say("nothing new; what is published is current")
        for refusal in result.still_refused:
            _say(refusal)
    elif result.published:
        _say(f"published run {result.run_id}")
    elif result.findings:
        _say("NOT published: the quality gate found something critical; see: aftersales check")
    if result.pages:
        _say("open: " + result.pages[0].as_uri())
    if result.refused:
        done = "published without" if result.published else "nothing published;"
        _say(f"{done} {len(result.refused)} refused file(s)")
    if result.missing:
        done = "published, but" if result.published else "nothing published, and"
        missing = "; ".join(f"{late.subject}, {late.standing}" for late in result.missing)
        _say(f"{done} {len(result.missing)} expected export(s) have not come: {missing}")
    if result.refused or result.missing or (result.run_id and not result.published):
        raise typer.Exit(5)


def _print_run(result: jobs.RunResult, output: Format) -> None:
    if output is Format.JSON:
        _out(json.dumps(result.told(), ensure_ascii=False, default=str, indent=1))
        return
    if result.outcomes:
        _print([_file_row(outcome) for outcome in result.outcomes], output)
    _notes(result.outcomes)
    for finding in result.findings:
        if not finding.passed:
            _say(f"{finding.level}: does not hold {finding.failed} times: {finding.what}")


def _failing(finding: Any) -> list[dict[str, Any]]:
    """A failed check as lines to print, one a failing row."""
    facts = {"check": finding.check, "level": finding.level, "failed": finding.failed}
    return [
        {
            **facts,
            "file": row.get("file_name"),
            "record": row.get("record"),
            "row": ", ".join(
                f"{name}={value}"
                for name, value in row.items()
                if name not in ("file_name", "record")
            ),
        }
        for row in finding.rows or ({"what": finding.what},)
    ]


def _file_row(outcome: Any) -> dict[str, Any]:
    return {
        "file": outcome.file,
        "status": outcome.status,
        "format": outcome.format,
        "shop": outcome.shop_id,
        "rows_in": outcome.rows_in,
        "loaded": outcome.loaded,
        "quarantined": outcome.quarantined,
    }


def _notes(outcomes: Sequence[Any]) -> None:
    for outcome in outcomes:
        for note in outcome.notes:
            _say(f"{outcome.file}: {note}")
        if outcome.error is not None:
            _say(str(outcome.error))


def _out(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()  # a full disk is to be met here, not at the end of the process


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _print(rows: Sequence[Mapping[str, Any]], output: Format) -> None:
    """Rows to stdout; an empty result prints nothing as a table, [] as JSON."""
    if output is Format.JSON:
        _out(json.dumps(list(rows), ensure_ascii=False, default=str, indent=1))
        return
    if not rows:
        _say("nothing to show")
        return
    names = list(rows[0])
    if output is Format.CSV:
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        _out(text.getvalue().removesuffix("\n"))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in names:
        numbers = all(isinstance(row[name], int | float | None) for row in rows)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row[name])) for name in names))
    width = None if sys.stdout.isatty() else 200
    Console(width=width, soft_wrap=False).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


class _Progress:
    """One line on stderr that says what is going on; silent where nobody watches."""

    def __enter__(self) -> _Progress:
        self.status: Any = None
        if sys.stderr.isatty():
            from rich.console import Console

            self.status = Console(stderr=True).status("starting")
            self.status.start()
        return self

    def say(self, text: str) -> None:
        """Show what is being done now."""
        if self.status:
            self.status.update(text)

    def __exit__(self, *_: object) -> None:
        if self.status:
            self.status.stop()


class _Bar:
    """How much of something countable is done, on stderr; silent where nobody watches."""

    def __init__(self, text: str, total: int) -> None:
        self._text, self._total = text, total
        self._bar: Any = None

    def __enter__(self) -> _Bar:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._text, total=self._total)
            self._bar.start()
        return self

    def show(self, done: int, total: int) -> None:
        """So many of all are done."""
        if self._bar:
            self._bar.update(self._task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()


if __name__ == "__main__":
    main()
