"""N-grams of many texts at once are those of each text alone."""

from __future__ import annotations

import itertools
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aftersales.complaints.features import LONGEST_RUN, PARTS, runs
from aftersales.complaints.folding import fold

TEXTS = st.lists(
    st.text(st.sampled_from("质量差, .ab1'Z！\n😡é") | st.characters(), max_size=15), max_size=5
)


def plainly(text: str) -> set[tuple[str, str]]:
    """The runs of a text, the slow way."""
    folded = re.sub("[\t\n\r\u3000]", " ", fold(text))
    found = set()
    for length in range(1, LONGEST_RUN + 1):
        for begin in range(len(folded) - length + 1):
            run = folded[begin : begin + length]
            if any(ord(char) >= 128 for char in run):
                found.add((f"run{length}", run))
    words = [(m.start(), m.end(), m[0]) for m in re.finditer(r"[a-z0-9']+", folded)]
    padded = re.sub(r"[^a-z0-9']", " ", folded) + " "
    for length in PARTS:
        for begin in range(len(padded) - length + 1):
            part = padded[begin : begin + length]
            if re.fullmatch(r"[a-z0-9' ][a-z0-9']+[a-z0-9' ]", part):
                found.add((f"part{length}", part))
    found |= {("word", word) for _, _, word in words}
    for (_, end, left), (begin, _, right) in itertools.pairwise(words):
        if begin - end <= 2:
            found.add(("pair", f"{left} {right}"))
    return found


@given(TEXTS)
def test_each_text_has_as_many_different_runs_as_counted_one_by_one(texts: list[str]) -> None:
    found = runs(texts)
    for row, text in enumerate(texts):
        assert len(set(found.hashes[found.rows == row].tolist())) == len(plainly(text))


@given(TEXTS)
def test_the_same_text_has_the_same_runs_whatever_stands_beside_it(texts: list[str]) -> None:
    together = runs(texts)
    for row, text in enumerate(texts):
        alone = runs([text])
        here = together.rows == row
        assert sorted(together.hashes[here].tolist()) == sorted(alone.hashes.tolist())


@given(TEXTS)
def test_a_run_lies_within_its_text(texts: list[str]) -> None:
    found = runs(texts)
    lengths = np.array([len(text) for text in texts], np.int64)
    if len(found.rows):
        assert (found.begins >= 0).all()
        assert (found.ends <= lengths[found.rows]).all()
        assert (found.begins < found.ends).all()


def test_no_texts_have_no_runs() -> None:
    assert len(runs([]).hashes) == 0
    assert len(runs([""]).hashes) == 0
