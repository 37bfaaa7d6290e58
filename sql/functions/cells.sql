-- What a cell as delivered means. Expanded into the models before any engine sees them, so that
-- they need no macros on Spark. A cell that cannot be read is null here; the gate lists it with
-- file and record. Shapes are checked before each cast: the engines take different texts for a
-- number or time, and DuckDB reads '5:00 PM' as 5 in the morning and '1/2/26' as of the year 1.

-- What exports write where there is nothing, and what they put around ids to keep Excel's hands
-- off: ="…", a leading ' or TAB. Only short cells can be nothing. One pattern: of a case over a
-- trimmed cell DuckDB trims anew for every branch, and of a list after `in` it makes a join that
-- looks at every row.
create macro is_nothing(cell) as
length(cell) <= 12
and regexp_matches(
    cell,
    '^[="''`\t\n\r ]*(-|--|#N/A|null|NULL|nan|NaN|None)?[="''`\t\n\r ]*$'
);

-- What is written as most ids are goes the short way: trim is what costs here.
create macro as_id(cell) as
case
    when regexp_matches(cell, '^[0-9A-Za-z_.-]*[0-9][0-9A-Za-z_.-]*$') then cell
    when not is_nothing(cell) then trim(cell, '="''`' || chr(9) || chr(10) || chr(13) || ' ')
end;

-- Most cells have nothing to trim, and to look costs less than to trim.
create macro as_text(cell) as
case
    when
        cell like ' %'
        or cell like '% '
        or instr(cell, chr(9)) > 0
        or instr(cell, chr(10)) > 0
        or instr(cell, chr(13)) > 0
        then nullif(trim(cell, chr(9) || chr(10) || chr(13) || ' '), '')
    else nullif(cell, '')
end;

-- A number without its currency sign and unit. Commas go only where they part thousands:
-- '12,50' stays unread, because it may be twelve and a half.
-- A bare number goes the short way: translate is what costs here.
create macro as_figure(cell) as
case
    when regexp_matches(cell, '^[0-9.]+$') then cell
    else
        nullif(
            trim(translate(
                case
                    when cell not like '%,%' then cell
                    when
                        regexp_matches(
                            cell, '^[^0-9,]*[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?[^0-9,]*$'
                        )
                        then replace(cell, ',', '')
                end,
                '¥￥$€£元件条秒=''"' || chr(9) || chr(10) || chr(13), ''
            )),
            ''
        )
end;

create macro as_amount(cell) as
case
    when regexp_matches(as_figure(cell), '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$')
        then try_cast(as_figure(cell) as decimal(18, 4))
end;

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
case when as_amount(cell) = floor(as_amount(cell)) then cast(floor(as_amount(cell)) as bigint) end;

create macro as_number(cell) as
case
    when regexp_matches(as_figure(cell), '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$')
        then try_cast(as_figure(cell) as double)
end;

-- A share of 1: '98.5%' and 0.985; a bare 98.5 may be either and stays unread.
create macro as_share(cell) as
case
    when regexp_matches(cell, '[%％]')
        then cast(as_number(translate(cell, '%％', '')) as double) / 100
    when as_number(cell) <= 1 then as_number(cell)
end;

create macro part_of_duration(cell, pattern) as
coalesce(try_cast(nullif(regexp_extract(cell, pattern, 1), '') as double), 0);

-- Seconds: 35, 35秒, 1分20秒, 2小时5分, 1m 20s, 2 minutes 5 seconds, 00:01:20. A bare number is in
-- seconds; a format whose column is in another unit says so, and the unit is written behind it.
create macro as_duration(cell) as
case
    when regexp_matches(trim(cell), '^[0-9]{1,3}:[0-5]?[0-9]:[0-5]?[0-9]$')
        then
            cast(regexp_extract(trim(cell), '^([0-9]+):', 1) as double) * 3600
            + cast(regexp_extract(trim(cell), ':([0-9]+):', 1) as double) * 60
            + cast(regexp_extract(trim(cell), ':([0-9]+)$', 1) as double)
    when
        regexp_matches(
            trim(cell),
            '^([0-9.]+ *(天|days?|d) *)?([0-9.]+ *(小时|时|hours?|h) *)?([0-9.]+ *(分钟|分|minutes?|min|m) *)?([0-9.]+ *(秒钟|秒|seconds?|sec|s))?$'
        )
        and regexp_matches(cell, '[0-9]')
        then
            part_of_duration(cell, '([0-9]+(\.[0-9]+)?) *(天|d)') * 86400
            + part_of_duration(cell, '([0-9]+(\.[0-9]+)?) *(小时|时|h)') * 3600
            + part_of_duration(cell, '([0-9]+(\.[0-9]+)?) *(分钟|分|min|m)') * 60
            + part_of_duration(cell, '([0-9]+(\.[0-9]+)?) *(秒钟|秒|sec|s)')
    else as_number(cell)
