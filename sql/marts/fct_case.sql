-- fct_case: every after-sales case with what was asked, how far it has come and how long it took.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: an exchange the platform marks 退款关闭 may have been swapped all the same, so its
--   outcome is unknown and never counted as refused.

with

-- money back that an export lists apart from cases
refunds as (

    select
        platform,
        shop_id,
        case_id,
        max(refunded_at) as refunded_at,
        sum(amount) as amount
    from stg_shop__refund
    where case_id is not null
    group by platform, shop_id, case_id

),

told as (

    select
        c.* exclude (refunded_at, refund_amount),
        coalesce(c.refunded_at, refunds.refunded_at) as refunded_at,
        coalesce(c.refund_amount, refunds.amount) as refund_amount
    from stg_shop__case as c
    left join refunds
        on
            c.platform = refunds.platform
            and c.shop_id = refunds.shop_id
            and c.case_id = refunds.case_id

),

judged as (

    select
        c.*,
        line_match.line_id as matched_line_id,
        line_match.sku as matched_sku,
        line_match.title as matched_title,
        line_match.units as matched_units,
        line_match.units_reason,
        line_match.reason as matched_reason,
        run.as_of,
        run.reporting_zone,
        coalesce(c.closed_at, c.refunded_at) as ended_at,
        case
            when c.status in ('applied', 'approved', 'returned', 'reshipped', 'rejected')
                then coalesce(c.closed_at, c.refunded_at) is null
            when c.status is null then coalesce(c.closed_at, c.refunded_at) is null
            else false
        end as is_open
    from told as c
    cross join ref_run as run
    left join int_case_match as line_match
        on
            c.platform = line_match.platform
            and c.shop_id = line_match.shop_id
            and c.case_id = line_match.case_id

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    c.order_id, -- the order it is about
    o.order_id is not null as has_order, -- the order came in too
    c.matched_line_id as line_id, -- the line it is about, where it can be told
    c.matched_sku as sku, -- the line's, else the case's own
    c.matched_title as title, -- the line's, else the case's own
    c.buyer_key, -- keyed pseudonym of the buyer
    coalesce(c.asked_type, 'unknown') as asked_type, -- exchange, return_refund, refund_only, …
    c.done_type, -- null when the export does not say
    c.status, -- where the case stands; null for a word nobody knows
    c.status_word, -- as delivered
    c.is_open, -- neither closed nor refunded
    case when c.is_open then coalesce(c.status, 'unknown') else 'finished' end as stage, -- now
    case
        when c.is_open then null
        when c.status in ('completed', 'refunded') then 'done'
        when c.status = 'withdrawn' then 'withdrawn'
        when c.status = 'closed' and c.asked_type in ('exchange', 'repair', 'reship') then 'unknown'
        when c.status = 'closed' then 'closed'
        else 'unknown'
    end as outcome, -- of a finished case: done, closed, withdrawn, unknown
    c.goods_status, -- where the goods are
    c.phase, -- before_completion (售中) or after_completion (售后)
    c.intervention, -- whether the platform stepped in
    c.is_automatic = 'yes' as is_automatic, -- agreed by a rule; null when the export does not say
    c.matched_reason as reason, -- as the buyer picked it
    c.sub_reason, -- the finer reason below it
    c.responsible, -- in the platform's words
    c.agent, -- who reviewed it
    c.applied_at, -- buyer applied, UTC
    cast(to_local(c.applied_at, day_zone.offset_seconds) as date) as applied_on, -- local day
    c.reviewed_at, -- merchant first decided, UTC
    c.return_shipped_at, -- buyer sent the goods back, UTC
    c.return_received_at, -- merchant had them, UTC
    c.inspected_at, -- inspected, UTC
    c.reshipped_at, -- replacement left, UTC
    c.buyer_received_at, -- replacement signed for, UTC
    c.refunded_at, -- money went back, UTC
    c.closed_at, -- case closed, UTC
    c.deadline_at, -- the side that must act runs out of time, UTC
    case
        when c.ended_at >= c.applied_at then seconds_between(c.applied_at, c.ended_at)
    end as handling_seconds, -- applied to refunded or closed, calendar time
    case
        when c.is_open then 'censored'
        when c.applied_at is null or c.ended_at is null then 'not_computable'
        when c.ended_at < c.applied_at then 'not_computable'
        else 'ok'
    end as handling_status, -- ok, censored, not_computable
    case
        when c.is_open then 'open'
        when c.applied_at is null then 'no_application_time'
        when c.ended_at is null then 'no_end_time'
        when c.ended_at < c.applied_at then 'ends_before_it_begins'
    end as handling_reason, -- why handling_seconds is null
    case
        when c.is_open and c.applied_at <= c.as_of then seconds_between(c.applied_at, c.as_of)
    end as age_seconds, -- of an open case at the as-of
    c.matched_units as units, -- the case is about; null when the export does not say
    c.units_reason, -- why units is null
    c.paid_amount, -- what had been paid for it
    c.refund_amount, -- given or to give back; 0 on an exchange
    c.currency, -- ISO 4217
    c.replacement_sku, -- what it was swapped for
    c.replacement_order_id, -- the order that carries the replacement
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from judged as c
-- left join: a case whose order is missing is a finding, not a row to lose
left join fct_order as o
    on
        c.platform = o.platform
        and c.shop_id = o.shop_id
        and c.order_id = o.order_id
left join dim_utc_offset as day_zone
    on
        c.reporting_zone = day_zone.zone
        and c.applied_at >= day_zone.valid_from
        and c.applied_at < day_zone.valid_to
