-- int_span_measure: how long every stretch of a conversation took, in calendar and working time.
-- grain: conversation_no, span, span_no
-- owner: after-sales analytics
-- caveat: what has not ended runs to the as-of and says so; what would end before it begins is left
--   out, and its fact says why. Working time is the difference of two readings of the calendar's
--   clock: the working seconds since its first instant. A moment the calendar does not reach has no
--   reading, and so the stretch no working time, never 0.

with

laid as (

    select
        conversation_no,
        'turn' as span,
        turn_no as span_no,
        asked_at as from_at,
        coalesce(replied_at, resolved_at) as until_at,
        cast(null as varchar) as stage
    from int_turn_detect
    union all
    -- with whoever answered: since it was handed over to them
    select
        conversation_no,
        'handed' as span,
        turn_no as span_no,
        transferred_at as from_at,
        coalesce(replied_at, resolved_at) as until_at,
        cast(null as varchar) as stage
    from int_turn_detect
    where transferred_at is not null
    union all
    select
        conversation_no,
        'stage' as span,
        stage_no as span_no,
        from_at,
        until_at,
        status as stage
    from int_ticket_stage
    union all
    -- of a chat it is that of its first turn
    select
        conversation_no,
        'first_response' as span,
        1 as span_no,
        started_at as from_at,
        coalesce(first_replied_at, ended_at, solved_at) as until_at,
        cast(null as varchar) as stage
    from int_conversation_merge
    where kind <> 'chat' and has_request
    union all
    select
        conversation_no,
        'first_resolution' as span,
        1 as span_no,
        started_at as from_at,
        first_solved_at as until_at,
        cast(null as varchar) as stage
    from int_conversation_merge
    where kind = 'ticket' and has_request
    union all
    select
        conversation_no,
        'full_resolution' as span,
        1 as span_no,
        started_at as from_at,
        solved_at as until_at,
        cast(null as varchar) as stage
    from int_conversation_merge
    where kind = 'ticket' and has_request

),

spans as (

    select
        laid.conversation_no,
        laid.span,
        laid.span_no,
        laid.stage,
        laid.from_at,
        coalesce(laid.until_at, run.as_of) as until_at,
        laid.until_at is null as is_open
    from laid
    cross join ref_run as run
    where coalesce(laid.until_at, run.as_of) >= laid.from_at

),

pieces as (

    select
        s.conversation_no,
        s.span,
        s.span_no,
        s.stage,
        s.is_open,
        s.from_at as whole_from_at,
        s.until_at as whole_until_at,
        c.calendar_id,
        c.is_only,
        case when s.from_at < c.valid_from then c.valid_from else s.from_at end as from_at,
        case when s.until_at > c.valid_to then c.valid_to else s.until_at end as until_at
    from spans as s
    inner join int_conversation_calendar as c
        on
            s.conversation_no = c.conversation_no
            and s.until_at >= c.valid_from
            and s.from_at < c.valid_to

),

read_off as (

    select
        p.*,
        began.seconds_before
        + case when began.is_working then seconds_between(began.starts_at, p.from_at) else 0 end
            as from_reading,
        ended.seconds_before
        + case when ended.is_working then seconds_between(ended.starts_at, p.until_at) else 0 end
            as until_reading
    from pieces as p
    left join dim_working_interval as began
        on
            p.calendar_id = began.calendar_id
            and cast(p.from_at as date) = began.day_on
            and p.from_at >= began.starts_at
            and p.from_at < began.ends_at
    left join dim_working_interval as ended
        on
            p.calendar_id = ended.calendar_id
            and cast(p.until_at as date) = ended.day_on
            and p.until_at >= ended.starts_at
            and p.until_at < ended.ends_at

),

-- nearly every conversation has one calendar, and so its spans one piece: nothing to add up
summed as (

    select
        conversation_no,
        span,
        span_no,
        stage,
        is_open,
        whole_from_at,
        whole_until_at,
        calendar_id,
        from_reading,
        until_reading is not null and from_reading is not null as is_readable,
        until_reading - from_reading as working_seconds
    from read_off
    where is_only
    union all
    select
        conversation_no,
        span,
        span_no,
        stage,
        is_open,
        whole_from_at,
        whole_until_at,
        arg_min(calendar_id, from_at) filter (where calendar_id is not null) as calendar_id,
        arg_min(from_reading, from_at) filter (
            where from_reading is not null
        ) as from_reading,
        count(*) = count(until_reading - from_reading) as is_readable,
        sum(until_reading - from_reading) as working_seconds
    from read_off
    where not is_only
    group by
        conversation_no, span, span_no, stage, is_open, whole_from_at, whole_until_at

)

select
    s.conversation_no, -- int_conversation_number
    s.span, -- turn, handed, stage, first_response, first_resolution, full_resolution
    s.span_no, -- the turn's or stage's number; 1 else
    s.stage, -- the status a ticket was in; null for another span
    s.is_open, -- it has not ended by the as-of
    s.whole_from_at as from_at, -- UTC
    s.whole_until_at as until_at, -- UTC; the as-of where it is open
    s.calendar_id, -- whose hours; of several in force one after the other the first
    s.from_reading, -- working seconds of the calendar until it began
    seconds_between(s.whole_from_at, s.whole_until_at) as seconds, -- by the calendar
    case when s.is_readable then s.working_seconds end as working_seconds, -- of them working
    case
        when s.is_readable then null
        when s.calendar_id is null then 'no_calendar'
        when c.first_at is null then 'unknown_zone'
        when s.whole_from_at < c.first_at then 'before_calendar'
        else 'beyond_calendar'
    end as working_reason -- why working_seconds is null
from summed as s
left join dim_calendar as c on s.calendar_id = c.calendar_id
