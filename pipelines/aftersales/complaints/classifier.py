"""A text's complaint categories, feeling and signals, each with the words that tell it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aftersales.complaints import model as models
from aftersales.complaints import taxonomy as taxonomies
from aftersales.complaints.evidence import Finder, Hit, Span, Text
from aftersales.complaints.masking import quoted
from aftersales.complaints.model import GENERIC, SILENT, Floats, Model, Ngrams
from aftersales.complaints.scoring import UNSPECIFIED, labels
from aftersales.complaints.speaking import EMOTIONS, LANGUAGES, language_of, shout, spoken
from aftersales.complaints.taxonomy import Taxonomy

Tier = Literal["A", "B", "C"]
# A label of tier A was right four times in five on texts nobody had trained on, of B in half.
TIERS: tuple[tuple[Tier, float], ...] = (("A", 0.8), ("B", 0.5), ("C", 0.0))
# What a platform's reason that says the same adds to the log-odds: it triples the odds at most,
# and alone labels nothing. Shoppers pick the reason that frees return postage.
PRIOR = math.log(3)


@dataclass(frozen=True)
class Label:
    """One category of a text.

    Attributes:
        tier: A, B or C, by how often such labels are right; score: that, 0 to 1.
        rule: the phrase that tells it; None where only the model does.
        source: phrase, model or both.
        span: begin and end of the evidence, in characters.
        ngrams: what weighs most for the model; empty where a phrase tells it.
    """

    leaf: str
    code: str
    tier: Tier
    score: float
    rule: str | None
    source: str
    span: Span
    ngrams: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signal:
    """Something else a text tells, and where."""

    name: str
    rule: str
    span: Span


@dataclass(frozen=True)
class Result:
    """What one text says.

    Attributes:
        emotion: 0 content or neutral, 1 mild, 2 clear, 3 strong.
        emotion_span: where the strongest words are; None where no words of the lists say it.
        version: of taxonomy, phrases and weights together.
    """

    labels: tuple[Label, ...]
    emotion: int
    emotion_span: Span | None
    signals: tuple[Signal, ...]
    is_redline: bool
    language: str
    version: str

    def told(self, text: str) -> dict[str, Any]:
        """In JSON's terms; what is quoted is masked."""
        found = {signal.name: list(signal.span) for signal in self.signals}
        return {
            "labels": [
                {
                    "leaf": label.leaf,
                    "code": label.code,
                    "tier": label.tier,
                    "score": round(label.score, 3),
                    "source": label.source,
                    "rule": label.rule,
                    "span": list(label.span),
                    "evidence": quoted(text, label.span),
                    "ngrams": list(label.ngrams),
                }
                for label in self.labels
            ],
            "emotion": self.emotion,
            "emotion_span": list(self.emotion_span) if self.emotion_span else None,
            **{name: found.get(name) for name in SIGNALS},
            "is_redline": self.is_redline,
            "language": self.language,
            "version": self.version,
        }


SIGNALS = ("escalation", "churn", "repeat_contact", "empathy_needed")
# The words that tell a level, strongest first.
_EMOTION_WORDS = ("emotion_3", "emotion_2")


