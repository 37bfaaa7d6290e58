"""What the page is about to show, read through the metric registry; no wording, no drawing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log, sqrt
from typing import Any, Literal

from aftersales import metrics as registry
from aftersales.judgement.control import Chart, Kind, Point, chart
from aftersales.judgement.estimates import (
    Comparison,
    Step,
    adjusted,
    compare_quantiles,
    compare_shares,
    incidence,
    quantile_levels,
    survival_quantile,
    two_sided,
    wilson,
)
from aftersales.judgement.why import Why
from aftersales.metrics import Metric
from aftersales.reporting.period import Period
from aftersales.reporting.spec import Shown
from aftersales.warehouse.connection import Connection

# Whose days say how far the exports reach.
CLOCKS = ("orders", "cases", "first_response_within_3min")
SIGNIFICANT = 0.05
# The first screen speaks of measures and of groups: half of the false alarms is allowed to each, so
# that many articles do not drown a measure.
FAMILIES = 2
# What is still without a result is the slow part, so a comparison would say "faster" of any week
# that has just ended. So much more of the part above a quantile than usual may be missing: of a
# median a tenth of the week, of a p90 a fiftieth.
UNRIPE = 0.2
Verdict = Literal["better", "worse", "higher", "lower", "flat", "volume", "unripe", "untested"]


@dataclass(frozen=True)
class Reading:
    """A metric's value for one period or group.

    Attributes:
        n: the denominator: how many observations it rests on; None where it is money.
        low: lower end of its 95 % interval; None where there is none to give.
        reason: why ``value`` is None.
    """

    value: float | None
    numerator: float | None
    n: float | None
    excluded: float
    reason: str | None = None
    low: float | None = None
    high: float | None = None

    @property
    def excluded_share(self) -> float:
        """Of all there was, the part without a result."""
        whole = (self.n or 0) + self.excluded
        return self.excluded / whole if whole else 0.0


NOTHING = Reading(None, None, None, 0, "nothing_counted")


@dataclass(frozen=True)
class Subject:
    """A metric, or the part of it where splits have one value.

    Attributes:
        key: what it is filed under.
        where: split to the value it must have.
    """

    key: str
    metric: Metric
    where: Mapping[str, str]


@dataclass(frozen=True)
class Measure:
    """A subject in the week, as it usually is, and week by week.

    Attributes:
        before: as it usually is: the centre of the control chart; without one the weeks before,
            pooled, of a count their mean week.
        unripe: how many of the last weeks have results too few to be read as whole.
        chart: the week among the weeks before; None where they are too few or it is not judged.
        comparison: now against before, where there is no chart; None where it cannot be tested.
        p_value: of the change, allowing for how many measures were looked at.
        verdict: what may be said of the change.
        why: where a notable change comes from.
    """

    subject: Subject
    now: Reading
    before: Reading
    weeks: tuple[tuple[date, Reading], ...]
    target: float | None = None
    unripe: int = 0
    chart: Chart | None = None
    comparison: Comparison | None = None
    p_value: float | None = None
    verdict: Verdict = "untested"
    why: Why | None = None

    @property
    def metric(self) -> Metric:
        """Its definition."""
        return self.subject.metric

    @property
    def is_absent(self) -> bool:
        """Nothing it could be made of ever came in, in any week shown."""
        return not any(found.n or found.excluded for _, found in (*self.weeks, (None, self.now)))

    @property
    def change(self) -> float | None:
        """Now minus before, in the metric's unit."""
        if self.now.value is None or self.before.value is None:
            return None
        return self.now.value - self.before.value

    @property
    def raw_p_value(self) -> float | None:
        """Of the change, as if it alone were looked at; None where it cannot be tested."""
        if self.unripe:
            return None
        if self.chart:
            return self.chart.p_value
        return self.comparison.p_value if self.comparison else None

    @property
    def since(self) -> date | None:
        """The Monday from which on it has been so; the week's own where it is new."""
        return self.chart.since if self.chart else None

    @property
    def is_notable(self) -> bool:
        """Changed for sure, and enough to speak of."""
        return self.verdict in ("better", "worse", "higher", "lower")


