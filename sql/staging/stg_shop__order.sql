-- stg_shop__order: each order once, as its newest export tells it, typed and in UTC.
-- grain: platform, shop_id, order_id
-- owner: after-sales analytics
-- caveat: older versions of a row stay in raw_shop__order and are read by nothing.

with

keyed as (

    select
        row_version(f.export_rank, r._record) as row_version,
        coalesce(lower(as_text(r._platform)), f.platform) as platform,
        coalesce(as_id(r.shop_id), f.shop_id) as shop_id,
        as_id(r.order_id) as order_id
    from raw_shop__order as r
    inner join ref_file as f on r._file_id = f.file_id

),

newest as (

    select
        platform,
        shop_id,
        order_id,
        max(row_version) as row_version
    from keyed
    group by platform, shop_id, order_id

),

local_times as (

    select
        newest.platform,
        newest.shop_id,
        newest.order_id,
        r._file_id as source_file_id,
        r._record as source_record,
        f.format,
        f.zone,
        f.currency as file_currency,
        f.exported_at,
        r.shop_title,
        r.buyer_id,
        r.status,
        r.total_amount,
        r.paid_amount,
        r.refund_amount,
        r.currency,
        r.units,
        r.region,
        r.close_reason,
        r.buyer_message,
        r.memo,
        r.paid_at is not null as is_payment_told,
        as_time(r.created_at, f.time_layout) as created_local,
        as_time(r.paid_at, f.time_layout) as paid_local,
        as_time(r.shipped_at, f.time_layout) as shipped_local,
        as_time(r.signed_at, f.time_layout) as signed_local,
        as_time(r.completed_at, f.time_layout) as completed_local
    from raw_shop__order as r
    inner join ref_file as f on r._file_id = f.file_id
    inner join newest on row_version(f.export_rank, r._record) = newest.row_version

)

select
    n.platform, -- where it was sold
    n.shop_id, -- the file's own column, else the inbox folder
    n.order_id, -- the platform's own text
    as_text(n.shop_title) as shop_title, -- as the export writes it
    as_text(n.buyer_id) as buyer_key, -- keyed pseudonym of the buyer
    status_word.term as status, -- unpaid, paid, shipped, completed, closed, cancelled
    as_text(n.status) as status_word, -- as delivered
    to_utc(n.created_local, created_zone.offset_seconds) as created_at, -- placed, UTC
    to_utc(n.paid_local, paid_zone.offset_seconds) as paid_at, -- paid, UTC; null when unpaid
    n.is_payment_told, -- the export has a column for it, so empty means unpaid
    to_utc(n.shipped_local, shipped_zone.offset_seconds) as shipped_at, -- parcel left, UTC
    to_utc(n.signed_local, signed_zone.offset_seconds) as signed_at, -- parcel signed for, UTC
    to_utc(n.completed_local, completed_zone.offset_seconds) as completed_at, -- 交易成功, UTC
    coalesce(
        created_zone.reason, paid_zone.reason, shipped_zone.reason,
        signed_zone.reason, completed_zone.reason
    ) as time_reason, -- a local hour that exists twice or not at all; null otherwise
    as_amount(n.total_amount) as total_amount, -- goods and freight after discounts
    as_amount(n.paid_amount) as paid_amount, -- what the buyer has paid in the end
    as_refund(n.refund_amount) as refund_amount, -- 0 where the column is there and says none
    coalesce(as_text(n.currency), n.file_currency) as currency, -- ISO 4217
    as_count(n.units) as units, -- over all lines
    as_text(n.region) as region, -- province or state of delivery
    as_text(n.close_reason) as close_reason, -- in the platform's words
    as_text(n.buyer_message) as buyer_message, -- free text: masked before it is shown
    as_text(n.memo) as memo, -- free text: masked before it is shown
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
