-- int_case_step: what happened in a case, in time: milestones each time round, and contacts.
-- grain: case_key, step_no
-- owner: after-sales analytics
-- caveat: a milestone the log of statuses tells is taken from there, every time it tells it; the
--   others from the times an export gives, once. Turns of a conversation with no milestone between
--   them are one contact and one answer to it. Contacts before the application or after the end are
--   not here, nor is the platform's stepping in where no log gives it a time.

with

dated as (

    select
        c.case_key,
        step.rank_no,
        step.activity,
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
    from int_case_merge as c
    cross join (
        values
        (10, 'applied'),
        (20, 'reviewed'),
        (30, 'return_shipped'),
        (40, 'return_received'),
        (50, 'inspected'),
        (60, 'reshipped'),
        (70, 'buyer_received'),
        (80, 'refunded'),
        (90, 'closed')
    ) as step (rank_no, activity)

),

statuses as (

    select
        c.case_key,
        p.place,
        p.seen_at as happened_at,
        p.status,
        p.status_before,
        case
            when p.status = 'applied' then 'applied'
            -- the replacement is out and the return still to come: nobody decided anything
            when p.status = 'approved' and p.status_before = 'reshipped' then null
            when p.actor = 'platform' and (p.status = 'approved' or p.status = 'rejected')
                then 'platform_decided'
            when p.status = 'approved' then 'reviewed'
            when
                p.status = 'rejected'
                and (
                    p.status_before = 'returned'
                    or p.status_before = 'accepted'
                    or p.status_before = 'reshipped'
                )
                then 'goods_refused'
            when p.status = 'rejected' then 'rejected'
            when p.status = 'returned' then 'return_shipped'
            -- of a fast exchange it is the consent
            when
                p.status = 'accepted'
                and (p.status_before = 'applied' or p.status_before = 'rejected')
                then 'reviewed'
            when p.status = 'accepted' then 'inspected'
            when p.status = 'reshipped' then 'reshipped'
            when p.status = 'converted' then 'converted'
            when p.status = 'refunded' then 'refunded'
            when p.status = 'withdrawn' then 'withdrawn'
            when p.status = 'completed' or p.status = 'closed' then 'closed'
        end as activity
    from int_case_path as p
    inner join int_case_merge as c
        on
            p.platform = c.platform
            and p.shop_id = c.shop_id
            and p.case_id = c.case_id
    where p.told_by = 'log' and p.seen_at is not null

),

-- which of the dated milestones the log tells itself: a decision is one whatever was decided
logged as (

    select distinct
        case_key,
        case
            when activity = 'rejected' or activity = 'platform_decided' then 'reviewed'
            else activity
        end as milestone
    from statuses
    where activity is not null

),

milestones as (

    select
        d.case_key,
        d.happened_at,
        d.rank_no,
        0 as place,
        d.activity,
        'export' as told_by,
        cast(null as varchar) as status,
        cast(null as varchar) as status_before
    from dated as d
    left join logged on d.case_key = logged.case_key and d.activity = logged.milestone
    where d.happened_at is not null and logged.case_key is null
    union all
    select
        case_key,
        happened_at,
        case
            when activity = 'applied' then 10
            when activity = 'return_shipped' then 30
            when activity = 'inspected' then 50
            when activity = 'goods_refused' then 55
            when activity = 'converted' then 57
            when activity = 'reshipped' then 60
            when activity = 'refunded' then 80
            when activity = 'withdrawn' then 85
            when activity = 'closed' then 90
            else 20
        end as rank_no,
        place,
        activity,
        'log' as told_by,
        status,
        status_before
    from statuses
    where activity is not null

),

