-- ex_07: the buyer sends the goods back after the merchant has agreed.
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
        seconds_between(c.reviewed_at, c.return_shipped_at) as return_seconds,
        case
            when
                c.return_shipped_at is null
                and coalesce(c.return_received_at, c.inspected_at) is not null
                then 'unknown:no_return_time'
            when c.return_shipped_at is null then 'not_applicable:nothing_returned'
            when c.reviewed_at is null then 'unknown:no_review_time'
            when c.return_shipped_at >= c.reviewed_at then 'pass'
            else 'violation'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    where c.asked_type = 'exchange'

)

select
    'EX-07' as rule_id, -- ref_rule
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
    return_seconds as measured, -- seconds from review to return; below 0 before it
    cast(0 as double) as allowed, -- seconds at least
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
