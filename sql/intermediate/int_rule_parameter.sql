-- int_rule_parameter: what a control rule goes by in a shop, from which local day to which.
-- grain: rule_id, parameter, platform, shop_id, valid_from
-- owner: after-sales analytics
-- caveat: what the settings say goes before what is packaged, a shop's own before a platform's,
--   a platform's before all; where nobody gave a value there is no row, and the rule is unknown.

with

shops as (

    select distinct
        platform,
        shop_id
    from stg_shop__case
    union
    select distinct
        platform,
        shop_id
    from stg_shop__order
    union
    select distinct
        platform,
        shop_id
    from int_conversation_merge
    union
    select distinct
        platform,
        shop_id
    from ref_file

),

-- every value that could hold there, the one that names the most last
fitting as (

    select
        s.platform,
        s.shop_id,
        p.rule_id,
        p.parameter,
        p.valid_from,
        p.value,
        p.word,
        case when p.is_own then 4 else 0 end
        + case when p.shop_id is null then 0 else 2 end
        + case when p.platform is null then 0 else 1 end as nearness
    from shops as s
    inner join ref_rule_parameter as p
        on
            (p.platform is null or s.platform = p.platform)
            and (p.shop_id is null or s.shop_id = p.shop_id)

),

-- what holds can only change on a day some value begins
days as (

    select distinct
        platform,
        shop_id,
        rule_id,
        parameter,
        valid_from
    from fitting

),

holding as (

    select
        d.platform,
        d.shop_id,
        d.rule_id,
        d.parameter,
        d.valid_from,
        f.value,
        f.word
    from days as d
    inner join fitting as f
        on
            d.platform = f.platform
            and d.shop_id = f.shop_id
            and d.rule_id = f.rule_id
            and d.parameter = f.parameter
            and d.valid_from >= f.valid_from
    qualify row_number() over (
            partition by d.platform, d.shop_id, d.rule_id, d.parameter, d.valid_from
            order by f.nearness desc, f.valid_from desc, f.value asc, f.word asc
        ) = 1

)

select
    rule_id, -- ref_rule
    parameter, -- of the rule
    platform, -- where it was sold
    shop_id, -- whose it is
    valid_from, -- first local day it holds for
    lead(valid_from, 1, date '2900-01-01') over (
        partition by platform, shop_id, rule_id, parameter order by valid_from
    ) as valid_to, -- first local day it does not
    value, -- a number
    word -- a text; of several a pattern that any of them fits
from holding
