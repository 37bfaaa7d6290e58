-- fct_repair: every repair with its time in the workshop, what came before it and the home visit.
-- grain: platform, shop_id, case_id
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: asked for or carried out as a repair. Visits and the workshop's times are known from the
--   merchant's own books only; a visit is missed when it was due by the as-of and nobody came.

with

told as (

    select
        m.*,
        earlier.repaired_before_at,
        case
            when m.status = 'withdrawn' or m.is_approved = false then 'not_carried_out'
            when m.return_received_at is null and m.visited_at is not null then 'repaired_at_home'
            when m.return_received_at is null and m.is_open then 'not_yet_received'
            when m.return_received_at is null then 'no_receipt_time'
            when m.reshipped_at < m.return_received_at then 'reshipped_before_received'
            when m.reshipped_at is not null then null
            when m.is_open then 'open'
            else 'no_reshipping_time'
        end as workshop_reason,
        case
            when m.applied_at is null then 'no_application_time'
            when m.is_open then 'open'
            when m.ended_at is null then 'no_end_time'
            when m.ended_at < m.applied_at then 'ends_before_it_begins'
        end as cycle_reason
    from int_case_merge as m
    left join int_case_sequence as earlier on m.case_key = earlier.case_key
    where m.asked_type = 'repair' or m.done_type = 'repair'

)

select
    t.platform, -- where it was sold
    t.shop_id, -- whose case it is
    t.case_id, -- the platform's own text
    t.order_id, -- the order it is about
    t.sku, -- what it is about
    t.title, -- what it is about
    t.asked_type, -- repair, else what was asked for instead
    t.reason_family, -- quality, logistics, …; null for words nobody knows
    t.agent, -- who handled it
    t.applied_at, -- buyer applied, UTC
    cast(to_local(t.applied_at, day_zone.offset_seconds) as date) as applied_on, -- local day
    case
        when t.workshop_reason is null then seconds_between(t.return_received_at, t.reshipped_at)
    end as workshop_seconds, -- goods received to sent back, calendar time
    case
        when t.workshop_reason is null then seconds_between(t.return_received_at, t.reshipped_at)
        when t.workshop_reason = 'open' and t.return_received_at <= run.as_of
            then seconds_between(t.return_received_at, run.as_of)
    end as workshop_exposure_seconds, -- the same; of what is still there until now
    case
        when t.workshop_reason is null then 'ok'
        when t.workshop_reason in ('open', 'not_yet_received') then 'censored'
        when t.workshop_reason in ('repaired_at_home', 'not_carried_out') then 'not_applicable'
        else 'not_computable'
    end as workshop_status, -- ok, censored, not_applicable, not_computable
    t.workshop_reason, -- why workshop_seconds is null
    case when t.cycle_reason is null then seconds_between(t.applied_at, t.ended_at) end
        as cycle_seconds, -- applied to closed, calendar time
    case
        when t.cycle_reason is null then 'ok'
        when t.cycle_reason = 'open' then 'censored'
        else 'not_computable'
    end as cycle_status, -- ok, censored, not_computable
    t.cycle_reason, -- why cycle_seconds is null
    t.repaired_before_at, -- the repair before it on the same line was applied for, UTC
    case
        when t.order_id is null or t.applied_at is null then null
        else coalesce(t.repaired_before_at >= t.applied_at - interval '90 day', false)
    end as is_repeat, -- within 90 days of another on the same line; null where the line is not told
    t.visit_asked_at, -- buyer asked for a visit at home, UTC
    t.visit_due_at, -- until when it was promised, UTC
    t.visited_at, -- somebody came, UTC
    case
        when t.visited_at > t.visit_due_at then 'late'
        when t.visited_at is not null then 'done'
        when t.visit_due_at is null and t.visit_asked_at is null then null
        when not t.is_open and coalesce(t.ended_at <= t.visit_due_at, t.visit_due_at is null)
            then 'called_off'
        when t.visit_due_at is null then 'asked'
        when not t.is_open and t.ended_at is null then 'unknown'
        when t.visit_due_at < run.as_of then 'missed'
        else 'appointed'
    -- null: no visit at all; unknown: the case is over, nobody knows since when
    end as visit_status, -- asked, appointed, done, late, missed, called_off, unknown
    t.source_file_id, -- ref_file.file_id
    t.source_record -- data record in that file
from told as t
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and t.applied_at >= day_zone.valid_from
        and t.applied_at < day_zone.valid_to
