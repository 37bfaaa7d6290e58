"""What may be written into a calendar, and what is said of the rest: where, what, how to fix it."""

from __future__ import annotations

import pytest
from calendars import recipe

from aftersales import settings
from aftersales.calendars import definition, plan
from aftersales.errors import ConfigError
from aftersales.settings import DEMO, DEMO_CALENDARS, CalendarOf

HEAD = "zone: Asia/Shanghai\nhours:\n"
DAY = HEAD + '  - weekly: {mon-fri: ["09:00-18:00"]}\n'
INTERVAL = 'write "09:00-18:00"; "22:00-06:00" runs over midnight, "18:00-24:00" up to it'


@pytest.fixture
def read(tmp_path):
    def read(text: str) -> definition.Calendar:
        (tmp_path / "day.yml").write_text(text, encoding="utf-8")
        return definition.read(tmp_path / "day.yml")

    return read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zone: [", ", line 1: not valid YAML: expected the node content, but found '<stream end>'\n  fix: correct that line"),
        (DAY + "zone: UTC\n", ", line 4: not valid YAML: the key 'zone' stands there twice\n  fix: correct that line"),
        (DAY + "colour: red\n", ": 'colour': Extra inputs are not permitted\n  fix: correct or remove that key"),
        ("hours: []\n", ": 'zone': Field required\n  fix: correct or remove that key"),
        (DAY.replace("Asia/Shanghai", "Beijing"), ": unknown zone 'Beijing'\n  fix: use an IANA name such as Asia/Shanghai"),
        (DAY.replace("18:00", "18:60"), f": hours 1, weekly, mon-fri: '09:00-18:60' is no interval\n  fix: {INTERVAL}"),
        (DAY.replace("09:00", "24:00"), f": hours 1, weekly, mon-fri: '24:00-18:00' is no interval\n  fix: {INTERVAL}"),
        (DAY.replace("mon-fri", "mo-fr"), ": hours 1, weekly: 'mo-fr' is no day of the week\n  fix: use mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri"),
        (HEAD + '  - weekly: {mon-fri: [], fri: ["09:00-12:00"]}\n', ": hours 1, weekly: fri is named twice\n  fix: write all its intervals in one list"),
        (HEAD + '  - weekly: {mon: ["09:00-12:00", "11:00-02:00"]}\n', ": hours 1, weekly, mon: 09:00-12:00 and 11:00-02:00 overlap\n  fix: write one interval, or two that do not meet"),
        (DAY + "  - weekly: {}\n", ": hours 2 must begin after those before it\n  fix: give it a later day: from: 2027-01-01"),
        (HEAD + "  - {from: 2026-02-01, weekly: {}}\n  - {from: 2026-02-01, weekly: {}}\n", ": hours 2 must begin after those before it\n  fix: give it a later day: from: 2027-01-01"),
        (HEAD + "  - {from: 2026-02-30, weekly: {}}\n", ": cannot be read: day is out of range for month\n  fix: write days as 2027-01-31, in UTF-8"),
        (DAY + "overrides:\n  - {on: 2026-11-11, hours: [noon]}\n", f": override 1: 'noon' is no interval\n  fix: {INTERVAL}"),
        (DAY + "overrides:\n  - {from: 2026-11-11, hours: []}\n", ": override 1 names no days\n  fix: give it on: 2026-11-11, or from: 2026-11-01 and until: 2026-11-11"),
        (DAY + "overrides:\n  - {on: 2026-11-11, hours: []}\n  - {from: 2026-11-10, until: 2026-11-12, hours: []}\n", ": two overrides for 2026-11-11\n  fix: leave one of them"),
    ],
)  # fmt: skip
def test_a_calendar_that_cannot_be_used_says_where_and_how_to_fix_it(read, tmp_path, text, message):
    with pytest.raises(ConfigError) as stop:
        read(text)
    assert str(stop.value) == f"{tmp_path / 'day.yml'}{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CN:\n  2027:\n    holidays: [2027-MM-DD]\n", "CN.2027: '2027-MM-DD' is no day\n  fix: write 2027-01-01, or 2027-02-05..2027-02-11"),
        ("CN:\n  2027:\n    holidays: [2027-02-11..2027-02-05]\n", "CN.2027: '2027-02-11..2027-02-05' is no day\n  fix: write 2027-01-01, or 2027-02-05..2027-02-11"),
        ("CN:\n  2027:\n    holidays: [2026-10-01]\n", "CN.2027: '2026-10-01' is of another year\n  fix: state it under the year of its notice"),
        ("CN:\n  2027:\n    holidays: [2027-01-01]\n    make_up: [2027-01-01]\n", "CN.2027: 2027-01-01 is both a holiday and a make-up day\n  fix: leave it in one of the two lists"),
        ("CN: soon\n", "'regions.CN': Input should be a valid dictionary\n  fix: correct or remove that key"),
    ],
)  # fmt: skip
def test_a_stated_year_that_cannot_be_used_says_so(tmp_path, text, message):
    file = tmp_path / "holidays.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as stop:
        definition.read_stated(file)
    assert str(stop.value) == f"{file}: {message}"


