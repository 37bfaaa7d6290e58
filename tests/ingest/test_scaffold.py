"""A mapping for an export nobody has seen is nearly right, and takes the file."""

from __future__ import annotations

import pytest
from ingest.conftest import Workspace, order, order_file

from aftersales import formats, settings
from aftersales.errors import ConfigError, DataError
from aftersales.ingest.files import ingest
from aftersales.ingest.scaffold import write_scaffold

TICKETS = (
    "Unnamed: 0,Unique id,channel_name,Issue_reported at,issue_responded,Agent_name,Phone,CSAT Score\n"
    "1,a-1,Inbound,01/08/2023 18:37,01/08/2023 18:38,Kim,1,5\n"
    "2,a-2,Outcall,02/08/2023 18:37,25/08/2023 18:38,Lee,2,1\n"
)
LINES = (
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    "489434,85048,LIGHTS,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
    "C489449,22087,BUNTING,-12,2009-12-01 10:33:00,2.95,16321,Australia\n"
)


def scaffolded(
    workspace: Workspace, name: str, content: str
) -> tuple[formats.Format, formats.Formats]:
    path = workspace.put(name, content)
    written = write_scaffold(workspace.settings, path, workspace.contracts, workspace.formats)
    known = formats.load(settings.load(workspace.settings.home).sql_layers, workspace.contracts)
    (outcome,) = ingest(
        workspace.con, workspace.settings, workspace.contracts, known, [path], shop_id="s"
    )
    assert (outcome.error, outcome.rows_in, outcome.loaded) == (None, 2, 2)
    return known.by_name[written.stem], known


def test_tickets_are_mapped_and_the_day_comes_first_by_evidence(workspace: Workspace) -> None:
    form, _ = scaffolded(workspace, "support_tickets_2023.csv", TICKETS)
    assert {column: source.names for column, source in form.columns.items()} == {
        "ticket_id": ["Unique id"],
        "created_at": ["Issue_reported at"],
        "first_replied_at": ["issue_responded"],
        "channel": ["channel_name"],
        "agent": ["Agent_name"],
        "csat": ["CSAT Score"],
    }
    assert (form.name, form.table, form.times, form.drop) == (
        "support_tickets",
        "desk.ticket",
        ["dmy"],
        ["Phone"],
    )
    text = (workspace.settings.home / "sql/formats/support_tickets.yml").read_text()
    assert (
        "times: [dmy] # day first, as 1 times decide whose first number is above 12; none says otherwise"
        in text
    )
    assert '#   "Unnamed: 0"' in text


def test_ids_of_negative_lines_are_proposed_as_cancellations(workspace: Workspace) -> None:
    form, known = scaffolded(workspace, "online_retail.csv", LINES)
    assert form.table == "shop.order_line"
    terms = [
        known.term(form.name, "status", "order_status", word) for word in ("C489449", "489434")
    ]
    assert terms == ["cancelled", "completed"]


def test_a_mapping_is_never_written_over(workspace: Workspace) -> None:
    scaffolded(workspace, "tickets.csv", TICKETS)
    file = workspace.settings.home / "sql/formats/tickets.yml"
    with pytest.raises(ConfigError) as caught:
        write_scaffold(
            workspace.settings,
            workspace.settings.inbox / "tickets.csv",
            workspace.contracts,
            workspace.formats,
        )
    assert str(caught.value) == (
        f"{file}: this mapping is already there\n  fix: edit it, or remove it to start again"
    )


def test_a_file_a_format_takes_needs_no_mapping(workspace: Workspace) -> None:
    path = workspace.put("a.csv", order_file(order(1)))
    with pytest.raises(DataError) as caught:
        write_scaffold(workspace.settings, path, workspace.contracts, workspace.formats)
    assert str(caught.value) == (
        "a.csv: it needs no mapping: it is Taobao/Tmall order report (taobao_order)\n"
        "  fix: ingest it as it is; or put a taobao_order.yml of your own into sql/formats/"
    )


def test_a_header_nobody_can_guess_still_gives_a_mapping_to_fill_in(workspace: Workspace) -> None:
    path = workspace.put("mystery.csv", "甲,乙\n1,2\n")
    written = write_scaffold(workspace.settings, path, workspace.contracts, workspace.formats)
    known = formats.load(settings.load(workspace.settings.home).sql_layers, workspace.contracts)
    assert known.by_name[written.stem].header.requires == [["甲"], ["乙"]]
    (outcome,) = ingest(
        workspace.con, workspace.settings, workspace.contracts, known, [path], shop_id="s"
    )
    assert outcome.status == "refused"
    assert "whose mapping does not say which column is" in str(outcome.error)
