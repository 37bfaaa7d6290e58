-- ex_21: the times of an exchange run forwards.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: each time is held against the last one before it that is there; in a fast exchange the
--   goods may come back while the replacement is on its way.

with

cases as (

    select
        *,
        coalesce(inspected_at, return_received_at, return_shipped_at) as back_at
    from int_case_merge

),

judged as (

    select
        c.case_key,
        case
            when
                coalesce(
                    c.reviewed_at, c.return_shipped_at, c.return_received_at, c.inspected_at,
                    c.reshipped_at, c.buyer_received_at, c.closed_at
                ) is null
                or c.applied_at is null
                then 'unknown:no_times'
            when c.reviewed_at < c.applied_at then 'violation:reviewed'
            when
                c.return_shipped_at < coalesce(c.reviewed_at, c.applied_at)
                then 'violation:return_shipped'
            when
                c.return_received_at < coalesce(c.return_shipped_at, c.reviewed_at, c.applied_at)
                then 'violation:return_received'
            when
                c.inspected_at
                < coalesce(c.return_received_at, c.return_shipped_at, c.reviewed_at, c.applied_at)
                then 'violation:inspected'
            when c.reshipped_at < coalesce(c.reviewed_at, c.applied_at) then 'violation:reshipped'
            when
                c.buyer_received_at < coalesce(c.reshipped_at, c.reviewed_at, c.applied_at)
                then 'violation:buyer_received'
            when
                c.closed_at < coalesce(c.buyer_received_at, c.reshipped_at, c.applied_at)
                then 'violation:closed'
            when c.closed_at < c.back_at then 'violation:closed'
            when c.closed_at < c.reviewed_at then 'violation:closed'
            when c.is_fast then 'pass'
            when c.reshipped_at < c.back_at and c.is_fast is null then 'unknown:no_fast_mark'
            when c.reshipped_at < c.back_at then 'violation:reshipped'
            when c.reshipped_at is null and c.buyer_received_at < c.back_at and c.is_fast is null
                then 'unknown:no_fast_mark'
            when c.reshipped_at is null and c.buyer_received_at < c.back_at
                then 'violation:buyer_received'
            else 'pass'
        end as verdict
    from cases as c
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon the first time that is too early, or what is missing
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
