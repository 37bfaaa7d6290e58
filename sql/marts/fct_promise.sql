-- fct_promise: each promise a case calls upon, and whether it was kept.
-- grain: platform, shop_id, case_id, promise
-- keys: platform, shop_id, case_id -> fct_case (platform, shop_id, case_id)
-- owner: after-sales analytics
-- caveat: only cases of shops that keep a list of promises, and only promises that speak of what
--   the case asks for. Whether a refused price protection was due is told by what the same article
--   was sold for on later days up to the application.

with

claims as (

    select
        c.case_key,
        c.platform,
        c.shop_id,
        c.sku,
        c.order_id,
        c.line_id,
        c.unit_paid,
        cast(c.paid_at as date) as paid_on,
        cast(c.applied_at as date) as applied_on,
        coalesce(lower(p.price_basis) in ('list', '标价', '原价'), false) as is_by_list
    from int_promise_apply as p
    inner join int_case_merge as c on p.case_key = c.case_key
    where
        p.promise = 'price_protection'
        and p.is_under = 'yes'
        and c.asked_type = 'price_protection'

),

-- What claimed articles were sold for by day; where money went back, what was paid is lowered.
prices as (

    select
        l.platform,
        l.shop_id,
        l.sku,
        cast(coalesce(l.paid_at, l.created_at) as date) as sold_on,
        min(l.unit_price) as unit_price,
        min(case when l.units > 0 then cast(l.paid_amount as double) / nullif(l.units, 0) end)
            as unit_paid
    from stg_shop__order_line as l
    where
        coalesce(l.refund_amount, 0) = 0
        and coalesce(l.status, 'paid') in ('paid', 'shipped', 'completed')
        and exists (
            select 1
            from claims
            where
                claims.platform = l.platform
                and claims.shop_id = l.shop_id
                and claims.sku = l.sku
        )
    group by l.platform, l.shop_id, l.sku, cast(coalesce(l.paid_at, l.created_at) as date)

),

own as (

    select
        c.*,
        case when c.is_by_list then cast(l.unit_price as double) else c.unit_paid end as own_price
    from claims as c
    left join stg_shop__order_line as l
        on
            c.platform = l.platform
            and c.shop_id = l.shop_id
            and c.order_id = l.order_id
            and c.line_id = l.line_id

),

later as (

    select
        own.case_key,
        max(own.own_price) as own_price,
        min(case when own.is_by_list then cast(s.unit_price as double) else s.unit_paid end)
            as lowest_price
    from own
    inner join prices as s
        on
            own.platform = s.platform
            and own.shop_id = s.shop_id
            and own.sku = s.sku
            and own.paid_on < s.sold_on
            and own.applied_on >= s.sold_on
    group by own.case_key

),

facts as (

    select
        c.*,
        p.promise,
        p.promised_sku,
        p.valid_from,
        p.promised_days,
        p.fault_scope,
        p.done_type as what_was_done,
        p.counted_from,
        p.days_since,
        p.applied_on,
        p.is_under,
        p.why,
        later.own_price - later.lowest_price as price_fell,
        c.status = 'rejected' or coalesce(not c.is_approved, false) as is_refused,
        c.replacement_sku = c.sku and c.difference_amount > 0.01 as is_charged_for_same,
        cast(c.unit_paid as double) * c.units as value_then
    from int_promise_apply as p
    inner join int_case_merge as c on p.case_key = c.case_key
    left join later on p.case_key = later.case_key

),

