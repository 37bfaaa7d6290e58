"""[[sla]] and [[exempt]] of the settings: what is taken, and what is refused with how to write it."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from aftersales import settings
from aftersales.errors import ConfigError
from aftersales.warehouse import references

PROMISE = 'measure = "first_response"\nwithin = "3 min"\nfrom = 2026-01-01\n'


@pytest.fixture
def told(tmp_path):
    """A way to load a workspace with these settings."""

    def load(text):
        (tmp_path / "aftersales.toml").write_text(text, encoding="utf-8")
        return settings.load(tmp_path)

    return load


@pytest.mark.parametrize(
    ("within", "seconds"), [("180 s", 180), ("3 min", 180), ("1.5h", 5400), ("2 d", 172800)]
)
def test_a_promise_is_written_as_people_say_it(told, within, seconds):
    own = told(f"[[sla]]\n{PROMISE}".replace("3 min", within))
    assert [promise.seconds for promise in own.sla] == [seconds]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PROMISE.replace("first_response", "speed"), "measure cannot be 'speed'"),
        (PROMISE.replace("3 min", "soon"), "within cannot be 'soon'"),
        (PROMISE.replace("2026-01-01", '"2026-01-01"'), "from cannot be '2026-01-01'"),
        (PROMISE.replace("2026-01-01", "2026-01-01T10:00:00"), "from cannot be datetime"),
        (PROMISE + 'kind = "fax"\n', "kind cannot be 'fax'"),
        (PROMISE + 'working = "yes"\n', "working cannot be 'yes'"),
        (PROMISE.replace("3 min", "2 d") + "working = true\n", "within cannot be '2 d'"),
        (PROMISE + 'colour = "red"\n', "has an unknown key 'colour'"),
        ('measure = "first_response"\n', "lacks within"),
    ],
)
def test_a_promise_nobody_can_mean_is_refused_by_name(told, text, message):
    with pytest.raises(ConfigError) as stop:
        told(f"[[sla]]\n{text}")
    assert message in str(stop.value)
    assert "fix: " in str(stop.value)


def test_exempt_days_run_forwards(told):
    with pytest.raises(ConfigError) as stop:
        told('[[exempt]]\nfrom = 2026-02-23\nuntil = 2026-02-16\nreason = "春节"\n')
    assert "the earlier first" in str(stop.value)


def test_a_promise_holds_until_the_next_that_is_for_the_same(told):
    own = told(
        f"[[sla]]\n{PROMISE}"
        f"[[sla]]\n{PROMISE.replace('2026-01-01', '2026-03-01').replace('3 min', '1 min')}"
        f'[[sla]]\n{PROMISE.replace("2026-01-01", "2026-02-01")}shop = "us"\n'
        '[[exempt]]\nfrom = 2026-02-16\nuntil = 2026-02-23\nreason = "春节"\n'
    )
    # Midnight in Shanghai, told in UTC.
    spans = [(str(row[4]), str(row[5]), row[2], row[6]) for row in references.targets(own)]
    assert spans == [
        ("2025-12-31 16:00:00", "2026-02-28 16:00:00", 180, None),
        ("2026-02-28 16:00:00", "2900-01-01 00:00:00", 60, None),
        ("2026-01-31 16:00:00", "2900-01-01 00:00:00", 180, "us"),
    ]
    assert references.exempt(own) == [
        (None, datetime(2026, 2, 15, 16), datetime(2026, 2, 23, 16), "春节")
    ]
    assert own.exempt[0].until == date(2026, 2, 23)


def test_two_promises_of_one_day_to_the_same_are_refused(told):
    with pytest.raises(ConfigError) as stop:
        told(f"[[sla]]\n{PROMISE}[[sla]]\n{PROMISE.replace('3 min', '1 min')}")
    assert "[[sla]] promises first_response twice from 2026-01-01 on" in str(stop.value)


def test_promises_to_a_shop_and_to_a_team_of_its_name_have_names_of_their_own(told):
    own = told(f'[[sla]]\n{PROMISE}shop = "us"\n[[sla]]\n{PROMISE}team = "us"\n')
    assert [row[0] for row in references.targets(own)] == [
        "own:first_response:shop=us:2026-01-01",
        "own:first_response:team=us:2026-01-01",
    ]
