-- no_rows_in_quarantine: Every data row could be read; the rest waits in the quarantine.
-- level: warning
select
    file_id as source_file_id,
    record as source_record,
    line,
    column_name
from raw_quarantine
where reason not in ('footer', 'header_repeated', 'blank_row', 'blank_cell', 'left_out')
