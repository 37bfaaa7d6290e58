-- staged_rows_reach_their_facts: Every staged row is in its fact; tickets thrown away are not.
-- level: critical
select
    'stg_shop__order' as staged,
    s.platform,
    s.shop_id,
    s.order_id as id,
    s.source_file_id,
    s.source_record
from stg_shop__order as s
anti join fct_order as f
    on s.platform = f.platform and s.shop_id = f.shop_id and s.order_id = f.order_id
union all
select
    'stg_shop__order_line' as staged,
    s.platform,
    s.shop_id,
    s.order_id || ' ' || s.line_id as id,
    s.source_file_id,
    s.source_record
from stg_shop__order_line as s
anti join fct_order_line as f
    on
        s.platform = f.platform
        and s.shop_id = f.shop_id
        and s.order_id = f.order_id
        and s.line_id = f.line_id
union all
select
    'stg_shop__case' as staged,
    s.platform,
    s.shop_id,
    s.case_id as id,
    s.source_file_id,
    s.source_record
from stg_shop__case as s
anti join fct_case as f
    on s.platform = f.platform and s.shop_id = f.shop_id and s.case_id = f.case_id
union all
select
    'stg_desk__ticket' as staged,
    t.platform,
    t.shop_id,
    t.ticket_id as id,
    t.source_file_id,
    t.source_record
from int_ticket_merge as t
anti join fct_conversation as f
    on
        f.kind = 'ticket'
        and t.platform = f.platform
        and t.shop_id = f.shop_id
        and t.conversation_id = f.conversation_id
where t.status is distinct from 'deleted'
union all
select
    'stg_desk__message' as staged,
    s.platform,
    s.shop_id,
    s.conversation_id as id,
    min(s.source_file_id) as source_file_id,
    min(s.source_record) as source_record
from stg_desk__message as s
-- comments go with their ticket, which the rows above look after
anti join fct_conversation as f
    on
        s.platform = f.platform
        and s.shop_id = f.shop_id
        and s.conversation_id = f.conversation_id
where s.ticket_id is null
group by s.platform, s.shop_id, s.conversation_id
union all
select
    'stg_desk__call' as staged,
    s.platform,
    s.shop_id,
    s.call_id as id,
    s.source_file_id,
    s.source_record
from stg_desk__call as s
anti join fct_conversation as f
    on
        s.platform = f.platform
        and s.shop_id = f.shop_id
        and 'call#' || s.call_id = f.conversation_id
