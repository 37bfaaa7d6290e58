-- int_case_path: the statuses a case was seen in, in time, each once in a row.
-- grain: platform, shop_id, case_id, place
-- owner: after-sales analytics
-- caveat: a log tells every change; without one only what the exports happened to show is known,
--   so two statuses in a row may have had others between them.

with

seen as (

    select
        platform,
        shop_id,
        case_id,
        status,
        happened_at as seen_at,
        0 as turn,
        row_version,
        'log' as told_by,
        actor,
        reason
    from stg_shop__case_event
    where status is not null
    union all
    select
        v.platform,
        v.shop_id,
        v.case_id,
        v.status,
        v.exported_at as seen_at,
        1 as turn,
        v.row_version,
        'export' as told_by,
        cast(null as varchar) as actor,
        cast(null as varchar) as reason
    from stg_shop__case_version as v
    where
        v.status is not null
        -- a log tells more than the exports, and to the second
        and not exists (
            select 1
            from stg_shop__case_event as e
            where
                e.platform = v.platform
                and e.shop_id = v.shop_id
                and e.case_id = v.case_id
        )

),

-- only of cases seen in more than one status there is a path
several as (

    select
        platform,
        shop_id,
        case_id
    from seen
    group by platform, shop_id, case_id
    having min(status) <> max(status)

),

beside as (

    select
        seen.*,
        lag(seen.status) over case_in_time as status_before
    from seen
    inner join several
        on
            seen.platform = several.platform
            and seen.shop_id = several.shop_id
            and seen.case_id = several.case_id
    window case_in_time as (
        partition by seen.platform, seen.shop_id, seen.case_id
        order by seen.seen_at, seen.turn, seen.row_version
    )

)

select
    platform, -- where it was sold
    shop_id, -- whose case it is
    case_id, -- the platform's own text
    row_number() over (
        partition by platform, shop_id, case_id
        order by seen_at, turn, row_version
    ) as place, -- from 1, in time
    status, -- what it became
    status_before, -- what it had been; null at the first
    seen_at, -- it became so, or was first seen so; UTC
    told_by, -- log or export
    actor, -- who did it, where a log says so
    reason -- why, where a log says so
from beside
where status_before is null or status <> status_before
