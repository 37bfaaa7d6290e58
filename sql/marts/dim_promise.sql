-- dim_promise: what was promised for which sku, and for which orders.
-- grain: shop_id, sku, promise, valid_from
-- owner: after-sales analytics
-- caveat: kept by people; sku * holds for everything the shop sells.

select
    shop_id, -- the shop that promises
    sku, -- the merchant's code; * for all
    promise, -- exchange_only (首年只换不修), exchange_days, return_days, price_protection, …
    valid_from, -- orders paid from this day on
    valid_until, -- orders paid until this day; null: still
    days, -- for how many days after signing; null: not limited
    fault_scope, -- which faults it covers; null: all
    price_basis -- what price differences are counted from
from stg_reference__promise
