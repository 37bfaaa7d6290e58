-- fct_upset_turn: every turn in a chat or ticket in which a customer was clearly or strongly upset,
--   and whether the answer took that up before it explained anything.
-- grain: platform, shop_id, conversation_id, turn_no
-- keys: platform, shop_id, conversation_id, turn_no ->
--   fct_turn (platform, shop_id, conversation_id, turn_no)
-- owner: after-sales analytics
-- caveat: the answer is all that people say until the customer speaks again. One that neither
--   acknowledges nor explains acknowledges nothing. Told by phrases: a kind word nobody thought of
--   is missed. Whether it was meant, and what a call sounded like, is not known.

with

upset as (

    select
        f.conversation_no,
        f.turn_no,
        max(f.emotion) as emotion,
        min(f.sent_at) as upset_at,
        min(f.emotion_quote) filter (where f.emotion = 3) as strongest_quote,
        min(f.emotion_quote) filter (where f.emotion = 2) as clear_quote
    from int_message_follow as f
    where f.emotion >= 2 and f.turn_no is not null
    group by f.conversation_no, f.turn_no

),

-- where in the whole answer: messages are shorter than a million characters
answers as (

    select
        r.conversation_no,
        r.turn_no,
        min(r.sent_at) filter (where m.acknowledged_at is not null) as acknowledged_at,
        min(r.place * 1000000 + m.acknowledged_at) as acknowledged_place,
        min(r.place * 1000000 + m.explained_at) as explained_place
    from int_reply_gather as r
    inner join ref_reply_mood as m on r.text_key = m.text_key
    group by r.conversation_no, r.turn_no

)

select
    t.platform, -- of the desk
    t.shop_id, -- whose desk it is
    t.conversation_id, -- fct_conversation
    t.turn_no, -- fct_turn
    t.kind, -- chat or ticket
    t.channel, -- where it took place
    u.emotion, -- the strongest of the turn: 2 clear, 3 strong
    -- its words, masked; null where no words of the lists say it
    coalesce(u.strongest_quote, u.clear_quote) as emotion_quote,
    t.agent, -- who replied, else who had it
    t.team, -- the group of who replied
    t.asked_at, -- first message of the turn, UTC
    t.asked_on, -- local day
    u.upset_at, -- first message of the turn that is upset, UTC
    t.replied_at, -- first human reply, UTC
    t.response_seconds, -- asked to replied, calendar time
    t.response_status, -- ok, censored, not_applicable, not_computable
    t.replied_at is not null as has_reply, -- a person replied
    -- some message of the answer acknowledges; null without a reply, or where its text is not told
    case
        when t.replied_at is not null and a.turn_no is not null
            then a.acknowledged_place is not null
    end as is_acknowledged,
    -- and before anything is explained; null as above
    case
        when t.replied_at is null or a.turn_no is null then null
        when a.acknowledged_place is null then false
        else a.acknowledged_place <= coalesce(a.explained_place, a.acknowledged_place)
    end as acknowledges_first,
    -- from the upset message to the one that acknowledges
    case
        when t.replied_at is not null and a.acknowledged_at >= u.upset_at
            then seconds_between(u.upset_at, a.acknowledged_at)
    end as acknowledged_after_seconds,
    t.source_file_id, -- ref_file.file_id, of the turn's first message
    t.source_record -- data record in that file
from upset as u
inner join int_conversation_number as n on u.conversation_no = n.conversation_no
inner join fct_turn as t
    on
        n.platform = t.platform
        and n.shop_id = t.shop_id
        and n.conversation_id = t.conversation_id
        and u.turn_no = t.turn_no
-- left join: most are answered, and the text of an answer may be missing
left join answers as a on u.conversation_no = a.conversation_no and u.turn_no = a.turn_no
