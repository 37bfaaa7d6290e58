"""Sentences generated from a review by rule: each is true of the numbers or is not said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from aftersales.judgement.estimates import wilson
from aftersales.judgement.movers import Moved
from aftersales.reporting.explaining import briefly
from aftersales.reporting.readings import Group, Measure, Subject
from aftersales.reporting.review import ChartData, Review
from aftersales.reporting.spec import HeadlineRule, Wording, word

WEAK = 0.05  # relative: hours less far below all together are not spoken of
RED_LINES = "redline_complaints"
NAMED = 3  # at most this many things are named in one sentence
TITLE = 18  # characters of a product's title
Tone = Literal["better", "worse", "neutral"]


@dataclass(frozen=True)
class Sentence:
    """One finding: what happened; what it means; what it rests on; where it comes from."""

    tone: Tone
    what: str
    meaning: str = ""
    evidence: str = ""
    cause: str = ""


def verdict(review: Review, wording: Wording) -> str:
    """The one sentence a reader takes away."""
    shown = [review.measures[name] for name in review.report.judged]
    worse, better = _topics(shown, wording)
    flat = sum(m.verdict == "flat" for m in shown)
    groups = "".join(_standing_out(chart, wording) for chart in review.charts)
    week = wording.locale.week(review.period.monday)
    if not worse and not better:
        return _nothing_changed(wording, week, flat, groups)
    kind = "both" if worse and better else "worse" if worse else "better"
    sentence = wording.plural(
        f"verdict.{kind}",
        len(worse) + len(better),
        week=week,
        worse=_few(worse, wording),
        better=_few(better, wording),
        rest=wording.plural("verdict.rest", flat) if flat else "",
        groups=groups,
    )
    return sentence[0].upper() + sentence[1:]


def _topics(shown: Sequence[Measure], wording: Wording) -> tuple[list[str], list[str]]:
    """What got worse and what got better; by subject, and by measure where a subject did both."""
    by_tone: dict[str, dict[str, list[Measure]]] = {"worse": {}, "better": {}}
    for measure in shown:
        if measure.verdict in by_tone:
            by_tone[measure.verdict].setdefault(_topic(measure, wording), []).append(measure)
    mixed = by_tone["worse"].keys() & by_tone["better"].keys()
    worse, better = (
        [
            name
            for topic, measures in by_tone[tone].items()
            for name in ([label(m, wording) for m in measures] if topic in mixed else [topic])
        ]
        for tone in ("worse", "better")
    )
    return worse, better


def _topic(measure: Measure, wording: Wording) -> str:
    key = _own("topic", measure.subject, wording)
    return wording.text(key) if key else label(measure, wording)


def _own(part: str, told: Subject, wording: Wording, ending: str = "") -> str | None:
    """The name of the text a part of the wording has for a subject, else for its whole metric."""
    names = (f"{part}.{name}{ending}" for name in (told.key, told.metric.name))
    return next((name for name in names if wording.has(name)), None)


def _first_of_topic(shown: Sequence[Measure], wording: Wording) -> list[Measure]:
    """What changed, without repeating a matter: of equal topic and verdict the first."""
    found: dict[tuple[str, str], Measure] = {}
    for measure in shown:
        if measure.is_notable:
            found.setdefault((_topic(measure, wording), measure.verdict), measure)
    return list(found.values())


def _standing_out(chart: ChartData, wording: Wording) -> str:
    """How many groups of a funnel are bad for sure, by their place or by their move."""
    names = {o.name for o in chart.outliers if o.is_bad and o.is_sure}
    names |= {one.name for one in _worse(chart)}
    return wording.plural(f"chart.{chart.spec.id}.verdict", len(names)) if names else ""


def _nothing_changed(wording: Wording, week: str, flat: int, groups: str) -> str:
    if groups:
        return wording.text("verdict.flat_but_groups", week=week, groups=groups)
    if flat:
        return wording.text("verdict.flat", week=week, count=flat)
    return wording.text("verdict.untested", week=week)


def findings(review: Review, wording: Wording) -> list[Sentence]:
    """At most ``report.findings`` sentences, by the report's rules: what matters most first."""
    shown = [review.measures[name] for name in review.report.judged]
    told = [
        sentence
        for rule in review.report.headlines
        for sentence in _by_rule(rule, shown, review, wording)
    ]
    if not any(measure.is_notable for measure in shown):
        told = [*told[: review.report.findings - 1], _no_change(review, shown, wording)]
    return told[: review.report.findings]


