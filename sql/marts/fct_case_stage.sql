-- fct_case_stage: what every case went through, stretch after stretch between its known times.
-- grain: platform, shop_id, case_id, stage_no
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: a stretch over milestones without a time is no stage's: stage is null and steps_missing
--   says how many, so that what is not parallel adds up to the whole of the case. In a fast
--   exchange the replacement goes its own way beside the return (is_parallel). Of a case that ended
--   otherwise than asked the milestones it never reached are missing too. Cases of the types other
--   and unknown pass no known milestones and are not here.

with

-- the milestones a case passes, in order, and the stage that ends with each
course as (

    select
        step.course,
        step.is_parallel,
        step.place,
        step.milestone,
        step.stage
    from (
        values
        ('exchange', false, 1, 'applied', null),
        ('exchange', false, 2, 'reviewed', 'review'),
        ('exchange', false, 3, 'return_shipped', 'buyer_ships'),
        ('exchange', false, 4, 'return_received', 'return_transit'),
        ('exchange', false, 5, 'inspected', 'inspection'),
        ('exchange', false, 6, 'reshipped', 'reshipping'),
        ('exchange', false, 7, 'buyer_received', 'delivery'),
        ('exchange', false, 8, 'closed', 'closing'),
        ('fast_exchange', false, 1, 'applied', null),
        ('fast_exchange', false, 2, 'reviewed', 'review'),
        ('fast_exchange', false, 3, 'return_shipped', 'buyer_ships'),
        ('fast_exchange', false, 4, 'return_received', 'return_transit'),
        ('fast_exchange', false, 5, 'inspected', 'inspection'),
        ('fast_exchange', false, 6, 'closed', 'closing'),
        ('fast_exchange', true, 1, 'reviewed', null),
        ('fast_exchange', true, 2, 'reshipped', 'reshipping'),
        ('fast_exchange', true, 3, 'buyer_received', 'delivery'),
        ('repair', false, 1, 'applied', null),
        ('repair', false, 2, 'reviewed', 'review'),
        ('repair', false, 3, 'return_shipped', 'buyer_ships'),
        ('repair', false, 4, 'return_received', 'return_transit'),
        ('repair', false, 5, 'inspected', 'inspection'),
        ('repair', false, 6, 'reshipped', 'repairing'),
        ('repair', false, 7, 'buyer_received', 'delivery'),
        ('repair', false, 8, 'closed', 'closing'),
        ('reship', false, 1, 'applied', null),
        ('reship', false, 2, 'reviewed', 'review'),
        ('reship', false, 3, 'reshipped', 'reshipping'),
        ('reship', false, 4, 'buyer_received', 'delivery'),
        ('reship', false, 5, 'closed', 'closing'),
        ('return_refund', false, 1, 'applied', null),
        ('return_refund', false, 2, 'reviewed', 'review'),
        ('return_refund', false, 3, 'return_shipped', 'buyer_ships'),
        ('return_refund', false, 4, 'return_received', 'return_transit'),
        ('return_refund', false, 5, 'inspected', 'inspection'),
        ('return_refund', false, 6, 'refunded', 'refunding'),
        ('return_refund', false, 7, 'closed', 'closing'),
        ('refund_only', false, 1, 'applied', null),
        ('refund_only', false, 2, 'reviewed', 'review'),
        ('refund_only', false, 3, 'refunded', 'refunding'),
        ('refund_only', false, 4, 'closed', 'closing'),
        ('price_protection', false, 1, 'applied', null),
        ('price_protection', false, 2, 'reviewed', 'review'),
        ('price_protection', false, 3, 'refunded', 'refunding'),
        ('price_protection', false, 4, 'closed', 'closing')
    ) as step (course, is_parallel, place, milestone, stage)

),

shops as (

    select distinct
        platform,
        shop_id
    from int_case_merge

),

calendars as (

    select
        s.platform,
        s.shop_id,
        coalesce(of_shop.calendar_id, of_all.calendar_id) as calendar_id
    from shops as s
    left join ref_calendar_of as of_shop on s.shop_id = of_shop.shop_id and of_shop.team is null
    left join ref_calendar_of as of_all on of_all.shop_id is null

),

