"""The one place that reads aftersales.toml, the environment and paths."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aftersales.errors import ConfigError

FILE_NAME = "aftersales.toml"
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PACKAGE = Path(__file__).resolve().parent

TEMPLATE = """\
# aftersales: this file makes its folder a workspace. Every line is optional;
# what is commented out shows the default.

# reporting_zone = "Asia/Shanghai"    # days, weeks and hours in reports
# reporting_currency = "CNY"
# languages = ["zh", "en"]            # of the pages; the first is the front page
# archive_days = 400                  # how long delivered files are kept
# quarantine_share = 0.01             # unreadable rows in a file beyond this share refuse the file
# memory_limit = "2GB"                # for DuckDB
# threads = 2
# full_window = ["taobao_refund"]     # formats whose every export lists all rows of its days:
#                                     # what a newer one lacks is taken as deleted at the source
# desk_schedule = "in_force"          # of a ticket that several schedules held for in turn: each
#                                     # while it was in force, or the "last" for all of it
# waiting_days = 3                    # a chat nobody answered for longer is not waited for any more
# mature_days = 30                    # an order is looked back on as whole when so many days have
#                                     # passed: the claim days and what a case takes
# site_mode = "0644"                  # file mode of the rendered pages; all other state is 0600

# A shop's own facts; the name is the folder under data/inbox/.
# [shops.flagship]
# title = "旗舰店"
# zone = "Asia/Shanghai"              # the zone its exports are written in
# currency = "CNY"                    # of money in files that do not say it
# platform = "taobao"                 # where a chat or ticket file does not say it

# What you aim for, from which day on, and who says so; a week is held against what was aimed for on
# its Monday. A share is 0.8, a time is "3 min".
# [[target]]
# metric = "first_response_within_3min"
# value = 0.8
# from = 2026-01-01
# set_by = "运营部 李"
# reason = "双11前"               # may be left out
# shop = "flagship"              # may be left out: all shops together

# What was always aimed for, whoever set it; a [[target]] takes its place from its day on.
# [targets]
# first_response_within_3min = 0.8

# What you promise, and from which day on; of several the one that names the most counts. measure
# is one of first_response, next_reply, first_resolution, full_resolution, requester_wait.
# [[sla]]
# measure = "first_response"
# within = "3 min"               # s, min, h or d
# working = false                # only working hours count
# from = 2026-01-01              # for what begins from then on
# shop = "flagship"              # each of shop, team, kind (chat, ticket, call), channel and
# kind = "chat"                  # priority may be left out: any

# Days that are not judged, both inclusive.
# [[exempt]]
# from = 2026-02-16
# until = 2026-02-23
# reason = "春节"

# What a control rule goes by here; docs/rules.md lists the rules and what each goes by.
# [[rule]]
# rule = "EX-03"
# set = { window_days = 7 }
# platform = "taobao"            # each of platform, shop and from may be left out: any, always
# shop = "flagship"
# from = 2026-01-01              # for what happens from then on

# When which export has to be there, in the reporting zone: daily, weekly mon, monthly 1 (to 28).
# A run without it still publishes, says what is missing and ends with exit code 5.
# [expect]
# taobao_refund = "daily 09:00"                  # of every shop that ever sent one
# "flagship.taobao_order" = "weekly mon 09:00"   # of this shop

# Whose working hours are which: "day" is calendars/day.yml. Without a calendar a shop has no
# working time. How to write one, and whose holidays it keeps: docs/working-time.md.
# [calendars]
# default = "day"                # of shops without one of their own
# flagship = "day"
# "flagship.夜班" = "night"      # of this team of the shop
"""
DEMO = """
is_demo = true                        # every page says sample data

[[target]]
metric = "first_response_within_3min"
value = 0.8
from = 2026-01-01
set_by = "运营部 李"

[shops.flagship]
platform = "taobao"

[shops.outlet]
platform = "taobao"

[shops.us]
zone = "America/New_York"
currency = "USD"
platform = "shopify"

