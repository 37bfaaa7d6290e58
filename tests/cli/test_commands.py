"""Every command, its options, and the three ways to print."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from conftest import DELIVERED, SAMPLE

OPTIONS = {
    ("init",): (),
    ("demo",): (),
    ("sample",): ("--out", "--orders", "--seed", "--months", "--until", "--flat", "--format"),
    ("run",): ("--shop", "--as-of", "--format"),
    ("ingest",): ("--shop", "--withdraw", "--format"),
    ("formats",): ("--format", "explain"),
    ("formats", "explain"): ("--format",),
    ("map",): ("--name",),
    ("quarantine",): ("list", "export", "retry"),
    ("quarantine", "list"): ("--format",),
    ("quarantine", "export"): (),
    ("quarantine", "retry"): ("--format",),
    ("check",): ("--format",),
    ("metric",): (
        *("--by", "--since", "--until", "--where"),
        *("--without", "--without-events", "--format"),
    ),
    ("metrics",): ("--format",),
    ("explain",): ("--format",),
    ("sql",): ("--format",),
    ("report",): ("--period", "--lang"),
    ("status",): ("--format",),
    ("doctor",): ("--format",),
}
TICKETS = SAMPLE / "flagship" / "tickets_202611230010.csv"
PRINTING = (
    ("metrics",),
    ("metric", "orders"),
    ("metric", "exchange_rate_orders", "--by", "week", "--by", "shop_id"),
    ("metric", "first_response_median", "--where", "started_hour=9"),
    ("metric", "orders", "--since", "2026-11-01", "--until", "2026-11-22"),
    pytest.param(("explain", "exchange_rate_units"), marks=pytest.mark.slow),
    pytest.param(("explain", "fct_case"), marks=pytest.mark.slow),
    pytest.param(("explain", "reason"), marks=pytest.mark.slow),
    ("sql", "select stage, count(*) as cases from fct_case group by stage order by stage"),
    ("formats",),
    ("formats", "explain", TICKETS),
    ("status",),
    ("doctor",),
)


@pytest.mark.parametrize("command", OPTIONS, ids=" ".join)
def test_every_command_says_what_it_does_and_what_it_takes(ask, command):
    told = ask(*command, "--help")
    assert (told.code, told.err) == (0, "")
    for option in OPTIONS[command]:
        assert option in told.out


@pytest.mark.parametrize("question", PRINTING, ids=lambda parts: " ".join(map(str, parts[:2])))
def test_what_is_printed_is_data_in_the_form_asked_for(ask, shared, question):
    table = ask("--home", shared.home, *question)
    as_json = ask("--home", shared.home, *question, "--format", "json")
    as_csv = ask("--home", shared.home, *question, "--format", "csv")
    assert [(told.code, told.err) for told in (table, as_json, as_csv)] == [(0, "")] * 3
    rows = json.loads(as_json.out)
    lines = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert rows
    assert len(lines) == len(rows)
    assert list(lines[0]) == list(rows[0]) == table.out.splitlines()[0].split()


def test_quarantined_rows_print_as_data_in_every_form(ask, own):
    assert ask("--home", own.home, "quarantine", "list").out == ""
    assert json.loads(ask("--home", own.home, "quarantine", "list", "--format", "json").out) == []


def test_a_value_printed_is_the_value_of_the_registry(ask, shared):
    (row,) = json.loads(ask("--home", shared.home, "metric", "orders", "--format", "json").out)
    sql = "select count(*) as orders from fct_order"
    (counted,) = json.loads(ask("--home", shared.home, "sql", sql, "--format", "json").out)
    assert row["value"] == counted["orders"]
    assert row["value_status"] == "ok"


def test_a_part_of_the_metrics_adds_up_to_the_whole(ask, shared):
    whole = json.loads(ask("--home", shared.home, "metric", "orders", "--format", "json").out)
    parts = [
        json.loads(
            ask(
                "--home",
                shared.home,
                "metric",
                "orders",
                "--where",
                f"shop_id={shop}",
                "--format",
                "json",
            ).out
        )
        for shop in ("flagship", "outlet", "us")
    ]
    assert whole[0]["value"] == sum(part[0]["value"] for part in parts)


@pytest.mark.slow
def test_where_a_column_comes_from_is_told_down_to_the_export(ask, shared):
    told = json.loads(
        ask("--home", shared.home, "explain", "fct_case.reason", "--format", "json").out
    )
    sources = [row["text"] for row in told if row["part"] == "comes from"]
    (case,) = [text for text in sources if text.startswith("raw_shop__case.reason ← ")]
    assert "taobao_refund: 买家退款原因" in case


def test_a_file_is_told_its_format_and_what_the_others_miss(ask, shared):
    told = ask("--home", shared.home, "formats", "explain", TICKETS, "--format", "json")
    claims = {row["format"]: row["claims"] for row in json.loads(told.out)}
    assert claims.pop("ticket_long") == "yes"
    assert set(claims.values()) == {"no"}


def test_the_quarantine_is_written_to_a_file_only_its_owner_reads(ask, own, tmp_path):
    target = tmp_path / "out" / "rows.csv"
    told = ask("--home", own.home, "quarantine", "export", target)
    assert (told.code, told.out, told.err) == (0, "", f"wrote 0 rows to {target}\n")
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_the_page_rendered_again_is_named_on_stdout_alone(ask, own):
    told = ask("--home", own.home, "report", "--lang", "en", "--period", "2026-W46")
    assert (told.code, told.out, told.err) == (0, f"{own.site}/en/index.html\n", "")


def test_a_mapping_is_scaffolded_into_the_workspace(ask, own, tmp_path):
    export = tmp_path / "my_export.csv"
    export.write_text("ticket,opened,note\nT1,2026-11-01 10:00:00,late\n", encoding="utf-8")
    told = ask("--home", own.home, "map", export, "--name", "mine")
    assert told.code == 0
    assert told.err == (
        f"wrote {own.home}/sql/formats/mine.yml\n"
        f"next: read it through, correct what it guessed, then: aftersales ingest {export}\n"
    )


def test_a_workspace_is_made_once(ask, tmp_path):
    told = ask("init", tmp_path / "shop")
    assert told.code == 0
    assert told.err == (
        f"made a workspace: {tmp_path}/shop\n"
        "next: put export files into data/inbox/<shop>/ and run: aftersales run\n"
    )
    kept = (tmp_path / "shop" / "aftersales.toml").read_text(encoding="utf-8")
    assert ask("init", tmp_path / "shop").err.startswith("is already a workspace: ")
    assert (tmp_path / "shop" / "aftersales.toml").read_text(encoding="utf-8") == kept


def test_the_workspace_is_the_nearest_folder_upwards_or_the_one_named(ask, shared, monkeypatch):
    def workspace(told):
        return next(line.split()[1] for line in told.out.splitlines() if "workspace" in line)

    monkeypatch.chdir(shared.inbox / "flagship")
    assert workspace(ask("status")) == str(shared.home)
    monkeypatch.chdir("/")
    monkeypatch.setenv("AFTERSALES_HOME", str(shared.home))
    assert workspace(ask("status")) == str(shared.home)


def test_status_tells_how_fresh_and_how_much(ask, own):
    told = {
        row["what"]: row["is"]
        for row in json.loads(ask("--home", own.home, "status", "--format", "json").out)
    }
    assert told["as of"] == "2026-11-22T16:00:00 UTC"
    assert told["rows_in"] == told["rows_loaded"] == sum(DELIVERED.values())
    assert (told["files in the inbox"], told["of them new"]) == (len(DELIVERED), 0)
    hours = float(told["age of it"].split()[0])
    since = datetime.now(UTC) - datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert abs(hours - since.total_seconds() / 3600) < 1
    (own.inbox / "flagship" / "new.csv").write_text("a\n1\n")
    told = ask("--home", own.home, "status").out
    assert [line.split()[-1] for line in told.splitlines() if line.startswith("of them new")] == [
        "1"
    ]


@pytest.mark.slow
def test_the_gate_alone_prints_every_check_as_json_and_failures_as_rows(ask, own):
    told = ask("--home", own.home, "check", "--format", "json")
    assert told.code == 0
    checks = json.loads(told.out)
    assert told.err == f"{len(checks)} checks, 0 failed\n"
    assert all(row["passed"] for row in checks)
    assert ask("--home", own.home, "check").out == ""
