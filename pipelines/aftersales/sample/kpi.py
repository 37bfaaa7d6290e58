"""What a platform's service report says of each agent and day, counted from the same chats.

By Taobao's definitions: consecutive questions are one turn; a turn takes as long as its answer, 600
seconds at most, and 600 where it is not answered on its day; whoever hands a turn to a colleague
without a word has an unanswered turn, and the colleague one of their own that begins then. What a
robot alone had to do with does not count, nor do robots and notices.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from aftersales.sample.catalogue import Flags, Floats, Ints, Shop
from aftersales.sample.desk import Chats
from aftersales.sample.plan import DAY, HOUR, NEVER, Plan

# The longest a turn can count, and as long as counts what is not answered on its day.
MOST_SECONDS = 600
# Reports of working hours are about these hours of the day.
DAYTIME = (8, 23)

_MEASURES = (
    "consultations",
    "receptions",
    "firsts",
    "first_seconds",
    "turns",
    "turn_seconds",
    "within_30s",
    "within_3min",
    "daytime_turns",
    "daytime_seconds",
    "daytime_within_3min",
    "unanswered",
    "unanswered_3min",
    "rated",
    "satisfied",
)


class AgentDays:
    """Sums over turns by agent and the local day of the question.

    A conversation is consulted once for every agent and day one of its turns reached, and received
    once it was answered; its rating is that of who answered first.
    """

    def __init__(self, shop: Shop, plan: Plan) -> None:
        self._shop, self._plan = shop, plan
        self._sums: dict[int, Floats] = defaultdict(lambda: np.zeros(len(_MEASURES)))

    def add(self, chats: Chats) -> None:
        """Count a block's conversations."""
        agents = len(self._shop.agents)
        turns = _Turns.of(chats, self._plan)
        keys, where = np.unique(turns.day * agents + turns.agent, return_inverse=True)
        facts = turns.facts()
        sums = np.stack([np.bincount(where, facts[name], len(keys)) for name in _MEASURES], axis=1)
        for key, row in zip(keys.tolist(), sums, strict=True):
            self._sums[key] += row

    def rows(self) -> tuple[Ints, Ints, dict[str, Floats]]:
        """Agent, day and the sums of every agent's day, by day."""
        keys = np.array(sorted(self._sums), dtype=np.int64)
        day, agent = np.divmod(keys, len(self._shop.agents))
        # A day that is not over at the end has no report yet.
        over = (day + 1) * DAY <= self._plan.clock.wall(np.array([self._plan.as_of + 1]))[0]
        kept = keys[over]
        table = np.array([self._sums[key] for key in kept.tolist()]).reshape(-1, len(_MEASURES))
        return agent[over], day[over], dict(zip(_MEASURES, table.T, strict=True))


class _Turns:
    """One entry for everybody who has a turn: who answers it, or hands it over, or leaves it."""

    def __init__(self, plan: Plan, chats: Chats, chat: Ints, turn: Ints, leaves: Flags) -> None:
        asked, replied = chats.asked[chat, turn], chats.replied[chat, turn]
        wall = plan.clock.wall(asked)
        self.agent = np.where(leaves, chats.asked_of[chat, turn], chats.answers[chat, turn])
        self.day = wall // DAY
        self._chat = chat
        self._is_first = turn == 0
        self._rating = chats.rating[chat]
        handed = chats.handed[chat, turn]
        self._wait = replied - np.where(handed < NEVER, handed, asked)
        self._is_answered = ~leaves & (replied <= plan.as_of)
        self._in_daytime = (wall % DAY >= DAYTIME[0] * HOUR) & (wall % DAY < DAYTIME[1] * HOUR)
        self._is_in_time = self._is_answered & (
            plan.clock.wall(np.minimum(replied, plan.as_of)) // DAY == self.day
        )

    @classmethod
    def of(cls, chats: Chats, plan: Plan) -> _Turns:
        """Of a block's conversations, as far as they have happened."""
        met = ((chats.replied <= plan.as_of) | (chats.handed <= plan.as_of)).any(axis=1)
        is_roboted = chats.is_greeted & ~chats.is_handed_on & ~met
        chat, turn = np.nonzero((chats.asked <= plan.as_of) & ~is_roboted[:, None])
        gave = np.flatnonzero(chats.handed[chat, turn] <= plan.as_of)
        leaves = np.arange(len(chat) + len(gave)) >= len(chat)
        chat, turn = np.append(chat, chat[gave]), np.append(turn, turn[gave])
        return cls(plan, chats, chat, turn, leaves)

    def facts(self) -> dict[str, Floats]:
        """The measures, row by row."""
        wait = np.where(self._is_in_time, np.minimum(self._wait, MOST_SECONDS), MOST_SECONDS)
        within = self._is_in_time & (wait <= 180)
        first = self._is_first & self._is_answered
        rated = np.where(first, self._rating, 0)
        told = {
            "consultations": self._once(np.ones(len(wait), dtype=bool)),
            "receptions": self._once(self._is_answered),
            "firsts": first,
            "first_seconds": np.where(first, self._wait, 0),
            "turns": np.ones(len(wait)),
            "turn_seconds": wait,
            "within_30s": self._is_in_time & (wait <= 30),
            "within_3min": within,
            "daytime_turns": self._in_daytime,
            "daytime_seconds": wait * self._in_daytime,
            "daytime_within_3min": within & self._in_daytime,
            "unanswered": ~self._is_in_time,
            "unanswered_3min": self._once(~within),
            "rated": rated > 0,
            "satisfied": rated >= 4,
        }
        return {name: np.asarray(values, dtype=np.float64) for name, values in told.items()}

    def _once(self, which: Flags) -> Flags:
        """The first of these rows of each agent, day and conversation."""
        rows = np.flatnonzero(which)
        span = int(self.agent.max(initial=0)) + 1
        day = self.day[rows] - self.day.min(initial=0)
        chats = int(self._chat.max(initial=0)) + 1
        _, first = np.unique(
            (day * span + self.agent[rows]) * chats + self._chat[rows], return_index=True
        )
        once = np.zeros(len(which), dtype=bool)
        once[rows[first]] = True
        return once


def never_zero(over: Floats, under: Floats) -> Floats:
    """A quotient; NaN where there is nothing to divide by."""
    quotient: Floats = np.divide(over, under, out=np.full(len(over), np.nan), where=under > 0)
    return quotient
