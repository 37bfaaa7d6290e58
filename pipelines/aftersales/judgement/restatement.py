"""Published numbers that are no longer what they were: which ones, and because of which rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any

import duckdb

from aftersales import metrics as registry
from aftersales.errors import ConfigError
from aftersales.metrics import Metric
from aftersales.settings import Settings
from aftersales.warehouse import changed, numbers, publish, state
from aftersales.warehouse import models as sql_models
from aftersales.warehouse.changed import Found
from aftersales.warehouse.connection import Connection, connect
from aftersales.warehouse.models import Model
from aftersales.warehouse.numbers import Number, Part, Told

REPORT = "weekly"
KEPT = 200  # moved numbers a run's record holds
FILES = 3  # files named with each
# Half of it is what the page rounds away.
STEP = {"count": 1.0, "share": 0.001, "seconds": 1.0, "amount": 0.01, "score": 0.01}
NOISE = 1e-9  # relative; what adding up in another order makes of a double
# The most telling first where rows are equally many.
CAUSES = (
    "late",
    "corrected",
    "deleted",
    "withdrawn",
    "moved_in",
    "moved_out",
    "linked",
    "ripened",
    "recomputed",
)
DEFINED = "defined_otherwise"
SUMMARY = "summary"
UNKNOWN = "unknown"
AGED = {"ripened", SUMMARY}  # what time alone brings about, or may: stands behind the rest


@dataclass(frozen=True)
class Moved:
    """A number that is not what it was."""

    metric: Metric
    was: Number
    now: Number

    @property
    def place(self) -> tuple[str, str, date]:
        """Its measure, span and first day."""
        return self.now.place

    @property
    def is_visible(self) -> bool:
        """Whether a page would print another value."""
        if self.was.value is None or self.now.value is None:
            return True
        step = STEP[self.metric.unit]
        return round(self.was.value / step) != round(self.now.value / step)

    @property
    def size(self) -> float:
        """For the order: the relative change by the root of what the number rests on.

        So a share of 4 in 10 that is now 5 in 10 stands behind one of 400 in 1,000 that is now
        450. Money rests on no number of things. What came to have a value or lost it comes last.
        """
        was, now = self.was.value, self.now.value
        largest = max(abs(was or 0), abs(now or 0))
        if was is None or now is None or not largest:
            return 0.0
        rests_on = 1.0
        if self.metric.has_whole_parts:
            rests_on = max(self.was.rests_on, self.now.rests_on, 1.0)
        return abs(now - was) / largest * sqrt(rests_on)


@dataclass(frozen=True)
class Restated:
    """What a run's numbers are, and what of those published before is another one now.

    Attributes:
        told: to be added to the ledger.
        record: for the record of the run, in JSON's terms.
    """

    told: Told
    record: Mapping[str, Any]


def parts(settings: Settings, metrics: Mapping[str, Metric]) -> list[Part]:
    """Every metric the weekly report speaks of, with the part it is of."""
    from aftersales.reporting.spec import load_report

    report = load_report(settings.report_layers, REPORT)
    shown = [*report.measured]
    for table in report.tables:
        shown += (*table.metrics, *table.whole, *([table.given] if table.given else []))
    return [
        Part(key, metrics[one.metric], one.where)
        for key, one in {one.key: one for one in shown}.items()
        if one.metric in metrics
    ]


def read(
    con: Connection,
    settings: Settings,
    metrics: Mapping[str, Metric],
    models: Mapping[str, Model],
    run_id: str,
) -> Restated:
    """The numbers of a run that is about to be published, against the one published now.

    Args:
        con: on the tables of the new run; may open what is published.
    """
    listed = parts(settings, metrics)
    numbers.fill(settings, listed)
    told = numbers.read_off(con, listed, run_id, state.fingerprint(settings))
    current = publish.current(settings)
    before = numbers.read(settings, current.name) if current else None
    record = compare(con, settings, models, listed, before, told)
    return Restated(told, {"definitions": numbers.definitions(listed), "restated": record})


def compare(
    con: Connection,
    settings: Settings,
    models: Mapping[str, Model],
    listed: Sequence[Part],
    before: Told | None,
    now: Told,
) -> dict[str, Any]:
    """What moved between two runs and why, in JSON's terms."""
    if before is None:
        return {"before": None, "compared": 0, "count": 0, "moved": []}
    by_key = {part.key: part for part in listed}
    compared, found = moved(before, now, {part.key: part.metric for part in listed})
    because: dict[tuple[str, str, date], list[Found]] = {}
    is_known = True
    if found:
        with changed.beside(con, settings, before.run_id) as is_known:
            if is_known:
                is_same = bool(before.made_with) and before.made_with == now.made_with
                asked = [by_key[key] for key in dict.fromkeys(one.now.measure for one in found)]
                because = _because(con, models, asked, is_same_make=is_same)
                lost = [one for one in found if one.place not in because]
                asked = [by_key[key] for key in dict.fromkeys(one.now.measure for one in lost)]
                every = _because(con, models, asked, is_same_make=is_same, is_any=True)
                because = {**every, **because}
    told = [_line(one, because, models, is_known=is_known) for one in found]
    ranked = sorted(
        zip(found, told, strict=True),
        key=lambda pair: (
            not pair[0].is_visible,
            not pair[1]["is_restated"],
            -pair[0].size,
            pair[0].place,
        ),
    )
    return {
        "before": before.run_id,
        "before_as_of_on": before.as_of_on.isoformat(),
        "as_of_on": now.as_of_on.isoformat(),
        "compared": compared,
        "count": len(found),
        "visible": sum(one.is_visible for one in found),
        "restated": sum(one.is_visible and line["is_restated"] for one, line in ranked),
        "moved": [line for _, line in ranked[:KEPT]],
    }


