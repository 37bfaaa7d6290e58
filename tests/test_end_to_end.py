"""The tracked sample through the whole job: the numbers, what was planted, and what may not matter."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest
from cli.conftest import facts
from conftest import NOW, ROOT, SAMPLE, UNTIL

from aftersales import jobs, notebook, settings
from aftersales.warehouse import publish
from aftersales.warehouse.connection import rows

GOLDEN = ROOT / "tests" / "goldens" / "numbers.txt"
TRUTH = json.loads((SAMPLE / "_truth.json").read_text(encoding="utf-8"))
# The store abroad sends orders and tickets, but no cases.
WITH_CASES = [name for name, facts in TRUTH["shops"].items() if facts["platform"] == "taobao"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def session(published):
    return notebook.connect(published.home)


def numbers(session):
    """metric | shop | value | numerator | denominator, one line each."""
    lines = []
    for name in session.metrics:
        for row in [*session.values(name), *session.values(name, by="shop_id")]:
            value = row["value_reason"] if row["value"] is None else f"{row['value']:.6g}"
            parts = (name, row.get("shop_id", "all"), value, row["numerator"], row["denominator"])
            lines.append(" | ".join("" if part is None else str(part) for part in parts))
    return lines


def test_the_sample_gives_these_numbers(session, request):
    found = "\n".join(numbers(session)) + "\n"
    if request.config.getoption("--rewrite-goldens"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_every_delivered_row_is_loaded(published):
    told = publish.record(published)
    found = {f"{file['shop_id']}/{file['file']}": file["loaded"] for file in told["files"]}
    assert found == TRUTH["files"]
    assert told["rows_quarantined"] == 0


def test_exchanges_by_article_are_those_that_were_planted(session):
    planted = {}
    for fact in (fact for fact in TRUTH["exchanges"] if fact["shop"] in WITH_CASES):
        key = (fact["shop"], fact["sku"])
        planted[key] = planted.get(key, 0) + fact["exchange_orders"]
    found = {
        (row["shop_id"], row["sku"]): row["numerator"]
        for row in session.values("exchange_rate_orders", by=["shop_id", "sku"])
        if row["shop_id"] in WITH_CASES
    }
    assert found == planted


def test_what_is_still_open_is_what_was_left_open(session):
    planted = {shop: sum(TRUTH["open_cases"][shop].values()) for shop in WITH_CASES}
    found = {row["shop_id"]: row["value"] for row in session.values("backlog", by="shop_id")}
    assert found == planted


def test_the_slow_week_is_slower_by_the_factor_planted(session):
    weeks = {
        row["week"].isoformat(): row["value"]
        for row in session.values("first_response_median", by="week", where={"kind": "chat"})
    }
    slow = next(event for event in TRUTH["events"] if event["name"] == "slow_week")["since"]
    usual = sorted(value for week, value in weeks.items() if week != slow)
    assert weeks[slow] > 1.5 * usual[len(usual) // 2]


def test_files_in_any_order_and_in_several_runs_give_the_same_tables(
    published, tmp_path, no_browser
):
    settings.init(tmp_path, extra=settings.DEMO)
    own = settings.load(tmp_path)
    files = sorted(path for path in SAMPLE.rglob("*.*") if not path.name.startswith("_"))
    for hour, part in enumerate((files[1::2], files[::2])):
        for file in reversed(part):
            target = own.inbox / file.relative_to(SAMPLE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        result = jobs.run(own, now=NOW + timedelta(hours=hour), as_of_on=UNTIL)
    assert result.published
    # The key of a workspace is its own, and so are its pseudonyms.
    hidden = "buyer_key"
    found = facts(own)
    for name, content in facts(published).items():
        if name in ("fct_order", "fct_case", "fct_conversation", "fct_review", "fct_feedback"):
            with publish.open_published(own) as con, publish.open_published(published) as other:
                asked = f"select * exclude ({hidden}) from {name} order by all"
                assert rows(con, asked) == rows(other, asked), name
        else:
            assert found[name] == content, name