end;

-- Stars from 1 to 5; a platform with three grades gives 5, 3 and 1.
create macro as_rating(cell) as
case as_text(cell)
    when '好评' then 5
    when '中评' then 3
    when '差评' then 1
    else as_number(translate(cell, '星分', ''))
end;

-- A time with dashes and one space: 2016/5/23 22:02 and 2026年1月5日 10:00 as 2016-5-23 22:02.
-- What is written so already goes the short way: translate is what costs here.
create macro as_dashed(cell) as
case
    when cell like '____-__-__ __:__:__' then cell
    else
        trim(replace(
            translate(cell, '/年月日T="''' || chr(9) || chr(10) || chr(13), '--- ' || ' '), '  ', ' '
        ))
end;

create macro as_clock(dashed) as
case
    when regexp_matches(
        dashed,
        '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}( ([01]?[0-9]|2[0-3]):[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]{1,9})?)?)?$'
    )
        then try_cast(dashed as timestamp)
end;

create macro date_part_of(dashed, part) as
regexp_extract(dashed, '^([0-9]{1,2})[-.]([0-9]{1,2})[-.]([0-9]{4})(.*)$', part);

-- 29-Sep-2026 and 29 Sep 2026 10:00:00 as 2026-09-29 …; the year goes before it.
create macro as_month_named(cell) as
regexp_extract(trim(cell), '^[0-9]{1,2}[- ][A-Za-z]{3}[- ]([0-9]{4})', 1)
|| '-'
|| cast(
    floor(
        cast(
            instr(
                'JanFebMarAprMayJunJulAugSepOctNovDec',
                regexp_extract(trim(cell), '^[0-9]{1,2}[- ]([A-Za-z]{3})', 1)
            ) + 2 as double
        ) / 3
    ) as int
)
|| '-'
|| regexp_extract(trim(cell), '^([0-9]{1,2})[- ]', 1)
|| regexp_extract(trim(cell), '^[0-9]{1,2}[- ][A-Za-z]{3}[- ][0-9]{4}(.*)$', 1);

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

-- The time as the clock on the wall showed it, in the file's layout: ymd, dmy, mdy, or zoned (with
-- an offset of its own, returned as UTC). A year written first is a year in any layout.
create macro as_time(cell, layout) as
case
    when layout = 'zoned'
        then as_clock(
            translate(regexp_extract(trim(cell), '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}', 0), 'T', ' ')
        ) - own_offset_seconds(cell) * interval '1 second'
    when regexp_matches(cell, '^ *[0-9]{1,2}[- ][A-Z][a-z]{2}[- ][0-9]{4}')
        then as_clock(as_month_named(cell))
    when layout = 'ymd' or regexp_matches(as_dashed(cell), '^[0-9]{4}-') then as_clock(as_dashed(cell))
    when layout = 'dmy'
        then as_clock(
            date_part_of(as_dashed(cell), 3) || '-' || date_part_of(as_dashed(cell), 2) || '-'
            || date_part_of(as_dashed(cell), 1) || date_part_of(as_dashed(cell), 4)
        )
    when layout = 'mdy'
        then as_clock(
            date_part_of(as_dashed(cell), 3) || '-' || date_part_of(as_dashed(cell), 1) || '-'
            || date_part_of(as_dashed(cell), 2) || date_part_of(as_dashed(cell), 4)
        )
end;

-- The day a time falls on, as written; a date of its own carries no offset in any layout.
create macro as_date(cell, layout) as
cast(
    case
        when layout = 'zoned' then as_clock(regexp_extract(trim(cell), '^\d{4}-\d{2}-\d{2}', 0))
        else as_time(cell, layout)
    end as date
);

create macro seconds_between(earlier, later) as
cast(date_diff('microsecond', earlier, later) as double) / 1000000;

-- A local time to UTC, and back, with the offset in force.
create macro to_utc(local_time, offset_seconds) as
local_time - offset_seconds * interval '1 second';

create macro to_local(utc_time, offset_seconds) as
utc_time + offset_seconds * interval '1 second';

-- The local day of a week, 1 Monday to 7 Sunday.
create macro weekday_of(local_time) as
date_diff('day', date '1900-01-01', cast(local_time as date)) % 7 + 1;

create macro hour_of(local_time) as cast(date_part('hour', local_time) as int);

-- Versions of rows in the order of their exports; within one file the later record is the newer.
create macro row_version(export_rank, record) as export_rank * 10000000000 + record;

-- The export of a version, ref_file.export_rank, and the record in it.
create macro version_rank(row_version) as row_version // 10000000000;

create macro version_record(row_version) as row_version % 10000000000;
