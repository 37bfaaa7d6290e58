-- int_case_match: each case with the line of the order it is about, where that can be told.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: told by line number, else by sku, else by product, else by the order's only line.

with

-- of the orders that have a case at all
lines as (

    select
        l.platform,
        l.shop_id,
        l.order_id,
        l.line_id,
        l.sku,
        l.product_id,
        l.title,
        l.units,
        coalesce(l.paid_amount, l.unit_price * l.units) as paid_amount,
        count(*) over (partition by l.platform, l.shop_id, l.order_id) as line_count
    from stg_shop__order_line as l
    where
        exists (
            select 1
            from stg_shop__case as c
            where
                c.platform = l.platform
                and c.shop_id = l.shop_id
                and c.order_id = l.order_id
        )

),

-- what an export lists of a case line by line
case_lines as (

    select
        platform,
        shop_id,
        case_id,
        case when count(distinct line_id) = 1 then min(line_id) end as line_id,
        cast(floor(sum(units)) as bigint) as units,
        min(reason) as reason
    from stg_shop__case_line
    group by platform, shop_id, case_id

),

cases as (

    select
        c.platform,
        c.shop_id,
        c.case_id,
        c.order_id,
        c.sku,
        c.product_id,
        c.title,
        coalesce(c.line_id, case_lines.line_id) as line_id,
        coalesce(c.units, case_lines.units) as units,
        coalesce(c.reason, case_lines.reason) as reason
    from stg_shop__case as c
    left join case_lines
        on
            c.platform = case_lines.platform
            and c.shop_id = case_lines.shop_id
            and c.case_id = case_lines.case_id

),

candidates as (

    select
        c.platform,
        c.shop_id,
        c.case_id,
        lines.line_id,
        lines.sku,
        lines.title,
        lines.units,
        lines.paid_amount,
        case
            when c.line_id = lines.line_id then 1
            when c.sku = lines.sku then 2
            when coalesce(c.product_id, c.sku) = lines.product_id then 3
            when lines.line_count = 1 then 4
        end as how
    from cases as c
    inner join lines
        on
            c.platform = lines.platform
            and c.shop_id = lines.shop_id
            and c.order_id = lines.order_id

),

best as (

    select *
    from candidates
    where how is not null
    qualify row_number() over (
            partition by platform, shop_id, case_id
            order by how, line_id
        ) = 1

)

select
    c.platform, -- where it was sold
    c.shop_id, -- whose case it is
    c.case_id, -- the platform's own text
    coalesce(best.line_id, c.line_id) as line_id, -- null when it cannot be told
    coalesce(best.sku, c.sku, c.product_id) as sku, -- the line's, else the case's own
    coalesce(best.title, c.title) as title, -- the line's, else the case's own
    best.units as line_units, -- sold on that line
    best.paid_amount as line_paid_amount, -- paid for that line
    c.reason, -- as the buyer picked it, on the case or else on its lines
    -- a line of one unit leaves no doubt; of a larger one the export does not say how many
    coalesce(c.units, case when best.units = 1 then best.units end) as units, -- null: not told
    case
        when c.units is not null or best.units = 1 then null
        when best.line_id is null then 'no_lines'
        else 'units_not_stated'
    end as units_reason -- why units is null
from cases as c
left join best
    on
        c.platform = best.platform
        and c.shop_id = best.shop_id
        and c.case_id = best.case_id
