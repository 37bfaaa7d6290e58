-- int_rule_case: what every control rule says of a case it judged, and asks of it first: its local
--   day, and whether its time is judged at all.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics

with

-- applied for on days that are not judged
exempt as (

    select
        c.case_key,
        min(e.reason) as reason
    from int_case_merge as c
    inner join ref_exempt as e
        on
            (e.shop_id is null or c.shop_id = e.shop_id)
            and c.applied_at >= e.from_at
            and c.applied_at < e.until_at
    group by c.case_key

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    c.case_key, -- int_case_merge
    c.sku, -- the line's, else the case's own
    c.agent, -- who handled it
    c.currency, -- ISO 4217
    c.source_file_id, -- ref_file.file_id
    c.source_record, -- data record in that file
    cast(to_local(c.applied_at, day_zone.offset_seconds) as date) as applied_on, -- local day
    exempt.reason as exempt_reason -- why time limits are not judged; null where they are
from int_case_merge as c
cross join ref_run as run
left join dim_utc_offset as day_zone
    on
        run.reporting_zone = day_zone.zone
        and c.applied_at >= day_zone.valid_from
        and c.applied_at < day_zone.valid_to
left join exempt on c.case_key = exempt.case_key
