-- sv_08: the buyer need not ask more than a few times before a case is over.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: conversations nobody could link to the case are not counted (int_case_contact).

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
        cast(t.contacts as double) as contacts,
        most.value as max_contacts,
        case
            when c.applied_at is null then 'unknown:no_application_time'
            when most.value is null then 'unknown:parameter_not_set'
            when not t.has_desk then 'unknown:no_conversations'
            when t.contacts > most.value and c.ended_at is null and not c.is_open
                then 'unknown:no_end_time'
            when t.contacts > most.value then 'violation'
            when c.is_open then 'not_applicable:still_open'
            else 'pass'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_contact as t on c.case_key = t.case_key
    left join int_rule_parameter as most
        on
            most.rule_id = 'SV-08'
            and most.parameter = 'max_contacts'
            and c.platform = most.platform
            and c.shop_id = most.shop_id
            and d.applied_on >= most.valid_from
            and d.applied_on < most.valid_to

)

select
    'SV-08' as rule_id, -- ref_rule
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
    contacts as measured, -- conversations the customer began before the case ended
    max_contacts as allowed, -- conversations at most
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
