"""Platforms' own response times: their worked examples, and every parameter of a definition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sql.harness import Story

from aftersales import variants
from aftersales.errors import ConfigError
from aftersales.settings import packaged
from aftersales.warehouse.connection import Connection
from aftersales.warehouse.models import Model

VARIANTS = variants.load((packaged("sql"),))
DAY = date(2026, 3, 2)
AHEAD = timedelta(hours=8)
HANDED = "会话已由 anna 转接给 bert"
MESSAGES = [
    "platform | shop_id | conversation_id | message_id | sender_role | sender_key | buyer_key | body"
    " | sent_at | row_version | ticket_id | visibility"
]
TICKETS = ["platform | shop_id | ticket_id | created_at | status"]
CALLS = ["platform | shop_id | call_id | started_at | answered_at | direction"]
SUMS = (
    "counted", "counted_seconds", "waits", "within_limit", "counted_any_hour",
    "counted_seconds_any_hour", "turns", "out_of_hours", "left_to_robot", "unanswered_left_out",
    "unanswered_counted", "capped", "zero_left_out", "left_behind", "answered_next_day",
)  # fmt: skip
# By shop and definition, and there by agent and day: a sum by its name.
Found = Mapping[tuple[str, str], dict[tuple[str, date], dict[str, int]]]


def shop(name: str, *conversations: list[str], buyers: str = "", ticket: str = "") -> str:
    """A shop of its own for every case, so that one build answers all of them.

    Each message is ``role sender | [day of March] local time of Shanghai [| words]``; the day is
    the 2nd. The n-th conversation is the n-th buyer's (a letter each), else everybody's own.
    """
    for place, messages in enumerate(conversations):
        conversation = ticket or f"{name} {place}"
        buyer = buyers[place] if buyers else f"buyer {place}"
        for message in messages:
            who, at, *words = (part.strip() for part in message.split("|"))
            role, _, sender = who.partition(" ")
            MESSAGES.append(
                f"t|{name}|{conversation}|{len(MESSAGES)}|{role}|{sender or role}|{buyer.strip()}"
                f"|{words[0] if words else ''}|{utc(at)}|{len(MESSAGES)}|{ticket}|public"
            )
    return name


def utc(at: str) -> datetime:
    day, _, clock = at.rpartition(" ")
    on = date.fromisoformat(day) if "-" in day else DAY.replace(day=int(day or DAY.day))
    return datetime.fromisoformat(f"{on} {clock}") - AHEAD


def as_table(definitions: dict[str, variants.Variant]) -> str:
    """What ref_variant holds of these definitions."""
    names = [column.split()[0] for column in variants.COLUMNS.split(", ")]
    lines = [
        " | ".join("" if cell is None else str(cell) for cell in row)
        for row in variants.rows(definitions)
    ]
    return "\n".join([" | ".join(names), *lines])


@pytest.fixture(scope="module")
def found(warehouse: Connection, all_models: dict[str, Model]) -> Found:
    given = Story(warehouse, all_models).given(
        stg_desk__message="\n".join(MESSAGES),
        stg_desk__ticket="\n".join(TICKETS),
        stg_desk__call="\n".join(CALLS),
        ref_variant=as_table(VARIANTS),
    )
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in SUMS)
    told: dict[tuple[str, str], dict[tuple[str, date], dict[str, int]]] = defaultdict(dict)
    for where, variant, agent, on, *values in given.ask(
        "mart_response_variant",
        f"select shop_id, variant, agent, asked_on, {sums} from mart_response_variant group by all",
    ):
        told[where, variant][agent, on] = dict(zip(SUMS, map(int, values), strict=True))
    return told


def of(found: Found, where: str, variant: str, *names: str) -> tuple[int, ...]:
    """Sums of a shop over all agents and days."""
    parts = found[where, variant].values()
    return tuple(sum(part[name] for part in parts) for name in names)


def by_agent(found: Found, where: str, variant: str, *names: str) -> dict[str, tuple[int, ...]]:
    """The same by agent, of those with anything in the figure."""
    parts = found[where, variant].items()
    return {
        agent: tuple(part[name] for name in names) for (agent, _), part in parts if part["counted"]
    }


RATE = ("within_limit", "counted")
WORKED = {
    shop(
        "asked again before the answer",
        ["customer | 10:10:15", "customer | 10:15:20", "agent anna | 10:18:10"],
    ): (0, 1),
    shop(
        "and once more after it",
        [
            "customer | 10:10:15",
            "customer | 10:15:20",
            "agent anna | 10:18:10",
            "customer | 10:18:30",
            "agent anna | 10:19:00",
        ],
    ): (1, 2),
    shop(
        "ten questions and no answer until midnight",
        [*(f"customer | 21:0{minute}:00" for minute in range(10)), "agent anna | 3 00:00:01"],
    ): (0, 1),
}


@pytest.mark.parametrize("example", WORKED)
def test_taobaos_worked_examples_of_the_three_minute_share(found: Found, example: str) -> None:
    assert of(found, example, "taobao_within_3min", *RATE) == WORKED[example]


LIMIT = shop(
    "limit",
    ["customer | 10:00:00", "agent anna | 10:03:00"],
    ["customer | 10:00:00", "agent anna | 10:03:01"],
)


def test_three_minutes_to_the_second_are_in_time_and_one_more_is_late(found: Found) -> None:
    assert of(found, LIMIT, "taobao_within_3min", *RATE) == (1, 2)


CAPPED = {
    shop("cap -1", ["customer | 10:00:00", "agent anna | 10:09:59"]): (599, 0, 0),
    shop("cap", ["customer | 10:00:00", "agent anna | 10:10:00"]): (600, 0, 0),
    shop("cap +1", ["customer | 10:00:00", "agent anna | 10:10:01"]): (600, 1, 0),
    shop("hours", ["customer | 10:00:00", "agent anna | 15:00:00"]): (600, 1, 0),
    shop("nobody", ["customer | 10:00:00", "customer | 10:01:00"]): (600, 0, 1),
    shop("next day", ["customer | 10:00:00", "agent anna | 3 10:00:00"]): (600, 0, 1),
}


@pytest.mark.parametrize("case", CAPPED)
def test_taobaos_mean_counts_at_most_ten_minutes_and_as_much_for_an_answer_of_another_day(
    found: Found, case: str
) -> None:
    names = ("counted_seconds", "capped", "unanswered_counted")
    assert of(found, case, "taobao_average_response", *names) == CAPPED[case]


MIDNIGHT = shop("midnight", ["customer | 22:59:50", "agent anna | 3 00:00:10"])
# midnight of UTC, which is 08:00 in Shanghai and nothing to anybody there
UTC_MIDNIGHT = shop("midnight of UTC", ["customer | 07:59:50", "agent anna | 08:00:10"])


def test_days_end_at_local_midnight(found: Found) -> None:
    names = ("counted_seconds_any_hour", "unanswered_counted", "answered_next_day")
    assert of(found, MIDNIGHT, "taobao_average_response", *names) == (600, 1, 1)
    assert of(found, UTC_MIDNIGHT, "taobao_average_response", *names) == (20, 0, 0)
    assert of(found, MIDNIGHT, "taobao_within_3min", *RATE) == (0, 1)
    assert of(found, MIDNIGHT, "pinduoduo_within_3min", *RATE) == (0, 1)
    # elsewhere a day's end is nothing
    assert of(found, MIDNIGHT, "jd_average_response", "counted_seconds") == (3620,)


HOURS = {
    shop(f"at {asked}", [f"customer | {asked}", f"agent anna | {answered}"]): counted
    for asked, answered, counted in [
        ("07:59:59", "08:00:04", 0),
        ("08:00:00", "08:00:05", 1),
        ("22:59:59", "23:00:04", 1),
        ("23:00:00", "23:00:05", 0),
    ]
}


@pytest.mark.parametrize("case", HOURS)
@pytest.mark.parametrize(
    "name", ["taobao_average_response", "taobao_within_3min", "pinduoduo_within_3min"]
)
def test_a_turn_counts_by_the_local_hour_it_is_asked_in(found: Found, name: str, case: str) -> None:
    names = ("counted", "out_of_hours", "counted_any_hour")
    assert of(found, case, name, *names) == (HOURS[case], 1 - HOURS[case], 1)


TRANSFERRED = shop(
    "transfer", ["customer | 10:00:00", f"system anna | 10:00:40 | {HANDED}", "agent bert | 10:01"]
)
TURNS = ("counted", "counted_seconds", "within_limit")


def test_a_transfer_without_a_word_leaves_a_turn_with_the_first_and_restarts_the_clock(
    found: Found,
) -> None:
    names = (*TURNS, "left_behind")
    assert by_agent(found, TRANSFERRED, "taobao_average_response", *names) == {
        "anna": (1, 600, 0, 1),
        "bert": (1, 20, 0, 0),
    }
    assert by_agent(found, TRANSFERRED, "taobao_within_3min", *RATE) == {
        "anna": (0, 1),
        "bert": (1, 1),
    }


def test_elsewhere_a_transfer_leaves_nothing_behind_or_is_nothing_at_all(found: Found) -> None:
    mean = ("counted", "counted_seconds")
    assert by_agent(found, TRANSFERRED, "jd_average_response", *mean) == {"bert": (1, 20)}
    assert by_agent(found, TRANSFERRED, "chatwoot_reply_time", *mean) == {"bert": (1, 60)}
    assert by_agent(found, TRANSFERRED, "pinduoduo_within_3min", *RATE) == {"bert": (1, 1)}


SPOKEN = shop(
    "spoken",
    [
        "customer | 10:00:00",
        "agent anna | 10:00:10 | 我帮您转接给专员哦",
        f"system anna | 10:00:40 | {HANDED}",
        "agent bert | 10:01:00",
    ],
)
IN_VAIN = shop(
    "in vain",
    [
        "customer | 10:00:00",
        "agent bert | 10:00:05",
        "customer | 10:01:00",
        f"system anna | 10:01:10 | {HANDED}",
    ],
)


GIVEN_AWAY = shop("given away", ["customer | 10:00:00", f"system anna | 10:00:40 | {HANDED}"])


def test_whoever_answers_before_handing_over_leaves_no_turn_unanswered(found: Found) -> None:
    assert by_agent(found, SPOKEN, "taobao_average_response", *TURNS) == {"anna": (1, 10, 0)}


def test_what_was_handed_over_in_vain_is_unanswered_for_both(found: Found) -> None:
    assert by_agent(found, IN_VAIN, "taobao_average_response", *TURNS) == {
        "anna": (1, 600, 0),
        "bert": (2, 605, 0),
    }


def test_one_turn_handed_over_in_vain_is_not_told_twice_of_whoever_gave_it(found: Found) -> None:
    """To whom it went the export does not say: somebody's, and unanswered all the same."""
    assert by_agent(found, GIVEN_AWAY, "taobao_average_response", *TURNS) == {
        "anna": (1, 600, 0),
        "": (1, 600, 0),
    }
    assert by_agent(found, GIVEN_AWAY, "pinduoduo_within_3min", *RATE) == {"anna": (0, 1)}


