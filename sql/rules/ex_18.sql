-- ex_18: at most one case is open on a line at a time.
-- grain: case_key
-- owner: after-sales analytics

with

judged as (

    select
        c.case_key,
        s.open_before,
        most.value as max_open,
        case
            when c.order_id is null then 'unknown:no_order_id'
            when c.applied_at is null then 'unknown:no_application_time'
            when most.value is null then 'unknown:parameter_not_set'
            when s.open_before + 1 <= most.value then 'pass'
            else 'violation'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_sequence as s on c.case_key = s.case_key
    left join int_rule_parameter as most
        on
            most.rule_id = 'EX-18'
            and most.parameter = 'max_open'
            and c.platform = most.platform
            and c.shop_id = most.shop_id
            and d.applied_on >= most.valid_from
            and d.applied_on < most.valid_to

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(open_before + 1 as double) as measured, -- cases open when it was applied for, with it
    max_open as allowed, -- cases at most
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
