"""Which texts people are asked to label."""

from __future__ import annotations

import pytest

from aftersales.complaints import model as models
from aftersales.complaints import sampling, taxonomy
from aftersales.complaints.model import Model
from aftersales.complaints.sampling import Found, Read
from aftersales.settings import packaged


@pytest.fixture(scope="module")
def model() -> Model:
    return models.load((packaged("sql"),), taxonomy.FOLDER)


def texts(count: int, score: float = 0.99) -> list[Read]:
    label = (Found("P1", "A", score),)
    return [Read(f"k{n:03d}", f"text {n}", "chat", "en", 1, "v", label) for n in range(count)]


def doubtful(key: str, model: Model) -> Read:
    limit = float(model.thresholds[1, model.column["P1"]])
    return Read(key, key, "chat", "en", 1, "v", (Found("P1", "C", limit + 0.01),))


def test_half_is_drawn_at_random_and_half_by_doubt(model: Model) -> None:
    drawn = sampling.draw(texts(100), 21, 0, model)
    assert [each.half for each in drawn].count("random") == 11
    assert [each.half for each in drawn].count("uncertain") == 10
    assert len({each.read.key for each in drawn}) == 21


def test_what_is_nearest_its_limit_is_asked_of(model: Model) -> None:
    near = [doubtful(f"near {n}", model) for n in range(40)]
    drawn = sampling.draw([*texts(200), *near], 40, 0, model)
    by_doubt = [each.read.key for each in drawn if each.half == "uncertain"]
    assert all(key.startswith("near") for key in by_doubt)


def test_a_text_that_nearly_got_a_label_is_doubtful_too(model: Model) -> None:
    silent = [Read(f"s{n}", "ok", "chat", "en", 0, "v", ()) for n in range(30)]
    broken = "it stopped working, the quality is not what I had expected"
    nearly = Read("nearly", broken, "chat", "en", 1, "v", ())
    far, near = sampling._distances([silent[0], nearly], model)
    assert near < far


def test_where_there_are_too_few_all_are_asked_as_at_random(model: Model) -> None:
    drawn = sampling.draw(texts(8), 50, 0, model)
    assert {each.half for each in drawn} == {"random"}
    assert len(drawn) == 8


def test_the_order_does_not_tell_the_halves_apart(model: Model) -> None:
    halves = [each.half for each in sampling.draw(texts(100), 40, 0, model)]
    assert halves[:20].count("random") not in (0, 20)


def test_the_same_seed_draws_the_same_texts_and_another_others(model: Model) -> None:
    one, same, other = (sampling.draw(texts(100), 20, seed, model) for seed in (1, 1, 2))
    assert one == same
    assert {each.read.key for each in one} != {each.read.key for each in other}


def test_nothing_is_drawn_of_nothing(model: Model) -> None:
    assert sampling.draw([], 20, 0, model) == []
