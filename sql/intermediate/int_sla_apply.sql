-- int_sla_apply: the target each promise was under when its clock began, and the clock's stretches.
-- grain: conversation_no, measure, turn_no, piece_no
-- owner: after-sales analytics
-- caveat: what holds when the clock begins holds to its end: a later target or priority changes
--   nothing that was promised before. Of several targets the one that names the most counts.

with

-- most of what is measured is under no target
wanted as (

    select distinct
        measure,
        kind
    from int_target_lay

),

spans as (

    select
        s.conversation_no,
        c.kind,
        case
            when s.span = 'turn' and s.span_no > 1 then 'next_reply'
            when s.span = 'turn' then 'first_response'
            when s.span = 'stage' then 'requester_wait'
            else s.span
        end as measure,
        case when s.span = 'turn' then s.span_no else 1 end as turn_no,
        case when s.span = 'stage' then s.span_no else 1 end as piece_no,
        s.calendar_id,
        s.from_at,
        s.until_at,
        s.from_reading,
        s.is_open,
        s.seconds,
        s.working_seconds,
        s.working_reason
    from int_span_measure as s
    inner join int_conversation_merge as c on s.conversation_no = c.conversation_no
    where
        s.span in ('first_response', 'first_resolution', 'full_resolution')
        or (s.span = 'turn' and (s.span_no > 1 or c.kind = 'chat'))
        or s.stage in ('open', 'hold')

),

pieces as (

    select s.*
    from spans as s
    semi join wanted on s.measure = wanted.measure and coalesce(wanted.kind, s.kind) = s.kind

),

begun as (

    select
        conversation_no,
        measure,
        turn_no,
        min(from_at) as applied_at
    from pieces
    group by conversation_no, measure, turn_no

),

urgent as (

    select
        t.conversation_no,
        lower(e.value_key) as priority,
        e.changed_at,
        row_number() over ticket_in_time as place,
        lead(e.changed_at) over ticket_in_time as until_at
    from stg_desk__ticket_event as e
    inner join int_ticket_merge as t
        on e.platform = t.platform and e.shop_id = t.shop_id and e.ticket_id = t.ticket_id
    where e.field = 'priority' and e.value_key is not null
    window ticket_in_time as (
        partition by t.conversation_no order by e.changed_at, e.event_id
    )

),

ranked as (

    select
        b.*,
        coalesce(urgent.priority, lower(c.priority)) as priority,
        t.target_id,
        t.target_seconds,
        t.is_working,
        t.is_sole,
        row_number() over (
            partition by b.conversation_no, b.measure, b.turn_no
            order by
                case when t.shop_id is null then 0 else 1 end
                + case when t.team is null then 0 else 1 end
                + case when t.kind is null then 0 else 1 end
                + case when t.channel is null then 0 else 1 end
                + case when t.priority is null then 0 else 1 end desc,
                t.target_id
        ) as place
    from begun as b
    inner join int_conversation_merge as c on b.conversation_no = c.conversation_no
    left join urgent
        on
            b.conversation_no = urgent.conversation_no
            and (b.applied_at >= urgent.changed_at or urgent.place = 1)
            and (b.applied_at < urgent.until_at or urgent.until_at is null)
    inner join int_target_lay as t
        on
            b.measure = t.measure
            and b.applied_at >= t.valid_from
            and b.applied_at < t.valid_to
            and (t.shop_id is null or c.shop_id = t.shop_id)
            and (t.team is null or c.team = t.team)
            and (t.kind is null or c.kind = t.kind)
            and (t.channel is null or c.channel = t.channel)
            and (t.priority is null or coalesce(urgent.priority, lower(c.priority)) = t.priority)

)

select
    p.conversation_no, -- int_conversation_number
    p.measure, -- first_response, next_reply, first_resolution, full_resolution, requester_wait
    p.turn_no, -- of a next reply; 1 else
    p.piece_no, -- a requester waits in pieces; 1 else
    r.target_id, -- int_target_lay
    r.target_seconds, -- within which it is to be done
    r.is_working, -- working time counts, else calendar time
    r.is_sole, -- nothing else of its kind competes with it
    r.priority, -- of the ticket when the clock began, in small letters
    r.applied_at, -- when the clock began, UTC
    p.calendar_id, -- whose working hours
    p.from_at, -- of this piece, UTC
    p.until_at, -- of this piece, UTC; the as-of where it is open
    p.from_reading, -- working seconds of the calendar until it began
    p.is_open, -- it has not ended by the as-of
    case when r.is_working then p.working_seconds else p.seconds end as piece_seconds, -- it took
    case when r.is_working then p.working_reason end as piece_reason, -- why piece_seconds is null
    sum(case when r.is_working then p.working_seconds else p.seconds end) over (
        partition by p.conversation_no, p.measure, p.turn_no
        order by p.piece_no
        rows between unbounded preceding and current row
    ) as elapsed_seconds -- of the clock at the end of the piece
from pieces as p
inner join ranked as r
    on
        p.conversation_no = r.conversation_no
        and p.measure = r.measure
        and p.turn_no = r.turn_no
where r.place = 1
