"""Two engines, one answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.complaints import matcher, taxonomy
from aftersales.complaints.folding import fold
from aftersales.settings import packaged

PACKAGED = [pattern.text for pattern in taxonomy.load((packaged("sql"),)).patterns]
SENTENCES = [
    sentence
    for told in (
        *taxonomy.load((packaged("sql"),)).leaves.values(),
        *taxonomy.load((packaged("sql"),)).signals.values(),
    )
    for sentence in (*told.hits, *told.misses)
]

pytestmark = pytest.mark.skipif(matcher.hyperscan is None, reason="no hyperscan for this system")


@pytest.fixture(
    scope="module", params=[20, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"]
)
def engines(request: pytest.FixtureRequest) -> tuple[matcher.Engine, matcher.Engine]:
    """Both engines over every twentieth phrase; over all of them where there is time."""
    patterns = PACKAGED[:: request.param]
    return matcher.PlainEngine(patterns), matcher.FastEngine(patterns)


def test_both_engines_find_the_same_phrases_in_every_sentence_there_is(
    engines: tuple[matcher.Engine, matcher.Engine],
) -> None:
    plain, fast = engines
    for sentence in SENTENCES:
        folded = fold(sentence)
        assert fast.hits(folded) == plain.hits(folded), sentence


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(SENTENCES),
            st.text(max_size=12),
            st.sampled_from(["\n", "\r\n", "\x00", "😡", "！！", "é", "𠮷", "\u200b", "ﬁ", "İ"]),
        ),
        max_size=5,
    )
)
def test_both_engines_find_the_same_phrases_in_anything(
    engines: tuple[matcher.Engine, matcher.Engine], parts: list[str]
) -> None:
    plain, fast = engines
    folded = fold("".join(parts))
    assert fast.hits(folded) == plain.hits(folded)


def test_the_compiled_phrases_are_kept_by_what_they_were_compiled_from(tmp_path: Path) -> None:
    patterns = ["质量{0,1}差", r"\bflimsy\b"]
    text = "质量差 but not flimsy"
    assert matcher.FastEngine(patterns, tmp_path).hits(text) == [0, 1]
    (kept,) = tmp_path.iterdir()
    assert matcher.FastEngine(patterns, tmp_path).hits(text) == [0, 1]
    assert list(tmp_path.iterdir()) == [kept]
    matcher.FastEngine([*patterns, "好"], tmp_path)
    (other,) = tmp_path.iterdir()
    assert other != kept


def test_a_damaged_file_of_compiled_phrases_is_made_anew(tmp_path: Path) -> None:
    patterns = ["质量差"]
    matcher.FastEngine(patterns, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-3] + b"xyz")
    assert matcher.FastEngine(patterns, tmp_path).hits("质量差") == [0]


def test_without_room_to_keep_them_phrases_are_compiled_each_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert matcher.FastEngine(["质量差"], blocked).hits("质量差") == [0]
