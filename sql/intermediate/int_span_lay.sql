-- int_span_lay: every stretch of a conversation whose length somebody asks for.
-- grain: platform, shop_id, conversation_id, span, span_no
-- owner: after-sales analytics
-- caveat: what has not ended runs to the as-of and says so; what would end before it begins is left
--   out, and its fact says why.

with

laid as (

    select
        platform,
        shop_id,
        conversation_id,
        'turn' as span,
        turn_no as span_no,
        asked_at as from_at,
        coalesce(replied_at, resolved_at) as until_at,
        cast(null as varchar) as stage
    from int_turn_detect
    union all
    -- with whoever answered: since it was handed over to them
    select
        platform,
        shop_id,
        conversation_id,
        'handed' as span,
        turn_no as span_no,
        transferred_at as from_at,
        coalesce(replied_at, resolved_at) as until_at,
        cast(null as varchar) as stage
    from int_turn_detect
    where transferred_at is not null
    union all
    select
        platform,
        shop_id,
        conversation_id,
        'stage' as span,
        stage_no as span_no,
        from_at,
        until_at,
        status as stage
    from int_ticket_stage
    union all
    -- of a chat it is that of its first turn
    select
        platform,
        shop_id,
        conversation_id,
        'first_response' as span,
        1 as span_no,
        started_at as from_at,
        coalesce(first_replied_at, ended_at, solved_at) as until_at,
        cast(null as varchar) as stage
    from int_conversation_merge
    where kind <> 'chat' and has_request
    union all
    select
        platform,
        shop_id,
        conversation_id,
        'first_resolution' as span,
        1 as span_no,
        started_at as from_at,
        first_solved_at as until_at,
        cast(null as varchar) as stage
    from int_conversation_merge
    where kind = 'ticket' and has_request
    union all
    select
        platform,
        shop_id,
        conversation_id,
        'full_resolution' as span,
        1 as span_no,
        started_at as from_at,
        solved_at as until_at,
        cast(null as varchar) as stage
    from int_conversation_merge
    where kind = 'ticket' and has_request

)

select
    laid.platform, -- where it was sold
    laid.shop_id, -- whose desk it is
    laid.conversation_id, -- fct_conversation
    laid.span, -- turn, handed, stage, first_response, first_resolution, full_resolution
    laid.span_no, -- the turn's or stage's number; 1 else
    laid.stage, -- the status a ticket was in; null for another span
    laid.from_at, -- UTC
    coalesce(laid.until_at, run.as_of) as until_at, -- UTC
    laid.until_at is null as is_open -- it has not ended by the as-of
from laid
cross join ref_run as run
where coalesce(laid.until_at, run.as_of) >= laid.from_at
