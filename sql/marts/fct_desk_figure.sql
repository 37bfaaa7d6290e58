-- fct_desk_figure: what a help desk says of a ticket's times beside what we make of them.
-- grain: platform, shop_id, ticket_id, measure
-- keys: platform, shop_id, conversation_id -> fct_conversation (platform, shop_id, conversation_id)
-- owner: after-sales analytics
-- caveat: desks tell whole minutes, cut off; a difference under a minute is none. A desk that
--   restarts or pauses its clock otherwise differs by more, and then the two are two definitions.

with

figures as (

    select
        platform,
        shop_id,
        ticket_id,
        first_reply_minutes,
        first_reply_working_minutes,
        first_resolution_minutes,
        full_resolution_minutes,
        full_resolution_working_minutes,
        requester_wait_minutes,
        requester_wait_working_minutes,
        agent_wait_minutes,
        hold_minutes,
        source_file_id,
        source_record
    from stg_desk__ticket_metric
    union all
    select
        t.platform,
        t.shop_id,
        t.ticket_id,
        t.desk_first_reply_minutes as first_reply_minutes,
        cast(null as double) as first_reply_working_minutes,
        cast(null as double) as first_resolution_minutes,
        t.desk_full_resolution_minutes as full_resolution_minutes,
        cast(null as double) as full_resolution_working_minutes,
        cast(null as double) as requester_wait_minutes,
        cast(null as double) as requester_wait_working_minutes,
        cast(null as double) as agent_wait_minutes,
        cast(null as double) as hold_minutes,
        t.source_file_id,
        t.source_record
    from stg_desk__ticket as t
    -- the figures listed apart are the fuller ones
    left join stg_desk__ticket_metric as m
        on t.platform = m.platform and t.shop_id = m.shop_id and t.ticket_id = m.ticket_id
    where m.ticket_id is null

),

tickets as (

    select
        f.*,
        t.conversation_id
    from figures as f
    inner join int_ticket_merge as t
        on f.platform = t.platform and f.shop_id = t.shop_id and f.ticket_id = t.ticket_id

),

paired as (

    select
        t.platform,
        t.shop_id,
        t.ticket_id,
        t.conversation_id,
        m.measure,
        case m.measure
            when 'first_response' then t.first_reply_minutes
            when 'first_response_working' then t.first_reply_working_minutes
            when 'first_resolution' then t.first_resolution_minutes
            when 'full_resolution' then t.full_resolution_minutes
            when 'full_resolution_working' then t.full_resolution_working_minutes
            when 'requester_wait' then t.requester_wait_minutes
            when 'requester_wait_working' then t.requester_wait_working_minutes
            when 'agent_wait' then t.agent_wait_minutes
            when 'hold' then t.hold_minutes
        end as desk_minutes,
        case m.measure
            when 'first_response' then c.first_response_seconds
            when 'first_response_working' then c.first_response_working_seconds
            when 'first_resolution' then c.first_resolution_seconds
            when 'full_resolution' then c.full_resolution_seconds
            when 'full_resolution_working' then c.full_resolution_working_seconds
            when 'requester_wait' then c.requester_wait_seconds
            when 'requester_wait_working' then c.requester_wait_working_seconds
            when 'agent_wait' then c.agent_wait_seconds
            when 'hold' then c.hold_seconds
        end as own_seconds,
        case
            when m.measure = 'first_response' then c.first_response_reason
            when m.measure = 'first_response_working' then c.first_response_working_reason
            when m.measure = 'first_resolution' then c.first_resolution_reason
            when m.measure = 'full_resolution' then c.full_resolution_reason
            when m.measure = 'full_resolution_working' then c.full_resolution_working_reason
            when m.measure = 'requester_wait_working' then c.stages_working_reason
            else c.stages_reason
        end as own_reason,
        t.source_file_id,
        t.source_record
    from tickets as t
    cross join (
        values
        ('first_response'),
        ('first_response_working'),
        ('first_resolution'),
        ('full_resolution'),
        ('full_resolution_working'),
        ('requester_wait'),
        ('requester_wait_working'),
        ('agent_wait'),
        ('hold')
    ) as m (measure)
    inner join fct_conversation as c
        on
            t.platform = c.platform
            and t.shop_id = c.shop_id
            and t.conversation_id = c.conversation_id

)

select
    platform, -- whose desk
    shop_id, -- whose desk it is
    ticket_id, -- the desk's own text
    conversation_id, -- fct_conversation
    measure, -- a duration of fct_conversation, without its _seconds
    desk_minutes, -- as the desk says it
    own_seconds, -- ours; null with a reason
    own_reason, -- why own_seconds is null
    -- ours less the desk's, in minutes; under 1 the desk only cut off
    cast(own_seconds as double) / 60 - desk_minutes as difference_minutes,
    source_file_id, -- ref_file.file_id, of the desk's figures
    source_record -- data record in that file
from paired
where desk_minutes is not null
