-- fct_dispute: every case the platform was asked to decide, how far that went and who won.
-- grain: platform, shop_id, case_id
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: exports seldom tell whom the platform decided for. Where the merchant noted it, that
--   counts; else the outcome tells: the money went back, or the exchange or repair was carried
--   out, the buyer has won; the case of a refund was closed without, the merchant has. An exchange
--   or repair that was closed tells nothing.

with

told as (

    select
        m.*,
        m.refunded_at is not null or coalesce(m.status = 'refunded', false) as is_refunded,
        case
            when m.ruling = 'withdrawn' then 'withdrawn'
            when m.ruling is not null then 'decided'
            else m.intervention
        end as stage,
        case
            when m.refunded_at is not null or m.status = 'refunded' then 'buyer'
            when m.asked_type in ('return_refund', 'refund_only')
                then case when m.status = 'closed' then 'merchant' end
            when m.is_done then 'buyer'
        end as outcome_for
    from int_case_merge as m
    where m.intervention in ('asked', 'running', 'decided') or m.ruling is not null

)

select
    t.platform, -- where it was sold
    t.shop_id, -- whose case it is
    t.case_id, -- the platform's own text
    t.order_id, -- the order it is about
    t.sku, -- what it is about
    t.title, -- what it is about
    t.asked_type, -- exchange, return_refund, refund_only, …
    t.reason_family, -- quality, logistics, …; null for words nobody knows
    t.agent, -- who handled it
    t.applied_at, -- buyer applied, UTC
    cast(to_local(t.applied_at, day_zone.offset_seconds) as date) as applied_on, -- local day
    t.stage, -- asked, running, decided; withdrawn: the buyer took it back
    t.stage in ('running', 'decided') as has_stepped_in, -- the platform took it up
    t.ruling, -- as the merchant noted it
    -- buyer, merchant; null while undecided or where nothing tells
    case when t.stage = 'decided' then coalesce(t.ruling, t.outcome_for) end as won_by,
    case
        when t.stage <> 'decided' then null
        when t.ruling is not null then 'ruling'
        when t.outcome_for is not null then 'outcome'
    end as won_by_from, -- ruling: it was noted; outcome: what came of the case tells
    t.is_refunded, -- the money went back
    t.source_file_id, -- ref_file.file_id
    t.source_record -- data record in that file
from told as t
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and t.applied_at >= day_zone.valid_from
        and t.applied_at < day_zone.valid_to
