-- ex_16: no buyer is asked to confirm receipt before an exchange is reviewed.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: whether receipt has to be confirmed first is a rule of the platform (D-032). Only
--   cases with a conversation about them are looked at; what was asked is told by its words.

with

judged as (

    select
        c.platform,
        c.shop_id,
        c.case_id,
        c.order_id,
        c.sku,
        coalesce(t.receipt_asked_by, c.agent) as agent,
        c.currency,
        c.source_file_id,
        c.source_record,
        d.applied_on,
        case
            when needed.word is null then 'unknown:parameter_not_set'
            when needed.word = 'yes' then 'not_applicable:receipt_needed'
            when t.receipt_asked_at is not null and c.reviewed_at is null and not c.is_open
                then 'unknown:no_review_time'
            when t.receipt_asked_at is not null then 'violation'
            when c.applied_at is null then 'unknown:no_application_time'
            when t.conversations > 0 then 'pass'
            when not t.has_desk then 'unknown:no_conversations'
            else 'not_applicable:no_conversation'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join int_case_contact as t on c.case_key = t.case_key
    left join int_rule_parameter as needed
        on
            needed.rule_id = 'EX-15'
            and needed.parameter = 'receipt_needed'
            and c.platform = needed.platform
            and c.shop_id = needed.shop_id
            and d.applied_on >= needed.valid_from
            and d.applied_on < needed.valid_to
    where c.asked_type = 'exchange'

)

select
    platform, -- where it was sold
    shop_id, -- whose case it is
    case_id as entity_id, -- the platform's own text
    sku, -- the line's, else the case's own
    agent, -- who handled it
    applied_on as occurred_on, -- local day of application
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    currency, -- ISO 4217
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from judged