[calendars]
default = "day"
us = "us"
"""
# The sample's people answer round the clock; what its shops promise is these hours.
DEMO_CALENDARS = {
    "day": """\
title: 客服 9 点到 23 点
zone: Asia/Shanghai
holidays: CN
hours:
  - weekly: {mon-sun: ["09:00-23:00"]}
""",
    "us": """\
title: Office hours, New York
zone: America/New_York
holidays: US
hours:
  - weekly: {mon-fri: ["09:00-17:00"]}
""",
}


@dataclass(frozen=True)
class Shop:
    """What the workspace says about one shop."""

    title: str | None = None
    zone: str | None = None
    currency: str | None = None
    platform: str | None = None


@dataclass(frozen=True)
class Expectation:
    """When an export has to be there.

    Attributes:
        shop_id: whose; None: of every shop that ever sent one.
        every: how far apart the deadlines are.
        day: of the week (0 is Monday) or of the month; 0 for a daily one.
        at: the time of day, in the reporting zone.
    """

    format: str
    shop_id: str | None
    every: Literal["daily", "weekly", "monthly"]
    day: int
    at: time


@dataclass(frozen=True)
class CalendarOf:
    """Whose working hours are which.

    Attributes:
        shop_id: whose; None: of every shop without one of its own.
        team: of which of the shop's teams; None: of any without one of its own.
    """

    shop_id: str | None
    team: str | None
    calendar_id: str


@dataclass(frozen=True)
class Promise:
    """A target of service, and what it is for; None: of any.

    Attributes:
        measure: one of MEASURES.
        seconds: within which it is to be done.
        is_working: only working hours count.
        since: the first local day of what it is for.
    """

    measure: str
    seconds: float
    is_working: bool
    since: date
    shop: str | None
    team: str | None
    kind: str | None
    channel: str | None
    priority: str | None

    @property
    def subject(self) -> str:
        """What is promised to whom, whenever: first_response:shop=flagship:kind=chat."""
        whom = ((name, getattr(self, name)) for name in _FOR)
        return ":".join((self.measure, *(f"{name}={value}" for name, value in whom if value)))


@dataclass(frozen=True)
class Target:
    """What is aimed for, and who said so.

    Attributes:
        value: in the metric's unit; a time in seconds.
        is_time: written as a time, such as "3 min".
        since: the first local day it holds for; None: always.
        set_by: who set it; None where nobody wrote it down.
        shop: of which shop; None: of all together.
    """

    metric: str
    value: float
    is_time: bool = False
    since: date | None = None
    set_by: str | None = None
    reason: str | None = None
    shop: str | None = None


@dataclass(frozen=True)
class Exemption:
    """Local days, both inclusive, whose promises are not judged, with the reason shown."""

    since: date
    until: date
    reason: str
    shop: str | None


@dataclass(frozen=True)
class RuleChange:
    """What a control rule goes by here instead of what is packaged; None: of any, always.

    Attributes:
        values: by parameter: a number, a text, or texts.
        since: the first local day it holds for.
    """

    rule_id: str
    values: dict[str, float | str | list[str]]
    platform: str | None
    shop: str | None
    since: date | None


@dataclass(frozen=True)
class Settings:
    """A workspace: where everything is, and what its owner chose."""

    home: Path
    reporting_zone: str = "Asia/Shanghai"
    reporting_currency: str = "CNY"
    languages: tuple[str, ...] = ("zh", "en")
    archive_days: int = 400
    quarantine_share: float = 0.01
    memory_limit: str = "2GB"
    threads: int = 2
    waiting_days: int = 3
    mature_days: int = 30
    desk_schedule: str = "in_force"
    site_mode: int = 0o644
    is_demo: bool = False
    full_window: tuple[str, ...] = ()
    shops: dict[str, Shop] = field(default_factory=dict)
    targets: dict[str, float] = field(default_factory=dict)
    dated_targets: tuple[Target, ...] = ()
    expect: tuple[Expectation, ...] = ()
    sla: tuple[Promise, ...] = ()
    exempt: tuple[Exemption, ...] = ()
    rule: tuple[RuleChange, ...] = ()
    calendars: tuple[CalendarOf, ...] = ()

    @property
    def data(self) -> Path:
        """Local state; nothing in it is ever tracked."""
        return self.home / "data"

    @property
    def inbox(self) -> Path:
        """Where exports are dropped; a subfolder names the shop."""
        return self.data / "inbox"

    @property
    def archive(self) -> Path:
        """Delivered files by content hash."""
        return self.data / "archive"

    @property
    def warehouse(self) -> Path:
        """The writer's database."""
        return self.data / "warehouse" / "warehouse.duckdb"

    @property
    def staging(self) -> Path:
        """Where ingest lays a decoded file for DuckDB to read; empty between files."""
        return self.data / "warehouse" / "incoming"

    @property
    def published(self) -> Path:
        """One folder a published run, and the link ``current``."""
        return self.data / "published"

    @property
    def runs(self) -> Path:
        """The append-only ledger and what a run leaves for the next one."""
        return self.data / "runs"

    @property
    def improvements_file(self) -> Path:
        """What people decided on what was proposed; theirs, no command removes a line."""
        return self.home / "improvements.yml"

    @property
    def key(self) -> Path:
        """The key of the pseudonyms; made at the first run, 0600."""
        return self.data / "key"

    @property
    def site(self) -> Path:
        """The rendered pages."""
        return self.home / "reports" / "_site"

    @property
    def phrase_cache(self) -> Path:
        """Compiled phrases of complaints; can be thrown away at any time."""
        return self.warehouse.parent / "phrases"

    @property
    def calendar_files(self) -> Path:
        """Working hours, a file a calendar, and the years of holidays stated beside them."""
        return self.home / "calendars"

    @property
    def sql_layers(self) -> tuple[Path, ...]:
        """Folders of SQL and YAML, the packaged one first; a later layer wins by file name."""
        return _layers(packaged("sql"), self.home / "sql")

    @property
    def report_layers(self) -> tuple[Path, ...]:
        """Folders of report sources, the packaged one first."""
        return _layers(packaged("reports"), self.home / "reports")

    def target(self, metric: str, on: date, shop: str | None = None) -> Target | None:
        """What is aimed for on a local day; a shop's own before that of all together."""
        for whose in dict.fromkeys((shop, None)):
            found = [each for each in self.targets_of(metric) if each.shop == whose]
            held = [each for each in found if each.since is None or each.since <= on]
            if held:
                return held[-1]
        return None

    def targets_of(self, metric: str) -> list[Target]:
        """All that was ever aimed for, the oldest first."""
        always = [Target(metric, self.targets[metric])] if metric in self.targets else []
        dated = [each for each in self.dated_targets if each.metric == metric]
        return always + sorted(dated, key=lambda each: (each.since or date.min, each.shop or ""))

    def shop_zone(self, shop_id: str) -> str | None:
        """The zone the workspace gives a shop's exports, if it does."""
        shop = self.shops.get(shop_id)
        return shop.zone if shop else None


