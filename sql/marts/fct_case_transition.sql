-- fct_case_transition: every move of a case from one event to the next, and whom it waited for.
-- grain: platform, shop_id, case_id, step_no
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: waited for is who had to act for the case to go on; a question waits for the merchant
--   until it is answered. Where milestones without a time lie between two others and were several
--   parties' to reach, it is null. Steps are judged for exchanges with a log only.

with

-- the milestones a case passes, in order, and whom it waits for until each
course as (

    select
        step.course,
        step.place,
        step.milestone,
        step.party
    from (
        values
        ('exchange', 1, 'applied', 'customer'),
        ('exchange', 2, 'reviewed', 'merchant'),
        ('exchange', 3, 'return_shipped', 'customer'),
        ('exchange', 4, 'return_received', 'carrier'),
        ('exchange', 5, 'inspected', 'merchant'),
        ('exchange', 6, 'reshipped', 'merchant'),
        ('exchange', 7, 'buyer_received', 'carrier'),
        ('exchange', 8, 'closed', 'platform'),
        ('repair', 1, 'applied', 'customer'),
        ('repair', 2, 'reviewed', 'merchant'),
        ('repair', 3, 'return_shipped', 'customer'),
        ('repair', 4, 'return_received', 'carrier'),
        ('repair', 5, 'inspected', 'merchant'),
        ('repair', 6, 'reshipped', 'merchant'),
        ('repair', 7, 'buyer_received', 'carrier'),
        ('repair', 8, 'closed', 'platform'),
        ('reship', 1, 'applied', 'customer'),
        ('reship', 2, 'reviewed', 'merchant'),
        ('reship', 3, 'reshipped', 'merchant'),
        ('reship', 4, 'buyer_received', 'carrier'),
        ('reship', 5, 'closed', 'platform'),
        ('return_refund', 1, 'applied', 'customer'),
        ('return_refund', 2, 'reviewed', 'merchant'),
        ('return_refund', 3, 'return_shipped', 'customer'),
        ('return_refund', 4, 'return_received', 'carrier'),
        ('return_refund', 5, 'inspected', 'merchant'),
        ('return_refund', 6, 'refunded', 'merchant'),
        ('return_refund', 7, 'closed', 'platform'),
        ('refund_only', 1, 'applied', 'customer'),
        ('refund_only', 2, 'reviewed', 'merchant'),
        ('refund_only', 3, 'refunded', 'merchant'),
        ('refund_only', 4, 'closed', 'platform'),
        ('price_protection', 1, 'applied', 'customer'),
        ('price_protection', 2, 'reviewed', 'merchant'),
        ('price_protection', 3, 'refunded', 'merchant'),
        ('price_protection', 4, 'closed', 'platform')
    ) as step (course, place, milestone, party)

),

