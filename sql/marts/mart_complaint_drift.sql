-- mart_complaint_drift: whether what customers complain of moves away from what the phrases and the
--   model know.
-- grain: platform, shop_id, week_on
-- owner: after-sales analytics
-- caveat: a week is held against the eight before it, together. The index is the population
--   stability index (PSI) with the logarithm of each ratio by its series to the fifth order, so
--   that a category seen in one of the two only adds 3.07 times its share and not infinity. With
--   few complaints in many categories chance alone moves it far, so what chance gives is taken off.
--   Sigma is never less than chance gives either. The newest week may not be over.

with

feedback_weeks as (

    select
        platform,
        shop_id,
        cast(date_trunc('week', told_on) as date) as week_on,
        count(*) filter (where emotion >= 1) as displeased,
        count(*) filter (where is_unclassified) as unclassified,
        count(*) filter (where is_complaint) as complaints
    from fct_feedback
    where told_on is not null
    group by platform, shop_id, cast(date_trunc('week', told_on) as date)

),

before as (

    select
        w.platform,
        w.shop_id,
        w.week_on,
        count(b.week_on) as weeks,
        sum(b.displeased) as displeased,
        sum(b.unclassified) as unclassified,
        sum(b.complaints) as complaints,
        -- billionths of thousandths, since a sum of doubles depends on their order
        cast(
            sum(
                cast(floor(
                    cast(b.unclassified as double) / nullif(b.displeased, 0) * 1000000000000
                ) as bigint)
            ) as double
        ) / nullif(1000000000000 * count(nullif(b.displeased, 0)), 0) as mean_share,
        cast(
            sum(
                cast(floor(
                    (cast(b.unclassified as double) / nullif(b.displeased, 0))
                    * (cast(b.unclassified as double) / nullif(b.displeased, 0)) * 1000000000000
                ) as bigint)
            ) as double
        ) / nullif(1000000000000 * count(nullif(b.displeased, 0)), 0) as mean_square
    from feedback_weeks as w
    left join feedback_weeks as b
        on
            w.platform = b.platform
            and w.shop_id = b.shop_id
            and w.week_on > b.week_on
            and w.week_on <= b.week_on + interval '56 day'
    group by w.platform, w.shop_id, w.week_on

),

leaf_weeks as (

    select
        platform,
        shop_id,
        cast(date_trunc('week', told_on) as date) as week_on,
        leaf,
        count(*) as labels
    from fct_complaint
    where told_on is not null
    group by platform, shop_id, cast(date_trunc('week', told_on) as date), leaf

),

-- every category of the week or of the eight before it
sides as (

    select
        platform,
        shop_id,
        week_on,
        leaf,
        labels as labels_now,
        0 as labels_before
    from leaf_weeks
    union all
    select
        w.platform,
        w.shop_id,
        w.week_on,
        b.leaf,
        0 as labels_now,
        b.labels as labels_before
    from feedback_weeks as w
    inner join leaf_weeks as b
        on
            w.platform = b.platform
            and w.shop_id = b.shop_id
            and w.week_on > b.week_on
            and w.week_on <= b.week_on + interval '56 day'

),

leaves as (

    select
        platform,
        shop_id,
        week_on,
        leaf,
        cast(sum(labels_now) as double) as labels_now,
        cast(sum(labels_before) as double) as labels_before
    from sides
    group by platform, shop_id, week_on, leaf

),

shares as (

    select
        platform,
        shop_id,
        week_on,
        cast(labels_now as double) / nullif(
            sum(labels_now) over (partition by platform, shop_id, week_on), 0
        ) as share_now,
        cast(labels_before as double) / nullif(
            sum(labels_before) over (partition by platform, shop_id, week_on), 0
        ) as share_before
    from leaves

),

-- on average, were there no difference: (categories - 1) * (1 / labels now + 1 / labels before)
chances as (

    select
        platform,
        shop_id,
        week_on,
        count(*) - 1 as freedom,
        cast(1 as double) / nullif(sum(labels_now), 0)
        + cast(1 as double) / nullif(sum(labels_before), 0) as per_category
    from leaves
    group by platform, shop_id, week_on

),

