"""Chats and tickets about a block's orders and cases: who wrote what, when."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

import numpy as np

from aftersales.sample.catalogue import REPAIR, RESHIP, RETURN, Catalogue, Flags, Floats, Ints, Shop
from aftersales.sample.files import Columns
from aftersales.sample.layouts import nicks, stamps
from aftersales.sample.plan import DAY, HOUR, NEVER, Plan
from aftersales.sample.trade import Block

_AN_ORDER = 0.35  # conversations
_TICKETS_AN_ORDER = 0.02
_CASES_TALKED_ABOUT = 0.8
_MOST_TURNS = 4
_ROLES = ["customer", "agent", "bot", "system"]
_CUSTOMER, _AGENT, _BOT, _SYSTEM = range(4)


@dataclass(frozen=True)
class Chats:
    """One entry a conversation; `asked` and `replied` have one column a turn.

    Attributes:
        case: index of the case it is about, -1 where it is about none.
        states_order: the export names the order.
        shift: index of the shift its first question comes in.
        replied: first human answer to a turn, NEVER where nobody answers it.
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

    @property
    def started(self) -> Ints:
        """When the first question was asked."""
        started: Ints = self.asked[:, 0]
        return started


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
        shift=_shift(known, asked[:, 0]),
        is_slow_week=plan.in_slow_week(asked[:, 0]),
        asked=asked,
        replied=replied,
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
    talks = np.array([known.talk(name) for name in ("presale", "shipping", "usage")])
    return about, when, talks[kind]


def _talk_of(known: Catalogue, block: Block, case: Ints) -> Ints:
    kind = block.cases.case_type[case]
    talk: Ints = np.select(
        [kind == RETURN, kind == RESHIP, kind == REPAIR],
        [known.talk("return"), known.talk("reship"), known.talk("repair")],
        known.talk_of_cause[block.cases.cause[case]],
    )
    return talk


def _shift(known: Catalogue, times: Ints) -> Ints:
    """Index of the shift on duty; a shift lasts until the next one's hour."""
    order = sorted(range(len(known.shifts)), key=lambda index: known.shifts[index].from_hour)
    begins = [known.shifts[index].from_hour for index in order]
    hour = times % DAY // HOUR
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
        shift = _shift(known, ask)
        wait: Floats = np.exp(log_median[shift] + sigma[shift] * rng.standard_normal(count))
        wait = wait * np.where(plan.in_slow_week(ask), plan.slow_times, 1.0)
        is_asked = (turn < turns) & (ask < NEVER)
        is_answered = is_asked & (rng.random(count) >= missed[shift])
        asked[is_asked, turn] = ask[is_asked]
        reply = np.where(is_answered, ask + np.maximum(wait, 3).astype(np.int64), NEVER)
        replied[:, turn] = reply
        ask = reply + np.maximum(rng.exponential(80, count), 4).astype(np.int64)
    return asked, replied


def messages(
    rng: np.random.Generator,
    known: Catalogue,
    shop: Shop,
    block: Block,
    chats: Chats,
    *,
    first: int,
    as_of: int,
) -> Columns:
    """The chat messages written by `as_of`; the first conversation is number `first`."""
    texts = known.opens.texts + known.follows.texts + known.answers.texts
    texts = texts + known.told["bot_says"] + known.told["system_says"]
    which, when, role, text = _written(rng, known, chats)
    seen = when <= as_of
    in_time = np.lexsort((role[seen], when[seen], which[seen]))
    which, when, role, text = (part[seen][in_time] for part in (which, when, role, text))
    case = np.append(block.cases.number, 0)[chats.case]
    buyers = nicks(known, block.orders.buyer[chats.order])
    by_chat = [
        [f"{shop.shop_id[:1].upper()}{first + n:08}" for n in range(len(chats.order))],
        buyers,
        _ids(np.where(chats.states_order, block.orders.number[chats.order], 0)),
        _ids(case),
    ]
    listed = which.tolist()
    ids, buyer_ids, orders, cases = ([cells[chat] for chat in listed] for cells in by_chat)
    return [
        ids,
        stamps(when, as_of),
        [_ROLES[who] for who in role.tolist()],
        _senders(shop, buyers, chats.agent, which, role),
        [texts[index] for index in text.tolist()],
        repeat("taobao"),
        buyer_ids,
        orders,
        cases,
        repeat("旺旺"),
    ]


