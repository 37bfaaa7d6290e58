"""What a log of changes says of tickets at a time."""

from __future__ import annotations

import numpy as np
import pytest

from aftersales.sample.desk import Tickets
from aftersales.sample.lives import (
    ASSIGNEE,
    CLOSED,
    NEW,
    OPEN,
    PENDING,
    SOLVED,
    STATUS,
    Lives,
)
from aftersales.sample.plan import NEVER
from aftersales.sample.tables.desk import STATES, standing

# ticket, time, field, value
LOG = [
    (0, 10, STATUS, NEW),
    (0, 10, ASSIGNEE, 2),
    (0, 20, STATUS, PENDING),
    (0, 25, ASSIGNEE, 0),
    (0, 30, STATUS, SOLVED),
    (0, 40, STATUS, OPEN),
    (0, 50, STATUS, SOLVED),
    (0, 90, STATUS, CLOSED),
    (1, 15, STATUS, OPEN),
    (1, 35, STATUS, SOLVED),
    # a ticket solved and another one begun are no reopening
    (2, 36, STATUS, OPEN),
]


def lives() -> Lives:
    chat, at, field, value = (np.array(part) for part in zip(*LOG, strict=True))
    return Lives(chat, at, field, value, np.zeros(len(LOG), dtype=bool))


@pytest.mark.parametrize(
    ("as_of", "states", "agents", "solved", "reopens"),
    [
        (9, [-1, -1, -1], [-1, -1, -1], [NEVER, NEVER, NEVER], [0, 0, 0]),
        (24, [PENDING, OPEN, -1], [2, -1, -1], [NEVER, NEVER, NEVER], [0, 0, 0]),
        (36, [SOLVED, SOLVED, OPEN], [0, -1, -1], [30, 35, NEVER], [0, 0, 0]),
        (40, [OPEN, SOLVED, OPEN], [0, -1, -1], [30, 35, NEVER], [1, 0, 0]),
        (99, [CLOSED, SOLVED, OPEN], [0, -1, -1], [50, 35, NEVER], [1, 0, 0]),
    ],
)
def test_a_ticket_is_what_its_last_change_made_it(
    as_of: int, states: list[int], agents: list[int], solved: list[int], reopens: list[int]
) -> None:
    told = lives()
    assert told.newest(STATUS, as_of, 3).tolist() == states
    assert told.newest(ASSIGNEE, as_of, 3).tolist() == agents
    assert told.last(SOLVED, as_of, 3).tolist() == solved
    assert told.reopens(as_of, 3).tolist() == reopens


@pytest.mark.parametrize(
    ("as_of", "state", "since"),
    [
        (14, "open", 10),
        (20, "pending", 20),
        (30, "hold", 30),
        (45, "open", 40),
        (50, "solved", 50),
        (60, "open", 60),
        (70, "solved", 70),
        (90, "closed", 80),
    ],
)
def test_a_ticket_listed_alone_stands_where_its_last_stage_left_it(
    as_of: int, state: str, since: int
) -> None:
    stages = ("replied", "held", "resumed", "solved", "reopened", "solved_again", "closed")
    times = {name: np.array([20 + 10 * turn]) for turn, name in enumerate(stages)}
    none = {
        name: np.zeros(1, dtype=np.int64)
        for name in ("order", "kind", "channel", "priority", "agent", "csat")
    }
    states, begun = standing(Tickets(created=np.array([10]), **times, **none), as_of)
    assert ([STATES[number] for number in states], begun.tolist()) == ([state], [since])
