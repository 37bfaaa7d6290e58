-- reasons_known: Every reason buyers picked is one sql/reasons.yml knows the meaning of, so that no
--   quality rate misses it.
-- level: warning
select
    platform,
    shop_id,
    reason,
    count(*) as cases,
    min(source_file_id) as source_file_id,
    min(source_record) as source_record
from fct_case
where reason is not null and reason_family is null
group by platform, shop_id, reason
