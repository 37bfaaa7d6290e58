-- rp_02: what was repaired does not come back for repair within days.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: the earlier repair counts from its application, whether or not it was carried through.

with

judged as (

    select
        c.case_key,
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
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    days_since as measured, -- days since the repair before it was applied for
    window_days as allowed, -- days it should be more than
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
