"""Tables that stand open on the page: rows, the claim above them, and the notes below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aftersales.reporting import complaints, festivals, improving, paths
from aftersales.reporting.charts import Amount, Cell, Table
from aftersales.reporting.headlines import label, short
from aftersales.reporting.readings import Subject
from aftersales.reporting.review import Review, TableData
from aftersales.reporting.sources import COUNT
from aftersales.reporting.spec import Wording, word
from aftersales.reporting.splits import (
    Told,
    heading,
    most_of,
    ordered_keys,
    parts_of,
    ranged,
    reading_of,
    split,
    text_of,
)
from aftersales.rules import Rule
from aftersales.variants import Variant, Version

STATES = ("attained", "breached", "active", "paused", "exempt", "not_computable")
# What a definition's rules did to the questions, as mart_response_variant counts it.
RULES = (
    "out_of_hours",
    "left_to_robot",
    "unanswered_counted",
    "unanswered_left_out",
    "capped",
    "zero_left_out",
    "left_behind",
    "answered_next_day",
)
# The gravest first; what only says that an export contradicts itself comes last.
SEVERITIES = ("high", "medium", "low", "review", "data")
# Our figure and a platform's further apart than this, relative to the platform's, differ.
APART = 0.01
AT_RISK = "amount_at_risk_reporting_amount"
UNITS = {"average_response_seconds": "seconds", "within_3min_share": "share"}


def tell(data: TableData, review: Review, wording: Wording) -> Told:
    """A table's rows, claim and notes."""
    make: Mapping[str, Callable[[TableData, Review, Wording], Told]] = {
        "split": split,
        "list": _list,
        "targets": _targets,
        "variants": _variants,
        "reported": _reported,
        "rules": _rules,
        "categories": complaints.categories,
        "costs": complaints.costs,
        "needs": complaints.needs,
        "topics": complaints.topics,
        "trust": complaints.trust,
        "steps": paths.steps,
        "paths": paths.paths,
        "restated": _restated,
        "windows": festivals.windows,
        "improvements": improving.improvements,
    }
    return make[data.spec.kind](data, review, wording)


# --- rows as they are ------------------------------------------------------------------------


def _list(data: TableData, review: Review, wording: Wording) -> Told:
    asked = data.spec.source.columns if data.spec.source else {}
    columns = {name: unit for name, unit in asked.items() if unit != "row"}
    rows = tuple(
        tuple(_cell(name, unit, row, review, wording) for name, unit in columns.items())
        for row in data.rows
    )
    units: dict[str, str] = {"word": "text", "category": "text", "quote": "prose", "day": "week"}
    table = Table(
        tuple(heading(name, units.get(unit, unit), wording) for name, unit in columns.items()),
        rows,
    )
    totals = [reading_of(groups, ()) for _, groups in data.columns]
    count = int(totals[0].value or 0) if totals else len(rows)
    age = totals[1].value if len(totals) > 1 else None
    if not rows:
        return Told(text_of(data, "none", wording), None, table)
    slots = {"count": wording.locale.number(count), "age": wording.locale.value(age, "seconds")}
    more = count - len(rows)
    return Told(
        text_of(data, "headline", wording, **slots),
        _filled(table),
        table,
        (wording.plural("table.more", more),) if more > 0 else (),
    )


def _cell(name: str, unit: str, row: Mapping[str, Any], review: Review, wording: Wording) -> Cell:
    value = row[name]
    if value is None:
        return None
    if unit == "time" and isinstance(value, datetime):
        return value.replace(tzinfo=UTC).astimezone(ZoneInfo(review.zone)).replace(tzinfo=None)
    if unit == "quote":
        return complaints.quote(str(value), row.get("rule"), review)
    if unit == "category":
        return complaints.category_name(str(value), review, wording)
    if unit == "word":
        return word(name, value, wording)
    return str(value) if unit == "text" else value if unit == "day" else float(value)


