-- ex_13: no price difference is settled when the same article comes back.
-- grain: case_key
-- owner: after-sales analytics

with

judged as (

    select
        c.case_key,
        p.charged_amount,
        case
            when not p.is_same_sku then 'not_applicable:other_article'
            when c.sku is null then 'unknown:no_sku'
            when p.is_same_sku is null and p.status = 'censored' then 'not_applicable:open'
            when p.is_same_sku is null and p.status = 'not_applicable'
                then 'not_applicable:not_exchanged'
            when p.is_same_sku is null then 'unknown:no_replacement_sku'
            when p.charged_amount = 0 then 'pass'
            when p.charged_amount > 0 then 'violation:buyer_paid'
            when p.charged_amount < 0 then 'violation:merchant_paid'
            when p.status = 'censored' then 'not_applicable:open'
            when p.status = 'not_applicable' then 'not_applicable:not_exchanged'
            else 'unknown:no_charged_difference'
        end as verdict
    from int_case_merge as c
    inner join int_case_difference as p on c.case_key = p.case_key

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon who paid, or what is missing
    cast(charged_amount as double) as measured, -- settled; above 0 the buyer paid
    cast(0 as double) as allowed, -- nothing
    case
        when outcome_of(verdict) = 'violation'
            then cast(abs(charged_amount) as decimal(18, 4))
    end as amount_at_risk -- what was settled
from judged
