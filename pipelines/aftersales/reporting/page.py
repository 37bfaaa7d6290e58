"""A review in one language as a page: what the template is given, and the template filled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aftersales.reporting import charts, headlines, tables
from aftersales.reporting.figures import HALF, NARROW, PALETTE, WIDE
from aftersales.reporting.paint import as_script_data
from aftersales.reporting.readings import Measure
from aftersales.reporting.review import ChartData, GateFinding, Review, RunInfo, TableData
from aftersales.reporting.sources import COUNT
from aftersales.reporting.spec import Card, Section, Shown, Wording, word
from aftersales.settings import Target

MIDDLE = 680
SPARK = (220, 36)  # px
DEEPEST_ROWS = 12  # unknown words and checks listed; the rest is counted
ARROWS = {"up": "▲", "down": "▼", "same": "■"}


@dataclass(frozen=True)
class Drawn:
    """A chart's figures by the width they are for, as plotly JSON."""

    id: str
    figures: Mapping[str, str]
    heights: Mapping[str, int]


def widths(chart: ChartData) -> dict[str, int]:
    """The widths a chart is laid out for."""
    if chart.spec.width == "half":
        return {"wide": HALF, "narrow": NARROW}
    return {"wide": WIDE, "middle": MIDDLE, "narrow": NARROW}


def draw_all(review: Review, wording: Wording) -> dict[str, Drawn]:
    """Every chart's figures in one language, by chart."""
    return {chart.spec.id: draw(chart, review, wording) for chart in review.charts}


def draw(chart: ChartData, review: Review, wording: Wording) -> Drawn:
    """A chart's figures in one language."""
    found = {
        name: figure
        for name, width in widths(chart).items()
        if (figure := charts.figure(chart, review, wording, width)) is not None
    }
    return Drawn(
        chart.spec.id,
        {name: figure.to_json() for name, figure in found.items()},
        {name: int(figure.layout.height) for name, figure in found.items()},
    )


def environment(layers: tuple[Path, ...]) -> Environment:
    """Templates of the theme, a workspace's own first; everything is escaped."""
    folders = [str(layer / "_theme") for layer in reversed(layers)]
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(
    review: Review,
    wording: Wording,
    template: Environment,
    *,
    drawn: Mapping[str, Drawn],
    painted: Mapping[str, str],
    root: str,
    other: tuple[str, str] | None,
) -> str:
    """The page's HTML.

    Args:
        drawn: figures by chart.
        painted: SVG by ``<language>-<chart>-<width>``; a chart without is drawn by script.
        root: the way from the page to the site's first page, '' or '../'.
        other: language and address of the same page in the other language.
    """
    return template.get_template("page.html").render(
        text=wording.text,
        lang={"zh": "zh-CN"}.get(wording.language, wording.language),
        root=root,
        other=other,
        review=review,
        head=_head(review, wording),
        verdict=headlines.verdict(review, wording),
        findings=headlines.findings(review, wording),
        cards=[_card(card, review, wording) for card in _cards(review)],
        sections=_sections(review, wording, drawn, painted, root),
        not_measured=_not_measured(review, wording),
        quality=_quality(review, wording),
        definitions=_definitions(review, wording),
        palette=Markup(as_script_data(json.dumps(PALETTE))),  # noqa: S704 - our own colours
    )


def _sections(
    review: Review,
    wording: Wording,
    drawn: Mapping[str, Drawn],
    painted: Mapping[str, str],
    root: str,
) -> list[dict[str, Any]]:
    found = []
    for section in review.report.sections:
        blocks = [
            _table(block, review, wording, root)
            if isinstance(block, TableData)
            else _chart(block, review, wording, drawn[block.spec.id], painted, root)
            for block in _blocks(section, review)
        ]
        if blocks:
            title = wording.text(f"section.{section.id}")
            short = f"nav.{section.id}"
            nav = wording.text(short) if wording.has(short) else title
            found.append({"id": section.id, "title": title, "nav": nav, "blocks": blocks})
    return found


