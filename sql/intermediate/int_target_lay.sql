-- int_target_lay: every target a service is measured by, with whom it is for and when it holds.
-- grain: target_id
-- owner: after-sales analytics
-- caveat: a desk exports what its policies promise, not which tickets they are for. So a policy's
--   target is used where it is the only one of its shop for that measure, priority and time; where
--   there are several, all are kept and none is judged by.

with

promised as (

    select
        platform,
        shop_id,
        policy_id,
        metric,
        lower(priority) as priority,
        target_minutes,
        coalesce(lower(in_working_hours) in ('true', '1', 'yes'), false) as is_working,
        valid_from,
        lead(valid_from) over (
            partition by platform, shop_id, policy_id, metric, priority order by valid_from
        ) as valid_to
    from stg_desk__sla_target

),

desk as (

    select
        *,
        case metric
            when 'first_reply_time' then 'first_response'
            when 'next_reply_time' then 'next_reply'
            when 'requester_wait_time' then 'requester_wait'
            when 'first_resolution_time' then 'first_resolution'
            when 'total_resolution_time' then 'full_resolution'
        end as measure
    from promised

),

rivals as (

    select
        shop_id,
        metric,
        priority,
        count(distinct policy_id) as policies
    from desk
    group by shop_id, metric, priority

)

select
    target_id, -- of the workspace, or of the desk: policy, metric, priority and when
    measure, -- first_response, next_reply, first_resolution, full_resolution, requester_wait
    target_seconds, -- within which it is to be done
    is_working, -- working time counts, else calendar time
    valid_from, -- for what begins from then on; UTC
    valid_to, -- until then; UTC
    shop_id, -- null: of any shop
    team, -- null: of any team
    kind, -- chat, ticket or call; null: any
    channel, -- null: any
    priority, -- in small letters; null: any
    true as is_sole -- nothing else of its kind competes with it
from ref_target
union all
select
    'desk:' || d.policy_id || ':' || d.metric || ':' || d.priority || ':'
    || cast(d.valid_from as varchar) as target_id,
    d.measure,
    d.target_minutes * 60 as target_seconds,
    d.is_working,
    d.valid_from,
    coalesce(d.valid_to, timestamp '2900-01-01') as valid_to,
    d.shop_id,
    cast(null as varchar) as team,
    'ticket' as kind,
    cast(null as varchar) as channel,
    d.priority,
    rivals.policies = 1 as is_sole
from desk as d
inner join rivals
    on d.shop_id = rivals.shop_id and d.metric = rivals.metric and d.priority = rivals.priority
where d.measure is not null
