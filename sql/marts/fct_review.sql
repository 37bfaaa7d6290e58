-- fct_review: every review of a product by a buyer.
-- grain: platform, shop_id, review_id
-- owner: after-sales analytics
-- caveat: what the buyer wrote stays out of the published tables; it is masked before it is shown.

select
    r.platform, -- where it was written
    r.shop_id, -- whose product it is about
    r.review_id, -- the platform's number, else time#turn
    r.buyer_key, -- keyed pseudonym
    r.order_id, -- the order it is about, when the export says so
    r.sku, -- what it is about
    r.title, -- what the listing calls it
    r.rating, -- stars from 1 to 5; null when the export does not say
    r.reviewed_at, -- written, UTC
    cast(to_local(r.reviewed_at, day_zone.offset_seconds) as date) as reviewed_on, -- local day
    r.follow_up is not null as has_follow_up, -- the buyer added something later
    r.followed_up_at, -- when, UTC
    r.reply is not null as has_reply, -- the merchant answered
    r.source_file_id, -- ref_file.file_id
    r.source_record -- data record in that file
from stg_shop__review as r
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and r.reviewed_at >= day_zone.valid_from
        and r.reviewed_at < day_zone.valid_to
