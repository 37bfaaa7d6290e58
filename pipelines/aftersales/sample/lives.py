"""What becomes of a help desk's tickets: where they stand, whose they are, how urgent."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aftersales.sample.catalogue import Catalogue, Flags, Ints
from aftersales.sample.desk import CLOSED_AFTER, TICKET_PRIORITIES, Chats, waits, working_later
from aftersales.sample.plan import DAY, HOUR, NEVER, Plan

STATES = ["new", "open", "pending", "hold", "solved", "closed"]
NEW, OPEN, PENDING, HOLD, SOLVED, CLOSED = range(len(STATES))
FIELDS = ["status", "assignee", "priority"]
STATUS, ASSIGNEE, PRIORITY = range(len(FIELDS))
# So many of ten tickets are nobody's at first, and one of ten is urgent.
_NEW_OF_TEN, _HIGH_OF_TEN = 6, 1
_SOLVED_WITH_THE_ANSWER = 0.35


@dataclass(frozen=True)
class Lives:
    """One entry a change of a ticket, by ticket and time.

    Attributes:
        chat: index of the ticket's conversation.
        field: index into FIELDS.
        value: index into STATES, of an agent, or into TICKET_PRIORITIES.
        is_customers: the customer did it, by writing.
    """

    chat: Ints
    at: Ints
    field: Ints
    value: Ints
    is_customers: Flags

    def newest(self, field: int, as_of: int, count: int) -> Ints:
        """What a field of each of `count` tickets is at a time; -1 before its first change."""
        rows = np.flatnonzero((self.field == field) & (self.at <= as_of))
        newest = np.full(count, -1)
        # Of several changes the last one stays.
        newest[self.chat[rows]] = self.value[rows]
        return newest

    def last(self, state: int, as_of: int, count: int) -> Ints:
        """When each of `count` tickets last came into a state; NEVER where it has not."""
        rows = np.flatnonzero((self.field == STATUS) & (self.value == state) & (self.at <= as_of))
        last = np.full(count, NEVER)
        last[self.chat[rows]] = self.at[rows]
        return last

    def reopens(self, as_of: int, count: int) -> Ints:
        """How often each of `count` tickets was opened again after it was solved."""
        rows = np.flatnonzero((self.field == STATUS) & (self.at <= as_of))
        chat, value = self.chat[rows], self.value[rows]
        again = (value[1:] == OPEN) & (value[:-1] == SOLVED) & (chat[1:] == chat[:-1])
        counted: Ints = np.bincount(chat[1:][again], minlength=count)
        return counted


def none() -> Lives:
    """Of a shop without tickets."""
    nothing = np.zeros(0, dtype=np.int64)
    return Lives(nothing, nothing, nothing, nothing, np.zeros(0, dtype=bool))


def draw_lives(
    rng: np.random.Generator, known: Catalogue, plan: Plan, chats: Chats
) -> tuple[Chats, Lives]:
    """What becomes of the tickets that conversations are, with what else is written for it.

    Who opens a ticket again asks once more, in a turn behind all others; a ticket that was on hold
    is concluded by an answer.
    """
    span = plan.spans.get("ticket_life")
    facts = span.facts if span else {}
    count = len(chats.order)
    asked, replied = chats.asked, chats.replied
    is_over = ((asked < NEVER) == (replied < NEVER)).all(axis=1)
    last = np.where(replied < NEVER, replied, 0).max(axis=1)
    is_held = is_over & (rng.random(count) < facts.get("held", 0))
    at_once = is_over & ~is_held & (rng.random(count) < _SOLVED_WITH_THE_ANSWER)
    resumed = working_later(plan, last, rng.integers(2 * HOUR, 24 * HOUR, count))
    concluded = working_later(plan, resumed, rng.integers(300, HOUR, count))
    in_time = working_later(plan, last, 600 + chats.agent * 60)
    solved = np.select([is_held, at_once, is_over], [concluded, last, in_time], NEVER)

    reopens = is_over & (rng.random(count) < facts.get("reopened", 0))
    again = np.where(reopens, solved + rng.integers(DAY, 3 * DAY, count), NEVER)
    waited, missed = waits(rng, known, plan, again)
    reply = np.where(reopens & ~missed, working_later(plan, again, waited), NEVER)
    at_once_again = rng.random(count) < _SOLVED_WITH_THE_ANSWER
    later = working_later(plan, reply, rng.integers(600, 8 * HOUR, count))
    solved_again = np.where(reply < NEVER, np.where(at_once_again, reply, later), NEVER)
    closed = np.minimum(np.where(reopens, solved_again, solved) + CLOSED_AFTER, NEVER)

    high = (chats.agent % 10 < _HIGH_OF_TEN) * 1
    escalates = (high == 0) & (rng.random(count) < facts.get("escalated", 0))
    urgent = working_later(plan, chats.started, np.maximum(chats.waited // 3, 1))
    taken = working_later(plan, chats.started, np.maximum(chats.waited // 4, 1))
    is_new = chats.agent % 10 < _NEW_OF_TEN

    log = _Log()
    every = np.ones(count, dtype=bool)
    log.add(chats.started, STATUS, np.where(is_new, NEW, OPEN), every, is_customers=True)
    log.add(taken, STATUS, OPEN, is_new)
    log.add(chats.started, ASSIGNEE, chats.asked_of[:, 0], every)
    log.add(chats.handed[:, 0], ASSIGNEE, chats.answers[:, 0], every)
    log.add(chats.started, PRIORITY, high, every, is_customers=True)
    log.add(urgent, PRIORITY, TICKET_PRIORITIES.index("high"), escalates)
    for turn in range(asked.shape[1]):
        if turn:
            log.add(asked[:, turn], STATUS, OPEN, every, is_customers=True)
        ends = is_over & (replied[:, turn] == last)
        after = np.where(ends & is_held, HOLD, np.where(ends & at_once, SOLVED, PENDING))
        log.add(replied[:, turn], STATUS, after, every)
    log.add(resumed, STATUS, OPEN, is_held)
    log.add(solved, STATUS, SOLVED, is_over & ~at_once)
    log.add(again, STATUS, OPEN, reopens, is_customers=True)
    log.add(reply, STATUS, np.where(at_once_again, SOLVED, PENDING), reopens)
    log.add(solved_again, STATUS, SOLVED, reopens & ~at_once_again)
    log.add(closed, STATUS, CLOSED, every)
    return (
        replace(
            chats,
            asked=np.column_stack([asked, again]),
            replied=np.column_stack([replied, reply]),
            asked_of=np.column_stack([chats.asked_of, chats.answers[:, -1]]),
            answers=np.column_stack([chats.answers, chats.answers[:, -1]]),
            handed=np.column_stack([chats.handed, np.full(count, NEVER)]),
            concluded=np.where(is_held, concluded, NEVER),
        ),
        log.lives(),
    )


class _Log:
    """Changes as they are noted, in no order."""

    def __init__(self) -> None:
        self._pieces: list[tuple[Ints, Ints, Ints, Ints, Flags]] = []

    def add(
        self, at: Ints, field: int, value: Ints | int, which: Flags, *, is_customers: bool = False
    ) -> None:
        """Note what some tickets' field becomes, as far as it ever does."""
        chat = np.flatnonzero(which & (at < NEVER))
        values = np.broadcast_to(np.asarray(value, dtype=np.int64), at.shape)[chat]
        size = len(chat)
        self._pieces.append(
            (chat, at[chat], np.full(size, field), values, np.full(size, is_customers))
        )

    def lives(self) -> Lives:
        """All of them, by ticket and time."""
        chat, at, field, value, ours = (
            np.concatenate(part) for part in zip(*self._pieces, strict=True)
        )
        order = np.lexsort((field, at, chat))
        return Lives(chat[order], at[order], field[order], value[order], ours[order])
