-- ex_11: goods that passed inspection are not refused afterwards.
-- grain: case_key
-- owner: after-sales analytics

with

-- refused after the inspection, as a log tells it, whatever came of it
later as (

    select distinct
        p.platform,
        p.shop_id,
        p.case_id
    from int_case_path as p
    inner join int_case_merge as m
        on
            p.platform = m.platform
            and p.shop_id = m.shop_id
            and p.case_id = m.case_id
    where p.told_by = 'log' and p.status = 'rejected' and p.seen_at > m.inspected_at

),

judged as (

    select
        c.case_key,
        cast(c.unit_paid * c.units as decimal(18, 4)) as value_amount,
        case
            when c.inspection = 'failed' then 'not_applicable:inspection_failed'
            when c.inspection is null and c.status = 'rejected' then 'unknown:no_inspection_result'
            when c.inspection is null then 'not_applicable:not_inspected'
            when c.status = 'rejected' or later.case_id is not null then 'violation'
            when c.is_open or c.status in ('withdrawn', 'converted') or c.is_done then 'pass'
            else 'unknown:no_outcome'
        end as verdict
    from int_case_merge as c
    left join later
        on
            c.platform = later.platform
            and c.shop_id = later.shop_id
            and c.case_id = later.case_id
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
