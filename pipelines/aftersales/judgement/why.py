"""Why a metric changed between two periods: the change taken apart, its causes, and their rows."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from aftersales import metrics as registry
from aftersales.calendars import events as calendar_events
from aftersales.errors import ConfigError
from aftersales.judgement import causes as cause_search
from aftersales.judgement import change as changes
from aftersales.judgement.causes import Cause, Counts, Style
from aftersales.judgement.change import Line, Split, Sums
from aftersales.metrics import Metric
from aftersales.warehouse.connection import Connection, rows

if TYPE_CHECKING:
    import pandas as pd

DAY = timedelta(days=1)
BASELINE_WEEKS = 8
BASELINE_MONTHS = 3
SURE = 0.05
EXPOSURE = "orders_paid"  # what counts are counted on
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")

Measured = Literal["value", "share_above"]


@dataclass(frozen=True)
class Span:
    """Local days, both inclusive, and how they were asked for."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Company:
    """Something that happened at the time: worth a look, and no proof."""

    title: str
    kind: str
    first_on: date
    last_on: date
    shops: tuple[str, ...]
    is_now: bool
    is_before: bool


@dataclass(frozen=True)
class Named:
    """A cause with the command that shows its rows."""

    cause: Cause
    rows: str


@dataclass(frozen=True)
class Why:
    """The answer.

    Attributes:
        where: what the question was narrowed to.
        now: value in the period asked for.
        before: value in the one it is held against; of a count for as many days as the other.
        measured: what is taken apart: the value, or of a quantile the share above ``limit``.
        change: now minus before, in what is measured.
        low: lower end of its 95 % interval.
        reason: why nothing can be taken apart.
        volume: of a count: what there was more to count on; ``rate`` the rest.
        splits: the change by every split, each adding up to it.
        looked_at: how many segments were tried as causes.
    """

    metric: Metric
    where: Mapping[str, Any]
    period: Span
    against: Span
    now: float | None
    before: float | None
    n_now: float | None
    n_before: float | None
    reason: str | None = None
    measured: Measured = "value"
    limit: float | None = None
    share_now: float | None = None
    share_before: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    exposure: str | None = None
    volume: float | None = None
    rate: float | None = None
    splits: Mapping[str, Split] | None = None
    causes: tuple[Named, ...] = ()
    looked_at: int = 0
    company: tuple[Company, ...] = ()

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the change itself is more than chance."""
        return self.p_value is not None and self.p_value < SURE

    @property
    def causes_first(self) -> Sequence[str]:
        """Splits to show: those of the causes, else the first."""
        named = [name for told in self.causes for name, _ in told.cause.where]
        return list(dict.fromkeys(named)) or list(self.splits or {})[:1]

    def facts(self) -> dict[str, Any]:
        """All of it, as JSON takes it."""
        told = {
            name: value
            for name, value in self.__dict__.items()
            if name not in ("metric", "splits", "causes", "company")
        }
        return {
            "metric": self.metric.name,
            **told,
            "period": asdict(self.period),
            "against": asdict(self.against),
            "is_beyond_chance": self.is_beyond_chance,
            "causes": [_cause_facts(one) for one in self.causes],
            "company": [asdict(one) for one in self.company],
            "splits": {
                name: [_line_facts(line) for line in split.lines]
                + [{"value": None, "part": "remainder", "effect": float(split.remainder)}]
                for name, split in (self.splits or {}).items()
            },
        }

    def lines(self) -> list[dict[str, Any]]:
        """Every line of every split, flat."""
        return [
            {"split": name, **_line_facts(line)}
            for name, split in (self.splits or {}).items()
            for line in split.lines
        ] + [
            {"split": name, **dict.fromkeys(_LINE), "part": "remainder", "effect": float(rest)}
            for name, split in (self.splits or {}).items()
            if (rest := split.remainder)
        ]

    def frame(self) -> pd.DataFrame:
        """``lines`` as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.lines(), columns=["split", *_LINE])


_LINE = ("value", "part", "n0", "d0", "n1", "d1", "before", "now", "rate", "mix", "effect")


def _line_facts(line: Line) -> dict[str, Any]:
    sums, before, now = line.sums, line.sums.before, line.sums.now
    numbers = (sums.n0, sums.d0, sums.n1, sums.d1, before, now, line.rate, line.mix, line.effect)
    told = (None if number is None else float(number) for number in numbers)
    return dict(zip(_LINE, (line.value, "segment", *told), strict=True))


