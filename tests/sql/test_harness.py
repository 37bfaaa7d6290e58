from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sql.harness import Case, read_table

from aftersales.warehouse.build import build
from aftersales.warehouse.connection import connect, one
from aftersales.warehouse.models import Model, read_model


@pytest.fixture
def double(tmp_path) -> Iterator[Case]:
    path = tmp_path / "fct_double.sql"
    path.write_text(
        "-- fct_double: twice.\n-- grain: a\n-- owner: us\n"
        "select a, -- id\n    2 * b as twice, -- doubled\n"
        "    cast(b as double) / 3 as third -- part\n"
        "from stg_x\n"
    )
    con = connect(None)
    con.execute("create table stg_x (a varchar, b decimal(18, 4))")
    model = read_model(path, "marts", {})
    build(con, {"fct_double": model})
    yield Case(con, model)
    con.close()


def test_rows_are_compared_in_any_order_and_only_in_the_columns_named(double):
    double.given(stg_x="a | b\n---|---\nP | 1.5\n'' | 2\nQ |").expect(
        "twice | a\n      | Q\n4 | ''\n3 | P"
    )


def test_a_wrong_value_is_shown_beside_the_right_one(double):
    with pytest.raises(AssertionError) as failure:
        double.given(stg_x="a | b\n'' | 1\nP |").expect("a | third\nP |\n'' | 0.5")
    assert str(failure.value).splitlines()[:7] == [
        "fct_double: expected",
        "  '' | 0.5",
        "  P | NULL",
        "  but found",
        "  '' | 0.333333333",
        "  P | NULL",
    ]


@pytest.mark.parametrize("expected", ["a", "a\nP\nP", "a\nP\nQ"])
def test_a_row_too_many_too_few_or_another_fails(double, expected):
    with pytest.raises(AssertionError):
        double.given(stg_x="a | b\nP | 1").expect(expected)


def test_a_test_leaves_nothing_behind(double):
    double.given(stg_x="a | b\nP | 1").expect("a\nP")
    assert one(double.con, "select count(*) from stg_x") == 0
    double.expect("a")


def test_an_input_the_model_does_not_read_is_refused(double):
    with pytest.raises(AssertionError, match="fct_double does not read stg_y"):
        double.given(stg_y="a\nP")


def test_a_row_with_a_cell_too_many_is_refused():
    with pytest.raises(AssertionError, match=r"2 columns, but: 1 \| 2 \| 3"):
        read_table("a | b\n1 | 2 | 3")


def test_every_model_binds_on_empty_tables(
    all_models: dict[str, Model], model: Callable[[str], Case]
) -> None:
    for name in all_models:
        model(name)
