"""One command measured by the operating system, and plain DuckDB to hold it against."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

BASELINE = """
import csv, sys
from pathlib import Path
import duckdb
con = duckdb.connect(sys.argv[1])
con.execute("set threads = 2")
for number, path in enumerate(sorted(Path(sys.argv[2]).glob("*.csv"))):
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i, _ in enumerate(names))
    con.execute(
        f"create table t{number} as from read_csv(?, columns = {{{columns}}}, auto_detect = false,"
        " strict_mode = true, header = true, delim = ',', quote = '\\"', escape = '\\"',"
        " nullstr = '\\x01')",
        [str(path)],
    )
con.execute("checkpoint")
"""


@dataclass(frozen=True)
class Measured:
    """One command: CPU and wall seconds, peak memory of its largest process in MB."""

    cpu: float
    wall: float
    peak_mb: float


def measure(*command: str) -> Measured:
    """Run a command to its end; its failure ends the benchmark."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None  # noqa: S101
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(command)}\n{told.decode()}")
    wall = time.perf_counter() - began
    return Measured(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)
