"""Weights from labelled texts, and an honest account of how good they are: `complaints train`."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from aftersales.complaints import scoring
from aftersales.complaints.evidence import Finder, Text
from aftersales.complaints.features import runs
from aftersales.complaints.model import GENERIC, WAYS, Floats, Model, calibrate, tf_idf
from aftersales.complaints.speaking import EMOTIONS, LANGUAGES, language_of, spoken
from aftersales.complaints.taxonomy import Taxonomy
from aftersales.errors import ConfigError, DataError

FOLDS = 5
SEED = 20261128
# How much a label of a person and one of the phrases alone weigh.
HAND_WEIGHT, WEAK_WEIGHT = 1.0, 0.1
STRENGTH = 5.0  # inverse regularisation of the weights
RAREST = 2  # texts an n-gram has to be in
NO_LABELS = "NONE"


@dataclass(frozen=True)
class Labelled:
    """A text and what a person found in it.

    Attributes:
        labels: leaves; None: nobody looked, the phrases speak for it.
        emotion: 0 to 3; None: nobody looked.
        source: where the text is from.
    """

    text: str
    labels: frozenset[str] | None
    emotion: int | None
    source: str

    @property
    def language(self) -> str:
        """By its letters."""
        return language_of(self.text)


def read(paths: Sequence[Path], taxonomy: Taxonomy) -> list[Labelled]:
    """Labelled texts of CSV files with the columns text, labels, emotion, source; each text once.

    Raises:
        DataError: a file lacks a column, or names a leaf there is not; with line and column.
    """
    found: dict[str, Labelled] = {}
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            lacking = [name for name in ("text", "labels") if name not in (rows.fieldnames or ())]
            if lacking:
                raise DataError(
                    f"has no column '{lacking[0]}'",
                    fix="name the columns text, labels, emotion, source",
                    file=str(path),
                )
            for row in rows:
                found.setdefault(row["text"], _labelled(row, taxonomy, path, rows.line_num))
    return list(found.values())


def _labelled(row: dict[str, str], taxonomy: Taxonomy, path: Path, line: int) -> Labelled:
    told = [part.strip() for part in (row["labels"] or "").split("|") if part.strip()]
    unknown = [part for part in told if part not in taxonomy.leaves and part != NO_LABELS]
    if unknown:
        raise DataError(
            f"'{unknown[0]}' is no leaf",
            fix=f"use {NO_LABELS} or some of: {', '.join(taxonomy.leaves)}, with | between",
            file=str(path),
            line=line,
            column="labels",
        )
    emotion = (row.get("emotion") or "").strip()
    if emotion not in ("", "0", "1", "2", "3"):
        raise DataError(
            f"'{emotion}' is no emotion",
            fix="write 0, 1, 2 or 3",
            file=str(path),
            line=line,
            column="emotion",
        )
    labels = frozenset(part for part in told if part != NO_LABELS) if told else None
    source = row.get("source") or path.stem
    return Labelled(row["text"], labels, int(emotion) if emotion else None, source)


def sources(labelled: Sequence[Labelled]) -> dict[str, int]:
    """How many texts are from where."""
    return dict(Counter(each.source for each in labelled))


@dataclass(frozen=True)
class _World:
    """All texts as numbers, row by row."""

    texts: list[str]
    languages: npt.NDArray[np.int64]
    truth: Floats
    is_labelled: npt.NDArray[np.bool_]
    has_emotion: npt.NDArray[np.bool_]
    spoken: npt.NDArray[np.int8]
    outputs: tuple[str, ...]


def train(
    taxonomy: Taxonomy, finder: Finder, labelled: Sequence[Labelled]
) -> tuple[Model, list[dict[str, Any]]]:
    """A model of all the texts, and what five models of four fifths made of the rest.

    Returns:
        the model, without a version; and one row a language and method, see ``scoring.rows``.

    Raises:
        ConfigError: scikit-learn is not there, or too few texts are labelled.
    """
    world = _world(taxonomy, finder, labelled)
    if int(world.is_labelled.sum()) < 20 * FOLDS:
        raise ConfigError(
            f"{int(world.is_labelled.sum())} labelled texts are too few to learn from",
            fix=f"label {20 * FOLDS} at least; complaints sample writes a sheet for it",
        )
    odds = _out_of_fold(world)
    calibration = _calibrate(world, odds)
    thresholds = _thresholds(world, odds, calibration, taxonomy)
    vocabulary, rarity = _vocabulary(world.texts)
    matrix = tf_idf(runs(world.texts), len(world.texts), vocabulary, rarity)
    weights, bias = _fit(matrix, world, np.arange(len(world.texts)))
    model = Model(world.outputs, vocabulary, rarity, weights, bias, calibration, thresholds, "", {})
    return model, _report(taxonomy, world, odds, model)


def measured(
    taxonomy: Taxonomy, finder: Finder, model: Model, labelled: Sequence[Labelled]
) -> list[dict[str, Any]]:
    """How good a model there is on labelled texts, see ``scoring.rows``.

    Raises:
        ConfigError: the model was made for other leaves.
    """
    world = _world(taxonomy, finder, [each for each in labelled if each.labels is not None])
    if world.outputs != model.outputs:
        raise ConfigError(
            "the model knows other leaves than the taxonomy",
            fix="make it again with: aftersales complaints train",
        )
    return _report(taxonomy, world, model.odds(world.texts), model)


def _report(taxonomy: Taxonomy, world: _World, odds: Floats, model: Model) -> list[dict[str, Any]]:
    rows = world.is_labelled
    return scoring.rows(
        taxonomy,
        world.outputs,
        world.truth[rows],
        world.languages[rows],
        odds[rows],
        world.spoken[rows],
        model,
    )


def _world(taxonomy: Taxonomy, finder: Finder, labelled: Sequence[Labelled]) -> _World:
    outputs = (*taxonomy.leaves, *EMOTIONS)
    texts = [each.text for each in labelled]
    said = spoken(finder.find([Text(text) for text in texts]), texts, outputs)
    truth = np.zeros((len(texts), len(outputs)))
    leaves = len(taxonomy.leaves)
    for row, each in enumerate(labelled):
        if each.labels is None:
            truth[row, :leaves] = said[row, :leaves] >= GENERIC  # what the phrases say
        else:
            for leaf in each.labels:
                truth[row, outputs.index(leaf)] = 1
        if each.emotion is not None:
            truth[row, leaves:] = [each.emotion >= level for level in (1, 2, 3)]
    return _World(
        texts,
        np.array([LANGUAGES.index(each.language) for each in labelled]),
        truth,
        np.array([each.labels is not None for each in labelled]),
        np.array([each.emotion is not None for each in labelled]),
        said,
        outputs,
    )


def _vocabulary(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float32]]:
    """The n-grams that are in enough texts, and how rare each is."""
    found = runs(texts)
    pairs = np.unique(np.stack([found.hashes, found.rows.astype(np.uint64)]), axis=1)
    hashes, counts = np.unique(pairs[0], return_counts=True)
    kept = counts >= RAREST
    rarity = np.log((1 + len(texts)) / (1 + counts[kept])) + 1
    return hashes[kept], rarity.astype(np.float32)


def _fit(
    matrix: sparse.csr_matrix, world: _World, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """One logistic regression an output; an output nobody was labelled with is never likely."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise ConfigError(
            "training needs scikit-learn, which is not installed",
            fix="install it with: pip install 'aftersales[train]'",
        ) from error
    weights = np.zeros((matrix.shape[1], len(world.outputs)), np.float32)
    bias = np.full(len(world.outputs), -8.0, np.float32)
    leaves = len(world.outputs) - len(EMOTIONS)
    for column in range(len(world.outputs)):
        usable = rows if column < leaves else rows[world.has_emotion[rows]]
        truth = world.truth[usable, column]
        if truth.sum() < 3 or truth.sum() == len(truth):
            continue
        weight = np.where(world.is_labelled[usable], HAND_WEIGHT, WEAK_WEIGHT)
        # Rare leaves weigh as much as frequent ones; calibration puts their odds right again.
        fitted = LogisticRegression(
            C=STRENGTH, solver="liblinear", class_weight="balanced", random_state=SEED
        ).fit(matrix[usable], truth, weight)
        weights[:, column] = fitted.coef_[0]
        bias[column] = fitted.intercept_[0]
    return weights, bias


