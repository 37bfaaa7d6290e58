"""`aftersales sample`: files, what was planted in them, and nothing else."""

from __future__ import annotations

import json

SMALL = ("sample", "--orders", "60", "--months", "1", "--seed", "3")


def test_it_writes_the_files_it_lists_and_the_truth_beside_them(ask, tmp_path):
    out = tmp_path / "made"
    told = ask(*SMALL, "--until", "2026-11-15", "--out", out, "--format", "json")
    assert told.code == 0
    assert told.err == f"wrote 60 orders of 2026-10-17 to 2026-11-15 into {out}\n"
    listed = json.loads(told.out)
    truth = json.loads((out / "_truth.json").read_text(encoding="utf-8"))
    assert {row["file"]: row["rows"] for row in listed} == truth["files"]
    written = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert written == {"_truth.json", *truth["files"]}


def test_the_same_call_gives_the_same_files(ask, tmp_path):
    for name in ("one", "two"):
        assert ask(*SMALL, "--out", tmp_path / name).code == 0
    one, two = (
        {p.name: p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in ("one", "two")
    )
    assert one == two


def test_a_flat_sample_has_nothing_planted(ask, tmp_path):
    assert ask(*SMALL, "--flat", "--out", tmp_path / "flat").code == 0
    truth = json.loads((tmp_path / "flat" / "_truth.json").read_text(encoding="utf-8"))
    assert (truth["is_flat"], truth["events"]) == (True, [])
    assert len({row["hazard"] for row in truth["exchanges"]}) == 1


def test_too_few_orders_are_a_message_and_no_files(ask, tmp_path):
    told = ask("sample", "--orders", "1", "--out", tmp_path / "none")
    assert (told.code, told.out) == (3, "")
    assert told.err == (
        "there would be nothing in the sample\n  fix: ask for at least 3 orders and one month\n"
    )
    assert not (tmp_path / "none").exists()
