-- ex_07: the buyer sends the goods back after the merchant has agreed.
-- grain: case_key
-- owner: after-sales analytics

with

judged as (

    select
        c.case_key,
        seconds_between(c.reviewed_at, c.return_shipped_at) as return_seconds,
        case
            when
                c.return_shipped_at is null
                and coalesce(c.return_received_at, c.inspected_at) is not null
                then 'unknown:no_return_time'
            when c.return_shipped_at is null then 'not_applicable:nothing_returned'
            when c.reviewed_at is null then 'unknown:no_review_time'
            when c.return_shipped_at >= c.reviewed_at then 'pass'
            else 'violation'
        end as verdict
    from int_case_merge as c
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    return_seconds as measured, -- seconds from review to return; below 0 before it
    cast(0 as double) as allowed, -- seconds at least
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
