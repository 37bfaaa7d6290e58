"""`aftersales complaints`: categories for any file of texts, and the phrases' own tests."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
import yaml
from cli.conftest import Ask

from aftersales.settings import packaged

TEXTS = [
    "用了三天就坏了，客服一直不回",
    "谢谢，已经收到了",
    "",
    "用了三天就坏了，客服一直不回",
    "Parcel says delivered but nothing arrived, call me on 13800138000",
    "質量太差，骗子！！！要去12315投诉",
]


def write_csv(path: Path, texts: list[str], encoding: str = "utf-8") -> Path:
    lines = ["编号,内容"] + [f'{n},"{text}"' for n, text in enumerate(texts)]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def classify(ask: Ask, file: Path, *more: str) -> list[dict[str, object]]:
    told = ask("complaints", "classify", file, "--column", "内容", "--format", "json", *more)
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert isinstance(found, list)
    return found


def leaves(row: dict[str, object]) -> set[str]:
    labels = row["labels"]
    assert isinstance(labels, list)
    return {label["leaf"] for label in labels}


def test_one_object_a_row_in_the_files_order_equal_and_empty_texts_too(
    ask: Ask, tmp_path: Path
) -> None:
    found = classify(ask, write_csv(tmp_path / "texts.csv", TEXTS))
    assert len(found) == len(TEXTS)
    assert found[0] == found[3]
    assert {"P2", "C1"} <= leaves(found[0])
    assert found[1]["labels"] == found[2]["labels"] == []
    assert found[1]["emotion"] == found[2]["emotion"] == 0
    assert "L3" in leaves(found[4])
    assert found[4]["language"] == "en"
    assert found[5]["emotion"] == 3
    assert found[5]["escalation"] is not None


def test_each_label_names_code_tier_score_and_the_words_that_tell_it(
    ask: Ask, tmp_path: Path
) -> None:
    for row, text in zip(
        classify(ask, write_csv(tmp_path / "texts.csv", TEXTS)), TEXTS, strict=True
    ):
        labels = row["labels"]
        assert isinstance(labels, list)
        for label in labels:
            assert label["tier"] in {"A", "B", "C"}
            assert 0 <= label["score"] <= 1
            assert "." in label["code"]
            begin, end = label["span"]
            assert 0 <= begin < end <= len(text)
            assert label["rule"] is None or label["rule"].startswith(label["leaf"] + ".")
            assert (label["rule"] is None) == (label["source"] == "model")


def test_no_phone_number_comes_out(ask: Ask, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "texts.csv", ["打13800138000也不接，客服电话13800138000打不通"])
    for output in ("json", "csv", "table"):
        told = ask("complaints", "classify", file, "--column", "内容", "--format", output)
        assert told.code == 0
        assert "13800138000" not in told.out


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_makes_no_difference(ask: Ask, tmp_path: Path, encoding: str) -> None:
    plain = classify(ask, write_csv(tmp_path / "a.csv", TEXTS))
    assert classify(ask, write_csv(tmp_path / "b.csv", TEXTS, encoding)) == plain


def test_a_workbook_is_read_like_a_text_file(ask: Ask, tmp_path: Path) -> None:
    texts = [text for text in TEXTS if text]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [("编号", "内容"), *enumerate(texts)]:
        sheet.append(row)
    book.save(tmp_path / "texts.xlsx")
    assert classify(ask, tmp_path / "texts.xlsx") == classify(
        ask, write_csv(tmp_path / "texts.csv", texts)
    )


@pytest.mark.slow
def test_a_text_of_a_megabyte_and_one_of_emoji_are_read(ask: Ask, tmp_path: Path) -> None:
    long = "很好。" * 330_000 + "质量太差，掉漆"
    found = classify(ask, write_csv(tmp_path / "texts.csv", [long, "😡😡😡👎"]))
    assert "P1" in leaves(found[0])
    assert found[1]["labels"] == []


@pytest.mark.parametrize(
    ("content", "column", "what"),
    [
        ("编号,内容\n1,坏了\n", "正文", "has no column '正文'\n  fix: name one of: 编号, 内容"),
        ("编号,内容\n1,坏了\n2\n", "内容", "line 3: has 1 cells where the header has 2"),
        ('编号,内容\n1,"坏了\n', "内容", "line 2: broken quotes"),
        ("", "内容", "empty"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    ask: Ask, tmp_path: Path, content: str, column: str, what: str
) -> None:
    file = tmp_path / "texts.csv"
    file.write_text(content, encoding="utf-8")
    told = ask("complaints", "classify", file, "--column", column, "--format", "json")
    assert told.code == 5
    assert told.out == ""
    assert what in told.err


def test_a_reason_column_changes_scores_and_never_what_a_text_says(
    ask: Ask, tmp_path: Path
) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("内容,原因\n用了三天就坏了,质量问题\n谢谢,质量问题\n", encoding="utf-8")
    plain, prior = classify(ask, file), classify(ask, file, "--reason", "原因")
    assert leaves(plain[0]) <= leaves(prior[0])
    assert prior[1]["labels"] == []


def test_the_packaged_phrases_do_what_their_files_say(ask: Ask) -> None:
    told = ask("complaints", "test")
    assert (told.code, told.out) == (0, "")
    assert told.err.strip().endswith("sentences, 0 failures")


def test_a_workspaces_phrase_counts_at_once_and_its_failures_are_told(
    ask: Ask, tmp_path: Path
) -> None:
    home = tmp_path / "ws"
    ask("init", home)
    leaf = packaged("sql") / "complaints" / "leaves" / "w2.yml"
    own = yaml.safe_load(leaf.read_text(encoding="utf-8"))
    own["phrases"]["zh"]["of_ours"] = "盲盒换盲盒"
    file = home / "sql" / "complaints" / "leaves" / "w2.yml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")
    texts = write_csv(tmp_path / "texts.csv", ["说好的结果盲盒换盲盒"])
    (row,) = json.loads(
        ask(
            *("--home", home, "complaints", "classify", texts),
            *("--column", "内容", "--format", "json"),
        ).out
    )
    assert "W2.of_ours" in {label["rule"] for label in row["labels"]}
    told = ask("--home", home, "complaints", "test", "--format", "json")
    assert told.code == 5
    assert json.loads(told.out) == [
        {"where": "W2.of_ours", "what": "no must-hit of its file has it", "sentence": ""}
    ]
    file.write_text(file.read_text(encoding="utf-8").replace("盲盒换盲盒", "盲盒(换"), "utf-8")
    told = ask("--home", home, "complaints", "test")
    assert told.code == 3
    assert "w2.yml: phrases.zh.of_ours: '盲盒(换' is no regular expression" in told.err
