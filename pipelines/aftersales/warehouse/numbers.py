"""The ledger of published numbers: what every run told, by week and month; only ever added to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from aftersales import metrics as registry
from aftersales.errors import ConfigError
from aftersales.metrics import Metric
from aftersales.settings import Settings
from aftersales.warehouse import publish
from aftersales.warehouse.connection import (
    Connection,
    connect,
    insert,
    literal,
    one,
    room_to_write,
    rows,
)
from aftersales.warehouse.lock import cannot_write, sync_folder

FOLDER = "numbers"
WEEKS, MONTHS = 26, 6
NOW = "now"  # of a metric that speaks of the as-of and not of a period
DEFINITIONS = "definitions"  # in the record of a run: fingerprint by metric

# What decides no value: a reworded label or another owner makes no other number.
_DECIDES_NOTHING = {
    "name", "label", "reads", "is_not", "rows", "unit", "good", "split_by", "owner", "decision",
    "example",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A metric as the report speaks of it.

    Attributes:
        key: what it is filed under: ``first_response_median@kind=chat``.
        where: split to the value it must have.
    """

    key: str
    metric: Metric
    where: Mapping[str, str]


@dataclass(frozen=True)
class Number:
    """One published number.

    Attributes:
        measure: the key of its part.
        span: week, month or now.
        starts_on: first day of the span; the as-of's day of a number of now.
        reason: why it has no value.
        definition: fingerprint of the metric that made it.
    """

    measure: str
    span: str
    starts_on: date
    value: float | None
    numerator: float | None
    denominator: float | None
    excluded: float
    reason: str | None
    definition: str

    @property
    def place(self) -> tuple[str, str, date]:
        """What is compared with its like of another run."""
        return self.measure, self.span, self.starts_on

    @property
    def rests_on(self) -> float:
        """How many observations it is drawn from; of a count, the count."""
        return self.denominator if self.denominator is not None else abs(self.value or 0.0)


@dataclass(frozen=True)
class Told:
    """All that one run told.

    Attributes:
        as_of_on: the last local day that was over.
        made_with: fingerprint of settings, models and code; empty where it is not known.
    """

    run_id: str
    as_of_on: date
    made_with: str
    numbers: tuple[Number, ...]


_COLUMNS = (
    "run_id varchar, as_of_on date, made_with varchar, measure varchar, span varchar,"
    " starts_on date, value double, numerator double, denominator double, excluded double,"
    " reason varchar, definition varchar"
)


def definition(metric: Metric) -> str:
    """A fingerprint of all that decides the metric's value."""
    told = metric.model_dump_json(exclude=_DECIDES_NOTHING)
    return sha256(told.encode()).hexdigest()[:16]


def read_off(con: Connection, parts: Iterable[Part], run_id: str, made_with: str = "") -> Told:
    """The numbers of every part: the last full weeks and months, or as it stands now.

    Args:
        con: on the tables of one run.
    """
    as_of_on: date = one(con, "select as_of_on from ref_run")
    found: list[Number] = []
    for part in parts:
        fingerprint = definition(part.metric)
        for span, since, until in _spans(part.metric, as_of_on):
            of_period: dict[str, Any] = {"by": (span,), "since": since, "until": until}
            asked = {} if span == NOW else of_period
            for row in registry.query(con, part.metric, **asked, where=part.where):
                starts_on = as_of_on if span == NOW else row[span]
                found.append(
                    Number(
                        part.key,
                        span,
                        starts_on,
                        row["value"],
                        row["numerator"],
                        row["denominator"],
                        float(row["excluded"]),
                        row["value_reason"],
                        fingerprint,
                    )
                )
    return Told(run_id, as_of_on, made_with, tuple(found))


