"""sql/checks as rules: what must hold and cannot be derived."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import sqlglot
from sqlglot import exp

from aftersales.errors import ConfigError
from aftersales.quality.findings import Level
from aftersales.quality.rules import SCHEMA, Offending, Rule
from aftersales.settings import layered_files
from aftersales.warehouse.connection import identifier

_LEVELS: dict[str, Level] = {"critical": "critical", "warning": "warning"}
_LEVEL = re.compile(r"^-- level: (\w+)$", re.MULTILINE)


def load(layers: tuple[Path, ...], tables: Collection[str], known: Collection[str]) -> list[Rule]:
    """Every check whose tables are there, by name.

    Args:
        tables: those there are.
        known: those there may be; a check that reads none of these has a slip in it.

    Raises:
        ConfigError: a header without sentence or level, SQL that does not parse, a table
            nobody builds.
    """
    rules = []
    for path in layered_files(layers, "checks", "*.sql").values():
        if not re.fullmatch(r"\w+", path.stem):
            raise ConfigError(
                f"'{path.stem}' is no name for a check",
                fix="use letters, digits and _ only",
                file=str(path),
            )
        text = path.read_text(encoding="utf-8")
        level, what = _header(text, path)
        read = _tables(text, path)
        strangers = sorted(read - set(tables) - set(known))
        if strangers:
            raise ConfigError(
                f"reads '{strangers[0]}', which no file builds",
                fix="correct the name",
                file=str(path),
            )
        if read <= set(tables):
            rules.append(_rule(path, level, what, text))
    return rules


def _rule(path: Path, level: Level, what: str, text: str) -> Rule:
    offending = Offending(f"check__{path.stem}", text.strip().rstrip(";"), str(path))
    return Rule(
        kind="check",
        table=path.stem,
        column=None,
        level=level,
        what=what,
        promise="empty",
        offending=offending,
        failing=f"select * from {SCHEMA}.{identifier(offending.name)}",
    )


def _header(text: str, path: Path) -> tuple[Level, str]:
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("-- ") or line.startswith("-- level:"):
            break
        lines.append(line.removeprefix("-- ").strip())
    sentence = " ".join(lines)
    if not sentence.startswith(f"{path.stem}: "):
        raise ConfigError(
            "the header's first line must be the check's name and what must hold",
            fix=f"begin the file with: -- {path.stem}: …",
            file=str(path),
        )
    level = _LEVEL.search(text)
    if level is None or level[1] not in _LEVELS:
        raise ConfigError(
            "the header says no level",
            fix="add a line: -- level: critical, or -- level: warning",
            file=str(path),
        )
    return _LEVELS[level[1]], sentence.partition(": ")[2]


def _tables(text: str, path: Path) -> set[str]:
    try:
        query = sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        first = error.errors[0] if error.errors else {"description": str(error), "line": "?"}
        raise ConfigError(
            f"not valid SQL: {first['description']}",
            fix="correct it",
            file=f"{path}, line {first['line']}",
        ) from error
    ctes = {cte.alias for cte in query.find_all(exp.CTE)}
    return {table.name for table in query.find_all(exp.Table) if table.name not in ctes}
