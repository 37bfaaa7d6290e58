"""What a cell as delivered means: the functions every staging model is made of."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from aftersales.settings import packaged
from aftersales.warehouse.connection import Connection, connect, define_functions, one


@pytest.fixture(scope="module")
def functions() -> Connection:
    con = connect(None)
    define_functions(con, (packaged("sql"),))
    return con


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [
        ('="2150000000026611387"', "2150000000026611387"),
        ("'6917", "6917"),
        ("\t6917 ", "6917"),
        ("00123", "00123"),
        ("", None),
        ("260517-607", "260517-607"),
    ],
)
def test_an_id_loses_only_what_exports_wrap_around_it(functions, cell, meaning):
    assert one(functions, "select as_id(?)", [cell]) == meaning


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [
        ("¥1,234.50元", Decimal("1234.5")),
        ("1,234,567.5", Decimal("1234567.5")),
        ("-12.50", Decimal("-12.5")),
        ("12,50", None),
        ("12,3456", None),
        ("无退款申请", None),
        ("", None),
    ],
)
def test_a_comma_that_parts_no_thousands_leaves_the_amount_unread(functions, cell, meaning):
    assert one(functions, "select as_amount(?)", [cell]) == meaning


@pytest.mark.parametrize(("cell", "meaning"), [("3", 3), ("3.0", 3), ("3.5", None), ("-2件", -2)])
def test_a_count_is_whole_or_unread(functions, cell, meaning):
    assert one(functions, "select as_count(?)", [cell]) == meaning


@pytest.mark.parametrize(
    ("cell", "layout", "meaning"),
    [
        ("2026-01-15 10:00:00", "ymd", datetime(2026, 1, 15, 10)),
        ("2016/5/23 22:02", "ymd", datetime(2016, 5, 23, 22, 2)),
        ("2026年1月5日 10:00", "ymd", datetime(2026, 1, 5, 10)),
        ("2026-01-15T10:00:00", "ymd", datetime(2026, 1, 15, 10)),
        ("03/04/2026 10:00", "ymd", None),
        ("03/04/2026 10:00", "dmy", datetime(2026, 4, 3, 10)),
        ("03/04/2026 10:00", "mdy", datetime(2026, 3, 4, 10)),
        ("27/07/2023 21:36", "mdy", None),
        ("2026-01-15 10:00:00+08:00", "ymd", None),
        ("2026-04-05 21:06:21 +0400", "zoned", datetime(2026, 4, 5, 17, 6, 21)),
        ("2026-01-02T03:04:05-05:00", "zoned", datetime(2026, 1, 2, 8, 4, 5)),
        ("2026-01-02T03:04:05Z", "zoned", datetime(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02T03:04:05", "zoned", None),
        ("46204.545", "ymd", None),
    ],
)
def test_a_time_is_read_in_the_files_layout_and_in_no_other(functions, cell, layout, meaning):
    assert one(functions, "select as_time(?, ?)", [cell, layout]) == meaning


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [
        (None, None),
        ("", Decimal(0)),
        ("无退款申请", Decimal(0)),
        ("76.0", Decimal(76)),
        ("?", None),
    ],
)
def test_an_empty_refund_cell_is_no_refund_and_a_missing_column_is_unknown(
    functions, cell, meaning
):
    assert one(functions, "select as_refund(?::varchar)", [cell]) == meaning
