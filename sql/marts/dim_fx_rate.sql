-- dim_fx_rate: rates of exchange of money, by day.
-- grain: base_currency, currency, rated_on
-- owner: after-sales analytics
-- caveat: only days that a rate was published for; a weekend has that of the Friday before.

select
    base_currency, -- ISO 4217; one unit of it is worth so much
    currency, -- ISO 4217
    rated_on, -- the day of the rate
    rate -- units of the currency for one of the base
from stg_reference__fx_rate
-- the same rate may have been delivered for several shops
qualify row_number() over (
        partition by base_currency, currency, rated_on
        order by exported_at desc nulls last, source_file_id asc
    ) = 1
