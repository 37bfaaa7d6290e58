"""Chats and tickets about a block's orders and cases: who wrote what, when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aftersales.sample.catalogue import REPAIR, RESHIP, RETURN, Catalogue, Flags, Floats, Ints
from aftersales.sample.plan import DAY, HOUR, NEVER, Plan
from aftersales.sample.trade import STOLEN, Block

_AN_ORDER = 0.35  # conversations
_TICKETS_AN_ORDER = 0.02
_CASES_TALKED_ABOUT = 0.8
_MOST_TURNS = 4
# Who is met by something that goes wrong writes, if not about a case then about nothing else.
_TALKS_OF_PLIGHTS = ("", "shipping", "lost", "coupon")
_MET_TALK = 0.8
_RATED, _STARS = 0.2, [0.04, 0.03, 0.05, 0.18, 0.7]
# Beyond all days, and still small enough to be counted on from.
_FAR = 2**40
ROLES = ["customer", "agent", "bot", "system"]
CUSTOMER, AGENT, BOT, SYSTEM = range(4)
TICKET_CHANNELS = ["mail", "web", "phone"]
TICKET_PRIORITIES = ["normal", "high"]


@dataclass(frozen=True)
class Chats:
    """One entry a conversation; `asked` and `replied` have one column a turn.

    Attributes:
        case: index of the case it is about, -1 where it is about none.
        states_order: the export names the order.
        shift: index of the shift its first question comes in.
        replied: first human answer to a turn, NEVER where nobody answers it.
        rating: stars the buyer gives, 0 where none.
    """

    order: Ints
    case: Ints
    talk: Ints
    states_order: Flags
    agent: Ints
    shift: Ints
    is_slow_week: Flags
    asked: Ints
    replied: Ints
    rating: Ints

    @property
    def started(self) -> Ints:
        """When the first question was asked."""
        started: Ints = self.asked[:, 0]
        return started


@dataclass(frozen=True)
class Messages:
    """One entry a message, by conversation and time.

    Attributes:
        chat: index of its conversation.
        role: index into ROLES.
        text: index into ``message_texts``.
    """

    chat: Ints
    sent: Ints
    role: Ints
    text: Ints


@dataclass(frozen=True)
class Tickets:
    """One entry a ticket; times are NEVER where the thing does not happen.

    Attributes:
        kind: index into the catalogue's tickets.
        csat: 1 to 5, 0 where nobody scored.
    """

    order: Ints
    created: Ints
    replied: Ints
    solved: Ints
    closed: Ints
    kind: Ints
    channel: Ints
    priority: Ints
    agent: Ints
    csat: Ints
    reopens: Ints


def draw_chats(rng: np.random.Generator, known: Catalogue, plan: Plan, block: Block) -> Chats:
    """The conversations a block leads to, by time of their first question."""
    case = np.flatnonzero(rng.random(len(block.cases.number)) < _CASES_TALKED_ABOUT)
    others = max(round(_AN_ORDER * len(block.orders.number)) - len(case), 0)
    about, when, talk = _small_talk(rng, known, block, others)
    order = np.concatenate([block.cases.order[case], about])
    started = np.concatenate([block.cases.applied[case] - rng.integers(60, 7_200, len(case)), when])
    talks = np.concatenate([_talk_of(known, block, case), talk])
    of_case = np.concatenate([case, np.full(others, -1)])
    in_time = np.argsort(started, kind="stable")
    asked, replied = _turns(rng, known, plan, started[in_time])
    return Chats(
        order=order[in_time],
        case=of_case[in_time],
        talk=talks[in_time],
        states_order=rng.random(len(order)) < 0.75,
        agent=rng.integers(0, 1_000, len(order)),
        shift=_shift(known, plan, asked[:, 0]),
        is_slow_week=plan.in_slow_week(asked[:, 0]),
        asked=asked,
        replied=replied,
        rating=np.where(
            rng.random(len(order)) < _RATED, rng.choice(5, len(order), p=_STARS) + 1, 0
        ),
    )


def _small_talk(
    rng: np.random.Generator, known: Catalogue, block: Block, count: int
) -> tuple[Ints, Ints, Ints]:
    """Order, start and talk of chats about no case: before buying, under way, in use."""
    orders = block.orders
    about = np.sort(rng.integers(0, len(orders.number), count))
    kind = rng.choice(3, size=count, p=[0.4, 0.4, 0.2])
    kind = np.where(orders.paid[about] == NEVER, 0, kind)
    kind = np.where((kind == 2) & (orders.signed[about] == NEVER), 1, kind)
    when = np.select(
        [kind == 0, kind == 1],
        [
            orders.created[about] - rng.integers(30, 3_600, count),
            orders.paid[about] + rng.integers(HOUR, 3 * DAY, count),
        ],
        orders.signed[about] + rng.integers(HOUR, 10 * DAY, count),
    )
    talks = np.array([known.talk(name) for name in ("presale", "shipping", "usage")])[kind]
    plight = orders.plight[about]
    met = (plight > 0) & (rng.random(count) < _MET_TALK)
    of_plight = [known.talk(name) if name else 0 for name in _TALKS_OF_PLIGHTS]
    since = np.where(plight == STOLEN, orders.signed[about], orders.paid[about])
    met &= since < NEVER
    when = np.where(met, since + rng.integers(600, DAY, count), when)
    return about, when, np.where(met, np.array(of_plight)[plight], talks)


def _talk_of(known: Catalogue, block: Block, case: Ints) -> Ints:
    kind = block.cases.case_type[case]
    talk: Ints = np.select(
        [kind == RETURN, kind == RESHIP, kind == REPAIR],
        [known.talk("return"), known.talk("reship"), known.talk("repair")],
        known.talk_of_cause[block.cases.cause[case]],
    )
    return talk


def _shift(known: Catalogue, plan: Plan, times: Ints) -> Ints:
    """Index of the shift on duty; a shift lasts until the next one's hour on the wall."""
    order = sorted(range(len(known.shifts)), key=lambda index: known.shifts[index].from_hour)
    begins = [known.shifts[index].from_hour for index in order]
    hour = plan.clock.wall(times) % DAY // HOUR
    shift: Ints = np.array(order)[np.searchsorted(begins, hour, side="right") - 1]
    return shift