ROBOT = shop(
    "robot",
    # alone
    ["customer | 10:00:00", "bot | 10:00:01"],
    # gave it to people, who never came
    ["customer | 10:00:00", "bot | 10:00:01", "system | 10:00:05 | 客户请求转人工"],
    # alone only in the second turn
    [
        "customer | 10:00:00",
        "bot | 10:00:01",
        "agent anna | 10:00:30",
        "customer | 10:01:00",
        "bot | 10:01:01",
    ],
    # not there
    ["customer | 10:00:00"],
)


@pytest.mark.parametrize("name", ["taobao_average_response", "taobao_within_3min"])
def test_conversations_that_only_robots_answered_are_left_out_and_counted(
    found: Found, name: str
) -> None:
    names = ("counted", "left_to_robot", "unanswered_counted")
    assert of(found, ROBOT, name, *names) == (4, 1, 3)


PERSONS = shop(
    "persons",
    ["customer | 10:00:00", "agent anna | 10:00:10"],
    ["customer | 11:00:00", "agent bert | 11:10:00"],
    ["customer | 10:00:00", "agent anna | 10:00:10"],
    ["customer | 12:00:00"],
    ["customer | 3 10:00:00", "agent anna | 3 10:01:00"],
    buyers="aabca",
)
NAMELESS = shop(
    "nameless",
    ["customer | 10:00:00", "agent anna | 10:00:10"],
    ["customer | 10:00:00", "agent anna | 10:00:10"],
    buyers="  ",
)


