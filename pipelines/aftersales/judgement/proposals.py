"""What could be improved, by rule from what is published: evidence, expected effect, who and what.

The rules are data (reports/improvements/rules.yml). Every number comes from a metric; what is
proposed is chosen over all groups of all rules together, so that a world in which nothing happens
proposes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aftersales import metrics as registry
from aftersales.contracts import read_yaml, refusal
from aftersales.judgement.effects import (
    NONE,
    Cell,
    Spread,
    Surplus,
    against_past,
    against_rest,
    beyond_chance,
    over_limit,
)
from aftersales.metrics import Metric
from aftersales.reporting import sources
from aftersales.reporting.spec import Source, Wording, load_wording, newest
from aftersales.warehouse.connection import Connection

WEEK, DAY = timedelta(days=7), timedelta(days=1)
FOLDER = "improvements"
LANGUAGES = ("zh", "en")
JOINER = "+"
Span = tuple[date, date]
Key = tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Per(_Strict):
    """What a count is held against: a metric's numerator.

    Attributes:
        by: its own splits, where it is split as the rule is; none: the same for all groups.
        is_whole: the count is a part of it.
    """

    metric: str
    by: list[str] = []
    is_whole: bool = False


class Money(_Strict):
    """Amounts, added up, that go along with the bad ones of a group.

    Attributes:
        is_monthly: they are kept by month, so they are read from the first of one on.
    """

    amounts: list[str]
    is_monthly: bool = False


class Rule(_Strict):
    """One kind of proposal; docs/improvements.md tells the keys for those who change them."""

    rule: str
    kind: Literal["rest", "past", "limit"]
    metric: str
    by: list[str]
    where: dict[str, str] = {}
    spread: Spread = "plain"
    bands: dict[str, tuple[int, int]] = {}
    per: Per | None = None
    only: dict[str, list[str]] = {}
    skip: dict[str, list[str]] = {}
    tolerated: float | None = None
    owner: str | None = None
    owners: dict[str, str] = {}
    money: Money | None = None
    entity: str
    weeks: int | None = None
    minimum_n: int | None = None
    least: int | None = None

    @model_validator(mode="after")
    def _has_its_parts(self) -> Rule:
        if (self.kind == "limit") != (self.tolerated is not None):
            raise ValueError("tolerated belongs to the kind limit, and to no other")
        if self.bands and len(self.by) != 1:
            raise ValueError("bands are of one split")
        if self.owner is None and self.by != ["leaf"]:
            raise ValueError("only a category of complaints brings its owner along")
        return self


class Rules(_Strict):
    """rules.yml."""

    weeks: int
    before_weeks: int
    minimum_n: int
    least: int
    examples: int
    all: list[Rule] = Field(alias="rules")

    def get(self, name: str) -> Rule | None:
        """The rule called so."""
        return next((rule for rule in self.all if rule.rule == name), None)


@dataclass(frozen=True)
class Proposal:
    """One thing to do.

    Attributes:
        key: stable from week to week: ``exchange_sku:QY-KT-01``.
        since: first day of what it was found in.
        bad: how many are as they should not be, of ``of``.
        level: their share or rate.
        expected: what it would be.
        cases: fewer a week if it were so; ``low`` and ``high``: its 95 % interval.
        money: what they concern a week, in ``currency``; None where no amount is known.
        rows: the command that lists the records behind it.
        entities: some of these records.
        title: by language.
    """

    key: str
    rule: str
    since: date
    until: date
    bad: float
    of: float
    level: float
    expected: float
    cases: float
    low: float
    high: float
    money: float | None
    money_low: float | None
    money_high: float | None
    currency: str
    p_value: float
    owner: str
    rows: str
    entities: tuple[str, ...]
    title: Mapping[str, str]
    action: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """A group of a rule, not yet chosen."""

    rule: Rule
    key: Key
    cell: Cell
    surplus: Surplus
    days: Span


def load(layers: tuple[Path, ...]) -> Rules:
    """The rules of the last layer that has them.

    Raises:
        ConfigError: the file cannot be used.
    """
    path = newest(layers, f"{FOLDER}/rules.yml")
    try:
        return Rules.model_validate(read_yaml(path))
    except ValidationError as error:
        raise refusal(error, path) from error


def propose(
    con: Connection,
    metrics: Mapping[str, Metric],
    rules: Rules,
    layers: tuple[Path, ...],
    *,
    until: date,
    currency: str,
) -> list[Proposal]:
    """What to do, by the money concerned, then by the number of cases.

    Args:
        until: last day of the week reviewed.

    Raises:
        ConfigError: a rule names a metric or a split there is not.
    """
    found = [one for rule in rules.all for one in look(con, metrics, rules, rule, until)]
    names = _Names(con, layers)
    made = [_proposal(con, metrics, rules, one, names, currency) for one in chosen(found, rules)]
    return sorted(made, key=lambda one: (-(one.money or 0.0), -one.cases, one.key))


def chosen(found: Sequence[Found], rules: Rules) -> list[Found]:
    """Those beyond chance, worse than they should be, and enough of them."""
    stands = beyond_chance([one.surplus.p_value for one in found])
    return [
        one
        for one, is_beyond in zip(found, stands, strict=True)
        if is_beyond
        and one.surplus.low > 0
        and one.cell.bad >= (rules.least if one.rule.least is None else one.rule.least)
    ]


# --- what is looked at -----------------------------------------------------------------------


def look(
    con: Connection, metrics: Mapping[str, Metric], rules: Rules, rule: Rule, until: date
) -> list[Found]:
    """Every group of a rule that has enough, with what it has too much of."""
    weeks = rule.weeks or rules.weeks
    minimum = rules.minimum_n if rule.minimum_n is None else rule.minimum_n
    days = (until - weeks * WEEK + DAY, until)
    if rule.kind == "past":
        found = _against_past(con, metrics, rules, rule, days, minimum)
    else:
        groups = {key: cell for (key, _), cell in cells(con, metrics, rule, days).items()}
        found = _against(rule, groups, minimum)
    return [Found(rule, key, cell, surplus, days) for key, cell, surplus in found]


def _against(
    rule: Rule, groups: Mapping[Key, Cell], minimum: int
) -> list[tuple[Key, Cell, Surplus]]:
    if rule.tolerated is not None:
        enough = {key: cell for key, cell in groups.items() if cell.of >= minimum}
        return [(key, cell, over_limit(cell, rule.tolerated)) for key, cell in enough.items()]
    named = {JOINER.join(key): key for key in groups}
    judged = against_rest(
        {name: groups[key] for name, key in named.items()},
        is_share=rule.per is None or rule.per.is_whole,
        spread=rule.spread,
        minimum_n=minimum,
    )
    return [(named[name], groups[named[name]], surplus) for name, surplus in judged.items()]


def _against_past(
    con: Connection,
    metrics: Mapping[str, Metric],
    rules: Rules,
    rule: Rule,
    days: Span,
    minimum: int,
) -> list[tuple[Key, Cell, Surplus]]:
    first, last = days
    weekly = cells(con, metrics, rule, (first - rules.before_weeks * WEEK, last), weekly=True)
    full = sorted({week for (_, week), cell in weekly.items() if week and cell.of})[1:]
    full = [week for week in full if week + WEEK - DAY <= last]  # the first one may be cut
    keys = dict.fromkeys(key for key, _ in weekly)
    whole = {week: sum((weekly.get((key, week), NONE) for key in keys), NONE) for week in full}
    # Where all groups share one exposure, theirs together is that one and not its sum.
    is_shared = rule.per is not None and not rule.per.by
    found = []
    for key in keys:
        own = {week: weekly.get((key, week), NONE) for week in full}
        rest = {
            week: Cell(
                whole[week].bad - own[week].bad,
                own[week].of if is_shared else whole[week].of - own[week].of,
            )
            for week in full
        }
        now = sum((own[week] for week in full if week >= first), NONE)
        surplus = against_past(
            *(
                [part[week] for week in full if (week >= first) == is_now]
                for part in (own, rest)
                for is_now in (True, False)
            )
        )
        if surplus and now.of >= minimum:
            found.append((key, now, surplus))
    return found


def cells(
    con: Connection,
    metrics: Mapping[str, Metric],
    rule: Rule,
    days: Span,
    *,
    weekly: bool = False,
) -> dict[tuple[Key, date | None], Cell]:
    """Bad ones of how many, by group and, if asked, by week."""
    metric = registry.get(metrics, rule.metric)
    splits = [*(["week"] if weekly else []), *rule.by]
    rows = registry.query(con, metric, splits, *days, rule.where)
    per = _exposures(con, metrics, rule, days, weekly=weekly) if rule.per else None
    found: dict[tuple[Key, date | None], Cell] = {}
    for row in rows:
        key, week = _key(row, rule), row.get("week")
        if key is None:
            continue
        bad = float(row["numerator"] or 0)
        if per is None:
            of = float(row["denominator"] or 0)
            bad = of - bad if metric.good == "higher" else bad
        else:
            of = per.get((key if rule.per and rule.per.by else (), week), 0.0)
        if of > 0:
            found[key, week] = found.get((key, week), NONE) + Cell(bad, of)
    if per is not None and rule.per and not rule.per.by:
        # A week without a single one of a group is a week with none, not a week without data.
        told = {week for _, week in found}
        for key in {key for key, _ in found}:
            for (_, week), of in per.items():
                if week in told and of > 0:
                    found.setdefault((key, week), Cell(0.0, of))
    return found


def _exposures(
    con: Connection, metrics: Mapping[str, Metric], rule: Rule, days: Span, *, weekly: bool
) -> dict[tuple[Key, date | None], float]:
    if rule.per is None:
        return {}
    metric = registry.get(metrics, rule.per.metric)
    splits = [*(["week"] if weekly else []), *rule.per.by]
    return {
        (tuple(str(row[name]) for name in rule.per.by), row.get("week")): float(
            row["numerator"] or 0
        )
        for row in registry.query(con, metric, splits, *days)
    }


def _key(row: Mapping[str, Any], rule: Rule) -> Key | None:
    """The group of a row; None where it has no name or the rule is not about it."""
    values = {name: row[name] for name in rule.by}
    if any(value in (None, "") for value in values.values()):
        return None
    for name, value in values.items():
        if name in rule.only and str(value) not in rule.only[name]:
            return None
        if str(value) in rule.skip.get(name, ()):
            return None
    if rule.bands:
        (value,) = values.values()
        return next(
            ((band,) for band, (low, high) in rule.bands.items() if low <= int(value) <= high), None
        )
    return tuple(str(value) for value in values.values())


# --- what is said of it ----------------------------------------------------------------------


def identifier(rule: str, key: Key) -> str:
    """What a proposal is called from week to week."""
    return f"{rule}:{JOINER.join(key)}"


def _proposal(
    con: Connection,
    metrics: Mapping[str, Metric],
    rules: Rules,
    one: Found,
    names: _Names,
    currency: str,
) -> Proposal:
    rule, surplus = one.rule, one.surplus
    metric = metrics[rule.metric]
    weeks = ((one.days[1] - one.days[0]).days + 1) / 7
    each = _amount_each(con, metrics, one)
    cases, low, high = (part / weeks for part in (surplus.count, surplus.low, surplus.high))
    where = _where(con, metric, one)
    return Proposal(
        key=identifier(rule.rule, one.key),
        rule=rule.rule,
        since=one.days[0],
        until=one.days[1],
        bad=one.cell.bad,
        of=one.cell.of,
        level=one.cell.level,
        expected=surplus.expected,
        cases=cases,
        low=low,
        high=high,
        money=None if each is None else cases * each,
        money_low=None if each is None else low * each,
        money_high=None if each is None else high * each,
        currency=currency,
        p_value=surplus.p_value,
        owner=names.owner(one),
        rows=registry.rows_command(rule.metric, *one.days, where),
        entities=_entities(con, metric, one, where, rules.examples),
        title={language: names.title(one, language) for language in LANGUAGES},
        action={language: names.action(one, language) for language in LANGUAGES},
    )


def _where(con: Connection, metric: Metric, one: Found) -> dict[str, Any]:
    """What picks the group; of a band the value with most bad ones, as conditions name one."""
    rule = one.rule
    if not rule.bands:
        return {**rule.where, **dict(zip(rule.by, one.key, strict=True))}
    (split,) = rule.by
    low, high = rule.bands[one.key[0]]
    bad = {
        row[split]: (row["denominator"] or 0) - (row["numerator"] or 0)
        if metric.good == "higher"
        else row["numerator"] or 0
        for row in registry.query(con, metric, rule.by, *one.days, rule.where)
        if row[split] is not None and low <= int(row[split]) <= high
    }
    return {**rule.where, split: max(bad, key=lambda value: (bad[value], -int(value)))}


def _entities(
    con: Connection, metric: Metric, one: Found, where: Mapping[str, Any], count: int
) -> tuple[str, ...]:
    condition, params = registry.row_condition(metric, *one.days, where)
    relation = con.sql(f"from {metric.model}{condition}", params=params)
    named = relation.project(one.rule.entity).distinct().order(one.rule.entity).limit(count)
    return tuple(str(name) for (name,) in named.fetchall() if name is not None)


def _amount_each(con: Connection, metrics: Mapping[str, Metric], one: Found) -> float | None:
    """What one bad case of the group concerns; None where no amount is known."""
    rule = one.rule
    if rule.money is None:
        return None
    since, until = one.days
    where = {**rule.where, **dict(zip(rule.by, one.key, strict=True))}
    count = one.cell.bad
    if rule.money.is_monthly:
        since = since.replace(day=1)
        (row,) = registry.query(con, metrics[rule.metric], (), since, until, where)
        count = float(row["numerator"] or 0)
    found = [
        registry.query(con, registry.get(metrics, name), (), since, until, where)[0]
        for name in rule.money.amounts
    ]
    known = [float(row["numerator"] or 0) for row in found if row["value"] is not None]
    return sum(known) / count if count and sum(known) > 0 else None


class _Names:
    """What groups, owners and actions are called, in both languages."""

    def __init__(self, con: Connection, layers: tuple[Path, ...]) -> None:
        self._con = con
        self._wording: dict[str, Wording] = {}
        for language in LANGUAGES:
            self._wording[language] = wording(layers, language)
        self._tables: dict[str, dict[str, Mapping[str, Any]]] = {}

    def owner(self, one: Found) -> str:
        """The key of who answers for it."""
        if one.rule.owner is None:
            return str(self._row("ref_leaf", "leaf", one.key[0]).get("owner", ""))
        return one.rule.owners.get(one.key[0], one.rule.owner)

    def title(self, one: Found, language: str) -> str:
        """What was found."""
        told = self._wording[language]
        return told.text(
            f"rule.{one.rule.rule}.title",
            name=self._name(one, language),
            level=self._level(one, one.cell.level, told),
            expected=self._level(one, one.surplus.expected, told),
        )

    def action(self, one: Found, language: str) -> str:
        """What to do."""
        told = self._wording[language]
        special = f"rule.{one.rule.rule}.actions.{one.key[0]}"
        key = special if told.has(special) else f"rule.{one.rule.rule}.action"
        leaf = self._row("ref_leaf", "leaf", one.key[0]) if one.rule.by == ["leaf"] else {}
        return told.text(key, leaf_action=leaf.get(f"action_{language}", ""))

    def _level(self, one: Found, level: float, told: Wording) -> str:
        if one.rule.per and not one.rule.per.is_whole:
            return told.locale.number(1000 * level, 1)
        return told.locale.share(level)

    def _name(self, one: Found, language: str) -> str:
        parts = [
            self._part(split, value, language)
            for split, value in zip(one.rule.by, one.key, strict=True)
        ]
        return self._wording[language].text("table.joint").join(parts)

    def _part(self, split: str, value: str, language: str) -> str:
        if split == "leaf":
            return str(self._row("ref_leaf", "leaf", value).get(f"title_{language}", value))
        if split == "rule_id":
            title = self._row("ref_rule", "rule_id", value).get(f"title_{language}", "")
            return f"{value} {title}".strip()
        if split == "sku":
            title = self._row("dim_product", "sku", value).get("title") or ""
            return value if title in ("", value) else f"{value} {title}"
        if split == "shop_id":
            return str(self._row("dim_shop", "shop_id", value).get("title") or value)
        told = self._wording[language]
        return told.text(f"{split}.{value}") if told.has(f"{split}.{value}") else value

    def _row(self, table: str, key: str, value: str) -> Mapping[str, Any]:
        if table not in self._tables:
            columns = {name: "text" for name in COLUMNS[table]}
            source = Source.model_validate({"model": table, "columns": columns})
            found = sources.read(self._con, source, None)
            self._tables[table] = {str(row[key]): row for row in found}
        return self._tables[table].get(value, {})


COLUMNS: Mapping[str, Sequence[str]] = {
    "ref_leaf": ("leaf", "owner", "title_zh", "title_en", "action_zh", "action_en"),
    "ref_rule": ("rule_id", "title_zh", "title_en"),
    "dim_product": ("sku", "title"),
    "dim_shop": ("shop_id", "title"),
}


def wording(layers: tuple[Path, ...], language: str) -> Wording:
    """The words of the improvements, with those of the weekly review for whatever they share."""
    weekly = load_wording(layers, "weekly", language)
    path = newest(layers, f"{FOLDER}/{language}.yml")
    return Wording(weekly.locale, {**weekly.texts, **read_yaml(path)}, str(path))
