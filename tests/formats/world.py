"""What a layout shows of the sample world, as plain values to hold staging against.

Written without the code that renders the files: texts, times and money are made anew here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from aftersales.contracts import Column as ContractColumn
from aftersales.contracts import Table as ContractTable
from aftersales.formats import Fallback, Format, comparable
from aftersales.sample import Shown, columns
from aftersales.sample.layout import IN_UTC, PATTERNS, Cell
from aftersales.sample.plan import NEVER
from aftersales.sample.tables import READINGS

EPOCH = datetime(1970, 1, 1)
# A chat window shows a robot by its account, and its own notices like anything else.
DIALOGUE = [Cell(name="customer", of="buyer_id"), Cell(name="role", of="sender_role")]


def values(column: columns.Column) -> list[Any]:
    """The cells of a column of the world: text, Decimal, float, datetime (UTC), date, or None."""
    match column:
        case columns.Of(inner, index):
            found = values(inner)
            return [found[row] for row in index]
        case columns.Names(names, index):
            return [names[row] or None for row in index]
        case columns.Joined(parts):
            rows = zip(*map(values, parts), strict=True)
            return ["".join(part or "" for part in row) or None for row in rows]
        case columns.Ids(numbers, before, after, width):
            return [
                None if n == columns.NOTHING else before + str(n).zfill(width) + after
                for n in numbers.tolist()
            ]
        case columns.Times(seconds):
            return [None if s >= NEVER else EPOCH + timedelta(seconds=s) for s in seconds.tolist()]
        case columns.Days(days):
            return [None if d >= NEVER else EPOCH.date() + timedelta(d) for d in days.tolist()]
        case columns.Amounts(cents):
            return [None if c == columns.NOTHING else Decimal(c) / 100 for c in cents.tolist()]
        case columns.Numbers(numbers):
            return [None if n != n else n for n in numbers.tolist()]
    raise TypeError(type(column))


def shown_by(form: Format, shown: Shown, column: str) -> list[Cell]:
    """The delivered columns a contract column is read from, the one that counts most first."""
    layout, source = shown.layout, form.columns[column]
    cells = layout.columns
    if form.dialogue is not None:
        cells = [*layout.message.columns, *DIALOGUE]
    elif layout.wide is not None and form.wide is not None:
        cells = [
            *cells,
            Cell(name=form.wide.name, of=layout.wide.name),
            Cell(name=form.wide.value, of=layout.wide.value, decimals=cells[-1].decimals),
        ]
    found = _named(cells, source.names)
    # What the file's or the sheet's name says is of the world as well.
    told_by_name = column in shown.rows and source.of_file is not None and not found
    return [Cell(name=column, of=column)] if told_by_name else found


def _named(cells: Sequence[Cell], names: Sequence[str]) -> list[Cell]:
    return [cell for name in names for cell in cells if comparable(cell.name) == comparable(name)]


def expected(
    form: Format,
    table: ContractTable,
    shown: Shown,
    column: str,
    pseudonym: Callable[[str], str],
    term: Callable[[str], str | None],
) -> list[Any] | None:
    """What staging has to say of a contract column, row by row; None where the file is silent.

    Args:
        pseudonym: of a personal id.
        term: what a constant word of the layout means.
    """
    facts, source = table.columns[column], form.columns[column]
    cell = next(iter(shown_by(form, shown, column)), None)
    standing_in = [
        next(iter(_named(shown.layout.columns, [name])), None)
        for name in (source.fallback.names if source.fallback else [])
    ]
    there = [other for other in standing_in if other is not None]
    if cell is None and source.value is None and not there:
        return None
    if facts.type == "word" and cell is None and there:
        cell = there[0]
    found = _told(form, facts, shown, cell, column, term)
    if form.dialogue is not None:
        # a line of the window's own, such as that a message was taken back, is nobody's text
        own = form.dialogue.leaves_out
        found = [
            None if value and any(re.fullmatch(line, str(value)) for line in own) else value
            for value in found
        ]
    if source.fallback is not None and there and facts.type != "word":
        cells = standing_in if source.fallback.together else there[:1]
        made = _made(source.fallback, facts, shown, cells)
        found = [one if one is not None else other for one, other in zip(found, made, strict=True)]
    if facts.pii != "pseudonym":
        return found
    clear = [False] * len(found)
    for word, terms in ({} if source.numbered else facts.unless or {}).items():
        if word in form.columns and word in shown.rows:
            clear = [value in terms for value in values(shown.rows[word])]
    return [
        value if value is None or is_clear else pseudonym(value)
        for value, is_clear in zip(found, clear, strict=True)
    ]


def _told(
    form: Format,
    facts: ContractColumn,
    shown: Shown,
    cell: Cell | None,
    column: str,
    term: Callable[[str], str | None],
) -> list[Any]:
    """What one delivered column says; nothing where there is none."""
    rows = len(next(iter(shown.rows.values())))
    if cell is None or cell.of is None:
        told = cell.value if cell else form.columns[column].value or ""
        return [_constant(form, facts, told.strip(), term)] * rows
    told_by = values(shown.rows[meant(facts, shown, cell, column)])
    if cell.first_only:
        told_by = [
            value if is_first else None
            for value, is_first in zip(told_by, _first_of_order(shown), strict=True)
        ]
    return [_read(form, facts, shown, cell, value) for value in told_by]


def _made(
    fallback: Fallback, facts: ContractColumn, shown: Shown, cells: Sequence[Cell | None]
) -> list[Any]:
    """What the format makes of other cells where one is empty."""
    rows = len(next(iter(shown.rows.values())))
    columns = [
        [_written(shown, cell, value) for value in values(shown.rows[cell.of])]
        if cell is not None and cell.of is not None
        else [cell.value if cell is not None else ""] * rows
        for cell in cells
    ]
    gives = fallback.gives.replace(r"\0", r"\g<0>")  # RE2's name of the whole match
    fits = [re.fullmatch(fallback.match, "|".join(texts)) for texts in zip(*columns, strict=True)]
    made = [match.expand(gives) or None if match else None for match in fits]
    if facts.type != "time" or not cells or cells[0] is None:
        return made
    return [text and _utc(shown, cells[0], _moment(text)) for text in made]


def _moment(text: str) -> datetime:
    is_named = re.fullmatch(r"\d{2}-[A-Z][a-z]{2}-\d{4}", text)
    return datetime.strptime(text, "%d-%b-%Y") if is_named else datetime.fromisoformat(text)  # noqa: DTZ007 - the wall clock


def _written(shown: Shown, cell: Cell, value: Any) -> str:
    if not isinstance(value, datetime):
        return str(value or "")
    local = value.replace(tzinfo=UTC).astimezone(_zone(shown, cell))
    style = cell.style or "dashed"
    return local.strftime(PATTERNS.get(style, style))


def meant(facts: ContractColumn, shown: Shown, cell: Cell, column: str) -> str:
    """The world's column a contract column is held against.

    It is the one of that name, unless the layout shows another reading of it; of a word the
    world knows the contract's term, whatever finer thing the layout shows.
    """
    other = cell.of in READINGS.get(column, ()) and facts.type != "word"
    return str(cell.of) if other or column not in shown.rows else column


def _first_of_order(shown: Shown) -> list[bool]:
    orders = values(shown.rows["order_id"])
    return [row == 0 or orders[row - 1] != order for row, order in enumerate(orders)]


def _constant(
    form: Format, facts: ContractColumn, told: str, term: Callable[[str], str | None]
) -> Any:
    if told in form.nothing:
        told = ""
    if facts.type == "word":
        return term(told)
    if facts.type == "refund":
        return Decimal(told or 0)
    return Decimal(told) if told and facts.type in {"amount", "count"} else told or None


def _read(form: Format, facts: ContractColumn, shown: Shown, cell: Cell, value: Any) -> Any:
    """A value of the world, as far as the layout's spelling keeps it."""
    if facts.type == "refund" and value is None:
        return Decimal(0)
    if facts.type == "text" and not isinstance(value, datetime):
        if value is None or (value == 0 and cell.none_is_zero):
            return None if cell.none in ("", *form.nothing) else cell.none
        return cell.words.get(str(value), value)
    if value is None:
        file_says = form.currency or shown.shop.currency
        return file_says if facts.type == "currency" else None
    if facts.type == "word":
        return cell.told_as.get(value, value)
    if isinstance(value, datetime):
        local = _as_shown(shown, cell, value)
        return local.date() if facts.type == "date" else _utc(shown, cell, local)
    if facts.type == "amount" and value == 0 and cell.none_is_zero:
        return None
    return value


