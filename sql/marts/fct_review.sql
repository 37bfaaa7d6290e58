-- fct_review: every review of a product by a buyer.
-- grain: platform, shop_id, review_id
-- owner: after-sales analytics
-- caveat: what the buyer wrote stays out of the published tables; it is masked before it is shown.

with

dated as (

    select
        r.*,
        cast(to_local(r.reviewed_at, day_zone.offset_seconds) as date) as reviewed_on,
        o.completed_on
    from stg_shop__review as r
    cross join ref_run as run
    -- left join: most exports of reviews name no order
    left join fct_order as o
        on
            r.platform = o.platform
            and r.shop_id = o.shop_id
            and r.order_id = o.order_id
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and r.reviewed_at >= day_zone.valid_from
            and r.reviewed_at < day_zone.valid_to

)

select
    d.platform, -- where it was written
    d.shop_id, -- whose product it is about
    d.review_id, -- the platform's number, else time#turn
    d.buyer_key, -- keyed pseudonym
    d.order_id, -- the order it is about, when the export says so
    d.sku, -- what it is about
    d.title, -- what the listing calls it
    d.rating, -- stars from 1 to 5; null when the export does not say
    coalesce(is_default_review(d.body), false) as is_default, -- the platform wrote it itself
    d.reviewed_at, -- written, UTC
    d.reviewed_on, -- local day
    -- local days from 交易成功; null without an order or its time
    date_diff('day', cast(d.completed_on as date), cast(d.reviewed_on as date))
        as days_since_completion,
    case
        when d.buyer_key is not null
            then row_number() over (
                    partition by
                        d.platform, d.shop_id, d.buyer_key,
                        cast(date_trunc('month', d.reviewed_on) as date)
                    order by d.reviewed_at, d.review_id
                )
    end as buyer_month_no, -- its place among the buyer's in that shop and month
    d.follow_up is not null as has_follow_up, -- the buyer added something later
    d.followed_up_at, -- when, UTC
    d.reply is not null as has_reply, -- the merchant answered
    d.source_file_id, -- ref_file.file_id
    d.source_record -- data record in that file
from dated as d
