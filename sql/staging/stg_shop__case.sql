-- stg_shop__case: each after-sales case once, as its newest export tells it, typed and in UTC.
-- grain: platform, shop_id, case_id
-- owner: after-sales analytics
-- caveat: older versions of a row stay in raw_shop__case and are read by nothing.

with

keyed as (

    select
        row_version(f.export_rank, r._record) as row_version,
        coalesce(lower(as_text(r._platform)), f.platform) as platform,
        coalesce(as_id(r.shop_id), f.shop_id) as shop_id,
        as_id(r.case_id) as case_id
    from raw_shop__case as r
    inner join ref_file as f on r._file_id = f.file_id

),

newest as (

    select
        platform,
        shop_id,
        case_id,
        max(row_version) as row_version
    from keyed
    group by platform, shop_id, case_id

),

local_times as (

    select
        newest.platform,
        newest.shop_id,
        newest.case_id,
        r._file_id as source_file_id,
        r._record as source_record,
        f.format,
        f.zone,
        f.currency as file_currency,
        f.exported_at,
        r.order_id,
        r.line_id,
        r.buyer_id,
        r.asked_type,
        r.done_type,
        r.status,
        r.goods_status,
        r.phase,
        r.intervention,
        r.is_automatic,
        r.reason,
        r.description,
        r.responsible,
        r.sku,
        r.title,
        r.units,
        r.paid_amount,
        r.refund_amount,
        r.currency,
        r.replacement_sku,
        r.replacement_order_id,
        r.agent,
        r.memo,
        as_time(r.order_paid_at, f.time_layout) as order_paid_local,
        as_time(r.applied_at, f.time_layout) as applied_local,
        as_time(r.deadline_at, f.time_layout) as deadline_local,
        as_time(r.reviewed_at, f.time_layout) as reviewed_local,
        as_time(r.return_shipped_at, f.time_layout) as return_shipped_local,
        as_time(r.return_received_at, f.time_layout) as return_received_local,
        as_time(r.inspected_at, f.time_layout) as inspected_local,
        as_time(r.reshipped_at, f.time_layout) as reshipped_local,
        as_time(r.buyer_received_at, f.time_layout) as buyer_received_local,
        as_time(r.refunded_at, f.time_layout) as refunded_local,
        as_time(r.closed_at, f.time_layout) as closed_local
    from raw_shop__case as r
    inner join ref_file as f on r._file_id = f.file_id
    inner join newest on row_version(f.export_rank, r._record) = newest.row_version

)

select
    n.platform, -- where it was sold
    n.shop_id, -- the file's own column, else the inbox folder
    n.case_id, -- the platform's own text
    as_id(n.order_id) as order_id, -- the order it is about
    as_id(n.line_id) as line_id, -- the line it is about
    as_text(n.buyer_id) as buyer_key, -- keyed pseudonym of the buyer
    asked_type_word.term as asked_type, -- what the buyer asked for
    as_text(n.asked_type) as asked_type_word, -- as delivered
    done_type_word.term as done_type, -- what was done; null when the export does not say
    as_text(n.done_type) as done_type_word, -- as delivered
    status_word.term as status, -- where the case stands
    as_text(n.status) as status_word, -- as delivered
    goods_status_word.term as goods_status, -- where the goods are
    phase_word.term as phase, -- before or after 交易成功
    intervention_word.term as intervention, -- whether the platform stepped in
    is_automatic_word.term as is_automatic, -- yes: agreed by a rule, no person
    as_text(n.reason) as reason, -- as the buyer picked it
    as_text(n.description) as description, -- free text: masked before it is shown
    as_text(n.responsible) as responsible, -- in the platform's words
    to_utc(n.order_paid_local, order_paid_zone.offset_seconds) as order_paid_at, -- order paid, UTC
    to_utc(n.applied_local, applied_zone.offset_seconds) as applied_at, -- buyer applied, UTC
    -- the side that must act runs out of time, UTC
    to_utc(n.deadline_local, deadline_zone.offset_seconds) as deadline_at,
    -- merchant first decided, UTC
    to_utc(n.reviewed_local, reviewed_zone.offset_seconds) as reviewed_at,
    -- buyer sent the goods back, UTC
    to_utc(n.return_shipped_local, return_shipped_zone.offset_seconds) as return_shipped_at,
    -- merchant had them, UTC
    to_utc(n.return_received_local, return_received_zone.offset_seconds) as return_received_at,
    to_utc(n.inspected_local, inspected_zone.offset_seconds) as inspected_at, -- inspected, UTC
    -- replacement left, UTC
    to_utc(n.reshipped_local, reshipped_zone.offset_seconds) as reshipped_at,
    -- replacement signed for, UTC
    to_utc(n.buyer_received_local, buyer_received_zone.offset_seconds) as buyer_received_at,
    to_utc(n.refunded_local, refunded_zone.offset_seconds) as refunded_at, -- money went back, UTC
    to_utc(n.closed_local, closed_zone.offset_seconds) as closed_at, -- case closed, UTC
    coalesce(
        order_paid_zone.reason, applied_zone.reason, deadline_zone.reason,
        reviewed_zone.reason, return_shipped_zone.reason, return_received_zone.reason,
        inspected_zone.reason, reshipped_zone.reason, buyer_received_zone.reason,
        refunded_zone.reason, closed_zone.reason
    ) as time_reason, -- a local hour that exists twice or not at all; null otherwise
    as_id(n.sku) as sku, -- the merchant's code
    as_text(n.title) as title, -- what the listing calls it
    as_count(n.units) as units, -- units the case is about
    as_amount(n.paid_amount) as paid_amount, -- what had been paid for it
    as_amount(n.refund_amount) as refund_amount, -- to give or given back; 0 on an exchange
    coalesce(as_text(n.currency), n.file_currency) as currency, -- ISO 4217
    as_id(n.replacement_sku) as replacement_sku, -- what it was swapped for
    as_id(n.replacement_order_id) as replacement_order_id, -- the order that carries the replacement
    as_text(n.agent) as agent, -- who reviewed it
    as_text(n.memo) as memo, -- free text: masked before it is shown
    n.exported_at, -- how new the version is; local time of the export
    n.source_file_id, -- ref_file.file_id
    n.source_record -- data record in that file, from 1