def _cause_facts(told: Named) -> dict[str, Any]:
    cause = told.cause
    names = ("n0", "d0", "n1", "d1")
    return {
        **{
            name: value
            for name, value in cause.__dict__.items()
            if name not in ("counts", "where", "also")
        },
        "where": {name: list(values) for name, values in cause.where},
        "also": {name: list(values) for name, values in cause.also},
        **{name: getattr(cause.counts, name) for name in names},
        "rows": told.rows,
    }


# --- periods


def span(asked: str) -> Span:
    """``2026-W45``, ``2026-10``, ``2026-11-03``, or two of them with ``..`` between.

    Raises:
        ConfigError: it is none of these.
    """
    first, dots, last = asked.partition("..")
    begin, end = _days(first, asked), _days(last if dots else first, asked)
    if begin[0] > end[1]:
        raise ConfigError(f"'{asked}' ends before it begins", fix=f"write: {last}..{first}")
    return Span(asked, begin[0], end[1])


def _days(text: str, asked: str) -> tuple[date, date]:
    try:
        if match := _WEEK.fullmatch(text):
            monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return monday, monday + 6 * DAY
        if match := _MONTH.fullmatch(text):
            first = date(int(match[1]), int(match[2]), 1)
            return first, first.replace(day=monthrange(first.year, first.month)[1])
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"'{asked}' is no period",
            fix="write it like 2026-W45, 2026-10, 2026-11-03 or 2026-W37..2026-W44",
        ) from error
    return day, day


