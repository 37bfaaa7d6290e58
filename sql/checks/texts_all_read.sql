-- texts_all_read: Every text a customer wrote has been read for complaints.
-- level: critical
select
    g.platform,
    g.shop_id,
    g.source,
    g.entity_id,
    f.source_file_id,
    f.source_record
from int_text_gather as g
left join ref_text_mood as m on g.text_key = m.text_key
left join fct_feedback as f
    on
        g.platform = f.platform
        and g.shop_id = f.shop_id
        and g.source = f.source
        and g.entity_id = f.entity_id
where m.text_key is null
