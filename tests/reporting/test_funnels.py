from __future__ import annotations

import pytest

from aftersales.reporting import charts, page


def chart(found, name):
    return next((one for one in found.charts if one.spec.id == name), None)


def test_a_bad_product_is_named_with_what_was_expected_and_both_p_values(review):
    found = chart(review(bad_sku=True), "exchange_skus")
    (bad,) = [one for one in found.outliers if one.is_bad]
    assert bad.name == "SKU-03"
    assert bad.is_high
    assert bad.value > bad.expected == pytest.approx(found.common)
    assert bad.raw_p_value <= bad.p_value <= 0.05
    assert bad.raw_p_value in found.raw_p_values
    assert len(found.raw_p_values) == len(found.groups)


def test_agents_are_held_against_the_same_hours_and_their_n_is_told(review, en):
    planted = review(slow_nights=True)
    found = chart(planted, "agents_outside")
    expected = {group.expected for group in found.funnel.groups}
    assert len(expected) > 1
    assert sum(group.surplus for group in found.funnel.groups) == pytest.approx(0)
    assert found.outliers == ()
    headings = [name for name, _ in charts.table(found, planted, en).columns]
    assert headings[0] == "Agent"
    assert "Expected" in headings


def test_one_channel_and_one_shop_are_not_held_against_themselves(review):
    assert chart(review(), "channels_outside") is None
    assert chart(review(), "exchange_shops") is None


def test_widened_limits_are_said_and_chance_alone_is_not(review, en):
    flat = review()
    found = chart(flat, "exchange_skus")
    assert not found.funnel.is_wider
    assert "widened" not in page._subtitle(found, flat, en)


def test_every_survival_and_incidence_pooled_has_its_interval(review):
    found = review().measures["first_response_km_median@kind=chat"].now
    assert found.low < found.value < found.high
    cohorts = next(t for t in review().tables if t.spec.id == "exchange_cohorts")
    told = [g.reading for subject, groups in cohorts.columns[:1] for g in groups.values()]
    assert any(reading.value for reading in told)
    assert all(one.low <= one.value <= one.high for one in told if one.value is not None)
