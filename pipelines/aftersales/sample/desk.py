"""Chats and tickets about a block's orders and cases: who wrote what, when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aftersales.sample.catalogue import REPAIR, RESHIP, RETURN, Catalogue, Flags, Floats, Ints
from aftersales.sample.plan import DAY, HOUR, NEVER, Plan, seconds
from aftersales.sample.trade import STOLEN, Block
from aftersales.sample.wording import Wording

_AN_ORDER = 0.35  # conversations
_TICKETS_AN_ORDER = 0.02
_CASES_TALKED_ABOUT = 0.8
_MOST_TURNS = 4
# A ticket can be opened again until so long after it was solved.
CLOSED_AFTER = 4 * DAY
# Who is met by something that goes wrong writes, if not about a case then about nothing else.
_TALKS_OF_PLIGHTS = ("", "shipping", "lost", "coupon")
_MET_TALK = 0.8
_GREETED = 0.6
_RATED, _STARS = 0.2, [0.04, 0.03, 0.05, 0.18, 0.7]
# Beyond all days, and still small enough to be counted on from.
_FAR = 2**40
# A customer who has an answer writes again after so long, on average: in a chat, and by mail.
_PAUSE, _PAUSE_BY_MAIL = 80, 4 * HOUR
# Whoever takes an answer back does it so long before the one that stays.
_TAKEN_BACK = (5, 21)
ROLES = ["customer", "agent", "bot", "system"]
CUSTOMER, AGENT, BOT, SYSTEM = range(4)
# How long answers take in the week a question comes in: as ever, or longer by what was planted.
PACES = ("usual", "slow", "slow_nights")
TICKET_CHANNELS = ["mail", "web", "phone"]
TICKET_PRIORITIES = ["normal", "high"]


@dataclass(frozen=True)
class Chats:
    """One entry a conversation; `asked` and `replied` have one column a turn.

    Attributes:
        case: index of the case it is about, -1 where it is about none.
        states_order: the export names the order.
        shift: index of the shift its first question comes in.
        pace: index into PACES, by its first question.
        is_greeted: a robot answers first.
        is_handed_on: the customer then asks for a person.
        replied: first human answer to a turn, NEVER where nobody answers it.
        waited: the team's own seconds until the first turn's answer, also where it never comes.
        asked_of: index of the agent a turn reaches.
        answers: index of the agent who answers it, or would.
        handed: when the one hands it to the other, NEVER where they are the same.
        concluded: a further answer nobody asked for, NEVER where there is none.
        rating: stars the buyer gives, 0 where none.
    """

    order: Ints
    case: Ints
    talk: Ints
    states_order: Flags
    agent: Ints
    shift: Ints
    pace: Ints
    is_greeted: Flags
    is_handed_on: Flags
    asked: Ints
    replied: Ints
    waited: Ints
    asked_of: Ints
    answers: Ints
    handed: Ints
    concluded: Ints
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
        agent: index of the agent who wrote it or did what a notice tells, -1 where none did.
        text: index into the texts of the shop's wording, and then into what is written beside it.
        turn: of its conversation's, where it asks something or answers it; -1 elsewhere.
        again: a second message of the turn, before it is answered.
    """

    chat: Ints
    sent: Ints
    role: Ints
    agent: Ints
    text: Ints
    turn: Ints
    again: Flags