def _as_shown(shown: Shown, cell: Cell, at: datetime) -> datetime:
    """The clock on the wall, without what the pattern leaves out."""
    pattern = PATTERNS.get(cell.style or "dashed", cell.style or "")
    local = at.replace(tzinfo=UTC).astimezone(_zone(shown, cell)).replace(tzinfo=None)
    kept = pattern.replace(" %z", "").replace("%z", "").replace("%-", "%")
    return datetime.strptime(local.strftime(kept), kept)  # noqa: DTZ007 - the wall clock


def _utc(shown: Shown, cell: Cell, local: datetime) -> datetime:
    return local.replace(tzinfo=_zone(shown, cell)).astimezone(UTC).replace(tzinfo=None)


def _zone(shown: Shown, cell: Cell) -> ZoneInfo:
    return ZoneInfo("UTC" if cell.style in IN_UTC else shown.layout.zone or shown.shop.zone)


def agrees(cell: Cell | None, wanted: Any, found: Any) -> bool:
    """Whether a staged value is the one the world knows, as exactly as the file says it."""
    if wanted is None or found is None or isinstance(wanted, str | date):
        return bool(wanted == found)
    step = 10.0 ** -(cell.decimals if cell else 2) * (cell.over if cell else 1)
    step /= 100 if cell and cell.percent else 1
    slack = 0 if isinstance(wanted, Decimal) else step / 2 + 1e-9
    return abs(float(wanted) - float(found)) <= max(slack, 1e-9)
