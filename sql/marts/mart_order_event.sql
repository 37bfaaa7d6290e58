-- mart_order_event: what was sold and what was asked for afterwards, one row a line or case.
-- grain: event_key
-- owner: after-sales analytics
-- caveat: an order without known lines is one row without sku and units; count orders, not rows.
--   What was sold has no reason and no category, so a rate split by them has no denominator.

with

-- a case may complain of several things; it stands under the one that is surest
complained as (

    select
        platform,
        shop_id,
        entity_id as case_id,
        leaf
    from fct_complaint
    where source = 'case'
    qualify row_number() over (
            partition by platform, shop_id, entity_id
            order by tier asc, score desc nulls last, leaf asc
        ) = 1

)

select
    'sold/' || o.platform || '/' || o.shop_id || '/' || o.order_id || '/'
    || coalesce(l.line_id, '') as event_key, -- one a row
    o.platform, -- where it was sold
    o.shop_id, -- whose order it is
    o.platform || '/' || o.shop_id || '/' || o.order_id as order_key, -- counts orders once
    'sold' as event_type, -- sold, or the type of case asked for
    o.sold_on as occurred_on, -- local day
    l.sku, -- null without lines
    l.title, -- null without lines
    o.region, -- province or state of delivery
    o.carrier, -- of the order's parcel; null where no export says it
    -- what the shop's after-sales exports do not cover cannot be told to be free of cases
    -- sold
    coalesce(o.sold_on between cover.known_from and cover.known_until, false) as cases_known,
    l.units, -- null without lines
    case when l.line_id is null then 'no_lines' end as units_reason, -- why units is null
    cast(null as varchar) as reason, -- of a case
    -- of a case: quality, logistics, …; null for words nobody knows
    cast(null as varchar) as reason_family,
    -- of a case: the surest category of what it complains of; null for complaints of nothing
    cast(null as varchar) as leaf,
    cast(null as boolean) as is_refunded, -- of a case: the money went back
    cast(null as varchar) as dispute_stage, -- of a case the platform was asked to decide
    cast(null as varchar) as dispute_won_by, -- buyer, merchant; null where nothing tells
    cast(null as varchar) as approval, -- of a case: approved, rejected, pending, …
    cast(null as boolean) as is_done, -- of a case: carried through; null where no export tells
    -- sold for, or paid for what a case is about
    coalesce(l.reporting_amount, o.total_reporting_amount) as reporting_amount,
    coalesce(l.reporting_currency, o.reporting_currency) as reporting_currency, -- ISO 4217
    coalesce(l.source_file_id, o.source_file_id) as source_file_id, -- ref_file.file_id
    coalesce(l.source_record, o.source_record) as source_record -- data record in that file
from fct_order as o
-- left join: an order without lines is sold all the same
left join fct_order_line as l
    on
        o.platform = l.platform
        and o.shop_id = l.shop_id
        and o.order_id = l.order_id
        and l.is_sold
-- left join: a shop without after-sales exports has sold all the same
left join int_case_cover as cover
    on
        o.platform = cover.platform
        and o.shop_id = cover.shop_id
where o.is_sold
union all
select
    'case/' || c.platform || '/' || c.shop_id || '/' || c.case_id as event_key,
    c.platform,
    c.shop_id,
    c.platform || '/' || c.shop_id || '/' || coalesce(c.order_id, '#' || c.case_id) as order_key,
    c.asked_type as event_type,
    c.applied_on as occurred_on,
    c.sku,
    c.title,
    o.region,
    o.carrier,
    true as cases_known,
    c.units,
    c.units_reason,
    c.reason,
    c.reason_family,
    complained.leaf,
    c.refunded_at is not null or coalesce(c.status = 'refunded', false) as is_refunded,
    d.stage as dispute_stage,
    d.won_by as dispute_won_by,
    c.approval,
    c.is_done,
    c.value_reporting_amount as reporting_amount,
    c.reporting_currency,
    c.source_file_id,
    c.source_record
from fct_case as c
left join fct_order as o
    on
        c.platform = o.platform
        and c.shop_id = o.shop_id
        and c.order_id = o.order_id
-- left join: the platform is asked in few
left join fct_dispute as d
    on
        c.platform = d.platform
        and c.shop_id = d.shop_id
        and c.case_id = d.case_id
-- left join: many cases complain of nothing
left join complained
    on
        c.platform = complained.platform
        and c.shop_id = complained.shop_id
        and c.case_id = complained.case_id