def moved(before: Told, now: Told, metrics: Mapping[str, Metric]) -> tuple[int, list[Moved]]:
    """How many numbers both runs told of a period that was over for both, and those that moved."""
    was, found, compared = numbers.facts(before.numbers), [], 0
    reach = min(before.as_of_on, now.as_of_on)
    for one in now.numbers:
        old = was.get(one.place)
        if old is None or numbers.ends_on(one.span, one.starts_on) > reach:
            continue
        compared += 1
        if not _is_same(old, one):
            found.append(Moved(metrics[one.measure], old, one))
    return compared, found


def _is_same(was: Number, now: Number) -> bool:
    if was.value is None or now.value is None:
        return was.value is now.value
    return abs(was.value - now.value) <= NOISE * max(abs(was.value), abs(now.value))


def _because(
    con: Connection,
    models: Mapping[str, Model],
    asked: Iterable[Part],
    *,
    is_same_make: bool,
    is_any: bool = False,
) -> dict[tuple[str, str, date], list[Found]]:
    """What became of the rows behind each number that moved."""
    found: dict[tuple[str, str, date], list[Found]] = {}
    tables: dict[str, str | None] = {}
    for part in asked:
        name = part.metric.model
        if not changed.has_rows_of_files(models[name]):
            continue
        try:
            if name not in tables:
                tables[name] = changed.find(con, models[name], is_same_make=is_same_make)
            table = tables[name]
            for one in changed.behind(con, part, table, is_any=is_any) if table else ():
                found.setdefault((part.key, one.span, one.starts_on), []).append(one)
        except duckdb.BinderException:
            tables[name] = None  # the earlier run has the table with other columns
    return found


def _line(
    one: Moved,
    because: Mapping[tuple[str, str, date], Sequence[Found]],
    models: Mapping[str, Model],
    *,
    is_known: bool,
) -> dict[str, Any]:
    now, was = one.now, one.was
    key = one.place
    causes = _causes(one, because.get(key, ()), models, is_known=is_known)
    files: dict[str, int] = {}
    for found in because.get(key, ()):
        if found.file:
            files[found.file] = files.get(found.file, 0) + found.count
    most = sorted(files.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "measure": now.measure,
        "span": now.span,
        "starts_on": now.starts_on.isoformat(),
        "unit": one.metric.unit,
        "was": was.value,
        "now": now.value,
        "was_reason": was.reason,
        "now_reason": now.reason,
        "is_visible": one.is_visible,
        "is_restated": not {each["cause"] for each in causes} <= AGED,
        "because": causes,
        "files": [{"file": file, "rows": count} for file, count in most[:FILES]],
        "more_files": max(len(most) - FILES, 0),
    }


def _causes(
    one: Moved, found: Sequence[Found], models: Mapping[str, Model], *, is_known: bool
) -> list[dict[str, Any]]:
    """Cause and rows, most rows first; rows are None where none can be counted."""
    causes: list[dict[str, Any]] = []
    if one.was.definition != one.now.definition:
        causes.append({"cause": DEFINED, "rows": None})
    rows: dict[str, int] = {}
    for each in found:
        rows[each.cause] = rows.get(each.cause, 0) + each.count
    ranked = sorted(rows.items(), key=lambda pair: (-pair[1], CAUSES.index(pair[0])))
    causes += [{"cause": cause, "rows": count} for cause, count in ranked]
    if causes:
        return causes
    if is_known and not changed.has_rows_of_files(models[one.metric.model]):
        return [{"cause": SUMMARY, "rows": None}]
    return [{"cause": UNKNOWN, "rows": None}]


