-- fct_sla: every promise that was under a target: kept, broken, running, paused, exempt.
-- grain: platform, shop_id, conversation_id, measure, turn_no
-- keys: platform, shop_id, conversation_id -> fct_conversation (platform, shop_id, conversation_id)
-- owner: after-sales analytics
-- caveat: kept is at or before the due time, broken after it, or still running past it; a share is
--   kept over kept and broken, and the running, paused and exempt are told beside it. A due time
--   walks forward through the hours in force when the stretch began.

with

summed as (

    select
        conversation_no,
        measure,
        turn_no,
        target_id,
        target_seconds,
        is_working,
        is_sole,
        priority,
        applied_at,
        max(elapsed_seconds) as elapsed_seconds,
        max(piece_reason) as piece_reason,
        max(piece_no) as last_piece,
        bool_or(is_open) as is_open,
        max(until_at) as ended_at,
        -- the stretch in which the clock reaches the target, else the one it runs in
        min(case when elapsed_seconds > target_seconds then piece_no end) as crossing_piece
    from int_sla_apply
    group by
        conversation_no, measure, turn_no, target_id, target_seconds, is_working, is_sole,
        priority, applied_at

),

-- What is left of the target where that stretch begins, and what the calendar's clock will read.
aimed as (

    select
        s.*,
        p.calendar_id,
        p.from_at,
        s.target_seconds - (p.elapsed_seconds - p.piece_seconds) as seconds_left,
        p.from_reading + s.target_seconds - (p.elapsed_seconds - p.piece_seconds) as due_reading
    from summed as s
    inner join int_sla_apply as p
        on
            s.conversation_no = p.conversation_no
            and s.measure = p.measure
            and s.turn_no = p.turn_no
            and coalesce(s.crossing_piece, s.last_piece) = p.piece_no

),

walked as (

    select
        a.*,
        case
            when a.is_working
                then
                    due.starts_at
                    + round(a.due_reading - due.seconds_before) * interval '1 second'
            else a.from_at + round(a.seconds_left) * interval '1 second'
        end as due_at
    from aimed as a
    left join dim_working_interval as due
        on
            a.is_working
            and due.is_working
            and a.calendar_id = due.calendar_id
            and bucket_reaching(a.due_reading) = due.bucket_no
            and a.due_reading > due.seconds_before
            and a.due_reading
            <= due.seconds_before + seconds_between(due.starts_at, due.ends_at)

),

exempt as (

    select
        w.conversation_no,
        w.measure,
        w.turn_no,
        min(e.reason) as reason
    from walked as w
    inner join int_conversation_number as n on w.conversation_no = n.conversation_no
    inner join ref_exempt as e
        on
            w.applied_at >= e.from_at
            and w.applied_at < e.until_at
            and (e.shop_id is null or n.shop_id = e.shop_id)
    group by w.conversation_no, w.measure, w.turn_no

),

judged as (

    select
        w.*,
        c.platform,
        c.shop_id,
        c.conversation_id,
        c.kind,
        c.channel,
        c.agent,
        c.team,
        c.source_file_id,
        c.source_record,
        exempt.reason as exempt_reason,
        case
            when not w.is_sole then 'not_computable'
            when w.elapsed_seconds is null or w.piece_reason is not null then 'not_computable'
            when exempt.reason is not null then 'exempt'
            when w.elapsed_seconds > w.target_seconds then 'breached'
            when w.measure = 'requester_wait' and c.solved_at is not null then 'attained'
            when w.measure = 'requester_wait' and not w.is_open then 'paused'
            when w.is_open then 'active'
            else 'attained'
        end as state
    from walked as w
    inner join int_conversation_merge as c on w.conversation_no = c.conversation_no
    left join exempt
        on
            w.conversation_no = exempt.conversation_no
            and w.measure = exempt.measure
            and w.turn_no = exempt.turn_no

)

select
    j.platform, -- where it was sold
    j.shop_id, -- whose desk it is
    j.conversation_id, -- fct_conversation
    j.measure, -- first_response, next_reply, first_resolution, full_resolution, requester_wait
    j.turn_no, -- of a next reply; 1 else
    j.kind, -- chat, ticket or call
    j.channel, -- where it took place
    coalesce(t.agent, j.agent) as agent, -- who replied to the turn, else to the conversation
    j.team, -- that agent's group
    j.priority, -- of the ticket when the clock began, in small letters
    j.target_id, -- the workspace's, or desk:policy:metric:priority:when
    j.target_seconds, -- within which it is to be done
    j.is_working, -- working time counts, else calendar time
    j.applied_at, -- when the clock began, UTC
    cast(to_local(j.applied_at, day_zone.offset_seconds) as date) as applied_on, -- local day
    -- UTC; null where no clock runs to it
    case when j.state <> 'paused' and j.state <> 'not_computable' then j.due_at end as due_at,
    -- UTC; null while it runs or pauses
    case when not j.is_open and j.state <> 'paused' then j.ended_at end as ended_at,
    -- of the clock, to the end or the as-of; null where a stretch of it is not known
    case when j.piece_reason is null then j.elapsed_seconds end as elapsed_seconds,
    j.state, -- attained, breached, active, paused, exempt, not_computable
    -- why it is paused, exempt or not computable
    case
        when j.state = 'paused' then 'pending'
        when j.state = 'exempt' then j.exempt_reason
        when not j.is_sole then 'several_policies'
        when j.state = 'not_computable' then coalesce(j.piece_reason, 'no_working_time')
    end as reason,
    case when j.state = 'breached' then j.due_at end as breached_at, -- first crossing, UTC
    case
        when j.state = 'breached' then j.elapsed_seconds - j.target_seconds
    end as overdue_seconds, -- beyond the target, of the same clock
    j.source_file_id, -- ref_file.file_id, of the conversation
    j.source_record -- data record in that file
from judged as j
cross join ref_run as run
left join int_turn_detect as t
    on
        j.measure = 'next_reply'
        and j.conversation_no = t.conversation_no
        and j.turn_no = t.turn_no
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and j.applied_at >= day_zone.valid_from
        and j.applied_at < day_zone.valid_to
