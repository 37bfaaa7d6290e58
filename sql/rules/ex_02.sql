-- ex_02: an exchange is applied for after the goods were signed for.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: a completed order says nothing of signing, since completion comes by itself after some
--   days; goods that had not left when the buyer applied were not signed for.

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
        seconds_between(c.signed_at, c.applied_at) as signed_seconds,
        case
            when not coalesce(c.has_order, false) then 'unknown:no_order'
            when c.applied_at is null then 'unknown:no_application_time'
            when c.signed_at <= c.applied_at then 'pass'
            when c.signed_at > c.applied_at then 'violation:before_signing'
            when c.shipped_at > c.applied_at or c.order_status_then in ('unpaid', 'paid')
                then 'violation:before_shipping'
            else 'unknown:no_signing_time'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    where c.asked_type = 'exchange'

)

select
    'EX-02' as rule_id, -- ref_rule
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
    reason_of(verdict) as reason, -- how far the parcel was, or what is missing
    signed_seconds as measured, -- seconds from signing to application; below 0 before it
    cast(0 as double) as allowed, -- seconds at least
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
