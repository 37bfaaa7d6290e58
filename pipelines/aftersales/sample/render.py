"""Tables of the sample world as the cells of an export, column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import repeat

import numpy as np

from aftersales.calendars.zones import utc_offsets
from aftersales.errors import ConfigError
from aftersales.sample import tables
from aftersales.sample.catalogue import Flags, Ints
from aftersales.sample.columns import (
    NOTHING,
    Amounts,
    Column,
    Columns,
    Days,
    Ids,
    Joined,
    Names,
    Numbers,
    Of,
    Times,
)
from aftersales.sample.files import Cells
from aftersales.sample.layout import AROUND, IN_UTC, PATTERNS, Cell, Layout, Wide
from aftersales.sample.plan import DAY, NEVER
from aftersales.sample.tables import World

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC


def table(layout: Layout, world: World) -> Columns:
    """The rows of the world that a layout lists; in a dialogue the longest conversation's.

    Raises:
        ConfigError: the world has no such table, or the table no such column.
    """
    try:
        columns = tables.make(layout.table, world)
    except ConfigError as error:
        raise ConfigError(f"layout {layout.file}: {error.what}", fix=error.fix) from error
    rows = len(next(iter(columns.values())))
    fits = np.full(rows, True)
    for name, terms in layout.where.items():
        _check_there(layout, "where", name, columns)
        fits &= np.isin(np.array(_texts(columns[name]), dtype=object), terms)
    listed = tables.cut(columns, np.flatnonzero(fits), rows)
    return _longest_conversation(listed) if layout.kind == "dialogue" else listed


def cells(layout: Layout, table: Columns, zone: str) -> Cells:
    """The cells of every column of a layout; a constant column is endless.

    Args:
        layout: what is written.
        table: the rows it lists.
        zone: of the shop, where the layout states none.

    Raises:
        ConfigError: the table lacks a column the layout shows, or a term has no word.
    """
    if layout.kind == "dialogue":
        return [_messages(layout, table, zone)]
    if layout.one_cell is not None:
        return _conversations(layout, table, zone)
    if layout.wide is not None:
        return _widened(layout, layout.wide, table, zone)
    shown = _rendered(layout, layout.columns, table, zone)
    if layout.sheet_by is not None:
        return [*_rendered(layout, [Cell(name="", of=layout.sheet_by)], table, zone), *shown]
    return shown


def _messages(layout: Layout, table: Columns, zone: str) -> list[str]:
    """Messages as text."""
    told = layout.message
    parts = _rendered(layout, told.columns, table, zone)
    names = [cell.name for cell in told.columns]
    return [
        told.shape.format_map(dict(zip(names, row, strict=True)))
        for row in zip(*parts, strict=False)
    ]


def _longest_conversation(table: Columns) -> Columns:
    ids = _texts(table["conversation_id"])
    longest = max(ids, key=Counter(ids).__getitem__, default="")
    rows = np.array([row for row, name in enumerate(ids) if name == longest], dtype=np.int64)
    return {name: column.take(rows) for name, column in table.items()}


def _conversations(layout: Layout, table: Columns, zone: str) -> Cells:
    """One row a conversation, its messages in one cell."""
    texts: dict[str, list[str]] = {}
    for name, text in zip(
        _texts(table["conversation_id"]), _messages(layout, table, zone), strict=True
    ):
        texts.setdefault(name, []).append(text)
    sizes = [len(messages) for messages in texts.values()]
    first = np.cumsum([0, *sizes[:-1]])[: len(sizes)].astype(np.int64)
    heads = {name: column.take(first) for name, column in table.items()}
    shown = _rendered(layout, layout.columns, heads, zone)
    place = layout.header.index(str(layout.one_cell))
    return [*shown[:place], ["".join(said).strip() for said in texts.values()], *shown[place + 1 :]]


def _widened(layout: Layout, wide: Wide, table: Columns, zone: str) -> Cells:
    """One row for all that have the same cells, but for one column that becomes many."""
    _check_there(layout, "wide", wide.name, table)
    names = _texts(table[wide.name])
    keep = [cell for cell in layout.columns if cell.of is not None]
    kept = list(zip(*_rendered(layout, keep, table, zone), strict=True))
    row_of = {key: row for row, key in enumerate(dict.fromkeys(kept))}
    shown: list[Iterable[str]] = []
    for cell in layout.columns:
        if cell in keep:
            shown.append([key[keep.index(cell)] for key in row_of])
            continue
        filled = _column(layout, cell.model_copy(update={"of": wide.value}), table, zone, None)
        cells = [cell.none] * len(row_of)
        for name, key, text in zip(names, kept, filled, strict=True):
            if name == cell.name:
                cells[row_of[key]] = text
        shown.append(cells)
    return shown


def _rendered(layout: Layout, columns: Sequence[Cell], table: Columns, zone: str) -> Cells:
    first = _first_rows(table) if any(cell.first_only for cell in columns) else None
    return [_column(layout, cell, table, zone, first) for cell in columns]


def _column(
    layout: Layout, cell: Cell, table: Columns, zone: str, first: Flags | None
) -> Iterable[str]:
    if cell.of is None:
        return repeat(cell.value)
    _check_there(layout, cell.name, cell.of, table)
    shown = _Spelling(layout, cell, zone).cells(table[cell.of])
    if cell.first_only and first is not None:
        return [text if is_first else "" for text, is_first in zip(shown, first, strict=True)]
    return shown


def _check_there(layout: Layout, place: str, column: str, table: Columns) -> None:
    if column not in table:
        raise ConfigError(
            f"'{place}' of layout {layout.file} shows '{column}', which {layout.table} of the"
            " sample world does not have",
            fix=f"use one of: {', '.join(table)}",
        )


def _first_rows(table: Columns) -> Flags:
    """Which rows are the first of their order."""
    orders = table["order_id"]
    orders = orders.column.take(orders.index) if isinstance(orders, Of) else orders
    numbers = orders.numbers if isinstance(orders, Ids) else np.arange(len(orders))
    is_first: Flags = np.diff(numbers, prepend=-1) != 0
    return is_first


@dataclass(frozen=True)
class _Spelling:
    """How one layout writes the cells of one of its columns."""

    layout: Layout
    cell: Cell
    zone: str

    def cells(self, column: Column) -> list[str]:
        """A column as text."""
        match column:
            case Of():
                return _picked(self.cells(column.column), column.index)
            case Names():
                return _picked(self._names(column), column.index)
            case Times():
                return self._times(column.seconds)
            case Days():
                return self._days(column.days)
            case Amounts():
                return self._distinct(column.cents, lambda cents: f"{cents / 100:.2f}")
            case Numbers():
                return self._distinct(column.values, self._number)
            case Ids() | Joined() if not self._is_plain():
                return self._dressed(self._replaced(_texts(column)))
            case Ids() | Joined():
                return _texts(column)
        raise TypeError(f"{type(column).__name__} is no column")

    def _is_plain(self) -> bool:
        cell = self.cell
        return not (cell.words or cell.none or cell.unit) and cell.style in (None, "plain")

    def _names(self, column: Names) -> list[str]:
        """The word of each name; only those that are there need one."""
        words = self.cell.words
        if not words:
            return self._dressed(column.names)
        there = set(np.unique(column.index).tolist())
        return self._dressed(
            [self._word(name) if row in there else "" for row, name in enumerate(column.names)]
        )

    def _word(self, term: str) -> str:
        word = self.cell.word(term)
        if word is not None or not term:
            return word or ""
        raise ConfigError(
            f"'{self.cell.name}' of layout {self.layout.file} has no word for '{term}'",
            fix="say in 'words' what the platform writes",
        )

    def _replaced(self, texts: list[str]) -> list[str]:
        """Free text and numbers, some of which have a word of the platform's."""
        words = self.cell.words
        return [words.get(text, text) for text in texts] if words else texts

    def _dressed(self, texts: list[str]) -> list[str]:
        """Filled cells with what is written around them, and what stands for nothing."""
        none = self.cell.none
        before, after = AROUND.get(self.cell.style or "plain", ("", ""))
        after = self.cell.unit + after
        return [f"{before}{text}{after}" if text else none for text in texts]

    def _number(self, value: float) -> str:
        shown = value / self.cell.over * (100 if self.cell.percent else 1)
        text = f"{shown:.{self.cell.decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{text}%" if self.cell.percent else text

    def _distinct(
        self, values: np.ndarray[tuple[int], np.dtype[np.generic]], write: Callable[[float], str]
    ) -> list[str]:
        """Numbers as text; there are few different ones, so each is written once."""
        distinct, index = np.unique(values, return_inverse=True)
        figures = [self._figure(value, write) for value in distinct.tolist()]
        return _picked(self._dressed(self._replaced(figures)), index)

    def _figure(self, value: float, write: Callable[[float], str]) -> str:
        is_none = value == NOTHING or value != value or (value == 0 and self.cell.none_is_zero)
        return "" if is_none else write(value)

    def _days(self, days: Ints) -> list[str]:
        """Days as the pattern writes them; no zone has another one."""
        happened, style = days < NEVER, self.cell.style or "day"
        if not happened.any():
            return [self.cell.none] * len(days)
        shown = np.where(happened, days, days.min())
        return self._clocked(PATTERNS.get(style, style), shown, np.zeros_like(days), happened)

    def _times(self, seconds: Ints) -> list[str]:
        """Times in the zone of the layout, as its pattern writes them."""
        style = self.cell.style or "dashed"
        zone = "UTC" if style in IN_UTC else self.layout.zone or self.zone
        happened = seconds < NEVER
        if not happened.any():
            return [self.cell.none] * len(seconds)
        ahead = _ahead(np.where(happened, seconds, seconds.min()), zone)
        days, clock = np.divmod(np.where(happened, seconds + ahead, seconds.min()), DAY)
        pattern = PATTERNS.get(style, style)
        if "%z" in pattern:
            return self._with_offsets(pattern, days, clock, ahead, happened)
        return self._clocked(pattern, days, clock, happened)

    def _with_offsets(
        self, pattern: str, days: Ints, clock: Ints, ahead: Ints, happened: Flags
    ) -> list[str]:
        """As ``_clocked``, for each offset in force apart."""
        found = np.empty(len(days), dtype=object)
        for offset in np.unique(ahead).tolist():
            rows = np.flatnonzero(ahead == offset)
            written = pattern.replace("%z", _offset_name(offset))
            found[rows] = self._clocked(written, days[rows], clock[rows], happened[rows])
        texts: list[str] = found.tolist()
        return texts

    def _clocked(self, pattern: str, days: Ints, clock: Ints, happened: Flags) -> list[str]:
        """Every day and every second of a day is written once; a cell is one of each."""
        of_day, of_clock = _halves(pattern)
        first = int(days.min())
        span = range(first, int(days.max()) + 1)
        names = [_day_name(day, of_day) for day in span]
        before = np.array([*names, self.cell.none], dtype=object)
        after = _clock_names(of_clock)
        day = np.where(happened, days - first, len(names))
        second = np.where(happened, clock, DAY)
        texts: list[str] = (before[day] + after[second]).tolist()
        return texts


