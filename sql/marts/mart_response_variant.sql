-- mart_response_variant: the response time of the same turns by every platform's own definition.
-- grain: variant, platform, shop_id, agent, team, asked_on
-- owner: after-sales analytics
-- caveat: the definitions are those of ref_variant, from seller pages and sources where no
--   official page was at hand. Days and hours are the reporting zone's. A mean is sum over count,
--   so that it can be put together over any days and agents; the columns behind it say which turns
--   make the difference.

with

automatic as (

    select
        platform,
        shop_id,
        conversation_id
    from fct_turn
    group by platform, shop_id, conversation_id
    having
        bool_or(robot_replied_at is not null)
        and not bool_or(
            replied_at is not null or robot_left_at is not null or transferred_at is not null
        )

),

turns as (

    select
        t.platform,
        t.shop_id,
        t.conversation_id,
        t.turn_no,
        t.kind,
        c.buyer_key,
        c.started_at,
        t.agent,
        t.team,
        t.asked_at,
        t.asked_on,
        t.asked_hour,
        t.replied_at,
        t.transferred_at,
        t.transferred_by,
        t.robot_left_at,
        cast(to_local(t.replied_at, day_zone.offset_seconds) as date) as replied_on,
        automatic.conversation_id is not null as is_automatic
    from fct_turn as t
    inner join fct_conversation as c
        on
            t.platform = c.platform
            and t.shop_id = c.shop_id
            and t.conversation_id = c.conversation_id
    left join automatic
        on
            t.platform = automatic.platform
            and t.shop_id = automatic.shop_id
            and t.conversation_id = automatic.conversation_id
    cross join ref_run as run
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and t.replied_at >= day_zone.valid_from
            and t.replied_at < day_zone.valid_to

),

-- What was handed over is a turn of its own for whoever handed it over.
received as (

    select
        *,
        false as is_left_behind
    from turns
    union all
    select
        platform,
        shop_id,
        conversation_id,
        turn_no,
        kind,
        buyer_key,
        started_at,
        transferred_by as agent,
        cast(null as varchar) as team,
        asked_at,
        asked_on,
        asked_hour,
        cast(null as timestamp) as replied_at,
        transferred_at,
        transferred_by,
        robot_left_at,
        cast(null as date) as replied_on,
        is_automatic,
        true as is_left_behind
    from turns
    where transferred_at is not null

),

clocked as (

    select
        v.variant,
        v.statistic,
        v.unit,
        v.cap_seconds,
        v.within_seconds,
        v.unanswered,
        r.*,
        -- whoever was given it and never answered is not known; it is not to be told a second time
        -- of whoever gave it
        case
            when
                r.is_left_behind
                or v.transfer <> 'leaves_unanswered'
                or r.replied_at is not null
                or r.transferred_at is null
                or coalesce(r.agent <> r.transferred_by, true)
                then r.agent
        end as had_by,
        r.asked_hour < v.from_hour or r.asked_hour >= v.until_hour as is_out_of_hours,
        v.robot_only = 'left_out' and r.is_automatic as is_left_to_robot,
        r.replied_at is not null and v.is_same_day and r.replied_on > r.asked_on as is_next_day,
        case
            when v.is_same_day and r.replied_on > r.asked_on then null
            when r.replied_at is null then null
            when v.transfer <> 'ignored' and r.transferred_at is not null
                then seconds_between(r.transferred_at, r.replied_at)
            when v.clock = 'robot_left' and r.robot_left_at is not null
                then seconds_between(r.robot_left_at, r.replied_at)
            when v.clock = 'created' and r.turn_no = 1
                then seconds_between(r.started_at, r.replied_at)
            else seconds_between(r.asked_at, r.replied_at)
        end as waited_seconds,
        v.zero_seconds
    from received as r
    inner join ref_variant as v
        on
            r.asked_on >= v.valid_from
            and r.asked_on < v.valid_to
            and (v.kinds = 'any' or r.kind = v.kinds)
            and (v.unit <> 'conversation' or r.turn_no = 1)
            and (v.transfer = 'leaves_unanswered' or not r.is_left_behind)

),

