-- fct_complaint: every category a case, chat, ticket, call or review complains of.
-- grain: platform, shop_id, source, entity_id, leaf
-- keys: platform, shop_id, source, entity_id -> fct_feedback (platform, shop_id, source, entity_id)
-- owner: after-sales analytics
-- caveat: one complaint may be of several categories; count entities where complaints are meant.
--   How sure a label is stands in its tier. A reason picked counts only where the text names no
--   cause, and is always of tier C: buyers pick the reason that frees return postage.

with

numbered as (

    select
        platform,
        shop_id,
        'case' as source,
        case_id as entity_id,
        case_key as entity_no
    from int_case_merge
    union all
    select
        platform,
        shop_id,
        kind as source,
        conversation_id as entity_id,
        conversation_no as entity_no
    from int_conversation_merge
    union all
    select
        platform,
        shop_id,
        'review' as source,
        review_id as entity_id,
        row_version as entity_no
    from stg_shop__review

)

select
    f.platform, -- where it was sold; of a conversation the desk's
    f.shop_id, -- whose it is
    f.source, -- case, chat, ticket, call or review
    f.entity_id, -- fct_case.case_id, fct_conversation.conversation_id, fct_review.review_id
    l.leaf, -- the category: ref_leaf
    leaf.code, -- its code in words
    leaf.top, -- its group
    leaf.owner, -- who answers for it
    leaf.is_redline, -- nobody may let it lie
    l.tier, -- A, B or C: how often such labels are right
    l.score, -- how likely it is right, 0 to 1; null by a reason
    l.rule, -- the phrase that tells it; null where only the model or the reason does
    l.told_by, -- phrase, model, both; reason: picked and not said
    l.quote, -- the words that tell it, masked; null by a reason
    f.told_at, -- applied for, begun or written, UTC
    f.told_on, -- local day
    f.sku, -- what it is about
    f.agent, -- who reviewed the case, or answered first
    f.team, -- that agent's group
    f.channel, -- where it took place; of a conversation
    f.order_platform, -- of the order it is about; null when none is known
    f.order_id, -- the order it is about
    f.case_id, -- the case it is about
    f.emotion, -- the strongest of the whole, 0 to 3; null without a text
    f.source_file_id, -- ref_file.file_id
    f.source_record -- data record in that file
from int_complaint_pick as l
inner join numbered as n on l.source = n.source and l.entity_no = n.entity_no
inner join fct_feedback as f
    on
        n.platform = f.platform
        and n.shop_id = f.shop_id
        and n.source = f.source
        and n.entity_id = f.entity_id
inner join ref_leaf as leaf on l.leaf = leaf.leaf
