"""What analysts import: the same numbers, fixed dtypes, down to the delivered row."""

from __future__ import annotations

import pytest
import python_calamine
from conftest import SAMPLE

from aftersales import notebook
from aftersales.errors import ConfigError
from aftersales.warehouse import connection, publish

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def session(published):
    return notebook.connect(published.home)


def test_dtypes_come_from_the_metric_and_not_from_the_rows(session):
    filled = []
    for name, metric in session.metrics.items():
        split = metric.split_by[0]
        full = session.metric(name, by=[split])
        empty = session.metric(name, by=[split], where={split: "nothing is called so"})
        assert not len(empty), name
        assert dict(full.dtypes) == dict(empty.dtypes), name
        filled += [name] if len(full) else []
    # the small sample has no repairs, and few disputes
    assert len(filled) > 0.8 * len(session.metrics)


def test_a_period_split_is_a_date_and_an_unknown_value_is_missing_not_zero(session):
    frame = session.metric("exchange_rate_units", by="week")
    assert str(frame["week"].dtype).startswith("datetime64")
    assert str(frame["value"].dtype) == "Float64"
    unknown = frame[frame["value_status"] != "ok"]
    assert unknown["value"].isna().all() and unknown["value_reason"].notna().all()


def test_rows_lead_back_to_the_record_of_the_delivered_file(session):
    behind = session.rows("exchange_rate_orders", where={"shop_id": "flagship"})
    files = {}
    for name in behind["file_name"].unique():
        workbook = python_calamine.CalamineWorkbook.from_path(SAMPLE / "flagship" / name)
        header, *files[name] = workbook.get_sheet_by_index(0).to_python()
    number, kind = header.index("退款编号"), header.index("是否需要退货")
    for row in behind.itertuples():
        delivered = files[row.file_name][row.source_record - 1]
        assert row.event_key.endswith("/" + str(delivered[number]))
        assert delivered[kind] == "换货"


def test_rows_behind_a_count_are_as_many_as_the_count(session):
    for name in ("orders", "orders_paid", "cases", "backlog"):
        assert len(session.rows(name)) == session.values(name)[0]["value"], name


def test_a_kernel_that_held_a_connection_sees_the_new_run_after_connecting_again(copied):
    held = notebook.connect(copied.home)
    before = held.values("orders")[0]["value"]
    with connection.open_writer(copied) as con:
        con.execute("delete from fct_order where order_id = (select min(order_id) from fct_order)")
        publish.publish(con, copied, "next", publish.record(copied))
    assert held.values("orders")[0]["value"] == before
    assert notebook.connect(copied.home).values("orders")[0]["value"] == before - 1


def test_an_unknown_table_is_refused_with_those_there_are(session):
    with pytest.raises(ConfigError, match=r"^no table 'orders'\n  fix: use one of: dim_calendar, "):
        session.table("orders")


def test_what_is_published_can_only_be_read(session):
    with pytest.raises(ConfigError, match="read-only"):
        session.query("drop table fct_order")
    with pytest.raises(ConfigError, match="disabled by configuration"):
        session.query("select * from read_text('/etc/passwd')")
