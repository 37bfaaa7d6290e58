"""However the files come, the tables are the same: in any order and pieces, late, twice, or not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ingest.conftest import ORDER_HEADER, Workspace, order

from aftersales import formats
from aftersales.contracts import Contracts
from aftersales.formats import Formats
from aftersales.ingest import ledger
from aftersales.settings import packaged
from aftersales.warehouse import models, references
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import identifier, rows
from aftersales.warehouse.models import Model

pytestmark = pytest.mark.slow
MakeWorkspace = Callable[[], Workspace]
# Files by name; a tuple: the same ones in the order in which they arrive.
Files = dict[str, str]
Case = TypeVar("Case")

AS_OF = datetime(2026, 3, 31, 16)
# Where a row was read from says which file it came in, and nothing of the row.
ORIGIN = ("source_file_id", "source_record", "exported_at", "row_version")
# A build costs a second whatever is in it, so an example is a case for each of these shops. The
# first example is always the simplest one.
SHOPS = ("a", "b", "c", "d", "e")
small = hypothesis_settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example is seconds: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

DIALOGUE = r"""
format: clipboard
title: {zh: 剪贴板, en: clipboard}
platform: taobao
table: desk.message
words: [common]
zone: Asia/Shanghai
columns:
  buyer_id: [customer]
  sent_at: [sent_at]
  sender: [sender]
  sender_role: [role]
  body: [text]
dialogue:
  opens: ['(?P<sender>\S+) \((?P<sent_at>\d{4}-\d\d-\d\d \d\d:\d\d)\):']
  ours: '^shop:'
