"""What is proposed beside what people made of it: state, owner, due day, and whether it helped.

Proposals are computed, never stored. What people decide stands in improvements.yml of the
workspace and is theirs; a log says in which runs a proposal was found.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml

from aftersales import metrics as registry
from aftersales.calendars import events
from aftersales.errors import ConfigError
from aftersales.judgement import interrupted, proposals
from aftersales.judgement.effects import NONE, Cell
from aftersales.judgement.interrupted import Kind, Result, Span, Week
from aftersales.judgement.proposals import Proposal, Rule
from aftersales.metrics import Metric
from aftersales.reporting.readings import CLOCKS, data_days
from aftersales.settings import Settings
from aftersales.warehouse import publish
from aftersales.warehouse.connection import Connection, rows
from aftersales.warehouse.lock import cannot_write

State = Literal["open", "accepted", "doing", "done", "declined"]
STATES: tuple[State, ...] = ("open", "accepted", "doing", "done", "declined")
CLOSED = ("done", "declined")
DAYS = ("due", "started_on", "done_on", "decided_on")
LOG = "proposals.jsonl"
# An event longer than this is no exception but how things are, and nothing would be left to test.
LONGEST_EVENT = timedelta(days=28)
WEEK = timedelta(days=7)
Item = dict[str, Any]


@dataclass(frozen=True)
class Improvement:
    """A proposal, what people made of it, or both.

    Attributes:
        proposal: None where no rule finds it any more, or a person wrote it down.
        first_on: the day the numbers spoke of when it was first found; None: found just now.
        gone_since: the day of the first run that found it no longer.
        is_overdue: due and not done.
        result: of what is done: whether it helped.
    """

    key: str
    state: State
    owner: str
    due: date | None
    started_on: date | None
    done_on: date | None
    note: str | None
    decided_by: str | None
    decided_on: date | None
    proposal: Proposal | None
    title: Mapping[str, str]
    first_on: date | None
    gone_since: date | None
    is_overdue: bool
    result: Result | None

    def told(self) -> dict[str, Any]:
        """All of it in JSON's terms."""
        found = asdict(self)
        found["proposal"] = asdict(self.proposal) if self.proposal else None
        return found


def listed(
    con: Connection,
    settings: Settings,
    metrics: Mapping[str, Metric],
    *,
    until: date,
    today: date,
) -> list[Improvement]:
    """Everything proposed by what it is worth, then what people keep that is not found any more.

    Args:
        until: last day of the week reviewed.
        today: what is due before it is overdue.

    Raises:
        ConfigError: improvements.yml or the rules cannot be used.
    """
    items = {item["id"]: item for item in read(settings.improvements_file)}
    rules, found = _proposed(con, settings, metrics, until)
    seen = _log(settings)
    kept = [items[key] for key in items if key not in {one.key for one in found}]
    made = [_made(items.get(one.key, {"id": one.key}), one, seen, today) for one in found]
    made += [_made(item, None, seen, today) for item in kept]
    return [
        _tested(con, settings, metrics, rules, one, items.get(one.key, {}), until) for one in made
    ]


def _proposed(
    con: Connection, settings: Settings, metrics: Mapping[str, Metric], until: date
) -> tuple[proposals.Rules, list[proposals.Proposal]]:
    layers = settings.report_layers
    rules = proposals.load(layers)
    currency = settings.reporting_currency
    return rules, proposals.propose(con, metrics, rules, layers, until=until, currency=currency)


def current(settings: Settings, *, now: datetime) -> list[Improvement]:
    """As of what is published now; overdue by the reporting zone's day."""
    with publish.open_published(settings) as con:
        metrics = registry.load(settings.sql_layers)
        return listed(
            con, settings, metrics, until=last_week(con, metrics), today=_today(settings, now)
        )


def one_of(settings: Settings, key: str, *, now: datetime) -> Improvement:
    """One that is done, with what came of it.

    Raises:
        ConfigError: there is none of that id, or it is not done.
    """
    found = {one.key: one for one in current(settings, now=now)}
    if key not in found:
        raise _unknown(key, list(found))
    one = found[key]
    if one.done_on is None or one.state != "done":
        raise ConfigError(
            f"{key} is not done, so there is nothing to test",
            fix=f"once it is: aftersales improvements set {key} --done-on 2026-12-31",
        )
    if one.result is None:
        raise ConfigError(
            f"{key}: nothing says which numbers it is about",
            fix="add metric: to its entry, and where: if it is about a part of it",
            file=str(settings.improvements_file),
        )
    return one


