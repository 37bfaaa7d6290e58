from __future__ import annotations

import pytest

from aftersales.errors import ConfigError
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import one, rows

ORDERS = "select order_id, -- the shop's own id\n    units -- how many\nfrom stg_order"
TOO_LONG = "select cast(order_id as int) as order_id -- a number it is not\nfrom stg_order"


def test_a_model_becomes_a_table_with_its_rows_counted(con, written):
    (made,) = build(con, written("fct_order", ORDERS))
    assert (made.name, made.rows) == ("fct_order", 1)
    assert made.seconds >= 0
    assert rows(con, "from fct_order") == [("O1", 2)]


def test_a_table_carries_what_its_file_says_of_it(con, written):
    build(con, written("fct_order", ORDERS))
    assert one(con, "select comment from duckdb_tables() where table_name = 'fct_order'") == (
        "the buyer's orders."
    )
    assert rows(
        con,
        "select column_name, comment from duckdb_columns()"
        " where table_name = 'fct_order' order by 1",
    ) == [("order_id", "the shop's own id"), ("units", "how many")]


def test_a_later_model_reads_what_an_earlier_one_has_just_made(con, written):
    twice = "select units * 2 as units -- doubled\nfrom fct_order"
    models = written("fct_order", ORDERS) | written("mart_twice", twice)
    steps: list[str] = []
    build(con, models, on_step=steps.append)
    con.execute("update stg_order set units = 5")
    build(con, models)
    assert one(con, "select units from mart_twice") == 10
    assert steps == ["fct_order", "mart_twice"]


def test_a_model_that_fails_leaves_every_table_of_the_last_build(con, written, tmp_path):
    build(con, written("fct_order", ORDERS))
    con.execute("update stg_order set units = 5")
    with pytest.raises(ConfigError) as refused:
        build(con, written("fct_order", ORDERS) | written("mart_bad", TOO_LONG))
    assert str(refused.value) == (
        f"{tmp_path}/mart_bad.sql: cannot be built: Conversion Error: Could not convert string "
        "'O1' to INT32 when casting from source column order_id\n"
        "  fix: correct the model; the tables of the last build are still there"
    )
    assert rows(con, "from fct_order") == [("O1", 2)]
    assert rows(con, "select table_name from duckdb_tables() order by 1") == [
        ("fct_order",),
        ("stg_order",),
    ]


def test_an_error_of_ours_on_the_way_leaves_every_table_too(con, written):
    build(con, written("fct_order", ORDERS))
    con.execute("update stg_order set units = 5")

    def stop(name: str) -> None:
        if name == "mart_next":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(con, written("fct_order", ORDERS) | written("mart_next", ORDERS), on_step=stop)
    assert rows(con, "from fct_order") == [("O1", 2)]


def test_the_table_of_a_model_that_is_gone_goes_with_it(con, written):
    con.execute("create table dim_utc_offset as select 1 as zone")
    con.execute("create table raw_shop__order as select 1 as order_id")
    reads_all = "select o.order_id -- id\nfrom stg_order as o cross join dim_utc_offset"
    build(con, written("fct_order", reads_all) | written("fct_old", ORDERS))
    build(con, written("fct_order", reads_all))
    assert rows(con, "select table_name from duckdb_tables() order by 1") == [
        ("dim_utc_offset",),
        ("fct_order",),
        ("raw_shop__order",),
        ("stg_order",),
    ]
