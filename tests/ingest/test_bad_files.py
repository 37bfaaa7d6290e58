"""What is said of files that cannot be taken: the whole message, and nothing left behind."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from ingest.conftest import ORDER_HEADER, Workspace, order, order_file

from aftersales.errors import DataError
from aftersales.ingest.files import explain

SETTLEMENT = "商家昵称,入帐日期,入帐时间,支付流水号,收入金额(元),支出金额(元)\na,b,c,d,1,2\n"


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_an_empty_file_is_refused(workspace: Workspace) -> None:
    assert workspace.refusal(workspace.put("a.csv", b"")) == (
        "a.csv: the file is empty (0 bytes)\n  fix: download it again; the export was not finished"
    )


def test_a_file_that_is_not_there_is_refused(workspace: Workspace) -> None:
    assert workspace.refusal(workspace.settings.inbox / "a.csv") == (
        "a.csv: there is no such file\n  fix: check the path"
    )


def test_a_folder_is_no_file(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        explain(tmp_path, workspace.formats)
    assert (
        str(caught.value)
        == f"{tmp_path.name}: it is a folder, not a file\n  fix: name a file in it"
    )


def test_a_binary_is_refused(workspace: Workspace) -> None:
    assert workspace.refusal(workspace.put("a.csv", b"\x7fELF\x00\x01\x02" * 20)) == (
        "a.csv: it is a binary file, not a table\n  fix: export csv, xlsx, json or parquet and name that"
    )


def test_a_web_page_called_xls_is_refused(workspace: Workspace) -> None:
    assert workspace.refusal(workspace.put("a.xls", "<html><body><table>")) == (
        "a.xls: it is a web page or XML, not a table (often a login page, or a page saved as .xls)\n"
        "  fix: log in and export again as csv or xlsx; or open it in Excel and save it as xlsx"
    )


def test_a_truncated_workbook_is_refused(workspace: Workspace) -> None:
    whole = workbook(ORDER_HEADER.split(","), order(1).split(","))
    assert workspace.refusal(workspace.put("a.xlsx", whole[: len(whole) // 2])) == (
        "a.xlsx: the workbook is damaged or cut off\n  fix: download it again and check its size"
    )


def test_chinese_cut_within_a_character_is_refused_at_its_line(workspace: Workspace) -> None:
    whole = (ORDER_HEADER + "\n" + order(1) + "\n" + '="2",小明').encode("gb18030")
    assert workspace.refusal(workspace.put("a.csv", whole[:-1])) == (
        "a.csv, line 3: the file ends in the middle of a character: it was cut off\n"
        "  fix: download it again and compare the size"
    )


def test_a_bad_byte_in_utf8_is_never_read_as_chinese(workspace: Workspace) -> None:
    text = order_file(order(1), order(2)).encode()
    assert workspace.refusal(workspace.put("a.csv", text[:-5] + b"\xff" + text[-5:])) == (
        "a.csv, line 3: byte 0xFF is not UTF-8; nothing was guessed\n"
        "  fix: export it again as UTF-8, and do not edit it on the way"
    )


def test_western_text_is_never_read_as_chinese(workspace: Workspace) -> None:
    text = (
        "ticket_id,created_at,first_replied_at,agent\n" + "1,2026-01-01 10:00:00,,M\xfcller\n" * 9
    )
    assert workspace.refusal(workspace.put("a.csv", text, encoding="latin-1")) == (
        "a.csv: its encoding is neither UTF-8 nor, by its characters, Chinese GB18030; nothing was guessed\n"
        "  fix: save it as UTF-8"
    )


def test_a_settlement_is_refused_by_name(workspace: Workspace) -> None:
    assert workspace.refusal(workspace.put("a.csv", SETTLEMENT, encoding="gb18030")) == (
        "a.csv: it is a settlement or money flow: it lists money movements, not orders or after-sales cases;"
        " counted as orders it would double sales\n"
        "  fix: export instead: the order report, the item report or the refund export"
    )


def test_an_unknown_header_names_the_nearest_formats(workspace: Workspace) -> None:
    assert workspace.refusal(workspace.put("a.csv", "退款编号,订单编号,甲\n1,2,3\n")) == (
        "a.csv: no format knows its header. Nearest:"
        " Taobao/Tmall refund export misses '退款的申请时间' or '退款申请时间';"
        " Taobao/Tmall refund export, current misses '售后类型', '退款的申请时间' or '退款申请时间'\n"
        "  fix: describe it once with: aftersales map a.csv"
    )


def test_orders_in_place_of_refunds_are_taken_for_what_they_are(workspace: Workspace) -> None:
    outcome = workspace.one(workspace.put("退款.csv", order_file(order(1))))
    assert (outcome.format, outcome.notes) == (
        "taobao_order",
        (
            "named like Taobao/Tmall refund export, but by its header it is Taobao/Tmall order report;"
            " Taobao/Tmall refund export is exported by: Qianniu: Trade, Refunds, Export",
        ),
    )


def test_a_header_alone_is_no_rows_and_said(workspace: Workspace) -> None:
    outcome = workspace.one(workspace.put("a.csv", order_file()))
    assert (outcome.status, outcome.rows_in, outcome.notes) == (
        "loaded",
        0,
        ("it has a header and no rows",),
    )


def test_an_order_report_of_chosen_columns_may_lack_the_time_of_placing(
    workspace: Workspace,
) -> None:
    text = "订单编号,订单付款时间,买家实付金额\n1,2026-01-01 10:00:00,5\n"
    outcome = workspace.one(workspace.put("a.csv", text))
    assert (outcome.status, outcome.loaded) == ("loaded", 1)


def test_three_date_styles_in_one_column_are_refused(workspace: Workspace) -> None:
    lines = [
        order(1),
        *(order(n, at=at) for n, at in ((2, "05/03/2026 10:00"), (3, "Mar 5 2026"), (4, "5.3.26"))),
    ]
    assert workspace.refusal(workspace.put("a.csv", order_file(*lines))) == (
        "a.csv: 3 of 4 rows cannot be read, so the file was refused:"
        " line 3, '订单创建时间': '05/03/2026 10:00' is no time written ymd;"
        " line 4, '订单创建时间': 'Mar 5 2026' is no time written ymd;"
        " line 5, '订单创建时间': '5.3.26' is no time written ymd\n"
        "  fix: export it again, or correct these rows;"
        " quarantine_share in aftersales.toml sets what is tolerated"
    )


def test_one_refusal_stops_no_other_file(workspace: Workspace) -> None:
    workspace.put("a.csv", b"")
    workspace.put("b.csv", order_file(order(1)))
    assert [outcome.status for outcome in workspace.take(workspace.settings.inbox)] == [
        "refused",
        "loaded",
    ]