def _turns(
    rng: np.random.Generator, known: Catalogue, plan: Plan, started: Ints
) -> tuple[Ints, Ints]:
    """When each turn is asked and answered, by conversation and turn."""
    count = len(started)
    turns = rng.choice([1, 2, 3, 4], size=count, p=[0.35, 0.35, 0.2, 0.1])
    log_median = np.log([shift.median for shift in known.shifts])
    sigma = np.array([shift.sigma for shift in known.shifts])
    missed = np.array([shift.missed for shift in known.shifts])
    asked = np.full((count, _MOST_TURNS), NEVER)
    replied = np.full((count, _MOST_TURNS), NEVER)
    ask = started
    for turn in range(_MOST_TURNS):
        shift = _shift(known, plan, ask)
        wait: Floats = np.exp(log_median[shift] + sigma[shift] * rng.standard_normal(count))
        wait = wait * np.where(plan.in_slow_week(ask), plan.slow_times, 1.0)
        is_asked = (turn < turns) & (ask < NEVER)
        is_answered = is_asked & (rng.random(count) >= missed[shift])
        asked[is_asked, turn] = ask[is_asked]
        waited = np.maximum(wait, 3).astype(np.int64)
        reply = np.where(is_answered, _answered(plan, ask, waited), NEVER)
        replied[:, turn] = reply
        ask = reply + np.maximum(rng.exponential(80, count), 4).astype(np.int64)
    return asked, replied


def _answered(plan: Plan, asked: Ints, waited: Ints) -> Ints:
    """When an answer comes; a team with hours waits in them only."""
    hours = plan.shop.hours
    if hours is None:
        return asked + waited
    return plan.clock.after_work(np.minimum(asked, _FAR), waited, hours)


def draw_messages(rng: np.random.Generator, known: Catalogue, plan: Plan, chats: Chats) -> Messages:
    """What is written in the conversations, by conversation, time and role."""
    which, when, role, text = _written(rng, known, chats)
    if span := plan.spans.get("canned_answers"):
        lazy = plan.shop.agents.index(span.facts["agent"])
        canned = known.told["canned_says"]
        is_canned = (role == AGENT) & (chats.agent[which] % len(plan.shop.agents) == lazy)
        first = len(message_texts(known)) - len(canned)
        said = first + rng.integers(0, len(canned), len(text))
        text = np.where(is_canned, said, text)
    in_time = np.lexsort((role, when, which))
    return Messages(which[in_time], when[in_time], role[in_time], text[in_time])


