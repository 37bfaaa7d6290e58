"""Two small runs against each other: which numbers moved, and what is said of the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from aftersales.judgement import restatement
from aftersales.metrics import Metric
from aftersales.settings import Settings
from aftersales.warehouse import changed, numbers, publish
from aftersales.warehouse.connection import connect
from aftersales.warehouse.models import Model
from aftersales.warehouse.numbers import Number, Part, Told

COLUMNS = {
    "case_id": "varchar",
    "kind": "varchar",
    "applied_at": "timestamp",
    "applied_on": "date",
    "closed_at": "timestamp",
    "age_seconds": "double",
    "refund_amount": "decimal(18, 2)",
    "source_file_id": "varchar",
    "source_record": "bigint",
}
MODEL = Model(
    "fct_thing",
    Path("fct_thing.sql"),
    "marts",
    "",
    {"grain": "case_id"},
    COLUMNS,
    frozenset(),
    "",
    {},
)
THEN, LATER = datetime(2026, 11, 8, 16), datetime(2026, 11, 15, 16)
MONDAY = date(2026, 11, 2)
# Exported in the evening of the 8th, and a week later.
FILES = {"old": datetime(2026, 11, 8, 15), "new": datetime(2026, 11, 15, 15)}


def metric(**told) -> Metric:
    facts = {
        "metric": "things",
        "label": {"en": "Things"},
        "reads": {"en": "Things."},
        "is_not": {"en": "Others."},
        "model": "fct_thing",
        "period": "applied_on",
        "kind": "count",
        "numerator": "count(*)",
        "rows": "true",
        "unit": "count",
        "good": "neither",
        "split_by": ["kind"],
        "owner": "after-sales analytics",
        "decision": "D-001",
        "example": {"given": "", "gives": {}},
    }
    return Metric.model_validate(facts | told)


EXCHANGES = Part("things@kind=exchange", metric(), {"kind": "exchange"})
AMOUNT = metric(numerator="sum(refund_amount)", unit="amount")
REFUNDED = Part("things@kind=exchange", AMOUNT, {"kind": "exchange"})
AGE = metric(kind="quantile", of="age_seconds", quantile=0.5, where="age_seconds is not null")
AGES = Part("things@kind=exchange", AGE, {"kind": "exchange"})


def thing(**told) -> dict:
    """An exchange of Wednesday that is open, in the old export."""
    return {
        "case_id": "C1",
        "kind": "exchange",
        "applied_at": datetime(2026, 11, 4, 9),
        "applied_on": date(2026, 11, 4),
        "closed_at": None,
        "age_seconds": 100.0,
        "refund_amount": 10,
        "source_file_id": "old",
        "source_record": 1,
    } | told


NEW = {"source_file_id": "new", "source_record": 7}


def lay(path: Path, things: list[dict], *, as_of: datetime, files: list[str], gone=()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as con:
        listed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        con.execute(f"create table fct_thing ({listed})")
        for one in things:
            con.execute(
                f"insert into fct_thing values ({', '.join('?' for _ in COLUMNS)})",
                [one[name] for name in COLUMNS],
            )
        con.execute("create table ref_run (as_of timestamp, as_of_on date)")
        con.execute("insert into ref_run values (?, ?)", [as_of, as_of.date()])
        con.execute(
            "create table ref_file (file_id varchar, file_name varchar, exported_at timestamp)"
        )
        for name in files:
            con.execute("insert into ref_file values (?, ?, ?)", [name, f"{name}.csv", FILES[name]])
        con.execute("create table ref_gone (file_id varchar, record bigint, told_by varchar)")
        for file, record, told_by in gone:
            con.execute("insert into ref_gone values (?, ?, ?)", [file, record, told_by])


@pytest.fixture
def runs(tmp_path):
    """Lays two runs and says what is found behind a part's numbers."""
    workspace = Settings(home=tmp_path)

    def found(
        was: list[dict],
        now: list[dict],
        *,
        part: Part = EXCHANGES,
        later: datetime = LATER,
        files: tuple[str, ...] = ("old", "new"),
        gone=(),
        same: bool = True,
    ) -> list[tuple]:
        lay(workspace.published / "r1" / publish.DATABASE, was, as_of=THEN, files=["old"])
        lay(tmp_path / "new.duckdb", now, as_of=later, files=list(files), gone=gone)
        with (
            connect(tmp_path / "new.duckdb", may_read=[workspace.published]) as con,
            changed.beside(con, workspace, "r1") as is_there,
        ):
            assert is_there
            table = changed.find(con, MODEL, is_same_make=same)
            told = changed.behind(con, part, table)
        return [(one.cause, one.file, one.count) for one in told if one.span == "week"]

    return found


