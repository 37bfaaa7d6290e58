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

),

newest as (

    select
        sku,
        title,
        row_number() over (
            partition by sku
            order by title is null, seen_at desc nulls last, title asc
        ) as place
    from seen
    where sku is not null

)

select
    sku, -- the merchant's code, else the platform's
    coalesce(title, sku) as title -- newest; the sku where none is told
from newest
where place = 1
