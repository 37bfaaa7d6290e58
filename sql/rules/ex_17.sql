-- ex_17: all cases of a line together are about no more units than were bought.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: an exchange that is over leaves the buyer as many units as before, so it takes none
--   from those that came later, unless done_exchange says counted.

with

-- only where there was an earlier case on the line at all
several as (

    select
        m.case_key,
        m.platform,
        m.shop_id,
        m.order_id,
        coalesce(m.line_id, m.sku, '') as line_mark,
        m.applied_at
    from int_case_merge as m
    inner join int_case_sequence as s on m.case_key = s.case_key
    where s.cases_before > 0 and m.asked_type = 'exchange'

),

-- units that were under way or gone when it was applied for
others as (

    select
        a.case_key,
        sum(
            case
                when b.asked_type = 'exchange' and (b.is_open or b.ended_at > a.applied_at)
                    then b.units
                when b.asked_type = 'return_refund' and (b.is_open or b.is_done) then b.units
            end
        ) as held,
        sum(
            case
                when b.asked_type = 'exchange' and b.is_done and b.ended_at <= a.applied_at
                    then b.units
            end
        ) as exchanged,
        sum(case when b.units is null and (b.is_open or b.is_done) then 1 else 0 end) as untold
    from several as a
    inner join int_case_merge as b
        on
            a.platform = b.platform
            and a.shop_id = b.shop_id
            and a.order_id = b.order_id
            and a.line_mark = coalesce(b.line_id, b.sku, '')
            and a.case_key <> b.case_key
    where
        b.asked_type in ('exchange', 'return_refund')
        and coalesce(b.is_approved, true)
        and (
            b.applied_at < a.applied_at
            or (b.applied_at = a.applied_at and b.case_key < a.case_key)
        )
    group by a.case_key

),

judged as (

    select
        c.case_key,
        c.unit_paid,
        c.line_units,
        c.units
        + coalesce(o.held, 0)
        + case
            when back.word = 'given_back' then 0
            else coalesce(o.exchanged, 0)
        end as units_taken,
        case
            when not c.is_approved then 'not_applicable:refused'
            when not c.is_open and not c.is_done then 'not_applicable:not_taken'
            when c.line_units is null then 'unknown:no_lines'
            when back.word is null then 'unknown:parameter_not_set'
            when c.units > c.line_units and c.is_done is null then 'unknown:no_outcome'
            when c.units > c.line_units then 'violation'
            when coalesce(o.untold, 0) > 0 then 'unknown:units_not_stated'
            when c.units is null then 'unknown:units_not_stated'
            when back.word = 'given_back' and c.units + coalesce(o.held, 0) <= c.line_units
                then 'pass'
            when
                c.units + coalesce(o.held, 0) + coalesce(o.exchanged, 0) <= c.line_units
                then 'pass'
            when c.is_done is null then 'unknown:no_outcome'
            else 'violation'
        end as verdict
    from int_case_merge as c
    inner join int_rule_case as d on c.case_key = d.case_key
    left join others as o on c.case_key = o.case_key
    left join int_rule_parameter as back
        on
            back.rule_id = 'EX-17'
            and back.parameter = 'done_exchange'
            and c.platform = back.platform
            and c.shop_id = back.shop_id
            and d.applied_on >= back.valid_from
            and d.applied_on < back.valid_to
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon what is missing, or why it does not apply
    cast(units_taken as double) as measured, -- units of this case and of those before it
    cast(line_units as double) as allowed, -- units bought
    case
        when outcome_of(verdict) = 'violation'
            then cast((units_taken - line_units) * unit_paid as decimal(18, 4))
    end as amount_at_risk -- paid for the units beyond
from judged
