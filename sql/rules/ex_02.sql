-- ex_02: an exchange is applied for after the goods were signed for.
-- grain: case_key
-- owner: after-sales analytics
-- caveat: a completed order says nothing of signing, since completion comes by itself after some
--   days; goods that had not left when the buyer applied were not signed for.

with

judged as (

    select
        c.case_key,
        seconds_between(c.signed_at, c.applied_at) as signed_seconds,
        case
            when not coalesce(c.has_order, false) then 'unknown:no_order'
            when c.applied_at is null then 'unknown:no_application_time'
            when c.signed_at <= c.applied_at then 'pass'
            when c.signed_at > c.applied_at then 'violation:before_signing'
            when c.shipped_at > c.applied_at or c.order_status_then in ('unpaid', 'paid')
                then 'violation:before_shipping'
            else 'unknown:no_signing_time'
        end as verdict
    from int_case_merge as c
    where c.asked_type = 'exchange'

)

select
    case_key, -- int_case_merge
    verdict, -- what was found; after a colon how far the parcel was, or what is missing
    signed_seconds as measured, -- seconds from signing to application; below 0 before it
    cast(0 as double) as allowed, -- seconds at least
    cast(null as decimal(18, 4)) as amount_at_risk -- none
from judged
