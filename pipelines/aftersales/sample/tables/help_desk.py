"""What a help desk lists: tickets, comments, their changes, people, hours, targets."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from aftersales.calendars.zones import periods
from aftersales.sample import desk, lives
from aftersales.sample.catalogue import Ints
from aftersales.sample.columns import (
    Column,
    Columns,
    Days,
    Ids,
    Joined,
    Names,
    Numbers,
    Times,
    counts,
    known_only,
    same,
)
from aftersales.sample.plan import DAY, NEVER, seconds
from aftersales.sample.tables.shop import buyer_facts
from aftersales.sample.tables.world import (
    AGENTS_FROM,
    BUYERS_FROM,
    World,
    cut,
    make,
    shop_facts,
    table,
)

# What the states mean; a ticket nobody has seen yet is open.
_TERMS = ["open", *lives.STATES[1:]]

_SCHEDULE = 360_001

_ZONES = {
    "Eastern Time (US & Canada)": "-05:00",
    "Beijing": "+08:00",
    "London": "+00:00",
}

# Metric, minutes by priority.
_TARGETS = {
    "first_reply_time": {"urgent": 60, "high": 240, "normal": 480},
    "requester_wait_time": {"urgent": 480, "high": 1440, "normal": 2880},
}


@table("desk.ticket", ticketed=True)
def _tickets(world: World) -> Columns:
    chats, shop, known, happened = world.chats, world.shop, world.known, world.lives
    count = len(chats.order)
    replied = chats.replied[:, 0]
    solved = happened.last(lives.SOLVED, world.as_of, count)
    state = happened.newest(lives.STATUS, world.as_of, count)
    agent = happened.newest(lives.ASSIGNEE, world.as_of, count)
    rated = np.where(solved <= world.as_of, chats.rating, 0)
    buyer = buyer_facts(known, world.block.orders.buyer[chats.order])
    facts: dict[str, Column] = {
        "ticket_id": _numbers(world, np.arange(count)),
        "ticket_number": _numbers(world, np.arange(count)),
        "created_at": world.times(chats.started),
        "first_replied_at": world.times(replied),
        "solved_at": world.times(solved),
        "closed_at": world.times(happened.last(lives.CLOSED, world.as_of, count)),
        "updated_at": world.times(_newest(world)),
        "platform": same(shop.platform, count),
        "shop_id": same(shop.shop_id, count),
        "order_id": Ids(known_only(world.block.orders.number[chats.order], chats.states_order)),
        "status": Names(_TERMS, state),
        "status_word": Names(lives.STATES, state),
        "channel": Names(["email", "web"], chats.agent % 2),
        "priority": Names(
            desk.TICKET_PRIORITIES, happened.newest(lives.PRIORITY, world.as_of, count)
        ),
        "category": Names(known.talks, chats.talk),
        "subject": Names(known.talks, chats.talk),
        "body": _opening(world),
        "agent": Names(shop.agents, agent),
        "agent_id": Ids(agent + AGENTS_FROM),
        "submitter_id": buyer["buyer_number"],
        "csat": Numbers(np.where(rated > 0, rated, np.nan)),
        "satisfaction": Names(
            ["bad", "good", "unoffered", "offered"],
            np.where(rated > 0, rated > 3, np.where(solved <= world.as_of, 3, 2)),
        ),
        "reopens": counts(happened.reopens(world.as_of, count)),
        "desk_first_reply_minutes": _minutes(world, chats.started, replied),
        "desk_full_resolution_minutes": _minutes(world, chats.started, solved),
        **buyer,
    }
    return cut(facts, world.listed(chats.started), count)


def _numbers(world: World, chat: Ints) -> Ids:
    return Ids(chat + world.first_chat)


def _newest(world: World) -> Ints:
    """When something about each ticket last changed."""
    happened = world.lives
    rows = np.flatnonzero(happened.at <= world.as_of)
    newest = np.full(len(world.chats.order), NEVER)
    newest[happened.chat[rows]] = happened.at[rows]
    return newest


def _minutes(world: World, begun: Ints, ended: Ints) -> Numbers:
    return Numbers(np.where(ended <= world.as_of, (ended - begun) // 60, np.nan))


def _opening(world: World) -> Names:
    """The first thing a customer wrote in every conversation."""
    messages = world.messages
    asks = np.flatnonzero(messages.role == desk.CUSTOMER)
    chat, first = np.unique(messages.chat[asks], return_index=True)
    texts = world.remarks.texts
    opening = np.full(len(world.chats.order), len(texts))
    opening[chat] = messages.text[asks[first]]
    return Names([*texts, ""], opening)


@table("desk.message", ticketed=True)
def _comments(world: World) -> Columns:
    """Messages but those of robots; what a chat's platform says is a note between colleagues."""
    messages, chats, block = world.messages, world.chats, world.block
    seen = np.flatnonzero((messages.sent <= world.as_of) & (messages.role != desk.BOT))
    chat, role = messages.chat[seen], messages.role[seen]
    turn = np.arange(len(chat)) - np.searchsorted(chat, chat)
    asks = role == desk.CUSTOMER
    buyer = block.orders.buyer[chats.order][chat]
    # A notice is nobody's; it is filed under the agent whose conversation it is.
    wrote = messages.agent[seen]
    agent = np.where(wrote < 0, chats.answers[chat, 0], wrote)
    count = len(chat)
    names = Names([*world.shop.agents, ""], np.where(asks, len(world.shop.agents), agent))
    nick = world.known.told["people"]["nick"]
    return {
        "conversation_id": _numbers(world, chat),
        "ticket_id": _numbers(world, chat),
        "ticket_number": _numbers(world, chat),
        "message_id": Ids((chat + world.first_chat) * 1000 + turn),
        "sent_at": world.times(messages.sent[seen]),
        "sender_role": Names(["agent", "customer", "note"], _side(role)),
        "sender": Joined((Ids(known_only(buyer, asks), before=nick), names)),
        "sender_number": Ids(np.where(asks, buyer + BUYERS_FROM, agent + AGENTS_FROM)),
        "body": Names(world.remarks.texts, messages.text[seen]),
        "visibility": Names(["private", "public"], (role != desk.SYSTEM) * 1),
        "channel": Names(["email", "web"], chats.agent[chat] % 2),
        "platform": same(world.shop.platform, count),
        "shop_id": same(world.shop.shop_id, count),
        "buyer_id": Ids(buyer, before=nick),
        "order_id": Ids(known_only(block.orders.number[chats.order], chats.states_order)[chat]),
    }


