-- fct_conversation: every chat, ticket and call with its responses, waits and resolution.
-- grain: platform, shop_id, conversation_id
-- owner: after-sales analytics
-- caveat: the clock starts at the customer's first message, the ticket's creation or the caller's
--   wish for a person. Chats and calls carry no resolution, and no ticket without a history of its
--   status has waits. Working time goes by the hours that held for the conversation.

with

spans as (

    select
        conversation_no,
        min(calendar_id) as calendar_id,
        case
            when bool_or(span = 'first_response')
                then max(case when span = 'first_response' then seconds end)
            else max(case when span = 'turn' then seconds end)
        end as response_seconds,
        case
            when bool_or(span = 'first_response')
                then max(case when span = 'first_response' then working_seconds end)
            else max(case when span = 'turn' then working_seconds end)
        end as response_working,
        case
            when bool_or(span = 'first_response')
                then max(case when span = 'first_response' then working_reason end)
            else max(case when span = 'turn' then working_reason end)
        end as response_unread,
        max(case when span = 'first_resolution' then seconds end) as first_seconds,
        max(case when span = 'first_resolution' then working_seconds end) as first_working,
        max(case when span = 'first_resolution' then working_reason end) as first_unread,
        max(case when span = 'full_resolution' then seconds end) as full_seconds,
        max(case when span = 'full_resolution' then working_seconds end) as full_working,
        max(case when span = 'full_resolution' then working_reason end) as full_unread,
        sum(case when stage in ('open', 'hold') then seconds end) as requester_wait,
        sum(case when stage in ('open', 'hold') then working_seconds end) as requester_wait_working,
        sum(case when stage = 'pending' then seconds end) as agent_wait,
        sum(case when stage = 'pending' then working_seconds end) as agent_wait_working,
        sum(case when stage = 'open' then seconds end) as agent_work,
        sum(case when stage = 'open' then working_seconds end) as agent_work_working,
        sum(case when stage = 'hold' then seconds end) as held,
        sum(case when stage = 'hold' then working_seconds end) as held_working,
        max(case when stage not in ('solved', 'closed') then working_reason end) as stages_unread,
        sum(case when stage in ('unknown', 'other') then seconds end) as unknown_seconds
    from int_span_measure
    where
        span in ('stage', 'first_response', 'first_resolution', 'full_resolution')
        or (span = 'turn' and span_no = 1)
    group by conversation_no

),

judged as (

    select
        c.*,
        run.as_of,
        run.waiting_days,
        spans.calendar_id,
        spans.response_seconds,
        spans.response_working,
        spans.response_unread,
        spans.first_seconds,
        spans.first_working,
        spans.first_unread,
        spans.full_seconds,
        spans.full_working,
        spans.full_unread,
        spans.requester_wait,
        spans.requester_wait_working,
        spans.agent_wait,
        spans.agent_wait_working,
        spans.agent_work,
        spans.agent_work_working,
        spans.held,
        spans.held_working,
        spans.stages_unread,
        case
            when not c.has_request then 'no_customer_message'
            when c.started_at is null then 'no_start_time'
            when c.first_replied_at is null and c.ended_at is not null then 'call_not_taken'
            when c.first_replied_at is null and not c.has_replies then 'no_reply_recorded'
            when
                c.first_replied_at is null
                and (c.solved_at is not null or c.status in ('solved', 'closed'))
                then 'closed_without_reply'
            when c.first_replied_at is null then 'unanswered'
            when c.first_replied_at < c.started_at then 'reply_before_request'
        end as response_reason,
        case
            when c.kind <> 'ticket' then 'no_resolution_recorded'
            when not c.has_request then 'no_customer_message'
            when c.started_at is null then 'no_start_time'
            when c.first_solved_at is null and c.status in ('solved', 'closed')
                then 'no_solution_time'
            when c.first_solved_at is null then 'unsolved'
            when c.first_solved_at < c.started_at then 'solved_before_request'
            -- a solution the ticket itself states is the last one
            when not c.has_history and coalesce(c.reopens, 1) > 0 then 'no_status_history'
        end as first_reason,
        case
            when c.kind <> 'ticket' then 'no_resolution_recorded'
            when not c.has_request then 'no_customer_message'
            when c.started_at is null then 'no_start_time'
            when c.solved_at is null and c.status in ('solved', 'closed') then 'no_solution_time'
            when c.solved_at is null then 'unsolved'
            when c.solved_at < c.started_at then 'solved_before_request'
        end as full_reason,
        case
            when c.kind <> 'ticket' then 'no_stages'
            when c.started_at is null then 'no_start_time'
            when not c.has_history then 'no_status_history'
            when spans.unknown_seconds > 0 then 'unknown_status'
            when c.solved_at is null then 'unsolved'
        end as stages_reason
    from int_conversation_merge as c
    cross join ref_run as run
    left join spans on c.conversation_no = spans.conversation_no

),