@dataclass(frozen=True)
class Group:
    """One bar, cell or dot."""

    key: tuple[Any, ...]
    reading: Reading


def reading(row: Mapping[str, Any], metric: Metric) -> Reading:
    """A row of metrics.query as a Reading, a share with its interval."""
    parts = [
        None if row[p] is None else float(row[p]) for p in ("value", "numerator", "denominator")
    ]
    value, numerator, n = parts
    if value is None:
        return Reading(
            None, numerator, n, float(row["excluded"]), row["value_reason"] or row["value_status"]
        )
    if not metric.has_whole_parts:  # money is no number of observations
        return Reading(value, numerator, None, float(row["excluded"]))
    if metric.kind == "count":
        return Reading(value, numerator, value, float(row["excluded"]))
    found = Reading(value, numerator, n, float(row["excluded"]))
    if metric.kind == "share" and n and numerator is not None and 0 <= numerator <= n:
        low, high = wilson(numerator, n)
        return replace(found, low=low, high=high)
    return found


def subject(metrics: Mapping[str, Metric], shown: Shown) -> Subject:
    """What the report names, with its definition."""
    return Subject(shown.key, metrics[shown.metric], shown.where)


def pooled(con: Connection, told: Subject, days: tuple[date, date] | None) -> Reading:
    """A subject over all days from the first to the last; as it stands where it has no period."""
    metric, where = told.metric, told.where
    if metric.period is None:
        return reading(registry.query(con, metric, where=where)[0], metric)
    if days is None:
        return NOTHING
    since, until = days
    found = reading(registry.query(con, metric, since=since, until=until, where=where)[0], metric)
    if metric.kind in _FOLLOWED and found.value is not None:
        drawn = registry.steps(con, metric, (), since, until, where)
        return _followed(found, metric, drawn.get((), []))
    if metric.kind != "quantile" or metric.quantile is None or found.value is None:
        return found
    levels = quantile_levels(int(found.n or 0), metric.quantile)
    if levels is None:
        return found
    low, high = (
        registry.query(
            con,
            metric.model_copy(update={"quantile": level}),
            since=since,
            until=until,
            where=where,
        )
        for level in levels
    )
    return replace(found, low=low[0]["value"], high=high[0]["value"])


_FOLLOWED = ("survival", "incidence")


def _followed(
    found: Reading, metric: Metric, drawn: Sequence[tuple[float, float, float, float]]
) -> Reading:
    """A survival or incidence with its interval; an end that is never reached is left out."""
    told = [Step(*row) for row in drawn]
    if metric.kind == "survival":
        _, low, high = survival_quantile(told, metric.quantile or 0.0)
        return replace(found, low=low, high=high)
    span = incidence(told, metric.at or 0)
    return replace(found, low=span[1], high=span[2]) if span else found


def measure(
    con: Connection,
    told: Subject,
    period: Period,
    *,
    target: float | None,
    minimum_n: int,
    aside: Collection[date] = (),
    is_judged: bool = False,
) -> Measure:
    """A subject in the week, as it usually is, and over the weeks shown; not yet judged.

    Args:
        aside: Mondays of weeks known not to be as usual.
        is_judged: a change of it may be spoken of, so that it gets its control chart.
    """
    metric = told.metric
    now = pooled(con, told, (period.monday, period.sunday))
    if metric.period is None:
        return Measure(told, now, NOTHING, (), target)
    before = pooled(con, told, period.baseline)
    if metric.kind == "count" and before.value is not None and period.baseline:
        weeks = ((period.baseline[1] - period.baseline[0]).days + 1) / 7
        before = replace(before, value=before.value / weeks)
    found = _weekly(con, told, period)
    weekly = tuple((week, found.get(week, NOTHING)) for week in period.weeks)
    bare = Measure(told, now, before, weekly, target, _unripe(weekly, before, metric))
    if is_judged and (now.n or 0) >= minimum_n:
        judged_weeks = [(week, found.get(week, NOTHING)) for week in period.judged_weeks]
        bare = _charted(con, bare, judged_weeks, period, minimum_n, aside)
    if bare.chart:
        return bare
    return replace(bare, comparison=compared(metric, now, before, minimum_n))