def _side(role: Ints) -> Ints:
    side: Ints = np.select([role == desk.CUSTOMER, role == desk.SYSTEM], [1, 2], 0)
    return side


@table("desk.ticket_event", ticketed=True)
def _events(world: World) -> Columns:
    """Every change of where a ticket stands, whose it is and how urgent."""
    chats, happened = world.chats, world.lives
    seen = np.flatnonzero(happened.at <= world.as_of)
    chat, field, value = happened.chat[seen], happened.field[seen], happened.value[seen]
    count = len(chat)
    buyer = world.block.orders.buyer[chats.order] + BUYERS_FROM
    # Where no customer did it, it was who has the ticket: before it changes hands, its giver.
    handed = happened.at[seen] > chats.handed[chat, 0]
    agent = np.where(handed, chats.answers[chat, 0], chats.asked_of[chat, 0])
    words = [*lives.STATES, *desk.TICKET_PRIORITIES, ""]
    word = np.select(
        [field == lives.STATUS, field == lives.PRIORITY],
        [value, value + len(lives.STATES)],
        len(words) - 1,
    )
    is_status = field == lives.STATUS
    return {
        "ticket_id": _numbers(world, chat),
        "ticket_number": _numbers(world, chat),
        "changed_at": world.times(happened.at[seen]),
        "field": Names(lives.FIELDS, field),
        "value": Joined(
            (Names(words, word), Ids(known_only(value + AGENTS_FROM, field == lives.ASSIGNEE)))
        ),
        "status": Names([*_TERMS, ""], np.where(is_status, value, len(_TERMS))),
        "person_id": Ids(np.where(happened.is_customers[seen], buyer[chat], agent + AGENTS_FROM)),
        "platform": same(world.shop.platform, count),
        "shop_id": same(world.shop.shop_id, count),
    }


@table("desk.ticket_tag", ticketed=True)
def _tags(world: World) -> Columns:
    """What a ticket is about, and that it is about a case."""
    chats, talks = world.chats, world.known.talks
    begun = world.listed(chats.started)
    about_case = begun[chats.case[begun] >= 0]
    chat = np.concatenate([begun, about_case])
    count = len(chat)
    tag = np.where(np.arange(count) < len(begun), chats.talk[chat], len(talks))
    return {
        "ticket_id": _numbers(world, chat),
        "ticket_number": _numbers(world, chat),
        "tag": Names([*talks, "after_sales"], tag),
        "platform": same(world.shop.platform, count),
        "shop_id": same(world.shop.shop_id, count),
    }


