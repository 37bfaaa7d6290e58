-- sv_05: who hands a customer over says something first, or does so at once.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: turns handed to a colleague before any reply to them; where who handed over had replied,
--   the turn was over.

with

transfers as (

    select
        n.platform,
        n.shop_id,
        n.conversation_id,
        m.sent_at
    from int_message_speak as m
    inner join int_conversation_number as n on m.conversation_no = n.conversation_no
    where m.notice = 'transfer'

),

handed as (

    select
        t.platform,
        t.shop_id,
        t.conversation_id,
        t.turn_no,
        t.transferred_by as agent,
        t.asked_at,
        t.asked_on,
        t.source_file_id,
        t.source_record,
        min(n.sent_at) as handed_at
    from fct_turn as t
    left join transfers as n
        on
            t.platform = n.platform
            and t.shop_id = n.shop_id
            and t.conversation_id = n.conversation_id
            and t.asked_at <= n.sent_at
            and t.transferred_at >= n.sent_at
    where t.transferred_at is not null
    group by
        t.platform,
        t.shop_id,
        t.conversation_id,
        t.turn_no,
        t.transferred_by,
        t.asked_at,
        t.asked_on,
        t.source_file_id,
        t.source_record

),

timed as (

    select
        h.*,
        seconds_between(h.asked_at, h.handed_at) as measured,
        longest.value as allowed
    from handed as h
    left join int_rule_parameter as longest
        on
            longest.rule_id = 'SV-05'
            and longest.parameter = 'limit_seconds'
            and h.platform = longest.platform
            and h.shop_id = longest.shop_id
            and h.asked_on >= longest.valid_from
            and h.asked_on < longest.valid_to

),

judged as (

    select
        *,
        case
            when allowed is null then 'unknown:parameter_not_set'
            when measured is null then 'unknown:no_transfer_time'
            when measured <= allowed then 'pass'
            else 'violation'
        end as verdict
    from timed

)

select
    t.platform, -- of the desk
    t.shop_id, -- whose desk it is
    -- the conversation and the turn's number in it
    t.conversation_id || '#' || t.turn_no as entity_id,
    cast(null as varchar) as sku, -- not looked for
    t.agent, -- who handed it over first
    t.asked_on as occurred_on, -- local day it was asked on
    t.verdict, -- what was found; after a colon what is missing
    t.measured, -- seconds from the question to the transfer
    t.allowed, -- seconds at most
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    cast(null as varchar) as currency, -- none
    t.source_file_id, -- ref_file.file_id, of the turn's first message
    t.source_record -- data record in that file
from judged as t