def _senders(shop: Shop, buyers: list[str], agents: Ints, which: Ints, role: Ints) -> list[str]:
    """The account behind every message: the buyer, the conversation's agent, bot or platform."""
    names = [f"{shop.title}:{name}" for name in (*shop.agents, shop.bot)] + ["系统"]
    bot = len(shop.agents)
    agent = agents[which] % bot
    ours = np.select([role == _AGENT, role == _BOT], [agent, bot], bot + 1)
    return [
        buyers[chat] if who == _CUSTOMER else names[name]
        for chat, who, name in zip(which.tolist(), role.tolist(), ours.tolist(), strict=True)
    ]


def _ids(numbers: Ints) -> list[str]:
    """Id cells; empty where the number is 0."""
    return [str(number) if number else "" for number in numbers.tolist()]


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
        add(chat, ask, _CUSTOMER, known.opens.pick(rng, talk) if turn == 0 else follow)
        add(chat, reply, _AGENT, answers + known.answers.pick(rng, talk))
        # A second message of the same turn: consecutive questions are one question.
        insists = rng.random(len(chat)) < 0.3
        again = ask + np.clip((reply - ask) * 2 // 5, 1, 90)
        text = follows + known.follows.pick(rng, talk)
        add(chat[insists], again[insists], _CUSTOMER, text[insists])
    greeted = every[rng.random(count) < 0.6]
    text = bot + rng.integers(0, len(known.told["bot_says"]), len(greeted))
    add(greeted, chats.started[greeted] + 1, _BOT, text)
    noticed = every[rng.random(count) < 0.15]
    text = system + rng.integers(0, len(known.told["system_says"]), len(noticed))
    add(noticed, chats.started[noticed] - 2, _SYSTEM, text)
    which, when, role, texts = (np.concatenate(part) for part in zip(*pieces, strict=True))
    happened = chats.started[which] < NEVER
    return which[happened], when[happened], role[happened], texts[happened]


def tickets(
    rng: np.random.Generator, known: Catalogue, shop: Shop, block: Block, first: int, as_of: int
) -> Columns:
    """The tickets of the requests that came in by `as_of`; the first is number `first`."""
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
    closed = solved + 4 * DAY
    kind = rng.integers(0, len(known.told["tickets"]), count).tolist()
    told = known.told["tickets"]
    status = np.select([closed <= as_of, solved <= as_of, replied <= as_of], [3, 2, 1], 0).tolist()
    scored = np.where((solved <= as_of) & (rng.random(count) < 0.4), rng.integers(1, 6, count), 0)
    return [
        [f"T{shop.shop_id[:1].upper()}{first + n:07}" for n in range(count)],
        stamps(created, as_of),
        stamps(replied, as_of),
        stamps(solved, as_of),
        stamps(closed, as_of),
        repeat("taobao"),
        nicks(known, orders.buyer[about]),
        [str(number) for number in orders.number[about].tolist()],
        [("open", "pending", "solved", "closed")[state] for state in status],
        [("mail", "web", "phone")[n] for n in rng.integers(0, 3, count).tolist()],
        [("normal", "high")[n] for n in rng.integers(0, 2, count).tolist()],
        [told[n]["category"] for n in kind],
        [told[n]["subject"] for n in kind],
        [told[n]["text"] for n in kind],
        [shop.agents[n % len(shop.agents)] for n in rng.integers(0, 100, count).tolist()],
        [str(score) if score else "" for score in scored.tolist()],
        [str(n) for n in rng.choice([0, 1, 2], size=count, p=[0.9, 0.08, 0.02]).tolist()],
    ]