def span_before(period: Span) -> Span:
    """The weeks before a week or day, the months before a month."""
    last = period.first - DAY
    if _MONTH.fullmatch(period.name.partition("..")[0]):
        month = period.first.year * 12 + period.first.month - 1 - BASELINE_MONTHS
        first = date(month // 12, month % 12 + 1, 1)
        return Span(f"{first:%Y-%m}..{last:%Y-%m}", first, last)
    first = period.first - 7 * BASELINE_WEEKS * DAY
    if _WEEK.fullmatch(period.name.partition("..")[0]):
        return Span(f"{_week(first)}..{_week(last)}", first, last)
    return Span(f"{first}..{last}", first, last)


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


# --- the question


def ask(
    con: Connection,
    metric: Metric,
    period: str,
    against: str | None = None,
    where: Mapping[str, Any] | None = None,
    *,
    exposure: Metric | None = None,
) -> Why:
    """What changed, how much of it is more than chance, and which segments it comes from.

    Args:
        period: as ``span`` reads it; cut to the days there are.
        against: the same; none: the weeks or months before.
        where: as in ``metrics.query``.
        exposure: of a count: what it is counted on (orders).

    Raises:
        ConfigError: the metric takes no period, or there are no data in one of the two.
    """
    if metric.period is None:
        raise ConfigError(
            f"{metric.name} speaks of now and has no period before",
            fix="ask about a metric with a period; aftersales metrics lists them",
        )
    wanted = span(period)
    now, before = _with_data(con, metric, wanted, span(against) if against else span_before(wanted))
    if now.first <= before.last and before.first <= now.last:
        raise ConfigError(
            f"{now.name} and {before.name} share days",
            fix="give --against days that are not in --period",
        )
    reading = _Reading(con, metric, now, before, dict(where or {}))
    return reading.told(exposure)


def _with_data(con: Connection, metric: Metric, now: Span, before: Span) -> tuple[Span, Span]:
    days = [row["day"] for row in registry.query(con, metric, ["day"]) if row["day"] is not None]
    if not days:
        raise ConfigError(
            f"{metric.name} has counted nothing yet",
            fix=f"aftersales explain {metric.name} says which exports it needs",
        )
    first, last = min(days), max(_as_of(con), *days)
    found = [Span(one.name, max(one.first, first), min(one.last, last)) for one in (now, before)]
    for asked, one in zip((now, before), found, strict=True):
        if one.first > one.last:
            raise ConfigError(
                f"no data in {asked.name}: they go from {first} to {last}",
                fix="name a period between them with --period and --against",
            )
    return found[0], found[1]


def _as_of(con: Connection) -> date:
    """The last day the numbers speak of; one without anything counted is a day all the same."""
    found = rows(con, "select as_of_on from ref_run")
    return found[0][0] if found else date.min


class _Reading:
    """A metric in two periods, by whatever splits are asked for."""

    def __init__(
        self,
        con: Connection,
        metric: Metric,
        now: Span,
        before: Span,
        where: Mapping[str, Any],
    ) -> None:
        self._con = con
        self._metric = metric
        self._asked = metric
        self._now, self._before = now, before
        self._where = where
        self._known: dict[tuple[str, ...], dict[tuple[Any, ...], Counts]] = {}
        self._exact: dict[str, dict[Any, Sums]] = {}

    @property
    def _is_count(self) -> bool:
        return self._metric.kind == "count"

    @property
    def _lengths(self) -> tuple[float, float] | None:
        return (self._before.days / self._now.days, 1.0) if self._is_count else None

    @property
    def _style(self) -> Style:
        if self._is_count:
            return "days" if self._metric.unit == "amount" else "count"
        is_counted = self._metric.unit == "share" and self._metric.kind in ("share", "incidence")
        return "share" if is_counted else "days"

    def told(self, exposure: Metric | None) -> Why:
        now, before = self._total(self._now), self._total(self._before)
        scale = self._now.days / self._before.days if self._is_count else 1.0
        plain = Why(
            self._asked,
            self._where,
            self._now,
            self._before,
            now["value"],
            None if before["value"] is None else before["value"] * scale,
            now["value"] if self._is_count else now["denominator"],
            before["value"] if self._is_count else before["denominator"],
            company=self._company(),
        )
        for row in (now, before):
            if row["value"] is None:
                return _with(plain, reason=row["value_reason"] or row["value_status"])
        if self._metric.kind in ("quantile", "survival"):
            limit = float(before["value"])
            self._metric = self._asked.above(limit)
            now, before = self._total(self._now), self._total(self._before)
            if not now["denominator"] or not before["denominator"]:
                return _with(plain, reason="nothing_counted")
            plain = _with(
                plain,
                measured="share_above",
                limit=limit,
                share_now=now["value"],
                share_before=before["value"],
            )
        return self._taken_apart(plain, now, before, exposure)

    def _taken_apart(
        self, plain: Why, now: dict[str, Any], before: dict[str, Any], exposure: Metric | None
    ) -> Why:
        total = self._sums(before, now)
        splits = {}
        for name in self._splits():
            parts = self._parts(name)
            if len(parts) > 1:
                splits[name] = changes.split(parts, total)
        change = float((total.now or 0) - (total.before or 0))
        whole = self._counts(()).get((), Counts())
        if self._lengths:
            whole = Counts(whole.n0, self._lengths[0], whole.n1, 1.0, whole.days)
        compared = cause_search.whole_change(whole, self._style)
        found = _with(
            plain,
            change=change,
            low=compared.low,
            high=compared.high,
            p_value=compared.p_value,
            splits=splits,
        )
        ranked = cause_search.rank(
            self._counts,
            [name for name in splits if len(self._parts(name)) > 1],
            style=self._style,
            change=change,
            is_beyond_chance=found.is_beyond_chance,
            lengths=self._lengths,
        )
        told = tuple(Named(cause, self._command(cause)) for cause in ranked.causes)
        found = _with(found, causes=told, looked_at=ranked.looked_at)
        return self._on_volume(found, total, exposure)

    def _on_volume(self, found: Why, total: Sums, exposure: Metric | None) -> Why:
        """A count apart into how much there was to count on, and how often it was counted."""
        if exposure is None or not self._is_count:
            return found
        if any(name not in exposure.split_by for name in self._where):
            return found
        sold = [
            Fraction(
                str(
                    registry.query(self._con, exposure, (), one.first, one.last, self._where)[0][
                        "value"
                    ]
                    or 0
                )
            )
            for one in (self._before, self._now)
        ]
        scale = Fraction(self._now.days, self._before.days)
        if not all(sold):
            return found
        volume, rate = changes.volume_and_rate(
            Sums(total.n0 * scale, sold[0] * scale, total.n1, sold[1])
        )
        return _with(found, exposure=exposure.name, volume=float(volume), rate=float(rate))

    def _splits(self) -> list[str]:
        """Splits that may name a cause: not those that stand at one value unless asked."""
        held = {*self._metric.choices, *self._metric.unless_asked}
        held |= {name for name, value in self._where.items() if not _is_several(name, value)}
        return [name for name in self._metric.split_by if name not in held]

    def _total(self, one: Span) -> dict[str, Any]:
        return registry.query(self._con, self._metric, (), one.first, one.last, self._where)[0]

    def _rows(self, by: Sequence[str], one: Span) -> list[dict[str, Any]]:
        return registry.query(self._con, self._metric, by, one.first, one.last, self._where)

    def _fractions(self, row: Mapping[str, Any] | None) -> tuple[Fraction, Fraction]:
        """Numerator and denominator as they are printed: money to the cent."""
        if row is None:
            return Fraction(0), Fraction(0)
        if self._metric.kind == "incidence":
            weight = Fraction(str(row["denominator"] or 0))
            return Fraction(str(row["value"] or 0)) * weight, weight
        return Fraction(str(row["numerator"] or 0)), Fraction(str(row["denominator"] or 0))

    def _sums(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> Sums:
        """Of the whole; a count is per as many days as the period has."""
        (n0, d0), (n1, d1) = self._fractions(before), self._fractions(now)
        if self._is_count:
            d0, d1 = Fraction(self._before.days, self._now.days), Fraction(1)
        return Sums(n0, d0, n1, d1)

    def _parts(self, name: str) -> dict[Any, Sums]:
        if name not in self._exact:
            read = [
                {row[name]: row for row in self._rows([name], one)}
                for one in (self._before, self._now)
            ]
            found = {
                value: Sums(
                    *self._fractions(read[0].get(value)), *self._fractions(read[1].get(value))
                )
                for value in dict.fromkeys([*read[0], *read[1]])
            }
            nothing = Sums.of(0, 0, 0, 0)
            self._exact[name] = {value: sums for value, sums in found.items() if sums != nothing}
        return self._exact[name]

    def _counts(self, names: tuple[str, ...]) -> Mapping[tuple[Any, ...], Counts]:
        if names not in self._known:
            if self._style == "days":
                self._known[names] = self._by_day(names)
            elif len(names) == 1:
                self._known[names] = {
                    (value,): Counts(float(s.n0), float(s.d0), float(s.n1), float(s.d1))
                    for value, s in self._parts(names[0]).items()
                }
            else:
                self._known[names] = self._joint(names)
        return self._known[names]

    def _joint(self, names: tuple[str, ...]) -> dict[tuple[Any, ...], Counts]:
        found: dict[tuple[Any, ...], list[float]] = {}
        for place, one in ((0, self._before), (2, self._now)):
            for row in self._rows(names, one):
                key = tuple(row[name] for name in names)
                n, d = self._fractions(row)
                found.setdefault(key, [0.0] * 4)[place : place + 2] = [float(n), float(d)]
        return {key: Counts(n0, d0, n1, d1) for key, (n0, d0, n1, d1) in found.items()}

    def _by_day(self, names: tuple[str, ...]) -> dict[tuple[Any, ...], Counts]:
        spans = (self._before, self._now)
        found: dict[tuple[Any, ...], tuple[np.ndarray, np.ndarray]] = {}
        for place, one in enumerate(spans):
            for row in self._rows([*names, "day"], one):
                key = tuple(row[name] for name in names)
                empty = (np.zeros((spans[0].days, 2)), np.zeros((spans[1].days, 2)))
                n, d = self._fractions(row)
                found.setdefault(key, empty)[place][(row["day"] - one.first).days] = n, d
        return {
            key: Counts(
                float(days[0][:, 0].sum()),
                float(days[0][:, 1].sum()),
                float(days[1][:, 0].sum()),
                float(days[1][:, 1].sum()),
                days,
            )
            for key, days in found.items()
        }

    def _command(self, cause: Cause) -> str:
        narrowed = {**self._where, **dict(cause.where)}
        days = (self._now.first, self._now.last)
        return registry.rows_command(self._asked.name, *days, narrowed)

    def _company(self) -> tuple[Company, ...]:
        shop = self._where.get("shop_id")
        told = []
        for event in calendar_events.read(self._con):
            if event.kind == calendar_events.MAKE_UP or (
                shop and event.shops and shop not in event.shops
            ):
                continue
            in_now, in_before = (
                event.first_on <= one.last and one.first <= event.last_on
                for one in (self._now, self._before)
            )
            if in_now or in_before:
                days = (event.first_on, event.last_on)
                told.append(Company(event.title, event.kind, *days, event.shops, in_now, in_before))
        return tuple(told)


def _with(found: Why, **more: Any) -> Why:
    return Why(**{**found.__dict__, **more})


def _is_several(name: str, value: object) -> bool:
    if isinstance(value, str):
        return name.endswith(registry.NUMBERED) and "," in value
    return isinstance(value, list | tuple)
