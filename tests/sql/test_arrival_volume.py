"""Rows a day of a format and shop against the same weekday of the weeks before."""

from __future__ import annotations

import pytest

# Tuesdays; the last is the as-of.
DAYS = ("02-17", "02-24", "03-03", "03-10", "03-17", "03-24", "03-31")
COMPLETE = "2026-03-31 17:00"  # Shanghai's 1 April: the 31st is over in it


def table(header, lines):
    return "\n".join([header, *lines])


def volume(model, counts, *, exported_at=COMPLETE, events=()):
    """The model on these counts of the last Tuesdays, the newest last; None: no row that day."""
    days = DAYS[-len(counts) :]
    return model("mart_arrival_volume").given(
        ref_day=table("day_on | weekday", [f"2026-{day} | 2" for day in DAYS]),
        ref_file=table("format | shop_id | exported_at", [f"x | main | {exported_at}"]),
        int_arrival_count=table(
            "format | shop_id | day_on | row_count | exported_at",
            [
                f"x | main | 2026-{day} | {count} | {exported_at}"
                for day, count in zip(days, counts, strict=True)
                if count is not None
            ],
        ),
        dim_event=table("kind | shop_id | first_on | last_on", events),
    )


def expected(*lines):
    return table("day_on | row_count | weeks | volume_status | volume_reason", lines)


@pytest.mark.parametrize(
    ("count", "status"), [(46, "low"), (47, "ok"), (153, "ok"), (154, "high"), (0, "low")]
)
def test_a_day_is_unusual_beyond_half_of_the_median_and_three_rows(model, count, status):
    volume(model, [100, 100, 100, 100, count]).expect(
        expected(
            "2026-03-03 | 100 | 0 | not_judged | too_few_weeks",
            "2026-03-10 | 100 | 1 | not_judged | too_few_weeks",
            "2026-03-17 | 100 | 2 | not_judged | too_few_weeks",
            "2026-03-24 | 100 | 3 | not_judged | too_few_weeks",
            f"2026-03-31 | {count} | 4 | {status} |",
        )
    )


def test_where_days_differ_much_the_band_is_as_wide_as_they_differ(model):
    # of the six before: median 120, deviations 70 70 10 10 70 70: 120 + 3 * 1.4826 * 70 = 431
    volume(model, [50, 190, 110, 130, 190, 50, 432]).expect(
        table(
            "day_on | usual_count | usual_from | usual_until | volume_status",
            [
                "2026-02-17 |     |                  |                   | not_judged",
                "2026-02-24 | 50  | 22               | 78                | not_judged",
                "2026-03-03 | 120 | 0                | 431.346           | not_judged",
                "2026-03-10 | 110 | 0                | 376.868           | not_judged",
                "2026-03-17 | 120 | 0                | 297.912           | ok",
                "2026-03-24 | 130 | 0                | 396.868           | ok",
                "2026-03-31 | 120 | 0                | 431.346           | high",
            ],
        )
    )


def test_a_day_without_any_row_is_counted_as_nothing(model):
    volume(model, [100, 100, 100, 100, None]).expect(
        table(
            "day_on | row_count | volume_status",
            [
                *(f"2026-{day} | 100 | not_judged" for day in DAYS[2:6]),
                "2026-03-31 | 0 | low",
            ],
        )
    )


def test_the_day_of_the_newest_export_is_not_over_in_it(model):
    # 20:00 on the 31st in Shanghai
    volume(model, [100, 100, 100, 100, 5], exported_at="2026-03-31 12:00").expect(
        table(
            "day_on | row_count | volume_status | volume_reason",
            [
                *(f"2026-{day} | 100 | not_judged | too_few_weeks" for day in DAYS[2:6]),
                "2026-03-31 | 5 | not_judged | newest_day",
            ],
        )
    )


def test_days_after_the_newest_export_are_unknown_and_not_empty(model):
    volume(model, [100, 100, 100, 100, None], exported_at="2026-03-24 17:00").expect(
        table("day_on | row_count", [f"2026-{day} | 100" for day in DAYS[2:6]])
    )


@pytest.mark.parametrize("shop", ["main", "default"])
def test_a_promotion_is_neither_flagged_nor_compared_with(model, shop):
    events = [
        f"promotion | {shop} | 2026-03-09 | 2026-03-10",
        f"promotion | {shop} | 2026-03-31 | 2026-03-31",
    ]
    volume(model, [100, 100, 100, 900, 100, 900], events=events).expect(
        expected(
            "2026-02-24 | 100 | 0 | not_judged | too_few_weeks",
            "2026-03-03 | 100 | 1 | not_judged | too_few_weeks",
            "2026-03-10 | 100 | 2 | not_judged | promotion",
            "2026-03-17 | 900 | 2 | not_judged | too_few_weeks",
            "2026-03-24 | 100 | 3 | not_judged | too_few_weeks",
            "2026-03-31 | 900 | 4 | not_judged | promotion",
        )
    )


def test_what_happened_in_another_shop_or_was_no_promotion_explains_nothing(model):
    events = [
        "promotion | outlet | 2026-03-31 | 2026-03-31",
        "strike    | main   | 2026-03-31 | 2026-03-31",
    ]
    volume(model, [100, 100, 100, 100, 900], events=events).expect(
        table(
            "day_on | row_count | volume_status",
            [
                *(f"2026-{day} | 100 | not_judged" for day in DAYS[2:6]),
                "2026-03-31 | 900 | high",
            ],
        )
    )


def test_a_weekday_with_few_rows_is_not_judged(model):
    volume(model, [29, 29, 29, 29, 0]).expect(
        table(
            "day_on | row_count | volume_status | volume_reason",
            [
                *(f"2026-{day} | 29 | not_judged | too_few_weeks" for day in DAYS[2:6]),
                "2026-03-31 | 0 | not_judged | too_few_rows",
            ],
        )
    )


def test_rows_count_on_their_local_day_where_their_newest_version_came_from(model):
    model("int_arrival_count").given(
        ref_file="""
            file_id | format
            a       | taobao_refund
            b       | taobao_order
        """,
        stg_shop__case="""
            source_file_id | shop_id | exported_at      | applied_at
            a              | main    | 2026-03-31 17:00 | 2026-03-30 15:59
            a              | main    | 2026-03-31 17:00 | 2026-03-30 16:00
            a              | outlet  | 2026-03-31 17:00 | 2026-03-30 16:00
            a              | main    | 2026-03-31 17:00 | 2025-03-30 16:00
            a              | main    | 2026-03-31 17:00 |
        """,
        stg_shop__order="""
            source_file_id | shop_id | exported_at      | created_at
            b              | main    | 2026-03-31 18:00 | 2026-03-30 16:00
        """,
    ).expect("""
        format        | shop_id | day_on     | row_count | exported_at
        taobao_refund | main    | 2026-03-30 | 1         | 2026-03-31 17:00
        taobao_refund | main    | 2026-03-31 | 1         | 2026-03-31 17:00
        taobao_refund | outlet  | 2026-03-31 | 1         | 2026-03-31 17:00
        taobao_order  | main    | 2026-03-31 | 1         | 2026-03-31 18:00
    """)
