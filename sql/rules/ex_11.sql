-- ex_11: goods that passed inspection are not refused afterwards.
-- grain: platform, shop_id, entity_id
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
            when c.inspection = 'failed' then 'not_applicable:inspection_failed'
            when c.inspection is null and c.status = 'rejected' then 'unknown:no_inspection_result'
            when c.inspection is null then 'not_applicable:not_inspected'
            when c.status = 'rejected' or later.case_id is not null then 'violation'
            when c.is_open or c.status in ('withdrawn', 'converted') or c.is_done then 'pass'
            else 'unknown:no_outcome'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    left join later
        on
            c.platform = later.platform
            and c.shop_id = later.shop_id
            and c.case_id = later.case_id
    where c.asked_type = 'exchange'

)

select
    'EX-11' as rule_id, -- ref_rule
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
