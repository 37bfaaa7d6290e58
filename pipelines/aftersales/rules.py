"""Control rules: what sql/rules says of each beside its SQL, and what it goes by here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aftersales.contracts import Contracts, read_yaml, refusal
from aftersales.errors import ConfigError
from aftersales.formats import Format, Formats
from aftersales.settings import FILE_NAME, RuleChange, Settings, layered_files

FOLDER = "rules"
TRANSITIONS = "transitions"
Text = dict[Literal["zh", "en"], str]
ALWAYS = date(1900, 1, 1)

# What the select of a rule gives: about cases only what it found, since what a case is stands in
# int_rule_case; about anything else also what it judged. fct_rule_finding is all of them together.
FOUND = ("verdict", "measured", "allowed", "amount_at_risk")
CASE_COLUMNS = ("case_key", *FOUND)
COLUMNS = (
    *("platform", "shop_id", "entity_id", "sku", "agent", "occurred_on"),
    *FOUND,
    *("currency", "source_file_id", "source_record"),
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Setting(_Strict):
    """What a parameter is, on a platform and from a day on.

    Attributes:
        platform: None: on every platform without one of its own.
        value: a number, a text, or a list of texts, of which any may be met.
        source: where it was read, and how sure that is.
    """

    platform: str | None = None
    valid_from: date = ALWAYS
    value: float | str | list[str]
    source: str


class Parameter(_Strict):
    """What a rule goes by; without a value for a platform the rule is unknown there."""

    meaning: Text
    kind: Literal["number", "word", "words"] = "number"
    values: list[Setting] = []

    @model_validator(mode="after")
    def _values_are_of_the_kind(self) -> Parameter:
        for each in self.values:
            if not _is_of_kind(each.value, self.kind):
                raise ValueError(f"{each.value!r} is no {self.kind}")
        if len({(each.platform, each.valid_from) for each in self.values}) < len(self.values):
            raise ValueError("two values hold for the same platform from the same day")
        return self


class Rule(_Strict):
    """One control rule.

    Attributes:
        says: what must hold.
        violation: the name of what is wrong where it does not.
        severity: data: the export contradicts itself; review: a person has to look.
        entity: what is judged.
        unit: what ``measured`` and ``allowed`` are counted in.
        needs: contract columns it reads, ``table.column``; of a list any one is enough.
        decision: entry of DECISIONS.md that says why it is judged so.
    """

    rule_id: str = Field(alias="rule", pattern=r"^[A-Z]{2}-\d{2}$")
    title: Text
    says: Text
    violation: str
    severity: Literal["high", "medium", "low", "data", "review"]
    entity: Literal["case", "turn", "conversation", "line"]
    unit: Literal["none", "seconds", "days", "units", "count", "amount"] = "none"
    needs: list[str | list[str]] = Field(min_length=1)
    parameters: dict[str, Parameter] = {}
    decision: str

    @property
    def stem(self) -> str:
        """The name of its files and of its model: ex_03."""
        return self.rule_id.lower().replace("-", "_")

    def alternatives(self) -> list[list[str]]:
        """What it needs; of each list any one is enough."""
        return [[need] if isinstance(need, str) else need for need in self.needs]


class Transitions(_Strict):
    """Which status of a case may follow which.

    Attributes:
        default: on platforms without steps of their own.
        fast: further steps of a fast exchange, on every platform.
    """

    default: dict[str, list[str]]
    fast: dict[str, list[str]] = {}
    platforms: dict[str, dict[str, list[str]]] = {}


def load(layers: tuple[Path, ...]) -> dict[str, Rule]:
    """Every rule by its id, in the order of the ids.

    Raises:
        ConfigError: a file is not YAML, lacks a part, holds an unknown key, or has no SQL beside.
    """
    selects = layered_files(layers, FOLDER, "*.sql")
    told = {
        stem: path
        for stem, path in layered_files(layers, FOLDER, "*.yml").items()
        if stem != TRANSITIONS
    }
    alone = sorted(selects.keys() ^ told.keys())
    if alone:
        path = selects.get(alone[0]) or told[alone[0]]
        other = ".sql" if path.suffix == ".yml" else ".yml"
        raise ConfigError(
            "a rule is a select and what it says, in two files of one name",
            fix=f"write {path.stem}{other} too",
            file=str(path),
        )
    found = {}
    for stem, path in told.items():
        rule = _read(path)
        if rule.stem != stem:
            raise ConfigError(
                f"rule: {rule.rule_id} is not the file's name",
                fix=f"name the files {rule.stem}.yml and {rule.stem}.sql",
                file=str(path),
            )
        found[rule.rule_id] = rule
    return found


def _read(path: Path) -> Rule:
    return _read_once(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)  # the same file says the same, and a process may load the rules often
def _read_once(path: Path, _: int) -> Rule:
    try:
        return Rule.model_validate(read_yaml(path))
    except ValidationError as error:
        raise refusal(error, path) from error


# ── what is laid for the models ──────────────────────────────────────────────────────────────

RULE_COLUMNS = (
    "rule_id varchar, title_zh varchar, title_en varchar, violation varchar, severity varchar, "
    "entity varchar, unit varchar"
)
PARAMETER_COLUMNS = (
    "rule_id varchar, parameter varchar, platform varchar, shop_id varchar, valid_from date, "
    "value double, word varchar, is_own boolean"
)
TRANSITION_COLUMNS = (
    "platform varchar, from_status varchar, to_status varchar, is_fast_only boolean, steps bigint"
)
ANY_PLATFORM = "*"


def rows(rules: Mapping[str, Rule]) -> list[tuple[object, ...]]:
    """ref_rule: one row a rule."""
    return [
        (
            rule.rule_id,
            rule.title["zh"],
            rule.title["en"],
            rule.violation,
            rule.severity,
            rule.entity,
            rule.unit,
        )
        for rule in rules.values()
    ]


def parameter_rows(
    rules: Mapping[str, Rule], settings: Settings | None = None
) -> list[tuple[object, ...]]:
    """ref_rule_parameter: what is packaged, and what the workspace sets over it.

    Raises:
        ConfigError: the workspace sets a rule or parameter nobody knows, or what is none of its.
    """
    found: list[tuple[object, ...]] = []
    for rule in rules.values():
        for name, parameter in rule.parameters.items():
            for each in parameter.values:
                whose = (each.platform, None, each.valid_from)
                found.append((rule.rule_id, name, *whose, *_cells(each.value), False))
    for change in settings.rule if settings else ():
        _check_change(change, rules)
        for name, value in change.values.items():
            place = (change.platform, change.shop, change.since or ALWAYS)
            found.append((change.rule_id, name, *place, *_cells(value), True))
    return found


def _check_change(change: RuleChange, rules: Mapping[str, Rule]) -> None:
    rule = rules.get(change.rule_id)
    if rule is None:
        raise ConfigError(
            f"[[rule]] names '{change.rule_id}', which is no rule",
            fix=f"use one of: {', '.join(rules)}",
            file=FILE_NAME,
        )
    for name, value in change.values.items():
        parameter = rule.parameters.get(name)
        if parameter is None:
            raise ConfigError(
                f"[[rule]] {rule.rule_id} has no '{name}' to set",
                fix=f"use one of: {', '.join(rule.parameters) or 'none, it takes no settings'}",
                file=FILE_NAME,
            )
        if not _is_of_kind(value, parameter.kind):
            raise ConfigError(
                f"[[rule]] {rule.rule_id} {name} cannot be {value!r}",
                fix=f"write a {parameter.kind}: {_EXAMPLES[parameter.kind].format(name=name)}",
                file=FILE_NAME,
            )


_EXAMPLES = {
    "number": "set = {{ {name} = 15 }}",
    "word": 'set = {{ {name} = "no" }}',
    "words": 'set = {{ {name} = ["未确认收货"] }}',
}


def shown(value: float | str | list[str]) -> str:
    """A value of a parameter as people write it."""
    if isinstance(value, list):
        return "/".join(value)
    return value if isinstance(value, str) else f"{value:g}"


def _is_of_kind(value: object, kind: str) -> bool:
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "word":
        return isinstance(value, str)
    return isinstance(value, list) and bool(value) and all(isinstance(word, str) for word in value)


def _cells(value: float | str | list[str]) -> tuple[float | None, str | None]:
    """value and word; of several words a pattern that any of them fits."""
    if isinstance(value, list):
        return None, "|".join(map(_literally, value))
    return (None, value) if isinstance(value, str) else (float(value), None)


def _literally(word: str) -> str:
    """A word as a pattern that both engines' regular expressions read alike."""
    return "".join(f"\\{sign}" if sign in r".\+*?[^]$(){}|" else sign for sign in word)


