-- ex_08: the replacement leaves after the returned goods were received and inspected.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: a fast exchange (极速换货) sends first by design; where no export says whether it was one,
--   sending first is unknown and no violation.

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
    inner join int_rule_case as d on c.case_key = d.case_key
    where c.asked_type = 'exchange'

)

select
    'EX-08' as rule_id, -- ref_rule
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
    reason_of(verdict) as reason, -- what it came before, or what is missing
    inspected_seconds as measured, -- seconds from inspection to sending; below 0 before it
    cast(0 as double) as allowed, -- seconds at least
    case
        when outcome_of(verdict) = 'violation' then value_amount
    end as amount_at_risk, -- paid for the units exchanged
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
