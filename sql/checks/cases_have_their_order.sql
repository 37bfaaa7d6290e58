-- cases_have_their_order: The order of every case came in too.
-- level: warning
select
    platform,
    shop_id,
    case_id,
    order_id,
    applied_on,
    source_file_id,
    source_record
from fct_case
where order_id is not null and not has_order
