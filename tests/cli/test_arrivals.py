"""Exports that are expected: what counts as arrived, and who is told when one has not."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from cli.conftest import AS_OF, facts
from cli.test_nothing_new import HEAVY, LISTING
from conftest import DELIVERED, SAMPLE

from aftersales import cli, settings
from aftersales.arrivals import Export, judge
from aftersales.errors import ConfigError
from aftersales.warehouse import publish


def expecting(home, *lines):
    """The workspace with these lines under [expect]."""
    home.mkdir(exist_ok=True)
    file = home / "aftersales.toml"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text("\n".join([before, "[expect]", *lines]) + "\n", encoding="utf-8")
    return settings.load(home)


def at(text):
    return datetime.fromisoformat(text)


def standing(workspace, exports, now):
    """subject: how it stands, one line an expectation; times are Shanghai's, told in UTC."""
    loaded = [Export(form, shop, when and at(when), 1, 1) for form, shop, when in exports]
    found = judge(workspace, loaded, now=at(now).replace(tzinfo=UTC))
    return [f"{arrival.subject}: {arrival.standing}" for arrival in found]


# 09:00 in Shanghai is 01:00 UTC.
@pytest.mark.parametrize(
    ("when", "newest", "now", "said"),
    [
        # made after the deadline before the last one
        ("daily", "2026-03-04T00:59", "2026-03-04T01:00", "arrived, last export 2026-03-04 08:59"),
        ("daily", "2026-03-03T01:01", "2026-03-04T05:00", "arrived, last export 2026-03-03 09:01"),
        # until the deadline nobody is late
        ("daily", "2026-03-02T16:10", "2026-03-04T00:59", "arrived, last export 2026-03-03 00:10"),
        (
            "daily",
            "2026-03-02T16:10",
            "2026-03-04T01:00",
            "late, due since 2026-03-04 09:00, last export 2026-03-03 00:10",
        ),
        # several were missed: due since the first of them
        (
            "daily",
            "2026-03-02T16:10",
            "2026-03-07T05:00",
            "late, due since 2026-03-04 09:00, last export 2026-03-03 00:10",
        ),
        # 2 March 2026 is a Monday
        (
            "weekly mon",
            "2026-02-23T02:00",
            "2026-03-08T05:00",
            "arrived, last export 2026-02-23 10:00",
        ),
        (
            "weekly mon",
            "2026-02-23T00:00",
            "2026-03-08T05:00",
            "late, due since 2026-03-02 09:00, last export 2026-02-23 08:00",
        ),
        (
            "monthly 5",
            "2026-02-06T00:00",
            "2026-03-10T05:00",
            "arrived, last export 2026-02-06 08:00",
        ),
        (
            "monthly 5",
            "2026-02-05T00:00",
            "2026-03-10T05:00",
            "late, due since 2026-03-05 09:00, last export 2026-02-05 08:00",
        ),
    ],
)
def test_an_export_meets_the_deadline_after_it_and_no_other(tmp_path, when, newest, now, said):
    workspace = expecting(tmp_path, f'taobao_refund = "{when} 09:00"')
    found = standing(workspace, [("taobao_refund", "flagship", newest)], now)
    assert found == [f"taobao_refund of flagship: {said}"]


def test_deadlines_follow_the_clock_on_the_wall(tmp_path):
    (tmp_path / "aftersales.toml").write_text('reporting_zone = "America/New_York"\n')
    workspace = expecting(tmp_path, 'call_long = "daily 09:00"')
    # the clocks go forward on 8 March 2026: 09:00 is 14:00 UTC before and 13:00 after
    late = "late, due since 2026-03-08 09:00, last export 2026-03-07 08:59"
    for now, said in (
        ("2026-03-08T12:59", "arrived, last export 2026-03-07 08:59"),
        ("2026-03-08T13:00", late),
    ):
        found = standing(workspace, [("call_long", "us", "2026-03-07T13:59")], now)
        assert found == [f"call_long of us: {said}"]


