"""A published run in memory whose truth is known: even rates, and whatever a test plants."""

from __future__ import annotations

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
    thin_week: bool = False,
    slow_nights: bool = False,
    waiting_tail: bool = False,
    title: str = "跑步鞋 42",
    orders_a_day: int = 120,
) -> Connection:
    """Orders, cases and conversations of ``weeks`` full weeks up to UNTIL.

    Spread by the golden ratio, so that shares are equal in every week down to one or two rows.

    Args:
        slow_week: replies of the last week take twice as long.
        open_week: two in three cases of the last week are still open.
        bad_week: exchanges of the last week are more than twice as many.
        thin_week: two in five sales of the last week are missing; its cases are as ever.
        slow_nights: nobody answers in time from 22 to 24.
        waiting_tail: who would wait longest, one in twenty of the last week, waits still.
        bad_sku: one sku of twelve is exchanged four times as often.
        title: that sku's title.
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
        """
    )
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
    _orders(con, bad_sku=bad_sku, bad_week=bad_week, thin_week=thin_week, title=title)
    _cases(con, open_week=open_week)
    _conversations(con, slow_week=slow_week, slow_nights=slow_nights, waiting_tail=waiting_tail)
    return con


def _orders(con: Connection, *, bad_sku: bool, bad_week: bool, thin_week: bool, title: str) -> None:
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
                    when ? and sku = 'SKU-03' then 0.16 when ? and on_day >= ? then 0.10 else 0.04
                end as is_exchange
            from fct_order where is_sold
        )
        select
            platform, shop_id, order_id as order_key, 'sold' as event_type, sold_on as occurred_on,
            sku, sku as title, region, true as cases_known, null::bigint as units,
            null::varchar as reason
        from fct_order where is_sold and not (? and on_day >= ? and i % 5 < 2)
        union all
        select
            platform, shop_id, order_id,
            case when is_exchange then 'exchange' when v > 0.94 then 'return_refund'
                else 'refund_only' end,
            sold_on, sku, sku, region, null, null, null
        from asked
        where is_exchange or v > 0.92
        """,
        [bad_sku, bad_week, MONDAY, thin_week, MONDAY],
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
                [1 + (sqrt(hash(order_key || 'r') % 49))::int % 7] as reason
        from judged
        """,
        [open_week, MONDAY],
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
            case when waits then 'unanswered' end as first_response_reason
        from (select *, ? and on_day >= ? and u > 0.95 as waits from even) where i % 3 = 0
        """,
        [slow_week, MONDAY, slow_nights, waiting_tail, MONDAY],
    )
