-- fct_ticket_stage: what every ticket was in, one stage after the other, and for how long.
-- grain: platform, shop_id, ticket_id, stage_no
-- keys: platform, shop_id, conversation_id -> fct_conversation (platform, shop_id, conversation_id)
-- owner: after-sales analytics
-- caveat: the stages of a ticket add up to the time since it was created; the one it is in now
--   runs to the as-of. A status no vocabulary knows is the stage unknown, and so is all of a
--   ticket whose export has no history until it says solved.

select
    t.platform, -- whose desk
    t.shop_id, -- whose desk it is
    t.ticket_id, -- the desk's own text
    t.conversation_id, -- fct_conversation
    s.stage_no, -- from 1
    s.status, -- open, pending, hold, solved, closed, other, unknown
    s.status_before, -- null for the first
    s.from_at, -- UTC
    s.until_at, -- UTC; null for the stage it is in now
    span.is_open as is_current, -- it is in it now
    -- waits for the merchant (open), the customer (pending), somebody else (hold), nobody (done)
    case
        when s.status in ('open', 'pending', 'hold') then s.status
        when s.status in ('solved', 'closed') then 'done'
        else 'unknown'
    end as waits_for,
    span.seconds, -- calendar time; so far where it is current
    span.working_seconds, -- working time
    working_status('ok', span.working_seconds) as working_status, -- ok, not_computable
    -- why working_seconds is null
    working_reason('ok', null, span.working_seconds, span.working_reason) as working_reason,
    s.source_file_id, -- ref_file.file_id, of the change
    s.source_record -- data record in that file
from int_ticket_stage as s
inner join int_ticket_merge as t on s.conversation_no = t.conversation_no
inner join int_span_measure as span
    on
        span.span = 'stage'
        and s.conversation_no = span.conversation_no
        and s.stage_no = span.span_no
