"""Export layouts as data: which file a platform writes, and how each of its cells is made.

A layout is a format the other way round: the format says which contract column a header fills,
the layout which header a contract column goes to, and how the platform spells it there. The rows
are those of a table of the sample world, whose columns carry the names of the contract, with
further ones that no contract has (what a person is called, parcels).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from aftersales.contracts import read_yaml, refusal

FOLDER = Path(__file__).with_name("layouts")

# What an id or a text has around it.
AROUND = {
    "plain": ("", ""),
    "excel": ('="', '"'),
    "quote_before": ("'", ""),
    "tab_before": ("\t", ""),
    "tab_after": ("", "\t"),
    "yuan_after": ("", "元"),
    "yuan_before": ("¥", ""),
    "dollar_before": ("$", ""),
}
# Times, as strftime writes them; a style with a % in it is such a pattern itself.
PATTERNS = {
    "dashed": "%Y-%m-%d %H:%M:%S",
    "slashed": "%Y/%-m/%-d %-H:%M",  # as Excel saves it again
    "iso_utc": "%Y-%m-%dT%H:%M:%S+00:00",
    "iso_z": "%Y-%m-%dT%H:%M:%SZ",
    "offset": "%Y-%m-%d %H:%M:%S %z",
    "day": "%Y-%m-%d",
    "day_month_name": "%d-%b-%Y",
}
IN_UTC = frozenset({"iso_utc", "iso_z"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Strict):
    """How the cells of one delivered column are made.

    Attributes:
        name: the header, exactly as the platform writes it.
        of: the world's column they show; None: ``value`` alone.
        value: a constant, where ``of`` is None.
        style: how ids, texts and amounts (a key of AROUND) or times (a key of PATTERNS, or a
            pattern of strftime's with a ``%``) are spelled.
        unit: written behind a filled cell (``35秒``).
        over: a number is divided by it first: 60 for seconds shown in minutes.
        percent: a share of 1 is written in percent (``98.5%``).
        decimals: at most so many of a number; amounts always have two.
        words: the world's term → the platform's word; of free text those that are replaced.
        told_as: term → the term it is read as again, where the platform does not tell the two
            apart; it is written with the other's word, unless it has one of its own.
        none: what is written where there is nothing (``-``, ``无退款申请``).
        none_is_zero: an amount or number of 0 is written as ``none`` too.
        first_only: filled on the first row of an order only.
    """

    name: str
    of: str | None = None
    value: str = ""
    style: str | None = None
    unit: str = ""
    over: float = 1
    percent: bool = False
    decimals: int = 2
    words: dict[str, str] = {}
    told_as: dict[str, str] = {}
    none: str = ""
    none_is_zero: bool = False
    first_only: bool = False

    def word(self, term: str) -> str | None:
        """What the platform writes for a term; None where it is not said."""
        return self.words.get(term, self.words.get(self.told_as.get(term, "")))

    @field_validator("style")
    @classmethod
    def _is_known(cls, style: str | None) -> str | None:
        if style is None or "%" in style or style in AROUND or style in PATTERNS:
            return style
        raise ValueError(f"no style '{style}'; use one of: {', '.join([*AROUND, *PATTERNS])}")


def _cells(given: list[Any]) -> list[dict[str, Any]]:
    """``- 订单号: order_id`` is short for ``{name: 订单号, of: order_id}``; a bare name is empty.

    ``- 订单号: {of: order_id, style: excel}`` holds the rest of a cell's facts.
    """
    cells: list[dict[str, Any]] = []
    for entry in given:
        if not isinstance(entry, dict):
            cells.append({"name": str(entry)})
            continue
        ((name, facts),) = entry.items()
        more = facts if isinstance(facts, dict) else {"of": facts}
        cells.append({"name": str(name), **more})
    return cells


class Message(_Strict):
    """How one message of a conversation is written as text.

    Attributes:
        shape: the text, with the names of ``columns`` in braces.
        columns: what stands in for them.
    """

    shape: str = "{sender} {sent_at}\n{text}\n"
    columns: list[Cell] = [
        Cell(name="sender", of="sender"),
        Cell(name="sent_at", of="sent_at", style="%Y-%-m-%-d %-H:%M:%S"),
        Cell(name="text", of="body"),
    ]

    _short_forms = field_validator("columns", mode="before")(_cells)


class Wide(_Strict):
    """A column a thing, where the world has a row a thing.

    Attributes:
        name: the world's column that says which thing: the header its cells go to.
        value: the world's column that is shown there.
    """

    name: str
    value: str


class Layout(_Strict):
    """One export file.

    Attributes:
        name: the format that must claim it.
        table: the contract table whose rows of the world it lists, ``source.table``.
        where: only rows with one of these terms in a column of the world, such as
            ``{asked_type: [exchange]}``.
        file: its name with its extension, with ``{stamp}`` (yyyymmddHHMM of the export), ``{day}``
            (yyyy-mm-dd), ``{since}`` and ``{until}`` (first and last day), ``{epoch}`` (seconds).
        kind: what the bytes are. ``dialogue`` is one conversation, as text a chat window gives to
            the clipboard. Beyond 50,000 orders an xlsx is written as csv.
        encoding: of csv and text.
        delimiter: of csv.
        quoted: every cell of a csv is quoted, not only where it must be.
        zone: IANA zone its times are written in; None: the shop's.
        shop: the shop of the sample whose it is in the gallery; None: the first that exports it.
        above: rows above the header: group titles, sentences; names in braces as in ``file``.
        below: rows after the data: totals.
        sheet: the name of a workbook's sheet, or of a JSON document's array.
        sheet_by: of a workbook: one sheet for each value of this column of the world.
        one_cell: of chats in a workbook: one row a conversation, which stands in this column.
        message: how a message is written, in a dialogue or in one cell.
        wide: rows with the same cells otherwise become one, and each fills the column called like
            it, which shows nothing else.
        columns: in the platform's order; a dialogue has none.
    """

    name: str = Field(alias="layout")
    table: str
    where: dict[str, list[str]] = {}
    file: str
    kind: Literal["csv", "xlsx", "json", "dialogue"] = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    quoted: bool = True
    zone: str | None = None
    shop: str | None = None
    above: list[list[str]] = []
    below: list[list[str]] = []
    sheet: str = "Sheet1"
    sheet_by: str | None = None
    one_cell: str | None = None
    message: Message = Message()
    wide: Wide | None = None
    columns: list[Cell] = []

    _short_forms = field_validator("columns", mode="before")(_cells)

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [cell.name for cell in self.columns]

    def cell(self, name: str) -> Cell:
        """The column with this header."""
        return next(cell for cell in self.columns if cell.name == name)


def stems() -> list[str]:
    """The name of every layout's file."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


@cache
def read(stem: str) -> Layout:
    """The layout in the file of this name.

    Raises:
        ConfigError: it is not YAML, or holds what no layout has.
    """
    path = FOLDER / f"{stem}.yml"
    try:
        return Layout.model_validate(read_yaml(path))
    except ValidationError as error:
        raise refusal(error, path) from error
