"""Weights are learned from labelled texts, and what they are worth is measured on others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from complaints import world

from aftersales.complaints import model, scoring, taxonomy, training
from aftersales.complaints.classifier import Classifier
from aftersales.complaints.evidence import Finder, Text
from aftersales.errors import ConfigError, DataError

GOODS = ["耳机", "杯子", "书包", "台灯", "键盘", "毛巾", "雨伞", "拖鞋", "水壶", "闹钟"]
ENDS = ["，唉", "，真是的", "", "，算了", "，下次注意", "！", "。", "，就这样", "，不说了", "~"]


def texts() -> list[training.Labelled]:
    """Two hundred texts with words no phrase of the small taxonomy knows."""
    found = []
    for good in GOODS:
        for end in ENDS:
            found.append((f"{good}到手就裂开了{end}", {"P1"}, 1))
            found.append((f"问{good}的事没人搭理{end}", {"C1"}, 2))
            found.append((f"{good}收到了谢谢{end}", set(), 0))
    return [training.Labelled(t, frozenset(leaves), e, "own") for t, leaves, e in found]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small taxonomy with a model of it."""
    layer = world.write(tmp_path_factory.mktemp("sql"))
    told = taxonomy.load((layer,))
    made, _ = training.train(told, Finder(told), texts())
    model.save(made, layer / "complaints" / model.FILE)
    return layer


def labels(classifier: Classifier, text: str | Text) -> dict[str, str]:
    (result,) = classifier.classify([Text(text) if isinstance(text, str) else text])
    return {label.leaf: label.source for label in result.labels}


def test_what_no_phrase_knows_is_learned_and_told_apart(layer: Path) -> None:
    classifier = Classifier((layer,))
    assert labels(classifier, "风扇到手就裂开了") == {"P1": "model"}
    assert labels(classifier, "问风扇的事没人搭理") == {"C1": "model"}
    assert labels(classifier, "风扇收到了谢谢") == {}


def test_phrase_and_model_are_one_label_with_the_phrase_as_evidence(layer: Path) -> None:
    text = "风扇到手就裂开了，质量太差"
    (result,) = Classifier((layer,)).classify([Text(text)])
    (label,) = result.labels
    assert (label.leaf, label.source, label.rule) == ("P1", "both", "P1.poor")
    assert text[slice(*label.span)] == "质量太差"


def test_a_label_of_the_model_says_which_ngrams_and_where(layer: Path) -> None:
    text = "风扇到手就裂开了"
    (result,) = Classifier((layer,)).classify([Text(text)])
    (label,) = result.labels
    assert label.rule is None
    assert label.ngrams
    assert all(ngram in text for ngram in label.ngrams)
    assert set(text[slice(*label.span)]) & set("裂开")


def test_a_platforms_reason_is_a_prior_and_labels_nothing_alone(layer: Path) -> None:
    classifier = Classifier((layer,))
    assert labels(classifier, Text("风扇收到了谢谢", reason=("C1",))) == {}
    unsure = "没人"
    plain, with_reason = (
        classifier.model.column["C1"],
        classifier.classify([Text(unsure, reason=("C1",))])[0],
    )
    assert plain >= 0
    scores = [label.score for label in with_reason.labels if label.leaf == "C1"]
    without = [
        label.score for label in classifier.classify([Text(unsure)])[0].labels if label.leaf == "C1"
    ]
    assert not without or scores[0] > without[0]


def test_a_leaf_added_after_training_goes_by_its_phrases(tmp_path: Path, layer: Path) -> None:
    own = tmp_path / "complaints" / "leaves"
    own.mkdir(parents=True)
    new = world.leaf("P7", "PRD.DISLIKE", {"ugly": "丑"}, {}, hits=["好丑"], misses=["好看"])
    (own / "p7.yml").write_text(world.yaml.safe_dump(new, allow_unicode=True), encoding="utf-8")
    assert labels(Classifier((layer, tmp_path)), "太丑了") == {"P7": "phrase"}


