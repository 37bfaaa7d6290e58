-- int_conversation_calendar: which working hours hold for a conversation, from when to when.
-- grain: conversation_no, valid_from
-- owner: after-sales analytics
-- caveat: a ticket goes by the schedules its desk measured it by, each while it was in force, the
--   first since ever, or all the time by the last one where desk_schedule says so; without any by
--   the hours of its team, else of its shop, else of the workspace.

with

scheduled as (

    select
        t.conversation_no,
        'desk:' || s.platform || ':' || s.shop_id || ':' || s.schedule_id as calendar_id,
        coalesce(run.desk_schedule = 'last', false) as is_last_only,
        s.valid_from,
        row_number() over (
            partition by t.conversation_no order by s.valid_from
        ) as place,
        lead(s.valid_from) over (
            partition by t.conversation_no order by s.valid_from
        ) as valid_to
    from stg_desk__ticket_schedule as s
    cross join ref_run as run
    inner join int_ticket_merge as t
        on s.platform = t.platform and s.shop_id = t.shop_id and s.ticket_id = t.ticket_id
    -- as in int_conversation_merge: what is thrown away was no request
    where t.status is distinct from 'deleted'

),

ticketed as (

    select distinct conversation_no
    from scheduled

)

select
    s.conversation_no, -- int_conversation_number
    s.calendar_id, -- dim_calendar; null where nobody said when people work
    -- UTC
    case
        when s.place = 1 or s.is_last_only then timestamp '1900-01-01' else s.valid_from
    end as valid_from,
    coalesce(s.valid_to, timestamp '2900-01-01') as valid_to, -- UTC
    -- it holds all the time
    s.is_last_only or (s.place = 1 and s.valid_to is null) as is_only
from scheduled as s
where not s.is_last_only or s.valid_to is null
union all
select
    c.conversation_no,
    coalesce(of_team.calendar_id, of_shop.calendar_id, of_all.calendar_id) as calendar_id,
    timestamp '1900-01-01' as valid_from,
    timestamp '2900-01-01' as valid_to,
    true as is_only
from int_conversation_merge as c
left join ticketed on c.conversation_no = ticketed.conversation_no
left join ref_calendar_of as of_team on c.shop_id = of_team.shop_id and c.team = of_team.team
left join ref_calendar_of as of_shop on c.shop_id = of_shop.shop_id and of_shop.team is null
left join ref_calendar_of as of_all on of_all.shop_id is null
where ticketed.conversation_no is null
