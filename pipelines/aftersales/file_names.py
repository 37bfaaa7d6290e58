"""The times in a file's name; light, since a run with nothing to do asks for them too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

_EPOCH = re.compile(r"^(1\d{9})(?:\d{3})?(?!\d)")
# What follows a day is its time, unless it is another day: in 2026-11-16_2026-11-22 not 20:26:11.
_DAY = r"20\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])(?!\d)"
_STAMP = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])"
    rf"(?:[-_ T]?(?!{_DAY})([01]\d|2[0-3])[-_:.]?([0-5]\d)(?:[-_:.]?([0-5]\d))?)?(?!\d)"
)


@dataclass(frozen=True)
class NamedTime:
    """A time in a file's name: naive UTC if an epoch, else as the clock on the wall showed it."""

    at: datetime
    is_epoch: bool
    has_hour: bool


def days_in_name(name: str) -> list[date]:
    """The days a file's name carries, in order of time."""
    days = []
    for match in _STAMP.finditer(name.rsplit(".", 1)[0]):
        try:
            days.append(date(int(match[1]), int(match[2]), int(match[3])))
        except ValueError:
            continue  # 31 February
    return sorted(days)


def time_in_name(name: str) -> NamedTime | None:
    """The time a file's name carries, a full one rather than a bare day, of days the last."""
    stem = name.rsplit(".", 1)[0]
    if epoch := _EPOCH.match(stem):
        return NamedTime(
            datetime.fromtimestamp(int(epoch[1]), UTC).replace(tzinfo=None), True, True
        )
    found = list(_STAMP.finditer(stem))
    # of bare days the last: an export is made when the days it is about are over
    best = next((match for match in found if match[4]), None) or max(
        found, key=lambda match: (match[1], match[2], match[3]), default=None
    )
    if best is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in best.groups())
        at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - no zone yet
    except ValueError:
        return None  # 31 February
    return NamedTime(at, False, best[4] is not None)


def is_later(name: str, than: str) -> bool:
    """Whether a name carries a later time than another one, so that the export is a newer one."""
    new, old = time_in_name(name), time_in_name(than)
    return new is not None and (old is None or new.at > old.at)
