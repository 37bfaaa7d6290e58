-- ex_24: a refused exchange has a reason, one of the merchant's list where there is one.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: without a list any reason will do; of a case the merchant's own books do not hold it is
--   not known whether there was one.

with

told as (

    select
        g.case_key,
        count(g.reason) as reasons,
        max(wording.word) as word,
        sum(
            case when regexp_matches(g.reason, '^(' || wording.word || ')$') then 1 else 0 end
        ) as hits
    from int_case_refusal as g
    inner join int_rule_case as d on g.case_key = d.case_key
    left join int_rule_parameter as wording
        on
            wording.rule_id = 'EX-24'
            and wording.parameter = 'reject_reasons'
            and d.platform = wording.platform
            and d.shop_id = wording.shop_id
            and d.applied_on >= wording.valid_from
            and d.applied_on < wording.valid_to
    group by g.case_key

),

judged as (

    select
        c.case_key,
        case
            when t.reasons = 0 then 'violation:no_reason'
            when t.case_key is null and c.is_approved then 'not_applicable:approved'
            when t.case_key is null and c.is_approved is null and c.is_open
                then 'not_applicable:not_decided'
            when t.case_key is null and c.is_approved is null then 'unknown:no_decision'
            when t.case_key is null and c.has_record then 'violation:no_reason'
            when t.case_key is null then 'unknown:no_reject_reason'
            when t.word is null or t.hits = t.reasons then 'pass'
            else 'violation:not_in_list'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    left join told as t on c.case_key = t.case_key
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is wrong with it, or what is missing
    cast(null as double) as measured, -- nothing is measured
    cast(null as double) as allowed, -- nothing is measured
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
