"""One week's review as data: measures judged, groups read, quality counted; still without words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from aftersales import metrics as registry
from aftersales import rules, variants
from aftersales.calendars import events
from aftersales.calendars.events import Event
from aftersales.errors import ConfigError
from aftersales.judgement import why, windows
from aftersales.judgement.control import LEAST
from aftersales.judgement.estimates import adjusted
from aftersales.judgement.funnel import Counted, Funnel, Row, shares, standardised
from aftersales.judgement.movers import Moved, moved
from aftersales.judgement.windows import Window
from aftersales.metrics import Metric
from aftersales.reporting import sources
from aftersales.reporting.evidence import Evidence
from aftersales.reporting.period import DAY, WEEK, Period, choose
from aftersales.reporting.readings import (
    CLOCKS,
    FAMILIES,
    SIGNIFICANT,
    Group,
    Measure,
    Reading,
    Subject,
    data_days,
    groups,
    judged,
    measure,
    pooled,
    reading,
    subject,
)
from aftersales.reporting.spec import ChartSpec, Report, Shown, TableSpec
from aftersales.rules import Rule
from aftersales.settings import Settings, Target
from aftersales.variants import Variant
from aftersales.warehouse.connection import Connection, rows

MOVING = 26  # weeks a group's own past reaches back


@dataclass(frozen=True)
class RunInfo:
    """What the page says of the run it was made from.

    Attributes:
        as_of: the instant reports speak of, naive UTC.
        as_of_on: the last local day that is over at ``as_of``.
        restated: what it says of the numbers published before; None where it says nothing.
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
    restated: Mapping[str, Any] | None = None


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
    """A group of a funnel that differs by more than chance and the usual scatter.

    Attributes:
        expected: what the value would be if the group were like all others.
        is_bad: on the worse side, by the metric.
        surplus: how many more than expected; fewer where it is negative.
        p_value: allowing for how many groups there are.
        raw_p_value: of the group alone.
        is_sure: also among all the first screen may speak of.
    """

    name: str
    value: float
    n: float
    expected: float
    is_high: bool
    is_bad: bool
    surplus: float
    p_value: float
    raw_p_value: float
    is_sure: bool = True


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
        funnel: its groups against its limits; None where all groups have none, or all.
        movers: its groups against their own past; the sure ones alone once all is judged.
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
    funnel: Funnel | None = None
    movers: tuple[Moved, ...] = ()

    @property
    def is_absent(self) -> bool:
        """Nothing it could show ever came in, or too few groups to hold against one another."""
        if self.spec.kind == "funnel" and len(self.groups) < self.spec.fewest:
            return True
        return all(measure.is_absent for measure in self.measures) and not self.groups

    @property
    def raw_p_values(self) -> tuple[float, ...]:
        """Of every group of a funnel that could be named, for its place and for its move."""
        groups = self.funnel.groups if self.funnel else ()
        own = tuple(group.p_value for group in groups if group.adjusted is not None)
        return (*own, *(one.p_value for one in self.movers))


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
        if self.spec.source or self.spec.kind in ("windows", "restated"):
            return not self.rows
        return not any(group.reading.n for _, found in self.columns for group in found.values())


@dataclass(frozen=True)
class Contrast:
    """A subject over some days as they were, and without those that are not like others.

    Attributes:
        is_week: of the week reviewed; else of the weeks before it.
        windows: the days left out, cut to ``days``.
        within: the days left out alone.
    """

    subject: Subject
    days: tuple[date, date]
    is_week: bool
    windows: tuple[Window, ...]
    whole: Reading
    without: Reading
    within: Reading