def test_a_case_of_a_week_already_told_that_comes_with_a_new_file_is_late(runs):
    late = thing(case_id="C2", **NEW)
    assert runs([thing()], [thing(), late]) == [("late", "new.csv", 1)]


def test_a_row_the_next_full_export_no_longer_lists_is_deleted_and_that_file_says_so(runs):
    assert runs([thing()], [], gone=[("old", 1, "new")]) == [("deleted", "new.csv", 1)]


def test_a_row_of_a_file_that_was_taken_back_is_withdrawn(runs):
    assert runs([thing()], [], files=("new",)) == [("withdrawn", "old.csv", 1)]


def test_another_amount_in_a_newer_file_is_a_correction_though_the_case_has_gone_on(runs):
    closed = thing(refund_amount=12, closed_at=datetime(2026, 11, 10, 9), **NEW)
    assert runs([thing()], [closed], part=REFUNDED) == [("corrected", "new.csv", 1)]


def test_what_was_closed_after_the_older_export_has_ripened_and_was_never_wrong(runs):
    closed = thing(closed_at=datetime(2026, 11, 10, 9), age_seconds=None, **NEW)
    assert runs([thing()], [closed], part=AGES) == [("ripened", None, 1)]


def test_at_the_same_as_of_a_newer_export_may_tell_what_came_after_the_older_one(runs):
    closed = thing(closed_at=datetime(2026, 11, 8, 15, 30), age_seconds=None, **NEW)
    assert runs([thing()], [closed], part=AGES, later=THEN) == [("ripened", None, 1)]


def test_what_was_closed_before_it_and_not_said_is_put_right(runs):
    closed = thing(closed_at=datetime(2026, 11, 5, 9), age_seconds=40.0, **NEW)
    assert runs([thing()], [closed], part=AGES) == [("corrected", "new.csv", 1)]


def test_what_only_grows_older_has_ripened(runs):
    assert runs([thing()], [thing(age_seconds=700.0)], part=AGES) == [("ripened", None, 1)]


def test_at_the_same_as_of_only_rows_beside_it_can_have_changed_it(runs):
    told = runs([thing()], [thing(age_seconds=700.0)], part=AGES, later=THEN)
    assert told == [("linked", None, 1)]


def test_under_other_settings_or_code_it_is_computed_otherwise(runs):
    told = runs([thing()], [thing(age_seconds=700.0)], part=AGES, later=THEN, same=False)
    assert told == [("recomputed", None, 1)]


def test_a_corrected_kind_moves_the_case_out_of_the_number(runs):
    assert runs([thing()], [thing(kind="refund", **NEW)]) == [("moved_out", "new.csv", 1)]


def test_a_corrected_day_moves_it_out_of_one_week_and_into_another(runs):
    told = thing(applied_at=datetime(2026, 10, 28, 9), applied_on=date(2026, 10, 28), **NEW)
    assert runs([thing()], [told]) == [("moved_in", "new.csv", 1), ("moved_out", "new.csv", 1)]


def test_a_change_that_leaves_the_number_alone_is_not_counted(runs):
    assert runs([thing()], [thing(refund_amount=12, **NEW)]) == []


# --- numbers against numbers -----------------------------------------------------------------


def number(value, **told) -> Number:
    made = Number("things", "week", MONDAY, value, None, 100.0, 0.0, None, "d1")
    return replace(made, **told)


def run(*told: Number, run_id: str = "r1", as_of_on: date = date(2026, 11, 15)) -> Told:
    return Told(run_id, as_of_on, "make", told)


THINGS = {"things": metric(), "share": metric(unit="share", kind="share", denominator="1")}


