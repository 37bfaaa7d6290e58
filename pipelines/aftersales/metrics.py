"""The metric registry: sql/metrics as typed objects, and the one query every number comes from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aftersales.contracts import read_yaml, refusal
from aftersales.errors import ConfigError
from aftersales.settings import FILE_NAME, Settings, layered_files
from aftersales.warehouse.connection import Connection

Text = dict[Literal["zh", "en"], str]

PERIODS = ("day", "week", "month")
# Of these a condition may name several with commas; the values of others may hold one.
NUMBERED = ("_hour", "_weekday")
# A metric may be split by a column called status or reason, so these are not called so.
RESULT_COLUMNS = ("value", "numerator", "denominator", "excluded", "value_status", "value_reason")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NotComputable(_Strict):
    """When a value must not be given: an SQL condition over the group, and the reason shown."""

    when: str
    reason: str


class Example(_Strict):
    """A worked example: rows of the model, a split, and the values that must come out."""

    given: str
    by: str | None = None
    gives: dict[str | int, float | None]


class Metric(_Strict):
    """One metric, defined here and nowhere else.

    Attributes:
        reads: what the number says, in a sentence.
        is_not: what it is often taken for.
        model: the one table it reads.
        period: the local-day column that puts a row into a period; None: as it stands now.
        kind: count (numerator), share (numerator / denominator; a mean is one in seconds), ratio
            (a share of what is no number of things, such as money, so it has no interval),
            quantile (of ``of``), survival (the quantile of ``of`` with rows that are no ``event``
            yet counted as lasting longer) or incidence (the share that has become ``event`` after
            ``at``, where ``competing`` makes it impossible and what is neither is followed for
            ``of`` only).
        numerator: SQL aggregate.
        denominator: SQL aggregate; for a quantile the number of values.
        excluded: SQL aggregate: rows left out because they cannot be judged.
        where: SQL condition: rows a value is drawn from. Of a quantile, survival or incidence the
            others may be excluded; of the other kinds they are none of the metric's.
        rows: SQL condition: the rows a person is shown who asks which ones.
        at: for an incidence: the time, in what ``of`` is in.
        weight: for an incidence: how many a row stands for.
        why: SQL of a row's reason, given where there is nothing else to divide by or to follow.
        choices: splits that are no column of the model: every row stands under each of their
            values, and SQL tells by the name which one is meant. The first unless asked otherwise.
        unless_asked: columns that stand at one value unless a split or condition names them,
            because rows of several would count a thing twice.
        good: which direction is better.
        decision: entry of DECISIONS.md that says why it is defined so.
    """

    name: str = Field(alias="metric")
    label: Text
    reads: Text
    is_not: Text
    model: str
    period: str | None = None
    kind: Literal["count", "share", "ratio", "quantile", "survival", "incidence"]
    numerator: str | None = None
    denominator: str | None = None
    excluded: str = "0"
    of: str | None = None
    event: str | None = None
    competing: str = "false"
    at: int | None = None
    weight: str = "1"
    why: str | None = None
    quantile: float | None = None
    choices: dict[str, list[str] | list[int]] = {}
    unless_asked: dict[str, str] = {}
    where: str | None = None
    not_computable: list[NotComputable] = []
    rows: str
    unit: Literal["count", "share", "seconds", "amount", "score"]
    good: Literal["higher", "lower", "neither"]
    split_by: list[str]
    owner: str
    decision: str
    example: Example

    @model_validator(mode="after")
    def _kind_has_its_parts(self) -> Metric:
        needed = {
            "count": ("numerator",),
            "share": ("numerator", "denominator"),
            "ratio": ("numerator", "denominator"),
            "quantile": ("of", "quantile", "where"),
            "survival": ("of", "event", "quantile", "where"),
            "incidence": ("of", "event", "at", "where"),
        }[self.kind]
        missing = [part for part in needed if getattr(self, part) is None]
        if missing:
            raise ValueError(f"kind {self.kind} needs {missing[0]}")
        if self.kind in ("survival", "incidence") and self.not_computable:
            raise ValueError(f"kind {self.kind} takes no not_computable")
        for name in (*self.choices, *self.unless_asked):
            if name not in self.split_by:
                raise ValueError(f"'{name}' is not in split_by")
        return self

    @property
    def has_whole_parts(self) -> bool:
        """Whether numerator and denominator are numbers of things, and not money."""
        return self.kind != "ratio" and self.unit != "amount"

    def formula(self) -> str:
        """How the value is made, for people who read SQL."""
        if self.kind == "incidence":
            return (
                f"Aalen-Johansen: the share that is {self.event} by {self.at}, where"
                f" {self.competing} ends the risk; {self.of} of rows where {self.where}"
            )
        if self.kind == "survival":
            return (
                f"Kaplan-Meier: the least {self.of} by which a share of {self.quantile} is"
                f" {self.event}; of rows where {self.where}"
            )
        return self.aggregates()["value"]

    def aggregates(self) -> dict[str, str]:
        """SQL of value, numerator, denominator, excluded and reason over a group of rows."""
        counted = f"count(*) filter (where {self.where})"
        numerator = f"({self.numerator})" if self.numerator else "null"
        denominator = f"({self.denominator})" if self.denominator else "null"
        value = numerator
        if self.kind in ("share", "ratio"):
            value = f"cast({numerator} as double) / nullif({denominator}, 0)"
        if self.kind == "quantile":
            denominator = counted
            value = (
                f"percentile_cont({self.quantile}) within group"
                f" (order by cast({self.of} as double)) filter (where {self.where})"
            )
        rules = [f"when {rule.when} then '{rule.reason}'" for rule in self.not_computable]
        if self.why is not None:
            rules.append(f"when coalesce({denominator}, 0) = 0 then min({self.why})")
        barred = " ".join(rules)
        return {
            "value": value,
            "numerator": numerator,
            "denominator": denominator,
            "excluded": f"({self.excluded})",
            "barred": f"case {barred} end" if barred else "cast(null as varchar)",
        }

    def above(self, limit: float) -> Metric:
        """Of a quantile or survival the share of values above a limit, which can be taken apart.

        What has not happened yet lasts longer than it has lasted: above the limit it counts, below
        it says nothing.
        """
        judged = f"({self.where})"
        if self.kind == "survival":
            judged += f" and (({self.event}) or {self.of} > {limit})"
        share = {
            "kind": "share",
            "numerator": f"count(*) filter (where {self.of} > {limit})",
            "denominator": "count(*)",
            "excluded": "0",
            "where": judged,
            "not_computable": [],
            "unit": "share",
        }
        return self.model_copy(update=share)


def load(layers: tuple[Path, ...]) -> dict[str, Metric]:
    """Every metric by name, in the order of their file names.

    Raises:
        ConfigError: a file is not YAML, lacks a part or holds an unknown key.
    """
    found: dict[str, Metric] = {}
    for path in layered_files(layers, "metrics", "*.yml").values():
        try:
            metric = Metric.model_validate(read_yaml(path))
        except ValidationError as error:
            raise refusal(error, path) from error
        found[metric.name] = metric
    return found


def get(metrics: Mapping[str, Metric], name: str) -> Metric:
    """The metric called ``name``.

    Raises:
        ConfigError: there is none; names those that are called nearly so.
    """
    if name not in metrics:
        raise ConfigError(f"no metric '{name}'", fix=_named_like(name, metrics))
    return metrics[name]


def _named_like(name: str, metrics: Mapping[str, Metric]) -> str:
    near = get_close_matches(name, metrics, n=3, cutoff=0.8)
    listed = "aftersales metrics lists them"
    return f"use {' or '.join(near)}; {listed}" if near else listed


A_UNIT = {
    "share": "a share",
    "seconds": "a time",
    "count": "a count",
    "amount": "an amount",
    "score": "a score",
}


def check_targets(metrics: Mapping[str, Metric], settings: Settings) -> None:
    """Every target aims at a metric there is, in its unit.

    Raises:
        ConfigError: one does not, so it would never be shown, or never be reached.
    """
    undated = (each for name in settings.targets for each in settings.targets_of(name)[:1])
    told = [("[targets]", each) for each in undated]
    told += [("[[target]]", each) for each in settings.dated_targets]
    file = str(settings.home / FILE_NAME)
    for where, target in sorted(told, key=lambda one: one[1].metric):
        if target.metric not in metrics:
            raise ConfigError(
                f"{where} names '{target.metric}', which is no metric",
                fix=_named_like(target.metric, metrics),
                file=file,
            )
        unit = metrics[target.metric].unit
        fix = None
        if unit == "share" and (target.is_time or not 0 <= target.value <= 1):
            fix = "write a share: 0.8 for 80 %"
        elif unit == "seconds" and not target.is_time and target.since is not None:
            fix = 'write a time: "180 s", "3 min", "8 h" or "2 d"'
        elif unit != "seconds" and target.is_time:
            fix = "write a number"
        if fix:
            value = f"{target.value:g}{' s' if target.is_time else ''}"
            raise ConfigError(
                f"{where} {target.metric} cannot be {value}: it is {A_UNIT[unit]}",
                fix=fix,
                file=file,
            )


def query(
    con: Connection,
    metric: Metric,
    by: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    where: Mapping[str, Any] | None = None,
    *,
    without: Sequence[tuple[date, date]] = (),
) -> list[dict[str, Any]]:
    """A metric's value for every combination of the splits, ordered by them.

    Args:
        by: any of day, week (its Monday), month (its first) and the metric's own splits.
        since: first local day; inclusive.
        until: last local day; inclusive.
        where: split to the one value it must have, or to a list of those it may have; None for
            rows without one.
        without: spans of local days, both inclusive, whose rows are left out.

    Returns:
        One dict a group with the splits, value, numerator, denominator, excluded, status
        (ok, empty, not_computable) and reason. A value that cannot be given is None.

    Raises:
        ConfigError: a split the metric does not have, a choice it does not offer, or a period it
            cannot take.
    """
    relation, splits, params = _relation(metric, by, since, until, where or {}, without)
    if metric.kind == "survival":
        relation, splits = _survival(metric, relation, splits), list(by)
        parts = SURVIVAL_PARTS
    elif metric.kind == "incidence":
        relation, splits = _incidence(metric, relation, splits), list(by)
        parts = {name: sql.format(at=metric.at) for name, sql in INCIDENCE_PARTS.items()}
    else:
        parts = metric.aggregates()
    columns = [*splits, *(f"{sql} as {name}" for name, sql in parts.items())]
    # A total always has a row; a split has one only for what is there.
    grouping = f" group by {', '.join(str(i + 1) for i in range(len(by)))}" if by else ""
    ordering = f" order by {', '.join(f'{i + 1} nulls last' for i in range(len(by)))}" if by else ""
    cursor = con.execute(f"select {', '.join(columns)} from {relation}{grouping}{ordering}", params)
    names = [*by, *parts]
    return [_judged(metric, dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _relation(
    metric: Metric,
    by: Sequence[str],
    since: date | None,
    until: date | None,
    where: Mapping[str, Any],
    without: Sequence[tuple[date, date]] = (),
) -> tuple[str, list[str], list[Any]]:
    """The rows a metric is of, as a relation with its parameters, and the splits to select."""
    splits = [f"{_split(metric, name)} as {name}" for name in by]
    standing = _standing(metric, by, where)
    condition, params = _condition(metric, since, until, standing, without)
    if metric.where and metric.kind in ("count", "share", "ratio"):
        condition = f"{condition} and ({metric.where})" if condition else f" where {metric.where}"
    chosen = "".join(f" cross join {_choice(metric, name)}" for name in metric.choices)
    return f"{metric.model}{chosen}{condition}", splits, params


def steps(
    con: Connection,
    metric: Metric,
    by: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    where: Mapping[str, Any] | None = None,
) -> dict[tuple[Any, ...], list[tuple[float, float, float, float]]]:
    """What a survival or incidence is drawn from, by its splits: what its interval needs.

    Returns:
        By the values of the splits, one row for each time: the time, how many became the event,
        how many became it or what makes it impossible, how many are followed no longer.
    """
    relation, splits, params = _relation(metric, by, since, until, where or {})
    if metric.kind == "survival":
        curve, parts = _survival(metric, relation, splits), "lasted, events, events, ended"
    else:
        curve, parts = _incidence(metric, relation, splits), "lasted, events, ended, leaving"
    listed = "".join(f"{name}, " for name in by)
    cursor = con.execute(f"select {listed}{parts} from {curve} where lasted is not null", params)
    found: dict[tuple[Any, ...], list[tuple[float, float, float, float]]] = {}
    for row in cursor.fetchall():
        lasted, events, ended, leaving = (float(part) for part in row[len(by) :])
        found.setdefault(tuple(row[: len(by)]), []).append((lasted, events, ended, leaving))
    return found


# Over the steps of the curve: where it first falls far enough, and how many it is drawn from.
SURVIVAL_PARTS = {
    "value": "min(lasted) filter (where has_reached)",
    "numerator": "coalesce(sum(events) filter (where lasted is not null), 0)",
    "denominator": "coalesce(sum(ended) filter (where lasted is not null), 0)",
    "excluded": "coalesce(sum(left_out), 0)",
    "barred": (
        "case when sum(ended) filter (where lasted is not null) > 0"
        " and not coalesce(bool_or(has_reached), false) then 'too_many_still_open' end"
    ),
}


def _survival(metric: Metric, relation: str, splits: Sequence[str]) -> str:
    """The steps of the Kaplan-Meier curve of every group, as a relation.

    Of n still open just before t, d ended at t: the share lasting longer is the product of
    1 - d / n over all t so far (Kaplan and Meier, J. Am. Stat. Assoc. 53, 1958). What is no event
    yet leaves the n after its time and nothing else. Rows ``where`` leaves out have no time.
    """
    names = [split.rsplit(" as ", 1)[1] for split in splits]
    listed = "".join(f"{name}, " for name in names)
    group = f"partition by {', '.join(names)} " if names else ""
    made = "".join(f"{split}, " for split in splits)
    # The last step may end all there are: ln(0) is no number, and then nothing lasts longer.
    return f"""(
        select {listed}lasted, events, ended, left_out,
            lasted is not null and (
                events = open_before
                or exp(sum(case when events < open_before then ln(1 - events / open_before) end)
                    over ({group}order by lasted)) <= {1 - (metric.quantile or 0)} + 1e-9
            ) as has_reached
        from (
            select *, cast(sum(ended) over (
                {group}order by lasted desc nulls last) as double) as open_before
            from (
                select {made}
                    case when {metric.where} then cast({metric.of} as double) end as lasted,
                    cast(count(*) filter (where {metric.event}) as double) as events,
                    count(*) as ended,
                    ({metric.excluded}) as left_out
                from {relation}
                group by {listed}lasted
            )
        )
    )"""


# Over the steps of the curve. Where nobody was followed for so long nothing can be said of the
# time, unless nobody is left who could still become an event.
INCIDENCE_PARTS = {
    "value": (
        "case when count(lasted) > 0"
        " then coalesce(sum(share_added) filter (where lasted <= {at}), 0) end"
    ),
    "numerator": "coalesce(sum(events) filter (where lasted <= {at}), 0)",
    "denominator": "coalesce(sum(leaving) filter (where lasted is not null), 0)",
    "excluded": "coalesce(sum(left_out), 0)",
    "barred": (
        "case when count(lasted) = 0 then min(why)"
        " when max(lasted) < {at}"
        " and arg_max(at_risk - ended, lasted) filter (where lasted is not null) > 0"
        " then 'too_young' end"
    ),
}


def _incidence(metric: Metric, relation: str, splits: Sequence[str]) -> str:
    """The steps of the cumulative incidence of every group, as a relation.

    Of n at risk just before t, d became the event at t and e anything that ends the risk: with S
    the product of 1 - e / n over all times before, the incidence grows by S d / n at t (Aalen and
    Johansen, Scand. J. Stat. 5, 1978). What is neither yet leaves the n after its time, so that an
    event on the day somebody is last seen still counts. Rows ``where`` leaves out have no time.
    """
    names = [split.rsplit(" as ", 1)[1] for split in splits]
    listed = "".join(f"{name}, " for name in names)
    group = f"partition by {', '.join(names)} " if names else ""
    made = "".join(f"{split}, " for split in splits)
    event, competing, weight = metric.event, metric.competing, metric.weight
    # The last step may end all there are: ln(0) is no number, and no step comes after it.
    return f"""(
        select {listed}lasted, events, ended, leaving, at_risk, left_out, why,
            events / nullif(at_risk, 0) * exp(coalesce(
                sum(case when ended < at_risk then ln(1 - ended / at_risk) end) over (
                    {group}order by lasted nulls last
                    rows between unbounded preceding and 1 preceding
                ), 0)) as share_added
        from (
            select *, cast(sum(leaving) over (
                {group}order by lasted desc nulls last) as double) as at_risk
            from (
                select {made}
                    case when {metric.where} then cast({metric.of} as double) end as lasted,
                    cast(coalesce(
                        sum({weight}) filter (where {event}), 0) as double) as events,
                    cast(coalesce(
                        sum({weight}) filter (where ({event}) or ({competing})), 0
                    ) as double) as ended,
                    cast(sum({weight}) as double) as leaving,
                    ({metric.excluded}) as left_out,
                    min({metric.why or "cast(null as varchar)"}) as why
                from {relation}
                group by {listed}lasted
            )
        )
    )"""


def rows_command(metric: str, since: date, until: date, where: Mapping[str, Any]) -> str:
    """What to type for the rows behind a value."""
    parts = ["aftersales", "rows", metric, "--since", str(since), "--until", str(until)]
    for name, value in where.items():
        values = value if isinstance(value, list | tuple) else [value]
        parts += ["--where", f"{name}={','.join(str(one) for one in values)}"]
    return shlex.join(parts)


def row_condition(
    metric: Metric, since: date | None, until: date | None, where: Mapping[str, Any]
) -> tuple[str, list[Any]]:
    """The ``where`` clause, with parameters, of the rows behind a value."""
    where = _standing(metric, (), where)
    own = {name: value for name, value in where.items() if name not in metric.choices}
    condition, params = _condition(metric, since, until, own)
    told = f"({metric.rows})"
    if metric.choices:
        listed = ", ".join(_choice(metric, name) for name in metric.choices)
        chosen = " and ".join(f"{name} = ?" for name in metric.choices)
        told = f"exists (select 1 from {listed} where {chosen} and {told})"
        params += [where[name] for name in metric.choices]
    return (f"{condition} and {told}" if condition else f" where {told}"), params


def _standing(metric: Metric, by: Sequence[str], where: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for, and where the metric's own splits stand that are not asked for.

    Raises:
        ConfigError: a choice the metric does not offer.
    """
    where = dict(where)
    for name, offered in metric.choices.items():
        if name in where:
            named = {str(value): value for value in offered}
            if str(where[name]) not in named:
                raise ConfigError(
                    f"{metric.name} knows no {name} '{where[name]}'",
                    fix=f"use one of: {', '.join(named)}",
                )
            where[name] = named[str(where[name])]
    first = {name: offered[0] for name, offered in metric.choices.items()}
    standing = {
        name: value for name, value in {**metric.unless_asked, **first}.items() if name not in by
    }
    return {**standing, **where}


