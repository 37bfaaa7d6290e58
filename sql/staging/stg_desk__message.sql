-- stg_desk__message: each chat message once, as its newest export tells it, typed and in UTC.
-- grain: platform, shop_id, conversation_id, message_id
-- owner: after-sales analytics
-- caveat: without a message number in the export, message_id is the second and the turn in it.

with

delivered as (

    select
        r._file_id as source_file_id,
        r._record as source_record,
        f.format,
        f.zone,
        f.time_layout,
        f.exported_at,
        f.sha256,
        coalesce(lower(as_text(r._platform)), f.platform) as platform,
        coalesce(as_id(r.shop_id), f.shop_id) as shop_id,
        as_id(r.conversation_id) as conversation_id,
        r.message_id,
        r.sender_role,
        r.sender,
        r.sent_at,
        r.text,
        r.buyer_id,
        r.order_id,
        r.case_id,
        r.channel,
        r.team
    from raw_desk__message as r
    inner join ref_file as f on r._file_id = f.file_id

),

-- A message without a number of its own is known by its second and its turn in it.
numbered as (

    select
        * exclude (message_id),
        coalesce(
            as_id(message_id),
            as_text(sent_at)
            || '#'
            || row_number() over (
                partition by source_file_id, platform, shop_id, conversation_id, sent_at
                order by source_record
            )
        ) as message_id
    from delivered

),

newest as (

    select *
    from numbered
    qualify row_number() over (
            partition by platform, shop_id, conversation_id, message_id
            order by exported_at desc nulls last, sha256 desc, source_record desc
        ) = 1

),

local_times as (

    select
        * exclude (
            sent_at
        ),
        as_time(sent_at, time_layout) as sent_local
    from newest

)

select
    n.platform, -- where it was sold
    n.shop_id, -- the file's own column, else the inbox folder
    n.conversation_id, -- the chat session
    n.message_id, -- the platform's message number, else second#turn
    -- customer, agent, bot, system, note; null when the word is unknown
    sender_role_word.term as sender_role,
    as_text(n.sender_role) as sender_role_word, -- as delivered
    as_text(n.sender) as sender_key, -- the agent's account; a keyed pseudonym for a buyer
    to_utc(n.sent_local, sent_zone.offset_seconds) as sent_at, -- sent, UTC
    sent_zone.reason as time_reason, -- a local hour that exists twice or not at all; null otherwise
    as_text(n.text) as body, -- free text: masked before it is shown
    as_text(n.buyer_id) as buyer_key, -- keyed pseudonym of the buyer
    as_id(n.order_id) as order_id, -- the order it is about, when stated
    as_id(n.case_id) as case_id, -- the case it is about, when stated
    as_text(n.channel) as channel, -- where the chat took place
    as_text(n.team) as team, -- the agents' group
    n.exported_at, -- how new the version is; local time of the export
    n.source_file_id, -- ref_file.file_id
    n.source_record -- data record in that file, from 1
from local_times as n
left join ref_word as sender_role_word
    on
        n.format = sender_role_word.format
        and n.sender_role = sender_role_word.word
        and sender_role_word.column_name = 'sender_role'
left join dim_utc_offset as sent_zone
    on
        n.zone = sent_zone.zone
        and n.sent_local >= sent_zone.local_from
        and n.sent_local < sent_zone.local_to
