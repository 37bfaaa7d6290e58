-- int_case_sequence: what came before and after a case on the same line of an order.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: a case about a replacement belongs to the line that was replaced, one replacement back. A
--   case whose order is not told stands alone.

with

-- orders that carry a replacement, with the line it was for
replaced as (

    select
        platform,
        shop_id,
        replacement_order_id,
        min(case_key) as case_key
    from int_case_merge
    where replacement_order_id is not null
    group by platform, shop_id, replacement_order_id

),

rooted as (

    select
        c.case_key,
        c.platform,
        c.shop_id,
        coalesce(origin.order_id, c.order_id) as order_id,
        case
            when origin.case_key is not null then coalesce(origin.line_id, origin.sku, '')
            else coalesce(c.line_id, c.sku, '')
        end as line_mark,
        c.asked_type,
        c.reason,
        c.units,
        c.applied_at,
        c.ended_at,
        c.refunded_at,
        c.status,
        c.is_open,
        c.is_done
    from int_case_merge as c
    left join replaced
        on
            c.platform = replaced.platform
            and c.shop_id = replaced.shop_id
            and c.order_id = replaced.replacement_order_id
    left join int_case_merge as origin on replaced.case_key = origin.case_key
    where c.order_id is not null

),

keyed as (

    select
        *,
        min(case_key) over (partition by platform, shop_id, order_id, line_mark) as line_key,
        count(*) over (partition by platform, shop_id, order_id, line_mark) as line_cases
    from rooted

),

-- the units a case takes or has taken from its line
several as (

    select
        *,
        case
            when asked_type in ('exchange', 'return_refund') and (is_open or is_done) then units
        end as taken_units
    from keyed
    where line_cases > 1

),

beside as (

    select
        a.case_key,
        count(*) filter (
            where b.applied_at < a.applied_at
            or (b.applied_at = a.applied_at and b.case_key < a.case_key)
        ) as cases_before,
        count(*) filter (
            where b.asked_type = 'exchange' and b.applied_at < a.applied_at
        ) as exchanges_before,
        count(*) filter (
            where b.asked_type = a.asked_type
            and b.reason = a.reason
            and b.applied_at < a.applied_at
        ) as same_before,
        count(*) filter (
            where b.applied_at < a.applied_at
            and (b.ended_at > a.applied_at or b.is_open)
        ) as open_before,
        sum(b.taken_units) filter (where b.applied_at < a.applied_at) as taken_before,
        max(b.applied_at) filter (
            where b.asked_type = 'repair' and b.applied_at < a.applied_at
        ) as repaired_before_at,
        min(b.refunded_at) filter (
            where b.asked_type in ('return_refund', 'refund_only')
            and b.applied_at >= a.applied_at
        ) as refunded_after_at,
        min(b.applied_at) filter (
            where b.asked_type in ('return_refund', 'refund_only')
            and b.refunded_at is not null
            and b.applied_at >= a.applied_at
        ) as refund_asked_after_at
    from several as a
    inner join several as b on a.line_key = b.line_key and a.case_key <> b.case_key
    group by a.case_key

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    c.case_key, -- int_case_merge
    coalesce(beside.cases_before, 0) as cases_before, -- applied for earlier on the line
    coalesce(beside.exchanges_before, 0) as exchanges_before, -- of these exchanges
    coalesce(beside.same_before, 0) as same_before, -- of the same type for the same reason
    coalesce(beside.open_before, 0) as open_before, -- not over yet when this was applied for
    -- units exchanged or returned by them
    cast(floor(coalesce(beside.taken_before, 0)) as bigint) as taken_before,
    beside.repaired_before_at, -- the last repair was applied for, UTC
    beside.refund_asked_after_at, -- a refund that was given was applied for since, UTC
    beside.refunded_after_at -- money went back for it, UTC
from int_case_merge as c
left join beside on c.case_key = beside.case_key
