-- int_canned_reply: wordings an agent answers with over and over.
-- grain: platform, shop_id, agent, wording
-- owner: after-sales analytics
-- caveat: a wording is a reply without its figures and its end; canned means in at least 20
--   conversations and at least one in twenty of those the agent answered. Replies under 8
--   characters are nobody's wording. Not whether the words fit: a good macro is canned too.

with

said as (

    select
        platform,
        shop_id,
        agent,
        reply_wording as wording,
        count(distinct conversation_id) as conversations
    from int_turn_detect
    where agent is not null and reply_wording is not null
    group by platform, shop_id, agent, reply_wording

),

answered as (

    select
        platform,
        shop_id,
        agent,
        count(distinct conversation_id) as conversations
    from int_turn_detect
    where agent is not null
    group by platform, shop_id, agent

)

select
    said.platform, -- where it was sold
    said.shop_id, -- whose agent
    said.agent, -- who answers
    said.wording, -- the reply without its figures
    said.conversations -- it was used in
from said
inner join answered
    on
        said.platform = answered.platform
        and said.shop_id = answered.shop_id
        and said.agent = answered.agent
where said.conversations >= 20 and said.conversations * 20 >= answered.conversations
