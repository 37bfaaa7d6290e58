-- ex_14: an exchange gives back no more money than its price difference.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: an exchange turned into a refund says so and is another matter; one that pays
--   everything back and still calls itself an exchange is booked under the wrong type.

with

-- what the merchant owes where the replacement is cheaper
due as (

    select
        case_key,
        expected_amount,
        reason as expected_reason,
        case when expected_amount < 0 then -expected_amount else 0 end as due_amount
    from int_case_difference

),

judged as (

    select
        c.case_key,
        c.refund_amount,
        p.due_amount,
        case
            when c.status = 'converted' or c.done_type in ('return_refund', 'refund_only')
                then 'not_applicable:converted'
            when near.value is null then 'unknown:parameter_not_set'
            when c.refund_amount <= near.value then 'pass'
            when c.refund_amount is null then 'unknown:no_refund_amount'
            when p.expected_amount is null
                then 'unknown:' || coalesce(p.expected_reason, 'no_difference')
            when c.refund_amount <= p.due_amount + near.value then 'pass'
            when c.refund_amount >= cast(c.unit_paid * c.units as decimal(18, 4))
                then 'violation:full_refund'
            else 'violation:too_much'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join due as p on c.case_key = p.case_key
    left join int_rule_parameter as near
        on
            near.rule_id = 'EX-14'
            and near.parameter = 'tolerance_amount'
            and c.platform = near.platform
            and c.shop_id = near.shop_id
            and d.applied_on >= near.valid_from
            and d.applied_on < near.valid_to

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon how much it was, or what is missing
    cast(refund_amount as double) as measured, -- given back
    cast(due_amount as double) as allowed, -- at most
    case
        when outcome_of(verdict) = 'violation'
            then cast(refund_amount - due_amount as decimal(18, 4))
    end as amount_at_risk -- given back beyond what was due
from judged
