-- ex_14: an exchange gives back no more money than its price difference.
-- grain: platform, shop_id, entity_id
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
        c.platform,
        c.shop_id,
        c.case_id,
        c.order_id,
        c.sku,
        c.agent,
        c.currency,
        c.source_file_id,
        c.source_record,
        d.applied_on,
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
    'EX-14' as rule_id, -- ref_rule
    platform, -- where it was sold
    shop_id, -- whose case it is
    'case' as entity, -- what is judged
    case_id as entity_id, -- the platform's own text
    case_id, -- the platform's own text
    order_id, -- the order it is about
    sku, -- the line's, else the case's own
    agent, -- who handled it
    applied_on as occurred_on, -- local day of application
    outcome_of(verdict) as outcome, -- violation, pass, not_applicable, unknown
    reason_of(verdict) as reason, -- how much it was, or what is missing
    cast(refund_amount as double) as measured, -- given back
    cast(due_amount as double) as allowed, -- at most
    case
        when outcome_of(verdict) = 'violation'
            then cast(refund_amount - due_amount as decimal(18, 4))
    end as amount_at_risk, -- given back beyond what was due
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
