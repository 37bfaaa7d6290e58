"""Every notebook runs from top to bottom on the published sample."""

from __future__ import annotations

import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_ends_with_its_answer(path, published, monkeypatch):
    import jupytext
    from nbclient import NotebookClient

    monkeypatch.setenv("AFTERSALES_HOME", str(published.home))
    notebook = jupytext.read(path)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert notebook.cells[-1].cell_type == "code"
    assert notebook.cells[-1].outputs[0].text.strip()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_question_and_holds_no_sql_over_facts(path):
    text = path.read_text(encoding="utf-8")
    assert "# # " in text and text.split("# # ", 1)[1].split("\n", 1)[0].endswith("?")
    assert "fct_" not in text
