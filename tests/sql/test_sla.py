"""Working time of a conversation, and targets: kept, broken, running, paused, exempt, unknown."""

from __future__ import annotations

import pytest

# Monday and Tuesday, 2 and 3 March: open 09:00 to 17:00 UTC, known until Tuesday night.
OFFICE = {
    "dim_calendar": """
        calendar_id | zone | first_at         | last_at
        office      | UTC  | 2026-03-02 00:00 | 2026-03-04 00:00
        moon        | moon |                  |
    """,
    "dim_calendar_day": """
        calendar_id | day_on     | kind
        office      | 2026-03-02 | make_up_day
        office      | 2026-03-03 | weekday
    """,
    "dim_working_interval": """
        calendar_id | day_on     | starts_at        | ends_at          | is_working | seconds_before | bucket_no
        office      | 2026-03-02 | 2026-03-02 00:00 | 2026-03-02 09:00 | false      | 0              | 0
        office      | 2026-03-02 | 2026-03-02 09:00 | 2026-03-02 13:00 | true       | 0              | 0
        office      | 2026-03-02 | 2026-03-02 13:00 | 2026-03-02 17:00 | true       | 14400          | 1
        office      | 2026-03-02 | 2026-03-02 17:00 | 2026-03-03 00:00 | false      | 28800          | 2
        office      | 2026-03-03 | 2026-03-03 00:00 | 2026-03-03 09:00 | false      | 28800          | 2
        office      | 2026-03-03 | 2026-03-03 09:00 | 2026-03-03 13:00 | true       | 28800          | 2
        office      | 2026-03-03 | 2026-03-03 13:00 | 2026-03-03 17:00 | true       | 43200          | 3
        office      | 2026-03-03 | 2026-03-03 17:00 | 2026-03-04 00:00 | false      | 57600          | 4
    """,
    "ref_calendar_of": "shop_id | team | calendar_id\n | | office\nnight | | moon\nnone | | ",
    "ref_run": """
        as_of            | as_of_on   | reporting_zone | reporting_currency | waiting_days
        2026-03-03 15:00 | 2026-03-03 | UTC            | CNY                | 3
    """,
}


def tickets(*rows: str) -> str:
    """Tickets, each ``id shop created replied priority``, a dash for what is not there."""
    lines = ["platform | shop_id | ticket_id | created_at | first_replied_at | priority | status"]
    for row in rows:
        number, shop, created, replied, priority = row.split()
        at = ["" if moment == "-" else moment.replace("T", " ") for moment in (created, replied)]
        lines.append(f"z|{shop}|{number}|{at[0]}|{at[1]}|{priority.strip('-')}|open")
    return "\n".join(lines)


TARGETS = "target_id | measure | target_seconds | is_working | valid_from | valid_to | shop_id | kind | priority\n"


def target(name: str, seconds: int, **facts: str) -> str:
    told = {
        "measure": "first_response",
        "is_working": "false",
        "valid_from": "2026-01-01",
        "valid_to": "2900-01-01",
        "shop_id": "",
        "kind": "",
        "priority": "",
        **facts,
    }
    places = ("valid_from", "valid_to", "shop_id", "kind", "priority")
    return "|".join(
        [name, told["measure"], str(seconds), told["is_working"], *(told[p] for p in places)]
    )


def test_working_time_is_what_lies_inside_the_hours_and_unknown_beyond_them(story):
    story.given(
        **OFFICE,
        stg_desk__ticket=tickets(
            "overnight s 2026-03-02T16:30 2026-03-03T09:30 -",
            "closed s 2026-03-02T18:00 2026-03-02T20:00 -",
            "later s 2026-03-03T10:00 2026-03-04T10:00 -",
            "before s 2026-03-01T10:00 2026-03-02T10:00 -",
            "zone night 2026-03-02T10:00 2026-03-02T11:00 -",
            "hours none 2026-03-02T10:00 2026-03-02T11:00 -",
        ),
    ).expect(
        "fct_conversation",
        """
        conversation_id | first_response_seconds | first_response_working_seconds | first_response_working_status | first_response_working_reason | day_kind
        overnight       | 61200                  | 3600                           | ok                            |                               | make_up_day
        closed          | 7200                   | 0                              | ok                            |                               | make_up_day
        later           | 86400                  |                                | not_computable                | beyond_calendar               | weekday
        before          | 86400                  |                                | not_computable                | before_calendar               |
        zone            | 3600                   |                                | not_computable                | unknown_zone                  |
        hours           | 3600                   | 3600                           | ok                            |                               | make_up_day
        """,
    )


