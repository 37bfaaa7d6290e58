"""What a person is told, in full, and the exit code."""

from __future__ import annotations

import pytest

TABLES = (
    "dim_calendar, dim_calendar_day, dim_event, dim_fx_rate, dim_product, dim_promise, "
    "dim_shop, dim_special_goods, dim_utc_offset, dim_working_interval, fct_agent_kpi, "
    "fct_call, fct_case, fct_case_event, fct_case_stage, fct_case_transition, "
    "fct_compensation, fct_complaint, "
    "fct_conversation, fct_desk_figure, fct_dispute, fct_feedback, fct_order, fct_order_line, "
    "fct_promise, fct_rating, fct_refund, fct_repair, fct_review, fct_rule_finding, fct_sla, "
    "fct_ticket_stage, fct_turn, fct_upset_turn, mart_arrival_volume, mart_case_cohort, "
    "mart_case_process, "
    "mart_compensation_day, mart_complaint_cost, mart_complaint_drift, mart_complaint_week, "
    "mart_kpi_reconciliation, mart_new_topic, mart_order_event, mart_quality_cohort, "
    "mart_response_variant, mart_rule_coverage, mart_shop_score, mart_waiting_now, ref_arrival, "
    "ref_calendar_of, ref_case_transition, ref_day, ref_exempt, ref_file, ref_gone, ref_leaf, "
    "ref_reason, ref_reason_leaf, ref_reply_mood, ref_rule, ref_rule_parameter, ref_run, "
    "ref_score, ref_shop, ref_target, ref_text_label, ref_text_mood, ref_text_topic, "
    "ref_variant, ref_word"
)
ORDER_SPLITS = "day, week, month, platform, shop_id, status, region"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (["metric", "nope"], "no metric 'nope'\n  fix: aftersales metrics lists them\n"),
        (
            ["metric", "return_rates"],
            "no metric 'return_rates'\n  fix: use return_rate; aftersales metrics lists them\n",
        ),
        (
            ["metric", "orders", "--by", "colour"],
            f"orders cannot be split by 'colour'\n  fix: split it by: {ORDER_SPLITS}\n",
        ),
        (
            ["metric", "orders", "--where", "shop_id"],
            "--where 'shop_id' has no =\n  fix: write: --where shop_id=flagship\n",
        ),
        (
            ["metric", "orders", "--where", "day=yesterday"],
            "a value in where does not fit its column: invalid date field format:"
            ' "yesterday", expected format is (YYYY-MM-DD)\n'
            "  fix: write days like 2026-11-22 and hours like 9\n",
        ),
        (
            ["metric", "backlog", "--since", "2026-11-01"],
            "backlog speaks of now and takes no period\n  fix: leave --since and --until out\n",
        ),
        pytest.param(
            ["explain", "nope"],
            "nothing is called 'nope'\n  fix: name a metric (aftersales metrics lists them),"
            " a control rule such as EX-03,"
            " a table such as fct_case, or a column such as fct_case.reason\n",
            marks=pytest.mark.slow,  # parses every model
        ),
        (
            ["sql", "from nope"],
            "the query was refused: Catalog Error: Table with name nope does not exist!\n"
            f"  fix: tables are: {TABLES}\n",
        ),
        (
            ["sql", "drop table fct_case"],
            'the query was refused: Invalid Input Error: Cannot execute statement of type "DROP"'
            ' on database "aftersales" which is attached in read-only mode!\n'
            f"  fix: tables are: {TABLES}\n",
        ),
        (
            ["sql", "from read_csv('/etc/passwd')"],
            'the query was refused: Permission Error: Cannot access file "/etc/passwd" - file'
            f" system operations are disabled by configuration\n  fix: tables are: {TABLES}\n",
        ),
        (
            ["sql", ""],
            'the query is empty\n  fix: write: "select count(*) from fct_order"\n',
        ),
        (
            ["sql", "select 1 as a, 2 as a"],
            "two columns are called 'a'\n  fix: give one of them another name: a as other_a\n",
        ),
        (
            ["report", "--period", "2026-46"],
            "'2026-46' is not an ISO week\n  fix: write it like 2026-W46\n",
        ),
        (
            ["report", "monthly"],
            "no file monthly/report.yml among the report sources\n"
            "  fix: use one of the reports: weekly\n",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_question_nobody_can_answer_says_what_to_ask_instead(ask, published, question, message):
    told = ask("--home", published.home, *question)
    assert (told.code, told.out, told.err) == (3, "", message)


def test_a_language_the_pages_are_not_made_in_is_named(ask, published):
    told = ask("--home", published.home, "report", "--lang", "fr")
    assert (told.code, told.err) == (
        3,
        f"{published.home}/aftersales.toml: the pages are not made in 'fr'\n"
        "  fix: use one of: zh, en; or add it to languages\n",
    )


def test_no_workspace_is_named_with_both_ways_to_one(ask, tmp_path):
    told = ask("status")
    assert (told.code, told.out, told.err) == (
        3,
        "",
        f"no workspace: neither {tmp_path} nor a folder above it holds aftersales.toml\n"
        "  fix: make one here with: aftersales init; or name one with:"
        " aftersales --home DIR COMMAND\n",
    )


@pytest.mark.parametrize("command", [["metric", "orders"], ["sql", "select 1"], ["report"]])
def test_before_the_first_run_readers_are_told_to_run(ask, workspace, command):
    told = ask("--home", workspace.home, *command)
    assert (told.code, told.out, told.err) == (
        3,
        "",
        f"{workspace.published}: nothing is published yet\n  fix: run: aftersales run\n",
    )


@pytest.mark.slow
def test_a_run_with_no_export_at_all_publishes_nothing_and_says_where_they_go(ask, workspace):
    told = ask("--home", workspace.home, "run")
    assert (told.code, told.out, told.err) == (
        3,
        "",
        "there is nothing to report on: no export was ever loaded\n"
        f"  fix: put exports into {workspace.inbox}/<shop>/, then run again\n",
    )
    assert not (workspace.published / "current").exists()


@pytest.mark.parametrize("command", ["run", "ingest"])
def test_a_path_that_is_not_there_is_named(ask, workspace, command):
    told = ask("--home", workspace.home, command, "nope.csv")
    assert (told.code, told.out, told.err) == (
        5,
        "",
        "nope.csv: there is no such file or folder\n  fix: check the path\n",
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "colour = 1",
            "unknown setting 'colour'\n  fix: remove it, or use one of: archive_days, calendars, desk_schedule,"
            " exempt, expect, full_window, is_demo, languages, mature_days,"
            " memory_limit, quarantine_share, reporting_currency,"
            " reporting_zone, rule, shops, site_mode, sla, target, targets, threads,"
            " waiting_days\n",
        ),
        (
            "threads =",
            "not valid TOML: Invalid value (at line 1, column 10)\n  fix: correct that line\n",
        ),
        ("threads = 0", "threads cannot be 0\n  fix: write: threads = 2\n"),
        ("threads = true", "threads cannot be True\n  fix: write: threads = 2\n"),
        ("archive_days = -1", "archive_days cannot be -1\n  fix: write: archive_days = 400\n"),
        (
            'reporting_zone = "Mars/Olympus"',
            "reporting_zone cannot be 'Mars/Olympus'\n"
            '  fix: write: reporting_zone = "Asia/Shanghai"\n',
        ),
        ("languages = 3", 'languages cannot be 3\n  fix: write: languages = ["zh", "en"]\n'),
        (
            'memory_limit = "lots"',
            "memory_limit cannot be 'lots'\n  fix: write: memory_limit = \"2GB\"\n",
        ),
        ("site_mode = 99", 'site_mode cannot be 99\n  fix: write: site_mode = "0644"\n'),
        (
            "quarantine_share = 5",
            "quarantine_share cannot be 5\n  fix: write: quarantine_share = 0.01\n",
        ),
        (
            '[targets]\norders = "many"',
            "targets cannot be {'orders': 'many'}\n"
            "  fix: write: [targets] and below it first_response_within_3min = 0.8\n",
        ),
        (
            "[shops.a]\nzone = 8",
            "[shops.a] may hold only: title, zone, currency, platform, each a text\n"
            "  fix: correct it or remove the rest\n",
        ),
        (
            '[shops.a]\nzone = "Beijing"',
            "[shops.a] has an unknown zone 'Beijing'\n"
            "  fix: use an IANA name such as Asia/Shanghai\n",
        ),
        (
            "shops = 3",
            'shops cannot be 3\n  fix: write: [shops.flagship] and below it title = "…"\n',
        ),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_with_how_to_write_it(
    ask, workspace, line, message
):
    file = workspace.home / "aftersales.toml"
    file.write_text(line + "\n", encoding="utf-8")
    told = ask("--home", workspace.home, "status")
    assert (told.code, told.out, told.err) == (3, "", f"{file}: {message}")


def test_a_target_for_a_metric_nobody_defined_stops_the_run(ask, workspace):
    file = workspace.home / "aftersales.toml"
    file.write_text("[targets]\nordres = 3\n", encoding="utf-8")
    told = ask("--home", workspace.home, "run")
    assert (told.code, told.err) == (
        3,
        f"{file}: [targets] names 'ordres', which is no metric\n"
        "  fix: use orders; aftersales metrics lists them\n",
    )


def test_a_quarantine_that_cannot_be_written_there_is_no_bug(ask, own, tmp_path):
    told = ask("--home", own.home, "quarantine", "export", tmp_path)
    assert (told.code, told.out, told.err) == (
        3,
        "",
        f"{tmp_path}: the system refused it: Is a directory\n"
        "  fix: check that it is there and that you may read and write it\n",
    )


@pytest.mark.parametrize(
    "args", [["nope"], ["metric"], ["metric", "orders", "--since", "2026-13-01"], ["run", "--x"]]
)
def test_a_wrong_command_line_is_2(ask, workspace, args):
    told = ask("--home", workspace.home, *args)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("Usage: aftersales ")
