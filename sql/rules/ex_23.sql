-- ex_23: an exchange that was turned into a refund is refunded within days.
-- grain: case_key
-- owner: after-sales analytics

with

logged as (

    select
        platform,
        shop_id,
        case_id,
        min(case when told_by = 'log' then seen_at end) as logged_at,
        min(seen_at) as seen_at
    from int_case_path
    where status = 'converted'
    group by platform, shop_id, case_id

),

turned as (

    select
        m.case_key,
        m.status = 'converted'
        or m.done_type in ('return_refund', 'refund_only')
        or logged.case_id is not null as is_converted,
        coalesce(
            logged.logged_at, m.closed_at, s.refund_asked_after_at, logged.seen_at
        ) as converted_at,
        -- an exchange that moved no money may have a refund time all the same
        coalesce(
            s.refunded_after_at, case when m.refund_amount > 0 then m.refunded_at end
        ) as paid_back_at
    from int_case_merge as m
    inner join int_case_sequence as s on m.case_key = s.case_key
    left join logged
        on
            m.platform = logged.platform
            and m.shop_id = logged.shop_id
            and m.case_id = logged.case_id
    where m.asked_type = 'exchange'

),

-- without a word of the platform's a refund asked for later and given is a conversion too
told as (

    select
        t.case_key,
        coalesce(t.is_converted, false) or s.refunded_after_at is not null as is_converted,
        case
            when t.is_converted then t.converted_at
            else s.refund_asked_after_at
        end as converted_at,
        t.paid_back_at
    from turned as t
    inner join int_case_sequence as s on t.case_key = s.case_key

),

judged as (

    select
        c.case_key,
        cast(c.unit_paid * c.units as decimal(18, 4)) as value_amount,
        cast(seconds_between(t.converted_at, t.paid_back_at) as double) / 86400 as refund_after,
        most.value as refund_days,
        case
            when d.exempt_reason is not null then 'not_applicable:exempt'
            when not t.is_converted then 'not_applicable:not_converted'
            when t.converted_at is null then 'unknown:no_conversion_time'
            when most.value is null then 'unknown:parameter_not_set'
            when t.paid_back_at <= t.converted_at + most.value * interval '1 day' then 'pass'
            when t.paid_back_at is not null then 'violation:late'
            when run.as_of <= t.converted_at + most.value * interval '1 day'
                then 'not_applicable:too_early'
            else 'violation:no_refund'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    inner join told as t on c.case_key = t.case_key
    cross join ref_run as run
    left join int_rule_parameter as most
        on
            most.rule_id = 'EX-23'
            and most.parameter = 'refund_days'
            and c.platform = most.platform
            and c.shop_id = most.shop_id
            and d.applied_on >= most.valid_from
            and d.applied_on < most.valid_to

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon late or not at all, or what is missing
    refund_after as measured, -- days from conversion to money back
    refund_days as allowed, -- days at most
    case
        when outcome_of(verdict) = 'violation' then value_amount
    end as amount_at_risk -- paid for the units exchanged
from judged
