-- int_conversation_number: every chat, ticket and call with a number to join it by, and what its
--   messages carry for all of it.
-- grain: conversation_no
-- owner: after-sales analytics
-- caveat: the number holds for one build and is no one's outside the models in between: three texts
--   are dear to join, sort and group by. A ticket's number that is also a chat's is taken for
--   another conversation: ticket#number; a call's is call#number always.

with

gathered as (

    select
        platform,
        shop_id,
        case when ticket_id is null then 'chat' else 'ticket' end as kind,
        coalesce(ticket_id, conversation_id) as own_id,
        min(buyer_key) as buyer_key,
        min(order_id) as order_id,
        min(case_id) as case_id,
        min(channel) as channel,
        min(sent_at) as first_message_at,
        count(*) as messages,
        min(row_version) as first_version
    from stg_desk__message
    group by
        platform, shop_id, case when ticket_id is null then 'chat' else 'ticket' end,
        coalesce(ticket_id, conversation_id)

),

-- whatever an export says of a ticket makes it one
tickets as (

    select
        platform,
        shop_id,
        ticket_id
    from stg_desk__ticket
    union
    select
        platform,
        shop_id,
        ticket_id
    from stg_desk__ticket_event
    union
    select
        platform,
        shop_id,
        own_id as ticket_id
    from gathered
    where kind = 'ticket'

),

known as (

    select
        platform,
        shop_id,
        kind,
        own_id,
        own_id as conversation_id
    from gathered
    where kind = 'chat'
    union all
    select
        t.platform,
        t.shop_id,
        'ticket' as kind,
        t.ticket_id as own_id,
        case when chat.own_id is null then t.ticket_id else 'ticket#' || t.ticket_id end
            as conversation_id
    from tickets as t
    left join gathered as chat
        on
            chat.kind = 'chat'
            and t.platform = chat.platform
            and t.shop_id = chat.shop_id
            and t.ticket_id = chat.own_id
    union all
    select
        platform,
        shop_id,
        'call' as kind,
        call_id as own_id,
        'call#' || call_id as conversation_id
    from stg_desk__call

)

select
    -- from 1
    row_number() over (order by k.platform, k.shop_id, k.kind, k.own_id) as conversation_no,
    k.platform, -- where it was sold
    k.shop_id, -- whose desk it is
    k.kind, -- chat, ticket or call
    k.own_id, -- the desk's own text: the chat session, the ticket's number, the call's
    k.conversation_id, -- the same, told apart from other kinds: number, ticket#number, call#number
    g.buyer_key, -- keyed pseudonym
    g.order_id, -- stated in the export
    g.case_id, -- stated in the export
    g.channel, -- where it took place
    g.first_message_at, -- of whomever, UTC
    g.messages, -- all of them; null where no export lists them
    g.first_version -- of the first message as exported, in stg_desk__message
from known as k
left join gathered as g
    on
        k.platform = g.platform
        and k.shop_id = g.shop_id
        and k.kind = g.kind
        and k.own_id = g.own_id
