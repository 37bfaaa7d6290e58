-- int_case_merge: each case once, with all that any export and the merchant's own books tell of it.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: where the platform's export and the merchant's books both have a time, the platform's
--   counts. What the order looked like when the buyer applied is told by its times, else by the
--   phase the export gives; where neither says it, it is null.

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
        c.platform,
        c.shop_id,
        c.case_id,
        c.row_version as case_key,
        coalesce(c.order_id, r.order_id) as order_id,
        c.buyer_key,
        c.asked_type,
        coalesce(
            c.done_type,
            r.done_type,
            -- some platforms' word for how it ended says what was done
            case
                when c.status_word like '%换货成功%' then 'exchange'
                when c.status_word like '%维修成功%' then 'repair'
                when c.status_word like '%补寄成功%' then 'reship'
            end
        ) as done_type,
        c.status,
        c.status_word,
        c.goods_status,
        c.phase,
        c.intervention,
        r.ruling,
        c.is_automatic = 'yes' as is_automatic,
        c.sub_reason,
        c.responsible,
        c.review_opinion is not null as has_review_opinion,
        r.reject_reason,
        coalesce(c.agent, r.agent) as agent,
        c.applied_at,
        c.order_paid_at,
        coalesce(c.reviewed_at, r.reviewed_at) as reviewed_at,
        coalesce(c.return_shipped_at, r.return_shipped_at) as return_shipped_at,
        coalesce(c.return_received_at, r.return_received_at) as return_received_at,
        coalesce(c.inspected_at, r.inspected_at) as inspected_at,
        r.inspection,
        coalesce(c.reshipped_at, r.reshipped_at) as reshipped_at,
        coalesce(c.buyer_received_at, r.buyer_received_at) as buyer_received_at,
        coalesce(c.refunded_at, refunds.refunded_at) as refunded_at,
        coalesce(c.closed_at, r.closed_at) as closed_at,
        c.deadline_at,
        r.visit_asked_at,
        r.visit_due_at,
        r.visited_at,
        r.is_fast = 'yes' as is_fast,
        r.is_negotiated = 'yes' as is_negotiated,
        c.paid_amount,
        coalesce(c.refund_amount, refunds.amount) as refund_amount,
        coalesce(c.currency, r.currency) as currency,
        coalesce(c.replacement_sku, r.replacement_sku) as replacement_sku,
        c.replacement_order_id,
        r.replacement_price,
        r.difference_amount,
        r.difference_told_at,
        r.case_id is not null as has_record,
        r.units as recorded_units,
        c.time_reason,
        c.source_file_id,
        c.source_record
    from stg_shop__case as c
    left join refunds
        on
            c.platform = refunds.platform
            and c.shop_id = refunds.shop_id
            and c.case_id = refunds.case_id
    -- left join: most shops keep no books of their own
    left join stg_shop__case_record as r
        on
            c.platform = r.platform
            and c.shop_id = r.shop_id
            and c.case_id = r.case_id

),

matched as (

    select
        t.*,
        m.line_id,
        m.sku,
        m.title,
        m.reason,
        m.line_units,
        m.line_paid_amount,
        o.order_id is not null as has_order,
        o.is_replacement as is_order_replacement,
        o.currency as order_currency,
        o.status as order_status,
        o.paid_at as order_paid,
        o.shipped_at as order_shipped_at,
        o.signed_at as order_signed_at,
        o.completed_at as order_completed_at,
        o.closed_at as order_closed_at,
        coalesce(m.units, t.recorded_units) as units,
        case when t.recorded_units is null then m.units_reason end as units_reason,
        case
            when
                t.status in (
                    'applied', 'approved', 'returned', 'accepted', 'reshipped', 'converted',
                    'rejected'
                )
                or t.status is null
                then coalesce(t.closed_at, t.refunded_at) is null
            else false
        end as is_open
    from told as t
    left join int_case_match as m
        on
            t.platform = m.platform
            and t.shop_id = m.shop_id
            and t.case_id = m.case_id
    left join int_order_merge as o
        on
            t.platform = o.platform
            and t.shop_id = o.shop_id
            and t.order_id = o.order_id

)

