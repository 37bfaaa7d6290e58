-- What a duration is where it is not there: its status by its reason, and the same in working time.

-- Working time is known where calendar time is and the hours are known over all of it.
create macro working_status(status, working_seconds) as
case when status = 'ok' and working_seconds is null then 'not_computable' else status end;

create macro working_reason(status, reason, working_seconds, unread) as
case
    when status = 'ok' and working_seconds is null then coalesce(unread, 'no_calendar')
    else reason
end;

-- What the reason of a figure about a conversation or a turn makes it.
create macro status_of(reason) as
case
    when reason is null then 'ok'
    when reason = 'unanswered' or reason = 'unsolved' then 'censored'
    when
        reason = 'no_customer_message'
        or reason = 'closed_without_reply'
        or reason = 'call_not_taken'
        or reason = 'resolved_without_reply'
        or reason = 'no_resolution_recorded'
        or reason = 'no_stages'
        then 'not_applicable'
    else 'not_computable'
end;

-- Seconds in a stage a ticket was never in are none.
create macro waited(status, seconds, unread) as
case when status = 'ok' and unread is null then coalesce(seconds, 0) end;

-- Where in dim_working_interval a calendar's clock reaches a reading: its segments are cut at every
-- 14,400 working seconds.
create macro bucket_reaching(reading) as
cast(ceil(cast(reading as double) / 14400) - 1 as bigint);
