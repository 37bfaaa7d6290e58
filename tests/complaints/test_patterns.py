"""What ops may write as a phrase, and what they are told where they may not."""

from __future__ import annotations

import re
from pathlib import Path
from time import perf_counter

import pytest
from complaints import world

from aftersales.complaints import taxonomy
from aftersales.complaints.patterns import BadPatternError, compiled
from aftersales.errors import ConfigError


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("质量(差", "is no regular expression"),
        ("^质量差", "is anchored"),
        ("质量差$", "is anchored"),
        ("(?=质量)差", "looks around"),
        ("(?<!不)差", "looks around"),
        (r"(差)\1", "refers back"),
        ("(a+)+b", "repeats a group without end"),
        (r"(\w+){0,8}x", "repeats what repeats"),
        (r"(\w+\d?){2,8}x", "repeats what repeats"),
        ("(差评|差)*吧", "repeats a group without end"),
        ("(差评)?", "would be found in every text"),
        ("差{300}", "needs 300 characters"),
        ("质量{nothing}差", "is no macro"),
    ],
)
def test_a_phrase_no_engine_could_be_given_is_refused_with_the_reason(
    pattern: str, why: str
) -> None:
    with pytest.raises(BadPatternError, match=re.escape(why)):
        compiled(pattern, {})


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("质量，差", "质量,差"),
        ("真的？不", "真的?不"),
        ("APP崩了", "app崩了"),
        ("質量", "质量"),
        (r"( \w+){0,4} refund", " give me my refund"),
        ("价格{g}高", "价格实在高"),
    ],
)
def test_a_phrase_is_read_in_the_spelling_texts_are_folded_to(pattern: str, text: str) -> None:
    assert re.search(compiled(pattern, world.MACROS), text, re.ASCII)


@pytest.mark.parametrize("text", ["a" * 2000, " a" * 1000, "差" * 2000, "a " * 1000 + "!"])
def test_what_is_let_through_ends_soon_on_texts_made_to_stop_it(text: str) -> None:
    began = perf_counter()
    for pattern in (r"( \w+){0,16}!!x", r"[^.]{0,40}不{0,40}x", r"\w+ \w+ \w+x"):
        re.search(compiled(pattern, {}), text, re.ASCII)
    assert perf_counter() - began < 30  # for ever is longer


def test_a_broken_phrase_is_told_with_its_file_and_name(tmp_path: Path) -> None:
    broken = world.leaf("P1", "PRD.DEFECT", {"poor": "质量(差"}, {})
    layer = world.write(tmp_path, **{"leaves/p1": broken})
    with pytest.raises(ConfigError) as stopped:
        taxonomy.load((layer,))
    assert str(stopped.value) == (
        f"{tmp_path}/complaints/leaves/p1.yml: phrases.zh.poor: '质量(差' is no regular expression:"
        " missing ), unterminated subpattern at position 2\n"
        "  fix: rewrite that phrase, then: aftersales complaints test"
    )


@pytest.mark.parametrize(
    ("stem", "content", "what"),
    [
        ("leaves/p1", "leaf: [", "not valid YAML"),
        ("leaves/p1", world.leaf("P1", "XXX.DEFECT", {"a": "坏"}, {}), "is of no group there is"),
        ("leaves/p1", world.leaf("P2", "PRD.FAULT", {"a": "坏"}, {}), "is not the file's name"),
        ("leaves/p1", world.leaf("P1", "PRD.SAFETY", {"a": "坏"}, {}), "is that of P1 too"),
        ("leaves/p1", world.leaf("P1", "PRD.A", {"a": "坏"}, {"a": "b"}), "two phrases are named"),
        ("leaves/p1", world.leaf("P1", "PRD.A", {"a": "坏"}, {}, sort="x"), "Extra inputs"),
        ("leaves/p1", world.leaf("P1", "PRD.A", {"a": "坏"}, {}, hits=[]), "at least 1 item"),
        ("guards", {"guards": {"a": {"match": "坏", "means": "praise", "spares": ["Q9"]}}}, "'Q9'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(
    tmp_path: Path, stem: str, content: object, what: str
) -> None:
    layer = world.write(tmp_path, **{stem: content})
    with pytest.raises(ConfigError) as stopped:
        taxonomy.load((layer,))
    assert what in str(stopped.value)
    assert "complaints/" in str(stopped.value)
    assert "fix:" in str(stopped.value)


def test_a_workspaces_file_takes_the_place_of_the_packaged_one(tmp_path: Path) -> None:
    base = world.write(tmp_path / "base")
    own = tmp_path / "own"
    mine = world.leaf("P1", "PRD.DEFECT", {"mine": "开线"}, {}, hits=["开线"])
    path = own / "complaints" / "leaves" / "p1.yml"
    path.parent.mkdir(parents=True)
    path.write_text(world.yaml.safe_dump(mine, allow_unicode=True), encoding="utf-8")
    told = taxonomy.load((base, own))
    assert [p.rule for p in told.patterns if p.told_by == "P1"] == ["P1.mine"]
    assert told.version != taxonomy.load((base,)).version
