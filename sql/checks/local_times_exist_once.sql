-- local_times_exist_once: No time delivered falls into an hour that exists twice or not at all
-- where the clocks change.
-- level: warning
select
    'stg_shop__order' as staged,
    platform,
    shop_id,
    order_id as id,
    time_reason,
    source_file_id,
    source_record
from stg_shop__order
where time_reason is not null
union all
select
    'stg_shop__order_line' as staged,
    platform,
    shop_id,
    order_id || ' ' || line_id as id,
    time_reason,
    source_file_id,
    source_record
from stg_shop__order_line
where time_reason is not null
union all
select
    'stg_shop__case' as staged,
    platform,
    shop_id,
    case_id as id,
    time_reason,
    source_file_id,
    source_record
from stg_shop__case
where time_reason is not null
union all
select
    'stg_desk__ticket' as staged,
    platform,
    shop_id,
    ticket_id as id,
    time_reason,
    source_file_id,
    source_record
from stg_desk__ticket
where time_reason is not null
union all
select
    'stg_desk__message' as staged,
    platform,
    shop_id,
    conversation_id || ' ' || message_id as id,
    time_reason,
    source_file_id,
    source_record
from stg_desk__message
where time_reason is not null
