-- ex_25: an approved exchange says what it is swapped for.
-- grain: case_key
-- owner: after-sales analytics

with

judged as (

    select
        c.case_key,
        case
            when not c.is_approved then 'not_applicable:refused'
            when c.is_approved is null and c.is_open then 'not_applicable:not_decided'
            when c.replacement_sku is not null then 'pass'
            when c.is_approved is null then 'unknown:no_decision'
            when c.has_record then 'violation'
            else 'unknown:no_record'
        end as verdict
    from int_case_merge as c
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
