from __future__ import annotations

import pytest

from aftersales.quality import Finding, stops
from aftersales.quality.findings import Level


def finding(level: Level, *, passed: bool) -> Finding:
    return Finding("unique:t", "unique", "t", None, level, passed, 0, None, "One row each.", ())


@pytest.mark.parametrize(
    ("level", "passed", "stopped"),
    [
        ("critical", False, True),
        ("critical", True, False),
        ("warning", False, False),
        ("warning", True, False),
    ],
)
def test_only_a_failed_critical_check_stops_the_run(
    level: Level, passed: bool, stopped: bool
) -> None:
    assert stops([finding("warning", passed=True), finding(level, passed=passed)]) is stopped


def test_nothing_found_stops_nothing() -> None:
    assert not stops([])
