"""What becomes of the sample's cases is possible, and leaves alone what was drawn before."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
import pytest
from conftest import UNTIL

from aftersales.sample.catalogue import EXCHANGE, REFUND, REPAIR, RETURN, catalogue
from aftersales.sample.flow import Books, carry_on
from aftersales.sample.plan import NEVER, make_plan
from aftersales.sample.tables.shop import PROGRESS, case_progress
from aftersales.sample.trade import CONVERTED, DONE, DROPPED, NOT_DONE, Block, draw_block

# Times of a case in the order they come, where the goods are back before others leave.
STAGES = (
    "applied", "reviewed", "approved", "sent_back", "received", "accepted", "reshipped",
    "delivered", "finished",
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A block before, with its own cases, and with those that follow them."""

    before: Block
    first: Block
    every: Block
    books: Books


def drawn(*, is_flat: bool = False) -> Drawn:
    known = catalogue()
    plan = make_plan(known, known.shops[0], months=4, until=UNTIL, is_flat=is_flat)
    days = np.repeat(plan.days, 200)
    numbers = np.arange(len(days)) * 1_000 + 10**18 + 1
    before, block = (
        draw_block(np.random.default_rng(3), known, plan, days, numbers) for _ in range(2)
    )
    return Drawn(before, *carry_on(np.random.default_rng(4), known, plan, block))


@pytest.fixture(scope="module")
def made() -> Drawn:
    return drawn()


def test_what_is_asked_for_is_what_was_drawn_and_comes_first(made: Drawn) -> None:
    count = len(made.before.cases.number)
    assert len(made.every.cases.number) > len(made.first.cases.number) == count
    for name in ("number", "line", "order", "case_type", "cause", "reason", "leaf", "cents"):
        before, after = (getattr(block.cases, name) for block in (made.before, made.every))
        assert (before == after[:count]).all(), name
    assert all(len(getattr(made.books, each.name)) == len(after) for each in fields(Books))


def test_every_case_has_a_number_of_its_own(made: Drawn) -> None:
    # A refund has the number after its case's.
    numbers = np.concatenate([made.every.cases.number, made.every.cases.number + 1])
    assert len(np.unique(numbers)) == len(numbers)


def test_the_times_of_a_case_come_in_their_order(made: Drawn) -> None:
    cases = made.every.cases
    reached = np.full(len(cases.number), -1)
    for name in STAGES:
        times = getattr(cases, name)
        happened = (times < NEVER) & ~cases.is_fast
        assert (times[happened] >= reached[happened]).all(), name
        reached = np.where(happened, times, reached)
    again = cases.reapplied < NEVER
    times = [cases.applied, cases.rejected, cases.reapplied, cases.approved]
    assert all((one[again] < other[again]).all() for one, other in pairwise(times[1:]))
    fast = cases.is_fast
    assert (cases.approved[fast] < cases.reshipped[fast]).all()
    assert (cases.reshipped[fast] < cases.received[fast]).all()
    assert (cases.received[fast] < cases.finished[fast]).all()


def test_what_follows_is_about_the_same_line_and_comes_later(made: Drawn) -> None:
    cases, count = made.every.cases, len(made.first.cases.number)
    of = np.searchsorted(cases.line[:count], cases.line[count:])
    assert (cases.line[of] == cases.line[count:]).all()
    assert len(np.unique(of)) == len(of)
    kind, asked = cases.case_type[count:], cases.case_type[of]
    applied, over = cases.applied[count:], cases.finished[of]
    beside = kind == RETURN
    assert (cases.outcome[count:][beside] == DROPPED).all()
    assert ((applied < over) == beside).all()
    assert (cases.outcome[of][kind == REFUND] == CONVERTED).all()
    repeats = np.isin(kind, [EXCHANGE, REPAIR])
    assert (kind[repeats] == asked[repeats]).all()
    assert (cases.reason[count:][repeats] == cases.reason[of][repeats]).all()
    assert {EXCHANGE, REPAIR, REFUND, RETURN} == set(kind.tolist())


def test_no_more_money_goes_back_than_was_paid_for_the_line(made: Drawn) -> None:
    cases, lines = made.every.cases, made.every.lines
    back = np.bincount(
        cases.line, np.where(cases.refunded < NEVER, cases.cents, 0), len(lines.cents)
    )
    assert (back <= lines.cents).all()


def test_an_order_is_completed_after_the_cases_opened_before_it(made: Drawn) -> None:
    cases, completed = made.every.cases, made.every.orders.completed
    own = completed[cases.order]
    waits = (cases.applied < own) & (cases.finished < NEVER) & (own < NEVER)
    assert waits.any()
    assert (own[waits] > cases.finished[waits]).all()


def test_a_case_stands_where_its_last_stage_has_put_it(made: Drawn) -> None:
    cases = made.every.cases
    end = np.array(PROGRESS, dtype=object)[case_progress(cases, NEVER - 1)]
    over = cases.finished < NEVER
    done = over & (cases.outcome == DONE)
    assert all(name.endswith(".done") for name in end[done])
    assert set(end[over & (cases.outcome == CONVERTED)].tolist()) == {"converted"}
    dropped = over & np.isin(cases.outcome, NOT_DONE) & (cases.outcome != CONVERTED)
    assert set(end[dropped].tolist()) == {"closed"}
    (fast,) = np.nonzero(cases.is_fast)
    at = int(cases.sent_back[fast[0]])
    assert PROGRESS[case_progress(cases, at)[fast[0]]] == "exchange.reshipped"


def test_where_nothing_is_planted_nothing_follows(made: Drawn) -> None:
    flat = drawn(is_flat=True)
    assert len(flat.every.cases.number) == len(flat.before.cases.number)
    assert not flat.every.cases.is_fast.any()
    assert (flat.every.cases.reapplied == NEVER).all()
    assert not flat.books.is_failed.any()
    assert (flat.books.visit_asked == NEVER).all()
    assert made.books.is_failed.any()
