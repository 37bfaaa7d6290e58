-- mart_quality_cohort: sold lines by the day the buyer had them and the day of their first fault.
-- grain: cohort_key
-- owner: after-sales analytics
-- caveat: a fault is a case for a quality reason, or a repair whatever its reason. A line enters
--   when it was signed for, else at 交易成功, which comes days later and makes faults look early.
--   A case that cannot be told to be of one line is not in it.

with

faults as (

    select
        platform,
        shop_id,
        order_id,
        line_id,
        min(applied_on) as fault_on
    from fct_case
    where
        line_id is not null
        and (reason_family = 'quality' or asked_type = 'repair')
    group by platform, shop_id, order_id, line_id

),

had as (

    select
        l.platform,
        l.shop_id,
        l.sku,
        l.status,
        case
            when l.signed_on is not null then 'signing'
            when l.completed_on is not null then 'completion'
        end as entered_by,
        coalesce(l.signed_on, l.completed_on) as entered_on,
        faults.fault_on,
        run.as_of_on
    from fct_order_line as l
    cross join ref_run as run
    -- left join: most lines have no fault
    left join faults
        on
            l.platform = faults.platform
            and l.shop_id = faults.shop_id
            and l.order_id = faults.order_id
            and l.line_id = faults.line_id
    where l.is_sold

),

-- few: one a day of each article, and one a fault
cohorts as (

    select
        platform,
        shop_id,
        sku,
        status,
        entered_by,
        entered_on,
        as_of_on,
        case when fault_on <= as_of_on then fault_on end as fault_on,
        count(*) as line_count
    from had
    group by
        platform, shop_id, sku, status, entered_by, entered_on, as_of_on,
        case when fault_on <= as_of_on then fault_on end

),

followed as (

    select
        c.*,
        case
            when cover.known_until < c.as_of_on then cover.known_until
            else c.as_of_on
        end as followed_until,
        case
            when c.entered_on is null and c.status = 'completed' then 'no_signing_time'
            when c.entered_on is null or c.entered_on > c.as_of_on then 'not_yet_received'
            when cover.known_from is null then 'no_case_export'
            when c.entered_on < cover.known_from or c.entered_on > cover.known_until
                then 'not_covered'
        end as lasted_reason
    from cohorts as c
    left join int_case_cover as cover
        on
            c.platform = cover.platform
            and c.shop_id = cover.shop_id

),

-- what is neither faulty nor left out has been seen for so long without
lasting as (

    select
        *,
        case
            when lasted_reason is not null then null
            when fault_on < entered_on then 0
            when fault_on is not null
                then date_diff('day', cast(entered_on as date), cast(fault_on as date))
            else date_diff('day', cast(entered_on as date), cast(followed_until as date))
        end as lasted_days,
        lasted_reason is null and fault_on is not null as is_event
    from followed

)

select
    platform || '/' || shop_id || '/' || coalesce(sku, '') || '/'
    || coalesce(cast(entered_on as varchar), '') || '/' || coalesce(entered_by, '') || '/'
    || coalesce(cast(lasted_days as varchar), '') || '/' || cast(is_event as varchar) || '/'
    || coalesce(lasted_reason, '') as cohort_key, -- one a row
    platform, -- where it was sold
    shop_id, -- whose order it was
    sku, -- null where none is told
    entered_on, -- local day the buyer had it
    entered_by, -- signing; completion where no export has the time of signing
    lasted_days, -- local days to the first fault, else as long as none is known
    is_event, -- it had a fault then
    lasted_reason, -- why not: not_yet_received, no_signing_time, no_case_export, not_covered
    cast(floor(sum(line_count)) as bigint) as line_count -- lines
from lasting
group by
    platform, shop_id, sku, entered_on, entered_by, lasted_days, is_event, lasted_reason
