-- missing_durations_have_a_reason: A duration is there and not below zero exactly where its
-- status is ok, and where it is missing a reason is given.
-- level: critical
with

measured as (

    select
        'fct_case.handling' as measure,
        platform,
        shop_id,
        case_id as id,
        handling_seconds as seconds,
        handling_status as status,
        handling_reason as reason,
        source_file_id,
        source_record
    from fct_case
    union all
    select
        'fct_conversation.first_response' as measure,
        platform,
        shop_id,
        conversation_id as id,
        first_response_seconds as seconds,
        first_response_status as status,
        first_response_reason as reason,
        source_file_id,
        source_record
    from fct_conversation
    union all
    select
        'fct_turn.response' as measure,
        platform,
        shop_id,
        conversation_id || ' ' || turn_no as id,
        response_seconds as seconds,
        response_status as status,
        response_reason as reason,
        source_file_id,
        source_record
    from fct_turn

)

select *
from measured
where
    (status = 'ok') is distinct from (seconds is not null)
    or (status = 'ok') is distinct from (reason is null)
    or seconds < 0