def _by_rule(
    rule: HeadlineRule, shown: Sequence[Measure], review: Review, wording: Wording
) -> list[Sentence]:
    """The sentences of one rule, first what touches most customers."""
    if rule.takes == "red_lines":
        return _red_lines(review, wording)[: rule.most]
    if rule.takes == "outside":
        found = [s for chart in review.charts if (s := _outside(chart, review, wording))]
        return found[: rule.most]
    if rule.takes == "moved":
        told = [s for chart in review.charts for s in _movers(chart, review, wording)]
        return told[: rule.most]
    if rule.takes == "missed":
        return [s for m in shown if (s := _missed(m, wording))][: rule.most]
    taken = [
        measure
        for measure in _first_of_topic(shown, wording)
        if measure.verdict in (rule.verdicts or ("better", "worse", "higher", "lower"))
    ]
    taken.sort(key=lambda measure: (-touched(measure), measure.p_value or 0.0))
    return [_changed(measure, review, wording) for measure in taken[: rule.most]]


def touched(measure: Measure) -> float:
    """How many customers or orders of the week a change is about.

    Of a share those more or fewer than usual; of a quantile those above it. Counts of different
    things are compared here only to order sentences.
    """
    n = measure.now.n or 0.0
    if measure.metric.quantile is not None:
        return n * (1 - measure.metric.quantile)
    return abs(measure.change or 0.0) * n


def _no_change(review: Review, shown: Sequence[Measure], wording: Wording) -> Sentence:
    if any(m.verdict == "flat" for m in shown):
        what = wording.text("finding.flat")
        return Sentence("neutral", what, _set_aside(shown, wording))
    return Sentence("neutral", wording.text("finding.untested", minimum=review.report.minimum_n))


def _set_aside(shown: Sequence[Measure], wording: Wording) -> str:
    """What was not judged though it could be tested; empty where there is none."""
    names = [label(m, wording) for m in shown if m.verdict in ("volume", "unripe")]
    if not names:
        return ""
    return wording.plural("finding.set_aside", len(names), names=wording.locale.listed(names))


def _changed(measure: Measure, review: Review, wording: Wording) -> Sentence:
    rises = (measure.change or 0) > 0
    key = _own("meaning", measure.subject, wording, ".up" if rises else ".down")
    meaning = ""
    if key:
        extra = abs((measure.change or 0) * (measure.now.n or 0))
        meaning = wording.text(
            key,
            count=wording.locale.number(round(extra)),
            difference=_difference(measure, wording),
            now=_value(measure.now.value, measure, wording),
        )
    what = wording.text(
        "finding.up" if rises else "finding.down",
        label=label(measure, wording),
        now=_value(measure.now.value, measure, wording),
        before=_value(measure.before.value, measure, wording),
        span=usual(measure, review, wording),
    )
    tone: Tone = "worse" if measure.verdict == "worse" else "neutral"
    return Sentence(
        "better" if measure.verdict == "better" else tone,
        what,
        meaning,
        _joined([evidence(measure, wording), _lasting(measure, review, wording)]),
        briefly(measure.why, wording) if measure.why else "",
    )


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


def _lasting(measure: Measure, review: Review, wording: Wording) -> str:
    """Since when, where it is not new."""
    if measure.since is None or measure.since >= review.period.monday:
        return ""
    weeks = (review.period.monday - measure.since).days // 7 + 1
    day = wording.locale.day(measure.since)
    return wording.text("finding.lasting", weeks=weeks, day=day)


def evidence(measure: Measure, wording: Wording) -> str:
    """n and the interval a value rests on; empty where it has none."""
    if measure.now.low is None or measure.now.high is None:
        return ""
    return wording.text(
        "finding.evidence",
        n=wording.locale.number(measure.now.n or 0),
        low=_value(measure.now.low, measure, wording),
        high=_value(measure.now.high, measure, wording),
    )


def _red_lines(review: Review, wording: Wording) -> list[Sentence]:
    """Complaints nobody may let lie come before everything, whatever the numbers say."""
    found = review.measures.get(RED_LINES)
    if found is None or not found.now.value:
        return []
    count = int(found.now.value)
    what = wording.plural("finding.red_lines", count)
    return [Sentence("worse", what, wording.text("finding.red_lines_meaning"))]


