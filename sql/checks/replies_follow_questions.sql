-- replies_follow_questions: No first reply comes before the question, no solution before the
-- request.
-- level: warning
select
    'fct_turn' as fact,
    platform,
    shop_id,
    conversation_id,
    asked_at,
    replied_at,
    cast(null as timestamp) as solved_at,
    source_file_id,
    source_record
from fct_turn
where replied_at < asked_at
union all
select
    'fct_conversation' as fact,
    platform,
    shop_id,
    conversation_id,
    started_at as asked_at,
    first_replied_at as replied_at,
    solved_at,
    source_file_id,
    source_record
from fct_conversation
where
    -- chats are judged turn by turn
    kind = 'ticket'
    and (first_replied_at < started_at or solved_at < started_at)