def test_nobodys_hours_known_is_no_working_time_and_not_none(story):
    story.given(
        stg_desk__ticket=tickets("1 s 2026-03-02T10:00 2026-03-02T11:00 -"),
    ).expect(
        "fct_conversation",
        """
        first_response_seconds | first_response_working_seconds | first_response_working_status | first_response_working_reason
        3600                   |                                | not_computable                | no_calendar
        """,
    )


@pytest.mark.parametrize(
    ("desk_schedule", "seconds"), [("in_force", 7200), ("last", 0), ("", 7200)]
)
def test_a_tickets_own_schedules_go_before_the_shops_hours_each_while_in_force_or_the_last(
    story, desk_schedule, seconds
):
    # the desk's first schedule works round the clock until noon of Monday, then the office's hours
    clock = (
        OFFICE["dim_working_interval"].strip()
        + "\n"
        + "\n".join(
            f"desk:z:s:{schedule} | 2026-03-02 | 2026-03-02 {a} | 2026-03-02 {b} | {working} | {before} | 0"
            for schedule, a, b, working, before in (
                ("day", "00:00", "12:00", "true", 0),
                ("none", "00:00", "23:59", "false", 0),
            )
        )
    )
    head, row = OFFICE["ref_run"].strip().splitlines()
    run = f"{head} | desk_schedule\n{row} | {desk_schedule}"
    calendars = OFFICE["dim_calendar"].strip() + "".join(
        f"\ndesk:z:s:{name} | UTC | 2026-03-02 00:00 | 2026-03-02 23:59" for name in ("day", "none")
    )
    story.given(
        **{**OFFICE, "dim_working_interval": clock, "dim_calendar": calendars, "ref_run": run},
        stg_desk__ticket=tickets("1 s 2026-03-02T08:00 2026-03-02T11:00 -"),
        stg_desk__ticket_schedule="""
            platform | shop_id | ticket_id | valid_from       | schedule_id
            z        | s       | 1         | 2026-03-02 08:30 | day
            z        | s       | 1         | 2026-03-02 10:00 | none
        """,
    ).expect(
        "fct_conversation",
        f"first_response_seconds | first_response_working_seconds\n10800 | {seconds}",
    )


def test_kept_at_the_due_second_broken_after_it_and_running_until_then(story):
    story.given(
        **OFFICE,
        ref_target=TARGETS + target("own", 3600),
        stg_desk__ticket=tickets(
            "kept s 2026-03-02T10:00 2026-03-02T11:00 -",
            "broken s 2026-03-02T10:00 2026-03-02T11:00:01 -",
            "waits_too_long s 2026-03-02T10:00 - -",
            "running s 2026-03-03T14:30 - -",
        ),
    ).expect(
        "fct_sla",
        """
        conversation_id | state    | due_at           | breached_at      | overdue_seconds | ended_at
        kept            | attained | 2026-03-02 11:00 |                  |                 | 2026-03-02 11:00
        broken          | breached | 2026-03-02 11:00 | 2026-03-02 11:00 | 1               | 2026-03-02 11:00:01
        waits_too_long  | breached | 2026-03-02 11:00 | 2026-03-02 11:00 | 100800          |
        running         | active   | 2026-03-03 15:30 |                  |                 |
        """,
    )


def test_a_due_time_of_working_hours_walks_over_the_night(story):
    story.given(
        **OFFICE,
        ref_target=TARGETS + target("own", 3600, is_working="true"),
        stg_desk__ticket=tickets(
            "evening s 2026-03-02T16:30 2026-03-03T09:30 -",
            "at_close s 2026-03-02T16:00 2026-03-02T17:00 -",
            "late s 2026-03-02T16:30 2026-03-03T09:31 -",
            "beyond s 2026-03-03T16:30 - -",
        ),
    ).expect(
        "fct_sla",
        """
        conversation_id | state    | due_at           | elapsed_seconds
        evening         | attained | 2026-03-03 09:30 | 3600
        at_close        | attained | 2026-03-02 17:00 | 3600
        late            | breached | 2026-03-03 09:30 | 3660
        """,
    )


