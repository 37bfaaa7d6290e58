"""The list of control rules in the documentation is the list of rules there are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import ROOT

from aftersales import contracts, formats, rules
from aftersales.formats import Formats
from aftersales.rules import Parameter, Rule, shown
from aftersales.settings import packaged

LAYERS = (packaged("sql"),)
PAGE = ROOT / "docs" / "rules.md"
BEGIN, END = "<!-- written by: make goldens -->\n", "<!-- end -->\n"
PLATFORMS = (
    *("taobao", "jd", "pinduoduo", "douyin", "xiaohongshu", "weixin", "youzan", "shopify"),
    *("amazon", "shopee"),
)


def lines() -> Iterator[str]:
    listed = list(rules.load(LAYERS).values())
    known = formats.load(LAYERS, contracts.load(LAYERS))
    yield "| rule | what must hold | violation | severity | goes by |"
    yield "|---|---|---|---|---|"
    for rule in listed:
        told = f"{rule.says['zh']} {rule.says['en']}"
        yield f"| {rule.rule_id} | {told} | `{rule.violation}` | {rule.severity} | {set_by(rule)} |"
    yield ""
    yield "From all exports of a platform together:"
    yield ""
    yield f"| rule | {' | '.join(PLATFORMS)} |"
    yield f"|---|{'---|' * len(PLATFORMS)}"
    for rule in listed:
        yield f"| {rule.rule_id} | {' | '.join(mark(rule, known, name) for name in PLATFORMS)} |"
    yield ""
    yield "From one export alone, with nothing else beside it:"
    yield ""
    yield "| rule | all of it | some of it |"
    yield "|---|---|---|"
    for rule in listed:
        found = list(rules.coverage(rule, known))
        whole, part = (
            ", ".join(f"`{one.format}`" for one in found if one.state == state)
            for state in ("whole", "part")
        )
        yield f"| {rule.rule_id} | {whole or '–'} | {part or '–'} |"


def mark(rule: Rule, known: Formats, platform: str) -> str:
    alone = rules.together(rule, known, platform).state
    if alone == "whole":
        return "yes"
    return "own" if rules.together(rule, known, platform, None).state == "whole" else alone


def set_by(rule: Rule) -> str:
    return "<br>".join(f"`{name}` {values(one)}" for name, one in rule.parameters.items())


def values(parameter: Parameter) -> str:
    told = [f"{shown(one.value)} ({one.platform or 'any platform'})" for one in parameter.values]
    return ", ".join(told) or "unset"


def test_the_documented_rules_are_those_there_are(request: pytest.FixtureRequest) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    told, _, after = rest.partition(END)
    listed = "\n" + "\n".join(lines()) + "\n\n"
    if request.config.getoption("--rewrite-goldens"):
        PAGE.write_text(before + BEGIN + listed + END + after, encoding="utf-8")
    else:
        assert told == listed, "run: make goldens"


def test_every_rule_needs_columns_there_are() -> None:
    rules.check_needs(rules.load(LAYERS), contracts.load(LAYERS))
