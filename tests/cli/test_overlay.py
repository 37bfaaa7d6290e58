"""What a workspace's own sql/ may add, and what it is told of its slips."""

from __future__ import annotations

import json

import pytest
from cli.conftest import AS_OF
from conftest import SAMPLE

OWN = """\
metric: orders_of_the_outlet
label: {zh: 奥莱下单数, en: Orders of the outlet}
reads: {zh: 奥莱店的订单数, en: Orders placed in the outlet.}
is_not: {zh: 不是全部订单, en: Not all orders.}
model: fct_order
period: placed_on
kind: count
numerator: count(*) filter (where shop_id = 'outlet')
rows: shop_id = 'outlet'
unit: count
good: higher
split_by: [shop_id]
owner: us
decision: D-001
example:
  given: |
    order_id | shop_id
    O1       | outlet
  gives: {"": 1}
"""
FORMAT = """\
format: parcel_desk
title: {zh: 包裹工单, en: Parcel tickets}
export: {zh: 包裹系统, en: The parcel system}
platform: null
table: desk.ticket
words: [common]
zone: null
currency: null
file_names: ["parcels*"]
header:
  requires:
    - [parcel ticket]
    - [opened]
  refuses: []
columns:
  ticket_id: [parcel ticket]
  created_at: [opened]
drop: []
"""


@pytest.fixture
def metric_file(own):
    folder = own.home / "sql" / "metrics"
    folder.mkdir(parents=True)
    return folder / "orders_of_the_outlet.yml"


def test_a_metric_of_ones_own_is_answered_at_once(ask, own, metric_file):
    metric_file.write_text(OWN, encoding="utf-8")
    told = ask("--home", own.home, "metric", "orders_of_the_outlet", "--format", "json")
    outlet = ask(
        "--home", own.home, "metric", "orders", "--where", "shop_id=outlet", "--format", "json"
    )
    assert json.loads(told.out)[0]["value"] == json.loads(outlet.out)[0]["value"] > 0
    assert "orders_of_the_outlet" in ask("--home", own.home, "metrics").out


@pytest.mark.parametrize("command", [["metrics"], ["metric", "orders"], ["run", *AS_OF]])
def test_a_slip_in_a_metric_is_told_by_file_and_key(ask, own, metric_file, command):
    metric_file.write_text(OWN.replace("numerator:", "numeratr:"), encoding="utf-8")
    told = ask("--home", own.home, *command)
    assert (told.code, told.out, told.err) == (
        3,
        "",
        f"{metric_file}: 'numeratr': Extra inputs are not permitted\n"
        "  fix: correct or remove that key\n",
    )


def test_a_metric_that_reads_what_is_not_there_is_told_by_name(ask, own, metric_file):
    metric_file.write_text(OWN.replace("where shop_id", "where shop"), encoding="utf-8")
    told = ask("--home", own.home, "metric", "orders_of_the_outlet")
    assert (told.code, told.out, told.err) == (
        3,
        "",
        'orders_of_the_outlet cannot be computed: Binder Error: Referenced column "shop" not'
        " found in FROM clause!\n"
        "  fix: correct sql/metrics/orders_of_the_outlet.yml; it reads fct_order\n",
    )


def test_a_format_of_ones_own_takes_its_files(ask, workspace, tmp_path):
    folder = workspace.home / "sql" / "formats"
    folder.mkdir(parents=True)
    (folder / "parcel_desk.yml").write_text(FORMAT, encoding="utf-8")
    export = tmp_path / "parcels_202611220900.csv"
    export.write_text("parcel ticket,opened\nP1,2026-11-21 10:00:00\n", encoding="utf-8")
    assert "parcel_desk" in ask("--home", workspace.home, "formats").out
    told = ask("--home", workspace.home, "ingest", export, "--shop", "s", "--format", "json")
    (file,) = json.loads(told.out)
    assert told.code == 0
    assert (file["status"], file["format"], file["loaded"]) == ("loaded", "parcel_desk", 1)


def test_a_file_withdrawn_is_gone_and_may_be_delivered_again(ask, workspace):
    chat = SAMPLE / "outlet" / "chat_messages_202611230010.csv"
    home = ("--home", workspace.home)
    assert ask(*home, "ingest", chat).code == 0
    assert ask(*home, "ingest", "--withdraw", chat).err == f"{chat.name} withdrawn\n"
    assert ask(*home, "ingest", "--withdraw", chat).err == f"{chat.name} was never loaded\n"
    again = json.loads(ask(*home, "ingest", chat, "--format", "json").out)
    assert [row["status"] for row in again] == ["loaded"]


def test_a_bad_row_is_listed_exported_and_tried_again(ask, workspace, tmp_path):
    export = tmp_path / "chat_messages_202611220900.csv"
    lines = [f"c{n},2026-11-21 10:00:00,customer,hi" for n in range(200)]
    lines[7] = "c7,2026-11-21 10:00:00"
    text = "\n".join(["conversation_id,sent_at,role,text", *lines])
    export.write_text(text + "\n", encoding="utf-8")
    home = ("--home", workspace.home)
    told = ask(*home, "ingest", export, "--shop", "s", "--format", "json")
    (file,) = json.loads(told.out)
    assert (file["rows_in"], file["loaded"], file["quarantined"]) == (200, 199, 1)
    (row,) = json.loads(ask(*home, "quarantine", "list", "--format", "json").out)
    assert (row["file_name"], row["record"], row["line"]) == (export.name, 8, 9)
    target = tmp_path / "rows.csv"
    assert ask(*home, "quarantine", "export", target).err == f"wrote 1 rows to {target}\n"
    (again,) = json.loads(ask(*home, "quarantine", "retry", "--format", "json").out)
    assert again["quarantined"] == 1