def _blocks(section: Section, review: Review) -> list[ChartData | TableData]:
    """A section's charts and tables in the report's order; what is left out of the page is not."""
    there: dict[str, ChartData | TableData] = {chart.spec.id: chart for chart in review.charts}
    there |= {table.spec.id: table for table in review.tables}
    return [there[spec.id] for spec in section.charts if spec.id in there]


def _cards(review: Review) -> list[Card]:
    return [
        card
        for card in review.report.cards
        if not (card.optional and review.measures[card.key].is_absent)
    ]


def _head(review: Review, wording: Wording) -> dict[str, str]:
    locale, monday = wording.locale, review.period.monday
    year, _, _ = monday.isocalendar()
    return {
        "heading": wording.text("page.heading", year=year, week=locale.week(monday)),
        "stamp": wording.text(
            "page.stamp",
            days=locale.days(monday, review.period.sunday),
            until=locale.day(review.data_until),
            zone=review.zone,
        ),
        "cards_note": wording.text("page.cards_note"),
        "footer": wording.text(
            "page.footer",
            run=review.run.run_id,
            files=locale.number(review.run.files),
            rows=locale.number(review.run.rows_in),
        ),
    }


def _card(spec: Card, review: Review, wording: Wording) -> dict[str, Any]:
    measure = review.measures[spec.key]
    metric, now, locale = measure.metric, measure.now, wording.locale
    has_history = metric.period is not None and measure.before.value is not None
    card: dict[str, Any] = {
        "label": headlines.label(measure, wording),
        "value": locale.value(now.value, metric.unit),
        "reason": reason(now.reason, wording) if now.value is None else "",
        "tone": measure.verdict if measure.verdict in ("better", "worse") else "neutral",
        "against": "",
        "change": "",
        "arrow": "",
        "word": "",
        "n": "",
        "target": "",
        "spark": spark(measure),
        "spark_text": _spark_text(measure, wording),
    }
    if now.n is not None and metric.kind != "count":
        card["n"] = wording.text("card.n", n=locale.number(now.n))
    if aim := review.aims[spec.key][-1]:
        card["target"] = _aim(aim, metric.unit, wording)
    if metric.period is None:
        card["against"] = wording.text("card.as_of", until=locale.day(review.run.as_of_on))
        beside = review.measures[spec.beside.key] if spec.beside else None
        if beside and beside.now.value is not None:
            age = locale.value(beside.now.value, beside.metric.unit)
            card["change"] = wording.text("card.beside", value=age)
    elif has_history and measure.change is not None:
        card |= _against(measure, review, wording)
    return card


def _aim(aim: Target, unit: str, wording: Wording) -> str:
    """What is aimed for, since when and who set it, as far as somebody wrote it down."""
    target = wording.locale.value(aim.value, unit)
    if aim.since is None:
        return wording.text("card.target", target=target)
    return wording.text(
        "card.target_set", target=target, by=aim.set_by, since=wording.locale.full_day(aim.since)
    )


def _against(measure: Measure, review: Review, wording: Wording) -> dict[str, str]:
    change, unit, locale = measure.change or 0.0, measure.metric.unit, wording.locale
    direction = "same"
    if locale.value(measure.now.value, unit) != locale.value(measure.before.value, unit):
        direction = "up" if change > 0 else "down"
    tested = measure.metric.kind != "count"
    return {
        "arrow": ARROWS[direction],
        "direction": wording.text(f"card.{direction}"),
        "change": "" if direction == "same" else locale.difference(change, unit),
        "word": wording.text(f"card.verdict.{measure.verdict}") if tested else "",
        "against": wording.text(
            "card.against" if tested else "card.against_mean",
            span=headlines.usual(measure, review, wording),
            before=locale.value(measure.before.value, unit),
        ),
    }


