-- histories_have_their_ticket: Every ticket that changed came in itself too.
-- level: warning
-- Of one that did not, nobody knows when it began: it is in no period and has no durations.
select
    e.platform,
    e.shop_id,
    e.ticket_id,
    min(e.changed_at) as changed_at,
    min(e.source_file_id) as source_file_id,
    min(e.source_record) as source_record
from stg_desk__ticket_event as e
anti join stg_desk__ticket as t
    on e.platform = t.platform and e.shop_id = t.shop_id and e.ticket_id = t.ticket_id
group by e.platform, e.shop_id, e.ticket_id
