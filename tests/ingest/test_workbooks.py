"""Excel: what it hides, what it has cut off, and workbooks that are none."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from ingest.conftest import ORDER_HEADER, Workspace

HEADER: list[Any] = ["订单编号", "总金额", "买家实际支付金额", "订单创建时间"]
AT = datetime(2026, 3, 1, 10, 0)


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_numbers_and_times_come_out_as_an_export_writes_them(workspace: Workspace) -> None:
    content = workbook(
        订单=[HEADER, ["2150000000026611387", 21, 20.5, AT], [123, 1.0, 0, "2026-03-01 11:00:00"]]
    )
    assert workspace.one(workspace.put("a.xlsx", content)).loaded == 2
    assert workspace.query(
        "select _record, order_id, total_amount, paid_amount, created_at from raw_shop__order order by _record"
    ) == [
        (1, "2150000000026611387", "21", "20.5", "2026-03-01 10:00:00"),
        (2, "123", "1", "0", "2026-03-01 11:00:00"),
    ]


def test_an_id_stored_as_a_number_has_lost_digits_and_is_set_aside(workspace: Workspace) -> None:
    content = workbook(订单=[HEADER, [2150000000026611387, 21, 20, AT], ["2", 21, 20, AT]])
    outcome = workspace.one(workspace.put("a.xlsx", content))
    assert (outcome.rows_in, outcome.loaded, outcome.quarantined) == (2, 1, 1)
    assert workspace.query("select record, line, column_name, reason from raw_quarantine") == [
        (
            1,
            2,
            "订单编号",
            "2.15000000002661e+18 is a number: Excel has cut off digits of the id; export it as text or csv",
        )
    ]


def test_a_whole_file_of_cut_ids_is_refused(workspace: Workspace) -> None:
    content = workbook(订单=[HEADER, *([2150000000026611387 + n, 21, 20, AT] for n in range(3))])
    reason = (
        "'订单编号': 2.15000000002661e+18 is a number:"
        " Excel has cut off digits of the id; export it as text or csv"
    )
    assert workspace.refusal(workspace.put("a.xlsx", content)) == (
        "a.xlsx: 3 of 3 rows cannot be read, so the file was refused:"
        f" line 2, {reason}; line 3, {reason}; line 4, {reason}\n"
        "  fix: export it again, or correct these rows;"
        " quarantine_share in aftersales.toml sets what is tolerated"
    )


def test_error_cells_and_formulas_without_a_value_are_not_empty_cells(workspace: Workspace) -> None:
    rows = [HEADER, ["1", "#N/A", 20, AT], ["2", "=1+1", 20, AT], ["#REF!", 1, 1, AT]]
    content = workbook(订单=rows)
    outcome = workspace.one(workspace.put("a.xlsx", content))
    assert outcome.notes == ("3 cells hold an Excel error or an uncalculated formula",)
    assert workspace.query(
        "select order_id, total_amount from raw_shop__order order by _record"
    ) == [
        ("1", "#N/A"),
        ("2", "=1+1"),
    ]
    assert workspace.query("select column_name, reason from raw_quarantine") == [
        ("订单编号", "Excel could not calculate it: #REF!")
    ]


def test_zeros_a_number_format_shows_belong_to_the_id(workspace: Workspace) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append([123, 1, 1, AT])
    book.active["A2"].number_format = "000000"
    buffer = io.BytesIO()
    book.save(buffer)
    workspace.one(workspace.put("a.xlsx", buffer.getvalue()))
    assert workspace.query("select order_id from raw_shop__order") == [("000123",)]


def test_every_sheet_a_format_claims_is_loaded_and_the_others_are_named(
    workspace: Workspace,
) -> None:
    refunds = [["退款编号", "订单编号", "退款的申请时间"], ["9", "1", AT]]
    content = workbook(订单=[HEADER, ["1", 21, 20, AT]], 退款=refunds, 说明=[["随便"], ["写写"]])
    first, second = workspace.take(workspace.put("a.xlsx", content))
    assert [(o.format, o.loaded) for o in (first, second)] == [
        ("taobao_order", 1),
        ("taobao_refund", 1),
    ]
    assert first.notes == ("sheet '说明' with 2 rows was not taken: no format claims it",)
    assert len({row[0] for row in workspace.query("select file_id from raw_file")}) == 2


def test_a_zip_that_is_no_workbook_is_refused(workspace: Workspace) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("orders.csv", ORDER_HEADER)
    assert workspace.refusal(workspace.put("a.xlsx", buffer.getvalue())) == (
        "a.xlsx: it is a zip archive\n  fix: unpack it and name the files inside"
    )


def test_a_workbook_that_would_unpack_to_anything_huge_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aftersales.ingest.intake.RATIO_COUNTS_FROM", 1_000_000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 2_000_000)
    packed = len(buffer.getvalue())
    assert packed < 10_000
    refusal = workspace.refusal(workspace.put("a.xlsx", buffer.getvalue()))
    assert refusal.startswith("a.xlsx: the workbook would unpack to 2,000,000 bytes in 1 parts, ")
    assert refusal.endswith(" times its size; that is no export\n  fix: export csv instead")
