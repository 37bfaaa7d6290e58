-- histories_begin_with_their_ticket: No ticket changed before it was created.
-- level: warning
select
    t.platform,
    t.shop_id,
    t.ticket_id,
    t.created_at,
    s.from_at as history_from_at,
    s.source_file_id,
    s.source_record
from int_ticket_merge as t
inner join fct_ticket_stage as s
    on
        t.platform = s.platform
        and t.shop_id = s.shop_id
        and t.ticket_id = s.ticket_id
        and s.stage_no = 1
where s.from_at < t.created_at
