-- fct_feedback: every case, chat, ticket, call and review in which a customer wrote something, or
--   picked a reason, and what it says as a whole.
-- grain: platform, shop_id, source, entity_id
-- owner: after-sales analytics
-- caveat: what is said at any point counts: a thank-you at the end takes no complaint back. Of a
--   call what the agent noted. Equal texts of one entity count once. What nobody wrote down
--   (pictures, voice) says nothing here.

with

distinct_texts as (

    select
        source,
        entity_no,
        text_key,
        count(*) as texts
    from int_text_gather
    group by source, entity_no, text_key

),

read_texts as (

    select
        d.source,
        d.entity_no,
        sum(d.texts) as texts,
        count(*) as distinct_texts,
        max(m.language) as language,
        max(m.emotion) as emotion,
        min(m.emotion_quote) filter (where m.emotion = 3) as strongest_quote,
        min(m.emotion_quote) filter (where m.emotion = 2) as clear_quote,
        min(m.escalation) as escalation_quote,
        count(m.churn) as churns,
        count(m.repeat_contact) as repeats,
        count(m.empathy_needed) as empathies,
        bool_or(m.is_redline) as is_redline,
        min(m.version) as taxonomy_version
    from distinct_texts as d
    -- left join: a text nobody has read yet is a text all the same, and a check says so
    left join ref_text_mood as m on d.text_key = m.text_key
    group by d.source, d.entity_no

),

labels as (

    select
        source,
        entity_no,
        count(*) as labels,
        count(*) filter (where leaf <> 'X0') as named,
        count(*) filter (where leaf <> 'X0' and told_by <> 'reason') as said,
        count(*) filter (where tier = 'A') as sure
    from int_complaint_pick
    group by source, entity_no

),

reasons as (

    select
        reason,
        count(*) as leaves,
        count(*) filter (where leaf <> 'X0') as named
    from ref_reason_leaf
    group by reason

),

-- cases whose text and reason say the same
agreed as (

    select distinct c.case_key
    from int_case_merge as c
    inner join int_complaint_pick as l on l.source = 'case' and c.case_key = l.entity_no
    inner join ref_reason_leaf as r on c.reason = r.reason and l.leaf = r.leaf
    where l.leaf <> 'X0' and l.told_by <> 'reason'

),

order_skus as (

    select
        l.platform,
        l.shop_id,
        l.order_id,
        min(l.sku) as sku,
        min(l.title) as title
    from fct_order_line as l
    where l.sku is not null
    group by l.platform, l.shop_id, l.order_id
    having min(l.sku) = max(l.sku)

),

entities as (

    select
        c.platform,
        c.shop_id,
        'case' as source,
        c.case_id as entity_id,
        m.case_key as entity_no,
        c.applied_at as told_at,
        c.applied_on as told_on,
        c.sku,
        c.title,
        c.agent,
        cast(null as varchar) as team,
        cast(null as varchar) as channel,
        c.platform as order_platform,
        c.order_id,
        c.case_id,
        c.buyer_key,
        cast(null as double) as rating,
        c.reason,
        c.source_file_id,
        c.source_record
    from fct_case as c
    inner join int_case_merge as m
        on
            c.platform = m.platform
            and c.shop_id = m.shop_id
            and c.case_id = m.case_id
    union all
    select
        v.platform,
        v.shop_id,
        v.kind as source,
        v.conversation_id as entity_id,
        m.conversation_no as entity_no,
        v.started_at as told_at,
        v.started_on as told_on,
        -- of the case it is about, else of an order of one article
        coalesce(c.sku, o.sku) as sku,
        coalesce(c.title, o.title) as title,
        v.agent,
        v.team,
        v.channel,
        v.order_platform,
        v.order_id,
        v.case_id,
        v.buyer_key,
        cast(null as double) as rating,
        cast(null as varchar) as reason,
        v.source_file_id,
        v.source_record
    from fct_conversation as v
    inner join int_conversation_merge as m
        on
            v.platform = m.platform
            and v.shop_id = m.shop_id
            and v.conversation_id = m.conversation_id
    left join fct_case as c
        on
            v.order_platform = c.platform
            and v.shop_id = c.shop_id
            and v.case_id = c.case_id
    left join order_skus as o
        on
            v.order_platform = o.platform
            and v.shop_id = o.shop_id
            and v.order_id = o.order_id
    union all
    select
        r.platform,
        r.shop_id,
        'review' as source,
        r.review_id as entity_id,
        s.row_version as entity_no,
        r.reviewed_at as told_at,
        r.reviewed_on as told_on,
        r.sku,
        r.title,
        cast(null as varchar) as agent,
        cast(null as varchar) as team,
        cast(null as varchar) as channel,
        o.platform as order_platform,
        r.order_id,
        cast(null as varchar) as case_id,
        r.buyer_key,
        r.rating,
        cast(null as varchar) as reason,
        r.source_file_id,
        r.source_record
    from fct_review as r
    inner join stg_shop__review as s
        on
            r.platform = s.platform
            and r.shop_id = s.shop_id
            and r.review_id = s.review_id
    -- left join: most exports of reviews name no order
    left join fct_order as o
        on
            r.platform = o.platform
            and r.shop_id = o.shop_id
            and r.order_id = o.order_id

),

