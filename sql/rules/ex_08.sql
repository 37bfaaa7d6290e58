-- ex_08: the replacement leaves after the returned goods were received and inspected.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: a fast exchange (极速换货) sends first by design; where no export says whether it was one,
--   sending first is unknown and no violation.

with

judged as (

    select
        c.case_key,
        cast(c.unit_paid * c.units as decimal(18, 4)) as value_amount,
        seconds_between(c.inspected_at, c.reshipped_at) as inspected_seconds,
        case
            when c.reshipped_at is null then 'not_applicable:not_reshipped'
            when c.is_fast then 'not_applicable:fast_exchange'
            when c.inspected_at <= c.reshipped_at then 'pass'
            when c.inspected_at is null and c.return_received_at is null
                then 'unknown:no_inspection_time'
            when
                c.inspected_at is null and c.return_received_at <= c.reshipped_at
                then 'unknown:no_inspection_time'
            when c.is_fast is null then 'unknown:no_fast_mark'
            when c.return_received_at <= c.reshipped_at then 'violation:before_inspection'
            when c.return_received_at is null then 'violation:before_inspection'
            else 'violation:before_return'
        end as verdict
    from int_case_merge as c
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what it came before, or what is missing
    inspected_seconds as measured, -- seconds from inspection to sending; below 0 before it
    cast(0 as double) as allowed, -- seconds at least
    case
        when outcome_of(verdict) = 'violation' then value_amount
    end as amount_at_risk -- paid for the units exchanged
from judged
