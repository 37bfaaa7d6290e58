"""Rows in, plotly figures out. Nothing here reads data or decides what a chart says.

Colours are named in PALETTE and nowhere else: the page gives every one of them a CSS variable, so
that a painted figure follows the reader's light or dark setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from html import escape
from math import log10
from typing import Any

import plotly.graph_objects as go

from aftersales.judgement.funnel import Funnel
from aftersales.reporting.locale import Locale

# Ink grammar: measured is solid and dark, what was before is lighter in the same hue, a target
# is an outline, the unfinished is hatched; one accent says "look here".
PALETTE: dict[str, str] = {
    "ink": "#1c2024",
    "muted": "#5d646b",
    "rule": "#e2e5e8",
    "axis": "#9aa1a8",
    "measure": "#1d4f91",
    "before": "#a9c0dd",
    "band": "#eef2f7",
    "band-inner": "#dde6f0",
    "event": "#f3dfb4",
    "holiday": "#d5e6cf",
    "accent": "#c2410b",
    "ground": "#fefefe",
    "heat-1": "#e9f0f8",
    "heat-2": "#c6d8ec",
    "heat-3": "#93b5da",
    "heat-4": "#4d82bd",
    "heat-5": "#1b4a88",
    "on-heat-1": "#2b3a4a",
    "on-heat-2": "#21303f",
    "on-heat-3": "#101d2b",
    "on-heat-4": "#fcfdff",
    "on-heat-5": "#fbfcfe",
}
FONT = (
    '"PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei UI", "Microsoft YaHei",'
    ' "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif'
)
TEXT = 13
SMALL = 12  # px of what stands beside the data; nothing is smaller
# Widths the figures are painted at; the page shows them no narrower.
WIDE, HALF, NARROW = 1080, 524, 350
CHARACTER = 7.2  # px of an average character at TEXT; a Chinese one takes nearly two

SECOND_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600)
HOUR_STEPS = (7200, 10800, 14400, 21600, 43200, 86400, 172800, 432000, 864000, 1728000, 4320000)
# Hours that are clearly worse than all together, in classes this far apart.
WORSE_STEPS = (0.1, 0.2)


@dataclass(frozen=True)
class Point:
    """One value of a chart with how many observations it rests on."""

    value: float | None
    n: float | None


@dataclass(frozen=True)
class Line:
    """A measure week by week.

    Attributes:
        label: what stands at its right end.
        is_main: drawn thick; the others thin.
        is_notable: its last point is the thing to look at.
        target: what is aimed for now.
        targets: per week what was aimed for then; none: the same as now.
        expected: per week the range chance alone would give, where that is known.
        signals: weeks outside it, or in a run that chance does not make.
        unfinished: how many of the last weeks are provisional.
    """

    label: str
    weeks: Sequence[tuple[date, Point]]
    is_main: bool = True
    is_notable: bool = False
    target: float | None = None
    targets: Sequence[tuple[date, float | None]] = ()
    expected: Sequence[tuple[date, float, float]] = ()
    signals: Sequence[date] = ()
    unfinished: int = 0


@dataclass(frozen=True)
class Band:
    """Days worth knowing of beside a line over time, both inclusive.

    Attributes:
        label: what stands over it where there is room.
        hover: all there is to tell of it.
        colour: in PALETTE.
        rank: who takes the room for a label first, the least.
        is_tick: a single day marked on the axis and nothing else.
    """

    label: str
    hover: str
    first_on: date
    last_on: date
    colour: str = "event"
    rank: int = 0
    is_tick: bool = False


@dataclass(frozen=True)
class Canvas:
    """What a figure needs to know of the page it stands on.

    Attributes:
        words: axis and series names in the page's language.
        width: px it is painted at.
        bands: what happened meanwhile; for charts over time.
    """

    locale: Locale
    words: Mapping[str, str]
    width: int = WIDE
    bands: Sequence[Band] = ()

    @property
    def is_narrow(self) -> bool:
        """A phone's width: fewer ticks, an own layout."""
        return self.width <= NARROW


def plain(text: str) -> str:
    """Text plotly shows as it is: it would read tags and links out of it otherwise."""
    return escape(text, quote=False)


def text_width(text: str) -> float:
    """About how many px a label takes."""
    return CHARACTER * sum(1.85 if ord(char) > 0x2E80 else 1 for char in text)


