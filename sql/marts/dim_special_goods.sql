-- dim_special_goods: skus that some after-sales rights do not hold for.
-- grain: shop_id, sku
-- owner: after-sales analytics
-- caveat: kept by people; what is not here is ordinary goods.

select
    shop_id, -- the shop that sells it
    sku, -- the merchant's code
    can_exchange = 'yes' as can_exchange, -- has an exchange entry; null when not said
    can_return = 'yes' as can_return, -- may go back without a reason; null when not said
    why -- made to order, opened hygiene goods and the like
from stg_reference__special_goods
