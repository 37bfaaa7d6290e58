-- dim_shop: every shop any export speaks of, with the name to show.
-- grain: shop_id
-- owner: after-sales analytics

with

named as (

    select
        shop_id,
        max(shop_title) as title
    from int_order_merge
    group by shop_id
    union all
    select
        shop_id,
        cast(null as varchar) as title
    from ref_file

)

select
    n.shop_id, -- the file's own column, else the inbox folder
    coalesce(max(own.title), max(n.title), n.shop_id) as title -- settings, else export, else the id
from named as n
left join ref_shop as own on n.shop_id = own.shop_id
group by n.shop_id
