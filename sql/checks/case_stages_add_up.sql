-- case_stages_add_up: The stretches of a case follow each other without a gap and add up to its
-- time, those that run backwards aside.
-- level: critical
with

followed as (

    select
        platform,
        shop_id,
        case_id,
        stage_no,
        from_at,
        until_at,
        is_current,
        stage_status,
        stage_reason,
        stage_exposure_seconds,
        source_file_id,
        source_record,
        lag(stage_no) over case_in_time as previous_no,
        lag(until_at) over case_in_time as previous_until_at
    from fct_case_stage
    -- what runs beside the others is no part of their sum
    where not is_parallel
    window case_in_time as (partition by platform, shop_id, case_id order by stage_no)

),

added as (

    select
        f.platform,
        f.shop_id,
        f.case_id,
        min(f.from_at) as first_at,
        max(case when f.is_current then run.as_of else f.until_at end) as last_at,
        sum(f.stage_exposure_seconds) as seconds,
        count(*) filter (
            where f.previous_no is not null and f.from_at is distinct from f.previous_until_at
        ) as tears,
        count(*) filter (where f.stage_exposure_seconds < 0) as negative,
        count(*) filter (
            where f.stage_exposure_seconds is null and f.stage_status <> 'not_computable'
        ) as unexplained,
        count(*) filter (where f.stage_status = 'not_computable') as unmeasured,
        min(f.source_file_id) as source_file_id,
        min(f.source_record) as source_record
    from followed as f
    cross join ref_run as run
    group by f.platform, f.shop_id, f.case_id

)

select *
from added
where
    tears > 0
    or negative > 0
    or unexplained > 0
    or (
        unmeasured = 0
        and abs(seconds - date_diff('millisecond', first_at, last_at) / 1000.0) > 0.01
    )