def test_a_line_without_a_shop_holds_for_every_shop_that_ever_sent_one(tmp_path):
    workspace = expecting(
        tmp_path,
        'taobao_refund = "daily 09:00"',
        '"my.shop.taobao_refund" = "weekly mon 09:00"',
        'outlet.jd_order = "daily 09:00"',
        'jd_case = "daily 09:00"',
    )
    exports = [
        ("taobao_refund", "flagship", "2026-03-03T16:00"),
        ("taobao_refund", "my.shop", "2026-03-01T16:00"),
        ("taobao_refund", "outlet", None),
        ("taobao_order", "outlet", "2026-01-01T00:00"),
    ]
    assert standing(workspace, exports, "2026-03-04T05:00") == [
        "taobao_refund of flagship: arrived, last export 2026-03-04 00:00",
        "taobao_refund of outlet: undated: neither name nor rows say when it was exported",
        "taobao_refund of my.shop: arrived, last export 2026-03-02 00:00",
        "jd_order of outlet: never came, due since 2026-03-04 09:00",
        "jd_case: never came, due since 2026-03-04 09:00",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('taobao_refund = "dayly 09:00"', "taobao_refund cannot be 'dayly 09:00'"),
        ('taobao_refund = "daily 9:00"', "taobao_refund cannot be 'daily 9:00'"),
        ('taobao_refund = "weekly 09:00"', "taobao_refund cannot be 'weekly 09:00'"),
        ('taobao_refund = "monthly 29 09:00"', "taobao_refund cannot be 'monthly 29 09:00'"),
        ("outlet.taobao_refund = 9", "outlet.taobao_refund cannot be 9"),
    ],
)
def test_a_time_nobody_can_keep_is_refused(tmp_path, line, said):
    with pytest.raises(ConfigError) as refused:
        expecting(tmp_path, line)
    assert str(refused.value) == (
        f"{tmp_path}/aftersales.toml: [expect] {said}\n"
        '  fix: write "daily 09:00", "weekly mon 09:00" or "monthly 1 09:00" (days 1 to 28)'
    )


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("expect", '[expect]\ntaobao_refnd = "daily 09:00"'),
        ("full_window", 'full_window = ["taobao_refnd"]'),
    ],
)
def test_a_format_nobody_knows_is_refused(ask, workspace, setting, line):
    (workspace.home / "aftersales.toml").write_text(line + "\n", encoding="utf-8")
    told = ask("--home", workspace.home, "run")
    assert (told.code, told.err) == (
        3,
        f"{workspace.home}/aftersales.toml: {setting} names 'taobao_refnd', which is no format\n"
        "  fix: use one of those listed by: aftersales formats\n",
    )


@pytest.fixture
def clock(monkeypatch):
    """Sets what the command line takes for now, UTC."""
    return lambda text: monkeypatch.setattr(cli, "_now", lambda: at(text).replace(tzinfo=UTC))


LATE = (
    "published, but 1 expected export(s) have not come: taobao_refund of flagship, late, due since"
    " 2026-11-24 09:00, last export 2026-11-23 00:10\n"
)


@pytest.mark.slow
def test_a_run_without_an_expected_export_publishes_and_says_so_with_code_5(ask, own, clock):
    expecting(own.home, '"flagship.taobao_refund" = "daily 09:00"')
    clock("2026-11-23T05:00")
    told = ask("--home", own.home, "run", *AS_OF)
    assert told.code == 0
    told = ask("--home", own.home, "run", *AS_OF)
    assert (told.code, told.err) == (0, "nothing new; what is published is current\n")

    # overdue by now, though nothing else has changed
    clock("2026-11-24T01:00")
    told = ask("--home", own.home, "run", *AS_OF)
    assert (told.code, told.err) == (5, "nothing new; what is published is current\n" + LATE)

    # the next day is built and published all the same
    told = ask("--home", own.home, "run", "--as-of", "2026-11-23", "--format", "json")
    assert (told.code, told.err.splitlines(keepends=True)[-1]) == (5, LATE)
    result = json.loads(told.out)
    assert result["published"]
    assert result["missing"] == [
        {
            "format": "taobao_refund",
            "shop_id": "flagship",
            "state": "late",
            "due_at": "2026-11-24T01:00:00",
            "newest_at": "2026-11-22T16:10:00",
            "what": "taobao_refund of flagship: late, due since 2026-11-24 09:00,"
            " last export 2026-11-23 00:10",
        }
    ]
    (finding,) = (f for f in result["findings"] if f["check"] == "check:expected_exports_arrived")
    assert (finding["passed"], finding["level"], finding["failed"]) == (False, "warning", 1)
    assert "约定的导出应按时送达（1 行）" in (own.site / "index.html").read_text(encoding="utf-8")
    told = ask("--home", own.home, "check")
    assert (told.code, told.err.splitlines()[-1].split(", ")[-1]) == (0, "1 failed")
    assert "taobao_refund" in told.out
    rows = json.loads(ask("--home", own.home, "status", "--format", "json").out)
    assert {
        "what": "expected taobao_refund of flagship",
        "is": "late, due since 2026-11-24 09:00, last export 2026-11-23 00:10",
    } in rows

    # it comes: the same bytes under a newer name, for nothing has happened since
    export = max((own.inbox / "flagship").glob("退款*"))
    export.with_name("退款售后202611240010.xlsx").write_bytes(export.read_bytes())
    before = facts(own)
    clock("2026-11-24T02:00")
    told = ask("--home", own.home, "run", "--as-of", "2026-11-23")
    assert (told.code, "published run " in told.err) == (0, True)
    after = facts(own)
    assert after["fct_case"] == before["fct_case"]
    assert after["ref_arrival"] != before["ref_arrival"]
    told = ask("--home", own.home, "run", "--as-of", "2026-11-23")
    assert (told.code, told.err) == (0, "nothing new; what is published is current\n")


