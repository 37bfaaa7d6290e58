-- stg_shop__order_line: each order line once, as its newest export tells it, typed and in UTC.
-- grain: platform, shop_id, order_id, line_id
-- owner: after-sales analytics
-- caveat: without a line number in the export, line_id is the sku and its turn in the order;
--   a line withdrawn from a later export stays.

with

-- A line without a number of its own is known by its sku and its turn among equal ones.
keyed as (

    select
        row_version(f.export_rank, r._record) as row_version,
        coalesce(lower(as_text(r._platform)), f.platform) as platform,
        coalesce(as_id(r.shop_id), f.shop_id) as shop_id,
        as_id(r.order_id) as order_id,
        coalesce(
            as_id(r.line_id),
            coalesce(as_id(r.sku), as_id(r.product_id), as_text(r.title), '')
            || '#'
            || row_number() over (
                partition by
                    r._file_id, r._platform, r.shop_id, r.order_id,
                    coalesce(as_id(r.sku), as_id(r.product_id), as_text(r.title), '')
                order by r._record
            )
        ) as line_id
    from raw_shop__order_line as r
    inner join ref_file as f on r._file_id = f.file_id

),

newest as (

    select
        platform,
        shop_id,
        order_id,
        line_id,
        max(row_version) as row_version
    from keyed
    group by platform, shop_id, order_id, line_id

),

local_times as (

    select
        newest.platform,
        newest.shop_id,
        newest.order_id,
        newest.line_id,
        r._file_id as source_file_id,
        r._record as source_record,
        f.format,
        f.zone,
        f.currency as file_currency,
        f.exported_at,
        r.buyer_id,
        r.sku,
        r.product_id,
        r.title,
        r.variant,
        r.units,
        r.unit_price,
        r.paid_amount,
        r.refund_amount,
        r.currency,
        r.status,
        r.region,
        r.paid_at is not null as is_payment_told,
        as_time(r.created_at, f.time_layout) as created_local,
        as_time(r.paid_at, f.time_layout) as paid_local,
        as_time(r.shipped_at, f.time_layout) as shipped_local,
        as_time(r.signed_at, f.time_layout) as signed_local,
        as_time(r.completed_at, f.time_layout) as completed_local
    from raw_shop__order_line as r
    inner join ref_file as f on r._file_id = f.file_id
    inner join newest on row_version(f.export_rank, r._record) = newest.row_version

)

select
    n.platform, -- where it was sold
    n.shop_id, -- the file's own column, else the inbox folder
    n.order_id, -- the platform's own text
    n.line_id, -- the platform's line number, else sku#turn
    as_text(n.buyer_id) as buyer_key, -- keyed pseudonym of the buyer
    as_id(n.sku) as sku, -- the merchant's code, else the platform's
    as_id(n.product_id) as product_id, -- the platform's product number
    as_text(n.title) as title, -- what the listing calls it
    as_text(n.variant) as variant, -- colour, size and the like
    as_count(n.units) as units, -- units sold; below zero on a reversal
    as_amount(n.unit_price) as unit_price, -- price of one unit
    as_amount(n.paid_amount) as paid_amount, -- paid for the line; null when the export does not say
    as_refund(n.refund_amount) as refund_amount, -- 0 where the column is there and says none
    coalesce(as_text(n.currency), n.file_currency) as currency, -- ISO 4217
    status_word.term as status, -- unpaid, paid, shipped, completed, closed, cancelled
    as_text(n.status) as status_word, -- as delivered
    to_utc(n.created_local, created_zone.offset_seconds) as created_at, -- placed, UTC
    to_utc(n.paid_local, paid_zone.offset_seconds) as paid_at, -- paid, UTC
    n.is_payment_told, -- the export has a column for it, so empty means unpaid
    to_utc(n.shipped_local, shipped_zone.offset_seconds) as shipped_at, -- parcel left, UTC
    to_utc(n.signed_local, signed_zone.offset_seconds) as signed_at, -- parcel signed for, UTC
    to_utc(n.completed_local, completed_zone.offset_seconds) as completed_at, -- 交易成功, UTC
    coalesce(
        created_zone.reason, paid_zone.reason, shipped_zone.reason,
        signed_zone.reason, completed_zone.reason
    ) as time_reason, -- a local hour that exists twice or not at all; null otherwise
    as_text(n.region) as region, -- province, state or country of delivery
    n.exported_at, -- how new the version is; local time of the export
    n.source_file_id, -- ref_file.file_id
    n.source_record -- data record in that file, from 1
from local_times as n
left join ref_word as status_word
    on
        n.format = status_word.format
        and n.status = status_word.word
        and status_word.column_name = 'status'
left join dim_utc_offset as created_zone
    on
        n.zone = created_zone.zone
        and n.created_local >= created_zone.local_from
        and n.created_local < created_zone.local_to
left join dim_utc_offset as paid_zone
    on
        n.zone = paid_zone.zone
        and n.paid_local >= paid_zone.local_from
        and n.paid_local < paid_zone.local_to
left join dim_utc_offset as shipped_zone
    on
        n.zone = shipped_zone.zone
        and n.shipped_local >= shipped_zone.local_from
        and n.shipped_local < shipped_zone.local_to
left join dim_utc_offset as signed_zone
    on
        n.zone = signed_zone.zone
        and n.signed_local >= signed_zone.local_from
        and n.signed_local < signed_zone.local_to
left join dim_utc_offset as completed_zone
    on
        n.zone = completed_zone.zone
        and n.completed_local >= completed_zone.local_from
        and n.completed_local < completed_zone.local_to
