"""What is said in a shop's conversations, composed once so that a block only draws numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, product
from typing import Any

import numpy as np

from aftersales.sample.catalogue import Catalogue, Flags, Ints, Shop

# So many times each of the canned texts, every time with another figure.
_CANNED_FIGURES = 60
_FIGURES = re.compile(r"\{(k|d+)\}")


@dataclass(frozen=True)
class Wording:
    """All texts of a shop, kind by kind and group by group.

    A kind is who says it for what. The groups of ``opens``, ``follows`` and ``answers`` are the
    talks, those of ``recall`` the agents, those of ``transfer`` from whom (times the number of
    agents) to whom; other kinds have one group.

    Attributes:
        texts: what a message's number points into.
        first: by kind, where each group begins in ``texts``.
        size: by kind, how many texts each group has.
    """

    texts: list[str]
    first: Mapping[str, Ints]
    size: Mapping[str, Ints]

    def pick(self, rng: np.random.Generator, kind: str, groups: Ints) -> Ints:
        """Numbers of texts, one drawn from each of the given groups of a kind."""
        picked: Ints = self.first[kind][groups] + rng.integers(0, self.size[kind][groups])
        return picked

    def holds(self, kind: str, texts: Ints) -> Flags:
        """Which texts are of a kind."""
        begins = self.first[kind][0]
        inside: Flags = (texts >= begins) & (texts < begins + self.size[kind].sum())
        return inside

    def only(self, kind: str, groups: Ints) -> Ints:
        """Numbers of the texts of groups that have one each."""
        return self.first[kind][groups]


def wording(known: Catalogue, shop: Shop) -> Wording:
    """The texts of a shop's conversations."""
    told, agents = known.told, shop.agents
    talks = told["talks"]
    kinds: dict[str, list[list[str]]] = {
        "opens": [_led(told["customer_leads"], facts["opens"]) for facts in talks.values()],
        "follows": [facts["follows"] for facts in talks.values()],
        "answers": [_answers(told, name) for name in talks],
        "bot": [told["bot_says"]],
        "system": [told["system_says"]],
        "canned": [_figured(_CANNED_FIGURES * told["canned_says"])],
        "bulk": [[told["bulk_says"]]],
        "handoff": [[told["handoff_says"]]],
        "transfer": [[told["transfer_says"].format(*pair)] for pair in product(agents, agents)],
        "recall": [[told["recall_says"].format(agent)] for agent in agents],
    }
    texts: list[str] = []
    first: dict[str, Ints] = {}
    size: dict[str, Ints] = {}
    for kind, groups in kinds.items():
        size[kind] = np.array([len(group) for group in groups], dtype=np.int64)
        first[kind] = len(texts) + np.cumsum(size[kind]) - size[kind]
        texts += [text for group in groups for text in group]
    return Wording(texts, first, size)


def _led(leads: list[str], texts: list[str]) -> list[str]:
    return [lead + text for lead, text in product(leads, texts)]


def _answers(told: Mapping[str, Any], talk: str) -> list[str]:
    """Every lead, sentence on the matter, detail and closing that go together."""
    details = told["agent_details"]
    parts = (
        told["agent_leads"],
        told["talks"][talk]["answers"],
        details.get(talk, details["usual"]),
    )
    begun = _figured(["".join(chosen) for chosen in product(*parts)])
    return [text + closing for text in begun for closing in told["agent_closings"]]


def _figured(texts: list[str]) -> list[str]:
    """Texts with a figure from 2 to 9 for ``{k}``, and one of as many digits for ``{dd}``."""
    figures = _figures()

    def figure(mark: re.Match[str]) -> str:
        number = next(figures)
        width = len(mark[1])
        low = 10 ** (width - 1)
        return str(2 + number % 8 if mark[1] == "k" else low + number % (9 * low))

    return [_FIGURES.sub(figure, text) for text in texts]


def _figures() -> Iterator[int]:
    """Numbers that look drawn, always the same ones."""
    return (turn * 2_654_435_761 % 1_000_003 for turn in count(1))
