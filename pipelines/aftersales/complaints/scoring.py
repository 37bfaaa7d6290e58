"""How often labels are right: precision, recall, F1 and shares, with bootstrap intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aftersales.complaints.model import GENERIC, Floats, Model, calibrate
from aftersales.complaints.speaking import EMOTIONS, LANGUAGES
from aftersales.complaints.taxonomy import Taxonomy

BOOTSTRAPS = 500
UNSPECIFIED = "X0"
ENOUGH = 5  # texts with a leaf before it counts in the macro average
Bits = npt.NDArray[np.bool_]


def f1(found: npt.NDArray[Any], truth: npt.NDArray[Any]) -> float:
    """Micro-F1: twice the labels both have over all labels either has."""
    both = float((found.astype(bool) & truth.astype(bool)).sum())
    either = float(found.sum() + truth.sum())
    return 2 * both / either if either else 1.0


def macro_f1(found: npt.NDArray[Any], truth: npt.NDArray[Any]) -> float:
    """Mean F1 over the columns with enough texts."""
    columns = [c for c in range(truth.shape[1]) if truth[:, c].sum() >= ENOUGH]
    return float(np.mean([f1(found[:, c], truth[:, c]) for c in columns])) if columns else 0.0


def labels(
    taxonomy: Taxonomy, scores: Floats, spoken: npt.NDArray[np.int8], limits: Floats
) -> Bits:
    """Which leaves a text is labelled with; shape (texts, leaves).

    A leaf is labelled where a phrase speaks for it or its score reaches the limit.
    """
    return particulars(taxonomy, (spoken >= GENERIC) | (scores >= limits), spoken)


def particulars(taxonomy: Taxonomy, found: Bits, spoken: npt.NDArray[np.int8]) -> Bits:
    """The labels without verdicts a particular beside them makes needless.

    A verdict without particulars goes where its group, or one it yields to, has a particular;
    "nothing particular" goes where there is any other label.
    """
    found = found.copy()
    generic = found & (spoken == GENERIC)
    particular = found & ~generic
    there = particular.astype(np.int64) @ _groups(taxonomy)  # texts by groups
    has_particular = there @ _yields(taxonomy).T > 0
    found &= ~(generic & has_particular)
    names = list(taxonomy.leaves)
    unspecified = [number for number, name in enumerate(names) if name == UNSPECIFIED]
    found[np.ix_(found.sum(axis=1) > 1, unspecified)] = False
    return found


def _groups(taxonomy: Taxonomy) -> npt.NDArray[np.int64]:
    """Which leaf is of which top; shape (leaves, tops)."""
    of_leaf = [leaf.top for leaf in taxonomy.leaves.values()]
    return np.array([[top == name for name in taxonomy.tops] for top in of_leaf], np.int64)


def _yields(taxonomy: Taxonomy) -> npt.NDArray[np.int64]:
    """Which leaf's verdicts a group's particulars make needless; shape (leaves, tops)."""
    told = [{leaf.top, *leaf.yields_to} for leaf in taxonomy.leaves.values()]
    return np.array([[top in groups for top in taxonomy.tops] for groups in told], np.int64)


def tops(taxonomy: Taxonomy, found: npt.NDArray[Any]) -> Bits:
    """The groups of the leaves, by union; shape (texts, tops)."""
    return np.asarray(found.astype(np.int64) @ _groups(taxonomy) > 0)


def rows(
    taxonomy: Taxonomy,
    outputs: tuple[str, ...],
    truth: Floats,
    languages: npt.NDArray[np.int64],
    odds: Floats,
    spoken: npt.NDArray[np.int8],
    model: Model,
) -> list[dict[str, Any]]:
    """One row a language and method: phrases alone, model alone, both."""
    leaves = len(taxonomy.leaves)
    scores = calibrate(model.calibration, languages, odds, spoken)
    silent = calibrate(model.calibration, languages, odds, np.zeros_like(spoken))
    limits = model.thresholds[languages]
    said = spoken[:, :leaves]
    methods = {
        "phrases": particulars(taxonomy, said >= GENERIC, said),
        "model": particulars(taxonomy, silent[:, :leaves] >= limits[:, :leaves], 0 * said),
        "both": labels(taxonomy, scores[:, :leaves], spoken[:, :leaves], limits[:, :leaves]),
        "both, by score": particulars(taxonomy, scores[:, :leaves] >= limits[:, :leaves], said),
    }
    strong = scores[:, outputs.index(EMOTIONS[2])] >= limits[:, outputs.index(EMOTIONS[2])]
    found = []
    for number, language in enumerate(LANGUAGES):
        of_language = languages == number
        if not of_language.any():
            continue
        for name, labelled in methods.items():
            found.append(
                {
                    "language": language,
                    "method": name,
                    "texts": int(of_language.sum()),
                    **_figures(taxonomy, labelled[of_language], truth[of_language, :leaves]),
                    "strong_emotion_f1": round(
                        f1(strong[of_language], truth[of_language, outputs.index(EMOTIONS[2])]), 3
                    ),
                }
            )
    return found


def _figures(taxonomy: Taxonomy, found: Bits, truth: Floats) -> dict[str, Any]:
    top_found, top_truth = tops(taxonomy, found), tops(taxonomy, truth)
    generator = np.random.default_rng(0)
    drawn = generator.integers(0, len(found), (BOOTSTRAPS, len(found)))
    both = (found & truth.astype(bool)).sum(axis=1), found.sum(axis=1) + truth.sum(axis=1)
    top_both = (top_found & top_truth).sum(axis=1), top_found.sum(axis=1) + top_truth.sum(axis=1)
    shares = np.abs(top_found.mean(axis=0) - top_truth.mean(axis=0))
    hits = float((found & truth.astype(bool)).sum())
    return {
        "leaf_precision": round(hits / max(1.0, float(found.sum())), 3),
        "leaf_recall": round(hits / max(1.0, float(truth.sum())), 3),
        "leaf_f1": round(f1(found, truth), 3),
        "leaf_f1_interval": _interval(both, drawn),
        "leaf_macro_f1": round(macro_f1(found, truth), 3),
        "top_f1": round(f1(top_found, top_truth), 3),
        "top_f1_interval": _interval(top_both, drawn),
        "top_macro_f1": round(macro_f1(top_found, top_truth), 3),
        "unclassified_share": round(float((found.sum(axis=1) == 0).mean()), 3),
        "top_share_error_points": round(100 * float(shares.mean()), 2),
        "top_share_error_most": round(100 * float(shares.max()), 2),
    }


def _interval(
    counts: tuple[npt.NDArray[Any], npt.NDArray[Any]], drawn: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Where F1 lies in 95 of 100 bootstrap samples of the texts."""
    both, either = counts
    values = 2 * both[drawn].sum(axis=1) / np.maximum(1, either[drawn].sum(axis=1))
    low, high = np.quantile(values, [0.025, 0.975])
    return round(float(low), 3), round(float(high), 3)