judged as (

    select
        *,
        case
            when is_left_to_robot then 'left_to_robot'
            when waited_seconds is null and unanswered = 'left_out' then 'unanswered_left_out'
            when waited_seconds is null then 'unanswered_counted'
            when waited_seconds < 1 and zero_seconds = 'left_out' then 'zero_left_out'
            when waited_seconds > cap_seconds then 'capped'
            else 'plain'
        end as treatment
    from clocked

),

counted as (

    select
        *,
        case
            when treatment = 'plain' then waited_seconds
            when treatment = 'capped' then cap_seconds
            when treatment = 'unanswered_counted' and unanswered = 'cap' then cap_seconds
        end as counted_seconds,
        case
            when treatment in ('plain', 'capped', 'unanswered_counted')
                then coalesce(waited_seconds <= within_seconds, false)
        end as is_within
    from judged

),

persons as (

    select *
    from counted
    where unit = 'person' and treatment in ('plain', 'capped', 'unanswered_counted')

),

units as (

    select
        variant,
        platform,
        shop_id,
        had_by as agent,
        team,
        asked_on,
        is_out_of_hours,
        counted_seconds,
        is_within,
        1 as turns,
        treatment,
        is_left_behind,
        is_next_day
    from counted
    where unit <> 'person'
    union all
    -- a buyer is one a day, late as soon as one turn is; with the agent of the first turn
    select
        variant,
        platform,
        shop_id,
        arg_min(had_by, asked_at) filter (where had_by is not null) as agent,
        cast(null as varchar) as team,
        asked_on,
        is_out_of_hours,
        max(counted_seconds) as counted_seconds,
        bool_and(is_within) as is_within,
        count(*) as turns,
        case
            when bool_or(treatment = 'unanswered_counted') then 'unanswered_counted' else 'plain'
        end as treatment,
        bool_or(is_left_behind) as is_left_behind,
        bool_or(is_next_day) as is_next_day
    from persons
    group by
        variant, platform, shop_id, asked_on, is_out_of_hours, coalesce(buyer_key, conversation_id)

)

select
    variant, -- ref_variant: whose definition
    platform, -- where it was sold
    shop_id, -- whose desk it is
    coalesce(agent, '') as agent, -- who replied or had it; '' where nobody did
    coalesce(team, '') as team, -- that agent's group; '' where it is not known
    asked_on, -- local day of the question
    -- turns, conversations or persons in the figure
    count(is_within) filter (where not is_out_of_hours) as counted,
    -- what their waits count as, together
    sum(counted_seconds) filter (where not is_out_of_hours) as counted_seconds,
    count(counted_seconds) filter (where not is_out_of_hours) as waits, -- of them with a wait
    -- in time; 0 where there is no limit
    count(*) filter (where is_within and not is_out_of_hours) as within_limit,
    -- the same four of any hour, for reports over the whole day
    count(is_within) as counted_any_hour,
    sum(counted_seconds) as counted_seconds_any_hour, -- of any hour
    count(counted_seconds) as waits_any_hour, -- of any hour
    count(*) filter (where is_within) as within_limit_any_hour, -- of any hour
    cast(floor(sum(turns)) as bigint) as turns, -- looked at
    count(*) filter (where is_out_of_hours) as out_of_hours, -- left out by the hour asked
    -- left out: robots alone
    count(*) filter (where treatment = 'left_to_robot' and not is_out_of_hours) as left_to_robot,
    -- nobody answered, not in the figure
    count(*) filter (
        where treatment = 'unanswered_left_out' and not is_out_of_hours
    ) as unanswered_left_out,
    -- nobody answered, or not that day; in the figure
    count(*) filter (
        where treatment = 'unanswered_counted' and not is_out_of_hours
    ) as unanswered_counted,
    -- waited longer than they count
    count(*) filter (where treatment = 'capped' and not is_out_of_hours) as capped,
    -- answered at once, left out
    count(*) filter (where treatment = 'zero_left_out' and not is_out_of_hours) as zero_left_out,
    -- counted against whoever handed it over
    count(*) filter (
        where is_left_behind and is_within is not null and not is_out_of_hours
    ) as left_behind,
    -- after local midnight
    count(*) filter (where is_next_day and not is_out_of_hours) as answered_next_day
from units
group by variant, platform, shop_id, coalesce(agent, ''), coalesce(team, ''), asked_on
