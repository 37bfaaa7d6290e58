-- int_message_follow: the messages of conversations in which a customer was upset or told of a
--   platform's fault, in their order.
-- grain: row_version
-- owner: after-sales analytics
-- caveat: customers' and people's messages with a time; robots, notices and notes are none. What
--   is told in a ticket's own text, where its comments are not exported, is not looked into.

with

upset as (

    select
        g.row_version,
        g.conversation_no,
        m.emotion,
        m.emotion_quote
    from int_text_gather as g
    inner join ref_text_mood as m on g.text_key = m.text_key
    where g.row_version is not null and m.emotion >= 2

),

anomalies as (

    select distinct
        g.row_version,
        g.conversation_no
    from int_text_gather as g
    inner join ref_text_label as l on g.text_key = l.text_key
    inner join int_rule_parameter as p
        on
            p.rule_id = 'SV-09'
            and p.parameter = 'leaves'
            and g.platform = p.platform
            and g.shop_id = p.shop_id
            and regexp_matches(l.leaf, '^(' || p.word || ')$')
    where g.row_version is not null

),

followed as (

    select conversation_no
    from upset
    union
    select conversation_no
    from anomalies

),

messages as (

    select
        m.conversation_no,
        m.row_version,
        m.sent_at,
        m.sender_role,
        row_number() over (
            partition by m.conversation_no order by m.sent_at, m.row_version
        ) as place,
        max(t.turn_no) over (
            partition by m.conversation_no order by m.sent_at, m.row_version
            rows between unbounded preceding and current row
        ) as turn_no
    from int_message_speak as m
    inner join followed on m.conversation_no = followed.conversation_no
    -- the first message of each turn
    left join int_turn_detect as t on m.row_version = t.row_version
    where m.sender_role in ('customer', 'agent') and m.sent_at is not null

)

select
    m.conversation_no, -- int_conversation_number
    m.place, -- among the conversation's messages, from 1
    m.turn_no, -- the customer's turn, or the one it answers; null before the first
    m.row_version, -- in stg_desk__message
    m.sent_at, -- UTC
    m.sender_role, -- customer or agent
    upset.emotion, -- of a customer's message from 2 on: 2 clear, 3 strong
    upset.emotion_quote, -- its words, masked
    anomalies.row_version is not null as is_anomaly -- the customer tells of a platform's fault
from messages as m
left join upset on m.row_version = upset.row_version
left join anomalies on m.row_version = anomalies.row_version
