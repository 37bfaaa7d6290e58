"""What buyers complained of by `until`, how upset they were and how they were answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from aftersales.sample import remarks
from aftersales.sample.catalogue import Catalogue, Flags, Ints, Shop
from aftersales.sample.desk import AGENT, CUSTOMER
from aftersales.sample.grievances import TOPIC
from aftersales.sample.layout import read as read_layout
from aftersales.sample.plan import DAY, Plan, seconds
from aftersales.sample.remarks import Written
from aftersales.sample.tables.world import World

Counts = dict[str, int]
UPSET, STRONG = 2, 3
# How an answer to somebody upset goes, in the order of the numbers of remarks.
MANNERS = ("first", "late", "only_matter")
_CASES = {"shop.case", "shop.case_line"}


@dataclass
class ComplaintTruth:
    """By shop, of what its exports tell. A case, chat, ticket or review counts once for each leaf.

    Attributes:
        written: by where it was written: how many somebody wrote anything in, those that complain,
            those in which somebody is clearly or strongly upset, and strongly.
        leaves: by leaf and where it was written.
        weeks: by leaf and week (its Monday, of the first text that complains of it).
        upset_turns: turns of chats and tickets in which a buyer is clearly or strongly upset.
        empathy: by agent, of the answers to these turns: those that take up the feeling first
            (with the planted share), late, and never (only_matter).
        anomalies: conversations that name what the platform got wrong and were answered after it,
            those in which an agent says it was passed on, and the planted share of these, but for
            who answers everything with the same words.
        new_topic: texts about what no leaf knows, and where they were written.
    """

    written: dict[str, dict[str, Counts]] = field(default_factory=dict)
    leaves: dict[str, dict[str, Counts]] = field(default_factory=dict)
    weeks: dict[str, dict[str, Counts]] = field(default_factory=dict)
    upset_turns: Counts = field(default_factory=dict)
    empathy: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    anomalies: dict[str, dict[str, float]] = field(default_factory=dict)
    new_topic: dict[str, Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class Remark:
    """One text of a buyer, with what was planted into it.

    Attributes:
        source: case, chat, ticket or review; ``entity_id`` is its number there.
        told_at: in UTC.
        product: title of what it is about.
        turn: of its conversation's, from 0; None elsewhere.
        leaves: what it complains of.
        mood: 0 where it is no complaint, 1 mild, 2 clear, 3 strong.
        topic: it is about what no leaf knows.
        agent: who answers its turn; None where nobody does.
        answer: what the agent says.
        manner: of MANNERS, where the turn complains and is answered.
        reported: whether the answer behind it says that what the platform got wrong is passed on;
            None where it is not the next one behind it.
    """

    shop_id: str
    platform: str
    source: str
    entity_id: str
    told_at: datetime
    product: str
    body: str
    turn: int | None
    leaves: tuple[str, ...]
    mood: int
    topic: bool
    agent: str | None = None
    answer: str | None = None
    manner: str | None = None
    reported: bool | None = None


@dataclass(frozen=True)
class _Heard:
    """Texts of one source: of which entity, when, about which line; what and of what sentence."""

    source: str
    entity: Ints
    told: Ints
    line: Ints
    text: Ints
    sentence: Ints
    turn: Ints

    @classmethod
    def of(
        cls, source: str, entity: Ints, told: Ints, line: Ints, written: Written, until: int
    ) -> _Heard:
        """Those there are and that were written by a time."""
        rows = np.flatnonzero((written.text >= 0) & (told <= until))
        none = np.full(len(rows), -1)
        entity, told, line = entity[rows], told[rows], line[rows]
        return cls(source, entity, told, line, written.text[rows], written.sentence[rows], none)


def _heard(world: World, tables: set[str]) -> Iterator[_Heard]:
    """Everything buyers wrote that the shop's files tell."""
    said, block, as_of = world.remarks, world.block, world.as_of
    if tables & _CASES:
        cases = block.cases
        every = np.arange(len(cases.number))
        yield _Heard.of("case", every, cases.applied, cases.line, said.cases, as_of)
    if "shop.review" in tables:
        reviews = world.reviews
        every = np.arange(len(reviews.line))
        for told, written in (
            (reviews.reviewed, said.reviews),
            (np.maximum(reviews.followed_up, reviews.reviewed), said.follow_ups),
        ):
            yield _Heard.of("review", every, told, reviews.line, written, as_of)
    if "desk.message" in tables:
        messages, chats = world.messages, world.chats
        asks = (messages.role == CUSTOMER) & (messages.sent <= as_of)
        rows = np.flatnonzero(asks)
        chat = messages.chat[rows]
        source = "ticket" if world.shop.is_ticketed else "chat"
        line = np.searchsorted(block.lines.order, chats.order)
        of_case = np.append(block.cases.line, 0)[chats.case]
        line = np.where(chats.case >= 0, of_case, line)[chat]
        text, sentence = messages.text[rows], said.messages.sentence[rows]
        yield _Heard(source, chat, messages.sent[rows], line, text, sentence, messages.turn[rows])
    if "desk.ticket" in tables and not world.shop.is_ticketed:
        tickets = world.tickets
        every = np.arange(len(tickets.order))
        line = np.searchsorted(block.lines.order, tickets.order)
        yield _Heard.of("ticket", every, tickets.created, line, said.tickets, as_of)


