"""Why a metric changed, in words: the answer of ``judgement.why`` as sentences and as lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from aftersales import metrics as registry
from aftersales.errors import ConfigError
from aftersales.judgement.causes import Cause, Where
from aftersales.judgement.change import Line
from aftersales.judgement.why import Company, Span, Why
from aftersales.reporting.spec import Wording, load_wording, word
from aftersales.settings import Settings

LISTED = 6  # lines of a split that are shown one by one
NO_VALUE = "–"


def words(settings: Settings, language: str | None) -> Wording:
    """The words of the answer, and those the weekly review has for values.

    Args:
        language: zh or en; None: the front page's.

    Raises:
        ConfigError: there is no such language, or a file is not there or is not YAML.
    """
    language = language or settings.languages[0]
    if language not in ("zh", "en"):
        raise ConfigError(f"no language '{language}'", fix="use one of: zh, en")
    return load_wording(settings.report_layers, "weekly", language, also=["why"])


def sentences(found: Why, wording: Wording) -> list[str]:
    """What is known, what is chance, what it comes from, and what happened at the time."""
    if found.change is None:
        return [_first(found, wording), wording.text("why.none", reason=_reason(found, wording))]
    told = [_first(found, wording), _certainty(found, wording)]
    if found.volume is not None and found.rate is not None and found.exposure is not None:
        told.append(
            wording.text(
                "why.volume",
                volume=_signed(found.volume, found, wording),
                rate=_signed(found.rate, found, wording),
            )
        )
    told += _causes(found, wording)
    told += _events(found, wording)
    return told


def _label(found: Why, wording: Wording) -> str:
    label = found.metric.label[wording.language]
    if not found.where:
        return label
    values = [
        _segment(((name, tuple(v) if isinstance(v, list) else (v,)),), wording)
        for name, v in found.where.items()
    ]
    return wording.text("why.narrowed", label=label, where=wording.locale.listed(values))


def _first(found: Why, wording: Wording) -> str:
    locale, unit = wording.locale, found.metric.unit
    slots = {
        "label": _label(found, wording),
        "period": _period(found.period, wording),
        "against": _period(found.against, wording),
        "now": locale.value(found.now, unit),
        "before": locale.value(found.before, unit),
        "n_now": locale.number(found.n_now or 0),
        "n_before": locale.number(found.n_before or 0),
    }
    if found.metric.kind == "count":
        return wording.text("why.count", days=found.period.days, **slots)
    return wording.text("why.value" if found.metric.has_whole_parts else "why.money", **slots)


def _period(one: Span, wording: Wording) -> str:
    if one.first == one.last:
        return wording.locale.full_day(one.first)
    return wording.text("why.period", name=one.name, days=wording.locale.days(one.first, one.last))


def _reason(found: Why, wording: Wording) -> str:
    key = f"reason.{found.reason}"
    return wording.text(key) if wording.has(key) else str(found.reason)


def _certainty(found: Why, wording: Wording) -> str:
    slots = {
        "change": _signed(found.change or 0.0, found, wording),
        "low": _signed(found.low or 0.0, found, wording),
        "high": _signed(found.high or 0.0, found, wording),
        "p": p_text(found.p_value),
    }
    told = wording.text("why.beyond" if found.is_beyond_chance else "why.within", **slots)
    if found.measured == "value":
        return told
    locale = wording.locale
    above = wording.text(
        "why.above",
        limit=locale.value(found.limit, found.metric.unit),
        before=locale.share(found.share_before or 0.0),
        now=locale.share(found.share_now or 0.0),
    )
    return above + wording.text("why.joint") + told


def p_text(p_value: float | None) -> str:
    """``= 0.03``, or that it is smaller than can be told."""
    if p_value is None:
        return NO_VALUE
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.2g}"


def _causes(found: Why, wording: Wording) -> list[str]:
    if not found.causes:
        return [wording.text("why.no_cause", count=found.looked_at)]
    told = []
    for number, one in enumerate(found.causes, 1):
        cause = one.cause
        slots = {
            "number": number,
            "segment": _segment(cause.where, wording, cause.also),
            "before": _rate(cause.before, cause, found, wording),
            "now": _rate(cause.now, cause, found, wording),
            "n0": wording.locale.number(cause.counts.n0),
            "n1": wording.locale.number(cause.counts.n1),
            "d0": wording.locale.number(cause.counts.d0),
            "d1": wording.locale.number(cause.counts.d1),
            "share0": wording.locale.share(cause.share0),
            "share1": wording.locale.share(cause.share1),
            "rest0": _rate(cause.rest0, cause, found, wording),
            "rest1": _rate(cause.rest1, cause, found, wording),
            "low": _signed(cause.low, found, wording),
            "high": _signed(cause.high, found, wording),
            "p": p_text(cause.p_value),
        }
        counted = "" if found.metric.has_whole_parts or cause.kind == "count" else "_money"
        text = wording.text(f"why.cause_{cause.kind}{counted}", **slots)
        if cause.explained is not None:
            name = "why.explains" if cause.explained > 0 else "why.dampens"
            text += wording.text(
                name,
                share=wording.locale.number(100 * abs(cause.explained)),
                effect=_signed(cause.excess, found, wording),
            )
        told += [text, wording.text("why.rows", command=one.rows)]
    return told


def briefly(found: Why, wording: Wording) -> str:
    """The first cause and what happened at the time, as one line of a review."""
    told = [wording.text("why.brief_none")]
    if found.causes:
        cause = found.causes[0].cause
        told = [
            wording.text(
                "why.brief" if cause.kind == "rate" else f"why.brief_{cause.kind}",
                segment=_segment(cause.where, wording),
                before=_rate(cause.before, cause, found, wording),
                now=_rate(cause.now, cause, found, wording),
                share0=wording.locale.share(cause.share0),
                share1=wording.locale.share(cause.share1),
            )
        ]
        if cause.explained is not None and cause.explained > 0:
            share = wording.locale.number(100 * cause.explained)
            told.append(wording.text("why.brief_explains", share=share))
    named = [
        wording.text("why.event_now", title=one.title, days=_days_of(one, wording))
        for one in found.company
        if one.is_now and not one.is_before
    ]
    if named:
        events = wording.text("why.event_joint").join(named)
        told.append(wording.text("why.brief_events", events=events))
    return "".join(told)


def _days_of(one: Company, wording: Wording) -> str:
    if one.first_on == one.last_on:
        return wording.locale.day(one.first_on)
    return wording.locale.days(one.first_on, one.last_on)


def _rate(value: float | None, cause: Cause, found: Why, wording: Wording) -> str:
    unit = "share" if found.measured == "share_above" else found.metric.unit
    if found.metric.kind == "count" and value is not None and unit == "count":
        return wording.locale.number(value, 0 if value >= 10 or value == int(value) else 1)
    return wording.locale.value(value, unit)


def _signed(value: float, found: Why, wording: Wording) -> str:
    unit = "share" if found.measured == "share_above" else found.metric.unit
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    if unit == "count" and 0 < abs(value) < 10:
        return sign + wording.locale.number(abs(value), 1)
    return sign + wording.locale.difference(value, unit)


def _segment(where: Where, wording: Wording, also: Where = ()) -> str:
    parts = [_part(name, values, wording) for name, values in where]
    text = wording.text("why.both").join(parts)
    if also:
        other = wording.locale.listed([_part(name, values, wording) for name, values in also])
        text = wording.text("why.also", segment=text, other=other)
    return text


def _part(name: str, values: tuple[Any, ...], wording: Wording) -> str:
    key = f"split.{name}"
    label = wording.text(key) if wording.has(key) else name
    if len(values) > 1 and name.endswith(registry.NUMBERED):
        first, last = (word(name, value, wording) for value in (values[0], values[-1]))
        return wording.text("why.range", split=label, first=first, last=last)
    told = [NO_VALUE if one is None else word(name, one, wording) for one in values]
    return wording.text("why.part", split=label, value=wording.locale.listed(told))


def _events(found: Why, wording: Wording) -> list[str]:
    named = []
    for one in found.company:
        when = "both" if one.is_now and one.is_before else "now" if one.is_now else "before"
        days = _days_of(one, wording)
        named.append(wording.text(f"why.event_{when}", title=one.title, days=days))
    if not named:
        return []
    return [wording.text("why.events", events=wording.text("why.event_joint").join(named))]


def table(found: Why, wording: Wording) -> list[dict[str, Any]]:
    """The splits that matter as lines to print; small lines together, and all adding up."""
    told = []
    for name in found.causes_first:
        split = (found.splits or {})[name]
        lines = [_line(name, line, found, wording) for line in split.lines[:LISTED]]
        more = split.lines[LISTED:]
        if more:
            told_as = wording.text("why.more", count=len(more))
            lines.append(_summed(told_as, more, found, wording))
        if split.remainder:
            key = "why.remainder_curve" if found.metric.kind == "incidence" else "why.remainder"
            lines.append({"value": wording.text(key), "effect": split.remainder})
        lines.append({"value": wording.text("why.all"), "effect": split.change})
        label = wording.text(f"split.{name}") if wording.has(f"split.{name}") else name
        told += [_cells(label, line, found, wording) for line in lines]
    return told


def _line(name: str, line: Line, found: Why, wording: Wording) -> dict[str, Any]:
    value = NO_VALUE if line.value is None else word(name, line.value, wording)
    sums = line.sums
    return {"value": value, "sums": sums, "rate": line.rate, "mix": line.mix, "effect": line.effect}


def _summed(value: str, lines: Sequence[Line], found: Why, wording: Wording) -> dict[str, Any]:
    def of(part: Callable[[Line], Fraction]) -> Fraction:
        return sum((part(line) for line in lines), Fraction(0))

    return {
        "value": value,
        "rate": of(lambda line: line.rate),
        "mix": of(lambda line: line.mix),
        "effect": of(lambda line: line.effect),
    }


def _cells(split: str, line: Mapping[str, Any], found: Why, wording: Wording) -> dict[str, Any]:
    def signed(name: str) -> str:
        return _signed(float(line[name]), found, wording) if name in line else ""

    def numbers(n: Fraction, d: Fraction) -> str:
        told = wording.locale.number(float(n))
        return f"{told} / {wording.locale.number(float(d))}" if d else told

    sums = line.get("sums")
    heads = wording.part("why.column")
    return {
        heads["split"]: split,
        heads["value"]: line["value"],
        heads["before"]: numbers(sums.n0, sums.d0) if sums else "",
        heads["now"]: numbers(sums.n1, sums.d1) if sums else "",
        heads["rate"]: signed("rate"),
        heads["mix"]: signed("mix"),
        heads["effect"]: signed("effect"),
    }