def _choice(metric: Metric, name: str) -> str:
    listed = ", ".join(
        f"({value})" if isinstance(value, int) else f"('{value}')" for value in metric.choices[name]
    )
    return f"(values {listed}) as {name}_choice ({name})"


def _judged(metric: Metric, row: dict[str, Any]) -> dict[str, Any]:
    barred = row.pop("barred")
    for part in ("numerator", "denominator"):
        if row[part] is not None:
            row[part] = int(row[part]) if metric.has_whole_parts else float(row[part])
    if row["value"] is not None:
        row["value"] = int(row["value"]) if metric.unit == "count" else float(row["value"])
    row["excluded"] = int(row["excluded"] or 0)
    status, reason = "ok", None
    if barred is not None:
        status, reason, row["value"] = "not_computable", barred, None
    elif row["value"] is None:
        status, reason = "empty", "nothing_counted"
    return {**row, "value_status": status, "value_reason": reason}


def _split(metric: Metric, name: str) -> str:
    if name in PERIODS:
        if metric.period is None:
            raise ConfigError(
                f"{metric.name} speaks of now and cannot be split by {name}",
                fix=f"split it by: {', '.join(metric.split_by)}",
            )
        return f"cast(date_trunc('{name}', {metric.period}) as date)"
    if name not in metric.split_by:
        periods = PERIODS if metric.period else ()
        raise ConfigError(
            f"{metric.name} cannot be split by '{name}'",
            fix=f"split it by: {', '.join((*periods, *metric.split_by))}",
        )
    return name


