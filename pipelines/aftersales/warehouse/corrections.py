"""Known errors of the sources as SQL: which raw row is meant, and what is right in its place."""

from __future__ import annotations

from aftersales.contracts import Correction, Table
from aftersales.warehouse.connection import identifier, literal


def known(correction: Correction, table: Table, *, row: str) -> str:
    """SQL: a raw row, by the name it has in the query, is the one meant."""
    return _cells(correction.where, table, row)


def holds(correction: Correction, table: Table, *, row: str) -> str:
    """SQL: it is the one meant, and still as wrong as it was."""
    return f"{known(correction, table, row=row)} and {_cells(correction.expect, table, row)}"


def right(correction: Correction) -> dict[str, str]:
    """SQL of the right cells, by column."""
    return {column: literal(cell) for column, cell in correction.set.items()}


def _cells(cells: dict[str, str], table: Table, row: str) -> str:
    def read(column: str) -> str:
        function = "as_id" if table.columns[column].type == "id" else "as_text"
        return f"coalesce({function}({row}.{identifier(column)}), '')"

    return " and ".join(f"{read(column)} = {literal(cell)}" for column, cell in cells.items())
