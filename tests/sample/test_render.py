"""Tiny tables of a world, and the files a layout makes of them."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from aftersales.errors import ConfigError
from aftersales.sample import columns, exports, render
from aftersales.sample.catalogue import catalogue
from aftersales.sample.columns import NOTHING, Columns
from aftersales.sample.layout import Layout
from aftersales.sample.plan import NEVER, make_plan

UNTIL = date(2026, 11, 22)


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def at(*times: str | None) -> columns.Times:
    """UTC."""
    epoch = datetime(1970, 1, 1)
    seconds = [t and int((datetime.fromisoformat(t) - epoch).total_seconds()) for t in times]
    return columns.Times(ints(*(NEVER if s is None else s for s in seconds)))


def told(*cells: Any, **more: Any) -> Layout:
    return Layout.model_validate(
        {"layout": "made_up", "table": "shop.order", "file": "up.csv", "columns": list(cells)}
        | more
    )


def shown(column: columns.Column, zone: str = "Asia/Shanghai", **facts: Any) -> list[str]:
    """The cells one column makes."""
    layout = told({"A": {"of": "a", **facts}})
    (cells,) = render.cells(layout, {"a": column}, zone)
    return list(cells)


def write(path: Path, layout: Layout, table: Columns, *, as_csv: bool = False) -> Path:
    known = catalogue()
    shop = known.shops[0]
    plan = make_plan(known, shop, months=1, until=UNTIL)
    file = exports.open_file(path, layout, shop, plan, until=UNTIL, as_csv=as_csv)
    file.write(render.cells(layout, table, shop.zone))
    file.close()
    return file.path


CHAT: Columns = {
    "conversation_id": columns.Ids(ints(1, 1, 2)),
    "buyer_id": columns.Names(["小明", "小红"], ints(0, 0, 1)),
    "sender": columns.Names(["小明", "店:阿宁", "小红"], ints(0, 1, 2)),
    "sent_at": at("2026-03-01 01:02:03", "2026-03-01 01:02:10", "2026-03-02 10:00:00"),
    "body": columns.Names(["在吗", "在的", "急\n急"], ints(0, 1, 2)),
}


@pytest.mark.parametrize(
    ("facts", "cells"),
    [
        ({}, ["7", ""]),
        ({"style": "excel"}, ['="7"', ""]),
        ({"style": "quote_before", "none": "-"}, ["'7", "-"]),
        ({"style": "tab_before"}, ["\t7", ""]),
        ({"style": "tab_after"}, ["7\t", ""]),
    ],
)
def test_ids_wear_what_keeps_excel_away(facts: dict[str, str], cells: list[str]) -> None:
    assert shown(columns.Ids(ints(7, NOTHING)), **facts) == cells


@pytest.mark.parametrize(
    ("facts", "cell"),
    [
        ({}, "2026-03-01 09:02:03"),
        ({"style": "slashed"}, "2026/3/1 9:02"),
        ({"style": "iso_utc"}, "2026-03-01T01:02:03+00:00"),
        ({"style": "iso_z"}, "2026-03-01T01:02:03Z"),
        ({"style": "offset"}, "2026-03-01 09:02:03 +0800"),
        ({"style": "day"}, "2026-03-01"),
        ({"style": "day_month_name"}, "01-Mar-2026"),
        ({"style": "%d %b %Y %H:%M"}, "01 Mar 2026 09:02"),
    ],
)
def test_a_time_is_spelled_as_the_platform_does(facts: dict[str, str], cell: str) -> None:
    assert shown(at("2026-03-01 01:02:03", None), **facts) == [cell, ""]


def test_times_follow_the_clock_of_their_zone_over_its_change() -> None:
    # New York went back an hour on 1 November 2026 at 06:00 UTC.
    times = at("2026-11-01 05:30:00", "2026-11-01 06:30:00", None)
    assert shown(times, "America/New_York", style="offset") == [
        "2026-11-01 01:30:00 -0400",
        "2026-11-01 01:30:00 -0500",
        "",
    ]


def test_a_day_is_the_same_in_every_zone() -> None:
    assert shown(columns.Days(ints(20_000, NEVER)), "America/New_York") == ["2024-10-04", ""]


def test_what_has_never_happened_is_empty() -> None:
    assert shown(at(None, None), none="-") == ["-", "-"]
    assert shown(columns.Days(ints(NEVER))) == [""]


@pytest.mark.parametrize(
    ("facts", "cells"),
    [
        ({}, ["89.50", "0.00", ""]),
        ({"none": "无退款申请", "none_is_zero": True}, ["89.50", "无退款申请", "无退款申请"]),
        ({"style": "yuan_before"}, ["¥89.50", "¥0.00", ""]),
        ({"style": "yuan_after"}, ["89.50元", "0.00元", ""]),
    ],
)
def test_money_has_two_decimals_and_nothing_is_not_zero(
    facts: dict[str, Any], cells: list[str]
) -> None:
    assert shown(columns.Amounts(ints(8950, 0, NOTHING)), **facts) == cells


@pytest.mark.parametrize(
    ("facts", "cells"),
    [
        ({"percent": True}, ["98.5%", "100%", ""]),
        ({"decimals": 1}, ["1", "1", ""]),
        ({"over": 0.5, "unit": "秒"}, ["1.97秒", "2秒", ""]),
    ],
)
def test_numbers_show_as_many_decimals_as_they_have(
    facts: dict[str, Any], cells: list[str]
) -> None:
    assert shown(columns.Numbers(np.array([0.985, 1, np.nan])), **facts) == cells


def test_a_term_is_written_with_the_platforms_word_or_that_of_its_like() -> None:
    status = columns.Names(["paid", "shipped", "completed", ""], ints(2, 0, 1, 3))
    words = {"paid": "待发货", "shipped": "已发货"}
    assert shown(status, words=words, told_as={"completed": "shipped"}, none="-") == [
        "已发货",
        "待发货",
        "已发货",
        "-",
    ]


def test_a_term_without_a_word_stops_the_writing() -> None:
    with pytest.raises(ConfigError) as stopped:
        shown(columns.Names(["paid", "closed"], ints(0, 1)), words={"paid": "待发货"})
    assert str(stopped.value) == (
        "'A' of layout up.csv has no word for 'closed'\n  fix: say in 'words' what the platform writes"
    )


def test_a_column_the_world_lacks_stops_the_writing() -> None:
    with pytest.raises(ConfigError) as stopped:
        render.cells(told({"运费": "freight"}), {"order_id": columns.Ids(ints(1))}, "UTC")
    assert str(stopped.value) == (
        "'运费' of layout up.csv shows 'freight', which shop.order of the sample world does not have"
        "\n  fix: use one of: order_id"
    )


def test_facts_of_an_order_may_stand_on_its_first_line_only() -> None:
    table: Columns = {
        "order_id": columns.Of(columns.Ids(ints(10, 11)), ints(0, 0, 1)),
        "total": columns.Of(columns.Amounts(ints(500, 700)), ints(0, 0, 1)),
    }
    layout = told({"Name": "order_id"}, {"Total": {"of": "total", "first_only": True}})
    names, totals = render.cells(layout, table, "UTC")
    assert list(zip(names, totals, strict=True)) == [("10", "5.00"), ("10", ""), ("11", "7.00")]


def test_only_what_must_be_is_quoted_where_a_platform_does_so(tmp_path: Path) -> None:
    table = {"a": columns.Names(['say "hi"', "plain", "1;2"], ints(0, 1, 2))}
    layout = told(
        {"A": "a"}, {"B;": {"value": "x"}}, quoted=False, delimiter=";", above=[["up"], []]
    )
    path = write(tmp_path, layout, table)
    assert path.read_bytes() == b'up\r\n\r\nA;"B;"\r\n"say ""hi""";x\r\nplain;x\r\n"1;2";x\r\n'


