-- ex_20: the status of an exchange changes only as it may.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: a log tells every step, so each must be allowed; between two exports others may have
--   been, so the later status has to be reachable from the earlier one.

with

-- platforms with steps of their own; * is all others
own as (

    select distinct platform
    from ref_case_transition
    where platform <> '*'

),

steps as (

    select
        c.case_key,
        p.place,
        p.status_before || '>' || p.status as step,
        max(
            case
                when t.platform is null or (p.told_by = 'log' and t.steps > 1) then 0
                when not t.is_fast_only then 2
                when c.is_fast then 2
                when c.is_fast is null then 1
                else 0
            end
        ) as allowed
    from int_case_path as p
    inner join int_case_merge as c
        on
            p.platform = c.platform
            and p.shop_id = c.shop_id
            and p.case_id = c.case_id
    left join own on p.platform = own.platform
    left join ref_case_transition as t
        on
            coalesce(own.platform, '*') = t.platform
            and p.status_before = t.from_status
            and p.status = t.to_status
    where c.asked_type = 'exchange' and p.status_before is not null
    group by c.case_key, p.place, p.status_before, p.status

),

way as (

    select
        case_key,
        count(*) as steps,
        sum(case when allowed = 0 then 1 else 0 end) as strays,
        sum(case when allowed = 1 then 1 else 0 end) as doubts,
        arg_min(step, place) filter (where allowed = 0 and step is not null) as stray
    from steps
    group by case_key

),

judged as (

    select
        c.case_key,
        way.strays,
        case
            when c.status is null and way.steps is null then 'unknown:no_status'
            when way.steps is null then 'unknown:one_status_seen'
            when way.strays > 0 then 'violation:' || way.stray
            when way.doubts > 0 then 'unknown:no_fast_mark'
            else 'pass'
        end as verdict
    from int_case_merge as c
    left join way on c.case_key = way.case_key
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon the first such step, or what is missing
    cast(strays as double) as measured, -- steps that are not allowed
    cast(0 as double) as allowed, -- none
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