def test_a_period_that_was_still_running_for_one_of_them_is_not_compared():
    before = run(number(1.0), as_of_on=date(2026, 11, 7))
    assert restatement.moved(before, run(number(2.0)), THINGS) == (0, [])
    assert restatement.moved(run(number(1.0)), run(number(2.0)), THINGS)[0] == 1


def test_the_noise_of_adding_up_in_another_order_is_no_change():
    assert restatement.moved(run(number(0.3)), run(number(0.1 + 0.2)), THINGS) == (1, [])


@pytest.mark.parametrize(("now", "is_visible"), [(0.0412, False), (0.0461, True), (None, True)])
def test_a_change_is_visible_where_the_page_prints_another_share(now, is_visible):
    _, (moved,) = restatement.moved(
        run(number(0.0411, measure="share")), run(number(now, measure="share")), THINGS
    )
    assert moved.is_visible is is_visible


def test_a_share_of_few_stands_behind_the_same_change_of_many():
    few = number(0.4, measure="share", denominator=10.0)
    many = number(0.4, measure="share", denominator=1000.0)
    sizes = [
        restatement.Moved(THINGS["share"], one, replace(one, value=0.5)).size for one in (few, many)
    ]
    assert sizes[0] < sizes[1]


def compared(tmp_path, before: Told | None, now: Told) -> dict:
    with connect(None) as con:
        told = Settings(home=tmp_path)
        part = Part("things", metric(), {})
        return restatement.compare(con, told, {"fct_thing": MODEL}, [part], before, now)


def test_the_first_run_has_nothing_before_it(tmp_path):
    assert compared(tmp_path, None, run(number(1.0)))["before"] is None


def test_where_the_earlier_run_is_no_longer_kept_the_cause_is_unknown_and_said_to_be(tmp_path):
    (line,) = compared(tmp_path, run(number(1.0)), run(number(2.0)))["moved"]
    assert line["because"] == [{"cause": "unknown", "rows": None}]


def test_a_metric_defined_otherwise_is_told_as_that_and_not_as_other_data(tmp_path):
    now = run(number(2.0, definition="d2"))
    (line,) = compared(tmp_path, run(number(1.0)), now)["moved"]
    assert line["because"] == [{"cause": "defined_otherwise", "rows": None}]


def test_another_label_is_no_other_definition_and_another_condition_is():
    same = metric(label={"en": "Cases"}, owner="somebody")
    assert numbers.definition(same) == numbers.definition(metric())
    assert numbers.definition(metric(where="kind = 'x'")) != numbers.definition(metric())


# --- the ledger ------------------------------------------------------------------------------


def test_what_is_appended_is_read_back_and_a_second_time_changes_nothing(tmp_path):
    workspace = Settings(home=tmp_path)
    first = run(number(1.0), number(None, span="month", starts_on=date(2026, 10, 1), reason="x"))
    numbers.append(workspace, first)
    path = workspace.runs / numbers.FOLDER / "r1.parquet"
    content = path.read_bytes()
    numbers.append(workspace, run(number(9.0)))
    assert path.read_bytes() == content
    assert numbers.read(workspace, "r1") == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert numbers.known_runs(workspace) == ["r1"]


def test_a_damaged_file_of_the_ledger_tells_nothing_and_stops_nothing(tmp_path):
    workspace = Settings(home=tmp_path)
    numbers.append(workspace, run(number(1.0)))
    path = workspace.runs / numbers.FOLDER / "r1.parquet"
    path.write_bytes(b"no parquet")
    assert numbers.read(workspace, "r1") is None
    assert numbers.read(workspace, "r2") is None
    numbers.append(workspace, run(number(1.0)))
    assert numbers.read(workspace, "r1") == run(number(1.0))


@pytest.mark.parametrize(
    ("as_of_on", "monday", "sunday"),
    [
        (date(2026, 11, 22), date(2026, 5, 25), date(2026, 11, 22)),  # a Sunday: its week is over
        (date(2026, 11, 21), date(2026, 5, 18), date(2026, 11, 15)),
    ],
)
def test_the_last_26_weeks_that_are_over_are_kept(as_of_on, monday, sunday):
    spans = {span: days for span, *days in numbers._spans(metric(), as_of_on)}
    assert spans["week"] == [monday, sunday]
    assert spans["month"] == [date(2026, 5, 1), date(2026, 10, 31)]
