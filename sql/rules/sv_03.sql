-- sv_03: the replacement leaves within hours of the inspection.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: a replacement sent before the goods were inspected is not late; EX-08 judges that.

with

exempt as (

    select
        c.case_key,
        min(e.reason) as reason
    from int_case_merge as c
    inner join ref_exempt as e
        on
            (e.shop_id is null or c.shop_id = e.shop_id)
            and c.inspected_at >= e.from_at
            and c.inspected_at < e.until_at
    group by c.case_key

),

measured as (

    select
        c.case_key,
        c.status,
        c.is_open,
        c.is_fast,
        c.is_done,
        c.inspection,
        c.inspected_at,
        c.reshipped_at,
        c.return_received_at,
        exempt.reason as exempt_reason,
        longest.value as limit_seconds,
        cast(c.unit_paid * c.units as decimal(18, 4)) as value_amount,
        seconds_between(c.inspected_at, c.reshipped_at) as reship_seconds,
        seconds_between(c.return_received_at, c.reshipped_at) as kept_seconds,
        seconds_between(c.inspected_at, run.as_of) as age_seconds
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    cross join ref_run as run
    left join exempt on c.case_key = exempt.case_key
    left join int_rule_parameter as longest
        on
            longest.rule_id = 'SV-03'
            and longest.parameter = 'limit_seconds'
            and c.platform = longest.platform
            and c.shop_id = longest.shop_id
            and d.applied_on >= longest.valid_from
            and d.applied_on < longest.valid_to
    where c.asked_type = 'exchange'

),

judged as (

    select
        *,
        case
            when exempt_reason is not null then 'not_applicable:exempt'
            when inspection = 'failed' then 'not_applicable:failed_inspection'
            when is_fast then 'not_applicable:fast_exchange'
            when limit_seconds is null then 'unknown:parameter_not_set'
            when reship_seconds <= limit_seconds then 'pass'
            when reship_seconds is not null then 'violation:late'
            -- what was inspected in between took no longer
            when kept_seconds >= 0 and kept_seconds <= limit_seconds then 'pass'
            when reshipped_at is not null then 'unknown:no_inspection_time'
            when status in ('withdrawn', 'converted', 'rejected') then 'not_applicable:' || status
            when inspected_at is null and status in ('applied', 'approved', 'returned')
                then 'not_applicable:not_inspected'
            when inspected_at is null then 'unknown:no_inspection_time'
            when is_open and age_seconds > limit_seconds then 'violation:not_sent'
            when is_open then 'not_applicable:still_running'
            else 'unknown:no_reship_time'
        end as verdict,
        case
            when reship_seconds is not null then reship_seconds
            when is_open and reshipped_at is null then age_seconds
        end as waited_seconds
    from measured

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon late or not at all, or what is missing
    waited_seconds as measured, -- seconds from inspection to sending, or to the as-of
    limit_seconds as allowed, -- seconds at most
    case
        when outcome_of(verdict) = 'violation' then value_amount
    end as amount_at_risk -- paid for the units waited for
from judged
