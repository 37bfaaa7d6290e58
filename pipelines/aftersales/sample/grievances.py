"""What can be complained of in the sample, and how it is put: grievances.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from aftersales.contracts import read_yaml
from aftersales.errors import ConfigError
from aftersales.sample.catalogue import Catalogue, Ints

REGISTERS = ("chat", "case", "review")
CHAT, CASE, REVIEW = range(len(REGISTERS))
# What is written about beside the leaves: no complaint, the same later on, and what no leaf knows.
FINE, FINE_LATER, TOPIC = "fine", "follow_up", "topic"
MOODS = 3

_SENTENCE = re.compile(r"([123])(?:/(\S+))? (\S.*)", re.DOTALL)
_COLOUR = re.compile(r"(?:颜色分类：)?([^;\[/]+)")


@dataclass(frozen=True)
class Sentence:
    """One way to put something.

    Attributes:
        matter: what it is about: a leaf, maybe narrowed down, or what is none.
        leaves: what is complained of; none where it is no complaint.
        mood: 0 where it is none, 1 mild, 2 clear, 3 strong.
        about: a kind of goods or a part of an article's number; none: any.
    """

    text: str
    matter: str
    leaves: tuple[str, ...]
    mood: int
    about: str | None = None


@dataclass(frozen=True)
class Repertoire:
    """All sentences of a language, to be drawn from by what they are about.

    Attributes:
        matters: what can be written about: leaves, some narrowed down, and what is none.
        moods: of each sentence.
        of_tickets: the numbers of what the catalogue's kinds of tickets say.
        groups: numbers of sentences, end to end, a group for every register, matter, article and
            mood.
        first: where each group begins; ``size`` how many it has.
        colours: of each option; ``names`` what people call each article.
    """

    sentences: list[Sentence]
    matters: list[str]
    moods: Ints
    of_tickets: Ints
    groups: Ints
    first: Ints
    size: Ints
    colours: list[str]
    names: list[list[str]]
    told: Mapping[str, Any]

    def matter(self, name: str) -> int:
        """The number of something to write about."""
        return self.matters.index(name)

    def pick(
        self, rng: np.random.Generator, register: int, matter: Ints, sku: Ints, mood: Ints
    ) -> Ints:
        """Numbers of sentences about these matters, as upset as wanted where there is one."""
        about = (register * len(self.matters) + matter) * len(self.names) + sku
        group = about * MOODS + np.maximum(mood, 1) - 1
        picked: Ints = self.groups[self.first[group] + rng.integers(0, self.size[group])]
        return picked

    def compose(
        self, rng: np.random.Generator, register: int, sentence: Ints, sku: Ints, option: Ints
    ) -> list[str]:
        """Sentences as somebody writes them, with all that is left open filled in."""
        count, named = len(sentence), REGISTERS[register]
        begins, ends = self.told["begins"][named], self.told["ends"][named]
        clock = self.told["clock"]
        figures = rng.integers(0, 2**31, (count, 8)).tolist()
        texts: list[str] = []
        for row, number, article, choice in zip(
            figures, sentence.tolist(), sku.tolist(), option.tolist(), strict=True
        ):
            a, b, c, d, e, f, g, h = row
            text = self.sentences[number].text
            end = ends[b % len(ends)]
            # What ends with a mark of its own is not ended again.
            if text[-1] in "?!.？！。" and end:
                end = end.lstrip("，。.")
            whole = begins[a % len(begins)] + text + end
            if "{" in whole:
                k = 2 + c % 8
                whole = whole.format(
                    item=self.names[article][d % len(self.names[article])],
                    colour=self.colours[choice],
                    k=k,
                    d=3 + e % 19,
                    h=12 + f % 60,
                    n=5 + g % 94,
                    no=f"{h % 10_000:04}",
                    t=clock[(c >> 8) % len(clock)].format(k=k),
                )
            texts.append(whole)
        return texts


def repertoire(known: Catalogue, language: str) -> Repertoire:
    """What a merchant's buyers say in a language."""
    told = _told(language)
    written: dict[tuple[int, str], list[Sentence]] = {}
    for register, name in enumerate(REGISTERS):
        for matter, registers in told["leaves"].items():
            leaf = matter.split()[0]
            written[register, matter] = [
                _sentence(text, matter, (leaf,)) for text in registers.get(name, [])
            ]
        for text in told["pairs"].get(name, []):
            both, _, rest = text.partition(" ")
            pair = tuple(both.split("+"))
            written[register, pair[0]].append(_sentence(rest, pair[0], pair))
        written[register, TOPIC] = [
            _sentence(text, TOPIC, ()) for text in told["topic"].get(name, [])
        ]
        for matter in (FINE, FINE_LATER):
            texts = told["fine"].get(matter if matter == FINE_LATER else name, [])
            written[register, matter] = [Sentence(text, matter, (), 0) for text in texts]
    sentences = [one for group in written.values() for one in group]
    tickets = [
        Sentence(kind["text"], kind["leaf"], (kind["leaf"].split()[0],), kind["mood"])
        for kind in known.told["tickets"]
    ]
    of_tickets = len(sentences) + np.arange(len(tickets))
    numbers: dict[tuple[int, str], list[int]] = {key: [] for key in written}
    for number, key in enumerate(key for key, group in written.items() for _ in group):
        numbers[key].append(number)
    matters = [*told["leaves"], FINE, FINE_LATER, TOPIC]
    kinds = [known.kinds[kind] for kind in known.kind.tolist()]
    groups = [
        _fitting(sentences, _anywhere(numbers, register, matter), sku, kind, mood)
        for register in range(len(REGISTERS))
        for matter in matters
        for sku, kind in zip(known.skus, kinds, strict=True)
        for mood in range(1, MOODS + 1)
    ]
    size = np.array([len(group) for group in groups], dtype=np.int64)
    return Repertoire(
        sentences=[*sentences, *tickets],
        of_tickets=of_tickets,
        matters=matters,
        moods=np.array([one.mood for one in [*sentences, *tickets]], dtype=np.int64),
        groups=np.array([number for group in groups for number in group], dtype=np.int64),
        first=np.cumsum(size) - size,
        size=size,
        colours=[_colour(option) for option in known.options.texts],
        names=[told["names"][sku] for sku in known.skus],
        told=told,
    )


