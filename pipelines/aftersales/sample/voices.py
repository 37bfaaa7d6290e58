"""What buyers do beside cases and chats: reviews and calls; and what they are paid for trouble."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from aftersales.sample.catalogue import Catalogue, Flags, Floats, Ints
from aftersales.sample.plan import DAY, HOUR, NEVER, Plan
from aftersales.sample.trade import PLIGHTS, Block, later

_REVIEWS_A_LINE = 0.12
_CALLS_AN_ORDER = 0.03
_CALLS_A_CASE = 0.12
_PAID_OUT_A_PLIGHT = 0.3
_PAID_OUT_A_CASE = 0.04

# Stars from 1 to 5: of who had no trouble, and of who had.
_STARS = np.cumsum([[0.02, 0.02, 0.06, 0.2, 0.7], [0.4, 0.22, 0.18, 0.12, 0.08]], axis=1)
_FOLLOWED_UP, _REPLIED = 0.12, 0.3

# A caller waits in the queue (median seconds, by hour of the day), and gives up after so long.
_QUEUE = np.repeat([25.0, 16.0, 9.0, 22.0], [9, 3, 6, 6])
_PATIENCE = 90.0
_SLEEPS_ON_IT = 0.8
# From this hour to midnight somebody takes calls.
_OPENS = 9
OUTCOMES = ["answered", "abandoned", "missed", "voicemail"]
ANSWERED, ABANDONED, MISSED, VOICEMAIL = range(4)


@dataclass(frozen=True)
class Reviews:
    """One entry a review.

    Attributes:
        follows_up: whether the buyer comes back, at ``followed_up``.
        reply: index into the catalogue's replies, -1 where the merchant gives none.
    """

    line: Ints
    reviewed: Ints
    rating: Ints
    follows_up: Flags
    followed_up: Ints
    reply: Ints


def draw_reviews(rng: np.random.Generator, known: Catalogue, block: Block) -> Reviews:
    """The reviews of a block's completed orders."""
    orders, lines, cases = block.orders, block.lines, block.cases
    may = orders.completed[lines.order] < NEVER
    line = np.flatnonzero(may & (rng.random(len(lines.order)) < _REVIEWS_A_LINE))
    count = len(line)
    has_case = np.zeros(len(lines.order), dtype=bool)
    has_case[cases.line] = True
    had_trouble = has_case[line] | (orders.plight[lines.order[line]] > 0)
    rating = 1 + (rng.random(count)[:, None] >= _STARS[had_trouble.astype(int)]).sum(axis=1)
    reviewed = later(rng, orders.completed[lines.order[line]], 30, 1.0)
    follows = rng.random(count) < _FOLLOWED_UP
    replies = rng.random(count) < np.where(rating <= 2, 2 * _REPLIED, _REPLIED)
    reply = rng.integers(0, len(known.told["reviews"]["replies"]), count)
    return Reviews(
        line=line,
        reviewed=reviewed,
        rating=rating,
        follows_up=follows,
        followed_up=np.where(follows, later(rng, reviewed, 240, 0.8), NEVER),
        reply=np.where(replies, reply, -1),
    )


@dataclass(frozen=True)
class Calls:
    """One entry a phone call; times are NEVER where the thing does not happen.

    Attributes:
        case: index of the case it is about, -1 where it is about none.
        outcome: index into OUTCOMES.
        memo: index into the catalogue's memos, -1 where nobody noted anything.
        csat: 1 to 5, 0 where nobody scored.
        is_outbound: an agent calls somebody back whom nobody spoke with.
    """

    order: Ints
    case: Ints
    started: Ints
    queued: Ints
    answered: Ints
    abandoned: Ints
    ended: Ints
    outcome: Ints
    agent: Ints
    memo: Ints
    csat: Ints
    is_outbound: Flags


def draw_calls(rng: np.random.Generator, known: Catalogue, plan: Plan, block: Block) -> Calls:
    """The phone calls a block leads to, by the time they ring."""
    orders, cases = block.orders, block.cases
    case = np.flatnonzero(rng.random(len(cases.number)) < _CALLS_A_CASE)
    about = np.flatnonzero((rng.random(len(orders.number)) < _CALLS_AN_ORDER) & _was_paid(block))
    order = np.concatenate([cases.order[case], about])
    began = np.concatenate([cases.applied[case], orders.paid[about]])
    started = began + rng.integers(HOUR, 2 * DAY, len(order))
    # Most who think of it at night call when somebody is there.
    waits_for_day = rng.random(len(order)) < _SLEEPS_ON_IT
    started = np.where(
        waits_for_day & (_opened(plan, started) > started), started + _OPENS * HOUR, started
    )
    in_time = np.argsort(started, kind="stable")
    order, started = order[in_time], started[in_time]
    case = np.concatenate([case, np.full(len(about), -1)])[in_time]
    calls = Calls(
        order=order,
        case=case,
        **_handled(rng, known, plan, started),
        is_outbound=np.zeros(len(order), dtype=bool),
    )
    return _called_back(rng, known, plan, calls)


