"""Improvements in words: the table on the page, and the same lines for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aftersales.errors import ConfigError
from aftersales.judgement import proposals
from aftersales.reporting.charts import Cell, Table
from aftersales.reporting.locale import MINUS
from aftersales.reporting.review import Review, TableData
from aftersales.reporting.spec import Wording, word
from aftersales.reporting.splits import Told, heading, text_of
from aftersales.settings import Settings

if TYPE_CHECKING:
    from aftersales.judgement.improvements import Improvement
    from aftersales.judgement.interrupted import Change, Result

SHOWN = 15
FIXED = 6  # columns that stay though they be empty
HIDDEN = ("declined",)  # kept in the file, and no more work for anybody


def improvements(data: TableData, review: Review, wording: Wording) -> Told:
    """What to do by what it is worth, who does it until when, and whether what was done helped."""
    found: list[Improvement] = [row["improvement"] for row in data.rows]
    columns = (
        heading("improvement", "prose", wording),
        heading("action", "prose", wording),
        heading("bad_of", "text", wording),
        heading("fewer_a_week", "text", wording),
        heading("owner", "prose", wording),
        heading("progress", "prose", wording),
        heading("money_a_week", "text", wording),
        heading("due", "week", wording),
        heading("helped", "prose", wording),
    )
    whole = Table(
        (
            heading("improvement_id", "text", wording),
            *columns,
            heading("p_value", "text", wording),
            heading("rows_command", "text", wording),
            heading("examples", "text", wording),
        ),
        tuple(_whole(one, wording) for one in found),
    )
    visible = [one for one in found if one.state not in HIDDEN]
    rows = tuple(_row(one, wording) for one in visible[:SHOWN])
    proposed = [one for one in visible if one.proposal]
    overdue = sum(one.is_overdue for one in visible)
    more = len(visible) - len(rows)
    notes = [wording.plural("table.more", more)] if more > 0 else []
    if overdue:
        notes.insert(0, wording.plural(f"chart.{data.spec.id}.overdue", overdue))
    if not proposed:
        table = _filled(Table(columns, rows)) if rows else None
        return Told(text_of(data, "none", wording), table, whole, tuple(notes))
    first = proposed[0]
    headline = wording.plural(
        f"chart.{data.spec.id}.headline",
        len(proposed),
        title=first.title[wording.language],
        cases=_cases(first, wording),
    )
    return Told(headline, _filled(Table(columns, rows)), whole, tuple(notes))


def _filled(table: Table) -> Table:
    kept = [
        place
        for place in range(len(table.columns))
        if place < FIXED or any(row[place] for row in table.rows)
    ]
    return Table(
        tuple(table.columns[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


def _row(one: Improvement, wording: Wording) -> tuple[Cell, ...]:
    found, language = one.proposal, wording.language
    bad_of = None
    if found:
        parts = [wording.locale.number(part) for part in (found.bad, found.of)]
        bad_of = wording.text("improvement.bad_of", bad=parts[0], of=parts[1])
    return (
        one.title[language],
        found.action[language] if found else None,
        bad_of,
        _cases(one, wording) if found else None,
        word("owner", one.owner, wording) if one.owner else None,
        progress(one, wording),
        _money(one, wording),
        one.due,
        result(one.result, wording) if one.result else None,
    )


def _whole(one: Improvement, wording: Wording) -> tuple[Cell, ...]:
    found = one.proposal
    return (
        one.key,
        *_row(one, wording),
        f"{found.p_value:.2g}" if found else None,
        found.rows if found else None,
        " ".join(found.entities) if found else None,
    )


def progress(one: Improvement, wording: Wording) -> str:
    """The state, since when it was found, and what is wrong with it."""
    parts = [wording.text(f"improvement.state.{one.state}")]
    if one.is_overdue:
        parts.append(wording.text("improvement.overdue"))
    if one.gone_since:
        parts.append(wording.text("improvement.gone", on=wording.locale.day(one.gone_since)))
    elif one.proposal and one.first_on:
        parts.append(wording.text("improvement.since", on=wording.locale.day(one.first_on)))
    if one.note:
        parts.append(one.note)
    return wording.text("table.joint").join(parts)


def _cases(one: Improvement, wording: Wording) -> str:
    if one.proposal is None:
        return ""
    found = one.proposal
    ends = [wording.locale.number(part, 1) for part in (found.cases, found.low, found.high)]
    return wording.text("improvement.between", value=ends[0], low=ends[1], high=ends[2])


def _money(one: Improvement, wording: Wording) -> str | None:
    found = one.proposal
    if not found or found.money is None or found.money_low is None or found.money_high is None:
        return None
    ends = [
        wording.locale.number(part) for part in (found.money, found.money_low, found.money_high)
    ]
    told = wording.text("improvement.between", value=ends[0], low=ends[1], high=ends[2])
    return f"{found.currency} {told}"


def result(found: Result, wording: Wording) -> str:
    """Whether it helped, in a sentence."""
    if found.status != "tested" or found.change is None:
        on = wording.locale.full_day(found.testable_on) if found.testable_on else ""
        return wording.text(f"improvement.{found.status}", on=on, before=found.before)
    slots = _ends(found.change, found, wording)
    told = wording.text(f"improvement.{found.verdict}", **slots)
    if found.against:
        told += wording.text("improvement.against", **_ends(found.against, found, wording))
    return told


def _ends(change: Change, found: Result, wording: Wording) -> dict[str, str]:
    parts = {"change": change.size, "low": change.low, "high": change.high}
    return {name: _signed(value, found, wording) for name, value in parts.items()}


def _signed(value: float, found: Result, wording: Wording) -> str:
    points = found.kind == "share"
    told = wording.locale.points(value) if points else wording.locale.share(abs(value))
    return f"{'+' if value > 0 else MINUS}{told}" if value else told


def lines(
    settings: Settings, found: Sequence[Improvement], language: str | None
) -> list[dict[str, Any]]:
    """One a thing to do, to be printed.

    Args:
        language: zh or en; None: the front page's.

    Raises:
        ConfigError: there are no words in that language.
    """
    if language not in (None, *proposals.LANGUAGES):
        raise ConfigError(
            f"there are no words in '{language}'",
            fix=f"use one of: {', '.join(proposals.LANGUAGES)}",
        )
    wording = proposals.wording(settings.report_layers, language or settings.languages[0])
    return [
        {
            "id": one.key,
            "what": one.title[wording.language],
            "fewer_a_week": _cases(one, wording),
            "money_a_week": _money(one, wording) or "",
            "owner": word("owner", one.owner, wording),
            "due": one.due or "",
            "progress": progress(one, wording),
            "helped": result(one.result, wording) if one.result else "",
        }
        for one in found
    ]
