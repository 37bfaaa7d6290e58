-- ex_15: no exchange is refused because its receipt is not confirmed.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: whether receipt has to be confirmed first is a rule of the platform (D-032); where
--   nobody said so, refusing for it is unknown.

with

told as (

    select
        g.case_key,
        count(*) as reasons,
        max(wording.word) as word,
        sum(
            case when regexp_matches(g.reason, wording.word) then 1 else 0 end
        ) as hits
    from int_case_refusal as g
    inner join int_rule_case as d on g.case_key = d.case_key
    left join int_rule_parameter as wording
        on
            wording.rule_id = 'EX-15'
            and wording.parameter = 'receipt_words'
            and d.platform = wording.platform
            and d.shop_id = wording.shop_id
            and d.applied_on >= wording.valid_from
            and d.applied_on < wording.valid_to
    where g.reason is not null
    group by g.case_key

),

judged as (

    select
        c.case_key,
        case
            when t.case_key is null and c.is_approved then 'not_applicable:approved'
            when t.case_key is null and c.is_approved is null and c.is_open
                then 'not_applicable:not_decided'
            when t.case_key is null and c.is_approved is null then 'unknown:no_decision'
            when t.case_key is null then 'unknown:no_reject_reason'
            when t.word is null then 'unknown:parameter_not_set'
            when t.hits = 0 then 'pass'
            when needed.word is null then 'unknown:parameter_not_set'
            when needed.word = 'yes' then 'not_applicable:receipt_needed'
            else 'violation'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    left join told as t on c.case_key = t.case_key
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
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
