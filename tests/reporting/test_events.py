"""What happened, beside the lines; festivals left out; targets as they were in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from reporting.planted import MONDAY, published

from aftersales import metrics as registry
from aftersales.calendars import events
from aftersales.reporting import charts, figures, page, tables
from aftersales.reporting.figures import NARROW, PALETTE, WIDE, Band, Canvas, Line, Point
from aftersales.settings import Target

WEEKS = [date(2026, 9, 7) + timedelta(weeks=n) for n in range(11)]
STRIKE = ("flagship", "罢工", "strike", date(2026, 10, 20), date(2026, 10, 23))
SALE = ("flagship", "大促", "promotion", MONDAY + timedelta(2), MONDAY + timedelta(3))
HOLIDAYS = [(date(2026, 10, n), "holiday", "国庆节") for n in range(1, 8)]
WORKED = (date(2026, 10, 10), "make_up_day", "国庆节")


@pytest.fixture
def canvas(zh):
    return Canvas(zh.locale, zh.part("words"))


def line(**more):
    return Line("中位数", [(week, Point(60, 100)) for week in WEEKS], **more)


def drawn(canvas, *bands):
    return figures.weekly([line()], "seconds", replace(canvas, bands=bands))


def labels(figure):
    return [note.text for note in figure.layout.annotations if note.name == "event"]


def marks(figure):
    return [trace for trace in figure.data if trace.name == "event"]


def band(label, first, last=None, **more):
    return Band(label, f"{label}: all", first, last or first, **more)


# --- bands -----------------------------------------------------------------------------------


def test_an_event_covers_the_points_of_the_weeks_it_has_a_day_in(canvas):
    figure = drawn(canvas, band("罢工", date(2026, 10, 11), date(2026, 10, 12)))
    (shape,) = figure.layout.shapes
    # the Sunday of the week of 5 October and the Monday of the next one
    assert (shape.x0, shape.x1) == ("2026-10-01T12:00:00", "2026-10-15T12:00:00")
    assert shape.layer == "below"


def test_an_event_outside_the_weeks_shown_is_not_drawn(canvas):
    before, after = date(2026, 9, 6), date(2026, 11, 23)
    assert not drawn(canvas, band("早", before), band("晚", after)).layout.shapes
    assert len(drawn(canvas, band("刚", WEEKS[0])).layout.shapes) == 1


def test_labels_take_two_rows_and_what_does_not_fit_is_a_mark_that_tells_of_it(canvas):
    long = "一个名字很长很长的活动"
    same = [band(f"{long}{n}", date(2026, 10, 12)) for n in range(8)]
    figure = drawn(canvas, *same)
    notes = [note for note in figure.layout.annotations if note.name == "event"]
    assert len({note.yshift for note in notes}) == 2
    assert 2 <= len(notes) < 8
    assert len(figure.layout.shapes) == 8
    (mark,) = marks(figure)
    assert list(mark.customdata) == [f"{long}{n}: all" for n in range(8)]


def test_no_label_touches_another_or_leaves_its_axis(canvas):
    told = [band(f"第{n}次活动名称", week) for n, week in enumerate(WEEKS)]
    placed = figures.place_bands([line()], replace(canvas, bands=told), 400)
    left, right = figures._reach(WEEKS)
    wide = (right - left) / 400
    by_row = {}
    for one in placed.bands:
        if one.row is not None:
            begin = (one.label_at - left) / wide
            length = figures.text_width(one.band.label) * 12 / 13
            assert begin >= 0
            assert begin + length <= 400.01
            by_row.setdefault(one.row, []).append((begin, begin + length))
    assert set(by_row) == {0, 1}
    for taken in by_row.values():
        taken.sort()
        assert all(end < begin for (_, end), (begin, _) in pairwise(taken))


def test_a_festival_has_its_label_before_what_merely_happened(canvas):
    room = canvas.width / 4
    week = [
        band("一" * 8, date(2026, 10, 12), rank=1),
        band("二" * 8, date(2026, 10, 12), rank=1),
        band("双11", date(2026, 10, 12), rank=0),
    ]
    placed = figures.place_bands([line()], replace(canvas, bands=week), room / 2, most=1)
    assert [one.band.label for one in placed.bands if one.row is not None] == ["双11"]


def test_what_lasts_for_months_is_a_strip_and_not_a_band_over_half_the_chart(canvas):
    figure = drawn(canvas, band("批次", WEEKS[1], WEEKS[9]), band("罢工", WEEKS[3]))
    assert [shape.y0 for shape in figure.layout.shapes] == [0.96, 0]


def test_a_day_worked_for_a_holiday_is_a_tick_on_the_axis_and_no_band(canvas):
    figure = drawn(canvas, band("", date(2026, 10, 10), is_tick=True))
    assert not figure.layout.shapes
    assert list(marks(figure)[0].y) == [0]


def test_labels_make_room_for_themselves(canvas):
    bare, told = drawn(canvas), drawn(canvas, band("罢工", WEEKS[3]))
    taller = told.layout.height - bare.layout.height
    assert taller == figures.ROW == told.layout.margin.t - bare.layout.margin.t


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_bands_have_colours_of_the_palette_and_text_of_12_px(review, zh, width):
    planted = review(events=[STRIKE], days_off=[*HOLIDAYS, WORKED])
    for chart in planted.charts:
        if chart.spec.kind in charts.OVER_TIME:
            figure = charts.figure(chart, planted, zh, width)
            assert {shape.fillcolor for shape in figure.layout.shapes} == {
                PALETTE["event"],
                PALETTE["holiday"],
            }
            sizes = [n.font.size for n in figure.layout.annotations if n.name == "event"]
            assert sizes
            assert min(sizes) >= 12


def test_on_a_phone_marks_are_numbered_as_the_list_below_is(review, zh):
    planted = review(events=[STRIKE], days_off=HOLIDAYS)
    chart = next(c for c in planted.charts if c.spec.id == "response_share")
    assert labels(charts.figure(chart, planted, zh, NARROW)) == ["1", "2"]
    assert charts.events_listed(chart, planted, zh) == [
        "国庆节（法定假期）10月1日–7日",
        "罢工 · 旗舰店（停运）10月20日–23日",
    ]


def test_an_event_of_one_shop_is_called_with_it_and_one_of_all_is_not(review, en):
    both = [STRIKE, ("outlet", *STRIKE[1:]), SALE]
    planted = review(events=both)
    names = [charts.event_name(event, planted, en) for event in planted.events]
    assert names == ["罢工", "大促 · 旗舰店"]


def test_an_event_of_a_shop_the_page_does_not_cover_is_not_shown(review):
    assert review(events=[("elsewhere", *STRIKE[1:])]).events == ()


def test_the_table_of_a_chart_names_what_happened_in_each_week(review, zh):
    planted = review(events=[STRIKE, SALE], days_off=[*HOLIDAYS, WORKED])
    chart = next(c for c in planted.charts if c.spec.id == "response_share")
    table = charts.table(chart, planted, zh)
    assert table.columns[-1] == ("事件", "prose")
    named = {row[1]: row[-1] for row in table.rows if row[-1]}
    assert named == {
        date(2026, 9, 28): "国庆节",
        date(2026, 10, 5): "国庆节",
        date(2026, 10, 19): "罢工 · 旗舰店",
        MONDAY: "大促 · 旗舰店",
    }
    bare = review()
    chart = next(c for c in bare.charts if c.spec.id == "response_share")
    assert charts.table(chart, bare, zh).columns[-1][0] == "n"


# --- festivals -------------------------------------------------------------------------------


def test_days_left_out_are_in_no_value(metrics):
    metric = metrics["orders_paid"]
    day = MONDAY + timedelta(2)
    with published() as con:
        week = {"since": MONDAY, "until": MONDAY + timedelta(6)}
        (whole,) = registry.query(con, metric, **week)
        (alone,) = registry.query(con, metric, since=day, until=day)
        (without,) = registry.query(con, metric, **week, without=[(day, day)])
        by_day = registry.query(con, metric, ["day"], **week, without=[(day, day)])
    assert alone["value"] > 0
    assert without["value"] == whole["value"] - alone["value"]
    assert day not in [row["day"] for row in by_day]
    assert len(by_day) == 6


def test_a_strike_is_no_festival_and_a_promotion_is(review):
    assert review(events=[STRIKE]).contrasts == ()
    planted = review(events=[SALE])
    assert {one.is_week for one in planted.contrasts} == {True}


def test_with_and_without_a_festival_are_the_same_rows_apart(review):
    planted = review(events=[SALE])
    (share,) = [
        one for one in planted.contrasts if one.subject.metric.name == "first_response_within_3min"
    ]
    assert share.within.n > 0
    assert share.without.n + share.within.n == share.whole.n
    assert share.without.numerator + share.within.numerator == share.whole.numerator


def test_what_follows_the_sale_by_days_is_not_told_without_the_sales(review):
    planted = review(events=[SALE])
    told = {one.subject.key for one in planted.contrasts}
    assert told
    assert not told & set(planted.report.lagged)


def test_the_weeks_before_are_told_where_only_they_had_a_festival(review, zh):
    planted = review(days_off=HOLIDAYS)
    data = next(table for table in planted.tables if table.spec.id == "windows")
    found = tables.tell(data, planted, zh)
    assert {row[1] for row in found.table.rows} == {"前8周"}
    assert found.headline == "前8周去掉国庆节，各指标相差都不到 5%"
    assert found.notes == ("去掉的日子：国庆节（10月1日–7日）。",)


def test_a_week_that_a_festival_makes_slow_is_told_without_it(review, zh, metrics):
    planted = review(events=[SALE], slow_days=(SALE[3], SALE[4]))
    data = next(table for table in planted.tables if table.spec.id == "windows")
    assert "去掉大促" in tables.tell(data, planted, zh).headline
    assert tables.tell(data, planted, zh).headline.startswith("第47周")


def test_without_any_festival_there_is_no_such_table(review):
    assert "windows" not in [table.spec.id for table in review(events=[STRIKE]).tables]


def test_days_not_judged_are_read_back_as_the_local_days_they_were_written_as():
    with published() as con:
        con.execute(
            "insert into ref_exempt values"
            " (null, '2026-02-15 16:00:00', '2026-02-23 16:00:00', '春节')"
        )
        (event,) = events.read(con)
    assert (event.first_on, event.last_on) == (date(2026, 2, 16), date(2026, 2, 23))
    assert event.window.kind == "exempt"


# --- targets ---------------------------------------------------------------------------------


def aim(value, since, **more):
    return Target("first_response_within_3min", value, since=since, set_by="李", **more)


def test_a_target_that_changed_is_a_step_and_each_level_is_named_where_it_begins(canvas):
    steps = [(week, 0.7 if n < 5 else 0.8) for n, week in enumerate(WEEKS)]
    shares = Line("占比", [(week, Point(0.6, 100)) for week in WEEKS], target=0.8, targets=steps)
    figure = figures.weekly([shares], "share", canvas)
    (target,) = [trace for trace in figure.data if trace.line.shape == "hvh"]
    assert list(target.y) == [0.7] * 5 + [0.8] * 6
    assert {n: text for n, text in enumerate(target.text) if text} == {
        0: "目标 70.0%",
        5: "目标 80.0%",
    }


def test_a_week_is_held_against_the_target_of_its_monday(review):
    planted = review(dated=(aim(0.7, date(2026, 1, 1)), aim(0.9, MONDAY + timedelta(1))))
    measure = planted.measures["first_response_within_3min@kind=chat"]
    assert measure.target == 0.7


def test_before_its_first_day_nothing_was_aimed_for(review):
    planted = review(dated=(aim(0.7, WEEKS[5]),))
    aims = planted.aims["first_response_within_3min@kind=chat"]
    values = [one.value if one else None for one in aims]
    assert values[:8] == [None] * 8 == values[: len(values) - 6]
    assert values[-6:] == [0.7] * 6


def test_a_card_and_a_definition_say_who_set_the_target_and_since_when(review, en):
    planted = review(dated=(aim(0.7, date(2026, 1, 1), reason="peak"),))
    card = next(c for c in page._cards(planted) if c.metric == "first_response_within_3min")
    assert page._card(card, planted, en)["target"] == "target 70.0%, set by 李 from 1 Jan 2026"
    told = {entry["name"]: entry["targets"] for entry in page._definitions(planted, en)}
    assert told["first_response_within_3min"] == ["Target 70.0%, set by 李 from 1 Jan 2026: peak"]
    assert told["return_rate"] == []
