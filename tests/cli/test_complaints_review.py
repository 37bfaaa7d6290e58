"""The review loop on the command line: sample, label, quality, topics."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
from cli.conftest import Ask

from aftersales.complaints import verdicts
from aftersales.settings import Settings


def fill(sheet: Path, to: Path, annotator: str) -> None:
    """Everything is no complaint, says one person."""
    book = openpyxl.load_workbook(sheet)
    for row in range(2, book.worksheets[0].max_row + 1):
        book.worksheets[0].cell(row, 3).value = "NONE"
        book.worksheets[0].cell(row, 6).value = 0
    book.worksheets[0].cell(2, 8).value = annotator
    book.save(to)


def test_a_sheet_is_drawn_filled_in_read_back_and_judged_by(
    ask: Ask, own: Settings, tmp_path: Path
) -> None:
    def call(*args: object) -> str:
        told = ask("--home", own.home, "complaints", *args)
        assert told.code == 0, told.err
        return told.out + told.err

    sheet, lin, mei, out = (tmp_path / name for name in ("s.xlsx", "l.xlsx", "m.xlsx", "out.csv"))
    assert call("quality") == (
        "nobody has labelled a text; begin with: aftersales complaints sample --out S.xlsx\n"
    )
    assert "wrote 20 of " in call("sample", "--out", sheet, "--size", 20, "--weeks", 4)
    for path, name in ((lin, "Lin"), (mei, "Mei")):
        fill(sheet, path, name)
    counts = json.loads(call("label", lin, mei, "--format", "json"))
    assert [(row["stored"], row["annotators"]) for row in counts] == [(20, "Lin"), (20, "Mei")]
    again = json.loads(call("label", lin, "--format", "json"))
    assert [(row["stored"], row["known"]) for row in again] == [(0, 20)]
    assert len(verdicts.load(own.runs)) == 40
    figures = json.loads(call("quality", "--format", "json"))
    values = {(row["figure"], row["of"]): row["value"] for row in figures}
    assert values["texts", "random half"] == 10
    assert values["precision", "all labels"] == 0
    assert "wrote 20 texts" in call("label", "--export", out)
    assert out.read_text(encoding="utf-8").startswith("text,labels,emotion,source\n")


def test_where_there_are_fewer_texts_all_are_asked_and_it_says_so(
    ask: Ask, own: Settings, tmp_path: Path
) -> None:
    told = ask(
        "--home", own.home, "complaints", "sample", "--out", tmp_path / "s.xlsx", "--size", 9999
    )
    assert "these are all there are; to have more: --weeks 2\n" in told.err


def test_a_sheet_is_drawn_of_what_a_run_has_built(
    ask: Ask, workspace: Settings, tmp_path: Path
) -> None:
    told = ask("--home", workspace.home, "complaints", "sample", "--out", tmp_path / "s.xlsx")
    assert told.code == 3
    assert told.err == (
        f"{workspace.warehouse}: no warehouse has been built\n  fix: run: aftersales run\n"
    )


def test_topics_are_those_of_the_published_run(ask: Ask, shared: Settings) -> None:
    told = ask("--home", shared.home, "complaints", "topics", "--format", "json")
    assert told.code == 0, told.err
    assert isinstance(json.loads(told.out), list)
