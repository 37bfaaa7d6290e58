"""What customers wrote, by local week, and the topics laid of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from aftersales.complaints import model as models
from aftersales.complaints import taxonomy
from aftersales.settings import packaged
from aftersales.warehouse import told
from aftersales.warehouse.connection import Connection, connect
from aftersales.warehouse.references import DDL

MONDAY = date(2026, 11, 16)
GATHERED = (
    "source varchar, entity_no bigint, conversation_no bigint, told_at timestamp, body varchar,"
    " text_key varchar"
)
SIDES = {
    "int_text_gather": GATHERED,
    "int_case_merge": "case_key bigint, buyer_key varchar",
    "int_conversation_merge": "conversation_no bigint, buyer_key varchar",
    "stg_shop__review": "row_version bigint, buyer_key varchar",
}


@pytest.fixture
def con() -> Iterator[Connection]:
    """A warehouse as of Wednesday the 25th in Shanghai, without a text."""
    con = connect(None)
    for name in ("ref_run", "ref_text_label", "ref_text_mood"):
        con.execute(f"create table {name} ({DDL[name]})")
    for name, columns in SIDES.items():
        con.execute(f"create table {name} ({columns})")
    con.execute(
        "insert into ref_run (as_of, as_of_on, reporting_zone)"
        " values ('2026-11-25 16:00', '2026-11-25', 'Asia/Shanghai')"
    )
    yield con
    con.close()


def write(
    con: Connection,
    told_at: str | None,
    body: str,
    key: str,
    *,
    conversation: int | None = None,
    emotion: int = 1,
    leaf: str | None = None,
) -> None:
    """A text, read."""
    source = "review" if conversation is None else "chat"
    number = conversation if conversation is not None else int(key.removeprefix("k") or 0)
    con.execute(
        "insert into int_text_gather values (?, ?, ?, ?, ?, ?)",
        [source, number, conversation, told_at, body, key],
    )
    con.execute(
        "insert into ref_text_mood (text_key, version, language, emotion) values (?, 'v', 'zh', ?)",
        [key, emotion],
    )
    if leaf is not None:
        con.execute(
            "insert into ref_text_label (text_key, leaf, tier, score) values (?, ?, 'A', 0.9)",
            [key, leaf],
        )


@pytest.mark.parametrize(
    ("told_at", "expected"),
    [
        ("2026-11-22 15:59:59", MONDAY),  # Sunday's last second in Shanghai
        ("2026-11-15 16:00", MONDAY),  # Monday's first
        ("2026-11-15 15:59:59", date(2026, 11, 9)),
        ("2026-11-22 16:00", None),  # of the week that is not over
        (None, None),
    ],
)
def test_the_last_full_week_is_the_last_that_is_over_and_has_a_text(
    told_at: str | None, expected: date | None, con: Connection
) -> None:
    write(con, told_at, "坏了", "k1")
    assert told.last_full_week(con) == expected


def test_without_texts_there_is_no_week_and_no_topic(con: Connection) -> None:
    weights = models.load((packaged("sql"),), taxonomy.FOLDER)
    assert told.last_full_week(con) is None
    assert told.topic_rows(con, weights, taxonomy.load((packaged("sql"),))) == []


def test_a_text_of_several_goods_is_asked_of_once_with_what_was_found_in_it(
    con: Connection,
) -> None:
    write(con, "2026-11-17", "坏了", "k1", leaf="P2")
    write(con, "2026-11-18", "坏了", "k2")
    write(con, "2026-11-10", "早的", "k3")
    (read,) = told.distinct(con, MONDAY, 1)
    assert (read.key, [label.leaf for label in read.labels]) == ("k1", ["P2"])
    assert [read.key for read in told.distinct(con, MONDAY, 2)] == ["k1", "k3"]


def plant(con: Connection, *, customers: int, emotion: int = 1, leaf: str | None = None) -> None:
    """Nine weeks of other complaints, and in the last one a dozen of a new kind."""
    number = 0
    for week in range(9):
        for each in range(40):
            number += 1
            day = date.fromordinal(MONDAY.toordinal() - 7 * week + each % 7)
            other = f"{'快慢好坏多少'[each % 6]}{'天人里上下心中'[each % 7]}{chr(0x4E00 + number)}"
            write(con, f"{day} 04:00", other, f"k{number}", leaf="P2" if each % 3 else None)
    for each in range(12):
        con.execute(
            "insert into int_conversation_merge values (?, ?)", [each, f"b{each % customers}"]
        )
        text = f"表带起红疹{chr(0x5E00 + each)}"
        write(
            con,
            "2026-11-18",
            text,
            f"k{1000 + each}",
            conversation=each,
            emotion=emotion,
            leaf=leaf,
        )


@pytest.mark.parametrize(
    ("planted", "expected"),
    [
        ({"customers": 12}, 1),
        ({"customers": 2}, 0),  # two buyers in twelve conversations
        ({"customers": 12, "emotion": 0}, 0),  # nobody is displeased
        ({"customers": 12, "leaf": "P1"}, 0),  # a category knows it
        ({"customers": 12, "leaf": "X0"}, 1),  # that it is bad is no category
    ],
)
def test_a_topic_is_what_several_displeased_customers_say_and_no_category_knows(
    planted: dict[str, object], expected: int, con: Connection
) -> None:
    plant(con, **planted)  # type: ignore[arg-type]
    weights = models.load((packaged("sql"),), taxonomy.FOLDER)
    rows = told.topic_rows(con, weights, taxonomy.load((packaged("sql"),)))
    assert len(rows) == expected
    for week, number, title, *_ in rows:
        assert (week, number) == (MONDAY, 1)
        assert title in "表带起红疹"
