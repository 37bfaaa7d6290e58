-- conversations_have_working_time: The working hours known reach every conversation, so that what
-- it took has a working time too.
-- level: warning
-- A workspace that names no calendar wants none; the figures say so themselves.
with

unread as (

    select
        platform,
        shop_id,
        conversation_id,
        first_response_working_reason as reason,
        source_file_id,
        source_record
    from fct_conversation
    union all
    select
        platform,
        shop_id,
        conversation_id,
        full_resolution_working_reason as reason,
        source_file_id,
        source_record
    from fct_conversation
    union all
    select
        platform,
        shop_id,
        conversation_id,
        stages_working_reason as reason,
        source_file_id,
        source_record
    from fct_conversation

)

select
    platform,
    shop_id,
    reason,
    count(distinct conversation_id) as conversations,
    min(source_file_id) as source_file_id,
    min(source_record) as source_record
from unread
where
    reason in ('unknown_zone', 'before_calendar', 'beyond_calendar')
    or (reason = 'no_calendar' and exists (select c.calendar_id from ref_calendar_of as c))
group by platform, shop_id, reason
