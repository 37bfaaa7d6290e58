"""A published run in memory whose truth is known: even rates, and whatever a test plants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from aftersales.warehouse.connection import Connection, connect

MONDAY = date(2026, 11, 16)  # 第47周: the last full week
UNTIL = date(2026, 11, 22)
RECORD = {
    "run_id": "20261123T010000Z",
    "as_of": "2026-11-22T16:00:00",
    "file_count": 7,
    "rows_in": 31000,
    "rows_loaded": 30990,
    "rows_quarantined": 10,
    "findings": [],
}


def published(
    *,
    weeks: int = 14,
    slow_week: bool = False,
    bad_sku: bool = False,
    open_week: bool = False,
    bad_week: bool = False,
    bad_weeks: int = 1,
    bad_article: bool = False,
    thin_week: bool = False,
    slow_nights: bool = False,
    waiting_tail: bool = False,
    few_tickets: bool = False,
    slow_tickets: bool = False,
    chats_only: bool = False,
    has_calendar: bool = True,
    red_line: str | None = None,
    topic: str | None = None,
    has_faults: bool = False,
    drifted: bool = False,
    title: str = "跑步鞋 42",
    orders_a_day: int = 120,
    events: Sequence[tuple[str, str, str, date, date]] = (),
    days_off: Sequence[tuple[date, str, str]] = (),
    slow_days: tuple[date, date] | None = None,
) -> Connection:
    """Orders, cases and conversations of ``weeks`` full weeks up to UNTIL.

    Spread by the golden ratio, so that shares are equal in every week down to one or two rows.

    Args:
        slow_week: replies of the last week take twice as long.
        open_week: two in three cases of the last week are still open.
        bad_week: exchanges of the last week are more than twice as many.
        bad_weeks: of so many weeks up to the last one, if it is more than one.
        bad_article: of one article nearly all of the last week's are exchanged.
        thin_week: three in five sales of the last week are missing; its cases are as ever.
        slow_nights: nobody answers in time from 22 to 24.
        waiting_tail: who would wait longest, one in twenty of the last week, waits still.
        few_tickets: of the last week's tickets four in five are missing.
        slow_tickets: those of the last week wait three times as long.
        chats_only: no ticket, call, promise or platform's sheet ever came in.
        has_calendar: working hours are known.
        bad_sku: one sku of twelve is exchanged four times as often.
        title: that sku's title.
        red_line: what one customer of the last week wrote that touches a red line.
        topic: what several of the last week wrote that no category knows.
        has_faults: of four conversations about a fault of the platform one was passed on.
        drifted: the last week's complaints are not as they were.
        events: rows of dim_event.
        days_off: days of the calendar of all shops: the day, its kind and name.
        slow_days: from the first to the last of them replies take five times as long.
    """
    con = connect(None)
    con.execute(
        """
        create table ref_run as select
            timestamp '2026-11-22 16:00:00' as as_of, date '2026-11-22' as as_of_on,
            'Asia/Shanghai' as reporting_zone, 'CNY' as reporting_currency;
        create table ref_file as select
            'f' || i as file_id, ['taobao_order', 'taobao_refund', 'chat_long'][i] as format,
            timestamp '2026-11-22 15:00:00' as exported_at
        from range(1, 4) as t (i);
        create table ref_word as select
            'taobao_refund' as format, 'refund' as vocabulary, 'status' as column_name,
            '卖家延迟处理' as word, null::varchar as term, 3 as row_count;
        create table dim_event (
            shop_id varchar, title varchar, kind varchar, first_on date, last_on date
        );
        create table dim_calendar_day (
            calendar_id varchar, day_on date, kind varchar, title varchar
        );
        create table ref_calendar_of as select
            null::varchar as shop_id, null::varchar as team, 'day' as calendar_id;
        create table ref_exempt (
            shop_id varchar, from_at timestamp, until_at timestamp, reason varchar
        );
        create table fct_case_transition (
            started_on date, from_activity varchar, to_activity varchar, waits_for varchar,
            is_current boolean, is_rework boolean, is_contact boolean, wait_seconds double,
            wait_status varchar, wait_working_seconds double, wait_working_status varchar
        );
        create table mart_case_process (
            applied_on date, case_path varchar, asked_type varchar, is_open boolean,
            has_rework boolean, contacts bigint, handling_seconds double, handling_status varchar,
            waited_for_merchant_working_seconds double, has_unknown_amount boolean,
            compensation_reporting_amount decimal(18, 4), converted_reporting_amount decimal(18, 4)
        );
        create table dim_shop as select
            unnest(['flagship', 'outlet']) as shop_id, unnest(['旗舰店', '奥莱店']) as title;
        """
    )
    for event in events:
        con.execute("insert into dim_event values (?, ?, ?, ?, ?)", event)
    for day, kind, name in days_off:
        con.execute("insert into dim_calendar_day values ('day', ?, ?, ?)", [day, kind, name])
    days = weeks * 7
    first = UNTIL - timedelta(days=days - 1)
    con.execute(
        """
        create table even as
        select
            i,
            (i * 0.6180339887498949) % 1 as u,
            (i * 0.7548776662466927) % 1 as v,
            ? + (i // ?)::int as on_day
        from range(0, ? * ?) as t (i)
        """,
        [first, orders_a_day, days, orders_a_day],
    )
    bad = UNTIL + timedelta(days=1)
    if bad_week or bad_weeks > 1:
        bad = MONDAY - timedelta(weeks=bad_weeks - 1)
    _orders(
        con, bad_sku=bad_sku, bad=bad, bad_article=bad_article, thin_week=thin_week, title=title
    )
    _cases(con, open_week=open_week)
    _cohorts(con)
    _rules(con, is_empty=chats_only)
    _conversations(con, slow_week=slow_week, slow_nights=slow_nights, waiting_tail=waiting_tail)
    if slow_days:
        con.execute(
            "update fct_conversation set first_response_seconds = first_response_seconds * 5"
            " where started_on between ? and ?",
            slow_days,
        )
    if not chats_only:
        _tickets(con, few_tickets=few_tickets, slow_tickets=slow_tickets)
    if not has_calendar:
        con.execute(
            """
            update fct_conversation set
                day_kind = null, first_response_working_seconds = null,
                first_response_working_status = 'not_computable',
                first_response_working_reason = 'no_calendar'
            """
        )
    _turns(con)
    _promises(con)
    _waiting(con)
    _definitions(con)
    _sheets_and_calls(con, is_empty=chats_only)
    _complaints(con, red_line=red_line, is_empty=chats_only)
    _feelings(con, is_empty=chats_only)
    _complaint_marts(con, topic=topic, drifted=drifted, is_empty=chats_only)
    if has_faults:
        _faults(con)
    return con


def _orders(
    con: Connection, *, bad_sku: bool, bad: date, bad_article: bool, thin_week: bool, title: str
) -> None:
    con.execute(
        """
        create table dim_product as
        select 'SKU-' || lpad(k::varchar, 2, '0') as sku,
            case when k = 3 then ? else '商品 ' || k end as title
        from range(0, 12) as t (k)
        """,
        [title],
    )
    con.execute(
        """
        create table fct_order as
        select
            'taobao' as platform, 'flagship' as shop_id, 'O' || i as order_id, 'completed' as status,
            i % 50 > 0 as is_sold, on_day as placed_on, on_day as sold_on, v < 0.05 as has_refund,
            '浙江' as region,
            'SKU-' || lpad((floor(u * u * 12)::int)::varchar, 2, '0') as sku,
            i, u, v, on_day
        from even
        """
    )
    con.execute(
        """
        create table mart_order_event as
        with asked as (
            select
                *,
                v < case
                    when ? and sku = 'SKU-03' then 0.16 when on_day >= ? then 0.10
                    when ? and sku = 'SKU-05' and on_day >= ? then 0.90 else 0.04
                end as is_exchange
            from fct_order where is_sold
        )
        select
            platform, shop_id, order_id as order_key, 'sold' as event_type, sold_on as occurred_on,
            sku, sku as title, region, true as cases_known, null::bigint as units,
            null::varchar as reason, null::varchar as approval, null::boolean as is_done,
            null::decimal(18, 4) as reporting_amount, 'CNY' as reporting_currency,
            '样例快递' as carrier, null::varchar as leaf, null::varchar as reason_family
        from fct_order where is_sold and not (? and on_day >= ? and i % 5 < 3)
        union all
        select
            platform, shop_id, order_id,
            case when is_exchange then 'exchange' when v > 0.94 then 'return_refund'
                else 'refund_only' end,
            sold_on, sku, sku, region, null, null, null, null, null, null, 'CNY',
            '样例快递', null, null
        from asked
        where is_exchange or v > 0.92
        """,
        [bad_sku, bad, bad_article, MONDAY, thin_week, MONDAY],
    )


def _cases(con: Connection, *, open_week: bool) -> None:
    con.execute(
        """
        create table fct_case as
        with judged as (
            select *, hash(order_key) % 100 < case when ? and occurred_on >= ? then 66 else 4 end as is_open
            from mart_order_event where event_type <> 'sold'
        )
        select
            platform, shop_id, 'C' || order_key as case_id, event_type as asked_type, sku, is_open,
            occurred_on as applied_on, 'x' as status, 'done' as outcome, 'agent' as agent,
            'after_completion' as phase, 'none' as intervention, false as is_automatic,
            case when is_open then ['applied', 'approved', 'returned'][1 + (hash(order_key) % 3)::int]
                else 'finished' end as stage,
            case when not is_open then 3600.0 * (20 + hash(order_key || 'h') % 120)
                end as handling_seconds,
            case when is_open then 'censored' else 'ok' end as handling_status,
            case when is_open then 86400.0 * (hash(order_key) % 9 + 1) end as age_seconds,
            ['尺码不合适', '质量问题', '与描述不符', '不喜欢', '发错货', '少件', null]
                [1 + (sqrt(hash(order_key || 'r') % 49))::int % 7] as reason,
            case when hash(order_key || 'a') % 100 < 90 then 'approved' else 'rejected' end as approval,
            true as is_refusal_told,
            hash(order_key || 'd') % 100 < 80 as is_done_as_asked,
            case when event_type = 'exchange' then hash(order_key || 'c') % 100 < 5 end as is_converted,
            case when event_type = 'exchange' then hash(order_key || 'p') % 100 < 4 end as is_repeat,
            not is_open as is_done, 100.00::decimal(18, 2) as value_reporting_amount,
            'CNY' as reporting_currency, 'ok' as difference_status,
            case when event_type = 'exchange' then 'right' end as difference_verdict
        from judged
        """,
        [open_week, MONDAY],
    )


def _cohorts(con: Connection) -> None:
    """Every sold order as a line of its own, watched until the end; cases come within ten days."""
    con.execute(
        """
        create table mart_case_cohort as
        with entered as (
            select
                o.platform, o.shop_id, o.sku, o.sold_on as entered_on,
                date_diff('day', o.sold_on, (select as_of_on from ref_run)) as followed_days,
                c.asked_type, o.i % 10 as asked_days
            from fct_order as o
            left join fct_case as c on c.case_id = 'C' || o.order_id
            where o.is_sold
        )
        select
            platform, shop_id, sku, 'paid' as base, counted, 'entered' as row_type,
            null::varchar as reason, entered_on, followed_days >= 30 as is_ripe,
            case when asked_days <= followed_days then asked_type end as first_type,
            case when asked_type is not null and asked_days <= followed_days then asked_days
                else followed_days end as first_days,
            null::varchar as asked_type, 1 as entries
        from entered
        cross join (values ('line'), ('order')) as counting (counted)
        """
    )


def _rules(con: Connection, *, is_empty: bool) -> None:
    """Stages, promises and what the control rules say of the exchanges.

    Of every twenty exchanges one was sent out before its inspection, in yuan and in dollars, and
    nobody knows of any when its parcel was signed for. One promise in four was broken.
    """
    con.execute(
        "create temp table exchanges as from fct_case where asked_type = 'exchange' and not ?",
        [is_empty],
    )
    con.execute(
        """
        create table fct_case_stage as
        select
            platform, shop_id, case_id, asked_type, stage.name as stage, applied_on as from_on,
            'ok' as stage_status, handling_seconds * stage.share as stage_seconds,
            handling_seconds * stage.share / 3 as stage_working_seconds,
            'ok' as stage_working_status
        from exchanges
        cross join (values ('review', 0.1), ('inspection', 0.3)) as stage (name, share)
        where not is_open;
        create table fct_promise as
        select
            platform, shop_id, case_id, applied_on, 'exchange_only' as promise,
            case when hash(case_id) % 4 = 0 then 'broken' else 'held' end as outcome,
            100.00::decimal(18, 4) as at_stake_reporting_amount, 'CNY' as reporting_currency,
            true as is_largest
        from exchanges;
        create table fct_rule_finding as
        with placed as (
            select *, row_number() over (order by applied_on, case_id) as place from exchanges
        )
        select
            'EX-08' as rule_id, platform, shop_id, case_id as entity_id, applied_on as occurred_on,
            case when place % 20 = 0 then 'violation' else 'pass' end as outcome,
            case when place % 20 = 0 then 10.00 end::decimal(18, 4)
                as amount_at_risk_reporting_amount,
            amount_at_risk_reporting_amount as amount_at_risk,
            case when place % 20 = 0 then if(place % 40 = 0, 'USD', 'CNY') end
                as reporting_currency
        from placed
        union all
        select 'EX-02', platform, shop_id, case_id, applied_on, 'unknown', null, null, null
        from exchanges
        union all
        select 'EX-01', platform, shop_id, case_id, applied_on, 'pass', null, null, null
        from exchanges;
        create table ref_rule as
        select 'EX-08' as rule_id, '验货后才换出' as title_zh, 'After inspection' as title_en;
        """
    )


def _conversations(
    con: Connection, *, slow_week: bool, slow_nights: bool, waiting_tail: bool
) -> None:
    con.execute(
        """
        create table fct_conversation as
        select
            'taobao' as platform, 'flagship' as shop_id, 'K' || i as conversation_id, 'chat' as kind,
            ['stated', 'stated', 'buyer_window', 'none'][1 + i % 4] as link,
            'web' as channel, 'agent' as agent, 'team' as team, null::varchar as category,
            on_day as started_on,
            (8 + (v * 16)::int) % 24 as started_hour, isodow(on_day) as started_weekday,
            case when not waits then
                exp(3.6 + 2.2 * u) * case when ? and on_day >= ? then 2 else 1 end
                + case when ? and v * 16 >= 13.5 and v * 16 < 15.5 then 600 else 0 end
            end as first_response_seconds,
            case when waits then 'censored' else 'ok' end as first_response_status,
            case when waits then 'unanswered' end as first_response_reason,
            coalesce(first_response_seconds, 900000.0) as first_response_exposure_seconds,
            first_response_seconds as first_response_working_seconds,
            first_response_status as first_response_working_status,
            first_response_reason as first_response_working_reason,
            null::double as full_resolution_working_seconds,
            'not_applicable' as full_resolution_working_status,
            'latin' as language, null::varchar as priority,
            case when isodow(on_day) > 5 then 'weekend' when i % 7 = 0 then 'holiday'
                when i % 700 = 1 then 'make_up_day' else 'weekday' end as day_kind,
            on_day = date '2026-11-22' and u > 0.7 as is_waiting,
            case when on_day = date '2026-11-22' and u > 0.7 then 3600 * (1 + v) end
                as waiting_seconds
        from (select *, ? and on_day >= ? and u > 0.95 as waits from even) where i % 3 = 0
        """,
        [slow_week, MONDAY, slow_nights, waiting_tail, MONDAY],
    )


def _tickets(con: Connection, *, few_tickets: bool, slow_tickets: bool) -> None:
    """One to seven hours to a first reply: what would drown in chats, or drown them."""
    con.execute(
        """
        insert into fct_conversation by name
        select
            'shopify' as platform, 'us' as shop_id, 'T' || i as conversation_id, 'ticket' as kind,
            ['stated', 'stated', 'buyer_window', 'none'][1 + (i // 20) % 4] as link,
            'mail' as channel, 'Anna' as agent, 'team' as team,
            on_day as started_on, 9 as started_hour, isodow(on_day) as started_weekday,
            exp(8.2 + 1.8 * u) * case when ? and on_day >= ? then 3 else 1 end
                as first_response_seconds,
            'ok' as first_response_status,
            first_response_seconds as first_response_exposure_seconds,
            first_response_seconds / 3 as first_response_working_seconds,
            'ok' as first_response_working_status,
            36000 * (1 + v) as full_resolution_working_seconds,
            'ok' as full_resolution_working_status,
            'weekday' as day_kind, i % 21 = 0 as is_waiting,
            case when i % 21 = 0 then 86400 * (1 + v) end as waiting_seconds
        from even
        where i % 20 = 1 and not (? and on_day >= ? and i // 20 % 5 > 0)
        """,
        [slow_tickets, MONDAY, few_tickets, MONDAY],
    )


def _turns(con: Connection) -> None:
    con.execute(
        """
        create table fct_turn as
        select
            platform, shop_id, conversation_id, kind, channel, team, language, day_kind,
            started_on as asked_on, started_hour as asked_hour, started_weekday as asked_weekday,
            case when kind = 'ticket' then agent when number % 200 = 0 then '新人'
                else ['小川', '小雨', '木木', '阿宁', '大鹏'][1 + number % 5] end as agent,
            first_response_seconds as agent_response_seconds,
            first_response_seconds as response_seconds, 'ok' as response_status,
            cast(null as varchar) as response_reason,
            case when number % 5 > 0 or number % 100 = 0 then number % 4 = 0 end as is_canned_reply
        from (
            select *, (substr(conversation_id, 2)::bigint // 3)::bigint as number
            from fct_conversation
        )
        """
    )


def _promises(con: Connection) -> None:
    con.execute(
        """
        create table fct_sla as
        select
            platform, shop_id, conversation_id, 'first_response' as measure, kind, channel, agent,
            team, priority, 'desk' as target_id, true as is_working, started_on as applied_on,
            case
                when waiting_seconds is not null then 'active'
                when first_response_working_seconds > 6000 then 'breached'
                else 'attained'
            end as state
        from fct_conversation where kind = 'ticket'
        """
    )


def _waiting(con: Connection) -> None:
    con.execute(
        """
        create table mart_waiting_now as
        select
            platform, shop_id, conversation_id, kind, agent,
            timestamp '2026-11-22 16:00:00' - to_seconds(waiting_seconds::bigint)
                as waiting_since_at,
            waiting_seconds,
            case when kind = 'ticket' and waiting_seconds > 129600
                then timestamp '2026-11-22 04:00:00' end as due_at,
            case when kind = 'ticket' and waiting_seconds > 129600 then 'breached' end as due_state
        from fct_conversation where is_waiting
        """
    )


def _definitions(con: Connection) -> None:
    """Five questions of one day: 10 s, 30 s, 900 s, unanswered, and 5 s at 23:30."""
    con.execute(
        """
        create table mart_response_variant as
        select
            *, 'taobao' as platform, 'flagship' as shop_id, '小川' as agent, '' as team,
            date '2026-11-17' as asked_on, 0 as left_to_robot, 0 as zero_left_out,
            0 as left_behind, 0 as answered_next_day
        from (values
            ('taobao_average_response', 4, 1240.0, 4, 0, 1, 1, 0, 1),
            ('jd_average_response', 4, 945.0, 4, 0, 0, 0, 1, 0),
            ('taobao_within_3min', 4, null, 3, 2, 1, 1, 0, 0)
        ) as t (
            variant, counted, counted_seconds, waits, within_limit, out_of_hours,
            unanswered_counted, unanswered_left_out, capped
        )
        """
    )


def _sheets_and_calls(con: Connection, *, is_empty: bool) -> None:
    con.execute(
        """
        create table mart_kpi_reconciliation as
        select
            'taobao' as platform, 'flagship' as shop_id, '' as hours,
            'average_response_seconds' as measure, date '2026-11-17' as first_on,
            date '2026-11-17' as last_on, *
        from (values
            ('木木', 100.0, 100.5, 10), ('小川', 200.0, 220.0, 30), ('新人', 50.0, null, 5),
            ('阿宁', 70.0, 90.0, 0)
        ) as t (agent, reported_value, own_value, receptions)
        where not ?
        """,
        [is_empty],
    )
    con.execute(
        """
        create table fct_call as
        select
            'taobao' as platform, 'flagship' as shop_id, 'agent' as agent, 'team' as team,
            started_on, 10 as started_hour, 1 as started_weekday,
            case when i % 10 = 9 then 'outbound' else 'inbound' end as direction,
            i % 10 in (0, 1, 2, 3, 4, 9) as is_answered,
            case when i % 10 < 3 then 12.0 else 40.0 end as waited_seconds,
            case when i % 10 in (5, 6, 7, 8) then i % 10 = 5 end as is_called_back
        from (select i, date '2026-11-16' + (i % 7)::int as started_on from range(0, 70) as t (i))
        where not ?
        """,
        [is_empty],
    )


def _complaints(con: Connection, *, red_line: str | None, is_empty: bool) -> None:
    """A week: 20 chats of L1, ten of them of tier A; 10 cases of P1; 6 of P2, 3 of P3, 2 of C1, 1 of N1.

    Of four weeks P2 and P3 are under 30 and of one group, C1 and N1 alone in theirs.
    """
    con.execute(
        """
        create table ref_leaf as
        select *, 'do about ' || leaf as action_en, '处理 ' || leaf as action_zh
        from (values
            ('L1', 'LOG', 'logistics', false, '未收到', 'Not received', '物流配送', 'Delivery'),
            ('P1', 'PRD', 'product/QA', false, '质量瑕疵', 'Defect', '商品质量', 'Product'),
            ('P2', 'PRD', 'product/QA', false, '功能故障', 'Malfunction', '商品质量', 'Product'),
            ('P3', 'PRD', 'product/QA', false, '性能差', 'Performance', '商品质量', 'Product'),
            ('P5', 'PRD', 'product/QA', true, '安全危害', 'Safety', '商品质量', 'Product'),
            ('C1', 'CSV', 'CS', false, '响应慢', 'Slow support', '客服服务', 'Service'),
            ('N1', 'NED', 'product planning', false, '功能缺失', 'Feature', '需求', 'Need'),
            ('T1', 'PLT', 'platform/IT', false, '系统异常', 'App', '平台与账户', 'Platform')
        ) as t (leaf, top, owner, is_redline, title_zh, title_en, top_zh, top_en);
        """
    )
    con.execute(
        """
        create table fct_complaint as
        with told as (
            select
                on_day as told_on, i,
                case
                    when place < 20 then 'L1' when place < 30 then 'P1' when place < 36 then 'P2'
                    when place < 39 then 'P3' when place < 41 then 'C1' else 'N1'
                end as leaf
            from (
                select *, row_number() over (partition by date_trunc('week', on_day) order by i) - 1
                    as place
                from even
            )
            where place < 42
        )
        select
            'taobao' as platform, 'flagship' as shop_id,
            case when t.leaf = 'L1' then 'chat' else 'case' end as source,
            'E' || i as entity_id, t.leaf, top, owner, is_redline,
            case when t.leaf = 'L1' and i % 2 = 0 then 'A' else 'C' end as tier,
            'model' as told_by, null::varchar as rule,
            '想要 ' || t.leaf as quote, told_on, told_on::timestamp as told_at,
            '小川' as agent, 'team' as team, 'web' as channel, 'SKU-01' as sku
        from told as t inner join ref_leaf as l on t.leaf = l.leaf
        where not ?
        """,
        [is_empty],
    )
    if red_line is not None:
        con.execute(
            """
            insert into fct_complaint by name
            select
                'taobao' as platform, 'flagship' as shop_id, 'review' as source, 'R1' as entity_id,
                'P5' as leaf, 'PRD' as top, 'product/QA' as owner, true as is_redline, 'A' as tier,
                'phrase' as told_by, 'P5.nobody_knows' as rule, ? as quote,
                date '2026-11-18' as told_on, timestamp '2026-11-18 02:00:00' as told_at
            """,
            [red_line],
        )


def _feelings(con: Connection, *, is_empty: bool) -> None:
    """One in four is strongly upset, one in five has no category; half of the upset are met first."""
    con.execute(
        """
        create table fct_feedback as
        select
            platform, shop_id, kind as source, conversation_id as entity_id, started_on as told_on,
            case when kind = 'ticket' then agent else '小川' end as agent, team, channel, 1 as texts,
            'zh' as language, number % 4 as emotion,
            number % 5 > 0 as is_complaint, number % 5 = 0 and number % 4 > 0 as is_unclassified,
            number % 50 = 1 as is_unspecified, null::boolean as is_reason_contradicted,
            null::varchar as reason
        from (select *, row_number() over (order by conversation_id) as number from fct_conversation)
        where not ?;
        """,
        [is_empty],
    )
    con.execute(
        """
        create table fct_upset_turn as
        select
            platform, shop_id, conversation_id, kind, channel, agent, team, asked_on, 2 as emotion,
            true as has_reply, hash(conversation_id) % 2 = 0 as acknowledges_first
        from fct_turn where not ?
        """,
        [is_empty],
    )


def _complaint_marts(con: Connection, *, topic: str | None, drifted: bool, is_empty: bool) -> None:
    con.execute(
        """
        create table mart_complaint_week as
        with sold as (
            select date_trunc('week', sold_on)::date as week_on, count(*) as orders_sold
            from fct_order where is_sold group by all
        ),
        told as (
            select date_trunc('week', told_on)::date as week_on, leaf, count(*) as complaints
            from fct_complaint group by all
        )
        select
            'taobao' as platform, 'flagship' as shop_id, week_on, 'any' as sku, 'any' as leaf,
            not ? as complaints_known,
            coalesce((select sum(complaints) from told where told.week_on = sold.week_on), 0)
                as complaints,
            orders_sold
        from sold
        union all
        select 'taobao', 'flagship', week_on, 'any', leaf, true, complaints, 0 from told
        """,
        [is_empty],
    )
    con.execute(
        """
        create table mart_complaint_cost as
        select
            'taobao' as platform, 'flagship' as shop_id, date '2026-11-01' as month_on, *,
            orders * 2 as complaints, 0 as orders_unconverted, 'CNY' as reporting_currency
        from (values
            ('any', 90, 30, 20, 1500.0, 20.0, 60, 15),
            ('L1', 40, 10, 5, 500.0, 20.0, 40, 10),
            ('P1', 50, 25, 15, 1200.0, 0.0, 10, 5),
            ('N1', 3, 3, 0, 2000.0, 0.0, 2, 1)
        ) as t (
            leaf, orders, orders_refunded, orders_exchanged, refund_reporting_amount,
            compensation_reporting_amount, first_replies, slow_first_replies
        )
        where not ?
        """,
        [is_empty],
    )
    con.execute(
        """
        create table mart_complaint_drift as
        select
            'taobao' as platform, 'flagship' as shop_id, week_on, 0.30 as unclassified_share,
            0.12 as unclassified_share_before, 0.41 as stability_index, 0.05 as stability_by_chance,
            true as has_enough, ? and week_on = date '2026-11-16' as is_alert
        from (select distinct week_on from mart_complaint_week) where not ?
        """,
        [drifted, is_empty],
    )
    con.execute(
        """
        create table mart_new_topic as
        select
            date '2026-11-16' as week, 1 as topic_no, ? as title, 15 as texts,
            0.25 as texts_before, '因为' || ? || '不买了' || chr(10) || '听说' || ? as clauses,
            ? as pattern, 'P2' as leaf
        where not ?
        """,
        [topic, topic, topic, topic, is_empty or topic is None],
    )


def _faults(con: Connection) -> None:
    con.execute(
        """
        insert into fct_complaint by name
        select
            'taobao' as platform, 'flagship' as shop_id, 'chat' as source, 'F' || k as entity_id,
            'T1' as leaf, 'PLT' as top, 'platform/IT' as owner, false as is_redline, 'B' as tier,
            'model' as told_by, '页面打不开 ' || k as quote, date '2026-11-17' as told_on,
            timestamp '2026-11-17 02:00:00' + to_minutes(k::int) as told_at
        from range(1, 5) as t (k);
        insert into fct_rule_finding by name
        select
            'SV-09' as rule_id, date '2026-11-17' as occurred_on,
            case when k = 1 then 'pass' else 'violation' end as outcome
        from range(1, 5) as t (k)
        """
    )
