"""Which phrases count, and where they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from complaints import world

from aftersales.complaints import taxonomy
from aftersales.complaints.evidence import PIECE, Finder, Text, pieces


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Finder:
    return Finder(taxonomy.load((world.write(tmp_path_factory.mktemp("sql")),)))


def rules(finder: Finder, text: str | Text) -> dict[str, str]:
    told = Text(text) if isinstance(text, str) else text
    (hits,) = finder.find([told])
    return {hit.pattern.rule: told.body[slice(*hit.span)] for hit in hits}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("质量有点差，掉漆", {"P1.poor": "质量有点差", "P1.paint": "掉漆"}),
        ("質量有點差", {"P1.poor": "質量有點差"}),
        ("😡😡质量真的差😡", {"P1.poor": "质量真的差"}),
        ("So FLIMSY！质量差", {"P1.flimsy": "FLIMSY", "P1.poor": "质量差"}),
        ("这个flimsy的壳", {"P1.flimsy": "flimsy"}),
        ("质量没问题", {}),
        ("质量没问题，就是掉漆", {"P1.paint": "掉漆"}),
        ("谁说质量不好吗", {}),
        ("骗子，要起诉", {"emotion_3.liar": "骗子", "escalation.court": "起诉"}),
        ("", {}),
        ("\x00\n", {}),
    ],
)
def test_a_phrase_is_found_where_it_stands_unless_a_guard_takes_it(
    finder: Finder, text: str, found: dict[str, str]
) -> None:
    assert rules(finder, text) == found


def test_a_phrase_of_certain_goods_is_found_for_those_only(finder: Finder) -> None:
    assert rules(finder, Text("不回", product="红富士苹果 5斤")) == {"C1.food": "不回"}
    assert rules(finder, Text("不回", product="手机壳")) == {}
    assert rules(finder, Text("不回")) == {}


def test_a_phrase_of_certain_sources_is_found_there_and_where_the_source_is_unknown(
    tmp_path: Path,
) -> None:
    only = world.leaf("P1", "PRD.DEFECT", {"a": {"match": "裂", "sources": ["review"]}}, {})
    own = Finder(taxonomy.load((world.write(tmp_path, **{"leaves/p1": only}),)))
    assert [bool(rules(own, Text("裂", source=s))) for s in ("review", "chat", None)] == [
        True,
        False,
        True,
    ]


def test_what_a_customer_says_is_not_looked_for_in_what_an_agent_says(tmp_path: Path) -> None:
    told = taxonomy.load((world.write(tmp_path),))
    agents = Finder(told, speaker="agent")
    assert rules(agents, "抱歉，因为缺货，质量差") == {
        "acknowledges.sorry": "抱歉",
        "explains.because": "因为",
    }
    assert "acknowledges.sorry" not in rules(Finder(told), "抱歉")


def test_a_text_of_a_megabyte_is_read_to_its_end_and_in_time(finder: Finder) -> None:
    long = "一切都好。" * 200_000 + "质量太差" + "啊" * 300_000
    (hit,) = (hit for hit in finder.find([Text(long)])[0] if hit.pattern.rule == "P1.poor")
    assert long[slice(*hit.span)] == "质量太差"


@pytest.mark.parametrize("text", ["好。" * 3000, "好" * 5000, "a" * (PIECE + 1)])
def test_pieces_of_a_long_text_are_all_of_it(text: str) -> None:
    cut = pieces(text)
    assert "".join(text[slice(*span)] for span in cut) == text
    assert all(end - begin <= PIECE for begin, end in cut)