def _layers(base: Path, own: Path) -> tuple[Path, ...]:
    """The packaged folder, and the workspace's own where it is another one."""
    return (base, own) if own.is_dir() and own.resolve() != base.resolve() else (base,)


def packaged(name: str) -> Path:
    """``sql``, ``reports`` or ``DECISIONS.md`` as installed.

    In a wheel it is inside the package, in a checkout at the root.
    """
    inside = PACKAGE / name
    return inside if inside.exists() else PACKAGE.parents[1] / name


def layered_files(layers: tuple[Path, ...], folder: str, pattern: str) -> dict[str, Path]:
    """Files of ``folder`` over all layers by stem, sorted; a later layer's file wins."""
    found: dict[str, Path] = {}
    for layer in layers:
        for path in sorted((layer / folder).rglob(pattern)):
            found[path.stem] = path
    return dict(sorted(found.items()))


def browser() -> str | None:
    """The Chromium on PATH; None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def find_home(explicit: Path | None = None, *, start: Path | None = None) -> Path:
    """The workspace: the one named, else AFTERSALES_HOME, else the nearest folder upwards.

    A named one is made if it is not there.

    Raises:
        ConfigError: none is named and no folder upwards holds aftersales.toml.
    """
    named = explicit or (
        Path(os.environ["AFTERSALES_HOME"]) if os.environ.get("AFTERSALES_HOME") else None
    )
    if named is not None:
        home = named.expanduser().resolve()
        if not (home / FILE_NAME).is_file():
            init(home)
        return home
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise ConfigError(
        f"no workspace: neither {here} nor a folder above it holds {FILE_NAME}",
        fix="make one here with: aftersales init; or name one with: aftersales --home DIR COMMAND",
    )


def init(home: Path, *, extra: str = "") -> bool:
    """Make ``home`` a workspace. Returns False where it was one already.

    Args:
        extra: settings after the template; those of the demo bring their calendars along.

    Raises:
        ConfigError: the folder cannot be written.
    """
    file = home / FILE_NAME
    if file.is_file():
        return False
    try:
        (home / "data" / "inbox").mkdir(parents=True, exist_ok=True)
        for name, text in DEMO_CALENDARS.items() if DEMO in extra else ():
            (home / "calendars").mkdir(exist_ok=True)
            (home / "calendars" / f"{name}.yml").write_text(text, encoding="utf-8")
        file.write_text(TEMPLATE + extra, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"the workspace cannot be made: {error.strerror or error}",
            fix="choose a folder you may write to: aftersales --home DIR init",
            file=str(home),
        ) from error
    return True


def load(home: Path) -> Settings:
    """Read a workspace's settings.

    Raises:
        ConfigError: the file is not TOML, or holds a key or value nobody knows.
    """
    file = home / FILE_NAME
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"not valid TOML: {error}", fix="correct that line", file=str(file)
        ) from error
    return _settings(home, told, str(file))


def _settings(home: Path, told: dict[str, Any], file: str) -> Settings:
    known = sorted({f.name for f in fields(Settings)} - {"home", "dated_targets"} | {"target"})
    unknown = sorted(set(told) - set(known))
    if unknown:
        raise ConfigError(
            f"unknown setting '{unknown[0]}'",
            fix=f"remove it, or use one of: {', '.join(known)}",
            file=file,
        )
    for name, value in told.items():
        holds, example = RULES[name]
        if not holds(value):
            raise ConfigError(f"{name} cannot be {value!r}", fix=f"write: {example}", file=file)
    values = dict(told)
    for name in ("languages", "full_window"):
        if name in told:
            values[name] = tuple(told[name])
    if "site_mode" in told:
        values["site_mode"] = int(str(told["site_mode"]), 8)
    values["shops"] = {
        shop: _shop(facts, f"shops.{shop}", file) for shop, facts in told.get("shops", {}).items()
    }
    values["targets"] = {name: float(value) for name, value in told.get("targets", {}).items()}
    values["dated_targets"] = tuple(_targets(values.pop("target", []), file))
    values["expect"] = tuple(
        _expectation(name, when, file) for name, when in _flat(told.get("expect", {}))
    )
    values["calendars"] = tuple(_calendars(told.get("calendars", {}), values["shops"], file))
    values["sla"] = tuple(_promises(told.get("sla", []), file))
    values["exempt"] = tuple(_exemption(each, file) for each in told.get("exempt", []))
    values["rule"] = tuple(_rule_changes(told.get("rule", []), file))
    return Settings(home=home, **values)


def _shop(facts: Any, where: str, file: str) -> Shop:
    known = ("title", "zone", "currency", "platform")
    if (
        not isinstance(facts, dict)
        or set(facts) - set(known)
        or not all(isinstance(value, str) for value in facts.values())
    ):
        raise ConfigError(
            f"[{where}] may hold only: {', '.join(known)}, each a text",
            fix="correct it or remove the rest",
            file=file,
        )
    if "zone" in facts and not is_zone(facts["zone"]):
        raise ConfigError(
            f"[{where}] has an unknown zone {facts['zone']!r}",
            fix="use an IANA name such as Asia/Shanghai",
            file=file,
        )
    return Shop(**facts)


MEASURES = (
    "first_response",
    "next_reply",
    "first_resolution",
    "full_resolution",
    "requester_wait",
)
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_WITHIN = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|h|d)")
_FOR = ("shop", "team", "kind", "channel", "priority")


def _promises(told: list[Any], file: str) -> Iterator[Promise]:
    seen: set[tuple[str, date]] = set()
    for each in told:
        promise = _promise(each, file)
        if (promise.subject, promise.since) in seen:
            raise ConfigError(
                f"[[sla]] promises {promise.subject} twice from {promise.since} on",
                fix="leave one of the two, or give one a later day",
                file=file,
            )
        seen.add((promise.subject, promise.since))
        yield promise


def _promise(told: Any, file: str) -> Promise:
    _check_keys("sla", told, ("measure", "within", "from"), ("working", *_FOR), file)
    match = _WITHIN.fullmatch(str(told["within"]))
    working = told.get("working", False)
    kind = told.get("kind")
    for holds, what, fix in (
        (told["measure"] in MEASURES, "measure", f"use one of: {', '.join(MEASURES)}"),
        (match is not None, "within", 'write "180 s", "3 min", "8 h" or "2 d"'),
        (_is_day(told["from"]), "from", "write a day without quotes: from = 2026-01-01"),
        (isinstance(working, bool), "working", "write true or false"),
        # a day is 24 hours; how many of them are worked is for the calendar to say
        (not working or match is None or match[2] != "d", "within", "give working time in hours"),
        (kind in (None, "chat", "ticket", "call"), "kind", "use one of: chat, ticket, call"),
        (all(isinstance(told.get(name, ""), str) for name in _FOR), "shop", "write texts"),
    ):
        if not holds:
            raise ConfigError(f"[[sla]] {what} cannot be {told.get(what)!r}", fix=fix, file=file)
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    priority = told.get("priority")
    return Promise(
        measure=told["measure"],
        seconds=seconds,
        is_working=working,
        since=told["from"],
        shop=told.get("shop"),
        team=told.get("team"),
        kind=kind,
        channel=told.get("channel"),
        priority=priority.lower() if priority else None,
    )


def _targets(told: list[Any], file: str) -> Iterator[Target]:
    seen: set[tuple[Any, ...]] = set()
    for each in told:
        target = _target(each, file)
        place = (target.metric, target.shop, target.since)
        if place in seen:
            raise ConfigError(
                f"[[target]] aims {target.metric} twice from {target.since} on",
                fix="leave one of the two, or give one a later day",
                file=file,
            )
        seen.add(place)
        yield target


def _target(told: Any, file: str) -> Target:
    _check_keys("target", told, ("metric", "value", "from", "set_by"), ("reason", "shop"), file)
    value = told["value"]
    time_told = _WITHIN.fullmatch(value) if isinstance(value, str) else None
    for holds, what, fix in (
        (isinstance(told["metric"], str), "metric", 'write: metric = "return_rate"'),
        (
            time_told is not None or (_is_number(value, (int, float)) and value >= 0),
            "value",
            'write a number such as 0.8, or a time such as "3 min"',
        ),
        (_is_day(told["from"]), "from", "write a day without quotes: from = 2026-01-01"),
        (
            isinstance(told["set_by"], str) and bool(told["set_by"].strip()),
            "set_by",
            'name who set it: set_by = "运营部 李"',
        ),
        (isinstance(told.get("reason", ""), str), "reason", "write a text"),
        (isinstance(told.get("shop", ""), str), "shop", "write a text"),
    ):
        if not holds:
            raise ConfigError(f"[[target]] {what} cannot be {told.get(what)!r}", fix=fix, file=file)
    return Target(
        metric=told["metric"],
        value=float(time_told[1]) * _UNITS[time_told[2]] if time_told else float(value),
        is_time=time_told is not None,
        since=told["from"],
        set_by=told["set_by"].strip(),
        reason=told.get("reason"),
        shop=told.get("shop"),
    )


def _exemption(told: Any, file: str) -> Exemption:
    _check_keys("exempt", told, ("from", "until", "reason"), ("shop",), file)
    if not (_is_day(told["from"]) and _is_day(told["until"]) and told["from"] <= told["until"]):
        raise ConfigError(
            f"[[exempt]] cannot be from {told['from']!r} until {told['until']!r}",
            fix="write two days without quotes, the earlier first: from = 2026-02-16",
            file=file,
        )
    return Exemption(told["from"], told["until"], str(told["reason"]), told.get("shop"))


def _rule_changes(told: list[Any], file: str) -> Iterator[RuleChange]:
    seen: set[tuple[Any, ...]] = set()
    for each in told:
        change = _rule_change(each, file)
        for name in change.values:
            place = (change.rule_id, name, change.platform, change.shop, change.since)
            if place in seen:
                raise ConfigError(
                    f"[[rule]] {change.rule_id} sets {name} twice for the same",
                    fix="leave one of the two, or give one a later day",
                    file=file,
                )
            seen.add(place)
        yield change


def _rule_change(told: Any, file: str) -> RuleChange:
    _check_keys("rule", told, ("rule", "set"), ("platform", "shop", "from"), file)
    texts = all(isinstance(told.get(name, ""), str) for name in ("rule", "platform", "shop"))
    values = told["set"]
    for holds, what, fix in (
        (texts, "rule", 'write texts: rule = "EX-03", platform = "taobao", shop = "flagship"'),
        (isinstance(values, dict) and bool(values), "set", "write: set = { window_days = 7 }"),
        (
            "from" not in told or _is_day(told["from"]),
            "from",
            "write a day without quotes: from = 2026-01-01",
        ),
    ):
        if not holds:
            raise ConfigError(f"[[rule]] {what} cannot be {told.get(what)!r}", fix=fix, file=file)
    return RuleChange(
        told["rule"].upper(), values, told.get("platform"), told.get("shop"), told.get("from")
    )


def _check_keys(
    where: str, told: Any, needed: tuple[str, ...], allowed: tuple[str, ...], file: str
) -> None:
    given = set(told) if isinstance(told, dict) else set()
    if missing := [name for name in needed if name not in given]:
        raise ConfigError(
            f"[[{where}]] lacks {missing[0]}",
            fix=f"give each of: {', '.join(needed)}",
            file=file,
        )
    if unknown := sorted(given - {*needed, *allowed}):
        raise ConfigError(
            f"[[{where}]] has an unknown key '{unknown[0]}'",
            fix=f"use only: {', '.join((*needed, *allowed))}",
            file=file,
        )


def _is_day(value: Any) -> bool:
    """A TOML date; a date with a time is another thing."""
    return isinstance(value, date) and not isinstance(value, datetime)


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHEN = re.compile(
    rf"(?:(daily)|(weekly) ({'|'.join(WEEKDAYS)})|(monthly) ([1-9]|1\d|2[0-8]))"
    r" ([01]\d|2[0-3]):([0-5]\d)"
)


def _flat(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """``shop.format`` without quotes is a table in a table to TOML, and the same to a person."""
    for name, value in told.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", each) for inner, each in value.items())
        else:
            yield name, value


def _expectation(name: str, when: Any, file: str) -> Expectation:
    """``"shop.format" = "weekly mon 09:00"``; a format's name holds no dot, a shop's may."""
    match = _WHEN.fullmatch(when) if isinstance(when, str) else None
    if match is None:
        raise ConfigError(
            f"[expect] {name} cannot be {when!r}",
            fix='write "daily 09:00", "weekly mon 09:00" or "monthly 1 09:00" (days 1 to 28)',
            file=file,
        )
    daily, weekly, weekday, _, day, hour, minute = match.groups()
    shop, _, form = name.rpartition(".")
    at = time(int(hour), int(minute))
    if daily:
        return Expectation(form, shop or None, "daily", 0, at)
    if weekly:
        return Expectation(form, shop or None, "weekly", WEEKDAYS.index(weekday), at)
    return Expectation(form, shop or None, "monthly", int(day), at)


def _calendars(told: dict[str, Any], shops: dict[str, Shop], file: str) -> Iterator[CalendarOf]:
    """``"shop.team" = "night"``: the shop is one named under [shops], else all before a dot."""
    for name, calendar in _flat(told):
        if not isinstance(calendar, str) or not re.fullmatch(r"[\w-]+", calendar):
            raise ConfigError(
                f"[calendars] {name} cannot be {calendar!r}",
                fix='write "day" for calendars/day.yml',
                file=file,
            )
        declared = [shop for shop in shops if name == shop or name.startswith(f"{shop}.")]
        shop = max(declared, key=len, default=name.partition(".")[0])
        team = name[len(shop) + 1 :] or None
        if shop == "default" and team:
            raise ConfigError(
                f"[calendars] {name}: default is of every shop and team",
                fix=f'name the shop: "flagship.{team}" = "{calendar}"',
                file=file,
            )
        yield CalendarOf(None if shop == "default" else shop, team, calendar)


def is_zone(value: Any) -> bool:
    """Whether it is the IANA name of a time zone."""
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _is_number(value: Any, kinds: type | tuple[type, ...] = int) -> bool:
    """A number; TOML's true is an int to Python, and none to a person."""
    return isinstance(value, kinds) and not isinstance(value, bool)


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: bool(re.fullmatch(pattern, str(value)))