def _picked(texts: list[str], index: Ints) -> list[str]:
    picked: list[str] = np.array(texts, dtype=object)[index].tolist()
    return picked


def _texts(column: Column) -> list[str]:
    """Ids and what is joined of them, with nothing around it; ``""`` where there is nothing."""
    match column:
        case Ids():
            return _numbered(column)
        case Joined():
            return list(map("".join, zip(*map(_texts, column.parts), strict=True)))
        case Names():
            return _picked(column.names, column.index)
        case Of():
            return _picked(_texts(column.column), column.index)
    raise TypeError(f"{type(column).__name__} is no text")


def _numbered(column: Ids) -> list[str]:
    before, after, numbers = column.before, column.after, column.numbers.tolist()
    if column.width:
        texts = [f"{before}{number:0{column.width}}{after}" for number in numbers]
    elif before or after:
        texts = [f"{before}{number}{after}" for number in numbers]
    else:
        texts = list(map(str, numbers))
    if not (column.numbers == NOTHING).any():
        return texts
    return ["" if n == NOTHING else text for n, text in zip(numbers, texts, strict=True)]


def _halves(pattern: str) -> tuple[str, str]:
    """A pattern's part about the day, and its part about the clock from the first one on."""
    starts = [pattern.find(mark) for mark in ("%H", "%-H", "%I", "%-I") if mark in pattern]
    cut = min(starts, default=len(pattern))
    return pattern[:cut], pattern[cut:]


