-- ex_05: goods without an exchange entry are not exchanged.
-- grain: case_key
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
        c.case_key,
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
    left join dim_special_goods as goods on c.shop_id = goods.shop_id and c.sku = goods.sku
    left join lists on c.shop_id = lists.shop_id
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
