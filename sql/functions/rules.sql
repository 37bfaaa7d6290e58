-- A rule says in one word what it found, so that outcome and reason cannot part ways:
-- 'pass', 'violation', 'violation:terminal_without_close', 'unknown:no_signing_time'.
create macro outcome_of(verdict) as split_part(verdict, ':', 1);

create macro reason_of(verdict) as nullif(split_part(verdict, ':', 2), '');
