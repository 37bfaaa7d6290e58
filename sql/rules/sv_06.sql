-- sv_06: who is strongly upset is answered with a word of understanding first, and soon.
-- grain: platform, shop_id, entity_id
-- owner: after-sales analytics
-- caveat: turns below level 2 are no upset turns, so a lower min_emotion than 2 finds no more.
--   Unanswered turns are another rule's (SV-04).

with

timed as (

    select
        t.*,
        t.acknowledged_after_seconds as measured,
        longest.value as allowed,
        least_level.value as min_emotion
    from fct_upset_turn as t
    left join int_rule_parameter as longest
        on
            longest.rule_id = 'SV-06'
            and longest.parameter = 'limit_seconds'
            and t.platform = longest.platform
            and t.shop_id = longest.shop_id
            and t.asked_on >= longest.valid_from
            and t.asked_on < longest.valid_to
    left join int_rule_parameter as least_level
        on
            least_level.rule_id = 'SV-06'
            and least_level.parameter = 'min_emotion'
            and t.platform = least_level.platform
            and t.shop_id = least_level.shop_id
            and t.asked_on >= least_level.valid_from
            and t.asked_on < least_level.valid_to

),

judged as (

    select
        *,
        case
            when allowed is null or min_emotion is null then 'unknown:parameter_not_set'
            when emotion < min_emotion then 'not_applicable:milder'
            when not has_reply then 'not_applicable:unanswered'
            when is_acknowledged is null then 'unknown:no_text'
            when not is_acknowledged then 'violation:not_acknowledged'
            when not acknowledges_first then 'violation:explained_first'
            when measured is null then 'unknown:times_out_of_order'
            when measured > allowed then 'violation:late'
            else 'pass'
        end as verdict
    from timed

)

select
    t.platform, -- of the desk
    t.shop_id, -- whose desk it is
    -- the conversation and the turn's number in it
    t.conversation_id || '#' || t.turn_no as entity_id,
    cast(null as varchar) as sku, -- not looked for
    t.agent, -- who replied, else who had it
    t.asked_on as occurred_on, -- local day it was asked on
    t.verdict, -- what was found; after a colon how it was broken, or what is missing
    t.measured, -- seconds from the upset message to the one that acknowledges
    t.allowed, -- seconds at most
    cast(null as decimal(18, 4)) as amount_at_risk, -- none
    cast(null as varchar) as currency, -- none
    t.source_file_id, -- ref_file.file_id, of the turn's first message
    t.source_record -- data record in that file
from judged as t
