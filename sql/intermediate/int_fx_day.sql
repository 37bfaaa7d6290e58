-- int_fx_day: what one unit of a currency was worth in the reporting currency, by day.
-- grain: currency, day_on
-- owner: after-sales analytics
-- caveat: a day without a rate has that of the last day with one, for ten days at most; rates
--   given against a third currency are crossed through it on the same day.

with

quoted as (

    select
        base_currency,
        currency,
        rated_on,
        rate
    from stg_reference__fx_rate
    where rate > 0
    qualify row_number() over (
            partition by base_currency, currency, rated_on
            order by exported_at desc nulls last, source_file_id asc
        ) = 1

),

-- the base is worth one of itself
legs as (

    select
        base_currency,
        currency,
        rated_on,
        rate
    from quoted
    union all
    select distinct
        base_currency,
        base_currency as currency,
        rated_on,
        cast(1 as double) as rate
    from quoted

),

crossed as (

    select
        own.currency,
        own.rated_on,
        cast(reporting.rate as double) / nullif(own.rate, 0) as rate,
        row_number() over (
            partition by own.currency, own.rated_on order by own.base_currency
        ) as place
    from legs as own
    cross join ref_run as run
    inner join legs as reporting
        on
            own.base_currency = reporting.base_currency
            and own.rated_on = reporting.rated_on
            and run.reporting_currency = reporting.currency
    where own.currency <> run.reporting_currency

),

lasting as (

    select
        currency,
        rated_on,
        rate,
        lead(rated_on) over (partition by currency order by rated_on) as next_on
    from crossed
    where place = 1

)

select
    l.currency, -- ISO 4217
    l.rated_on + step.later as day_on, -- local day
    l.rate, -- units of the reporting currency for one of it
    l.rated_on -- the day the rate is of
from lasting as l
cross join (
    values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)
) as step (later)
where l.next_on is null or l.rated_on + step.later < l.next_on
