-- fct_case_event: the event log of the cases: every milestone each time round, and every contact.
-- grain: platform, shop_id, case_id, event_no
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: only what an export has a time for; a step without one leaves no event. A milestone comes
--   again only where a log of statuses tells it again. Turns of one conversation with no milestone
--   between them are one contact and its first answer.

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    s.step_no as event_no, -- from 1, in time
    s.activity, -- applied, reviewed, rejected, return_shipped, …, closed, contacted, answered
    -- customer, merchant, platform
    case
        when
            s.activity = 'applied'
            or s.activity = 'return_shipped'
            or s.activity = 'buyer_received'
            or s.activity = 'withdrawn'
            or s.activity = 'contacted'
            then 'customer'
        when s.activity = 'closed' or s.activity = 'platform_decided' then 'platform'
        else 'merchant'
    end as actor,
    s.happened_at, -- UTC
    s.told_by, -- export, log, chat, ticket, call
    s.occurrence, -- from 1: the how manieth of its kind in the case
    c.source_file_id, -- ref_file.file_id, of the case
    c.source_record -- data record in that file
from int_case_step as s
inner join int_case_merge as c on s.case_key = c.case_key