def test_rows_above_and_below_name_the_days(tmp_path: Path) -> None:
    layout = told({"A": "a"}, above=[["报表 {since} {until}"]], below=[["总计"]], file="{day}.csv")
    path = write(tmp_path, layout, {"a": columns.Ids(ints(1))})
    assert path.name == "2026-11-22.csv"
    assert path.read_text(encoding="utf-8").splitlines() == [
        '"报表 2026-10-24 2026-11-22"',
        '"A"',
        '"1"',
        '"总计"',
    ]


def test_a_large_workbook_becomes_csv(tmp_path: Path) -> None:
    layout = told({"A": "a"}, kind="xlsx", file="up.xlsx", encoding="gb18030")
    path = write(tmp_path, layout, {"a": columns.Names(["退款"], ints(0))}, as_csv=True)
    assert path.name == "up.csv"
    assert path.read_text(encoding="gb18030") == '"A"\n"退款"\n'


def test_json_has_objects_in_objects_numbers_and_null(tmp_path: Path) -> None:
    table = {"id": columns.Ids(ints(7, 8)), "channel": columns.Names(["web", ""], ints(0, 1))}
    layout = told(
        {"id": "id"}, {"via.channel": "channel"}, {"via.source.id": "id"}, kind="json",
        sheet="tickets", file="up.json",
    )  # fmt: skip
    path = write(tmp_path, layout, table)
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "tickets": [
            {"id": 7, "via": {"channel": "web", "source": {"id": 7}}},
            {"id": 8, "via": {"channel": None, "source": {"id": 8}}},
        ],
        "count": 2,
    }