held as (

    select
        v.conversation_no,
        v.kind,
        v.started_at,
        v.has_request,
        v.first_replied_at,
        c.case_key,
        c.applied_at,
        case when c.is_open then run.as_of else c.ended_at end as until_at
    from int_conversation_link as link
    inner join int_conversation_merge as v
        on
            link.platform = v.platform
            and link.shop_id = v.shop_id
            and link.conversation_id = v.conversation_id
    inner join int_case_merge as c
        on
            link.shop_id = c.shop_id
            and link.case_id = c.case_id
            and (link.order_platform is null or link.order_platform = c.platform)
    cross join ref_run as run
    where link.case_id is not null

),

asked as (

    select
        h.case_key,
        h.conversation_no,
        h.kind,
        t.asked_at,
        case when t.replied_at <= h.until_at then t.replied_at end as replied_at
    from held as h
    inner join int_turn_detect as t on h.conversation_no = t.conversation_no
    where t.asked_at >= h.applied_at and t.asked_at <= h.until_at
    union all
    select
        case_key,
        conversation_no,
        kind,
        started_at as asked_at,
        case when first_replied_at <= until_at then first_replied_at end as replied_at
    from held
    where
        kind = 'call'
        and has_request
        and started_at >= applied_at
        and started_at <= until_at

),

questions as (

    select
        a.case_key,
        a.conversation_no,
        a.kind,
        a.asked_at as happened_at,
        95 as rank_no,
        a.replied_at
    from asked as a
    union all
    select
        m.case_key,
        cast(null as bigint) as conversation_no,
        cast(null as varchar) as kind,
        m.happened_at,
        m.rank_no,
        cast(null as timestamp) as replied_at
    from milestones as m

),

-- how many milestones came before each question
gauged as (

    select
        case_key,
        conversation_no,
        kind,
        happened_at,
        replied_at,
        count(*) filter (where kind is null) over (
            partition by case_key order by happened_at, rank_no
            rows between unbounded preceding and current row
        ) as milestones_before
    from questions

),

contacts as (

    select
        case_key,
        conversation_no,
        kind,
        min(happened_at) as asked_at,
        min(replied_at) as replied_at
    from gauged
    where kind is not null
    group by case_key, conversation_no, kind, milestones_before

),

steps as (

    select
        case_key,
        happened_at,
        rank_no,
        place,
        activity,
        told_by,
        false as is_contact,
        status,
        status_before,
        cast(null as bigint) as conversation_no
    from milestones
    union all
    select
        case_key,
        asked_at as happened_at,
        95 as rank_no,
        0 as place,
        'contacted' as activity,
        kind as told_by,
        true as is_contact,
        cast(null as varchar) as status,
        cast(null as varchar) as status_before,
        conversation_no
    from contacts
    union all
    select
        case_key,
        replied_at as happened_at,
        96 as rank_no,
        0 as place,
        'answered' as activity,
        kind as told_by,
        true as is_contact,
        cast(null as varchar) as status,
        cast(null as varchar) as status_before,
        conversation_no
    from contacts
    where replied_at is not null

),

-- closed after completed, saved anew: the same milestone told twice in a row is one
beside as (

    select
        *,
        lag(activity) over (
            partition by case_key, is_contact
            order by happened_at, rank_no, place, conversation_no
        ) as activity_before
    from steps

)

select
    case_key, -- int_case_merge
    row_number() over in_time as step_no, -- from 1, in time
    activity, -- applied, reviewed, rejected, return_shipped, …, contacted, answered
    happened_at, -- UTC
    is_contact, -- contacted or answered, and no milestone
    -- milestones until and with it
    count(*) filter (where not is_contact) over (
        partition by case_key order by happened_at, rank_no, place, conversation_no
        rows between unbounded preceding and current row
    ) as milestone_no,
    row_number() over (
        partition by case_key, activity order by happened_at, place, conversation_no
    ) as occurrence, -- from 1: the how manieth of its kind
    told_by, -- export, log, chat, ticket, call
    status, -- what the log says the case became; null where no log tells it
    status_before, -- what it had been
    conversation_no -- int_conversation_number, of a contact
from beside
where is_contact or activity_before is null or activity <> activity_before
window in_time as (
    partition by case_key order by happened_at, rank_no, place, conversation_no
)
