"""One week's review as data: measures judged, groups read, quality counted; still without words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from aftersales import rules, variants
from aftersales.errors import ConfigError
from aftersales.metrics import Metric
from aftersales.reporting import sources
from aftersales.reporting.evidence import Evidence
from aftersales.reporting.period import WEEK, Period, choose
from aftersales.reporting.readings import (
    Group,
    Measure,
    Reading,
    Subject,
    data_days,
    groups,
    judged,
    measure,
    pooled,
    subject,
)
from aftersales.reporting.spec import ChartSpec, Report, Shown, TableSpec
from aftersales.reporting.statistics import funnel_limits
from aftersales.rules import Rule
from aftersales.settings import Settings
from aftersales.variants import Variant
from aftersales.warehouse.connection import Connection, rows

# Whose days say how far the exports reach.
CLOCKS = ("orders", "cases", "first_response_within_3min")


@dataclass(frozen=True)
class RunInfo:
    """What the page says of the run it was made from.

    Attributes:
        as_of: the instant reports speak of, naive UTC.
        as_of_on: the last local day that is over at ``as_of``.
    """

    run_id: str
    as_of: datetime
    as_of_on: date
    files: int
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    rows_corrected: int = 0
    rows_gone: int = 0


@dataclass(frozen=True)
class GateFinding:
    """What the quality gate said of one check."""

    check: str
    kind: str
    level: str
    passed: bool
    failed: int
    of: int | None
    what: str
    table: str = ""
    column: str | None = None

    @classmethod
    def of_any(cls, found: Any) -> GateFinding:
        """From a finding object, or from its JSON as published."""
        told = found if isinstance(found, Mapping) else vars(found)
        return cls(**{name: told[name] for name in cls.__dataclass_fields__ if name in told})


@dataclass(frozen=True)
class Outlier:
    """A group outside the 99.8 % limits of its funnel."""

    name: str
    value: float
    n: float
    is_high: bool
    surplus: float


@dataclass(frozen=True)
class Category:
    """A category of complaints.

    Attributes:
        top: the group it is of, and what that is called, by language.
        action: what to do about it, by language.
    """

    leaf: str
    top: str
    owner: str
    title: Mapping[str, str]
    top_title: Mapping[str, str]
    action: Mapping[str, str]


@dataclass(frozen=True)
class ChartData:
    """A chart's rows.

    Attributes:
        days: what the groups cover; None where the metric speaks of now.
        common: the share of all groups together, in a funnel and by hour.
        extra: further readings by group: name of the metric to groups.
    """

    spec: ChartSpec
    measures: tuple[Measure, ...]
    groups: tuple[Group, ...] = ()
    days: tuple[date, date] | None = None
    common: float | None = None
    hidden: int = 0
    outliers: tuple[Outlier, ...] = ()
    extra: Mapping[str, Mapping[Any, Group]] = field(default_factory=dict)

    @property
    def is_absent(self) -> bool:
        """Nothing it could show ever came in."""
        return all(measure.is_absent for measure in self.measures) and not self.groups


@dataclass(frozen=True)
class TableData:
    """What a table is made of.

    Attributes:
        days: what it covers where its rows have a period.
        columns: its metrics, each with its groups by the table's splits; one group without any.
        rows: what its source gave.
        whole: its metrics of everything together.
        given: what there is to speak of.
    """

    spec: TableSpec
    days: tuple[date, date]
    columns: tuple[tuple[Subject, Mapping[tuple[Any, ...], Group]], ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    whole: tuple[Reading, ...] = ()
    given: Reading | None = None

    @property
    def is_absent(self) -> bool:
        """Nothing it could show ever came in."""
        if self.given:
            return not self.given.n
        if self.spec.source:
            return not self.rows
        return not any(group.reading.n for _, found in self.columns for group in found.values())


@dataclass(frozen=True)
class Review:
    """All a page needs.

    Attributes:
        data_until: the last local day the exports reach.
        tables: in the report's order.
        definitions: every metric the page speaks of.
        notes: rows of each note's source.
        variants: platforms' definitions by name.
        rules: control rules by number.
        categories: categories of complaints by leaf.
        evidence: finds the words that tell a category in a quote.
        unknown_words: delivered words nobody has a term for, with how many rows hold them.
        newest_exports: by format, when its newest file was exported, naive UTC.
        links: conversations of the period by how their order is known.
        waiting_days: a chat left for longer is not waited for any more.
        zone: whose days and hours are spoken of.
    """

    report: Report
    period: Period
    run: RunInfo
    data_until: date
    measures: Mapping[str, Measure]
    charts: tuple[ChartData, ...]
    tables: tuple[TableData, ...]
    definitions: tuple[Metric, ...]
    notes: Mapping[str, tuple[Mapping[str, Any], ...]]
    variants: Mapping[str, Variant]
    rules: Mapping[str, Rule]
    categories: Mapping[str, Category]
    evidence: Evidence
    findings: tuple[GateFinding, ...]
    unknown_words: tuple[tuple[str, str, str, int], ...]
    newest_exports: tuple[tuple[str, int, datetime | None], ...]
    links: Mapping[str, int]
    titles: Mapping[str, str]
    waiting_days: int
    zone: str
    is_demo: bool


def collect(
    con: Connection,
    settings: Settings,
    metrics: Mapping[str, Metric],
    findings: Sequence[Any],
    report: Report,
    *,
    period: str | None,
    run: RunInfo,
) -> Review:
    """Read everything one page shows.

    Raises:
        ConfigError: the report names a metric nobody defined, or there are no data to speak of.
    """
    _check(report, metrics)
    first, until = _reach(con, metrics, run)
    spans = {"baseline_weeks": report.baseline_weeks, "history_weeks": report.history_weeks}
    week = choose(period, first, until, **spans)
    measures = {
        shown.key: measure(
            con,
            subject(metrics, shown),
            week,
            target=settings.targets.get(shown.metric),
            minimum_n=report.minimum_n,
        )
        for shown in report.measured
    }
    measures = judged(measures, report.judged, report.smallest_change, lagged=report.lagged)
    charts = [_chart(con, spec, report, week, measures, metrics) for spec in report.charts]
    tables = [_table(con, spec, week, metrics) for spec in report.tables]
    return Review(
        report=report,
        period=week,
        run=run,
        data_until=until,
        measures=measures,
        charts=tuple(chart for chart in charts if not (chart.spec.optional and chart.is_absent)),
        tables=tuple(table for table in tables if not (table.spec.optional and table.is_absent)),
        definitions=tuple(metrics[name] for name in report.metrics),
        notes={
            note.id: sources.read(con, note.source, (week.monday, week.sunday))
            for note in report.notes
        },
        variants=variants.load(settings.sql_layers),
        rules=rules.load(settings.sql_layers),
        categories=_categories(con),
        evidence=Evidence(settings.sql_layers),
        findings=tuple(GateFinding.of_any(found) for found in findings),
        unknown_words=_unknown_words(con),
        newest_exports=_newest_exports(con),
        links=_links(con, metrics["conversations"], week),
        titles=dict(rows(con, "select sku, title from dim_product")),
        waiting_days=settings.waiting_days,
        zone=settings.reporting_zone,
        is_demo=settings.is_demo,
    )


def _links(con: Connection, conversations: Metric, week: Period) -> dict[str, int]:
    told = Subject(conversations.name, conversations, {})
    found = groups(con, told, ("link",), (week.monday, week.sunday))
    return {str(group.key[0]): int(group.reading.value or 0) for group in found}


def _reach(con: Connection, metrics: Mapping[str, Metric], run: RunInfo) -> tuple[date, date]:
    """First and last local day that is over and has data."""
    days = data_days(con, metrics, CLOCKS)
    if days is None or days[0] > run.as_of_on:
        raise ConfigError(
            "there is nothing to report on: no order, case or conversation",
            fix="load exports first",
        )
    return days[0], min(days[1], run.as_of_on)


def _check(report: Report, metrics: Mapping[str, Metric]) -> None:
    missing = [name for name in report.metrics if name not in metrics]
    if missing:
        raise ConfigError(
            f"the report '{report.report}' shows '{missing[0]}', which is no metric",
            fix=f"use one of: {', '.join(metrics)}",
        )


def _chart(
    con: Connection,
    spec: ChartSpec,
    report: Report,
    week: Period,
    measures: Mapping[str, Measure],
    metrics: Mapping[str, Metric],
) -> ChartData:
    shown = tuple(measures[told.key] for told in spec.metrics)
    if spec.kind == "trend":
        return ChartData(spec, _largest(shown, spec.largest))
    if spec.kind in ("weekly", "panels"):
        return ChartData(spec, shown)
    days = _days(spec.weeks, week)
    by = ("started_weekday", "started_hour") if spec.kind == "hours" else (spec.by or "",)
    first, *others = (subject(metrics, told) for told in spec.metrics)
    metric = first.metric
    found = [g for g in groups(con, first, by, days) if None not in g.key]
    extra = {told.key: {g.key: g for g in groups(con, told, by, days)} for told in others}
    reach = days if metric.period else None
    if spec.kind == "pareto":
        found = [g for g in groups(con, first, by, days) if g.reading.value]
        found.sort(key=lambda g: (-(g.reading.value or 0), str(g.key)))
    if spec.kind == "bars":
        found = [g for g in found if g.reading.value]
    enough = [
        g
        for g in found
        if spec.kind in ("pareto", "bars") or (g.reading.n or 0) >= _least(spec, report)
    ]
    enough = [g for g in enough if g.reading.value is not None]
    common = _common(enough) if spec.kind in ("funnel", "hours") else None
    outside = _outliers(enough, common) if common and spec.kind == "funnel" else ()
    return ChartData(
        spec, shown, tuple(enough), reach, common, len(found) - len(enough), outside, extra
    )


def _largest(shown: Sequence[Measure], most: int) -> tuple[Measure, ...]:
    """Those with most in the week and those before it, the largest first; none without any."""
    size = {m.subject.key: (m.now.value or 0) + (m.before.value or 0) for m in shown}
    found = sorted(shown, key=lambda m: (-size[m.subject.key], m.subject.key))
    return tuple(m for m in found[:most] if size[m.subject.key]) or tuple(found[:1])


def _days(weeks: int, week: Period) -> tuple[date, date]:
    """First and last day of so many weeks up to the one reviewed, as far back as data go."""
    first = max(week.monday - (weeks - 1) * WEEK, week.history_from)
    return min(first, week.monday), week.sunday


def _table(
    con: Connection, spec: TableSpec, week: Period, metrics: Mapping[str, Metric]
) -> TableData:
    days = _days(spec.weeks, week)

    def column(shown: Shown) -> tuple[Subject, Mapping[tuple[Any, ...], Group]]:
        told = subject(metrics, shown)
        return told, {group.key: group for group in groups(con, told, shown.by or spec.by, days)}

    return TableData(
        spec,
        days,
        tuple(column(shown) for shown in spec.metrics),
        sources.read(con, spec.source, days) if spec.source else (),
        tuple(pooled(con, subject(metrics, shown), days) for shown in spec.whole),
        pooled(con, subject(metrics, spec.given), days) if spec.given else None,
    )


def _least(spec: ChartSpec, report: Report) -> int:
    """A cell of the hour chart may be thinner: it is one of 168 and never named without its n."""
    return 5 if spec.kind == "hours" else report.minimum_n


def _common(found: Sequence[Group]) -> float | None:
    n = sum(g.reading.n or 0 for g in found)
    return sum(g.reading.numerator or 0 for g in found) / n if n else None


def _outliers(found: Sequence[Group], common: float) -> tuple[Outlier, ...]:
    outside = []
    for group in found:
        value, n = group.reading.value or 0.0, group.reading.n or 0.0
        low, high = funnel_limits(common, int(n), 0.998)
        if value > high or value < low:
            outside.append(Outlier(str(group.key[0]), value, n, value > high, (value - common) * n))
    return tuple(sorted(outside, key=lambda o: (not o.is_high, -abs(o.surplus))))


def _categories(con: Connection) -> dict[str, Category]:
    found = rows(
        con,
        "select leaf, top, owner, title_zh, title_en, top_zh, top_en, action_zh, action_en"
        " from ref_leaf",
    )
    return {
        leaf: Category(
            leaf,
            top,
            owner,
            {"zh": title_zh, "en": title_en},
            {"zh": top_zh, "en": top_en},
            {"zh": action_zh, "en": action_en},
        )
        for leaf, top, owner, title_zh, title_en, top_zh, top_en, action_zh, action_en in found
    }


def _unknown_words(con: Connection) -> tuple[tuple[str, str, str, int], ...]:
    """Format, column, word and rows, most rows first."""
    found = rows(
        con,
        "select format, column_name, word, row_count from ref_word where term is null"
        " order by row_count desc, word",
    )
    return tuple((str(f), str(c), str(w), int(n)) for f, c, w, n in found)


def _newest_exports(con: Connection) -> tuple[tuple[str, int, datetime | None], ...]:
    """Format, how many files of it, and when the newest was exported."""
    found = rows(
        con,
        "select format, count(*), max(exported_at) from ref_file group by format order by format",
    )
    return tuple((str(f), int(n), at) for f, n, at in found)