def _condition(
    metric: Metric,
    since: date | None,
    until: date | None,
    where: Mapping[str, Any],
    without: Sequence[tuple[date, date]] = (),
) -> tuple[str, list[Any]]:
    clauses: list[str] = []
    params: list[Any] = []
    if since is not None or until is not None or without:
        if metric.period is None:
            raise ConfigError(
                f"{metric.name} speaks of now and takes no period",
                fix=f"leave {'--without' if without else '--since and --until'} out",
            )
        for day, operator in ((since, ">="), (until, "<=")):
            if day is not None:
                clauses.append(f"{metric.period} {operator} ?")
                params.append(day)
        for first, last in without:
            # a row without a day is in no span
            clauses.append(f"({metric.period} is null or {metric.period} not between ? and ?)")
            params += [first, last]
    for name, value in where.items():
        split = _split(metric, name)
        several = _several(name, value)
        if several is not None:
            clauses.append(f"{split} in ({', '.join('?' * len(several))})")
            params += several
            continue
        clauses.append(f"{split} is null" if value is None else f"{split} = ?")
        if value is not None:
            params.append(value)
    return (f" where {' and '.join(clauses)}" if clauses else ""), params


def _several(name: str, value: object) -> list[Any] | None:
    """The values of a condition that has several; None where it has one."""
    if isinstance(value, str) and name.endswith(NUMBERED) and "," in value:
        return value.split(",")
    return list(value) if isinstance(value, list | tuple) else None