def decide(settings: Settings, key: str, changes: Mapping[str, Any], *, now: datetime) -> Item:
    """Keep what people decided about one; see ``put``.

    Raises:
        ConfigError: nobody ever proposed it, and it is not in the file.
    """
    if not any(value is not None for value in changes.values()):
        raise ConfigError(
            "nothing is to be changed", fix="add --state, --owner, --due, --done-on or --note"
        )
    known = {str(item["id"]) for item in read(settings.improvements_file)}
    known |= {found for line in _log(settings) for found in line["found"]}
    if key not in known:
        known |= {one.key for one in current(settings, now=now)}
    if key not in known:
        raise _unknown(key, sorted(known))
    if changes.get("done_on") and not changes.get("state"):
        changes = {**changes, "state": "done"}
    return put(settings.improvements_file, key, changes, today=_today(settings, now))


def _today(settings: Settings, now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.reporting_zone)).date()


def _unknown(key: str, known: Sequence[str]) -> ConfigError:
    near = get_close_matches(key, known, n=1, cutoff=0.6)
    listing = "aftersales improvements lists them"
    return ConfigError(
        f"no improvement is called '{key}'",
        fix=f"use {near[0]}; {listing}" if near else listing,
    )


def last_week(con: Connection, metrics: Mapping[str, Metric]) -> date:
    """The last day of the last full week with data.

    Raises:
        ConfigError: there are no data.
    """
    days = data_days(con, metrics, CLOCKS)
    if days is None:
        raise ConfigError("there are no data to find anything in", fix="load exports first")
    as_of_on: date = rows(con, "select as_of_on from ref_run")[0][0]
    last = min(days[1], as_of_on)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _made(
    item: Item, proposal: Proposal | None, seen: Sequence[Mapping[str, Any]], today: date
) -> Improvement:
    key, state = item["id"], item.get("state", "open")
    first, gone = _seen(key, seen)
    own = {str(name): str(text) for name, text in (item.get("title") or {}).items()}
    title = proposal.title if proposal else own
    due = item.get("due")
    return Improvement(
        key=key,
        state=state,
        owner=item.get("owner") or (proposal.owner if proposal else ""),
        due=due,
        started_on=item.get("started_on"),
        done_on=item.get("done_on"),
        note=item.get("note"),
        decided_by=item.get("decided_by"),
        decided_on=item.get("decided_on"),
        proposal=proposal,
        title={language: title.get(language, key) for language in proposals.LANGUAGES},
        first_on=first,
        gone_since=None if proposal else gone,
        is_overdue=due is not None and due < today and state not in CLOSED,
        result=None,
    )


# --- when it was found -----------------------------------------------------------------------


def remember(
    con: Connection, settings: Settings, metrics: Mapping[str, Metric], run_id: str
) -> None:
    """Note which proposals a published run finds; once a run."""
    if any(line["run_id"] == run_id for line in _log(settings)):
        return
    try:
        until = last_week(con, metrics)
    except ConfigError:
        return  # nothing to speak of yet
    _, found = _proposed(con, settings, metrics, until)
    (as_of_on,) = rows(con, "select as_of_on from ref_run")[0]
    line = {"run_id": run_id, "on": str(as_of_on), "found": [one.key for one in found]}
    path = settings.runs / LOG
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(path, error) from error


def _log(settings: Settings) -> list[dict[str, Any]]:
    """The runs by their day; a line torn by a crash is left out."""
    path = settings.runs / LOG
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            told = json.loads(line)
            found.append({**told, "on": date.fromisoformat(told["on"])})
        except (ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda line: (line["on"], line["run_id"]))


def _seen(key: str, log: Sequence[Mapping[str, Any]]) -> tuple[date | None, date | None]:
    """When it was first found, and since when no longer."""
    places = [place for place, line in enumerate(log) if key in line["found"]]
    if not places:
        return None, None
    after = log[places[-1] + 1 :]
    return log[places[0]]["on"], after[0]["on"] if after else None


# --- whether it helped -----------------------------------------------------------------------


def _tested(
    con: Connection,
    settings: Settings,
    metrics: Mapping[str, Metric],
    rules: proposals.Rules,
    one: Improvement,
    item: Item,
    until: date,
) -> Improvement:
    if one.state != "done" or one.done_on is None:
        return one
    result = test(con, metrics, rules, one.key, item, one.done_on, until)
    return Improvement(**{**vars(one), "result": result})