def message_texts(known: Catalogue) -> list[str]:
    """The texts ``Messages.text`` points into."""
    texts = known.opens.texts + known.follows.texts + known.answers.texts
    said: list[str] = texts + known.told["bot_says"] + known.told["system_says"]
    return said + list(known.told["canned_says"])


def _written(
    rng: np.random.Generator, known: Catalogue, chats: Chats
) -> tuple[Ints, Ints, Ints, Ints]:
    """Conversation, time, role and text of every message, in no order."""
    count = len(chats.order)
    every = np.arange(count)
    follows = len(known.opens.texts)
    answers = follows + len(known.follows.texts)
    bot = answers + len(known.answers.texts)
    system = bot + len(known.told["bot_says"])
    pieces = []

    def add(chat: Ints, when: Ints, role: int, text: Ints) -> None:
        pieces.append((chat, when, np.full(len(chat), role), text))

    for turn in range(_MOST_TURNS):
        chat = every[chats.asked[:, turn] < NEVER]
        ask, reply, talk = chats.asked[chat, turn], chats.replied[chat, turn], chats.talk[chat]
        follow = follows + known.follows.pick(rng, talk)
        add(chat, ask, CUSTOMER, known.opens.pick(rng, talk) if turn == 0 else follow)
        add(chat, reply, AGENT, answers + known.answers.pick(rng, talk))
        # A second message of the same turn: consecutive questions are one question.
        insists = rng.random(len(chat)) < 0.3
        again = ask + np.clip((reply - ask) * 2 // 5, 1, 90)
        text = follows + known.follows.pick(rng, talk)
        add(chat[insists], again[insists], CUSTOMER, text[insists])
    greeted = every[rng.random(count) < 0.6]
    text = bot + rng.integers(0, len(known.told["bot_says"]), len(greeted))
    add(greeted, chats.started[greeted] + 1, BOT, text)
    noticed = every[rng.random(count) < 0.15]
    text = system + rng.integers(0, len(known.told["system_says"]), len(noticed))
    add(noticed, chats.started[noticed] - 2, SYSTEM, text)
    which, when, role, texts = (np.concatenate(part) for part in zip(*pieces, strict=True))
    happened = chats.started[which] < NEVER
    return which[happened], when[happened], role[happened], texts[happened]


def draw_tickets(rng: np.random.Generator, known: Catalogue, block: Block, as_of: int) -> Tickets:
    """The tickets of the requests about a block's orders that came in by `as_of`."""
    orders = block.orders
    paid = np.flatnonzero(orders.shipped < NEVER)
    about = paid[np.flatnonzero(rng.random(len(paid)) < _TICKETS_AN_ORDER)]
    created = orders.shipped[about] + rng.integers(DAY, 12 * DAY, len(about))
    kept = np.flatnonzero(created <= as_of)
    about, created = about[kept], created[kept]
    count = len(about)
    answer = known.told["ticket_first_reply"]
    span = np.exp(rng.standard_normal(count) * answer["sigma"]) * answer["median"]
    replied = np.where(rng.random(count) < 0.04, NEVER, created + span.astype(np.int64) + 30)
    solved = np.where(rng.random(count) < 0.06, NEVER, replied + rng.integers(600, 3 * DAY, count))
    kind = rng.integers(0, len(known.told["tickets"]), count)
    scored = np.where((solved <= as_of) & (rng.random(count) < 0.4), rng.integers(1, 6, count), 0)
    return Tickets(
        order=about,
        created=created,
        replied=replied,
        solved=np.minimum(solved, NEVER),
        closed=np.minimum(solved + 4 * DAY, NEVER),
        kind=kind,
        channel=rng.integers(0, len(TICKET_CHANNELS), count),
        priority=rng.integers(0, len(TICKET_PRIORITIES), count),
        agent=rng.integers(0, 100, count),
        csat=scored,
        reopens=rng.choice([0, 1, 2], size=count, p=[0.9, 0.08, 0.02]),
    )
