-- ex_25: an approved exchange says what it is swapped for.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics

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
        case
            when not c.is_approved then 'not_applicable:refused'
            when c.is_approved is null and c.is_open then 'not_applicable:not_decided'
            when c.replacement_sku is not null then 'pass'
            when c.is_approved is null then 'unknown:no_decision'
            when c.has_record then 'violation'
            else 'unknown:no_record'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    where c.asked_type = 'exchange'

)

select
    'EX-25' as rule_id, -- ref_rule
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
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
