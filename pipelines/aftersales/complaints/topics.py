"""What customers began to say that no category knows: n-grams of this week against the last eight.

Log-odds ratios with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin'
Words", Political Analysis 16:372, equations 16 to 22): a run of characters counts once a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy import sparse

from aftersales.complaints.features import Runs, runs
from aftersales.complaints.folding import fold_all
from aftersales.complaints.masking import masked
from aftersales.complaints.model import Floats, Model
from aftersales.complaints.patterns import BadPatternError, compiled
from aftersales.complaints.taxonomy import Taxonomy

WEEKS_BEFORE = 8
FEWEST_WEEKS = 4  # with fewer behind it a week cannot be called unusual
FEWEST_TEXTS = 5
FEWEST_CUSTOMERS = 3
SURE = 3.0  # deviates from nothing, at least
CHANCE = 0.05  # of a week in which nothing is new and something stands out all the same
UNKNOWN = 1.0  # deviates by which it is said more where nothing is found than where something is
PRIOR = 500.0  # pseudo-texts the prior is worth
ALIKE = 0.5  # share of texts two n-grams have in common from which on they are one topic
CLAUSES = 3
LONGEST_CLAUSE = 60
_TITLE = re.compile(r"[^\W_]{2,}(?:[ '-][^\W_]+)*")
_CLAUSE = re.compile(r"[^,，。.!！?？;；\n]+")


@dataclass(frozen=True)
class Told:
    """A text with a complaint's mood.

    Attributes:
        week: its Monday, local.
        customer: who wrote it, or what it is about; one voice is no topic.
        is_classified: a category other than "nothing particular" was found.
    """

    body: str
    week: date
    customer: str
    is_classified: bool


@dataclass(frozen=True)
class Topic:
    """Something new.

    Attributes:
        ngrams: what stands out, strongest first; the first is its title.
        texts: distinct texts of the week that say it; before: mean a week of those before.
        log_odds: of the title, this week against the weeks before; z: in standard errors.
        z_unclassified: of the title, where nothing was found against where something was.
        clauses: examples, masked.
        pattern: a phrase that would find it; pattern_hits of the topic's texts, and
            pattern_others of all the others of these weeks.
        leaf: the category the model finds likeliest; None where it finds none likely.
    """

    ngrams: tuple[str, ...]
    texts: int
    before: float
    log_odds: float
    z: float
    z_unclassified: float
    clauses: tuple[str, ...]
    pattern: str
    pattern_hits: int
    pattern_others: int
    leaf: str | None

    @property
    def title(self) -> str:
        """What it is called: the n-gram that stands out most."""
        return self.ngrams[0]


def find(told: Sequence[Told], week: date, model: Model, taxonomy: Taxonomy) -> list[Topic]:
    """The topics of a week, the surest first; none where too few weeks lie before it.

    Args:
        told: texts of that week and of the eight before; equal texts count once a week.
    """
    once = list({(each.body, each.week): each for each in told}.values())
    weeks = {each.week for each in once if each.week < week}
    if len(weeks) < FEWEST_WEEKS or all(each.week != week for each in once):
        return []
    now = np.array([each.week == week for each in once])
    classified = np.array([each.is_classified for each in once])
    texts = [masked(each.body) for each in once]  # first: nobody's number becomes a title
    bodies = fold_all(texts)
    found = _long_runs(runs(bodies))
    matrix, first = _matrix(found, len(once))
    z, log_odds = _log_odds(matrix, now)
    z_unknown, _ = _log_odds(matrix, ~classified)
    count = np.asarray(matrix[now].sum(axis=0)).ravel()
    often = count >= FEWEST_TEXTS
    stands_out = often & (z >= _limit(int(often.sum()))) & (z_unknown >= UNKNOWN)
    spelled = {
        int(column): bodies[found.rows[first[column]]][
            found.begins[first[column]] : found.ends[first[column]]
        ]
        for column in np.argsort(-z, kind="stable")
        if stands_out[column]
    }
    order = [column for column, title in spelled.items() if _TITLE.fullmatch(title)]
    of_week = matrix[now].tocsc()
    rows_now = np.flatnonzero(now)
    topics = []
    for columns in _clusters(order, of_week, spelled):
        rows = rows_now[of_week[:, columns[0]].nonzero()[0]]
        if len({once[row].customer for row in rows}) < FEWEST_CUSTOMERS:
            continue
        title = spelled[columns[0]]
        before = float(matrix[~now][:, columns[0]].sum()) / len(weeks)
        phrase, hits, others = _phrase(title, bodies, rows)
        topics.append(
            Topic(
                tuple(spelled[column] for column in columns[:6]),
                len(rows),
                before,
                float(log_odds[columns[0]]),
                float(z[columns[0]]),
                float(z_unknown[columns[0]]),
                _clauses([texts[row] for row in rows], [bodies[row] for row in rows], title),
                phrase,
                hits,
                others,
                _leaf([texts[row] for row in rows], model, taxonomy),
            )
        )
    return topics


def _long_runs(found: Runs) -> Runs:
    """Those that can be a title: two characters of Chinese and more, three letters and more."""
    length = found.ends - found.begins
    kept = length >= 2
    return Runs(found.hashes[kept], found.rows[kept], found.begins[kept], found.ends[kept])


def _matrix(found: Runs, texts: int) -> tuple[sparse.csr_matrix, npt.NDArray[np.int64]]:
    """Which run is in which text; columns of runs that are in enough texts, and where each is."""
    hashes, first, column = np.unique(found.hashes, return_index=True, return_inverse=True)
    matrix = sparse.csr_matrix(
        (np.ones(len(column)), (found.rows, column)), shape=(texts, len(hashes))
    )
    matrix.data[:] = 1.0
    enough = np.flatnonzero(np.bincount(matrix.indices, minlength=len(hashes)) >= FEWEST_TEXTS)
    return matrix[:, enough], first[enough]


def _log_odds(matrix: sparse.csr_matrix, inside: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """How much more each run is said in some texts than in the others.

    Returns:
        z: the log-odds ratio in its standard errors; and the ratio. Both of shape (runs,).
    """
    here = np.asarray(matrix[inside].sum(axis=0)).ravel()
    there = np.asarray(matrix[~inside].sum(axis=0)).ravel()
    total = here + there
    prior = PRIOR * total / max(1.0, float(matrix.shape[0]))
    texts_here, texts_there = float(inside.sum()), float((~inside).sum())
    odds_here = (here + prior) / (texts_here + PRIOR - here - prior)
    odds_there = (there + prior) / (texts_there + PRIOR - there - prior)
    ratio = np.log(odds_here) - np.log(odds_there)
    error = np.sqrt(1 / (here + prior) + 1 / (there + prior))
    return ratio / error, ratio


def _limit(looked_at: int) -> float:
    """The deviates so many n-grams together reach in one week of twenty (Bonferroni)."""
    return max(SURE, NormalDist().inv_cdf(1 - CHANCE / max(1, looked_at)))


def _clusters(
    order: Sequence[int], of_week: sparse.csc_matrix, spelled: dict[int, str]
) -> list[list[int]]:
    """Runs that are said in the same texts, or are parts of one another, as one topic each."""
    clusters: list[tuple[set[int], list[int]]] = []
    for column in order:
        texts = set(of_week[:, column].nonzero()[0].tolist())
        for members, columns in clusters:
            together = len(members & texts) / max(1, min(len(members), len(texts)))
            part = any(
                spelled[column] in spelled[other] or spelled[other] in spelled[column]
                for other in columns
            )
            if together >= ALIKE or (part and together > 0):
                columns.append(column)
                break
        else:
            clusters.append((texts, [column]))
    for _, columns in clusters:
        # The longest of those that stand out about as much says most.
        surest = columns[0]
        same = [c for c in columns if spelled[surest] in spelled[c]]
        columns.sort(key=lambda c: (c not in same[:4], -len(spelled[c])))
    return [columns for _, columns in clusters]


def _phrase(title: str, bodies: Sequence[str], rows: Sequence[int]) -> tuple[str, int, int]:
    """A phrase in our language for a title, and what it finds here and elsewhere."""
    pattern = re.escape(title).replace("\\ ", " ")
    try:
        search = re.compile(compiled(pattern, {}), re.ASCII).search
    except BadPatternError:
        return "", 0, 0
    here = set(rows)
    hits = {row for row, body in enumerate(bodies) if search(body)}
    return pattern, len(hits & here), len(hits - here)


def _clauses(texts: Sequence[str], folded: Sequence[str], title: str) -> tuple[str, ...]:
    """Clauses that hold the title, each different."""
    found: dict[str, None] = {}
    for text, plain in zip(texts, folded, strict=True):
        place = plain.find(title)
        if place < 0:
            continue
        clause = next((m for m in _CLAUSE.finditer(plain) if m.start() <= place < m.end()), None)
        if clause is not None:
            begin = max(clause.start(), place - LONGEST_CLAUSE // 2)
            end = min(clause.end(), begin + LONGEST_CLAUSE)
            found[text[begin:end].strip()] = None
    return tuple(found)[:CLAUSES]


def _leaf(texts: Sequence[str], model: Model, taxonomy: Taxonomy) -> str | None:
    """The category the model finds likeliest over the texts; None below even odds of one in ten."""
    known = [leaf for leaf in taxonomy.leaves if leaf in model.column and leaf != "X0"]
    if not known:
        return None
    odds = model.odds(texts)[:, [model.column[leaf] for leaf in known]].mean(axis=0)
    best = int(np.argmax(odds))
    return known[best] if odds[best] > np.log(1 / 9) else None
