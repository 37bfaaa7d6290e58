-- rows_a_day_as_usual: No day of the last week has far fewer or far more rows of a format than its
-- weekday usually has.
-- level: warning
select
    v.format,
    v.shop_id,
    v.day_on,
    v.row_count,
    v.usual_from,
    v.usual_until,
    v.volume_status
from mart_arrival_volume as v
cross join ref_run as run
where
    v.volume_status in ('low', 'high')
    and date_diff('day', cast(v.day_on as date), cast(run.as_of_on as date)) < 7