cases as (

    select
        c.case_key,
        calendars.calendar_id,
        c.status,
        c.is_open,
        case
            when c.asked_type = 'exchange' and c.is_fast then 'fast_exchange'
            else c.asked_type
        end as course,
        c.applied_at,
        c.reviewed_at,
        c.return_shipped_at,
        c.return_received_at,
        c.inspected_at,
        c.reshipped_at,
        c.buyer_received_at,
        c.refunded_at,
        -- the end of a swap or repair that became a refund is the refund
        case
            when c.asked_type in ('exchange', 'repair', 'reship') then c.ended_at
            else c.closed_at
        end as closed_at,
        c.ended_at is null as has_no_end,
        -- the last milestone an open case has passed by its status
        case
            when c.status = 'applied' then 'applied'
            when c.status = 'approved' then 'reviewed'
            when c.status = 'returned' then 'return_shipped'
            when c.status = 'accepted' then 'inspected'
            when c.status = 'reshipped' then 'reshipped'
        end as milestone_by_status
    from int_case_merge as c
    inner join calendars on c.platform = calendars.platform and c.shop_id = calendars.shop_id

),

-- one number to a case and way, since that is what the windows below are over
milestones as (

    select
        c.case_key,
        c.case_key * 2 + case when course.is_parallel then 1 else 0 end as way_key,
        course.is_parallel,
        course.place,
        case course.milestone
            when 'applied' then c.applied_at
            when 'reviewed' then c.reviewed_at
            when 'return_shipped' then c.return_shipped_at
            when 'return_received' then c.return_received_at
            when 'inspected' then c.inspected_at
            when 'reshipped' then c.reshipped_at
            when 'buyer_received' then c.buyer_received_at
            when 'refunded' then c.refunded_at
            else c.closed_at
        end as happened_at,
        c.calendar_id
    from cases as c
    inner join course on c.course = course.course

),

read_off as (

    select
        m.case_key,
        m.way_key,
        m.is_parallel,
        m.place,
        m.happened_at,
        -- working seconds of the calendar until then
        clock.seconds_before
        + case when clock.is_working then seconds_between(clock.starts_at, m.happened_at) else 0 end
            as reading
    from milestones as m
    left join dim_working_interval as clock
        on
            m.calendar_id = clock.calendar_id
            and cast(m.happened_at as date) = clock.day_on
            and m.happened_at >= clock.starts_at
            and m.happened_at < clock.ends_at
    where m.happened_at is not null

),

followed as (

    select
        *,
        lead(place) over in_turn as next_place,
        lead(happened_at) over in_turn as next_at,
        lead(reading) over in_turn as next_reading,
        max(happened_at) over (
            partition by way_key order by place
            rows between unbounded preceding and 1 preceding
        ) as latest_before_at,
        min(happened_at) over (
            partition by way_key order by place
            rows between 2 following and unbounded following
        ) as earliest_after_at
    from read_off
    window in_turn as (partition by way_key order by place)

),

stretches as (

    select
        f.case_key,
        c.calendar_id,
        f.is_parallel,
        f.place,
        began.milestone,
        ended.milestone as next_milestone,
        f.happened_at as from_at,
        f.next_at as until_at,
        f.next_at is null and c.is_open as is_current,
        case
            when f.next_at is not null then f.next_place - f.place - 1
            when by_status.place > f.place then by_status.place - f.place
            when c.is_open then 0
        end as steps_missing,
        -- what is under way: the stage after the last known milestone, where the status agrees
        case
            when f.next_at is not null and f.next_place > f.place + 1 then null
            when f.next_at is not null then coming.stage
            when not c.is_open then null
            when c.status is null or c.status = 'rejected' or c.status = 'converted' then null
            when c.status = 'applied' and began.milestone <> 'applied' then null
            when by_status.place > f.place then null
            else coming.stage
        end as stage,
        -- neither of its ends is before a milestone it comes after, or after one it comes before
        coalesce(f.latest_before_at <= f.happened_at, true)
        and coalesce(f.happened_at <= f.next_at, true)
        and coalesce(f.next_at <= f.earliest_after_at, true) as is_in_order,
        f.reading,
        f.next_reading
    from followed as f
    inner join cases as c on f.case_key = c.case_key
    inner join course as began
        on
            c.course = began.course
            and f.is_parallel = began.is_parallel
            and f.place = began.place
    left join course as coming
        on
            c.course = coming.course
            and f.is_parallel = coming.is_parallel
            and f.place + 1 = coming.place
    left join course as ended
        on
            c.course = ended.course
            and f.is_parallel = ended.is_parallel
            and f.next_place = ended.place
    left join course as by_status
        on
            c.is_open
            and c.course = by_status.course
            and f.is_parallel = by_status.is_parallel
            and by_status.milestone = case
                -- sent ahead it was agreed to, and that is all it says of the return
                when
                    c.course = 'fast_exchange'
                    and c.milestone_by_status = 'reshipped'
                    and not f.is_parallel
                    then 'reviewed'
                else c.milestone_by_status
            end
    where
        f.next_at is not null
        or (c.is_open and coming.place is not null)
        -- over, and nobody says since when
        or (c.has_no_end and not f.is_parallel)

),

