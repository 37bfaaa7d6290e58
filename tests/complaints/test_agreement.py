"""How often labels are right, by what people found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from complaints import world

from aftersales.complaints import agreement, taxonomy, training, verdicts
from aftersales.complaints.agreement import Figure
from aftersales.complaints.sampling import Found
from aftersales.complaints.taxonomy import Taxonomy
from aftersales.complaints.verdicts import Key, Verdict
from aftersales.errors import DataError

WEEK = date(2026, 11, 16)
KEY = Key("s", WEEK, date(2026, 11, 22), 200, {"PRD": 50, "CSV": 0, "GEN": 0}, "v1", ())


@pytest.fixture
def told(tmp_path: Path) -> Taxonomy:
    return taxonomy.load((world.write(tmp_path / "sql"),))


def verdict(number: int, found: str, truth: str, tier: str = "A", **more: object) -> Verdict:
    """Labels found and labels true, as 'P1 C1'."""
    labels = tuple(Found(leaf, tier, 0.9) for leaf in found.split())
    usual = Verdict(
        "s",
        f"k{number}",
        f"text {number}",
        "chat",
        "random",
        tuple(truth.split()),
        1,
        "",
        "Lin",
        labels,
        1,
        "v1",
        "2026-11-23T02:00:00+00:00",
    )
    return replace(usual, **more)  # type: ignore[arg-type]


def many(count: int, found: str, truth: str, begin: int = 0, **more: object) -> list[Verdict]:
    return [verdict(begin + n, found, truth, **more) for n in range(count)]  # type: ignore[arg-type]


def figure(said: list[Verdict], told: Taxonomy, name: str, of: str) -> Figure:
    found = agreement.figures(said, {"s": KEY}, told)
    return next(each for each in found if (each.figure, each.of) == (name, of))


def test_without_labels_there_is_no_figure(told: Taxonomy) -> None:
    assert agreement.figures([], {}, told) == []


def test_the_uncertain_half_says_nothing_of_all_texts(told: Taxonomy) -> None:
    said = [*many(3, "P1", "P1"), *many(9, "P1", "", 10, half="uncertain")]
    assert figure(said, told, "precision", "all labels").value == 1
    assert agreement.figures(said[3:], {"s": KEY}, told) == []


def test_precision_recall_and_f1_count_labels(told: Taxonomy) -> None:
    said = [*many(3, "P1", "P1"), *many(1, "P1", "", 10), *many(2, "", "C1", 20)]
    assert figure(said, told, "precision", "all labels").value == 3 / 4
    assert figure(said, told, "recall", "all labels").value == 3 / 5
    assert figure(said, told, "f1", "leaves").value == 6 / 9
    assert figure(said, told, "precision", "all labels").n == 4


def test_a_neighbour_of_the_same_group_is_right_by_group_only(told: Taxonomy) -> None:
    said = many(4, "P1", "P5")
    assert figure(said, told, "f1", "leaves").value == 0
    assert figure(said, told, "f1", "groups").value == 1


def test_each_tier_has_its_own_precision(told: Taxonomy) -> None:
    said = [*many(2, "P1", "P1"), *many(2, "P1", "", 10, tier="C")]
    assert figure(said, told, "precision", "tier A").value == 1
    assert figure(said, told, "precision", "tier C").value == 0
    none = figure(said, told, "precision", "tier B")
    assert (none.value, none.note) == (None, "no such label")


def test_a_leaf_found_often_stands_alone_and_the_others_of_its_group_together(
    told: Taxonomy,
) -> None:
    said = [*many(30, "P1", "P1"), *many(2, "P5", "", 100), *many(29, "C1", "C1", 200)]
    assert figure(said, told, "precision", "P1").n == 30
    rest = figure(said, told, "precision", "PRD")
    assert (rest.value, rest.n) == (0, 2)
    assert rest.note == "P5 together: fewer than 30 labels each"
    assert figure(said, told, "precision", "CSV").n == 29


def test_a_text_two_people_read_counts_once_by_whoever_read_most(told: Taxonomy) -> None:
    said = [*many(3, "P1", "P1"), verdict(0, "P1", "", annotator="Mei")]
    assert figure(said, told, "precision", "all labels").value == 1
    assert figure(said, told, "texts", "random half").value == 3


def test_emotion_counts_where_people_told_it(told: Taxonomy) -> None:
    said = [
        verdict(1, "", "", emotion=3, found_emotion=2),
        verdict(2, "", "", emotion=1, found_emotion=2),
        verdict(3, "", "", emotion=None, found_emotion=3),
    ]
    assert figure(said, told, "precision", "emotion 2 and more").value == 1 / 2
    assert figure(said, told, "recall", "emotion 2 and more").value == 1
    assert figure(said, told, "recall", "emotion 3").value == 0


def test_two_people_are_held_against_each_other(told: Taxonomy) -> None:
    one = [verdict(1, "", "P1"), verdict(2, "", "C1", emotion=2), verdict(3, "", "P1")]
    other = [
        verdict(1, "", "P1", annotator="Mei"),
        verdict(2, "", "C1", annotator="Mei", emotion=2),
        verdict(3, "", "P5", annotator="Mei"),
    ]
    of = "Lin and Mei"
    assert figure([*one, *other], told, "agreement on leaves, f1", of).value == 4 / 6
    assert figure([*one, *other], told, "agreement on groups, f1", of).value == 1
    assert figure([*one, *other], told, "agreement on emotion, kappa", of).value == 1


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(0, 0), (1, 1)], 1.0),
        ([(0, 1), (1, 0)], -1.0),
        ([(0, 0), (0, 1), (1, 0), (1, 1)], 0.0),
        # 0.7 observed, 0.5 expected
        ([(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15, 0.4),
        ([(1, 1)] * 5, None),
        ([], None),
    ],
)
def test_kappa_is_agreement_beyond_chance(
    pairs: list[tuple[int, int]], expected: float | None
) -> None:
    assert agreement.kappa(pairs) == (None if expected is None else pytest.approx(expected))


def test_a_share_is_corrected_for_what_is_missed_and_what_is_too_many(told: Taxonomy) -> None:
    # found in 8 of 10 that are so, and in 4 of 40 that are not; counted in 50 of 200
    said = [
        *many(8, "P1", "P1"),
        *many(2, "", "P1", 10),
        *many(4, "P1", "", 20),
        *many(36, "", "", 30),
    ]
    assert figure(said, told, "share counted", "PRD").value == 0.25
    corrected = figure(said, told, "share corrected", "PRD")
    assert corrected.value == pytest.approx((0.25 + 0.9 - 1) / (0.8 + 0.9 - 1))
    assert corrected.low is not None
    assert corrected.high is not None
    assert corrected.low < 0.214 < corrected.high


def test_a_share_that_cannot_be_corrected_says_why(told: Taxonomy) -> None:
    def why(said: list[Verdict]) -> str:
        told_so = figure(said, told, "share corrected", "PRD")
        assert (told_so.value, told_so.low, told_so.high) == (None, None, None)
        return told_so.note

    assert why(many(29, "P1", "P1")) == "29 texts labelled; 30 are the fewest"
    assert why(many(30, "", "")) == "people found none, so what is missed is not known"
    assert why(many(30, "P1", "P1")) == (
        "people found it in every text, so what is too many is not known"
    )
    assert why([*many(15, "", "P1"), *many(15, "P1", "", 20)]) == (
        "found no more where it is than where it is not"
    )


def test_nineteen_of_twenty_intervals_hold_the_true_share() -> None:
    generator = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        share, sensitivity, specificity = 0.2, 0.75, 0.9
        so = int(generator.binomial(100, share))
        counted = generator.binomial(500, share * sensitivity + (1 - share) * (1 - specificity))
        hits, rights = (
            generator.binomial(so, sensitivity),
            generator.binomial(100 - so, specificity),
        )
        _, low, high = agreement.prevalence(
            (int(counted) / 500, 500), (int(hits), so), (int(rights), 100 - so)
        )
        held += low <= share <= high
    assert held >= 0.93 * 400


def test_a_corrected_share_stays_between_nothing_and_all() -> None:
    assert agreement.prevalence((0.01, 100), (9, 10), (80, 100))[0] == 0
    assert agreement.prevalence((0.99, 100), (8, 10), (90, 100))[0] == 1


def test_reading_a_sheet_twice_stores_nothing_twice(tmp_path: Path) -> None:
    assert verdicts.add(tmp_path, many(3, "P1", "P1")) == 3
    again = many(3, "P1", "P1", labelled_at="2026-11-24T02:00:00+00:00")
    assert verdicts.add(tmp_path, again) == 0
    assert verdicts.load(tmp_path) == many(3, "P1", "P1")


def test_who_changes_their_mind_is_taken_at_their_last_word(tmp_path: Path) -> None:
    verdicts.add(tmp_path, [verdict(1, "P1", "P1")])
    assert verdicts.add(tmp_path, [verdict(1, "P1", "C1")]) == 1
    assert [each.labels for each in verdicts.load(tmp_path)] == [("C1",)]
    assert len((tmp_path / verdicts.FILE).read_text(encoding="utf-8").splitlines()) == 2


def test_another_annotator_on_the_same_text_is_kept_beside(tmp_path: Path) -> None:
    verdicts.add(tmp_path, [verdict(1, "P1", "P1")])
    assert verdicts.add(tmp_path, [verdict(1, "P1", "P1", annotator="Mei")]) == 1
    assert len(verdicts.load(tmp_path)) == 2


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    verdicts.add(tmp_path, [verdict(1, "P1", "P1")])
    with (tmp_path / verdicts.FILE).open("a", encoding="utf-8") as file:
        file.write("{half a line")
    with pytest.raises(DataError) as caught:
        verdicts.load(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / verdicts.FILE}, line 2: is damaged: no JSON\n"
        "  fix: put a copy back, or take that line out"
    )


def test_what_people_found_can_be_trained_on(tmp_path: Path, told: Taxonomy) -> None:
    said = [verdict(1, "", "P1 C1", emotion=3), verdict(2, "P1", "", emotion=None)]
    assert verdicts.export(said, tmp_path / "labels.csv") == 2
    first, second = training.read([tmp_path / "labels.csv"], told)
    assert (first.labels, first.emotion, first.source) == ({"P1", "C1"}, 3, "chat")
    assert (second.labels, second.emotion) == (frozenset(), None)
