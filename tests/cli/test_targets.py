"""What is aimed for, from which day on, and who said so."""

from __future__ import annotations

from datetime import date

import pytest

from aftersales import metrics, settings
from aftersales.errors import ConfigError
from aftersales.settings import packaged

SHARE = 'metric = "first_response_within_3min"'
SET = 'from = 2026-01-01\nset_by = "李"'


@pytest.fixture
def told(tmp_path):
    """The settings of a workspace whose file holds a text."""

    def made(text):
        (tmp_path / "aftersales.toml").write_text(text, encoding="utf-8")
        return settings.load(tmp_path)

    return made


def target(metric=SHARE, value="value = 0.8", rest=SET):
    return f"[[target]]\n{metric}\n{value}\n{rest}\n"


def value(found):
    return found and found.value


def test_the_target_of_a_day_is_the_last_one_set_by_then(told):
    own = told(target() + target(value="value = 0.9", rest='from = 2026-03-01\nset_by = "王"'))
    name = "first_response_within_3min"
    assert own.target(name, date(2025, 12, 31)) is None
    assert value(own.target(name, date(2026, 2, 28))) == 0.8
    assert value(own.target(name, date(2026, 3, 1))) == 0.9
    assert own.target(name, date(2026, 3, 1)).set_by == "王"


def test_an_undated_target_holds_until_the_first_dated_one(told):
    own = told("[targets]\nfirst_response_within_3min = 0.7\n" + target())
    name = "first_response_within_3min"
    assert value(own.target(name, date(2025, 12, 31))) == 0.7
    assert own.target(name, date(2025, 12, 31)).set_by is None
    assert value(own.target(name, date(2026, 1, 1))) == 0.8


def test_a_shop_s_own_target_goes_before_that_of_all_and_is_not_that_of_all(told):
    own = told(target() + target(value="value = 0.6", rest=SET + '\nshop = "outlet"'))
    name, day = "first_response_within_3min", date(2026, 5, 1)
    assert value(own.target(name, day)) == 0.8
    assert value(own.target(name, day, "outlet")) == 0.6
    assert value(own.target(name, day, "flagship")) == 0.8


def test_a_time_is_written_with_its_unit(told):
    own = told(target('metric = "first_response_median"', 'value = "3 min"'))
    assert value(own.target("first_response_median", date(2026, 1, 1))) == 180


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        (target(rest="from = 2026-01-01"), "lacks set_by", "give each of"),
        (target(rest='from = 2026-01-01\nset_by = " "'), "set_by cannot be ' '", "name who"),
        (target(rest='from = "2026-01-01"\nset_by = "李"'), "from cannot be", "without quotes"),
        (target(value="value = true"), "value cannot be True", "3 min"),
        (target(value='value = "soon"'), "value cannot be 'soon'", "3 min"),
        (target(value="value = -1"), "value cannot be -1", "3 min"),
        (target(rest=SET + "\nwho = 1"), "unknown key 'who'", "use only"),
        (target() + target(), "aims first_response_within_3min twice", "later day"),
        ("target = 3\n", "target cannot be 3", "[[target]]"),
    ],
)
def test_a_target_that_cannot_be_meant_is_refused_with_how_to_write_it(told, text, message, fix):
    with pytest.raises(ConfigError) as refusal:
        told(text)
    assert message in refusal.value.what
    assert fix in refusal.value.fix
    assert refusal.value.file.endswith("aftersales.toml")


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        (target('metric = "ordres"', "value = 3"), "'ordres', which is no metric", "use orders"),
        (target(value="value = 80"), "cannot be 80: it is a share", "0.8"),
        (target(value='value = "3 min"'), "cannot be 180 s: it is a share", "0.8"),
        (target('metric = "first_response_median"', "value = 3"), "it is a time", "3 min"),
        (target('metric = "orders_paid"', 'value = "3 d"'), "it is a count", "a number"),
        ("[targets]\nreturn_rate = 5\n", "[targets] return_rate cannot be 5", "0.8"),
    ],
)
def test_a_target_in_another_unit_than_its_metric_s_is_refused(told, text, message, fix):
    registry = metrics.load((packaged("sql"),))
    with pytest.raises(ConfigError) as refusal:
        metrics.check_targets(registry, told(text))
    assert message in refusal.value.what
    assert fix in refusal.value.fix


def test_seconds_without_a_unit_stay_good_where_they_always_were(told):
    registry = metrics.load((packaged("sql"),))
    metrics.check_targets(registry, told("[targets]\nfirst_response_median = 180\n"))
    metrics.check_targets(registry, told(target()))


def test_the_demo_s_target_names_who_set_it(tmp_path):
    settings.init(tmp_path / "demo", extra=settings.DEMO)
    own = settings.load(tmp_path / "demo")
    found = own.target("first_response_within_3min", date(2026, 6, 1))
    assert (found.value, found.set_by) == (0.8, "运营部 李")