-- ln(p / q) is twice the sum of z, z^3 / 3, z^5 / 5, … with z = (p - q) / (p + q)
moved as (

    select
        platform,
        shop_id,
        week_on,
        share_now - share_before as step,
        cast(share_now - share_before as double) / nullif(share_now + share_before, 0) as z
    from shares

),

indexes as (

    select
        platform,
        shop_id,
        week_on,
        cast(
            sum(
                cast(floor(
                    step * 2 * (
                        z + cast(z * z * z as double) / 3 + cast(z * z * z * z * z as double) / 5
                    ) * 1000000000000
                ) as bigint)
            ) as double
        ) / 1000000000000 as stability_index
    from moved
    group by platform, shop_id, week_on

),

told as (

    select
        w.platform,
        w.shop_id,
        w.week_on,
        w.displeased,
        w.unclassified,
        w.complaints,
        cast(w.unclassified as double) / nullif(w.displeased, 0) as unclassified_share,
        b.weeks,
        coalesce(b.displeased, 0) as displeased_before,
        coalesce(b.complaints, 0) as complaints_before,
        b.mean_share,
        case
            when b.mean_square - b.mean_share * b.mean_share
                > cast(b.mean_share * (1 - b.mean_share) as double) / nullif(w.displeased, 0)
                then b.mean_square - b.mean_share * b.mean_share
            else cast(b.mean_share * (1 - b.mean_share) as double) / nullif(w.displeased, 0)
        end as variance,
        i.stability_index,
        c.freedom * c.per_category as stability_by_chance,
        -- its square by chance is twice the categories' own, and three sigma nine times that
        18 * c.freedom * c.per_category * c.per_category as chance_limit
    from feedback_weeks as w
    inner join before as b
        on
            w.platform = b.platform
            and w.shop_id = b.shop_id
            and w.week_on = b.week_on
    -- left join: a week may be without complaints
    left join indexes as i
        on
            w.platform = i.platform
            and w.shop_id = i.shop_id
            and w.week_on = i.week_on
    left join chances as c
        on
            w.platform = c.platform
            and w.shop_id = c.shop_id
            and w.week_on = c.week_on

),

judged as (

    select
        *,
        complaints >= 30 and complaints_before >= 100 and weeks >= 4 as has_enough,
        coalesce(
            (unclassified_share - mean_share) * (unclassified_share - mean_share) > 9 * variance,
            false
        ) as has_moved,
        coalesce(
            stability_index - stability_by_chance > 0.2
            and (stability_index - stability_by_chance)
            * (stability_index - stability_by_chance) > chance_limit,
            false
        ) as has_shifted
    from told

)

select
    t.platform, -- where it was sold; of a conversation the desk's
    t.shop_id, -- whose it is
    t.week_on, -- Monday of the local week it was told
    t.displeased, -- cases, conversations and reviews that are at least mildly displeased
    t.unclassified, -- of these without a category
    t.unclassified_share, -- null without any displeased
    t.complaints, -- of a category
    t.weeks as weeks_before, -- of the eight before those in which anything was told
    -- complaints of these weeks
    cast(floor(t.complaints_before) as bigint) as complaints_before,
    t.mean_share as unclassified_share_before, -- mean of their weekly shares
    t.variance as unclassified_variance, -- sigma squared, theirs or by chance
    t.stability_index, -- of the categories' shares, this week against those; null without either
    t.stability_by_chance, -- of it what chance alone gives
    t.has_enough, -- 30 complaints in the week, 100 before in four weeks: less is not judged
    t.has_moved as has_unclassified_moved, -- by more than three sigma
    t.has_shifted as has_index_moved, -- over 0.2 beyond chance, and more than three sigma of it
    t.has_enough and (t.has_moved or t.has_shifted)
        as is_alert -- somebody looks: new topics, or phrases that no longer fit
from judged as t
