-- mart_case_process: every case as a path: how often it went back, whom it waited for, its cost.
-- grain: platform, shop_id, case_id
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: cases without any time are not here. What comes again is seen in a log of statuses only,
--   so without one nothing is said of it. The path is of milestones; contacts are counted.
--   Compensation is what names the case, refused ones left out.

with

-- twelve milestones are a path; what comes behind them is told by an ellipsis
paths as (

    select
        case_key,
        count(*) as steps,
        count(*) filter (where not is_contact) as milestones,
        count(*) filter (where occurrence = 1) as activities,
        count(*) filter (where occurrence = 1 and not is_contact) as milestone_kinds,
        count(*) filter (where activity = 'contacted') as contacts,
        count(*) filter (where told_by = 'log') > 0 as has_log,
        max(activity) filter (where not is_contact and milestone_no = 1) as m1,
        max(activity) filter (where not is_contact and milestone_no = 2) as m2,
        max(activity) filter (where not is_contact and milestone_no = 3) as m3,
        max(activity) filter (where not is_contact and milestone_no = 4) as m4,
        max(activity) filter (where not is_contact and milestone_no = 5) as m5,
        max(activity) filter (where not is_contact and milestone_no = 6) as m6,
        max(activity) filter (where not is_contact and milestone_no = 7) as m7,
        max(activity) filter (where not is_contact and milestone_no = 8) as m8,
        max(activity) filter (where not is_contact and milestone_no = 9) as m9,
        max(activity) filter (where not is_contact and milestone_no = 10) as m10,
        max(activity) filter (where not is_contact and milestone_no = 11) as m11,
        max(activity) filter (where not is_contact and milestone_no = 12) as m12
    from int_case_step
    group by case_key

),

waits as (

    select
        platform,
        shop_id,
        case_id,
        sum(wait_seconds) as seconds,
        count(*) as moves,
        count(waits_for) as told,
        count(*) filter (where is_handoff) as handoffs,
        sum(case when waits_for = 'merchant' then wait_seconds end) as merchant_seconds,
        sum(case when waits_for = 'customer' then wait_seconds end) as customer_seconds,
        sum(case when waits_for = 'carrier' then wait_seconds end) as carrier_seconds,
        sum(case when waits_for = 'platform' then wait_seconds end) as platform_seconds,
        sum(case when waits_for is null then wait_seconds end) as untold_seconds,
        sum(
            case when waits_for = 'merchant' then wait_working_seconds end
        ) as merchant_working_seconds,
        min(
            case when waits_for = 'merchant' then wait_working_reason end
        ) as merchant_working_reason
    from fct_case_transition
    where not is_current
    group by platform, shop_id, case_id

),

paid as (

    select
        p.platform,
        p.shop_id,
        p.case_id,
        sum(
            case when p.reporting_currency = run.reporting_currency then p.reporting_amount end
        ) as amount,
        count(*) filter (where p.reporting_currency <> run.reporting_currency) as unconverted
    from fct_compensation as p
    cross join ref_run as run
    where p.case_id is not null and coalesce(p.status, '') <> 'refused'
    group by p.platform, p.shop_id, p.case_id

),

