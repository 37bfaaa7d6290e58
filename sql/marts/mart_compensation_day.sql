-- mart_compensation_day: orders sold and compensations asked for, by day.
-- grain: platform, shop_id, occurred_on, reporting_currency
-- owner: after-sales analytics
-- caveat: orders count only on days the shop's exports of compensations cover, from the first of
--   them to the newest export. Refused ones are counted apart. Orders have no currency here; they
--   stand with the reporting currency.

with

covered as (

    select
        c.platform,
        c.shop_id,
        min(c.applied_on) as known_from,
        max(
            case
                when cast(f.exported_at as date) > c.applied_on then cast(f.exported_at as date)
                else c.applied_on
            end
        ) as known_until
    from fct_compensation as c
    inner join ref_file as f on c.source_file_id = f.file_id
    group by c.platform, c.shop_id

),

counted as (

    select
        o.platform,
        o.shop_id,
        o.sold_on as occurred_on,
        run.reporting_currency,
        count(*) as order_count,
        0 as compensations,
        0 as refused,
        cast(null as decimal(18, 4)) as amount
    from fct_order as o
    cross join ref_run as run
    where o.is_sold
    group by o.platform, o.shop_id, o.sold_on, run.reporting_currency
    union all
    select
        platform,
        shop_id,
        applied_on as occurred_on,
        coalesce(reporting_currency, 'unknown') as reporting_currency,
        0 as order_count,
        count(*) filter (where status is distinct from 'refused') as compensations,
        count(*) filter (where status = 'refused') as refused,
        sum(reporting_amount) filter (where status is distinct from 'refused') as amount
    from fct_compensation
    group by platform, shop_id, applied_on, coalesce(reporting_currency, 'unknown')

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose order it was
    c.occurred_on, -- local day sold, or asked for
    c.reporting_currency, -- the reporting currency where amounts could be converted
    -- exports of compensations cover the day
    coalesce(
        c.occurred_on >= min(covered.known_from)
        and c.occurred_on <= min(covered.known_until),
        false
    ) as compensations_known,
    cast(floor(sum(c.order_count)) as bigint) as orders_sold, -- orders
    cast(floor(sum(c.compensations)) as bigint) as compensations, -- not refused
    cast(floor(sum(c.refused)) as bigint) as compensations_refused, -- refused or failed
    cast(sum(c.amount) as decimal(18, 4)) as reporting_amount -- of those not refused
from counted as c
left join covered
    on
        c.platform = covered.platform
        and c.shop_id = covered.shop_id
group by c.platform, c.shop_id, c.occurred_on, c.reporting_currency
