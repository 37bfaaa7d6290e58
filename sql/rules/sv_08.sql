-- sv_08: the buyer need not ask more than a few times before a case is over.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: conversations nobody could link to the case are not counted (int_case_contact).

with

judged as (

    select
        c.case_key,
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
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    contacts as measured, -- conversations the customer began before the case ended
    max_contacts as allowed, -- conversations at most
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
