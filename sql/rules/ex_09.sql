-- ex_09: an exchange that was done has an inspection with its result.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: only where the merchant's own books hold the case can an inspection be missing; of
--   others it is not known whether there was one.

with

judged as (

    select
        c.case_key,
        cast(c.unit_paid * c.units as decimal(18, 4)) as value_amount,
        case
            when c.is_open or not c.is_done then 'not_applicable:not_done'
            when c.is_done is null then 'unknown:no_outcome'
            when c.inspected_at is not null and c.inspection is not null then 'pass'
            when not c.has_record and c.inspected_at is null then 'unknown:no_inspection_time'
            when not c.has_record then 'unknown:no_inspection_result'
            when c.inspected_at is null then 'violation:no_inspection'
            else 'violation:no_result'
        end as verdict
    from int_case_merge as c
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    case
        when outcome_of(verdict) = 'violation' then value_amount
    end as amount_at_risk -- paid for the units exchanged
from judged
