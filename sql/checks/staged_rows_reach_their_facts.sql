-- staged_rows_reach_their_facts: Every staged order, line, case, ticket and chat is in its fact.
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
-- a ticket whose number is also a chat's goes by ticket#number
select
    'stg_desk__ticket' as staged,
    s.platform,
    s.shop_id,
    s.ticket_id as id,
    s.source_file_id,
    s.source_record
from stg_desk__ticket as s
anti join fct_conversation as f
    on
        f.kind = 'ticket'
        and s.platform = f.platform
        and s.shop_id = f.shop_id
        and s.source_file_id = f.source_file_id
        and s.source_record = f.source_record
union all
select
    'stg_desk__message' as staged,
    s.platform,
    s.shop_id,
    s.conversation_id as id,
    min(s.source_file_id) as source_file_id,
    min(s.source_record) as source_record
from stg_desk__message as s
anti join fct_conversation as f
    on
        f.kind = 'chat'
        and s.platform = f.platform
        and s.shop_id = f.shop_id
        and s.conversation_id = f.conversation_id
group by s.platform, s.shop_id, s.conversation_id
