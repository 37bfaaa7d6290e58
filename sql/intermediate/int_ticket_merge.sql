-- int_ticket_merge: each ticket once, with what comments, changes and the desk's people add.
-- grain: platform, shop_id, ticket_id
-- owner: after-sales analytics
-- caveat: a ticket known only by its comments begins with the first of them; when one known only by
--   its history began, nobody knows.

with

changes as (

    select
        platform,
        shop_id,
        ticket_id,
        max(changed_at) filter (where field = 'status' and status = 'solved') as solved_at,
        max(changed_at) filter (where field = 'status' and status = 'closed') as closed_at,
        min(row_version) as row_version
    from stg_desk__ticket_event
    group by platform, shop_id, ticket_id

),

comments as (

    select
        conversation_no,
        min(sent_at) as first_message_at,
        min(sent_at) filter (where sender_role = 'customer') as first_asked_at,
        min(sent_at) filter (where sender_role = 'agent') as first_agent_at,
        count(*) filter (where sender_role = 'agent') as agent_replies,
        count(*) as messages,
        min(buyer_key) as buyer_key
    from int_message_speak
    where is_comment
    group by conversation_no

)

select
    k.platform, -- where it was sold
    k.shop_id, -- whose desk it is
    k.own_id as ticket_id, -- the desk's own text
    k.conversation_no, -- int_conversation_number
    k.conversation_id, -- ticket#number where a chat has the same number
    -- keyed pseudonym
    coalesce(customer.buyer_key, t.buyer_key, k.buyer_key, comments.buyer_key) as buyer_key,
    t.order_id, -- stated in the export
    t.status, -- where it stands; null when no export says it
    coalesce(t.created_at, comments.first_message_at) as created_at, -- UTC
    t.first_replied_at, -- as the export says it, UTC
    -- whether an export would show a reply if there was one
    coalesce(t.is_reply_told, false) or comments.messages is not null as has_replies,
    coalesce(t.solved_at, changes.solved_at) as solved_at, -- last solved, UTC
    coalesce(t.closed_at, changes.closed_at) as closed_at, -- closed, UTC
    coalesce(t.channel, k.channel, 'ticket') as channel, -- mail, phone, web and the like
    t.category, -- the desk's own
    t.priority, -- the desk's own word
    coalesce(assignee.name_key, t.agent, t.agent_key) as agent, -- who handles it
    t.team, -- that agent's group
    t.csat, -- satisfaction as given
    t.reopens, -- how often it was reopened
    -- when the request came in: opened by an agent it is the customer's first word; UTC
    case
        when
            comments.first_agent_at is null
            or comments.first_asked_at <= comments.first_agent_at
            -- an answer to what came in by another way than a comment
            or t.created_at < comments.first_agent_at
            then coalesce(t.created_at, comments.first_message_at)
        else comments.first_asked_at
    end as asked_at,
    comments.agent_replies, -- public comments of people; null where no export lists them
    comments.messages, -- null where no export lists them
    coalesce(t.source_file_id, told_in.file_id) as source_file_id, -- its file
    -- data record in that file
    coalesce(
        t.source_record, version_record(coalesce(k.first_version, changes.row_version))
    ) as source_record
from int_conversation_number as k
left join stg_desk__ticket as t
    on k.platform = t.platform and k.shop_id = t.shop_id and k.own_id = t.ticket_id
left join comments on k.conversation_no = comments.conversation_no
left join changes
    on
        k.platform = changes.platform
        and k.shop_id = changes.shop_id
        and k.own_id = changes.ticket_id
left join ref_file as told_in
    on version_rank(coalesce(k.first_version, changes.row_version)) = told_in.export_rank
left join stg_desk__person as customer
    on
        t.platform = customer.platform
        and t.shop_id = customer.shop_id
        and t.buyer_key = customer.person_key
left join stg_desk__person as assignee
    on
        t.platform = assignee.platform
        and t.shop_id = assignee.shop_id
        and t.agent_key = assignee.person_key
where k.kind = 'ticket'
