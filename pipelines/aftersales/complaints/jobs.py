"""What the complaints commands do, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aftersales.complaints import examples, model, taxonomy
from aftersales.complaints.classifier import SIGNALS, Classifier, Result
from aftersales.complaints.evidence import Finder, Text
from aftersales.settings import Settings, packaged

BATCH = 2000


def cache(settings: Settings | None) -> Path | None:
    """Where compiled phrases are kept; nowhere outside a workspace."""
    return settings.phrase_cache if settings else None


def layers(settings: Settings | None) -> tuple[Path, ...]:
    """The folders of sql/: the workspace's over the packaged, or the packaged alone."""
    return settings.sql_layers if settings else (packaged("sql"),)


def classify(
    settings: Settings | None,
    file: Path,
    *,
    column: str,
    source: str | None = None,
    reason_column: str | None = None,
) -> Iterator[dict[str, Any]]:
    """One object a row of the file, in its order; equal texts are read once.

    Args:
        source: what kind of text it is, for phrases of certain kinds.
        reason_column: the platform's reason picked with each text, a prior.

    Raises:
        DataError: the file cannot be read or has no such column.
        ConfigError: the taxonomy or the model cannot be used.
    """
    from aftersales.ingest.column import read

    columns = [column] if reason_column is None else [column, reason_column]
    rows = read(file, columns)
    classifier = Classifier(layers(settings), cache(settings))
    reasons = classifier.taxonomy.reasons
    texts = [Text(body, source, None, reasons(*rest) if rest else ()) for body, *rest in rows]
    known: dict[Text, Result] = {}
    for text, result in classified(classifier, list(dict.fromkeys(texts))):
        known[text] = result
    for text in texts:
        yield known[text].told(text.body)


def flat(told: dict[str, Any]) -> dict[str, Any]:
    """A result as one row to print: its labels in words."""
    labels = [f"{label['leaf']} {label['tier']} {label['evidence']}" for label in told["labels"]]
    return {
        "labels": "; ".join(labels),
        "emotion": told["emotion"],
        "signals": ", ".join(name for name in SIGNALS if told[name]),
        "is_redline": told["is_redline"],
        "language": told["language"],
    }


def classified(classifier: Classifier, texts: Sequence[Text]) -> Iterator[tuple[Text, Result]]:
    """Each text with what it says, in order, a batch at a time."""
    classifier.finder.expect(len(texts))
    for begin in range(0, len(texts), BATCH):
        batch = texts[begin : begin + BATCH]
        yield from zip(batch, classifier.classify(batch), strict=True)


def test(settings: Settings | None) -> tuple[list[dict[str, str]], int]:
    """What the phrases do not do as their files say, and how many sentences they were held against.

    Raises:
        ConfigError: a file cannot be used.
    """
    told = taxonomy.load(layers(settings))
    failed = [failure.told() for failure in examples.failures(told)]
    parts = [*told.leaves.values(), *told.signals.values()]
    return failed, sum(len(part.hits) + len(part.misses) for part in parts)


def train(
    settings: Settings, files: Sequence[Path], *, out: Path | None
) -> tuple[Path | None, list[dict[str, Any]]]:
    """Weights of labelled texts, written where the workspace's taxonomy is looked for.

    Args:
        out: the model's file; None: only the account of how good it would be.

    Returns:
        the file written, and the account, one row a language and method.
    """
    from aftersales.complaints import training

    told = taxonomy.load(settings.sql_layers)
    labelled = training.read(files, told)
    made, report = training.train(told, Finder(told, cache=cache(settings)), labelled)
    facts: dict[str, object] = {
        "texts": len(labelled),
        "labelled": sum(each.labels is not None for each in labelled),
        "sources": dict(sorted(training.sources(labelled).items())),
        "taxonomy": told.version,
        "report": report,
    }
    if out is not None:
        model.save(replace(made, facts=facts), out)
    return out, report


def measure(settings: Settings | None, files: Sequence[Path]) -> list[dict[str, Any]]:
    """How good phrases, model and both are on labelled texts nobody trained on."""
    from aftersales.complaints import training

    classifier = Classifier(layers(settings), cache(settings))
    labelled = training.read(files, classifier.taxonomy)
    return training.measured(classifier.taxonomy, classifier.finder, classifier.model, labelled)