def test_pinduoduo_counts_a_buyer_once_a_day_and_one_late_turn_makes_them_late(
    found: Found,
) -> None:
    """Late: a, for the second turn, and c. In time: b, and a on the day after."""
    assert of(found, PERSONS, "pinduoduo_within_3min", *RATE, "turns") == (2, 4, 5)
    assert of(found, PERSONS, "taobao_within_3min", *RATE) == (3, 5)
    late = found[PERSONS, "pinduoduo_within_3min"]["anna", DAY]
    assert (late["within_limit"], late["counted"], late["turns"]) == (1, 2, 3)


def test_without_a_buyers_name_every_conversation_is_a_person(found: Found) -> None:
    assert of(found, NAMELESS, "pinduoduo_within_3min", *RATE) == (2, 2)


TICKETS.append("t | mail | 7 | 2026-03-02 02:00 | open")
MAIL = shop(
    "mail",
    ["customer | 10:05", "agent anna | 11:00", "customer | 12:00", "agent anna | 12:00:30"],
    ticket="7",
)
CALLS.append("t | switchboard | 1 | 2026-03-02 02:00 | 2026-03-02 02:00:10 | inbound")


def test_zendesk_counts_from_the_tickets_creation_to_the_first_reply(found: Found) -> None:
    mean = ("counted", "counted_seconds")
    assert of(found, MAIL, "zendesk_first_reply", *mean) == (1, 3600)
    assert of(found, MAIL, "chatwoot_reply_time", *mean) == (2, 3300 + 30)


