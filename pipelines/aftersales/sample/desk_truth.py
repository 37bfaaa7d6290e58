"""What was planted at the service desk and how much of it came true, counted block by block."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from aftersales.sample import desk, lives, voices
from aftersales.sample.catalogue import Shop
from aftersales.sample.kpi import AgentDays
from aftersales.sample.layout import read as read_layout
from aftersales.sample.lives import Lives
from aftersales.sample.plan import NEVER, Plan
from aftersales.sample.tables.world import World

Counts = dict[str, int]
# A call is answered quickly within so many seconds of asking for a person.
_QUICK = 20
# What is told of an agent's turns, and the platform's measure it is.
_TURN_COUNTS = {
    "turns": "turns",
    "seconds": "turn_seconds",
    "within_3min": "within_3min",
    "unanswered": "unanswered",
    "daytime_turns": "daytime_turns",
    "daytime_seconds": "daytime_seconds",
    "daytime_within_3min": "daytime_within_3min",
}


@dataclass
class DeskTruth:
    """By shop, of those whose exports tell of it.

    Attributes:
        transfers: questions (turns) asked by `until`, those handed to a colleague (transferred),
            and of these the ones nobody had answered by then (unanswered).
        recalled: answers taken back before another one came.
        handoffs: chats in which the customer asked for a person.
        bulk_sends: who sent one text to how many conversations, and when (UTC).
        agent_turns: by agent, over all days that are over: turns as the platform counts them
            (`kpi`), their seconds with its cap, those answered within 3 minutes, and those not on
            their day; the same of the turns asked in daytime.
        tickets: how many came in by `until`; how many were reopened, and how often in all; how many
            were on hold, handed to a colleague, made urgent. Of shops whose exports list changes
            and comments also the seconds all tickets together were open (new too), pending and on
            hold until the end of `until`, and those solved with one and with two public answers.
        calls: of customers, by outcome; answered within 20 seconds of asking for a person; and how
            many callers were called back.
    """

    transfers: dict[str, Counts] = field(default_factory=dict)
    recalled: Counts = field(default_factory=dict)
    handoffs: Counts = field(default_factory=dict)
    bulk_sends: dict[str, dict[str, Any]] = field(default_factory=dict)
    agent_turns: dict[str, dict[str, Counts]] = field(default_factory=dict)
    tickets: dict[str, Counts] = field(default_factory=dict)
    calls: dict[str, Counts] = field(default_factory=dict)


class DeskTally:
    """Counts one shop's desk as its blocks are drawn."""

    def __init__(self, shop: Shop, plan: Plan) -> None:
        self._shop, self._plan = shop, plan
        self._tables = {read_layout(name).table for name in shop.exports}
        self._counted: dict[str, Counter[str]] = defaultdict(Counter)
        self._agent_days: AgentDays | None = None
        self._bulk: dict[str, Any] = {}

    def add(self, world: World) -> None:
        """Count a block."""
        self._agent_days = world.agent_days
        if self._shop.is_ticketed:
            self._counted["tickets"].update(_lived(world))
        else:
            self._add_chats(world)
            self._counted["tickets"].update(_listed_tickets(world))
        if "desk.call" in self._tables:
            self._counted["calls"].update(_called(world))

    def _add_chats(self, world: World) -> None:
        chats, messages, as_of = world.chats, world.messages, world.as_of
        handed = chats.handed <= as_of
        told = {
            "turns": chats.asked <= as_of,
            "transferred": handed,
            "unanswered": handed & (chats.replied > as_of),
        }
        self._counted["transfers"].update({name: int(flag.sum()) for name, flag in told.items()})
        seen = messages.sent <= as_of
        for kind in ("recall", "handoff", "bulk"):
            self._counted["said"][kind] += int((seen & world.said.holds(kind, messages.text)).sum())
        sent = np.flatnonzero(seen & world.said.holds("bulk", messages.text))
        if len(sent):
            at = world.plan.clock.utc(messages.sent[sent[:1]])
            self._bulk = {
                "agent": self._shop.agents[messages.agent[sent[0]]],
                "sent_at": str(datetime.fromtimestamp(int(at[0]), UTC).replace(tzinfo=None)),
                "conversations": len(sent),
            }

    def report(self, truth: DeskTruth) -> None:
        """Write this shop's counts into `truth`."""
        shop = self._shop.shop_id
        truth.tickets[shop] = dict(self._counted["tickets"])
        if "desk.call" in self._tables:
            truth.calls[shop] = dict(self._counted["calls"])
        if self._shop.is_ticketed:
            return
        said = self._counted["said"]
        truth.transfers[shop] = dict(self._counted["transfers"])
        truth.recalled[shop], truth.handoffs[shop] = said["recall"], said["handoff"]
        truth.agent_turns[shop] = self._agents()
        if self._bulk:
            truth.bulk_sends[shop] = self._bulk

    def _agents(self) -> dict[str, Counts]:
        counted: dict[str, Counts] = {
            agent: dict.fromkeys(_TURN_COUNTS, 0) for agent in self._shop.agents
        }
        if self._agent_days is None:
            return counted
        agents, _, sums = self._agent_days.rows()
        for index, counts in enumerate(counted.values()):
            for name, measure in _TURN_COUNTS.items():
                counts[name] = int(sums[measure][agents == index].sum())
        return counted


