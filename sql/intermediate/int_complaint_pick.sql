-- int_complaint_pick: the categories each case, conversation and review is a complaint of, each by
--   the label that is surest.
-- grain: source, entity_no, leaf
-- owner: after-sales analytics
-- caveat: what a customer's texts say together. Of a case whose texts name no cause, the reason
--   picked does, where it stands for one category only; no reason (P7) and other (X0) do not.
--   Unspecified (X0) only where nothing else is named.

with

-- what says nothing is most of it, and goes first
labelled as (

    select distinct text_key
    from ref_text_label

),

said as (

    select distinct
        g.source,
        g.entity_no,
        g.text_key
    from int_text_gather as g
    inner join labelled on g.text_key = labelled.text_key

),

told as (

    select
        s.source,
        s.entity_no,
        l.leaf,
        l.tier,
        l.score,
        l.rule,
        l.told_by,
        l.quote
    from said as s
    inner join ref_text_label as l on s.text_key = l.text_key
    qualify row_number() over (
            partition by s.source, s.entity_no, l.leaf
            order by l.tier asc, l.score desc, s.text_key asc
        ) = 1

),

specified as (

    select distinct
        source,
        entity_no
    from told
    where leaf <> 'X0'

),

-- a reason that stands for several categories tells none of them
plain_reasons as (

    select
        reason,
        min(leaf) as leaf
    from ref_reason_leaf
    group by reason
    having count(*) = 1 and min(leaf) <> 'P7' and min(leaf) <> 'X0'

),

picked as (

    select
        c.case_key,
        r.leaf
    from int_case_merge as c
    inner join plain_reasons as r on c.reason = r.reason
    left join specified on specified.source = 'case' and c.case_key = specified.entity_no
    where specified.entity_no is null

)

select
    t.source, -- case, chat, ticket, call or review
    t.entity_no, -- int_text_gather
    t.leaf, -- ref_leaf
    t.tier, -- A, B or C: how often such labels are right
    t.score, -- how likely it is right, 0 to 1
    t.rule, -- the phrase that tells it; null where only the model does
    t.told_by, -- phrase, model, both; reason: picked and not said
    t.quote -- the words that tell it, masked
from told as t
left join specified on t.source = specified.source and t.entity_no = specified.entity_no
left join picked on t.source = 'case' and t.entity_no = picked.case_key
where t.leaf <> 'X0' or (specified.entity_no is null and picked.case_key is null)
union all
select
    'case' as source,
    case_key as entity_no,
    leaf,
    'C' as tier,
    cast(null as double) as score,
    cast(null as varchar) as rule,
    'reason' as told_by,
    cast(null as varchar) as quote
from picked