"""
REFUND_HEADER = "退款编号,订单编号,退款的申请时间,是否需要退货,退款状态,买家退款金额"
ITEM_HEADER = "订单编号,标题,商家编码,购买数量,创建时间"
CHAT_HEADER = "会话ID,时间,角色,发送人,内容,买家"


class Plan:
    """The models, in the order to build them."""

    def __init__(self) -> None:
        self.models = models.load((packaged("sql"),))

    def up_to(self, names: Sequence[str]) -> dict[str, Model]:
        """The models named, and those they read."""
        wanted = set(names)
        for name in reversed(self.models):
            if name in wanted:
                wanted |= self.models[name].inputs
        return {name: model for name, model in self.models.items() if name in wanted}


@pytest.fixture(scope="session")
def plan() -> Plan:
    return Plan()


@pytest.fixture(scope="session")
def with_clipboard(
    rules: tuple[Contracts, Formats], tmp_path_factory: pytest.TempPathFactory
) -> Formats:
    """The formats, and one whose files are conversations copied by hand."""
    layer = tmp_path_factory.mktemp("sql")
    (layer / "formats").mkdir()
    (layer / "formats" / "clipboard.yml").write_text(DIALOGUE, encoding="utf-8")
    known = formats.load((packaged("sql"), layer), rules[0])
    # The packaged dialogues would claim the text too.
    others = {n: f for n, f in known.by_name.items() if f.dialogue is None or n == "clipboard"}
    return Formats(others, known.word_lists)


@pytest.fixture
def make(make_workspace: MakeWorkspace) -> MakeWorkspace:
    """Workspaces with one key, so that their pseudonyms can be compared."""

    def made() -> Workspace:
        workspace = make_workspace()
        workspace.settings.key.write_bytes(bytes(range(32)))
        workspace.settings.key.chmod(0o600)
        return workspace

    return made


def of_each_shop(case: st.SearchStrategy[Case]) -> st.SearchStrategy[list[Case]]:
    return st.lists(case, min_size=len(SHOPS), max_size=len(SHOPS))


def put(workspace: Workspace, files: Files, *, shop: str = "flagship") -> list[Path]:
    return [workspace.put(f"{shop}/{name}", text) for name, text in files.items()]


def put_all(workspace: Workspace, files: Sequence[Files]) -> list[Path]:
    """The files of each shop."""
    each = zip(SHOPS, files, strict=True)
    return [path for shop, own in each for path in put(workspace, own, shop=shop)]


def build_up_to(workspace: Workspace, plan: Plan, *names: str) -> None:
    references.lay(
        workspace.con, workspace.settings, workspace.contracts, workspace.formats, as_of=AS_OF
    )
    build(workspace.con, plan.up_to(names))


def tables(workspace: Workspace, plan: Plan, *names: str) -> dict[str, list[str]]:
    """The rows of the named tables as text, sorted; without where they came from."""
    build_up_to(workspace, plan, *names)
    found = {}
    for name in names:
        kept = [column for column in plan.models[name].columns if column not in ORIGIN]
        listed = ", ".join(map(identifier, kept))
        found[name] = sorted(map(repr, rows(workspace.con, f"select {listed} from {name}")))
    return found


def refunds(*lines: str) -> str:
    return "\n".join([REFUND_HEADER, *lines]) + "\n"


def refund(number: int, *, day: int, amount: str = "10.00") -> str:
    return f"R{number},O{number},2026-03-{day:02d} 10:00:00,否,退款成功,{amount}"


ORDER_TABLES = ("stg_shop__order", "fct_order", "mart_order_event")
LINE_TABLES = ("stg_shop__order_line", "fct_order_line")
MESSAGE_TABLES = ("stg_desk__message", "fct_turn", "fct_conversation")
CASE_TABLES = ("stg_shop__case", "fct_case", "fct_case_event")


def of_shop(shop: int, number: int) -> int:
    """A number no other shop has: files with the same bytes would be one file."""
    return 100 * shop + number


def cut(data: st.DataObject, parts: Sequence[str]) -> list[list[str]]:
    """The parts as up to three pieces in a row, none empty."""
    places = data.draw(st.sets(st.integers(1, max(len(parts) - 1, 1)), max_size=2))
    ends = [0, *sorted(place for place in places if place < len(parts)), len(parts)]
    return [list(parts[a:b]) for a, b in itertools.pairwise(ends) if a < b]


def same_in_pieces(
    make: MakeWorkspace,
    plan: Plan,
    data: st.DataObject,
    header: str,
    entities: Sequence[Sequence[str]],
    names: tuple[str, ...],
) -> None:
    """One file a shop, and its pieces in any order, delivered twice and built in between."""
    whole, pieces = make(), make()

    def file(part: Sequence[str]) -> str:
        return "\n".join([header, *part]) + "\n"

    whole.take(*put_all(whole, [{"all 202603310800.csv": file(lines)} for lines in entities]))
    parts = [cut(data, lines) for lines in entities]
    files = [{f"{n} 202603310800.csv": file(part) for n, part in enumerate(own)} for own in parts]
    paths = put_all(pieces, files)
    for path in data.draw(st.permutations(paths)):
        pieces.take(path)
    build_up_to(pieces, plan, *names)
    assert {outcome.status for outcome in pieces.take(*paths)} == {"seen"}
    assert tables(pieces, plan, *names) == tables(whole, plan, *names)


@small
@given(
    data=st.data(),
    paid=of_each_shop(st.lists(st.integers(0, 10**6), min_size=2, max_size=6)),
)
def test_orders_in_any_order_and_pieces_give_the_same_tables(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, paid: list[list[int]]
) -> None:
    lines = [
        [order(of_shop(shop, n), paid=f"{cents / 100:.2f}") for n, cents in enumerate(amounts)]
        for shop, amounts in enumerate(paid)
    ]
    same_in_pieces(make, plan, data, ORDER_HEADER, lines, ORDER_TABLES)


@small
@given(
    data=st.data(),
    orders=of_each_shop(
        st.lists(
            st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3)), min_size=1, max_size=4),
            min_size=2,
            max_size=4,
        )
    ),
)
def test_lines_without_a_number_in_any_pieces_of_whole_orders_give_the_same_tables(
    make: MakeWorkspace,
    plan: Plan,
    data: st.DataObject,
    orders: list[list[list[tuple[str, int]]]],
) -> None:
    entities = [
        [
            "\n".join(
                f"{of_shop(shop, n)},鞋,{sku},{units},2026-03-01 10:00:00" for sku, units in lines
            )
            for n, lines in enumerate(own)
        ]
        for shop, own in enumerate(orders)
    ]
    same_in_pieces(make, plan, data, ITEM_HEADER, entities, LINE_TABLES)


@small
@given(
    data=st.data(),
    said=of_each_shop(
        st.lists(
            st.tuples(st.integers(0, 1), st.sampled_from(["customer", "agent"])),
            min_size=2,
            max_size=8,
        )
    ),
)
def test_messages_without_a_number_in_any_order_and_pieces_give_the_same_tables(
    make: MakeWorkspace,
    plan: Plan,
    data: st.DataObject,
    said: list[list[tuple[int, str]]],
) -> None:
    lines: list[list[str]] = []
    for shop, messages in enumerate(said):
        at = datetime(2026, 3, 1, 10)
        lines.append([])
        for number, (later, role) in enumerate(messages):
            at += timedelta(seconds=later)
            lines[-1].append(f"C{shop},{at},{role},{role}1,第{number}句,小明")
    # Within a second an order of arrival is no order of speaking, so turns are not compared.
    same_in_pieces(make, plan, data, CHAT_HEADER, lines, ("stg_desk__message",))


@small
@given(
    data=st.data(),
    roles=of_each_shop(st.lists(st.sampled_from(["customer", "agent"]), min_size=2, max_size=8)),
)
def test_turns_of_messages_a_second_apart_are_the_same_in_any_order_and_pieces(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, roles: list[list[str]]
) -> None:
    at = datetime(2026, 3, 1, 10)
    lines = [
        [
            f"C{shop},{at + timedelta(seconds=n)},{role},{role}1,好,小明"
            for n, role in enumerate(own)
        ]
        for shop, own in enumerate(roles)
    ]
    same_in_pieces(make, plan, data, CHAT_HEADER, lines, MESSAGE_TABLES)


@small
@given(
    data=st.data(),
    days=of_each_shop(st.lists(st.integers(1, 28), min_size=2, max_size=6)),
)
def test_cases_in_any_order_and_pieces_give_the_same_tables(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, days: list[list[int]]
) -> None:
    lines = [
        [refund(of_shop(shop, n), day=day) for n, day in enumerate(own)]
        for shop, own in enumerate(days)
    ]
    same_in_pieces(make, plan, data, REFUND_HEADER, lines, CASE_TABLES)


@small
@given(
    data=st.data(),
    minutes=of_each_shop(
        st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=2, max_size=8)
    ),
)
def test_two_clipboards_that_overlap_anywhere_hold_each_message_once(
    make: MakeWorkspace,
    plan: Plan,
    with_clipboard: Formats,
    data: st.DataObject,
    minutes: list[list[tuple[int, bool]]],
) -> None:
    whole, halves = make(), make()
    for workspace in (whole, halves):
        workspace.formats = with_clipboard
    said = [dialogue(shop, own) for shop, own in enumerate(minutes)]
    whole.take(*put_all(whole, [{"all 202603010900.txt": "\n".join(own) + "\n"} for own in said]))
    copied = put_all(halves, [two_clipboards(data, own) for own in said])
    halves.take(*data.draw(st.permutations(copied)))
    names = MESSAGE_TABLES
    assert tables(halves, plan, *names) == tables(whole, plan, *names)


def dialogue(shop: int, minutes: Sequence[tuple[int, bool]]) -> list[str]:
    """What was said, as a clipboard has it; minutes since what was said before, and who speaks."""
    at = datetime(2026, 3, 1, 10)
    said = []
    for number, (later, is_customer) in enumerate(minutes):
        at += timedelta(minutes=later)
        speaker = "小明" if is_customer or not number else "shop:anna"
        said.append(f"{speaker} ({at:%Y-%m-%d %H:%M}):\n第{of_shop(shop, number)}句")
    return said


def two_clipboards(data: st.DataObject, said: Sequence[str]) -> Files:
    """Its beginning, and its end from before the beginning ended."""
    ends = data.draw(st.integers(1, len(said)))
    begins = data.draw(st.integers(0, ends))
    second = "\n".join(said[begins:]) or said[-1]
    files = {"a 202603010900.txt": "\n".join(said[:ends]) + "\n"}
    # the customer is named by who speaks first: a piece without a word of theirs is nobody's
    if "小明" in second:
        files["b 202603020900.txt"] = second + "\n"
    elif ends < len(said):
        files["a 202603010900.txt"] = "\n".join(said) + "\n"
    return files


@small
@given(
    data=st.data(),
    amounts=of_each_shop(st.lists(st.integers(1, 99), min_size=2, max_size=4)),
)
def test_of_a_row_in_several_exports_the_newest_counts_whichever_came_last(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, amounts: list[list[int]]
) -> None:
    files = [
        {
            f"退款 2026031{n}0800.csv": refunds(refund(shop, day=1, amount=f"{amount}.00"))
            for n, amount in enumerate(own)
        }
        for shop, own in enumerate(amounts)
    ]
    workspace = make()
    for path in data.draw(st.permutations(put_all(workspace, files))):
        workspace.take(path)
    build_up_to(workspace, plan, "fct_case")
    assert workspace.query("select shop_id, refund_amount from fct_case order by shop_id") == [
        (shop, own[-1]) for shop, own in zip(SHOPS, amounts, strict=True)
    ]


def full(workspace: Workspace) -> Workspace:
    """The workspace, where every refund export lists all cases of its days."""
    workspace.settings = replace(workspace.settings, full_window=("taobao_refund",))
    return workspace


def cases(workspace: Workspace, plan: Plan) -> list[object]:
    build_up_to(workspace, plan, "fct_case")
    return [case for (case,) in workspace.query("select case_id from fct_case order by case_id")]


def full_files(exports: Sequence[set[int]], *, shop: int = 0) -> Files:
    """An export a day; case 5 (105 of the next shop) was applied for on the 5th."""
    return {
        f"退款 202603{20 + n}0800.csv": refunds(
            *(refund(of_shop(shop, day), day=day) for day in sorted(listed))
        )
        for n, listed in enumerate(exports)
    }


exports_of_days = of_each_shop(
    st.lists(st.sets(st.integers(1, 6), min_size=1), min_size=2, max_size=4)
)


@small
@given(data=st.data(), exports=exports_of_days)
def test_what_a_newer_full_export_of_its_days_lacks_is_gone_whichever_came_last(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, exports: list[list[set[int]]]
) -> None:
    workspace = full(make())
    files = [full_files(own, shop=shop) for shop, own in enumerate(exports)]
    for path in data.draw(st.permutations(put_all(workspace, files))):
        workspace.take(path)
    listed, kept = 0, set()
    for shop, own in enumerate(exports):
        for day in set().union(*own):
            listed += 1
            last = max(n for n, days in enumerate(own) if day in days)
            if not any(min(newer) <= day <= max(newer) for newer in own[last + 1 :]):
                kept.add(f"R{of_shop(shop, day)}")
    assert set(cases(workspace, plan)) == kept
    assert workspace.query("select count(*) from ref_gone") == [(listed - len(kept),)]


def test_a_row_that_is_gone_comes_back_when_a_newer_export_lists_it_again(
    make: MakeWorkspace, plan: Plan
) -> None:
    workspace = full(make())
    first, second, third = put(workspace, full_files([{1, 2, 3}, {1, 3}, {1, 2, 3}]))
    workspace.take(first, second)
    assert cases(workspace, plan) == ["R1", "R3"]
    assert workspace.query(
        "select g.table_name, f.file_name, g.record, told.file_name from ref_gone as g"
        " inner join ref_file as f on g.file_id = f.file_id"
        " inner join ref_file as told on g.told_by = told.file_id"
    ) == [("shop.case", first.name, 2, second.name)]
    workspace.take(third)
    assert cases(workspace, plan) == ["R1", "R2", "R3"]


def test_an_export_of_no_full_window_removes_nothing(make: MakeWorkspace, plan: Plan) -> None:
    workspace = make()
    workspace.take(*put(workspace, full_files([{1, 2, 3}, {1, 3}])))
    assert cases(workspace, plan) == ["R1", "R2", "R3"]


def test_an_export_with_rows_nobody_could_read_removes_nothing(
    make: MakeWorkspace, plan: Plan
) -> None:
    workspace = full(make())
    unread = refund(2, day=2).replace("2026-03-02 10:00:00", "gestern")
    files = full_files([{1, 2, 3}])
    files["退款 202603250800.csv"] = refunds(refund(1, day=1), unread, refund(3, day=3))
    workspace.take(*put(workspace, files))
    assert cases(workspace, plan) == ["R1", "R2", "R3"]


def test_two_files_of_one_moment_are_parts_of_one_export(make: MakeWorkspace, plan: Plan) -> None:
    workspace = full(make())
    parts = {
        "退款 202603200800 (1).csv": refunds(refund(1, day=1), refund(3, day=3)),
        "退款 202603200800 (2).csv": refunds(refund(2, day=2), refund(4, day=4)),
    }
    workspace.take(*put(workspace, parts))
    assert cases(workspace, plan) == ["R1", "R2", "R3", "R4"]


@small
@given(data=st.data(), exports=exports_of_days)
def test_a_file_taken_back_leaves_the_tables_as_if_it_had_never_come(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, exports: list[list[set[int]]]
) -> None:
    files = [full_files(own, shop=shop) for shop, own in enumerate(exports)]
    wrong = [data.draw(st.sampled_from(sorted(own))) for own in files]
    with_it, without = full(make()), full(make())
    outcomes = with_it.take(*put_all(with_it, files))
    build_up_to(with_it, plan, *CASE_TABLES)
    for shop, name in zip(SHOPS, wrong, strict=True):
        found = {o.sha256 for o in outcomes if (o.path.parent.name, o.file) == (shop, name)}
        (sha256,) = found
        assert ledger.withdraw(with_it.con, with_it.settings, str(sha256)) == 1
    # exports that list the same are the same bytes, and go together
    left = [
        {name: text for name, text in own.items() if text != own[taken]}
        for own, taken in zip(files, wrong, strict=True)
    ]
    without.take(*put_all(without, left))
    assert tables(with_it, plan, *CASE_TABLES) == tables(without, plan, *CASE_TABLES)
