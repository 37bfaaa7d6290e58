-- stg_desk__ticket: each ticket or call once, as its newest export tells it, typed and in UTC.
-- grain: platform, shop_id, ticket_id
-- owner: after-sales analytics
-- caveat: older versions of a row stay in raw_desk__ticket and are read by nothing.

with

keyed as (

    select
        row_version(f.export_rank, r._record) as row_version,
        coalesce(lower(as_text(r._platform)), f.platform) as platform,
        coalesce(as_id(r.shop_id), f.shop_id) as shop_id,
        as_id(r.ticket_id) as ticket_id
    from raw_desk__ticket as r
    inner join ref_file as f on r._file_id = f.file_id

),

newest as (

    select
        platform,
        shop_id,
        ticket_id,
        max(row_version) as row_version
    from keyed
    group by platform, shop_id, ticket_id

),

local_times as (

    select
        newest.platform,
        newest.shop_id,
        newest.ticket_id,
        r._file_id as source_file_id,
        r._record as source_record,
        f.format,
        f.zone,
        f.exported_at,
        r.buyer_id,
        r.order_id,
        r.status,
        r.channel,
        r.priority,
        r.category,
        r.sub_category,
        r.subject,
        r.text,
        r.agent,
        r.team,
        r.csat,
        r.reopens,
        as_time(r.created_at, f.time_layout) as created_local,
        as_time(r.first_replied_at, f.time_layout) as first_replied_local,
        as_time(r.solved_at, f.time_layout) as solved_local,
        as_time(r.closed_at, f.time_layout) as closed_local
    from raw_desk__ticket as r
    inner join ref_file as f on r._file_id = f.file_id
    inner join newest on row_version(f.export_rank, r._record) = newest.row_version

)

select
    n.platform, -- where it was sold
    n.shop_id, -- the file's own column, else the inbox folder
    n.ticket_id, -- the desk's own number
    as_text(n.buyer_id) as buyer_key, -- keyed pseudonym of the customer
    as_id(n.order_id) as order_id, -- the order it is about, when stated
    status_word.term as status, -- open, pending, hold, solved, closed
    as_text(n.status) as status_word, -- as delivered
    to_utc(n.created_local, created_zone.offset_seconds) as created_at, -- request came in, UTC
    -- first public answer by a person, UTC
    to_utc(n.first_replied_local, first_replied_zone.offset_seconds) as first_replied_at,
    to_utc(n.solved_local, solved_zone.offset_seconds) as solved_at, -- last solved, UTC
    to_utc(n.closed_local, closed_zone.offset_seconds) as closed_at, -- closed, UTC
    coalesce(
        created_zone.reason, first_replied_zone.reason, solved_zone.reason,
        closed_zone.reason
    ) as time_reason, -- a local hour that exists twice or not at all; null otherwise
    as_text(n.channel) as channel, -- mail, phone, web and the like
    as_text(n.priority) as priority, -- the desk's own word
    as_text(n.category) as category, -- the desk's own category
    as_text(n.sub_category) as sub_category, -- the desk's own sub-category
    as_text(n.subject) as subject, -- free text: masked before it is shown
    as_text(n.text) as body, -- free text: masked before it is shown
    as_text(n.agent) as agent, -- who handled it
    as_text(n.team) as team, -- the agent's group
    as_number(n.csat) as csat, -- satisfaction as given
    as_count(n.reopens) as reopens, -- how often it was reopened
    n.exported_at, -- how new the version is; local time of the export
    n.source_file_id, -- ref_file.file_id
    n.source_record -- data record in that file, from 1
from local_times as n
left join ref_word as status_word
    on
        n.format = status_word.format
        and n.status = status_word.word
        and status_word.column_name = 'status'
left join dim_utc_offset as created_zone
    on
        n.zone = created_zone.zone
        and n.created_local >= created_zone.local_from
        and n.created_local < created_zone.local_to
left join dim_utc_offset as first_replied_zone
    on
        n.zone = first_replied_zone.zone
        and n.first_replied_local >= first_replied_zone.local_from
        and n.first_replied_local < first_replied_zone.local_to
left join dim_utc_offset as solved_zone
    on
        n.zone = solved_zone.zone
        and n.solved_local >= solved_zone.local_from
        and n.solved_local < solved_zone.local_to
left join dim_utc_offset as closed_zone
    on
        n.zone = closed_zone.zone
        and n.closed_local >= closed_zone.local_from
        and n.closed_local < closed_zone.local_to
