"""Numbers, durations and dates the way a reader of the page's language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

Language = Literal["zh", "en"]
MINUTE, HOUR, DAY = 60, 3600, 86400
MINUS = "−"


@dataclass(frozen=True)
class Locale:
    """One language's ways to write a value.

    Attributes:
        language: ``zh`` or ``en``.
        patterns: the ``formats`` part of the wording.
    """

    language: Language
    patterns: Mapping[str, Any]

    def number(self, value: float, digits: int = 0) -> str:
        """``1,234`` or, with digits, ``1,234.5``."""
        return f"{value:,.{digits}f}".replace("-", MINUS)

    def share(self, value: float) -> str:
        """A share as per cent: three figures where that says something."""
        digits = 2 if 0 < abs(value) < 0.01 else 0 if value in (0, 1) else 1
        return f"{value * 100:.{digits}f}%".replace("-", MINUS)

    def points(self, value: float) -> str:
        """A difference of shares in percentage points, without its sign."""
        digits = 2 if abs(value) < 0.01 else 1
        return str(self.patterns["points"]).format(value=f"{abs(value) * 100:.{digits}f}")

    def duration(self, seconds: float) -> str:
        """Two neighbouring units at most: ``3分20秒``, ``2 h 5 min``, ``3 d 4 h``."""
        whole = round(abs(seconds))
        if whole < MINUTE:
            return self._units(second=whole)
        if whole < HOUR:
            return self._units(minute=whole // MINUTE, second=whole % MINUTE)
        minutes = round(whole / MINUTE)
        if minutes < 24 * 60:
            return self._units(hour=minutes // 60, minute=minutes % 60)
        hours = round(whole / HOUR)
        return self._units(day=hours // 24, hour=hours % 24)

    def _units(self, **parts: int) -> str:
        named = [(name, count) for name, count in parts.items() if count]
        if not named:
            named = [list(parts.items())[-1]]
        words = [str(self.patterns["units"][name]).format(n=count) for name, count in named]
        return str(self.patterns["unit_joiner"]).join(words)

    def value(self, value: float | None, unit: str) -> str:
        """A metric's value with its unit; a dash where there is none."""
        if value is None:
            return "–"
        if unit == "share":
            return self.share(value)
        if unit == "seconds":
            return self.duration(value)
        return self.number(value, 2 if unit in ("amount", "score") else 0)

    def difference(self, value: float, unit: str) -> str:
        """How far apart two values of a metric are, without sign."""
        if unit == "share":
            return self.points(value)
        return self.value(abs(value), unit)

    def day(self, day: date) -> str:
        """``11月16日``, ``16 Nov``."""
        month = self.patterns["months"][day.month - 1]
        return str(self.patterns["day"]).format(month=month, day=day.day)

    def full_day(self, day: date) -> str:
        """``2026年11月16日``, ``16 Nov 2026``."""
        return str(self.patterns["full_day"]).format(year=day.year, rest=self.day(day))

    def days(self, first: date, last: date) -> str:
        """A range that says the month once where it can: ``11月16日–22日``, ``16–22 Nov``."""
        if (first.year, first.month) != (last.year, last.month):
            return f"{self.day(first)}–{self.day(last)}"
        month = self.patterns["months"][first.month - 1]
        return str(self.patterns["days"]).format(month=month, first=first.day, last=last.day)

    def month(self, first: date) -> str:
        """``2026年11月``, ``Nov 2026``."""
        name = self.patterns["months"][first.month - 1]
        return str(self.patterns["year_month"]).format(year=first.year, month=name)

    def week(self, monday: date) -> str:
        """``第47周``, ``week 47``."""
        return str(self.patterns["week"]).format(week=monday.isocalendar().week)

    def week_days(self, monday: date) -> str:
        """The days of a week."""
        return self.days(monday, monday + timedelta(days=6))

    def listed(self, items: list[str]) -> str:
        """``A、B和C``, ``A, B and C``."""
        if len(items) < 2:
            return "".join(items)
        return f"{self.patterns['comma']}".join(items[:-1]) + str(self.patterns["and"]) + items[-1]

    def weekday(self, number: int) -> str:
        """A day's short name, 1 for Monday."""
        return str(self.patterns["weekdays"][number - 1])
