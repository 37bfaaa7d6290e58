-- ex_03: an exchange is applied for within the days that count from the order's completion.
-- grain: case_key
-- owner: after-sales analytics

with

judged as (

    select
        c.case_key,
        w.days_after,
        w.window_days,
        case
            when d.exempt_reason is not null then 'not_applicable:exempt'
            else w.verdict
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_window as w on c.case_key = w.case_key

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    days_after as measured, -- days from completion to application
    window_days as allowed, -- days at most
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
