"""One spelling, and every character where it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.complaints.folding import fold, fold_all


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("質量太差，換貨！", "质量太差,换货!"),
        ("ＡＰＰ Crashed", "app crashed"),
        ("don’t “care”", 'don\'t "care"'),
        ("😡👎🏽差评", "😡👎🏽差评"),
        ("Straße ㎏", "straße ㎏"),
        ("", ""),
    ],
)
def test_width_case_quotes_and_traditional_script_make_no_difference(
    written: str, folded: str
) -> None:
    assert fold(written) == folded


@given(st.lists(st.text(max_size=20), max_size=6))
def test_each_text_stays_as_long_as_it_was_whatever_stands_beside_it(texts: list[str]) -> None:
    folded = fold_all(texts)
    assert [len(text) for text in folded] == [len(text) for text in texts]
    assert folded == [fold(text) for text in texts]


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_half_a_surrogate_pair_is_no_reason_to_stop() -> None:
    assert len(fold("坏\ud83d了")) == 3
