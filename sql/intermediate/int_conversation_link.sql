-- int_conversation_link: the order and case a conversation is about, and how that is known.
-- grain: platform, shop_id, conversation_id
-- owner: after-sales analytics
-- caveat: without a stated number, the nearest case or else order of the same buyer in the same
--   shop within 14 days is taken; it may be another one. A desk's platform may differ from the
--   shop's, so buyers and orders meet by shop.

with

conversations as (

    select
        platform,
        shop_id,
        conversation_id,
        buyer_key,
        order_id,
        case_id,
        started_at
    from int_conversation_merge

),

unstated as (

    select *
    from conversations
    where order_id is null and case_id is null and buyer_key is not null

),

near as (

    select
        u.platform,
        u.shop_id,
        u.conversation_id,
        c.platform as order_platform,
        c.order_id,
        c.case_id,
        1 as how,
        abs(seconds_between(u.started_at, c.applied_at)) as distance_seconds
    from unstated as u
    inner join stg_shop__case as c
        on u.shop_id = c.shop_id and u.buyer_key = c.buyer_key
    where abs(seconds_between(u.started_at, c.applied_at)) <= 14 * 86400
    union all
    select
        u.platform,
        u.shop_id,
        u.conversation_id,
        o.platform as order_platform,
        o.order_id,
        cast(null as varchar) as case_id,
        2 as how,
        abs(seconds_between(u.started_at, coalesce(o.created_at, o.paid_at))) as distance_seconds
    from unstated as u
    inner join int_order_merge as o
        on u.shop_id = o.shop_id and u.buyer_key = o.buyer_key
    where abs(seconds_between(u.started_at, coalesce(o.created_at, o.paid_at))) <= 14 * 86400

),

nearest as (

    select *
    from near
    qualify row_number() over (
            partition by platform, shop_id, conversation_id
            order by how, distance_seconds, case_id, order_id
        ) = 1

),

-- the shop's own platform, where a stated number is one of its orders or cases
stated as (

    select
        v.platform,
        v.shop_id,
        v.conversation_id,
        min(coalesce(c.platform, o.platform)) as order_platform,
        min(c.order_id) as order_id
    from conversations as v
    left join stg_shop__case as c
        on v.shop_id = c.shop_id and v.case_id = c.case_id
    left join int_order_merge as o
        on v.shop_id = o.shop_id and v.order_id = o.order_id
    where v.order_id is not null or v.case_id is not null
    group by v.platform, v.shop_id, v.conversation_id

)

select
    v.platform, -- of the desk
    v.shop_id, -- whose desk it is
    v.conversation_id, -- the desk's own text
    coalesce(v.order_id, stated.order_id, nearest.order_id) as order_id, -- the order it is about
    coalesce(v.case_id, nearest.case_id) as case_id, -- the case it is about
    coalesce(stated.order_platform, nearest.order_platform) as order_platform, -- of that order
    case
        when v.order_id is not null or v.case_id is not null then 'stated'
        when nearest.conversation_id is not null then 'buyer_window'
        else 'none'
    end as link, -- stated, buyer_window, none
    case
        when v.order_id is not null or v.case_id is not null then null
        when nearest.conversation_id is not null then null
        when v.buyer_key is null then 'no_buyer'
        else 'no_order_near'
    end as link_reason -- why there is no link
from conversations as v
left join stated
    on
        v.platform = stated.platform
        and v.shop_id = stated.shop_id
        and v.conversation_id = stated.conversation_id
left join nearest
    on
        v.platform = nearest.platform
        and v.shop_id = nearest.shop_id
        and v.conversation_id = nearest.conversation_id