def test_help_desks_leave_the_unanswered_out_and_platforms_do_not(found: Found) -> None:
    names = ("counted", "waits", "unanswered_left_out")
    for name in ("zendesk_first_reply", "chatwoot_reply_time", "jd_average_response"):
        assert of(found, "nobody", name, *names) == (0, 0, 1)
    assert of(found, "nobody", "taobao_average_response", *names) == (1, 1, 0)


def test_a_ticket_is_in_no_platforms_chats_and_a_call_in_nobodys_turns(found: Found) -> None:
    for_any = {name for name, told in VARIANTS.items() if told.versions[0].kinds == "any"}
    assert {name for where, name in found if where == MAIL} == for_any
    assert for_any == {"zendesk_first_reply", "chatwoot_first_response", "chatwoot_reply_time"}
    assert {where for where, _ in found if where == "switchboard"} == set()


HANDED_OFF = shop(
    "handed off",
    [
        "customer | 10:00:00",
        "bot | 10:00:01",
        "system | 10:00:20 | 客户请求转人工",
        "agent anna | 10:01:02",
    ],
)


def test_chatwoot_counts_its_first_response_from_the_robots_leaving(found: Found) -> None:
    """Handed over after 20 s, answered after 62 s: 42 s."""
    assert of(found, HANDED_OFF, "chatwoot_first_response", "counted_seconds") == (42,)
    assert of(found, HANDED_OFF, "chatwoot_reply_time", "counted_seconds") == (62,)
    assert of(found, HANDED_OFF, "zendesk_first_reply", "counted_seconds") == (62,)


