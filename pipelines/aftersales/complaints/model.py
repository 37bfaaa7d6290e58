"""The learned layer: one linear model over n-grams, its weights in a file of plain arrays."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from aftersales.complaints.features import Runs, runs
from aftersales.errors import ConfigError

FILE = "model.npz"
Floats = npt.NDArray[np.float64]
# How phrases speak for an output: not at all, by weak ones only, by a verdict without particulars,
# by a particular.
SILENT, WEAK, GENERIC, STRONG = range(4)
WAYS = 4
_FAR = 12  # characters between two n-grams of one piece of evidence
_BATCH = 200_000  # characters looked at at a time


@dataclass(frozen=True)
class Ngrams:
    """What in a text speaks for an output.

    Attributes:
        span: where most of it is, in characters.
        texts: the n-grams that weigh most, heaviest first.
    """

    span: tuple[int, int]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """Weights, and what a score of them has been worth on texts the weights had not seen.

    Attributes:
        outputs: leaves, then emotion>=1, >=2, >=3.
        vocabulary: hashes of the n-grams, sorted; shape (features,).
        rarity: inverse document frequency; shape (features,).
        weights: shape (features, outputs); bias: shape (outputs,).
        calibration: shape (languages, outputs, ways, 2): by how phrases speak for an output,
            intercept and slope of the log-odds that it is right over the model's own log-odds.
        thresholds: shape (languages, outputs): the calibrated score from which on to label.
        version: a hash of the file, twelve hex characters.
        facts: what it was trained on, and how often it was right.
    """

    outputs: tuple[str, ...]
    vocabulary: npt.NDArray[np.uint64]
    rarity: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    calibration: Floats
    thresholds: Floats
    version: str
    facts: dict[str, object]

    @cached_property
    def column(self) -> dict[str, int]:
        """Where each output stands."""
        return {name: number for number, name in enumerate(self.outputs)}

    def odds(self, texts: Sequence[str]) -> Floats:
        """Log-odds of every output for each text; shape (texts, outputs)."""
        return self.read(texts).odds

    def read(self, texts: Sequence[str]) -> Reading:
        """The log-odds of every output for each text, and what they come from."""
        parts = [
            self._read(texts[begin:end]) for begin, end in _batches([len(text) for text in texts])
        ]
        odds = [odds for odds, _ in parts]
        return Reading(
            self,
            np.concatenate(odds) if odds else np.zeros((0, len(self.outputs))),
            tuple(found for _, batch in parts for found in batch),
        )

    def _read(self, texts: Sequence[str]) -> tuple[Floats, list[_Found]]:
        found = runs(texts)
        place, known = _places(found, self.vocabulary)
        rows, place = found.rows[known], place[known]
        matrix = _weighted(rows, place, len(texts), self.rarity)
        order = np.argsort(rows, kind="stable")
        cuts = np.searchsorted(rows[order], np.arange(1, len(texts)))
        split = (
            np.split(each[order], cuts) for each in (place, found.begins[known], found.ends[known])
        )
        odds = np.asarray(matrix @ self.weights + self.bias, np.float64)
        return odds, list(zip(*split, strict=True))


# Of one text: places in the vocabulary, begins and ends of its known n-grams.
_Found = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Reading:
    """What a model makes of some texts.

    Attributes:
        odds: log-odds; shape (texts, outputs).
    """

    model: Model
    odds: Floats
    found: tuple[_Found, ...]

    def evidence(self, row: int, text: str, output: str) -> Ngrams | None:
        """The n-grams of a text that speak most for an output; None where none does."""
        place, begins, ends = self.found[row]
        weight = self.model.weights[place, self.model.column[output]] * self.model.rarity[place]
        best = [int(n) for n in np.argsort(-weight, kind="stable")[:8] if weight[n] > 0]
        if not best:
            return None
        begin, end = int(begins[best[0]]), int(ends[best[0]])
        for number in best[1:4]:
            left, right = int(begins[number]), int(ends[number])
            if left <= end + _FAR and right >= begin - _FAR:
                begin, end = min(begin, left), max(end, right)
        texts = (text[begins[number] : ends[number]] for number in best)
        return Ngrams((begin, end), tuple(dict.fromkeys(texts))[:4])


def calibrate(
    calibration: Floats,
    languages: npt.NDArray[np.int64],
    odds: Floats,
    spoken: npt.NDArray[np.int8],
) -> Floats:
    """How often an output was right that looked like this; shape (texts, outputs), 0 to 1.

    Args:
        calibration: a model's; languages: of each text, by number.
        odds: the model's; spoken: how phrases speak for each output, same shape.
    """
    outputs = np.arange(odds.shape[1])
    told = calibration[languages[:, None], outputs, spoken.astype(np.int64)]
    return np.asarray(1 / (1 + np.exp(-(told[..., 0] + told[..., 1] * odds))))


def _batches(lengths: Sequence[int]) -> list[tuple[int, int]]:
    found, begin, total = [], 0, 0
    for number, length in enumerate(lengths):
        if total and total + length > _BATCH:
            found.append((begin, number))
            begin, total = number, 0
        total += length
    return [*found, (begin, len(lengths))] if lengths else []


def _places(
    found: Runs, vocabulary: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Where each run stands in the vocabulary, and whether it does."""
    place = np.minimum(np.searchsorted(vocabulary, found.hashes), len(vocabulary) - 1)
    return place, vocabulary[place] == found.hashes