def _called_back(rng: np.random.Generator, known: Catalogue, plan: Plan, calls: Calls) -> Calls:
    """Calls with those an agent makes to callers nobody spoke with, by the time they begin."""
    span = plan.spans.get("call_backs")
    if span is None:
        return calls
    lost = np.isin(calls.outcome, [ABANDONED, MISSED])
    back = np.flatnonzero(lost & (rng.random(len(lost)) < span.facts["share"]))
    count = len(back)
    started = calls.ended[back] + rng.integers(5 * 60, 90 * 60, count)
    # At night nobody is there: soon after they open then.
    opened = _opened(plan, started)
    in_the_morning = opened + rng.integers(5 * 60, 90 * 60, count)
    started = np.where(opened > started, in_the_morning, started)
    answered = started + rng.integers(5, 26, count)
    never, none = np.full(count, NEVER), np.zeros(count, dtype=np.int64)
    made = Calls(
        order=calls.order[back],
        case=calls.case[back],
        started=started,
        queued=never,
        answered=answered,
        abandoned=never,
        ended=answered + rng.integers(40, 600, count),
        outcome=none + ANSWERED,
        agent=rng.integers(0, 1_000, count),
        memo=rng.integers(0, len(known.told["memos"]), count),
        csat=none,
        is_outbound=np.ones(count, dtype=bool),
    )
    in_time = np.argsort(np.concatenate([calls.started, made.started]), kind="stable")
    return Calls(
        **{
            each.name: np.concatenate([getattr(calls, each.name), getattr(made, each.name)])[
                in_time
            ]
            for each in fields(Calls)
        }
    )


def _opened(plan: Plan, times: Ints) -> Ints:
    """The same times, or when calls are next taken."""
    clock = plan.clock.wall(times) % DAY
    opened: Ints = times + np.where(clock < _OPENS * HOUR, _OPENS * HOUR - clock, 0)
    return opened


def _was_paid(block: Block) -> Flags:
    paid: Flags = block.orders.paid < NEVER
    return paid


def _handled(
    rng: np.random.Generator, known: Catalogue, plan: Plan, started: Ints
) -> dict[str, Ints]:
    """What becomes of calls that ring at these times."""
    count = len(started)
    hour = plan.clock.wall(started) % DAY // HOUR
    queued = started + rng.integers(4, 25, count)
    wait: Floats = _QUEUE[hour] * np.exp(0.8 * rng.standard_normal(count))
    wait = wait * np.where(plan.in_slow_week(started), plan.slow_times, 1.0)
    patience = _PATIENCE * np.exp(0.7 * rng.standard_normal(count))
    closed = hour < _OPENS
    outcome = np.select(
        [closed & (rng.random(count) < 0.4), closed, wait > patience],
        [VOICEMAIL, MISSED, ABANDONED],
        ANSWERED,
    )
    span = np.where(outcome == ABANDONED, patience, wait).astype(np.int64) + 1
    spoken = outcome == ANSWERED
    answered = np.where(spoken, queued + span, NEVER)
    abandoned = np.where(outcome == ABANDONED, queued + span, NEVER)
    talk = rng.integers(40, 600, count)
    ended = np.select([spoken, outcome == ABANDONED], [answered + talk, abandoned], queued + 20)
    memos = len(known.told["memos"])
    return {
        "started": started,
        "queued": np.where(closed, NEVER, queued),
        "answered": answered,
        "abandoned": abandoned,
        "ended": ended,
        "outcome": outcome,
        "agent": rng.integers(0, 1_000, count),
        "memo": np.where(spoken, rng.integers(0, memos, count), -1),
        "csat": np.where(spoken & (rng.random(count) < 0.3), rng.integers(1, 6, count), 0),
    }


@dataclass(frozen=True)
class Compensations:
    """One entry a payment made to make up for something.

    Attributes:
        case: index of the case it is about, -1 where it is about none.
        reason: index into the catalogue's compensations.
        is_refused: it was asked for and not granted.
        paid_out: NEVER where it was not.
    """

    order: Ints
    case: Ints
    cents: Ints
    reason: Ints
    is_refused: Flags
    applied: Ints
    paid_out: Ints
    agent: Ints


def draw_compensations(rng: np.random.Generator, known: Catalogue, block: Block) -> Compensations:
    """What buyers of a block are paid: for a plight, or beside a case."""
    orders, cases = block.orders, block.cases
    met = (orders.plight > 0) & (orders.paid < NEVER)
    about = np.flatnonzero(met & (rng.random(len(met)) < _PAID_OUT_A_PLIGHT))
    case = np.flatnonzero(rng.random(len(cases.number)) < _PAID_OUT_A_CASE)
    order = np.concatenate([about, cases.order[case]])
    began = np.concatenate([orders.paid[about] + 2 * DAY, cases.applied[case]])
    applied = began + rng.integers(HOUR, 3 * DAY, len(order))
    reasons = list(known.told["compensations"])
    of_plight = np.array([reasons.index(name or "other") for name in PLIGHTS])
    of_case = np.full(len(case), reasons.index("other"))
    refused = rng.random(len(order)) < 0.05
    return Compensations(
        order=order,
        case=np.concatenate([np.full(len(about), -1), case]),
        cents=rng.integers(2, 21, len(order)) * 100,
        reason=np.concatenate([of_plight[orders.plight[about]], of_case]),
        is_refused=refused,
        applied=applied,
        paid_out=np.where(refused, NEVER, later(rng, applied, 6, 0.8)),
        agent=rng.integers(0, 1_000, len(order)),
    )