def test_norway_is_a_country_and_on_is_a_word(read):
    calendar = read(DAY + "holidays: NO\noverrides:\n  - {on: 2026-11-11, hours: []}\n")
    assert calendar.region == "NO"
    assert [str(day) for day in calendar.overrides] == ["2026-11-11"]


def test_an_interval_that_ends_before_it_begins_runs_over_midnight(read):
    [version] = read(
        HEAD + '  - weekly: {sat-mon: ["22:00-06:00"], "tue,thu": ["9:00-24:00"]}\n'
    ).versions
    night, day = ((79_200, 108_000),), ((32_400, 86_400),)
    assert version.weekly == (night, day, (), day, (), night, night)


@pytest.mark.parametrize("region", ["XX", "us", "CN-GD", "US-ZZ"])
def test_a_region_nobody_knows_is_told(tmp_path, region):
    own = recipe.workspace(tmp_path, 'default = "day"', day=DAY + f"holidays: {region}\n")
    with pytest.raises(ConfigError) as stop:
        plan.planned_all(own, 2026)
    assert str(stop.value) == (
        f"{tmp_path / 'calendars' / 'day.yml'}: no holidays are known of '{region}'\n"
        "  fix: write a country as CN, US or DE, with a part of it (not of CN) as US-NY"
    )


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("night", "[calendars] names 'night', but there is no calendars/night.yml\n  fix: write that file, or name one of: day"),
        ("holidays", "[calendars] names 'holidays', but calendars/holidays.yml is no calendar\n  fix: write that file, or name one of: day"),
    ],
)  # fmt: skip
def test_a_calendar_that_is_not_there_is_told(tmp_path, named, message):
    own = recipe.workspace(tmp_path, f'flagship = "{named}"', day=DAY, holidays="")
    with pytest.raises(ConfigError) as stop:
        plan.check(own)
    assert str(stop.value) == f"{tmp_path / 'aftersales.toml'}: {message}"


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ('default = "day"', CalendarOf(None, None, "day")),
        ('flagship = "day"', CalendarOf("flagship", None, "day")),
        ('"flagship.夜班" = "night"', CalendarOf("flagship", "夜班", "night")),
        ('flagship."夜班" = "night"', CalendarOf("flagship", "夜班", "night")),
        ('"flagship.a.b" = "night"', CalendarOf("flagship", "a.b", "night")),
        ('"shop.cn" = "day"\n[shops."shop.cn"]', CalendarOf("shop.cn", None, "day")),
        ('"shop.cn.b" = "day"\n[shops."shop.cn"]', CalendarOf("shop.cn", "b", "day")),
    ],
)
def test_a_calendar_is_of_all_shops_of_one_or_of_a_team(tmp_path, told, usage):
    assert recipe.workspace(tmp_path, told).calendars == (usage,)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("default = 9", '[calendars] default cannot be 9\n  fix: write "day" for calendars/day.yml'),
        ('default = "../day"', "[calendars] default cannot be '../day'\n  fix: write \"day\" for calendars/day.yml"),
        ('"default.night" = "day"', '[calendars] default.night: default is of every shop and team\n  fix: name the shop: "flagship.night" = "day"'),
    ],
)  # fmt: skip
def test_a_line_nobody_can_follow_is_told(tmp_path, told, message):
    with pytest.raises(ConfigError) as stop:
        recipe.workspace(tmp_path, told)
    assert str(stop.value) == f"{tmp_path / 'aftersales.toml'}: {message}"


def test_the_demo_brings_its_calendars_along_and_an_empty_workspace_none(tmp_path):
    settings.init(tmp_path / "demo", extra=DEMO)
    demo = settings.load(tmp_path / "demo")
    assert {calendar.calendar_id for calendar in plan.used(demo)} == set(DEMO_CALENDARS)
    settings.init(tmp_path / "own")
    assert not (tmp_path / "own" / "calendars").exists()
