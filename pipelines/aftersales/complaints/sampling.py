"""Which texts people are asked to label: half at random, half those we are least sure of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aftersales.complaints.model import Floats, Model, calibrate
from aftersales.complaints.speaking import EMOTIONS, LANGUAGES

Half = Literal["random", "uncertain"]


@dataclass(frozen=True)
class Found:
    """A category found in a text, when the sheet was drawn."""

    leaf: str
    tier: str
    score: float


@dataclass(frozen=True)
class Read:
    """A distinct text of the period, and what was found in it.

    Attributes:
        key: of the text in the warehouse.
        emotion: 0 to 3; version: of taxonomy, phrases and weights together.
    """

    key: str
    body: str
    source: str
    language: str
    emotion: int
    version: str
    labels: tuple[Found, ...]


@dataclass(frozen=True)
class Drawn:
    """A text to be labelled, and why it was drawn."""

    read: Read
    half: Half


def draw(texts: Sequence[Read], size: int, seed: int, model: Model) -> list[Drawn]:
    """Texts in an order that tells nothing; all of them, as at random, where there are too few.

    The random half is drawn from all the texts, the other half from what is left.
    """
    generator = np.random.default_rng(seed)
    ordered = sorted(texts, key=lambda read: read.key)
    shuffled = [ordered[number] for number in generator.permutation(len(ordered))]
    if len(shuffled) <= size:
        return [Drawn(read, "random") for read in shuffled]
    at_random = (size + 1) // 2
    rest = shuffled[at_random:]
    nearest = np.argsort(_distances(rest, model), kind="stable")[: size - at_random]
    drawn = [Drawn(read, "random") for read in shuffled[:at_random]]
    drawn += [Drawn(rest[number], "uncertain") for number in nearest]
    return [drawn[number] for number in generator.permutation(len(drawn))]


def _distances(texts: Sequence[Read], model: Model) -> Floats:
    """How far each text's most doubtful category is from the limit; shape (texts,).

    Of a text with labels the one nearest to its limit, of one without the one that came nearest.
    """
    languages = np.array([LANGUAGES.index(read.language) for read in texts])
    leaves = [name for name in model.outputs if name not in EMOTIONS]
    columns = [model.column[name] for name in leaves]
    found = np.full(len(texts), 1.0)
    for row, read in enumerate(texts):
        for label in read.labels:
            known = label.leaf in model.column
            limit = model.thresholds[languages[row], model.column[label.leaf]] if known else 0.5
            found[row] = min(found[row], abs(label.score - float(limit)))
    silent = [row for row, read in enumerate(texts) if not read.labels]
    if silent and columns:
        odds = model.odds([texts[row].body for row in silent])
        unspoken = np.zeros(odds.shape, np.int8)
        scores = calibrate(model.calibration, languages[silent], odds, unspoken)
        short = np.abs(model.thresholds[languages[silent]] - scores)[:, columns]
        found[silent] = short.min(axis=1)
    return found
