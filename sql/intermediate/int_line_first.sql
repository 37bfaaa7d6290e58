-- int_line_first: what a line, and its order, was first asked for: exchange, return or refund.
-- grain: counted, platform, shop_id, order_id, line_id
-- owner: after-sales analytics
-- caveat: these three compete: what has been returned is not exchanged any more. A repair competes
--   with none of them but comes too late after any.

with

cases as (

    select
        c.platform,
        c.shop_id,
        c.order_id,
        c.line_id,
        c.case_key,
        c.asked_type,
        c.applied_at,
        cast(to_local(c.applied_at, day_zone.offset_seconds) as date) as applied_on
    from int_case_merge as c
    cross join ref_run as run
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and c.applied_at >= day_zone.valid_from
            and c.applied_at < day_zone.valid_to
    where
        c.order_id is not null
        and c.asked_type in ('exchange', 'return_refund', 'refund_only', 'repair')

),

levels as (

    select
        'order' as counted,
        *,
        '' as of_line
    from cases
    union all
    select
        'line' as counted,
        *,
        line_id as of_line
    from cases
    where line_id is not null

),

placed as (

    select
        *,
        row_number() over (
            partition by counted, platform, shop_id, order_id, of_line, asked_type = 'repair'
            order by applied_at, case_key
        ) as place
    from levels

),

beside as (

    select
        counted,
        platform,
        shop_id,
        order_id,
        of_line,
        min(asked_type) filter (where asked_type <> 'repair') as first_type,
        min(applied_at) filter (where asked_type <> 'repair') as first_at,
        min(applied_on) filter (where asked_type <> 'repair') as first_on,
        min(applied_at) filter (where asked_type = 'repair') as repair_at,
        min(applied_on) filter (where asked_type = 'repair') as repair_on
    from placed
    where place = 1
    group by counted, platform, shop_id, order_id, of_line

),

untimed as (

    select distinct
        counted,
        platform,
        shop_id,
        order_id,
        of_line
    from levels
    where applied_at is null

)

select
    b.counted, -- line or order
    b.platform, -- where it was sold
    b.shop_id, -- whose order it is
    b.order_id, -- the platform's own text
    b.of_line as line_id, -- of a line; empty for an order
    -- exchange, return_refund or refund_only; null when none was asked for
    case when u.counted is null then b.first_type end as first_type,
    case when u.counted is null then b.first_on end as first_on, -- local day it was applied for
    -- local day a repair was applied for before any of them
    case
        when u.counted is null and (b.first_at is null or b.repair_at < b.first_at)
            then b.repair_on
    end as repaired_on,
    u.counted is not null as has_untimed -- a case without its day: nobody knows which was first
from beside as b
left join untimed as u
    on
        b.counted = u.counted
        and b.platform = u.platform
        and b.shop_id = u.shop_id
        and b.order_id = u.order_id
        and b.of_line = u.of_line
