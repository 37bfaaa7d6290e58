"""What a table tells, and the plainest kind of one: metrics side by side by a split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aftersales.reporting.charts import Table
from aftersales.reporting.headlines import short
from aftersales.reporting.readings import Group, Reading
from aftersales.reporting.review import Review, TableData
from aftersales.reporting.spec import Wording, word

LISTED = 4  # groups a claim names; of more it says from where to where they go


@dataclass(frozen=True)
class Told:
    """A table in one language.

    Attributes:
        table: what the page shows; None where there is nothing to show.
        file: what the CSV holds.
        notes: sentences below it.
        sources: what it rests on, and where that was read.
    """

    headline: str
    table: Table | None
    file: Table
    notes: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


def text_of(data: TableData, name: str, wording: Wording, /, **slots: object) -> str:
    """A text of the table's own."""
    return wording.text(f"chart.{data.spec.id}.{name}", **slots)


def heading(name: str, unit: str, wording: Wording) -> tuple[str, str]:
    """A column's heading and unit."""
    return wording.text(f"column.{name}"), unit


def split(data: TableData, review: Review, wording: Wording) -> Told:
    """A row a group, a column a metric; groups under the minimum are counted and not shown."""
    minimum = review.report.minimum_n
    keys = [key for key in ordered_keys(data, wording) if most_of(data, key) > 0]
    enough = [key for key in keys if most_of(data, key) >= minimum]
    hidden = len(keys) - len(enough)
    names = [heading(by, "text", wording) for by in data.spec.by]
    values = [(short(told, wording, data.spec.id), told.metric.unit) for told, _ in data.columns]
    count = heading("n", "count", wording)
    kinds = [told.metric.kind for told, _ in data.columns]
    shown, whole = [], []
    for key in enough:
        label = [word(by, value, wording) for by, value in parts_of(data, key)]
        found = [reading_of(groups, key) for _, groups in data.columns]
        told = [
            one.value if kind == "count" or one.n is None or one.n >= minimum else None
            for one, kind in zip(found, kinds, strict=True)
        ]
        shown.append((*label, *told, most_of(data, key)))
        pairs = [(value, one.n) for value, one in zip(told, found, strict=True)]
        whole.append((*label, *(cell for pair in pairs for cell in pair)))
    more = wording.plural("table.hidden", hidden, minimum=minimum) if hidden else ""
    file = Table((*names, *(part for value in values for part in (value, count))), tuple(whole))
    if not enough:
        return Told(text_of(data, "none", wording, minimum=minimum), None, file)
    table = Table((*names, *values, count), tuple(shown))
    return Told(ranged(data, enough, wording), table, file, (more,) if more else ())


def ordered_keys(data: TableData, wording: Wording) -> list[tuple[Any, ...]]:
    """Every group that has a name, in the order the wording lists the names, else by name."""
    found = {key for _, groups in data.columns for key in groups}
    named = {key for key in found if all(part not in (None, "") for part in key)}
    places = [list(wording.part(split)) for split in data.spec.by]

    def place(key: tuple[Any, ...]) -> list[tuple[int, str]]:
        return [
            (known.index(str(part)) if str(part) in known else len(known), str(part))
            for part, known in zip(key, places, strict=True)
        ]

    return sorted(named, key=place)


def parts_of(data: TableData, key: tuple[Any, ...]) -> list[tuple[str, Any]]:
    """Each split with a group's value of it."""
    return list(zip(data.spec.by, key, strict=True))


def reading_of(groups: Mapping[tuple[Any, ...], Group], key: tuple[Any, ...]) -> Reading:
    """A group's reading; one of nothing where the metric does not know the group."""
    return groups[key].reading if key in groups else Reading(None, None, None, 0)


def most_of(data: TableData, key: tuple[Any, ...]) -> float:
    """The largest number any of the metrics counts in a group."""
    return max(reading_of(groups, key).n or 0 for _, groups in data.columns)


def ranged(data: TableData, keys: Sequence[tuple[Any, ...]], wording: Wording) -> str:
    """What the first metric is in each group, or from where to where it goes."""
    told, groups = data.columns[0]
    found = [(key, reading_of(groups, key).value) for key in keys]
    known = [(key, value) for key, value in found if value is not None]
    if not known:
        return text_of(data, "unvalued", wording)
    values = [value for _, value in known]
    if len(known) > LISTED:
        low, high = (
            wording.locale.value(at, told.metric.unit) for at in (min(values), max(values))
        )
        return text_of(data, "range", wording, low=low, high=high, count=len(known))
    listed = [
        wording.text(
            "table.value",
            name=wording.text("table.joint").join(
                word(split, part, wording) for split, part in parts_of(data, key)
            ),
            value=wording.locale.value(value, told.metric.unit),
        )
        for key, value in known
    ]
    return text_of(data, "headline", wording, values=wording.locale.listed(listed))
