-- int_turn_detect: each run of customer messages and what ended it: a person's reply or a solution.
-- grain: platform, shop_id, conversation_id, turn_no
-- owner: after-sales analytics
-- caveat: robots, notices, internal notes and unknown roles neither ask nor answer. Within a
--   second (a minute, where an export shows no more) older exports come first, and rows as in
--   their file: that is how copied pieces of a conversation follow each other. A ticket's solution
--   comes after the messages of its second, since desks write the last answer and the solution at
--   once; what a customer writes after it is a new turn.

with

steps as (

    select
        platform,
        shop_id,
        conversation_id,
        sent_at,
        false as is_solution,
        row_version,
        sender_role as act
    from int_message_speak
    where sender_role in ('customer', 'agent') and sent_at is not null
    union all
    select
        platform,
        shop_id,
        conversation_id,
        from_at as sent_at,
        true as is_solution,
        stage_no as row_version,
        'solution' as act
    from int_ticket_stage
    where status in ('solved', 'closed')

),

-- Windows carry as little as they can; what else is known of a message is joined to the few
-- that begin or end a turn.
followed as (

    select
        *,
        lag(act) over conversation_in_time as previous_act,
        row_number() over conversation_in_time as place,
        count(*) over (partition by platform, shop_id, conversation_id) as places
    from steps
    window conversation_in_time as (
        partition by platform, shop_id, conversation_id order by sent_at, is_solution, row_version
    )

),

bounds as (

    select
        platform,
        shop_id,
        conversation_id,
        sent_at,
        row_version,
        act,
        previous_act,
        place,
        places,
        -- what begins a turn and what ends it take turns
        row_number() over conversation_in_time as bound,
        lead(sent_at) over conversation_in_time as end_at,
        lead(act) over conversation_in_time as end_act,
        lead(row_version) over conversation_in_time as end_version,
        lead(place) over conversation_in_time as end_place
    from followed
    where (act = 'customer') is distinct from coalesce(previous_act = 'customer', false)
    window conversation_in_time as (
        partition by platform, shop_id, conversation_id order by place
    )

),

turns as (

    select
        b.platform,
        b.shop_id,
        b.conversation_id,
        cast(floor(cast(b.bound + 1 as double) / 2) as bigint) as turn_no,
        b.sent_at as asked_at,
        coalesce(b.end_place, b.places + 1) - b.place as customer_messages,
        asked.language,
        b.row_version,
        coalesce(b.previous_act = 'solution', false) as is_reopening,
        case when b.end_act = 'agent' then b.end_at end as replied_at,
        case when b.end_act = 'solution' then b.end_at end as resolved_at,
        reply.sender_key as agent,
        reply.team,
        reply.wording as reply_wording
    from bounds as b
    inner join int_message_speak as asked on b.row_version = asked.row_version
    left join int_message_speak as reply
        on b.end_version = reply.row_version and b.end_act = 'agent'
    where b.act = 'customer'

),

handed as (

    select
        t.platform,
        t.shop_id,
        t.conversation_id,
        t.turn_no,
        max(n.sent_at) filter (where n.notice = 'transfer') as transferred_at,
        arg_min(n.sender_key, n.sent_at) filter (
            where n.notice = 'transfer' and n.sender_key is not null
        ) as transferred_by,
        max(n.sent_at) filter (where n.notice = 'handoff') as robot_left_at,
        min(n.sent_at) filter (where n.sender_role = 'bot') as robot_replied_at
    from int_message_speak as n
    inner join turns as t
        on
            n.platform = t.platform
            and n.shop_id = t.shop_id
            and n.conversation_id = t.conversation_id
            and n.sent_at >= t.asked_at
            and (n.sent_at <= t.replied_at or t.replied_at is null)
            and (n.sent_at <= t.resolved_at or t.resolved_at is null)
    where n.notice in ('transfer', 'handoff') or n.sender_role = 'bot'
    group by t.platform, t.shop_id, t.conversation_id, t.turn_no

)

select
    t.platform, -- where it was sold
    t.shop_id, -- whose desk it is
    t.conversation_id, -- the chat session, the ticket's number
    t.turn_no, -- from 1
    t.asked_at, -- first message of the turn
    t.customer_messages, -- in the turn
    t.language, -- of what the customer wrote, by its letters
    t.is_reopening, -- the first after a solution
    t.replied_at, -- first human reply; or null
    t.resolved_at, -- solved without a reply; or null
    t.agent, -- who replied
    t.team, -- the agent's group
    t.reply_wording, -- of the reply, without its figures
    handed.transferred_at, -- last handed to a colleague before the reply; or null
    handed.transferred_by, -- who handed it over first
    handed.robot_replied_at, -- a robot's first answer; or null
    handed.robot_left_at, -- the robot gave it to people; or null
    t.row_version -- of the first message, in stg_desk__message
from turns as t
left join handed
    on
        t.platform = handed.platform
        and t.shop_id = handed.shop_id
        and t.conversation_id = handed.conversation_id
        and t.turn_no = handed.turn_no
