-- fct_call: every phone call: how long the caller waited, whether a person took it, what followed.
-- grain: platform, shop_id, call_id
-- keys: platform, shop_id, conversation_id -> fct_conversation (platform, shop_id, conversation_id)
-- owner: after-sales analytics
-- caveat: a caller waits from asking for a person to being answered or hanging up. Called back
--   means the merchant rang the same person within 24 hours and reached them; a caller nobody
--   knows cannot be found again, so it is null.

with

calls as (

    select
        *,
        coalesce(queued_at, started_at) as waited_from_at,
        coalesce(direction, 'inbound') as way
    from stg_desk__call

),

back as (

    select
        i.platform,
        i.shop_id,
        i.call_id,
        min(o.answered_at) as called_back_at
    from calls as i
    inner join calls as o
        on
            i.shop_id = o.shop_id
            and i.buyer_key = o.buyer_key
            and o.way = 'outbound'
            and o.answered_at is not null
            and o.answered_at >= coalesce(i.abandoned_at, i.ended_at, i.waited_from_at)
            and o.answered_at
            <= coalesce(i.abandoned_at, i.ended_at, i.waited_from_at) + interval '24 hour'
    where i.way = 'inbound' and i.answered_at is null
    group by i.platform, i.shop_id, i.call_id

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose switchboard
    c.call_id, -- its own number
    'call#' || c.call_id as conversation_id, -- fct_conversation
    c.way as direction, -- inbound or outbound
    c.agent, -- who took it
    c.team, -- that agent's group
    c.started_at, -- UTC
    cast(to_local(c.started_at, day_zone.offset_seconds) as date) as started_on, -- local day
    -- local hour, 0-23
    hour_of(to_local(c.started_at, day_zone.offset_seconds)) as started_hour,
    -- 1 Monday to 7 Sunday
    weekday_of(to_local(c.started_at, day_zone.offset_seconds)) as started_weekday,
    -- answered, abandoned, missed, voicemail; by its times where the export has no word for it
    coalesce(
        c.outcome,
        case
            when c.answered_at is not null then 'answered'
            when c.abandoned_at is not null then 'abandoned'
        end
    ) as outcome,
    c.answered_at is not null as is_answered, -- a person took it
    case
        when c.way = 'inbound' and coalesce(c.answered_at, c.abandoned_at) >= c.waited_from_at
            then seconds_between(c.waited_from_at, coalesce(c.answered_at, c.abandoned_at))
    end as waited_seconds, -- for a person, to the answer or to hanging up
    case
        when c.way <> 'inbound' then 'not_applicable'
        when c.answered_at is null and c.abandoned_at is null then 'not_computable'
        when coalesce(c.answered_at, c.abandoned_at) < c.waited_from_at then 'not_computable'
        else 'ok'
    end as waited_status, -- ok, not_applicable, not_computable
    case
        when c.way <> 'inbound' then 'outbound'
        when c.answered_at is null and c.abandoned_at is null then 'no_end_of_wait'
        when coalesce(c.answered_at, c.abandoned_at) < c.waited_from_at then 'ended_before_it_began'
    end as waited_reason, -- why waited_seconds says nothing
    case
        when c.ended_at >= c.answered_at then seconds_between(c.answered_at, c.ended_at)
    end as talk_seconds, -- answered to hung up
    case
        when c.answered_at is null then 'not_applicable'
        when c.ended_at is null or c.ended_at < c.answered_at then 'not_computable'
        else 'ok'
    end as talk_status, -- ok, not_applicable, not_computable
    case
        when c.answered_at is null then 'not_answered'
        when c.ended_at is null then 'no_end'
        when c.ended_at < c.answered_at then 'ended_before_it_began'
    end as talk_reason, -- why talk_seconds is null
    back.called_back_at, -- the merchant reached the caller, UTC
    case
        when c.way = 'inbound' and c.answered_at is null and c.buyer_key is not null
            then back.called_back_at is not null
    end as is_called_back, -- of a call nobody took; null where the caller is not known
    c.csat, -- satisfaction as given
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from calls as c
left join back
    on c.platform = back.platform and c.shop_id = back.shop_id and c.call_id = back.call_id
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and c.started_at >= day_zone.valid_from
        and c.started_at < day_zone.valid_to