def _weekly(con: Connection, told: Subject, period: Period) -> dict[date, Reading]:
    rows = registry.query(
        con,
        told.metric,
        ["week"],
        since=period.judged_from,
        until=period.sunday,
        where=told.where,
    )
    return {row["week"]: reading(row, told.metric) for row in rows}


_CHARTED: Mapping[str, Kind] = {"share": "share", "quantile": "quantile", "count": "count"}


def _charted(
    con: Connection,
    measure: Measure,
    weeks: Sequence[tuple[date, Reading]],
    period: Period,
    minimum_n: int,
    aside: Collection[date],
) -> Measure:
    """The measure with its control chart and what that says is usual, if there can be one."""
    metric = measure.metric
    kind = "amount" if metric.unit == "amount" else _CHARTED.get(metric.kind)
    if kind is None:
        return measure
    spreads = _spreads(con, measure.subject, weeks, period) if kind == "quantile" else {}
    unripe = {week for week, _ in weeks[len(weeks) - measure.unripe :]} if measure.unripe else set()
    points = [
        Point(
            week,
            found.value if kind in ("count", "amount") or (found.n or 0) >= minimum_n else None,
            found.n,
            found.numerator,
            spreads.get(week),
            is_aside=week in aside or week in unripe,
        )
        for week, found in weeks
    ]
    drawn = chart(points, kind)
    if drawn is None:
        return measure
    used = {week.on for week in drawn.weeks if week.is_used}
    parts = [found for week, found in weeks if week in used]
    before = Reading(
        drawn.centre,
        sum(found.numerator or 0 for found in parts) if kind == "share" else None,
        sum(found.n or 0 for found in parts),
        sum(found.excluded for found in parts),
    )
    return replace(measure, before=before, chart=drawn)


