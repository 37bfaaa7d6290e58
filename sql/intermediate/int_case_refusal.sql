-- int_case_refusal: why exchanges were refused, in the merchant's books or at any round in a log.
-- grain: case_key, reason?
-- owner: after-sales analytics
-- caveat: without a reason only a log tells of a refusal at all, and only where nothing else gives
--   one for the case.

with

told as (

    select
        case_key,
        reject_reason as reason
    from int_case_merge
    where asked_type = 'exchange' and reject_reason is not null
    union
    select
        m.case_key,
        p.reason
    from int_case_path as p
    inner join int_case_merge as m
        on
            p.platform = m.platform
            and p.shop_id = m.shop_id
            and p.case_id = m.case_id
    where
        m.asked_type = 'exchange'
        and p.status = 'rejected'
        and (p.reason is not null or p.told_by = 'log')

),

placed as (

    select
        case_key,
        reason,
        max(reason) over (partition by case_key) as any_reason
    from told

)

select
    case_key, -- int_case_merge
    reason -- as it was noted; null: refused without a word
from placed
where reason is not null or any_reason is null