def test(
    con: Connection,
    metrics: Mapping[str, Metric],
    rules: proposals.Rules,
    key: str,
    item: Item,
    done_on: date,
    until: date,
) -> Result | None:
    """Before and after; None where nothing says which series it is about.

    Args:
        item: of a person's own item ``metric`` and ``where`` say it; else the rule that found it.
    """
    name, _, subject = key.partition(":")
    rule = rules.get(name)
    if rule is not None:
        parts = tuple(subject.split(proposals.JOINER))
        kind: Kind = "count" if rule.per and not rule.per.is_whole else "share"
        own, others = _series(con, metrics, rule, parts, until)
        good: Literal["higher", "lower"] = "lower"  # the series is of what should not be
        where = dict(zip(rule.by, parts, strict=False))
    elif item.get("metric") in metrics:
        metric = metrics[item["metric"]]
        kind, own = _own_series(con, metric, item.get("where") or {}, until)
        others, where = [], {str(k): str(v) for k, v in (item.get("where") or {}).items()}
        good = "higher" if metric.good == "higher" else "lower"
    else:
        return None
    aside = _aside(con, where.get("shop_id"))
    return interrupted.test(own, done_on, kind=kind, good=good, aside=aside, others=others)


def _series(
    con: Connection,
    metrics: Mapping[str, Metric],
    rule: Rule,
    parts: proposals.Key,
    until: date,
) -> tuple[list[Week], list[Week]]:
    """The group week by week, and all others of its kind where they were left as they are."""
    cells = proposals.cells(con, metrics, rule, (date.min + WEEK, until), weekly=True)
    mondays = sorted({week for _, week in cells if week})[1:]  # the first one may be cut
    own = {week: cells.get((parts, week), NONE) for week in mondays}
    if rule.kind == "limit" and len(rule.by) == 1 and rule.by[0] == "rule_id":
        return _weeks(own), []  # other rules are another matter
    rest: dict[date, Cell] = {}
    for (key, week), cell in cells.items():
        if key != parts and week in own:
            before = rest.get(week, NONE)
            shares_exposure = rule.per is not None and not rule.per.by
            of = cell.of if shares_exposure else before.of + cell.of
            rest[week] = Cell(before.bad + cell.bad, of)
    return _weeks(own), _weeks(rest)


def _weeks(cells: Mapping[date, Cell]) -> list[Week]:
    return [Week(week, cell.bad, cell.of) for week, cell in cells.items() if cell.of]


def _own_series(
    con: Connection, metric: Metric, where: Mapping[str, Any], until: date
) -> tuple[Kind, list[Week]]:
    kind: Kind = {"share": "share", "quantile": "median"}.get(metric.kind, "count")  # type: ignore[assignment]
    found = registry.query(con, metric, ["week"], until=until, where=where)[1:]
    weeks = []
    for row in found:
        if row["value"] is None or (kind == "median" and row["value"] <= 0):
            continue
        value = float(row["numerator"] if kind == "share" else row["value"])
        weeks.append(Week(row["week"], value, float(row["denominator"] or 1)))
    return kind, weeks


def _aside(con: Connection, shop: str | None) -> list[Span]:
    """Days of known events, of the shop if it is about one."""
    return [
        (event.first_on, event.last_on)
        for event in events.read(con)
        if event.kind != events.MAKE_UP
        and event.last_on - event.first_on < LONGEST_EVENT
        and (shop is None or not event.shops or shop in event.shops)
    ]


# --- what people keep ------------------------------------------------------------------------


def read(path: Path) -> list[Item]:
    """The entries of improvements.yml; none where there is no file.

    Raises:
        ConfigError: it is not a list of entries with an id, or a state or day is none.
    """
    if not path.is_file():
        return []
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"it is not YAML: {str(error).splitlines()[0]}",
            fix="correct it, or take the last change back",
            file=str(path),
        ) from error
    if told is None:
        return []
    if not isinstance(told, list) or not all(isinstance(one, dict) and "id" in one for one in told):
        raise ConfigError(
            "it is no list of entries with an id",
            fix="write each as: - {id: exchange_sku:QY-KT-01, state: open}",
            file=str(path),
        )
    items = [{str(name): value for name, value in one.items()} for one in told]
    items = [{**item, "id": str(item["id"])} for item in items]
    for item in items:
        _check(item, path)
    names = [str(item["id"]) for item in items]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ConfigError(
            f"'{twice}' stands in it twice", fix="keep one of the entries", file=str(path)
        )
    return items


