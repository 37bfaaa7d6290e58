-- ex_05: goods without an exchange entry are not exchanged.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: kept by people: in a shop with a list, what is not on it is ordinary goods; a shop
--   without a list is unknown.

with

lists as (

    select distinct shop_id
    from dim_special_goods

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
            when not c.is_approved then 'not_applicable:refused'
            when c.sku is null then 'unknown:no_sku'
            when goods.can_exchange then 'pass'
            when not goods.can_exchange then 'violation'
            when goods.sku is not null then 'unknown:no_exchange_mark'
            when lists.shop_id is not null then 'pass'
            else 'unknown:no_special_goods'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    left join dim_special_goods as goods on c.shop_id = goods.shop_id and c.sku = goods.sku
    left join lists on c.shop_id = lists.shop_id
    where c.asked_type = 'exchange'

)

select
    'EX-05' as rule_id, -- ref_rule
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
