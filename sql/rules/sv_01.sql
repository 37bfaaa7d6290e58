-- sv_01: a case is reviewed within hours of the application.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: without a review time a later step tells that the review came before it, and an automatic
--   approval that nobody waited.

with

timed as (

    select
        c.*,
        coalesce(
            c.return_shipped_at, c.return_received_at, c.inspected_at, c.reshipped_at, c.refunded_at
        ) as stepped_at
    from int_case_merge as c

),

measured as (

    select
        c.case_key,
        c.applied_at,
        c.is_automatic,
        c.status,
        c.is_open,
        c.reviewed_at,
        d.exempt_reason,
        longest.value as limit_seconds,
        seconds_between(c.applied_at, c.reviewed_at) as review_seconds,
        seconds_between(c.applied_at, c.stepped_at) as step_seconds,
        seconds_between(c.applied_at, run.as_of) as age_seconds
    from timed as c
    inner join int_rule_case as d on c.case_key = d.case_key
    cross join ref_run as run
    left join int_rule_parameter as longest
        on
            longest.rule_id = 'SV-01'
            and longest.parameter = 'limit_seconds'
            and c.platform = longest.platform
            and c.shop_id = longest.shop_id
            and d.applied_on >= longest.valid_from
            and d.applied_on < longest.valid_to

),

judged as (

    select
        *,
        case
            when exempt_reason is not null then 'not_applicable:exempt'
            when applied_at is null then 'unknown:no_application_time'
            when is_automatic then 'pass'
            when limit_seconds is null then 'unknown:parameter_not_set'
            when review_seconds < 0 then 'unknown:times_out_of_order'
            when review_seconds <= limit_seconds then 'pass'
            when review_seconds is not null then 'violation:late'
            when step_seconds >= 0 and step_seconds <= limit_seconds then 'pass'
            when status = 'applied' and is_open and age_seconds > limit_seconds
                then 'violation:not_reviewed'
            when status = 'applied' and is_open then 'not_applicable:still_running'
            when status = 'withdrawn' then 'not_applicable:withdrawn'
            else 'unknown:no_review_time'
        end as verdict,
        case
            when review_seconds is not null then review_seconds
            when status = 'applied' and is_open then age_seconds
        end as waited_seconds
    from measured

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon late or not at all, or what is missing
    waited_seconds as measured, -- seconds from application to review, or to the as-of
    limit_seconds as allowed, -- seconds at most
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
