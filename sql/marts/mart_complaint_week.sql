-- mart_complaint_week: complaints and orders sold, by week and article.
-- grain: platform, shop_id, week_on, sku?, leaf
-- owner: after-sales analytics
-- caveat: rows of the article 'any' and of the category 'any' are all of them once, so take one of
--   each; orders stand under the category 'any' alone and go with every category. A complaint
--   counts where it was sold: by its order, else with the only platform the shop sells on. One
--   that names no article has none. Weeks before the shop's first case, conversation or review are
--   not known; where chats came in later than reviews, complaints rise with them.

with

sellers as (

    select
        shop_id,
        min(platform) as platform
    from fct_order
    group by shop_id
    having count(distinct platform) = 1

),

told as (

    select
        coalesce(f.order_platform, s.platform, f.platform) as platform,
        f.shop_id,
        f.source,
        f.entity_id,
        f.platform as told_platform,
        f.sku,
        cast(date_trunc('week', f.told_on) as date) as week_on,
        f.is_complaint
    from fct_feedback as f
    left join sellers as s on f.shop_id = s.shop_id
    where f.told_on is not null

),

covered as (

    select
        platform,
        shop_id,
        min(week_on) as known_from,
        max(week_on) as known_until
    from told
    group by platform, shop_id

),

named as (

    select
        t.platform,
        t.shop_id,
        t.week_on,
        t.sku,
        c.leaf
    from told as t
    inner join fct_complaint as c
        on
            t.told_platform = c.platform
            and t.shop_id = c.shop_id
            and t.source = c.source
            and t.entity_id = c.entity_id
    union all
    select
        t.platform,
        t.shop_id,
        t.week_on,
        t.sku,
        'any' as leaf
    from told as t
    where t.is_complaint

),

counted as (

    select
        platform,
        shop_id,
        week_on,
        sku,
        leaf,
        1 as complaints,
        0 as orders_sold
    from named
    union all
    select
        platform,
        shop_id,
        week_on,
        'any' as sku,
        leaf,
        1 as complaints,
        0 as orders_sold
    from named
    union all
    select
        platform,
        shop_id,
        cast(date_trunc('week', sold_on) as date) as week_on,
        'any' as sku,
        'any' as leaf,
        0 as complaints,
        1 as orders_sold
    from fct_order
    where is_sold and sold_on is not null
    union all
    select
        platform,
        shop_id,
        cast(date_trunc('week', sold_on) as date) as week_on,
        sku,
        'any' as leaf,
        0 as complaints,
        count(distinct order_id) as orders_sold
    from fct_order_line
    where is_sold and sold_on is not null and sku is not null
    group by platform, shop_id, cast(date_trunc('week', sold_on) as date), sku

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose it is
    c.week_on, -- Monday of the local week it was told, or sold
    c.sku, -- what it is about; any: all of them; null: the complaint names none
    c.leaf, -- the category: ref_leaf; any: all of them
    -- the shop's cases, conversations or reviews cover the week
    coalesce(
        c.week_on >= min(covered.known_from)
        and c.week_on <= min(covered.known_until),
        false
    ) as complaints_known,
    cast(floor(sum(c.complaints)) as bigint) as complaints, -- cases, conversations and reviews
    cast(floor(sum(c.orders_sold)) as bigint) as orders_sold -- under the category any only
from counted as c
-- left join: a shop that sold may have no complaints and nothing they are told in
left join covered
    on
        c.platform = covered.platform
        and c.shop_id = covered.shop_id
group by c.platform, c.shop_id, c.week_on, c.sku, c.leaf
