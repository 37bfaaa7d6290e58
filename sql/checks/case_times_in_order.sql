-- case_times_in_order: No step of a case comes before the application or the step it follows.
-- level: warning
select
    platform,
    shop_id,
    case_id,
    applied_at,
    reviewed_at,
    return_shipped_at,
    return_received_at,
    inspected_at,
    reshipped_at,
    buyer_received_at,
    refunded_at,
    closed_at,
    source_file_id,
    source_record
from fct_case
where
    reviewed_at < applied_at
    or return_shipped_at < applied_at
    or return_received_at < applied_at
    or return_received_at < return_shipped_at
    or inspected_at < applied_at
    or inspected_at < return_received_at
    or reshipped_at < applied_at
    or buyer_received_at < applied_at
    or buyer_received_at < reshipped_at
    or refunded_at < applied_at
    or closed_at < applied_at
