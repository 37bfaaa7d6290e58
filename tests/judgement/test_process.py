"""The process as a graph: what follows what, what is slow, what goes back."""

from __future__ import annotations

import pandas as pd
import pytest

from aftersales.judgement.process import Edge, Node, graph, loops, slowest


def move(began, ended, value, **splits):
    return {"from_activity": began, "to_activity": ended, "value": value, **splits}


MOVES = [
    move("applied", "reviewed", 300, waits_for="merchant", is_rework=False, is_allowed=True),
    move("applied", "rejected", 45, waits_for="merchant", is_rework=False, is_allowed=True),
    move("applied", "rejected", 5, waits_for=None, is_rework=False, is_allowed=False),
    move("rejected", "applied", 10, waits_for="customer", is_rework=True, is_allowed=True),
    move("reviewed", "return_shipped", 290, waits_for="customer", is_rework=False),
    move("applied", None, 12, waits_for="merchant"),
]
WAITS = [
    move("applied", "reviewed", 7200.0),
    move("applied", "rejected", 9000.0),
    move("rejected", "applied", 90000.0),
    move("reviewed", "return_shipped", 86400.0),
]
WORKING = [move("applied", "reviewed", 3600.0), move("applied", "rejected", 1800.0)]


def test_a_move_counts_every_part_of_it_once_and_says_who_is_mostly_waited_for():
    found = graph(MOVES, WAITS, WORKING)
    assert found.edges[0] == Edge("applied", "reviewed", 300, 7200.0, 3600.0, "merchant")
    rejected = next(edge for edge in found.edges if edge.to_activity == "rejected")
    assert (rejected.moves, rejected.astray, rejected.waits_for) == (50, 5, "merchant")


def test_a_wait_under_way_is_no_move():
    assert all(edge.to_activity for edge in graph(MOVES).edges)
    assert graph(MOVES).nodes[0] == Node("applied", entered=10, left=350)


def test_slow_is_judged_in_working_time_for_one_party_and_not_from_a_few_moves():
    found = graph(MOVES, WAITS, WORKING)
    assert [edge.to_activity for edge in slowest(found, "merchant")] == ["reviewed", "rejected"]
    assert slowest(found)[0].to_activity == "return_shipped"
    assert slowest(found, minimum=1)[0].from_activity == "rejected"


def test_loops_are_the_moves_back_to_what_was_there_before():
    assert [(edge.from_activity, edge.again) for edge in loops(graph(MOVES))] == [("rejected", 10)]


def test_a_small_graph_keeps_what_goes_back_or_astray_however_rare():
    kept = graph(MOVES).main(3).edges
    assert {edge.to_activity for edge in kept} == {"applied", "rejected", "reviewed"}


def test_rows_of_a_data_frame_are_read_like_rows():
    frame = pd.DataFrame(MOVES).astype(
        {"value": "Int64", "waits_for": "string", "is_rework": "string", "is_allowed": "string"}
    )
    assert graph(frame.to_dict("records")) == graph(MOVES)


@pytest.mark.parametrize("nothing", [[], [move("applied", "reviewed", None)]])
def test_of_nothing_there_is_an_empty_graph(nothing):
    assert graph(nothing).edges == ()
