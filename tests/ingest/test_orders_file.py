"""What a sound export becomes in raw."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from ingest.conftest import ORDER_HEADER, Workspace, order, order_file

from aftersales.ingest import pii, text
from aftersales.ingest.files import explain

ID = 2150000000026611387


def test_cells_are_kept_as_delivered_and_the_buyer_becomes_a_pseudonym(
    workspace: Workspace,
) -> None:
    outcome = workspace.one(workspace.put("ExportOrderList202603121048.csv", order_file(order(ID))))
    assert (outcome.format, outcome.rows_in, outcome.loaded, outcome.quarantined) == (
        "taobao_order",
        1,
        1,
        0,
    )
    key = workspace.settings.key.read_bytes()
    buyer = hmac.new(key, f"小明{ID}".encode(), hashlib.sha256).hexdigest()[:32]
    assert workspace.query(
        "select _record, order_id, buyer_id, paid_amount, status, shipped_at, _extra from raw_shop__order"
    ) == [(1, f'="{ID}"', buyer, "20.00", "交易成功", None, None)]


def test_dropped_personal_data_is_nowhere_in_the_database(workspace: Workspace) -> None:
    workspace.one(workspace.put("a.csv", order_file(order(1))))
    workspace.con.execute("checkpoint")
    content = workspace.settings.warehouse.read_bytes()
    assert "交易成功".encode() in content
    for personal in ("张三", "13800000000", "小明"):
        assert personal.encode() not in content


def test_a_column_nobody_mapped_is_kept_masked_and_one_about_a_person_is_not(
    workspace: Workspace,
) -> None:
    text = (
        ORDER_HEADER
        + ",渠道备注,收件人电话\n"
        + order(1)
        + ",请打13800000000或a@b.com,13900000000\n"
    )
    outcome = workspace.one(workspace.put("a.csv", text))
    ((extra,),) = workspace.query("select _extra from raw_shop__order")
    assert json.loads(str(extra)) == {"渠道备注": "请打138********或[mail]"}
    assert outcome.notes[-1] == (
        "columns not kept, because by their names they are about a person: '收件人电话'"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encoding_and_line_ends_change_nothing(
    workspace: Workspace, encoding: str, ending: str
) -> None:
    text = order_file(order(1), order(2)).replace("\n", ending)
    outcome = workspace.one(workspace.put("a.csv", text, encoding=encoding))
    assert (outcome.status, outcome.loaded) == ("loaded", 2)
    assert [row[0] for row in workspace.orders()] == ['="1"', '="2"']
    assert workspace.query("select encoding from raw_file") == [(encoding,)]


def test_lines_above_the_header_are_skipped_and_said(workspace: Workspace) -> None:
    outcome = workspace.one(
        workspace.put("a.csv", "店铺：旗舰店\n导出时间：2026\n" + order_file(order(1)))
    )
    assert outcome.notes == ("2 lines above the header were skipped",)
    assert outcome.loaded == 1


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_tabs_and_semicolons_part_cells_too(workspace: Workspace, delimiter: str) -> None:
    text = order_file(order(1)).replace(",", delimiter)
    assert workspace.one(workspace.put("a.txt", text)).loaded == 1
    assert workspace.query("select delimiter from raw_file") == [(delimiter,)]


def test_a_comma_after_every_row_is_no_cell(workspace: Workspace) -> None:
    text = ORDER_HEADER + "\n" + order(1) + ",\n" + order(2) + ",\n"
    assert workspace.one(workspace.put("a.csv", text)).loaded == 2


def test_line_breaks_within_quotes_do_not_end_a_row(workspace: Workspace) -> None:
    text = order_file(order(1).replace("交易成功", '"交易\n成功"'), order(2))
    assert workspace.one(workspace.put("a.csv", text)).loaded == 2
    assert workspace.query("select status from raw_shop__order where _record = 1") == [
        ("交易\n成功",)
    ]


def test_the_folder_names_the_shop_before_the_option_does(workspace: Workspace) -> None:
    path = workspace.put("outlet/a.csv", order_file(order(1)))
    outcome = workspace.one(path)
    assert (outcome.shop_id, outcome.shop_from) == ("outlet", "folder")


def test_without_folder_and_option_the_shop_is_default_and_that_is_said(
    workspace: Workspace,
) -> None:
    (outcome,) = workspace.take(workspace.put("a.csv", order_file(order(1))), shop_id=None)
    assert (outcome.shop_id, outcome.notes) == (
        "default",
        (
            "its shop is unknown and was called 'default': use a folder data/inbox/<shop>/ or --shop",
        ),
    )


@pytest.mark.parametrize(
    ("name", "expected", "source"),
    [
        ("ExportOrderList202603121048.csv", datetime(2026, 3, 12, 2, 48), "file_name"),
        ("订单-2026-05-18 00_34_04.csv", datetime(2026, 5, 17, 16, 34, 4), "file_name"),
        ("1791430000_a.csv", datetime(2026, 10, 8, 3, 26, 40), "file_name"),
        ("orders_2026-02-01.csv", datetime(2026, 3, 1, 2, 0), "rows"),
        ("orders.csv", datetime(2026, 3, 1, 2, 0), "rows"),
    ],
)
def test_the_export_time_is_in_the_name_else_in_the_rows(
    workspace: Workspace, name: str, expected: datetime, source: str
) -> None:
    workspace.one(workspace.put(name, order_file(order(1))))
    assert workspace.query("select exported_at, exported_from from raw_file") == [
        (expected, source)
    ]


def test_a_buyer_is_hidden_and_the_shops_own_people_are_not(workspace: Workspace) -> None:
    text = (
        "conversation_id,time,role,sender,text\n"
        "c1,2026-03-01 10:00:00,买家,小明,在吗\nc1,2026-03-01 10:00:05,客服,小美,在的\n"
    )
    workspace.one(workspace.put("chat.csv", text))
    key = workspace.settings.key.read_bytes()
    assert workspace.query("select sender from raw_desk__message order by _record") == [
        (pii.pseudonym(key, "小明"),),
        ("小美",),
    ]


@pytest.mark.parametrize(
    "name", ["a[1].csv", "a*.csv", "'; drop table raw_file; --.csv", "a\nb.csv", "x" * 250 + ".csv"]
)
def test_no_file_name_can_do_harm(workspace: Workspace, name: str) -> None:
    workspace.put("a1.csv", order_file(order(7)))
    assert workspace.one(workspace.put(name, order_file(order(1)))).loaded == 1
    assert [row[0] for row in workspace.orders()] == ['="1"']


def test_no_column_name_can_do_harm(workspace: Workspace) -> None:
    text = ORDER_HEADER + ',"x\'); drop table raw_file; --","a""b"\n' + order(1) + ",1,2\n"
    assert workspace.one(workspace.put("a.csv", text)).loaded == 1
    ((extra,),) = workspace.query("select _extra from raw_shop__order")
    assert json.loads(str(extra)) == {"x'); drop table raw_file; --": "1", 'a"b': "2"}


def test_only_the_owner_may_read_what_is_kept(workspace: Workspace) -> None:
    workspace.one(workspace.put("a.csv", order_file(order(1))))
    kept = [path for path in workspace.settings.data.rglob("*") if path.is_file()]
    ours = [path for path in kept if not path.is_relative_to(workspace.settings.inbox)]
    assert len(ours) >= 4
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in ours)


def test_folders_are_searched_and_hidden_files_left_alone(workspace: Workspace) -> None:
    workspace.put("outlet/deep/a.csv", order_file(order(1)))
    workspace.put("_truth.csv", order_file(order(2)))
    workspace.put(".part/b.csv", order_file(order(3)))
    assert [outcome.file for outcome in workspace.take(workspace.settings.inbox)] == ["a.csv"]


def test_explain_says_who_claims_a_file_and_what_the_others_miss(workspace: Workspace) -> None:
    claims = explain(workspace.put("a.csv", order_file(order(1))), workspace.formats)
    assert (claims[0].format, claims[0].claims) == ("taobao_order", True)
    refund = next(claim for claim in claims if claim.format == "taobao_refund")
    assert refund.missing == (("退款编号",), ("退款的申请时间", "退款申请时间"))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64])
def test_a_scan_finds_the_same_wherever_its_chunks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('甲,"乙\n""丙""",1\n2, "3",4\n\n'.encode())
    monkeypatch.setattr(text, "CHUNK", size)
    assert text.scan(path) == text.Scan(lines=2, utf8_error=None, spaced_quotes=True)


def test_looking_for_new_files_loads_no_reader() -> None:
    code = (
        "import sys, aftersales.health; from aftersales.ingest import intake; print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    readers = {"duckdb", "numpy", "openpyxl", "pydantic", "python_calamine", "sqlglot", "yaml"}
    assert readers & set(run.stdout.split()) == set()
