-- ex_12: the price difference settled is what the prices say.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: a swap for the same article is left to EX-13; what is expected is never cut off at 0.

with

judged as (

    select
        c.case_key,
        p.charged_amount,
        p.expected_amount,
        case
            when p.is_same_sku then 'not_applicable:same_article'
            when p.status = 'censored' then 'not_applicable:open'
            when p.status = 'not_applicable' then 'not_applicable:not_exchanged'
            when p.reason is not null then 'unknown:' || p.reason
            when near.value is null then 'unknown:parameter_not_set'
            when abs(p.charged_amount - p.expected_amount) <= near.value then 'pass'
            when p.charged_amount > p.expected_amount then 'violation:overcharged'
            else 'violation:undercharged'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_difference as p on c.case_key = p.case_key
    left join int_rule_parameter as near
        on
            near.rule_id = 'EX-12'
            and near.parameter = 'tolerance_amount'
            and c.platform = near.platform
            and c.shop_id = near.shop_id
            and d.applied_on >= near.valid_from
            and d.applied_on < near.valid_to

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon which way it is off, or what is missing
    cast(charged_amount as double) as measured, -- settled; above 0 the buyer paid
    cast(expected_amount as double) as allowed, -- by the prices when the buyer applied
    case
        when outcome_of(verdict) = 'violation'
            then cast(abs(charged_amount - expected_amount) as decimal(18, 4))
    end as amount_at_risk -- what it is off by
from judged
