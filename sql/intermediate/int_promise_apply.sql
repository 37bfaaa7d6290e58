-- int_promise_apply: each promise a case calls upon, and whether it still held and covers the case.
-- grain: case_key, promise
-- owner: after-sales analytics
-- caveat: a promise holds for orders paid while it was made; one for the article counts before one
--   for everything, of several the latest. Days run from the local day of signing, else of
--   completion; where neither is told, a case within the days after payment is within them all
--   the more. Promises of no kind the rules know (other) are not looked at.

with

cases as (

    select
        c.case_key,
        c.shop_id,
        c.sku,
        c.asked_type,
        c.done_type,
        c.replacement_sku = c.sku as is_same_article,
        coalesce(c.reason || ' ' || c.sub_reason, c.reason, c.sub_reason) as reason_words,
        c.reason_family,
        coalesce(
            fault_of(coalesce(c.reason || ' ' || c.sub_reason, c.reason, c.sub_reason)),
            case when c.reason_family = 'quality' then 'fault' end
        ) as fault,
        cast(to_local(c.applied_at, applied_zone.offset_seconds) as date) as applied_on,
        cast(to_local(c.paid_at, paid_zone.offset_seconds) as date) as paid_on,
        cast(to_local(c.signed_at, signed_zone.offset_seconds) as date) as signed_on,
        cast(to_local(c.completed_at, completed_zone.offset_seconds) as date) as completed_on
    from int_case_merge as c
    cross join ref_run as run
    left join dim_utc_offset as applied_zone
        on
            run.reporting_zone = applied_zone.zone
            and c.applied_at >= applied_zone.valid_from
            and c.applied_at < applied_zone.valid_to
    left join dim_utc_offset as paid_zone
        on
            run.reporting_zone = paid_zone.zone
            and c.paid_at >= paid_zone.valid_from
            and c.paid_at < paid_zone.valid_to
    left join dim_utc_offset as signed_zone
        on
            run.reporting_zone = signed_zone.zone
            and c.signed_at >= signed_zone.valid_from
            and c.signed_at < signed_zone.valid_to
    left join dim_utc_offset as completed_zone
        on
            run.reporting_zone = completed_zone.zone
            and c.completed_at >= completed_zone.valid_from
            and c.completed_at < completed_zone.valid_to
    where
        c.asked_type in ('exchange', 'repair', 'return_refund', 'price_protection')
        and exists (
            select 1
            from stg_reference__promise as p
            where p.shop_id = c.shop_id
        )

),

-- promises for the article, for everything, and for articles that cannot be told
made as (

    select
        shop_id,
        sku,
        promise,
        valid_from,
        valid_until,
        days as promised_days,
        fault_scope,
        price_basis,
        case when sku = '*' then 2 else 1 end as nearness
    from stg_reference__promise
    union all
    select distinct
        shop_id,
        cast(null as varchar) as no_sku,
        promise,
        cast(null as date) as valid_from,
        cast(null as date) as valid_until,
        cast(null as bigint) as promised_days,
        cast(null as varchar) as fault_scope,
        cast(null as varchar) as price_basis,
        0 as nearness
    from stg_reference__promise
    where sku <> '*'

),

met as (

    select
        c.case_key,
        p.*
    from cases as c
    inner join made as p on c.shop_id = p.shop_id and c.sku = p.sku
    where p.nearness = 1
    union all
    select
        c.case_key,
        p.*
    from cases as c
    inner join made as p on c.shop_id = p.shop_id
    where p.nearness = 2 or (p.nearness = 0 and c.sku is null)

),

called as (

    select
        c.*,
        p.promise,
        p.sku as promised_sku,
        p.valid_from,
        p.promised_days,
        p.fault_scope,
        p.price_basis,
        p.nearness,
        row_number() over (
            partition by c.case_key, p.promise
            order by
                p.nearness asc,
                p.valid_from desc,
                p.valid_until asc,
                p.promised_days asc,
                p.fault_scope asc,
                p.price_basis asc
        ) as place
    from met as p
    inner join cases as c on p.case_key = c.case_key
    where
        case
            when p.promise = 'exchange_only'
                then
                    c.asked_type in ('exchange', 'repair')
                    or coalesce(c.done_type in ('exchange', 'repair'), false)
            when p.promise = 'exchange_days' then c.asked_type = 'exchange'
            when p.promise = 'return_days' then c.asked_type = 'return_refund'
            when p.promise = 'repair_years' then c.asked_type = 'repair'
            when p.promise = 'price_protection'
                then
                    c.asked_type = 'price_protection'
                    or (c.asked_type = 'exchange' and coalesce(c.is_same_article, false))
            else false
        end
        and (
            c.paid_on is null
            or p.nearness = 0
            or (
                c.paid_on >= p.valid_from
                and (p.valid_until is null or c.paid_on <= p.valid_until)
            )
        )

),

counted as (

    select
        c.*,
        case
            when c.signed_on is not null then 'signed'
            when c.completed_on is not null then 'completed'
            when c.paid_on is not null then 'paid'
        end as counted_from,
        date_diff(
            'day',
            cast(coalesce(c.signed_on, c.completed_on, c.paid_on) as date),
            cast(c.applied_on as date)
        ) as days_since,
        case
            when c.promise = 'exchange_days' then s.can_exchange = 'no'
            else s.can_return = 'no'
        end as is_without_right
    from called as c
    left join stg_reference__special_goods as s
        on
            c.promise in ('exchange_days', 'return_days')
            and c.shop_id = s.shop_id
            and c.sku = s.sku
    where c.place = 1

),

judged as (

    select
        *,
        case
            when promised_days is null then 'yes'
            when days_since <= promised_days then 'yes'
            when counted_from in ('signed', 'completed') then 'no'
            else 'unknown'
        end as within_days,
        case
            when fault_scope is not null
                then is_in_scope(fault_scope, reason_words, fault, reason_family)
            when promise <> 'exchange_only' then 'yes'
            -- what is mended, or is to be, is broken
            when asked_type = 'repair' or coalesce(done_type = 'repair', false) then 'yes'
            else is_in_scope('质量', reason_words, fault, reason_family)
        end as in_scope
    from counted

)

select
    case_key, -- int_case_merge
    promise, -- exchange_only, exchange_days, return_days, price_protection, repair_years
    promised_sku, -- the article it was made for; * for everything
    valid_from, -- made for orders paid from this day on
    promised_days, -- for how many days; null: not limited
    fault_scope, -- which faults it covers; null: all
    price_basis, -- what price differences are counted from: paid or list
    done_type, -- what was done, by a column of the export, else by the words of its status
    counted_from, -- what the days run from: signed, completed, paid
    days_since, -- from then to the application; of paid, that many at most
    applied_on, -- local day
    -- whether the case is under the promise: yes, no, unknown
    case
        when nearness = 0 or paid_on is null then 'unknown'
        when is_without_right then 'no'
        when within_days <> 'yes' then within_days
        else in_scope
    end as is_under,
    case
        when nearness = 0 then 'no_sku'
        when paid_on is null then 'no_payment_time'
        when is_without_right then 'special_goods'
        when within_days = 'no' then 'out_of_days'
        when within_days = 'unknown' then 'no_signing_time'
        when in_scope = 'no' then 'reason_not_covered'
        when in_scope = 'unknown' and reason_words is null then 'no_reason'
        when in_scope = 'unknown' then 'scope_not_matched'
    end as why -- it is not under it, or nobody knows
from judged
