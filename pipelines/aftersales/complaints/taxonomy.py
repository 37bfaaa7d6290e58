"""The categories, the phrases that tell them and the signals beside them: sql/complaints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aftersales.complaints.patterns import BadPatternError, compiled
from aftersales.contracts import read_yaml, refusal
from aftersales.errors import ConfigError
from aftersales.reasons import plain
from aftersales.settings import layered_files

FOLDER = "complaints"
Language = Literal["zh", "en"]
Source = Literal["case", "chat", "ticket", "call", "review"]
Words = dict[Language, str]
Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Phrase(_Strict):
    """One pattern that tells a leaf or a signal.

    Attributes:
        match: a regular expression without look-around, anchors or back-references; {name} is a
            macro.
        weak: often about something else: counts only where the model thinks so too.
        generic: a verdict without particulars (服务差): dropped beside a particular of its top.
        sources: where the text must stand; none: anywhere.
        products: a pattern the product's title must have; none: any product, also none.
    """

    match: str
    weak: bool = False
    generic: bool = False
    sources: list[Source] = []
    products: str | None = None


Phrases = dict[Language, dict[str, Phrase]]


class _Told(_Strict):
    """What leaves and signals have in common: phrases, and sentences they are held against."""

    phrases: Phrases
    hits: list[str] = Field(min_length=1)
    misses: list[str] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _a_phrase_may_be_its_pattern(cls, told: object) -> object:
        if isinstance(told, dict) and isinstance(told.get("phrases"), dict):
            phrases = {
                language: {
                    name: {"match": each} if isinstance(each, str) else each
                    for name, each in named.items()
                }
                if isinstance(named, dict)
                else named
                for language, named in told["phrases"].items()
            }
            return {**told, "phrases": phrases}
        return told

    @model_validator(mode="after")
    def _a_name_is_of_one_phrase(self) -> _Told:
        names = [name for named in self.phrases.values() for name in named]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two phrases are named '{twice[0]}'")
        return self


class Leaf(_Told):
    """One category of complaints.

    Attributes:
        key: P1; code: PRD.DEFECT.
        owner: who has to act; none: the top's owner.
        redline: has to be looked at at once, whatever the numbers say.
        reasons: words of platforms' reason lists that say the same, by kind of list.
        yields_to: groups beside whose particulars its generic phrases are dropped too.
        misses: sentences near it that are not of it.
    """

    key: str = Field(alias="leaf", pattern=r"^[A-Z]\d$")
    code: str = Field(pattern=r"^[A-Z]{3}\.[A-Z]+$")
    title: Words
    means: Words
    action: Words
    owner: str | None = None
    redline: bool = False
    reasons: dict[str, list[str]] = {}
    yields_to: list[str] = []

    @property
    def top(self) -> str:
        """The key of the group it is in: the first half of its code."""
        return self.code.split(".", 1)[0]


class Signal(_Told):
    """Something else a text tells: how strong the feeling is, a threat, what an agent did.

    Attributes:
        speaker: whose words it is looked for in.
    """

    name: str = Field(alias="signal", pattern=r"^[a-z][a-z0-9_]*$")
    title: Words
    means: Words
    speaker: Literal["customer", "agent"] = "customer"


class Guard(_Strict):
    """What is taken out of a text before a leaf's phrases are believed: praise, denial, quotes.

    Attributes:
        spares: leaves and tops that are not guarded by it.
    """

    match: str
    means: Literal["praise", "denied", "quoted", "asked"]
    spares: list[str] = []


class Top(_Strict):
    """A group of leaves."""

    title: Words
    owner: str


class _Groups(_Strict):
    tops: dict[str, Top]


class _Macros(_Strict):
    macros: dict[str, str]


class _Guards(_Strict):
    guards: dict[str, Guard]


@dataclass(frozen=True)
class Pattern:
    """A phrase or guard as the engines get it.

    Attributes:
        rule: P1.quality_poor, escalation.court, guard.service_praised.
        told_by: the leaf's or the signal's key; the empty text for a guard.
        language: it is looked for in texts with Chinese characters, or with letters of ASCII.
        text: the folded regular expression.
    """

    rule: str
    told_by: str
    language: Language
    text: str
    phrase: Phrase | Guard = field(repr=False)


@dataclass(frozen=True)
class Taxonomy:
    """Everything sql/complaints says, checked.

    Attributes:
        version: a hash over all of it, twelve hex characters.
    """

    tops: Mapping[str, Top]
    leaves: Mapping[str, Leaf]
    signals: Mapping[str, Signal]
    guards: Mapping[str, Guard]
    patterns: tuple[Pattern, ...]
    version: str

    def owner(self, leaf: str) -> str:
        """Who has to act on a leaf."""
        found = self.leaves[leaf]
        return found.owner or self.tops[found.top].owner

    @cached_property
    def _by_reason(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for leaf in self.leaves.values():
            for words in leaf.reasons.values():
                for word in words:
                    found[plain(word)] = tuple(
                        dict.fromkeys((*found.get(plain(word), ()), leaf.key))
                    )
        return found

    def reasons(self, word: str) -> tuple[str, ...]:
        """The leaves a reason of a platform's list stands for; none where nobody knows it."""
        return self._by_reason.get(plain(word), ())


