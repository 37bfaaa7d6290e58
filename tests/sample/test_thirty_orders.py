"""The exchange rate on thirty orders small enough to be counted by hand.

Two weeks of a shop in March 2026, as three Taobao exports in thirty_orders/. What a count should
be is written down here after reading the files, order by order:

Week of 2 March, twelve orders sold: 01 02 03 05 06 07 08 09 10 11 12 13. Not 04, never paid; not
14, placed on Sunday at 23:58 and paid on Monday at 00:01.
Exchanges asked for: 01; 03, two units bought and not said how many go back; 05, one of its two
lines; 07, twice, the second one still open; 09, which is returned a week later. So five orders,
and 1 + 1 + 2 + 1 = 5 units stated (03 is left out) of 16 sold (03: 2, 05: 2, 08: 3, nine of 1).
06 is returned, 10 refunded before it left.

Week of 9 March, sixteen orders sold: 14 15 16 17 19 20 21 22 23 24 25 26 27 28 29 30. Not 18,
which waits for payment. 27, 30 and the others that end 交易关闭 were paid, so they were sold.
Exchanges asked for: 11, sold the week before; 15; 22, on Sunday at 23:59; 25, closed as 退款关闭
like any swap may be; and an order of February that no export lists. Not 23, asked for on Monday
16 March at 00:00. So five orders, four units stated (nobody knows how many the February order
holds) of 21 sold (19: 2, 24: 2, 25: 2, 28: 3, twelve of 1).
09 and 27 are returned, 28 and 30 refunded; 20 is a repair and 21 a reshipment, neither counts.
A swap on Taobao makes no order of its own, so no replacement is among the sold.
"""

from __future__ import annotations

import shutil
from collections import Counter
from csv import DictReader
from datetime import date
from pathlib import Path

import pytest
from sample.conftest import Build, Built

FILES = Path(__file__).with_name("thirty_orders")
FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 9)

# numerator, denominator, excluded
COUNTED = {
    "exchange_rate_orders": {FIRST: (5, 12, 0), SECOND: (5, 16, 0)},
    "exchange_rate_units": {FIRST: (5, 16, 1), SECOND: (4, 21, 1)},
    "return_rate": {FIRST: (1, 12, 0), SECOND: (2, 16, 0)},
    "refund_only_rate": {FIRST: (1, 12, 0), SECOND: (2, 16, 0)},
}


@pytest.fixture(scope="module")
def shop(build_all: Build, tmp_path_factory: pytest.TempPathFactory) -> Built:
    inbox = tmp_path_factory.mktemp("exports")
    shutil.copytree(FILES, inbox / "flagship")
    return build_all(inbox, date(2026, 3, 22))


def test_there_are_thirty_orders() -> None:
    (path,) = FILES.glob("ExportOrderList*")
    with path.open(encoding="utf-8", newline="") as file:
        orders = Counter(row["订单编号"] for row in DictReader(file))
    assert (len(orders), set(orders.values())) == (30, {1})


def test_every_row_is_read(shop: Built) -> None:
    assert [(one.status, one.quarantined) for one in shop.outcomes] == [("loaded", 0)] * 3


@pytest.mark.parametrize("metric", COUNTED)
def test_rates_by_week_are_those_counted_by_hand(shop: Built, metric: str) -> None:
    found = {
        row["week"]: (row["numerator"], row["denominator"], row["excluded"])
        for row in shop.values(metric, ("week",))
        if row["week"] in (FIRST, SECOND)
    }
    assert found == COUNTED[metric]


def test_exchanges_by_article_are_those_counted_by_hand(shop: Built) -> None:
    found = {
        row["sku"]: (row["numerator"], row["denominator"])
        for row in shop.values("exchange_rate_orders", ("sku",))
        if row["sku"]
    }
    # A: 01 05 07 09 15 22 and the one of February, sold 01 02 05 07 09 12 14 15 16 20 22 24 26 29;
    # B: 03 11 23 25, sold 03 05 06 11 17 23 25 28; C: none, sold 08 10 13 19 21 25 27 30.
    assert found == {"SKU-A": (7, 14), "SKU-B": (4, 8), "SKU-C": (0, 8)}
