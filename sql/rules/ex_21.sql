-- ex_21: the times of an exchange run forwards.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: each time is held against the last one before it that is there; in a fast exchange the
--   goods may come back while the replacement is on its way.

with

cases as (

    select
        *,
        coalesce(inspected_at, return_received_at, return_shipped_at) as back_at
    from int_case_merge

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
        case
            when
                coalesce(
                    c.reviewed_at, c.return_shipped_at, c.return_received_at, c.inspected_at,
                    c.reshipped_at, c.buyer_received_at, c.closed_at
                ) is null
                or c.applied_at is null
                then 'unknown:no_times'
            when c.reviewed_at < c.applied_at then 'violation:reviewed'
            when
                c.return_shipped_at < coalesce(c.reviewed_at, c.applied_at)
                then 'violation:return_shipped'
            when
                c.return_received_at < coalesce(c.return_shipped_at, c.reviewed_at, c.applied_at)
                then 'violation:return_received'
            when
                c.inspected_at
                < coalesce(c.return_received_at, c.return_shipped_at, c.reviewed_at, c.applied_at)
                then 'violation:inspected'
            when c.reshipped_at < coalesce(c.reviewed_at, c.applied_at) then 'violation:reshipped'
            when
                c.buyer_received_at < coalesce(c.reshipped_at, c.reviewed_at, c.applied_at)
                then 'violation:buyer_received'
            when
                c.closed_at < coalesce(c.buyer_received_at, c.reshipped_at, c.applied_at)
                then 'violation:closed'
            when c.closed_at < c.back_at then 'violation:closed'
            when c.closed_at < c.reviewed_at then 'violation:closed'
            when c.is_fast then 'pass'
            when c.reshipped_at < c.back_at and c.is_fast is null then 'unknown:no_fast_mark'
            when c.reshipped_at < c.back_at then 'violation:reshipped'
            when c.reshipped_at is null and c.buyer_received_at < c.back_at and c.is_fast is null
                then 'unknown:no_fast_mark'
            when c.reshipped_at is null and c.buyer_received_at < c.back_at
                then 'violation:buyer_received'
            else 'pass'
        end as verdict
    from cases as c
    inner join int_rule_case as d on c.case_key = d.case_key
    where c.asked_type = 'exchange'

)

select
    'EX-21' as rule_id, -- ref_rule
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
    reason_of(verdict) as reason, -- the first time that is too early, or what is missing
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
