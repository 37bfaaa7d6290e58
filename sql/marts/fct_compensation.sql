-- fct_compensation: every payment made to a buyer to make up for something.
-- grain: platform, shop_id, compensation_id
-- owner: after-sales analytics
-- caveat: not part of refund_amount; a platform pays it apart from the order.

with

dated as (

    select
        c.*,
        run.reporting_currency as own_currency,
        cast(to_local(c.applied_at, day_zone.offset_seconds) as date) as applied_on
    from stg_shop__compensation as c
    cross join ref_run as run
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and c.applied_at >= day_zone.valid_from
            and c.applied_at < day_zone.valid_to

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose order it was
    c.compensation_id, -- the platform's own text
    c.order_id, -- the order it is about
    c.case_id, -- the case it is about
    c.applied_at, -- asked for, UTC
    c.applied_on, -- local day
    c.paid_out_at, -- the buyer had it, UTC
    c.status, -- pending, paid, refused; null for a word nobody knows
    c.reason, -- in the platform's words
    c.amount, -- how much
    c.currency, -- ISO 4217
    -- at the day's rate
    amount_in(c.amount, c.currency, c.own_currency, fx.rate) as reporting_amount,
    -- the reporting currency, else that of the amount
    currency_in(c.currency, c.own_currency, fx.rate) as reporting_currency,
    c.agent, -- who asked for it
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from dated as c
-- left join: the reporting currency itself has no rate
left join int_fx_day as fx
    on
        c.currency = fx.currency
        and c.applied_on = fx.day_on
