-- pd_02: no buyer whose price is protected pays for its movement.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: only exchanges for the same article; what is promised is told by fct_promise.

with

lists as (

    select distinct shop_id
    from dim_promise

),

judged as (

    select
        c.case_key,
        c.difference_amount,
        cast(p.days_since as double) as days_since,
        case
            when p.outcome = 'broken' and p.reason = 'difference_charged' then 'violation'
            when p.outcome = 'held' then 'pass'
            when p.outcome = 'broken' then 'not_applicable:' || p.reason
            when p.outcome = 'not_applicable' then 'not_applicable:' || p.reason
            when p.outcome = 'unknown' then 'unknown:' || p.reason
            when lists.shop_id is null then 'unknown:no_promise_list'
            else 'not_applicable:no_promise'
        end as verdict
    from int_case_merge as c
    left join fct_promise as p
        on
            p.promise = 'price_protection'
            and c.platform = p.platform
            and c.shop_id = p.shop_id
            and c.case_id = p.case_id
    left join lists on c.shop_id = lists.shop_id
    where c.asked_type = 'exchange' and c.replacement_sku = c.sku

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(difference_amount as double) as measured, -- the difference settled; above 0 the buyer paid
    cast(0 as double) as allowed, -- nothing
    case
        when outcome_of(verdict) = 'violation' then cast(difference_amount as decimal(18, 4))
    end as amount_at_risk -- the difference charged
from judged
