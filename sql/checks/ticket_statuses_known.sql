-- ticket_statuses_known: No ticket stood in a status nobody knows the meaning of, so that its waits
-- are known.
-- level: warning
with

words as (

    select
        platform,
        shop_id,
        ticket_id,
        changed_at,
        min(value_key) as word
    from stg_desk__ticket_event
    where field = 'status'
    group by platform, shop_id, ticket_id, changed_at

),

told as (

    select distinct
        platform,
        shop_id,
        ticket_id
    from words

)

select
    s.platform,
    s.shop_id,
    -- as delivered; empty where the history begins later than the ticket
    coalesce(words.word, '') as word,
    count(distinct s.ticket_id) as tickets,
    sum(s.seconds) as seconds,
    min(s.source_file_id) as source_file_id,
    min(s.source_record) as source_record
from fct_ticket_stage as s
-- a ticket without any history has no waits for another reason
inner join told
    on
        s.platform = told.platform
        and s.shop_id = told.shop_id
        and s.ticket_id = told.ticket_id
left join words
    on
        s.platform = words.platform
        and s.shop_id = words.shop_id
        and s.ticket_id = words.ticket_id
        and s.from_at = words.changed_at
where s.status in ('unknown', 'other') and s.seconds > 0
group by s.platform, s.shop_id, coalesce(words.word, '')