told as (

    select
        e.*,
        t.texts,
        t.distinct_texts,
        t.language,
        t.emotion,
        coalesce(t.strongest_quote, t.clear_quote) as emotion_quote,
        t.escalation_quote,
        t.churns,
        t.repeats,
        t.empathies,
        t.is_redline,
        t.taxonomy_version,
        coalesce(l.labels, 0) as labels,
        coalesce(l.named, 0) as named,
        coalesce(l.said, 0) as said,
        coalesce(l.sure, 0) as sure
    from entities as e
    -- left joins: a case may have a reason and no text, and most texts are no complaint
    left join read_texts as t on e.source = t.source and e.entity_no = t.entity_no
    left join labels as l on e.source = l.source and e.entity_no = l.entity_no
    where t.entity_no is not null or e.reason is not null

)

select
    t.platform, -- where it was sold; of a conversation the desk's
    t.shop_id, -- whose it is
    t.source, -- case, chat, ticket, call or review
    t.entity_id, -- fct_case.case_id, fct_conversation.conversation_id, fct_review.review_id
    t.told_at, -- applied for, begun or written, UTC
    t.told_on, -- local day
    t.sku, -- what it is about; of a conversation by its case, else its order of one article
    t.title, -- what the listing calls it
    t.agent, -- who reviewed the case, or answered first
    t.team, -- that agent's group
    t.channel, -- where it took place; of a conversation
    t.order_platform, -- of the order it is about; null when none is known
    t.order_id, -- the order it is about
    t.case_id, -- the case it is about
    t.buyer_key, -- keyed pseudonym
    t.rating, -- stars of a review
    cast(floor(coalesce(t.texts, 0)) as bigint) as texts, -- the customer wrote; 0: a reason only
    coalesce(t.distinct_texts, 0) as distinct_texts, -- of these different ones
    t.language, -- of the texts: zh where any is, else en; null without a text
    t.emotion, -- the strongest: 0 content or neutral, 1 mild, 2 clear, 3 strong; null: no text
    t.emotion_quote, -- its words, masked; null below 2 or where no words of the lists say it
    t.escalation_quote is not null as is_escalation, -- threatens to go to press, law or platform
    t.escalation_quote, -- its words, masked
    coalesce(t.churns, 0) > 0 as is_churn, -- will not buy again
    coalesce(t.repeats, 0) > 0 as is_repeat_contact, -- says to have asked before
    coalesce(t.empathies, 0) > 0 as needs_empathy, -- says what calls for a word of comfort
    coalesce(t.is_redline, false) as is_redline, -- a category nobody may let lie
    t.labels, -- categories
    t.labels > 0 as is_complaint, -- of at least one category
    coalesce(t.emotion, 0) >= 1 and t.labels = 0 as is_unclassified, -- displeased, no category
    t.labels > 0 and t.named = 0 as is_unspecified, -- displeased without saying with what
    t.sure > 0 as has_tier_a, -- of at least one category of the surest kind
    t.reason, -- as the buyer picked it; of cases
    coalesce(r.leaves, 0) as reason_leaves, -- categories the reason may stand for
    -- text and reason name causes, and none in common; null where either names none
    case when t.said > 0 and r.named > 0 then agreed.case_key is null end
        as is_reason_contradicted,
    t.taxonomy_version, -- of categories, phrases and weights; null without a text
    t.source_file_id, -- ref_file.file_id
    t.source_record -- data record in that file
from told as t
left join reasons as r on t.reason = r.reason
left join agreed on t.source = 'case' and t.entity_no = agreed.case_key