def spark(measure: Measure) -> dict[str, Any] | None:
    """A line of the weeks in SPARK's box: path, last point; None where there is too little.

    The scale begins at zero, as in the charts, so that a card never makes more of a change.
    """
    values = [
        (i, found.value) for i, (_, found) in enumerate(measure.weeks) if found.value is not None
    ]
    if len(values) < 3:
        return None
    width, height = SPARK
    top = max(value for _, value in values) or 1.0
    last = max(len(measure.weeks) - 1, 1)
    placed = [(3 + i / last * (width - 6), height - 3 - v / top * (height - 6)) for i, v in values]
    path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
    return {"path": path, "x": f"{placed[-1][0]:.1f}", "y": f"{placed[-1][1]:.1f}", "box": SPARK}


def _spark_text(measure: Measure, wording: Wording) -> str:
    values = [found.value for _, found in measure.weeks if found.value is not None]
    if len(values) < 3:
        return ""
    unit = measure.metric.unit
    return wording.text(
        "card.spark",
        weeks=len(measure.weeks),
        low=wording.locale.value(min(values), unit),
        high=wording.locale.value(max(values), unit),
    )


def _chart(
    chart: ChartData,
    review: Review,
    wording: Wording,
    drawn: Drawn,
    painted: Mapping[str, str],
    root: str,
) -> dict[str, Any]:
    spec, locale = chart.spec, wording.locale
    table = charts.table(chart, review, wording)
    counted = _counted(chart)
    headline = headlines.chart_headline(chart, review, wording)
    happened = charts.events_listed(chart, review, wording)
    figures = "{" + ",".join(f'"{name}":{text}' for name, text in drawn.figures.items()) + "}"
    return {
        "id": spec.id,
        "is_table": False,
        "name": wording.text(f"chart.{spec.id}.name"),
        "headline": headline,
        "subtitle": _subtitle(chart, review, wording),
        "width": spec.width,
        "heights": drawn.heights,
        "painted": {
            name: Markup(painted[key])  # noqa: S704 - is_harmless has read it
            for name in drawn.figures
            if (key := f"{wording.language}-{spec.id}-{name}") in painted
        },
        "figures": Markup(as_script_data(figures)),  # noqa: S704 - plotly's JSON, no < left
        "columns": table.columns,
        "rows": table.shown(wording),
        "events": happened,
        "events_title": wording.plural("event.listed", len(happened)),
        "alternative": wording.plural("event.alternative", len(happened), headline=headline)
        if happened
        else headline,
        "csv": f"{root}data/{spec.id}.{wording.language}.csv",
        "source": wording.text(
            "page.source",
            metrics=_names(_drawn_metrics(chart)),
            until=locale.full_day(review.data_until),
            rows=wording.text("page.source_rows", n=locale.number(counted)),
        ),
    }


def _drawn_metrics(chart: ChartData) -> list[Shown]:
    drawn = {measure.subject.key for measure in chart.measures}
    return [shown for shown in chart.spec.metrics if shown.key in drawn]


def _names(shown: Sequence[Shown]) -> str:
    """The metrics of a chart, each once, with the part it is of: ``… (kind=chat)``."""
    return ", ".join(dict.fromkeys(_name(told) for told in shown))


def _name(told: Shown) -> str:
    of = ", ".join(f"{split}={value}" for split, value in told.where.items())
    return f"{told.metric} ({of})" if of else told.metric


def _table(data: TableData, review: Review, wording: Wording, root: str) -> dict[str, Any]:
    spec = data.spec
    told = tables.tell(data, review, wording)
    read_from = [_names(spec.metrics)] if spec.metrics else []
    if spec.kind == "windows":
        told_of = {one.subject.key for one in review.contrasts}
        read_from = [_names([s for s in review.report.judging if s.key in told_of])]
    read_from += [spec.source.model] if spec.source else []
    read_from += ["aftersales restated"] if spec.kind == "restated" else []
    read_from += ["aftersales improvements"] if spec.kind == "improvements" else []
    return {
        "id": spec.id,
        "is_table": True,
        "name": wording.text(f"chart.{spec.id}.name"),
        "headline": told.headline[0].upper() + told.headline[1:],
        "subtitle": wording.text(
            f"chart.{spec.id}.subtitle",
            days=wording.locale.days(*data.days),
            until=wording.locale.day(review.run.as_of_on),
            minimum=review.report.minimum_n,
            zone=review.zone,
            waiting_days=review.waiting_days,
        )
        if told.table
        else "",
        "width": spec.width,
        "columns": told.table.columns if told.table else (),
        "rows": told.table.shown(wording) if told.table else (),
        "notes": told.notes,
        "sources": told.sources,
        "csv": f"{root}data/{spec.id}.{wording.language}.csv",
        "source": wording.text(
            "page.table_source",
            models=", ".join(read_from),
            until=wording.locale.full_day(review.data_until),
        ),
    }


