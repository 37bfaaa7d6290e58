"""A labelling sheet for people: an xlsx that shows texts, and nothing of what we think of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aftersales.complaints.taxonomy import Taxonomy
from aftersales.complaints.training import NO_LABELS
from aftersales.complaints.verdicts import Key, Verdict
from aftersales.contracts import read_yaml
from aftersales.errors import ConfigError, DataError
from aftersales.formats import comparable
from aftersales.ingest import intake, workbook
from aftersales.settings import layered_files
from aftersales.warehouse.lock import cannot_write

FOLDER = "labelling"
WIDTHS = (14, 70, 24, 24, 24, 10, 24, 14)
EMOTIONS = ("0", "1", "2", "3")
_SEPARATORS = re.compile(r"[|,，;；、\s]+")


@dataclass(frozen=True)
class Filled:
    """A row of a sheet that somebody filled in.

    Attributes:
        key: of the row; labels: leaves, none for no complaint.
    """

    key: str
    labels: tuple[str, ...]
    emotion: int | None
    note: str
    annotator: str


@dataclass(frozen=True)
class Returned:
    """A sheet that came back."""

    filled: tuple[Filled, ...]
    not_labelled: int


def words(layers: tuple[Path, ...]) -> Mapping[str, Any]:
    """What the sheet says to people."""
    files = layered_files(layers, FOLDER, "*.yml")
    if "sheet" not in files:
        raise ConfigError(f"{FOLDER}/sheet.yml is missing", fix="put it back", file="reports/")
    told: Mapping[str, Any] = read_yaml(files["sheet"])
    return told


def write(path: Path, key: Key, taxonomy: Taxonomy, said: Mapping[str, Any]) -> None:
    """Write a sheet to be filled in.

    Raises:
        ConfigError: the file is there already, or cannot be written.
    """
    from openpyxl import Workbook

    if path.suffix.lower() != ".xlsx":
        raise ConfigError("is no name of a workbook", fix="let it end in .xlsx", file=str(path))
    if path.exists():
        raise ConfigError(
            "is there already, and may be somebody's work", fix="name another", file=str(path)
        )
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(said["sheets"]["texts"])
    leaves = book.create_sheet(said["sheets"]["leaves"])
    _row(sheet, 1, _headings(said))
    for number, asked in enumerate(key.rows, start=2):
        _row(sheet, number, (asked.key, asked.text))
    picks = _picks(taxonomy, said)
    names = ("pick", "key", "title_zh", "title_en", "means_zh", "means_en")
    _row(leaves, 1, [said["leaves"][name] for name in names])
    _row(leaves, 2, (said["none"], NO_LABELS))
    for number, leaf in enumerate(taxonomy.leaves.values(), start=3):
        titles = (leaf.title["zh"], leaf.title["en"], leaf.means["zh"], leaf.means["en"])
        _row(leaves, number, (picks[leaf.key], leaf.key, *titles))
    _lay_out(sheet, leaves, len(key.rows), len(picks), said)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
    except OSError as error:
        raise cannot_write(path, error) from error


def _headings(said: Mapping[str, Any]) -> list[str]:
    columns = said["columns"]
    return [
        columns["key"],
        columns["text"],
        *columns["labels"],
        *(columns[name] for name in ("emotion", "note", "annotator")),
    ]


def _picks(taxonomy: Taxonomy, said: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the list for each leaf, and for none."""
    told = {
        leaf.key: f"{leaf.key} {leaf.title['zh']} {leaf.title['en']}"
        for leaf in taxonomy.leaves.values()
    }
    return {NO_LABELS: said["none"], **told}


