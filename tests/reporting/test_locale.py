from __future__ import annotations

from datetime import date

import pytest

from aftersales.reporting.spec import load_wording


@pytest.fixture
def zh(settings):
    return load_wording(settings.report_layers, "weekly", "zh").locale


@pytest.fixture
def en(settings):
    return load_wording(settings.report_layers, "weekly", "en").locale


@pytest.mark.parametrize(
    ("seconds", "in_zh", "in_en"),
    [
        (0, "0秒", "0 s"),
        (45, "45秒", "45 s"),
        (200, "3分20秒", "3 min 20 s"),
        (180, "3分", "3 min"),
        (3599.7, "1小时", "1 h"),
        (7500, "2小时5分", "2 h 5 min"),
        (274000, "3天4小时", "3 d 4 h"),
    ],
)
def test_durations_have_two_units_at_most(zh, en, seconds, in_zh, in_en):
    assert (zh.duration(seconds), en.duration(seconds)) == (in_zh, in_en)


def test_a_range_says_the_month_once(zh, en):
    week = date(2026, 11, 16), date(2026, 11, 22)
    assert (zh.days(*week), en.days(*week)) == ("11月16日–22日", "16–22 Nov")
    over = date(2026, 11, 30), date(2026, 12, 6)
    assert (zh.days(*over), en.days(*over)) == ("11月30日–12月6日", "30 Nov–6 Dec")


def test_a_week_is_named_by_its_iso_number(zh, en):
    assert (zh.week(date(2026, 11, 16)), en.week(date(2026, 11, 16))) == ("第47周", "week 47")


def test_small_shares_keep_their_figures(zh):
    assert [zh.share(value) for value in (0.0411, 0.0042, 0, 1)] == ["4.1%", "0.42%", "0%", "100%"]


def test_a_value_that_is_not_there_is_a_dash_never_zero(zh):
    assert zh.value(None, "share") == "–"


def test_lists_are_joined_as_the_language_does(zh, en):
    assert zh.listed(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert en.listed(["a", "b", "c"]) == "a, b and c"
    assert en.listed(["a"]) == "a"


def test_both_languages_say_the_same_things(settings):
    def keys(part, path=()):
        if not isinstance(part, dict):
            return {path}
        return {found for name, inner in part.items() for found in keys(inner, (*path, name))}

    zh, en = (load_wording(settings.report_layers, "weekly", code).texts for code in ("zh", "en"))
    in_english_only = {key for key in keys(en) - keys(zh) if not key[-1].endswith("_one")}
    assert (keys(zh) - keys(en), in_english_only) == (set(), set())
