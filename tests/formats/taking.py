"""A file taken as its format takes it, and what staging makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ingest.conftest import Workspace

from aftersales.contracts import staging_name
from aftersales.ingest.files import Outcome, explain
from aftersales.warehouse import models, references
from aftersales.warehouse.build import build
from aftersales.warehouse.models import Model


@cache
def _models(layers: tuple[Path, ...]) -> dict[str, Model]:
    return models.load(layers)


def loaded(workspace: Workspace, name: str, content: str | bytes, form: str) -> Outcome:
    """A file that is taken by this format, and which no other one claims."""
    path = workspace.put(name, content)
    claiming = {claim.format for claim in explain(path, workspace.formats) if claim.claims}
    outcome = workspace.one(path)
    assert outcome.status == "loaded", str(outcome.error)
    assert (outcome.format, claiming) == (form, {form})
    assert outcome.rows_in == outcome.loaded + outcome.quarantined
    return outcome


def staged(
    workspace: Workspace, table: str, columns: str, *, by: str = "source_record, source_file_id"
) -> list[tuple[object, ...]]:
    """What staging makes of everything taken so far; times as text, UTC."""
    references.lay(
        workspace.con,
        workspace.settings,
        workspace.contracts,
        workspace.formats,
        as_of=datetime(2026, 12, 1, tzinfo=UTC).replace(tzinfo=None),
    )
    name = staging_name(table)
    build(workspace.con, {name: _models(workspace.settings.sql_layers)[name]})
    shown = ", ".join(f"cast({column.strip()} as varchar)" for column in columns.split(","))
    return workspace.query(f"select {shown} from {name} order by {by}")
