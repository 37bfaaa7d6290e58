-- mart_shop_score: a shop's score as its platform's formula gives it, at the end of weeks and
-- months.
-- grain: formula, platform, shop_id, day_on
-- owner: after-sales analytics
-- caveat: from the stars the exports hold, so it is near the platform's own figure and not it. A
--   review whose order or buyer is not told counts; how many these are stands beside it. Before the
--   first version of a formula there is no score.

with

-- the days looked at
ends as (

    select
        d.day_on,
        d.weekday = 7 as is_week_end,
        cast(d.day_on + interval '1 day' as date)
        = cast(date_trunc('month', cast(d.day_on + interval '1 day' as date)) as date)
            as is_month_end,
        d.day_on = run.as_of_on as is_newest
    from ref_day as d
    cross join ref_run as run

),

-- few: a row for each day of a shop
rated as (

    select
        f.formula,
        f.valid_from,
        r.platform,
        r.shop_id,
        r.reviewed_on,
        count(*) as ratings,
        count(*) filter (where not r.is_default) as active_ratings,
        sum(r.rating) as stars,
        sum(r.rating) filter (where not r.is_default) as active_stars,
        count(*) filter (
            where
            (f.within_days is not null and r.days_since_completion is null)
            or (f.first_of_buyer_and_month is not null and r.buyer_month_no is null)
        ) as unproven_ratings
    from fct_review as r
    inner join ref_score as f on r.platform = f.platform
    where
        r.rating is not null
        and (
            f.within_days is null
            or r.days_since_completion is null
            or r.days_since_completion <= f.within_days
        )
        and (
            f.first_of_buyer_and_month is null
            or r.buyer_month_no is null
            or r.buyer_month_no <= f.first_of_buyer_and_month
        )
    group by f.formula, f.valid_from, r.platform, r.shop_id, r.reviewed_on

),

shops as (

    select
        platform,
        shop_id,
        min(reviewed_on) as first_on
    from fct_review
    group by platform, shop_id

),

windows as (

    select
        f.*,
        s.shop_id,
        s.first_on,
        ends.day_on,
        ends.is_week_end,
        ends.is_month_end,
        ends.is_newest,
        -- its first day
        cast(
            cast(ends.day_on as date) - (f.window_days - 1) * interval '1 day' as date
        ) as window_from
    from shops as s
    inner join ref_score as f on s.platform = f.platform
    inner join ends
        on
            f.valid_from <= ends.day_on
            and f.valid_to > ends.day_on
            and (ends.is_week_end or ends.is_month_end or ends.is_newest)

),

summed as (

    select
        w.formula,
        w.platform,
        w.shop_id,
        w.day_on,
        w.valid_from,
        w.window_from,
        w.is_week_end,
        w.is_month_end,
        w.is_newest,
        w.all_weight,
        w.active_weight,
        w.first_on <= w.window_from as has_whole_window,
        coalesce(sum(r.ratings), 0) as ratings,
        coalesce(sum(r.active_ratings), 0) as active_ratings,
        coalesce(sum(r.unproven_ratings), 0) as unproven_ratings,
        cast(sum(r.stars) as double) / nullif(sum(r.ratings), 0) as all_mean,
        cast(sum(r.active_stars) as double) / nullif(sum(r.active_ratings), 0) as active_mean
    from windows as w
    -- left join: a window without a review has no score and says so
    left join rated as r
        on
            w.formula = r.formula
            and w.valid_from = r.valid_from
            and w.platform = r.platform
            and w.shop_id = r.shop_id
            and w.window_from <= r.reviewed_on
            and w.day_on >= r.reviewed_on
    group by
        w.formula, w.platform, w.shop_id, w.day_on, w.valid_from, w.window_from, w.is_week_end,
        w.is_month_end, w.is_newest, w.all_weight, w.active_weight, w.first_on

)

select
    formula, -- sql/scores
    platform, -- whose formula
    shop_id, -- whose score
    day_on, -- local day it is the score of
    valid_from as formula_from, -- first day of the version of the formula
    is_week_end, -- a Sunday
    is_month_end, -- a month's last day
    is_newest, -- the day reports speak of
    window_from, -- first local day whose reviews count
    has_whole_window, -- reviews are known from before its first day
    case
        when active_weight = 1 then active_mean
        when all_weight = 1 then all_mean
        else all_weight * all_mean + active_weight * active_mean
    end as score, -- from 1 to 5
    case
        when ratings = 0 then 'no_ratings'
        when active_ratings = 0 and active_weight > 0 then 'no_active_ratings'
    end as score_reason, -- why score is null
    cast(floor(ratings) as bigint) as ratings, -- reviews with stars that count
    cast(floor(active_ratings) as bigint) as active_ratings, -- of these not written by the platform
    -- of these without the order or buyer the formula asks for
    cast(floor(unproven_ratings) as bigint) as unproven_ratings
from summed
