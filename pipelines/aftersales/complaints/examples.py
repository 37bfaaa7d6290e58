"""The sentences beside each leaf and signal, held against its phrases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aftersales.complaints.evidence import Finder, Text
from aftersales.complaints.taxonomy import Taxonomy


@dataclass(frozen=True)
class Failure:
    """Something the phrases do not do as their file says.

    Attributes:
        where: the leaf or signal, or one of its phrases.
        what: what is wrong; sentence: with which one.
    """

    where: str
    what: str
    sentence: str

    def told(self) -> dict[str, str]:
        """As a row to print."""
        return {"where": self.where, "what": self.what, "sentence": self.sentence}


def failures(taxonomy: Taxonomy) -> Iterator[Failure]:
    """Must-hits that are not found, must-not-hits that are, and phrases no must-hit needs."""
    finders = {speaker: Finder(taxonomy, speaker=speaker) for speaker in ("customer", "agent")}
    for key, told in [*taxonomy.leaves.items(), *taxonomy.signals.items()]:
        speaker = getattr(told, "speaker", "customer")
        used: set[str] = set()
        for sentence in told.hits:
            rules = _rules(finders[speaker], key, sentence)
            used |= rules
            if not rules:
                yield Failure(key, "must be found, and is not", sentence)
        for sentence in told.misses:
            for rule in sorted(_rules(finders[speaker], key, sentence)):
                yield Failure(rule, "finds what it must not", sentence)
        for pattern in taxonomy.patterns:
            if pattern.told_by == key and pattern.rule not in used:
                yield Failure(pattern.rule, "no must-hit of its file has it", "")


def _rules(finder: Finder, key: str, sentence: str) -> set[str]:
    """The phrases of a leaf found in a sentence; of any goods, since examples name none."""
    (hits,) = finder.find([Text(sentence, product=sentence)])
    return {hit.pattern.rule for hit in hits if hit.pattern.told_by == key}
