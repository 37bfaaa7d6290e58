"""Whether the exports a workspace expects have come. Pure: the clock and the exports are told.

Nothing heavy may be imported here; a run with nothing to do asks this too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aftersales.settings import Expectation, Settings

MOMENT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Export:
    """What is loaded of one format for one shop.

    Attributes:
        newest_at: when the newest of its files was exported, naive UTC; None where none says so.
    """

    format: str
    shop_id: str
    newest_at: datetime | None
    files: int
    rows: int


@dataclass(frozen=True)
class Arrival:
    """What became of one expectation.

    Attributes:
        shop_id: None where no shop ever sent such an export.
        state: arrived: exported since the deadline before the last one; late: not since then;
            never: nothing was ever loaded; undated: nothing says when it was exported.
        due_at: the last deadline, naive UTC; of a late one the first that was missed.
        newest_at: when the newest export was made, naive UTC.
        zone: the zone people are told times in.
    """

    format: str
    shop_id: str | None
    state: Literal["arrived", "late", "never", "undated"]
    due_at: datetime
    newest_at: datetime | None
    zone: str

    @property
    def is_missing(self) -> bool:
        """Whether somebody has to look for it."""
        return self.state != "arrived"

    @property
    def subject(self) -> str:
        """Which export of which shop."""
        return self.format + (f" of {self.shop_id}" if self.shop_id else "")

    @property
    def standing(self) -> str:
        """How it stands, in words."""
        if self.state == "never":
            return f"never came, due since {local(self.due_at, self.zone)}"
        if self.newest_at is None:
            return "undated: neither name nor rows say when it was exported"
        last = f"last export {local(self.newest_at, self.zone)}"
        if self.state == "late":
            return f"late, due since {local(self.due_at, self.zone)}, {last}"
        return f"arrived, {last}"

    def told(self) -> dict[str, Any]:
        """In JSON's terms."""
        return {
            "format": self.format,
            "shop_id": self.shop_id,
            "state": self.state,
            "due_at": self.due_at.isoformat(),
            "newest_at": self.newest_at.isoformat() if self.newest_at else None,
            "what": f"{self.subject}: {self.standing}",
        }


def judge(settings: Settings, exports: Iterable[Export], *, now: datetime) -> list[Arrival]:
    """Every expectation at ``now`` (UTC, with its zone), one a shop.

    An export meets the deadline it was made before, so at any deadline the newest one may be no
    older than the deadline before it. What is expected of a named shop is not expected of it again
    by the line that names none.
    """
    there = {(export.format, export.shop_id): export for export in exports}
    named = {(wanted.format, wanted.shop_id) for wanted in settings.expect if wanted.shop_id}
    found = []
    for wanted in settings.expect:
        shops: Sequence[str | None] = [wanted.shop_id]
        if wanted.shop_id is None:
            sent = sorted(shop for form, shop in there if form == wanted.format)
            of_others = any(form == wanted.format for form, _ in named)
            shops = [shop for shop in sent if (wanted.format, shop) not in named]
            shops = shops or ([] if sent or of_others else [None])
        for shop in shops:
            export = there.get((wanted.format, shop)) if shop else None
            found.append(_judged(wanted, shop, export, settings.reporting_zone, now))
    return found


def missing(arrivals: Iterable[Arrival]) -> tuple[Arrival, ...]:
    """Those somebody has to look for."""
    return tuple(arrival for arrival in arrivals if arrival.is_missing)


def _judged(
    wanted: Expectation, shop: str | None, export: Export | None, zone: str, now: datetime
) -> Arrival:
    past = _deadlines(wanted, zone, now)
    due, before = next(past), next(past)
    if export is None:
        return Arrival(wanted.format, shop, "never", due, None, zone)
    newest, missed = export.newest_at, None
    if newest is None:
        return Arrival(wanted.format, shop, "undated", due, None, zone)
    while newest <= before:
        missed, due, before = due, before, next(past)
    if missed is None:
        return Arrival(wanted.format, shop, "arrived", due, newest, zone)
    return Arrival(wanted.format, shop, "late", missed, newest, zone)


def _deadlines(wanted: Expectation, zone: str, now: datetime) -> Iterator[datetime]:
    """Deadlines that have passed, the last one first; naive UTC."""
    info = ZoneInfo(zone)
    day = now.astimezone(info).date()
    while True:
        if _falls_on(wanted, day):
            local_time = datetime.combine(day, wanted.at, tzinfo=info)
            if local_time <= now:
                yield local_time.astimezone(UTC).replace(tzinfo=None)
        day -= timedelta(days=1)


def _falls_on(wanted: Expectation, day: date) -> bool:
    if wanted.every == "weekly":
        return day.weekday() == wanted.day
    return wanted.every == "daily" or day.day == wanted.day


def local(moment: datetime, zone: str) -> str:
    """A naive UTC time as people in the zone read it."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).strftime(MOMENT)


def exports_as_told(told: Iterable[Mapping[str, Any]]) -> list[Export]:
    """Exports from JSON."""
    return [
        Export(
            str(one["format"]),
            str(one["shop_id"]),
            datetime.fromisoformat(one["newest_at"]) if one["newest_at"] else None,
            int(one["files"]),
            int(one["rows"]),
        )
        for one in told
    ]
