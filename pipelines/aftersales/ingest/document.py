"""JSON as sheets of text: every array of objects is one, nested names are joined by a dot.

An array within the records of another is a sheet too, ``outer.inner``; its rows also have the names
of the record they stand in, behind the outer array's: ``outer.id``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from aftersales.errors import DataError
from aftersales.ingest.workbook import Sheet

ROWS = "rows"
Record = dict[str, str]


def read(path: Path, name: str) -> list[Sheet]:
    """The arrays of objects in a JSON document, or its lines where each is an object.

    Numbers stay as they are written, so that no id and no amount passes through a float.

    Raises:
        DataError: it is not UTF-8, not JSON, names a key twice, or holds no array of objects.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            "it is JSON, but not UTF-8; nothing was guessed", fix="save it as UTF-8", file=name
        ) from error
    arrays = _arrays(_parsed(text, name))
    if not arrays:
        raise DataError(
            "its JSON holds no array of objects", fix="export the records themselves", file=name
        )
    return [
        sheet
        for key, records in arrays.items()
        for sheet in [_sheet(key, records), *_within(key, records)]
    ]


def _within(outer: str, records: Sequence[dict[str, Any]]) -> Iterator[Sheet]:
    found: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        facts = {key: value for key, value in record.items() if not isinstance(value, list)}
        for key, rows in _arrays(record).items():
            found.setdefault(key, []).extend({**row, outer: facts} for row in rows)
    for key, rows in found.items():
        yield _sheet(f"{outer}.{key}", rows, inner=True)


def _parsed(text: str, name: str) -> Any:
    def read_one(part: str) -> Any:
        return json.loads(
            part,
            parse_int=str,
            parse_float=str,
            parse_constant=lambda word: _refuse(f"{word} is no JSON number", name, None),
            object_pairs_hook=lambda pairs: _object(pairs, name),
        )

    try:
        return read_one(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or error.msg != "Extra data":
            _refuse(f"it is not valid JSON: {error.msg}", name, error.lineno)
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(read_one(line))
        except json.JSONDecodeError as error:
            _refuse(f"the line is not valid JSON: {error.msg}", name, number)
    return found


def _refuse(what: str, name: str, line: int | None) -> NoReturn:
    raise DataError(what, fix="download it again; it may be cut off", file=name, line=line)


def _object(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        _refuse(f"an object of its JSON has the key '{twice}' twice", name, None)
    return found


def _arrays(document: Any) -> dict[str, list[dict[str, Any]]]:
    if isinstance(document, list):
        pages = [page for page in document if isinstance(page, dict)]
        merged: dict[str, list[dict[str, Any]]] = {}
        for page in pages:
            for key, records in _arrays(page).items():
                merged.setdefault(key, []).extend(records)
        # pages of an API, one a line, hold arrays; plain records may too, but then beside an id
        return {ROWS: pages} if not merged or any("id" in page for page in pages) else merged
    if not isinstance(document, dict):
        return {}
    return {
        key: value
        for key, value in document.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    }


def _sheet(name: str, records: Iterable[dict[str, Any]], *, inner: bool = False) -> Sheet:
    flat = [dict(_flattened(record)) for record in records]
    columns = list(dict.fromkeys(column for record in flat for column in record))
    cells = [[record.get(column, "") for column in columns] for record in flat]
    return Sheet(name, [columns, *cells], inner=inner)


def _flattened(record: dict[str, Any], above: str = "") -> Iterable[tuple[str, str]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
