-- sold_orders_agree: A shop's sold orders are as many in fct_order as in mart_order_event.
-- level: critical
with

facts as (

    select
        platform,
        shop_id,
        count(*) as orders
    from fct_order
    where is_sold
    group by platform, shop_id

),

events as (

    select
        platform,
        shop_id,
        count(distinct order_key) as orders
    from mart_order_event
    where event_type = 'sold'
    group by platform, shop_id

)

select
    coalesce(facts.platform, events.platform) as platform,
    coalesce(facts.shop_id, events.shop_id) as shop_id,
    facts.orders as in_fct_order,
    events.orders as in_mart_order_event
from facts
full outer join events on facts.platform = events.platform and facts.shop_id = events.shop_id
where facts.orders is distinct from events.orders
