-- int_conversation_merge: chats, tickets and calls as one kind of thing.
-- grain: platform, shop_id, conversation_id
-- owner: after-sales analytics
-- caveat: solved means solved, or closed without it; a ticket reopened since is not solved now,
--   whenever it was first.

with

spoken as (

    select
        conversation_no,
        min(sent_at) filter (where sender_role = 'customer') as started_at,
        min(buyer_key) as buyer_key,
        count(*) filter (where sender_role = 'agent') as agent_replies,
        count(*) filter (where notice = 'transfer') as transfers
    from int_message_speak
    where not is_comment
    group by conversation_no

),

answers as (

    select
        conversation_no,
        max(replied_at) filter (where turn_no = 1) as first_replied_at,
        max(language) filter (where turn_no = 1) as language,
        arg_min(agent, turn_no) filter (where agent is not null) as agent,
        arg_min(team, turn_no) filter (where agent is not null and team is not null) as team,
        count(distinct agent) as agents,
        -- the one nobody ended; an older one a customer left behind with a solution has an end
        max(asked_at) filter (where replied_at is null and resolved_at is null) as unanswered_at,
        count(*) as turns
    from int_turn_detect
    group by conversation_no

),

stages as (

    select
        conversation_no,
        bool_or(has_history) as has_history,
        min(from_at) filter (where status = 'solved') as first_solved_at,
        min(from_at) filter (where status = 'closed') as first_closed_at,
        max(from_at) filter (
            where status in ('solved', 'closed')
            and (status_before is null or status_before not in ('solved', 'closed'))
        ) as last_resolved_at,
        count(*) filter (
            where status not in ('solved', 'closed', 'deleted')
            and status_before in ('solved', 'closed')
        ) as reopens,
        max(status) filter (where until_at is null and has_history) as status,
        max(from_at) filter (where until_at is null and has_history) as status_since_at
    from int_ticket_stage
    group by conversation_no

),

