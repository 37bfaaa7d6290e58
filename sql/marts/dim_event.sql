-- dim_event: what happened to the merchant, with its days: promotions, strikes, faults, policies.
-- grain: shop_id, title, first_on
-- owner: after-sales analytics
-- caveat: kept by people; what nobody wrote down is not here.

select
    shop_id, -- the shop it happened to
    title, -- what people call it
    kind, -- promotion, strike, platform, policy, quality, staffing, other
    first_on, -- first local day
    coalesce(last_on, first_on) as last_on -- last local day
from stg_reference__event
