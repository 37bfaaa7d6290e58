"""What a file in sql/checks must say of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from aftersales.errors import ConfigError
from aftersales.quality import checks

GOOD = "-- late: Nothing is late,\n-- ever.\n-- level: warning\nselect 1 from fct_order\n"


def load(folder: Path, text: str, *, name: str = "late") -> list[checks.Rule]:
    path = folder / "checks" / f"{name}.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return checks.load((folder,), {"fct_order"}, {"fct_order", "fct_case"})


def test_a_check_is_named_by_its_file_and_says_what_must_hold(tmp_path: Path) -> None:
    (rule,) = load(tmp_path, GOOD)
    assert (rule.check, rule.level, rule.what) == (
        "check:late",
        "warning",
        "Nothing is late, ever.",
    )


def test_a_check_of_tables_not_built_yet_waits(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD.replace("fct_order", "fct_case")) == []


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "late",
            "-- level: warning\nselect 1",
            "the header's first line must be the check's name and what must hold\n"
            "  fix: begin the file with: -- late: …",
        ),
        (
            "late",
            "-- late: Nothing is late.\nselect 1",
            "the header says no level\n  fix: add a line: -- level: critical, or -- level: warning",
        ),
        (
            "late",
            GOOD.replace("warning", "fatal"),
            "the header says no level\n  fix: add a line: -- level: critical, or -- level: warning",
        ),
        (
            "late",
            GOOD.replace("fct_order", "fct_ordre"),
            "reads 'fct_ordre', which no file builds\n  fix: correct the name",
        ),
        (
            "late-ones",
            GOOD,
            "'late-ones' is no name for a check\n  fix: use letters, digits and _ only",
        ),
    ],
)
def test_a_check_that_cannot_be_used_is_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text, name=name)
    assert str(raised.value) == f"{tmp_path / 'checks' / name}.sql: {message}"
