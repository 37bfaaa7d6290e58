-- stg_shop__case_version: every version of a case that any export delivered, as far as it stood.
-- grain: platform, shop_id, case_id, row_version
-- owner: after-sales analytics
-- caveat: an export shows where a case stands when it is made; what came and went between two of
--   them is not seen.

select
    coalesce(lower(as_text(r._platform)), f.platform) as platform, -- where it was sold
    coalesce(as_id(r.shop_id), f.shop_id) as shop_id, -- whose case it is
    as_id(r.case_id) as case_id, -- the platform's own text
    row_version(f.export_rank, r._record) as row_version, -- older exports first
    status_word.term as status, -- where it stood; null for a word nobody knows
    f.exported_at, -- when, UTC
    r._file_id as source_file_id, -- ref_file.file_id
    r._record as source_record -- data record in that file, from 1
from raw_shop__case as r
inner join ref_file as f on r._file_id = f.file_id
left join ref_word as status_word
    on
        f.format = status_word.format
        and r.status = status_word.word
        and status_word.column_name = 'status'
where as_id(r.case_id) is not null
