-- int_order_merge: each order once, from the order report where one came in, else from its lines.
-- grain: platform, shop_id, order_id
-- owner: after-sales analytics
-- caveat: an order known only by its lines has the amounts these give for the whole order, else the
--   sum of its lines.

with

lines as (

    select
        platform,
        shop_id,
        order_id,
        min(shop_title) as shop_title,
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
        max(closed_at) as closed_at,
        -- what an export says of the whole order stands on each of its lines, or on the first
        coalesce(
            max(order_total_amount), sum(coalesce(paid_amount, unit_price * units))
        ) as total_amount,
        coalesce(max(order_paid_amount), sum(paid_amount)) as paid_amount,
        coalesce(max(order_refund_amount), sum(refund_amount)) as refund_amount,
        min(currency) as currency,
        cast(floor(sum(units)) as bigint) as units,
        min(region) as region,
        -- lines that travel with several carriers tell none of the order
        case when min(carrier) = max(carrier) then min(carrier) end as carrier,
        min(close_reason) as close_reason,
        max(is_replacement) as is_replacement,
        count(*) as line_count,
        -- file and record of one and the same line
        min(source_file_id || '#' || cast(source_record as varchar)) as origin
    from stg_shop__order_line
    group by platform, shop_id, order_id

),

-- money back that an export lists apart from orders
refunds as (

    select
        platform,
        shop_id,
        order_id,
        sum(amount) as amount
    from stg_shop__refund
    where order_id is not null
    group by platform, shop_id, order_id

),

-- orders that carry the replacement of a case are no sales
replacements as (

    select distinct
        platform,
        shop_id,
        replacement_order_id as order_id
    from stg_shop__case
    where replacement_order_id is not null

),

merged as (

    select
        coalesce(orders.platform, lines.platform) as platform,
        coalesce(orders.shop_id, lines.shop_id) as shop_id,
        coalesce(orders.order_id, lines.order_id) as order_id,
        coalesce(orders.buyer_key, lines.buyer_key) as buyer_key,
        coalesce(orders.status, lines.status) as status,
        coalesce(orders.created_at, lines.created_at) as created_at,
        coalesce(orders.paid_at, lines.paid_at) as paid_at,
        coalesce(
            orders.is_payment_told or lines.is_payment_told,
            orders.is_payment_told,
            lines.is_payment_told
        ) as is_payment_told,
        coalesce(orders.shipped_at, lines.shipped_at) as shipped_at,
        coalesce(orders.signed_at, lines.signed_at) as signed_at,
        coalesce(orders.completed_at, lines.completed_at) as completed_at,
        coalesce(orders.closed_at, lines.closed_at) as closed_at,
        coalesce(orders.total_amount, lines.total_amount) as total_amount,
        coalesce(orders.paid_amount, lines.paid_amount) as paid_amount,
        coalesce(orders.refund_amount, lines.refund_amount) as refund_amount,
        coalesce(orders.currency, lines.currency) as currency,
        coalesce(lines.units, orders.units) as units,
        coalesce(orders.region, lines.region) as region,
        coalesce(orders.carrier, lines.carrier) as carrier,
        coalesce(orders.close_reason, lines.close_reason) as close_reason,
        coalesce(orders.shop_title, lines.shop_title) as shop_title,
        coalesce(orders.is_replacement, lines.is_replacement) as is_replacement,
        coalesce(lines.line_count, 0) as line_count,
        case when orders.order_id is null then 'lines' else 'order' end as known_from,
        coalesce(orders.source_file_id, split_part(lines.origin, '#', 1)) as source_file_id,
        coalesce(
            orders.source_record,
            cast(split_part(lines.origin, '#', 2) as bigint)
        ) as source_record
    from stg_shop__order as orders
    full outer join lines
        on
            orders.platform = lines.platform
            and orders.shop_id = lines.shop_id
            and orders.order_id = lines.order_id

)

select
    m.platform, -- where it was sold
    m.shop_id, -- whose order it is
    m.order_id, -- the platform's own text
    m.buyer_key, -- keyed pseudonym
    -- null when no export says it; a platform that keeps payment and parcel apart says paid only
    case
        when m.status = 'paid' and m.completed_at is not null then 'completed'
        when m.status = 'paid' and m.shipped_at is not null then 'shipped'
        else m.status
    end as status,
    m.created_at, -- placed, UTC
    m.paid_at, -- paid, UTC
    m.is_payment_told, -- some export has a column for it, so empty means unpaid
    m.shipped_at, -- parcel left, UTC
    m.signed_at, -- signed for, UTC
    m.completed_at, -- 交易成功, UTC
    m.closed_at, -- closed or cancelled, UTC
    m.total_amount, -- after discounts
    m.paid_amount, -- paid in the end
    coalesce(m.refund_amount, refunds.amount) as refund_amount, -- given back
    m.currency, -- ISO 4217
    m.units, -- over all lines
    m.region, -- of delivery
    m.carrier, -- of the parcel; null where no export says it, or several carry it
    m.close_reason, -- in the platform's words
    m.shop_title, -- as the export writes it
    coalesce(
        m.is_replacement = 'yes', false
    ) or replacements.order_id is not null as is_replacement, -- carries a replacement: no sale
    m.line_count, -- lines known; 0 without an item export
    m.known_from, -- order or lines: which export made it known
    m.source_file_id, -- ref_file.file_id
    m.source_record -- record in that file
from merged as m
left join refunds
    on
        m.platform = refunds.platform
        and m.shop_id = refunds.shop_id
        and m.order_id = refunds.order_id
left join replacements
    on
        m.platform = replacements.platform
        and m.shop_id = replacements.shop_id
        and m.order_id = replacements.order_id
