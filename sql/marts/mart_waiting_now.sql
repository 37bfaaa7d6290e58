-- mart_waiting_now: whoever waits for the merchant at the as-of, with age and the nearest due time.
-- grain: platform, shop_id, conversation_id
-- keys: platform, shop_id, conversation_id -> fct_conversation (platform, shop_id, conversation_id)
-- owner: after-sales analytics
-- caveat: of its promises that run or are broken and not done yet the one due first counts.

with

promised as (

    select
        platform,
        shop_id,
        conversation_id,
        measure,
        due_at,
        state,
        row_number() over (
            partition by platform, shop_id, conversation_id order by due_at, measure, turn_no
        ) as place
    from fct_sla
    where state in ('active', 'breached') and ended_at is null and due_at is not null

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose desk it is
    c.conversation_id, -- the desk's own text
    c.kind, -- chat or ticket
    c.channel, -- where it takes place
    c.agent, -- first to reply; null where nobody did
    c.team, -- that agent's group
    c.priority, -- of a ticket, the desk's own word
    c.status, -- of a ticket
    c.order_id, -- the order it is about
    c.case_id, -- the case it is about
    c.waiting_since_at, -- UTC
    c.waiting_seconds, -- to the as-of, calendar time
    promised.measure as due_measure, -- what is due first; null where nothing was promised
    promised.due_at, -- UTC
    promised.state as due_state, -- active, or breached already
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from fct_conversation as c
left join promised
    on
        promised.place = 1
        and c.platform = promised.platform
        and c.shop_id = promised.shop_id
        and c.conversation_id = promised.conversation_id
where c.is_waiting
