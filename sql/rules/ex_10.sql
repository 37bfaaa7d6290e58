-- ex_10: goods that failed inspection are not replaced, unless both sides agreed to it.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: a negotiation nobody noted cannot be shown; a fast exchange had left before anybody
--   could look.

with

judged as (

    select
        c.case_key,
        cast(c.unit_paid * c.units as decimal(18, 4)) as value_amount,
        case
            when c.inspection = 'passed' then 'not_applicable:inspection_passed'
            when c.inspection is null and c.reshipped_at is null then 'not_applicable:not_reshipped'
            when c.inspection is null then 'unknown:no_inspection_result'
            when c.reshipped_at is null and c.is_done then 'unknown:no_reshipping_time'
            when c.reshipped_at is null then 'pass'
            when c.is_negotiated then 'not_applicable:negotiated'
            when c.is_fast and c.reshipped_at <= c.inspected_at then 'not_applicable:fast_exchange'
            else 'violation'
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
