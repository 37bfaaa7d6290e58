"""What buyers write about what, how upset they are, and how they are answered.

Drawn behind everything else, over the messages, cases, reviews and tickets there are: nothing of
when something happens and who does it changes by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aftersales.sample.catalogue import Catalogue, Flags, Floats, Ints
from aftersales.sample.desk import AGENT, CUSTOMER, Chats, Messages, Tickets
from aftersales.sample.grievances import CASE, CHAT, FINE, FINE_LATER, REGISTERS, REVIEW, Repertoire
from aftersales.sample.plan import NEVER, Plan
from aftersales.sample.trade import COUPON, STOLEN, STRIKE, Block
from aftersales.sample.voices import Reviews
from aftersales.sample.wording import Wording

# How somebody who complains is answered: their feeling first, after the matter, or not at all.
FIRST, LATE, ONLY_MATTER = range(3)
NOT_ASKED = -1

_FINE_SHARE = 0.5  # of messages about nothing wrong, beside those every shop hears
_STARS_OF_TROUBLE, _STARS_BETWEEN = 2, 3
_TOLD_OF_THE_CASE = 0.7
_OWN_TICKET = 0.4
_PLIGHT_LEAVES = {STRIKE: "L2", STOLEN: "L3", COUPON: "V4"}
_FIGURES = re.compile(r"\{(k|d+)\}")
_NO_MATTER, _SILENT = "none", -1


@dataclass(frozen=True)
class Written:
    """One entry a text that may be written.

    Attributes:
        text: index into the texts; -1 where nothing is written.
        sentence: what it was made of, as a number of the repertoire's; -1 where it was not.
    """

    text: Ints
    sentence: Ints


@dataclass(frozen=True)
class Remarks:
    """All texts of a block, and what was planted into them.

    Attributes:
        texts: those of the shop's wording, then those of the block.
        repertoire: what the sentences' numbers point into.
        messages: by message; of people who answer no sentence.
        manner: by message: how an answer to somebody who complains goes, -1 of all others.
        reports: by message: 1 where it says that what the platform got wrong is passed on, 0 where
            it should and does not, -1 of all others.
    """

    texts: list[str]
    repertoire: Repertoire
    cases: Written
    reviews: Written
    follow_ups: Written
    tickets: Written
    messages: Written
    manner: Ints
    reports: Ints


def draw_remarks(
    rng: np.random.Generator,
    spoken: Repertoire,
    known: Catalogue,
    plan: Plan,
    said: Wording,
    block: Block,
    chats: Chats,
    messages: Messages,
    reviews: Reviews,
    tickets: Tickets,
) -> tuple[Messages, Remarks]:
    """The messages with what is written in them, and all that is written elsewhere.

    Args:
        rng: the block's own generator of texts.
        spoken: what the shop's buyers may say.
        known: the merchant.
        plan: the sample's calendar.
        said: what every shop says every day.
        block: with the cases that follow upon others.
        chats: the block's conversations.
        messages: theirs, in the wording's words.
        reviews: the block's.
        tickets: the block's that are listed alone.
    """
    pen = _Pen(rng, spoken, known, plan, block, list(said.texts))
    cases = pen.cases()
    first, later = pen.reviews(reviews)
    own = pen.tickets(tickets)
    messages, written, manner, reports = _Talk(pen, said, chats, messages).written()
    return messages, Remarks(
        texts=pen.texts,
        repertoire=spoken,
        cases=cases,
        reviews=first,
        follow_ups=later,
        tickets=own,
        messages=written,
        manner=manner,
        reports=reports,
    )


def manners(known: Catalogue, plan: Plan) -> Floats:
    """Cumulative planted probability of each manner but the last, by agent of the plan's shop."""
    told = [known.told["complaining"]["empathy"]] * len(plan.shop.agents)
    if cold := plan.spans.get("cold_agent"):
        told[plan.shop.agents.index(cold.facts["agent"])] = cold.facts
    shares: Floats = np.array([[one["first"], one["first"] + one["late"]] for one in told])
    if canned := plan.spans.get("canned_answers"):
        shares[plan.shop.agents.index(canned.facts["agent"])] = 0.0
    return shares


def passed_on(known: Catalogue, plan: Plan) -> float:
    """The planted share of what the platform gets wrong that an agent says was passed on."""
    less = plan.spans.get("unreported")
    share = less.facts["share"] if less else known.told["complaining"]["anomalies"]["passed_on"]
    return float(share)


