"""From raw text to typed rows: newest version, UTC, words."""

from __future__ import annotations

FILES = """
    file_id | sha256 | format       | platform | shop_id | zone          | currency | time_layout | export_rank
    old     | a      | taobao_order | taobao   | main    | Asia/Shanghai | CNY      | ymd         | 1
    new     | b      | taobao_order | taobao   | main    | Asia/Shanghai | CNY      | ymd         | 2
"""


def test_of_overlapping_exports_the_newest_version_of_a_row_wins(model):
    model("stg_shop__order").given(
        ref_file=FILES,
        raw_shop__order="""
            _file_id | _record | order_id | created_at       | paid_amount
            old      | 1       | ="O1"    | 2026-02-28 10:00 | 10.00
            new      | 7       | O1       | 2026-02-28 10:00 | 8.00
            old      | 2       | O2       | 2026-02-28 11:00 | 5.00
        """,
    ).expect("""
        order_id | paid_amount | source_file_id | source_record
        O1       | 8.00        | new            | 7
        O2       | 5.00        | old            | 2
    """)


def test_local_times_become_utc_by_the_zone_the_export_is_written_in(model):
    model("stg_shop__order").given(
        ref_file=FILES,
        raw_shop__order="""
            _file_id | _record | order_id | created_at          | paid_at
            new      | 1       | O1       | 2026-03-01 00:30:00 | ''
        """,
    ).expect("""
        order_id | created_at       | paid_at
        O1       | 2026-02-28 16:30 |
    """)


def test_a_local_hour_that_exists_twice_or_never_has_a_reason(model):
    model("stg_shop__order").given(
        ref_file="""
            file_id | sha256 | format | platform | shop_id | zone | currency | time_layout | export_rank
            f       | a      | x      | own      | us      | NY   | USD      | ymd         | 1
        """,
        dim_utc_offset="""
            zone | valid_from       | valid_to         | local_from       | local_to         | offset_seconds | reason
            NY   | 2026-01-01 05:00 | 2026-03-08 07:00 | 2026-01-01 00:00 | 2026-03-08 02:00 | -18000         |
            NY   |                  |                  | 2026-03-08 02:00 | 2026-03-08 03:00 |                | local_time_does_not_exist
            NY   | 2026-03-08 07:00 | 2026-11-01 06:00 | 2026-03-08 03:00 | 2026-11-01 01:00 | -14400         |
            NY   |                  |                  | 2026-11-01 01:00 | 2026-11-01 02:00 | -14400         | local_time_exists_twice
        """,
        raw_shop__order="""
            _file_id | _record | order_id | created_at
            f        | 1       | gap      | 2026-03-08 02:30
            f        | 2       | twice    | 2026-11-01 01:30
            f        | 3       | plain    | 2026-03-08 03:00
        """,
    ).expect("""
        order_id | created_at       | time_reason
        gap      |                  | local_time_does_not_exist
        twice    | 2026-11-01 05:30 | local_time_exists_twice
        plain    | 2026-03-08 07:00 |
    """)


def test_a_word_nobody_knows_is_kept_as_delivered_and_has_no_term(model):
    model("stg_shop__order").given(
        ref_file=FILES,
        ref_word="""
            format       | vocabulary   | column_name | word     | term      | row_count
            taobao_order | order_status | status      | 交易成功 | completed | 1
            taobao_order | order_status | status      | 火星状态 |           | 1
        """,
        raw_shop__order="""
            _file_id | _record | order_id | created_at       | status
            new      | 1       | O1       | 2026-02-28 10:00 | 交易成功
            new      | 2       | O2       | 2026-02-28 10:00 | 火星状态
        """,
    ).expect("""
        order_id | status    | status_word
        O1       | completed | 交易成功
        O2       |           | 火星状态
    """)


def test_lines_without_a_number_are_told_apart_by_sku_and_turn(model):
    model("stg_shop__order_line").given(
        ref_file=FILES,
        raw_shop__order_line="""
            _file_id | _record | order_id | sku | units
            new      | 1       | O1       | A   | 1
            new      | 2       | O1       | A   | 2
            new      | 3       | O1       | B   | 1
            old      | 1       | O1       | A   | 9
        """,
    ).expect("""
        order_id | line_id | units
        O1       | A#1     | 1
        O1       | A#2     | 2
        O1       | B#1     | 1
    """)


def test_the_files_own_shop_column_wins_over_the_folder(model):
    model("stg_desk__ticket").given(
        ref_file=FILES,
        raw_desk__ticket="""
            _file_id | _record | _platform | ticket_id | shop_id | created_at
            new      | 1       |           | T1        |         | 2026-03-01 10:00
            new      | 2       | JD        | T2        | east    | 2026-03-01 10:00
        """,
    ).expect("""
        platform | shop_id | ticket_id
        taobao   | main    | T1
        jd       | east    | T2
    """)
