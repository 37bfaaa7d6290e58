"""What the gate says of one promise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["critical", "warning"]
Kind = Literal[
    "unique",
    "not_null",
    "foreign_key",
    "allowed",
    "minimum",
    "castable",
    "clock",
    "correction",
    "reconciled",
    "check",
]


@dataclass(frozen=True)
class Finding:
    """One promise and whether it holds.

    Attributes:
        check: stable id, ``kind:table`` or ``kind:table.column``.
        table: the table it is about; the file's name for a check of sql/checks.
        failed: rows (words, files, keys) that break the promise.
        of: how many were looked at; None where that says nothing.
        what: the promise, one sentence.
        rows: up to 20 that break it: keys, the column at fault, file_name and record, and no
            personal data.
    """

    check: str
    kind: Kind
    table: str
    column: str | None
    level: Level
    passed: bool
    failed: int
    of: int | None
    what: str
    rows: tuple[dict[str, Any], ...]


def corrected(findings: Iterable[Finding]) -> int:
    """Rows a correction was applied to: those it knows whose source still delivers the error."""
    kinds = [finding for finding in findings if finding.kind == "correction"]
    return sum((finding.of or 0) - finding.failed for finding in kinds)


def stops(findings: Iterable[Finding]) -> bool:
    """True when anything critical failed: nothing may be published then."""
    return any(finding.level == "critical" and not finding.passed for finding in findings)
