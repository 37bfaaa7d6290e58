-- What a cell as delivered means. Expanded into the models before any engine sees them, so that
-- they need no macros on Spark. A cell that cannot be read is null here; the gate lists it with
-- file and record.

-- An id without what exports put around it to keep Excel's hands off: ="…", a leading ' or TAB.
create macro as_id(cell) as
nullif(trim(cell, '="''`' || chr(9) || chr(10) || chr(13) || ' '), '');

create macro as_text(cell) as
nullif(trim(cell, chr(9) || chr(10) || chr(13) || ' '), '');

-- A number without its currency sign and unit. Commas go only where they part thousands:
-- '12,50' stays unread, because it may be twelve and a half.
create macro as_figure(cell) as
nullif(
    trim(translate(
        case
            when cell like '%,%' then regexp_replace(cell, ',(\d{3})\b', '\1', 'g')
            else cell
        end,
        '¥￥$€£元件条秒=''"' || chr(9) || chr(10) || chr(13), ''
    )),
    ''
);

create macro as_amount(cell) as try_cast(as_figure(cell) as decimal(18, 4));

-- Of a refund column: null where the export has no such column, 0 where it has and says there was
-- none, which platforms write as an empty cell or in words.
create macro as_refund(cell) as
case
    when as_text(cell) is null and cell is not null then cast(0 as decimal(18, 4))
    when as_text(cell) in ('无退款申请', '没有申请退款', '-', '--') then cast(0 as decimal(18, 4))
    else as_amount(cell)
end;

-- By way of decimal: '3.0' is 3, '3.5' is not a count.
create macro as_count(cell) as
case
    when try_cast(as_figure(cell) as decimal(18, 4)) = floor(try_cast(as_figure(cell) as decimal(18, 4)))
        then cast(floor(try_cast(as_figure(cell) as decimal(18, 4))) as bigint)
end;

create macro as_number(cell) as try_cast(as_figure(cell) as double);

-- The time as the clock on the wall showed it, in the file's layout: ymd (also 2016/5/23 22:02 and
-- 2026年1月5日 10:00), dmy, mdy, or zoned (with an offset of its own, returned as UTC). An offset
-- in a layout that promises none is not read past: the cast would drop it without a word.
create macro as_time(cell, layout) as
case
    when layout <> 'zoned' and (cell like '%:%+%' or cell like '%:%-%' or cell like '%Z') then null
    when layout = 'ymd'
        then try_cast(
            trim(translate(cell, '/年月日T="''' || chr(9) || chr(10) || chr(13), '--- ' || ' ')) as timestamp
        )
    when layout = 'dmy'
        then try_cast(
            regexp_replace(trim(cell), '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})', '\3-\2-\1', 'g')
            as timestamp
        )
    when layout = 'mdy'
        then try_cast(
            regexp_replace(trim(cell), '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})', '\3-\1-\2', 'g')
            as timestamp
        )
    when layout = 'zoned'
        then try_cast(
            translate(regexp_extract(trim(cell), '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}', 0), 'T', ' ')
            as timestamp
        ) - own_offset_seconds(cell) * interval '1 second'
end;

-- Seconds a zoned time is ahead of UTC; null where it carries no offset.
create macro own_offset_seconds(cell) as
case
    when trim(cell) like '%Z' then 0
    else
        cast(regexp_extract(trim(cell), '([+-])\d{2}:?\d{2}$', 1) || '1' as int)
        * (
            try_cast(nullif(regexp_extract(trim(cell), '[+-](\d{2}):?\d{2}$', 1), '') as int) * 3600
            + try_cast(nullif(regexp_extract(trim(cell), '[+-]\d{2}:?(\d{2})$', 1), '') as int) * 60
        )
end;

create macro seconds_between(earlier, later) as
date_diff('microsecond', earlier, later) / 1000000.0;

-- A local time to UTC, and back, with the offset in force.
create macro to_utc(local_time, offset_seconds) as
local_time - offset_seconds * interval '1 second';

create macro to_local(utc_time, offset_seconds) as
utc_time + offset_seconds * interval '1 second';
