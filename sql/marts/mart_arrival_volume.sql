-- mart_arrival_volume: rows a day by format and shop, held against the same weekday of the last 8
-- weeks.
-- grain: format, shop_id, day_on
-- owner: after-sales analytics
-- caveat: the last 8 weeks up to the as-of. Usual is the median of the comparable weeks, give or
--   take half of it and 3 rows, or 3 robust deviations where these are wider.

with

seen as (

    select
        format,
        shop_id,
        min(day_on) as known_from,
        max(day_on) as last_on,
        max(exported_at) as exported_at
    from int_arrival_count
    group by format, shop_id

),

-- an export without rows reaches as far as any other
files as (

    select
        format,
        shop_id,
        max(exported_at) as exported_at
    from ref_file
    group by format, shop_id

),

reach as (

    select
        s.format,
        s.shop_id,
        s.known_from,
        coalesce(
            cast(to_local(
                coalesce(f.exported_at, s.exported_at), day_zone.offset_seconds
            ) as date),
            s.last_on
        ) as known_until
    from seen as s
    cross join ref_run as run
    -- left join: rows may name another shop than their file's
    left join files as f on s.format = f.format and s.shop_id = f.shop_id
    -- left join: an export may be undated
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and coalesce(f.exported_at, s.exported_at) >= day_zone.valid_from
            and coalesce(f.exported_at, s.exported_at) < day_zone.valid_to

),

promotions as (

    select
        e.shop_id,
        d.day_on
    from ref_day as d
    inner join dim_event as e on d.day_on >= e.first_on and d.day_on <= e.last_on
    where e.kind = 'promotion'
    group by e.shop_id, d.day_on

),

days as (

    select
        r.format,
        r.shop_id,
        d.day_on,
        d.weekday,
        coalesce(c.row_count, 0) as row_count,
        d.day_on >= r.known_until as is_partial,
        own.day_on is not null or everywhere.day_on is not null as is_promotion
    from reach as r
    inner join ref_day as d on r.known_from <= d.day_on and r.known_until >= d.day_on
    -- left join: a day without rows is what this looks for
    left join int_arrival_count as c
        on r.format = c.format and r.shop_id = c.shop_id and d.day_on = c.day_on
    left join promotions as own on r.shop_id = own.shop_id and d.day_on = own.day_on
    -- what happened to no shop in particular happened to all
    left join promotions as everywhere
        on everywhere.shop_id = 'default' and d.day_on = everywhere.day_on

),

compared as (

    select
        d.format,
        d.shop_id,
        d.day_on,
        cast(b.row_count as double) as row_count
    from days as d
    inner join days as b
        on
            d.format = b.format
            and d.shop_id = b.shop_id
            and d.weekday = b.weekday
            and date_diff('day', cast(b.day_on as date), cast(d.day_on as date)) between 1 and 56
    where not b.is_promotion

),

usual as (

    select
        format,
        shop_id,
        day_on,
        count(*) as weeks,
        percentile_cont(0.5) within group (order by cast(row_count as double)) as median_count
    from compared
    group by format, shop_id, day_on

),

spread as (

    select
        c.format,
        c.shop_id,
        c.day_on,
        percentile_cont(0.5) within group (
            order by cast(abs(c.row_count - u.median_count) as double)
        ) * 1.4826 as deviation
    from compared as c
    inner join usual as u
        on c.format = u.format and c.shop_id = u.shop_id and c.day_on = u.day_on
    group by c.format, c.shop_id, c.day_on

),

bands as (

    select
        d.format,
        d.shop_id,
        d.day_on,
        d.row_count,
        coalesce(u.weeks, 0) as weeks,
        u.median_count,
        case
            when 3 * s.deviation > 3 + u.median_count * 0.5 then 3 * s.deviation
            else 3 + u.median_count * 0.5
        end as half_width,
        case
            when d.is_partial then 'newest_day'
            when d.is_promotion then 'promotion'
            when coalesce(u.weeks, 0) < 4 then 'too_few_weeks'
            when u.median_count < 30 then 'too_few_rows'
        end as reason
    from days as d
    cross join ref_run as run
    -- left join: the first days have nothing before them
    left join usual as u
        on d.format = u.format and d.shop_id = u.shop_id and d.day_on = u.day_on
    left join spread as s
        on d.format = s.format and d.shop_id = s.shop_id and d.day_on = s.day_on
    where date_diff('day', cast(d.day_on as date), cast(run.as_of_on as date)) < 56

)

select
    format, -- the export format
    shop_id, -- whose rows they are
    day_on, -- local day
    row_count, -- rows about that day, by event time
    weeks, -- how many of the last 8 weeks it can be compared with
    median_count as usual_count, -- median of the same weekday in them; null without any
    -- rows below this are too few
    case
        when half_width < median_count then median_count - half_width
        when median_count is not null then 0
    end as usual_from,
    median_count + half_width as usual_until, -- rows above this are too many
    -- ok, low, high, not_judged
    case
        when reason is not null then 'not_judged'
        when row_count < median_count - half_width then 'low'
        when row_count > median_count + half_width then 'high'
        else 'ok'
    end as volume_status,
    -- of not_judged: newest_day, promotion, too_few_weeks, too_few_rows
    reason as volume_reason
from bands