select
    m.platform, -- where it was sold
    m.shop_id, -- whose case it is
    m.case_id, -- the platform's own text
    m.case_key, -- tells cases apart by a number
    m.order_id, -- the order it is about
    m.has_order, -- the order came in too
    m.line_id, -- the line it is about, where it can be told
    m.sku, -- the line's, else the case's own
    m.title, -- the line's, else the case's own
    m.buyer_key, -- keyed pseudonym of the buyer
    coalesce(m.asked_type, 'unknown') as asked_type, -- exchange, return_refund, refund_only, …
    m.done_type, -- null when no export says it
    m.status, -- where the case stands; null for a word nobody knows
    m.status_word, -- as delivered
    m.is_open, -- neither closed nor refunded
    m.goods_status, -- where the goods are
    m.phase, -- before_completion (售中) or after_completion (售后)
    m.intervention, -- whether the platform stepped in
    m.ruling, -- whom it decided for, where the merchant noted it
    m.is_automatic, -- agreed by a rule; null when no export says it
    m.reason, -- as the buyer picked it
    -- quality, logistics, …: by the reason, else the finer one; null for words nobody knows
    coalesce(nullif(cause.family, 'other'), finer.family, cause.family) as reason_family,
    m.sub_reason, -- the finer reason below it
    m.responsible, -- in the platform's words
    m.reject_reason, -- why it was refused, as the merchant noted it
    m.has_review_opinion, -- the merchant wrote something when deciding
    m.agent, -- who handled it
    m.applied_at, -- UTC
    m.reviewed_at, -- UTC
    m.return_shipped_at, -- UTC
    m.return_received_at, -- UTC
    m.inspected_at, -- UTC
    m.inspection, -- passed, failed
    m.reshipped_at, -- UTC
    m.buyer_received_at, -- UTC
    m.refunded_at, -- UTC
    m.closed_at, -- UTC
    m.deadline_at, -- UTC
    m.visit_asked_at, -- UTC
    m.visit_due_at, -- UTC
    m.visited_at, -- UTC
    m.is_fast, -- 极速换货; null when no export says it
    m.is_negotiated, -- both sides agreed to what the rules do not give; null when not said
    m.units, -- the case is about; null when not told
    m.units_reason, -- why units is null
    m.line_units, -- sold on its line
    -- paid for one unit of its line, else of the case
    case
        when m.line_units > 0 then cast(m.line_paid_amount as double) / nullif(m.line_units, 0)
        when m.units > 0 then cast(m.paid_amount as double) / nullif(m.units, 0)
    end as unit_paid,
    m.paid_amount, -- what had been paid for it
    m.refund_amount, -- given or to give back; 0 on an exchange
    coalesce(m.currency, m.order_currency) as currency, -- ISO 4217
    m.replacement_sku, -- what it was swapped for
    m.replacement_order_id, -- the order that carries the replacement
    m.replacement_price, -- of one unit of it, when the buyer applied
    m.difference_amount, -- settled; above 0 the buyer paid
    m.difference_told_at, -- the buyer was told it, UTC
    m.has_record, -- the merchant's own books hold it
    case
        when not m.has_order then null
        when m.order_completed_at <= m.applied_at then 'completed'
        when m.order_closed_at <= m.applied_at then 'closed'
        when m.phase = 'after_completion' then 'completed'
        when m.order_shipped_at <= m.applied_at then 'shipped'
        when m.order_shipped_at > m.applied_at then 'paid'
        when m.order_completed_at > m.applied_at and m.order_signed_at <= m.applied_at
            then 'shipped'
        when
            m.phase = 'before_completion'
            and m.goods_status in ('not_received', 'received', 'sent_back')
            then 'shipped'
        when m.goods_status = 'not_shipped' then 'paid'
        when m.order_status in ('paid', 'unpaid') then m.order_status
    end as order_status_then, -- of the order when the buyer applied: paid, shipped, completed, …
    m.is_order_replacement, -- its order carries a replacement itself
    coalesce(m.order_paid, m.order_paid_at) as paid_at, -- its order was paid, UTC
    m.order_shipped_at as shipped_at, -- its order's parcel left, UTC
    m.order_signed_at as signed_at, -- its order was signed for, UTC
    m.order_completed_at as completed_at, -- 交易成功, UTC
    coalesce(m.closed_at, m.refunded_at) as ended_at, -- closed or refunded, UTC
    -- the merchant agreed, as its status or a later step shows; null where no export tells
    case
        when
            m.status in (
                'approved', 'returned', 'accepted', 'reshipped', 'converted', 'refunded',
                'completed'
            )
            or coalesce(
                m.return_received_at, m.return_shipped_at, m.inspected_at, m.reshipped_at
            ) is not null
            or (m.status is null and m.refunded_at is not null)
            then true
        when m.status = 'rejected' or m.reject_reason is not null then false
    end as is_approved,
    -- what was asked for, or something else, was carried through; null where no export tells
    case
        when m.is_open or m.status in ('withdrawn', 'converted') then false
        when m.status in ('completed', 'refunded') then true
        when m.buyer_received_at is not null then true
        when m.asked_type in ('exchange', 'repair', 'reship') and m.reshipped_at is not null
            then true
        when m.asked_type in ('exchange', 'repair', 'reship') then null
        when m.status = 'closed' then false
        when m.refunded_at is not null then true
    end as is_done,
    m.time_reason, -- a local hour that exists twice or not at all; null otherwise
    m.source_file_id, -- ref_file.file_id
    m.source_record -- data record in that file
from matched as m
left join ref_reason as cause
    on
        m.platform = cause.platform
        and m.reason = cause.reason
left join ref_reason as finer
    on
        m.platform = finer.platform
        and m.sub_reason = finer.reason