assignees as (

    select
        platform,
        shop_id,
        ticket_id,
        count(*) as assignments
    from (
        select
            platform,
            shop_id,
            ticket_id,
            value_key,
            lag(value_key) over (
                partition by platform, shop_id, ticket_id order by changed_at, event_id
            ) as key_before
        from stg_desk__ticket_event
        where field = 'assignee' and value_key is not null
    ) as changes
    where value_key is distinct from key_before
    group by platform, shop_id, ticket_id

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose desk it is
    c.conversation_id, -- the chat session, the ticket's number, call#number
    c.conversation_no, -- int_conversation_number
    c.kind, -- chat, ticket or call
    cast(null as varchar) as ticket_id, -- the desk's own text
    coalesce(c.channel, 'chat') as channel, -- where it took place
    coalesce(c.buyer_key, s.buyer_key) as buyer_key, -- keyed pseudonym
    c.order_id, -- stated in the export
    c.case_id, -- stated in the export
    coalesce(s.started_at, c.first_message_at) as started_at, -- first customer message, else first
    s.started_at is not null as has_request, -- a customer said something
    a.first_replied_at, -- first human reply to the first turn
    true as has_replies, -- an export would show a reply if there was one
    cast(null as varchar) as status, -- of a ticket, as it stands
    cast(null as timestamp) as status_since_at, -- of a ticket; UTC
    false as has_history, -- an export lists what a ticket went through
    cast(null as timestamp) as first_solved_at, -- chats and calls carry none
    cast(null as timestamp) as solved_at, -- chats and calls carry none
    cast(null as timestamp) as ended_at, -- of a call
    a.unanswered_at, -- the question nobody answered yet
    a.agent, -- first to reply
    a.team, -- that agent's group
    a.language, -- of the first turn, by its letters
    cast(null as varchar) as category, -- chats carry none
    cast(null as varchar) as priority, -- chats carry none
    cast(null as double) as csat, -- chats carry none
    cast(null as bigint) as reopens, -- chats carry none
    coalesce(a.turns, 0) as turns, -- customer turns
    s.agent_replies, -- messages by people
    -- between people
    case when s.transfers > a.agents - 1 then s.transfers else a.agents - 1 end as handoffs,
    c.messages, -- all of them
    told_in.file_id as source_file_id, -- ref_file.file_id, of the first message
    version_record(c.first_version) as source_record -- data record in that file
from int_conversation_number as c
inner join spoken as s on c.conversation_no = s.conversation_no
left join ref_file as told_in on version_rank(c.first_version) = told_in.export_rank
left join answers as a on c.conversation_no = a.conversation_no
where c.kind = 'chat'
union all
select
    t.platform,
    t.shop_id,
    t.conversation_id,
    t.conversation_no,
    'ticket' as kind,
    t.ticket_id,
    t.channel,
    t.buyer_key,
    t.order_id,
    cast(null as varchar) as case_id,
    coalesce(t.asked_at, t.created_at) as started_at,
    -- of a ticket nobody dated it is not known to be none
    t.asked_at is not null or t.created_at is null as has_request,
    -- of a ticket an agent opened, what the desk calls its first reply is the opening
    case
        when t.asked_at = t.created_at then coalesce(t.first_replied_at, a.first_replied_at)
        else a.first_replied_at
    end as first_replied_at,
    t.has_replies,
    coalesce(stages.status, t.status) as status,
    stages.status_since_at,
    coalesce(stages.has_history, false) as has_history,
    coalesce(
        stages.first_solved_at, stages.first_closed_at
    ) as first_solved_at,
    case
        when coalesce(stages.status, t.status) in ('solved', 'closed')
            then coalesce(stages.last_resolved_at, t.solved_at, t.closed_at)
        -- no status said anywhere, but a time of its solution
        when coalesce(stages.status, t.status) is null then coalesce(t.solved_at, t.closed_at)
    end as solved_at,
    cast(null as timestamp) as ended_at,
    a.unanswered_at,
    coalesce(a.agent, t.agent) as agent,
    coalesce(a.team, t.team) as team,
    a.language,
    t.category,
    t.priority,
    t.csat,
    case when stages.has_history then stages.reopens else t.reopens end as reopens,
    coalesce(a.turns, 1) as turns,
    t.agent_replies,
    coalesce(
        case when assignees.assignments > 0 then assignees.assignments - 1 end,
        case when a.agents > 0 then a.agents - 1 end
    ) as handoffs,
    t.messages,
    t.source_file_id,
    t.source_record
from int_ticket_merge as t
left join answers as a on t.conversation_no = a.conversation_no
left join stages on t.conversation_no = stages.conversation_no
left join assignees
    on
        t.platform = assignees.platform
        and t.shop_id = assignees.shop_id
        and t.ticket_id = assignees.ticket_id
-- what is thrown away was no request
where t.status is distinct from 'deleted'
union all
select
    p.platform,
    p.shop_id,
    n.conversation_id,
    n.conversation_no,
    n.kind,
    cast(null as varchar) as ticket_id,
    'phone' as channel,
    p.buyer_key,
    p.order_id,
    p.case_id,
    -- a caller waits from when a person was asked for
    coalesce(p.queued_at, p.started_at) as started_at,
    -- whoever the merchant rings asked for nothing
    coalesce(p.direction, 'inbound') <> 'outbound' as has_request,
    p.answered_at as first_replied_at,
    true as has_replies,
    cast(null as varchar) as status,
    cast(null as timestamp) as status_since_at,
    false as has_history,
    cast(null as timestamp) as first_solved_at,
    cast(null as timestamp) as solved_at,
    coalesce(p.ended_at, p.abandoned_at) as ended_at,
    cast(null as timestamp) as unanswered_at,
    p.agent,
    p.team,
    cast(null as varchar) as language,
    cast(null as varchar) as category,
    cast(null as varchar) as priority,
    p.csat,
    cast(null as bigint) as reopens,
    1 as turns,
    cast(null as bigint) as agent_replies,
    cast(null as bigint) as handoffs,
    cast(null as bigint) as messages,
    p.source_file_id,
    p.source_record
from stg_desk__call as p
inner join int_conversation_number as n
    on
        n.kind = 'call'
        and p.platform = n.platform
        and p.shop_id = n.shop_id
        and p.call_id = n.own_id
