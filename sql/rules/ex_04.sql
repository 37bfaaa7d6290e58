-- ex_04: an exchange outside its window was negotiated, and somebody noted that.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: where the merchant's own books hold the case and say nothing of a negotiation, none can
--   be shown; where they do not hold it, nothing is known.

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
        w.days_after,
        w.window_days,
        case
            when d.exempt_reason is not null then 'not_applicable:exempt'
            when w.verdict = 'pass' then 'not_applicable:within_window'
            when w.verdict <> 'violation' then w.verdict
            when not c.is_approved then 'not_applicable:refused'
            when c.is_negotiated then 'pass'
            when c.is_approved is null and c.is_open then 'not_applicable:not_decided'
            when c.is_approved is null then 'unknown:no_decision'
            when c.has_record then 'violation'
            else 'unknown:no_record'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_window as w on c.case_key = w.case_key

)

select
    'EX-04' as rule_id, -- ref_rule
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
    days_after as measured, -- days from completion to application
    window_days as allowed, -- days at most
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
