-- order_times_in_order: No order is paid before it is placed, shipped before it is paid, or
-- signed for or completed before it is shipped.
-- level: warning
select
    platform,
    shop_id,
    order_id,
    created_at,
    paid_at,
    shipped_at,
    signed_at,
    completed_at,
    source_file_id,
    source_record
from fct_order
where
    paid_at < created_at
    or shipped_at < created_at
    or shipped_at < paid_at
    or signed_at < shipped_at
    or completed_at < shipped_at
    or completed_at < created_at
