-- int_case_window: whether an exchange was applied for within the days that count from completion.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: days are whole ones to the second, or natural days to their local midnight, as EX-03's
--   window_mode says; an order not completed when the buyer applied is within. Only exchanges.

with

cases as (

    select
        c.platform,
        c.shop_id,
        c.case_id,
        c.case_key,
        c.has_order,
        c.order_status_then,
        c.completed_at,
        c.applied_at,
        d.applied_on,
        longest.value as window_days,
        counting.word as window_mode,
        cast(to_local(c.completed_at, day_zone.offset_seconds) as date) as completed_on
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    cross join ref_run as run
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and c.completed_at >= day_zone.valid_from
            and c.completed_at < day_zone.valid_to
    left join int_rule_parameter as longest
        on
            longest.rule_id = 'EX-03'
            and longest.parameter = 'window_days'
            and c.platform = longest.platform
            and c.shop_id = longest.shop_id
            and d.applied_on >= longest.valid_from
            and d.applied_on < longest.valid_to
    left join int_rule_parameter as counting
        on
            counting.rule_id = 'EX-03'
            and counting.parameter = 'window_mode'
            and c.platform = counting.platform
            and c.shop_id = counting.shop_id
            and d.applied_on >= counting.valid_from
            and d.applied_on < counting.valid_to
    where c.asked_type = 'exchange'

),

measured as (

    select
        *,
        case
            when window_mode = 'natural_days'
                then date_diff('day', cast(completed_on as date), cast(applied_on as date))
            when window_mode = 'exact'
                then cast(seconds_between(completed_at, applied_at) as double) / 86400
        end as days_after
    from cases

)

select
    platform, -- where it was sold
    shop_id, -- whose case it is
    case_id, -- the platform's own text
    case_key, -- int_case_merge
    days_after, -- from completion to application, as window_mode counts; below 0 before it
    window_days, -- at most; null where nobody set it
    case
        when applied_at is null then 'unknown:no_application_time'
        when not coalesce(has_order, false) then 'unknown:no_order'
        when completed_at > applied_at or order_status_then in ('paid', 'shipped') then 'pass'
        when completed_at is null and order_status_then = 'completed'
            then 'unknown:no_completion_time'
        when completed_at is null then 'unknown:no_order_status'
        when window_days is null or days_after is null then 'unknown:parameter_not_set'
        when days_after <= window_days then 'pass'
        else 'violation'
    end as verdict -- pass, violation, or unknown with what is missing
from measured
