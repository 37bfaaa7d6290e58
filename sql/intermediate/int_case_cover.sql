-- int_case_cover: the local days over which a shop's after-sales exports can be relied on.
-- grain: platform, shop_id
-- owner: after-sales analytics
-- caveat: from the first application seen to the newest export; a gap between two exports is not
--   seen. A shop that sent no after-sales export is not here, so its rates are unknown and not 0.

with

cases as (

    select
        c.platform,
        c.shop_id,
        cast(to_local(c.applied_at, day_zone.offset_seconds) as date) as applied_on,
        cast(c.exported_at as date) as exported_on
    from stg_shop__case as c
    cross join ref_run as run
    left join dim_utc_offset as day_zone
        on
            run.reporting_zone = day_zone.zone
            and c.applied_at >= day_zone.valid_from
            and c.applied_at < day_zone.valid_to

)

select
    platform, -- where it was sold
    shop_id, -- whose cases they are
    min(applied_on) as known_from, -- first local day
    max(
        case when exported_on > applied_on then exported_on else applied_on end
    ) as known_until -- last local day
from cases
group by platform, shop_id
