"""The process as it runs: which event follows which, how often, after how long a wait.

A directly-follows graph (van der Aalst 2016, Process Mining, 2nd ed., section 6.2) out of metric
rows, so that each figure on it is one a person can ask for. Weights are medians, since waits are
skewed; a mean would be that of the few cases somebody forgot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Pair = tuple[str, str]
UNTOLD = {"None", "nan", "<NA>", "NaT", ""}  # how rows and data frames write what is not known


@dataclass(frozen=True)
class Edge:
    """One event right after another.

    Attributes:
        moves: how often.
        seconds: median wait in calendar time; None where it was not asked for or cannot be given.
        working_seconds: the same in working time.
        waits_for: the party most of them waited for; None where nobody can tell.
        again: moves to what had been in the case before.
        astray: moves there is no rule for.
    """

    from_activity: str
    to_activity: str
    moves: int
    seconds: float | None = None
    working_seconds: float | None = None
    waits_for: str | None = None
    again: int = 0
    astray: int = 0


@dataclass(frozen=True)
class Node:
    """One kind of event, with how many moves lead to it and away from it."""

    activity: str
    entered: int
    left: int


@dataclass(frozen=True)
class Graph:
    """Events and what follows what, the most frequent first."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def main(self, most: int = 12) -> Graph:
        """The graph of the most frequent moves; moves that go back or astray come first."""
        kept = sorted(
            self.edges, key=lambda e: (not (e.again or e.astray), -e.moves, e.from_activity)
        )[:most]
        return _of(sorted(kept, key=_by_size))


def graph(moves: Iterable[Row], waits: Iterable[Row] = (), working: Iterable[Row] = ()) -> Graph:
    """The graph of rows of metrics split by from_activity and to_activity.

    Args:
        moves: of process_transitions; a further split by waits_for, is_rework and is_allowed is
            put together.
        waits: of transition_wait_median, by the two alone.
        working: of transition_wait_working_median, likewise.
    """
    calendar, clock = _values(waits), _values(working)
    total: Counter[Pair] = Counter()
    again: Counter[Pair] = Counter()
    astray: Counter[Pair] = Counter()
    parties: dict[Pair, Counter[str | None]] = {}
    for row in moves:
        pair, count = _pair(row), _number(row["value"])
        if pair is None or not count:
            continue
        total[pair] += int(count)
        again[pair] += int(count) if _told(row.get("is_rework")) in ("True", "true") else 0
        astray[pair] += int(count) if _told(row.get("is_allowed")) in ("False", "false") else 0
        parties.setdefault(pair, Counter())[_told(row.get("waits_for"))] += int(count)
    edges = [
        Edge(
            *pair,
            moves=count,
            seconds=calendar.get(pair),
            working_seconds=clock.get(pair),
            waits_for=max(parties[pair].items(), key=lambda found: (found[1], str(found[0])))[0],
            again=again[pair],
            astray=astray[pair],
        )
        for pair, count in total.items()
    ]
    return _of(sorted(edges, key=_by_size))


def slowest(found: Graph, party: str | None = None, minimum: int = 30) -> list[Edge]:
    """Moves with the longest median wait first, in working time where that is known.

    Args:
        party: only moves that wait for it; None: all.
        minimum: moves below which a median says little.
    """
    known = [
        edge
        for edge in found.edges
        if edge.moves >= minimum
        and _wait(edge) is not None
        and (party is None or edge.waits_for == party)
    ]
    return sorted(known, key=lambda e: (-(_wait(e) or 0.0), e.from_activity, e.to_activity))


def loops(found: Graph) -> list[Edge]:
    """Moves back to what had been in the case before, the most frequent first."""
    back = [edge for edge in found.edges if edge.again]
    return sorted(back, key=lambda e: (-e.again, e.from_activity, e.to_activity))


def _wait(edge: Edge) -> float | None:
    return edge.seconds if edge.working_seconds is None else edge.working_seconds


def _of(edges: Iterable[Edge]) -> Graph:
    kept = tuple(edges)
    entered: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for edge in kept:
        entered[edge.to_activity] += edge.moves
        left[edge.from_activity] += edge.moves
    names = sorted({*entered, *left}, key=lambda name: (-max(entered[name], left[name]), name))
    return Graph(tuple(Node(name, entered[name], left[name]) for name in names), kept)


def _by_size(edge: Edge) -> tuple[int, str, str]:
    return (-edge.moves, edge.from_activity, edge.to_activity)


def _told(value: Any) -> str | None:
    text = str(value)
    return None if text in UNTOLD else text


def _number(value: Any) -> float | None:
    return None if _told(value) is None else float(value)


def _pair(row: Row) -> Pair | None:
    began, ended = _told(row["from_activity"]), _told(row["to_activity"])
    return (began, ended) if began and ended else None


def _values(rows: Iterable[Row]) -> dict[Pair, float]:
    found = ((_pair(row), _number(row["value"])) for row in rows)
    return {pair: value for pair, value in found if pair is not None and value is not None}