def _counted(chart: ChartData) -> float:
    if not chart.groups:
        return chart.measures[0].now.n or 0
    return sum(group.reading.n or 0 for group in chart.groups)


def _subtitle(chart: ChartData, review: Review, wording: Wording) -> str:
    key, locale = f"chart.{chart.spec.id}", wording.locale
    days = chart.days or (review.period.monday, review.period.sunday)
    text = wording.text(
        f"{key}.subtitle",
        days=locale.days(*days),
        span=headlines.baseline(review, wording),
        until=locale.day(review.run.as_of_on),
    )
    drawn = [measure.chart for measure in chart.measures if measure.chart]
    if drawn and chart.spec.kind in ("weekly", "panels"):
        text += wording.text("chart.limits", count=max(found.used for found in drawn))
    if chart.funnel and chart.funnel.is_wider:
        text += wording.text("chart.funnel_wider")
    elif chart.funnel and chart.funnel.phi is None:
        text += wording.text("chart.funnel_few", count=len(chart.funnel.groups))
    if not chart.hidden or not wording.has(f"{key}.hidden"):
        return text
    return text + wording.plural(f"{key}.hidden", chart.hidden, minimum=review.report.minimum_n)


def reason(code: str | None, wording: Wording) -> str:
    """Why there is no value, in words; the code itself where nobody wrote any."""
    key = f"reason.{code}"
    return wording.text(key) if wording.has(key) else wording.text("reason.other", code=code)


def _not_measured(review: Review, wording: Wording) -> list[dict[str, str]]:
    """Each reason once, with the measures it concerns; a kind that never came in lacks nothing."""
    by_reason: dict[str, list[str]] = {}
    for measure in review.measures.values():
        never_came = bool(measure.subject.where) and measure.is_absent
        is_nothing = measure.now.reason == "no_complaint"  # none is no lack
        if measure.now.value is None and not never_came and not is_nothing:
            label = headlines.label(measure, wording)
            by_reason.setdefault(measure.now.reason or "", []).append(label)
    return [
        {"labels": wording.locale.listed(labels), "reason": reason(code, wording)}
        for code, labels in by_reason.items()
    ]


def _quality(review: Review, wording: Wording) -> dict[str, Any]:
    locale, run = wording.locale, review.run
    missing = run.rows_in - run.rows_loaded - run.rows_quarantined
    failed = [f for f in review.findings if not f.passed]
    words = review.unknown_words
    return {
        "rows": wording.text(
            "quality.unaccounted" if missing else "quality.accounted",
            files=locale.number(run.files),
            rows_in=locale.number(run.rows_in),
            loaded=locale.number(run.rows_loaded),
            quarantined=locale.number(run.rows_quarantined),
            missing=locale.number(missing),
        ),
        "amended": _amended(run, wording),
        "gate": wording.plural("quality.gate_failed", len(failed), of=len(review.findings))
        if failed
        else wording.text("quality.gate_passed", of=len(review.findings)),
        "checks": [
            wording.text("quality.check", what=_promise(f, wording), rows=locale.number(f.failed))
            for f in failed[:DEEPEST_ROWS]
        ],
        "words": wording.plural(
            "quality.words_some", len(words), rows=locale.number(sum(w[3] for w in words))
        )
        if words
        else wording.text("quality.words_none"),
        "unknown": [
            wording.text("quality.word", format=f, column=c, word=w, rows=locale.number(n))
            for f, c, w, n in words[:DEEPEST_ROWS]
        ],
        "notes": [note for note in (_links(review, wording), *_notes(review, wording)) if note],
        "fresh": wording.text("quality.fresh", until=locale.full_day(review.data_until)),
        "exports": [_export(found, review.zone, wording) for found in review.newest_exports],
    }