-- what the merchant did, told in the order of what weighs most
done as (

    select
        *,
        case
            when promise = 'exchange_only' and what_was_done = 'repair' then 'repaired'
            when
                promise = 'exchange_only'
                and asked_type = 'repair'
                and what_was_done is null
                and (is_done or is_approved)
                then 'repaired'
            when status = 'withdrawn' and not coalesce(not is_approved, false) then 'withdrawn'
            when is_refused and inspection = 'failed' then 'failed_inspection'
            when is_refused then 'refused'
            when promise in ('exchange_only', 'price_protection') and is_charged_for_same
                then 'difference_charged'
            when promise = 'repair_years' and difference_amount > 0.01 then 'repair_charged'
            when status = 'converted' then 'converted'
            when promise in ('exchange_days', 'return_days') and is_approved then 'kept'
            when promise = 'price_protection' and asked_type = 'exchange'
                then
                    case
                        when difference_amount <= 0.01 then 'kept'
                        when abs(replacement_price - unit_paid) <= 0.01 then 'price_unchanged'
                        when is_open then 'still_open'
                        else 'difference_not_told'
                    end
            when is_done and promise = 'exchange_only' and what_was_done <> 'exchange'
                then 'done_otherwise'
            when is_done then 'kept'
            when is_open then 'still_open'
            else 'outcome_not_told'
        end as deed
    from facts

),

judged as (

    select
        *,
        case
            when is_under = 'unknown' then 'unknown'
            when is_under = 'no' then 'not_applicable'
            when deed = 'kept' then 'held'
            when deed in ('difference_not_told', 'outcome_not_told') then 'unknown'
            when deed = 'refused' and promise = 'price_protection'
                then
                    case
                        when price_fell is null then 'unknown'
                        when price_fell > 0.01 then 'broken'
                        else 'not_applicable'
                    end
            when
                deed in ('repaired', 'refused', 'difference_charged', 'repair_charged')
                then 'broken'
            else 'not_applicable'
        end as outcome
    from done

),

valued as (

    select
        *,
        case
            when outcome <> 'broken' then null
            when deed in ('difference_charged', 'repair_charged')
                then cast(difference_amount as double)
            when promise = 'price_protection' then price_fell * units
            else coalesce(value_then, cast(paid_amount as double))
        end as at_stake
    from judged

),

ranked as (

    select
        *,
        row_number() over (
            partition by case_key order by at_stake desc nulls last, promise asc
        ) as place
    from valued

)

select
    j.platform, -- where it was sold
    j.shop_id, -- whose case it is
    j.case_id, -- the platform's own text
    j.promise, -- exchange_only, exchange_days, return_days, price_protection, repair_years
    j.order_id, -- the order it is about
    j.sku, -- the line's, else the case's own
    j.asked_type, -- exchange, repair, …
    j.what_was_done as done_type, -- null when nothing tells it
    j.agent, -- who handled it
    j.applied_on, -- local day
    j.promised_sku, -- the article it was made for; * for everything
    j.valid_from, -- made for orders paid from this day on
    j.promised_days, -- for how many days; null: not limited
    j.fault_scope, -- which faults it covers; null: all
    j.counted_from, -- what the days run from: signed, completed, paid
    j.days_since, -- from then to the application; of paid, that many at most
    j.outcome, -- held, broken, not_applicable, unknown
    -- what broke it, why it does not apply, or what is not known; null where it held
    case
        when j.is_under <> 'yes' then j.why
        when j.outcome = 'held' then null
        when j.deed = 'refused' and j.promise = 'price_protection' and j.price_fell is null
            then 'no_later_price'
        when j.deed = 'refused' and j.promise = 'price_protection' and j.price_fell <= 0.01
            then 'price_not_lower'
        else j.deed
    end as reason,
    -- of a broken one: what was paid for the goods, or the difference charged or not made good
    cast(j.at_stake as decimal(18, 4)) as at_stake_amount,
    j.currency, -- ISO 4217
    -- in the reporting currency by the day's rate, where there is one
    amount_in(j.at_stake, j.currency, run.reporting_currency, fx.rate) as at_stake_reporting_amount,
    -- of it
    currency_in(j.currency, run.reporting_currency, fx.rate) as reporting_currency,
    -- of the promises a case breaks the one with most at stake, for sums over cases
    j.outcome = 'broken' and j.place = 1 as is_largest,
    j.source_file_id, -- ref_file.file_id
    j.source_record -- data record in that file
from ranked as j
cross join ref_run as run
left join int_fx_day as fx on j.currency = fx.currency and j.applied_on = fx.day_on
