"""How often labels are right by what people found, and how far people agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from aftersales.complaints.classifier import TIERS
from aftersales.complaints.taxonomy import Taxonomy
from aftersales.complaints.verdicts import Key, Verdict, once, tops_of
from aftersales.judgement.estimates import two_sided, wilson

ENOUGH = 30  # predictions of a leaf, and texts for a corrected share


@dataclass(frozen=True)
class Figure:
    """One number.

    Attributes:
        figure: what it is; of: of which part.
        value: 0 to 1, a kappa from -1, or a count; low, high: its 95 % interval.
        n: what it is a share of.
        note: why there is no value, or what to know.
    """

    figure: str
    of: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    note: str


def figures(
    verdicts: Sequence[Verdict], keys: Mapping[str, Key], taxonomy: Taxonomy
) -> list[Figure]:
    """Everything the random half can tell; nothing where nobody labelled any of it.

    The uncertain half is what the labels are worst at: it teaches, and says nothing of all texts.

    Args:
        keys: of the sheets; the shares are those of the period of the newest one labelled.
    """
    half = [verdict for verdict in verdicts if verdict.half == "random"]
    texts = once(half)
    if not texts:
        return []
    versions = Counter(verdict.version for verdict in texts)
    told = ", ".join(f"{version}: {count}" for version, count in sorted(versions.items()))
    newest = max(texts, key=lambda verdict: (verdict.labelled_at, verdict.sheet)).sheet
    return [
        Figure("texts", "random half", len(texts), None, None, len(texts), f"version {told}"),
        *_labels(texts, taxonomy),
        *_emotions(texts),
        *_annotators(half, taxonomy),
        *(_shares(texts, keys[newest], taxonomy) if newest in keys else ()),
    ]


def _labels(texts: Sequence[Verdict], taxonomy: Taxonomy) -> Iterator[Figure]:
    pairs = [
        (label.leaf, label.tier, label.leaf in verdict.labels)
        for verdict in texts
        for label in verdict.found
    ]
    truths = sum(len(verdict.labels) for verdict in texts)
    right = sum(is_right for *_, is_right in pairs)
    yield _share("precision", "all labels", right, len(pairs), "no label was found")
    for tier, _ in TIERS:
        of_tier = [is_right for _, of, is_right in pairs if of == tier]
        yield _share("precision", f"tier {tier}", sum(of_tier), len(of_tier), "no such label")
    yield from _by_leaf([(leaf, is_right) for leaf, _, is_right in pairs], taxonomy)
    yield _share("recall", "all labels", right, truths, "nobody found anything")
    yield _f1("f1", "leaves", ((found_of(verdict), verdict.labels) for verdict in texts))
    yield _f1(
        "f1",
        "groups",
        (
            (tops_of(found_of(verdict), taxonomy), tops_of(verdict.labels, taxonomy))
            for verdict in texts
        ),
    )


def found_of(verdict: Verdict) -> set[str]:
    """The leaves we had found."""
    return {label.leaf for label in verdict.found}


def _by_leaf(pairs: Sequence[tuple[str, bool]], taxonomy: Taxonomy) -> Iterator[Figure]:
    """Precision of every leaf found often enough; of the others together, by group."""
    counts = Counter(leaf for leaf, _ in pairs)
    often = sorted(leaf for leaf, count in counts.items() if count >= ENOUGH)
    for leaf in often:
        right = [is_right for of, is_right in pairs if of == leaf]
        yield _share("precision", leaf, sum(right), len(right), "")
    for top in taxonomy.tops:
        rare = sorted(
            leaf for leaf in counts.keys() - set(often) if tops_of([leaf], taxonomy) == {top}
        )
        right = [is_right for leaf, is_right in pairs if leaf in rare]
        if right:
            together = f"{', '.join(rare)} together: fewer than {ENOUGH} labels each"
            yield _share("precision", top, sum(right), len(right), "", note=together)


def _emotions(texts: Sequence[Verdict]) -> Iterator[Figure]:
    said = [(verdict.found_emotion, verdict.emotion) for verdict in texts]
    known = [(found, truth) for found, truth in said if truth is not None]
    for level in (2, 3):
        both = sum(found >= level and truth >= level for found, truth in known)
        found_so = sum(found >= level for found, _ in known)
        truly_so = sum(truth >= level for _, truth in known)
        of = f"emotion {level} and more" if level < 3 else "emotion 3"
        yield _share("precision", of, both, found_so, "none was found")
        yield _share("recall", of, both, truly_so, "nobody felt any")


def _annotators(half: Sequence[Verdict], taxonomy: Taxonomy) -> Iterator[Figure]:
    """How far two people agree on texts both have read; ours are no better than theirs."""
    by: dict[str, dict[str, Verdict]] = {}
    for verdict in half:
        by.setdefault(verdict.annotator, {})[verdict.text_key] = verdict
    for one, other in combinations(sorted(by), 2):
        shared = sorted(by[one].keys() & by[other].keys())
        if not shared:
            continue
        pairs = [(by[one][key], by[other][key]) for key in shared]
        of = f"{one} and {other}"
        yield _f1("agreement on leaves, f1", of, ((a.labels, b.labels) for a, b in pairs))
        yield _f1(
            "agreement on groups, f1",
            of,
            ((tops_of(a.labels, taxonomy), tops_of(b.labels, taxonomy)) for a, b in pairs),
        )
        emotions = [
            (a.emotion, b.emotion)
            for a, b in pairs
            if a.emotion is not None and b.emotion is not None
        ]
        value = kappa(emotions)
        note = "" if value is not None else "both said one and the same of every text"
        yield Figure("agreement on emotion, kappa", of, value, None, None, len(emotions), note)


def kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Agreement beyond chance (Cohen 1960, Educational and Psychological Measurement 20:37).

    (observed - expected) / (1 - expected); None where chance alone would agree always.
    """
    if not pairs:
        return None
    n = len(pairs)
    ones, others = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = sum(a == b for a, b in pairs) / n
    expected = sum(ones[value] * others[value] for value in ones) / n**2
    return (observed - expected) / (1 - expected) if expected < 1 else None


