-- stg_desk__ticket_version: every rating of a ticket that any export delivered, as far as it stood.
-- grain: platform, shop_id, ticket_id, row_version
-- owner: after-sales analytics
-- caveat: an export shows the rating there is when it is made; one given and changed between two
--   exports is not seen.

select
    coalesce(lower(as_text(r._platform)), f.platform) as platform, -- where it was sold
    coalesce(as_id(r.shop_id), f.shop_id) as shop_id, -- whose desk it is
    as_id(r.ticket_id) as ticket_id, -- the desk's own text
    row_version(f.export_rank, r._record) as row_version, -- older exports first
    as_number(r.csat) as csat, -- satisfaction score as given
    said.term as satisfaction, -- good, bad, offered, unoffered; null for a word nobody knows
    f.file_id as source_file_id, -- ref_file.file_id
    r._record as source_record -- data record in that file
from raw_desk__ticket as r
inner join ref_file as f on r._file_id = f.file_id
left join ref_word as said
    on
        f.format = said.format
        and r.satisfaction = said.word
        and said.column_name = 'satisfaction'
where
    as_id(r.ticket_id) is not null
    and (r.csat <> '' or r.satisfaction <> '')