def _links(review: Review, wording: Wording) -> str | None:
    """How many conversations of the period could be tied to an order; None without any."""
    count = sum(review.links.values())
    if not count:
        return None
    shares = {
        link: wording.locale.share(review.links.get(link, 0) / count)
        for link in ("stated", "buyer_window", "none")
    }
    return wording.text("quality.links", count=wording.locale.number(count), **shares)


def _notes(review: Review, wording: Wording) -> list[str]:
    """A sentence a note: how many rows there are, and how many of them lack something, by reason.

    The last column a note is counted by is the reason; rows without one lack nothing.
    """
    locale = wording.locale
    found = []
    for note in review.report.notes:
        reasons: dict[str, int] = {}
        for row in review.notes[note.id]:
            if (code := row[note.source.by[-1]]) is not None:
                reasons[code] = reasons.get(code, 0) + row[COUNT]
        if not reasons:
            continue
        told = [
            wording.text(
                "quality.because",
                reason=word(f"quality.{note.id}_reason", code, wording),
                count=locale.number(count),
            )
            for code, count in sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
        ]
        total = sum(row[COUNT] for row in review.notes[note.id])
        found.append(
            wording.text(
                f"quality.{note.id}",
                total=locale.number(total),
                count=locale.number(sum(reasons.values())),
                reasons=locale.listed(told),
            )
        )
    return found


def _amended(run: RunInfo, wording: Wording) -> list[str]:
    """What was done to rows as delivered; nothing is said where nothing was."""
    counts = {"corrected": run.rows_corrected, "gone": run.rows_gone}
    return [wording.plural(f"quality.{what}", count) for what, count in counts.items() if count]


def _promise(found: GateFinding, wording: Wording) -> str:
    """What a check asks for; the check's own sentence where the wording has none for it."""
    key = f"quality.kind.{found.kind}"
    if found.kind == "check":
        key = f"quality.checks.{found.table}"
    if not wording.has(key):
        return found.what
    place = f"{found.table}.{found.column}" if found.column else found.table
    return wording.text(key, table=found.table, place=place)


def _export(found: tuple[str, int, datetime | None], zone: str, wording: Wording) -> str:
    name, count, at = found
    if at is None:
        return wording.text("quality.export_undated", format=name, count=count)
    local = at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    day = wording.locale.full_day(local.date())
    return wording.text("quality.export", format=name, count=count, at=f"{day} {local:%H:%M}")


def _definitions(review: Review, wording: Wording) -> Sequence[dict[str, Any]]:
    language = wording.language
    return [
        {
            "name": metric.name,
            "label": metric.label[language],
            "reads": metric.reads[language],
            "is_not": metric.is_not[language],
            "decision": metric.decision,
            "model": metric.model,
            "targets": [
                _told_target(aim, metric.unit, review, wording)
                for aim in review.targets.get(metric.name, ())
            ],
        }
        for metric in review.definitions
    ]


def _told_target(aim: Target, unit: str, review: Review, wording: Wording) -> str:
    """A target of the definitions: of which shop, since when, by whom and why."""
    told = _aim(aim, unit, wording)
    if aim.since is None:
        told = wording.text("definition.target_always", target=told)
    if aim.shop:
        shop = review.shops.get(aim.shop, aim.shop)
        told = wording.text("event.of_shop", title=told, shops=shop)
    if aim.reason:
        told = wording.text("definition.target_because", target=told, reason=aim.reason)
    return told[0].upper() + told[1:]
