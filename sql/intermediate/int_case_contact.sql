-- int_case_contact: the conversations held about a case, and whether receipt was asked for in them.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: conversations belong to a case by its number or by the same buyer near in time; those
--   nobody could link are not here. Asking for receipt is told by words, before the review alone.

with

spoken as (

    select
        link.shop_id,
        link.order_platform,
        link.case_id,
        v.conversation_no,
        v.started_at,
        v.has_request
    from int_conversation_link as link
    inner join int_conversation_merge as v
        on
            link.platform = v.platform
            and link.shop_id = v.shop_id
            and link.conversation_id = v.conversation_id
    where link.case_id is not null

),

held as (

    select
        c.case_key,
        c.applied_at,
        c.reviewed_at,
        c.ended_at,
        s.conversation_no,
        s.started_at,
        s.has_request
    from spoken as s
    inner join int_case_merge as c
        on
            s.shop_id = c.shop_id
            and s.case_id = c.case_id
            and (s.order_platform is null or s.order_platform = c.platform)

),

-- The one cheap look at every text; what it finds is read closely below.
mentions as (

    select
        row_version,
        body
    from stg_desk__message
    where body like '%确认收货%' or body like '%onfirm receipt%' or body like '%onfirm the receipt%'

),

asks as (

    select
        h.case_key,
        m.sent_at,
        m.sender_key as agent
    from mentions
    inner join int_message_speak as m on mentions.row_version = m.row_version
    inner join held as h on m.conversation_no = h.conversation_no
    where
        m.sender_role = 'agent'
        and h.applied_at <= m.sent_at
        and (h.reviewed_at is null or h.reviewed_at > m.sent_at)
        and regexp_matches(
            mentions.body,
            '(请|麻烦|烦请|先|需要|要|得|必须|记得|才能).{0,8}确认收货|确认收货.{0,6}(才能|才可以|再申请|再换|再给)'
            || '|(?i)(please|first|need|must).{0,20}confirm (the )?receipt'
        )
        and not regexp_matches(
            mentions.body,
            '(不|别|无需|勿|没|免).{0,6}确认收货|(?i)(not|no).{0,12}confirm (the )?receipt'
        )

),

asked as (

    select
        case_key,
        min(sent_at) as receipt_asked_at,
        arg_min(agent, sent_at) filter (where agent is not null) as receipt_asked_by
    from asks
    group by case_key

),

counted as (

    select
        case_key,
        count(*) as conversations,
        count(*) filter (
            where has_request and (ended_at is null or started_at <= ended_at)
        ) as contacts
    from held
    group by case_key

),

desks as (

    select
        shop_id,
        min(started_at) as first_at,
        max(started_at) as last_at
    from int_conversation_merge
    group by shop_id

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    c.case_key, -- int_case_merge
    -- conversations of the shop are known from before the application to after it
    coalesce(
        desks.first_at <= c.applied_at and desks.last_at >= c.applied_at, false
    ) as has_desk,
    coalesce(counted.conversations, 0) as conversations, -- about it
    coalesce(counted.contacts, 0) as contacts, -- of them begun by the customer before it ended
    asked.receipt_asked_at, -- an agent asked to confirm receipt, before the review, UTC
    asked.receipt_asked_by -- that agent
from int_case_merge as c
left join desks on c.shop_id = desks.shop_id
left join counted on c.case_key = counted.case_key
left join asked on c.case_key = asked.case_key