@table("desk.person")
def _people(world: World) -> Columns:
    """The shop's people, once, and the buyers who wrote to it."""
    shop, known = world.shop, world.known
    agents = np.arange(len(shop.agents) if world.first_chat == 1 else 0)
    buyers = np.unique(world.block.orders.buyer[world.chats.order])
    number = np.concatenate([agents, buyers])
    ours = np.arange(len(number)) < len(agents)
    count = len(number)
    name = known.told["people"]["name"]
    facts = buyer_facts(known, np.where(ours, 0, number))
    return {
        **facts,
        "person_id": Ids(np.where(ours, number + AGENTS_FROM, number + BUYERS_FROM)),
        "role": Names(["customer", "agent"], ours * 1),
        "name": Joined(
            (
                Names([*shop.agents, ""], np.where(ours, number, len(shop.agents))),
                Ids(known_only(number % 1000, ~ours), before=name),
            )
        ),
        "zone": same(shop.zone, count),
        "created_at": world.times(np.full(count, seconds(world.plan.start))),
        "platform": same(shop.platform, count),
        "shop_id": same(shop.shop_id, count),
    }


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
        **shop_facts(world, count),
    }


@table("desk.ticket_schedule")
def _ticket_schedules(world: World) -> Columns:
    tickets = make("desk.ticket", world)
    count = len(tickets["ticket_id"])
    return {
        "ticket_number": tickets["ticket_number"],
        "valid_from": tickets["created_at"],
        "schedule_id": Ids(np.full(count, _SCHEDULE)),
        **shop_facts(world, count),
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
        "valid_from": world.times(np.full(count, seconds(world.shop.opened))),
        **shop_facts(world, count),
    }


@table("desk.schedule_holiday")
def _schedule_holidays(world: World) -> Columns:
    """The days its team does not work, also those soon to come."""
    hours = world.shop.hours
    off = [
        (holiday.title, holiday.of(year))
        for year in _years(world)
        for holiday in (hours.holidays if hours else ())
    ]
    count = len(off)
    days: Ints = np.array([seconds(day) // DAY for _, day in off], dtype=np.int64)
    return {
        "holiday_id": Ids(np.arange(count) + 1_163_027),
        "schedule_id": Ids(np.full(count, _SCHEDULE)),
        "first_on": Days(days),
        "last_on": Days(days),
        "title": Names([title for title, _ in off], np.arange(count)),
        **shop_facts(world, count),
    }


@table("desk.time_zone")
def _time_zones(world: World) -> Columns:
    count = len(_ZONES)
    return {
        "zone": Names(list(_ZONES), np.arange(count)),
        "standard_offset": Names(list(_ZONES.values()), np.arange(count)),
        **shop_facts(world, count),
    }


@table("desk.daylight_time")
def _daylight_times(world: World) -> Columns:
    """When summer time begins and ends where the team is."""
    years = list(_years(world))
    count = len(years)
    begins, ends = zip(*(_summer("America/New_York", year) for year in years), strict=True)
    return {
        "zone": same(next(iter(_ZONES)), count),
        "year": counts(np.array(years, dtype=np.int64)),
        "begins_at": Times(np.array(begins, dtype="datetime64[s]").astype(np.int64)),
        "ends_at": Times(np.array(ends, dtype="datetime64[s]").astype(np.int64)),
        "offset_hours": Numbers(np.ones(count)),
        **shop_facts(world, count),
    }


def _summer(zone: str, year: int) -> tuple[datetime, datetime]:
    """When a year's summer time begins and ends, UTC."""
    begins, ends = (until for _, until, _ in periods(zone) if until.year == year)
    return begins, ends


def _years(world: World) -> range:
    """The years of the sample and the one after it."""
    return range(world.plan.start.year - 1, world.plan.until.year + 2)


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
        "valid_from": world.times(np.full(count, seconds(world.shop.opened))),
        "target_no": Ids(each),
        "target_minutes": Numbers(np.array([row[2] for row in rows], dtype=np.float64)),
        "in_working_hours": same("TRUE", count),
        **shop_facts(world, count),
    }
