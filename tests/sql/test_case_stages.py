"""The stages of a case: between which known times, for how long, and what of them is not told."""

from __future__ import annotations

import pytest

# Monday to Friday 09:00 to 17:00 in Shanghai, which is 01:00 to 09:00 UTC.
HOURS = """
    calendar_id | day_on     | starts_at        | ends_at          | is_working | seconds_before
    own         | 2026-02-28 | 2026-02-28 00:00 | 2026-03-01 00:00 | false      | 0
    own         | 2026-03-01 | 2026-03-01 00:00 | 2026-03-02 00:00 | false      | 0
    own         | 2026-03-02 | 2026-03-02 00:00 | 2026-03-02 01:00 | false      | 0
    own         | 2026-03-02 | 2026-03-02 01:00 | 2026-03-02 09:00 | true       | 0
    own         | 2026-03-02 | 2026-03-02 09:00 | 2026-03-03 00:00 | false      | 28800
    own         | 2026-03-03 | 2026-03-03 00:00 | 2026-03-03 01:00 | false      | 28800
    own         | 2026-03-03 | 2026-03-03 01:00 | 2026-03-03 09:00 | true       | 28800
"""


def test_an_exchange_goes_from_milestone_to_milestone_and_its_stages_are_its_whole_time(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | status    | is_open | applied_at       | reviewed_at      | return_shipped_at | return_received_at | inspected_at     | reshipped_at     | buyer_received_at | ended_at
            t        | s       | C1      | 1        | exchange   | completed | false   | 2026-03-01 10:00 | 2026-03-01 11:00 | 2026-03-02 11:00  | 2026-03-04 11:00   | 2026-03-04 12:00 | 2026-03-04 15:00 | 2026-03-06 15:00  | 2026-03-07 15:00
        """
    ).expect("""
        stage_no | stage          | from_milestone  | until_milestone | steps_missing | stage_seconds | stage_status | from_on
        1        | review         | applied         | reviewed        | 0             | 3600          | ok           | 2026-03-01
        2        | buyer_ships    | reviewed        | return_shipped  | 0             | 86400         | ok           | 2026-03-01
        3        | return_transit | return_shipped  | return_received | 0             | 172800        | ok           | 2026-03-02
        4        | inspection     | return_received | inspected       | 0             | 3600          | ok           | 2026-03-04
        5        | reshipping     | inspected       | reshipped       | 0             | 10800         | ok           | 2026-03-04
        6        | delivery       | reshipped       | buyer_received  | 0             | 172800        | ok           | 2026-03-04
        7        | closing        | buyer_received  | closed          | 0             | 86400         | ok           | 2026-03-06
    """)


def test_a_stretch_over_milestones_nobody_gave_a_time_for_is_kept_and_is_no_stage(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type    | is_open | applied_at | return_received_at | refunded_at | closed_at  | ended_at
            t        | s       | swap    | 1        | exchange      | false   | 2026-03-01 | 2026-03-05         |             | 2026-03-09 | 2026-03-09
            t        | s       | back    | 2        | return_refund | false   | 2026-03-01 |                    | 2026-03-05  |            | 2026-03-05
            t        | s       | money   | 3        | refund_only   | false   | 2026-03-01 |                    | 2026-03-05  | 2026-03-06 | 2026-03-06
        """
    ).expect("""
        case_id | stage_no | stage   | until_milestone | steps_missing | stage_seconds
        swap    | 1        |         | return_received | 2             | 345600
        swap    | 4        |         | closed          | 3             | 345600
        back    | 1        |         | refunded        | 4             | 345600
        money   | 1        |         | refunded        | 1             | 345600
        money   | 3        | closing | closed          | 0             | 86400
    """)