def _shares(texts: Sequence[Verdict], key: Key, taxonomy: Taxonomy) -> Iterator[Figure]:
    """Of the period's texts the share of each group, as counted, and as it would be if all
    were read by people.
    """
    period = f"{key.first_on} to {key.last_on}"
    for top in taxonomy.tops:
        counted = key.tops.get(top, 0)
        low, high = wilson(counted, key.texts)
        yield Figure("share counted", top, counted / key.texts, low, high, key.texts, period)
        told = [
            (top in tops_of(found_of(v), taxonomy), top in tops_of(v.labels, taxonomy))
            for v in texts
        ]
        hits = sum(found and truth for found, truth in told)
        truths = sum(truth for _, truth in told)
        rights = sum(not found and not truth for found, truth in told)
        shares = (counted / key.texts, key.texts), (hits, truths), (rights, len(told) - truths)
        why = _why_not(len(told), *shares[1:])
        if why:
            yield Figure("share corrected", top, None, None, None, len(told), why)
        else:
            yield Figure("share corrected", top, *prevalence(*shares), len(told), period)


def _why_not(texts: int, hits: tuple[int, int], rights: tuple[int, int]) -> str:
    """Why a share cannot be corrected; empty where it can."""
    if texts < ENOUGH:
        return f"{texts} texts labelled; {ENOUGH} are the fewest"
    if not hits[1]:
        return "people found none, so what is missed is not known"
    if not rights[1]:
        return "people found it in every text, so what is too many is not known"
    if hits[0] / hits[1] + rights[0] / rights[1] <= 1:
        return "found no more where it is than where it is not"
    return ""


def prevalence(
    apparent: tuple[float, int], hits: tuple[int, int], rights: tuple[int, int]
) -> tuple[float, float, float]:
    """A share corrected for what is missed and what is too many, with its 95 % interval.

    (apparent + specificity - 1) / (sensitivity + specificity - 1), clipped to 0..1 (Rogan and
    Gladen 1978, American Journal of Epidemiology 107:71); the interval allows for sensitivity and
    specificity being estimates (Lang and Reiczigel 2014, Preventive Veterinary Medicine 113:13).

    Args:
        apparent: the share counted, and of how many.
        hits: found of those that are so; rights: not found of those that are not.
    """
    share, n = apparent
    value = (share + rights[0] / rights[1] - 1) / (hits[0] / hits[1] + rights[0] / rights[1] - 1)
    z = two_sided(0.95)
    p = (n * share + z * z / 2) / (n + z * z)
    sensitivity = (hits[0] + 1) / (hits[1] + 2)
    specificity = (rights[0] + 1) / (rights[1] + 2)
    youden = sensitivity + specificity - 1
    if youden <= 0:
        return min(1.0, max(0.0, value)), 0.0, 1.0
    middle = (p + specificity - 1) / youden
    missed = sensitivity * (1 - sensitivity) / (hits[1] + 2)
    too_many = specificity * (1 - specificity) / (rights[1] + 2)
    of_share = p * (1 - p) / (n + z * z)
    reach = z * sqrt(of_share + middle**2 * missed + (1 - middle) ** 2 * too_many) / youden
    shift = 2 * z * z * (middle * missed - (1 - middle) * too_many)
    low, high = middle + shift - reach, middle + shift + reach
    clipped = [min(1.0, max(0.0, each)) for each in (value, low, high)]
    return clipped[0], clipped[1], clipped[2]


def _share(figure: str, of: str, part: int, n: int, why: str, *, note: str = "") -> Figure:
    if not n:
        return Figure(figure, of, None, None, None, 0, why)
    low, high = wilson(part, n)
    return Figure(figure, of, part / n, low, high, n, note)


def _f1(figure: str, of: str, pairs: Iterable[tuple[Iterable[str], Iterable[str]]]) -> Figure:
    """Twice the labels both have over all labels either has; of as many texts as there are."""
    told = [(set(one), set(other)) for one, other in pairs]
    both = sum(len(one & other) for one, other in told)
    either = sum(len(one) + len(other) for one, other in told)
    if not either:
        return Figure(figure, of, None, None, None, len(told), "neither has any label")
    return Figure(figure, of, 2 * both / either, None, None, len(told), "")
