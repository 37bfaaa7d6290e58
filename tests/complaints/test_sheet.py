"""A labelling sheet: what people see, what they may fill in, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from complaints import world

from aftersales.complaints import sheet, taxonomy, verdicts
from aftersales.complaints.sampling import Drawn, Found, Read
from aftersales.complaints.sheet import Filled, Returned
from aftersales.complaints.taxonomy import Taxonomy
from aftersales.complaints.verdicts import Key
from aftersales.errors import ConfigError, DataError
from aftersales.settings import packaged

SAID = sheet.words((packaged("reports"),))
BODIES = [
    "掉漆了",
    "=HYPERLINK(1)",
    "+1 没用",
    "-5 分",
    "@客服 13800138000\r\n不回",
    "好的\x0b谢谢",
]
# Columns of a sheet, from 1.
KEY, TEXT, FIRST, SECOND, EMOTION, NOTE, NAME = 1, 2, 3, 4, 6, 7, 8


@pytest.fixture
def told(tmp_path: Path) -> Taxonomy:
    return taxonomy.load((world.write(tmp_path / "sql"),))


@pytest.fixture
def key(told: Taxonomy) -> Key:
    drawn = [
        Drawn(
            Read(f"k{n}", body, "chat", "zh", 1, "v1", (Found("P1", "A", 0.9),)),
            "random" if n % 2 else "uncertain",
        )
        for n, body in enumerate(BODIES)
    ]
    week = date(2026, 11, 16)
    return verdicts.key(week, week, [each.read for each in drawn], drawn, told)


@pytest.fixture
def path(tmp_path: Path, told: Taxonomy, key: Key) -> Path:
    sheet.write(tmp_path / "sheet.xlsx", key, told, SAID)
    return tmp_path / "sheet.xlsx"


Fill = Callable[..., Returned]


@pytest.fixture
def fill(path: Path, told: Taxonomy, key: Key) -> Fill:
    """The sheet with these cells, by row of the sheet and column, read back."""

    def call(cells: dict[tuple[int, int], Any]) -> Returned:
        book = openpyxl.load_workbook(path)
        for (row, column), value in cells.items():
            book.worksheets[0].cell(row, column).value = value
        book.save(path)
        return sheet.read(path, {key.sheet: key}, told, SAID)

    return call


def refusal(fill: Fill, cells: dict[tuple[int, int], Any]) -> DataError:
    with pytest.raises(DataError) as caught:
        fill(cells)
    return caught.value


def test_a_sheet_shows_every_text_once_and_masked(path: Path) -> None:
    texts = [row[1].value for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(2)]
    assert len(texts) == len(BODIES)
    assert not any("13800138000" in text for text in texts)


def test_a_sheet_shows_neither_what_was_found_nor_why_a_text_was_drawn(path: Path) -> None:
    texts = openpyxl.load_workbook(path).worksheets[0]
    shown = [cell.value for row in texts.iter_rows(2, min_col=FIRST) for cell in row]
    assert set(shown) == {None}
    hidden = [value for row in texts.iter_rows(values_only=True) for value in row if value]
    assert not any(word in str(value) for value in hidden for word in ("random", "uncertain"))


def test_a_text_is_text_whatever_it_begins_with(path: Path) -> None:
    cells = [row[0] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(2, min_col=2)]
    assert {(cell.data_type, cell.number_format, cell.quotePrefix) for cell in cells} == {
        ("s", "@", True)
    }


def test_the_list_to_pick_from_names_every_leaf_and_none(path: Path, told: Taxonomy) -> None:
    keys = [
        row[1] for row in openpyxl.load_workbook(path).worksheets[1].iter_rows(2, values_only=True)
    ]
    assert keys == ["NONE", *told.leaves]


def test_a_sheet_there_is_never_written_over(path: Path, told: Taxonomy, key: Key) -> None:
    with pytest.raises(ConfigError) as caught:
        sheet.write(path, key, told, SAID)
    assert str(caught.value) == (
        f"{path}: is there already, and may be somebody's work\n  fix: name another"
    )


def test_what_was_filled_in_comes_back(fill: Fill, key: Key) -> None:
    back = fill(
        {
            (2, FIRST): "P1 P1 P1",
            (2, SECOND): "C1",
            (2, EMOTION): 2,
            (2, NOTE): "hm",
            (2, NAME): "Lin",
            (3, FIRST): "none",
            (4, FIRST): "c1、P1",
            (4, EMOTION): "0",
        }
    )
    keys = [row.key for row in key.rows]
    assert back.filled == (
        Filled(keys[0], ("C1", "P1"), 2, "hm", "Lin"),
        Filled(keys[1], (), None, "", "Lin"),
        Filled(keys[2], ("C1", "P1"), 0, "", "Lin"),
    )
    assert back.not_labelled == 3


def test_a_row_without_a_category_is_counted_as_not_labelled(fill: Fill) -> None:
    assert fill({(2, NOTE): "later"}) == Returned((), 6)


def test_rows_may_be_sorted_and_taken_out(path: Path, told: Taxonomy, key: Key) -> None:
    book = openpyxl.load_workbook(path)
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(2)]
    book.worksheets[0].delete_rows(2, len(rows))
    for row in rows[:0:-1]:
        book.worksheets[0].append([*row[:2], "NONE", None, None, None, None, "Lin"])
    book.save(path)
    back = sheet.read(path, {key.sheet: key}, told, SAID)
    assert [filled.key for filled in back.filled] == [row.key for row in key.rows[:0:-1]]


@pytest.mark.parametrize(
    ("cells", "place", "what", "fix"),
    [
        (
            {(2, FIRST): "Z9", (2, NAME): "Lin"},
            "line 2, column '类目1 category 1'",
            "'Z9' is no category",
            "pick one from the list: NONE, C1, P1, P5, X0",
        ),
        (
            {(3, FIRST): "P1", (3, EMOTION): 4, (3, NAME): "Lin"},
            "line 3, column '情绪 emotion'",
            "'4' is no emotion",
            "write 0, 1, 2 or 3",
        ),
        (
            {(3, EMOTION): 1, (3, NAME): "Lin"},
            "line 3, column '类目1 category 1'",
            "is empty beside an emotion",
            "pick a category, or NONE",
        ),
        (
            {(3, FIRST): "NONE", (3, SECOND): "P1", (3, NAME): "Lin"},
            "line 3, column '类目1 category 1'",
            "NONE stands beside P1",
            "keep one of the two",
        ),
        (
            {(2, KEY): None},
            "line 2, column '编号 key'",
            "is empty",
            "put the key back, or take the row out",
        ),
        (
            {(2, KEY): "abc-001"},
            "line 2, column '编号 key'",
            "'abc-001' was not asked in this workspace",
            "put back the key it was written with; label where the sheet was made",
        ),
        (
            {(2, FIRST): "P1"},
            "line 2, column '标注人 annotator'",
            "says nobody's name",
            "write who labelled, in one row",
        ),
        (
            {(2, FIRST): "P1", (3, NAME): "Lin", (4, NAME): "Mei"},
            "line 2, column '标注人 annotator'",
            "says nobody's name, and several people's stand elsewhere",
            "write who labelled that row",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_with_row_and_column(
    cells: dict[tuple[int, int], Any], place: str, what: str, fix: str, fill: Fill
) -> None:
    assert str(refusal(fill, cells)) == f"sheet.xlsx, {place}: {what}\n  fix: {fix}"


def test_a_key_beside_another_text_is_refused(fill: Fill, key: Key) -> None:
    one, other = key.rows[0].key, key.rows[1].key
    error = refusal(fill, {(2, KEY): other, (3, KEY): one})
    assert (error.line, error.column) == (2, "原文 text")
    assert error.what == f"is not the text of '{other}'"


def test_a_row_copied_is_refused(fill: Fill, key: Key) -> None:
    first = key.rows[0]
    error = refusal(fill, {(8, KEY): first.key, (8, TEXT): first.text})
    assert (error.line, error.what) == (8, f"'{first.key}' stands in row 2 too")


def test_a_sheet_without_one_of_its_columns_is_refused(fill: Fill) -> None:
    error = refusal(fill, {(1, EMOTION): "mood"})
    assert error.what == "has no column '情绪 emotion'"


def test_what_is_no_workbook_is_refused(tmp_path: Path, told: Taxonomy) -> None:
    (tmp_path / "sheet.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError) as caught:
        sheet.read(tmp_path / "sheet.csv", {}, told, SAID)
    assert str(caught.value) == "sheet.csv: is no workbook\n  fix: save it as xlsx"


def test_a_verdict_keeps_what_was_found_and_why_the_text_was_drawn(fill: Fill, key: Key) -> None:
    back = fill({(2, FIRST): "C1", (2, NAME): "Lin"})
    at = verdicts.stamp(datetime(2026, 11, 23, 2, tzinfo=UTC))
    (verdict,) = sheet.verdicts(back, {key.sheet: key}, at)
    assert verdict.text_key == "k0"
    assert (verdict.half, verdict.version, verdict.found_emotion) == ("uncertain", "v1", 1)
    assert verdict.found == (Found("P1", "A", 0.9),)
    assert verdict.labels == ("C1",)
    assert verdict.labelled_at == "2026-11-23T02:00:00+00:00"
