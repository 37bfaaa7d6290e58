"""The small tables Python lays beside raw before the models are built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from aftersales import reasons, rules, scores, variants
from aftersales.arrivals import Arrival, Export
from aftersales.calendars import zones
from aftersales.complaints import taxonomy
from aftersales.contracts import Contracts, raw_name
from aftersales.formats import Formats
from aftersales.settings import Settings
from aftersales.warehouse import texts, working_time
from aftersales.warehouse.connection import Connection, identifier, insert, one, rows
from aftersales.warehouse.models import gone_sql

# Columns and types, as SQL takes them; the tests build empty ones from the same text.
DDL = {
    "ref_run": (
        "as_of timestamp, as_of_on date, reporting_zone varchar, reporting_currency varchar, "
        "waiting_days bigint, mature_days bigint, desk_schedule varchar"
    ),
    "ref_file": (
        "file_id varchar, sha256 varchar, file_name varchar, format varchar, platform varchar, "
        "shop_id varchar, zone varchar, currency varchar, time_layout varchar, "
        "exported_at timestamp, export_rank bigint, rows_in bigint, rows_loaded bigint, "
        "rows_quarantined bigint, table_name varchar, is_full_window boolean, "
        "window_from timestamp, window_until timestamp"
    ),
    "ref_gone": "file_id varchar, record bigint, table_name varchar, told_by varchar",
    "ref_word": (
        "format varchar, vocabulary varchar, column_name varchar, word varchar, term varchar, "
        "row_count bigint"
    ),
    "ref_reason": "platform varchar, reason varchar, family varchar",
    "ref_shop": "shop_id varchar, title varchar",
    "ref_arrival": (
        "format varchar, shop_id varchar, state varchar, due_at timestamp, newest_at timestamp"
    ),
    "ref_day": "day_on date, weekday bigint",
    "ref_variant": variants.COLUMNS,
    "ref_score": scores.COLUMNS,
    "ref_target": (
        "target_id varchar, measure varchar, target_seconds double, is_working boolean, "
        "valid_from timestamp, valid_to timestamp, shop_id varchar, team varchar, kind varchar, "
        "channel varchar, priority varchar"
    ),
    "ref_rule": rules.RULE_COLUMNS,
    "ref_rule_parameter": rules.PARAMETER_COLUMNS,
    "ref_case_transition": rules.TRANSITION_COLUMNS,
    "ref_exempt": "shop_id varchar, from_at timestamp, until_at timestamp, reason varchar",
    "dim_utc_offset": (
        "zone varchar, valid_from timestamp, valid_to timestamp, local_from timestamp, "
        "local_to timestamp, offset_seconds bigint, reason varchar"
    ),
    "ref_calendar_of": "shop_id varchar, team varchar, calendar_id varchar",
    "dim_calendar": (
        "calendar_id varchar, title varchar, zone varchar, first_at timestamp, "
        "last_at timestamp, ends_because varchar"
    ),
    "dim_calendar_day": "calendar_id varchar, day_on date, kind varchar, title varchar",
    "dim_working_interval": (
        "calendar_id varchar, day_on date, starts_at timestamp, ends_at timestamp, "
        "is_working boolean, seconds_before bigint, bucket_no bigint"
    ),
    **texts.LAID,
    **texts.KEPT,
}


# Local days laid out up to the as-of: those looked at, and the weeks they are held against.
WEEKS = 16


def lay(
    con: Connection, settings: Settings, contracts: Contracts, formats: Formats, *, as_of: datetime
) -> None:
    """Write the tables of DDL anew, all but ref_arrival and what is kept of texts.

    Args:
        as_of: the instant reports speak of, naive UTC.

    Raises:
        ConfigError: a calendar in use cannot be read or laid out, or the settings change a rule
            or parameter there is not.
    """
    last_day = zones.last_day(as_of, settings.reporting_zone)
    zone, currency = settings.reporting_zone, settings.reporting_currency
    choices = (settings.waiting_days, settings.mature_days, settings.desk_schedule)
    _fill(con, "ref_run", [(as_of, last_day, zone, currency, *choices)])
    days = [last_day - timedelta(days=back) for back in range(7 * WEEKS)]
    _fill(con, "ref_day", [(day, day.isoweekday()) for day in sorted(days)])
    files = _files(con, settings, formats)
    _fill(con, "ref_file", files)
    _fill(con, "ref_word", _words(con, contracts, formats))
    _fill(con, "ref_reason", _reasons(con, settings, contracts))
    told = taxonomy.load(settings.sql_layers)
    _fill(con, "ref_leaf", texts.leaf_rows(told))
    _fill(con, "ref_reason_leaf", texts.reason_rows(con, told))
    _fill(con, "ref_text_topic", [])
    texts.make(con)
    _fill(con, "ref_gone", [])
    for (table,) in rows(con, "select distinct table_name from ref_file where is_full_window"):
        select = gone_sql(settings.sql_layers, contracts, table)
        con.execute(
            "insert into ref_gone (file_id, record, told_by, table_name)"
            f" select *, ? from ({select})",
            [table],
        )
    _fill(con, "ref_shop", [(shop, facts.title) for shop, facts in sorted(settings.shops.items())])
    used = {settings.reporting_zone, "UTC"} | {str(file[6]) for file in files}
    offsets = [row for zone in sorted(used) for row in zones.utc_offsets(zone)]
    _fill(con, "dim_utc_offset", offsets)
    _fill(con, "ref_variant", variants.rows(variants.load(settings.sql_layers)))
    _fill(con, "ref_score", scores.rows(scores.load(settings.sql_layers)))
    _fill(con, "ref_target", targets(settings))
    _fill(con, "ref_exempt", exempt(settings))
    controls = rules.load(settings.sql_layers)
    _fill(con, "ref_rule", rules.rows(controls))
    _fill(con, "ref_rule_parameter", rules.parameter_rows(controls, settings))
    steps = rules.transition_rows(rules.transitions(settings.sql_layers))
    _fill(con, "ref_case_transition", steps)
    usage = [(use.shop_id, use.team, use.calendar_id) for use in settings.calendars]
    _fill(con, "ref_calendar_of", usage)
    for table in ("dim_calendar", "dim_calendar_day", "dim_working_interval"):
        _fill(con, table, [])
    clocks = working_time.lay(con, settings, contracts, year=last_day.year)
    more = [
        row
        for zone in sorted(clocks.keys() - used)
        for row in zones.utc_offsets(zone, clocks[zone])
    ]
    _insert(con, "dim_utc_offset", more)


def targets(settings: Settings) -> list[tuple[Any, ...]]:
    """The promises as rows of ref_target, each until the next one that is for the same."""
    since: dict[str, list[date]] = defaultdict(list)
    for promise in settings.sla:
        since[promise.subject].append(promise.since)
    found = []
    for promise in settings.sla:
        later = [day for day in since[promise.subject] if day > promise.since]
        until = _day_begins(min(later), settings) if later else datetime(2900, 1, 1)  # noqa: DTZ001
        found.append(
            (
                f"own:{promise.subject}:{promise.since}",
                promise.measure,
                promise.seconds,
                promise.is_working,
                _day_begins(promise.since, settings),
                until,
                promise.shop,
                promise.team,
                promise.kind,
                promise.channel,
                promise.priority,
            )
        )
    return found


def exempt(settings: Settings) -> list[tuple[Any, ...]]:
    """The days that are not judged, as rows of ref_exempt."""
    return [
        (
            each.shop,
            _day_begins(each.since, settings),
            zones.end_of_day(each.until, settings.reporting_zone),
            each.reason,
        )
        for each in settings.exempt
    ]


def _day_begins(day: date, settings: Settings) -> datetime:
    return zones.end_of_day(day - timedelta(days=1), settings.reporting_zone)


def lay_arrivals(con: Connection, arrivals: Sequence[Arrival]) -> None:
    """Write ref_arrival anew: what was expected, and whether it has come."""
    content = [(a.format, a.shop_id, a.state, a.due_at, a.newest_at) for a in arrivals]
    _fill(con, "ref_arrival", content)


def exports(con: Connection) -> list[Export]:
    """What is loaded, by format and shop."""
    found = rows(
        con,
        "select format, shop_id, max(exported_at), count(distinct sha256), sum(rows_loaded)"
        " from raw_file group by format, shop_id order by format, shop_id",
    )
    return [
        Export(form, shop, at, int(files), int(loaded)) for form, shop, at, files, loaded in found
    ]


def _fill(con: Connection, table: str, content: Sequence[tuple[Any, ...]]) -> None:
    con.execute(f"create or replace table {table} ({DDL[table]})")
    _insert(con, table, content)


def _insert(con: Connection, table: str, content: Sequence[tuple[Any, ...]]) -> None:
    insert(con, table, DDL[table], content)


def _files(con: Connection, settings: Settings, formats: Formats) -> list[tuple[Any, ...]]:
    """Each loaded file with the platform, zone and currency its rows are read in."""
    found = []
    for file_id, sha256, name, form_name, shop, layout, *facts in rows(
        con,
        "select file_id, sha256, file_name, format, shop_id, time_layout, exported_at,"
        " row_number() over (order by exported_at nulls first, sha256, file_id),"
        " rows_in, rows_loaded, rows_quarantined, table_name, window_from, window_until"
        " from raw_file order by file_id",
    ):
        form = formats.by_name.get(form_name)
        own = settings.shops.get(shop)
        platform = (form and form.platform) or (own and own.platform) or "other"
        zone = (form and form.zone) or (own and own.zone) or settings.reporting_zone
        zone = "UTC" if layout == "zoned" else zone
        currency = (form and form.currency) or (own and own.currency) or settings.reporting_currency
        *facts, table, since, until = facts
        is_full = form_name in settings.full_window and since is not None
        read_in = (platform, shop, zone, currency, layout)
        window = (table, is_full, since, until)
        found.append((file_id, sha256, name, form_name, *read_in, *facts, *window))
    return found


def totals(con: Connection) -> dict[str, int]:
    """How many files were loaded, and what became of their rows: file_count, rows_gone, …"""
    names = ("file_count", "rows_in", "rows_loaded", "rows_quarantined")
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in names[1:])
    found = rows(con, f"select count(*), {sums} from ref_file")
    told = {name: int(value) for name, value in zip(names, found[0], strict=True)}
    return {**told, "rows_gone": int(one(con, "select count(*) from ref_gone"))}


def _words(con: Connection, contracts: Contracts, formats: Formats) -> list[tuple[Any, ...]]:
    """Every distinct word delivered in a word column, with its term; null where nobody knows it."""
    found = []
    for table, contract in contracts.tables.items():
        for column, facts in contract.columns.items():
            if facts.vocabulary is None:
                continue
            name = identifier(column)
            for form, word, count in rows(
                con,
                f"select f.format, r.{name}, count(*)"
                f" from {raw_name(table)} as r inner join raw_file as f on r._file_id = f.file_id"
                f" where r.{name} <> '' group by f.format, r.{name} order by f.format, r.{name}",
            ):
                term = formats.term(form, column, facts.vocabulary, word)
                found.append((form, facts.vocabulary, column, word, term, count))
    return _with_corrected(con, contracts, formats, found)


def _with_corrected(
    con: Connection, contracts: Contracts, formats: Formats, found: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """The words with those a correction writes, which no export may ever have delivered."""
    delivered = {(form, column, word) for form, _, column, word, *_ in found}
    for correction in contracts.corrections:
        columns = contracts.table(correction.table).columns
        for (form,) in rows(
            con,
            "select distinct format from raw_file where table_name = ? order by format",
            [correction.table],
        ):
            for column, word in correction.set.items():
                vocabulary = columns[column].vocabulary
                if vocabulary is None or (form, column, word) in delivered:
                    continue
                delivered.add((form, column, word))
                term = formats.term(form, column, vocabulary, word)
                found.append((form, vocabulary, column, word, term, 0))
    return found


# Where a buyer's reason may stand.
REASONS = (("shop.case", "reason"), ("shop.case", "sub_reason"), ("shop.case_line", "reason"))


def _reasons(
    con: Connection, settings: Settings, contracts: Contracts
) -> list[tuple[str, str, str | None]]:
    """Every distinct reason delivered or set right, with its family; null where nobody knows it."""
    select = "select distinct coalesce(lower(as_text(r._platform)), f.platform), as_text(r.{})"
    found: set[tuple[str, str]] = set()
    for table, column in REASONS:
        name = identifier(column)
        found |= {
            (platform, word)
            for platform, word in rows(
                con,
                f"{select.format(name)} from {raw_name(table)} as r"
                f" inner join ref_file as f on r._file_id = f.file_id where r.{name} <> ''",
            )
            if word is not None
        }
        written = {
            correction.set[column]
            for correction in contracts.corrections
            if correction.table == table and column in correction.set
        }
        platforms = rows(
            con, "select distinct platform from ref_file where table_name = ?", [table]
        )
        found |= {(platform, word) for (platform,) in platforms for word in written if word}
    known = reasons.load(settings.sql_layers)
    return [(platform, word, known.family(platform, word)) for platform, word in sorted(found)]
