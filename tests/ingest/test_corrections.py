"""A known error of a source is corrected where it is read, until the source has mended it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ingest.conftest import Workspace
from ingest.test_properties import AS_OF, refund, refunds

from aftersales import contracts, health, jobs, quality, settings
from aftersales.contracts import Contracts
from aftersales.errors import ConfigError
from aftersales.formats import Formats
from aftersales.quality import Finding
from aftersales.settings import packaged
from aftersales.warehouse import models, publish, references
from aftersales.warehouse.build import build

CORRECTION = """
- table: shop.case
  where: {case_id: R1}
  expect: {refund_amount: "1000.00", status: 退款成功}
  set: {refund_amount: "10.00", status: 退款关闭}
  why: the back office shows 10.00 and closed
  told: 2026-03-02, by Anna
"""
FILE = "退款 202603200800.csv"
Write = Callable[[str], tuple[Path, ...]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Corrections of the source shop in a workspace's own layer; returns all layers."""

    def written(text: str, name: str = "shop.corrections.yml") -> tuple[Path, ...]:
        (tmp_path / "contracts").mkdir(exist_ok=True)
        (tmp_path / "contracts" / name).write_text(text, encoding="utf-8")
        return packaged("sql"), tmp_path

    return written


def judge(workspace: Workspace, layers: tuple[Path, ...]) -> list[Finding]:
    """Build under the corrections, and what the gate says of them."""
    workspace.contracts = contracts.load(layers)
    con, known = workspace.con, workspace.formats
    references.lay(con, workspace.settings, workspace.contracts, known, as_of=AS_OF)
    plan = {n: m for n, m in models.load(layers).items() if n in {"stg_shop__case"}}
    build(con, plan)
    found = quality.run_gate(con, workspace.contracts, plan, layers[-1:])
    return [finding for finding in found if finding.kind == "correction"]


def staged(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.query(
        "select case_id, refund_amount, status, status_word from stg_shop__case order by case_id"
    )


@pytest.mark.slow  # parses every model, and imports the gate
def test_the_row_is_read_corrected_raw_stays_and_it_is_counted(
    workspace: Workspace, write: Write
) -> None:
    text = refunds(refund(1, day=1, amount="1000.00"), refund(2, day=1, amount="1000.00"))
    workspace.one(workspace.put(FILE, text))
    (finding,) = judge(workspace, write(CORRECTION))
    # 退款关闭 was delivered by no export, and has its term all the same
    assert staged(workspace) == [
        ("R1", 10, "closed", "退款关闭"),
        ("R2", 1000, "refunded", "退款成功"),
    ]
    assert workspace.query("select case_id, refund_amount from raw_shop__case order by 1") == [
        ("R1", "1000.00"),
        ("R2", "1000.00"),
    ]
    assert (finding.passed, finding.of, quality.corrected([finding])) == (True, 1, 1)


@pytest.mark.slow
def test_once_the_source_delivers_something_else_the_gate_stops(
    workspace: Workspace, write: Write
) -> None:
    workspace.one(workspace.put(FILE, refunds(refund(1, day=1, amount="1000.00"))))
    mended = refunds(refund(1, day=1, amount="12.00"))
    workspace.one(workspace.put("退款 202603210800.csv", mended))
    (finding,) = judge(workspace, write(CORRECTION))
    assert staged(workspace) == [("R1", 12, "refunded", "退款成功")]
    assert (finding.passed, finding.level, finding.failed) == (False, "critical", 1)
    assert finding.check == "correction:raw_shop__case.refund_amount, status #1"
    assert finding.what == (
        "The source still delivers what is corrected (the back office shows 10.00 and closed);"
        " once it has mended it, the correction must go from the .corrections.yml."
    )
    assert finding.rows == (
        {"platform": "taobao", "shop_id": "flagship", "case_id": "R1"}
        | {"file_name": "退款 202603210800.csv", "record": 1},
    )
    assert quality.corrected([finding]) == 0


@pytest.mark.slow
def test_a_correction_of_a_row_that_never_came_is_neither_counted_nor_a_fault(
    workspace: Workspace, write: Write
) -> None:
    workspace.one(workspace.put(FILE, refunds(refund(2, day=1))))
    (finding,) = judge(workspace, write(CORRECTION))
    assert (finding.passed, quality.corrected([finding])) == (True, 0)


@pytest.mark.slow
def test_a_cell_with_a_quote_is_a_cell_and_no_sql(workspace: Workspace, write: Write) -> None:
    line = "R1,O'1,2026-03-01 10:00:00,否,退款成功,1.00"
    workspace.one(workspace.put(FILE, refunds(line)))
    (finding,) = judge(
        workspace,
        write(
            "- {table: shop.case, where: {order_id: \"O'1\"}, expect: {refund_amount: '1.00'},"
            " set: {refund_amount: '2.00'}, why: it's so, told: today}"
        ),
    )
    assert finding.passed
    assert workspace.query("select refund_amount from stg_shop__case") == [(2,)]


REST = "why: x, told: x"
MUST = (
    "the correction of shop.case must name a row by 'where', and 'expect' what it sets, which is"
    " no part of the key\n  fix: write where, expect and set, the last two over the same columns"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"- {{table: shop.case, where: {{case_id: R1}}, expect: {{}}, set: {{}}, {REST}, who: a}}",
            "'who': Extra inputs are not permitted\n  fix: correct or remove that key",
        ),
        (
            f"- {{table: shop.case, where: {{case_id: 1}}, expect: {{}}, set: {{}}, {REST}}}",
            "'where.case_id': Input should be a valid string\n  fix: correct or remove that key",
        ),
        (
            f"- {{table: shop.case, where: {{}}, expect: {{memo: a}}, set: {{memo: b}}, {REST}}}",
            MUST,
        ),
        (
            f"- {{table: shop.case, where: {{case_id: R1}}, expect: {{memo: a}}, set: {{sku: b}}, {REST}}}",
            MUST,
        ),
        (
            f"- {{table: shop.case, where: {{order_id: O1}}, expect: {{case_id: a}}, set: {{case_id: b}}, {REST}}}",
            MUST,
        ),
        (
            f"- {{table: shop.case, where: {{buyer_id: a}}, expect: {{memo: a}}, set: {{memo: b}}, {REST}}}",
            "'buyer_id' of shop.case cannot be corrected or looked up\n"
            "  fix: name a column of the contract that is kept as delivered",
        ),
    ],
    ids=["unknown key", "number", "no row named", "other columns", "key set", "pseudonym"],
)
def test_a_correction_that_cannot_be_applied_is_refused(
    write: Write, tmp_path: Path, text: str, said: str
) -> None:
    layers = write(text)
    with pytest.raises(ConfigError) as refused:
        contracts.load(layers)
    file = tmp_path / "contracts" / "shop.corrections.yml"
    assert str(refused.value) == f"{file}, correction 1: {said}"


