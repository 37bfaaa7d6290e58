"""Every layout of the sample: its file is read by its format alone, and says what the world knows.

The round trip is the heart: a table of the sample world is written as the platform writes it,
ingested and staged; then every contract column the format maps is what it was, cell by cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from formats.world import agrees, expected, shown_by, values

from aftersales import contracts, formats, sample, settings
from aftersales.contracts import Contracts, staged_name, staging_name
from aftersales.errors import AftersalesError
from aftersales.formats import Format, Formats
from aftersales.ingest import pii
from aftersales.ingest.files import Outcome, explain, ingest
from aftersales.ingest.staged import HARMLESS
from aftersales.sample import Shown
from aftersales.sample.layout import Wide, stems
from aftersales.settings import Settings, Shop
from aftersales.warehouse import models, references
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import Connection, identifier, open_writer, rows

pytestmark = pytest.mark.slow  # writes and reads whole worlds


LAYERS = (settings.packaged("sql"),)
every_layout = pytest.mark.parametrize("stem", stems())


@dataclass(frozen=True)
class Taken:
    """All files of the gallery, ingested and staged; or why one could not be written."""

    settings: Settings
    con: Connection
    contracts: Contracts
    formats: Formats
    shown: dict[str, Shown]
    outcomes: dict[str, list[Outcome]]
    failed: dict[str, AftersalesError]

    def of(self, stem: str) -> tuple[Shown, Format]:
        """What a layout shows, and the format it is for."""
        if stem in self.failed:
            pytest.fail(f"{stem} cannot be written: {self.failed[stem]}")
        shown = self.shown[stem]
        assert shown.layout.name in self.formats.by_name, f"no format '{shown.layout.name}'"
        return shown, self.formats.by_name[shown.layout.name]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    home = tmp_path_factory.mktemp("every_layout")
    promised = contracts.load(LAYERS)
    known = formats.load(LAYERS, promised)
    shown, failed = written(home / "gallery")
    settings.init(home)
    loaded = replace(settings.load(home), shops={stem: shop(one) for stem, one in shown.items()})
    con = open_writer(loaded)
    # A shop for each layout: two layouts of one format tell of the same orders.
    outcomes = {
        stem: ingest(con, loaded, promised, known, [one.path], shop_id=stem)
        for stem, one in shown.items()
    }
    references.lay(con, loaded, promised, known, as_of=datetime(2026, 11, 22, 16))
    build(con, {n: m for n, m in models.load(LAYERS).items() if m.layer == "staging"})
    yield Taken(loaded, con, promised, known, shown, outcomes, failed)
    con.close()


def written(out: Path) -> tuple[dict[str, Shown], dict[str, AftersalesError]]:
    """All at once; one by one only where one cannot be written."""
    shown: dict[str, Shown] = {}
    failed: dict[str, AftersalesError] = {}
    try:
        return sample.write_gallery(out), failed
    except AftersalesError:
        for stem in stems():
            try:
                shown |= sample.write_gallery(out, only=[stem])
            except AftersalesError as error:
                failed[stem] = error
        return shown, failed


def shop(shown: Shown) -> Shop:
    return Shop(zone=shown.shop.zone, platform=shown.shop.platform, currency=shown.shop.currency)


@every_layout
def test_a_file_is_claimed_by_its_format_and_no_other(taken: Taken, stem: str) -> None:
    shown, form = taken.of(stem)
    claiming = {
        claim.format
        for claim in explain(shown.path, taken.formats)
        if claim.claims and taken.formats.by_name[claim.format].refuse is None
    }
    assert claiming == {form.name}
    assert {outcome.format for outcome in taken.outcomes[stem]} == {form.name}, [
        str(outcome.error) for outcome in taken.outcomes[stem] if outcome.error
    ]


@every_layout
def test_every_row_is_loaded(taken: Taken, stem: str) -> None:
    shown, _ = taken.of(stem)
    assert [str(outcome.error) for outcome in taken.outcomes[stem] if outcome.error] == []
    set_aside = Counter(
        reason
        for (reason,) in rows(
            taken.con,
            "select reason from raw_quarantine inner join raw_file using (file_id)"
            " where shop_id = ?",
            [stem],
        )
    )
    assert {reason for reason in set_aside if reason not in HARMLESS} == set()
    left_out = set_aside["left_out"]
    listed = len(next(iter(shown.rows.values())))
    assert listed > left_out
    assert sum(outcome.loaded for outcome in taken.outcomes[stem]) == listed - left_out


@every_layout
def test_every_word_has_a_term(taken: Taken, stem: str) -> None:
    shown, form = taken.of(stem)
    table = taken.contracts.table(str(form.table))
    unknown = []
    for column, facts in table.columns.items():
        if facts.vocabulary is None or column not in form.columns:
            continue
        cell = next(iter(shown_by(form, shown, column)), None)
        if cell is None or form.columns[column].fallback is not None:
            continue
        written = set(cell.words.values()) if cell.words else {cell.value}
        if cell.of is not None and not cell.words:
            written = {word for word in values(shown.rows[cell.of]) if word}
        unknown += [
            f"{column}: {word}"
            for word in sorted(written - {""})
            if taken.formats.term(form.name, column, facts.vocabulary, word) is None
        ]
    assert unknown == []


@every_layout
def test_what_the_world_knows_comes_back_from_its_file(taken: Taken, stem: str) -> None:
    shown, form = taken.of(stem)
    table = taken.contracts.table(str(form.table))
    secret = pii.key(taken.settings)
    mapped = [column for column in form.columns if column in table.columns and column != "shop_id"]
    names = [staged_name(column, table.columns[column]) for column in mapped]
    found = rows(
        taken.con,
        f"select r.sheet, s.source_record, {', '.join(f's.{identifier(name)}' for name in names)}"
        f" from {staging_name(str(form.table))} as s"
        " inner join raw_file as r on s.source_file_id = r.file_id where r.shop_id = ?",
        [stem],
    )
    assert len(found) == sum(outcome.loaded for outcome in taken.outcomes[stem]), (
        "rows with equal keys became one in staging"
    )
    places = row_of_record(shown)
    wrong: dict[str, list[str]] = {}
    for position, (column, name) in enumerate(zip(mapped, names, strict=True)):
        wanted = expected(
            form,
            table,
            shown,
            column,
            lambda cell: pii.pseudonym(secret, cell),
            lambda word, column=column: term(taken, form, column, word),
        )
        if wanted is None:
            continue
        cell = next(iter(shown_by(form, shown, column)), None)
        for sheet, record, *staged in found:
            row, value = places(sheet, record), staged[position]
            if agrees(cell, wanted[row], value):
                continue
            wrong.setdefault(name, []).append(
                f"{stem}: {name} of row {row + 1} is '{value}' in staging"
                f" and '{wanted[row]}' in the world"
            )
    told = [line for lines in wrong.values() for line in [*lines[:3], f"… {len(lines)} in all"]]
    assert not wrong, "\n".join(["what was written is not what was read", *told])


def cells_in_order(shown: Shown, wide: Wide) -> dict[int, int]:
    """Row of the world by place in a wide table, read row by row."""
    keep = [cell for cell in shown.layout.columns if cell.of is not None]
    others = [cell.name for cell in shown.layout.columns if cell.of is None and cell.name]
    names = values(shown.rows[wide.name])
    keys = list(zip(*(values(shown.rows[str(cell.of)]) for cell in keep), strict=True))
    lines = list(dict.fromkeys(keys))
    return {
        lines.index(key) * len(others) + others.index(name): row
        for row, (key, name) in enumerate(zip(keys, names, strict=True))
        if name in others
    }


def term(taken: Taken, form: Format, column: str, word: str) -> str | None:
    vocabulary = taken.contracts.table(str(form.table)).columns[column].vocabulary
    return taken.formats.term(form.name, column, str(vocabulary), word)


def row_of_record(shown: Shown) -> Callable[[str | None, int], int]:
    """Which row of the world a record of a file, or of one of its sheets, shows."""
    wide = shown.layout.wide
    if wide is not None:
        order = cells_in_order(shown, wide)
        return lambda _, record: order[record - 1]
    if shown.layout.sheet_by is None:
        return lambda _, record: record - 1
    by_sheet: dict[str, list[int]] = {}
    for row, name in enumerate(values(shown.rows[shown.layout.sheet_by])):
        by_sheet.setdefault(name, []).append(row)
    return lambda sheet, record: by_sheet[str(sheet)][record - 1]
