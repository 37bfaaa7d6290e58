-- ex_09: an exchange that was done has an inspection with its result.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: only where the merchant's own books hold the case can an inspection be missing; of
--   others it is not known whether there was one.

with

judged as (

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
    inner join int_rule_case as d on c.case_key = d.case_key
    where c.asked_type = 'exchange'

)

select
    'EX-09' as rule_id, -- ref_rule
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
    reason_of(verdict) as reason, -- what is missing, or why it does not apply
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    case
        when outcome_of(verdict) = 'violation' then value_amount
    end as amount_at_risk, -- paid for the units exchanged
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
