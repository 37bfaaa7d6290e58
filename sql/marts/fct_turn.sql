-- fct_turn: every customer turn in a chat with the first human reply to it.
-- grain: platform, shop_id, conversation_id, turn_no
-- keys: platform, shop_id, conversation_id -> fct_conversation (platform, shop_id, conversation_id)
-- owner: after-sales analytics
-- caveat: consecutive customer messages are one turn; a robot's answer does not end it.

select
    t.platform, -- where it was sold
    t.shop_id, -- whose desk it is
    t.conversation_id, -- the chat session
    t.turn_no, -- from 1
    t.asked_at, -- first message of the turn, UTC
    cast(to_local(t.asked_at, day_zone.offset_seconds) as date) as asked_on, -- local day
    cast(
        date_part('hour', to_local(t.asked_at, day_zone.offset_seconds)) as int
    ) as asked_hour, -- local hour, 0-23
    date_diff(
        'day', date '1900-01-01',
        cast(to_local(t.asked_at, day_zone.offset_seconds) as date)
    ) % 7 + 1 as asked_weekday, -- 1 Monday to 7 Sunday
    t.customer_messages, -- messages in the turn
    t.replied_at, -- first human reply, UTC; null when there is none
    t.agent, -- who replied
    t.team, -- the agent's group
    case
        when t.replied_at >= t.asked_at then seconds_between(t.asked_at, t.replied_at)
    end as response_seconds, -- asked to replied, calendar time
    case
        when t.replied_at is null then 'censored'
        when t.replied_at < t.asked_at then 'not_computable'
        else 'ok'
    end as response_status, -- ok, censored, not_computable
    case
        when t.replied_at is null then 'unanswered'
        when t.replied_at < t.asked_at then 'reply_before_question'
    end as response_reason, -- why response_seconds is null
    t.source_file_id, -- ref_file.file_id, of the first message
    t.source_record -- data record in that file
from int_turn_detect as t
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and t.asked_at >= day_zone.valid_from
        and t.asked_at < day_zone.valid_to
