-- rp_01: what was promised to be exchanged and not repaired is not repaired.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: agreeing to a repair counts as one; what the promise covers is told by fct_promise.

with

lists as (

    select distinct shop_id
    from dim_promise

),

judged as (

    select
        c.case_key,
        cast(p.days_since as double) as days_since,
        cast(p.promised_days as double) as promised_days,
        p.at_stake_amount,
        case
            when p.outcome = 'broken' and p.reason = 'repaired' then 'violation'
            when p.outcome in ('broken', 'held') then 'pass'
            when p.reason in ('out_of_days', 'reason_not_covered') then 'pass'
            when p.outcome = 'not_applicable' then 'not_applicable:' || p.reason
            when p.outcome = 'unknown' then 'unknown:' || p.reason
            when lists.shop_id is null then 'unknown:no_promise_list'
            else 'not_applicable:no_promise'
        end as verdict
    from int_case_merge as c
    left join fct_promise as p
        on
            p.promise = 'exchange_only'
            and c.platform = p.platform
            and c.shop_id = p.shop_id
            and c.case_id = p.case_id
    left join lists on c.shop_id = lists.shop_id
    where
        c.asked_type = 'repair'
        or coalesce(c.done_type, p.done_type) = 'repair'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    days_since as measured, -- days from signing to the application
    promised_days as allowed, -- days the promise holds
    case
        when outcome_of(verdict) = 'violation' then cast(at_stake_amount as decimal(18, 4))
    end as amount_at_risk -- paid for what was repaired
from judged
