"""What the complaints commands do, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from aftersales.complaints import (
    agreement,
    examples,
    model,
    sampling,
    sheet,
    taxonomy,
    verdicts,
)
from aftersales.complaints.classifier import SIGNALS, Classifier, Result
from aftersales.complaints.evidence import Finder, Text
from aftersales.errors import ConfigError, DataError
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


def sample(
    settings: Settings, out: Path, *, size: int, weeks: int, seed: int, now: datetime
) -> tuple[verdicts.Key, bool]:
    """Write a labelling sheet of texts of the last full weeks, and keep what it does not show.

    Args:
        size: texts; weeks: how many the texts are of, the last full one the last.

    Returns:
        the sheet's key; and whether it is all the texts there are.

    Raises:
        Busy: another process writes the warehouse.
        ConfigError: the file is there already, or nothing has been built.
        DataError: no full week has a text.
    """
    from aftersales.warehouse.lock import writing

    if not settings.warehouse.exists():
        raise ConfigError(
            "no warehouse has been built", fix="run: aftersales run", file=str(settings.warehouse)
        )
    told, weights = taxonomy.load(layers(settings)), model.load(layers(settings), taxonomy.FOLDER)
    with writing(settings, command="complaints sample", now=now):
        week, texts = _texts(settings, weeks)
        drawn = sampling.draw(texts, size, seed, weights)
        key = verdicts.key(week - timedelta(weeks=weeks - 1), week, texts, drawn, told)
        said = sheet.words(settings.report_layers)
        verdicts.keep_key(settings.runs, key)  # first: a sheet without its key is worth nothing
        sheet.write(out, key, told, said)
    return key, len(drawn) == len(texts)


def _texts(settings: Settings, weeks: int) -> tuple[date, list[sampling.Read]]:
    """The last full week with texts, and the different texts of it and of those before it."""
    from aftersales.warehouse import connection
    from aftersales.warehouse import told as written

    con = connection.connect(
        settings.warehouse,
        read_only=True,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )
    try:
        week = written.last_full_week(con)
        texts = [] if week is None else written.distinct(con, week, weeks)
    finally:
        con.close()
    if week is None:
        raise DataError(
            "no customer's text is of a full week",
            fix="put exports with texts of a whole week into the inbox and run",
            file=str(settings.inbox),
        )
    return week, texts


def label(settings: Settings, files: Sequence[Path], *, now: datetime) -> list[dict[str, Any]]:
    """Keep what people filled in, all sheets or none; one row a sheet.

    Raises:
        DataError: a sheet cannot be taken; with row and column.
    """
    from aftersales.warehouse.lock import writing

    told, said = taxonomy.load(layers(settings)), sheet.words(settings.report_layers)
    with writing(settings, command="complaints label", now=now):
        keys = verdicts.keys(settings.runs)
        returned = [sheet.read(file, keys, told, said) for file in files]
        found = []
        for file, back in zip(files, returned, strict=True):
            new = list(sheet.verdicts(back, keys, verdicts.stamp(now)))
            stored = verdicts.add(settings.runs, new)
            found.append(
                {
                    "sheet": file.name,
                    "labelled": len(new),
                    "stored": stored,
                    "known": len(new) - stored,
                    "not_labelled": back.not_labelled,
                    "annotators": ", ".join(sorted({verdict.annotator for verdict in new})),
                }
            )
    return found


def export_labels(settings: Settings, out: Path) -> int:
    """What people found as a CSV that can be trained on; returns how many texts."""
    return verdicts.export(verdicts.load(settings.runs), out)


def quality(settings: Settings) -> list[dict[str, Any]]:
    """How often labels are right by what people found, one row a figure; none without labels."""
    told = taxonomy.load(layers(settings))
    said = verdicts.load(settings.runs)
    figures = agreement.figures(said, verdicts.keys(settings.runs), told)
    return [asdict(figure) for figure in figures]


def topics(settings: Settings) -> list[dict[str, Any]]:
    """What customers began to say, as the published run has it; the surest first."""
    from aftersales.warehouse import publish

    with publish.open_published(settings) as con:
        found = con.execute("select * from mart_new_topic order by topic_no")
        names = [each[0] for each in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
