-- fct_case_event: the event log of the cases, one row for each time an export gives.
-- grain: platform, shop_id, case_id, event_no
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: only what the export has a time for; a step without one leaves no event.

with

steps as (

    select
        c.platform,
        c.shop_id,
        c.case_id,
        c.source_file_id,
        c.source_record,
        step.position,
        step.activity,
        step.actor,
        case step.activity
            when 'applied' then c.applied_at
            when 'reviewed' then c.reviewed_at
            when 'return_shipped' then c.return_shipped_at
            when 'return_received' then c.return_received_at
            when 'inspected' then c.inspected_at
            when 'reshipped' then c.reshipped_at
            when 'buyer_received' then c.buyer_received_at
            when 'refunded' then c.refunded_at
            when 'closed' then c.closed_at
        end as happened_at
    from fct_case as c
    cross join (
        values
        (1, 'applied', 'customer'),
        (2, 'reviewed', 'merchant'),
        (3, 'return_shipped', 'customer'),
        (4, 'return_received', 'merchant'),
        (5, 'inspected', 'merchant'),
        (6, 'reshipped', 'merchant'),
        (7, 'buyer_received', 'customer'),
        (8, 'refunded', 'merchant'),
        (9, 'closed', 'platform')
    ) as step (position, activity, actor)

)

select
    platform, -- where it was sold
    shop_id, -- whose case it is
    case_id, -- the platform's own text
    row_number() over (
        partition by platform, shop_id, case_id
        order by happened_at, position
    ) as event_no, -- from 1, in time
    activity, -- applied, reviewed, return_shipped, …, closed
    actor, -- customer, merchant, platform
    happened_at, -- UTC
    source_file_id, -- ref_file.file_id, of the case
    source_record -- data record in that file
from steps
where happened_at is not null
