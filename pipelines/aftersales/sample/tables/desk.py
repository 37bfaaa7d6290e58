"""What a desk of chats lists: messages, tickets, calls, and a platform's figures of agents."""

from __future__ import annotations

import numpy as np

from aftersales.sample import desk, voices
from aftersales.sample.catalogue import Floats, Ints
from aftersales.sample.columns import (
    NOTHING,
    Column,
    Columns,
    Days,
    Ids,
    Joined,
    Names,
    Numbers,
    counts,
    known_only,
    same,
    some,
)
from aftersales.sample.kpi import never_zero
from aftersales.sample.tables.shop import buyer_facts
from aftersales.sample.tables.world import (
    AGENTS_FROM,
    BUYERS_FROM,
    World,
    agents_of,
    case_ids,
    cut,
    each_of,
    maybe,
    shop_facts,
    table,
    turn_in_order,
)

STATES = ["open", "pending", "hold", "solved", "closed"]


@table("desk.message")
def _messages(world: World) -> Columns:
    messages, chats, block = world.messages, world.chats, world.block
    seen = np.flatnonzero(messages.sent <= world.as_of)
    chat = messages.chat[seen]
    turn = np.arange(len(chat)) - np.searchsorted(chat, chat)
    buyer = block.orders.buyer[chats.order]
    nick = world.known.told["people"]["nick"]
    by_chat: dict[str, Column] = {
        "conversation_id": Ids(
            np.arange(len(chats.order)) + world.first_chat,
            before=world.shop.shop_id[:1].upper(),
            width=8,
        ),
        "platform": same(world.shop.platform, len(chats.order)),
        "shop_id": same(world.shop.shop_id, len(chats.order)),
        "buyer_id": Ids(buyer, before=nick),
        "order_id": Ids(known_only(block.orders.number[chats.order], chats.states_order)),
        "case_id": Ids(np.append(block.cases.number, NOTHING)[chats.case]),
        "channel": same("旺旺", len(chats.order)),
    }
    return each_of(by_chat, chat) | {
        "message_id": Ids((chat + world.first_chat) * 1000 + turn),
        "sent_at": world.times(messages.sent[seen]),
        "sender_role": Names(desk.ROLES, messages.role[seen]),
        "sender": _senders(world, chat, messages.role[seen], messages.agent[seen]),
        # A chat window gives notices no account of a person's.
        "sender_seen": _senders(
            world,
            chat,
            messages.role[seen],
            np.where(messages.role[seen] == desk.SYSTEM, -1, messages.agent[seen]),
        ),
        "sender_number": Ids(
            np.where(
                messages.role[seen] == desk.CUSTOMER,
                buyer[chat] + BUYERS_FROM,
                messages.agent[seen] + AGENTS_FROM,
            )
        ),
        "body": Names(world.remarks.texts, messages.text[seen]),
        "visibility": same("public", len(chat)),
    }


def _senders(world: World, chat: Ints, role: Ints, agent: Ints) -> Column:
    """The account behind every message: the buyer, an agent, the bot, or the platform."""
    shop, buyer = world.shop, world.block.orders.buyer[world.chats.order]
    names = [f"{shop.title}:{name}" for name in (*shop.agents, shop.bot)] + ["系统", ""]
    bot = len(shop.agents)
    who = np.select(
        [role == desk.CUSTOMER, agent >= 0, role == desk.BOT], [bot + 2, agent, bot], bot + 1
    )
    speaks = role == desk.CUSTOMER
    nick = world.known.told["people"]["nick"]
    return Joined((Ids(known_only(buyer[chat], speaks), before=nick), Names(names, who)))


@table("desk.ticket")
def _tickets(world: World) -> Columns:
    tickets, shop, told = world.tickets, world.shop, world.known.told["tickets"]
    count = len(tickets.order)
    state, newest = standing(tickets, world.as_of)
    solved = np.where(tickets.solved_again <= world.as_of, tickets.solved_again, tickets.solved)
    agent = tickets.agent % len(shop.agents)
    buyer = buyer_facts(world.known, world.block.orders.buyer[tickets.order])
    return {
        "ticket_id": Ids(
            np.arange(count) + world.first_ticket, before=f"T{shop.shop_id[:1].upper()}", width=7
        ),
        "ticket_number": Ids(np.arange(count) + world.first_ticket),
        "created_at": world.times(tickets.created),
        "first_replied_at": world.times(tickets.replied),
        "solved_at": world.times(solved),
        "closed_at": world.times(tickets.closed),
        "updated_at": world.times(newest),
        "platform": same(shop.platform, count),
        "shop_id": same(shop.shop_id, count),
        "order_id": Ids(world.block.orders.number[tickets.order]),
        "status": Names(STATES, state),
        "channel": Names(desk.TICKET_CHANNELS, tickets.channel),
        "priority": Names(desk.TICKET_PRIORITIES, tickets.priority),
        "category": Names([kind["category"] for kind in told], tickets.kind),
        "subject": Names([kind["subject"] for kind in told], tickets.kind),
        "body": Names(world.remarks.texts, world.remarks.tickets.text),
        "agent": Names(shop.agents, agent),
        "agent_id": Ids(agent + AGENTS_FROM),
        "submitter_id": buyer["buyer_number"],
        "csat": Numbers(np.where(tickets.csat > 0, tickets.csat, np.nan)),
        "satisfaction": Names(
            ["bad", "good", "unoffered", "offered"],
            np.where(
                tickets.csat > 0, tickets.csat > 3, np.where(tickets.solved <= world.as_of, 3, 2)
            ),
        ),
        "reopens": counts((tickets.reopened <= world.as_of) * 1),
        "desk_first_reply_minutes": _minutes(world, tickets.created, tickets.replied),
        "desk_full_resolution_minutes": _minutes(world, tickets.created, solved),
        **buyer,
    }


