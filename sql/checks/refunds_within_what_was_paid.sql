-- refunds_within_what_was_paid: No more money goes back than was paid.
-- level: warning
select
    'fct_order' as fact,
    platform,
    shop_id,
    order_id as id,
    refund_amount,
    -- platforms lower what was paid when money goes back, so the total is the measure
    coalesce(total_amount, paid_amount + refund_amount) as paid_amount,
    currency,
    source_file_id,
    source_record
from fct_order
where refund_amount > coalesce(total_amount, paid_amount + refund_amount)
union all
select
    'fct_case' as fact,
    platform,
    shop_id,
    case_id as id,
    refund_amount,
    paid_amount,
    currency,
    source_file_id,
    source_record
from fct_case
where refund_amount > paid_amount