rated as (

    select
        *,
        status_of(response_reason) as response_status,
        status_of(first_reason) as first_status,
        status_of(full_reason) as full_status,
        status_of(stages_reason) as stages_status,
        case
            when kind = 'chat' and unanswered_at >= as_of - waiting_days * interval '1 day'
                then unanswered_at
            when
                kind = 'ticket'
                and solved_at is null
                and coalesce(status not in ('pending', 'solved', 'closed', 'deleted'), true)
                then
                    coalesce(
                        unanswered_at,
                        case when status in ('open', 'hold') then status_since_at end,
                        case when first_replied_at is null and has_replies then started_at end
                    )
        end as asked_since_at
    from judged

),

-- what came in since the as-of waited for nobody then
waiting as (

    select
        *,
        case when asked_since_at <= as_of then asked_since_at end as waits_since_at
    from rated

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose desk it is
    c.conversation_id, -- the desk's own text
    c.kind, -- chat, ticket or call
    c.channel, -- where it took place
    c.buyer_key, -- keyed pseudonym of the customer
    link.order_id, -- the order it is about
    link.order_platform, -- of that order; null when it never came in
    link.case_id, -- the case it is about
    link.link, -- how order and case became known: stated, buyer_window, none
    link.link_reason, -- why link is none
    c.agent, -- first to reply
    c.team, -- that agent's group
    c.category, -- the desk's own
    c.priority, -- of a ticket, the desk's own word, as it stands
    c.language, -- of the first turn, by its letters
    c.calendar_id, -- whose working hours hold for it; null without any
    c.started_at, -- first customer message or creation, UTC
    cast(to_local(c.started_at, day_zone.offset_seconds) as date) as started_on, -- local day
    -- local hour, 0-23
    hour_of(to_local(c.started_at, day_zone.offset_seconds)) as started_hour,
    -- 1 Monday to 7 Sunday
    weekday_of(to_local(c.started_at, day_zone.offset_seconds)) as started_weekday,
    -- weekday, weekend, holiday, make_up_day, override by the working calendar; null without one
    calendar_day.kind as day_kind,
    c.status, -- of a ticket, as it stands
    c.first_replied_at, -- first human reply, UTC
    case
        when c.response_status = 'ok' then c.response_seconds
    end as first_response_seconds, -- calendar time
    c.response_status as first_response_status, -- ok, censored, not_applicable, not_computable
    c.response_reason as first_response_reason, -- why first_response_seconds is null
    case
        when c.response_status = 'ok' then c.response_working
    end as first_response_working_seconds, -- working time
    -- as first_response_status
    working_status(c.response_status, c.response_working) as first_response_working_status,
    working_reason(
        c.response_status, c.response_reason, c.response_working, c.response_unread
    ) as first_response_working_reason, -- why first_response_working_seconds is null
    -- to the reply or to the as-of: for estimates that count those still waiting
    case
        when c.response_status in ('ok', 'censored') then c.response_seconds
    end as first_response_exposure_seconds,
    c.first_solved_at, -- first solved, else closed, UTC
    case
        when c.first_status = 'ok' then c.first_seconds
    end as first_resolution_seconds, -- calendar time
    c.first_status as first_resolution_status, -- ok, censored, not_applicable, not_computable
    c.first_reason as first_resolution_reason, -- why first_resolution_seconds is null
    case
        when c.first_status = 'ok' then c.first_working
    end as first_resolution_working_seconds, -- working time
    -- as first_resolution_status
    working_status(c.first_status, c.first_working) as first_resolution_working_status,
    working_reason(
        c.first_status, c.first_reason, c.first_working, c.first_unread
    ) as first_resolution_working_reason, -- why first_resolution_working_seconds is null
    c.solved_at, -- last solved or closed, UTC; null while it is reopened
    case
        when c.full_status = 'ok' then c.full_seconds
    end as full_resolution_seconds, -- calendar time
    c.full_status as full_resolution_status, -- ok, censored, not_applicable, not_computable
    c.full_reason as full_resolution_reason, -- why full_resolution_seconds is null
    case
        when c.full_status = 'ok' then c.full_working
    end as full_resolution_working_seconds, -- working time
    working_status(c.full_status, c.full_working) as full_resolution_working_status, -- as above
    working_reason(
        c.full_status, c.full_reason, c.full_working, c.full_unread
    ) as full_resolution_working_reason, -- why full_resolution_working_seconds is null
    c.stages_status, -- of the four waits: ok, censored, not_applicable, not_computable
    c.stages_reason, -- why the four waits are null
    working_status(
        c.stages_status, case when c.stages_unread is null then 1 end
    ) as stages_working_status, -- of the four waits in working time
    working_reason(
        c.stages_status,
        c.stages_reason,
        case when c.stages_unread is null then 1 end,
        c.stages_unread
    ) as stages_working_reason, -- why they are null in working time
    waited(c.stages_status, c.requester_wait, null) as requester_wait_seconds, -- open or on hold
    waited(
        c.stages_status, c.requester_wait_working, c.stages_unread
    ) as requester_wait_working_seconds, -- working time
    waited(c.stages_status, c.agent_wait, null) as agent_wait_seconds, -- pending: on the customer
    waited(
        c.stages_status, c.agent_wait_working, c.stages_unread
    ) as agent_wait_working_seconds, -- working time
    waited(c.stages_status, c.agent_work, null) as agent_work_seconds, -- open
    waited(
        c.stages_status, c.agent_work_working, c.stages_unread
    ) as agent_work_working_seconds, -- working time
    waited(c.stages_status, c.held, null) as hold_seconds, -- on hold: on somebody else
    -- working time
    waited(c.stages_status, c.held_working, c.stages_unread) as hold_working_seconds,
    c.ended_at, -- of a call, UTC
    -- the customer waits for the merchant now: a ticket not solved, a chat of the last few days
    c.waits_since_at is not null as is_waiting,
    c.waits_since_at as waiting_since_at, -- UTC; null when nobody waits
    -- to the as-of, calendar time
    seconds_between(c.waits_since_at, c.as_of) as waiting_seconds,
    c.csat, -- satisfaction as given
    c.reopens, -- how often it was reopened
    c.turns, -- customer turns
    c.agent_replies, -- messages by people the customer sees; null where no export lists them
    -- solved with one answer by a person; null where nobody lists them
    case when c.kind = 'ticket' and c.solved_at is not null then c.agent_replies = 1 end
        as is_one_touch,
    -- solved with two
    case when c.kind = 'ticket' and c.solved_at is not null then c.agent_replies = 2 end
        as is_two_touch,
    c.handoffs, -- from one person to another
    c.messages, -- all messages of a chat
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from waiting as c
left join int_conversation_link as link
    on
        c.platform = link.platform
        and c.shop_id = link.shop_id
        and c.conversation_id = link.conversation_id
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and c.started_at >= day_zone.valid_from
        and c.started_at < day_zone.valid_to
left join dim_calendar as calendar on c.calendar_id = calendar.calendar_id
left join dim_utc_offset as calendar_zone
    on
        calendar.zone = calendar_zone.zone
        and c.started_at >= calendar_zone.valid_from
        and c.started_at < calendar_zone.valid_to
left join dim_calendar_day as calendar_day
    on
        c.calendar_id = calendar_day.calendar_id
        and cast(to_local(c.started_at, calendar_zone.offset_seconds) as date) = calendar_day.day_on
