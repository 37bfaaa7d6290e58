"""Tables about the process: the steps that cost most time, and the paths that take longest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aftersales.judgement.process import Edge, Graph, graph, loops, slowest
from aftersales.reporting.charts import Bar, Cell, Table
from aftersales.reporting.headlines import short
from aftersales.reporting.review import Review, TableData
from aftersales.reporting.spec import Wording, word
from aftersales.reporting.splits import Told, heading, reading_of, text_of

OURS = "merchant"
LONGEST = 10  # steps on the page, and
SLOWEST = 8  # paths; the files have all
SPLIT = " > "  # between the events of mart_case_process.case_path

Key = tuple[Any, ...]


# --- step by step ----------------------------------------------------------------------------


def steps(data: TableData, review: Review, wording: Wording) -> Told:
    """Moves by the time they cost in all.

    The metrics are moves, their waits in calendar and working time, the waits added up, by both
    ends and the party waited for; and the moves that go back, by both ends.
    """
    minimum = review.report.minimum_n
    (_, counts), (_, waits), (_, working), (_, totals), (_, back) = data.columns
    keys = [key for key in counts if None not in key[:2] and reading_of(counts, key).value]
    # what nobody can tell whom it waits for is nobody's to mend: it comes behind
    keys.sort(key=lambda key: (key[2] is None, -(reading_of(totals, key).value or 0.0), str(key)))
    whole = sum(reading_of(totals, key).value or 0.0 for key in keys)
    longest = max((reading_of(totals, key).value or 0.0 for key in keys), default=0.0)
    names = [(short(told, wording, data.spec.id), told.metric.unit) for told, _ in data.columns[:3]]
    columns = (
        heading("move", "text", wording),
        heading("waits_for", "text", wording),
        *names,
        heading("of_waiting", "share", wording),
    )

    def row(key: Key, at_least: int) -> tuple[Cell, ...]:
        moves, total = reading_of(counts, key).value or 0.0, reading_of(totals, key).value or 0.0
        enough = moves >= at_least
        share = total / whole if whole else 0.0
        return (
            _move(str(key[0]), str(key[1]), wording),
            word("waits_for", key[2], wording),
            moves,
            reading_of(waits, key).value if enough else None,
            reading_of(working, key).value if enough else None,
            Bar(share, total / longest if longest else 0.0) if at_least > 1 else share,
        )

    file = Table(columns, tuple(row(key, 1) for key in keys))
    enough = [key for key in keys if (reading_of(counts, key).value or 0) >= minimum]
    if not enough:
        return Told(text_of(data, "none", wording, minimum=minimum), None, file)
    table = Table(columns, tuple(row(key, minimum) for key in enough[:LONGEST]))
    ours = _ours(data, keys)
    slow = slowest(ours, OURS, minimum)
    notes = [_spent(data, keys, whole, wording), _loop(data, back, wording)]
    more = len(keys) - len(table.rows)
    notes += [wording.plural("table.more", more)] if more else []
    if not slow:
        return Told(text_of(data, "unknown", wording), table, file, tuple(notes))
    return Told(_slowest(data, slow[0], wording), table, file, tuple(notes))


def _ours(data: TableData, keys: Sequence[Key]) -> Graph:
    """The moves that wait for the merchant: a pair may wait for another party in other cases."""
    kept = [key for key in keys if key[2] == OURS]

    def rows(place: int) -> list[Mapping[str, Any]]:
        groups = data.columns[place][1]
        names = ("from_activity", "to_activity", "waits_for", "value")
        return [
            dict(zip(names, (*key, reading_of(groups, key).value), strict=True)) for key in kept
        ]

    return graph(rows(0), rows(1), rows(2))


def _slowest(data: TableData, edge: Edge, wording: Wording) -> str:
    is_working = edge.working_seconds is not None
    return text_of(
        data,
        "headline" if is_working else "headline_calendar",
        wording,
        move=_move(edge.from_activity, edge.to_activity, wording),
        wait=wording.locale.value(edge.working_seconds if is_working else edge.seconds, "seconds"),
        n=wording.locale.number(edge.moves),
    )


def _spent(data: TableData, keys: Sequence[Key], whole: float, wording: Wording) -> str:
    """On whom the time went, the most first."""
    totals = data.columns[3][1]
    spent: dict[str, float] = {}
    for key in keys:
        party = str(key[2])
        spent[party] = spent.get(party, 0.0) + (reading_of(totals, key).value or 0.0)
    told = [
        wording.text(
            "table.value",
            name=word("waits_for", party, wording),
            value=wording.locale.share(seconds / whole if whole else 0.0),
        )
        for party, seconds in sorted(spent.items(), key=lambda one: (-one[1], one[0]))
    ]
    return text_of(data, "spent", wording, parties=wording.locale.listed(told))


def _loop(data: TableData, back: Mapping[Key, Any], wording: Wording) -> str:
    rows = [
        {
            "from_activity": key[0],
            "to_activity": key[1],
            "value": group.reading.value,
            "is_rework": True,
        }
        for key, group in back.items()
    ]
    found = loops(graph(rows))
    again = data.whole[0]
    slots = {
        "share": wording.locale.share(again.value) if again.value is not None else "",
        "n": wording.locale.number(again.n or 0),
    }
    if not found:
        return text_of(data, "no_loop" if again.n else "no_log", wording, **slots)
    return text_of(
        data,
        "loop",
        wording,
        move=_move(found[0].from_activity, found[0].to_activity, wording),
        count=wording.locale.number(found[0].again),
        **slots,
    )


def _move(began: str, ended: str, wording: Wording) -> str:
    names = (word("activity", began, wording), word("activity", ended, wording))
    return wording.text("path.joint").join(names)


# --- whole paths -----------------------------------------------------------------------------


def paths(data: TableData, review: Review, wording: Wording) -> Told:
    """Paths by how long their cases took; the metrics are cases, that time, and what came of it."""
    minimum = review.report.minimum_n
    counts, lasted = data.columns[0][1], data.columns[1][1]
    keys = [key for key in counts if key[0] is not None and reading_of(counts, key).value]
    keys.sort(key=lambda key: (-(reading_of(lasted, key).value or 0.0), str(key)))
    total = sum(reading_of(counts, key).value or 0.0 for key in keys)
    names = [(short(told, wording, data.spec.id), told.metric.unit) for told, _ in data.columns]
    columns = (
        heading("case_path", "prose", wording),
        heading("asked_type", "text", wording),
        names[0],
        heading("of_cases", "share", wording),
        *names[1:],
    )

    def row(key: Key, at_least: int) -> tuple[Cell, ...]:
        found = [reading_of(groups, key) for _, groups in data.columns]
        kinds = [told.metric.kind for told, _ in data.columns]
        told = [
            one.value if kind == "count" or (one.n or 0) >= at_least else None
            for one, kind in zip(found, kinds, strict=True)
        ]
        cases = found[0].value or 0.0
        name, kind = path_name(str(key[0]), wording), word("asked_type", key[1], wording)
        return (name, kind, cases, cases / total if total else None, *told[1:])

    file = Table(columns, tuple(row(key, 1) for key in keys))
    enough = [key for key in keys if (reading_of(lasted, key).n or 0) >= minimum]
    if not enough:
        return Told(text_of(data, "none", wording, minimum=minimum), None, file)
    shown = enough[:SLOWEST]
    rest = [key for key in keys if key not in set(shown)]
    cases = sum(reading_of(counts, key).value or 0.0 for key in rest)
    notes = [_rest(data, rest, cases, wording)] if rest else []
    first = shown[0]
    headline = text_of(
        data,
        "headline",
        wording,
        path=path_name(str(first[0]), wording),
        type=word("asked_type", first[1], wording),
        lasted=wording.locale.value(reading_of(lasted, first).value, "seconds"),
        n=wording.locale.number(reading_of(lasted, first).n or 0),
    )
    table = Table(columns, tuple(row(key, minimum) for key in shown))
    return Told(headline, table, file, tuple(notes))


def _rest(data: TableData, rest: Sequence[Key], cases: float, wording: Wording) -> str:
    """What the paths that are not listed cost: a rare one may be dear."""
    *_, (_, paid), (_, converted) = data.columns
    costs = [[reading_of(groups, key).value for key in rest] for groups in (paid, converted)]
    key = f"chart.{data.spec.id}.rest"
    slots = {"cases": wording.locale.number(cases)}
    told = wording.plural(key, len(rest), **slots)
    if any(value is None for values in costs for value in values):
        return told
    amounts = [
        wording.locale.value(sum(value or 0.0 for value in values), "amount") for values in costs
    ]
    return told + text_of(data, "rest_cost", wording, paid=amounts[0], converted=amounts[1])


def path_name(path: str, wording: Wording) -> str:
    """A path in the page's words."""
    return wording.text("path.joint").join(
        word("activity", event, wording) for event in path.split(SPLIT)
    )
