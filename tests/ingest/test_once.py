"""Delivered twice, in any order, in pieces, or killed half-way: the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ingest.conftest import Workspace, order, order_file

from aftersales.errors import DataError
from aftersales.ingest import chain, ledger

MakeWorkspace = Callable[[], Workspace]
small = hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
amounts = st.lists(st.integers(0, 10**6), min_size=2, max_size=8)


def test_the_same_bytes_are_loaded_once_whatever_they_are_called(workspace: Workspace) -> None:
    text = order_file(order(1))
    statuses = [
        o.status for o in workspace.take(workspace.put("a.csv", text), workspace.put("b.csv", text))
    ]
    assert statuses == ["loaded", "seen"]
    assert len(workspace.orders()) == 1


@pytest.mark.slow
@small
@given(paid=amounts, data=st.data())
def test_files_in_any_order_and_pieces_give_the_same_rows(
    make_workspace: MakeWorkspace, paid: list[int], data: st.DataObject
) -> None:
    lines = [order(n, paid=f"{cents / 100:.2f}") for n, cents in enumerate(paid)]
    cut = data.draw(st.integers(1, len(lines) - 1))
    whole, parts = make_workspace(), make_workspace()
    whole.one(whole.put("a.csv", order_file(*lines)))
    pieces = [
        parts.put("1.csv", order_file(*lines[:cut])),
        parts.put("2.csv", order_file(*lines[cut:])),
    ]
    parts.take(*data.draw(st.permutations(pieces)))
    assert whole.orders() == parts.orders()


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


STEPS = [
    "aftersales.ingest.intake.archive",
    "aftersales.ingest.intake.sniff",
    "aftersales.ingest.text.stage",
    "aftersales.ingest.files._load_part",
    "aftersales.ingest.files._record_file",
    "aftersales.ingest.chain.append",
]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_and_run_again_gives_the_same_tables(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    text = order_file(order(1), order(2, at="x"), order(3))
    undisturbed, disturbed = make_workspace(), make_workspace()
    undisturbed.one(undisturbed.put("a.csv", text))
    path = disturbed.put("a.csv", text)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(step, killed)
        disturbed.take(path)
    reconcile(disturbed)
    disturbed.take(path)
    for table in ("raw_shop__order", "raw_file", "raw_quarantine"):
        pseudonym = "replace (null as buyer_id)" if table == "raw_shop__order" else ""
        query = f"select * {pseudonym} from {table} order by all"
        assert disturbed.query(query) == undisturbed.query(query)
    assert entries(disturbed) == entries(undisturbed)


def reconcile(workspace: Workspace) -> list[str]:
    outcomes = ledger.reconcile(
        workspace.con, workspace.settings, workspace.contracts, workspace.formats
    )
    return [outcome.status for outcome in outcomes]


def entries(workspace: Workspace) -> list[dict[str, object]]:
    return ledger.read(workspace.settings)


def test_files_the_database_has_lost_come_back_from_the_archive(workspace: Workspace) -> None:
    workspace.one(workspace.put("a.csv", order_file(order(1))))
    before = workspace.orders()
    workspace.con.execute("delete from raw_file")
    workspace.con.execute("delete from raw_shop__order")
    assert reconcile(workspace) == ["loaded"]
    assert workspace.orders() == before
    assert workspace.query("select shop_id, file_name from raw_file") == [("flagship", "a.csv")]


def test_a_file_lost_by_database_and_archive_is_reported(workspace: Workspace) -> None:
    outcome = workspace.one(workspace.put("a.csv", order_file(order(1))))
    workspace.con.execute("delete from raw_file")
    (workspace.settings.archive / str(outcome.sha256)).unlink()
    (lost,) = ledger.reconcile(
        workspace.con, workspace.settings, workspace.contracts, workspace.formats
    )
    assert str(lost.error) == (
        "a.csv: it is no longer in the archive\n  fix: put the export into the inbox again"
    )


def test_a_file_taken_back_stays_away(workspace: Workspace) -> None:
    outcome = workspace.one(workspace.put("a.csv", order_file(order(1))))
    assert ledger.withdraw(workspace.con, workspace.settings, str(outcome.sha256)) == 1
    assert (reconcile(workspace), workspace.orders()) == ([], [])


def test_a_torn_last_line_is_repaired(workspace: Workspace) -> None:
    chain.append(workspace.settings, {"kind": "run", "n": 1})
    with chain.path_of(workspace.settings).open("ab") as target:
        target.write(b'{"before":"x","kind"')
    assert entries(workspace) == [{"kind": "run", "n": 1}]
    chain.append(workspace.settings, {"kind": "run", "n": 2})
    assert [entry["n"] for entry in entries(workspace)] == [1, 2]


def test_a_changed_line_breaks_the_chain(workspace: Workspace) -> None:
    for n in range(3):
        chain.append(workspace.settings, {"n": n})
    path = chain.path_of(workspace.settings)
    lines = path.read_text().splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), "n": 7})
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError) as caught:
        entries(workspace)
    assert str(caught.value) == (
        "ledger.jsonl, line 3: this line of the ledger, or the one before, was changed\n"
        "  fix: restore the ledger from a backup; it must never be edited"
    )
