"""A run that is kept from its end: by another writer, by the gate, by Ctrl-C, by a pipe."""

from __future__ import annotations

import getpass
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli.conftest import AS_OF, COMMAND, facts, files, orders, run, start
from conftest import DELIVERED

INTERRUPTED = "interrupted; what is published stays, run again to finish\n"


@pytest.mark.parametrize(
    "command", [["run", "--as-of", "2026-11-01"], ["ingest"], ["check"], ["quarantine", "retry"]]
)
def test_a_second_writer_is_told_who_writes_and_readers_are_not_kept(own, holder, ask, command):
    told = ask("--home", own.home, *command)
    who = f"process {holder.pid} of {getpass.getuser()} on {os.uname().nodename}"
    assert (told.code, told.out, told.err) == (
        4,
        "",
        f"the workspace is being written by 'run', {who}, since 2026-03-01T09:00:00 UTC\n"
        "  fix: wait until it is done, or end that process\n",
    )
    assert ask("--home", own.home, "metric", "orders").code == 0
    assert ask("--home", own.home, "status").code == 0


def test_the_doctor_sees_a_run_that_is_writing_and_does_not_disturb_it(own, holder, ask):
    told = ask("--home", own.home, "doctor", "--format", "json")
    notes = {row["check"]: (row["result"], row["note"]) for row in json.loads(told.out)}
    assert told.code == 0
    assert notes["lock"] == ("warning", "a run is writing just now")
    assert notes["ledger"] == ("warning", "not looked at while a run is writing")


def test_a_reader_that_has_enough_is_no_error(shared):
    query = "select repeat('x', 1000) as x from fct_turn cross join range(100)"
    with subprocess.Popen(
        [*COMMAND, "--home", shared.home, "sql", query, "--format", "csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"x\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == -signal.SIGPIPE


def test_a_full_device_is_called_that(shared):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "--home", shared.home, "sql", "select 1 as a", "--format", "csv"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        3,
        "a file: no space left to write\n  fix: free disk space, then run again\n",
    )


def test_a_terminal_that_knows_no_chinese_still_gets_every_row(shared):
    told = run("--home", shared.home, "metrics", "--format", "csv", PYTHONIOENCODING="ascii")
    assert (told.code, told.err) == (0, "")
    (backlog,) = [line for line in told.out.splitlines() if line.startswith("backlog,")]
    assert backlog.startswith("backlog,\\u672a")


@pytest.mark.slow
def test_what_the_gate_stops_is_not_published(ask, own):
    before = facts(own), files(own.published)
    model = (Path(__file__).parents[2] / "sql" / "marts" / "dim_shop.sql").read_text("utf-8")
    (own.home / "sql" / "marts").mkdir(parents=True)
    doubled = model.replace("group by n.shop_id", "group by n.shop_id, n.title")
    assert doubled != model
    (own.home / "sql" / "marts" / "dim_shop.sql").write_text(doubled, encoding="utf-8")
    told = ask("--home", own.home, "run", *AS_OF, "--format", "json")
    assert told.code == 5
    assert told.err.splitlines()[-1] == (
        "NOT published: the quality gate found something critical; see: aftersales check"
    )
    result = json.loads(told.out)
    critical = [f for f in result["findings"] if not f["passed"] and f["level"] == "critical"]
    assert not result["published"]
    assert critical
    assert (facts(own), files(own.published)) == before

    seen = ask("--home", own.home, "check", "--format", "json")
    assert seen.code == 5
    assert any(not row["passed"] for row in json.loads(seen.out))


def reached(workspace, name):
    """Whether a run has come so far."""
    return {
        "loading": workspace.runs / "ledger.jsonl",
        "loaded": workspace.archive,
    }[name].exists() and (
        name != "loaded" or len(list(workspace.archive.iterdir())) == len(DELIVERED)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("point", "later"), [("loading", 0), ("loaded", 1)])
def test_ctrl_c_publishes_nothing_and_the_next_run_is_whole(
    ask, delivered, published, point, later
):
    with start("--home", delivered.home, "run", *AS_OF) as process:
        until = time.monotonic() + 60
        while not reached(delivered, point):
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(later)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", INTERRUPTED)
    assert not (delivered.published / "current").exists()
    assert not (delivered.data / "write.lock.json").exists()
    assert ask("--home", delivered.home, "run", *AS_OF).code == 0
    assert orders(delivered) == orders(published)
    assert ask("--home", delivered.home, "run", *AS_OF).err.startswith("nothing new; ")


@pytest.mark.slow
def test_ctrl_c_in_a_later_run_leaves_readers_what_they_had(ask, own):
    before = facts(own)
    with start("--home", own.home, "run", "--as-of", "2026-11-24") as process:
        while not (own.data / "write.lock.json").exists():
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", INTERRUPTED)
    assert facts(own) == before
    assert ask("--home", own.home, "run", *AS_OF).code == 0
    assert facts(own) == before
