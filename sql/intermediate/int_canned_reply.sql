-- int_canned_reply: replies in wordings their agent answers with over and over.
-- grain: row_version
-- owner: after-sales analytics
-- caveat: a wording is a reply without its figures and its end; canned means in at least 20
--   conversations and at least one in twenty of those the agent answered. Replies under 8
--   characters are nobody's wording. Not whether the words fit: a good macro is canned too.

with

replies as (

    select
        n.platform,
        n.shop_id,
        t.agent,
        t.conversation_no,
        t.reply_version
    from int_turn_detect as t
    inner join int_conversation_number as n on t.conversation_no = n.conversation_no
    where t.agent is not null

),

answered as (

    select
        platform,
        shop_id,
        agent,
        count(distinct conversation_no) as conversations
    from replies
    group by platform, shop_id, agent

),

worded as (

    select
        r.platform,
        r.shop_id,
        r.agent,
        r.conversation_no,
        r.reply_version,
        wording_of(m.body) as wording
    from replies as r
    inner join stg_desk__message as m on r.reply_version = m.row_version

),

-- most wordings are used too seldom to be looked at closer
repeated as (

    select
        platform,
        shop_id,
        agent,
        wording
    from worded
    where wording is not null
    group by platform, shop_id, agent, wording
    having count(*) >= 20

),

candidates as (

    select worded.*
    from worded
    inner join repeated
        on
            worded.platform = repeated.platform
            and worded.shop_id = repeated.shop_id
            and worded.agent = repeated.agent
            and worded.wording = repeated.wording

),

said as (

    select
        platform,
        shop_id,
        agent,
        wording,
        count(distinct conversation_no) as conversations
    from candidates
    group by platform, shop_id, agent, wording

)

select c.reply_version as row_version -- of the reply, in stg_desk__message
from candidates as c
inner join said
    on
        c.platform = said.platform
        and c.shop_id = said.shop_id
        and c.agent = said.agent
        and c.wording = said.wording
inner join answered
    on
        c.platform = answered.platform
        and c.shop_id = answered.shop_id
        and c.agent = answered.agent
where said.conversations >= 20 and said.conversations * 20 >= answered.conversations