def figure(
    canvas: Canvas, height: int, margin: Mapping[str, int | float], **layout: Any
) -> go.Figure:
    """An empty figure in the page's manner."""
    hover = {
        "bgcolor": PALETTE["ground"],
        "bordercolor": PALETTE["axis"],
        "font": {"family": FONT, "size": TEXT, "color": PALETTE["ink"]},
        "align": "left",
    }
    # In one go: every later update costs plotly's validation a millisecond or more.
    told = {
        "template": "none",
        "width": canvas.width,
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": TEXT, "color": PALETTE["muted"]},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": hover,
        "dragmode": False,
        "margin": {"pad": 0, **margin},
        "xaxis": {"showgrid": False, "zeroline": False, "fixedrange": True, "tickangle": 0},
        "yaxis": {**_grid(), "tickangle": 0},
    }
    return go.Figure(layout=told | layout)


def axis_name(
    built: go.Figure,
    text: str,
    *,
    panel: str = "",
    x: float = 0,
    room: float = 52,
    lift: float = 0,
) -> None:
    """The value axis's name, lying, above its ticks, which take ``room`` px.

    Args:
        lift: px taken by what stands between the name and the axis.
    """
    built.add_annotation(
        text=plain(text),
        xref="paper",
        yref=f"y{panel} domain" if panel else "paper",
        x=x,
        y=1,
        xanchor="left",
        yanchor="bottom",
        xshift=2 - room if x == 0 else 0,
        yshift=6 + lift,
        showarrow=False,
        font={"size": TEXT, "color": PALETTE["muted"]},
        name="axis",
    )


