"""What holds for every model, whoever writes it."""

from __future__ import annotations

import re

import pytest

from aftersales.errors import ConfigError
from aftersales.settings import packaged
from aftersales.warehouse import models
from aftersales.warehouse.connection import rows
from aftersales.warehouse.models import MAY_READ, Model

MODELS = models.load((packaged("sql"),))
TYPES = re.compile(
    r"VARCHAR|BOOLEAN|INTEGER|BIGINT|DOUBLE|DATE|TIMESTAMP|DECIMAL\(\d+,4\)"
)  # no HUGEINT: pandas makes floats of it, Spark has none


@pytest.fixture(params=MODELS.values(), ids=MODELS.keys())
def each(request) -> Model:
    return request.param


def test_a_model_says_what_it_is_whose_it_is_and_what_makes_a_row(each):
    assert each.meaning.endswith(".")
    assert each.header["owner"]
    assert each.grain
    assert set(each.grain) <= set(each.columns)


def test_every_column_says_what_it_is(each):
    assert [name for name, words in each.columns.items() if not words] == []


def test_a_key_names_columns_that_are_there(each):
    for key in each.keys:
        assert set(key.columns) <= set(each.columns)
        assert set(key.references) <= set(MODELS[key.table].columns)


def test_layers_read_only_downwards(each):
    kind = each.name.split("_", 1)[0]
    assert [name for name in each.inputs if not name.startswith(MAY_READ[kind])] == []


def test_a_file_lies_in_the_folder_of_its_kind(each):
    folder = {"stg": "staging", "int": "intermediate"}.get(each.name.split("_", 1)[0], "marts")
    assert each.path.parent.name == folder


def test_staged_and_counted_rows_lead_down_to_file_and_record(each):
    if each.name.startswith(("stg_", "fct_")):
        assert {"source_file_id", "source_record"} <= set(each.columns)


def test_columns_have_types_every_reader_has(each, warehouse):
    typed = rows(
        warehouse,
        "select column_name, data_type from duckdb_columns() where table_name = ?",
        [each.name],
    )
    assert [(name, kind) for name, kind in typed if not TYPES.fullmatch(kind)] == []


def test_no_column_is_a_reserved_word(each, warehouse):
    reserved = rows(
        warehouse,
        "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'",
    )
    assert {name for (name,) in reserved} & set(each.columns) == set()


GOOD = "-- fct_x: a row.\n-- grain: a\n-- owner: us\nselect a -- id\nfrom stg_x\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD.replace("fct_x: a row.", "a row."),
            "the header's first line must be the model's name and one sentence\n"
            "  fix: begin the file with: -- fct_x: …",
        ),
        (
            GOOD.replace("-- grain: a\n", ""),
            "the header says no grain\n  fix: add a line: -- grain: …",
        ),
        (
            GOOD.replace("-- owner: us\n", ""),
            "the header says no owner\n  fix: add a line: -- owner: …",
        ),
        (
            GOOD.replace(" -- id", ""),
            "column 'a' has no comment\n  fix: say behind it what it is: column, -- …",
        ),
        (
            GOOD.replace("select a -- id", "select *"),
            "the last select names every column\n  fix: write the columns out",
        ),
        (
            GOOD.replace("stg_x", "raw_x"),
            f"a fct_ model may not read 'raw_x'\n  fix: read from: {', '.join(MAY_READ['fct'])}",
        ),
        (
            GOOD,
            "reads 'stg_x', which no file builds\n  fix: correct the name",
        ),
    ],
)
def test_a_model_that_does_not_say_what_it_must_is_refused(tmp_path, text, said):
    path = tmp_path / "marts" / "fct_x.sql"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        models.load((tmp_path,))
    assert str(refused.value) == f"{path}: {said}"


def test_a_column_of_the_grain_that_may_be_null_says_so_with_a_question_mark(tmp_path):
    path = tmp_path / "marts" / "fct_x.sql"
    path.parent.mkdir()
    path.write_text(
        "-- fct_x: a row.\n-- grain: a, b?\n-- owner: us\nselect 1 as a, -- id\nnull as b -- more\n"
    )
    (found,) = models.load((tmp_path,)).values()
    assert found.grain == ("a", "b")
    assert found.must_be_filled == ("a",)