class Classifier:
    """Phrases and model together.

    Args:
        layers: the folders of sql/, the workspace's last.
        cache: where compiled phrases are kept; None: nowhere.
    """

    def __init__(self, layers: tuple[Path, ...], cache: Path | None = None) -> None:
        self.taxonomy: Taxonomy = taxonomies.load(layers)
        self.model: Model = models.load(layers, taxonomies.FOLDER)
        self._cache = cache
        self.finder = Finder(self.taxonomy, cache=cache)

    @cached_property
    def agents(self) -> Finder:
        """What agents' words are searched for."""
        return Finder(self.taxonomy, speaker="agent", cache=self._cache)

    @cached_property
    def version(self) -> str:
        """A hash over taxonomy, phrases and weights, twelve hex characters."""
        both = f"{self.taxonomy.version}{self.model.version}"
        return hashlib.sha256(both.encode()).hexdigest()[:12]

    def classify(self, texts: Sequence[Text]) -> list[Result]:
        """One result a text, in order."""
        if not texts:
            return []
        bodies = [text.body for text in texts]
        hits = self.finder.find(texts)
        outputs = (*self.taxonomy.leaves, *EMOTIONS)
        ways = spoken(hits, bodies, outputs)
        languages = np.array([LANGUAGES.index(language_of(body)) for body in bodies])
        reading = self.model.read(bodies)
        odds, calibration, limits = self._arranged(outputs, reading.odds)
        odds = odds + self._prior(texts, outputs)
        scores = models.calibrate(calibration, languages, odds, ways)
        alone = models.calibrate(calibration, languages, odds, np.zeros_like(ways))
        agrees = alone >= limits[languages]
        leaves = len(self.taxonomy.leaves)
        found = labels(
            self.taxonomy, scores[:, :leaves], ways[:, :leaves], limits[languages][:, :leaves]
        )
        levels = (scores[:, leaves:] >= limits[languages][:, leaves:]).astype(np.int64)
        # Where nothing is written the model has only its prior to go by.
        wordless = np.array([not any(map(str.isalnum, body)) for body in bodies])
        found[wordless] &= ways[wordless, :leaves] >= GENERIC
        levels[wordless] &= ways[wordless, leaves:] >= GENERIC
        emotion = np.cumprod(levels, axis=1).sum(axis=1)
        return [
            self._result(
                text,
                hits[row],
                scores[row],
                found[row],
                agrees[row],
                int(emotion[row]),
                partial(reading.evidence, row, text.body),
            )
            for row, text in enumerate(texts)
        ]

    def _arranged(self, outputs: tuple[str, ...], told: Floats) -> tuple[Floats, Floats, Floats]:
        """Odds, calibration and limits with a column an output, also for leaves never trained."""
        at = [outputs.index(name) for name in self.model.outputs if name in outputs]
        there = [self.model.column[outputs[column]] for column in at]
        odds = np.full((len(told), len(outputs)), -8.0)
        odds[:, at] = told[:, there]
        shape = (len(LANGUAGES), len(outputs))
        calibration = np.zeros((*shape, models.WAYS, 2))
        calibration[:, :, SILENT, 0] = -8.0  # a phrase of a new leaf is as good as a coin
        calibration[:, at] = self.model.calibration[:, there]
        limits = np.full(shape, 0.5)
        limits[:, at] = self.model.thresholds[:, there]
        return odds, calibration, limits

    def _prior(self, texts: Sequence[Text], outputs: tuple[str, ...]) -> Floats:
        found = np.zeros((len(texts), len(outputs)))
        for row, text in enumerate(texts):
            for leaf in text.reason:
                if leaf in outputs and leaf != UNSPECIFIED:
                    found[row, outputs.index(leaf)] = PRIOR
        return found

    def _result(
        self,
        text: Text,
        hits: list[Hit],
        scores: Floats,
        found: Any,
        agrees: Any,
        emotion: int,
        evidence: Callable[[str], Ngrams | None],
    ) -> Result:
        by: dict[str, list[Hit]] = {}
        for hit in hits:
            by.setdefault(hit.pattern.told_by, []).append(hit)
        names = list(self.taxonomy.leaves)
        told = [
            self._label(
                text.body,
                names[column],
                float(scores[column]),
                by.get(names[column], []),
                agrees=bool(agrees[column]),
                evidence=evidence,
            )
            for column in np.flatnonzero(found)
        ]
        told.sort(key=lambda label: (-label.score, label.leaf))
        signals = tuple(
            Signal(name, by[name][0].pattern.rule, by[name][0].span)
            for name in SIGNALS
            if name in by
        )
        return Result(
            tuple(told),
            emotion,
            _emotion_span(text.body, by) if emotion >= 2 else None,
            signals,
            any(self.taxonomy.leaves[label.leaf].redline for label in told),
            language_of(text.body),
            self.version,
        )

    def _label(
        self,
        body: str,
        leaf: str,
        score: float,
        hits: list[Hit],
        *,
        agrees: bool,
        evidence: Callable[[str], Ngrams | None],
    ) -> Label:
        tier = next(name for name, least in TIERS if score >= least)
        code = self.taxonomy.leaves[leaf].code
        strong = [hit for hit in hits if not hit.phrase.weak] or hits
        if strong:
            # The longest says most.
            best = max(strong, key=lambda hit: hit.span[1] - hit.span[0])
            source = "both" if agrees else "phrase"
            return Label(leaf, code, tier, score, best.pattern.rule, source, best.span)
        ngrams = evidence(leaf) or Ngrams((0, len(body)), ())
        return Label(leaf, code, tier, score, None, "model", ngrams.span, ngrams.texts)


def _emotion_span(body: str, by: dict[str, list[Hit]]) -> Span | None:
    for name in _EMOTION_WORDS:
        if name in by:
            return by[name][0].span
    return shout(body)