# --- what was promised -----------------------------------------------------------------------


def _targets(data: TableData, review: Review, wording: Wording) -> Told:
    """A row a promise's measure, kind of conversation and clock: what became of each."""
    minimum = review.report.minimum_n
    counts: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in data.rows:
        key = tuple(row[by] for by in data.spec.by)
        counts.setdefault(key, {})[row["state"]] = row[COUNT]
    names = [heading(by, "text", wording) for by in data.spec.by]
    kept = [(short(told, wording, data.spec.id), told.metric.unit) for told, _ in data.columns]
    states = [(wording.text(f"state.{state}"), "count") for state in STATES]
    rows = []
    for key in [key for key in ordered_keys(data, wording) if key in counts]:
        label = [word(by, value, wording) for by, value in parts_of(data, key)]
        found = [reading_of(groups, key) for _, groups in data.columns]
        told = [one.value if (one.n or 0) >= minimum else None for one in found]
        rows.append((*label, *told, *(float(counts[key].get(state, 0)) for state in STATES)))
    table = Table((*names, *kept, *states), tuple(rows))
    if not rows:
        return Told(text_of(data, "none", wording), None, table)
    enough = [key for key in ordered_keys(data, wording) if most_of(data, key) >= minimum]
    if not enough:
        return Told(text_of(data, "few", wording, minimum=minimum), table, table)
    return Told(ranged(data, enough, wording), table, table)


# --- one definition a row --------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """What one definition makes of the questions: ``value`` is None where it counts none."""

    variant: Variant
    version: Version
    value: float | None
    counted: int
    rules: Mapping[str, int]


def _outcomes(data: TableData, review: Review) -> list[_Outcome]:
    """Means first, the longest on top, then shares."""
    found = []
    for row in data.rows:
        variant = review.variants.get(row["variant"])
        if variant is None:
            continue
        is_mean = variant.statistic == "mean"
        counted = int(row["waits" if is_mean else "counted"] or 0)
        reached = row["counted_seconds" if is_mean else "within_limit"]
        value = float(reached or 0) / counted if counted else None
        rules = {rule: int(row[rule] or 0) for rule in RULES}
        found.append(_Outcome(variant, in_force(variant, data.days[1]), value, counted, rules))
    return sorted(
        found, key=lambda one: (one.variant.statistic, -(one.value or 0), one.variant.name)
    )


def in_force(variant: Variant, day: date) -> Version:
    """The version of a day; the oldest one for days before all of them."""
    versions = sorted(variant.versions, key=lambda version: version.valid_from)
    return next((v for v in reversed(versions) if v.valid_from <= day), versions[0])


def _variants(data: TableData, review: Review, wording: Wording) -> Told:
    found = _outcomes(data, review)
    language = wording.language
    columns = [
        heading("definition", "text", wording),
        heading("mean_wait", "seconds", wording),
        heading("within_limit", "share", wording),
        heading("counted", "count", wording),
        heading("unit_counted", "text", wording),
    ]
    heads = [(wording.text(f"rule.{rule}"), "count") for rule in RULES]
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        is_mean = one.variant.statistic == "mean"
        unit = wording.text("table.joint").join(
            [word("unit", one.version.unit, wording), word("kinds", one.version.kinds, wording)]
        )
        value = (one.value, None) if is_mean else (None, one.value)
        label = one.variant.label[language]
        rows.append((label, *value, one.counted, unit, *(float(n) for n in one.rules.values())))
    whole = Table((*columns, *heads), tuple(rows))
    if not any(one.counted for one in found):
        return Told(text_of(data, "none", wording), None, whole)
    sources = tuple((one.variant.label[language], one.version.source) for one in found)
    return Told(
        _spanned(data, found, wording), _filled(whole, fixed=len(columns)), whole, (), sources
    )