@cache
def _day_name(day: int, pattern: str) -> str:
    return datetime.fromordinal(_EPOCH.toordinal() + day).strftime(pattern)


@cache
def _clock_names(pattern: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """What a pattern writes at every second of a day, and nothing after the last one."""
    seconds = [f"{second:02}" for second in range(60)]
    minutes = [
        datetime(1970, 1, 1, hour, minute).strftime(pattern.replace("%S", "%%S"))  # noqa: DTZ001
        for hour in range(24)
        for minute in range(60)
    ]
    names = [minute.replace("%S", second) for minute in minutes for second in seconds]
    return np.array([*names, ""], dtype=object)


def _offset_name(offset: int) -> str:
    sign, minutes = ("-" if offset < 0 else "+"), abs(offset) // 60
    return f"{sign}{minutes // 60:02}{minutes % 60:02}"


def _ahead(seconds: Ints, zone: str) -> Ints:
    """Seconds the zone is ahead of UTC at these instants."""
    begins, offsets = _offsets(zone)
    ahead: Ints = offsets[np.searchsorted(begins, seconds, side="right") - 1]
    return ahead


@cache
def _offsets(zone: str) -> tuple[Ints, Ints]:
    """From when on each offset of a zone is in force."""
    ranges = [
        (int((begin - _EPOCH).total_seconds()), offset)
        for _, begin, _, _, _, offset, _ in utc_offsets(zone)
        if begin is not None and offset is not None
    ]
    begins, offsets = zip(*sorted(ranges), strict=True)
    return np.array(begins, dtype=np.int64), np.array(offsets, dtype=np.int64)
