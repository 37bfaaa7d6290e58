-- fct_order_line: every line of an order, with the order's times where the line has none.
-- grain: platform, shop_id, order_id, line_id
-- keys: platform, shop_id, order_id -> fct_order (platform, shop_id, order_id)
-- owner: after-sales analytics
-- caveat: empty for a shop that sends no item export; an order report fills fct_order only.

select
    l.platform, -- where it was sold
    l.shop_id, -- whose order it is
    l.order_id, -- the platform's own text
    l.line_id, -- the platform's line number, else sku#turn
    l.sku, -- the merchant's code, else the platform's
    l.product_id, -- the platform's product number
    l.title, -- what the listing calls it
    l.variant, -- colour, size and the like
    l.units, -- sold; below zero on a reversal
    l.unit_price, -- of one unit
    -- price times units, if not told
    coalesce(l.paid_amount, l.unit_price * l.units) as paid_amount,
    l.refund_amount, -- given back on the line
    -- of paid_amount, by the day it was sold
    amount_in(
        coalesce(l.paid_amount, l.unit_price * l.units), l.currency, run.reporting_currency, fx.rate
    ) as reporting_amount,
    -- the run's; its own where no rate of the day is known
    currency_in(l.currency, run.reporting_currency, fx.rate) as reporting_currency,
    l.currency, -- ISO 4217
    coalesce(l.status, o.status) as status, -- the line's, else its order's
    o.is_sold and coalesce(l.status, '') <> 'cancelled' as is_sold, -- as its order
    o.sold_on, -- local day its order was paid
    coalesce(l.created_at, o.created_at) as created_at, -- placed, UTC
    coalesce(l.paid_at, o.paid_at) as paid_at, -- paid, UTC
    coalesce(l.shipped_at, o.shipped_at) as shipped_at, -- parcel left, UTC
    -- local day
    coalesce(
        cast(to_local(l.shipped_at, shipped_zone.offset_seconds) as date), o.shipped_on
    ) as shipped_on,
    coalesce(l.signed_at, o.signed_at) as signed_at, -- signed for, UTC
    -- local day
    coalesce(
        cast(to_local(l.signed_at, signed_zone.offset_seconds) as date), o.signed_on
    ) as signed_on,
    coalesce(l.completed_at, o.completed_at) as completed_at, -- 交易成功, UTC
    -- local day
    coalesce(
        cast(to_local(l.completed_at, completed_zone.offset_seconds) as date), o.completed_on
    ) as completed_on,
    special.can_exchange, -- false for goods that have no exchange entry; null when not said
    l.source_file_id, -- ref_file.file_id
    l.source_record -- data record in that file
from stg_shop__order_line as l
inner join fct_order as o
    on
        l.platform = o.platform
        and l.shop_id = o.shop_id
        and l.order_id = o.order_id
cross join ref_run as run
-- left join: most money is in the reporting currency
left join int_fx_day as fx
    on
        l.currency = fx.currency
        and o.sold_on = fx.day_on
left join dim_special_goods as special
    on
        l.shop_id = special.shop_id
        and l.sku = special.sku
left join dim_utc_offset as shipped_zone
    on
        run.reporting_zone = shipped_zone.zone
        and l.shipped_at >= shipped_zone.valid_from
        and l.shipped_at < shipped_zone.valid_to
left join dim_utc_offset as signed_zone
    on
        run.reporting_zone = signed_zone.zone
        and l.signed_at >= signed_zone.valid_from
        and l.signed_at < signed_zone.valid_to
left join dim_utc_offset as completed_zone
    on
        run.reporting_zone = completed_zone.zone
        and l.completed_at >= completed_zone.valid_from
        and l.completed_at < completed_zone.valid_to