def _filled(table: Table, *, fixed: int = 1) -> Table:
    """Without the columns, behind the fixed ones, that hold nothing or only zeros."""
    kept = [
        place
        for place in range(len(table.columns))
        if place < fixed or any(row[place] for row in table.rows)
    ]
    return Table(
        tuple(table.columns[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


def _spanned(data: TableData, found: Sequence[_Outcome], wording: Wording) -> str:
    means = [one for one in found if one.variant.statistic == "mean" and one.value is not None]
    if len(means) < 2:
        return text_of(data, "headline_one", wording, count=len(found))
    low, high = means[-1], means[0]
    return text_of(
        data,
        "headline",
        wording,
        count=len(found),
        low=wording.locale.value(low.value, "seconds"),
        low_name=low.variant.label[wording.language],
        high=wording.locale.value(high.value, "seconds"),
        high_name=high.variant.label[wording.language],
    )


# --- a platform's sheet against ours ---------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """A platform's figure and ours over the same lines of its sheet.

    Attributes:
        reported: the platform's, weighted by receptions; None where no line can be compared.
        own: ours, weighted likewise.
        compared: lines of the sheet with both figures.
        apart: of them, those that differ by more than 1 %.
        alone: lines for which there is no figure of ours, or no receptions to weigh with.
    """

    platform: str
    measure: str
    hours: str
    reported: float | None
    own: float | None
    compared: int
    apart: int
    alone: int


def agreements(rows: Sequence[Mapping[str, Any]]) -> list[Agreement]:
    """Lines of mart_kpi_reconciliation put together by platform, measure and hours.

    A line without receptions stands for no customer, so it weighs nothing and is only counted.
    """
    by_key: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        key = (row["platform"], row["measure"], row["hours"] or "")
        by_key.setdefault(key, []).append(row)
    return [_agreement(*key, found) for key, found in sorted(by_key.items())]


def _agreement(
    platform: str, measure: str, hours: str, rows: Sequence[Mapping[str, Any]]
) -> Agreement:
    both = [
        (float(row["reported_value"]), float(row["own_value"]), float(row["receptions"]))
        for row in rows
        if row["own_value"] is not None and row["receptions"]
    ]
    weight = sum(receptions for _, _, receptions in both)
    return Agreement(
        platform,
        measure,
        hours,
        sum(told * n for told, _, n in both) / weight if weight else None,
        sum(own * n for _, own, n in both) / weight if weight else None,
        len(both),
        sum(abs(own - told) > APART * abs(told) for told, own, _ in both),
        len(rows) - len(both),
    )


def _reported(data: TableData, review: Review, wording: Wording) -> Told:
    found = agreements(data.rows)
    columns = (
        heading("reported_measure", "text", wording),
        heading("reported", "amount", wording),
        heading("own", "amount", wording),
        heading("difference", "amount", wording),
        heading("compared", "count", wording),
        heading("apart", "count", wording),
        heading("alone", "count", wording),
    )
    table = Table(columns, tuple(_line(one, wording) for one in found))
    # In a file a number does not say what it is a number of.
    file = Table(
        (*columns[:1], heading("unit", "text", wording), *columns[1:]),
        tuple(
            (line[0], UNITS.get(one.measure, ""), *line[1:])
            for line, one in zip(table.rows, found, strict=True)
        ),
    )
    if not found:
        return Told(text_of(data, "none", wording), None, file)
    count, apart = sum(one.compared for one in found), sum(one.apart for one in found)
    if not count:
        return Told(text_of(data, "alone", wording), table, file)
    slots = {"count": wording.locale.number(count), "apart": wording.locale.number(apart)}
    return Told(text_of(data, "headline", wording, **slots), table, file)


def _line(one: Agreement, wording: Wording) -> tuple[Cell, ...]:
    unit = UNITS.get(one.measure, "amount")
    parts = [word("platform", one.platform, wording), word("reported", one.measure, wording)]
    name = wording.text("table.joint").join([*parts, *([one.hours] if one.hours else [])])
    if one.reported is None or one.own is None:
        return (name, None, None, None, one.compared, one.apart, one.alone)
    return (
        name,
        Amount(one.reported, unit),
        Amount(one.own, unit),
        Amount(one.own - one.reported, unit, is_change=True),
        one.compared,
        one.apart,
        one.alone,
    )


# --- what the control rules found ------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """What one rule found in the days of a table; ``at_risk``: its amounts by currency."""

    rule: Rule
    outcomes: Mapping[str, int]
    at_risk: Mapping[str, float]

    @property
    def violations(self) -> int:
        return self.outcomes.get("violation", 0)

    @property
    def judged(self) -> int:
        return self.violations + self.outcomes.get("pass", 0)


def _found(data: TableData, review: Review) -> list[_Found]:
    """Every rule that looked at anything: the gravest first, then the most often broken."""
    outcomes: dict[str, dict[str, int]] = {}
    at_risk: dict[str, dict[str, float]] = {}
    for row in data.rows:
        rule, outcome, amount = row["rule_id"], row["outcome"], row[AT_RISK]
        counts = outcomes.setdefault(rule, {})
        counts[outcome] = counts.get(outcome, 0) + row[COUNT]
        if outcome == "violation" and amount is not None:
            sums = at_risk.setdefault(rule, {})
            currency = str(row["reporting_currency"])
            sums[currency] = sums.get(currency, 0.0) + float(amount)
    found = [
        _Found(review.rules[rule], counts, at_risk.get(rule, {}))
        for rule, counts in outcomes.items()
        if rule in review.rules
    ]
    return sorted(
        found,
        key=lambda one: (
            SEVERITIES.index(one.rule.severity),
            -one.violations,
            one.rule.rule_id,
        ),
    )


def _rules(data: TableData, review: Review, wording: Wording) -> Told:
    minimum = review.report.minimum_n
    found = _found(data, review)
    columns = (
        heading("control_rule", "text", wording),
        heading("severity", "text", wording),
        heading("violations", "count", wording),
        heading("judged", "count", wording),
        heading("violation_share", "share", wording),
        heading("at_risk", "text", wording),
        heading("unknown", "count", wording),
    )
    broken = [one for one in found if one.violations]
    table = Table(columns, tuple(_rule_row(one, minimum, wording) for one in broken))
    whole = Table(columns, tuple(_rule_row(one, 1, wording) for one in found))
    unmeasured = [_rule_name(one.rule, wording) for one in found if _is_unmeasured(one)]
    notes = []
    if unmeasured:
        names = wording.locale.listed(unmeasured)
        key = f"chart.{data.spec.id}.unmeasured"
        notes.append(wording.plural(key, len(unmeasured), names=names))
    if not found:
        return Told(text_of(data, "none", wording), None, whole)
    if not broken:
        return Told(text_of(data, "kept", wording, count=len(found)), None, whole, tuple(notes))
    total: dict[str, float] = {}
    for one in broken:
        for currency, amount in one.at_risk.items():
            total[currency] = total.get(currency, 0.0) + amount
    slots = {
        "count": wording.locale.number(len(broken)),
        "violations": wording.locale.number(sum(one.violations for one in broken)),
        "of": wording.locale.number(len(found)),
        "amount": _money(total, wording),
    }
    headline = text_of(data, "headline" if total else "headline_free", wording, **slots)
    return Told(headline, table, whole, tuple(notes))


def _is_unmeasured(one: _Found) -> bool:
    """Nothing could be judged, and not because nothing was there to judge."""
    return one.judged == 0 and one.outcomes.get("unknown", 0) > 0


def _rule_name(rule: Rule, wording: Wording) -> str:
    return wording.text("table.joint").join([rule.rule_id, rule.title[wording.language]])


def _rule_row(one: _Found, minimum: int, wording: Wording) -> tuple[Cell, ...]:
    return (
        _rule_name(one.rule, wording),
        word("severity", one.rule.severity, wording),
        float(one.violations),
        float(one.judged),
        one.violations / one.judged if one.judged >= minimum else None,
        _money(one.at_risk, wording) if one.at_risk else None,
        float(one.outcomes.get("unknown", 0)),
    )


def _money(amounts: Mapping[str, float], wording: Wording) -> str:
    """Amounts of several currencies side by side, never added up."""
    return " + ".join(
        f"{currency} {wording.locale.value(amount, 'amount')}"
        for currency, amount in sorted(amounts.items())
    )


# --- what is no longer what it was -----------------------------------------------------------

RESTATED_SHOWN = 10


def _restated(data: TableData, review: Review, wording: Wording) -> Told:
    """Numbers published before that are others now, the largest first, and because of what."""
    columns = (
        heading("measure_name", "text", wording),
        heading("restated_period", "text", wording),
        heading("restated_was", "text", wording),
        heading("restated_now", "text", wording),
        heading("restated_change", "text", wording),
        heading("restated_because", "prose", wording),
        heading("restated_files", "prose", wording),
    )
    record = data.rows[0]
    moved = record["moved"]
    whole = Table(columns, tuple(_restated_row(one, review, wording) for one in moved))
    if record["before"] is None:
        return Told(text_of(data, "first", wording), None, whole)
    slots = {
        "compared": wording.locale.number(record["compared"]),
        "run": record["before"],
        "until": wording.locale.full_day(date.fromisoformat(record["before_as_of_on"])),
    }
    visible = [one for one in moved if one["is_visible"]]
    if not visible:
        return Told(text_of(data, "none", wording, **slots), None, whole)
    name, period, was, now, _, because, _ = _restated_row(visible[0], review, wording)
    shown = [
        wording.locale.value(one.value, one.unit)
        if isinstance(one, Amount)
        else wording.text("restated.no_value")
        for one in (was, now)
    ]
    slots |= {"name": name, "period": period, "because": because, "was": shown[0], "now": shown[1]}
    count = record["visible"]
    headline = wording.plural(
        f"chart.{data.spec.id}.headline", count, **slots, number=wording.locale.number(count)
    )
    top = tuple(_restated_row(one, review, wording) for one in visible[:RESTATED_SHOWN])
    more = count - len(top)
    notes = (wording.plural("table.more", more),) if more > 0 else ()
    return Told(headline, _filled(Table(columns, top), fixed=5), whole, notes)


def _restated_row(
    one: Mapping[str, Any], review: Review, wording: Wording
) -> tuple[str, str, Cell, Cell, Cell, str, str]:
    unit, was, now = one["unit"], one["was"], one["now"]
    starts_on = date.fromisoformat(one["starts_on"])
    periods = {"week": wording.locale.week, "month": wording.locale.month}
    causes = [
        wording.text(f"restated.{told['cause']}", rows=wording.locale.number(told["rows"] or 0))
        for told in one["because"]
    ]
    files = [
        wording.text("restated.file", file=told["file"], rows=wording.locale.number(told["rows"]))
        for told in one["files"]
    ]
    if one["more_files"]:
        files.append(wording.plural("restated.more_files", one["more_files"]))
    return (
        _restated_name(one["measure"], review, wording),
        periods.get(one["span"], wording.locale.full_day)(starts_on),
        None if was is None else Amount(was, unit),
        None if now is None else Amount(now, unit),
        None if was is None or now is None else Amount(now - was, unit, is_change=True),
        wording.text("restated.joint").join(causes),
        wording.locale.listed(files) if files else "",
    )


def _restated_name(measure: str, review: Review, wording: Wording) -> str:
    """What the page calls a measure, by its key."""
    name, *told = measure.split("@")
    metric = next((one for one in review.definitions if one.name == name), None)
    if metric is None:
        return measure
    where = dict(part.split("=", 1) for part in told)
    return label(Subject(measure, metric, where), wording)
