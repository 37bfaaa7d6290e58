"""Every layout as a small file; what cannot be written is said by name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from aftersales import sample
from aftersales.errors import ConfigError
from aftersales.sample import layout
from aftersales.sample.layout import stems


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Layouts of the test's own."""
    monkeypatch.setattr(layout, "FOLDER", tmp_path)
    layout.read.cache_clear()
    yield tmp_path
    layout.read.cache_clear()


def test_there_is_a_folder_for_every_layout(tmp_path: Path) -> None:
    shown = sample.write_gallery(tmp_path)
    assert sorted(shown) == stems() == sorted(path.name for path in tmp_path.iterdir())
    assert all(one.path.parent.name == stem for stem, one in shown.items())


def test_a_layout_may_list_some_rows_only(folder: Path, tmp_path: Path) -> None:
    (folder / "swaps.yml").write_text(
        "layout: swaps\ntable: shop.case\nfile: swaps.csv\nwhere: {asked_type: [exchange]}\n"
        "columns: [{type: asked_type}]\n"
    )
    shown = sample.write_gallery(tmp_path / "out")["swaps"]
    header, *rows = csv.reader(shown.path.open(encoding="utf-8"))
    assert header == ["type"]
    assert {cell for (cell,) in rows} == {"exchange"}


def test_a_table_the_world_lacks_is_named_with_its_layout(folder: Path, tmp_path: Path) -> None:
    (folder / "moods.yml").write_text("layout: moods\ntable: desk.mood\nfile: moods.csv\n")
    with pytest.raises(ConfigError) as stopped:
        sample.write_gallery(tmp_path / "out")
    assert stopped.value.what == "layout moods.csv: the sample world has no table 'desk.mood'"
    assert stopped.value.fix.startswith("use one of: shop.order, shop.order_line, shop.case")


def test_a_misspelled_layout_is_refused_with_its_file(folder: Path, tmp_path: Path) -> None:
    (folder / "odd.yml").write_text("layout: odd\ntable: shop.case\nfile: a.csv\nkolumns: []\n")
    with pytest.raises(ConfigError) as stopped:
        sample.write_gallery(tmp_path / "out")
    assert str(stopped.value) == (
        f"{folder / 'odd.yml'}: 'kolumns': Extra inputs are not permitted"
        "\n  fix: correct or remove that key"
    )