def load(layers: tuple[Path, ...]) -> Taxonomy:
    """Taxonomy, phrases, guards and signals of all layers; a later layer's file wins.

    Raises:
        ConfigError: a file is not YAML, lacks a part, holds an unknown key, names a group or leaf
            there is not, or a phrase no engine could be given.
    """
    files = layered_files(layers, FOLDER, "*.yml")
    return _load_once(layers, tuple((path, path.stat().st_mtime_ns) for path in files.values()))


@lru_cache(maxsize=8)  # the same files say the same, and a process may load them often
def _load_once(layers: tuple[Path, ...], _: tuple[tuple[Path, int], ...]) -> Taxonomy:
    files = layered_files(layers, FOLDER, "*.yml")
    tops = _read(_one(files, "tops"), _Groups).tops
    macros = _read(_one(files, "macros"), _Macros).macros
    guards = _read(_one(files, "guards"), _Guards).guards
    leaves: dict[str, Leaf] = {}
    signals: dict[str, Signal] = {}
    patterns: list[Pattern] = []
    for path in layered_files(layers, f"{FOLDER}/leaves", "*.yml").values():
        leaf = _read(path, Leaf)
        _check_leaf(leaf, path, tops, leaves)
        leaves[leaf.key] = leaf
        patterns += _patterns(leaf.key, leaf.phrases, macros, path)
    for path in layered_files(layers, f"{FOLDER}/signals", "*.yml").values():
        signal = _read(path, Signal)
        _check_name(signal.name, path)
        signals[signal.name] = signal
        patterns += _patterns(signal.name, signal.phrases, macros, path)
    patterns += _guard_patterns(guards, macros, {*tops, *leaves}, files["guards"])
    return Taxonomy(tops, leaves, signals, guards, tuple(patterns), _version(files))


def _one(files: Mapping[str, Path], stem: str) -> Path:
    if stem not in files:
        raise ConfigError(f"{FOLDER}/{stem}.yml is missing", fix="put it back", file="sql/")
    return files[stem]


def _read(path: Path, kind: type[Model]) -> Model:
    try:
        return kind.model_validate(read_yaml(path))
    except ValidationError as error:
        raise refusal(error, path) from error


def _check_leaf(
    leaf: Leaf, path: Path, tops: Mapping[str, Top], others: Mapping[str, Leaf]
) -> None:
    _check_name(leaf.key.lower(), path)
    if leaf.top not in tops:
        raise ConfigError(
            f"code: {leaf.code} is of no group there is",
            fix=f"begin it with one of: {', '.join(tops)}",
            file=str(path),
        )
    unknown = sorted(set(leaf.yields_to) - set(tops))
    if unknown:
        raise ConfigError(
            f"yields_to: '{unknown[0]}' is no group",
            fix=f"use some of: {', '.join(tops)}",
            file=str(path),
        )
    same = [other.key for other in others.values() if other.code == leaf.code]
    if same:
        raise ConfigError(
            f"code: {leaf.code} is that of {same[0]} too",
            fix="give it one of its own",
            file=str(path),
        )


def _check_name(name: str, path: Path) -> None:
    if path.stem != name:
        raise ConfigError(
            f"'{name}' is not the file's name", fix=f"name the file {name}.yml", file=str(path)
        )


def _patterns(
    told_by: str, phrases: Phrases, macros: Mapping[str, str], path: Path
) -> Iterator[Pattern]:
    for language, named in phrases.items():
        for name, phrase in named.items():
            rule = f"{told_by}.{name}"
            text = _compiled(phrase.match, macros, f"phrases.{language}.{name}", path)
            if phrase.products is not None:
                _compiled(phrase.products, macros, f"phrases.{language}.{name}.products", path)
            yield Pattern(rule, told_by, language, text, phrase)


def _guard_patterns(
    guards: Mapping[str, Guard], macros: Mapping[str, str], known: set[str], path: Path
) -> Iterator[Pattern]:
    for name, guard in guards.items():
        unknown = sorted(set(guard.spares) - known)
        if unknown:
            raise ConfigError(
                f"guards.{name}.spares: '{unknown[0]}' is no leaf and no group",
                fix=f"use some of: {', '.join(sorted(known))}",
                file=str(path),
            )
        text = _compiled(guard.match, macros, f"guards.{name}", path)
        language: Language = "en" if text.isascii() else "zh"
        yield Pattern(f"guard.{name}", "", language, text, guard)


def _compiled(pattern: str, macros: Mapping[str, str], where: str, path: Path) -> str:
    try:
        return compiled(pattern, macros)
    except BadPatternError as error:
        raise ConfigError(
            f"{where}: {error}",
            fix="rewrite that phrase, then: aftersales complaints test",
            file=str(path),
        ) from error


def _version(files: Mapping[str, Path]) -> str:
    total = hashlib.sha256()
    for stem, path in files.items():
        content = path.read_bytes()
        total.update(f"{stem}:{len(content)}:".encode() + content)
    return total.hexdigest()[:12]
