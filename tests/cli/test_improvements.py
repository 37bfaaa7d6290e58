"""aftersales improvements: what is listed, what a decision writes, and what is refused."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from aftersales import notebook

NIGHTS = "slow_hours:0-8"


@pytest.fixture
def told(ask, published):
    """What is listed, by id; the same for every test, as nothing is changed."""
    printed = ask("--home", published.home, "improvements", "--format", "json")
    assert printed.code == 0, printed.err
    return {one["key"]: one for one in json.loads(printed.out)}


def test_what_was_planted_is_proposed_with_owner_evidence_and_effect(told):
    """Of the few chats of the tracked sample those of the night are beyond chance."""
    found = told[NIGHTS]["proposal"]
    assert told[NIGHTS]["owner"] == "CS"
    assert 0 < found["low"] < found["cases"] < found["high"]
    assert found["level"] > 0.8 > 0.2 > found["expected"]
    assert found["money"] is None
    assert 0 < len(found["entities"]) <= 5


def test_the_run_noted_what_it_found(told, published):
    (line,) = (published.runs / "proposals.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["found"] == list(told)
    assert {one["first_on"] for one in told.values()} == {"2026-11-22"}


def test_the_command_beside_a_proposal_lists_records_it_counts(ask, told, published):
    found = told[NIGHTS]["proposal"]
    words = found["rows"].split()
    rows = ask("--home", published.home, *words[1:], "--format", "json")
    assert rows.code == 0, rows.err
    listed = json.loads(rows.out)
    assert 0 < len(listed) <= found["bad"]
    assert {row["conversation_id"] for row in listed} >= set(found["entities"])
    assert {row["kind"] for row in listed} == {"chat"}
    assert {row["started_hour"] for row in listed} <= set(range(9))


def test_the_page_says_the_same_in_both_languages(published, told):
    title = told[NIGHTS]["title"]
    for page, language in (("index.html", "zh"), ("en/index.html", "en")):
        html = (published.site / page).read_text(encoding="utf-8")
        section = html[html.index('id="improvements"') :]
        text = re.sub(r"<[^>]+>", " ", section)
        assert title[language] in text


def test_a_decision_is_kept_and_shown(ask, copied):
    home = ("--home", copied.home)
    done = ask(*home, "improvements", "set", NIGHTS, "--state", "accepted", "--owner", "质检 王")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"{NIGHTS}: state accepted, owner 质检 王, decided_on ")
    assert ask(*home, "improvements", "set", NIGHTS, "--due", "2026-01-01", "--by", "李").code == 0
    (entry,) = yaml.safe_load(copied.improvements_file.read_text(encoding="utf-8"))
    assert (entry["id"], entry["state"], entry["decided_by"]) == (NIGHTS, "accepted", "李")
    shown = ask(*home, "improvements", "--format", "csv").out
    line = next(line for line in shown.splitlines() if line.startswith(NIGHTS))
    assert "质检 王" in line
    assert "已定 · 已逾期" in line
    frame = notebook.improvements(copied.home).set_index("id")
    assert frame.loc[NIGHTS, "state"] == "accepted"


def test_done_is_tested_or_says_what_is_missing(ask, copied):
    home = ("--home", copied.home)
    early = ask(*home, "improvements", "test", NIGHTS)
    assert early.code == 3
    assert f"{NIGHTS} is not done, so there is nothing to test" in early.err
    ask(*home, "improvements", "set", NIGHTS, "--done-on", "2026-11-16")
    tested = ask(*home, "improvements", "test", NIGHTS, "--lang", "en", "--format", "csv")
    assert "only 3 weeks before to compare with" in tested.out  # the others have known events


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["set", "slow_hours:0-9", "--state", "done"], f"fix: use {NIGHTS}; "),
        (["set", NIGHTS, "--state", "maybe"], f"{NIGHTS}: 'maybe' is no state"),
        (["set", NIGHTS], "nothing is to be changed"),
        (["test", "nope"], "no improvement is called 'nope'"),
    ],
)
def test_what_cannot_be_done_says_what_to_do_instead(ask, published, words, what):
    refused = ask("--home", published.home, "improvements", *words)
    assert (refused.code, refused.out) == (3, "")
    assert what in refused.err
    assert "fix: " in refused.err
    assert not published.improvements_file.exists()