def _missed(measure: Measure, wording: Wording) -> Sentence | None:
    """Said only where the whole interval lies on the wrong side of the target."""
    now, target = measure.now, measure.target
    if target is None or now.low is None or now.high is None or measure.is_notable:
        return None
    good = measure.metric.good
    if not (now.high < target if good == "higher" else good == "lower" and now.low > target):
        return None
    what = wording.text(
        "finding.target_missed",
        label=label(measure, wording),
        now=_value(now.value, measure, wording),
        target=_value(target, measure, wording),
    )
    return Sentence("worse", what, "", evidence(measure, wording))


def _outside(chart: ChartData, review: Review, wording: Wording) -> Sentence | None:
    bad = [o for o in chart.outliers if o.is_bad and o.is_sure]
    if not bad or chart.common is None or chart.days is None:
        return None
    locale, key = wording.locale, f"chart.{chart.spec.id}"
    group = f"{key}.group" if wording.has(f"{key}.group") else "finding.group"
    names = [
        wording.text(
            group,
            name=funnel_name(o.name, chart, review, wording),
            value=locale.share(o.value),
            expected=locale.share(o.expected),
        )
        for o in bad
    ]
    return Sentence(
        "worse",
        wording.plural(f"{key}.finding", len(bad), names=_few(names, wording)),
        wording.text(
            f"{key}.meaning",
            common=locale.share(chart.common),
            surplus=locale.number(round(abs(sum(o.surplus for o in bad)))),
            days=locale.days(*chart.days),
        ),
        wording.text(
            f"{key}.evidence",
            n=locale.number(sum(g.reading.n or 0 for g in chart.groups)),
            count=len(chart.groups),
        ),
    )


def _movers(chart: ChartData, review: Review, wording: Wording) -> list[Sentence]:
    """The groups that got worse than they were themselves, first what costs most."""
    return [_mover(one, chart, review, wording) for one in _worse(chart)]


def _worse(chart: ChartData) -> list[Moved]:
    if not chart.movers:
        return []
    good = chart.measures[0].metric.good
    worse = [one for one in chart.movers if one.is_high == (good == "lower")]
    return sorted(worse, key=lambda one: -abs(one.surplus))


def _mover(one: Moved, chart: ChartData, review: Review, wording: Wording) -> Sentence:
    locale, key = wording.locale, f"chart.{chart.spec.id}"
    low, high = wilson(one.x, one.n)
    days = (one.since, review.period.sunday)
    events = [
        wording.text(
            "why.event_now", title=event.title, days=locale.days(event.first_on, event.last_on)
        )
        for event in review.events
        if _overlap((event.first_on, event.last_on), days) >= 0.5
    ]
    named = wording.text("why.event_joint").join(events)
    return Sentence(
        "worse",
        _moved_to(one, chart, review, wording),
        wording.text(
            f"{key}.moved_meaning",
            surplus=locale.number(round(abs(one.surplus))),
            days=locale.days(*days),
            rest=locale.share(one.rest),
            rest_before=locale.share(one.rest_before),
        ),
        wording.text(
            "finding.evidence",
            n=locale.number(one.n),
            low=locale.share(low),
            high=locale.share(high),
        ),
        wording.text("finding.began_with", events=named) if named else "",
    )


def _moved_to(one: Moved, chart: ChartData, review: Review, wording: Wording) -> str:
    return wording.text(
        f"chart.{chart.spec.id}.moved",
        name=funnel_name(one.name, chart, review, wording),
        now=wording.locale.share(one.x / one.n),
        before=wording.locale.share(one.x_before / one.n_before),
        day=wording.locale.day(one.since),
    )


def _overlap(one: tuple[date, date], days: tuple[date, date]) -> float:
    """The part of some days that lies in others."""
    shared = (min(one[1], days[1]) - max(one[0], days[0])).days + 1
    return max(shared, 0) / ((days[1] - days[0]).days + 1)


def funnel_name(key: str, chart: ChartData, review: Review, wording: Wording) -> str:
    """What a funnel calls a group: a product by code and title, others by the wording's word."""
    return product(key, review) if chart.spec.by == "sku" else group_name(key, chart, wording)


def chart_headline(chart: ChartData, review: Review, wording: Wording) -> str:
    """A chart's claim, read off its figures."""
    text = _claim(chart, review, wording)
    return text[0].upper() + text[1:]