def _out_of_fold(world: _World) -> Floats:
    """Each text's log-odds by a model that has not seen it."""
    folds = np.random.default_rng(SEED).permutation(len(world.texts)) % FOLDS
    odds = np.zeros(world.truth.shape)
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        vocabulary, rarity = _vocabulary([world.texts[row] for row in inside])
        matrix = tf_idf(runs(world.texts), len(world.texts), vocabulary, rarity)
        weights, bias = _fit(matrix, world, inside)
        odds[outside] = matrix[outside] @ weights + bias
    return odds


def _calibrate(world: _World, odds: Floats) -> Floats:
    """What log-odds were worth, by language, output and how phrases speak for it.

    One logistic regression over all pairs of text and output: an intercept and a slope for each
    language and way of speaking, and an offset for each output in them, pulled towards none.

    Returns:
        shape (languages, outputs, ways of speaking, 2): intercept and slope.
    """
    from sklearn.linear_model import LogisticRegression

    outputs = len(world.outputs)
    leaves = outputs - len(EMOTIONS)
    found = np.zeros((len(LANGUAGES), outputs, WAYS, 2))
    for group, usable in (
        (range(leaves), world.is_labelled),
        (range(leaves, outputs), world.has_emotion),
    ):
        rows = np.flatnonzero(usable)
        columns = np.array(list(group))
        pairs = [(r, c) for r in rows for c in columns]
        row, column = np.array(pairs).T
        way = world.spoken[row, column].astype(np.int64)
        kind = world.languages[row] * WAYS + way
        kinds = len(LANGUAGES) * WAYS
        own = kinds * 2 + (world.languages[row] * outputs + column) * WAYS + way
        one = np.arange(len(row))
        design = sparse.csr_matrix(
            (
                np.concatenate([np.ones(len(row)), odds[row, column], np.ones(len(row))]),
                (
                    np.concatenate([one, one, one]),
                    np.concatenate([kind, kinds + kind, own]),
                ),
            ),
            shape=(len(row), kinds * 2 + len(LANGUAGES) * outputs * WAYS),
        )
        fitted = LogisticRegression(C=1.0, solver="lbfgs", fit_intercept=False, max_iter=2000).fit(
            design, world.truth[row, column]
        )
        told = fitted.coef_[0]
        for language in range(len(LANGUAGES)):
            for way_of in range(WAYS):
                place = language * WAYS + way_of
                for output in columns:
                    offset = told[kinds * 2 + (language * outputs + output) * WAYS + way_of]
                    found[language, output, way_of] = told[place] + offset, told[kinds + place]
    return found


def _thresholds(world: _World, odds: Floats, calibration: Floats, taxonomy: Taxonomy) -> Floats:
    """From which calibrated score on to label: what gives the best F1, by language and output.

    One for all leaves of a language, one for each level of emotion.
    """
    scores = calibrate(calibration, world.languages, odds, world.spoken)
    leaves = len(taxonomy.leaves)
    found = np.full((len(LANGUAGES), len(world.outputs)), 0.5)
    for language in range(len(LANGUAGES)):
        of_language = world.languages == language
        groups = [(slice(0, leaves), world.is_labelled)]
        groups += [(slice(c, c + 1), world.has_emotion) for c in range(leaves, len(world.outputs))]
        for columns, usable in groups:
            rows = usable & of_language
            if rows.any():
                found[language, columns] = _best(scores[rows, columns], world.truth[rows, columns])
    return found


def _best(scores: Floats, truth: Floats) -> float:
    grid = np.arange(0.2, 0.71, 0.025)
    values = [scoring.f1(scores >= limit, truth) for limit in grid]
    return float(grid[int(np.argmax(values))])