def test_a_correction_of_another_sources_table_is_refused(
    write: Write, tmp_path: Path, rules: tuple[Contracts, Formats]
) -> None:
    layers = write(f"- {{table: desk.ticket, where: {{}}, expect: {{}}, set: {{}}, {REST}}}")
    own = ", ".join(name for name in rules[0].tables if name.startswith("shop."))
    with pytest.raises(ConfigError) as refused:
        contracts.load(layers)
    assert str(refused.value) == (
        f"{tmp_path}/contracts/shop.corrections.yml, correction 1: no table 'desk.ticket' of this"
        f" source\n  fix: use one of: {own}"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("shops.corrections.yml", "[]"), ("shop.corrections.yml", "table: shop.case")],
)
def test_a_file_of_corrections_is_called_after_its_source_and_holds_a_list(
    write: Write, tmp_path: Path, name: str, text: str
) -> None:
    layers = write(text, name)
    with pytest.raises(ConfigError) as refused:
        contracts.load(layers)
    assert str(refused.value) == (
        f"{tmp_path}/contracts/{name}: corrections are a list, in a file called after their source\n"
        "  fix: name it <source>.corrections.yml, the source one of: desk, reference, shop;"
        " begin each correction with: - table:"
    )


@pytest.mark.slow
def test_what_was_corrected_and_what_is_gone_is_told_by_record_status_and_page(
    workspace: Workspace, no_browser: None
) -> None:
    workspace.con.close()
    home = workspace.settings.home
    (home / "sql" / "contracts").mkdir(parents=True)
    (home / "sql" / "contracts" / "shop.corrections.yml").write_text(CORRECTION, "utf-8")
    (home / "aftersales.toml").write_text('full_window = ["taobao_refund"]\n', "utf-8")
    told = settings.load(home)
    listed = [refund(1, day=1, amount="1000.00"), refund(2, day=2), refund(3, day=3)]
    workspace.put(f"flagship/{FILE}", refunds(*listed))
    workspace.put("flagship/退款 202603210800.csv", refunds(listed[0], listed[2]))
    now = datetime(2026, 4, 1, 2, tzinfo=UTC)
    result = jobs.run(told, now=now)
    assert result.published
    record = publish.record(told)
    assert (record["rows_corrected"], record["rows_gone"]) == (1, 1)
    rows = {row["what"]: row["is"] for row in health.status(told, now=now)}
    assert (rows["rows_corrected"], rows["rows_gone"]) == (1, 1)
    zh, en = ((told.site / page).read_text("utf-8") for page in ("index.html", "en/index.html"))
    assert "<p>1 行按已知的来源错误更正后读取。</p>" in zh
    assert "<p>1 行未计入：更新的全量导出里已经没有它们。</p>" in zh
    assert "更新的全量导出里不应少了已有的行（1 行）" in zh
    assert "<p>1 row is read with a known error of its source corrected.</p>" in en
    assert "<p>1 row is left out: a newer full export of its days no longer lists it.</p>" in en
