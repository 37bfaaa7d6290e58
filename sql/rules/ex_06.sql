-- ex_06: a person looked at an exchange before it was approved.
-- grain: case_key
-- owner: after-sales analytics

with

judged as (

    select
        c.case_key,
        least_time.value as min_seconds,
        seconds_between(c.applied_at, c.reviewed_at) as review_seconds,
        case
            when not c.is_approved then 'not_applicable:refused'
            when c.is_approved is null and c.is_open then 'not_applicable:not_decided'
            when c.is_approved is null then 'unknown:no_decision'
            when c.is_automatic then 'violation:by_rule'
            when c.reviewed_at < c.applied_at then 'unknown:times_out_of_order'
            when c.reviewed_at is null and not c.is_automatic then 'pass'
            when c.reviewed_at is null or c.applied_at is null then 'unknown:no_review_time'
            when least_time.value is null then 'unknown:parameter_not_set'
            when seconds_between(c.applied_at, c.reviewed_at) < least_time.value
                then 'violation:within_seconds'
            else 'pass'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    left join int_rule_parameter as least_time
        on
            least_time.rule_id = 'EX-06'
            and least_time.parameter = 'min_seconds'
            and c.platform = least_time.platform
            and c.shop_id = least_time.shop_id
            and d.applied_on >= least_time.valid_from
            and d.applied_on < least_time.valid_to
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon how it was approved, or what is missing
    review_seconds as measured, -- seconds from application to review
    min_seconds as allowed, -- seconds at least
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
