-- stages_add_up: The stages of a ticket follow each other without a gap or an overlap and add up to
-- its age.
-- level: critical
with

followed as (

    select
        platform,
        shop_id,
        ticket_id,
        stage_no,
        from_at,
        until_at,
        seconds,
        source_file_id,
        source_record,
        lag(until_at) over (
            partition by platform, shop_id, ticket_id order by stage_no
        ) as previous_until_at
    from fct_ticket_stage

),

added as (

    select
        f.platform,
        f.shop_id,
        f.ticket_id,
        min(f.from_at) as first_at,
        -- what changed after the as-of is told too, and then that is as far as it goes
        max(greatest(run.as_of, coalesce(f.until_at, run.as_of))) as last_at,
        sum(f.seconds) as seconds,
        count(*) filter (
            where f.stage_no > 1 and f.from_at is distinct from f.previous_until_at
        ) as tears,
        min(f.source_file_id) as source_file_id,
        min(f.source_record) as source_record
    from followed as f
    cross join ref_run as run
    group by f.platform, f.shop_id, f.ticket_id

)

select *
from added
where
    tears > 0
    or seconds is null
    or abs(seconds - date_diff('millisecond', first_at, last_at) / 1000.0) > 0.01
