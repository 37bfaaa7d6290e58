from __future__ import annotations

from datetime import date

import pytest

from aftersales.errors import ConfigError
from aftersales.reporting.period import choose

WEEKS = {"baseline_weeks": 8, "history_weeks": 52, "judged_weeks": 52}


def test_the_last_full_week_is_reviewed():
    assert choose(None, date(2026, 1, 1), date(2026, 11, 21), **WEEKS).name == "2026-W46"
    assert choose(None, date(2026, 1, 1), date(2026, 11, 22), **WEEKS).name == "2026-W47"


def test_a_week_that_begins_before_the_data_is_cut_off():
    assert choose(None, date(2026, 10, 7), date(2026, 11, 22), **WEEKS).weeks[0] == date(
        2026, 10, 12
    )


def test_the_eight_weeks_before_are_the_baseline():
    period = choose("2026-W46", date(2026, 1, 1), date(2026, 11, 22), **WEEKS)
    assert period.baseline == (date(2026, 9, 14), date(2026, 11, 8))


def test_without_a_full_week_before_there_is_no_baseline():
    assert choose(None, date(2026, 11, 11), date(2026, 11, 22), **WEEKS).baseline is None


def test_days_short_of_a_week_are_shown_as_provisional():
    period = choose(None, date(2026, 11, 17), date(2026, 11, 20), **WEEKS)
    assert (period.name, period.is_provisional) == ("2026-W47", True)


def test_the_running_week_is_provisional_when_asked_for():
    assert choose("2026-W47", date(2026, 1, 1), date(2026, 11, 20), **WEEKS).is_provisional


@pytest.mark.parametrize("asked", ["2026-46", "2026-W60", "last"])
def test_what_is_no_week_is_refused(asked):
    with pytest.raises(ConfigError) as refusal:
        choose(asked, date(2026, 1, 1), date(2026, 11, 22), **WEEKS)
    assert str(refusal.value) == f"'{asked}' is not an ISO week\n  fix: write it like 2026-W46"


def test_a_week_without_data_is_refused():
    with pytest.raises(ConfigError) as refusal:
        choose("2025-W46", date(2026, 1, 1), date(2026, 11, 22), **WEEKS)
    assert str(refusal.value) == (
        "no data in 2025-W46: they go from 2026-01-01 to 2026-11-22\n"
        "  fix: choose a week between them"
    )
