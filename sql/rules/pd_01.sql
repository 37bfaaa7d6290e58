-- pd_01: a price difference is written down and told to the buyer before the review.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: a register whose column for it is empty on every case of the shop says nothing of it.

with

kept as (

    select
        platform,
        shop_id,
        count(replacement_price) > 0 as has_prices,
        count(difference_told_at) > 0 as has_telling
    from int_case_merge
    group by platform, shop_id

),

judged as (

    select
        c.case_key,
        c.difference_amount,
        case
            when c.difference_amount <= 0 then 'not_applicable:nothing_charged'
            when c.difference_amount is null and c.is_open then 'not_applicable:still_open'
            when c.difference_amount is null and not c.is_done then 'not_applicable:not_exchanged'
            when c.difference_amount is null then 'unknown:no_difference'
            when c.replacement_price is null and kept.has_prices then 'violation:price_not_noted'
            when c.replacement_price is null then 'unknown:no_replacement_price'
            when c.difference_told_at is null and kept.has_telling then 'violation:not_told'
            when c.difference_told_at is null then 'unknown:no_telling_time'
            when c.difference_told_at <= c.reviewed_at then 'pass'
            when c.difference_told_at <= c.applied_at then 'pass'
            when c.reviewed_at is null then 'unknown:no_review_time'
            else 'violation:told_after_approval'
        end as verdict
    from int_case_merge as c
    inner join kept on c.platform = kept.platform and c.shop_id = kept.shop_id
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what was left out, or what is missing
    cast(difference_amount as double) as measured, -- the difference settled; above 0 the buyer paid
    cast(null as double) as allowed, -- nothing is measured
    case
        when outcome_of(verdict) = 'violation' then cast(difference_amount as decimal(18, 4))
    end as amount_at_risk -- the difference charged
from judged