def test_an_exchange_that_became_a_refund_ends_with_the_refund(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | status    | is_open | applied_at | reviewed_at | refunded_at | ended_at
            t        | s       | C1      | 1        | exchange   | converted | false   | 2026-03-01 | 2026-03-02  | 2026-03-04  | 2026-03-04
        """
    ).expect("""
        stage_no | stage  | until_milestone | steps_missing | stage_seconds
        1        | review | reviewed        | 0             | 86400
        2        |        | closed          | 5             | 172800
    """)


@pytest.mark.parametrize(
    ("status", "reviewed", "stage", "missing"),
    [
        ("applied", "", "review", 0),
        # its status says it was agreed to, and nothing says when
        ("approved", "", "", 1),
        ("approved", "2026-03-31 12:00", "buyer_ships", 0),
        ("returned", "2026-03-31 12:00", "", 1),
        # refused, and then the buyer applied again: since when it waits is not told
        ("applied", "2026-03-31 12:00", "", 0),
        ("rejected", "2026-03-31 12:00", "", 0),
        ("", "2026-03-31 12:00", "", 0),
    ],
)
def test_the_stage_an_open_case_is_in_runs_to_the_as_of(model, status, reviewed, stage, missing):
    """As of 2026-03-31 16:00."""
    first = """
        1 | review | reviewed | 0 | false | 7200 | 7200 | ok |
    """
    began = "2" if reviewed else "1"
    lasted = "14400" if reviewed else "21600"
    model("fct_case_stage").given(
        int_case_merge=f"""
            platform | shop_id | case_id | case_key | asked_type | status   | is_open | applied_at       | reviewed_at
            t        | s       | C1      | 1        | exchange   | {status} | true    | 2026-03-31 10:00 | {reviewed}
        """
    ).expect(f"""
        stage_no | stage   | until_milestone | steps_missing | is_current | stage_seconds | stage_exposure_seconds | stage_status | stage_reason{first.rstrip() if reviewed else ""}
        {began}  | {stage} |                 | {missing}     | true       |               | {lasted}               | censored     | open
    """)


def test_times_that_run_backwards_are_counted_and_measured_by_nobody(model):
    """Which of two times is wrong nobody knows, so no stretch that begins or ends there counts."""
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | is_open | applied_at       | reviewed_at      | return_shipped_at | return_received_at | inspected_at     | ended_at
            t        | s       | C1      | 1        | exchange   | false   | 2026-03-01 10:00 | 2026-03-01 11:00 | 2026-03-03 10:00  | 2026-03-02 10:00   | 2026-03-04 10:00 | 2026-03-05 10:00
            t        | s       | C2      | 2        | exchange   | true    | 2026-03-05 10:00 | 2026-03-04 10:00 |                   |                    |                  |
        """
    ).expect("""
        case_id | stage_no | stage          | stage_seconds | stage_exposure_seconds | stage_status   | stage_reason
        C1      | 1        | review         | 3600          | 3600                   | ok             |
        C1      | 2        | buyer_ships    |               |                        | not_computable | out_of_order
        C1      | 3        | return_transit |               |                        | not_computable | out_of_order
        C1      | 4        | inspection     |               |                        | not_computable | out_of_order
        C1      | 5        |                | 86400         | 86400                  | ok             |
        C2      | 1        | review         |               |                        | not_computable | out_of_order
        C2      | 2        |                |               |                        | not_computable | out_of_order
    """)


def test_a_time_far_too_early_spoils_every_stretch_it_stands_before(model):
    """The goods were not received before the buyer applied."""
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | is_open | applied_at | reviewed_at | return_shipped_at | return_received_at | ended_at
            t        | s       | C1      | 1        | exchange   | false   | 2026-03-01 | 2026-03-02  | 2026-03-03        | 2025-03-04         | 2026-03-09
        """
    ).expect("""
        stage_no | stage_reason
        1        | out_of_order
        2        | out_of_order
        3        | out_of_order
        4        | out_of_order
    """)


def test_in_a_fast_exchange_the_replacement_goes_its_own_way_beside_the_return(model):
    """It left on the second and was there on the fourth, before the goods were back."""
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | is_fast | is_open | applied_at | reviewed_at | reshipped_at | buyer_received_at | return_shipped_at | return_received_at | inspected_at | ended_at
            t        | s       | C1      | 1        | exchange   | true    | false   | 2026-03-01 | 2026-03-01  | 2026-03-02   | 2026-03-04        | 2026-03-03        | 2026-03-05         | 2026-03-06   | 2026-03-07
        """
    ).expect("""
        stage_no | stage          | is_parallel | stage_seconds | stage_status
        1        | review         | false       | 0             | ok
        2        | buyer_ships    | false       | 172800        | ok
        3        | return_transit | false       | 172800        | ok
        4        | inspection     | false       | 86400         | ok
        5        | closing        | false       | 86400         | ok
        11       | reshipping     | true        | 86400         | ok
        12       | delivery       | true        | 172800        | ok
    """)


def test_of_an_open_fast_exchange_both_the_return_and_the_replacement_are_under_way(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | status   | is_fast | is_open | applied_at       | reviewed_at      | reshipped_at     | buyer_received_at
            t        | s       | agreed  | 1        | exchange   | approved | true    | true    | 2026-03-31 10:00 | 2026-03-31 12:00 |                  |
            t        | s       | there   | 2        | exchange   | reshipped | true   | true    | 2026-03-31 10:00 | 2026-03-31 12:00 | 2026-03-31 13:00 | 2026-03-31 14:00
            t        | s       | sent    | 3        | exchange   | reshipped | true   | true    | 2026-03-31 10:00 | 2026-03-31 12:00 |                  |
            t        | s       | bare    | 4        | exchange   | reshipped | true   | true    | 2026-03-31 10:00 |                  |                  |
        """
    ).expect("""
        case_id | stage       | is_parallel | is_current | steps_missing | stage_exposure_seconds
        agreed  | review      | false       | false      | 0             | 7200
        agreed  | buyer_ships | false       | true       | 0             | 14400
        agreed  | reshipping  | true        | true       | 0             | 14400
        there   | review      | false       | false      | 0             | 7200
        there   | buyer_ships | false       | true       | 0             | 14400
        there   | reshipping  | true        | false      | 0             | 3600
        there   | delivery    | true        | false      | 0             | 3600
        sent    | review      | false       | false      | 0             | 7200
        sent    | buyer_ships | false       | true       | 0             | 14400
        sent    |             | true        | true       | 1             | 14400
        bare    |             | false       | true       | 1             | 21600
    """)


def test_a_plain_exchange_sent_before_the_goods_were_back_is_out_of_order(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | is_fast | is_open | applied_at | reviewed_at | return_shipped_at | reshipped_at | return_received_at | inspected_at | ended_at
            t        | s       | C1      | 1        | exchange   | false   | false   | 2026-03-01 | 2026-03-02  | 2026-03-03        | 2026-03-04   | 2026-03-05         | 2026-03-06   | 2026-03-09
        """
    ).expect("""
        stage          | stage_reason
        review         |
        buyer_ships    |
        return_transit | out_of_order
        inspection     | out_of_order
        reshipping     | out_of_order
                       | out_of_order
    """)