OLD, NEW = "2020-12-31", "2021-01-01"
VERSIONS = shop(
    "versions",
    [f"customer | {OLD} 23:00:00", f"agent anna | {OLD} 23:30:00"],
    [f"customer | {OLD} 10:00:00", f"agent anna | {OLD} 10:00:00"],
    [f"customer | {OLD} 11:00:00"],
    # of 31 December in UTC: by the newer one, and before 8
    [f"customer | {NEW} 00:30:00"],
    [f"customer | {NEW} 08:00:00", f"agent anna | {NEW} 08:30:00"],
    [f"customer | {NEW} 09:00:00", f"agent anna | {NEW} 09:00:00"],
    [f"customer | {NEW} 23:00:00", f"agent anna | {NEW} 23:00:10"],
)


def test_a_version_holds_from_its_local_day_to_the_next_ones(found: Found) -> None:
    """Before 2021 Taobao's mean ran to midnight, had no cap, and no place for the unanswered."""
    names = ("counted", "counted_seconds", "capped", "zero_left_out", "unanswered_left_out",
             "unanswered_counted", "out_of_hours")  # fmt: skip
    days: dict[str, list[int]] = defaultdict(lambda: [0] * len(names))
    for (_, on), part in found[VERSIONS, "taobao_average_response"].items():
        days[str(on)] = [a + part[name] for a, name in zip(days[str(on)], names, strict=True)]
    assert days == {OLD: [1, 1800, 0, 1, 1, 0, 0], NEW: [2, 600, 1, 0, 0, 0, 2]}


EXAMPLE = shop(
    "example",
    ["customer | 10:00:00", "agent anna | 10:00:10"],
    ["customer | 11:00:00", "agent anna | 11:00:30"],
    ["customer | 12:00:00", "agent anna | 12:15:00"],
    ["customer | 13:00:00"],
    ["customer | 23:30:00", "agent anna | 23:30:05"],
)


def test_the_example_of_the_decision_gives_what_it_says(found: Found) -> None:
    mean = ("counted_seconds", "waits")
    assert of(found, EXAMPLE, "taobao_average_response", *mean) == (310 * 4, 4)
    assert of(found, EXAMPLE, "jd_average_response", *mean) == (236.25 * 4, 4)
    assert of(found, EXAMPLE, "taobao_within_3min", *RATE) == (2, 4)


KPI = "platform | shop_id | agent | first_on | last_on | hours | receptions | average_response_seconds | within_3min_share\n"


def test_a_reported_figure_meets_ours_by_agent_and_day_at_the_hours_its_sheet_names(
    story: Story,
) -> None:
    """Of Anna's turns one is asked at night; another shop's are nothing to her."""
    messages = "\n".join(
        f"taobao|{where}|{chat}|{number}|{role}|{role}|b||2026-03-02 {at}|{number}||public"
        for number, (where, chat, role, at) in enumerate(
            [
                ("s", 1, "customer", "02:00:00"), ("s", 1, "anna", "02:00:15"),
                ("s", 2, "customer", "15:30:00"), ("s", 2, "anna", "15:31:40"),
                ("other", 3, "customer", "02:00:00"), ("other", 3, "anna", "02:00:50"),
            ]
        )
    ).replace("|anna|anna|", "|agent|anna|")  # fmt: skip
    given = story.given(
        ref_variant=as_table(VARIANTS),
        fct_agent_kpi=KPI
        + "taobao|s|anna|2026-03-02|2026-03-02|8-23点|1|15|1\n"
        + "taobao|s|anna|2026-03-02|2026-03-02|''|1|57.5|0.75\n"
        + "taobao|s|bert|2026-03-02|2026-03-02|''|1|9|\n"
        + "youzan|s|anna|2026-03-02|2026-03-02|''|1|10|",
        stg_desk__message="\n".join([MESSAGES[0], messages]),
    )
    assert given.ask(
        "mart_kpi_reconciliation",
        "select platform, agent, hours, measure, own_numerator, own_denominator, difference,"
        " own_reason from mart_kpi_reconciliation order by platform, agent, hours, measure",
    ) == [
        ("taobao", "anna", "", "average_response_seconds", 115, 2, 0, None),
        ("taobao", "anna", "", "within_3min_share", 2, 2, 0.25, None),
        ("taobao", "anna", "8-23点", "average_response_seconds", 15, 1, 0, None),
        ("taobao", "anna", "8-23点", "within_3min_share", 1, 1, 0, None),
        ("taobao", "bert", "", "average_response_seconds", None, None, None, "no_chats_of_the_agent"),
        ("youzan", "anna", "", "average_response_seconds", None, None, None, "no_definition"),
    ]  # fmt: skip


