"""The judged measures with and without the days of festivals, as a table and a claim."""

from __future__ import annotations

from collections.abc import Sequence

from aftersales.judgement.windows import Window, most_moved
from aftersales.reporting.charts import Amount, Cell, Table
from aftersales.reporting.headlines import baseline, label
from aftersales.reporting.readings import Reading
from aftersales.reporting.review import Contrast, Review, TableData
from aftersales.reporting.spec import Wording
from aftersales.reporting.splits import Told, heading, text_of


def windows(data: TableData, review: Review, wording: Wording) -> Told:
    """A row a measure and span: whole, without the days of festivals, and those days alone."""
    found: list[Contrast] = [row["contrast"] for row in data.rows]
    minimum = review.report.minimum_n
    heads = (
        heading("measure_name", "text", wording),
        heading("of_days", "text", wording),
        *(
            column
            for part in ("whole", "without", "within")
            for column in (heading(part, "amount", wording), heading("n", "count", wording))
        ),
    )
    rows = tuple(_row(one, minimum, review, wording) for one in found)
    shown = Table(heads, rows)
    file = Table(
        (*heads[:2], heading("unit", "text", wording), *heads[2:]),
        tuple(
            (*cells[:2], one.subject.metric.unit, *cells[2:])
            for one, cells in zip(
                found, (_row(one, 1, review, wording) for one in found), strict=True
            )
        ),
    )
    if not found:
        return Told(text_of(data, "none", wording), None, file)
    return Told(_claim(data, found, review, wording), shown, file, _notes(found, wording))


def _row(one: Contrast, minimum: int, review: Review, wording: Wording) -> tuple[Cell, ...]:
    cells: list[Cell] = [label(one.subject, wording), span(one, review, wording)]
    for found in (one.whole, one.without, one.within):
        value = value_of(found, minimum)
        cells += [None if value is None else Amount(value, one.subject.metric.unit), found.n]
    return tuple(cells)


def value_of(found: Reading, minimum: int) -> float | None:
    """A value that rests on enough to be shown."""
    return found.value if (found.n or 0) >= minimum else None


def span(one: Contrast, review: Review, wording: Wording) -> str:
    """``第46周``, or what the weeks before it are called."""
    if one.is_week:
        return wording.locale.week(one.days[0])
    return baseline(review, wording)


def _claim(data: TableData, found: Sequence[Contrast], review: Review, wording: Wording) -> str:
    """Of the week where festivals touch it, else of the weeks before."""
    spoken = [one for one in found if one.is_week] or list(found)
    minimum = review.report.minimum_n
    pairs = [(value_of(one.whole, minimum), value_of(one.without, minimum)) for one in spoken]
    place = most_moved(pairs, review.report.smallest_change)
    first = spoken[0]
    slots = {"windows": names(first.windows, wording), "span": span(first, review, wording)}
    if place is None:
        return text_of(
            data, "alike", wording, **slots, smallest=f"{review.report.smallest_change:.0%}"
        )
    one = spoken[place]
    whole, without = (
        wording.locale.value(value, one.subject.metric.unit) for value in pairs[place]
    )
    told = {"label": label(one.subject, wording), "whole": whole, "without": without}
    return text_of(data, "headline", wording, **slots, **told)


def names(windows: Sequence[Window], wording: Wording) -> str:
    """What the windows are called, each once."""
    return wording.locale.listed(list(dict.fromkeys(window.title for window in windows)))


def _notes(found: Sequence[Contrast], wording: Wording) -> tuple[str, ...]:
    """Which days are left out."""
    told = dict.fromkeys(window for one in found for window in one.windows)
    days = [
        wording.text(
            "event.window",
            title=window.title,
            days=wording.locale.day(window.first_on)
            if window.first_on == window.last_on
            else wording.locale.days(window.first_on, window.last_on),
        )
        for window in told
    ]
    return (wording.text("event.left_out", windows=wording.locale.listed(days)),)
