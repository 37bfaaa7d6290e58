-- int_message_speak: every message with its side and the conversation it is part of.
-- grain: row_version
-- owner: after-sales analytics
-- caveat: a role the export does not state is that of the person the desk knows by the sender's
--   number, else the sender is the ticket's requester or assignee; where none of these is known
--   the message neither asks nor answers. Notices are told by their words. Whatever one account
--   sends into 20 conversations in one second was sent in bulk or filled in later, and answers
--   nobody.

with

chats as (

    select distinct
        platform,
        shop_id,
        conversation_id
    from stg_desk__message
    where ticket_id is null

),

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
        m.platform,
        m.shop_id,
        m.conversation_id,
        m.ticket_id,
        m.row_version,
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
    m.platform, -- where it was sold
    m.shop_id, -- whose desk it is
    case
        when m.ticket_id is null then m.conversation_id
        when chats.conversation_id is null then m.ticket_id
        else 'ticket#' || m.ticket_id
    end as conversation_id, -- the chat; of a comment the ticket, ticket#number where a chat has it
    m.ticket_id, -- the ticket it is a comment on; null for a chat
    m.row_version, -- stg_desk__message, where the rest of it stands
    m.sent_at, -- UTC
    -- customer, agent, bot, system, note; null where nobody knows
    case
        when m.visibility = 'private' then 'note'
        when m.notice is not null then 'system'
        else m.speaker_role
    end as sender_role,
    m.notice, -- recall, handoff, transfer, bulk; null for what is spoken
    coalesce(m.speaker_name, m.sender_key) as sender_key, -- the agent's name; a pseudonym else
    -- of a customer the desk knows: keyed pseudonym of the address the shop knows them by
    case when m.speaker_role = 'customer' then m.speaker_buyer_key end as buyer_key,
    m.team, -- the agents' group
    -- of a customer's message, by its letters
    case when m.speaker_role = 'customer' then language_of(m.body) end as language,
    -- of an agent's message, without its figures
    case when m.speaker_role = 'agent' and m.notice is null then wording_of(m.body) end as wording
from told as m
left join chats
    on
        m.platform = chats.platform
        and m.shop_id = chats.shop_id
        and m.ticket_id = chats.conversation_id
