-- mart_case_cohort: what entered on a day, and which of it was asked for an exchange or the like.
-- grain: platform, shop_id, sku?, counted, base, row_type, reason?, entered_on?, happened_on?,
--   first_type?, first_days?, repaired_days?, asked_type?, reached?, approval_told?, end_told?,
--   asked_days?, has_units?, reporting_currency?
-- owner: after-sales analytics
-- caveat: rows of another base or counted otherwise are the same orders again, so take one of each.
--   A line enters as a whole; an order without known lines is one line. Reversals do not enter.
--   What was asked for before the day of entry counts as asked for on it.

with

-- followed until the after-sales exports end, and no further than the as-of
covers as (

    select
        cover.platform,
        cover.shop_id,
        cover.known_from,
        case
            when cover.known_until < run.as_of_on then cover.known_until else run.as_of_on
        end as followed_until
    from int_case_cover as cover
    cross join ref_run as run

),

entries as (

    select
        'line' as counted,
        'line' as asked_as,
        platform,
        shop_id,
        order_id,
        line_id,
        sku,
        units,
        reporting_amount,
        reporting_currency,
        sold_on,
        shipped_on,
        signed_on,
        completed_on
    from fct_order_line
    where sold_on is not null and is_sold and (units is null or units > 0)
    union all
    -- an order report alone gives no lines
    select
        'line' as counted,
        'order' as asked_as,
        platform,
        shop_id,
        order_id,
        '' as line_id,
        cast(null as varchar) as sku,
        cast(null as bigint) as units,
        total_reporting_amount as reporting_amount,
        reporting_currency,
        sold_on,
        shipped_on,
        signed_on,
        completed_on
    from fct_order
    where sold_on is not null and line_count = 0
    union all
    select
        'order' as counted,
        'order' as asked_as,
        platform,
        shop_id,
        order_id,
        '' as line_id,
        cast(null as varchar) as sku,
        cast(null as bigint) as units,
        cast(null as decimal(18, 4)) as reporting_amount,
        cast(null as varchar) as reporting_currency,
        sold_on,
        shipped_on,
        signed_on,
        completed_on
    from fct_order
    where sold_on is not null

),

-- as few rows as tell the days apart, before each is laid out by what it may have entered by
days as (

    select
        e.counted,
        e.platform,
        e.shop_id,
        e.sku,
        e.reporting_currency,
        e.sold_on,
        e.shipped_on,
        e.signed_on,
        e.completed_on,
        f.first_type,
        f.first_on,
        f.repaired_on,
        coalesce(f.has_untimed, false) as has_untimed,
        count(*) as entries,
        sum(e.units) as units,
        sum(e.reporting_amount) as reporting_amount
    from entries as e
    left join int_line_first as f
        on
            e.order_id = f.order_id
            and e.line_id = f.line_id
            and e.asked_as = f.counted
            and e.platform = f.platform
            and e.shop_id = f.shop_id
    group by
        e.counted, e.platform, e.shop_id, e.sku, e.reporting_currency, e.sold_on, e.shipped_on,
        e.signed_on, e.completed_on, f.first_type, f.first_on, f.repaired_on,
        coalesce(f.has_untimed, false)

),

-- which times any export of a shop gives
told as (

    select
        platform,
        shop_id,
        count(shipped_on) > 0 as tells_shipped,
        count(signed_on) > 0 as tells_signed,
        count(completed_on) > 0 as tells_completed
    from days
    group by platform, shop_id

),

laid as (

    select
        d.*,
        base.base,
        case base.base
            when 'paid' then d.sold_on
            when 'shipped' then d.shipped_on
            when 'signed' then d.signed_on
            when 'completed' then d.completed_on
        end as base_on,
        case
            when base.base = 'shipped' and not told.tells_shipped then 'no_shipping_time'
            when base.base = 'signed' and not told.tells_signed then 'no_signing_time'
            when base.base = 'completed' and not told.tells_completed then 'no_completion_time'
        end as base_reason
    from days as d
    inner join told
        on
            d.platform = told.platform
            and d.shop_id = told.shop_id
    cross join (
        values ('paid'), ('shipped'), ('signed'), ('completed')
    ) as base (base)

),

judged as (

    select
        l.*,
        covers.followed_until,
        case
            when l.base_reason is not null then l.base_reason
            when covers.platform is null then 'no_case_export'
            when covers.known_from is null then 'no_application_time'
            when l.sold_on < covers.known_from or l.base_on > covers.followed_until
                then 'not_covered'
        end as reason,
        coalesce(l.first_on <= covers.followed_until, false) as has_first,
        coalesce(l.repaired_on <= covers.followed_until, false) as has_repair
    from laid as l
    -- left join: a shop without after-sales exports has sold all the same
    left join covers
        on
            l.platform = covers.platform
            and l.shop_id = covers.shop_id
    -- what has not been shipped, signed for or completed has not entered
    where l.base_on is not null or l.base_reason is not null

),