def _spreads(
    con: Connection, told: Subject, weeks: Sequence[tuple[date, Reading]], period: Period
) -> dict[date, float]:
    """Standard errors of the logarithm of a quantile, by week.

    Half the distance between the two quantiles whose levels bound it in a week of usual size
    (order statistics, as in ``quantile_levels``), and wider by the root of how much smaller a week
    is.
    """
    sizes = sorted(found.n for _, found in weeks if found.n)
    metric = told.metric
    if not sizes or metric.quantile is None:
        return {}
    usual = sizes[len(sizes) // 2]
    levels = quantile_levels(int(usual), metric.quantile)
    if levels is None:
        return {}
    low, high = (
        _weekly(con, replace(told, metric=metric.model_copy(update={"quantile": level})), period)
        for level in levels
    )
    result = {}
    for week, found in weeks:
        bounds = low.get(week, NOTHING).value, high.get(week, NOTHING).value
        if found.n and bounds[0] and bounds[1] and bounds[1] > bounds[0]:
            width = log(bounds[1] / bounds[0]) / (2 * two_sided(0.95))
            result[week] = width * sqrt(usual / found.n)
    return result


def _unripe(weekly: Sequence[tuple[date, Reading]], before: Reading, metric: Metric) -> int:
    if metric.quantile is None:
        return 0
    tolerated = UNRIPE * (1 - metric.quantile)
    usual = sorted(week.excluded_share for _, week in weekly)[len(weekly) // 2] if weekly else 0.0
    usual = min(usual, before.excluded_share)
    count = 0
    for _, week in reversed(weekly):
        if week.excluded_share <= usual + tolerated:
            break
        count += 1
    return count


def compared(metric: Metric, now: Reading, before: Reading, minimum_n: int) -> Comparison | None:
    """Two readings of a metric; None where one has no interval or rests on too little."""
    if min(now.n or 0, before.n or 0) < minimum_n:
        return None
    if now.low is None or now.high is None or before.low is None or before.high is None:
        return None
    if metric.kind == "share":
        parts = (now.numerator, now.n, before.numerator, before.n)
        return compare_shares(*(part or 0.0 for part in parts))
    if now.value is None or before.value is None:
        return None
    return compare_quantiles(
        (now.value, now.low, now.high), (before.value, before.low, before.high)
    )


def judged(
    measures: Mapping[str, Measure],
    names: Sequence[str],
    smallest: float,
    *,
    lagged: Sequence[str] = (),
) -> dict[str, Measure]:
    """All measures, those of ``names`` with p-values adjusted for one another and a verdict.

    Args:
        smallest: relative; a smaller change is flat, however certain.
        lagged: shares whose numerator comes after their denominator; a change of theirs that the
            week before's denominator does not bear out is put down to the volume.
    """
    raw = raw_p_values(measures, names)
    p_values = [min(1.0, FAMILIES * p_value) for p_value in adjusted(list(raw.values()))]
    result = dict(measures)
    for name, p_value in zip(raw, p_values, strict=True):
        one = measures[name]
        verdict = _verdict(one, p_value, smallest)
        if name in lagged and verdict != "flat" and not _holds_over_the_week_before(one):
            verdict = "volume"
        result[name] = replace(one, p_value=p_value, verdict=verdict)
    for name, one in result.items():
        if one.unripe and (one.chart or one.comparison):
            result[name] = replace(one, verdict="unripe")
    return result


def raw_p_values(measures: Mapping[str, Measure], names: Sequence[str]) -> dict[str, float]:
    """Of those of ``names`` that can be tested, each as if it alone were looked at."""
    found = {name: measures[name].raw_p_value for name in names if name in measures}
    return {name: p_value for name, p_value in found.items() if p_value is not None}


def _holds_over_the_week_before(measure: Measure) -> bool:
    now, before = measure.now, measure.before
    earlier = measure.weeks[-2][1].n if len(measure.weeks) > 1 else None
    if not earlier or not before.n or now.numerator is None or now.numerator > earlier:
        return False
    shifted = compare_shares(now.numerator, earlier, before.numerator or 0.0, before.n)
    same_way = (shifted.change > 0) == ((measure.change or 0) > 0)
    return same_way and shifted.p_value < SIGNIFICANT


def _verdict(measure: Measure, p_value: float, smallest: float) -> Verdict:
    change, before = measure.change, measure.before.value
    if change is None or not before or p_value >= SIGNIFICANT or abs(change) < smallest * before:
        return "flat"
    if measure.metric.good == "neither":
        return "higher" if change > 0 else "lower"
    return "better" if (change > 0) == (measure.metric.good == "higher") else "worse"


def groups(
    con: Connection, told: Subject, by: Sequence[str], days: tuple[date, date]
) -> list[Group]:
    """A subject split; over the days where it takes a period."""
    metric = told.metric
    since, until = days if metric.period else (None, None)
    found = [
        Group(tuple(row[name] for name in by), reading(row, metric))
        for row in registry.query(con, metric, by, since=since, until=until, where=told.where)
    ]
    if metric.kind not in _FOLLOWED or not found:
        return found
    drawn = registry.steps(con, metric, by, since, until, told.where)
    return [
        replace(group, reading=_followed(group.reading, metric, drawn.get(group.key, [])))
        if group.reading.value is not None
        else group
        for group in found
    ]


def data_days(
    con: Connection, metrics: Mapping[str, Metric], names: Sequence[str]
) -> tuple[date, date] | None:
    """First and last local day on which any of the metrics counted anything."""
    days = [
        row["day"]
        for name in names
        if name in metrics
        for row in registry.query(con, metrics[name], ["day"])
        if row["day"] is not None and (row["numerator"] or row["denominator"])
    ]
    return (min(days), max(days)) if days else None
