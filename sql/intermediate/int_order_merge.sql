-- int_order_merge: each order once, from the order report where one came in, else from its lines.
-- grain: platform, shop_id, order_id
-- owner: after-sales analytics
-- caveat: an order known only by its lines has the sum of its lines as amounts.

with

lines as (

    select
        platform,
        shop_id,
        order_id,
        min(buyer_key) as buyer_key,
        -- what the order has come to is what its furthest line has come to
        case max(
            case status
                when 'completed' then 6
                when 'shipped' then 5
                when 'paid' then 4
                when 'unpaid' then 3
                when 'closed' then 2
                when 'cancelled' then 1
            end
        )
            when 6 then 'completed'
            when 5 then 'shipped'
            when 4 then 'paid'
            when 3 then 'unpaid'
            when 2 then 'closed'
            when 1 then 'cancelled'
        end as status,
        min(created_at) as created_at,
        min(paid_at) as paid_at,
        bool_or(is_payment_told) as is_payment_told,
        min(shipped_at) as shipped_at,
        max(signed_at) as signed_at,
        max(completed_at) as completed_at,
        sum(coalesce(paid_amount, unit_price * units)) as total_amount,
        sum(paid_amount) as paid_amount,
        sum(refund_amount) as refund_amount,
        min(currency) as currency,
        cast(floor(sum(units)) as bigint) as units,
        min(region) as region,
        count(*) as line_count,
        -- file and record of one and the same line
        min(source_file_id || '#' || cast(source_record as varchar)) as origin
    from stg_shop__order_line
    group by platform, shop_id, order_id

)

select
    coalesce(orders.platform, lines.platform) as platform, -- where it was sold
    coalesce(orders.shop_id, lines.shop_id) as shop_id, -- whose order it is
    coalesce(orders.order_id, lines.order_id) as order_id, -- the platform's own text
    coalesce(orders.buyer_key, lines.buyer_key) as buyer_key, -- keyed pseudonym
    coalesce(orders.status, lines.status) as status, -- null when no export says it
    coalesce(orders.created_at, lines.created_at) as created_at, -- placed, UTC
    coalesce(orders.paid_at, lines.paid_at) as paid_at, -- paid, UTC
    coalesce(
        orders.is_payment_told or lines.is_payment_told,
        orders.is_payment_told,
        lines.is_payment_told
    ) as is_payment_told, -- some export has a column for it, so empty means unpaid
    coalesce(orders.shipped_at, lines.shipped_at) as shipped_at, -- parcel left, UTC
    coalesce(orders.signed_at, lines.signed_at) as signed_at, -- signed for, UTC
    coalesce(orders.completed_at, lines.completed_at) as completed_at, -- 交易成功, UTC
    coalesce(orders.total_amount, lines.total_amount) as total_amount, -- after discounts
    coalesce(orders.paid_amount, lines.paid_amount) as paid_amount, -- paid in the end
    coalesce(orders.refund_amount, lines.refund_amount) as refund_amount, -- given back
    coalesce(orders.currency, lines.currency) as currency, -- ISO 4217
    coalesce(lines.units, orders.units) as units, -- over all lines
    coalesce(orders.region, lines.region) as region, -- of delivery
    orders.close_reason, -- in the platform's words
    orders.shop_title, -- as the export writes it
    coalesce(lines.line_count, 0) as line_count, -- lines known; 0 without an item export
    case when orders.order_id is null then 'lines' else 'order' end as known_from, -- which export
    -- ref_file.file_id
    coalesce(orders.source_file_id, split_part(lines.origin, '#', 1)) as source_file_id,
    -- record in that file
    coalesce(
        orders.source_record,
        cast(split_part(lines.origin, '#', 2) as bigint)
    )
        as source_record
from stg_shop__order as orders
full outer join lines
    on
        orders.platform = lines.platform
        and orders.shop_id = lines.shop_id
        and orders.order_id = lines.order_id
