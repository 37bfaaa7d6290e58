-- sv_09: a fault of the platform that a customer tells of is passed on.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: chats and tickets whose messages are exported. What an agent passed on without saying so
--   to the customer is not seen, unless a ticket about the same order was opened.

with

told as (

    select
        conversation_no,
        min(sent_at) as told_at,
        min(place) as place
    from int_message_follow
    where is_anomaly
    group by conversation_no

),

answers as (

    select
        r.conversation_no,
        count(*) as answers,
        min(r.sent_at) filter (where m.anomaly_quote is not null) as passed_on_at
    from told
    inner join int_reply_gather as r
        on told.conversation_no = r.conversation_no and told.place < r.place
    inner join ref_reply_mood as m on r.text_key = m.text_key
    group by r.conversation_no

),

conversations as (

    select
        c.platform,
        c.shop_id,
        c.conversation_id,
        c.order_id,
        c.agent,
        c.started_on,
        c.source_file_id,
        c.source_record,
        told.told_at,
        coalesce(a.answers, 0) as answers,
        a.passed_on_at
    from told
    inner join int_conversation_number as n on told.conversation_no = n.conversation_no
    inner join fct_conversation as c
        on
            n.platform = c.platform
            and n.shop_id = c.shop_id
            and n.conversation_id = c.conversation_id
    -- left join: nobody may have answered
    left join answers as a on told.conversation_no = a.conversation_no

),

tickets as (

    select
        c.platform,
        c.shop_id,
        c.conversation_id,
        min(t.started_at) as opened_at
    from conversations as c
    inner join fct_conversation as t
        on
            t.kind = 'ticket'
            and c.shop_id = t.shop_id
            and c.order_id = t.order_id
            and c.conversation_id <> t.conversation_id
            and c.told_at <= t.started_at
    group by c.platform, c.shop_id, c.conversation_id

),

timed as (

    select
        c.*,
        run.as_of,
        longest.value as allowed,
        case
            when c.passed_on_at <= coalesce(t.opened_at, c.passed_on_at) then c.passed_on_at
            else t.opened_at
        end as done_at
    from conversations as c
    cross join ref_run as run
    left join tickets as t
        on
            c.platform = t.platform
            and c.shop_id = t.shop_id
            and c.conversation_id = t.conversation_id
    left join int_rule_parameter as longest
        on
            longest.rule_id = 'SV-09'
            and longest.parameter = 'limit_days'
            and c.platform = longest.platform
            and c.shop_id = longest.shop_id
            and c.started_on >= longest.valid_from
            and c.started_on < longest.valid_to

),

judged as (

    select
        *,
        cast(seconds_between(told_at, done_at) as double) / 86400 as measured,
        case
            when allowed is null then 'unknown:parameter_not_set'
            when seconds_between(told_at, done_at) <= allowed * 86400 then 'pass'
            when done_at is not null then 'violation:late'
            when seconds_between(told_at, as_of) <= allowed * 86400
                then 'not_applicable:still_running'
            when answers = 0 then 'not_applicable:unanswered'
            else 'violation'
        end as verdict
    from timed

)

select
    t.platform, -- of the desk
    t.shop_id, -- whose desk it is
    t.conversation_id as entity_id, -- fct_conversation
    cast(null as varchar) as sku, -- not looked for
    t.agent, -- first to reply
    t.started_on as occurred_on, -- local day the conversation began
    t.verdict, -- what was found; after a colon how it was broken, or what is missing
    t.measured, -- days from the telling to the passing on
    t.allowed, -- days at most
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    cast(null as varchar) as currency, -- none
    t.source_file_id, -- ref_file.file_id
    t.source_record -- data record in that file
from judged as t
