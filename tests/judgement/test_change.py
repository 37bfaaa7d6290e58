"""A change taken apart: the parts are the whole, to the cent, whatever the segments do."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.judgement.change import Sums, split, volume_and_rate

COUNTS = st.integers(min_value=0, max_value=10**7)
MONEY = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)
SEGMENTS = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(MONEY, COUNTS, MONEY, COUNTS), min_size=1
)


def _sums(parts: dict[str, tuple[object, ...]]) -> dict[str, Sums]:
    return {name: Sums.of(*numbers) for name, numbers in parts.items()}  # type: ignore[arg-type]


def _total(parts: dict[str, Sums]) -> Sums:
    columns = ((s.n0, s.d0, s.n1, s.d1) for s in parts.values())
    return Sums(*(sum(column, Fraction(0)) for column in zip(*columns, strict=True)))


@given(SEGMENTS)
def test_segments_that_hold_all_once_leave_nothing_over(drawn):
    parts = _sums(drawn)
    total = _total(parts)
    if total.before is None or total.now is None:
        with pytest.raises(ValueError, match="no rate"):
            split(parts, total)
        return
    found = split(parts, total)
    assert found.remainder == 0
    assert found.rate + found.mix == found.change == total.now - total.before


@given(SEGMENTS, st.tuples(MONEY, COUNTS, MONEY, COUNTS))
def test_what_segments_count_twice_is_a_line_and_all_adds_up(drawn, whole):
    total = Sums.of(*whole)
    if total.before is None or total.now is None:
        return
    found = split(_sums(drawn), total)
    told = sum((line.effect for line in found.lines), Fraction(0))
    assert told + found.remainder == total.now - total.before


def test_a_rate_that_rose_is_apart_from_a_segment_that_grew():
    # a stays at 10 %, b rises from 20 % to 30 %, and b's part grows from a half to three quarters
    found = split(
        _sums({"a": (50, 500, 25, 250), "b": (100, 500, 225, 750)}), Sums.of(150, 1000, 250, 1000)
    )
    rates = {line.value: line.rate for line in found.lines}
    mixes = {line.value: line.mix for line in found.lines}
    assert rates == {"a": 0, "b": Fraction(5, 8) * Fraction(1, 10)}
    # around the middle rate of 20 %: less of what is 10 % lifts, more of what is 25 % lifts
    assert mixes == {"a": Fraction(1, 4) * Fraction(1, 10), "b": Fraction(1, 4) * Fraction(1, 20)}
    assert found.change == Fraction(1, 10)


def test_a_segment_that_is_new_or_gone_is_all_mix():
    found = split(
        _sums({"old": (30, 300, 0, 0), "new": (0, 0, 60, 300)}), Sums.of(30, 300, 60, 300)
    )
    assert [line.rate for line in found.lines] == [0, 0]
    assert found.mix == found.change == Fraction(1, 10)


def test_a_reason_is_worth_its_cases_per_order_sold():
    parts = {"late": (10, 0, 30, 0), "size": (20, 0, 20, 0), None: (0, 1000, 0, 1000)}
    found = split(_sums(parts), Sums.of(30, 1000, 50, 1000))
    assert {line.value: line.effect for line in found.lines} == {
        "late": Fraction(20, 1000),
        "size": 0,
        None: 0,
    }


def test_a_count_is_held_against_as_many_days():
    # 8 weeks against one: 80 were 10 a week
    found = split(_sums({"a": (56, 0, 12, 0), "b": (24, 0, 3, 0)}), Sums.of(80, 8, 15, 1))
    assert {line.value: line.effect for line in found.lines} == {"a": 5, "b": 0}
    assert found.change == 5


def test_more_orders_and_more_per_order_make_the_change_of_a_count():
    volume, rate = volume_and_rate(Sums.of(100, 1000, 300, 2000))
    assert volume == 1000 * Fraction(125, 1000)
    assert rate == Fraction(5, 100) * 1500
    assert volume + rate == 200
