-- units_agree_between_exports: An order has as many units in the order report as over its lines.
-- level: warning
with

lines as (

    select
        platform,
        shop_id,
        order_id,
        sum(units) as units
    from stg_shop__order_line
    group by platform, shop_id, order_id

)

select
    orders.platform,
    orders.shop_id,
    orders.order_id,
    orders.units as in_order_report,
    lines.units as over_lines,
    orders.source_file_id,
    orders.source_record
from stg_shop__order as orders
inner join lines
    on
        orders.platform = lines.platform
        and orders.shop_id = lines.shop_id
        and orders.order_id = lines.order_id
where orders.units <> lines.units
