"""A chart's rows as a figure, and as the table that stands under it and in its CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import plotly.graph_objects as go
from markupsafe import Markup

from aftersales.calendars.events import MAKE_UP, Event
from aftersales.judgement.funnel import share_limits
from aftersales.reporting import figures
from aftersales.reporting.figures import Band, Canvas, Line, Point
from aftersales.reporting.headlines import group_name, in_order, product, short
from aftersales.reporting.locale import MINUS
from aftersales.reporting.readings import Measure
from aftersales.reporting.review import ChartData, Review
from aftersales.reporting.spec import Wording, word

OVER_TIME = ("weekly", "panels", "trend")
LONGEST = 10  # bars drawn; the rest is one bar, and whole in the table
OUTSIDE_NAMED = 5


@dataclass(frozen=True)
class Amount:
    """A number whose unit is its row's, not its column's; ``is_change``: told with its sign."""

    value: float
    unit: str
    is_change: bool = False


@dataclass(frozen=True)
class Bar:
    """A number with a bar behind it; ``share``: its length, 0 to 1 of the longest."""

    value: float
    share: float


@dataclass(frozen=True)
class Span:
    """The two ends of an interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Quote:
    """What somebody wrote, never to be read as anything but text; ``span``: the words that tell."""

    text: str
    span: tuple[int, int] | None = None


Quotes = tuple[Quote, ...]
Cell = str | float | date | datetime | Amount | Bar | Span | Quotes | None


@dataclass(frozen=True)
class Table:
    """Rows for people and for files.

    Attributes:
        columns: heading and unit (text, prose, week, time, count, share, seconds, amount, score).
        rows: raw values: seconds as seconds, shares as 0 to 1, times in the reporting zone.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]

    def shown(self, wording: Wording) -> list[list[str]]:
        """The rows as a reader of the page's language writes them."""
        return [
            [_shown(cell, unit, wording) for cell, (_, unit) in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


def _shown(cell: Cell, unit: str, wording: Wording) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, datetime):
        return f"{wording.locale.day(cell.date())} {cell:%H:%M}"
    if isinstance(cell, date):
        return wording.locale.full_day(cell)
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Amount):
        return _amount(cell, wording)
    if isinstance(cell, Bar):
        value = wording.locale.value(cell.value, unit)
        return Markup('<span class="bar" style="--of: {:.3f}">{}</span>').format(cell.share, value)
    if isinstance(cell, Span):
        return "–".join(wording.locale.value(end, "share") for end in (cell.low, cell.high))
    if isinstance(cell, tuple):
        return Markup("").join(_quoted(quote) for quote in cell)
    return wording.locale.value(cell, unit)


def _quoted(quote: Quote) -> Markup:
    begin, end = quote.span or (0, 0)
    parts = (quote.text[:begin], quote.text[begin:end], quote.text[end:])
    shape = "<q>{}<mark>{}</mark>{}</q>" if begin < end else "<q>{}{}{}</q>"
    return Markup(shape).format(*parts)  # noqa: S704 - format escapes what it is given


def _amount(cell: Amount, wording: Wording) -> str:
    if not cell.is_change:
        return wording.locale.value(cell.value, cell.unit)
    told = wording.locale.difference(cell.value, cell.unit)
    unsigned = wording.locale.difference(0.0, cell.unit)
    return told if told == unsigned else f"{'+' if cell.value > 0 else MINUS}{told}"


def figure(chart: ChartData, review: Review, wording: Wording, width: int) -> go.Figure | None:
    """The chart at a width; None where there is nothing to draw."""
    canvas = Canvas(wording.locale, wording.part("words"), width)
    if chart.spec.kind in OVER_TIME:
        canvas = replace(canvas, bands=bands(review, wording, is_narrow=canvas.is_narrow))
    draw: Mapping[str, Callable[[ChartData, Review, Wording, Canvas], go.Figure | None]] = {
        "weekly": _weekly,
        "panels": _panels,
        "trend": _panels,
        "hours": _hours,
        "funnel": _funnel,
        "bars": _bars,
        "pareto": _bars,
    }
    return draw[chart.spec.kind](chart, review, wording, canvas)


