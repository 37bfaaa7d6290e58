-- fct_refund: every case that asks for money back, how long that took and who let it happen.
-- grain: platform, shop_id, case_id
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: returns and refunds only; the time ends when the money went back, not when the case was
--   closed. What is still open lasts at least until the as-of.

with

told as (

    select
        m.*,
        m.refunded_at is not null or coalesce(m.status = 'refunded', false) as is_refunded,
        case
            when m.phase is not null then m.phase
            when m.order_status_then = 'completed' then 'after_completion'
            when m.order_status_then in ('paid', 'shipped') then 'before_completion'
        end as known_phase
    from int_case_merge as m
    where m.asked_type in ('return_refund', 'refund_only')

),

judged as (

    select
        *,
        case
            when applied_at is null then 'no_application_time'
            when refunded_at < applied_at then 'refunded_before_applied'
            when refunded_at is not null then null
            when is_refunded then 'no_refund_time'
            when is_open then 'open'
            else 'not_refunded'
        end as refund_reason
    from told

)

select
    j.platform, -- where it was sold
    j.shop_id, -- whose case it is
    j.case_id, -- the platform's own text
    j.order_id, -- the order it is about
    j.sku, -- what it is about
    j.title, -- what it is about
    j.asked_type, -- return_refund, refund_only
    j.known_phase as phase, -- before_completion (售中) or after_completion (售后)
    j.reason, -- as the buyer picked it
    j.reason_family, -- quality, logistics, …; null for words nobody knows
    -- platform: it stepped in; rule: nobody looked; merchant: 自主完结, by its people; null where no
    -- export tells whether the platform was asked or a rule agreed
    case
        when d.has_stepped_in then 'platform'
        when j.is_automatic then 'rule'
        when j.intervention is not null or j.is_automatic is not null then 'merchant'
    end as handled_by,
    j.agent, -- who handled it
    j.applied_at, -- buyer applied, UTC
    cast(to_local(j.applied_at, day_zone.offset_seconds) as date) as applied_on, -- local day
    j.refunded_at, -- money went back, UTC
    j.is_refunded, -- the money went back
    case when j.refund_reason is null then seconds_between(j.applied_at, j.refunded_at) end
        as refund_seconds, -- applied to refunded, calendar time
    case
        when j.refund_reason is null then seconds_between(j.applied_at, j.refunded_at)
        when j.refund_reason = 'open' and j.applied_at <= run.as_of
            then seconds_between(j.applied_at, run.as_of)
    end as exposure_seconds, -- the same; of an open case until now
    case
        when j.refund_reason is null then 'ok'
        when j.refund_reason = 'open' then 'censored'
        when j.refund_reason = 'not_refunded' then 'not_applicable'
        else 'not_computable'
    end as refund_status, -- ok, censored, not_applicable, not_computable
    j.refund_reason, -- why refund_seconds is null
    j.source_file_id, -- ref_file.file_id
    j.source_record -- data record in that file
from judged as j
cross join ref_run as run
-- left join: the platform is asked in few
left join fct_dispute as d
    on
        j.platform = d.platform
        and j.shop_id = d.shop_id
        and j.case_id = d.case_id
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and j.applied_at >= day_zone.valid_from
        and j.applied_at < day_zone.valid_to
