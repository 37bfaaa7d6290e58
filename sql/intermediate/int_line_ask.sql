-- int_line_ask: what a line, and its order, was asked for, by type of case and how far these came.
-- grain: counted, ask_key
-- owner: after-sales analytics
-- caveat: several cases of a type on a line count once, by the one that came furthest: the other
--   rows have entries 0 and the units that are left, so that units never exceed the line's.

with

cases as (

    select
        c.platform,
        c.shop_id,
        -- a case whose order is not told stands alone
        coalesce(c.order_id, '#' || c.case_id) as order_id,
        c.line_id,
        c.case_key,
        c.asked_type,
        cast(to_local(c.applied_at, day_zone.offset_seconds) as date) as applied_on,
        c.units,
        c.line_units,
        case
            when c.is_done then 'completed'
            when c.is_approved then 'approved'
            else 'applied'
        end as reached,
        -- waiting for a decision is none yet
        coalesce(c.is_done, false) or c.is_approved is not null or c.is_open as approval_told,
        c.is_done is not null as end_told
    from int_case_merge as c
    cross join ref_run as run
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and c.applied_at >= day_zone.valid_from
            and c.applied_at < day_zone.valid_to

),

levels as (

    select
        'order' as counted,
        platform,
        shop_id,
        order_id,
        '' as of_line,
        case_key,
        asked_type,
        reached,
        approval_told,
        end_told,
        applied_on,
        cast(null as bigint) as units,
        cast(null as bigint) as line_units
    from cases
    union all
    select
        'line' as counted,
        platform,
        shop_id,
        order_id,
        line_id as of_line,
        case_key,
        asked_type,
        reached,
        approval_told,
        end_told,
        applied_on,
        units,
        line_units
    from cases

),

grouped as (

    select
        counted,
        platform,
        shop_id,
        order_id,
        of_line,
        asked_type,
        reached,
        approval_told,
        end_told,
        min(case_key) as ask_key,
        min(applied_on) as asked_on,
        max(line_units) as line_units,
        case when count(units) = count(*) then sum(units) end as units
    from levels
    group by
        counted, platform, shop_id, order_id, of_line, asked_type, reached, approval_told, end_told

),

placed as (

    select
        *,
        row_number() over furthest_first as place,
        min(asked_on) over (
            partition by counted, platform, shop_id, order_id, of_line, asked_type
        ) as first_asked_on,
        sum(units) over furthest_first as units_so_far
    from grouped
    window furthest_first as (
        partition by counted, platform, shop_id, order_id, of_line, asked_type
        order by
            case reached when 'completed' then 1 when 'approved' then 2 else 3 end,
            approval_told, end_told
        rows between unbounded preceding and current row
    )

)

select
    counted, -- line or order
    platform, -- where it was sold
    shop_id, -- whose order it is
    order_id, -- the platform's own text; # and the case where no order is told
    of_line as line_id, -- of a line, null where it cannot be told; empty for an order
    asked_type, -- exchange, return_refund, refund_only, …
    reached, -- completed, else approved, else applied
    approval_told, -- whether it was approved is told, or it still waits
    end_told, -- whether it was completed is told, or it is still open
    ask_key, -- tells rows of lines apart by a number, and rows of orders
    first_asked_on as asked_on, -- local day of the first of its type; null where no export has it
    case when place = 1 then 1 else 0 end as entries, -- 1 on the row that came furthest
    -- asked for, no more than the line has; null for an order, or where not told of every case
    cast(
        floor(
            case
                when units_so_far > line_units and units_so_far - units >= line_units then 0
                when units_so_far > line_units then line_units - (units_so_far - units)
                else units
            end
        ) as bigint
    ) as units
from placed
