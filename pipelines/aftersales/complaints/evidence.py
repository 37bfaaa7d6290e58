"""Where in a text the phrases of a taxonomy are, guards taken into account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aftersales.complaints import matcher
from aftersales.complaints.folding import fold, fold_all
from aftersales.complaints.taxonomy import Guard, Pattern, Phrase, Taxonomy

Span = tuple[int, int]
# Longer texts are read in pieces: nobody complains across so many characters, and no phrase may
# take more than the square of it.
PIECE = 2000
_ENDS = re.compile(r"[.!?;。\n]")
_LETTER = re.compile("[a-z]")
_BLANK = "\n"  # what a guarded span becomes: nothing a phrase runs across


@dataclass(frozen=True)
class Text:
    """A text to be classified.

    Attributes:
        body: what was written.
        source: case, chat, ticket, call or review; None: not known.
        product: the title of what it is about, for phrases of certain goods.
        reason: keys of the leaves the reason picked with it stands for.
    """

    body: str
    source: str | None = None
    product: str | None = None
    reason: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """One phrase found.

    Attributes:
        span: begin and end in the text, in characters.
    """

    pattern: Pattern
    span: Span

    @property
    def phrase(self) -> Phrase:
        """What the phrase is."""
        assert isinstance(self.pattern.phrase, Phrase)  # noqa: S101 - guards are never hits
        return self.pattern.phrase


class _Reader:
    """The patterns of one language, by the engine that suits how many texts are to come."""

    def __init__(self, wanted: Sequence[Pattern], language: str, cache: Path | None) -> None:
        self._numbers = [n for n, each in enumerate(wanted) if each.language == language]
        self._patterns = [wanted[number].text for number in self._numbers]
        self._cache = cache
        self.engine: matcher.Engine = matcher.PlainEngine([])
        self._is_chosen = False

    def choose(self, texts: int) -> None:
        """The engine for so many texts; one that was worth compiling stays."""
        if not self._is_chosen or (
            texts >= matcher.WORTH_COMPILING and isinstance(self.engine, matcher.PlainEngine)
        ):
            self.engine = matcher.engine(self._patterns, self._cache, texts)
            self._is_chosen = True

    def hits(self, folded: str) -> list[int]:
        """The numbers of the patterns in a folded text, in order."""
        return [self._numbers[place] for place in self.engine.hits(folded)]


class Finder:
    """The phrases of a taxonomy, ready to be looked for.

    Args:
        speaker: whose texts are read: the customer's leaves and signals, or the agent's signals.
        cache: where the compiled phrases are kept.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        *,
        speaker: str = "customer",
        cache: Path | None = None,
    ) -> None:
        agents = {name for name, told in taxonomy.signals.items() if told.speaker == "agent"}
        wanted = [
            pattern
            for pattern in taxonomy.patterns
            if (pattern.told_by in agents) == (speaker == "agent") or not pattern.told_by
        ]
        self._patterns = tuple(wanted)
        self._leaf_tops = {key: leaf.top for key, leaf in taxonomy.leaves.items()}
        self._searches = [matcher.searched(each.text) for each in wanted]
        self._readers = {
            language: _Reader(wanted, language, cache / f"{speaker}-{language}" if cache else None)
            for language in ("zh", "en")
        }
        self._guards = frozenset(
            number for number, each in enumerate(wanted) if isinstance(each.phrase, Guard)
        )
        self._products = {
            number: re.compile(fold(each.phrase.products), re.ASCII)
            for number, each in enumerate(wanted)
            if isinstance(each.phrase, Phrase) and each.phrase.products is not None
        }

    def expect(self, texts: int) -> None:
        """That many texts are coming, batch by batch: choose by all of them how to read."""
        for reader in self._readers.values():
            reader.choose(texts)

    @property
    def engines(self) -> dict[str, str]:
        """The engine's name by language."""
        return {language: reader.engine.name for language, reader in self._readers.items()}

    def matched(self, bodies: Sequence[str]) -> list[list[int]]:
        """The numbers of the patterns in each text, before guards; for measuring the engines."""
        self.expect(len(bodies))
        return [self._numbers(folded) for folded in fold_all(bodies)]

    def _numbers(self, folded: str) -> list[int]:
        """The patterns in a text, by the readers of the scripts it is written in."""
        has_letters = _LETTER.search(folded) is not None
        found = self._readers["en"].hits(folded) if has_letters else []
        if not has_letters or not folded.isascii():
            return sorted(found + self._readers["zh"].hits(folded))
        return found

    def find(self, texts: Sequence[Text]) -> list[list[Hit]]:
        """Every phrase found in each text that no guard takes away, in the order of the phrases."""
        self.expect(len(texts))
        return [
            self._found(text, folded)
            for text, folded in zip(texts, fold_all([text.body for text in texts]), strict=True)
        ]

    def _found(self, text: Text, folded: str) -> list[Hit]:
        if len(folded) <= PIECE:
            numbers = self._numbers(folded)
            return self._confirmed(text, folded, numbers, 0) if numbers else []
        found: dict[int, Hit] = {}
        for begin, end in pieces(folded):
            piece = folded[begin:end]
            for hit in self._confirmed(text, piece, self._numbers(piece), begin):
                found.setdefault(id(hit.pattern), hit)
        order = {id(pattern): number for number, pattern in enumerate(self._patterns)}
        return [found[key] for key in sorted(found, key=order.__getitem__)]

    def _confirmed(self, text: Text, folded: str, numbers: list[int], offset: int) -> list[Hit]:
        guarded = [number for number in numbers if number in self._guards]
        blanked: dict[tuple[int, ...], str] = {(): folded}
        found = []
        for number in numbers:
            if number in self._guards:
                continue
            pattern = self._patterns[number]
            phrase = pattern.phrase
            if not isinstance(phrase, Phrase) or not self._in_scope(number, phrase, text):
                continue
            seen = folded
            if guarded:
                by = tuple(g for g in guarded if self._guards_it(g, pattern.told_by))
                if by not in blanked:
                    blanked[by] = self._without(folded, by)
                seen = blanked[by]
            match = self._searches[number].search(seen)
            if match is not None:
                found.append(Hit(pattern, (match.start() + offset, match.end() + offset)))
        return found

    def _guards_it(self, guard: int, told_by: str) -> bool:
        """Guards are for leaves: a threat in praise is still a threat."""
        spares = self._patterns[guard].phrase
        if told_by not in self._leaf_tops or not isinstance(spares, Guard):
            return False
        return told_by not in spares.spares and self._leaf_tops[told_by] not in spares.spares

    def _without(self, folded: str, guards: tuple[int, ...]) -> str:
        for guard in guards:
            folded = self._searches[guard].sub(lambda m: _BLANK * len(m[0]), folded)
        return folded

    def _in_scope(self, number: int, phrase: Phrase, text: Text) -> bool:
        if phrase.sources and text.source is not None and text.source not in phrase.sources:
            return False
        product = self._products.get(number)
        return product is None or (
            text.product is not None and product.search(_fold_once(text.product)) is not None
        )


@lru_cache(maxsize=4096)
def _fold_once(title: str) -> str:
    return fold(title)


def pieces(folded: str) -> list[Span]:
    """A long text cut behind sentences, where there are any, into parts of at most PIECE."""
    found = []
    begin = 0
    while len(folded) - begin > PIECE:
        ends = [match.end() for match in _ENDS.finditer(folded, begin, begin + PIECE)]
        end = ends[-1] if ends else begin + PIECE
        found.append((begin, end))
        begin = end
    return [*found, (begin, len(folded))]
