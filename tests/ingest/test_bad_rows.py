"""Rows that cannot be read: set aside with file, line and reason, and counted."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from ingest.conftest import ORDER_HEADER, Workspace, order, order_file

from aftersales.ingest import quarantine
from aftersales.ingest.files import ingest


def aside(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.query(
        "select record, line, column_name, reason from raw_quarantine order by record"
    )


def counts(workspace: Workspace) -> tuple[object, ...]:
    ((rows_in, loaded, quarantined),) = workspace.query(
        "select rows_in, rows_loaded, rows_quarantined from raw_file"
    )
    ((there,),) = workspace.query("select count(*) from raw_shop__order")
    assert loaded == there
    return rows_in, loaded, quarantined


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        (order(2) + ",zuviel", None, "10 cells where the header has 9"),
        ('="2",小明', None, "only 2 cells where the header has 9"),
        (
            order(2).replace("交易成功", '"交易"成功'),
            None,
            "broken quotes: ',' expected after '\"'",
        ),
        (order(2).replace('="2"', ""), "订单编号", "required, but empty"),
        (order(2).replace('="2"', "'"), "订单编号", "required, but empty"),
        (
            order(2, at="2026-02-30 10:00:00"),
            "订单创建时间",
            "'2026-02-30 10:00:00' is no time written ymd",
        ),
        (order(2, at=""), "订单创建时间", "required, but empty"),
        (
            order(2).replace('="2"', "2.15E+18"),
            "订单编号",
            "'2.15E+18': Excel has cut off digits of the id; export it as text or csv",
        ),
        (ORDER_HEADER, None, "header_repeated"),
        ("," * 8, None, "blank_row"),
    ],
)
def test_one_bad_row_is_set_aside_and_its_neighbours_stay(
    workspace: Workspace, bad: str, column: str | None, reason: str
) -> None:
    outcome = workspace.one(workspace.put("a.csv", order_file(order(1), bad, order(3))))
    assert outcome.error is None
    assert aside(workspace) == [(2, 3, column, reason)]
    assert counts(workspace) == (3, 2, 1)
    assert [row[0] for row in workspace.orders()] == ['="1"', '="3"']


def test_a_total_in_the_last_row_is_no_order(workspace: Workspace) -> None:
    outcome = workspace.one(
        workspace.put("a.csv", order_file(order(1), "合计：,,21.00,20.00,,,,,"))
    )
    assert (outcome.loaded, aside(workspace)) == (1, [(2, 3, None, "footer")])


def test_what_stands_around_the_rows_never_refuses_a_file(workspace: Workspace) -> None:
    lines = [order(1), ORDER_HEADER, "," * 8, "," * 8, "平均,,,,,,,,", "总计,,,,,,,,"]
    assert workspace.one(workspace.put("a.csv", order_file(*lines))).status == "loaded"
    assert counts(workspace) == (6, 1, 5)


def test_too_many_bad_rows_refuse_the_file_and_the_first_are_listed(workspace: Workspace) -> None:
    lines = [order(n) if n < 4 else f"{n}" for n in range(1, 12)]
    assert workspace.refusal(workspace.put("a.csv", order_file(*lines))) == (
        "a.csv: 8 of 11 rows cannot be read, so the file was refused:"
        " line 5: only 1 cells where the header has 9;"
        " line 6: only 1 cells where the header has 9;"
        " line 7: only 1 cells where the header has 9;"
        " line 8: only 1 cells where the header has 9;"
        " line 9: only 1 cells where the header has 9; and 3 more\n"
        "  fix: export it again, or correct these rows;"
        " quarantine_share in aftersales.toml sets what is tolerated"
    )


def test_an_open_quote_swallows_no_row_silently(workspace: Workspace) -> None:
    lines = [order(1), order(2).replace("交易成功", '"交易成功'), order(3), order(4)]
    workspace.one(workspace.put("a.csv", order_file(*lines)))
    assert [row[0] for row in workspace.orders()] == ['="1"', '="4"']
    assert [row[:2] for row in aside(workspace)] == [(2, 3), (3, 4)]
    assert counts(workspace) == (4, 2, 2)


def test_what_is_shown_of_a_bad_row_holds_nothing_personal(workspace: Workspace) -> None:
    workspace.one(
        workspace.put("a.csv", order_file(order(1), order(2, at="x"), order(3) + ",杭州市文三路"))
    )
    assert [row["raw_text"] for row in quarantine.list_rows(workspace.con)] == [
        '="2" | … | 21.00 | 20.00 | 交易成功 | … | 138******** | x | x',
        '="3" | … | 21.00 | 20.00 | … | … | 138******** | 2026-03-01 10:00:00 | 2026-03-01 10:00:00 | …',
    ]


def test_exported_rows_hold_no_formula(workspace: Workspace, tmp_path: Path) -> None:
    workspace.one(workspace.put("=cmd.csv", order_file(order(1), order(2, at="=1+1"))))
    assert quarantine.export(workspace.con, tmp_path / "out.csv") == 1
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as source:
        header, row = csv.reader(source)
    assert header[0] == "file_name"
    assert row[0] == "'=cmd.csv"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_retry_takes_the_rows_once_the_format_reads_them(workspace: Workspace) -> None:
    path = workspace.put("a.csv", order_file(order(1), order(2, at="15/03/2026 10:00")))
    workspace.one(path)
    path.unlink()
    form = workspace.formats.by_name["taobao_order"].model_copy(update={"times": ["ymd", "dmy"]})
    better = replace(workspace.formats, by_name={**workspace.formats.by_name, form.name: form})
    (outcome,) = quarantine.retry(workspace.con, workspace.settings, workspace.contracts, better)
    assert (outcome.loaded, outcome.quarantined) == (2, 0)
    assert workspace.query("select shop_id, time_layout from raw_file") == [("flagship", "dmy")]
    assert counts(workspace) == (2, 2, 0)
    assert quarantine.retry(workspace.con, workspace.settings, workspace.contracts, better) == []


def test_days_and_months_that_may_be_either_are_asked_for(workspace: Workspace) -> None:
    form = workspace.formats.by_name["ticket_long"].model_copy(update={"times": ["dmy", "mdy"]})
    either = replace(workspace.formats, by_name={form.name: form})
    header = "ticket_id,created_at,first_replied_at\n"
    unsure = workspace.put("a.csv", header + "1,05/03/2026 10:00,\n")
    sure = workspace.put("b.csv", header + "1,05/03/2026 10:00,\n2,25/03/2026 10:00,\n")
    first, second = ingest(
        workspace.con, workspace.settings, workspace.contracts, either, [unsure, sure], shop_id="s"
    )
    assert str(first.error) == (
        "a.csv, column 'created_at': its times fit dmy and mdy equally well, and mean different days in each\n"
        "  fix: state one in the format 'ticket_long', such as: times: [dmy]"
    )
    assert second.loaded == 2
    assert workspace.query("select time_layout from raw_file") == [("dmy",)]
