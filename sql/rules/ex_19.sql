-- ex_19: a line is applied for only so many times.
-- grain: case_key
-- owner: after-sales analytics

with

judged as (

    select
        c.case_key,
        s.cases_before,
        most.value as max_cases,
        case
            when c.order_id is null then 'unknown:no_order_id'
            when most.value is null then 'unknown:parameter_not_set'
            when s.cases_before + 1 <= most.value then 'pass'
            else 'violation'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_sequence as s on c.case_key = s.case_key
    left join int_rule_parameter as most
        on
            most.rule_id = 'EX-19'
            and most.parameter = 'max_cases'
            and c.platform = most.platform
            and c.shop_id = most.shop_id
            and d.applied_on >= most.valid_from
            and d.applied_on < most.valid_to

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(cases_before + 1 as double) as measured, -- the how manieth case of its line it is
    max_cases as allowed, -- cases at most
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
