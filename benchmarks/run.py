"""CPU seconds and peak memory of the whole job, as a ratio to plain DuckDB on the same files."""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from datetime import date
from pathlib import Path

from measuring import BASELINE, Measured, measure

from aftersales import sample, settings

UNTIL = date(2026, 11, 22)


def transcode(inbox: Path, target: Path) -> int:
    """The delivered csv files as UTF-8 side by side; returns their bytes."""
    size = 0
    for number, path in enumerate(sorted(inbox.rglob("*.csv"))):
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030")
        (target / f"{number}.csv").write_text(text, encoding="utf-8", newline="")
        size += len(content)
    return size


def once(orders: int, months: int, folder: Path) -> dict[str, Measured]:
    """Every measurement, on a workspace made for it."""
    home = folder / "workspace"
    settings.init(home)
    sample.write(home / "data" / "inbox", orders=orders, seed=7, months=months, until=UNTIL)
    for workbook in (home / "data" / "inbox").rglob("*.xlsx"):
        print(f"note: {workbook.name} is a workbook and not in L")
    plain = folder / "plain"
    plain.mkdir()
    size = transcode(home / "data" / "inbox", plain)
    print(f"{orders:,} orders, {size / 1e6:,.0f} MB of csv")
    run = (
        sys.executable,
        "-m",
        "aftersales.cli",
        "--home",
        str(home),
        "run",
        "--as-of",
        str(UNTIL),
    )
    found = {
        "L": measure(sys.executable, "-c", BASELINE, str(folder / "plain.duckdb"), str(plain)),
        "first run": measure(*run),
        "nothing new": measure(*run),
    }
    day = folder / "day"
    sample.write(day, orders=max(orders // (30 * months), 50), seed=8, months=1, until=UNTIL)
    shutil.copytree(day, home / "data" / "inbox" / "more")
    found["one more day"] = measure(*run)
    return found


def main() -> None:
    """Measure, and print medians with the ratio to L."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--repeat", type=int, default=1)
    told = parser.parse_args()
    results: dict[str, list[Measured]] = {}
    for _ in range(told.repeat):
        with tempfile.TemporaryDirectory(prefix="aftersales-bench-") as folder:
            for name, measured in once(told.orders, told.months, Path(folder)).items():
                results.setdefault(name, []).append(measured)
    baseline = statistics.median(measured.cpu for measured in results["L"])
    print(f"{'what':14} {'CPU s':>9} {'x L':>7} {'wall s':>9} {'peak MB':>9}")
    for name, all_measured in results.items():
        cpu = statistics.median(measured.cpu for measured in all_measured)
        wall = statistics.median(measured.wall for measured in all_measured)
        peak = max(measured.peak_mb for measured in all_measured)
        print(f"{name:14} {cpu:9.2f} {cpu / baseline:7.2f} {wall:9.2f} {peak:9.0f}")


if __name__ == "__main__":
    main()