def _check(item: Item, path: Path) -> None:
    state = item.get("state", "open")
    if state not in STATES:
        raise ConfigError(
            f"{item['id']}: '{state}' is no state",
            fix=f"use one of: {', '.join(STATES)}",
            file=str(path),
        )
    for name in DAYS:
        value = item.get(name)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise ConfigError(
                f"{item['id']}: {name} '{value}' is no day",
                fix="write it like 2026-12-31",
                file=str(path),
            )


def put(path: Path, key: str, changes: Mapping[str, Any], *, today: date) -> Item:
    """Write changes of one entry, and leave every other line, key and comment as it is.

    What a state says by itself is filled in where nobody wrote it: the day it was decided, begun
    or done.

    Raises:
        ConfigError: a state or day is none, or the file cannot be read or written.
    """
    items = {item["id"]: item for item in read(path)}
    before = items.get(key, {"id": key, "state": "open"})
    changed = {name: value for name, value in changes.items() if value is not None}
    state = changed.get("state", before.get("state", "open"))
    dated = {"accepted": "decided_on", "declined": "decided_on", "doing": "started_on"}
    for name, day in {**dated, "done": "done_on"}.items():
        if changed.get("state") == name and not before.get(day):
            changed.setdefault(day, today)
    after = {**before, "state": state, **changed}
    _check(after, path)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    news = {name: value for name, value in after.items() if items.get(key, {}).get(name) != value}
    edited = _edited(text, key, news) if key in items else _appended(text, after)
    if _parsed(edited).get(key) != after:
        raise ConfigError(
            f"{key}: the entry is written in a way that cannot be changed line by line",
            fix="write it over several lines, one key a line, or change it by hand",
            file=str(path),
        )
    _write(path, edited)
    return after


def _parsed(text: str) -> dict[str, Item]:
    try:
        return {str(item["id"]): item for item in yaml.safe_load(text) or []}
    except (yaml.YAMLError, TypeError, KeyError):
        return {}


def _appended(text: str, item: Item) -> str:
    told = yaml.safe_dump([item], allow_unicode=True, sort_keys=False, width=1000)
    if not _parsed(text):
        # an empty list, written as [], would stand in the way of the first entry
        text = "\n".join(line for line in text.splitlines() if line.strip() != "[]")
    return f"{text.rstrip()}\n{told}" if text.strip() else told


def _edited(text: str, key: str, news: Mapping[str, Any]) -> str:
    """The text with the values of one entry changed in place, new keys at its end."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    entry = next(
        node
        for node in root.value
        if any(name.value == "id" and value.value == key for name, value in node.value)
    )
    there = {name.value: value for name, value in entry.value}
    edits = [
        (there[name].start_mark.index, there[name].end_mark.index, _scalar(value))
        for name, value in news.items()
        if name in there
    ]
    fresh = [(name, value) for name, value in news.items() if name not in there]
    first, last = entry.value[0][0], entry.value[-1][1]
    end = last.end_mark.index
    if entry.flow_style:
        added = "".join(f", {name}: {_scalar(value)}" for name, value in fresh)
    else:
        indent = "\n" + " " * first.start_mark.column
        added = "".join(f"{indent}{name}: {_scalar(value)}" for name, value in fresh)
        if last.style in ("|", ">"):  # such a text ends with its line
            added = added.removeprefix("\n") + "\n" if added else ""
    if added and not any(stop > end for _, stop, _ in edits):
        line_end = text.find("\n", end) if not entry.flow_style and last.style is None else end
        end = len(text) if line_end < 0 else line_end  # behind a comment at the end of the line
    edits.append((end, end, added))
    for begin, stop, told in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:begin] + told + text[stop:]
    return text if text.endswith("\n") else f"{text}\n"


def _scalar(value: Any) -> str:
    """A value as YAML writes it on one line."""
    told: str = yaml.safe_dump(value, allow_unicode=True, width=10_000, default_style=None)
    return told.removesuffix("\n").removesuffix("\n...").strip()


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        if path.is_file():
            beside.chmod(path.stat().st_mode & 0o777)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
