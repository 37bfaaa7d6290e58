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
    l.currency, -- ISO 4217
    coalesce(l.status, o.status) as status, -- the line's, else its order's
    o.is_sold and coalesce(l.status, '') <> 'cancelled' as is_sold, -- as its order
    o.sold_on, -- local day its order was paid
    coalesce(l.created_at, o.created_at) as created_at, -- placed, UTC
    coalesce(l.paid_at, o.paid_at) as paid_at, -- paid, UTC
    coalesce(l.shipped_at, o.shipped_at) as shipped_at, -- parcel left, UTC
    coalesce(l.signed_at, o.signed_at) as signed_at, -- signed for, UTC
    coalesce(l.completed_at, o.completed_at) as completed_at, -- 交易成功, UTC
    l.source_file_id, -- ref_file.file_id
    l.source_record -- data record in that file
from stg_shop__order_line as l
inner join fct_order as o
    on
        l.platform = o.platform
        and l.shop_id = o.shop_id
        and l.order_id = o.order_id
