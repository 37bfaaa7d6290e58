"""A run with nothing to do does nothing, fast; and what is something to do."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from cli.conftest import AS_OF, files, orders, run
from conftest import SAMPLE

NOTHING = "nothing new; what is published is current\n"
HEAVY = {"duckdb", "great_expectations", "numpy", "pandas", "plotly", "sqlglot", "yaml"}
# Runs the command line and lists, after what it printed, the modules it took.
LISTING = """
import os, sys
from aftersales import cli
def leave(code):
    print("\\n".join(sorted(sys.modules)))
    sys.stdout.flush()
    really(code)
really, os._exit = os._exit, leave
cli.main()
"""


def test_a_second_run_says_so_and_changes_no_file(own):
    before = files(own.home)
    told = run("--home", own.home, "run", *AS_OF)
    assert (told.code, told.out, told.err) == (0, "", NOTHING)
    after = files(own.home)
    assert after.pop("data/write.lock", None) == before.pop("data/write.lock", None)
    assert after == before


def test_a_second_run_loads_none_of_the_heavy_libraries(shared):
    done = subprocess.run(
        [sys.executable, "-c", LISTING, "--home", str(shared.home), "run", *AS_OF],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == NOTHING
    modules = set(done.stdout.splitlines())
    assert "aftersales.jobs" in modules
    assert not modules & HEAVY


def test_a_program_is_told_there_was_nothing_new(ask, shared):
    told = ask("--home", shared.home, "run", *AS_OF, "--format", "json")
    facts = json.loads(told.out)
    assert (facts["nothing_new"], facts["published"], facts["run_id"]) == (True, True, None)


def test_a_file_touched_renamed_or_delivered_twice_is_not_new(ask, own):
    tickets = own.inbox / "flagship" / "tickets_202611230010.csv"
    tickets.touch()
    tickets.rename(tickets.with_name("tickets again.csv"))
    chat = own.inbox / "outlet" / "chat_messages_202611230010.csv"
    chat.with_name("copy.csv").write_bytes(chat.read_bytes())
    assert ask("--home", own.home, "run", *AS_OF).err == NOTHING


def test_a_file_taken_out_of_the_inbox_leaves_what_it_delivered(ask, own):
    (own.inbox / "flagship" / "tickets_202611230010.csv").unlink()
    assert ask("--home", own.home, "run", *AS_OF).err == NOTHING


@pytest.mark.slow
def test_a_changed_file_is_built_and_published(ask, own):
    old = own.inbox / "flagship" / "ExportOrderDetailList202611230010.csv"
    text = old.read_text(encoding="gb18030")
    changed = text.replace("交易成功", "交易关闭", 1)
    assert changed != text
    old.write_text(changed, encoding="gb18030")
    told = ask("--home", own.home, "run", *AS_OF)
    assert told.code == 0
    assert "published run " in told.err
    assert ask("--home", own.home, "run", *AS_OF).err == NOTHING


@pytest.mark.slow
def test_another_day_is_built_though_no_file_is_new(ask, own):
    told = ask("--home", own.home, "run", "--as-of", "2026-11-23")
    assert told.code == 0
    assert "published run " in told.err


@pytest.mark.slow
def test_what_was_ingested_from_elsewhere_is_built_by_the_next_run(ask, workspace):
    folder = SAMPLE / "outlet"
    shop = ("--shop", "outlet")
    told = ask("--home", workspace.home, "ingest", folder, *shop, "--format", "json")
    assert told.code == 0
    assert {row["status"] for row in json.loads(told.out)} == {"loaded"}
    assert not (workspace.published / "current").exists()
    told = ask("--home", workspace.home, "run", *AS_OF)
    assert told.code == 0
    assert orders(workspace) > 0
    again = ask("--home", workspace.home, "ingest", folder, *shop, "--format", "json")
    assert {row["status"] for row in json.loads(again.out)} == {"seen"}
    assert ask("--home", workspace.home, "run", *AS_OF).err == NOTHING


@pytest.mark.slow
def test_a_refused_file_is_named_until_it_is_taken_away(ask, own):
    bad = own.inbox / "flagship" / "notes.csv"
    bad.write_text("colour,mood\nred,good\n", encoding="utf-8")
    refusal = (
        "notes.csv: no format knows its header\n"
        "  fix: describe it once with: aftersales map notes.csv\n"
    )
    last = "published without 1 refused file(s)\n"
    first = ask("--home", own.home, "run", *AS_OF, "--format", "json")
    assert (first.code, first.err.splitlines(keepends=True)[-1]) == (5, last)
    facts = json.loads(first.out)
    assert (facts["published"], facts["refused"]) == (True, [refusal.rstrip("\n")])
    assert orders(own) == 600

    second = ask("--home", own.home, "run", *AS_OF)
    assert (second.code, second.out, second.err) == (5, "", NOTHING + refusal + last)
    bad.unlink()
    third = ask("--home", own.home, "run", *AS_OF)
    assert (third.code, third.err) == (0, NOTHING)
