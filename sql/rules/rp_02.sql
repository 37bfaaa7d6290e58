-- rp_02: what was repaired does not come back for repair within days.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: the earlier repair counts from its application, whether or not it was carried through.

with

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
        cast(seconds_between(s.repaired_before_at, c.applied_at) as double) / 86400 as days_since,
        shortest.value as window_days,
        case
            when c.applied_at is null then 'unknown:no_application_time'
            when c.order_id is null then 'unknown:no_order'
            when c.status = 'withdrawn' then 'not_applicable:withdrawn'
            when c.status = 'rejected' then 'not_applicable:rejected'
            when shortest.value is null then 'unknown:parameter_not_set'
            when s.repaired_before_at is null then 'pass'
            when c.applied_at > s.repaired_before_at + shortest.value * interval '1 day' then 'pass'
            else 'violation'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_sequence as s on c.case_key = s.case_key
    left join int_rule_parameter as shortest
        on
            shortest.rule_id = 'RP-02'
            and shortest.parameter = 'window_days'
            and c.platform = shortest.platform
            and c.shop_id = shortest.shop_id
            and d.applied_on >= shortest.valid_from
            and d.applied_on < shortest.valid_to
    where c.asked_type = 'repair'

)

select
    'RP-02' as rule_id, -- ref_rule
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
    days_since as measured, -- days since the repair before it was applied for
    window_days as allowed, -- days it should be more than
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