def _spans(metric: Metric, as_of_on: date) -> list[tuple[str, date, date]]:
    """Span, first and last day of what is told of a metric: only what is over."""
    if metric.period is None:
        return [(NOW, as_of_on, as_of_on)]
    tomorrow = as_of_on + timedelta(days=1)
    monday, first = tomorrow - timedelta(days=tomorrow.weekday()), tomorrow.replace(day=1)
    months = first.year * 12 + first.month - 1 - MONTHS
    since = date(months // 12, months % 12 + 1, 1)
    day = timedelta(days=1)
    return [("week", monday - timedelta(weeks=WEEKS), monday - day), ("month", since, first - day)]


def ends_on(span: str, starts_on: date) -> date:
    """The last day of a span."""
    if span == "week":
        return starts_on + timedelta(days=6)
    if span == "month":
        return (starts_on + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return starts_on


def append(settings: Settings, told: Told) -> None:
    """Add what a run told, as a file of its own; nothing where it is there already.

    Raises:
        ConfigError: it cannot be written.
    """
    path = _path(settings, told.run_id)
    if _is_whole(path):
        return
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with room_to_write(path), connect(None, may_read=[path.parent]) as con:
            con.execute(f"create table told ({_COLUMNS})")
            facts = (told.run_id, told.as_of_on, told.made_with)
            names = [field.name for field in fields(Number)]
            values = [
                (*facts, *(getattr(number, name) for name in names)) for number in told.numbers
            ]
            insert(con, "told", _COLUMNS, values)
            con.execute(f"copy told to {literal(str(beside.resolve()))} (format parquet)")
        beside.chmod(0o600)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def read(settings: Settings, run_id: str) -> Told | None:
    """What a run told; None where the ledger does not know it, or its file is damaged."""
    path = _path(settings, run_id)
    if not path.exists():
        return None
    try:
        with connect(None, may_read=[path.parent]) as con:
            found = rows(con, "from read_parquet(?)", [str(path.resolve())])
    except duckdb.Error:
        return None
    if not found:
        return Told(run_id, date.min, "", ())
    _, as_of_on, made_with, *_ = found[0]
    return Told(run_id, as_of_on, made_with, tuple(Number(*row[3:]) for row in found))


def known_runs(settings: Settings) -> list[str]:
    """Ids of the runs in the ledger, oldest first."""
    return sorted(path.stem for path in (settings.runs / FOLDER).glob("*.parquet"))


def fill(settings: Settings, parts: Sequence[Part]) -> None:
    """Add the runs that are published and not in the ledger: a run may be killed in between.

    A metric that is defined otherwise by now is left out, as its number would be another one.
    """
    for run_id in reversed(publish.published_runs(settings)):
        if _is_whole(_path(settings, run_id)):
            continue
        try:
            defined = publish.record(settings, run_id).get(DEFINITIONS, {})
            same = [
                part
                for part in parts
                if defined.get(part.metric.name, definition(part.metric)) == definition(part.metric)
            ]
            with publish.open_published(settings, run_id) as con:
                told = read_off(con, _readable(con, same), run_id)
        except (ConfigError, duckdb.Error):
            continue  # a run nobody can open any more has nothing to tell
        append(settings, told)


def _readable(con: Connection, parts: Iterable[Part]) -> list[Part]:
    """Those whose table an older run has, with every column they need."""
    found = []
    for part in parts:
        try:
            registry.query(con, part.metric, (), None, None, part.where)
        except duckdb.Error:
            continue
        found.append(part)
    return found


def _path(settings: Settings, run_id: str) -> Path:
    return settings.runs / FOLDER / f"{run_id}.parquet"


def _is_whole(path: Path) -> bool:
    """Whether it is a Parquet file to its end."""
    return path.is_file() and path.read_bytes()[-4:] == b"PAR1"


def facts(numbers: Iterable[Number]) -> dict[tuple[str, str, date], Number]:
    """Numbers by their place."""
    return {number.place: number for number in numbers}


def definitions(parts: Iterable[Part]) -> dict[str, Any]:
    """Fingerprint by metric, for the record of a run."""
    return {part.metric.name: definition(part.metric) for part in parts}