measured as (

    select
        s.*,
        run.reporting_zone,
        case
            when not s.is_in_order then 'out_of_order'
            when s.is_current and s.from_at > run.as_of then 'after_as_of'
            when s.is_current then 'open'
            when s.until_at is null then 'no_end_time'
        end as reason,
        seconds_between(s.from_at, coalesce(s.until_at, run.as_of)) as seconds,
        s.next_reading - s.reading as working_seconds,
        case
            when s.calendar_id is null then 'no_calendar'
            when calendar.first_at is null then 'unknown_zone'
            when s.from_at < calendar.first_at then 'before_calendar'
            else 'beyond_calendar'
        end as unread
    from stretches as s
    cross join ref_run as run
    left join dim_calendar as calendar on s.calendar_id = calendar.calendar_id

),

stated as (

    select
        *,
        case
            when reason is null then 'ok'
            when reason = 'open' then 'censored'
            else 'not_computable'
        end as status
    from measured

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    -- the place of its first milestone among those its type passes; beside the others from 11
    case when s.is_parallel then 10 else 0 end + s.place as stage_no,
    s.stage, -- review, buyer_ships, return_transit, …; null where it spans several or is not told
    s.milestone as from_milestone, -- applied, reviewed, return_shipped, …
    s.next_milestone as until_milestone, -- null while it has not ended, or where nobody says when
    s.steps_missing, -- milestones in between without a time; of the current one passed by status
    s.from_at, -- UTC
    cast(to_local(s.from_at, day_zone.offset_seconds) as date) as from_on, -- local day
    s.until_at, -- UTC; null for the one it is in now
    s.is_current, -- it is in it now
    s.is_parallel, -- beside the others and not part of their sum: the replacement sent ahead
    c.asked_type, -- exchange, return_refund, refund_only, …
    c.is_fast, -- 极速换货
    c.phase, -- before_completion (售中) or after_completion (售后)
    c.agent, -- who handled it
    c.sku, -- what it is about
    case when s.status = 'ok' then s.seconds end as stage_seconds, -- calendar time
    s.status as stage_status, -- ok, censored, not_computable
    s.reason as stage_reason, -- why stage_seconds is null
    -- to its end or to the as-of: for sums, and for estimates that count what is still open
    case when s.status in ('ok', 'censored') then s.seconds end as stage_exposure_seconds,
    case when s.status = 'ok' then s.working_seconds end as stage_working_seconds, -- working time
    working_status(s.status, s.working_seconds) as stage_working_status, -- as stage_status
    working_reason(
        s.status, s.reason, s.working_seconds, s.unread
    ) as stage_working_reason, -- why stage_working_seconds is null
    c.source_file_id, -- ref_file.file_id, of the case
    c.source_record -- data record in that file
from stated as s
inner join int_case_merge as c on s.case_key = c.case_key
left join dim_utc_offset as day_zone
    on
        s.reporting_zone = day_zone.zone
        and s.from_at >= day_zone.valid_from
        and s.from_at < day_zone.valid_to
