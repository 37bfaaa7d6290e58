-- sv_04: a question in a chat is answered in minutes in service hours, else within the day.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: the day of a question asked after service hours is the next one, since nobody is there
--   before. A last answer that never needed one counts as unanswered all the same.

with

-- what holds on a day of a desk, so that turns are looked at once
desk_days as (

    select
        platform,
        shop_id,
        asked_on,
        min(asked_at) as first_at,
        max(asked_at) as last_at
    from fct_turn
    where kind = 'chat'
    group by platform, shop_id, asked_on

),

exempt as (

    select
        n.platform,
        n.shop_id,
        n.asked_on,
        min(e.reason) as reason
    from desk_days as n
    inner join ref_exempt as e
        on
            (e.shop_id is null or n.shop_id = e.shop_id)
            and n.first_at >= e.from_at
            and n.last_at < e.until_at
    group by n.platform, n.shop_id, n.asked_on

),

terms as (

    select
        n.platform,
        n.shop_id,
        n.asked_on,
        exempt.reason as exempt_reason,
        max(case when p.parameter = 'limit_seconds' then p.value end) as limit_seconds,
        max(case when p.parameter = 'from_hour' then p.value end) as from_hour,
        max(case when p.parameter = 'until_hour' then p.value end) as until_hour,
        -- the day's end, by the clock of the reporting zone
        max(
            to_utc(cast(n.asked_on as timestamp) + interval '1 day', day_zone.offset_seconds)
        ) as day_ends_at
    from desk_days as n
    cross join ref_run as run
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and cast(n.asked_on as timestamp) + interval '1 day' >= day_zone.local_from
            and cast(n.asked_on as timestamp) + interval '1 day' < day_zone.local_to
    left join int_rule_parameter as p
        on
            p.rule_id = 'SV-04'
            and n.platform = p.platform
            and n.shop_id = p.shop_id
            and n.asked_on >= p.valid_from
            and n.asked_on < p.valid_to
    left join exempt
        on
            n.platform = exempt.platform
            and n.shop_id = exempt.shop_id
            and n.asked_on = exempt.asked_on
    group by n.platform, n.shop_id, n.asked_on, exempt.reason

),

timed as (

    select
        t.platform,
        t.shop_id,
        t.conversation_id,
        t.turn_no,
        t.agent,
        t.asked_on,
        t.response_reason,
        t.source_file_id,
        t.source_record,
        terms.exempt_reason,
        run.as_of,
        case
            when t.response_reason = 'unanswered' then seconds_between(t.asked_at, run.as_of)
            else t.response_seconds
        end as measured,
        case
            when t.asked_hour >= terms.from_hour and t.asked_hour < terms.until_hour
                then terms.limit_seconds
            when t.asked_hour >= terms.until_hour
                then seconds_between(t.asked_at, terms.day_ends_at) + 86400
            when t.asked_hour < terms.from_hour
                then seconds_between(t.asked_at, terms.day_ends_at)
        end as allowed
    from fct_turn as t
    cross join ref_run as run
    inner join terms
        on
            t.platform = terms.platform
            and t.shop_id = terms.shop_id
            and t.asked_on = terms.asked_on
    where t.kind = 'chat'

),

judged as (

    select
        *,
        case
            when exempt_reason is not null then 'not_applicable:exempt'
            when allowed is null then 'unknown:parameter_not_set'
            when response_reason = 'unanswered' and measured > allowed
                then 'violation:unanswered_turn'
            when response_reason = 'unanswered' then 'not_applicable:still_running'
            when response_reason = 'resolved_without_reply'
                then 'not_applicable:resolved_without_reply'
            when response_reason is not null then 'unknown:' || response_reason
            when measured <= allowed then 'pass'
            else 'violation:slow_turn'
        end as verdict
    from timed

)

select
    t.platform, -- of the desk
    t.shop_id, -- whose desk it is
    -- the conversation and the turn's number in it
    t.conversation_id || '#' || t.turn_no as entity_id,
    cast(null as varchar) as sku, -- not looked for
    t.agent, -- who replied, else who had it
    t.asked_on as occurred_on, -- local day it was asked on
    t.verdict, -- what was found; after a colon slow or unanswered, or what is missing
    t.measured, -- seconds to the reply, or to the as-of
    t.allowed, -- seconds at most
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    cast(null as varchar) as currency, -- none
    t.source_file_id, -- ref_file.file_id, of the turn's first message
    t.source_record -- data record in that file
from judged as t
