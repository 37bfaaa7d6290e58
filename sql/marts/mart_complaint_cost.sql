-- mart_complaint_cost: what went along with the complaints of a category: exchanges, money back,
--   slow answers, broken rules.
-- grain: platform, shop_id, month_on, leaf
-- owner: after-sales analytics
-- caveat: what went along with it, and not what it caused: an order complained of in two categories
--   or months stands in each, so nothing is added up over categories; 'any' is all of them once.
--   Complaints without a known order cost nothing here. Refunds and exchanges of the order count
--   whenever they were, rules broken on its cases, conversations and turns likewise.

with

told as (

    select
        f.platform,
        f.shop_id,
        f.source,
        f.entity_id,
        f.order_platform,
        f.order_id,
        cast(date_trunc('month', f.told_on) as date) as month_on,
        c.leaf
    from fct_feedback as f
    inner join fct_complaint as c
        on
            f.platform = c.platform
            and f.shop_id = c.shop_id
            and f.source = c.source
            and f.entity_id = c.entity_id
    where f.told_on is not null
    union all
    select
        platform,
        shop_id,
        source,
        entity_id,
        order_platform,
        order_id,
        cast(date_trunc('month', told_on) as date) as month_on,
        'any' as leaf
    from fct_feedback
    where is_complaint and told_on is not null

),

-- a promise of the shop or desk goes before the three minutes of chats
answered as (

    select
        v.platform,
        v.shop_id,
        v.kind,
        v.conversation_id,
        case
            when s.state = 'breached' then true
            when s.state = 'attained' then false
            when s.state is null and v.kind = 'chat' then v.first_response_exposure_seconds > 180
        end as is_slow
    from fct_conversation as v
    left join fct_sla as s
        on
            s.measure = 'first_response'
            and v.platform = s.platform
            and v.shop_id = s.shop_id
            and v.conversation_id = s.conversation_id

),

entities as (

    select
        t.platform,
        t.shop_id,
        t.month_on,
        t.leaf,
        count(*) as complaints,
        count(*) filter (where t.order_platform is not null and t.order_id is not null)
            as with_order,
        count(a.is_slow) as first_replies,
        count(*) filter (where a.is_slow) as slow_first_replies
    from told as t
    left join answered as a
        on
            t.platform = a.platform
            and t.shop_id = a.shop_id
            and t.source = a.kind
            and t.entity_id = a.conversation_id
    group by t.platform, t.shop_id, t.month_on, t.leaf

),

complained_orders as (

    select distinct
        platform,
        shop_id,
        month_on,
        leaf,
        order_platform,
        order_id
    from told
    where order_platform is not null and order_id is not null

),

order_cases as (

    select
        c.platform,
        c.shop_id,
        c.order_id,
        bool_or(c.asked_type = 'exchange') as has_exchange,
        bool_or(c.refunded_at is not null or c.status = 'refunded') as has_refund,
        sum(
            case
                when
                    (c.refunded_at is not null or c.status = 'refunded')
                    and c.reporting_currency = run.reporting_currency
                    then c.refund_reporting_amount
            end
        ) as refund_amount,
        bool_or(
            (c.refunded_at is not null or c.status = 'refunded')
            and c.refund_amount is not null
            and c.reporting_currency <> run.reporting_currency
        ) as has_other_currency
    from fct_case as c
    cross join ref_run as run
    where c.order_id is not null
    group by c.platform, c.shop_id, c.order_id

),

order_compensations as (

    select
        c.platform,
        c.shop_id,
        c.order_id,
        sum(
            case
                when c.reporting_currency = run.reporting_currency then c.reporting_amount
            end
        ) as compensation_amount,
        bool_or(c.reporting_currency <> run.reporting_currency) as has_other_currency
    from fct_compensation as c
    cross join ref_run as run
    where c.order_id is not null and coalesce(c.status, '') <> 'refused'
    group by c.platform, c.shop_id, c.order_id

),

