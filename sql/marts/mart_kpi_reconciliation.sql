-- mart_kpi_reconciliation: what a platform reports of an agent, and what its definition gives here.
-- grain: platform, shop_id, agent, first_on, last_on, hours, measure
-- owner: after-sales analytics
-- caveat: ours is the platform's definition over the chats that came in; a sheet that names hours
--   is taken to mean the definition's, one that names none the whole day. A mean over agents or
--   days is weighted by receptions, never plain.

with

stated as (

    select
        k.platform,
        k.shop_id,
        k.agent,
        k.first_on,
        k.last_on,
        k.hours,
        k.receptions,
        regexp_matches(k.hours, '[0-9]+[^0-9]+[0-9]+|工作时间') as is_daytime,
        k.source_file_id,
        k.source_record,
        m.measure,
        m.statistic,
        case m.measure
            when 'average_response_seconds' then k.average_response_seconds
            when 'within_3min_share' then k.within_3min_share
        end as reported_value
    from fct_agent_kpi as k
    cross join (
        values
        ('average_response_seconds', 'mean'),
        ('within_3min_share', 'share')
    ) as m (measure, statistic)

),

defined as (

    select
        platform,
        statistic,
        min(variant) as variant
    from ref_variant
    where unit <> 'conversation'
    group by platform, statistic

),

paired as (

    select
        s.platform,
        s.shop_id,
        s.agent,
        s.first_on,
        s.last_on,
        s.hours,
        s.measure,
        s.statistic,
        s.reported_value,
        s.receptions,
        s.source_file_id,
        s.source_record,
        defined.variant,
        sum(
            case
                when s.statistic = 'mean' and s.is_daytime then v.counted_seconds
                when s.statistic = 'mean' then v.counted_seconds_any_hour
                when s.is_daytime then v.within_limit
                else v.within_limit_any_hour
            end
        ) as own_numerator,
        cast(floor(sum(
            case
                when s.statistic = 'mean' and s.is_daytime then v.waits
                when s.statistic = 'mean' then v.waits_any_hour
                when s.is_daytime then v.counted
                else v.counted_any_hour
            end
        )) as bigint) as own_denominator
    from stated as s
    left join defined on s.platform = defined.platform and s.statistic = defined.statistic
    left join mart_response_variant as v
        on
            defined.variant = v.variant
            and s.platform = v.platform
            and s.shop_id = v.shop_id
            and s.agent = v.agent
            and s.first_on <= v.asked_on
            and s.last_on >= v.asked_on
    where s.reported_value is not null
    group by
        s.platform, s.shop_id, s.agent, s.first_on, s.last_on, s.hours, s.measure, s.statistic,
        s.reported_value, s.receptions, s.source_file_id, s.source_record, defined.variant

)

select
    platform, -- whose report it is
    shop_id, -- whose agents
    agent, -- the account
    first_on, -- first local day
    last_on, -- last local day
    hours, -- hours of the day the figures are about, in the platform's words; '' when not said
    measure, -- average_response_seconds, within_3min_share
    variant, -- ref_variant: the definition ours is made by; null where none is known
    reported_value, -- the platform's figure: seconds, or a share of 1
    receptions, -- what a mean over agents or days is weighted with
    own_numerator, -- ours: seconds together, or turns in time
    own_denominator, -- ours: turns, or persons
    -- ours; null where no chat of the agent came in for those days
    cast(own_numerator as double) / nullif(own_denominator, 0) as own_value,
    -- ours less the platform's
    cast(own_numerator as double) / nullif(own_denominator, 0) - reported_value as difference,
    case
        when variant is null then 'no_definition'
        when coalesce(own_denominator, 0) = 0 then 'no_chats_of_the_agent'
    end as own_reason, -- why own_value is null
    source_file_id, -- ref_file.file_id, of the report
    source_record -- data record in that file
from paired
