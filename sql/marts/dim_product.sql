-- dim_product: every sku sold or complained about, with its newest title.
-- grain: sku
-- owner: after-sales analytics
-- caveat: titles change; the one on the latest order is shown.

with

seen as (

    select
        sku,
        title,
        created_at as seen_at
    from stg_shop__order_line
    union all
    select
        sku,
        title,
        applied_at as seen_at
    from stg_shop__case

)

select
    sku, -- the merchant's code, else the platform's
    -- newest; the sku where none is told
    coalesce(arg_max(title, seen_at), max(title), sku) as title
from seen
where sku is not null
group by sku
