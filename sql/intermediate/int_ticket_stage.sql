-- int_ticket_stage: what a ticket was in, from when to when, without a gap.
-- grain: platform, shop_id, ticket_id, stage_no
-- owner: after-sales analytics
-- caveat: a change to the status it already has is none. A status no vocabulary knows, the time
--   between a ticket's creation and the first status of its history, and that of a ticket without
--   a history are stages called unknown: counted, and nobody's.

with

changes as (

    select
        platform,
        shop_id,
        ticket_id,
        changed_at,
        event_id,
        coalesce(status, 'unknown') as status,
        source_file_id,
        source_record,
        lag(coalesce(status, 'unknown')) over (
            partition by platform, shop_id, ticket_id
            order by changed_at, event_id, source_file_id, source_record
        ) as status_before
    from stg_desk__ticket_event
    where field = 'status' and changed_at is not null

),

histories as (

    select
        platform,
        shop_id,
        ticket_id,
        min(changed_at) as changed_at
    from changes
    group by platform, shop_id, ticket_id

),

created as (

    select
        t.platform,
        t.shop_id,
        t.ticket_id,
        t.created_at,
        t.solved_at,
        t.closed_at,
        t.source_file_id,
        t.source_record,
        history.changed_at
    from int_ticket_merge as t
    left join histories as history
        on
            t.platform = history.platform
            and t.shop_id = history.shop_id
            and t.ticket_id = history.ticket_id

),

begun as (

    select
        platform,
        shop_id,
        ticket_id,
        changed_at as from_at,
        event_id,
        status,
        true as has_history,
        source_file_id,
        source_record
    from changes
    where status is distinct from status_before
    union all
    select
        platform,
        shop_id,
        ticket_id,
        created_at as from_at,
        '' as event_id,
        'unknown' as status,
        changed_at is not null as has_history,
        source_file_id,
        source_record
    from created
    where created_at is not null and (created_at < changed_at or changed_at is null)
    union all
    -- without a history, what the ticket itself says
    select
        platform,
        shop_id,
        ticket_id,
        solved_at as from_at,
        'solved' as event_id,
        'solved' as status,
        false as has_history,
        source_file_id,
        source_record
    from created
    where changed_at is null and solved_at >= created_at
    union all
    select
        platform,
        shop_id,
        ticket_id,
        closed_at as from_at,
        'solved and closed' as event_id,
        'closed' as status,
        false as has_history,
        source_file_id,
        source_record
    from created
    where changed_at is null and closed_at >= coalesce(solved_at, created_at)

)

select
    b.platform, -- whose desk
    b.shop_id, -- whose desk it is
    b.ticket_id, -- the desk's own text
    t.conversation_id, -- fct_conversation
    row_number() over ticket_in_time as stage_no, -- from 1
    b.status, -- open, pending, hold, solved, closed, deleted, other, unknown
    lag(b.status) over ticket_in_time as status_before, -- null for the first
    b.has_history, -- an export lists what the ticket went through
    b.from_at, -- UTC
    lead(b.from_at) over ticket_in_time as until_at, -- UTC; null for the one it is in now
    b.source_file_id, -- ref_file.file_id, of the change
    b.source_record -- data record in that file
from begun as b
inner join int_ticket_merge as t
    on b.platform = t.platform and b.shop_id = t.shop_id and b.ticket_id = t.ticket_id
window ticket_in_time as (
    partition by b.platform, b.shop_id, b.ticket_id
    order by b.from_at, b.event_id, b.source_file_id, b.source_record
)
