"""The list of formats in the documentation is the list of formats there are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import ROOT

from aftersales import contracts, formats
from aftersales.formats import Format
from aftersales.settings import packaged

PAGE = ROOT / "docs" / "formats.md"
BEGIN, END = "<!-- written by: make goldens -->\n", "<!-- end -->\n"


def lines() -> Iterator[str]:
    layers = (packaged("sql"),)
    promised = contracts.load(layers)
    known = list(formats.load(layers, promised).by_name.values())
    yield "| format | what it is | fills | evidence | recognised by |"
    yield "|---|---|---|---|---|"
    for form in known:
        if form.table is not None:
            yield f"| `{form.name}` | {named(form)} | `{form.table}` | {form.evidence} | {header(form)} |"
    yield ""
    yield "Refused, because rows of theirs would be taken for something else:"
    yield ""
    yield "| kind | what it is | export instead |"
    yield "|---|---|---|"
    for form in known:
        if form.refuse is not None:
            yield f"| `{form.name}` | {named(form)} | {form.refuse.instead.get('zh', '')} |"


def named(form: Format) -> str:
    return " · ".join(form.title[language] for language in ("zh", "en") if language in form.title)


def header(form: Format) -> str:
    if not form.header.requires:
        return "the lines that begin a message"
    return ", ".join(" or ".join(f"`{name}`" for name in names) for names in form.header.requires)


def test_the_documented_formats_are_those_there_are(request: pytest.FixtureRequest) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    told, _, after = rest.partition(END)
    listed = "\n" + "\n".join(lines()) + "\n\n"
    if request.config.getoption("--rewrite-goldens"):
        PAGE.write_text(before + BEGIN + listed + END + after, encoding="utf-8")
    else:
        assert told == listed, "run: make goldens"