-- from one milestone to a later one: the one party there is, if it is one
ways as (

    select
        began.course,
        began.place,
        ended.place as next_place,
        case when min(between_them.party) = max(between_them.party) then min(between_them.party) end
            as party
    from course as began
    inner join course as ended on began.course = ended.course and began.place < ended.place
    inner join course as between_them
        on
            began.course = between_them.course
            and began.place < between_them.place
            and ended.place >= between_them.place
    group by began.course, began.place, ended.place

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

milestones as (

    select
        s.case_key,
        s.milestone_no,
        s.activity,
        s.status,
        c.asked_type as course,
        c.is_open,
        coalesce(c.is_fast, false) as is_fast,
        course.place,
        -- by whose act the case came here
        case
            when s.activity = 'applied' or s.activity = 'return_shipped' then 'customer'
            when s.activity = 'withdrawn' then 'customer'
            when s.activity = 'return_received' or s.activity = 'buyer_received' then 'carrier'
            when s.activity = 'closed' or s.activity = 'platform_decided' then 'platform'
            else 'merchant'
        end as party
    from int_case_step as s
    inner join int_case_merge as c on s.case_key = c.case_key
    left join course
        on
            c.asked_type = course.course
            and course.milestone = case
                when s.activity = 'platform_decided' then 'reviewed' else s.activity
            end
    where not s.is_contact

),

followed as (

    select
        *,
        lead(activity) over in_turn as next_activity,
        lead(status) over in_turn as next_status,
        lead(party) over in_turn as next_party,
        lead(place) over in_turn as next_place,
        min(place) over (
            partition by case_key order by milestone_no
            rows between 2 following and unbounded following
        ) as least_after
    from milestones
    window in_turn as (partition by case_key order by milestone_no)

),

stays as (

    select
        f.case_key,
        f.milestone_no,
        case
            when f.next_activity is null and not f.is_open then null
            -- refused it is the customer's to send it again, to be content or to take it back
            when f.activity = 'rejected' or f.activity = 'goods_refused' then 'customer'
            when f.activity = 'converted' then 'merchant'
            when f.activity = 'withdrawn' then 'platform'
            -- given up before it got there: whose turn it was
            when
                f.next_activity is null
                or f.next_activity = 'withdrawn'
                or (f.next_activity = 'closed' and f.next_status = 'closed')
                then coming.party
            when f.next_activity = 'converted' then 'merchant'
            when f.place is null or f.is_fast then f.next_party
            -- what comes later has its own time, so it is not in between
            when f.next_place > f.place + 1 and coalesce(f.least_after >= f.next_place, true)
                then ways.party
            else f.next_party
        end as party,
        case
            when f.next_activity is null and not f.is_open then 'no_end_time'
            when f.place is null and f.next_activity is null then 'unknown_course'
            else 'several_parties'
        end as reason
    from followed as f
    left join course as coming on f.course = coming.course and f.place + 1 = coming.place
    left join ways
        on
            f.course = ways.course
            and f.place = ways.place
            and f.next_place = ways.next_place

),

-- one step further, and only a fast exchange may take it: EX-20
arrows as (

    select
        platform,
        from_status,
        to_status,
        max(case when steps = 1 and not is_fast_only then 1 else 0 end) = 1 as is_usual,
        max(case when steps = 1 then 1 else 0 end) = 1 as is_fast
    from ref_case_transition
    group by platform, from_status, to_status

),

own as (

    select distinct platform
    from ref_case_transition
    where platform <> '*'

),

has_arrows as (

    select count(*) > 0 as is_told
    from ref_case_transition

),

read_off as (

    select
        s.*,
        calendars.calendar_id,
        -- working seconds of the calendar until then
        clock.seconds_before
        + case when clock.is_working then seconds_between(clock.starts_at, s.happened_at) else 0 end
            as reading
    from int_case_step as s
    inner join int_case_merge as c on s.case_key = c.case_key
    inner join calendars on c.platform = calendars.platform and c.shop_id = calendars.shop_id
    left join dim_working_interval as clock
        on
            calendars.calendar_id = clock.calendar_id
            and cast(s.happened_at as date) = clock.day_on
            and s.happened_at >= clock.starts_at
            and s.happened_at < clock.ends_at

),

moves as (

    select
        *,
        lead(activity) over in_turn as to_activity,
        lead(happened_at) over in_turn as until_at,
        lead(reading) over in_turn as next_reading,
        lead(is_contact) over in_turn as is_to_contact,
        lead(occurrence) over in_turn as next_occurrence,
        lead(told_by) over in_turn as next_told_by,
        lead(status) over in_turn as to_status,
        lead(status_before) over in_turn as to_status_before
    from read_off
    window in_turn as (partition by case_key order by step_no)

),

waited as (

    select
        m.*,
        run.reporting_zone,
        c.platform,
        c.shop_id,
        c.case_id,
        c.asked_type,
        c.is_fast,
        c.phase,
        c.sku,
        c.agent,
        c.source_file_id,
        c.source_record,
        m.until_at is null as is_current,
        -- a question waits for its answer, whatever else the case waits for
        case
            when m.activity <> 'contacted' then stays.party
            when m.to_activity = 'answered' or m.to_activity is null then 'merchant'
            else stays.party
        end as waits_for,
        stays.reason as party_reason,
        seconds_between(m.happened_at, coalesce(m.until_at, run.as_of)) as seconds,
        case
            when m.until_at is null and m.happened_at > run.as_of then 'after_as_of'
            when m.until_at is null then 'open'
        end as reason,
        case
            when m.calendar_id is null then 'no_calendar'
            when calendar.first_at is null then 'unknown_zone'
            when m.happened_at < calendar.first_at then 'before_calendar'
            else 'beyond_calendar'
        end as unread
    from moves as m
    cross join ref_run as run
    inner join int_case_merge as c on m.case_key = c.case_key
    left join dim_calendar as calendar on m.calendar_id = calendar.calendar_id
    left join stays on m.case_key = stays.case_key and m.milestone_no = stays.milestone_no
    where m.until_at is not null or c.is_open

),

stated as (

    select
        *,
        case
            when reason is null then 'ok'
            when reason = 'open' then 'censored'
            else 'not_computable'
        end as status_of_wait,
        lag(waits_for) over (partition by case_key order by step_no) as waited_for_before
    from waited

)

select
    s.platform, -- where it was sold
    s.shop_id, -- whose case it is
    s.case_id, -- the platform's own text
    s.step_no, -- fct_case_event.event_no of what it comes from
    s.activity as from_activity, -- applied, reviewed, …, contacted, answered
    s.to_activity, -- null for the wait an open case is in now
    s.is_current, -- the wait an open case is in now
    s.is_contact or coalesce(s.is_to_contact, false) as is_contact, -- an end of it is a contact
    s.waits_for, -- merchant, customer, carrier, platform; null where it cannot be told
    -- why waits_for is null: several_parties, unknown_course, no_end_time
    case when s.waits_for is null then s.party_reason end as waits_for_reason,
    s.happened_at as started_at, -- UTC
    cast(to_local(s.happened_at, day_zone.offset_seconds) as date) as started_on, -- local day
    s.until_at as ended_at, -- UTC; null for the current one
    cast(to_local(s.until_at, end_zone.offset_seconds) as date) as ended_on, -- local day
    case when s.status_of_wait = 'ok' then s.seconds end as wait_seconds, -- calendar time
    s.status_of_wait as wait_status, -- ok, censored, not_computable
    s.reason as wait_reason, -- why wait_seconds is null
    -- to its end or to the as-of: for estimates that count what still waits
    case when s.status_of_wait <> 'not_computable' then s.seconds end as wait_exposure_seconds,
    -- working time of the shop
    case when s.status_of_wait = 'ok' then s.next_reading - s.reading end as wait_working_seconds,
    -- as wait_status
    working_status(s.status_of_wait, s.next_reading - s.reading) as wait_working_status,
    working_reason(
        s.status_of_wait, s.reason, s.next_reading - s.reading, s.unread
    ) as wait_working_reason, -- why wait_working_seconds is null
    -- it leads to what was there before; null for the current one
    case when not s.is_current then s.next_occurrence > 1 end as is_rework,
    -- somebody else has to act than during the wait before; null where one is not told
    case
        when s.step_no = 1 then false
        else s.waits_for <> s.waited_for_before
    end as is_handoff,
    -- the log's step is one there is
    case
        when s.asked_type <> 'exchange' or s.to_status_before is null then null
        when not has_arrows.is_told then null
        when arrows.is_usual then true
        when arrows.is_fast and s.is_fast is null then null
        else coalesce(arrows.is_fast and s.is_fast, false)
    end as is_allowed,
    -- why is_allowed is null: open, not_exchange, no_log, no_transitions, no_fast_mark
    case
        when s.is_current then 'open'
        when s.asked_type <> 'exchange' then 'not_exchange'
        when s.to_status is null or s.to_status_before is null then 'no_log'
        when not has_arrows.is_told then 'no_transitions'
        when arrows.is_usual then null
        when arrows.is_fast and s.is_fast is null then 'no_fast_mark'
    end as is_allowed_reason,
    s.next_told_by as told_by, -- what tells the event it leads to: export, log, chat, ticket, call
    s.asked_type, -- exchange, return_refund, refund_only, …
    s.is_fast, -- 极速换货; null when no export says it
    s.phase, -- before_completion (售中) or after_completion (售后)
    s.sku, -- what it is about
    s.agent, -- who handles the case
    s.source_file_id, -- ref_file.file_id, of the case
    s.source_record -- data record in that file
from stated as s
cross join has_arrows
left join own on s.platform = own.platform
left join arrows
    on
        coalesce(own.platform, '*') = arrows.platform
        and s.to_status_before = arrows.from_status
        and s.to_status = arrows.to_status
left join dim_utc_offset as day_zone
    on
        s.reporting_zone = day_zone.zone
        and s.happened_at >= day_zone.valid_from
        and s.happened_at < day_zone.valid_to
left join dim_utc_offset as end_zone
    on
        s.reporting_zone = end_zone.zone
        and s.until_at >= end_zone.valid_from
        and s.until_at < end_zone.valid_to