@cache
def _told(language: str) -> dict[str, Any]:
    name = "grievances.yml" if language == "zh" else f"grievances.{language}.yml"
    told: dict[str, Any] = read_yaml(Path(__file__).with_name(name))
    return told


def _sentence(text: str, matter: str, leaves: tuple[str, ...]) -> Sentence:
    found = _SENTENCE.fullmatch(text)
    if found is None:
        raise ConfigError(
            f"'{text}' does not begin with how upset it is",
            fix="begin it with 1, 2 or 3",
            file=str(Path(__file__).with_name("grievances.yml")),
        )
    return Sentence(found[3], matter, leaves, int(found[1]), found[2])


def _anywhere(
    numbers: Mapping[tuple[int, str], list[int]], register: int, matter: str
) -> list[int]:
    """Sentences about a matter where they are written; of what is not, those of other places."""
    elsewhere = [n for other in range(len(REGISTERS)) for n in numbers[other, matter]]
    return numbers[register, matter] or elsewhere


def _fitting(
    sentences: Sequence[Sentence], numbers: list[int], sku: str, kind: str, mood: int
) -> list[int]:
    """Of these the ones that fit the goods, as near to a mood as there are any."""
    fit = [n for n in numbers if (about := sentences[n].about) is None or about in (kind, sku[3:5])]
    fit = fit or numbers
    off = min((abs(sentences[n].mood - mood) for n in fit), default=0)
    return [n for n in fit if abs(sentences[n].mood - mood) == off]


def _colour(option: str) -> str:
    found = _COLOUR.match(option)
    return found[1].strip() if found else option
