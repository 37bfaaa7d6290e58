"""What a platform's reason for a case is about: sql/reasons.yml as one look-up."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from aftersales.contracts import read_yaml, refusal
from aftersales.errors import ConfigError

FILE = "reasons.yml"
# The list every platform's reasons are looked up in after its own.
ANY = "*"


def plain(word: str) -> str:
    """A word without case, width and blanks, which lists of reasons do not keep."""
    return "".join(unicodedata.normalize("NFKC", word).casefold().split())


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contains(_Strict):
    """Parts of a reason, any of which makes it one of a family."""

    has: list[str]
    family: str


class _File(_Strict):
    families: dict[str, str] = {}
    words: dict[str, dict[str, list[str]]] = {}
    contains: dict[str, list[Contains]] = {}

    @model_validator(mode="after")
    def _a_word_is_of_one_family(self) -> _File:
        for platform, lists in self.words.items():
            seen: dict[str, str] = {}
            for family, words in lists.items():
                for word in words:
                    if seen.setdefault(plain(word), family) != family:
                        raise ValueError(f"'{word}' of {platform} is in two families")
        return self


class Reasons:
    """Families by platform and word.

    Attributes:
        families: what each is, by its name.
    """

    def __init__(self) -> None:
        self.families: dict[str, str] = {}
        self._words: dict[tuple[str, str], str] = {}
        self._contains: dict[str, list[tuple[str, str]]] = {}

    def add(self, content: _File) -> None:
        """Take in a layer, which is asked before those taken in so far.

        Raises:
            ValueError: it names a family nobody has said the meaning of.
        """
        self.families |= content.families
        named = [name for lists in content.words.values() for name in lists]
        named += [rule.family for rules in content.contains.values() for rule in rules]
        unknown = sorted(set(named) - set(self.families))
        if unknown:
            raise ValueError(f"'{unknown[0]}' is no family")
        for platform, lists in content.words.items():
            for family, words in lists.items():
                self._words |= {(platform, plain(word)): family for word in words}
        for platform, rules in content.contains.items():
            parts = [(plain(part), rule.family) for rule in rules for part in rule.has]
            self._contains[platform] = [*parts, *self._contains.get(platform, [])]

    def family(self, platform: str, reason: str) -> str | None:
        """The family of a reason as delivered; None where nobody knows the word."""
        word = plain(reason)
        for owner in (platform, ANY):
            if (owner, word) in self._words:
                return self._words[owner, word]
        for owner in (platform, ANY):
            for part, family in self._contains.get(owner, []):
                if part in word:
                    return family
        return None


def load(layers: tuple[Path, ...]) -> Reasons:
    """The reasons of all layers; a later one is asked first.

    Raises:
        ConfigError: a file is not YAML, holds an unknown key, or a family without a meaning.
    """
    found = Reasons()
    for path in (layer / FILE for layer in layers):
        if not path.is_file():
            continue
        try:
            found.add(_File.model_validate(read_yaml(path) or {}))
        except ValidationError as error:
            raise refusal(error, path) from error
        except ValueError as error:
            fix = "say under families what it is"
            raise ConfigError(str(error), fix=fix, file=str(path)) from error
    return found