def test_the_target_and_the_priority_of_the_moment_count_and_later_ones_rewrite_nothing(story):
    story.given(
        **OFFICE,
        ref_target=TARGETS
        + "\n".join(
            [
                target("old", 7200, valid_to="2026-03-03", priority="normal"),
                target("new", 60, valid_from="2026-03-03", priority="normal"),
                target("urgent", 30, priority="urgent"),
            ]
        ),
        stg_desk__ticket=tickets(
            "1 s 2026-03-02T10:00 2026-03-02T11:00 urgent",
            "2 s 2026-03-03T10:00 2026-03-03T11:00 normal",
        ),
        stg_desk__ticket_event="""
            platform | shop_id | ticket_id | field    | changed_at       | event_id | value_key
            z        | s       | 1         | priority | 2026-03-02 10:00 | 1        | Normal
            z        | s       | 1         | priority | 2026-03-02 10:30 | 2        | Urgent
        """,
    ).expect(
        "fct_sla",
        """
        conversation_id | target_id | priority | state
        1               | old       | normal   | attained
        2               | new       | normal   | breached
        """,
    )


def test_of_several_targets_the_one_that_names_the_most_counts(story):
    story.given(
        **OFFICE,
        ref_target=TARGETS
        + "\n".join([target("any", 60), target("ours", 7200, shop_id="s", kind="ticket")]),
        stg_desk__ticket=tickets(
            "1 s 2026-03-02T10:00 2026-03-02T11:00 -", "2 other 2026-03-02T10:00 2026-03-02T11:00 -"
        ),
    ).expect(
        "fct_sla",
        """
        conversation_id | target_id | state
        1               | ours      | attained
        2               | any       | breached
        """,
    )


def test_a_requesters_wait_pauses_while_it_is_pending_and_breaks_in_the_stage_that_crosses(story):
    events = "platform | shop_id | ticket_id | field | changed_at | event_id | status | row_version"
    for number, (ticket, at, status) in enumerate(
        [
            ("paused", "10:00", "open"), ("paused", "10:30", "pending"),
            ("crossed", "10:00", "open"), ("crossed", "10:30", "pending"), ("crossed", "12:00", "open"),
            ("kept", "10:00", "open"), ("kept", "10:50", "solved"),
        ]
    ):  # fmt: skip
        events += f"\nz|s|{ticket}|status|2026-03-02 {at}|{number}|{status}|{number}"
    story.given(
        **OFFICE,
        ref_target=TARGETS + target("own", 3600, measure="requester_wait"),
        stg_desk__ticket=tickets(
            *(
                f"{name} s 2026-03-02T10:00 2026-03-02T10:05 -"
                for name in ("paused", "crossed", "kept")
            )
        ),
        stg_desk__ticket_event=events,
    ).expect(
        "fct_sla",
        """
        conversation_id | state    | breached_at      | due_at           | ended_at
        paused          | paused   |                  |                  |
        crossed         | breached | 2026-03-02 12:30 | 2026-03-02 12:30 |
        kept            | attained |                  | 2026-03-02 11:00 | 2026-03-02 10:50
        """,
    )


def test_days_that_are_not_judged_are_exempt_with_their_reason(story):
    story.given(
        **OFFICE,
        ref_target=TARGETS + target("own", 60),
        ref_exempt="shop_id | from_at | until_at | reason\ns | 2026-03-02 00:00 | 2026-03-03 00:00 | 春节",
        stg_desk__ticket=tickets(
            "1 s 2026-03-02T10:00 2026-03-02T11:00 -", "2 s 2026-03-03T10:00 2026-03-03T11:00 -"
        ),
    ).expect(
        "fct_sla",
        """
        conversation_id | state    | reason
        1               | exempt   | 春节
        2               | breached |
        """,
    )


def test_a_target_in_working_time_nobody_knows_judges_nothing(story):
    story.given(
        ref_target=TARGETS + target("own", 60, is_working="true"),
        stg_desk__ticket=tickets("1 s 2026-03-02T10:00 2026-03-02T11:00 -"),
    ).expect("fct_sla", "state | reason | due_at\nnot_computable | no_calendar |")


POLICY = "shop_id | policy_id | metric | priority | valid_from | target_minutes | in_working_hours | platform\n"


def test_a_desks_policy_is_used_by_priority_and_time_and_closed_without_reply_ends_it(story):
    story.given(
        **OFFICE,
        stg_desk__sla_target=POLICY
        + "s|1|first_reply_time|normal|2026-01-01|60|TRUE|z\n"
        + "s|1|first_reply_time|normal|2026-03-03|1|FALSE|z\n",
        stg_desk__ticket=tickets(
            "1 s 2026-03-02T16:30 2026-03-03T09:15 normal",
            "2 s 2026-03-03T10:00 2026-03-03T10:02 normal",
            "3 s 2026-03-02T10:00 - low",
        ),
    ).expect(
        "fct_sla",
        """
        conversation_id | state    | is_working | elapsed_seconds
        1               | attained | true       | 2700
        2               | breached | false      | 120
        """,
    )


