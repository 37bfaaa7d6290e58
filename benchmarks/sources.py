"""What taking files in costs: load against plain DuckDB, workbooks, recognition, the generator."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from measuring import BASELINE, Measured, measure

from aftersales import contracts, formats, sample, settings
from aftersales.ingest import peek

UNTIL = date(2026, 11, 22)
PIECE = 1 << 22


def grown(source: Path, target: Path, size: int, encoding: str) -> int:
    """An order report repeated until it is so large, ids made distinct; returns its rows."""
    header, *lines = source.read_text(encoding="gb18030").splitlines(keepends=True)
    rows, turn = 0, 0
    with target.open("w", encoding=encoding, newline="") as file:
        file.write(header)
        while target.stat().st_size < size:
            for begin in range(0, len(lines), 20_000):
                # ="3200…" becomes ="0013200…": every repetition has ids of its own
                block = [
                    line.replace('"=""', f'"=""{turn:03}', 1) for line in lines[begin:][:20_000]
                ]
                file.writelines(block)
                rows += len(block)
                file.flush()
                if target.stat().st_size >= size:
                    break
            turn += 1
    return rows


def load(folder: Path, megabytes: int, repeat: int) -> None:
    """CPU seconds of `ingest` for one csv, as a ratio to plain DuckDB in the same run."""
    made = folder / "made"
    sample.write(made, orders=40_000, seed=7, months=2, until=UNTIL)
    (report,) = list((made / "flagship").glob("ExportOrderList202611230010.csv"))
    files = {"UTF-8": "utf-8", "GB18030": "gb18030"}
    plain = folder / "plain"
    plain.mkdir()
    for name, encoding in files.items():
        target = folder / f"ExportOrderList202611230010_{encoding}.csv"
        count = grown(report, target, megabytes * 1_000_000, encoding)
        print(f"{name}: {target.stat().st_size / 1e6:,.0f} MB, {count:,} rows")
    ratios: dict[str, list[float]] = {name: [] for name in files}
    for turn in range(repeat):
        for name, encoding in files.items():
            target = folder / f"ExportOrderList202611230010_{encoding}.csv"
            readable = plain / "0.csv"
            readable.write_bytes(b"")
            with (
                target.open(encoding=encoding, newline="") as text,
                readable.open("w", encoding="utf-8", newline="") as out,
            ):
                while piece := text.read(PIECE):
                    out.write(piece)
            database = folder / f"plain{turn}{encoding}.duckdb"
            baseline = measure(sys.executable, "-c", BASELINE, str(database), str(plain))
            database.unlink()
            taken = _ingest(folder / f"home{turn}{encoding}", target)
            ratios[name].append(taken.cpu / baseline.cpu)
            print(
                f"  {name:8} L {baseline.cpu:6.2f} CPU s, ingest {taken.cpu:6.2f} CPU s"
                f" = {ratios[name][-1]:.2f} L, wall {taken.wall:.1f} s, peak {taken.peak_mb:.0f} MB"
            )
    for name, found in ratios.items():
        print(f"{name:8} median {statistics.median(found):.2f} L of {len(found)}")


def _ingest(home: Path, file: Path) -> Measured:
    settings.init(home)
    command = ("-m", "aftersales.cli", "--home", str(home), "ingest", str(file), "--shop", "s")
    return measure(sys.executable, *command)


def workbooks(folder: Path) -> None:
    """Rows a CPU second of the largest workbook of a sample, from the file to raw."""
    out = folder / "books"
    truth = sample.write(out, orders=60_000, seed=7, months=2, until=UNTIL)
    name, rows = max(
        ((name, rows) for name, rows in truth.files.items() if name.endswith(".xlsx")),
        key=lambda found: found[1],
    )
    taken = _ingest(folder / "book", out / name)
    print(
        f"xlsx: {rows:,} rows, {taken.cpu:.2f} CPU s = {rows / taken.cpu:,.0f} rows a CPU second"
        f" (start of the program included), peak {taken.peak_mb:.0f} MB"
    )


def recognition(folder: Path) -> None:
    """Milliseconds until a file's format is known, over a small file of every layout."""
    gallery = folder / "gallery"
    sample.write_gallery(gallery)
    layers = (settings.packaged("sql"),)
    known = formats.load(layers, contracts.load(layers))
    spent = []
    for path in sorted(file for file in gallery.rglob("*") if file.is_file()):
        if path.name.startswith("_"):
            continue
        began = time.perf_counter()
        with peek.peek(path) as tables:
            for table in tables:
                table.claims(known)
        spent.append((time.perf_counter() - began) * 1000)
    print(
        f"recognition over {len(spent)} files and {len(known.by_name)} formats:"
        f" median {statistics.median(spent):.1f} ms, worst {max(spent):.1f} ms a file"
    )


def generator(folder: Path, orders: int) -> None:
    """Orders a CPU second of the sample generator, as csv."""
    script = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from aftersales import sample;"
        f"sample.write(Path(sys.argv[1]), orders={orders}, seed=7, months=12,"
        " until=date(2026, 11, 22))"
    )
    taken = measure(sys.executable, "-c", script, str(folder / "many"))
    size = sum(path.stat().st_size for path in (folder / "many").rglob("*.*"))
    print(
        f"generator: {orders:,} orders, {size / 1e6:,.0f} MB, {taken.cpu:.1f} CPU s ="
        f" {orders / taken.cpu:,.0f} orders a CPU second, {orders / taken.wall:,.0f} by the clock"
    )


def main() -> None:
    """Measure what is asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200, help="size of the csv to load")
    parser.add_argument("--orders", type=int, default=200_000, help="for the generator")
    parser.add_argument("--repeat", type=int, default=3)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aftersales-bench-") as name:
        folder = Path(name)
        recognition(folder)
        generator(folder, told.orders)
        workbooks(folder)
        load(folder, told.megabytes, told.repeat)


if __name__ == "__main__":
    main()
