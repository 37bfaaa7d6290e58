from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aftersales.warehouse.publish import publish
from aftersales.warehouse.state import (
    Seen,
    State,
    fingerprint,
    forget,
    last,
    nothing_new,
    remember,
    stamp,
    unseen,
)

AS_OF = datetime.fromisoformat("2026-03-01T16:00:00")


@pytest.fixture
def export(settings):
    path = settings.inbox / "orders.csv"
    path.parent.mkdir(parents=True)
    path.write_text("id\n1\n")
    return path


@pytest.fixture
def state(settings, export) -> State:
    """A run that published what came out of one export."""
    seen = Seen(stamp(export), hashlib.sha256(export.read_bytes()).hexdigest())
    state = State(fingerprint(settings), AS_OF, "r1", True, {str(export): seen})
    remember(settings, state)
    return state


def test_what_a_run_leaves_is_what_the_next_one_finds(settings, state):
    assert last(settings) == state


def test_before_the_first_run_everything_is_new(settings, export):
    assert last(settings) is None
    assert unseen(settings, [export])
    assert not nothing_new(settings, [export], AS_OF)


def test_a_run_that_is_forgotten_never_makes_the_next_one_idle(con, settings, state, export):
    publish(con, settings, "r1", {})
    forget(settings)
    forget(settings)
    assert not nothing_new(settings, [export], AS_OF)


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"files": {"a": [1]}}', "null"])
def test_a_damaged_memory_is_no_memory(settings, state, damage):
    (settings.runs / "last.json").write_text(damage)
    assert last(settings) is None


def test_an_untouched_file_is_known(settings, state, export):
    assert not unseen(settings, [export])


def test_a_file_of_the_same_size_and_time_with_other_bytes_is_new(settings, state, export):
    times = export.stat()
    export.write_text("id\n2\n")
    os.utime(export, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert unseen(settings, [export])


def test_the_same_bytes_touched_or_under_another_name_are_known(settings, state, export):
    export.touch()
    copy = export.with_name("again.csv")
    copy.write_bytes(export.read_bytes())
    assert not unseen(settings, [export, copy])


@pytest.mark.parametrize("text", ["id\n1\n2\n", "id\n9\n", ""])
def test_other_bytes_are_new(settings, state, export, text):
    added = export.with_name("more.csv")
    added.write_text(text)
    assert unseen(settings, [export, added])


def test_nothing_is_new_only_when_all_of_it_is_as_before(con, settings, state, export):
    assert not nothing_new(settings, [export], AS_OF)
    publish(con, settings, "r1", {})
    assert nothing_new(settings, [export], AS_OF)
    assert not nothing_new(settings, [export], AS_OF + timedelta(days=1))
    remember(settings, replace(state, published=False))
    assert not nothing_new(settings, [export], AS_OF)
    remember(settings, replace(state, fingerprint="another"))
    assert not nothing_new(settings, [export], AS_OF)
    remember(settings, state)
    publish(con, settings, "r2", {})
    assert not nothing_new(settings, [export], AS_OF)


@pytest.mark.parametrize(
    "changed", ["aftersales.toml", "sql/marts/fct_x.sql", "reports/week/report.yml", "calendars/c"]
)
def test_the_fingerprint_sees_every_source_of_the_workspace(settings, changed):
    (settings.home / "sql").mkdir()
    (settings.home / "reports").mkdir()
    before = fingerprint(settings)
    path = settings.home / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a")
    added = fingerprint(settings)
    path.write_text("b")
    assert len({before, added, fingerprint(settings)}) == 3


def test_the_fingerprint_does_not_see_what_was_rendered(settings):
    (settings.home / "reports" / "_site").mkdir(parents=True)
    before = fingerprint(settings)
    (settings.home / "reports" / "_site" / "index.html").write_text("a page")
    assert fingerprint(settings) == before


def test_looking_whether_anything_is_new_loads_nothing_heavy():
    heavy = ("sqlglot", "pandas", "great_expectations", "duckdb", "yaml", "pydantic", "numpy")
    look = (
        f"import sys, aftersales.warehouse.state; print([m for m in {heavy} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