from local_times as n
left join ref_word as asked_type_word
    on
        n.format = asked_type_word.format
        and n.asked_type = asked_type_word.word
        and asked_type_word.column_name = 'asked_type'
left join ref_word as done_type_word
    on
        n.format = done_type_word.format
        and n.done_type = done_type_word.word
        and done_type_word.column_name = 'done_type'
left join ref_word as status_word
    on
        n.format = status_word.format
        and n.status = status_word.word
        and status_word.column_name = 'status'
left join ref_word as goods_status_word
    on
        n.format = goods_status_word.format
        and n.goods_status = goods_status_word.word
        and goods_status_word.column_name = 'goods_status'
left join ref_word as phase_word
    on
        n.format = phase_word.format
        and n.phase = phase_word.word
        and phase_word.column_name = 'phase'
left join ref_word as intervention_word
    on
        n.format = intervention_word.format
        and n.intervention = intervention_word.word
        and intervention_word.column_name = 'intervention'
left join ref_word as is_automatic_word
    on
        n.format = is_automatic_word.format
        and n.is_automatic = is_automatic_word.word
        and is_automatic_word.column_name = 'is_automatic'
left join dim_utc_offset as order_paid_zone
    on
        n.zone = order_paid_zone.zone
        and n.order_paid_local >= order_paid_zone.local_from
        and n.order_paid_local < order_paid_zone.local_to
left join dim_utc_offset as applied_zone
    on
        n.zone = applied_zone.zone
        and n.applied_local >= applied_zone.local_from
        and n.applied_local < applied_zone.local_to
left join dim_utc_offset as deadline_zone
    on
        n.zone = deadline_zone.zone
        and n.deadline_local >= deadline_zone.local_from
        and n.deadline_local < deadline_zone.local_to
left join dim_utc_offset as reviewed_zone
    on
        n.zone = reviewed_zone.zone
        and n.reviewed_local >= reviewed_zone.local_from
        and n.reviewed_local < reviewed_zone.local_to
left join dim_utc_offset as return_shipped_zone
    on
        n.zone = return_shipped_zone.zone
        and n.return_shipped_local >= return_shipped_zone.local_from
        and n.return_shipped_local < return_shipped_zone.local_to
left join dim_utc_offset as return_received_zone
    on
        n.zone = return_received_zone.zone
        and n.return_received_local >= return_received_zone.local_from
        and n.return_received_local < return_received_zone.local_to
left join dim_utc_offset as inspected_zone
    on
        n.zone = inspected_zone.zone
        and n.inspected_local >= inspected_zone.local_from
        and n.inspected_local < inspected_zone.local_to
left join dim_utc_offset as reshipped_zone
    on
        n.zone = reshipped_zone.zone
        and n.reshipped_local >= reshipped_zone.local_from
        and n.reshipped_local < reshipped_zone.local_to
left join dim_utc_offset as buyer_received_zone
    on
        n.zone = buyer_received_zone.zone
        and n.buyer_received_local >= buyer_received_zone.local_from
        and n.buyer_received_local < buyer_received_zone.local_to
left join dim_utc_offset as refunded_zone
    on
        n.zone = refunded_zone.zone
        and n.refunded_local >= refunded_zone.local_from
        and n.refunded_local < refunded_zone.local_to
left join dim_utc_offset as closed_zone
    on
        n.zone = closed_zone.zone
        and n.closed_local >= closed_zone.local_from
        and n.closed_local < closed_zone.local_to
