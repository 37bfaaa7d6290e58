"""The week a review is about, and the weeks it is measured against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from aftersales.errors import ConfigError

DAY = timedelta(days=1)
WEEK = 7 * DAY
_ISO_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True)
class Period:
    """One ISO week of local days, and what stands before it.

    Attributes:
        monday: its first day.
        is_provisional: data or as-of end before the week does.
        history_from: the Monday of the first full week with data that is shown.
        judged_from: the Monday of the first full week with data a change is judged by.
        baseline_weeks: how many full weeks before it are pooled.
    """

    monday: date
    is_provisional: bool
    history_from: date
    judged_from: date
    baseline_weeks: int

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + 6 * DAY

    @property
    def name(self) -> str:
        """``2026-W47``."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def baseline(self) -> tuple[date, date] | None:
        """First and last day of the weeks compared with; None where there is no full one."""
        first = max(self.monday - self.baseline_weeks * WEEK, self.history_from)
        return (first, self.monday - DAY) if first < self.monday else None

    @property
    def weeks(self) -> list[date]:
        """The Mondays shown, oldest first, this one last."""
        return _mondays(self.history_from, self.monday)

    @property
    def judged_weeks(self) -> list[date]:
        """The Mondays a change is judged by, oldest first, this one last."""
        return _mondays(self.judged_from, self.monday)


def _mondays(first: date, last: date) -> list[date]:
    return [first + n * WEEK for n in range((last - first).days // 7 + 1)]


def choose(
    asked: str | None,
    first: date,
    last: date,
    *,
    baseline_weeks: int,
    history_weeks: int,
    judged_weeks: int,
) -> Period:
    """The week asked for, else the last full one.

    Args:
        asked: ``2026-W46``, or None.
        first: the first local day with data.
        last: the last local day that is over and up to which data go.

    Raises:
        ConfigError: ``asked`` is no ISO week, or one without data.
    """
    monday = _parse(asked) if asked else _last_full(last)
    if monday < first - first.weekday() * DAY and not asked:
        monday = last - last.weekday() * DAY  # not one full week yet: the running one
    if asked and not first - WEEK < monday <= last:
        raise ConfigError(
            f"no data in {asked}: they go from {first} to {last}",
            fix="choose a week between them",
        )
    full = first if first.weekday() == 0 else first + (7 - first.weekday()) * DAY
    return Period(
        monday=monday,
        is_provisional=monday + 6 * DAY > last,
        history_from=min(monday, max(full, monday - (history_weeks - 1) * WEEK)),
        judged_from=min(monday, max(full, monday - (judged_weeks - 1) * WEEK)),
        baseline_weeks=baseline_weeks,
    )


def _last_full(last: date) -> date:
    """The Monday of the last week that ends on or before ``last``."""
    return last - ((last.weekday() + 1) % 7 + 6) * DAY


def _parse(asked: str) -> date:
    refusal = ConfigError(f"'{asked}' is not an ISO week", fix="write it like 2026-W46")
    match = _ISO_WEEK.fullmatch(asked)
    if match is None:
        raise refusal
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise refusal from error
