"""What a platform's service report says of each agent and day, counted from the same chats."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from aftersales.sample.catalogue import Floats, Ints, Shop
from aftersales.sample.desk import Chats
from aftersales.sample.plan import DAY, Plan

_MEASURES = (
    "consultations",
    "receptions",
    "first_seconds",
    "turns",
    "turn_seconds",
    "within_30s",
    "within_3min",
    "unanswered_3min",
    "rated",
    "satisfied",
)


class AgentDays:
    """Sums over conversations by agent and the local day of their first question.

    The platform counts a conversation as received once a person answered it, every question as
    a turn, and averages over those answered; robots do not count.
    """

    def __init__(self, shop: Shop, plan: Plan) -> None:
        self._shop, self._plan = shop, plan
        self._sums: dict[int, Floats] = defaultdict(lambda: np.zeros(len(_MEASURES)))

    def add(self, chats: Chats) -> None:
        """Count a block's conversations."""
        as_of = self._plan.as_of
        begun = np.flatnonzero(chats.started <= as_of)
        asked, replied = chats.asked[begun], chats.replied[begun]
        answered = replied <= as_of
        wait = np.where(answered, replied - asked, 0)
        turns = asked <= as_of
        rated = chats.rating[begun] * answered[:, 0]
        facts = np.stack(
            [
                np.ones(len(begun)),
                answered[:, 0],
                wait[:, 0],
                answered.sum(axis=1),
                wait.sum(axis=1),
                (answered & (wait <= 30)).sum(axis=1),
                (answered & (wait <= 180)).sum(axis=1),
                (turns & ~(answered & (wait <= 180))).any(axis=1),
                rated > 0,
                rated >= 4,
            ],
            axis=1,
        ).astype(np.float64)
        agents = len(self._shop.agents)
        day = self._plan.clock.wall(chats.started[begun]) // DAY
        keys, where = np.unique(day * agents + chats.agent[begun] % agents, return_inverse=True)
        sums = np.zeros((len(keys), len(_MEASURES)))
        np.add.at(sums, where, facts)
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


def never_zero(over: Floats, under: Floats) -> Floats:
    """A quotient; NaN where there is nothing to divide by."""
    quotient: Floats = np.divide(over, under, out=np.full(len(over), np.nan), where=under > 0)
    return quotient
