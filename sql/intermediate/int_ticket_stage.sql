-- int_ticket_stage: what a ticket was in, from when to when, without a gap.
-- grain: conversation_no, stage_no
-- owner: after-sales analytics
-- caveat: a change to the status it already has is none. A status no vocabulary knows, the time
--   between a ticket's creation and the first status of its history, and that of a ticket without
--   a history are stages called unknown: counted, and nobody's.

with

changes as (

    select
        t.conversation_no,
        e.changed_at,
        e.event_id,
        coalesce(e.status, 'unknown') as status,
        e.source_file_id,
        e.source_record,
        lag(coalesce(e.status, 'unknown')) over (
            partition by t.conversation_no
            order by e.changed_at, e.event_id, e.source_file_id, e.source_record
        ) as status_before
    from stg_desk__ticket_event as e
    inner join int_ticket_merge as t
        on e.platform = t.platform and e.shop_id = t.shop_id and e.ticket_id = t.ticket_id
    where e.field = 'status' and e.changed_at is not null

),

histories as (

    select
        conversation_no,
        min(changed_at) as changed_at
    from changes
    group by conversation_no

),

created as (

    select
        t.conversation_no,
        t.created_at,
        t.solved_at,
        t.closed_at,
        t.source_file_id,
        t.source_record,
        history.changed_at
    from int_ticket_merge as t
    left join histories as history on t.conversation_no = history.conversation_no

),

begun as (

    select
        conversation_no,
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
        conversation_no,
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
        conversation_no,
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
        conversation_no,
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
    conversation_no, -- int_conversation_number, of the ticket
    row_number() over ticket_in_time as stage_no, -- from 1
    status, -- open, pending, hold, solved, closed, deleted, other, unknown
    lag(status) over ticket_in_time as status_before, -- null for the first
    has_history, -- an export lists what the ticket went through
    from_at, -- UTC
    lead(from_at) over ticket_in_time as until_at, -- UTC; null for the one it is in now
    source_file_id, -- ref_file.file_id, of the change
    source_record -- data record in that file
from begun
window ticket_in_time as (
    partition by conversation_no order by from_at, event_id, source_file_id, source_record
)