def line(
    measure: Measure,
    chart: ChartData,
    review: Review,
    wording: Wording,
    *,
    is_main: bool,
    banded: bool,
) -> Line:
    """A measure as a line of a chart's figure."""
    expected: list[tuple[date, float, float]] = []
    common = measure.before.value
    shown = {week for week, _ in measure.weeks}
    if is_main and measure.chart:
        expected = [
            (week.on, week.low, week.high)
            for week in measure.chart.weeks
            if week.on in shown and week.low is not None and week.high is not None
        ]
    elif banded and common and measure.metric.kind == "share":
        expected = [
            (week, *share_limits(common, int(found.n), 0.95))
            for week, found in measure.weeks
            if found.n and found.value is not None
        ]
    return Line(
        label=short(measure, wording, chart.spec.id),
        weeks=[(week, Point(found.value, found.n)) for week, found in measure.weeks],
        is_main=is_main,
        is_notable=measure.is_notable,
        target=measure.target,
        targets=[
            (week, aim.value if aim else None)
            for (week, _), aim in zip(
                measure.weeks, review.aims.get(measure.subject.key, ()), strict=False
            )
        ],
        expected=expected,
        signals=[
            week.on
            for week in (measure.chart.weeks if is_main and measure.chart else ())
            if week.on in shown and week.rules
        ],
        unfinished=max(measure.unripe, int(review.period.is_provisional)),
    )


def _weekly(chart: ChartData, review: Review, wording: Wording, canvas: Canvas) -> go.Figure | None:
    lines = [
        line(m, chart, review, wording, is_main=index == 0, banded=len(chart.measures) == 1)
        for index, m in enumerate(chart.measures)
        if any(found.value is not None for _, found in m.weeks)
    ]
    return figures.weekly(lines, chart.measures[0].metric.unit, canvas) if lines else None


def _panels(chart: ChartData, review: Review, wording: Wording, canvas: Canvas) -> go.Figure | None:
    lines = [
        line(m, chart, review, wording, is_main=True, banded=True)
        for m in chart.measures
        if any(found.value is not None for _, found in m.weeks)
    ]
    return figures.panels(lines, chart.measures[0].metric.unit, canvas) if lines else None


def _hours(chart: ChartData, review: Review, wording: Wording, canvas: Canvas) -> go.Figure | None:
    cells = {
        (int(g.key[0]), int(g.key[1])): Point(g.reading.value, g.reading.n) for g in chart.groups
    }
    if not cells or chart.common is None:
        return None
    classes = {
        (int(g.key[0]), int(g.key[1])): figures.hour_class(
            g.reading.value or 0.0, g.reading.low or 0.0, g.reading.high or 1.0, chart.common
        )
        for g in chart.groups
    }
    return figures.hours(cells, classes, chart.measures[0].metric.unit, canvas)


def _funnel(chart: ChartData, review: Review, wording: Wording, canvas: Canvas) -> go.Figure | None:
    if not chart.funnel:
        return None

    def name(key: str) -> str:
        if chart.spec.by != "sku":
            return group_name(key, chart, wording)
        return key if canvas.is_narrow else product(key, review)

    points = {name(group.name): Point(group.value, group.n) for group in chart.funnel.groups}
    named = [name(o.name) for o in chart.outliers if o.is_bad][:OUTSIDE_NAMED]
    own = f"chart.{chart.spec.id}.axis"
    axis = wording.text(own if wording.has(own) else "words.axis_orders")
    return figures.funnel(points, chart.funnel, named, canvas, axis)


def _bars(chart: ChartData, review: Review, wording: Wording, canvas: Canvas) -> go.Figure | None:
    rows = bar_rows(chart, wording)
    return figures.bars(rows, canvas) if rows else None


