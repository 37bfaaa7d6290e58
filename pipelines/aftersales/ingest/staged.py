"""What lies in the staging folder, ready for DuckDB, and what was kept out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from aftersales.warehouse.connection import Connection, identifier, literal, rows

# Held against text in cells, so it must be something no export contains.
NEVER = "\\x01never\\x01"
# DuckDB would read by sixteen such lines at a time; by two is faster and takes less memory.
LONGEST_LINE = 16_000_000

# Reasons that say nothing bad about a file: what exports put around their rows.
HARMLESS = frozenset({"footer", "header_repeated", "blank_row", "blank_cell", "left_out"})


@dataclass(frozen=True)
class Rejected:
    """One row that was not loaded.

    Attributes:
        record: data record number from 1.
        line: physical line in a text file, row in a sheet; None where there is none.
        column: header name as delivered, where one cell is at fault.
        reason: why; a word of HARMLESS, or a few words for a person.
        cells: the row as far as it could be read.
    """

    record: int
    line: int | None
    column: str | None
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Staged:
    """One table in the staging folder.

    Attributes:
        names: its header as delivered, made unique; one a column.
        records: rows DuckDB must find in it.
        skip: lines above the first data row.
        numbered: its first column is the record number, not in ``names``.
        rejected: rows kept out while it was written.
        float_columns: positions that are floating point in a Parquet file.
    """

    path: Path
    kind: Literal["csv", "parquet"]
    names: tuple[str, ...]
    records: int
    delimiter: str = ","
    skip: int = 0
    numbered: bool = False
    rejected: tuple[Rejected, ...] = ()
    encoding: str | None = None
    sheet: str | None = None
    float_columns: frozenset[int] = frozenset()


def unique_names(header: list[str]) -> tuple[str, ...]:
    """Header names stripped, each once: a nameless one is ``column 3``, a second x is ``x (2)``."""
    found: list[str] = []
    for position, given in enumerate(header, start=1):
        name = given.strip("\ufeff \t\r\n") or f"column {position}"
        turn = 2
        free = name
        while free in found:
            free, turn = f"{name} ({turn})", turn + 1
        found.append(free)
    return tuple(found)


def relation(staged: Staged) -> str:
    """A select over the staged file: ``_record`` and a VARCHAR ``c0, c1 …`` a delivered column."""
    return _parquet(staged) if staged.kind == "parquet" else _csv(staged)


def _csv(staged: Staged) -> str:
    count = len(staged.names) + staged.numbered
    columns = ", ".join(f"'d{position}': 'VARCHAR'" for position in range(count))
    first = int(staged.numbered)
    cells = ", ".join(
        f"d{first + position} as c{position}" for position in range(len(staged.names))
    )
    record = "cast(d0 as bigint)" if staged.numbered else "row_number() over ()"
    return (
        f"select {record} as _record, {cells} from read_csv({literal(str(staged.path))},"
        f" columns = {{{columns}}}, auto_detect = false, strict_mode = true, header = false,"
        f" skip = {staged.skip}, delim = {literal(staged.delimiter)}, quote = '\"', escape = '\"',"
        f" nullstr = '{NEVER}', hive_partitioning = false, compression = 'none',"
        f" max_line_size = {LONGEST_LINE}, buffer_size = {2 * LONGEST_LINE})"
    )


def _parquet(staged: Staged) -> str:
    def cell(position: int, name: str) -> str:
        column = identifier(name)
        text = f"cast({column} as varchar)"
        if position in staged.float_columns:  # 13085.0 is how pandas writes the id 13085
            whole = f"{column} = trunc({column}) and abs({column}) < 1e15"
            text = (
                f"case when {whole} then cast(cast({column} as bigint) as varchar) else {text} end"
            )
        return f"coalesce({text}, '') as c{position}"

    cells = ", ".join(cell(position, name) for position, name in enumerate(staged.names))
    return (
        f"select file_row_number + 1 as _record, {cells}"
        f" from read_parquet({literal(str(staged.path))}, file_row_number = true,"
        " hive_partitioning = false)"
    )


def read_parquet_header(con: Connection, path: Path) -> Staged:
    """A staged Parquet file with its columns and its own row count."""
    source = literal(str(path))
    described = rows(
        con, f"describe select * from read_parquet({source}, hive_partitioning = false)"
    )
    count = rows(
        con, f"select coalesce(sum(num_rows), 0)::bigint from parquet_file_metadata({source})"
    )[0][0]
    floats = frozenset(i for i, column in enumerate(described) if column[1] in {"FLOAT", "DOUBLE"})
    names = tuple(str(column[0]) for column in described)
    return Staged(path, "parquet", names, int(count), float_columns=floats)


def with_records(staged: Staged, records: int) -> Staged:
    """The same table, expected to hold another number of rows."""
    return replace(staged, records=records)