@pytest.mark.slow
def test_looking_for_what_is_overdue_loads_none_of_the_heavy_libraries(ask, own):
    expecting(own.home, 'jd_order = "daily 09:00"')
    assert ask("--home", own.home, "run", *AS_OF).code == 5
    done = subprocess.run(
        [sys.executable, "-c", LISTING, "--home", str(own.home), "run", *AS_OF],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert done.stderr.splitlines()[-1].startswith(
        "published, but 1 expected export(s) have not come: jd_order, never came, due since "
    )
    modules = set(done.stdout.splitlines())
    assert "aftersales.arrivals" in modules
    assert not modules & HEAVY


def told_by_status(ask, workspace):
    rows = json.loads(ask("--home", workspace.home, "status", "--format", "json").out)
    return {row["what"]: row["is"] for row in rows}


@pytest.mark.slow
def test_what_was_only_ingested_is_not_new_any_more(ask, workspace):
    folder = workspace.inbox / "flagship"
    folder.mkdir(parents=True)
    for file in (SAMPLE / "flagship").glob("*2026*"):
        (folder / file.name).write_bytes(file.read_bytes())
    files = len(list(folder.iterdir()))
    assert told_by_status(ask, workspace)["of them new"] == files
    assert ask("--home", workspace.home, "ingest").code == 0
    told = told_by_status(ask, workspace)
    assert told["of them new"] == 0
    assert told["loaded, not yet published"] == files
    refunds = [n for name, n in DELIVERED.items() if name.startswith("flagship/退款售后")]
    assert told["newest taobao_refund of flagship"] == (
        f"exported 2026-11-23 00:10, {len(refunds)} file(s), {sum(refunds)} rows"
    )


def test_a_withdrawal_says_what_is_left_to_do(ask, own):
    tickets = own.inbox / "flagship" / "tickets_202611230010.csv"
    told = ask("--home", own.home, "ingest", "--withdraw", tickets)
    assert (told.code, told.err) == (
        0,
        "tickets_202611230010.csv withdrawn\n"
        f"it still lies in the inbox and would be loaded again: take away {tickets}\n"
        "what is published still counts it; to publish without it: aftersales run\n",
    )
    assert told_by_status(ask, own)["withdrawn, still published"] == 1
    again = ask("--home", own.home, "ingest", "--withdraw", tickets)
    assert (again.code, again.err) == (0, "tickets_202611230010.csv was never loaded\n")


@pytest.mark.slow
def test_withdrawing_the_only_file_says_that_the_old_run_stays(ask, own):
    before = publish.record(own)["run_id"]
    files = sorted(own.inbox.rglob("*.*"))
    for file in files:
        told = ask("--home", own.home, "ingest", "--withdraw", file)
    assert told.err.splitlines()[-1] == (
        "nothing is loaded any more, so no run can replace what is published, which still counts"
        " it: put the right export in and run"
    )
    assert publish.record(own)["run_id"] == before
