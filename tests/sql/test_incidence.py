"""Cumulative incidence with competing risks is Aalen and Johansen's, as another program draws it."""

from __future__ import annotations

import warnings
from collections import defaultdict

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sql.harness import fill

from aftersales import metrics
from aftersales.errors import ConfigError
from aftersales.metrics import Metric
from aftersales.warehouse.connection import Connection, connect

# Whose it is, day it was last seen or something came, what came (0 nothing, 1 event, 2 another).
Seen = tuple[str, int, int]
# Few days, so that events of both kinds and ends of follow-up meet on one.
SEEN = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 8), st.integers(0, 2)), min_size=1, max_size=30
)
PARTS = ("value", "numerator", "denominator", "value_status", "value_reason")


def incidence(at: int, event: int = 1, **more: object) -> Metric:
    """The share that has become ``event`` by a day, of a table made for it."""
    text = {"zh": "x", "en": "x"}
    return Metric.model_validate(
        {
            "metric": "some", "label": text, "reads": text, "is_not": text, "model": "seen",
            "kind": "incidence", "of": "days", "event": f"what = {event}",
            "competing": "what > 0", "at": at, "weight": "entries", "where": "days is not null",
            "excluded": "count(*) filter (where days is null)", "why": "reason", "rows": "true",
            "unit": "share", "good": "lower", "split_by": ["shop"], "owner": "x",
            "decision": "D-000", "example": {"given": "", "gives": {}}, **more,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def con() -> Connection:
    con = connect(None)
    con.execute(
        "create table seen (shop varchar, days bigint, what bigint, entries bigint, reason varchar)"
    )
    return con


def tell(con: Connection, text: str) -> None:
    con.execute("delete from seen")
    fill(con, "seen", text)


def put(con: Connection, seen: list[Seen]) -> None:
    """Rows that stand for one each, and the same twice over for what happened to several."""
    con.execute("delete from seen")
    for (shop, days, what), entries in counted(seen).items():
        con.execute("insert into seen values (?, ?, ?, ?, null)", [shop, days, what, entries])


def counted(seen: list[Seen]) -> dict[Seen, int]:
    found: dict[Seen, int] = defaultdict(int)
    for one in seen:
        found[one] += 1
    return found


def drawn(seen: list[Seen], at: int, event: int) -> float | None:
    """What statsmodels draws; None where its curve does not reach the day."""
    from statsmodels.duration.survfunc import CumIncidenceRight  # a second to import

    last = max(days for _, days, _ in seen)
    if last < at and any(days == last and what == 0 for _, days, what in seen):
        return None
    if not any(what for _, _, what in seen):
        return 0.0  # it draws nothing then
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        curve = CumIncidenceRight([days for _, days, _ in seen], [what for _, _, what in seen])
    # Kinds are counted up to the highest; one that never came has no curve.
    if event > len(curve.cinc):
        return 0.0
    reached = [
        share for day, share in zip(curve.times, curve.cinc[event - 1], strict=True) if day <= at
    ]
    return float(reached[-1]) if reached else 0.0


@settings(max_examples=60, deadline=None)
@given(seen=SEEN, at=st.integers(0, 9))
@example(seen=[("a", 3, 1), ("a", 3, 0), ("a", 3, 2)], at=3)
@example(seen=[("a", 0, 1), ("a", 0, 2)], at=0)
@example(seen=[("a", 1, 1), ("a", 2, 2), ("a", 3, 1)], at=9)
@example(seen=[("a", 5, 1), ("b", 5, 0)], at=5)
def test_the_estimate_is_the_one_another_program_makes(
    con: Connection, seen: list[Seen], at: int
) -> None:
    """With ties and ends of follow-up on the day of an event; altogether and by shop."""
    put(con, seen)
    for event in (1, 2):
        (row,) = metrics.query(con, incidence(at, event))
        wanted = drawn(seen, at, event)
        assert row["value"] == (None if wanted is None else pytest.approx(wanted, abs=1e-12))
        assert row["numerator"] == sum(1 for _, days, what in seen if what == event and days <= at)
        assert row["denominator"] == len(seen)
        assert row["value_reason"] == ("too_young" if wanted is None else None)
    for row in metrics.query(con, incidence(at), ["shop"]):
        own = drawn([one for one in seen if one[0] == row["shop"]], at, 1)
        assert row["value"] == (None if own is None else pytest.approx(own, abs=1e-12))


@settings(max_examples=60, deadline=None)
@given(seen=SEEN, at=st.integers(0, 8))
def test_everyone_has_become_one_thing_or_another_or_nothing_yet(
    con: Connection, seen: list[Seen], at: int
) -> None:
    """The incidences of all that may come, and the share of nothing yet, make up the whole."""
    put(con, seen)
    parts = [metrics.query(con, incidence(at, event))[0]["value"] for event in (1, 2)]
    either = incidence(at, event=1).model_copy(update={"event": "what > 0", "competing": "false"})
    (whole,) = metrics.query(con, either)  # alone, it is one less Kaplan and Meier's share
    if whole["value"] is None:
        assert parts == [None, None]
        return
    left = 1.0
    for day in range(at + 1):
        at_risk = sum(days >= day for _, days, _ in seen)
        gone = sum(days == day and what > 0 for _, days, what in seen)
        left *= 1 - gone / at_risk if at_risk else 1
    assert sum(parts) == pytest.approx(whole["value"])
    assert sum(parts) + left == pytest.approx(1)


def test_young_orders_do_not_dilute_the_incidence(con: Connection) -> None:
    """Right-censoring: of 10 old ones 2 came on day 10; 10 sold five days ago could not come yet."""
    tell(
        con,
        """
        days | what | entries
        10   | 1    | 2
        60   | 0    | 8
        5    | 0    | 10
        """,
    )
    (row,) = metrics.query(con, incidence(30))
    assert [row[part] for part in PARTS] == [pytest.approx(0.2), 2, 20, "ok", None]


def test_what_was_refunded_cannot_be_exchanged_any_more(con: Connection) -> None:
    """A refund is no end of follow-up: the half refunded on day 1 will never be exchanged.

    Taken for one, 1 in 2 of the rest would stand for all, and the share would be 0.5.
    """
    tell(
        con,
        """
        days | what | entries
        1    | 2    | 2
        5    | 1    | 1
        60   | 0    | 1
        """,
    )
    (row,) = metrics.query(con, incidence(30))
    assert row["value"] == pytest.approx(0.25)


def test_a_cohort_nobody_was_followed_long_enough_in_is_too_young(con: Connection) -> None:
    tell(con, "days | what | entries\n3 | 1 | 1\n14 | 0 | 9")
    found = [metrics.query(con, incidence(at))[0] for at in (14, 15)]
    assert [[row[part] for part in PARTS] for row in found] == [
        [pytest.approx(0.1), 1, 10, "ok", None],
        [None, 1, 10, "not_computable", "too_young"],
    ]


def test_what_cannot_be_followed_says_why_and_is_counted(con: Connection) -> None:
    tell(
        con,
        """
        shop | days | what | entries | reason
        a    |      |      | 5       | no_signing_time
        b    | 20   | 0    | 5       |
        b    |      |      | 5       | no_signing_time
        """,
    )
    found = metrics.query(con, incidence(15), ["shop"])
    assert [(row["value"], row["excluded"], row["value_reason"]) for row in found] == [
        (None, 1, "no_signing_time"),
        (0.0, 1, None),
    ]
    (row,) = metrics.query(con, incidence(15))
    assert (row["value"], row["denominator"]) == (0.0, 5)


def test_of_no_rows_nothing_is_counted(con: Connection) -> None:
    con.execute("delete from seen")
    (row,) = metrics.query(con, incidence(15))
    assert [row[part] for part in PARTS] == [None, 0, 0, "empty", "nothing_counted"]
    assert metrics.query(con, incidence(15), ["shop"]) == []


COUNTED = {
    "kind": "count", "unit": "count", "numerator": "sum(entries) filter (where what >= cast(least as bigint))",
    "split_by": ["shop", "least", "days"], "choices": {"least": ["1", "2"]},
    "unless_asked": {"days": "1"}, "rows": "what >= cast(least as bigint)",
}  # fmt: skip


def test_a_choice_stands_at_its_first_value_unless_asked_otherwise(con: Connection) -> None:
    """A split the table has no column for: every row stands under each of its values."""
    tell(con, "shop | days | what | entries\na | 1 | 1 | 3\na | 1 | 2 | 4\nb | 2 | 2 | 9")
    some = incidence(1, **COUNTED)

    def value(by: list[str] | None = None, **where: str) -> list[object]:
        found = metrics.query(con, some, by or [], where=where)
        return [row["value"] for row in found]

    assert value() == [7]  # what stands at day 1, of the first choice
    assert value(least="2") == [4]
    assert value(["least"]) == [7, 4]
    assert value(["days"]) == [7, 9]
    assert value(days="2") == [9]
    condition, params = metrics.row_condition(some, None, None, {"least": "2"})
    assert con.execute(f"select entries from seen{condition}", params).fetchall() == [(4,)]
    with pytest.raises(ConfigError) as stop:
        value(least="3")
    assert str(stop.value) == "some knows no least '3'\n  fix: use one of: 1, 2"


def test_a_metric_without_what_its_kind_needs_is_refused() -> None:
    for part in ("of", "where"):
        with pytest.raises(ValidationError, match=f"kind incidence needs {part}"):
            incidence(15, **{part: None})
    with pytest.raises(ValidationError, match="'least' is not in split_by"):
        incidence(15, choices={"least": ["1"]})


def test_money_keeps_its_cents_and_is_no_number_of_things(con: Connection) -> None:
    tell(con, "days | entries\n1 | 3\n2 | 4")
    shared = incidence(1, kind="ratio", numerator="1.25", denominator="sum(entries) / 2.0")
    (row,) = metrics.query(con, shared)
    assert (row["numerator"], row["denominator"]) == (1.25, 3.5)
    summed = incidence(1, kind="count", unit="amount", numerator="12.34")
    (row,) = metrics.query(con, summed)
    assert (row["value"], row["numerator"]) == (12.34, 12.34)


def test_rows_a_metric_is_not_about_make_no_group(con: Connection) -> None:
    tell(con, "shop | days | what | entries\na | 1 | 1 | 3\nb | 1 | 2 | 4")
    some = incidence(1, kind="count", unit="count", numerator="sum(entries)", where="what = 1")
    found = metrics.query(con, some, ["shop"], where={})
    assert [(row["shop"], row["value"]) for row in found] == [("a", 3)]
