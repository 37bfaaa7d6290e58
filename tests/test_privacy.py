"""Nobody's name, phone or address in anything that is published or shown."""

from __future__ import annotations

import json
import re

import pytest
from conftest import SAMPLE

from aftersales import contracts
from aftersales.settings import packaged
from aftersales.warehouse import connection, publish

CANARIES = json.loads((SAMPLE / "_truth.json").read_text(encoding="utf-8"))["canaries"]
PHONE = re.compile(r"(?<![0-9a-f])1[3-9]\d{9}(?![0-9a-f])")  # not inside a pseudonym
pytestmark = pytest.mark.slow


def texts(con):
    """Every text column of every table as one value a cell, with its place."""
    for table, column in connection.rows(
        con,
        "select table_name, column_name from duckdb_columns()"
        " where schema_name = 'main' and data_type = 'VARCHAR'",
    ):
        name = connection.identifier(column)
        for (text,) in connection.rows(con, f"select distinct {name} from {table}"):
            yield f"{table}.{column}", text or ""


def test_no_canary_and_no_phone_number_is_published(published):
    assert len(CANARIES) > 2
    with publish.open_published(published) as con:
        for place, text in texts(con):
            assert not [canary for canary in CANARIES if canary in text], (place, text)
            assert not PHONE.search(text), (place, text)


def test_no_canary_stands_in_a_page_or_beside_a_chart(published):
    pages = [
        path for path in published.site.rglob("*") if path.suffix in (".html", ".csv", ".json")
    ]
    assert pages
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not [canary for canary in CANARIES if canary in text], path


def test_what_identifies_a_person_is_not_even_in_raw(published, copied):
    kept = {  # free text, masked when shown
        f"{contracts.raw_name(name)}.{column}"
        for name, table in contracts.load((packaged("sql"),)).tables.items()
        for column, facts in table.columns.items()
        if facts.pii == "free_text"
    }
    with connection.open_writer(copied) as con:
        for place, text in texts(con):
            if place.startswith("raw_") and place not in kept:
                assert not [canary for canary in CANARIES if canary in text], (place, text)


def test_state_is_readable_by_its_owner_only(published):
    for path in published.data.rglob("*"):
        if path.is_file() and "inbox" not in path.parts and not path.is_symlink():
            assert not path.stat().st_mode & 0o077, path