def _listed_tickets(world: World) -> Counts:
    """Of tickets that are listed with no more than where they stand."""
    tickets, as_of = world.tickets, world.as_of
    reopened = int((tickets.reopened <= as_of).sum())
    return {
        "tickets": int((tickets.created <= as_of).sum()),
        "reopened": reopened,
        "reopens": reopened,
        "held": int((tickets.held <= as_of).sum()),
    }


def _lived(world: World) -> Counts:
    """Of tickets whose changes and comments are listed."""
    chats, happened, as_of = world.chats, world.lives, world.as_of
    count = len(chats.order)
    reopens = happened.reopens(as_of, count)
    answers = _answers(world)
    state = happened.newest(lives.STATUS, as_of, count)
    is_done = np.isin(state, [lives.SOLVED, lives.CLOSED])
    held = happened.last(lives.HOLD, as_of, count) < NEVER
    urgent = (happened.field == lives.PRIORITY) & (happened.at <= as_of)
    urgent &= happened.at > chats.started[happened.chat]
    return {
        "tickets": int((chats.started <= as_of).sum()),
        **_seconds(happened, as_of),
        "reopened": int((reopens > 0).sum()),
        "reopens": int(reopens.sum()),
        "held": int(held.sum()),
        "reassigned": int((chats.handed <= as_of).sum()),
        "escalated": int(urgent.sum()),
        "one_touch": int((is_done & (answers == 1)).sum()),
        "two_touch": int((is_done & (answers == 2)).sum()),
    }


def _answers(world: World) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Public answers of people to every ticket."""
    messages = world.messages
    written = (messages.role == desk.AGENT) & (messages.sent <= world.as_of)
    return np.bincount(messages.chat[written], minlength=len(world.chats.order))


def _seconds(happened: Lives, as_of: int) -> Counts:
    """How long tickets stood open, pending and on hold, until the end of the last second."""
    rows = np.flatnonzero((happened.field == lives.STATUS) & (happened.at <= as_of))
    chat, at, value = happened.chat[rows], happened.at[rows], happened.value[rows]
    is_last = np.append(chat[1:] != chat[:-1], True)[: len(rows)]
    until = np.where(is_last, as_of + 1, np.append(at[1:], 0)[: len(rows)])
    spent = np.bincount(value, until - at, len(lives.STATES)).astype(np.int64)
    return {
        "open_seconds": int(spent[lives.NEW] + spent[lives.OPEN]),
        "pending_seconds": int(spent[lives.PENDING]),
        "hold_seconds": int(spent[lives.HOLD]),
    }


def _called(world: World) -> Counts:
    calls = world.calls
    over = calls.ended <= world.as_of
    counts = {
        outcome: int((over & ~calls.is_outbound & (calls.outcome == index)).sum())
        for index, outcome in enumerate(voices.OUTCOMES)
    }
    spoken = over & ~calls.is_outbound & (calls.outcome == voices.ANSWERED)
    quick = spoken & (calls.answered - calls.queued <= _QUICK)
    return counts | {
        "answered_within_20s": int(quick.sum()),
        "called_back": int((over & calls.is_outbound).sum()),
    }
