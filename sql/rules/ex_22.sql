-- ex_22: an exchange that is over has a closing time, and one that is not has none.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: some platforms close a refused or converted case and some leave it open, so of these
--   both are right; a shop none of whose cases has a closing time is unknown.

with

-- exports that tell when a case was closed at all
told as (

    select distinct
        platform,
        shop_id
    from int_case_merge
    where closed_at is not null

),

cases as (

    select
        *,
        status in ('completed', 'closed', 'withdrawn', 'refunded') as is_final
    from int_case_merge

),

judged as (

    select
        c.case_key,
        case
            when c.status is null then 'unknown:no_status'
            when c.is_final and c.ended_at is not null then 'pass'
            when c.is_final and told.shop_id is null then 'unknown:no_closing_time'
            when c.is_final then 'violation:terminal_without_close'
            when c.status in ('rejected', 'converted') then 'not_applicable:either'
            when c.closed_at is not null then 'violation:open_with_close'
            when told.shop_id is null then 'unknown:no_closing_time'
            else 'pass'
        end as verdict
    from cases as c
    left join told on c.platform = told.platform and c.shop_id = told.shop_id
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon which of the two, or what is missing
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
