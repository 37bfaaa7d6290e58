-- int_conversation_merge: chats and tickets as one kind of thing.
-- grain: platform, shop_id, conversation_id
-- owner: after-sales analytics
-- caveat: a ticket's number that is also a chat's is taken for another conversation: ticket#number.

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
        arg_min(source_file_id, sent_at) as source_file_id,
        arg_min(source_record, sent_at) as source_record
    from stg_desk__message
    group by platform, shop_id, conversation_id

),

answers as (

    select
        platform,
        shop_id,
        conversation_id,
        arg_min(replied_at, turn_no) filter (where turn_no = 1) as first_replied_at,
        arg_min(agent, turn_no) filter (where replied_at is not null) as agent,
        arg_min(team, turn_no) filter (where replied_at is not null) as team,
        count(*) as turns
    from int_turn_detect
    group by platform, shop_id, conversation_id

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose desk it is
    c.conversation_id, -- the chat session
    'chat' as kind, -- chat or ticket
    c.channel, -- where it took place
    c.buyer_key, -- keyed pseudonym
    c.order_id, -- stated in the export
    c.case_id, -- stated in the export
    coalesce(c.started_at, c.first_message_at) as started_at, -- first customer message, else first
    c.started_at is not null as has_request, -- a customer said something
    a.first_replied_at, -- first human reply to the first turn
    cast(null as timestamp) as solved_at, -- chats carry none
    a.agent, -- first to reply
    a.team, -- that agent's group
    cast(null as varchar) as category, -- chats carry none
    cast(null as double) as csat, -- chats carry none
    cast(null as bigint) as reopens, -- chats carry none
    coalesce(a.turns, 0) as turns, -- customer turns
    c.messages, -- all of them
    c.source_file_id, -- ref_file.file_id
    c.source_record -- record in that file
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
    case
        when chats.conversation_id is null then t.ticket_id else 'ticket#' || t.ticket_id
    end as conversation_id,
    'ticket' as kind,
    coalesce(t.channel, 'ticket') as channel,
    t.buyer_key,
    t.order_id,
    cast(null as varchar) as case_id,
    t.created_at as started_at,
    true as has_request,
    t.first_replied_at,
    coalesce(t.solved_at, t.closed_at) as solved_at,
    t.agent,
    t.team,
    t.category,
    t.csat,
    t.reopens,
    1 as turns,
    cast(null as bigint) as messages,
    t.source_file_id,
    t.source_record
from stg_desk__ticket as t
left join chats
    on
        t.platform = chats.platform
        and t.shop_id = chats.shop_id
        and t.ticket_id = chats.conversation_id
