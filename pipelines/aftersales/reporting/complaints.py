"""Tables about complaints: what they are of, what goes along with them, what is new, how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aftersales.judgement.estimates import wilson
from aftersales.reporting.charts import Bar, Cell, Quote, Quotes, Span, Table
from aftersales.reporting.headlines import short
from aftersales.reporting.review import Category, Review, TableData
from aftersales.reporting.spec import Wording, word
from aftersales.reporting.splits import Told, heading, reading_of, split, text_of

ANY = "any"  # the line of a mart that is all categories, each complaint or order once
NEEDS = "NED"  # the group of what customers miss; the others of that table do not work
LEADING = 3  # categories a claim adds up
EXAMPLES = 2  # quotes a category shows
LONGEST = 15  # lines of categories on the page, and
COSTLIEST = 10  # of their costs; the files have all


def category_name(leaf: str, review: Review, wording: Wording) -> str:
    """What a category is called; its key where the run does not know it."""
    found = review.categories.get(leaf)
    return found.title[wording.language] if found else leaf


def quote(text: str | None, rule: str | None, review: Review) -> Quotes:
    """A quoted line with the words that tell the category, if they are found in it."""
    return (Quote(text, review.evidence.find(rule, text)),) if text else ()


# --- what is complained of -------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """One line of the list: a category, or the small ones of a group together.

    Attributes:
        count: complaints; of several categories their labels.
        sure: labels of tier A.
    """

    name: str
    count: float
    per_thousand: float | None
    sure: float
    category: Category | None
    owner: str


def categories(data: TableData, review: Review, wording: Wording) -> Told:
    """Categories by how many complain of them; the metrics are counts, rates and tier A's share."""
    minimum = review.report.minimum_n
    total = data.whole[0].value or 0.0
    every = _lines(data, review, wording)
    shown, rest = _rolled(every, minimum, review, wording)
    labels = sum(line.count for line in every)
    whole = _ends_apart(_category_table(every, total, labels, wording), wording)
    if not shown:
        return Told(text_of(data, "none", wording, minimum=minimum), None, whole)
    notes = []
    shown, rest = shown[:LONGEST], [*shown[LONGEST:], *rest]
    if any(line.category is None for line in shown):
        notes.append(text_of(data, "rolled", wording, minimum=minimum))
    if rest:
        told = {"minimum": minimum, "labels": wording.locale.number(sum(one.count for one in rest))}
        notes.append(wording.plural(f"chart.{data.spec.id}.rest", len(rest), **told))
    first = shown[0]
    headline = wording.plural(
        f"chart.{data.spec.id}.headline",
        min(LEADING, len(shown)),
        share=wording.locale.share(sum(line.count for line in shown[:LEADING]) / labels),
        name=first.name,
        number=wording.locale.number(first.count),
        total=wording.locale.number(total),
    )
    return Told(headline, _category_table(shown, total, labels, wording), whole, tuple(notes))


def _lines(data: TableData, review: Review, wording: Wording) -> list[_Line]:
    """Every category complained of, the most frequent first."""
    (_, counts), (_, rates), (_, sure) = data.columns
    found = []
    for (leaf,), group in counts.items():
        category = review.categories.get(str(leaf))
        if not group.reading.value or category is None:
            continue
        found.append(
            _Line(
                category.title[wording.language],
                group.reading.value,
                reading_of(rates, (leaf,)).value,
                reading_of(sure, (leaf,)).numerator or 0.0,
                category,
                category.owner,
            )
        )
    return sorted(found, key=lambda line: (-line.count, line.name))


def _rolled(
    lines: Sequence[_Line], minimum: int, review: Review, wording: Wording
) -> tuple[list[_Line], list[_Line]]:
    """Lines with enough, the others put together by group; and those that are too few even so."""
    kept = [line for line in lines if line.count >= minimum]
    by_top: dict[str, list[_Line]] = {}
    for line in lines:
        if line.count < minimum and line.category:
            by_top.setdefault(line.category.top, []).append(line)
    rest = []
    for small in by_top.values():
        count = sum(line.count for line in small)
        if count < minimum or len(small) < 2 or not small[0].category:
            rest += small
            continue
        rates = [line.per_thousand for line in small if line.per_thousand is not None]
        owners = dict.fromkeys(line.owner for line in small)
        kept.append(
            _Line(
                wording.text(
                    "complaint.rolled",
                    top=small[0].category.top_title[wording.language],
                    names=wording.locale.listed([line.name for line in small]),
                ),
                count,
                sum(rates) if rates else None,
                sum(line.sure for line in small),
                None,
                next(iter(owners)) if len(owners) == 1 else "",
            )
        )
    return sorted(kept, key=lambda line: (-line.count, line.name)), rest