def transitions(layers: tuple[Path, ...]) -> Transitions | None:
    """Which status may follow which; None where nobody has said.

    Raises:
        ConfigError: the file is not YAML or holds an unknown key.
    """
    path = layered_files(layers, FOLDER, f"{TRANSITIONS}.yml").get(TRANSITIONS)
    if path is None:
        return None
    try:
        return Transitions.model_validate(read_yaml(path))
    except ValidationError as error:
        raise refusal(error, path) from error


def transition_rows(told: Transitions | None) -> list[tuple[object, ...]]:
    """ref_case_transition: what can be reached from where, in how many steps at least.

    Steps only a fast exchange may take are rows of their own where they are the shorter way.
    """
    if told is None:
        return []
    found: list[tuple[object, ...]] = []
    for platform, edges in {ANY_PLATFORM: told.default, **told.platforms}.items():
        usual = _reach(edges)
        names = dict.fromkeys((*edges, *told.fast))
        fast = _reach({name: [*edges.get(name, []), *told.fast.get(name, [])] for name in names})
        found += [(platform, *pair, False, steps) for pair, steps in sorted(usual.items())]
        found += [
            (platform, *pair, True, steps)
            for pair, steps in sorted(fast.items())
            if steps < usual.get(pair, steps + 1)
        ]
    return found


