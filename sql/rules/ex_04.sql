-- ex_04: an exchange outside its window was negotiated, and somebody noted that.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: where the merchant's own books hold the case and say nothing of a negotiation, none can
--   be shown; where they do not hold it, nothing is known.

with

judged as (

    select
        c.case_key,
        w.days_after,
        w.window_days,
        case
            when d.exempt_reason is not null then 'not_applicable:exempt'
            when w.verdict = 'pass' then 'not_applicable:within_window'
            when w.verdict <> 'violation' then w.verdict
            when not c.is_approved then 'not_applicable:refused'
            when c.is_negotiated then 'pass'
            when c.is_approved is null and c.is_open then 'not_applicable:not_decided'
            when c.is_approved is null then 'unknown:no_decision'
            when c.has_record then 'violation'
            else 'unknown:no_record'
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
