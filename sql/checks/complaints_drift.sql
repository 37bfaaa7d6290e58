-- complaints_drift: Customers of the last two weeks complain of what they complained of in the
--   eight weeks before, in words the categories know.
-- level: warning
select
    d.platform,
    d.shop_id,
    d.week_on,
    d.complaints,
    d.unclassified_share,
    d.unclassified_share_before,
    d.stability_index
from mart_complaint_drift as d
cross join ref_run as run
where d.is_alert and date_diff('day', cast(d.week_on as date), cast(run.as_of_on as date)) < 14