-- a line's case is its own; where no lines are known it is its order's
matched as (

    select
        a.ask_key,
        a.counted as asked_as,
        a.order_id,
        e.counted,
        e.platform,
        e.shop_id,
        e.sku,
        e.reporting_currency,
        e.sold_on,
        e.shipped_on,
        e.signed_on,
        e.completed_on,
        a.asked_type,
        a.reached,
        a.approval_told,
        a.end_told,
        a.asked_on,
        a.entries,
        a.units,
        a.units * (cast(e.reporting_amount as double) / nullif(e.units, 0)) as reporting_amount
    from int_line_ask as a
    inner join entries as e
        on
            a.order_id = e.order_id
            and a.line_id = e.line_id
            and a.counted = e.asked_as
            and a.platform = e.platform
            and a.shop_id = e.shop_id

),

placed as (

    select
        ask_key,
        asked_as
    from matched
    group by ask_key, asked_as

),

sold_orders as (

    select
        platform,
        shop_id,
        order_id,
        bool_or(counted = 'line') as is_one_line
    from matched
    where asked_as = 'order'
    group by platform, shop_id, order_id

),

-- a case about no known sale, or about no line that can be told
lost as (

    select
        a.*,
        sold.order_id is null as has_no_order
    from int_line_ask as a
    left join placed
        on
            a.ask_key = placed.ask_key
            and a.counted = placed.asked_as
    left join sold_orders as sold
        on
            a.order_id = sold.order_id
            and a.platform = sold.platform
            and a.shop_id = sold.shop_id
    where
        placed.ask_key is null
        and not (a.counted = 'line' and coalesce(sold.is_one_line, false))

),

asked as (

    select
        m.*,
        m.units is not null as has_units,
        base.base,
        case base.base
            when 'paid' then m.sold_on
            when 'shipped' then m.shipped_on
            when 'signed' then m.signed_on
            when 'completed' then m.completed_on
        end as base_on
    from matched as m
    cross join (
        values ('paid'), ('shipped'), ('signed'), ('completed')
    ) as base (base)

),

entered as (

    select
        platform,
        shop_id,
        sku,
        counted,
        base,
        reason,
        coalesce(base_on, sold_on) as entered_on,
        case when reason is null then followed_until end as followed_until,
        case when reason is null and has_first then first_type end as first_type,
        case
            when reason is not null or has_untimed then null
            when not has_first then followed_until
            when first_on < base_on then base_on
            else first_on
        end as first_until,
        case
            when reason is not null or not has_repair then null
            when repaired_on < base_on then base_on
            else repaired_on
        end as repaired_until,
        reporting_currency,
        sum(entries) as entries,
        sum(units) as units,
        sum(reporting_amount) as reporting_amount
    from judged
    group by
        platform, shop_id, sku, counted, base, reason, coalesce(base_on, sold_on),
        case when reason is null then followed_until end,
        case when reason is null and has_first then first_type end,
        case
            when reason is not null or has_untimed then null
            when not has_first then followed_until
            when first_on < base_on then base_on
            else first_on
        end,
        case
            when reason is not null or not has_repair then null
            when repaired_on < base_on then base_on
            else repaired_on
        end,
        reporting_currency

),

asked_of as (

    select
        a.platform,
        a.shop_id,
        a.sku,
        a.counted,
        a.base,
        a.base_on,
        covers.followed_until,
        a.asked_on,
        a.asked_type,
        a.reached,
        a.approval_told,
        a.end_told,
        a.has_units,
        a.reporting_currency,
        sum(a.entries) as entries,
        sum(a.units) as units,
        sum(a.reporting_amount) as reporting_amount
    from asked as a
    inner join covers
        on
            a.platform = covers.platform
            and a.shop_id = covers.shop_id
            and a.sold_on >= covers.known_from
            and a.base_on <= covers.followed_until
            and (a.asked_on is null or a.asked_on <= covers.followed_until)
    group by
        a.platform, a.shop_id, a.sku, a.counted, a.base, a.base_on, covers.followed_until,
        a.asked_on, a.asked_type, a.reached, a.approval_told, a.end_told, a.has_units,
        a.reporting_currency

),

