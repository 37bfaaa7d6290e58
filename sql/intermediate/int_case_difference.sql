-- int_case_difference: what an exchange should have cost the buyer on top, and what it did.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: expected is (price of one replacement - paid for one unit) x units, above 0 paid by the
--   buyer and below 0 by the merchant, never cut off at 0. Of the same article it is 0, since that
--   its price has moved is not the buyer's affair. Only exchanges are here.

with

expected as (

    select
        c.platform,
        c.shop_id,
        c.case_id,
        c.case_key,
        c.is_open,
        c.is_done,
        c.replacement_sku = c.sku as is_same_sku,
        c.difference_amount as charged_amount,
        case
            when c.replacement_sku = c.sku then cast(0 as decimal(18, 4))
            else
                -- to the cent, as it is charged
                cast(
                    cast(
                        (cast(c.replacement_price as double) - c.unit_paid) * c.units
                        as decimal(18, 2)
                    ) as decimal(18, 4)
                )
        end as expected_amount,
        case
            when c.replacement_price is null then 'no_replacement_price'
            when c.unit_paid is null then 'no_unit_price'
            when c.units is null then 'no_units'
        end as expected_reason
    from int_case_merge as c
    where c.asked_type = 'exchange'

),

judged as (

    select
        *,
        case
            when charged_amount is null and is_open then 'open'
            when charged_amount is null and not is_done then 'not_exchanged'
            when expected_amount is null then expected_reason
            when charged_amount is null then 'no_charged_difference'
        end as reason
    from expected

)

select
    platform, -- where it was sold
    shop_id, -- whose case it is
    case_id, -- the platform's own text
    case_key, -- int_case_merge
    is_same_sku, -- the replacement is the same article; null when not told
    expected_amount, -- by the prices when the buyer applied; above 0 the buyer pays
    charged_amount, -- as settled; above 0 the buyer paid
    -- above 0 the buyer paid too much or was given too little
    case when reason is null then charged_amount - expected_amount end as error_amount,
    case
        when reason is not null then null
        when abs(charged_amount - expected_amount) <= 0.01 then 'right'
        when charged_amount > expected_amount then 'overcharged'
        else 'undercharged'
    end as verdict, -- right to 0.01, overcharged, undercharged
    case
        when reason is null then 'ok'
        when reason = 'open' then 'censored'
        when reason = 'not_exchanged' then 'not_applicable'
        else 'not_computable'
    end as status, -- of error_amount: ok, censored, not_applicable, not_computable
    reason -- why error_amount is null
from judged
