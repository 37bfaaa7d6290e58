-- sv_07: what the merchant refused and the platform took up is not decided for the buyer.
-- grain: platform, shop_id, entity_id
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
    inner join int_rule_case as d on c.case_key = d.case_key
    left join fct_dispute as dispute
        on
            r.platform = dispute.platform
            and r.shop_id = dispute.shop_id
            and r.case_id = dispute.case_id

)

select
    'SV-07' as rule_id, -- ref_rule
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
    reason_of(verdict) as reason, -- what is missing, or why it does not apply
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    case
        when outcome_of(verdict) = 'violation' then cast(value_amount as decimal(18, 4))
    end as amount_at_risk, -- paid for what was refused
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