def test_a_case_that_is_over_since_nobody_says_when_has_no_last_stage(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | status | is_open | applied_at | reviewed_at
            t        | s       | C1      | 1        | exchange   | closed | false   | 2026-03-01 | 2026-03-02
        """
    ).expect("""
        stage_no | stage  | is_current | stage_seconds | stage_status   | stage_reason
        1        | review | false      | 86400         | ok             |
        2        |        | false      |               | not_computable | no_end_time
    """)


def test_a_time_after_the_as_of_has_not_lasted_yet(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | status  | is_open | applied_at
            t        | s       | C1      | 1        | repair     | applied | true    | 2026-04-02
        """
    ).expect("""
        stage  | stage_exposure_seconds | stage_status   | stage_reason
        review |                        | not_computable | after_as_of
    """)


def test_types_nobody_knows_the_way_of_have_no_stages(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | is_open | applied_at | ended_at
            t        | s       | C1      | 1        | unknown    | false   | 2026-03-01 | 2026-03-02
            t        | s       | C2      | 2        | other      | false   | 2026-03-01 | 2026-03-02
            t        | s       | C3      | 3        | reship     | false   | 2026-03-01 | 2026-03-02
        """
    ).expect("""
        case_id | steps_missing
        C3      | 3
    """)


def test_working_time_of_a_stage_is_by_the_hours_of_its_shop(model):
    """Saturday evening to Monday 10:00 in Shanghai is one working hour, then a day less an hour."""
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type | is_open | applied_at       | reviewed_at      | return_shipped_at | ended_at
            t        | s       | C1      | 1        | exchange   | false   | 2026-02-28 12:00 | 2026-03-02 02:00 | 2026-03-03 01:00  | 2026-03-09 01:00
            t        | other   | C2      | 2        | refund_only | false  | 2026-02-28 12:00 | 2026-03-02 02:00 |                   |
        """,
        ref_calendar_of="""
            shop_id | team | calendar_id
            s       |      | own
            s       | vip  | none
        """,
        dim_calendar="""
            calendar_id | first_at   | last_at
            own         | 2026-02-28 | 2026-03-04
        """,
        dim_working_interval=HOURS,
    ).expect("""
        case_id | stage_no | stage       | stage_working_seconds | stage_working_status | stage_working_reason
        C1      | 1        | review      | 3600                  | ok                   |
        C1      | 2        | buyer_ships | 25200                 | ok                   |
        C1      | 3        |             |                       | not_computable       | beyond_calendar
        C2      | 1        | review      |                       | not_computable       | no_calendar
        C2      | 2        |             |                       | not_computable       | no_end_time
    """)


def test_without_hours_of_its_own_a_shop_has_those_of_the_workspace(model):
    model("fct_case_stage").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | asked_type  | is_open | applied_at       | refunded_at      | ended_at
            t        | s       | C1      | 1        | refund_only | false   | 2026-03-02 02:00 | 2026-03-03 02:00 | 2026-03-03 02:00
        """,
        ref_calendar_of="""
            shop_id | team | calendar_id
                    |      | own
            other   |      | none
        """,
        dim_calendar="""
            calendar_id | first_at   | last_at
            own         | 2026-02-28 | 2026-03-04
        """,
        dim_working_interval=HOURS,
    ).expect("""
        stage_working_seconds
        28800
    """)


def test_stages_of_the_register_and_the_export_are_read_as_one(story):
    """What the platform's export leaves out the merchant's own books tell."""
    story.given(
        stg_shop__case="""
            platform | shop_id | case_id | asked_type | status    | row_version | applied_at       | return_shipped_at | closed_at
            t        | s       | C1      | exchange   | completed | 7           | 2026-03-01 10:00 | 2026-03-03 10:00  | 2026-03-09 10:00
        """,
        stg_shop__case_record="""
            platform | shop_id | case_id | reviewed_at      | return_received_at
            t        | s       | C1      | 2026-03-02 10:00 | 2026-03-05 10:00
        """,
    ).expect(
        "fct_case_stage",
        """
        stage_no | stage          | steps_missing | stage_seconds
        1        | review         | 0             | 86400
        2        | buyer_ships    | 0             | 86400
        3        | return_transit | 0             | 172800
        4        |                | 3             | 345600
    """,
    )