def _row(sheet: Any, number: int, cells: Sequence[str]) -> None:
    """Cells as text, whatever they begin with; also when somebody edits them."""
    from openpyxl.styles import Alignment

    for column, text in enumerate(cells, start=1):
        cell = sheet.cell(number, column)
        cell.value = text
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = True
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _lay_out(sheet: Any, leaves: Any, texts: int, picks: int, said: Mapping[str, Any]) -> None:
    """Widths, the lists to pick from, and a word of help at each column."""
    from openpyxl.comments import Comment
    from openpyxl.worksheet.datavalidation import DataValidation

    headings = _headings(said)
    letters = [sheet.cell(1, column).column_letter for column in range(1, len(headings) + 1)]
    for letter, width in zip(letters, WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    for letter, width in zip("ABCDEF", (44, 8, 24, 34, 60, 60), strict=True):
        leaves.column_dimensions[letter].width = width
    sheet.freeze_panes = "C2"
    leaves.freeze_panes = "A2"
    lists = {
        "labels": (f"'{said['sheets']['leaves']}'!$A$2:$A${picks + 1}", letters[2:5]),
        "emotion": ('"' + ",".join(EMOTIONS) + '"', letters[5:6]),
    }
    for name, (source, columns) in lists.items():
        # Not enforced for labels: two keys in one cell are as good as a list's entry.
        rule = DataValidation("list", formula1=source, allow_blank=True)
        rule.showErrorMessage = name == "emotion"
        rule.showInputMessage = True
        rule.prompt = said["help"][name]
        for letter in columns:
            rule.add(f"{letter}2:{letter}{texts + 1}")
        sheet.add_data_validation(rule)
    places = {"key": 0, "labels": 2, "emotion": 5, "annotator": 7}
    for name, place in places.items():
        sheet.cell(1, place + 1).comment = Comment(said["help"][name], "aftersales")


def read(
    path: Path, keys: Mapping[str, Key], taxonomy: Taxonomy, said: Mapping[str, Any]
) -> Returned:
    """What people filled in.

    Args:
        keys: by a sheet's name, what was written down when it was drawn.

    Raises:
        DataError: it is no workbook or none of ours; or a row has a key or a text that was not
            asked, a category there is not, an emotion out of range, or nobody's name.
    """
    name = intake.label(path)
    intake.sha256_of(path)
    kind = intake.sniff(path, name)
    if kind not in ("xlsx", "xls"):
        raise DataError("is no workbook", fix="save it as xlsx", file=name)
    asked = {row.key: row.text for key in keys.values() for row in key.rows}
    found: dict[str, Filled] = {}
    not_labelled = 0
    lines: dict[str, int] = {}
    names: set[str] = set()
    for line, cells in _rows(workbook.read(path, kind, name), said, name):
        row = _Row(name, line, cells, said, taxonomy)
        key = row.key(asked)
        if key in lines:
            raise row.refused(
                "key", f"'{key}' stands in row {lines[key]} too", "take one of the two out"
            )
        lines[key] = line
        names.add(row.cell("annotator"))
        filled = row.filled(key)
        if filled is None:
            not_labelled += 1
        else:
            found[key] = filled
    return Returned(_named(found, sorted(names - {""}), lines, said, name), not_labelled)


def _rows(
    sheets: Sequence[workbook.Sheet], said: Mapping[str, Any], name: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells by heading of every row that is not empty."""
    wanted = _headings(said)
    lacking = wanted
    for sheet in sheets:
        for head in sheet.head():
            spelled = [comparable(cell) for cell in head.cells]
            missing = [column for column in wanted if comparable(column) not in spelled]
            if missing:
                lacking = min(lacking, missing, key=len)
                continue
            places = {column: spelled.index(comparable(column)) for column in wanted}
            for position in range(head.position + 1, len(sheet.rows)):
                cells = sheet.texts(position)
                if any(cell.strip() for cell in cells):
                    yield (
                        position + 1,
                        {
                            column: cells[place].strip() if place < len(cells) else ""
                            for column, place in places.items()
                        },
                    )
            return
    raise DataError(
        f"has no column '{lacking[0]}'",
        fix="hand in a sheet that aftersales complaints sample wrote, headings as they were",
        file=name,
        column=lacking[0],
    )


@dataclass(frozen=True)
class _Row:
    """One row of a sheet that came back."""

    file: str
    line: int
    cells: Mapping[str, str]
    said: Mapping[str, Any]
    taxonomy: Taxonomy

    def cell(self, name: str) -> str:
        return self.cells[self.said["columns"][name]]

    def refused(self, name: str, what: str, fix: str) -> DataError:
        column = self.said["columns"].get(name, name)
        return DataError(what, fix=fix, file=self.file, line=self.line, column=column)

    def key(self, asked: Mapping[str, str]) -> str:
        """The row's key, if it is one of ours and stands beside its text."""
        key = self.cell("key")
        if not key:
            raise self.refused("key", "is empty", "put the key back, or take the row out")
        if key not in asked:
            raise self.refused(
                "key",
                f"'{key}' was not asked in this workspace",
                "put back the key it was written with; label where the sheet was made",
            )
        if _plain(self.cell("text")) != _plain(asked[key]):
            raise self.refused(
                "text",
                f"is not the text of '{key}'",
                "put back text and key as they were; sort whole rows, not one column",
            )
        return key

    def filled(self, key: str) -> Filled | None:
        """What was filled in; None where no category is."""
        labels = list(dict.fromkeys(self._labels()))
        emotion = self.cell("emotion")
        if emotion not in ("", *EMOTIONS):
            raise self.refused("emotion", f"'{emotion}' is no emotion", "write 0, 1, 2 or 3")
        if not labels:
            if emotion:
                raise self.refused(
                    self.said["columns"]["labels"][0],
                    "is empty beside an emotion",
                    f"pick a category, or {NO_LABELS}",
                )
            return None
        if NO_LABELS in labels and len(labels) > 1:
            raise self.refused(
                self.said["columns"]["labels"][0],
                f"{NO_LABELS} stands beside {next(one for one in labels if one != NO_LABELS)}",
                "keep one of the two",
            )
        return Filled(
            key,
            tuple(sorted(one for one in labels if one != NO_LABELS)),
            int(emotion) if emotion else None,
            self.cell("note"),
            self.cell("annotator"),
        )

    def _labels(self) -> Iterator[str]:
        keys = {text: leaf for leaf, text in _picks(self.taxonomy, self.said).items()}
        for column in self.said["columns"]["labels"]:
            cell = self.cells[column]
            if cell in keys:
                yield keys[cell]
                continue
            for part in _SEPARATORS.split(cell):
                if part and part.upper() not in (NO_LABELS, *self.taxonomy.leaves):
                    raise self.refused(
                        column,
                        f"'{part}' is no category",
                        f"pick one from the list: {NO_LABELS}, {', '.join(self.taxonomy.leaves)}",
                    )
                if part:
                    yield part.upper()


def _named(
    found: Mapping[str, Filled],
    names: Sequence[str],
    lines: Mapping[str, int],
    said: Mapping[str, Any],
    name: str,
) -> tuple[Filled, ...]:
    """Every row with a name: that of the one person named in the sheet where the row has none."""
    nameless = [key for key, filled in found.items() if not filled.annotator]
    if nameless and len(names) != 1:
        raise DataError(
            "says nobody's name" + (", and several people's stand elsewhere" if names else ""),
            fix="write who labelled that row" if names else "write who labelled, in one row",
            file=name,
            line=lines[nameless[0]],
            column=said["columns"]["annotator"],
        )
    return tuple(
        filled if filled.annotator else replace(filled, annotator=names[0])
        for filled in found.values()
    )


def _plain(text: str) -> str:
    """A text without what a spreadsheet changes of it: line ends and blanks."""
    return " ".join(text.replace("_x000D_", " ").split())


def verdicts(returned: Returned, keys: Mapping[str, Key], labelled_at: str) -> Iterator[Verdict]:
    """What was filled in beside what was asked."""
    asked = {row.key: (key, row) for key in keys.values() for row in key.rows}
    for filled in returned.filled:
        key, row = asked[filled.key]
        yield Verdict(
            sheet=key.sheet,
            text_key=row.text_key,
            text=row.text,
            source=row.source,
            half=row.half,
            labels=filled.labels,
            emotion=filled.emotion,
            note=filled.note,
            annotator=filled.annotator,
            found=row.found,
            found_emotion=row.emotion,
            version=key.version,
            labelled_at=labelled_at,
        )