class _Pen:
    """Draws what texts are about and writes them down."""

    def __init__(
        self,
        rng: np.random.Generator,
        spoken: Repertoire,
        known: Catalogue,
        plan: Plan,
        block: Block,
        texts: list[str],
    ) -> None:
        self.rng, self.spoken, self.known, self.plan, self.block = rng, spoken, known, plan, block
        self.texts = texts
        self.told: Mapping[str, Any] = known.told["complaining"]
        names = known.leaves.texts
        of_name = [_SILENT if n == _NO_MATTER else spoken.matter(n) for n in names]
        self.case_matter: Ints = np.array(of_name, dtype=np.int64)[block.cases.leaf]
        first_line = np.searchsorted(block.lines.order, np.arange(len(block.orders.number)))
        self._first_line: Ints = first_line

    def matter(self, name: str) -> int:
        """The number of something to write about."""
        return self.spoken.matter(name)

    def weighed(self, weights: Mapping[str, float], count: int) -> Ints:
        """What to write about, as often as the weights say."""
        matters = np.array([self.matter(name) for name in weights], dtype=np.int64)
        shares: Floats = np.array(list(weights.values()), dtype=np.float64)
        return self.rng.choice(matters, count, p=shares / shares.sum())

    def happens(self, share: float | Floats, count: int) -> Flags:
        """What comes true with a probability."""
        true: Flags = self.rng.random(count) < share
        return true

    def moods(self, register: int, count: int) -> Ints:
        """How upset somebody is who is: 1, 2 or 3."""
        shares = self.told["moods"][REGISTERS[register]]
        return 1 + self.rng.choice(len(shares), count, p=shares)

    def put(self, register: int, matter: Ints, line: Ints, mood: Ints) -> Written:
        """Texts about these matters and lines; none where the matter is -1."""
        rows = np.flatnonzero(matter != _SILENT)
        lines = self.block.lines
        sku, option = lines.sku[line[rows]], lines.option[line[rows]]
        sentence = np.full(len(matter), -1)
        sentence[rows] = self.spoken.pick(self.rng, register, matter[rows], sku, mood[rows])
        text = np.full(len(matter), -1)
        text[rows] = len(self.texts) + np.arange(len(rows))
        self.texts += self.spoken.compose(self.rng, register, sentence[rows], sku, option)
        return Written(text, sentence)

    def line_of(self, chats: Chats) -> Ints:
        """The line a conversation is about: its case's, or the order's first."""
        case_line = np.append(self.block.cases.line, 0)[chats.case]
        line: Ints = np.where(chats.case >= 0, case_line, self._first_line[chats.order])
        return line

    def overtaken(self, matter: Ints, times: Ints, may: Flags) -> Ints:
        """What is written about where something of those days is on everybody's mind."""
        for span in self.plan.spans.values():
            if about := span.facts.get("about"):
                met = may & span.holds(times) & self.happens(span.facts["share"], len(times))
                matter = np.where(met, self.matter(about), matter)
        return matter

    def cases(self) -> Written:
        """The descriptions of cases."""
        cases = self.block.cases
        return self.put(CASE, self.case_matter, cases.line, self.moods(CASE, len(cases.line)))

    def reviews(self, reviews: Reviews) -> tuple[Written, Written]:
        """Reviews, and what is written beneath them later."""
        block, count = self.block, len(reviews.line)
        fine = np.full(count, self.matter(FINE))
        of_line = np.full(len(block.lines.order), _SILENT)
        of_line[block.cases.line] = self.case_matter
        of_case = of_line[reviews.line]
        plight = block.orders.plight[block.lines.order[reviews.line]]
        own = self.weighed(self.told["reviews"], count)
        for index, leaf in _PLIGHT_LEAVES.items():
            own = np.where(plight == index, self.matter(leaf), own)
        of_case = np.where(np.isin(of_case, [_SILENT, fine[0]] if count else []), own, of_case)
        about = np.where(self.happens(_TOLD_OF_THE_CASE, count), of_case, own)
        is_low = reviews.rating <= _STARS_OF_TROUBLE
        between = reviews.rating == _STARS_BETWEEN
        between &= self.happens(self.told["review_share_of_three"], count)
        complains = is_low | between
        about = self.overtaken(about, reviews.reviewed, complains)
        mood = np.where(between, 1, self.moods(REVIEW, count))
        text = self.put(REVIEW, np.where(complains, about, fine), reviews.line, mood)
        after = np.where(is_low, about, self.matter(FINE_LATER))
        after = np.where(reviews.follows_up, after, _SILENT)
        return text, self.put(REVIEW, after, reviews.line, self.moods(REVIEW, count))

    def tickets(self, tickets: Tickets) -> Written:
        """What tickets say that are listed alone: their kind's own words, or a buyer's."""
        kinds, count = self.known.told["tickets"], len(tickets.order)
        own = len(self.texts) + tickets.kind
        self.texts += [kind["text"] for kind in kinds]
        matter = np.array([self.matter(kind["leaf"]) for kind in kinds])[tickets.kind]
        keeps = np.array([kind.get("is_own", False) for kind in kinds])[tickets.kind]
        keeps |= self.happens(_OWN_TICKET, count)
        line = self._first_line[tickets.order]
        buyers = self.put(CHAT, np.where(keeps, _SILENT, matter), line, self.moods(CHAT, count))
        said = self.spoken.of_tickets[tickets.kind]
        return Written(np.where(keeps, own, buyers.text), np.where(keeps, said, buyers.sentence))