_LANGUAGES = (["zh"], ["en"], ["en", "zh"])
# What each setting may hold, and how to write it.
RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "reporting_zone": (is_zone, 'reporting_zone = "Asia/Shanghai"'),
    "reporting_currency": (_matches("[A-Z]{3}"), 'reporting_currency = "CNY"'),
    "languages": (
        lambda value: isinstance(value, list) and sorted(map(str, value)) in _LANGUAGES,
        'languages = ["zh", "en"]',
    ),
    "archive_days": (lambda value: _is_number(value) and value > 0, "archive_days = 400"),
    "quarantine_share": (
        lambda value: _is_number(value, (int, float)) and 0 <= value <= 1,
        "quarantine_share = 0.01",
    ),
    "memory_limit": (_matches(r"[1-9]\d*(\.\d+)? ?[KMGT]i?B"), 'memory_limit = "2GB"'),
    "desk_schedule": (_matches("in_force|last"), 'desk_schedule = "last"'),
    "waiting_days": (lambda value: _is_number(value) and value > 0, "waiting_days = 3"),
    "mature_days": (lambda value: _is_number(value) and value > 0, "mature_days = 30"),
    "sla": (lambda value: isinstance(value, list), '[[sla]] and below it measure = "…"'),
    "exempt": (lambda value: isinstance(value, list), "[[exempt]] and below it from = …"),
    "target": (lambda value: isinstance(value, list), '[[target]] and below it metric = "…"'),
    "rule": (lambda value: isinstance(value, list), '[[rule]] and below it rule = "EX-03"'),
    "threads": (lambda value: _is_number(value) and value > 0, "threads = 2"),
    "site_mode": (_matches("0?[0-7]{3}"), 'site_mode = "0644"'),
    "is_demo": (lambda value: isinstance(value, bool), "is_demo = true"),
    "full_window": (
        lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
        'full_window = ["taobao_refund"]',
    ),
    "shops": (lambda value: isinstance(value, dict), '[shops.flagship] and below it title = "…"'),
    "expect": (
        lambda value: isinstance(value, dict),
        '[expect] and below it taobao_refund = "daily 09:00"',
    ),
    "calendars": (
        lambda value: isinstance(value, dict),
        '[calendars] and below it default = "day"',
    ),
    "targets": (
        lambda value: (
            isinstance(value, dict)
            and all(_is_number(target, (int, float)) for target in value.values())
        ),
        "[targets] and below it first_response_within_3min = 0.8",
    ),
}
