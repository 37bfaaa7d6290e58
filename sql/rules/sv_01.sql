-- sv_01: a case is reviewed within hours of the application.
-- grain: platform, shop_id, entity_id
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
        c.platform,
        c.shop_id,
        c.case_id,
        c.order_id,
        c.sku,
        c.agent,
        c.currency,
        c.source_file_id,
        c.source_record,
        d.applied_on,
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
    'SV-01' as rule_id, -- ref_rule
    platform, -- where it was sold
    shop_id, -- whose case it is
    'case' as entity, -- what is judged
    case_id as entity_id, -- the platform's own text
    case_id, -- the platform's own text
    order_id, -- the order it is about
    sku, -- the line's, else the case's own
    agent, -- who handled it
    applied_on as occurred_on, -- local day of application
    outcome_of(verdict) as outcome, -- violation, pass, not_applicable, unknown
    reason_of(verdict) as reason, -- late or not at all, or what is missing
    waited_seconds as measured, -- seconds from application to review, or to the as-of
    limit_seconds as allowed, -- seconds at most
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