def bar_rows(chart: ChartData, wording: Wording) -> list[tuple[str, float, str]]:
    """Label, length and text of each bar; behind the longest, the rest in one."""
    named = [(group_name(g.key[0], chart, wording), g) for g in in_order(chart, wording)]
    values = [(name, g.reading.value or 0.0, g.key) for name, g in named]
    total = sum(value for _, value, _ in values)
    shown = [(name, value, key) for name, value, key in values[:LONGEST]]
    rest = sum(value for _, value, _ in values[LONGEST:])
    if rest:
        shown.append((wording.text("words.other"), rest, ()))
    found = []
    reached = 0.0
    for name, value, key in shown:
        reached += value
        text = wording.locale.number(value)
        if chart.spec.kind == "pareto":
            text = f"{text} · {wording.locale.share(reached / total)}"
        for other in chart.extra.values():
            if key in other:
                text += f" · {wording.locale.value(other[key].reading.value, 'seconds')}"
        found.append((name, value, text))
    return found


def table(chart: ChartData, review: Review, wording: Wording) -> Table:
    """The rows behind a chart, all of them."""
    if chart.spec.kind in ("weekly", "panels", "trend"):
        return _weekly_table(chart, review, wording)
    if chart.spec.kind == "hours":
        return _hours_table(chart, wording)
    if chart.spec.kind == "funnel":
        return _funnel_table(chart, review, wording)
    return _bars_table(chart, wording)


def file_table(chart: ChartData, review: Review, wording: Wording) -> Table:
    """The rows of a chart's CSV: those of its table, in the long form where the table lies."""
    if chart.spec.kind == "hours":
        return _hours_file(chart, wording)
    return table(chart, review, wording)


def bands(review: Review, wording: Wording, *, is_narrow: bool) -> list[Band]:
    """What happened, for a figure; on a phone by its number in the list below."""
    shown = [event for event in review.events if event.kind != MAKE_UP]
    ticks = [event for event in review.events if event.kind == MAKE_UP and not is_narrow]
    found = [
        Band(
            label=str(number) if is_narrow else event_name(event, review, wording),
            hover=_event_text(event, review, wording),
            first_on=event.first_on,
            last_on=event.last_on,
            colour="holiday" if event.kind in ("holiday", "exempt") else "event",
            rank=0 if event.kind == "promotion" else 1 if event.window else 2,
        )
        for number, event in enumerate(shown, 1)
    ]
    return found + [
        Band(
            "",
            _event_text(event, review, wording),
            event.first_on,
            event.last_on,
            is_tick=True,
        )
        for event in ticks
    ]


def event_name(event: Event, review: Review, wording: Wording) -> str:
    """What an event is called; with its shops where the page speaks of others too."""
    if not event.shops or set(event.shops) >= set(review.shops):
        return event.title
    shops = wording.locale.listed([review.shops.get(shop, shop) for shop in event.shops])
    return wording.text("event.of_shop", title=event.title, shops=shops)


def _event_text(event: Event, review: Review, wording: Wording) -> str:
    return wording.text(
        "event.told",
        name=event_name(event, review, wording),
        kind=word("event_kind", event.kind, wording),
        days=_event_days(event, wording),
    )


def _event_days(event: Event, wording: Wording) -> str:
    if event.first_on == event.last_on:
        return wording.locale.day(event.first_on)
    return wording.locale.days(event.first_on, event.last_on)


def events_listed(chart: ChartData, review: Review, wording: Wording) -> list[str]:
    """The events of a chart over time, numbered as its marks are."""
    if chart.spec.kind not in OVER_TIME:
        return []
    shown = [event for event in review.events if event.kind != MAKE_UP]
    return [_event_text(event, review, wording) for event in shown]


def _events_of(week: date, review: Review, wording: Wording) -> str | None:
    sunday = week + timedelta(days=6)
    names = [
        event_name(event, review, wording)
        for event in review.events
        if event.kind != MAKE_UP and event.first_on <= sunday and event.last_on >= week
    ]
    return wording.text("formats.comma").join(dict.fromkeys(names)) or None


def _column(name: str, unit: str, wording: Wording, **slots: object) -> tuple[str, str]:
    return wording.text(f"column.{name}", **slots), unit