def told(settings: Settings) -> dict[str, Any] | None:
    """What the current run says has moved; None where it was published before that was kept.

    Raises:
        ConfigError: nothing is published.
    """
    found: dict[str, Any] | None = publish.record(settings).get("restated")
    return found


def since_run(settings: Settings, run_or_day: str) -> dict[str, Any]:
    """What moved between an earlier run and the current one.

    Args:
        run_or_day: the id of a run in the ledger, or a day such as 2026-11-22: the last run of
            that day or before it.

    Raises:
        ConfigError: the ledger has no such run, or nothing is published.
    """
    before = _run_of(settings, run_or_day)
    metrics = registry.load(settings.sql_layers)
    listed = parts(settings, metrics)
    current = publish.record(settings)["run_id"]
    numbers.fill(settings, listed)
    now = numbers.read(settings, current)
    if now is None:
        raise ConfigError(
            f"the numbers of run {current} are not in the ledger", fix="run: aftersales run"
        )
    known = [part for part in listed if part.key in {one.measure for one in now.numbers}]
    with connect(
        settings.published / current / publish.DATABASE,
        read_only=True,
        may_read=[settings.published],
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    ) as con:
        plan = sql_models.load(settings.sql_layers)
        return compare(con, settings, plan, known, numbers.read(settings, before), now)


def _run_of(settings: Settings, run_or_day: str) -> str:
    runs = numbers.known_runs(settings)
    if run_or_day in runs:
        return run_or_day
    try:
        day = date.fromisoformat(run_or_day).strftime("%Y%m%d")
    except ValueError:
        day = ""
    found = [run for run in runs if run[:8] <= day]
    if not found:
        there = ", ".join(runs[-5:]) or "none"
        raise ConfigError(
            f"no run '{run_or_day}' in the ledger of numbers",
            fix=f"name a day such as 2026-11-22 not before the first run, or a run: {there}",
            file=str(settings.runs / numbers.FOLDER),
        )
    return found[-1]


def lines(record: Mapping[str, Any], metric: str | None = None) -> list[dict[str, Any]]:
    """The moved numbers as plain rows, of one metric or of all."""
    return [
        {
            "metric": line["measure"],
            "period": period(line["span"], date.fromisoformat(line["starts_on"])),
            "was": line["was"],
            "is": line["now"],
            "change": None
            if line["was"] is None or line["now"] is None
            else line["now"] - line["was"],
            "because": " · ".join(
                one["cause"] if one["rows"] is None else f"{one['cause']} {one['rows']}"
                for one in line["because"]
            ),
            "files": ", ".join(f"{one['file']} ({one['rows']})" for one in line["files"]),
        }
        for line in record["moved"]
        if metric is None or line["measure"].split("@")[0] == metric
    ]


def period(span: str, starts_on: date) -> str:
    """``2026-W47``, ``2026-11``, or the day of a number that speaks of now."""
    if span == "week":
        year, week, _ = starts_on.isocalendar()
        return f"{year}-W{week:02}"
    return starts_on.isoformat()[:7] if span == "month" else starts_on.isoformat()


def asked(
    settings: Settings, *, metric: str | None = None, since: str | None = None
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """What moved since the run published before, or since another one; and its plain rows.

    Raises:
        ConfigError: there is no such metric or run, or nothing is published.
    """
    if metric is not None:
        registry.get(registry.load(settings.sql_layers), metric)
    record = told(settings) if since is None else since_run(settings, since)
    return record, lines(record, metric) if record else []


def sentence(record: Mapping[str, Any] | None) -> str:
    """What the command line says below the rows."""
    if record is None:
        return "the run that is published does not tell it; the next one will"
    if record["before"] is None:
        return "nothing was published before"
    against = f"of {record['compared']} numbers published by run {record['before']}"
    if not record["count"]:
        return f"{against} none moved"
    rest = record["count"] - len(record["moved"])
    more = f"; the {rest} least are not kept" if rest else ""
    return f"{against} {record['count']} moved, {record['visible']} of them visibly{more}"
