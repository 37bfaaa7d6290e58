-- mart_rule_coverage: how often each control rule could be judged in a shop, and what it said.
-- grain: rule_id, platform, shop_id
-- owner: after-sales analytics
-- caveat: a rule that found nothing to look at has a line too, and counts of 0.

with

shops as (

    select distinct
        platform,
        shop_id
    from fct_rule_finding
    union
    select distinct
        platform,
        shop_id
    from int_case_cover

),

counted as (

    select
        rule_id,
        platform,
        shop_id,
        outcome,
        reason,
        count(*) as findings,
        min(occurred_on) as first_on,
        max(occurred_on) as last_on,
        sum(case when outcome = 'violation' then amount_at_risk_reporting_amount end) as at_risk,
        min(case when outcome = 'violation' then reporting_currency end) as first_currency,
        max(case when outcome = 'violation' then reporting_currency end) as last_currency
    from fct_rule_finding
    group by rule_id, platform, shop_id, outcome, reason

),

totals as (

    select
        rule_id,
        platform,
        shop_id,
        cast(
            floor(sum(case when outcome = 'violation' then findings else 0 end)) as bigint
        ) as violation_count,
        cast(
            floor(sum(case when outcome = 'pass' then findings else 0 end)) as bigint
        ) as pass_count,
        cast(
            floor(sum(case when outcome = 'not_applicable' then findings else 0 end)) as bigint
        ) as not_applicable_count,
        cast(
            floor(sum(case when outcome = 'unknown' then findings else 0 end)) as bigint
        ) as unknown_count,
        min(first_on) as first_on,
        max(last_on) as last_on,
        sum(at_risk) as at_risk,
        min(first_currency) as first_currency,
        max(last_currency) as last_currency
    from counted
    group by rule_id, platform, shop_id

),

missing as (

    select
        rule_id,
        platform,
        shop_id,
        reason
    from counted
    where outcome = 'unknown'
    qualify row_number() over (
            partition by rule_id, platform, shop_id order by findings desc, reason asc
        ) = 1

)

select
    r.rule_id, -- ref_rule
    s.platform, -- where it was sold
    s.shop_id, -- whose it is
    r.severity, -- high, medium, low, data, review
    coalesce(t.violation_count, 0) as violation_count, -- what broke the rule
    coalesce(t.pass_count, 0) as pass_count, -- what kept it
    coalesce(t.not_applicable_count, 0) as not_applicable_count, -- what it is not for
    coalesce(t.unknown_count, 0) as unknown_count, -- what lacks a field
    coalesce(t.violation_count + t.pass_count, 0) > 0 as is_measurable, -- any could be judged
    case
        when t.rule_id is null then 'no_entities'
        when t.violation_count + t.pass_count > 0 then null
        when t.unknown_count = 0 then 'not_applicable'
        else coalesce(missing.reason, 'unknown')
    end as measurable_reason, -- why none could be
    missing.reason as unknown_reason, -- what is missing most often
    case
        when t.first_currency = t.last_currency then cast(t.at_risk as decimal(18, 4))
    end as at_risk_reporting_amount, -- of the violations; null where there is none
    case
        when t.first_currency = t.last_currency then t.first_currency
    end as reporting_currency, -- of at_risk_reporting_amount
    case
        when t.first_currency <> t.last_currency then 'several_currencies'
        when t.rule_id is null or t.first_currency is null then 'no_amount'
    end as amount_reason, -- why at_risk_reporting_amount is null
    t.first_on, -- first local day judged
    t.last_on -- last local day judged
from ref_rule as r
cross join shops as s
left join totals as t
    on r.rule_id = t.rule_id and s.platform = t.platform and s.shop_id = t.shop_id
left join missing
    on
        r.rule_id = missing.rule_id
        and s.platform = missing.platform
        and s.shop_id = missing.shop_id