def _weekly_table(chart: ChartData, review: Review, wording: Wording) -> Table:
    measures = chart.measures
    columns = [_column("week", "text", wording), _column("from", "week", wording)]
    for measure in measures:
        name = short(measure, wording, chart.spec.id)
        columns += [(name, measure.metric.unit), _column("n", "count", wording)]
    if review.events:
        columns.append(_column("event", "prose", wording))
    weeks = [week for week, _ in measures[0].weeks]
    rows: list[tuple[Cell, ...]] = []
    for index, week in enumerate(weeks):
        cells: list[Cell] = [wording.locale.week(week), week]
        for measure in measures:
            found = measure.weeks[index][1]
            cells += [found.value, found.n]
        if review.events:
            cells.append(_events_of(week, review, wording))
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(reversed(rows)))


def _hours_table(chart: ChartData, wording: Wording) -> Table:
    """As the chart lies: an hour a row, a weekday a column, and how many there were in the hour."""
    unit = chart.measures[0].metric.unit
    found = {(int(g.key[0]), int(g.key[1])): g.reading for g in chart.groups}
    columns = [_column("hour", "text", wording)]
    columns += [(wording.locale.weekday(day), unit) for day in range(1, 8)]
    columns.append(_column("n", "count", wording))
    rows: list[tuple[Cell, ...]] = []
    for hour in sorted({hour for _, hour in found}):
        across = [found.get((day, hour)) for day in range(1, 8)]
        n = sum(one.n or 0 for one in across if one)
        rows.append((f"{hour}:00", *(one.value if one else None for one in across), n))
    return Table(tuple(columns), tuple(rows))


def _hours_file(chart: ChartData, wording: Wording) -> Table:
    """A cell a row, with its own n: what a spreadsheet can pivot."""
    metric = chart.measures[0]
    columns = (
        _column("weekday", "text", wording),
        _column("hour", "count", wording),
        (short(metric, wording), metric.metric.unit),
        _column("n", "count", wording),
    )
    rows = tuple(
        (wording.locale.weekday(int(g.key[0])), float(g.key[1]), g.reading.value, g.reading.n)
        for g in chart.groups
    )
    return Table(columns, rows)


def _funnel_table(chart: ChartData, review: Review, wording: Wording) -> Table:
    metric = chart.measures[0]
    by = chart.spec.by or ""
    is_product, is_adjusted = by == "sku", bool(chart.spec.adjust)
    judged = {group.name: group for group in chart.funnel.groups} if chart.funnel else {}
    columns = [_column(by, "text", wording)]
    columns += [_column("title", "text", wording)] if is_product else []
    columns += [(short(metric, wording, chart.spec.id), metric.metric.unit)]
    columns += [_column("expected", "share", wording)] if is_adjusted else []
    columns += [
        _column("n", "count", wording),
        _column("low", "share", wording),
        _column("high", "share", wording),
    ]
    rows: list[tuple[Cell, ...]] = []
    for g in sorted(chart.groups, key=lambda g: (-(g.reading.value or 0), str(g.key))):
        key = str(g.key[0])
        cells: list[Cell] = [key if is_product else group_name(key, chart, wording)]
        cells += [review.titles.get(key, "")] if is_product else []
        cells += [g.reading.value]
        cells += [judged[key].expected if key in judged else None] if is_adjusted else []
        rows.append((*cells, g.reading.n, g.reading.low, g.reading.high))
    return Table(tuple(columns), tuple(rows))


def _bars_table(chart: ChartData, wording: Wording) -> Table:
    by = "reason" if chart.spec.by == "reason" else "stage"
    columns = [_column(by, "text", wording), _column("cases", "count", wording)]
    total = sum(g.reading.value or 0.0 for g in chart.groups)
    if chart.spec.kind == "pareto":
        columns.append(_column("cumulative", "share", wording))
    columns += [_column("age_median", "seconds", wording) for _ in chart.extra]
    rows: list[tuple[Cell, ...]] = []
    reached = 0.0
    for group in in_order(chart, wording):
        reached += group.reading.value or 0.0
        cells: list[Cell] = [group_name(group.key[0], chart, wording), group.reading.value]
        if chart.spec.kind == "pareto":
            cells.append(reached / total)
        cells += [
            o[group.key].reading.value if group.key in o else None for o in chart.extra.values()
        ]
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows))
