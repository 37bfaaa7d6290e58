"""What customers wrote, week by week, with what was read out of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aftersales.calendars import zones
from aftersales.warehouse.connection import Connection, rows

if TYPE_CHECKING:
    from aftersales.complaints.model import Model
    from aftersales.complaints.sampling import Read
    from aftersales.complaints.taxonomy import Taxonomy

Row = tuple[Any, ...]

# One row a text with a complaint's mood: who wrote it is who bought, else what it is about.
_MOODY = """
select
    g.body,
    g.told_at,
    coalesce(
        c.buyer_key, v.buyer_key, r.buyer_key, g.source || ' ' || cast(g.entity_no as varchar)
    ) as customer,
    exists (
        select 1 from ref_text_label as l where l.text_key = g.text_key and l.leaf <> 'X0'
    ) as is_classified
from int_text_gather as g
inner join ref_text_mood as m on g.text_key = m.text_key
left join int_case_merge as c on g.source = 'case' and g.entity_no = c.case_key
left join int_conversation_merge as v on g.conversation_no = v.conversation_no
left join stg_shop__review as r on g.source = 'review' and g.entity_no = r.row_version
where m.emotion >= 1 and g.told_at >= ? and g.told_at < ?
order by g.told_at, g.text_key, customer
"""

# One row a body: what was read of it differs at most by goods and reason.
_DISTINCT = """
select distinct on (g.body) g.text_key, g.body, g.source, m.language, m.emotion, m.version
from int_text_gather as g
inner join ref_text_mood as m on g.text_key = m.text_key
where g.told_at >= ? and g.told_at < ?
order by g.body, g.text_key
"""


def last_full_week(con: Connection) -> date | None:
    """The Monday of the last week that is over at the as-of and in which a text was written.

    None where there is none. Weeks are local, of the reporting zone.
    """
    ((as_of_on, zone),) = rows(con, "select as_of_on, reporting_zone from ref_run")
    this = as_of_on + timedelta(days=1)
    monday = this - timedelta(days=this.weekday())
    ((last,),) = rows(
        con, "select max(told_at) from int_text_gather where told_at < ?", [_begin(monday, zone)]
    )
    if last is None:
        return None
    day = zones.last_day(last + timedelta(microseconds=1), zone)
    return day - timedelta(days=day.weekday())


def distinct(con: Connection, week: date, weeks: int) -> list[Read]:
    """Each different text of so many weeks, the one begun on this Monday the last."""
    from aftersales.complaints.sampling import Found, Read

    zone = _zone(con)
    first = week - timedelta(weeks=weeks - 1)
    between = [_begin(first, zone), _begin(week + timedelta(weeks=1), zone)]
    labels: dict[str, list[Found]] = defaultdict(list)
    for key, leaf, tier, score in rows(
        con,
        "select text_key, leaf, tier, score from ref_text_label order by text_key, leaf",
    ):
        labels[key].append(Found(leaf, tier, score))
    return [
        Read(key, body, source, language, emotion, version, tuple(labels[key]))
        for key, body, source, language, emotion, version in rows(con, _DISTINCT, between)
    ]


def topic_rows(con: Connection, model: Model, taxonomy: Taxonomy) -> list[Row]:
    """ref_text_topic: what the last full week says that the eight before did not."""
    from aftersales.complaints import topics

    week = last_full_week(con)
    if week is None:
        return []
    zone = _zone(con)
    mondays = [week - timedelta(weeks=back) for back in range(topics.WEEKS_BEFORE, -1, -1)]
    begins = [_begin(monday, zone) for monday in mondays]
    told = [
        topics.Told(body, _week(told_at, begins, mondays), customer, is_classified)
        for body, told_at, customer, is_classified in rows(
            con, _MOODY, [begins[0], _begin(week + timedelta(weeks=1), zone)]
        )
    ]
    return [
        (
            week,
            number,
            topic.title,
            "\n".join(topic.ngrams),
            topic.texts,
            topic.before,
            topic.log_odds,
            topic.z,
            topic.z_unclassified,
            "\n".join(topic.clauses),
            topic.pattern or None,
            topic.pattern_hits,
            topic.pattern_others,
            topic.leaf,
        )
        for number, topic in enumerate(topics.find(told, week, model, taxonomy), start=1)
    ]


def _zone(con: Connection) -> str:
    ((zone,),) = rows(con, "select reporting_zone from ref_run")
    return str(zone)


def _begin(day: date, zone: str) -> datetime:
    """When a local day begins, naive UTC."""
    return zones.end_of_day(day - timedelta(days=1), zone)


def _week(told_at: datetime, begins: list[datetime], mondays: list[date]) -> date:
    return mondays[bisect_right(begins, told_at) - 1]
