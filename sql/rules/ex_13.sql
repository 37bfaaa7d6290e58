-- ex_13: no price difference is settled when the same article comes back.
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
        p.charged_amount,
        case
            when not p.is_same_sku then 'not_applicable:other_article'
            when c.sku is null then 'unknown:no_sku'
            when p.is_same_sku is null and p.status = 'censored' then 'not_applicable:open'
            when p.is_same_sku is null and p.status = 'not_applicable'
                then 'not_applicable:not_exchanged'
            when p.is_same_sku is null then 'unknown:no_replacement_sku'
            when p.charged_amount = 0 then 'pass'
            when p.charged_amount > 0 then 'violation:buyer_paid'
            when p.charged_amount < 0 then 'violation:merchant_paid'
            when p.status = 'censored' then 'not_applicable:open'
            when p.status = 'not_applicable' then 'not_applicable:not_exchanged'
            else 'unknown:no_charged_difference'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_difference as p on c.case_key = p.case_key

)

select
    'EX-13' as rule_id, -- ref_rule
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
    reason_of(verdict) as reason, -- who paid, or what is missing
    cast(charged_amount as double) as measured, -- settled; above 0 the buyer paid
    cast(0 as double) as allowed, -- nothing
    case
        when outcome_of(verdict) = 'violation'
            then cast(abs(charged_amount) as decimal(18, 4))
    end as amount_at_risk, -- what was settled
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
