-- fct_case: every after-sales case: what was asked, what came of it, and how long it took.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: an exchange the platform marks 退款关闭 may have been swapped all the same, so its
--   outcome is unknown and never counted as refused. Whether a conversation came before is known
--   only where the shop's conversations cover the day; one about the same order counts as well.

with

-- how often it was applied for and refused, as far as a log or the exports show it
paths as (

    select
        platform,
        shop_id,
        case_id,
        1 + count(*) filter (
            where status = 'applied'
            and (status_before = 'rejected' or status_before = 'withdrawn')
        ) as rounds,
        count(*) filter (
            where status = 'approved'
            or status = 'returned'
            or status = 'accepted'
            or status = 'reshipped'
        ) > 0 as was_approved,
        count(*) filter (where status = 'rejected') > 0 as was_rejected,
        arg_max(reason, place) filter (
            where reason is not null and status = 'rejected'
        ) as reject_reason,
        min(seen_at) filter (where status = 'converted' and told_by = 'log') as converted_at
    from int_case_path
    group by platform, shop_id, case_id

),

talks as (

    select
        shop_id,
        order_id,
        case_id,
        started_at
    from fct_conversation
    where order_id is not null or case_id is not null

),

-- the time over which a shop's conversations are known
talk_cover as (

    select
        shop_id,
        min(started_at) as known_from_at,
        max(started_at) as known_until_at
    from fct_conversation
    group by shop_id

),

preceded as (

    select c.case_key
    from int_case_merge as c
    inner join talks as t on c.shop_id = t.shop_id and c.case_id = t.case_id
    where t.started_at < c.applied_at
    union
    select c.case_key
    from int_case_merge as c
    inner join talks as t on c.shop_id = t.shop_id and c.order_id = t.order_id
    where t.started_at < c.applied_at

),

