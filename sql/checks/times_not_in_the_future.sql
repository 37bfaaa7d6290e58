-- times_not_in_the_future: Nothing was ordered, paid, applied for or asked more than a day after
-- the as-of.
-- level: warning
-- The as-of is the end of the last full day, so what came in since is no more than a day ahead.
with

happened as (

    select
        'fct_order' as fact,
        platform,
        shop_id,
        order_id as id,
        greatest(created_at, coalesce(paid_at, created_at)) as happened_at,
        source_file_id,
        source_record
    from fct_order
    union all
    select
        'fct_case' as fact,
        platform,
        shop_id,
        case_id as id,
        applied_at as happened_at,
        source_file_id,
        source_record
    from fct_case
    union all
    select
        'fct_conversation' as fact,
        platform,
        shop_id,
        conversation_id as id,
        started_at as happened_at,
        source_file_id,
        source_record
    from fct_conversation

)

select happened.*
from happened
cross join ref_run as run
where happened.happened_at > run.as_of + interval 1 day