judged as (

    select
        platform,
        shop_id,
        entity_id as case_id,
        outcome,
        reason
    from fct_rule_finding
    where rule_id = 'EX-20' and entity = 'case'

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    c.applied_at, -- buyer applied, UTC
    c.applied_on, -- local day
    c.asked_type, -- exchange, return_refund, refund_only, …
    c.outcome, -- of a finished case: done, converted, closed, withdrawn, unknown
    c.phase, -- before_completion (售中) or after_completion (售后)
    c.sku, -- what it is about
    c.agent, -- who handled it
    c.is_open, -- neither closed nor refunded
    -- the milestones in time, each time round: 'applied > reviewed > …'
    p.m1
    || coalesce(' > ' || p.m2, '')
    || coalesce(' > ' || p.m3, '')
    || coalesce(' > ' || p.m4, '')
    || coalesce(' > ' || p.m5, '')
    || coalesce(' > ' || p.m6, '')
    || coalesce(' > ' || p.m7, '')
    || coalesce(' > ' || p.m8, '')
    || coalesce(' > ' || p.m9, '')
    || coalesce(' > ' || p.m10, '')
    || coalesce(' > ' || p.m11, '')
    || coalesce(' > ' || p.m12, '')
    || case when p.milestones > 12 then ' > …' else '' end as case_path,
    p.has_log, -- a log of statuses tells its steps
    p.steps as events, -- milestones and contacts
    p.activities, -- kinds of them
    -- events that were there before: events less kinds; null without a log
    case when p.has_log then p.steps - p.activities end as rework_events,
    -- of these milestones: applied for again, decided again, …
    case when p.has_log then p.milestones - p.milestone_kinds end as rework_steps,
    case when p.has_log then p.milestones > p.milestone_kinds end as has_rework, -- any of these
    case when not p.has_log then 'no_log' end as rework_reason, -- why these are null
    -- times another party had to act than before; null where one is not told
    case when w.moves is not null and w.told = w.moves then w.handoffs end as handoffs,
    case
        when w.moves is null then 'no_move'
        when w.told < w.moves then 'several_parties'
    end as handoffs_reason, -- why handoffs is null
    -- times the customer came and asked between application and end; null where no desk is known
    case when coalesce(t.has_desk, false) then p.contacts end as contacts,
    case
        when not coalesce(t.has_desk, false) then 'no_desk'
    end as contacts_reason, -- why contacts is null
    w.seconds as waited_seconds, -- from its first event to its last, calendar time
    -- of these for the merchant to act; null where some of it cannot be told
    case
        when w.told = w.moves then coalesce(w.merchant_seconds, 0)
    end as waited_for_merchant_seconds,
    case
        when w.told = w.moves and w.merchant_working_reason is null
            then coalesce(w.merchant_working_seconds, 0)
    end as waited_for_merchant_working_seconds, -- of these in working time
    case
        when w.moves is null then 'no_move'
        when w.told < w.moves then 'several_parties'
        else w.merchant_working_reason
    end as waited_for_merchant_reason, -- why the working time is null
    case
        when w.told = w.moves then coalesce(w.customer_seconds, 0)
    end as waited_for_customer_seconds, -- for the customer
    case
        when w.told = w.moves then coalesce(w.carrier_seconds, 0)
    end as waited_for_carrier_seconds, -- for the parcel
    case
        when w.told = w.moves then coalesce(w.platform_seconds, 0)
    end as waited_for_platform_seconds, -- for the platform
    coalesce(w.untold_seconds, 0) as waited_for_untold_seconds, -- nobody can tell for whom
    -- every step of its log is one there is (EX-20); null where that is not judged
    case
        when j.outcome = 'pass' then true
        when j.outcome = 'violation' then false
    end as is_conforming,
    case
        when c.asked_type <> 'exchange' then 'not_exchange'
        when j.outcome = 'pass' or j.outcome = 'violation' then null
        else coalesce(j.reason, 'not_judged')
    end as is_conforming_reason, -- why is_conforming is null
    c.handling_seconds, -- applied to refunded or closed, calendar time
    c.handling_status, -- ok, censored, not_computable
    c.handling_reason, -- why handling_seconds is null
    -- paid to make up for it, not refused
    cast(coalesce(paid.amount, 0) as decimal(18, 4)) as compensation_reporting_amount,
    -- of an exchange that became a refund: what had been paid for its units; null where not known
    case
        when c.asked_type = 'exchange' and c.is_converted
            and c.reporting_currency = run.reporting_currency
            then c.value_reporting_amount
    end as converted_reporting_amount,
    -- money of it no rate or price is known of
    coalesce(paid.unconverted, 0) > 0
    or (
        c.asked_type = 'exchange'
        and coalesce(c.is_converted, false)
        and (
            c.value_reporting_amount is null
            or coalesce(c.reporting_currency <> run.reporting_currency, true)
        )
    ) as has_unknown_amount,
    run.reporting_currency, -- of the amounts
    c.source_file_id, -- ref_file.file_id
    c.source_record -- data record in that file
from fct_case as c
cross join ref_run as run
inner join int_case_contact as t
    on
        c.platform = t.platform
        and c.shop_id = t.shop_id
        and c.case_id = t.case_id
inner join paths as p on t.case_key = p.case_key
-- left joins: a case of one event made no move; few are made up for
left join waits as w
    on
        c.platform = w.platform
        and c.shop_id = w.shop_id
        and c.case_id = w.case_id
left join paid
    on
        c.platform = paid.platform
        and c.shop_id = paid.shop_id
        and c.case_id = paid.case_id
left join judged as j
    on
        c.platform = j.platform
        and c.shop_id = j.shop_id
        and c.case_id = j.case_id
