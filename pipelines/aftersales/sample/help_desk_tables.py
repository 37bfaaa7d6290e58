"""What a help desk's warehouse tables list beside tickets: changes, figures, hours, targets."""

from __future__ import annotations

from datetime import date

import numpy as np

from aftersales.sample.catalogue import Ints
from aftersales.sample.columns import (
    Column,
    Columns,
    Days,
    Ids,
    Names,
    Numbers,
    Times,
    counts,
    same,
)
from aftersales.sample.plan import DAY, seconds
from aftersales.sample.tables import (
    AGENTS_FROM,
    BUYERS_FROM,
    World,
    cut,
    make,
    table,
)

# Of the whole sample: made once, from the last of a shop's days.
OF_ALL_DAYS = frozenset(
    {
        "desk.schedule",
        "desk.schedule_holiday",
        "desk.time_zone",
        "desk.daylight_time",
        "desk.sla_target",
    }
)
_SCHEDULE = 360_001
_ZONES = {
    "Eastern Time (US & Canada)": "-05:00",
    "Beijing": "+08:00",
    "London": "+00:00",
}
# Of New York, in UTC.
_SUMMERS = {
    2025: ("2025-03-09T07:00", "2025-11-02T06:00"),
    2026: ("2026-03-08T07:00", "2026-11-01T06:00"),
}
_HOLIDAYS = {"Labor Day": date(2026, 9, 7), "Thanksgiving": date(2026, 11, 26)}
# Metric, minutes by priority.
_TARGETS = {
    "first_reply_time": {"urgent": 60, "high": 240, "normal": 480},
    "requester_wait_time": {"urgent": 480, "high": 1440, "normal": 2880},
}


def _desk_facts(world: World, count: int) -> dict[str, Column]:
    return {
        "platform": same(world.shop.platform, count),
        "shop_id": same(world.shop.shop_id, count),
    }


@table("desk.ticket_event")
def _ticket_events(world: World) -> Columns:
    """Every status a ticket has had: open, then pending, solved and closed as they came."""
    tickets = world.tickets
    terms = ["open", "pending", "solved", "closed"]
    times = np.stack([tickets.created, tickets.replied, tickets.solved, tickets.closed], axis=1)
    count = times.size
    ticket, what = np.divmod(np.arange(count), len(terms))
    buyer = world.block.orders.buyer[tickets.order] + BUYERS_FROM
    agent = tickets.agent % len(world.shop.agents) + AGENTS_FROM
    facts: dict[str, Column] = {
        "ticket_number": Ids(ticket + world.first_ticket),
        "changed_at": world.times(times.ravel()),
        "field": same("status", count),
        "value": Names(terms, what),
        "status": Names(terms, what),
        "person_id": Ids(np.where(what == 0, buyer[ticket], agent[ticket])),
        **_desk_facts(world, count),
    }
    return cut(facts, np.flatnonzero(times.ravel() <= world.as_of), count)


@table("desk.ticket_tag")
def _ticket_tags(world: World) -> Columns:
    tickets = world.tickets
    count = len(tickets.order)
    facts: dict[str, Column] = {
        "ticket_number": Ids(np.arange(count) + world.first_ticket),
        "tag": Ids(tickets.kind, before="kind_"),
        **_desk_facts(world, count),
    }
    return cut(facts, np.flatnonzero(tickets.created <= world.as_of), count)


@table("desk.ticket_metric")
def _ticket_metrics(world: World) -> Columns:
    tickets = make("desk.ticket", world)
    count = len(tickets["ticket_id"])
    return {
        "ticket_number": tickets["ticket_number"],
        "updated_at": tickets["updated_at"],
        "solved_at": tickets["solved_at"],
        "reopens": tickets["reopens"],
        "first_reply_minutes": tickets["desk_first_reply_minutes"],
        "full_resolution_minutes": tickets["desk_full_resolution_minutes"],
        **_desk_facts(world, count),
    }


@table("desk.ticket_schedule")
def _ticket_schedules(world: World) -> Columns:
    tickets = make("desk.ticket", world)
    count = len(tickets["ticket_id"])
    return {
        "ticket_number": tickets["ticket_number"],
        "valid_from": tickets["created_at"],
        "schedule_id": Ids(np.full(count, _SCHEDULE)),
        **_desk_facts(world, count),
    }


@table("desk.schedule")
def _schedules(world: World) -> Columns:
    """The team's hours on each day it works, counted from Sunday; round the clock without hours."""
    hours = world.shop.hours
    days = np.arange(1, hours.days + 1) if hours else np.arange(7)
    begins, ends = (hours.begins, hours.ends) if hours else (0, DAY)
    count = len(days)
    return {
        "schedule_id": Ids(np.full(count, _SCHEDULE)),
        "start_minute": counts((days * DAY + begins) // 60),
        "end_minute": counts((days * DAY + ends) // 60),
        "title": same("Support", count),
        "zone": same(next(iter(_ZONES)), count),
        "valid_from": world.times(np.full(count, seconds(world.plan.start))),
        **_desk_facts(world, count),
    }


@table("desk.schedule_holiday")
def _schedule_holidays(world: World) -> Columns:
    count = len(_HOLIDAYS)
    days: Ints = np.array([seconds(day) // DAY for day in _HOLIDAYS.values()], dtype=np.int64)
    return {
        "holiday_id": Ids(np.arange(count) + 1_163_027),
        "schedule_id": Ids(np.full(count, _SCHEDULE)),
        "first_on": Days(days),
        "last_on": Days(days),
        "title": Names(list(_HOLIDAYS), np.arange(count)),
        **_desk_facts(world, count),
    }


@table("desk.time_zone")
def _time_zones(world: World) -> Columns:
    count = len(_ZONES)
    return {
        "zone": Names(list(_ZONES), np.arange(count)),
        "standard_offset": Names(list(_ZONES.values()), np.arange(count)),
        **_desk_facts(world, count),
    }


@table("desk.daylight_time")
def _daylight_times(world: World) -> Columns:
    count = len(_SUMMERS)
    begins, ends = zip(*_SUMMERS.values(), strict=True)
    return {
        "zone": same(next(iter(_ZONES)), count),
        "year": counts(np.array(list(_SUMMERS), dtype=np.int64)),
        "begins_at": Times(_instants(begins)),
        "ends_at": Times(_instants(ends)),
        "offset_hours": Numbers(np.ones(count)),
        **_desk_facts(world, count),
    }


def _instants(times: tuple[str, ...]) -> Ints:
    return np.array(times, dtype="datetime64[s]").astype(np.int64)


@table("desk.sla_target")
def _sla_targets(world: World) -> Columns:
    rows = [
        (metric, priority, minutes)
        for metric, by_priority in _TARGETS.items()
        for priority, minutes in by_priority.items()
    ]
    count = len(rows)
    each = np.arange(count)
    return {
        "policy_id": same("1001", count),
        "metric": Names([metric for metric, *_ in rows], each),
        "priority": Names([priority for _, priority, _ in rows], each),
        "valid_from": world.times(np.full(count, seconds(world.plan.start))),
        "target_no": Ids(each),
        "target_minutes": Numbers(np.array([row[2] for row in rows], dtype=np.float64)),
        "in_working_hours": same("TRUE", count),
        **_desk_facts(world, count),
    }