def _reach(edges: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], int]:
    """The fewest steps from every status to every other that can be reached from it."""
    found: dict[tuple[str, str], int] = {}
    for start in edges:
        reached, edge, steps = {start}, [start], 0
        while edge:
            steps += 1
            edge = sorted({to for status in edge for to in edges.get(status, ())} - reached)
            reached |= set(edge)
            found |= {(start, to): steps for to in edge}
    return found


# ── which exports it can be judged from ──────────────────────────────────────────────────────


@dataclass(frozen=True)
class Coverage:
    """What one format has of what a rule needs.

    Attributes:
        state: whole: all of it; part: some; none.
        missing: what it lacks; of several that would each do, joined by ``/``.
    """

    format: str
    state: Literal["whole", "part", "none"]
    missing: tuple[str, ...]


def check_needs(rules: Mapping[str, Rule], contracts: Contracts) -> None:
    """Every column a rule needs is in a contract.

    Raises:
        ConfigError: one is not.
    """
    for rule in rules.values():
        for need in (name for group in rule.alternatives() for name in group):
            table, _, column = need.partition(".")
            tables = [facts for name, facts in contracts.tables.items() if _short(name) == table]
            if not any(column in facts.columns for facts in tables):
                raise ConfigError(
                    f"{rule.rule_id} needs '{need}', which is in no contract",
                    fix="write it as case.applied_at",
                    file=f"sql/{FOLDER}/{rule.stem}.yml",
                )


def coverage(rule: Rule, formats: Formats) -> Iterator[Coverage]:
    """Every format that fills a table the rule reads, by its name."""
    tables = {name.partition(".")[0] for group in rule.alternatives() for name in group}
    for form in formats.by_name.values():
        if form.table is not None and _short(form.table) in tables:
            yield _covered(rule, form.name, has(form))


def together(rule: Rule, formats: Formats, *platforms: str | None) -> Coverage:
    """What all exports of platforms have together; None: the lists a merchant keeps."""
    there = [has(form) for form in formats.by_name.values() if form.platform in platforms]
    return _covered(rule, " + ".join(name or "own" for name in platforms), set().union(*there))


def has(form: Format) -> set[str]:
    """The contract columns a format has, as ``table.column``."""
    return {f"{_short(form.table)}.{column}" for column in form.columns} if form.table else set()


def _covered(rule: Rule, name: str, there: set[str]) -> Coverage:
    groups = rule.alternatives()
    missing = tuple("/".join(group) for group in groups if there.isdisjoint(group))
    state: Literal["whole", "part", "none"] = (
        "none" if len(missing) == len(groups) else "part" if missing else "whole"
    )
    return Coverage(name, state, missing)


def _short(table: str) -> str:
    return table.rpartition(".")[2]