def ticks(highest: float, unit: str, locale: Locale) -> dict[str, Any]:
    """Tick places from zero to just above ``highest``, with their text."""
    step = tick_step(highest, unit)
    places = [step * count for count in range(int(highest / step + 0.999) + 1)]
    digits = max(0, -int(log10(step * 100) // 1)) if unit == "share" else 0
    text = [
        f"{place * 100:.{digits}f}%" if unit == "share" else locale.value(place, unit)
        for place in places
    ]
    if unit == "seconds":
        text[0] = "0"
    return {"tickmode": "array", "tickvals": places, "ticktext": text}


def tick_step(highest: float, unit: str, most: int = 5) -> float:
    """A step people count in, so that ``most`` of them or fewer reach ``highest``."""
    if highest <= 0:
        return 1.0
    if unit == "seconds":
        steps = (*SECOND_STEPS, *HOUR_STEPS)
        return float(next((step for step in steps if highest / step <= most), steps[-1]))
    raw = highest / most
    power = 10.0 ** int(log10(raw) // 1)
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
    return step if unit in ("share", "amount") else max(1.0, step)


def month_ticks(first: date, last: date, canvas: Canvas) -> dict[str, Any]:
    """A tick at each first of a month, thinned to what fits; the year where it turns."""
    starts = []
    day = date(first.year, first.month, 1)
    while day <= last:
        if day >= first:
            starts.append(day)
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    room = max(2, canvas.width // 110)
    every = next(n for n in (1, 2, 3, 4, 6, 12, 24, 48) if len(starts) / n <= room or n == 48)
    kept = [day for day in starts if (day.month - 1) % min(every, 12) == 0] or starts[:1]
    months = canvas.locale.patterns["months"]
    text = [
        canvas.locale.month(d) if index == 0 or d.month == 1 else months[d.month - 1]
        for index, d in enumerate(kept)
    ]
    if len(starts) < 2:  # too short for months: the days the weeks begin
        weeks = [first + timedelta(days=7 * n) for n in range((last - first).days // 7 + 1)]
        kept, text = weeks, [canvas.locale.day(day) for day in weeks]
    return {"tickmode": "array", "tickvals": [d.isoformat() for d in kept], "ticktext": text}


def weekly(lines: Sequence[Line], unit: str, canvas: Canvas, *, height: int = 250) -> go.Figure:
    """Lines over weeks, named and valued at their right ends; from zero."""
    labels = [_end_label(line, unit, canvas.locale) for line in lines]
    right = 18 + max(
        (text_width(part) for label in labels for part in label.split("<br>")), default=0
    )
    top = _highest(lines)
    scale = ticks(top, unit, canvas.locale)
    left = max(52, 10 + max(map(text_width, scale["ticktext"])))
    placed = place_bands(lines, canvas, canvas.width - left - right)
    lift = placed.rows * ROW
    built = figure(
        canvas,
        height + lift,
        margin={"l": left, "r": right, "t": 28 + lift, "b": 28, "pad": 0},
    )
    for line in lines:
        _draw_line(built, line, unit, canvas)
    for label, at in zip(
        labels, _spread([_last(line) for line in lines], top, height), strict=True
    ):
        _label_end(built, label, at, lines)
    _time_axis(built, lines, canvas)
    built.update_yaxes(range=[0, top * 1.04], **scale)
    draw_bands(built, placed, top * 1.04)
    axis_name(built, canvas.words[f"axis_{unit}"], room=left, lift=lift)
    return built


def panels(lines: Sequence[Line], unit: str, canvas: Canvas, *, height: int = 230) -> go.Figure:
    """Small multiples on one value scale: side by side, one below the other on a phone."""
    count = len(lines)
    stacked = canvas.is_narrow
    right = 14 if stacked else 6
    gap = 0.13 if stacked else 0.045
    inside = canvas.width - 44 - right
    room = inside if stacked else inside * (1 - gap * (count - 1)) / count
    placed = [place_bands([line], canvas, room, most=1 if stacked else 2) for line in lines]
    lift = max((one.rows for one in placed), default=0) * ROW
    tall = 180 * count if stacked else height
    built = figure(
        canvas,
        tall + lift * (count if stacked else 1),
        margin={"l": 44, "r": right, "t": 50 + lift, "b": 28, "pad": 0},
    )
    top = _highest(lines)
    if stacked and count > 1:  # as much between two as before, and the row of labels
        gap = (gap * (tall - 78) + lift) / (tall - 78 + lift * (count - 1))
    size = (1 - gap * (count - 1)) / count
    for index, line in enumerate(lines):
        name = "" if index == 0 else str(index + 1)
        begin = index * (size + gap)
        domain = [max(0, 1 - begin - size), 1 - begin] if stacked else [begin, begin + size]
        _draw_line(built, line, unit, canvas, panel=name)
        sub = replace(canvas, width=canvas.width if stacked else canvas.width // count)
        across = {"domain": domain if not stacked else [0, 1], "anchor": f"y{name}"}
        built.update_layout({f"xaxis{name}": across | _time_range([line], sub)})
        up = {"range": [0, top * 1.05], "anchor": f"x{name}"} | ticks(top, unit, canvas.locale)
        up |= {"domain": domain if stacked else [0, 1], "showticklabels": stacked or index == 0}
        built.update_layout({f"yaxis{name}": up | _grid()})
        draw_bands(built, placed[index], top * 1.05, panel=name)
        begins = domain[0] if not stacked else 0.0
        _panel_title(built, line, unit, canvas.locale, name, begins, lift)
    if unit != "share":  # per cent says itself what it is
        axis_name(built, canvas.words[f"axis_{unit}"], room=44, lift=lift)
    return built


def hours(
    cells: Mapping[tuple[int, int], Point],
    classes: Mapping[tuple[int, int], int],
    unit: str,
    canvas: Canvas,
) -> go.Figure:
    """Weekday by hour in five classes, darker is worse; turned on a phone.

    Args:
        cells: (weekday 1–7, hour 0–23) to value; what is missing stays blank.
        classes: 1 to 5 for the same places.
    """
    narrow = canvas.is_narrow
    built = figure(
        canvas,
        620 if narrow else 264,
        barmode="overlay",
        bargap=0.06,
        margin={"l": 44, "r": 4, "t": 24 if narrow else 6, "b": 8 if narrow else 26, "pad": 2},
    )
    for number in range(1, 6):
        places = sorted(place for place, found in classes.items() if found == number)
        _draw_class(built, places, cells, unit, canvas, number)
    names = [canvas.locale.weekday(day) for day in range(1, 8)]
    shown = list(range(0, 24, 3 if narrow else 1))
    days = {"tickvals": list(range(1, 8)), "ticktext": names}
    clock = {"tickvals": shown, "ticktext": [str(hour) for hour in shown]}
    built.update_xaxes(
        range=[0.5, 7.5] if narrow else [-0.5, 23.5],
        side="top" if narrow else "bottom",
        **(days if narrow else clock),
    )
    built.update_yaxes(
        range=[23.5, -0.5] if narrow else [7.5, 0.5], showgrid=False, **(clock if narrow else days)
    )
    _name_hours(built, canvas)
    return built


def _name_hours(built: go.Figure, canvas: Canvas) -> None:
    built.add_annotation(
        text=plain(canvas.words["axis_hour"]),
        xref="paper",
        yref="paper",
        x=0,
        y=1 if canvas.is_narrow else 0,
        xanchor="right",
        yanchor="bottom" if canvas.is_narrow else "top",
        xshift=-8,
        yshift=2,
        showarrow=False,
        name="axis",
    )


def hour_class(value: float, low: float, high: float, common: float) -> int:
    """1 clearly better than all hours together, 2 alike, 3 to 5 clearly worse, by how much.

    Args:
        value: a share where higher is better.
        low: of its 95 % interval.
        high: of its 95 % interval.
    """
    if low > common:
        return 1
    if high >= common:
        return 2
    return 3 + sum(common - value >= step for step in WORSE_STEPS)


def funnel(
    points: Mapping[str, Point], limits: Funnel, named: Sequence[str], canvas: Canvas, axis: str
) -> go.Figure:
    """A share per group against its count, with 95 and 99.8 % limits round the common share.

    Args:
        points: by group; value is the share.
        limits: where groups fall by chance and by their usual scatter.
        named: groups that carry their name, the first ones first.
        axis: what is counted.
    """
    share = limits.centre
    top_n = max((p.n or 1 for p in points.values()), default=1.0)
    low_n = max(1.0, min((p.n or 1 for p in points.values()), default=1.0) * 0.8)
    right = max(70 if canvas.is_narrow else 118, 14 + text_width(_common_text(share, canvas)))
    built = figure(
        canvas,
        340 if canvas.is_narrow else 400,
        margin={"l": 48, "r": right, "t": 28, "b": 46, "pad": 0},
    )
    places = [n for power in range(8) for n in (10**power, 2 * 10**power, 5 * 10**power)]
    places = [n for n in places if low_n <= n <= top_n * 1.15]
    built.update_xaxes(
        type="log",
        range=[log10(low_n), log10(top_n * 1.15)],
        tickvals=places,
        ticktext=[canvas.locale.number(n) for n in places],
        linecolor=PALETTE["axis"],
        title={"text": plain(axis), "standoff": 6, "font": {"size": TEXT}},
    )
    ends = _draw_limits(built, limits, low_n, top_n * 1.15)
    _draw_groups(built, points, named, canvas)
    top = max([min(ends["top"], share * 4), *(p.value or 0 for p in points.values())]) * 1.06
    _label_limits(built, share, ends, top, canvas)
    built.update_yaxes(range=[0, top], **ticks(top / 1.06, "share", canvas.locale))
    axis_name(built, canvas.words["axis_share"])
    return built


def bars(rows: Sequence[tuple[str, float, str]], canvas: Canvas) -> go.Figure:
    """Horizontal bars in the order given, each with its text at the end; labels above on a phone.

    Args:
        rows: label, length, text.
    """
    longest = max((length for _, length, _ in rows), default=1.0) or 1.0
    right = 14 + max((text_width(text) for _, _, text in rows), default=0)
    room = canvas.width * (0.9 if canvas.is_narrow else 0.42)
    labels = [_cut(label, room) for label, _, _ in rows]
    left = 2 if canvas.is_narrow else 12 + max(map(text_width, labels), default=0)
    built = figure(
        canvas,
        (50 if canvas.is_narrow else 34) * len(rows) + 12,
        bargap=0.58 if canvas.is_narrow else 0.34,
        margin={"l": left, "r": right, "t": 12 if canvas.is_narrow else 4, "b": 4, "pad": 8},
    )
    built.add_bar(
        orientation="h",
        y=list(range(len(rows))),
        x=[length for _, length, _ in rows],
        text=[plain(text) for _, _, text in rows],
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        textfont={"color": PALETTE["ink"], "size": TEXT},
        marker={"color": PALETTE["measure"]},
        customdata=[f"{plain(label)}<br>{plain(text)}" for label, _, text in rows],
        hovertemplate="%{customdata}<extra></extra>",
    )
    built.update_xaxes(range=[0, longest], visible=False)
    built.update_yaxes(range=[len(rows) - 0.5, -0.5], showgrid=False, showticklabels=False)
    _name_bars(built, labels, canvas)
    return built


def _name_bars(built: go.Figure, labels: Sequence[str], canvas: Canvas) -> None:
    if canvas.is_narrow:
        for place, label in enumerate(labels):
            _label_above(built, label, place)
        return
    built.update_yaxes(
        showticklabels=True,
        tickvals=list(range(len(labels))),
        ticktext=[plain(label) for label in labels],
        tickfont={"color": PALETTE["ink"]},
    )


def _label_above(built: go.Figure, label: str, place: int) -> None:
    built.add_annotation(
        text=plain(label),
        x=0,
        xref="paper",
        y=place - 0.21,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"color": PALETTE["ink"]},
    )


def _cut(label: str, room: float) -> str:
    """A label that fits into ``room`` px."""
    if text_width(label) <= room:
        return label
    while label and text_width(label + "…") > room:
        label = label[:-1]
    return label + "…"


def _grid() -> dict[str, Any]:
    return {"gridcolor": PALETTE["rule"], "zeroline": False, "fixedrange": True, "ticks": ""}


def _points(line: Line) -> list[tuple[date, float, float | None]]:
    return [(week, p.value, p.n) for week, p in line.weeks if p.value is not None]


def _last(line: Line) -> float:
    points = _points(line)
    return points[-1][1] if points else 0.0


def _highest(lines: Sequence[Line]) -> float:
    """The top of the scale: room above a target for its label."""
    values = [value for line in lines for _, value, _ in _points(line)]
    aims = [aim for line in lines for aim in (line.target, *(aim for _, aim in line.targets))]
    values += [aim * 1.1 for aim in aims if aim is not None]
    values += [high for line in lines for _, _, high in line.expected]
    return max(values, default=0) or 1.0


def _draw_line(built: go.Figure, line: Line, unit: str, canvas: Canvas, *, panel: str = "") -> None:
    """The line with gaps where a week has no value, its expected range behind, its last point."""
    on = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"}
    _draw_expected(built, line, on)
    # What hatching is to an area: the unfinished stretch is dotted and its point is hollow.
    whole = len(line.weeks) - line.unfinished
    _draw_stretch(built, line, slice(0, whole), unit, canvas, on)
    if line.unfinished:
        _draw_stretch(built, line, slice(max(0, whole - 1), None), unit, canvas, on, dash="dot")
    _draw_signals(built, line, on)
    _draw_target(built, line, unit, canvas, on)
    week, last = line.weeks[-1]
    if last.value is not None:
        colour = PALETTE["accent" if line.is_notable else "measure"]
        fill = PALETTE["ground"] if line.unfinished else colour
        built.add_scatter(
            x=[week.isoformat()],
            y=[last.value],
            mode="markers",
            marker={"size": 10, "color": fill, "line": {"color": colour, "width": 2}},
            hoverinfo="skip",
            cliponaxis=False,
            **on,
        )


def _draw_stretch(
    built: go.Figure,
    line: Line,
    stretch: slice,
    unit: str,
    canvas: Canvas,
    on: dict[str, str],
    dash: str = "solid",
) -> None:
    locale = canvas.locale
    weeks = line.weeks[stretch]
    built.add_scatter(
        x=[week.isoformat() for week, _ in weeks],
        y=[point.value for _, point in weeks],
        mode="lines",
        connectgaps=False,
        line={"color": PALETTE["measure"], "width": 2.6 if line.is_main else 1.3, "dash": dash},
        customdata=[
            f"{locale.week(week)} {locale.week_days(week)}<br>"
            f"{plain(line.label)} {locale.value(point.value, unit)}<br>"
            f"n = {locale.number(point.n or 0)}"
            for week, point in weeks
        ],
        hovertemplate="%{customdata}<extra></extra>",
        **on,
    )


def _draw_expected(built: go.Figure, line: Line, on: dict[str, str]) -> None:
    if not line.expected:
        return
    weeks = [week.isoformat() for week, _, _ in line.expected]
    built.add_scatter(
        x=weeks + weeks[::-1],
        y=[high for _, _, high in line.expected] + [low for _, low, _ in reversed(line.expected)],
        mode="none",
        fill="toself",
        fillcolor=PALETTE["band-inner"],
        hoverinfo="skip",
        **on,
    )


def _draw_signals(built: go.Figure, line: Line, on: dict[str, str]) -> None:
    marked = [(week, point) for week, point in line.weeks if week in set(line.signals)]
    if not marked:
        return
    built.add_scatter(
        x=[week.isoformat() for week, _ in marked],
        y=[point.value for _, point in marked],
        mode="markers",
        marker={
            "size": 8,
            "color": PALETTE["ground"],
            "line": {"color": PALETTE["accent"], "width": 1.8},
        },
        hoverinfo="skip",
        cliponaxis=False,
        **on,
    )


def _draw_target(
    built: go.Figure, line: Line, unit: str, canvas: Canvas, on: dict[str, str]
) -> None:
    """A step line; each level is named where it begins, but not one that soon gives way."""
    aims = line.targets or [(week, line.target) for week, _ in line.weeks]
    if all(aim is None for _, aim in aims):
        return
    begins = [
        place for place, (_, aim) in enumerate(aims) if place == 0 or aim != aims[place - 1][1]
    ]
    text = [""] * len(aims)
    for place, until in zip(begins, [*begins[1:], len(aims)], strict=True):
        told = f"{canvas.words['target']} {canvas.locale.value(aims[place][1], unit)}"
        room = (until - place) / len(aims) * canvas.width * 0.6
        if aims[place][1] is not None and (len(begins) == 1 or text_width(told) <= room):
            text[place] = plain(told)
    built.add_scatter(
        x=[week.isoformat() for week, _ in aims],
        y=[aim for _, aim in aims],
        mode="lines+text",
        connectgaps=False,
        line={"color": PALETTE["muted"], "width": 1.2, "dash": "dash", "shape": "hvh"},
        text=text,
        textposition="top right",
        textfont={"color": PALETTE["muted"], "size": TEXT},
        hoverinfo="skip",
        cliponaxis=False,
        **on,
    )


ROW = 16  # px of a row of band labels
HALF_WEEK = timedelta(days=3, hours=12)
LONG = timedelta(days=28)


@dataclass(frozen=True)
class PlacedBand:
    """A band on its axis.

    Attributes:
        begins: where it is drawn from.
        ends: where it is drawn to.
        row: of its label, 0 next to the axis; None: there is no room for one.
        label_at: where the label begins.
    """

    band: Band
    begins: datetime
    ends: datetime
    row: int | None = None
    label_at: datetime | None = None


@dataclass(frozen=True)
class PlacedBands:
    """All bands of one axis, and how many rows their labels take."""

    bands: Sequence[PlacedBand] = ()
    rows: int = 0


def place_bands(
    lines: Sequence[Line], canvas: Canvas, room: float, *, most: int = 2
) -> PlacedBands:
    """Where bands and their labels stand so that no label touches another.

    A point stands for the week its Monday begins, so a band covers the points of the weeks it has
    a day in: half a week to either side.

    Args:
        room: px of the axis.
        most: rows labels may take; what does not fit is only marked.
    """
    weeks = [week for line in lines for week, _ in line.weeks]
    shown = [
        band
        for band in canvas.bands
        if weeks and band.first_on < max(weeks) + timedelta(days=7) and band.last_on >= min(weeks)
    ]
    if not shown:
        return PlacedBands()
    left, right = _reach(weeks)
    wide = (right - left) / room  # of a px
    taken: list[list[tuple[float, float]]] = [[] for _ in range(most)]
    found: dict[Band, PlacedBand] = {}
    for band in sorted(shown, key=lambda one: (one.rank, one.first_on, one.label)):
        begins = max(left, _week_of(band.first_on) - HALF_WEEK)
        ends = min(right, _week_of(band.last_on) + HALF_WEEK)
        placed = PlacedBand(band, begins, ends)
        length = text_width(band.label) * SMALL / TEXT
        if band.label and length <= room:
            ends_px = ((begins - left) / wide, (ends - left) / wide)
            tried = _beginnings(*ends_px, length, room, is_centred=canvas.is_narrow)
            between = 4 if canvas.is_narrow else 10
            free = (
                (row, begin)
                for row in range(most)
                for begin in tried
                if _is_free(taken[row], begin, length, between)
            )
            if place := next(free, None):
                row, begin = place
                taken[row].append((begin, begin + length))
                placed = replace(placed, row=row, label_at=left + begin * wide)
        found[band] = placed
    rows = 1 + max((one.row for one in found.values() if one.row is not None), default=-1)
    return PlacedBands([found[band] for band in shown], rows)


def _beginnings(
    begins: float, ends: float, length: float, room: float, *, is_centred: bool
) -> list[float]:
    """Where a label may begin, the best first: at its band's edges or over its middle."""
    centre = (begins + ends - length) / 2
    tried = [centre, begins, ends - length] if is_centred else [begins, centre, ends - length]
    return [max(0.0, min(at, room - length)) for at in tried]


def _is_free(
    taken: Sequence[tuple[float, float]], begin: float, length: float, between: float
) -> bool:
    return all(
        begin >= other_end + between or begin + length + between <= other
        for other, other_end in taken
    )


def draw_bands(built: go.Figure, placed: PlacedBands, top: float, *, panel: str = "") -> None:
    """Bands behind the lines, a mark at the top of each that tells of it, labels above.

    Args:
        top: of the value axis.
    """
    bands = [one for one in placed.bands if not one.band.is_tick]
    for one in bands:
        # What lasts for months sets nothing apart: a strip at the top says when it was.
        lasts = one.band.last_on - one.band.first_on >= LONG
        built.add_shape(
            type="rect",
            xref=f"x{panel}",
            yref=f"y{panel} domain",
            x0=one.begins.isoformat(),
            x1=one.ends.isoformat(),
            y0=0.96 if lasts else 0,
            y1=1,
            line={"width": 0},
            fillcolor=PALETTE[one.band.colour],
            opacity=1 if lasts else 0.5,
            layer="below",
        )
        if one.row is not None and one.label_at is not None:
            built.add_annotation(
                text=plain(one.band.label),
                xref=f"x{panel}",
                yref=f"y{panel} domain",
                x=one.label_at.isoformat(),
                y=1,
                xanchor="left",
                yanchor="bottom",
                yshift=1 + one.row * ROW,
                showarrow=False,
                font={"size": SMALL, "color": PALETTE["muted"]},
                name="event",
            )
    _mark(built, bands, [top] * len(bands), "triangle-down", panel)
    single = [one for one in placed.bands if one.band.is_tick]
    _mark(built, single, [0.0] * len(single), "line-ns-open", panel)


def _mark(
    built: go.Figure, bands: Sequence[PlacedBand], at: Sequence[float], symbol: str, panel: str
) -> None:
    if not bands:
        return
    built.add_scatter(
        x=[(one.begins + (one.ends - one.begins) / 2).isoformat() for one in bands],
        y=at,
        mode="markers",
        marker={
            "symbol": symbol,
            "size": 8,
            "color": PALETTE["muted"],
            "line": {"width": 1.5 if symbol.startswith("line") else 0, "color": PALETTE["muted"]},
        },
        customdata=[plain(one.band.hover) for one in bands],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
        name="event",
        xaxis=f"x{panel}",
        yaxis=f"y{panel}",
    )


def _week_of(day: date) -> datetime:
    return datetime.combine(day - timedelta(days=day.weekday()), time())


def _reach(weeks: Sequence[date]) -> tuple[datetime, datetime]:
    """Both ends of an axis over weeks: a little more than its points."""
    first, last = (datetime.combine(week, time()) for week in (min(weeks), max(weeks)))
    reach = (last - first) / 60 if last > first else timedelta(days=3)
    return first - reach, last + reach


def _time_range(lines: Sequence[Line], canvas: Canvas) -> dict[str, Any]:
    weeks = [week for line in lines for week, _ in line.weeks]
    if not weeks:
        return {"visible": False}
    first, last = min(weeks), max(weeks)
    return {
        "type": "date",
        "range": [end.isoformat() for end in _reach(weeks)],
        "linecolor": PALETTE["axis"],
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": PALETTE["axis"],
        "fixedrange": True,
        "showgrid": False,
    } | month_ticks(first, last, canvas)


def _time_axis(built: go.Figure, lines: Sequence[Line], canvas: Canvas) -> None:
    built.update_xaxes(**_time_range(lines, canvas))


def _end_label(line: Line, unit: str, locale: Locale) -> str:
    return f"{plain(line.label)}<br>{locale.value(_last(line), unit)}"


def _spread(values: Sequence[float], top: float, height: int) -> list[float]:
    """Label heights moved apart just enough not to touch, in the order of the values."""
    needed = 40 / (height - 56) * top
    placed: dict[int, float] = {}
    floor_ = 16 / (height - 56) * top
    for index in sorted(range(len(values)), key=lambda i: values[i]):
        placed[index] = max(values[index], floor_)
        floor_ = placed[index] + needed
    return [placed[index] for index in range(len(values))]


def _label_end(built: go.Figure, label: str, at: float, lines: Sequence[Line]) -> None:
    name, value = label.rsplit("<br>", 1)
    notable = any(line.is_notable and plain(line.label) == name for line in lines)
    colour = PALETTE["accent" if notable else "ink"]
    built.add_annotation(
        text=f"{name}<br><b>{value}</b>",
        x=1,
        xref="paper",
        y=at,
        yref="y",
        xanchor="left",
        xshift=8,
        align="left",
        showarrow=False,
        font={"size": TEXT, "color": colour},
    )


def _panel_title(
    built: go.Figure, line: Line, unit: str, locale: Locale, panel: str, x: float, lift: float
) -> None:
    colour = PALETTE["accent" if line.is_notable else "ink"]
    name = line.label[0].upper() + line.label[1:]
    built.add_annotation(
        text=f"{plain(name)}  <b>{locale.value(_last(line), unit)}</b>",
        xref="paper",
        yref=f"y{panel} domain",
        x=x,
        y=1,
        xanchor="left",
        yanchor="bottom",
        yshift=10 + lift,
        showarrow=False,
        font={"size": 14, "color": colour},
    )


def _draw_class(
    built: go.Figure,
    places: Sequence[tuple[int, int]],
    cells: Mapping[tuple[int, int], Point],
    unit: str,
    canvas: Canvas,
    number: int,
) -> None:
    """The cells of one class: unit squares as stacked bars, so that they stay vectors."""
    locale = canvas.locale
    text = []
    hover = []
    for place in places:
        day, hour = place
        point = cells[place]
        text.append(_cell_text(point.value or 0.0, unit))
        hover.append(
            f"{locale.weekday(day)} {hour}:00–{hour + 1}:00<br>"
            f"{locale.value(point.value, unit)}<br>n = {locale.number(point.n or 0)}"
        )
    narrow = canvas.is_narrow
    steps = [day if narrow else hour for day, hour in places]
    rows = [hour if narrow else day for day, hour in places]
    built.add_bar(
        orientation="h",
        y=rows,
        base=[step - 0.47 for step in steps],
        x=[0.94] * len(places),
        text=text,
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        textfont={"size": 12, "color": PALETTE[f"on-heat-{number}"]},
        marker={"color": PALETTE[f"heat-{number}"], "line": {"width": 0}},
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _cell_text(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value * 100:.0f}"
    if unit == "seconds":
        return f"{value / 60:.0f}" if value >= 570 else f"{value / 60:.1f}"
    return f"{value:.0f}"


def _draw_limits(built: go.Figure, funnel: Funnel, first: float, last: float) -> dict[str, float]:
    """Both bands and the common share; returns where they end on the right, and their top."""
    reach = log10(last / first)
    counts = sorted({round(10 ** (log10(first) + step / 60 * reach)) for step in range(61)})
    ends: dict[str, float] = {}
    for level, colour in ((0.998, "band"), (0.95, "band-inner")):
        limits = [funnel.limits(n, level) for n in counts]
        built.add_scatter(
            x=counts + counts[::-1],
            y=[high for _, high in limits] + [low for low, _ in reversed(limits)],
            mode="none",
            fill="toself",
            fillcolor=PALETTE[colour],
            hoverinfo="skip",
        )
        ends[f"{level * 100:g}%"] = limits[-1][1]
        ends["top"] = max(ends.get("top", 0.0), *(high for _, high in limits))
    built.add_scatter(
        x=[counts[0], counts[-1]],
        y=[funnel.centre] * 2,
        mode="lines",
        line={"color": PALETTE["muted"], "width": 1.2, "dash": "dash"},
        hoverinfo="skip",
    )
    return ends


def _common_text(share: float, canvas: Canvas) -> str:
    return f"{canvas.words['all']} {canvas.locale.share(share)}"


def _label_limits(
    built: go.Figure, share: float, ends: Mapping[str, float], top: float, canvas: Canvas
) -> None:
    texts = [(share, _common_text(share, canvas))]
    texts += [(ends[name], name) for name in ("95%", "99.8%")]
    needed = 18 / (built.layout.height - 74) * top
    at = 0.0
    for value, text in texts:
        at = max(value, at + needed)
        built.add_annotation(
            text=plain(text), x=1, xref="paper", y=at, xanchor="left", xshift=6, showarrow=False
        )


def _draw_groups(
    built: go.Figure, points: Mapping[str, Point], named: Sequence[str], canvas: Canvas
) -> None:
    names = list(points)
    built.add_scatter(
        x=[points[name].n for name in names],
        y=[points[name].value for name in names],
        mode="markers",
        marker={
            "size": [11 if name in named else 8 for name in names],
            "color": [PALETTE["accent" if name in named else "measure"] for name in names],
            "line": {"color": PALETTE["ground"], "width": 1},
            "opacity": 1,
        },
        customdata=[
            f"{plain(name)}<br>{canvas.locale.share(points[name].value or 0)}"
            f"<br>n = {canvas.locale.number(points[name].n or 0)}"
            for name in names
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    for name in named:
        _name_group(built, name, points[name], canvas)


def _name_group(built: go.Figure, name: str, point: Point, canvas: Canvas) -> None:
    """The name on the roomier side of its point, cut to what is there."""
    margin, (first, last) = built.layout.margin, built.layout.xaxis.range
    inside = canvas.width - margin.l - margin.r
    place = margin.l + (log10(point.n or 1) - first) / (last - first) * inside
    value = canvas.locale.share(point.value or 0)
    on_right = (
        canvas.width - place >= text_width(f"{name} {value}") + 14 or place < canvas.width / 2
    )
    room = (canvas.width - place if on_right else place) - text_width(value) - 24
    built.add_annotation(
        text=f"{plain(_cut(name, room))} <b>{value}</b>",
        x=log10(point.n or 1),
        y=point.value,
        xanchor="left" if on_right else "right",
        xshift=9 if on_right else -9,
        showarrow=False,
        font={"size": TEXT, "color": PALETTE["ink"]},
    )
