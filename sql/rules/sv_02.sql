-- sv_02: goods sent back are inspected within hours of their receipt.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: without an inspection time a replacement or refund within the limit tells that it was
--   done by then.

with

exempt as (

    select
        c.case_key,
        min(e.reason) as reason
    from int_case_merge as c
    inner join ref_exempt as e
        on
            (e.shop_id is null or c.shop_id = e.shop_id)
            and c.return_received_at >= e.from_at
            and c.return_received_at < e.until_at
    group by c.case_key

),

measured as (

    select
        c.case_key,
        c.status,
        c.is_open,
        c.is_fast,
        c.return_received_at,
        c.inspected_at,
        exempt.reason as exempt_reason,
        longest.value as limit_seconds,
        seconds_between(c.return_received_at, c.inspected_at) as inspection_seconds,
        case
            when c.is_fast then seconds_between(c.return_received_at, c.refunded_at)
            else
                seconds_between(
                    c.return_received_at, coalesce(c.reshipped_at, c.refunded_at)
                )
        end as step_seconds,
        seconds_between(c.return_received_at, run.as_of) as age_seconds
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    cross join ref_run as run
    left join exempt on c.case_key = exempt.case_key
    left join int_rule_parameter as longest
        on
            longest.rule_id = 'SV-02'
            and longest.parameter = 'limit_seconds'
            and c.platform = longest.platform
            and c.shop_id = longest.shop_id
            and d.applied_on >= longest.valid_from
            and d.applied_on < longest.valid_to
    where c.asked_type in ('exchange', 'return_refund', 'repair')

),

judged as (

    select
        *,
        case
            when exempt_reason is not null then 'not_applicable:exempt'
            when
                return_received_at is null
                and inspected_at is null
                and (status in ('applied', 'approved', 'rejected', 'withdrawn') or is_open is null)
                then 'not_applicable:nothing_received'
            when return_received_at is null then 'unknown:no_receipt_time'
            when limit_seconds is null then 'unknown:parameter_not_set'
            when inspection_seconds < 0 then 'unknown:times_out_of_order'
            when inspection_seconds <= limit_seconds then 'pass'
            when inspection_seconds is not null then 'violation:late'
            when step_seconds >= 0 and step_seconds <= limit_seconds then 'pass'
            when step_seconds is not null then 'unknown:no_inspection_time'
            when status in ('approved', 'returned') and is_open and age_seconds > limit_seconds
                then 'violation:not_inspected'
            when status in ('approved', 'returned') and is_open then 'not_applicable:still_running'
            when status = 'withdrawn' then 'not_applicable:withdrawn'
            else 'unknown:no_inspection_time'
        end as verdict,
        case
            when inspection_seconds is not null then inspection_seconds
            when status in ('approved', 'returned') and is_open then age_seconds
        end as waited_seconds
    from measured

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon late or not at all, or what is missing
    waited_seconds as measured, -- seconds from receipt to inspection, or to the as-of
    limit_seconds as allowed, -- seconds at most
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
