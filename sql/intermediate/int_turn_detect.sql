-- int_turn_detect: each run of customer messages with the first human reply after it.
-- grain: platform, shop_id, conversation_id, turn_no
-- owner: after-sales analytics
-- caveat: robots, notices, internal notes and unknown roles neither ask nor answer. Within a second
--   (a minute, where an export shows no more) older exports come first, and rows as in their file:
--   that is how copied pieces of a conversation follow each other.

with

spoken as (

    select
        platform,
        shop_id,
        conversation_id,
        sent_at,
        sender_role,
        sender_key,
        team,
        exported_at,
        source_file_id,
        source_record,
        lag(sender_role) over (
            partition by platform, shop_id, conversation_id
            order by sent_at, exported_at, source_file_id, source_record
        ) as previous_role
    from int_message_speak
    where sender_role in ('customer', 'agent') and sent_at is not null

),

numbered as (

    select
        *,
        cast(
            floor(sum(
                case
                    when
                        sender_role = 'customer' and previous_role is distinct from 'customer'
                        then 1
                    else 0
                end
            ) over (
                partition by platform, shop_id, conversation_id
                order by sent_at, exported_at, source_file_id, source_record
                rows between unbounded preceding and current row
            )) as bigint
        ) as turn_no
    from spoken

)

select
    platform, -- where it was sold
    shop_id, -- whose desk it is
    conversation_id, -- the chat session
    turn_no, -- from 1
    min(sent_at) filter (where sender_role = 'customer') as asked_at, -- first message of the turn
    max(sent_at) filter (where sender_role = 'customer') as last_asked_at, -- last one
    count(*) filter (where sender_role = 'customer') as customer_messages, -- in the turn
    min(sent_at) filter (where sender_role = 'agent') as replied_at, -- first human reply; or null
    max(sender_key) filter (
        where sender_role = 'agent' and previous_role = 'customer'
    ) as agent, -- who replied
    -- the agent's group
    max(team) filter (where sender_role = 'agent' and previous_role = 'customer') as team,
    max(source_file_id) filter (
        where sender_role = 'customer' and previous_role is distinct from 'customer'
    ) as source_file_id, -- of the first message
    max(source_record) filter (
        where sender_role = 'customer' and previous_role is distinct from 'customer'
    ) as source_record -- of the first message
from numbered
where turn_no > 0
group by platform, shop_id, conversation_id, turn_no
