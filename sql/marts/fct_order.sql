-- fct_order: every order, however it became known.
-- grain: platform, shop_id, order_id
-- owner: after-sales analytics
-- caveat: an order counts as sold by its payment time, else by a status no unpaid order has.

with

judged as (

    select
        o.*,
        case
            when o.status = 'cancelled' or o.is_replacement then false
            when o.paid_at is not null or o.status in ('paid', 'shipped', 'completed') then true
            when o.status is null and not o.is_payment_told then null
            else false
        end as is_sold
    from int_order_merge as o

),

local_days as (

    select
        o.*,
        cast(to_local(o.created_at, created_zone.offset_seconds) as date) as created_on,
        cast(to_local(o.paid_at, paid_zone.offset_seconds) as date) as paid_on,
        cast(to_local(o.shipped_at, shipped_zone.offset_seconds) as date) as shipped_on,
        cast(to_local(o.signed_at, signed_zone.offset_seconds) as date) as signed_on,
        cast(to_local(o.completed_at, completed_zone.offset_seconds) as date) as completed_on,
        run.reporting_currency as run_currency
    from judged as o
    cross join ref_run as run
    left join dim_utc_offset as created_zone
        on
            run.reporting_zone = created_zone.zone
            and o.created_at >= created_zone.valid_from
            and o.created_at < created_zone.valid_to
    left join dim_utc_offset as paid_zone
        on
            run.reporting_zone = paid_zone.zone
            and o.paid_at >= paid_zone.valid_from
            and o.paid_at < paid_zone.valid_to
    left join dim_utc_offset as shipped_zone
        on
            run.reporting_zone = shipped_zone.zone
            and o.shipped_at >= shipped_zone.valid_from
            and o.shipped_at < shipped_zone.valid_to
    left join dim_utc_offset as signed_zone
        on
            run.reporting_zone = signed_zone.zone
            and o.signed_at >= signed_zone.valid_from
            and o.signed_at < signed_zone.valid_to
    left join dim_utc_offset as completed_zone
        on
            run.reporting_zone = completed_zone.zone
            and o.completed_at >= completed_zone.valid_from
            and o.completed_at < completed_zone.valid_to

)

select
    o.platform, -- where it was sold
    o.shop_id, -- whose order it is
    o.order_id, -- the platform's own text
    o.buyer_key, -- keyed pseudonym of the buyer
    o.status, -- unpaid, paid, shipped, completed, closed, cancelled; null: no export says it
    o.is_sold, -- paid, no reversal and no replacement; null when no export says either
    o.is_replacement, -- carries the replacement of a case, so it is no sale
    o.created_at, -- placed, UTC
    o.created_on, -- local day
    -- local day of placing, of payment where no export has the time of placing
    coalesce(o.created_on, o.paid_on) as placed_on,
    o.paid_at, -- paid, UTC
    o.paid_on, -- local day
    -- local day of payment, of placing where no export has the payment time
    case when o.is_sold then coalesce(o.paid_on, o.created_on) end as sold_on,
    o.shipped_at, -- parcel left, UTC
    o.shipped_on, -- local day
    o.signed_at, -- signed for, UTC
    o.signed_on, -- local day
    o.completed_at, -- 交易成功, UTC
    o.completed_on, -- local day
    o.closed_at, -- closed or cancelled, UTC
    o.total_amount, -- goods and freight after discounts
    -- of total_amount, by the day it was sold
    amount_in(o.total_amount, o.currency, o.run_currency, fx.rate) as total_reporting_amount,
    -- the run's; its own where no rate of the day is known
    currency_in(o.currency, o.run_currency, fx.rate) as reporting_currency,
    o.paid_amount, -- paid in the end; platforms lower it when money goes back
    o.refund_amount, -- given back; null when no export says it
    o.refund_amount > 0 as has_refund, -- null when no export says it
    o.currency, -- ISO 4217
    o.units, -- over all lines
    o.line_count, -- lines known; 0 without an item export
    o.region, -- province or state of delivery
    -- who carries the parcel, as last exported; null where no export says it, or several carry it
    o.carrier,
    o.close_reason, -- in the platform's words
    o.known_from, -- order or lines: which export made it known
    o.source_file_id, -- ref_file.file_id
    o.source_record -- data record in that file
from local_days as o
-- left join: most money is in the reporting currency
left join int_fx_day as fx
    on
        o.currency = fx.currency
        and coalesce(o.paid_on, o.created_on) = fx.day_on
