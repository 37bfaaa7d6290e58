-- ex_01: an exchange is applied for while the goods are on their way or the order is complete.
-- grain: case_key
-- owner: after-sales analytics

with

judged as (

    select
        c.case_key,
        case
            when c.order_status_then in ('shipped', 'completed') then 'pass'
            when not coalesce(c.has_order, false) then 'unknown:no_order'
            when c.order_status_then is null then 'unknown:no_order_status'
            else 'violation:' || c.order_status_then
        end as verdict
    from int_case_merge as c
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what the order was, or what is missing
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
