-- stg_desk__message: each chat message once, as its newest export tells it, typed and in UTC.
-- grain: platform, shop_id, conversation_id, message_id
-- owner: after-sales analytics
-- caveat: without a message number in the export, message_id is the second and the turn in it.

with

-- A message without a number of its own is known by its second and its turn in it.
keyed as (

    select
        row_version(f.export_rank, r._record) as row_version,
        coalesce(lower(as_text(r._platform)), f.platform) as platform,
        coalesce(as_id(r.shop_id), f.shop_id) as shop_id,
        as_id(r.conversation_id) as conversation_id,
        coalesce(
            as_id(r.message_id),
            as_text(r.sent_at)
            || '#'
            || row_number() over (
                partition by r._file_id, r._platform, r.shop_id, r.conversation_id, r.sent_at
                order by r._record
            )
        ) as message_id
    from raw_desk__message as r
    inner join ref_file as f on r._file_id = f.file_id

),

newest as (

    select
        platform,
        shop_id,
        conversation_id,
        message_id,
        max(row_version) as row_version
    from keyed
    group by platform, shop_id, conversation_id, message_id

),

local_times as (

    select
        newest.platform,
        newest.shop_id,
        newest.conversation_id,
        newest.message_id,
        r._file_id as source_file_id,
        r._record as source_record,
        f.format,
        f.zone,
        f.exported_at,
        r.sender_role,
        r.sender,
        r.text,
        r.buyer_id,
        r.order_id,
        r.case_id,
        r.channel,
        r.team,
        as_time(r.sent_at, f.time_layout) as sent_local
    from raw_desk__message as r
    inner join ref_file as f on r._file_id = f.file_id
    inner join newest on row_version(f.export_rank, r._record) = newest.row_version

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