told as (

    select
        c.*,
        run.as_of,
        run.reporting_currency as run_currency,
        cast(to_local(c.applied_at, day_zone.offset_seconds) as date) as applied_on,
        coalesce(paths.rounds, 1) as rounds,
        case
            when c.is_open and c.status = 'applied' then 'pending'
            when c.is_approved or paths.was_approved then 'approved'
            when not c.is_approved or paths.was_rejected then 'rejected'
            when c.status = 'withdrawn' then 'withdrawn'
            else 'unknown'
        end as approval,
        coalesce(c.reject_reason, paths.reject_reason) as rejected_because,
        beside.cases_before,
        beside.exchanges_before,
        beside.same_before,
        -- the platform's word for it, or money back given where it was asked for since
        c.asked_type = 'exchange'
        and coalesce(
            c.status = 'converted'
            or c.status = 'refunded'
            or c.done_type = 'return_refund'
            or c.done_type = 'refund_only',
            false
        ) as has_become_refund,
        c.asked_type = 'exchange'
        and coalesce(
            beside.refunded_after_at is not null
            and beside.refund_asked_after_at <= c.applied_at + interval '30 day',
            false
        ) as is_refunded_since,
        coalesce(paths.converted_at, c.refunded_at) as became_refund_at,
        beside.refund_asked_after_at,
        difference.is_same_sku,
        difference.expected_amount,
        difference.charged_amount,
        difference.error_amount,
        difference.verdict,
        difference.status as difference_status,
        difference.reason as difference_reason,
        case
            when preceded.case_key is not null then true
            when c.applied_at between talk_cover.known_from_at and talk_cover.known_until_at
                then false
        end as is_preceded,
        cast(c.unit_paid * c.units as decimal(18, 4)) as value_amount,
        case
            when c.units is null then coalesce(c.units_reason, 'no_units')
            when c.unit_paid is null then 'no_unit_price'
        end as value_reason
    from int_case_merge as c
    cross join ref_run as run
    -- left joins: most cases are alone on their line, seen in one status and no exchange
    left join int_case_sequence as beside on c.case_key = beside.case_key
    left join paths
        on
            c.platform = paths.platform
            and c.shop_id = paths.shop_id
            and c.case_id = paths.case_id
    left join int_case_difference as difference on c.case_key = difference.case_key
    left join preceded on c.case_key = preceded.case_key
    left join talk_cover on c.shop_id = talk_cover.shop_id
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and c.applied_at >= day_zone.valid_from
            and c.applied_at < day_zone.valid_to

)

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
    c.done_type, -- null when no export says it
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
    c.approval, -- the merchant's decision: approved, rejected, pending, withdrawn, unknown
    -- its shop keeps a register, or some case of that type was seen refused; where neither is so,
    -- only what was approved is known and no share of it means anything
    max(case when c.approval = 'rejected' or c.has_record then 1 else 0 end)
        over (partition by c.platform, c.shop_id, c.asked_type)
    = 1 as is_refusal_told,
    c.rejected_because as reject_reason, -- why it was refused, where that is noted
    c.rounds, -- times it was applied for; above 1 where it had been refused or taken back
    c.is_done, -- carried through; null where no export tells
    -- of what was carried through or became a refund: it is what was asked for; null: not told
    case
        when c.has_become_refund then false
        when not coalesce(c.is_done, false) or c.asked_type = 'unknown' then null
        when c.done_type is not null then c.done_type = c.asked_type
        when c.status = 'refunded'
            then c.asked_type in ('return_refund', 'refund_only', 'price_protection')
        when c.status = 'completed' then true
        -- a repair may have ended in a swap, so that something left says it of the others only
        when c.asked_type in ('exchange', 'reship')
            and coalesce(c.reshipped_at, c.buyer_received_at) is not null
            then true
    end as is_done_as_asked,
    c.order_status_then, -- of the order when the buyer applied: paid, shipped, completed, closed
    c.goods_status, -- where the goods are
    c.phase, -- before_completion (售中) or after_completion (售后)
    c.intervention, -- whether the platform stepped in
    c.ruling, -- whom it decided for, where the merchant noted it
    c.is_automatic, -- agreed by a rule; null when the export does not say
    c.is_fast, -- 极速换货: the replacement may leave first; null when no export says it
    c.is_negotiated, -- agreed beyond what the rules give; null when no export says it
    c.has_record, -- the merchant's own books hold it
    -- a conversation about it or its order began before; null where none are known
    c.is_preceded,
    c.reason, -- as the buyer picked it
    c.reason_family, -- quality, logistics, …; null for words nobody knows
    c.sub_reason, -- the finer reason below it
    c.responsible, -- in the platform's words
    c.agent, -- who reviewed it
    c.applied_at, -- buyer applied, UTC
    c.applied_on, -- local day
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
    -- to its end or to the as-of: for estimates that count what is still open
    case
        when c.is_open and c.applied_at <= c.as_of then seconds_between(c.applied_at, c.as_of)
        when c.ended_at >= c.applied_at then seconds_between(c.applied_at, c.ended_at)
    end as handling_exposure_seconds,
    case
        when c.is_open and c.applied_at <= c.as_of then seconds_between(c.applied_at, c.as_of)
    end as age_seconds, -- of an open case at the as-of
    c.cases_before, -- applied for earlier on the same line
    -- an earlier exchange of the same line came before; null: no exchange, or no order told
    case
        when c.asked_type = 'exchange' and c.order_id is not null then c.exchanges_before > 0
    end as is_repeat,
    -- of these one for the same reason; null as above, or without a reason
    case
        when c.asked_type = 'exchange' and c.order_id is not null and c.reason is not null
            then c.same_before > 0
    end as is_same_reason_again,
    -- an exchange that became a refund, by the platform's word or by money back on the same line
    -- asked for within 30 days; null while it may still
    case
        when c.asked_type <> 'exchange' then null
        when c.has_become_refund or c.is_refunded_since then true
        when not c.is_open and c.applied_at + interval '30 day' <= c.as_of then false
    end as is_converted,
    -- why is_converted is null: not_exchange, open, too_young
    case
        when c.asked_type <> 'exchange' then 'not_exchange'
        when c.has_become_refund or c.is_refunded_since then null
        when c.is_open then 'open'
        when c.applied_at + interval '30 day' <= c.as_of then null
        else 'too_young'
    end as converted_reason,
    -- from the application to the refund it became being asked for or given; null: not told
    case
        when c.has_become_refund and c.became_refund_at >= c.applied_at
            then seconds_between(c.applied_at, c.became_refund_at)
        when c.is_refunded_since then seconds_between(c.applied_at, c.refund_asked_after_at)
    end as converted_after_seconds,
    c.units, -- the case is about; null when no export says it
    c.units_reason, -- why units is null
    c.paid_amount, -- what had been paid for it
    c.refund_amount, -- given or to give back; 0 on an exchange
    c.value_amount, -- paid for the units it is about
    c.value_reason, -- why value_amount is null
    c.currency, -- ISO 4217
    c.replacement_sku, -- what it was swapped for
    c.replacement_order_id, -- the order that carries the replacement
    c.replacement_price, -- of one unit of it, when the buyer applied
    c.is_same_sku, -- the replacement is the same article
    -- on top for the replacement, by prices and units; below 0 the merchant pays
    c.expected_amount as expected_difference_amount,
    c.charged_amount as charged_difference_amount, -- as settled; below 0 the merchant paid
    c.error_amount as difference_error_amount, -- above 0 the buyer paid too much
    c.verdict as difference_verdict, -- right, overcharged, undercharged
    -- of an exchange: ok, censored, not_applicable, not_computable
    coalesce(c.difference_status, 'not_applicable') as difference_status,
    -- why difference_error_amount is null
    case
        when c.difference_status is null then 'not_exchange' else c.difference_reason
    end as difference_reason,
    -- as value_amount, at the rate of the day it was applied for
    amount_in(c.value_amount, c.currency, c.run_currency, fx.rate) as value_reporting_amount,
    -- as refund_amount, likewise
    amount_in(c.refund_amount, c.currency, c.run_currency, fx.rate) as refund_reporting_amount,
    amount_in(
        c.charged_amount, c.currency, c.run_currency, fx.rate
    ) as charged_difference_reporting_amount, -- as charged_difference_amount, likewise
    amount_in(
        c.error_amount, c.currency, c.run_currency, fx.rate
    ) as difference_error_reporting_amount, -- as difference_error_amount, likewise
    -- of the reporting amounts: currency, where no rate is known
    currency_in(c.currency, c.run_currency, fx.rate) as reporting_currency,
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from told as c
left join int_fx_day as fx on c.currency = fx.currency and c.applied_on = fx.day_on
