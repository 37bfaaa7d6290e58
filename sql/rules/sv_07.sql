-- sv_07: what the merchant refused and the platform took up is not decided for the buyer.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: no export tells when the platform stepped in, so every refusal it took up counts. Who won
--   is told by the merchant's note, else by the money (fct_dispute).

with

refused as (

    select
        platform,
        shop_id,
        case_id
    from int_case_merge
    where status = 'rejected' or reject_reason is not null
    union
    select
        platform,
        shop_id,
        case_id
    from int_case_path
    where status = 'rejected'

),

judged as (

    select
        c.case_key,
        coalesce(cast(c.unit_paid as double) * c.units, cast(c.paid_amount as double))
            as value_amount,
        case
            when dispute.stage is null and c.intervention is null
                then 'unknown:no_intervention_told'
            when dispute.stage is null then 'not_applicable:no_intervention'
            when dispute.stage = 'withdrawn' then 'pass'
            when dispute.stage <> 'decided' then 'not_applicable:not_decided'
            when dispute.won_by = 'buyer' then 'violation'
            when dispute.won_by is null then 'unknown:no_ruling'
            else 'pass'
        end as verdict
    from refused as r
    inner join int_case_merge as c
        on
            r.platform = c.platform
            and r.shop_id = c.shop_id
            and r.case_id = c.case_id
    left join fct_dispute as dispute
        on
            r.platform = dispute.platform
            and r.shop_id = dispute.shop_id
            and r.case_id = dispute.case_id

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    case
        when outcome_of(verdict) = 'violation' then cast(value_amount as decimal(18, 4))
    end as amount_at_risk -- paid for what was refused
from judged