def _tables(shop: Shop) -> set[str]:
    return {read_layout(name).table for name in shop.exports}


class _Sentences:
    """What the sentences of a repertoire are about, as arrays; the last entry is of no sentence."""

    def __init__(self, world: World) -> None:
        said = world.remarks.repertoire
        leaves = sorted({leaf for one in said.sentences for leaf in one.leaves})
        self.leaves = leaves
        places = [[leaves.index(leaf) for leaf in one.leaves] for one in said.sentences]
        padded = [[*place, -1, -1][:2] for place in places] + [[-1, -1]]
        self.places: Ints = np.array(padded, dtype=np.int64)
        self.moods: Ints = np.append(said.moods, 0)
        self.is_topic: Flags = np.array([one.matter == TOPIC for one in said.sentences] + [False])


class ComplaintTally:
    """Counts one shop's complaints as its blocks are drawn."""

    def __init__(self, known: Catalogue, shop: Shop, plan: Plan) -> None:
        self._known, self._shop, self._plan = known, shop, plan
        self._tables = _tables(shop)
        self._monday = seconds(plan.start) // DAY - plan.start.weekday()
        self._written: dict[str, Counter[str]] = defaultdict(Counter)
        self._leaves: dict[str, Counter[str]] = defaultdict(Counter)
        self._weeks: dict[str, Counter[str]] = defaultdict(Counter)
        self._topic: Counter[str] = Counter()
        self._upset_turns = 0
        self._answers = np.zeros((len(shop.agents), len(MANNERS)), dtype=np.int64)
        self._reports: Counter[str] = Counter()

    def add(self, world: World) -> None:
        """Count a block."""
        known = _Sentences(world)
        by_source: dict[str, list[_Heard]] = defaultdict(list)
        for heard in _heard(world, self._tables):
            by_source[heard.source].append(heard)
        for source, pieces in by_source.items():
            entity, told, sentence = (
                np.concatenate([getattr(piece, name) for piece in pieces])
                for name in ("entity", "told", "sentence")
            )
            self._add_texts(known, source, entity, told, sentence)
        if "desk.message" in self._tables:
            self._add_answers(known, world)

    def _add_texts(
        self, known: _Sentences, source: str, entity: Ints, told: Ints, sentence: Ints
    ) -> None:
        count = int(entity.max(initial=-1)) + 1
        mood = np.full(count, -1)
        np.maximum.at(mood, entity, known.moods[sentence])
        topics = known.is_topic[sentence]
        self._topic.update({"texts": int(topics.sum()), source: len(np.unique(entity[topics]))})
        # By time, so that the first text of an entity that complains of a leaf is the first one.
        in_time = np.argsort(told, kind="stable")
        entity, told, places = entity[in_time], told[in_time], known.places[sentence[in_time]]
        entities, times = np.tile(entity, 2), np.tile(told, 2)
        leaf = places.T.ravel()
        rows = np.flatnonzero(leaf >= 0)
        rows = rows[np.argsort(times[rows], kind="stable")]
        pair, first = np.unique(entities[rows] * len(known.leaves) + leaf[rows], return_index=True)
        of_leaf = pair % len(known.leaves)
        for index, n in enumerate(np.bincount(of_leaf, minlength=len(known.leaves)).tolist()):
            if n:
                self._leaves[known.leaves[index]][source] += n
        week = (self._plan.clock.wall(times[rows][first]) // DAY - self._monday) // 7
        both, counted = np.unique(np.stack([of_leaf, week]), axis=1, return_counts=True)
        for (index, number), n in zip(both.T.tolist(), counted.tolist(), strict=True):
            monday = date(1970, 1, 1) + timedelta(days=self._monday + 7 * number)
            self._weeks[known.leaves[index]][str(monday)] += n
        complaining = len(np.unique(pair // max(len(known.leaves), 1)))
        self._written[source].update(
            {
                "all": int((mood >= 0).sum()),
                "complaining": complaining,
                "upset": int((mood >= UPSET).sum()),
                "strong": int((mood >= STRONG).sum()),
            }
        )

    def _add_answers(self, known: _Sentences, world: World) -> None:
        messages, said = world.messages, world.remarks
        seen = messages.sent <= world.as_of
        upset = seen & (messages.role == CUSTOMER) & (messages.turn >= 0)
        upset &= known.moods[said.messages.sentence] >= UPSET
        turns = np.stack([messages.chat[upset], messages.turn[upset]])
        self._upset_turns += np.unique(turns, axis=1).shape[1]
        is_upset = np.zeros(world.chats.asked.shape, dtype=bool)
        is_upset[turns[0], turns[1]] = True
        rows = np.flatnonzero(seen & (said.manner >= 0))
        rows = rows[is_upset[messages.chat[rows], messages.turn[rows]]]
        np.add.at(self._answers, (messages.agent[rows], said.manner[rows]), 1)
        asked = seen & (said.reports >= 0)
        self._reports.update(
            {
                "answered": int(asked.sum()),
                "passed_on": int((said.reports[asked] == 1).sum()),
                "canned": int(world.said.holds("canned", messages.text[asked]).sum()),
            }
        )

    def report(self, truth: ComplaintTruth) -> None:
        """Write this shop's counts into `truth`."""
        shop = self._shop.shop_id
        truth.written[shop] = {source: dict(n) for source, n in self._written.items()}
        truth.leaves[shop] = {leaf: dict(n) for leaf, n in sorted(self._leaves.items())}
        truth.weeks[shop] = {
            leaf: dict(sorted(n.items())) for leaf, n in sorted(self._weeks.items())
        }
        if self._topic["texts"]:
            truth.new_topic[shop] = {name: n for name, n in self._topic.items() if n}
        if "desk.message" not in self._tables:
            return
        truth.upset_turns[shop] = self._upset_turns
        planted = remarks.manners(self._known, self._plan)
        truth.empathy[shop] = {
            agent: {"planted_first": round(float(planted[index, 0]), 4)}
            | dict(zip(MANNERS, self._answers[index].tolist(), strict=True))
            for index, agent in enumerate(self._shop.agents)
        }
        truth.anomalies[shop] = {
            "planted_share": remarks.passed_on(self._known, self._plan),
            **dict(self._reports),
        }


def remarks_of(world: World) -> Iterator[Remark]:
    """Every text buyers wrote in a block, as far as the shop's files tell it."""
    said, shop, block = world.remarks, world.shop, world.block
    sentences = [*said.repertoire.sentences, None]
    answered = _answers(world)
    ids = {
        "case": lambda n: str(block.cases.number[n]),
        "review": lambda n: str(_review_number(world, n)),
        "chat": lambda n: f"{shop.shop_id[:1].upper()}{n + world.first_chat:08}",
        "ticket": lambda n: (
            str(n + world.first_chat)
            if shop.is_ticketed
            else f"T{shop.shop_id[:1].upper()}{n + world.first_ticket:07}"
        ),
    }
    for heard in _heard(world, _tables(shop)):
        times = world.plan.clock.utc(heard.told)
        for entity, told, line, text, number, turn in zip(
            heard.entity.tolist(),
            times.tolist(),
            heard.line.tolist(),
            heard.text.tolist(),
            heard.sentence.tolist(),
            heard.turn.tolist(),
            strict=True,
        ):
            one = sentences[number]
            answer: Mapping[str, Any] = answered.get((entity, turn), {}) if turn >= 0 else {}
            yield Remark(
                shop_id=shop.shop_id,
                platform=shop.platform,
                source=heard.source,
                entity_id=ids[heard.source](entity),
                told_at=datetime.fromtimestamp(told, UTC).replace(tzinfo=None),
                product=world.known.titles[block.lines.sku[line]],
                body=said.texts[text],
                turn=turn if turn >= 0 else None,
                leaves=one.leaves if one else (),
                mood=one.mood if one else 0,
                topic=bool(one and one.matter == TOPIC),
                **answer,
            )


def _answers(world: World) -> dict[tuple[int, int], dict[str, Any]]:
    """By conversation and turn: who answered it, how, and whether a fault was passed on."""
    messages, said = world.messages, world.remarks
    answers = (messages.role == AGENT) & (messages.turn >= 0) & (messages.sent <= world.as_of)
    rows = np.flatnonzero(answers & ~world.said.holds("recall", messages.text))
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for chat, turn, agent, text, manner, reports in zip(
        messages.chat[rows].tolist(),
        messages.turn[rows].tolist(),
        messages.agent[rows].tolist(),
        messages.text[rows].tolist(),
        said.manner[rows].tolist(),
        said.reports[rows].tolist(),
        strict=True,
    ):
        found[chat, turn] = {
            "agent": world.shop.agents[agent],
            "answer": said.texts[text],
            "manner": MANNERS[manner] if manner >= 0 else None,
            "reported": bool(reports) if reports >= 0 else None,
        }
    return found


def _review_number(world: World, review: int) -> int:
    """As the table of reviews has it."""
    line = int(world.reviews.line[review])
    order = world.block.lines.order[line]
    return int(world.block.orders.number[order]) - 2 * 10**17 + line % 2 * 2