def _claim(chart: ChartData, review: Review, wording: Wording) -> str:
    if chart.spec.kind == "weekly":
        return _of_measure(chart.measures[0], review, wording)
    if chart.spec.kind == "panels":
        return _of_panels(chart.measures, wording)
    if chart.spec.kind == "trend":
        return _of_trend(chart.measures, review, wording)
    if not chart.groups:
        measured = review.measures.get("backlog")
        none = chart.spec.kind == "bars" and measured and measured.now.value is not None
        nothing = "headline.thin" if chart.hidden else "headline.empty"
        return wording.text("headline.bars_none" if none else nothing)
    if chart.spec.kind == "hours":
        return _of_hours(chart, wording)
    if chart.spec.kind == "funnel":
        return _of_funnel(chart, review, wording)
    return _of_bars(chart, wording)


def _of_measure(measure: Measure, review: Review, wording: Wording) -> str:
    if measure.now.value is None:
        return wording.text("headline.empty")
    slots = {
        "label": label(measure, wording),
        "now": _value(measure.now.value, measure, wording),
        "before": _value(measure.before.value, measure, wording),
        "span": usual(measure, review, wording),
    }
    if measure.is_notable:
        return wording.text("headline.changed", compare=compared(measure, review, wording), **slots)
    return wording.text(
        "headline."
        + (measure.verdict if measure.verdict in ("flat", "unripe", "volume") else "untested"),
        **slots,
    )


def compared(measure: Measure, review: Review, wording: Wording) -> str:
    """``比前8周慢 50秒``: the change in words."""
    direction = "up" if (measure.change or 0) > 0 else "down"
    return wording.text(
        f"compare.{measure.metric.unit}_{direction}",
        span=usual(measure, review, wording),
        difference=_difference(measure, wording),
    )


def _of_panels(measures: Sequence[Measure], wording: Wording) -> str:
    """What moved, what did not, and what cannot be judged, each named."""
    locale = wording.locale
    moved = [_moved(m, wording) for m in measures if m.is_notable]
    still = [short(m, wording) for m in measures if m.verdict == "flat"]
    aside = [short(m, wording) for m in measures if not m.is_notable and m.verdict != "flat"]
    parts = [locale.listed(moved)] if moved else []
    for key, names in (("panels_flat", still), ("panels_aside", aside)):
        if names:
            parts.append(wording.plural(f"headline.{key}", len(names), names=locale.listed(names)))
    return wording.text("headline.panels_joint").join(parts)


def _of_trend(measures: Sequence[Measure], review: Review, wording: Wording) -> str:
    """What there is most of this week; counts are not tested, so nothing is said of a change."""
    first = max(measures, key=lambda measure: measure.now.value or 0.0)
    if not first.now.value:
        return wording.text("headline.empty")
    return wording.text(
        "headline.trend",
        name=label(first, wording),
        now=_value(first.now.value, first, wording),
        before=_value(first.before.value, first, wording),
        span=baseline(review, wording),
    )


def _moved(measure: Measure, wording: Wording) -> str:
    direction = "up" if (measure.change or 0) > 0 else "down"
    return wording.text(
        f"headline.panels_{direction}",
        label=short(measure, wording),
        now=_value(measure.now.value, measure, wording),
    )


def _of_hours(chart: ChartData, wording: Wording) -> str:
    """Names the stretch of hours that is clearly below the rest, or says that there is none."""
    weak = _longest_run([hour for hour in range(24) if _is_weak(hour, chart)])
    if not weak:
        return wording.text("headline.hours_even")
    inside = _pooled([g for g in chart.groups if int(g.key[1]) in weak])
    outside = _pooled([g for g in chart.groups if int(g.key[1]) not in weak])
    return wording.text(
        "headline.hours",
        first=weak[0],
        last=(weak[-1] + 1) % 24 or 24,
        value=wording.locale.share(inside[0] / inside[1]),
        rest=wording.locale.share(outside[0] / outside[1]) if outside[1] else "–",
    )


def _is_weak(hour: int, chart: ChartData) -> bool:
    """The hour's interval over all weekdays lies under the share of all hours together."""
    reached, n = _pooled([g for g in chart.groups if int(g.key[1]) == hour])
    return n > 0 and wilson(reached, n)[1] < (chart.common or 0.0) * (1 - WEAK)


def _pooled(groups: Sequence[Group]) -> tuple[float, float]:
    numerator = sum(g.reading.numerator or 0 for g in groups)
    return numerator, sum(g.reading.n or 0 for g in groups)


