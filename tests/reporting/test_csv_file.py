from __future__ import annotations

import csv
import io
from datetime import date, datetime

import pytest

from aftersales.reporting.charts import Amount, Table
from aftersales.reporting.csv_file import as_bytes

COLUMNS = (("商品", "text"), ("中位", "seconds"), ("起", "week"), ("占比", "share"))


def written(*rows):
    text = as_bytes(Table(COLUMNS, rows), "{label}（秒）").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", '=HYPERLINK("http://x")']
)
def test_no_text_can_run_as_a_formula(text):
    assert written((text, 1.0, None, None))[1][0] == f"'{text}"


def test_numbers_stay_numbers_and_below_zero_too():
    assert written(("a", -12.0, date(2026, 11, 16), 0.04125))[1] == [
        "a",
        "-12",
        "2026-11-16",
        "0.04125",
    ]


def test_what_is_missing_is_empty_never_zero():
    assert written(("a", None, None, None))[1] == ["a", "", "", ""]


def test_headings_say_the_unit():
    assert written()[0] == ["商品", "中位（秒）", "起", "占比"]


def test_excel_reads_it_as_utf_8():
    assert as_bytes(Table(COLUMNS, ()), "{label}").startswith(b"\xef\xbb\xbf")


def test_a_time_and_a_number_with_its_own_unit_stay_data():
    when = datetime(2026, 11, 20, 4, 28, 11)
    assert written(("a", Amount(-4.2, "seconds", is_change=True), when, Amount(0.25, "share")))[
        1
    ] == [
        "a",
        "-4.2",
        "2026-11-20 04:28",
        "0.25",
    ]