def test_two_policies_of_one_shop_promise_the_same_so_neither_judges(story):
    story.given(
        **OFFICE,
        stg_desk__sla_target=POLICY
        + "s|1|first_reply_time|normal|2026-01-01|60|FALSE|z\n"
        + "s|2|first_reply_time|normal|2026-01-01|90|FALSE|z\n",
        stg_desk__ticket=tickets("1 s 2026-03-02T10:00 2026-03-02T11:00 normal"),
    ).expect("fct_sla", "state | reason\nnot_computable | several_policies")


def test_of_two_schedules_the_due_time_goes_by_the_one_in_force_when_the_clock_began(story):
    """The later one has the lower number and the smaller reading."""
    clock = "\n".join(
        [
            OFFICE["dim_working_interval"].strip().splitlines()[0],
            "desk:z:s:2 | 2026-03-02 | 2026-03-02 00:00 | 2026-03-02 23:59 | true | 100800 | 7",
            "desk:z:s:1 | 2026-03-02 | 2026-03-02 10:00 | 2026-03-02 14:00 | true | 0      | 0",
        ]
    )
    calendars = "calendar_id | zone | first_at | last_at\n" + "\n".join(
        f"desk:z:s:{n} | UTC | 2026-03-02 00:00 | 2026-03-02 23:59" for n in (1, 2)
    )
    story.given(
        **{**OFFICE, "dim_working_interval": clock, "dim_calendar": calendars},
        ref_target=TARGETS + target("own", 1800, is_working="true"),
        stg_desk__ticket=tickets("1 s 2026-03-02T00:10 2026-03-02T11:00 -"),
        stg_desk__ticket_schedule="""
            platform | shop_id | ticket_id | valid_from       | schedule_id
            z        | s       | 1         | 2026-03-02 00:10 | 2
            z        | s       | 1         | 2026-03-02 10:00 | 1
        """,
    ).expect("fct_sla", "state | due_at | overdue_seconds\nbreached | 2026-03-02 00:40 | 37200")


def test_a_promise_in_parts_of_which_one_has_no_working_time_is_not_half_measured(story):
    events = "platform | shop_id | ticket_id | field | changed_at | event_id | status | row_version"
    for number, (at, status) in enumerate(
        [
            ("2026-03-02 10:00", "open"),
            ("2026-03-02 10:30", "pending"),
            # to beyond what the calendar knows
            ("2026-03-03 16:00", "open"),
            ("2026-03-04 01:00", "pending"),
        ]
    ):
        events += f"\nz|s|1|status|{at}|{number}|{status}|{number}"
    later = OFFICE["ref_run"].replace("2026-03-03 15:00", "2026-03-04 15:00")
    story.given(
        **{**OFFICE, "ref_run": later},
        ref_target=TARGETS + target("own", 60, measure="requester_wait", is_working="true"),
        stg_desk__ticket=tickets("1 s 2026-03-02T10:00 - -"),
        stg_desk__ticket_event=events,
    ).expect(
        "fct_sla",
        """
        state          | reason          | elapsed_seconds | due_at
        not_computable | beyond_calendar |                 |
        """,
    )


def test_the_first_response_and_later_replies_are_promises_of_their_own_ended_by_their_replies(
    story,
):
    messages = (
        "platform|shop_id|conversation_id|message_id|sender_role|sender_key|sent_at|row_version"
    )
    for number, (role, at) in enumerate(
        [("customer", "10:00"), ("agent", "10:20"), ("customer", "11:00"), ("agent", "11:01")]
    ):
        messages += f"\nt|s|C|{number}|{role}|{role}|2026-03-02 {at}|{number}"
    story.given(
        **OFFICE,
        ref_target=TARGETS
        + "\n".join([target("first", 600), target("next", 60, measure="next_reply")]),
        stg_desk__message=messages,
    ).expect(
        "fct_sla",
        """
        measure        | turn_no | target_id | state    | ended_at
        first_response | 1       | first     | breached | 2026-03-02 10:20
        next_reply     | 2       | next      | attained | 2026-03-02 11:01
        """,
    )