def test_the_order_of_texts_and_their_neighbours_change_nothing(layer: Path) -> None:
    classifier = Classifier((layer,))
    several = [Text(each.text) for each in texts()[:40]]
    forward = classifier.classify(several)
    assert classifier.classify(several[::-1]) == forward[::-1]
    assert [classifier.classify([text])[0] for text in several] == forward


def test_training_twice_gives_the_same_file(tmp_path: Path, layer: Path) -> None:
    told = taxonomy.load((layer,))
    for name in ("a", "b"):
        made, _ = training.train(told, Finder(told), texts())
        model.save(made, tmp_path / name / model.FILE)
    assert (tmp_path / "a" / model.FILE).read_bytes() == (tmp_path / "b" / model.FILE).read_bytes()


def test_the_account_is_of_texts_the_weights_had_not_seen(layer: Path) -> None:
    told = taxonomy.load((layer,))
    noise = np.random.default_rng(0).permutation(300)
    shuffled = [
        training.Labelled(each.text, texts()[other].labels, each.emotion, "own")
        for each, other in zip(texts(), noise, strict=True)
    ]
    _, honest = training.train(told, Finder(told), texts())
    _, chance = training.train(told, Finder(told), shuffled)
    f1 = {
        name: next(r["leaf_f1"] for r in rows if r["method"] == "model")
        for name, rows in {"honest": honest, "chance": chance}.items()
    }
    assert f1["honest"] > 0.95
    assert f1["chance"] < 0.6


def test_too_few_labels_are_refused(layer: Path) -> None:
    told = taxonomy.load((layer,))
    with pytest.raises(ConfigError, match="30 labelled texts are too few"):
        training.train(told, Finder(told), texts()[:30])


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("text,tags\na,P1\n", "has no column 'labels'"),
        ("text,labels\na,P1\nb,Q9\n", "line 3, column 'labels': 'Q9' is no leaf"),
        ("text,labels,emotion\na,P1,4\n", "line 2, column 'emotion': '4' is no emotion"),
    ],
)
def test_a_wrong_file_of_labels_is_refused_with_its_place(
    tmp_path: Path, layer: Path, content: str, what: str
) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as stopped:
        training.read([file], taxonomy.load((layer,)))
    assert what in str(stopped.value)


def test_a_model_file_that_is_none_is_refused(tmp_path: Path) -> None:
    layer = world.write(tmp_path)
    with pytest.raises(ConfigError, match=r"model\.npz is missing"):
        Classifier((layer,))
    (layer / "complaints" / model.FILE).write_bytes(b"not a model")
    with pytest.raises(ConfigError, match="cannot be read as a model"):
        Classifier((layer,))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"P1": 3, "X0": 3}, ["P1"]),
        ({"X0": 3}, ["X0"]),
        ({"P1": 2, "P5": 3}, ["P5"]),
        ({"P1": 2, "C1": 3}, ["C1", "P1"]),
        ({"P1": 2}, ["P1"]),
        ({"P1": 1}, []),
    ],
)
def test_a_verdict_goes_beside_a_particular_of_its_group_and_x0_beside_anything(
    layer: Path, said: dict[str, int], kept: list[str]
) -> None:
    told = taxonomy.load((layer,))
    names = list(told.leaves)
    spoken = np.array([[said.get(name, 0) for name in names]], np.int8)
    found = scoring.particulars(told, spoken >= 2, spoken)
    assert sorted(name for name, is_found in zip(names, found[0], strict=True) if is_found) == kept


def test_f1_counts_labels_both_have_twice() -> None:
    found = np.array([[1, 1, 0], [0, 0, 1]], bool)
    truth = np.array([[1, 0, 0], [0, 1, 1]], bool)
    assert scoring.f1(found, truth) == pytest.approx(2 * 2 / (3 + 3))