def _category_table(lines: Sequence[_Line], total: float, labels: float, wording: Wording) -> Table:
    longest = max((line.count for line in lines), default=1.0)
    columns = (
        heading("category", "text", wording),
        heading("complaints", "count", wording),
        heading("of_complaints", "share", wording),
        heading("interval", "range", wording),
        heading("cumulative_labels", "share", wording),
        heading("per_thousand", "score", wording),
        heading("tier_a", "share", wording),
        heading("owner", "prose", wording),
        heading("action", "prose", wording),
    )
    rows: list[tuple[Cell, ...]] = []
    reached = 0.0
    for line in lines:
        reached += line.count
        one = line.category
        rows.append(
            (
                line.name,
                Bar(line.count, line.count / longest),
                # labels of several categories may be of one complaint: no share of complaints
                line.count / total if total and one else None,
                Span(*wilson(line.count, total)) if total and one else None,
                reached / labels if labels else None,
                line.per_thousand,
                line.sure / line.count,
                word("owner", line.owner, wording) if line.owner else None,
                one.action[wording.language] if one else None,
            )
        )
    return Table(columns, tuple(rows))


def _ends_apart(table: Table, wording: Wording) -> Table:
    """The intervals as two columns, as files have them."""
    place = next(place for place, (_, unit) in enumerate(table.columns) if unit == "range")
    ends = (heading("low", "share", wording), heading("high", "share", wording))
    rows = []
    for row in table.rows:
        span = row[place]
        cells = (span.low, span.high) if isinstance(span, Span) else (None, None)
        rows.append((*row[:place], *cells, *row[place + 1 :]))
    return Table((*table.columns[:place], *ends, *table.columns[place + 1 :]), tuple(rows))


# --- what goes along with them ---------------------------------------------------------------


def costs(data: TableData, review: Review, wording: Wording) -> Told:
    """Categories by the first metric, an amount; behind them all of them once."""
    minimum = review.report.minimum_n
    orders = data.columns[1][1]  # a share of the orders: its n are the orders
    keys = [key for key in orders if (reading_of(orders, key).n or 0) > 0 and key[0] != ANY]
    keys.sort(key=lambda key: (-(_value(data, 0, key) or 0.0), str(key)))
    enough = [key for key in keys if (reading_of(orders, key).n or 0) >= minimum]
    names = [(short(told, wording, data.spec.id), told.metric.unit) for told, _ in data.columns]
    columns = (heading("category", "text", wording), heading("orders", "count", wording), *names)

    def row(key: tuple[Any, ...], at_least: int) -> tuple[Cell, ...]:
        found = [reading_of(groups, key) for _, groups in data.columns]
        told = [one.value if one.n is None or one.n >= at_least else None for one in found]
        name = wording.text("complaint.any")
        if key[0] != ANY:
            name = category_name(str(key[0]), review, wording)
        return (name, reading_of(orders, key).n, *told)

    every = [(ANY,)] if (ANY,) in orders else []
    file = Table(columns, tuple(row(key, 1) for key in [*keys, *every]))
    if not enough:
        return Told(text_of(data, "none", wording, minimum=minimum), None, file)
    shown = [*enough[:COSTLIEST], *every]
    more = len(keys) - len(enough[:COSTLIEST])
    notes = (wording.plural("complaint.more", more),) if more else ()
    first = enough[0]
    headline = text_of(
        data,
        "headline",
        wording,
        name=category_name(str(first[0]), review, wording),
        amount=wording.locale.value(_value(data, 0, first), "amount"),
        orders=wording.locale.number(reading_of(orders, first).n or 0),
        share=wording.locale.value(_value(data, 1, first), "share"),
    )
    return Told(headline, Table(columns, tuple(row(key, minimum) for key in shown)), file, notes)


def _value(data: TableData, place: int, key: tuple[Any, ...]) -> float | None:
    return reading_of(data.columns[place][1], key).value


# --- what is missed, and what does not work --------------------------------------------------


def needs(data: TableData, review: Review, wording: Wording) -> Told:
    """Categories of the source's rows with what customers wrote, few as they may be."""
    (_, counts), (_, rates) = data.columns
    quotes = _quotes(data.rows, review)
    number = {leaf: reading_of(counts, (leaf,)).value or 0.0 for leaf in _leaves(data)}
    leaves = sorted(number, key=lambda leaf: (-number[leaf], leaf))
    columns = (
        heading("category", "text", wording),
        heading("complaints", "count", wording),
        heading("per_thousand", "score", wording),
        heading("quotes", "prose", wording),
        heading("owner", "prose", wording),
    )
    rows = tuple(
        (
            category_name(leaf, review, wording),
            number[leaf],
            reading_of(rates, (leaf,)).value,
            quotes.get(leaf) or None,
            word("owner", _owner(leaf, review), wording),
        )
        for leaf in leaves
    )
    table = Table(columns, rows)
    unmet, fed_back = data.whole
    notes = []
    if fed_back.n:
        slots = {
            "count": wording.locale.number(fed_back.n),
            "missing": wording.locale.number(fed_back.n - (fed_back.numerator or 0)),
            "share": wording.locale.share(fed_back.value or 0.0),
        }
        notes.append(text_of(data, "fed_back", wording, **slots))
    if not rows:
        return Told(text_of(data, "none", wording), None, table, tuple(notes))
    faults = sum(n for leaf, n in number.items() if not _is_need(leaf, review))
    headline = text_of(
        data,
        "headline",
        wording,
        needs=wording.locale.number(unmet.value or 0),
        faults=wording.locale.number(faults),
    )
    return Told(headline, table, table, tuple(notes))