lost_of as (

    select
        platform,
        shop_id,
        counted,
        has_no_order,
        asked_on,
        asked_type,
        sum(entries) as entries
    from lost
    group by platform, shop_id, counted, has_no_order, asked_on, asked_type

)

select
    e.platform, -- where it was sold
    e.shop_id, -- whose order it is
    e.sku, -- of a line; null for an order, or without lines
    e.counted, -- line or order
    e.base, -- what it entered by: paid, shipped, signed, completed
    -- entered; asked: of these, what for; left_out: cannot be judged
    case when e.reason is null then 'entered' else 'left_out' end as row_type,
    e.reason, -- why left_out
    e.entered_on, -- local day; left out: of payment, a case about no known sale: of applying
    e.entered_on as happened_on, -- of asked: local day of applying; else entered_on
    date_diff('day', cast(e.entered_on as date), cast(e.followed_until as date))
        as followed_days, -- since it entered
    -- followed for as long as the setting mature_days says
    date_diff('day', cast(e.entered_on as date), cast(e.followed_until as date))
    >= run.mature_days as is_ripe,
    e.first_type, -- first asked for: exchange, return_refund, refund_only; null: none of them
    -- of entered: until then, else as long as it was followed; null where nobody knows
    date_diff('day', cast(e.entered_on as date), cast(e.first_until as date)) as first_days,
    -- of entered: until a repair that came before any of these; null: none did
    date_diff('day', cast(e.entered_on as date), cast(e.repaired_until as date)) as repaired_days,
    cast(null as varchar) as asked_type, -- of asked: exchange, return_refund, repair, …
    cast(null as varchar) as reached, -- of asked: completed, else approved, else applied
    -- of asked: whether it was approved is told, or it still waits
    cast(null as boolean) as approval_told,
    -- of asked: whether it was completed is told, or it is still open
    cast(null as boolean) as end_told,
    -- of asked: from entering to the first application of the type
    cast(null as bigint) as asked_days,
    cast(null as boolean) as has_units, -- of asked: the units are told
    e.reporting_currency, -- of reporting_amount; null for orders
    -- lines or orders; of asked each once by type, where it came furthest
    cast(floor(e.entries) as bigint) as entries,
    cast(floor(e.units) as bigint) as units, -- sold, or asked for
    cast(e.reporting_amount as decimal(18, 4)) as reporting_amount -- paid for these units
from entered as e
cross join ref_run as run
union all
select
    a.platform,
    a.shop_id,
    a.sku,
    a.counted,
    a.base,
    'asked' as row_type,
    cast(null as varchar) as reason,
    a.base_on as entered_on,
    coalesce(a.asked_on, a.base_on) as happened_on,
    date_diff('day', cast(a.base_on as date), cast(a.followed_until as date)) as followed_days,
    date_diff('day', cast(a.base_on as date), cast(a.followed_until as date))
    >= run.mature_days as is_ripe,
    cast(null as varchar) as first_type,
    cast(null as bigint) as first_days,
    cast(null as bigint) as repaired_days,
    a.asked_type,
    a.reached,
    a.approval_told,
    a.end_told,
    case
        when a.asked_on < a.base_on then 0
        else date_diff('day', cast(a.base_on as date), cast(a.asked_on as date))
    end as asked_days,
    a.has_units,
    a.reporting_currency,
    cast(floor(a.entries) as bigint) as entries,
    cast(floor(a.units) as bigint) as units,
    cast(a.reporting_amount as decimal(18, 4)) as reporting_amount
from asked_of as a
cross join ref_run as run
union all
select
    l.platform,
    l.shop_id,
    cast(null as varchar) as sku,
    l.counted,
    base.base,
    'left_out' as row_type,
    case when l.has_no_order then 'no_order' else 'no_line' end as reason,
    l.asked_on as entered_on,
    l.asked_on as happened_on,
    cast(null as bigint) as followed_days,
    cast(null as boolean) as is_ripe,
    cast(null as varchar) as first_type,
    cast(null as bigint) as first_days,
    cast(null as bigint) as repaired_days,
    l.asked_type,
    cast(null as varchar) as reached,
    cast(null as boolean) as approval_told,
    cast(null as boolean) as end_told,
    cast(null as bigint) as asked_days,
    cast(null as boolean) as has_units,
    cast(null as varchar) as reporting_currency,
    cast(floor(l.entries) as bigint) as entries,
    cast(null as bigint) as units,
    cast(null as decimal(18, 4)) as reporting_amount
from lost_of as l
cross join (
    values ('paid'), ('shipped'), ('signed'), ('completed')
) as base (base)
