-- int_turn_detect: each run of customer messages and what ended it: a person's reply or a solution.
-- grain: conversation_no, turn_no
-- owner: after-sales analytics
-- caveat: robots, notices, internal notes and unknown roles neither ask nor answer. Within a
--   second (a minute, where an export shows no more) older exports come first, and rows as in
--   their file: that is how copied pieces of a conversation follow each other. A ticket's solution
--   comes after the messages of its second, since desks write the last answer and the solution at
--   once; what a customer writes after it is a new turn.

with

steps as (

    select
        conversation_no,
        sent_at,
        row_version,
        sender_role = 'customer' as is_question,
        false as is_solution
    from int_message_speak
    where sender_role in ('customer', 'agent') and sent_at is not null
    union all
    select
        conversation_no,
        from_at as sent_at,
        stage_no as row_version,
        false as is_question,
        true as is_solution
    from int_ticket_stage
    where status in ('solved', 'closed')

),

-- Windows carry as little as they can, and no texts; what else is known of a message is joined to
-- the few that begin or end a turn.
placed as (

    select
        *,
        row_number() over (
            partition by conversation_no order by sent_at, is_solution, row_version
        ) as place,
        -- the same for all questions until somebody answers, and for that answer
        count(*) filter (where not is_question) over (
            partition by conversation_no order by sent_at, is_solution, row_version
            rows between unbounded preceding and 1 preceding
        ) as answers_before
    from steps

),

runs as (

    select
        conversation_no,
        answers_before,
        min(sent_at) filter (where is_question) as asked_at,
        arg_min(row_version, place) filter (
            where row_version is not null and is_question
        ) as row_version,
        count(*) filter (where is_question) as customer_messages,
        max(sent_at) filter (where not is_question) as end_at,
        max(row_version) filter (where not is_question) as end_version,
        bool_or(is_solution) as is_solved
    from placed
    group by conversation_no, answers_before

),

numbered as (

    select
        *,
        coalesce(lag(is_solved) over (
            partition by conversation_no order by answers_before
        ), false) as is_reopening,
        count(*) filter (where customer_messages > 0) over (
            partition by conversation_no order by answers_before
            rows between unbounded preceding and current row
        ) as turn_no
    from runs

),

turns as (

    select
        r.conversation_no,
        r.turn_no,
        r.asked_at,
        r.customer_messages,
        asked.language,
        r.row_version,
        r.is_reopening,
        case when not r.is_solved then r.end_at end as replied_at,
        case when r.is_solved then r.end_at end as resolved_at,
        reply.sender_key as agent,
        reply.team,
        reply.row_version as reply_version
    from numbered as r
    inner join int_message_speak as asked on r.row_version = asked.row_version
    left join int_message_speak as reply
        on r.end_version = reply.row_version and not r.is_solved
    where r.customer_messages > 0

),

handed as (

    select
        t.conversation_no,
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
            n.conversation_no = t.conversation_no
            and n.sent_at >= t.asked_at
            and (n.sent_at <= t.replied_at or t.replied_at is null)
            and (n.sent_at <= t.resolved_at or t.resolved_at is null)
    where n.notice in ('transfer', 'handoff') or n.sender_role = 'bot'
    group by t.conversation_no, t.turn_no

)

select
    t.conversation_no, -- int_conversation_number
    t.turn_no, -- from 1
    t.asked_at, -- first message of the turn
    t.customer_messages, -- in the turn
    t.language, -- of what the customer wrote, by its letters
    t.is_reopening, -- the first after a solution
    t.replied_at, -- first human reply; or null
    t.resolved_at, -- solved without a reply; or null
    t.agent, -- who replied
    t.team, -- the agent's group
    t.reply_version, -- of the reply, in stg_desk__message
    handed.transferred_at, -- last handed to a colleague before the reply; or null
    handed.transferred_by, -- who handed it over first
    handed.robot_replied_at, -- a robot's first answer; or null
    handed.robot_left_at, -- the robot gave it to people; or null
    t.row_version -- of the first message, in stg_desk__message
from turns as t
left join handed on t.conversation_no = handed.conversation_no and t.turn_no = handed.turn_no
