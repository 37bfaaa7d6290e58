from __future__ import annotations

import json
import os
import stat
from datetime import datetime

import pytest

from aftersales.errors import ConfigError
from aftersales.warehouse import publish as publishing
from aftersales.warehouse.connection import one, rows
from aftersales.warehouse.publish import current, open_published, publish, published_runs, record

AS_OF = datetime.fromisoformat("2026-03-01T16:00:00")


@pytest.fixture
def con(con):
    con.execute("create table fct_order as select 1 as units")
    con.execute("comment on table fct_order is 'each order'")
    con.execute("comment on column fct_order.units is 'how many, the buyer''s'")
    for name in ("dim_shop", "mart_week", "ref_run", "raw_shop__order", "int_order_merge"):
        con.execute(f"create table {name} as select 1 as a")
    return con


def units(settings, run_id: str | None = None) -> int:
    with open_published(settings, run_id) as reader:
        return one(reader, "select units from fct_order")


def test_readers_get_what_reports_may_read_and_nothing_else(con, settings):
    publish(con, settings, "r1", {})
    with open_published(settings) as reader:
        assert rows(reader, "select table_name from duckdb_tables() order by 1") == [
            ("dim_shop",),
            ("fct_order",),
            ("mart_week",),
            ("ref_run",),
        ]


def test_the_words_about_tables_and_columns_come_along(con, settings):
    publish(con, settings, "r1", {})
    with open_published(settings) as reader:
        assert one(
            reader, "select comment from duckdb_tables() where table_name = 'fct_order'"
        ) == ("each order")
        assert one(reader, "select comment from duckdb_columns() where column_name = 'units'") == (
            "how many, the buyer's"
        )


def test_the_run_tells_what_it_is(con, settings):
    folder = publish(con, settings, "r1", {"as_of": AS_OF, "findings": [{"level": "warning"}]})
    assert json.loads((folder / "run.json").read_text()) == record(settings)
    assert record(settings) == {
        "run_id": "r1",
        "as_of": "2026-03-01T16:00:00",
        "findings": [{"level": "warning"}],
        "tables": {"dim_shop": 1, "fct_order": 1, "mart_week": 1, "ref_run": 1},
    }


def test_an_open_reader_keeps_its_run_and_a_new_connection_in_the_process_sees_the_new_one(
    con, settings
):
    publish(con, settings, "r1", {})
    reader = open_published(settings)
    second = open_published(settings)
    con.execute("update fct_order set units = 2")
    publish(con, settings, "r2", {})
    assert one(reader, "select units from fct_order") == 1
    assert one(second, "select units from fct_order") == 1
    assert units(settings) == 2
    assert units(settings, "r1") == 1
    reader.close()
    second.close()


def test_a_reader_can_neither_write_nor_read_files(con, settings, tmp_path):
    publish(con, settings, "r1", {})
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with open_published(settings) as reader:
        for forbidden in ("drop table fct_order", f"from read_csv('{tmp_path}/secret.csv')"):
            with pytest.raises(Exception, match=r"read-only|Permission Error"):
                reader.execute(forbidden)


def test_the_last_three_runs_stay(con, settings):
    for number in range(1, 6):
        publish(con, settings, f"r{number}", {})
    assert published_runs(settings) == ["r5", "r4", "r3"]
    assert sorted(path.name for path in settings.published.iterdir()) == [
        "current",
        "r3",
        "r4",
        "r5",
    ]


def test_a_run_with_an_earlier_name_is_current_all_the_same(con, settings):
    for run in ("r7", "r8", "r9", "r1"):
        publish(con, settings, run, {})
    assert current(settings) == settings.published / "r1"
    assert published_runs(settings) == ["r1", "r9", "r8"]


@pytest.mark.parametrize("step", ["_copy_table", "write_whole", "sync_folder", "_point", "comment"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_whatever_stops_a_publication_readers_keep_the_run_they_had(
    con, settings, monkeypatch, step, stop
):
    publish(con, settings, "r1", {})
    con.execute("update fct_order set units = 2")

    def fail(*_: object) -> None:
        raise stop

    with monkeypatch.context() as broken:
        broken.setattr(publishing, step, fail)
        with pytest.raises((KeyboardInterrupt, ConfigError)):
            publish(con, settings, "r2", {})
    assert units(settings) == 1
    assert sorted(path.name for path in settings.published.iterdir()) == ["current", "r1"]
    publish(con, settings, "r2", {})
    assert units(settings) == 2


def test_what_a_killed_run_left_is_swept_away(con, settings):
    left = settings.published / "r0.partial"
    left.mkdir()
    (left / "aftersales.duckdb").write_bytes(b"half")
    (settings.published / "current.new").symlink_to("r0")
    publish(con, settings, "r1", {})
    assert sorted(path.name for path in settings.published.iterdir()) == ["current", "r1"]


def test_no_space_left_is_said_in_one_sentence(con, settings, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_whole", fail)
    with pytest.raises(ConfigError) as refused:
        publish(con, settings, "r1", {})
    assert str(refused.value) == (
        f"{settings.published}: no space left to write\n  fix: free disk space, then run again"
    )


def test_a_published_run_is_never_written_again(con, settings):
    folder = publish(con, settings, "r1", {})
    with pytest.raises(ConfigError) as refused:
        publish(con, settings, "r1", {})
    assert str(refused.value) == (
        f"{folder}: this run is published already\n  fix: publish under a new id"
    )


@pytest.mark.parametrize("name", ["../r1", "a/b", "current", "r.partial", "-r", ""])
def test_a_run_id_is_a_plain_name(con, settings, name):
    with pytest.raises(ConfigError) as refused:
        publish(con, settings, name, {})
    assert str(refused.value) == (
        f"'{name}' cannot name a run\n  fix: use letters, digits and hyphens"
    )


def test_before_the_first_run_nothing_can_be_opened(settings):
    assert current(settings) is None
    with pytest.raises(ConfigError) as refused:
        open_published(settings)
    assert str(refused.value) == (
        f"{settings.published}: nothing is published yet\n  fix: run: aftersales run"
    )


def test_a_run_that_is_not_there_is_answered_with_those_that_are(con, settings):
    publish(con, settings, "r1", {})
    publish(con, settings, "r2", {})
    with pytest.raises(ConfigError) as refused:
        open_published(settings, "r9")
    assert str(refused.value) == (
        f"{settings.published}: no run 'r9' is published\n  fix: use one of: r2, r1"
    )


def test_nobody_else_may_read_it(con, settings):
    before = os.umask(0o022)
    try:
        folder = publish(con, settings, "r1", {})
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {"r1": 0o700, "aftersales.duckdb": 0o600, "run.json": 0o600}
