from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from aftersales.reporting import charts, figures
from aftersales.reporting.figures import NARROW, PALETTE, WIDE, Canvas, Line, Point

WEEKS = [date(2026, 9, 7) + timedelta(weeks=n) for n in range(11)]


@pytest.fixture
def canvas(zh):
    return Canvas(zh.locale, zh.part("words"))


def line(*values, **more):
    weeks = [(week, Point(value, 100)) for week, value in zip(WEEKS, values, strict=False)]
    return Line(label="中位数", weeks=weeks, **more)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_chart_names_its_value_axis_or_writes_the_value_on_the_mark(review, zh, width):
    planted = review(bad_sku=True)
    for chart in planted.charts:
        drawn = charts.figure(chart, planted, zh, width)
        named = [note.text for note in drawn.layout.annotations if note.name == "axis"]
        on_marks = chart.spec.kind in ("bars", "pareto") and all(drawn.data[0].text)
        in_panels = chart.spec.kind == "panels" and "%" in drawn.layout.yaxis.ticktext[-1]
        assert named or on_marks or in_panels, chart.spec.id


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_text_is_slanted_or_under_12_px(review, zh, width):
    planted = review(slow_week=True, bad_sku=True)
    for chart in planted.charts:
        told = charts.figure(chart, planted, zh, width).to_plotly_json()
        sizes = [size for size in _values(told, "size") if isinstance(size, int) and size > 11]
        fonts = [font["size"] for font in _values(told, "font") if "size" in font]
        assert sizes
        assert min(fonts) >= 12, chart.spec.id
        assert set(_values(told, "tickangle")) <= {0}
        assert told["layout"]["showlegend"] is False


def test_only_colours_of_the_palette_are_used(review, zh):
    planted = review(slow_week=True, bad_sku=True)
    for chart in planted.charts:
        told = charts.figure(chart, planted, zh, WIDE).to_json()
        used = {word for word in json.dumps(json.loads(told)).split('"') if word.startswith("#")}
        assert used <= set(PALETTE.values())


def test_a_week_without_value_leaves_a_gap(canvas):
    drawn = figures.weekly([line(60, None, 70)], "seconds", canvas)
    assert list(drawn.data[0].y) == [60, None, 70]
    assert drawn.data[0].connectgaps is False


def test_the_value_axis_begins_at_zero(canvas):
    assert figures.weekly([line(60, 61, 62)], "seconds", canvas).layout.yaxis.range[0] == 0


def test_unfinished_weeks_are_dotted_and_end_hollow(canvas):
    drawn = figures.weekly([line(60, 65, 70, unfinished=1)], "seconds", canvas)
    assert [trace.line.dash for trace in drawn.data[:2]] == ["solid", "dot"]
    assert drawn.data[2].marker.color == PALETTE["ground"]


def test_seconds_are_ticked_in_units_people_count_in(canvas):
    axis = figures.weekly([line(60, 400, 520)], "seconds", canvas).layout.yaxis
    assert list(axis.ticktext)[:3] == ["0", "2分", "4分"]


def test_no_tick_is_wider_than_its_margin(canvas):
    drawn = figures.weekly([line(3000, 5900, 4000)], "seconds", canvas)
    widest = max(map(figures.text_width, drawn.layout.yaxis.ticktext))
    assert drawn.layout.yaxis.ticktext[-1] == "1小时40分"
    assert drawn.layout.margin.l >= widest + 8


def test_months_are_in_the_pages_language(review, zh, en):
    planted = review()
    by_language = {
        wording.language: charts.figure(
            planted.charts[0], planted, wording, WIDE
        ).layout.xaxis.ticktext
        for wording in (zh, en)
    }
    assert by_language["zh"][0] == "2026年9月"
    assert by_language["en"][0] == "Sep 2026"


def test_labels_at_the_ends_do_not_touch(canvas):
    same = [line(60, 61, 62), line(60, 61, 62)]
    notes = [
        n for n in figures.weekly(same, "seconds", canvas).layout.annotations if n.name != "axis"
    ]
    assert abs(notes[0].y - notes[1].y) / 62 * (250 - 56) >= 36


def test_markup_in_a_name_is_shown_not_read(canvas):
    drawn = figures.bars([("<b>A</b><a href='javascript:x'>", 3, "3")], canvas)
    assert "<" not in drawn.layout.yaxis.ticktext[0]


@pytest.mark.parametrize(
    ("value", "low", "high", "number"),
    [
        (0.9, 0.85, 0.94, 1),
        (0.72, 0.6, 0.8, 2),
        (0.65, 0.6, 0.68, 3),
        (0.55, 0.5, 0.6, 4),
        (0.3, 0.2, 0.4, 5),
    ],
)
def test_an_hour_is_dark_only_when_clearly_worse(value, low, high, number):
    assert figures.hour_class(value, low, high, 0.7) == number


def _values(told, name):
    if isinstance(told, dict):
        for key, inner in told.items():
            if key == name:
                yield inner
            yield from _values(inner, name)
    elif isinstance(told, (list, tuple)):
        for inner in told:
            yield from _values(inner, name)
