-- fct_rating: every ticket and call a customer could rate, with the first and the last rating.
-- grain: platform, shop_id, kind, rated_id
-- owner: after-sales analytics
-- caveat: scores are judged only where all of a shop are from 1 to 5: 4 and 5 are good, 1 and 2
--   bad. A first rating is told apart from the last one by successive exports. Chats carry none.

with

versions as (

    select
        v.platform,
        v.shop_id,
        v.ticket_id,
        v.csat,
        case when v.satisfaction in ('good', 'bad') then v.satisfaction end as said,
        row_number() over (
            partition by v.platform, v.shop_id, v.ticket_id order by v.row_version
        ) as place
    from stg_desk__ticket_version as v
    where v.csat is not null or v.satisfaction in ('good', 'bad')

),

firsts as (

    select
        platform,
        shop_id,
        ticket_id,
        csat,
        said
    from versions
    where place = 1

),

rateable as (

    select
        t.platform,
        t.shop_id,
        'ticket' as kind,
        t.ticket_id as rated_id,
        t.channel,
        t.category,
        t.team,
        m.agent,
        coalesce(t.solved_at, t.closed_at, t.created_at) as ended_at,
        t.status in ('solved', 'closed') or coalesce(t.solved_at, t.closed_at) is not null
            as has_ended,
        t.satisfaction,
        firsts.csat as first_csat,
        firsts.said as first_said,
        t.csat,
        case when t.satisfaction in ('good', 'bad') then t.satisfaction end as said,
        t.source_file_id,
        t.source_record
    from stg_desk__ticket as t
    left join int_ticket_merge as m
        on
            t.platform = m.platform
            and t.shop_id = m.shop_id
            and t.ticket_id = m.ticket_id
    -- left join: most are never rated
    left join firsts
        on
            t.platform = firsts.platform
            and t.shop_id = firsts.shop_id
            and t.ticket_id = firsts.ticket_id
    where t.status is distinct from 'deleted'
    union all
    select
        c.platform,
        c.shop_id,
        'call' as kind,
        c.call_id as rated_id,
        'phone' as channel,
        cast(null as varchar) as category,
        c.team,
        c.agent,
        coalesce(c.ended_at, c.answered_at) as ended_at,
        true as has_ended,
        cast(null as varchar) as satisfaction,
        c.csat as first_csat,
        cast(null as varchar) as first_said,
        c.csat,
        cast(null as varchar) as said,
        c.source_file_id,
        c.source_record
    from stg_desk__call as c
    -- whom nobody spoke with has nothing to rate
    where c.answered_at is not null

),

scaled as (

    select
        *,
        csat is not null or said is not null as is_rated,
        max(case when csat is not null or said is not null then 1 end) over of_shop as ratings_told,
        min(csat) over of_shop >= 1 and max(csat) over of_shop <= 5 as is_five_point
    from rateable
    window of_shop as (partition by platform, shop_id, kind)

)

select
    s.platform, -- where it was sold
    s.shop_id, -- whose desk it is
    s.kind, -- ticket or call
    s.rated_id, -- the desk's number of the ticket or call
    s.channel, -- mail, phone, web and the like
    s.category, -- the desk's own
    s.team, -- the agent's group
    s.agent, -- who handled it
    s.ended_at, -- solved, closed or hung up, else created; UTC
    cast(to_local(s.ended_at, day_zone.offset_seconds) as date) as ended_on, -- local day
    case
        when not s.has_ended then 'not_ended'
        when s.satisfaction = 'unoffered' then 'not_asked'
        when s.ratings_told is null then 'no_ratings'
        else 'asked'
    end as asking, -- asked, not_asked, not_ended; no_ratings: nobody of the shop ever was
    s.is_rated, -- the customer said something
    s.csat as last_score, -- as given, by the newest export
    -- the one before it, where an older export had another; else the same
    coalesce(s.first_csat, s.csat) as first_score,
    case
        when s.said is not null then s.said
        when s.csat is null or not s.is_five_point then null
        when s.csat >= 4 then 'good'
        when s.csat <= 2 then 'bad'
        else 'middle'
    end as verdict, -- good, middle, bad
    case
        when s.first_said is not null then s.first_said
        when s.first_csat is null or not s.is_five_point then null
        when s.first_csat >= 4 then 'good'
        when s.first_csat <= 2 then 'bad'
        else 'middle'
    end as first_verdict, -- of the first rating known
    case
        when not s.is_rated then 'not_rated'
        when s.said is null and not s.is_five_point then 'unknown_scale'
    end as verdict_reason, -- why verdict is null
    s.source_file_id, -- ref_file.file_id
    s.source_record -- data record in that file
from scaled as s
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and s.ended_at >= day_zone.valid_from
        and s.ended_at < day_zone.valid_to