GOOD = """
variant: mine
label: {zh: 我的, en: Mine}
platform: mine
statistic: share
versions:
  - valid_from: 2021-01-01
    source: here
    unit: turn
    kinds: chat
    clock: asked
    from_hour: 8
    until_hour: 23
    within_seconds: 60
    unanswered: missed
    same_day: true
    robot_only: left_out
    transfer: ignored
    zero_seconds: counted
"""
AGAIN = GOOD.partition("versions:\n")[2]


def loaded(folder: Path, text: str) -> dict[str, variants.Variant]:
    (folder / "variants").mkdir()
    (folder / "variants" / "mine.yml").write_text(text, encoding="utf-8")
    return variants.load((folder,))


def test_a_definition_of_the_workspaces_own_is_read(tmp_path: Path) -> None:
    assert [row[:5] for row in variants.rows(loaded(tmp_path, GOOD))] == [
        ("mine", "mine", "share", date(2021, 1, 1), date(2900, 1, 1))
    ]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("    within_seconds: 60\n", "", "a share needs within_seconds"),
        ("statistic: share", "statistic: median", "'statistic': Input should be 'mean' or 'share'"),
        (
            "unanswered: missed",
            "unanswered: cap",
            "'versions.0': Value error, unanswered: cap needs cap_seconds",
        ),
        (
            "until_hour: 23",
            "until_hour: 25",
            "'versions.0.until_hour': Input should be less than or equal to 24",
        ),
        ("unit: turn", "unit: turn\n    limit: 3", "'versions.0.limit': Extra inputs are not permitted"),
        ("from_hour: 8", "from_hour: 23", "'versions.0': Value error, from_hour must be before until_hour"),
        ("    source: here\n", "", "'versions.0.source': Field required"),
        (AGAIN, AGAIN + AGAIN, "two versions have the same valid_from"),
        (AGAIN, "", "'versions': Input should be a valid list"),
    ],
)  # fmt: skip
def test_a_definition_that_lacks_a_part_is_refused_with_the_key_at_fault(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in GOOD
    with pytest.raises(ConfigError) as stop:
        loaded(tmp_path, GOOD.replace(before, after, 1))
    assert str(stop.value).splitlines()[-2:] == [
        f"{tmp_path / 'variants' / 'mine.yml'}: {message}",
        "  fix: correct or remove that key",
    ]


def test_a_definition_that_is_not_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as stop:
        loaded(tmp_path, "variant: mine\nlabel: {zh: 我的\nplatform: mine\n")
    assert str(stop.value).startswith(
        f"{tmp_path / 'variants' / 'mine.yml'}, line 3: not valid YAML: "
    )


def test_a_definition_is_called_as_its_file_so_that_none_hides_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as stop:
        loaded(tmp_path, GOOD.replace("variant: mine", "variant: yours"))
    assert "variant: yours is not the file's name" in str(stop.value)
