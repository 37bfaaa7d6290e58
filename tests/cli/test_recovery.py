"""What is lost or damaged, what doctor says of it, and the way back to the same numbers."""

from __future__ import annotations

import json
import os

import pytest
from cli.conftest import AS_OF, facts
from conftest import DELIVERED


def verdicts(ask, workspace):
    told = ask("--home", workspace.home, "doctor", "--format", "json")
    found = {row["check"]: (row["result"], row["note"]) for row in json.loads(told.out)}
    failed = any(result == "failed" for result, _ in found.values())
    assert told.code == (3 if failed else 0)
    return found


def test_a_fresh_workspace_is_well(ask, workspace):
    found = verdicts(ask, workspace)
    assert found["workspace"] == ("ok", str(workspace.home))
    assert found["lock"] == ("ok", "free")
    assert found["key"] == ("ok", "none yet; made at the first run")
    assert found["ledger"] == ("ok", "nothing loaded yet")
    assert found["published"] == ("ok", "nothing yet")
    told = json.loads(ask("--home", workspace.home, "status", "--format", "json").out)
    assert {row["what"]: row["is"] for row in told} == {
        "workspace": str(workspace.home),
        "published": "nothing yet",
        "files in the inbox": 0,
        "of them new": 0,
        "shop folders": "none",
    }


def test_after_a_run_all_is_well_but_the_key_wants_a_copy(ask, own):
    found = verdicts(ask, own)
    assert {result for result, _ in found.values()} <= {"ok", "warning"}
    assert found["ledger"] == ("ok", f"{len(DELIVERED)} files, ledger and warehouse agree")
    assert found["key"] == (
        "warning",
        f"keep a copy of {own.key} elsewhere: without it no later export meets the pseudonyms"
        " of today",
    )
    assert found["modes"] == ("ok", "state is private")


def test_state_others_may_read_is_named_with_the_cure(ask, own):
    own.key.chmod(0o644)
    own.warehouse.chmod(0o640)
    found = verdicts(ask, own)
    assert found["key"] == ("failed", f"others may read {own.key}: chmod 600 it")
    assert found["modes"] == (
        "failed",
        f"others may read 1 file(s) of the state, such as {own.warehouse}: chmod -R go= {own.data}",
    )


def test_a_line_lost_at_the_end_of_the_ledger_is_seen(ask, own):
    cut_ledger(own)
    assert verdicts(ask, own)["ledger"] == (
        "warning",
        "1 file(s) of the warehouse are not in the ledger: the next run that has something to do"
        " adds them",
    )


def test_a_line_lost_in_the_middle_of_the_ledger_is_not_passed_over(ask, own):
    ledger = own.runs / "ledger.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    ledger.write_text("".join(lines[:2] + lines[3:]), encoding="utf-8")
    message = (
        "ledger.jsonl, line 3: this line of the ledger, or the one before, was changed\n"
        "  fix: restore the ledger from a backup; it must never be edited"
    )
    assert verdicts(ask, own)["ledger"] == ("failed", message)
    told = ask("--home", own.home, "ingest")
    assert (told.code, told.out, told.err) == (5, "", message + "\n")


def test_a_warehouse_that_is_gone_is_seen(ask, own):
    own.warehouse.unlink()
    assert verdicts(ask, own)["ledger"] == (
        "failed",
        f"the warehouse is gone: the next run loads its {len(DELIVERED)} file(s) again",
    )


def test_a_damaged_warehouse_keeps_nobody_from_reading_what_is_published(ask, own):
    os.truncate(own.warehouse, 5000)
    result, note = verdicts(ask, own)["ledger"]
    assert result == "failed"
    assert note.startswith(f"{own.warehouse}: the database cannot be opened: IO Error: ")
    assert note.endswith("\n  fix: move it away and run again; it is rebuilt from the archive")
    assert ask("--home", own.home, "metric", "orders").code == 0
    told = ask("--home", own.home, "check")
    assert (told.code, told.out, told.err) == (5, "", note + "\n")


def test_a_damaged_record_of_the_published_run_is_named(ask, own):
    record = (own.published / "current" / "run.json").resolve()
    record.write_text("{", encoding="utf-8")
    message = (
        f"{record}: the record of this run is gone or damaged\n  fix: publish anew: aftersales run"
    )
    assert verdicts(ask, own)["published"] == ("failed", message)
    told = json.loads(ask("--home", own.home, "status", "--format", "json").out)
    assert {"what": "published", "is": message} in told
    told = ask("--home", own.home, "report")
    assert (told.code, told.out, told.err) == (3, "", message + "\n")


def cut_ledger(workspace):
    ledger = workspace.runs / "ledger.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    ledger.write_text("".join(lines[:-1]), encoding="utf-8")


def damage_warehouse(workspace):
    os.truncate(workspace.warehouse, 5000)
    workspace.warehouse.rename(workspace.home / "moved away")


def lose_published_database(workspace):
    (workspace.published / "current" / "aftersales.duckdb").unlink()


def damage_record(workspace):
    (workspace.published / "current" / "run.json").write_text("{", encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    "harm",
    [damage_warehouse, lose_published_database, damage_record],
)
def test_the_next_run_gives_the_same_numbers(ask, own, harm):
    before = facts(own)
    for file in own.inbox.rglob("*.*"):
        file.unlink()  # the archive alone must do
    harm(own)
    told = ask("--home", own.home, "run", *AS_OF)
    assert told.code == 0, told.err
    assert "published run " in told.err
    assert facts(own) == before
    assert verdicts(ask, own)["ledger"] == (
        "ok",
        f"{len(DELIVERED)} files, ledger and warehouse agree",
    )


@pytest.mark.slow
def test_a_ledger_that_lost_its_last_line_is_made_whole(ask, own):
    cut_ledger(own)
    assert ask("--home", own.home, "run", "--as-of", "2026-11-23").code == 0
    assert verdicts(ask, own)["ledger"] == (
        "ok",
        f"{len(DELIVERED)} files, ledger and warehouse agree",
    )
