"""How often a review speaks of a change where nothing happens: flat worlds, judged as a reader is.

Every world is another seed of the sample without any event, every product as good and every shift
as fast as another. Each is ingested, built and published; then the sentences of its first screen
are counted. Beside it stands what the same worlds give when every week is held against the eight
before it at the 5 % level, measure by measure, which is what a bare "up on last week" amounts to.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from aftersales import jobs, metrics, sample, settings
from aftersales.judgement.estimates import wilson
from aftersales.reporting.readings import compared, pooled, subject
from aftersales.reporting.review import Review, collect
from aftersales.reporting.site import run_info
from aftersales.reporting.spec import load_report
from aftersales.warehouse import publish

UNTIL = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 6)  # noqa: DTZ001 (naive UTC is ours)
MONTHS = 4


def world(home: Path, seed: int, orders: int) -> settings.Settings:
    """A flat workspace, run once; one that is there already is taken as it is."""
    own = settings.load(home) if (home / settings.FILE_NAME).exists() else None
    if own is None or publish.current(own) is None:
        settings.init(home, extra=settings.DEMO)
        own = settings.load(home)
        sample.write(own.inbox, orders=orders, seed=seed, months=MONTHS, until=UNTIL, flat=True)
        jobs.run(own, now=NOW, as_of_on=UNTIL)
    return own


def judge(own: settings.Settings) -> tuple[Review, int]:
    """A world's review, and how many measures the eight weeks before would call changed."""
    known = metrics.load(own.sql_layers)
    report = load_report(own.report_layers, "weekly")
    with publish.open_published(own) as con:
        record = publish.record(own)
        run = run_info(record, UNTIL)
        review = collect(con, own, known, [], report, period=None, run=run)
        naive = 0
        for shown in report.judging:
            told = subject(known, shown)
            if review.measures[shown.key].unripe or told.metric.period is None:
                continue
            now, before = (
                pooled(con, told, days)
                for days in ((review.period.monday, review.period.sunday), review.period.baseline)
            )
            found = compared(told.metric, now, before, report.minimum_n)
            naive += int(found is not None and found.p_value < 0.05)
    return review, naive


def main() -> None:
    """Judge, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--orders", type=int, default=6_000)
    parser.add_argument("--keep", type=Path, help="where the worlds are, or are made and left")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aftersales-bench-") as place:
        folder = told.keep or Path(place)
        said: Counter[str] = Counter()
        wrong = naive = tested = 0
        began = time.process_time()
        for seed in range(told.worlds):
            review, by_weeks = judge(world(folder / f"flat{seed}", seed, told.orders))
            changed = [m.subject.key for m in review.measures.values() if m.is_notable]
            outside = [c.spec.id for c in review.charts for o in c.outliers if o.is_sure]
            said.update([*changed, *outside])
            tested += sum(
                review.measures[name].raw_p_value is not None for name in review.report.judged
            )
            wrong += bool(changed or outside)
            naive += by_weeks > 0
            print(f"\r{seed + 1} worlds, {wrong} with a false signal", end="", file=sys.stderr)
        print(file=sys.stderr)
        spent = time.process_time() - began
    for name, count in (("this review", wrong), ("against eight weeks at 5 %", naive)):
        low, high = wilson(count, told.worlds)
        share = count / told.worlds
        print(f"{name}: {count} of {told.worlds} ({share:.1%}, {low:.1%} to {high:.1%})")
    print(f"measures tested a world: {tested / told.worlds:.1f}; {spent:.0f} CPU s")
    for name, count in said.most_common():
        print(f"  {name}: {count}")


if __name__ == "__main__":
    main()