def standing(tickets: desk.Tickets, as_of: int) -> tuple[Ints, Ints]:
    """Where each ticket stands at a time, as an index into STATES, and since when."""
    state, since = np.zeros(len(tickets.order), dtype=np.int64), tickets.created
    for times, value in (
        (tickets.replied, "pending"),
        (tickets.held, "hold"),
        (tickets.resumed, "open"),
        (tickets.solved, "solved"),
        (tickets.reopened, "open"),
        (tickets.solved_again, "solved"),
        (tickets.closed, "closed"),
    ):
        state = np.where(times <= as_of, STATES.index(value), state)
        since = np.where(times <= as_of, times, since)
    return state, since


def _minutes(world: World, begun: Ints, ended: Ints) -> Numbers:
    """Whole minutes from one time to another; none where it has not ended."""
    return Numbers(np.where(ended <= world.as_of, (ended - begun) // 60, np.nan))


@table("desk.call")
def _calls(world: World) -> Columns:
    calls, orders = world.calls, world.block.orders
    count = len(calls.order)
    spoken = calls.answered <= world.as_of
    facts: dict[str, Column] = {
        "call_id": Ids(orders.number[calls.order] - 4 * 10**17 + 2 * turn_in_order(calls.order)),
        "started_at": world.times(calls.started),
        "queued_at": world.times(calls.queued),
        "answered_at": world.times(calls.answered),
        "ended_at": world.times(calls.ended),
        "abandoned_at": world.times(calls.abandoned),
        "outcome": Names(voices.OUTCOMES, calls.outcome),
        "direction": Names(["inbound", "outbound"], calls.is_outbound * 1),
        "agent": some(agents_of(world, calls.agent), spoken),
        "memo": maybe(world.known.told["memos"], calls.memo),
        "csat": Numbers(np.where(calls.csat > 0, calls.csat, np.nan)),
        "order_id": Ids(orders.number[calls.order]),
        "case_id": case_ids(world, calls.case),
        **shop_facts(world, count),
        **buyer_facts(world.known, orders.buyer[calls.order]),
    }
    # A call is written down when it is over.
    return cut(facts, world.listed(calls.ended), count)


@table("desk.agent_kpi")
def _agent_kpi(world: World) -> Columns:
    agent, day, sums = world.agent_days.rows()
    count = len(agent)
    return {
        "agent": agents_of(world, agent),
        "first_on": Days(day),
        "last_on": Days(day),
        "consultations": Numbers(sums["consultations"]),
        "receptions": Numbers(sums["receptions"]),
        "first_response_seconds": _mean(sums["first_seconds"], sums["firsts"]),
        "average_response_seconds": _mean(sums["turn_seconds"], sums["turns"]),
        "within_30s_share": _mean(sums["within_30s"], sums["turns"], digits=4),
        "within_3min_share": _mean(sums["within_3min"], sums["turns"], digits=4),
        "daytime_response_seconds": _mean(sums["daytime_seconds"], sums["daytime_turns"]),
        "daytime_within_3min_share": _mean(
            sums["daytime_within_3min"], sums["daytime_turns"], digits=4
        ),
        "unanswered_3min": Numbers(sums["unanswered_3min"]),
        "rated": Numbers(sums["rated"]),
        "satisfied": Numbers(sums["satisfied"]),
        "satisfied_share": _mean(sums["satisfied"], sums["rated"], digits=4),
        "service_score": _mean(5 * sums["satisfied"], sums["rated"], digits=2),
        "low_ratings": Numbers(sums["rated"] - sums["satisfied"]),
        **shop_facts(world, count),
    }


def _mean(total: Floats, of: Floats, digits: int = 2) -> Numbers:
    return Numbers(np.round(never_zero(total, of), digits))