class _Talk:
    """Writes the conversations of a block."""

    def __init__(self, pen: _Pen, said: Wording, chats: Chats, messages: Messages) -> None:
        self._pen, self._said, self._chats, self._messages = pen, said, chats, messages
        turns, count = chats.asked.shape[1], len(chats.order)
        self._shape = (count, turns)
        wait = np.where(chats.replied < NEVER, chats.replied, NEVER) - chats.asked
        waits = pen.told["waits"]
        limit = waits["ticket_seconds" if pen.plan.shop.is_ticketed else "seconds"]
        self._is_long: Flags = (chats.asked < NEVER) & (wait > limit)

    def written(self) -> tuple[Messages, Written, Ints, Ints]:
        """Messages with their texts; what each is about; how the answers go; what they report."""
        messages, pen = self._messages, self._pen
        rows = np.flatnonzero((messages.role == CUSTOMER) & (messages.turn >= 0))
        chat, turn, again = messages.chat[rows], messages.turn[rows], messages.again[rows]
        first = self._first_matters()
        matter, more = self._matters(first, chat, turn, again)
        base = pen.moods(CHAT, len(first))[chat] + more
        line = pen.line_of(self._chats)[chat]
        put = pen.put(CHAT, matter, line, np.minimum(base, 3))
        count = len(messages.chat)
        sentence, text = np.full(count, -1), messages.text.copy()
        sentence[rows] = put.sentence
        spoken = np.flatnonzero(put.text >= 0)
        text[rows[spoken]] = put.text[spoken]
        manner, reports, answers = self._answers(sentence)
        text = np.where(answers >= 0, answers, text)
        return replace(messages, text=text), Written(text, sentence), manner, reports

    def _first_matters(self) -> Ints:
        """What conversations begin with; -1 where they begin with nothing wrong."""
        pen, chats, count = self._pen, self._chats, self._shape[0]
        told, talks = pen.told, pen.known.talks
        of_case = np.append(pen.case_matter, _SILENT)[chats.case]
        begins = (chats.case >= 0) & pen.happens(told["begin"], count)
        matter = np.where(begins & (of_case != pen.matter(FINE)), of_case, _SILENT)
        alone = chats.case < 0
        for name, facts in told["small_talk"].items():
            may = alone & (chats.talk == talks.index(name)) & pen.happens(facts["share"], count)
            matter = np.where(may, pen.weighed(facts["of"], count), matter)
        struck = pen.block.orders.plight[chats.order] == STRIKE
        struck &= alone & (chats.talk == talks.index("shipping"))
        struck &= pen.happens(told["struck"], count)
        matter = np.where(struck, pen.matter("L2"), matter)
        return pen.overtaken(matter, chats.started, alone)

    def _matters(self, first: Ints, chat: Ints, turn: Ints, again: Flags) -> tuple[Ints, Ints]:
        """What every message of a buyer is about, and how much more upset it is than the first."""
        pen, told, count = self._pen, self._pen.told, len(chat)
        begun = first[chat]
        complains = begun != _SILENT
        is_first = (turn == 0) & ~again
        drawn = pen.rng.random(count)
        same = np.where(again, drawn < told["again_at_once"], drawn < told["again"])
        other = ~again & ~same & (drawn < told["again"] + told["later"])
        matter = np.where(is_first | (complains & same), begun, _SILENT)
        matter = np.where(complains & other & ~is_first, self._thens()[chat, turn], matter)
        before = np.maximum(turn - 1, 0)
        waited = np.where(again, self._is_long[chat, turn], self._is_long[chat, before])
        waited &= ~is_first & pen.happens(told["waits"]["share"], count)
        matter = np.where(waited, pen.matter("C1"), matter)
        fine = (matter == _SILENT) & ~again & pen.happens(_FINE_SHARE, count) & ~complains
        matter = np.where(fine & (self._chats.case[chat] < 0), pen.matter(FINE), matter)
        more = (complains & same & ~is_first) * 1
        return matter, more

    def _thens(self) -> Ints:
        """What else may come up, by conversation and turn."""
        thens = np.full(self._shape, _SILENT)
        for name, weights in self._pen.told["then"].items():
            rows = np.flatnonzero(self._chats.talk == self._pen.known.talks.index(name))
            drawn = self._pen.weighed(weights, len(rows) * self._shape[1])
            thens[rows] = drawn.reshape(len(rows), self._shape[1])
        return thens

    def _answers(self, sentence: Ints) -> tuple[Ints, Ints, Ints]:
        """By message: how an answer goes, what it reports, and its text where it is a new one."""
        messages, pen = self._messages, self._pen
        count = len(messages.chat)
        chat, turn, asks = messages.chat, messages.turn, sentence >= 0
        mood, about = np.zeros(self._shape, dtype=np.int64), np.full(self._shape, -1)
        moods = pen.spoken.moods[sentence[asks]]
        np.maximum.at(mood, (chat[asks], turn[asks]), moods)
        about[chat[asks], turn[asks]] = sentence[asks]
        wrong = np.full(self._shape[0], NEVER)
        is_wrong = self._is_of(sentence, pen.told["anomalies"]["leaves"])
        np.minimum.at(wrong, chat[is_wrong], turn[is_wrong])

        answers = (messages.role == AGENT) & (turn >= 0)
        # What was taken back answers nobody.
        answers &= ~self._said.holds("recall", messages.text)
        rows = np.flatnonzero(answers)
        complains = mood[chat[rows], turn[rows]] > 0
        behind = turn[rows] >= wrong[chat[rows]]
        _, begins = np.unique(np.where(behind, chat[rows], -1), return_index=True)
        is_next = np.zeros(len(rows), dtype=bool)
        is_next[begins] = True
        is_next &= behind
        limits = manners(pen.known, pen.plan)[messages.agent[rows]]
        reached = pen.rng.random(len(rows))[:, None] >= limits
        how = np.where(complains, reached.sum(axis=1), NOT_ASKED)
        passes = pen.happens(passed_on(pen.known, pen.plan), len(rows))
        canned = self._said.holds("canned", messages.text[rows])
        how = np.where(complains & canned, ONLY_MATTER, how)
        report = np.where(is_next, passes & ~canned, NOT_ASKED)
        manner, reports, text = (np.full(count, -1) for _ in range(3))
        manner[rows], reports[rows] = how, report
        new = np.flatnonzero((complains | behind) & ~canned)
        leaf = self._letters(about[chat[rows[new]], turn[rows[new]]])
        text[rows[new]] = len(pen.texts) + np.arange(len(new))
        pen.texts += self._compose(how[new], report[new] == 1, leaf)
        return manner, reports, text

    def _is_of(self, sentence: Ints, leaves: Sequence[str]) -> Flags:
        of = np.array([bool({*one.leaves} & {*leaves}) for one in self._pen.spoken.sentences])
        found: Flags = (sentence >= 0) & of[sentence]
        return found

    def _letters(self, sentence: Ints) -> list[str]:
        """The group of leaves each sentence is of."""
        letters = [(one.leaves or ("X0",))[0][0] for one in self._pen.spoken.sentences]
        return [letters[number] if number >= 0 else "X" for number in sentence.tolist()]

    def _compose(self, how: Ints, reports: Flags, letters: list[str]) -> list[str]:
        """Answers: what is said of the feeling and of the matter, in their order."""
        told = self._pen.spoken.told["replies"]
        drawn = self._pen.rng.integers(0, 2**31, (len(letters), 6)).tolist()
        texts = []
        for manner, report, letter, (a, b, c, d, e, f) in zip(
            how.tolist(), reports.tolist(), letters, drawn, strict=True
        ):
            matters = told["reports"] if report else told["matters"][letter]
            feel, matter = told["feels"][b % len(told["feels"])], matters[c % len(matters)]
            turn = told["turns"][d % len(told["turns"])]
            matter += told["ends"][e % len(told["ends"])]
            parts = {FIRST: [feel, matter], LATE: [matter, feel]}.get(manner, [matter])
            text = told["begins"][a % len(told["begins"])] + turn.join(parts)
            texts.append(_figured(text, f))
        return texts


def _figured(text: str, number: int) -> str:
    """A text with a figure from 2 to 9 for {k}, and one of as many digits for {dd}."""

    def figure(mark: re.Match[str]) -> str:
        low = 10 ** (len(mark[1]) - 1)
        return str(2 + number % 8 if mark[1] == "k" else low + number % (9 * low))

    return _FIGURES.sub(figure, text)
