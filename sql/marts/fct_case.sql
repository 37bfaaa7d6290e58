-- fct_case: every after-sales case with what was asked, how far it has come and how long it took.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: an exchange the platform marks 退款关闭 may have been swapped all the same, so its
--   outcome is unknown and never counted as refused.

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    c.order_id, -- the order it is about
    c.has_order, -- the order came in too
    c.line_id, -- the line it is about, where it can be told
    c.sku, -- the line's, else the case's own
    c.title, -- the line's, else the case's own
    c.buyer_key, -- keyed pseudonym of the buyer
    c.asked_type, -- exchange, return_refund, refund_only, …
    c.done_type, -- null when the export does not say
    c.status, -- where the case stands; null for a word nobody knows
    c.status_word, -- as delivered
    c.is_open, -- neither closed nor refunded
    case when c.is_open then coalesce(c.status, 'unknown') else 'finished' end as stage, -- now
    case
        when c.is_open then null
        when c.is_done then 'done'
        when c.status = 'converted' then 'converted'
        when c.status = 'withdrawn' then 'withdrawn'
        when c.status = 'closed' and c.asked_type in ('exchange', 'repair', 'reship') then 'unknown'
        when c.status = 'closed' then 'closed'
        else 'unknown'
    end as outcome, -- of a finished case: done, converted, closed, withdrawn, unknown
    c.goods_status, -- where the goods are
    c.phase, -- before_completion (售中) or after_completion (售后)
    c.intervention, -- whether the platform stepped in
    c.is_automatic, -- agreed by a rule; null when the export does not say
    c.reason, -- as the buyer picked it
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
        when c.is_open and c.applied_at <= run.as_of then seconds_between(c.applied_at, run.as_of)
    end as age_seconds, -- of an open case at the as-of
    c.units, -- the case is about; null when the export does not say
    c.units_reason, -- why units is null
    c.paid_amount, -- what had been paid for it
    c.refund_amount, -- given or to give back; 0 on an exchange
    c.currency, -- ISO 4217
    c.replacement_sku, -- what it was swapped for
    c.replacement_order_id, -- the order that carries the replacement
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from int_case_merge as c
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and c.applied_at >= day_zone.valid_from
        and c.applied_at < day_zone.valid_to