def _owner(leaf: str, review: Review) -> str:
    found = review.categories.get(leaf)
    return found.owner if found else ""


def _is_need(leaf: str, review: Review) -> bool:
    found = review.categories.get(leaf)
    return found is not None and found.top == NEEDS


def _leaves(data: TableData) -> list[str]:
    return list(dict.fromkeys(str(row["leaf"]) for row in data.rows))


def _quotes(rows: Sequence[Mapping[str, Any]], review: Review) -> dict[str, Quotes]:
    """By category the first quotes of the rows that differ, those told by a phrase first."""
    found: dict[str, dict[str, str | None]] = {}
    for row in sorted(rows, key=lambda row: row["rule"] is None):
        said = found.setdefault(str(row["leaf"]), {})
        if row["quote"] and len(said) < EXAMPLES:
            said.setdefault(str(row["quote"]), row["rule"])
    return {
        leaf: tuple(one for text, rule in said.items() for one in quote(text, rule, review))
        for leaf, said in found.items()
    }


# --- what is new -----------------------------------------------------------------------------


def topics(data: TableData, review: Review, wording: Wording) -> Told:
    """What customers began to say, the surest first, with examples and the phrase to add."""
    columns = (
        heading("topic", "text", wording),
        heading("texts", "count", wording),
        heading("texts_before", "score", wording),
        heading("clauses", "prose", wording),
        heading("pattern", "code", wording),
        heading("likely", "prose", wording),
    )
    table = Table(
        columns,
        tuple(
            (
                str(row["title"]),
                float(row["texts"]),
                float(row["texts_before"] or 0.0),
                tuple(_clause(line, str(row["title"])) for line in _split_lines(row["clauses"])),
                row["pattern"],
                category_name(row["leaf"], review, wording) if row["leaf"] else None,
            )
            for row in data.rows
        ),
    )
    if not data.rows:
        return Told(text_of(data, "none", wording), None, table)
    first = data.rows[0]
    headline = wording.plural(
        f"chart.{data.spec.id}.headline",
        len(data.rows),
        title=first["title"],
        texts=wording.locale.number(first["texts"]),
        before=wording.locale.number(float(first["texts_before"] or 0.0), 1),
    )
    return Told(headline, table, table, (text_of(data, "adopt", wording),))


def _split_lines(told: str | None) -> list[str]:
    return [line for line in (told or "").split("\n") if line]


def _clause(line: str, title: str) -> Quote:
    begin = line.lower().find(title.lower())
    return Quote(line, (begin, begin + len(title)) if begin >= 0 else None)


# --- how far to trust it ---------------------------------------------------------------------


def trust(data: TableData, review: Review, wording: Wording) -> Told:
    """The shares that say how sure the labels are, by shop, and where they left their usual way."""
    told = split(data, review, wording)
    drifts = {
        str(row["shop_id"]): row for row in data.rows if row["week_on"] == review.period.monday
    }
    states = {shop: _drift(row) for shop, row in drifts.items()}
    notes = [
        text_of(
            data,
            "alert",
            wording,
            shop=shop,
            share=wording.locale.value(row["unclassified_share"], "share"),
            before=wording.locale.value(row["unclassified_share_before"], "share"),
            index=wording.locale.value(row["stability_index"], "score"),
            chance=wording.locale.value(row["stability_by_chance"], "score"),
        )
        for shop, row in drifts.items()
        if states[shop] == "alert"
    ]
    return replace(
        told,
        table=_with_drift(told.table, states, wording) if told.table else None,
        file=_with_drift(told.file, states, wording),
        notes=(*notes, *told.notes),
    )


def _drift(row: Mapping[str, Any]) -> str:
    return "alert" if row["is_alert"] else "steady" if row["has_enough"] else "few"


def _with_drift(table: Table, states: Mapping[str, str], wording: Wording) -> Table:
    rows = tuple(
        (*row, wording.text(f"drift.{states.get(str(row[0]), 'few')}")) for row in table.rows
    )
    return Table((*table.columns, heading("drift", "text", wording)), rows)
