-- missing_durations_have_a_reason: A duration is there and not below zero exactly where its
-- status is ok, and where it is missing a reason is given.
-- level: critical
with

measured as (

    select
        'fct_case' as fact,
        platform,
        shop_id,
        case_id as id,
        case
            when
                not coalesce(
                    (handling_status = 'ok') = (handling_seconds is not null)
                    and (handling_status = 'ok') = (handling_reason is null)
                    and coalesce(handling_seconds, 0) >= 0,
                    false
                )
                then 'handling'
        end as measure,
        source_file_id,
        source_record
    from fct_case
    union all
    select
        'fct_conversation' as fact,
        platform,
        shop_id,
        conversation_id as id,
        case
            when
                not coalesce(
                    (first_response_status = 'ok') = (first_response_seconds is not null)
                    and (first_response_status = 'ok') = (first_response_reason is null)
                    and coalesce(first_response_seconds, 0) >= 0,
                    false
                )
                then 'first_response'
            when
                not coalesce(
                    (first_response_working_status = 'ok')
                    = (first_response_working_seconds is not null)
                    and (first_response_working_status = 'ok')
                    = (first_response_working_reason is null)
                    and coalesce(first_response_working_seconds, 0) >= 0,
                    false
                )
                then 'first_response_working'
            when
                not coalesce(
                    (first_resolution_status = 'ok') = (first_resolution_seconds is not null)
                    and (first_resolution_status = 'ok') = (first_resolution_reason is null)
                    and coalesce(first_resolution_seconds, 0) >= 0,
                    false
                )
                then 'first_resolution'
            when
                not coalesce(
                    (first_resolution_working_status = 'ok')
                    = (first_resolution_working_seconds is not null)
                    and (first_resolution_working_status = 'ok')
                    = (first_resolution_working_reason is null)
                    and coalesce(first_resolution_working_seconds, 0) >= 0,
                    false
                )
                then 'first_resolution_working'
            when
                not coalesce(
                    (full_resolution_status = 'ok') = (full_resolution_seconds is not null)
                    and (full_resolution_status = 'ok') = (full_resolution_reason is null)
                    and coalesce(full_resolution_seconds, 0) >= 0,
                    false
                )
                then 'full_resolution'
            when
                not coalesce(
                    (full_resolution_working_status = 'ok')
                    = (full_resolution_working_seconds is not null)
                    and (full_resolution_working_status = 'ok')
                    = (full_resolution_working_reason is null)
                    and coalesce(full_resolution_working_seconds, 0) >= 0,
                    false
                )
                then 'full_resolution_working'
            when
                not coalesce(
                    (stages_status = 'ok') = (requester_wait_seconds is not null)
                    and (stages_status = 'ok') = (stages_reason is null)
                    and coalesce(requester_wait_seconds, 0) >= 0,
                    false
                )
                then 'requester_wait'
            when
                not coalesce(
                    (stages_working_status = 'ok') = (requester_wait_working_seconds is not null)
                    and (stages_working_status = 'ok') = (stages_working_reason is null)
                    and coalesce(requester_wait_working_seconds, 0) >= 0,
                    false
                )
                then 'requester_wait_working'
            when
                not coalesce(
                    (stages_status = 'ok') = (agent_wait_seconds is not null)
                    and (stages_status = 'ok') = (stages_reason is null)
                    and coalesce(agent_wait_seconds, 0) >= 0,
                    false
                )
                then 'agent_wait'
            when
                not coalesce(
                    (stages_working_status = 'ok') = (agent_wait_working_seconds is not null)
                    and (stages_working_status = 'ok') = (stages_working_reason is null)
                    and coalesce(agent_wait_working_seconds, 0) >= 0,
                    false
                )
                then 'agent_wait_working'
            when
                not coalesce(
                    (stages_status = 'ok') = (agent_work_seconds is not null)
                    and (stages_status = 'ok') = (stages_reason is null)
                    and coalesce(agent_work_seconds, 0) >= 0,
                    false
                )
                then 'agent_work'
            when
                not coalesce(
                    (stages_working_status = 'ok') = (agent_work_working_seconds is not null)
                    and (stages_working_status = 'ok') = (stages_working_reason is null)
                    and coalesce(agent_work_working_seconds, 0) >= 0,
                    false
                )
                then 'agent_work_working'
            when
                not coalesce(
                    (stages_status = 'ok') = (hold_seconds is not null)
                    and (stages_status = 'ok') = (stages_reason is null)
                    and coalesce(hold_seconds, 0) >= 0,
                    false
                )
                then 'hold'
            when
                not coalesce(
                    (stages_working_status = 'ok') = (hold_working_seconds is not null)
                    and (stages_working_status = 'ok') = (stages_working_reason is null)
                    and coalesce(hold_working_seconds, 0) >= 0,
                    false
                )
                then 'hold_working'
        end as measure,
        source_file_id,
        source_record
    from fct_conversation
    union all
    select
        'fct_turn' as fact,
        platform,
        shop_id,
        conversation_id || ' ' || turn_no as id,
        case
            when
                not coalesce(
                    (response_status = 'ok') = (response_seconds is not null)
                    and (response_status = 'ok') = (response_reason is null)
                    and coalesce(response_seconds, 0) >= 0,
                    false
                )
                then 'response'
            when
                not coalesce(
                    (response_working_status = 'ok') = (response_working_seconds is not null)
                    and (response_working_status = 'ok') = (response_working_reason is null)
                    and coalesce(response_working_seconds, 0) >= 0,
                    false
                )
                then 'response_working'
        end as measure,
        source_file_id,
        source_record
    from fct_turn
    union all
    select
        'fct_call' as fact,
        platform,
        shop_id,
        call_id as id,
        case
            when
                not coalesce(
                    (waited_status = 'ok') = (waited_seconds is not null)
                    and (waited_status = 'ok') = (waited_reason is null)
                    and coalesce(waited_seconds, 0) >= 0,
                    false
                )
                then 'waited'
            when
                not coalesce(
                    (talk_status = 'ok') = (talk_seconds is not null)
                    and (talk_status = 'ok') = (talk_reason is null)
                    and coalesce(talk_seconds, 0) >= 0,
                    false
                )
                then 'talk'
        end as measure,
        source_file_id,
        source_record
    from fct_call
    union all
    select
        'fct_ticket_stage' as fact,
        platform,
        shop_id,
        ticket_id || ' ' || stage_no as id,
        case
            when
                not coalesce(
                    (working_status = 'ok') = (working_seconds is not null)
                    and (working_status = 'ok') = (working_reason is null)
                    and coalesce(working_seconds, 0) >= 0,
                    false
                )
                then 'working'
        end as measure,
        source_file_id,
        source_record
    from fct_ticket_stage
    union all
    select
        'fct_case_stage' as fact,
        platform,
        shop_id,
        case_id || ' ' || stage_no as id,
        case
            when
                not coalesce(
                    (stage_status = 'ok') = (stage_seconds is not null)
                    and (stage_status = 'ok') = (stage_reason is null)
                    and (stage_status <> 'not_computable') = (stage_exposure_seconds is not null)
                    and coalesce(stage_exposure_seconds, 0) >= 0,
                    false
                )
                then 'stage'
            when
                not coalesce(
                    (stage_working_status = 'ok') = (stage_working_seconds is not null)
                    and (stage_working_status = 'ok') = (stage_working_reason is null)
                    and coalesce(stage_working_seconds, 0) >= 0,
                    false
                )
                then 'stage_working'
        end as measure,
        source_file_id,
        source_record
    from fct_case_stage
    union all
    select
        'fct_sla' as fact,
        platform,
        shop_id,
        conversation_id || ' ' || measure || ' ' || turn_no as id,
        -- a promise has a state of its own instead
        case
            when
                not coalesce(
                    (state in ('paused', 'exempt', 'not_computable')) = (reason is not null)
                    and (
                        elapsed_seconds is not null
                        or state = 'not_computable'
                    )
                    and (
                        elapsed_seconds is null
                        or state <> 'not_computable'
                        or reason = 'several_policies'
                    )
                    and (state = 'breached') = (overdue_seconds is not null)
                    and coalesce(elapsed_seconds, 0) >= 0
                    and coalesce(overdue_seconds, 1) > 0,
                    false
                )
                then 'elapsed'
        end as measure,
        source_file_id,
        source_record
    from fct_sla

)

-- of a row with several that are broken, the first
select *
from measured
where measure is not null
