-- int_conversation_merge: chats, tickets and calls as one kind of thing.
-- grain: platform, shop_id, conversation_id
-- owner: after-sales analytics
-- caveat: a ticket's number that is also a chat's is taken for another conversation: ticket#number;
--   a call's is call#number always.

with

chats as (

    select
        platform,
        shop_id,
        conversation_id,
        min(buyer_key) as buyer_key,
        min(order_id) as order_id,
        min(case_id) as case_id,
        coalesce(min(channel), 'chat') as channel,
        min(sent_at) filter (where sender_role = 'customer') as started_at,
        min(sent_at) as first_message_at,
        count(*) as messages,
        -- file and record of one and the same message
        min(source_file_id || '#' || cast(source_record as varchar)) as origin
    from int_message_speak
    where ticket_id is null
    group by platform, shop_id, conversation_id

),

answered as (

    select
        *,
        row_number() over (
            partition by platform, shop_id, conversation_id
            order by replied_at is null, turn_no
        ) as place
    from int_turn_detect

),

answers as (

    select
        platform,
        shop_id,
        conversation_id,
        max(replied_at) filter (where turn_no = 1) as first_replied_at,
        max(agent) filter (where place = 1) as agent,
        max(team) filter (where place = 1) as team,
        count(*) as turns
    from answered
    group by platform, shop_id, conversation_id

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose desk it is
    c.conversation_id, -- the chat session, the ticket's number, call#number
    'chat' as kind, -- chat, ticket or call
    c.channel, -- where it took place
    c.buyer_key, -- keyed pseudonym
    c.order_id, -- stated in the export
    c.case_id, -- stated in the export
    coalesce(c.started_at, c.first_message_at) as started_at, -- first customer message, else first
    c.started_at is not null as has_request, -- a customer said something
    a.first_replied_at, -- first human reply to the first turn
    cast(null as timestamp) as solved_at, -- chats carry none
    cast(null as timestamp) as ended_at, -- chats carry none
    a.agent, -- first to reply
    a.team, -- that agent's group
    cast(null as varchar) as category, -- chats carry none
    cast(null as double) as csat, -- chats carry none
    cast(null as bigint) as reopens, -- chats carry none
    coalesce(a.turns, 0) as turns, -- customer turns
    c.messages, -- all of them
    split_part(c.origin, '#', 1) as source_file_id, -- ref_file.file_id
    -- record in that file
    cast(split_part(c.origin, '#', 2) as bigint) as source_record
from chats as c
left join answers as a
    on
        c.platform = a.platform
        and c.shop_id = a.shop_id
        and c.conversation_id = a.conversation_id
union all
select
    t.platform,
    t.shop_id,
    t.conversation_id,
    'ticket' as kind,
    t.channel,
    t.buyer_key,
    t.order_id,
    cast(null as varchar) as case_id,
    t.created_at as started_at,
    true as has_request,
    coalesce(t.first_replied_at, a.first_replied_at) as first_replied_at,
    coalesce(t.solved_at, t.closed_at) as solved_at,
    cast(null as timestamp) as ended_at,
    coalesce(a.agent, t.agent) as agent,
    coalesce(a.team, t.team) as team,
    t.category,
    t.csat,
    t.reopens,
    coalesce(a.turns, 1) as turns,
    t.messages,
    t.source_file_id,
    t.source_record
from int_ticket_merge as t
left join answers as a
    on
        t.platform = a.platform
        and t.shop_id = a.shop_id
        and t.conversation_id = a.conversation_id
-- what is thrown away was no request
where t.status is distinct from 'deleted'
union all
select
    p.platform,
    p.shop_id,
    'call#' || p.call_id as conversation_id,
    'call' as kind,
    'phone' as channel,
    p.buyer_key,
    p.order_id,
    p.case_id,
    -- a caller waits from when a person was asked for
    coalesce(p.queued_at, p.started_at) as started_at,
    true as has_request,
    p.answered_at as first_replied_at,
    cast(null as timestamp) as solved_at,
    coalesce(p.ended_at, p.abandoned_at) as ended_at,
    p.agent,
    p.team,
    cast(null as varchar) as category,
    p.csat,
    cast(null as bigint) as reopens,
    1 as turns,
    cast(null as bigint) as messages,
    p.source_file_id,
    p.source_record
from stg_desk__call as p