def tf_idf(
    found: Runs, texts: int, vocabulary: npt.NDArray[np.uint64], rarity: npt.NDArray[np.float32]
) -> sparse.csr_matrix:
    """Which n-grams are in which text, weighted by rarity, each row of length one."""
    place, known = _places(found, vocabulary)
    return _weighted(found.rows[known], place[known], texts, rarity)


def _weighted(
    rows: npt.NDArray[np.int64],
    place: npt.NDArray[np.int64],
    texts: int,
    rarity: npt.NDArray[np.float32],
) -> sparse.csr_matrix:
    ones = np.ones(len(rows), np.float32)
    matrix = sparse.csr_matrix((ones, (rows, place)), shape=(texts, len(rarity)))
    matrix.data = rarity[matrix.indices]  # once a text, however often it is said
    squares = np.add.reduceat(np.append(matrix.data**2, 0), matrix.indptr[:-1])
    squares[np.diff(matrix.indptr) == 0] = 1
    matrix.data /= np.repeat(np.sqrt(squares), np.diff(matrix.indptr))
    return matrix


def save(model: Model, path: Path) -> None:
    """Write the arrays, weights in 8 bits a piece; the same model gives the same bytes."""
    scale = np.maximum(np.abs(model.weights).max(axis=0), 1e-9) / 127
    arrays = {
        "outputs": np.array(model.outputs),
        "vocabulary": model.vocabulary,
        "rarity": model.rarity.astype(np.float16),
        "weights": np.round(model.weights / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "bias": model.bias.astype(np.float32),
        "calibration": model.calibration,
        "thresholds": model.thresholds,
        "facts": np.array(json.dumps(model.facts, ensure_ascii=False, sort_keys=True)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            target.writestr(
                zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED
            )


def load(layers: tuple[Path, ...], folder: str) -> Model:
    """The model of the last layer that has one.

    Raises:
        ConfigError: there is none, or the file is not one of ours.
    """
    there = [path for layer in layers if (path := layer / folder / FILE).is_file()]
    if not there:
        raise ConfigError(
            f"{folder}/{FILE} is missing",
            fix="make one with: aftersales complaints train",
            file="sql/",
        )
    path = there[-1]
    content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as told:
            return Model(
                outputs=tuple(map(str, told["outputs"])),
                vocabulary=told["vocabulary"],
                rarity=told["rarity"].astype(np.float32),
                weights=told["weights"].astype(np.float32) * told["scale"],
                bias=told["bias"],
                calibration=told["calibration"],
                thresholds=told["thresholds"],
                version=hashlib.sha256(content).hexdigest()[:12],
                facts=json.loads(str(told["facts"])),
            )
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise ConfigError(
            f"cannot be read as a model: {error}",
            fix="make it again with: aftersales complaints train",
            file=str(path),
        ) from error
