-- rows_gone_at_source: No row has vanished from a later full export of its days; those that have
-- are left out of every number.
-- level: warning
select
    g.table_name,
    g.file_id as source_file_id,
    g.record as source_record,
    told.file_name as missing_from
from ref_gone as g
inner join ref_file as told on g.told_by = told.file_id
