-- int_text_gather: every text a customer wrote, and what an agent noted of a call, to be read for
--   complaints.
-- grain: platform, shop_id, source, entity_id, told_at?, row_version?, text_key
-- owner: after-sales analytics
-- caveat: a ticket's own text only where no comment of the customer is exported, its subject and
--   body as one. What the platform writes in a reviewer's place and texts of nothing but figures
--   and punctuation are left out; a text of emoji alone is kept. Deleted tickets are none.

with

cases as (

    select
        c.platform,
        c.shop_id,
        c.case_id as entity_id,
        c.case_key as entity_no,
        c.applied_at as told_at,
        c.title as product,
        c.reason,
        s.description as body
    from int_case_merge as c
    inner join stg_shop__case as s
        on
            c.platform = s.platform
            and c.shop_id = s.shop_id
            and c.case_id = s.case_id
    where s.description is not null
    -- union and not union all: what is said of every line of a case is said once
    union
    select
        c.platform,
        c.shop_id,
        c.case_id as entity_id,
        c.case_key as entity_no,
        c.applied_at as told_at,
        c.title as product,
        coalesce(c.reason, l.reason) as reason,
        l.description as body
    from int_case_merge as c
    inner join stg_shop__case_line as l
        on
            c.platform = l.platform
            and c.shop_id = l.shop_id
            and c.case_id = l.case_id
    where l.description is not null

),

messages as (

    select
        m.conversation_no,
        m.row_version,
        m.sent_at as told_at,
        s.body
    from int_message_speak as m
    inner join stg_desk__message as s on m.row_version = s.row_version
    where m.sender_role = 'customer' and s.body is not null

),

spoken as (

    select distinct conversation_no
    from messages

),

-- of conversations: messages, else a ticket's own text; of a call the agent's note
said as (

    select
        conversation_no,
        row_version,
        told_at,
        body
    from messages
    union all
    select
        c.conversation_no,
        cast(null as bigint) as row_version,
        c.started_at as told_at,
        -- a line apart, so that no phrase runs from one into the other
        case
            when t.subject is null then t.body
            when t.body is null then t.subject
            else t.subject || chr(10) || t.body
        end as body
    from int_conversation_merge as c
    inner join stg_desk__ticket as t
        on
            c.platform = t.platform
            and c.shop_id = t.shop_id
            and c.ticket_id = t.ticket_id
    left join spoken on c.conversation_no = spoken.conversation_no
    where c.kind = 'ticket' and spoken.conversation_no is null
    union all
    select
        c.conversation_no,
        cast(null as bigint) as row_version,
        c.started_at as told_at,
        p.memo as body
    from int_conversation_merge as c
    inner join int_conversation_number as n on c.conversation_no = n.conversation_no
    inner join stg_desk__call as p
        on
            n.platform = p.platform
            and n.shop_id = p.shop_id
            and n.own_id = p.call_id
    where c.kind = 'call'

),

reviews as (

    select
        platform,
        shop_id,
        review_id as entity_id,
        row_version as entity_no,
        reviewed_at as told_at,
        title as product,
        body
    from stg_shop__review
    where body is not null
    union
    select
        platform,
        shop_id,
        review_id as entity_id,
        row_version as entity_no,
        coalesce(followed_up_at, reviewed_at) as told_at,
        title as product,
        follow_up as body
    from stg_shop__review
    where follow_up is not null

),

gathered as (

    select
        platform,
        shop_id,
        'case' as source,
        entity_id,
        entity_no,
        cast(null as bigint) as conversation_no,
        cast(null as bigint) as row_version,
        told_at,
        product,
        reason,
        body
    from cases
    union all
    select
        c.platform,
        c.shop_id,
        c.kind as source,
        c.conversation_id as entity_id,
        c.conversation_no as entity_no,
        c.conversation_no,
        m.row_version,
        m.told_at,
        cast(null as varchar) as product,
        cast(null as varchar) as reason,
        m.body
    from said as m
    inner join int_conversation_merge as c on m.conversation_no = c.conversation_no
    union all
    select
        platform,
        shop_id,
        'review' as source,
        entity_id,
        entity_no,
        cast(null as bigint) as conversation_no,
        cast(null as bigint) as row_version,
        told_at,
        product,
        cast(null as varchar) as reason,
        body
    from reviews
    where not is_default_review(body)

)

select
    platform, -- where it was sold
    shop_id, -- whose it is
    source, -- case, chat, ticket, call or review
    entity_id, -- the case's, conversation's or review's own text
    entity_no, -- the same to join by: int_case_merge.case_key, conversation_no, stg_shop__review
    conversation_no, -- int_conversation_number; null for cases and reviews
    row_version, -- of a message, in stg_desk__message
    told_at, -- written, UTC; of a case when it was applied for
    product, -- what the listing calls what it is about; of cases and reviews
    reason, -- as the buyer picked it; of cases
    body, -- what was written
    -- equal for texts that are read alike
    md5(
        source || chr(31) || coalesce(product, '') || chr(31) || coalesce(reason, '')
        || chr(31) || body
    ) as text_key
from gathered
where has_words(body)