@dataclass(frozen=True)
class Review:
    """All a page needs.

    Attributes:
        data_until: the last local day the exports reach.
        tables: in the report's order.
        events: what happened in the weeks shown, and runs of holidays.
        contrasts: judged measures with and without festival days, where there were any.
        shops: what each shop is called.
        aims: by measure, what was aimed for in each of the weeks shown.
        targets: by metric, all that was ever aimed for.
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
    events: tuple[Event, ...]
    contrasts: tuple[Contrast, ...]
    shops: Mapping[str, str]
    aims: Mapping[str, tuple[Target | None, ...]]
    targets: Mapping[str, tuple[Target, ...]]
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
    spans = {
        "baseline_weeks": report.baseline_weeks,
        "history_weeks": report.history_weeks,
        "judged_weeks": report.judged_weeks,
    }
    week = choose(period, first, until, **spans)
    aims = {shown.key: _aims(settings, shown, week) for shown in report.measured}
    happened = events.read(con)
    aside = _aside(happened, week)
    shops: dict[str, str] = dict(rows(con, "select shop_id, title from dim_shop"))
    measures = {
        shown.key: measure(
            con,
            subject(metrics, shown),
            week,
            target=_value(aims[shown.key][-1]),
            minimum_n=report.minimum_n,
            aside=aside,
            is_judged=shown.key in report.judged,
        )
        for shown in report.measured
    }
    charts = [_chart(con, spec, report, week, measures, metrics) for spec in report.charts]
    measures = judged(measures, report.judged, report.smallest_change, lagged=report.lagged)
    sold = metrics.get(why.EXPOSURE)
    measures = {
        name: replace(one, why=_why(con, one, week, sold)) if one.is_notable else one
        for name, one in measures.items()
    }
    sure = _sure([p_value for chart in charts for p_value in chart.raw_p_values])
    charts = [
        replace(
            chart,
            measures=tuple(measures[one.subject.key] for one in chart.measures),
            outliers=tuple(replace(o, is_sure=o.raw_p_value <= sure) for o in chart.outliers),
            movers=tuple(one for one in chart.movers if one.p_value <= sure),
        )
        for chart in charts
    ]
    contrasts = _contrasts(con, report, week, metrics, happened)
    tables = [
        _improvements(con, settings, spec, week, metrics, run)
        if spec.kind == "improvements"
        else _table(con, spec, week, metrics, contrasts, run)
        for spec in report.tables
    ]
    return Review(
        report=report,
        period=week,
        run=run,
        data_until=until,
        measures=measures,
        charts=tuple(chart for chart in charts if not (chart.spec.optional and chart.is_absent)),
        tables=tuple(table for table in tables if not (table.spec.optional and table.is_absent)),
        events=tuple(
            event
            for event in happened
            if event.first_on <= week.sunday
            and event.last_on >= week.history_from
            and (not event.shops or not shops.keys().isdisjoint(event.shops))
        ),
        contrasts=contrasts,
        shops=shops,
        aims=aims,
        targets={name: tuple(settings.targets_of(name)) for name in report.metrics},
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


def _aside(happened: Sequence[Event], week: Period) -> set[date]:
    """Mondays of the weeks something is known to have happened in.

    What lasts longest is taken as usual before too few weeks are left to tell what usual is.
    """
    past = week.judged_weeks[:-1]
    found: set[date] = set()
    told = [event for event in happened if event.kind != events.MAKE_UP]
    for event in sorted(told, key=lambda event: event.last_on - event.first_on):
        touched = {
            monday
            for monday in past
            if event.first_on <= monday + 6 * DAY and event.last_on >= monday
        }
        if len(past) - len(found | touched) >= LEAST:
            found |= touched
    return found


def _why(con: Connection, changed: Measure, week: Period, sold: Metric | None) -> why.Why | None:
    """Where a change comes from: since it began, against the weeks before that."""
    since = changed.since or week.monday
    used = [one.on for one in (changed.chart.weeks if changed.chart else ()) if one.is_used]
    first = min([*used, *(week.baseline or ())[:1]], default=since)
    if first >= since:
        return None
    period, against = f"{since}..{week.sunday}", f"{first}..{since - DAY}"
    told = changed.subject
    return why.ask(con, told.metric, period, against, told.where, exposure=sold)


def _movers(
    con: Connection, spec: ChartSpec, told: Subject, report: Report, week: Period
) -> tuple[Moved, ...]:
    """The groups of a funnel against their own past, the surest first."""
    weeks = week.judged_weeks[-MOVING:]
    by_group: dict[str, dict[date, tuple[float, float]]] = {}
    for group in groups(con, told, (spec.by or "", "week"), (weeks[0], week.sunday)):
        name, monday = group.key
        if name is not None:
            parts = (group.reading.numerator or 0.0, group.reading.n or 0.0)
            by_group.setdefault(str(name), {})[monday] = parts
    if len(by_group) < 2:
        return ()
    lined_up = {
        name: [found.get(monday, (0.0, 0.0)) for monday in weeks]
        for name, found in by_group.items()
    }
    found = moved(lined_up, weeks, minimum_n=report.minimum_n)
    return tuple(sorted(found, key=lambda one: (one.p_value, one.name)))


def _sure(p_values: Sequence[float]) -> float:
    """The largest p-value that is significant among all groups of all funnels."""
    both = zip(p_values, adjusted(p_values), strict=True)
    return max((raw for raw, allowed in both if FAMILIES * allowed < SIGNIFICANT), default=-1.0)


def _aims(settings: Settings, shown: Shown, week: Period) -> tuple[Target | None, ...]:
    shop = shown.where.get("shop_id")
    return tuple(settings.target(shown.metric, monday, shop) for monday in week.weeks)


def _value(target: Target | None) -> float | None:
    return target.value if target else None


def _contrasts(
    con: Connection,
    report: Report,
    week: Period,
    metrics: Mapping[str, Metric],
    happened: Sequence[Event],
) -> tuple[Contrast, ...]:
    """The judged measures over the week and the weeks before it, where festivals touch them.

    Not the lagged ones: what a promotion sells comes back in the days after it, which stay in.
    """
    foreseen = [window for event in happened if (window := event.window)]
    told = [subject(metrics, shown) for shown in report.judging if shown.key not in report.lagged]
    parts = [(True, (week.monday, week.sunday))]
    parts += [(False, week.baseline)] if week.baseline else []
    found = []
    for is_week, days in parts:
        touched = windows.touching(foreseen, days)
        for one in told if touched else ():
            if one.metric.period is not None:
                found.append(_contrast(con, one, days, is_week, touched))
    return tuple(found)


def _contrast(
    con: Connection,
    told: Subject,
    days: tuple[date, date],
    is_week: bool,
    touched: Sequence[Window],
) -> Contrast:
    spans = windows.spans(touched)

    def over(without: Sequence[tuple[date, date]]) -> Reading:
        since, until = days
        (row,) = registry.query(
            con, told.metric, since=since, until=until, where=told.where, without=without
        )
        return reading(row, told.metric)

    others = windows.rest(spans, days)
    return Contrast(told, days, is_week, tuple(touched), over(()), over(spans), over(others))


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
    drawn = _funnel(con, spec, first, enough, days, report) if spec.kind == "funnel" else None
    outside = _outliers(drawn, metric) if drawn else ()
    movers = _movers(con, spec, first, report, week) if spec.moves else ()
    hidden = len(found) - len(enough)
    return ChartData(
        spec, shown, tuple(enough), reach, common, hidden, outside, extra, drawn, movers
    )


def _funnel(
    con: Connection,
    spec: ChartSpec,
    told: Subject,
    found: Sequence[Group],
    days: tuple[date, date],
    report: Report,
) -> Funnel | None:
    """The groups against what each was to have, in its strata where the chart adjusts for some."""
    if not spec.adjust:
        counted = [Counted(str(g.key[0]), *_parts(g)) for g in found]
        return shares(counted, report.minimum_n)
    names = {g.key[0] for g in found}
    cells = groups(con, told, (spec.by or "", *spec.adjust), days)
    rows_of = [
        Row(str(g.key[0]), g.key[1:], *_parts(g))
        for g in cells
        if g.key[0] in names and g.reading.n
    ]
    return shares(standardised(rows_of), report.minimum_n)


def _parts(group: Group) -> tuple[float, float]:
    """Numerator and denominator; what is asked for now may be of sales before."""
    n = group.reading.n or 0.0
    return min(group.reading.numerator or 0.0, n), n


def _largest(shown: Sequence[Measure], most: int) -> tuple[Measure, ...]:
    """Those with most in the week and those before it, the largest first; none without any."""
    size = {m.subject.key: (m.now.value or 0) + (m.before.value or 0) for m in shown}
    found = sorted(shown, key=lambda m: (-size[m.subject.key], m.subject.key))
    return tuple(m for m in found[:most] if size[m.subject.key]) or tuple(found[:1])


def _days(weeks: int, week: Period) -> tuple[date, date]:
    """First and last day of so many weeks up to the one reviewed, as far back as data go."""
    first = max(week.monday - (weeks - 1) * WEEK, week.history_from)
    return min(first, week.monday), week.sunday


def _improvements(
    con: Connection,
    settings: Settings,
    spec: TableSpec,
    week: Period,
    metrics: Mapping[str, Metric],
    run: RunInfo,
) -> TableData:
    from aftersales.judgement import improvements  # reads by way of this package

    found = improvements.listed(con, settings, metrics, until=week.sunday, today=run.as_of_on)
    days = _days(spec.weeks, week)
    return TableData(spec, days, rows=tuple({"improvement": one} for one in found))


def _table(
    con: Connection,
    spec: TableSpec,
    week: Period,
    metrics: Mapping[str, Metric],
    contrasts: Sequence[Contrast],
    run: RunInfo,
) -> TableData:
    days = _days(spec.weeks, week)
    if spec.kind == "restated":
        return TableData(spec, days, rows=(run.restated,) if run.restated else ())
    if spec.kind == "windows":
        return TableData(spec, days, rows=tuple({"contrast": found} for found in contrasts))

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


def _outliers(drawn: Funnel, metric: Metric) -> tuple[Outlier, ...]:
    """The groups named, the bad ones first, of these the one that costs most."""
    found = [
        Outlier(
            name=group.name,
            value=group.own,
            n=group.n,
            expected=group.expected,
            is_high=group.is_high,
            is_bad=group.is_high == (metric.good == "lower"),
            surplus=group.surplus or 0.0,
            p_value=group.adjusted or 0.0,
            raw_p_value=group.p_value,
        )
        for group in drawn.groups
        if group.is_named
    ]
    return tuple(sorted(found, key=lambda o: (not o.is_bad, -abs(o.surplus))))


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