def _longest_run(hours: Sequence[int]) -> list[int]:
    """The longest stretch of neighbouring hours, over midnight too."""
    found: list[list[int]] = []
    for start in hours:
        run = [start]
        while (run[-1] + 1) % 24 in hours and len(run) < len(hours):
            run.append((run[-1] + 1) % 24)
        found.append(run)
    return max(found, key=len, default=[])


def _of_funnel(chart: ChartData, review: Review, wording: Wording) -> str:
    bad = [o for o in chart.outliers if o.is_bad]
    key = f"chart.{chart.spec.id}"
    if not bad and (moved := _worse(chart)):
        return _moved_to(moved[0], chart, review, wording)
    if not bad:
        return wording.text(f"{key}.inside")
    first = max(bad, key=lambda o: abs(o.value - o.expected))
    return wording.plural(
        f"{key}.outside",
        len(bad),
        name=funnel_name(first.name, chart, review, wording),
        value=wording.locale.share(first.value),
    )


def _of_bars(chart: ChartData, wording: Wording) -> str:
    values = [g.reading.value or 0.0 for g in chart.groups]
    total = sum(values)
    largest = chart.groups[values.index(max(values))]
    if chart.spec.kind == "bars":
        return wording.text(
            "headline.bars",
            total=wording.locale.number(total),
            name=group_name(largest.key[0], chart, wording),
            value=wording.locale.number(max(values)),
        )
    count = min(NAMED, len(values))
    return wording.plural(
        "headline.pareto",
        count,
        share=wording.locale.share(sum(values[:count]) / total),
        name=group_name(largest.key[0], chart, wording),
    )


def in_order(chart: ChartData, wording: Wording) -> list[Group]:
    """The groups in the order the wording lists their names, else as they are."""
    named = list(wording.part(chart.spec.by or ""))
    if chart.spec.kind != "bars" or not named:
        return list(chart.groups)
    place = {name: index for index, name in enumerate(named)}
    return sorted(chart.groups, key=lambda g: place.get(str(g.key[0]), len(place)))


def group_name(key: object, chart: ChartData, wording: Wording) -> str:
    """What a group is called: the wording's word for it, else its own text."""
    if key is None:
        return wording.text("words.unknown")
    return word(chart.spec.by or "", key, wording)


def product(sku: str, review: Review) -> str:
    """A product's code with its title, cut to what a sentence bears."""
    title = review.titles.get(sku, sku)
    if title == sku:
        return sku
    return f"{sku} {title if len(title) <= TITLE else title[: TITLE - 1] + '…'}"


def baseline(review: Review, wording: Wording) -> str:
    """``前8周``: what the week is measured against."""
    days = review.period.baseline
    if days is None:
        return wording.text("span.none")
    return wording.plural("span.baseline", ((days[1] - days[0]).days + 1) // 7)


def usual(measure: Measure, review: Review, wording: Wording) -> str:
    """``平时``: what a measure is held against, its control chart's weeks or the weeks before."""
    if measure.chart is None:
        return baseline(review, wording)
    return wording.plural("span.usual", measure.chart.used)


def short(told: Measure | Subject, wording: Wording, within: str = "") -> str:
    """The name a chart or table gives a measure: its own, else the page's, else the whole one.

    Args:
        within: the chart's id.
    """
    found = told.subject if isinstance(told, Measure) else told
    parts = (*([f"chart.{within}.short"] if within else []), "short")
    key = next((key for part in parts if (key := _own(part, found, wording))), None)
    return wording.text(key) if key else label(found, wording)


def label(told: Measure | Subject, wording: Wording) -> str:
    """What the registry calls a measure; of a part what the wording calls that, else both."""
    found = told.subject if isinstance(told, Measure) else told
    name = found.metric.label[wording.language]
    if not found.where:
        return name
    if wording.has(f"label.{found.key}"):
        return wording.text(f"label.{found.key}")
    of = [word(split, value, wording) for split, value in found.where.items()]
    return wording.text("where.label", label=name, of=wording.locale.listed(of))


def _value(value: float | None, measure: Measure, wording: Wording) -> str:
    return wording.locale.value(value, measure.metric.unit)


def _difference(measure: Measure, wording: Wording) -> str:
    return wording.locale.difference(measure.change or 0.0, measure.metric.unit)


def _few(names: Sequence[str], wording: Wording) -> str:
    if len(names) <= NAMED:
        return wording.locale.listed(list(names))
    shown = wording.text("formats.comma").join(names[:NAMED])
    return wording.text("verdict.more", names=shown, count=len(names) - NAMED)
