"""Repairs: time in the workshop, repeats, and visits at home."""

from __future__ import annotations

from sql.harness import Story


def test_the_workshops_time_runs_from_receipt_to_sending_back(story: Story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | asked_type | status    | applied_at | return_received_at | reshipped_at     | closed_at
            t        | s       | mended  | repair     | completed | 2026-03-01 | 2026-03-03 10:00   | 2026-03-03 12:00 | 2026-03-02
            t        | s       | there   | repair     | returned  | 2026-03-01 | 2026-03-31 10:00   |                  |
            t        | s       | on_way  | repair     | approved  | 2026-03-01 |                    |                  |
            t        | s       | silent  | repair     | completed | 2026-03-01 |                    | 2026-03-03 12:00 | 2026-03-05
            t        | s       | no_end  | repair     | completed | 2026-03-01 | 2026-03-03 10:00   |                  | 2026-03-05
            t        | s       | back    | repair     | completed | 2026-03-01 | 2026-03-03 10:00   | 2026-03-02 12:00 | 2026-03-05
            t        | s       | refused | repair     | rejected  | 2026-03-01 |                    |                  | 2026-03-05
            t        | s       | at_home | repair     | completed | 2026-03-01 |                    |                  | 2026-03-05
            t        | s       | swapped | exchange   | completed | 2026-03-01 | 2026-03-03 10:00   | 2026-03-03 12:00 | 2026-03-05
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id | visited_at
            t        | s       | at_home | 2026-03-03 10:00
        """,
    ).expect(
        "fct_repair",
        """
        case_id | workshop_seconds | workshop_exposure_seconds | workshop_status | workshop_reason
        mended  | 7200             | 7200                      | ok              |
        there   |                  | 21600                     | censored        | open
        on_way  |                  |                           | censored        | not_yet_received
        silent  |                  |                           | not_computable  | no_receipt_time
        no_end  |                  |                           | not_computable  | no_reshipping_time
        back    |                  |                           | not_computable  | reshipped_before_received
        refused |                  |                           | not_applicable  | not_carried_out
        at_home |                  |                           | not_applicable  | repaired_at_home
    """,
    )


def test_what_was_repaired_instead_of_something_else_is_a_repair_too(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | asked_type | done_type | status    | applied_at       | closed_at
            t        | s       | instead | exchange   | repair    | completed | 2026-03-01 10:00 | 2026-03-01 11:00
            t        | s       | open    | repair     |           | approved  | 2026-03-01 10:00 |
            t        | s       | undated | repair     |           | completed | 2026-03-01 10:00 |
        """
    ).expect(
        "fct_repair",
        """
        case_id | asked_type | cycle_seconds | cycle_status   | cycle_reason
        instead | exchange   | 3600          | ok             |
        open    | repair     |               | censored       | open
        undated | repair     |               | not_computable | no_end_time
    """,
    )


def test_a_repair_is_a_repeat_when_its_line_had_another_within_90_days(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id  | asked_type | order_id | line_id | applied_at          | row_version
            t        | s       | first    | repair     | O1       | 1       | 2026-01-01 10:00:00 | 1
            t        | s       | in_time  | repair     | O1       | 1       | 2026-04-01 10:00:00 | 2
            t        | s       | too_late | repair     | O1       | 1       | 2026-06-30 10:00:01 | 3
            t        | s       | beside   | repair     | O1       | 2       | 2026-01-02 10:00:00 | 4
            t        | s       | swap     | exchange   | O2       | 1       | 2026-01-01 10:00:00 | 5
            t        | s       | after    | repair     | O2       | 1       | 2026-01-02 10:00:00 | 6
            t        | s       | homeless | repair     |          |         | 2026-01-02 10:00:00 | 7
        """
    ).expect(
        "fct_repair",
        """
        case_id  | is_repeat
        first    | false
        in_time  | true
        too_late | false
        beside   | false
        after    | false
        homeless |
    """,
    )


def test_a_visit_is_kept_late_or_missed_by_when_it_was_due(story):
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id   | asked_type | status    | closed_at
            t        | s       | none      | repair     | approved  |
            t        | s       | asked     | repair     | approved  |
            t        | s       | appointed | repair     | approved  |
            t        | s       | to_now    | repair     | approved  |
            t        | s       | in_time   | repair     | completed | 2026-03-12 10:00
            t        | s       | no_term   | repair     | completed | 2026-03-12 10:00
            t        | s       | late      | repair     | completed | 2026-03-12 10:00
            t        | s       | missed    | repair     | approved  |
            t        | s       | gave_up   | repair     | closed    | 2026-03-12 10:00
            t        | s       | off       | repair     | withdrawn | 2026-03-09 10:00
            t        | s       | undated   | repair     | closed    |
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id   | visit_asked_at   | visit_due_at     | visited_at
            t        | s       | none      |                  |                  |
            t        | s       | asked     | 2026-03-01 10:00 |                  |
            t        | s       | appointed | 2026-03-01 10:00 | 2026-04-10 10:00 |
            t        | s       | to_now    | 2026-03-01 10:00 | 2026-03-31 16:00 |
            t        | s       | in_time   | 2026-03-01 10:00 | 2026-03-10 10:00 | 2026-03-10 10:00:00
            t        | s       | no_term   | 2026-03-01 10:00 |                  | 2026-03-10 10:00:00
            t        | s       | late      | 2026-03-01 10:00 | 2026-03-10 10:00 | 2026-03-10 10:00:01
            t        | s       | missed    | 2026-03-01 10:00 | 2026-03-10 10:00 |
            t        | s       | gave_up   | 2026-03-01 10:00 | 2026-03-10 10:00 |
            t        | s       | off       | 2026-03-01 10:00 | 2026-03-10 10:00 |
            t        | s       | undated   | 2026-03-01 10:00 | 2026-03-10 10:00 |
        """,
    ).expect(
        "fct_repair",
        """
        case_id   | visit_status
        none      |
        asked     | asked
        appointed | appointed
        to_now    | appointed
        in_time   | done
        no_term   | done
        late      | late
        missed    | missed
        gave_up   | missed
        off       | called_off
        undated   | unknown
    """,
    )