@dataclass(frozen=True)
class Tickets:
    """One entry a ticket; times are NEVER where the thing does not happen.

    Attributes:
        held: put on hold, until ``resumed``.
        solved: for the first time; ``solved_again`` after it was reopened.
        kind: index into the catalogue's tickets.
        csat: 1 to 5, 0 where nobody scored.
    """

    order: Ints
    created: Ints
    replied: Ints
    held: Ints
    resumed: Ints
    solved: Ints
    reopened: Ints
    solved_again: Ints
    closed: Ints
    kind: Ints
    channel: Ints
    priority: Ints
    agent: Ints
    csat: Ints


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
    agent = rng.integers(0, 1_000, len(order))
    turns = _turns(rng, known, plan, started[in_time], agent)
    first_asked = turns["asked"][:, 0]
    is_greeted = rng.random(len(order)) < _GREETED
    handoffs = plan.spans.get("handoffs")
    handed_on = handoffs.facts["share"] if handoffs else 0.0
    return Chats(
        order=order[in_time],
        case=of_case[in_time],
        talk=talks[in_time],
        states_order=rng.random(len(order)) < 0.75,
        agent=agent,
        shift=_shift(known, plan, first_asked),
        pace=_pace(known, plan, first_asked),
        is_greeted=is_greeted,
        is_handed_on=is_greeted & (rng.random(len(order)) < handed_on),
        **turns,
        concluded=np.full(len(order), NEVER),
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
    rng: np.random.Generator, known: Catalogue, plan: Plan, started: Ints, agent: Ints
) -> dict[str, Ints]:
    """When each turn is asked and answered and by whom, by conversation and turn."""
    count, colleagues = len(started), len(plan.shop.agents)
    turns = rng.choice([1, 2, 3, 4], size=count, p=[0.35, 0.35, 0.2, 0.1])
    shape = (count, _MOST_TURNS)
    asked, replied, handed = (np.full(shape, NEVER) for _ in range(3))
    asked_of, answers = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    first_waited = np.zeros(count, dtype=np.int64)
    pause = _PAUSE_BY_MAIL if plan.shop.is_ticketed else _PAUSE
    to_whom = rng.integers(1, max(colleagues, 2), count)
    ask, who = started, agent % colleagues
    for turn in range(_MOST_TURNS):
        waited, missed = waits(rng, known, plan, ask)
        is_asked = (turn < turns) & (ask < NEVER)
        is_handed, is_lost = _hand_overs(rng, plan, count, turn)
        is_answered = is_asked & ~np.where(is_handed, is_lost, missed)
        asked[is_asked, turn] = ask[is_asked]
        reply = np.where(is_answered, working_later(plan, ask, waited), NEVER)
        replied[:, turn] = reply
        given = working_later(plan, ask, np.maximum(waited * 2 // 5, 1))
        handed[:, turn] = np.where(is_asked & is_handed, given, NEVER)
        asked_of[:, turn] = who
        who = np.where(is_asked & is_handed, (who + to_whom) % colleagues, who)
        answers[:, turn] = who
        first_waited = waited if turn == 0 else first_waited
        ask = reply + np.maximum(rng.exponential(pause, count), 4).astype(np.int64)
    return {
        "asked": asked,
        "replied": replied,
        "waited": first_waited,
        "asked_of": asked_of,
        "answers": answers,
        "handed": handed,
    }


def paces(plan: Plan) -> list[float]:
    """How many times as long an answer takes at each of PACES."""
    nights = plan.spans.get("slow_nights")
    return [1.0, plan.slow_times, float(nights.facts["times"]) if nights else 1.0]


def _pace(known: Catalogue, plan: Plan, times: Ints) -> Ints:
    """Index into PACES at these times."""
    pace = np.where(plan.in_slow_week(times), PACES.index("slow"), PACES.index("usual"))
    if nights := plan.spans.get("slow_nights"):
        short = [shift.name == nights.facts["shift"] for shift in known.shifts]
        met = nights.holds(times) & np.array(short)[_shift(known, plan, times)]
        pace = np.where(met, PACES.index("slow_nights"), pace)
    return pace


def waits(
    rng: np.random.Generator, known: Catalogue, plan: Plan, asked: Ints
) -> tuple[Ints, Flags]:
    """The team's own seconds until each question is answered, and whether it never is."""
    log_median = np.log([shift.median for shift in known.shifts])
    sigma = np.array([shift.sigma for shift in known.shifts])
    missed = np.array([shift.missed for shift in known.shifts])
    shift = _shift(known, plan, asked)
    wait: Floats = np.exp(log_median[shift] + sigma[shift] * rng.standard_normal(len(asked)))
    wait = wait * np.array(paces(plan))[_pace(known, plan, asked)]
    return np.maximum(wait, 3).astype(np.int64), rng.random(len(asked)) < missed[shift]


def _hand_overs(rng: np.random.Generator, plan: Plan, count: int, turn: int) -> tuple[Flags, Flags]:
    """Which conversations' turn goes to a colleague, and which of these nobody answers.

    Tickets are handed over once at most, and none is lost by it.
    """
    span = plan.spans.get("ticket_life" if plan.shop.is_ticketed else "transfers")
    none = np.zeros(count, dtype=bool)
    if span is None or len(plan.shop.agents) < 2:
        return none, none
    if plan.shop.is_ticketed:
        return (rng.random(count) < span.facts["reassigned"] if turn == 0 else none), none
    is_lost = rng.random(count) < span.facts["unanswered"]
    return rng.random(count) < span.facts["share"], is_lost


def working_later(plan: Plan, times: Ints, seconds: Ints) -> Ints:
    """When so many seconds have passed; of a team with hours, seconds of these."""
    hours = plan.shop.hours
    if hours is None:
        return times + seconds
    return plan.clock.after_work(np.minimum(times, _FAR), seconds, hours)


def draw_messages(
    rng: np.random.Generator, said: Wording, plan: Plan, block: Block, chats: Chats
) -> Messages:
    """What is written in the conversations, by conversation, time and role."""
    pieces = [
        *_talked(rng, said, plan, chats),
        *_noticed(rng, said, plan, chats),
        *_sent_to_all(rng, said, plan, block, chats),
    ]
    columns = [np.concatenate(part) for part in zip(*pieces, strict=True)]
    chat, when, role, *_ = columns
    in_time = np.lexsort((role, when, chat))
    in_time = in_time[when[in_time] < NEVER]
    chat, when, role, agent, text, turn, again = (column[in_time] for column in columns)
    return Messages(chat, when, role, agent, text, turn, again == 1)


# Conversation, time, role, agent, text and turn of some messages, and whether they are a second one
# of it; agent -1 where none wrote them, turn -1 where they are none's.
_Piece = tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]


def _piece(
    chat: Ints,
    when: Ints,
    role: int,
    text: Ints,
    agent: Ints | None = None,
    *,
    turn: int = -1,
    again: int = 0,
) -> _Piece:
    nobody = np.full(len(chat), -1) if agent is None else agent
    roles, turns, agains = (np.full(len(chat), number) for number in (role, turn, again))
    return chat, when, roles, nobody, text, turns, agains


def _talked(rng: np.random.Generator, said: Wording, plan: Plan, chats: Chats) -> Iterator[_Piece]:
    """Questions and answers, turn by turn; what was taken back; what concludes it."""
    every = np.arange(len(chats.order))
    for turn in range(chats.asked.shape[1]):
        chat = every[chats.asked[:, turn] < NEVER]
        ask, reply, talk = chats.asked[chat, turn], chats.replied[chat, turn], chats.talk[chat]
        text = said.pick(rng, "follows" if turn else "opens", talk)
        yield _piece(chat, ask, CUSTOMER, text, turn=turn)
        who = chats.answers[chat, turn]
        yield _piece(chat, reply, AGENT, _answer(rng, said, plan, talk, who), who, turn=turn)
        # A second message of the same turn: consecutive questions are one question.
        insists = rng.random(len(chat)) < 0.3
        again = ask + np.clip((reply - ask) * 2 // 5, 1, 90)
        text = said.pick(rng, "follows", talk)
        ask_again = again[insists]
        yield _piece(chat[insists], ask_again, CUSTOMER, text[insists], turn=turn, again=1)
        if recalls := plan.spans.get("recalls"):
            before = reply - rng.integers(*_TAKEN_BACK, len(chat))
            gone = (rng.random(len(chat)) < recalls.facts["share"]) & (before > again)
            gone &= reply < NEVER
            text = said.only("recall", who[gone])
            yield _piece(chat[gone], before[gone], AGENT, text, who[gone])
    chat = every[chats.concluded < NEVER]
    who = chats.answers[chat, -1]
    text = _answer(rng, said, plan, chats.talk[chat], who)
    yield _piece(chat, chats.concluded[chat], AGENT, text, who)


def _answer(rng: np.random.Generator, said: Wording, plan: Plan, talk: Ints, agent: Ints) -> Ints:
    """What an agent says about a talk; one of them always nearly the same."""
    text = said.pick(rng, "answers", talk)
    span = plan.spans.get("canned_answers")
    if span is None:
        return text
    is_canned = agent == plan.shop.agents.index(span.facts["agent"])
    canned: Ints = np.where(is_canned, said.pick(rng, "canned", np.zeros_like(talk)), text)
    return canned


def _noticed(rng: np.random.Generator, said: Wording, plan: Plan, chats: Chats) -> Iterator[_Piece]:
    """What robots and the platform write."""
    count = len(chats.order)
    every, none = np.arange(count), np.zeros(count, dtype=np.int64)
    greeted = every[chats.is_greeted]
    text = said.pick(rng, "bot", none[: len(greeted)])
    yield _piece(greeted, chats.started[greeted] + 1, BOT, text)
    chat = every[chats.is_handed_on]
    yield _piece(chat, chats.started[chat] + 2, SYSTEM, said.only("handoff", none[: len(chat)]))
    noticed = every[rng.random(count) < 0.15]
    text = said.pick(rng, "system", none[: len(noticed)])
    yield _piece(noticed, chats.started[noticed] - 2, SYSTEM, text)
    if not plan.shop.is_ticketed:
        chat, turn = np.nonzero(chats.handed < NEVER)
        giver, taker = chats.asked_of[chat, turn], chats.answers[chat, turn]
        text = said.only("transfer", giver * len(plan.shop.agents) + taker)
        yield _piece(chat, chats.handed[chat, turn], SYSTEM, text, giver)


def _sent_to_all(
    rng: np.random.Generator, said: Wording, plan: Plan, block: Block, chats: Chats
) -> Iterator[_Piece]:
    """One text of one agent, in the same second to everybody who wrote in the days before."""
    span = plan.spans.get("bulk_send")
    if span is None or not span.holds(block.orders.created).any():
        return
    sent = seconds(span.since) + span.facts["hour"] * HOUR
    wrote = (chats.started < sent) & (chats.started >= sent - span.facts["reach_days"] * DAY)
    chat = np.flatnonzero(wrote)
    if len(chat) < span.facts["least"]:
        return
    chat = np.sort(rng.permutation(chat)[: span.facts["most"]])
    who = np.full(len(chat), plan.shop.agents.index(span.facts["agent"]))
    text = said.only("bulk", np.zeros_like(chat))
    yield _piece(chat, np.full(len(chat), sent), AGENT, text, who)


def draw_tickets(rng: np.random.Generator, known: Catalogue, plan: Plan, block: Block) -> Tickets:
    """The tickets of the requests about a block's orders that have come in."""
    orders, as_of = block.orders, plan.as_of
    paid = np.flatnonzero(orders.shipped < NEVER)
    about = paid[np.flatnonzero(rng.random(len(paid)) < _TICKETS_AN_ORDER)]
    created = orders.shipped[about] + rng.integers(DAY, 12 * DAY, len(about))
    kept = np.flatnonzero(created <= as_of)
    about, created = about[kept], created[kept]
    count = len(about)
    life = plan.spans["ticket_life"].facts if "ticket_life" in plan.spans else {}
    answer = known.told["ticket_first_reply"]
    span = np.exp(rng.standard_normal(count) * answer["sigma"]) * answer["median"]
    replied = np.where(rng.random(count) < 0.04, NEVER, created + span.astype(np.int64) + 30)
    is_held = (rng.random(count) < life.get("held", 0)) & (replied < NEVER)
    held = np.where(is_held, replied + rng.integers(60, HOUR, count), NEVER)
    resumed = np.where(is_held, held + rng.integers(4 * HOUR, 4 * DAY, count), NEVER)
    worked_on = np.where(is_held, resumed, replied)
    solved = worked_on + rng.integers(600, 3 * DAY, count)
    solved = np.where(rng.random(count) < 0.06, NEVER, np.minimum(solved, NEVER))
    reopens = (rng.random(count) < life.get("reopened", 0)) & (solved < NEVER)
    reopened = np.where(reopens, solved + rng.integers(DAY, 3 * DAY, count), NEVER)
    solved_again = np.where(reopens, reopened + rng.integers(HOUR, 2 * DAY, count), NEVER)
    kind = rng.integers(0, len(known.told["tickets"]), count)
    scored = np.where((solved <= as_of) & (rng.random(count) < 0.4), rng.integers(1, 6, count), 0)
    return Tickets(
        order=about,
        created=created,
        replied=replied,
        held=held,
        resumed=resumed,
        solved=solved,
        reopened=reopened,
        solved_again=solved_again,
        closed=np.minimum(np.where(reopens, solved_again, solved) + CLOSED_AFTER, NEVER),
        kind=kind,
        channel=rng.integers(0, len(TICKET_CHANNELS), count),
        priority=rng.integers(0, len(TICKET_PRIORITIES), count),
        agent=rng.integers(0, 100, count),
        csat=scored,
    )
