-- int_reply_gather: what people answered upset customers, and those who told of a platform's fault.
-- grain: row_version
-- owner: after-sales analytics
-- caveat: to an upset customer all that is said until the customer speaks again; after a fault is
--   told all of the rest. Messages without a text are none.

with

upset_turns as (

    select distinct
        conversation_no,
        turn_no
    from int_message_follow
    where emotion >= 2

),

told as (

    select
        conversation_no,
        min(place) as place
    from int_message_follow
    where is_anomaly
    group by conversation_no

)

select
    f.conversation_no, -- int_conversation_number
    f.turn_no, -- of the customer's turn it answers
    f.place, -- int_message_follow
    f.row_version, -- stg_desk__message
    f.sent_at, -- UTC
    s.body, -- what was said
    md5(s.body) as text_key -- equal for texts that are read alike
from int_message_follow as f
inner join stg_desk__message as s on f.row_version = s.row_version
-- left joins: either of the two is enough
left join upset_turns as u on f.conversation_no = u.conversation_no and f.turn_no = u.turn_no
left join told on f.conversation_no = told.conversation_no and f.place > told.place
where
    f.sender_role = 'agent'
    and s.body is not null
    and (u.turn_no is not null or told.place is not null)
