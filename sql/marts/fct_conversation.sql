-- fct_conversation: every chat, ticket and call with its first response and resolution.
-- grain: platform, shop_id, conversation_id
-- owner: after-sales analytics
-- caveat: the clock starts at the customer's first message, the ticket's creation or the caller's
--   wish for a person, calendar time.

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
    c.started_at, -- first customer message or creation, UTC
    cast(to_local(c.started_at, day_zone.offset_seconds) as date) as started_on, -- local day
    cast(
        date_part('hour', to_local(c.started_at, day_zone.offset_seconds)) as int
    ) as started_hour, -- local hour, 0-23
    date_diff(
        'day', date '1900-01-01',
        cast(to_local(c.started_at, day_zone.offset_seconds) as date)
    ) % 7 + 1 as started_weekday, -- 1 Monday to 7 Sunday
    c.first_replied_at, -- first human reply, UTC
    case
        when c.has_request and c.first_replied_at >= c.started_at
            then seconds_between(c.started_at, c.first_replied_at)
    end as first_response_seconds, -- calendar time
    case
        when not c.has_request then 'not_applicable'
        when c.started_at is null then 'not_computable'
        when c.first_replied_at is null and coalesce(c.solved_at, c.ended_at) is not null
            then 'not_applicable'
        when c.first_replied_at is null then 'censored'
        when c.first_replied_at < c.started_at then 'not_computable'
        else 'ok'
    end as first_response_status, -- ok, censored, not_applicable, not_computable
    case
        when not c.has_request then 'no_customer_message'
        when c.started_at is null then 'no_start_time'
        when c.first_replied_at is null and coalesce(c.solved_at, c.ended_at) is not null
            then 'closed_without_reply'
        when c.first_replied_at is null then 'unanswered'
        when c.first_replied_at < c.started_at then 'reply_before_request'
    end as first_response_reason, -- why first_response_seconds is null
    c.solved_at, -- solved or closed, UTC
    case
        when c.solved_at >= c.started_at then seconds_between(c.started_at, c.solved_at)
    end as full_resolution_seconds, -- calendar time; chats and calls carry none
    c.ended_at, -- of a call, UTC
    c.csat, -- satisfaction as given
    c.reopens, -- how often it was reopened
    c.turns, -- customer turns
    c.messages, -- all messages of a chat
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from int_conversation_merge as c
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
