-- int_message_speak: every message with its side and the number of its conversation.
-- grain: row_version
-- owner: after-sales analytics
-- caveat: a role the export does not state is that of the person the desk knows by the sender's
--   number, else the sender is the ticket's requester or assignee; where none of these is known
--   the message neither asks nor answers. Notices are told by their words. Whatever one account
--   sends into 20 conversations in one second was sent in bulk or filled in later, and answers
--   nobody.

with

crowded as (

    select
        platform,
        shop_id,
        sender_key,
        sent_at
    from stg_desk__message
    where sender_role is distinct from 'customer'
    group by platform, shop_id, sender_key, sent_at
    having count(*) >= 20

),

bulk as (

    select
        m.platform,
        m.shop_id,
        m.sender_key,
        m.sent_at
    from stg_desk__message as m
    inner join crowded
        on
            m.platform = crowded.platform
            and m.shop_id = crowded.shop_id
            and m.sender_key = crowded.sender_key
            and m.sent_at = crowded.sent_at
    group by m.platform, m.shop_id, m.sender_key, m.sent_at
    having count(distinct m.conversation_id) >= 20

),

spoken as (

    select
        n.conversation_no,
        m.platform,
        m.shop_id,
        m.row_version,
        m.ticket_id is not null as is_comment,
        m.sent_at,
        m.sender_key,
        m.visibility,
        m.team,
        m.body,
        speaker.name_key as speaker_name,
        speaker.buyer_key as speaker_buyer_key,
        coalesce(
            m.sender_role,
            speaker.role,
            case
                when m.sender_key = t.buyer_key then 'customer'
                when m.sender_key = t.agent_key then 'agent'
            end
        ) as speaker_role
    from stg_desk__message as m
    inner join int_conversation_number as n
        on
            m.platform = n.platform
            and m.shop_id = n.shop_id
            and case when m.ticket_id is null then 'chat' else 'ticket' end = n.kind
            and coalesce(m.ticket_id, m.conversation_id) = n.own_id
    left join stg_desk__person as speaker
        on
            m.platform = speaker.platform
            and m.shop_id = speaker.shop_id
            and m.sender_key = speaker.person_key
    left join stg_desk__ticket as t
        on
            m.platform = t.platform
            and m.shop_id = t.shop_id
            and m.ticket_id = t.ticket_id

),

told as (

    select
        s.*,
        case
            when s.speaker_role = 'agent' and bulk.sent_at is not null then 'bulk'
            else notice_of(s.body, s.speaker_role)
        end as notice
    from spoken as s
    left join bulk
        on
            s.platform = bulk.platform
            and s.shop_id = bulk.shop_id
            and s.sender_key = bulk.sender_key
            and s.sent_at = bulk.sent_at

)

select
    conversation_no, -- int_conversation_number
    row_version, -- stg_desk__message, where the rest of it stands
    is_comment, -- on a ticket, else part of a chat
    sent_at, -- UTC
    -- customer, agent, bot, system, note; null where nobody knows
    case
        when visibility = 'private' then 'note'
        when notice is not null then 'system'
        else speaker_role
    end as sender_role,
    notice, -- recall, handoff, transfer, bulk; null for what is spoken
    -- the agent's name, a pseudonym else; null for a customer
    case
        when coalesce(speaker_role, '') <> 'customer' then coalesce(speaker_name, sender_key)
    end as sender_key,
    -- of a customer the desk knows: keyed pseudonym of the address the shop knows them by
    case when speaker_role = 'customer' then speaker_buyer_key end as buyer_key,
    team, -- the agents' group
    -- of a customer's message, by its letters
    case when speaker_role = 'customer' then language_of(body) end as language
from told
