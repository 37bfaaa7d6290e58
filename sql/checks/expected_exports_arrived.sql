-- expected_exports_arrived: Every export the settings expect has come.
-- level: warning
select
    format,
    shop_id,
    state,
    due_at,
    newest_at
from ref_arrival
where state <> 'arrived'
