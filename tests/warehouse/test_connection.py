from __future__ import annotations

import os
import subprocess
import sys

import pytest

from aftersales.warehouse.connection import connect, one, rows, transaction

ZONES = """
import sys
from pathlib import Path
from aftersales.warehouse.connection import connect, one
first = connect(Path(sys.argv[1]))
second = connect(Path(sys.argv[1]))
for con in (first, first.cursor(), second):
    sys.stdout.write(one(con, "select current_setting('timezone')") + " ")
"""


def test_every_connection_and_cursor_runs_in_utc_wherever_the_machine_is(tmp_path):
    out = subprocess.run(
        [sys.executable, "-c", ZONES, str(tmp_path / "w.duckdb")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo"},
    )
    assert out.stdout.split() == ["UTC", "UTC", "UTC"]


def test_what_is_locked_down_cannot_be_undone(tmp_path):
    con = connect(tmp_path / "w.duckdb")
    for attempt in (
        "set enable_external_access = true",
        "set memory_limit = '100GB'",
        f"copy (select 1) to '{tmp_path}/out.csv'",
        "install httpfs",
        "from read_text('/etc/passwd')",
    ):
        with pytest.raises(Exception, match=r"locked|disabled by configuration"):
            rows(con, attempt)


def test_an_error_of_ours_inside_a_transaction_keeps_nothing():
    con = connect(None)
    rows(con, "create table t (a int)")
    with pytest.raises(KeyboardInterrupt), transaction(con):
        rows(con, "insert into t values (1)")
        raise KeyboardInterrupt
    assert one(con, "select count(*) from t") == 0