def test_a_dialogue_is_text_as_the_window_copies_it(tmp_path: Path) -> None:
    layout = told(
        kind="dialogue", file="chat.txt", message={"shape": "{sender} {sent_at}\n{text}\n"}
    )
    rows = {name: column.take(ints(0, 1)) for name, column in CHAT.items()}
    assert write(tmp_path, layout, rows).read_bytes().decode() == (
        "小明 2026-3-1 9:02:03\r\n在吗\r\n店:阿宁 2026-3-1 9:02:10\r\n在的\r\n"
    )


def test_a_conversation_may_stand_in_one_cell(tmp_path: Path) -> None:
    layout = told(
        {"客户ID": "buyer_id"}, "聊天记录", kind="xlsx", file="up.xlsx", one_cell="聊天记录",
        message={"shape": "{sender}: {text}\n"},
    )  # fmt: skip
    assert sheets(write(tmp_path, layout, CHAT)) == {
        "Sheet1": [
            ("客户ID", "聊天记录"),
            ("小明", "小明: 在吗\n店:阿宁: 在的"),
            ("小红", "小红: 急\n急"),
        ]
    }


def test_each_customer_may_have_a_sheet(tmp_path: Path) -> None:
    layout = told({"内容": "body"}, kind="xlsx", file="up.xlsx", sheet_by="buyer_id")
    assert sheets(write(tmp_path, layout, CHAT)) == {
        "小明": [("内容",), ("在吗",), ("在的",)],
        "小红": [("内容",), ("急\n急",)],
    }


def sheets(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_rows_may_become_columns(tmp_path: Path) -> None:
    table: Columns = {
        "rated_on": columns.Days(ints(20_000, 20_000, 20_001)),
        "currency": columns.Names(["USD", "JPY"], ints(0, 1, 1)),
        "rate": columns.Numbers(np.array([1.1, 160.25, 161])),
    }
    layout = told(
        {"Date": "rated_on"}, {"USD": {"none": "N/A"}}, {"JPY": {"none": "N/A"}}, "",
        quoted=False, wide={"name": "currency", "value": "rate"},
    )  # fmt: skip
    assert write(tmp_path, layout, table).read_text(encoding="utf-8").splitlines() == [
        "Date,USD,JPY,",
        "2024-10-04,1.1,160.25,",
        "2024-10-05,N/A,161,",
    ]


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(
        ValueError, match="no style 'fancy'; use one of: plain, excel, quote_before"
    ):
        told({"A": {"of": "a", "style": "fancy"}})