broken as (

    select
        platform,
        shop_id,
        entity,
        entity_id,
        -- of a turn its conversation
        case
            when entity = 'turn' then regexp_replace(entity_id, '#[0-9]+$', '', 'g') else entity_id
        end as of_id,
        amount_at_risk_reporting_amount as at_risk_amount,
        reporting_currency
    from fct_rule_finding
    where outcome = 'violation' and entity in ('case', 'turn', 'conversation')

),

placed as (

    select
        c.platform,
        c.shop_id,
        c.order_id,
        b.at_risk_amount,
        b.reporting_currency
    from broken as b
    inner join fct_case as c
        on
            b.entity = 'case'
            and b.platform = c.platform
            and b.shop_id = c.shop_id
            and b.of_id = c.case_id
    union all
    select
        v.order_platform as platform,
        v.shop_id,
        v.order_id,
        b.at_risk_amount,
        b.reporting_currency
    from broken as b
    inner join fct_conversation as v
        on
            b.entity <> 'case'
            and b.platform = v.platform
            and b.shop_id = v.shop_id
            and b.of_id = v.conversation_id

),

order_violations as (

    select
        p.platform,
        p.shop_id,
        p.order_id,
        count(*) as violations,
        sum(
            case when p.reporting_currency = run.reporting_currency then p.at_risk_amount end
        ) as at_risk_amount,
        bool_or(
            p.at_risk_amount is not null and p.reporting_currency <> run.reporting_currency
        ) as has_other_currency
    from placed as p
    cross join ref_run as run
    where p.order_id is not null
    group by p.platform, p.shop_id, p.order_id

),

costs as (

    select
        o.platform,
        o.shop_id,
        o.month_on,
        o.leaf,
        count(*) as orders,
        count(*) filter (where c.has_exchange) as exchanged,
        count(*) filter (where c.has_refund) as refunded,
        sum(c.refund_amount) as refund_amount,
        sum(p.compensation_amount) as compensation_amount,
        sum(v.violations) as violations,
        sum(v.at_risk_amount) as at_risk_amount,
        count(*) filter (
            where c.has_other_currency or p.has_other_currency or v.has_other_currency
        ) as unconverted
    from complained_orders as o
    -- left joins: most orders have none of these
    left join order_cases as c
        on
            o.order_platform = c.platform
            and o.shop_id = c.shop_id
            and o.order_id = c.order_id
    left join order_compensations as p
        on
            o.order_platform = p.platform
            and o.shop_id = p.shop_id
            and o.order_id = p.order_id
    left join order_violations as v
        on
            o.order_platform = v.platform
            and o.shop_id = v.shop_id
            and o.order_id = v.order_id
    group by o.platform, o.shop_id, o.month_on, o.leaf

)

select
    e.platform, -- where it was told
    e.shop_id, -- whose it is
    e.month_on, -- first of the local month it was told in
    e.leaf, -- the category: ref_leaf; any: all of them once
    e.complaints, -- cases, conversations and reviews
    e.with_order as complaints_with_order, -- of these with a known order
    coalesce(c.orders, 0) as orders, -- these orders
    coalesce(c.exchanged, 0) as orders_exchanged, -- of these with an exchange asked for
    coalesce(c.refunded, 0) as orders_refunded, -- of these with money back
    -- given back on their cases
    cast(coalesce(c.refund_amount, 0) as decimal(18, 4)) as refund_reporting_amount,
    -- asked for to make up, not refused
    cast(coalesce(c.compensation_amount, 0) as decimal(18, 4)) as compensation_reporting_amount,
    run.reporting_currency, -- of the amounts
    coalesce(c.unconverted, 0) as orders_unconverted, -- with money no rate is known of, left out
    -- conversations whose first answer is judged: under a promise, or a chat
    e.first_replies,
    e.slow_first_replies, -- of these too late: by the promise, else over three minutes
    -- control rules broken on these orders' cases, conversations and turns
    cast(floor(coalesce(c.violations, 0)) as bigint) as violations,
    -- what these concern
    cast(coalesce(c.at_risk_amount, 0) as decimal(18, 4)) as at_risk_reporting_amount
from entities as e
cross join ref_run as run
left join costs as c
    on
        e.platform = c.platform
        and e.shop_id = c.shop_id
        and e.month_on = c.month_on
        and e.leaf = c.leaf
