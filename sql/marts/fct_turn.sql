-- fct_turn: every customer turn in a chat or ticket with the first human reply to it.
-- grain: platform, shop_id, conversation_id, turn_no
-- keys: platform, shop_id, conversation_id -> fct_conversation (platform, shop_id, conversation_id)
-- owner: after-sales analytics
-- caveat: consecutive customer messages are one turn; a robot's answer does not end it, a ticket's
--   solution does. An unanswered turn is with whoever answered the one before, else with whoever
--   handed it over; where nobody did either, with nobody.

with

-- few turns are with nobody, and a window over texts is dear
unclaimed as (

    select distinct conversation_no
    from int_turn_detect
    where agent is null

),

claims as (

    select
        t.conversation_no,
        t.turn_no,
        t.agent,
        lag(t.agent ignore nulls) over (
            partition by t.conversation_no order by t.turn_no
        ) as agent_before
    from int_turn_detect as t
    inner join unclaimed on t.conversation_no = unclaimed.conversation_no

),

had as (

    select
        t.*,
        coalesce(t.agent, claims.agent_before, t.transferred_by) as had_by,
        case
            when t.replied_at < t.asked_at then 'reply_before_question'
            when t.replied_at is not null then null
            when t.resolved_at is not null then 'resolved_without_reply'
            else 'unanswered'
        end as reason
    from int_turn_detect as t
    left join claims
        on
            claims.agent is null
            and t.conversation_no = claims.conversation_no
            and t.turn_no = claims.turn_no

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose desk it is
    c.conversation_id, -- the chat session, the ticket's number
    t.turn_no, -- from 1
    c.kind, -- chat or ticket
    c.channel, -- where it took place
    t.asked_at, -- first message of the turn, UTC
    cast(to_local(t.asked_at, day_zone.offset_seconds) as date) as asked_on, -- local day
    -- local hour, 0-23
    hour_of(to_local(t.asked_at, day_zone.offset_seconds)) as asked_hour,
    -- 1 Monday to 7 Sunday
    weekday_of(to_local(t.asked_at, day_zone.offset_seconds)) as asked_weekday,
    -- weekday, weekend, holiday, make_up_day, override by the working calendar; null without one
    calendar_day.kind as day_kind,
    t.customer_messages, -- messages in the turn
    t.language, -- of what the customer wrote, by its letters
    t.is_reopening, -- the first after a solution
    t.replied_at, -- first human reply, UTC; null when there is none
    t.resolved_at, -- solved without a reply, UTC
    t.had_by as agent, -- who replied, else who had it
    t.team, -- the group of who replied
    t.transferred_at, -- last handed to a colleague before the reply, UTC
    t.transferred_by, -- who handed it over first
    t.robot_replied_at, -- a robot's first answer, UTC
    t.robot_left_at, -- the robot gave it to people, UTC
    -- asked to replied, calendar time
    case when t.reason is null then span.seconds end as response_seconds,
    status_of(t.reason) as response_status, -- ok, censored, not_applicable, not_computable
    t.reason as response_reason, -- why response_seconds is null
    -- asked to replied, working time
    case when t.reason is null then span.working_seconds end as response_working_seconds,
    -- as response_status
    working_status(status_of(t.reason), span.working_seconds) as response_working_status,
    working_reason(
        status_of(t.reason), t.reason, span.working_seconds, span.working_reason
    ) as response_working_reason, -- why response_working_seconds is null
    -- asked to replied or to the as-of: for estimates that count those still waiting
    case when t.resolved_at is null then span.seconds end as response_exposure_seconds,
    -- of response_seconds those since it was handed to who replied
    case
        when t.replied_at >= coalesce(t.transferred_at, t.asked_at)
            then seconds_between(coalesce(t.transferred_at, t.asked_at), t.replied_at)
    end as agent_response_seconds,
    case
        when t.replied_at is not null then canned.row_version is not null
    end as is_canned_reply, -- the reply is one its agent gives over and over; null without one
    told_in.file_id as source_file_id, -- ref_file.file_id, of the first message
    version_record(t.row_version) as source_record -- data record in that file
from had as t
inner join int_conversation_merge as c on t.conversation_no = c.conversation_no
left join ref_file as told_in on version_rank(t.row_version) = told_in.export_rank
cross join ref_run as run
left join int_span_measure as span
    on
        span.span = 'turn'
        and t.conversation_no = span.conversation_no
        and t.turn_no = span.span_no
left join dim_calendar as calendar on span.calendar_id = calendar.calendar_id
left join dim_utc_offset as calendar_zone
    on
        calendar.zone = calendar_zone.zone
        and t.asked_at >= calendar_zone.valid_from
        and t.asked_at < calendar_zone.valid_to
left join dim_calendar_day as calendar_day
    on
        span.calendar_id = calendar_day.calendar_id
        and cast(to_local(t.asked_at, calendar_zone.offset_seconds) as date) = calendar_day.day_on
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and t.asked_at >= day_zone.valid_from
        and t.asked_at < day_zone.valid_to
left join int_canned_reply as canned on t.reply_version = canned.row_version
