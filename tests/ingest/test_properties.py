"""However the files come, the tables are the same: in any order and pieces, late, twice, or not."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.conftest import facts
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ingest.conftest import Workspace, order, order_file

from aftersales import formats, jobs, settings
from aftersales.contracts import Contracts
from aftersales.formats import Formats
from aftersales.ingest import ledger
from aftersales.settings import Settings, packaged
from aftersales.warehouse import models, references
from aftersales.warehouse.build import build
from aftersales.warehouse.connection import identifier, rows
from aftersales.warehouse.models import Model

pytestmark = pytest.mark.slow
MakeWorkspace = Callable[[], Workspace]
# Files by name; a tuple: the same ones in the order in which they arrive.
Files = dict[str, str]

AS_OF = datetime(2026, 3, 31, 16)
# Where a row was read from says which file it came in, and nothing of the row.
ORIGIN = ("source_file_id", "source_record", "exported_at")
small = hypothesis_settings(
    max_examples=6,
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


def put(workspace: Workspace, files: Files) -> list[Path]:
    return [workspace.put(f"flagship/{name}", text) for name, text in files.items()]


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
    entities: Sequence[str],
    names: tuple[str, ...],
) -> None:
    """One file, and its pieces in any order, delivered twice and built in between: equal tables."""
    whole, pieces = make(), make()
    whole.take(*put(whole, {"all 202603310800.csv": "\n".join([header, *entities]) + "\n"}))
    paths = put(
        pieces,
        {
            f"{number} 202603310800.csv": "\n".join([header, *part]) + "\n"
            for number, part in enumerate(cut(data, entities))
        },
    )
    for path in data.draw(st.permutations(paths)):
        pieces.take(path)
    build_up_to(pieces, plan, *names)
    assert {outcome.status for outcome in pieces.take(*paths)} == {"seen"}
    assert tables(pieces, plan, *names) == tables(whole, plan, *names)


@small
@given(data=st.data(), paid=st.lists(st.integers(0, 10**6), min_size=2, max_size=6))
def test_orders_in_any_order_and_pieces_give_the_same_tables(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, paid: list[int]
) -> None:
    header, *lines = order_file(
        *(order(n, paid=f"{cents / 100:.2f}") for n, cents in enumerate(paid))
    ).splitlines()
    same_in_pieces(make, plan, data, header, lines, ORDER_TABLES)


@small
@given(
    data=st.data(),
    orders=st.lists(
        st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3)), min_size=1, max_size=4),
        min_size=2,
        max_size=4,
    ),
)
def test_lines_without_a_number_in_any_pieces_of_whole_orders_give_the_same_tables(
    make: MakeWorkspace,
    plan: Plan,
    data: st.DataObject,
    orders: list[list[tuple[str, int]]],
) -> None:
    entities = [
        "\n".join(f"{n},鞋,{sku},{units},2026-03-01 10:00:00" for sku, units in lines)
        for n, lines in enumerate(orders)
    ]
    same_in_pieces(make, plan, data, ITEM_HEADER, entities, LINE_TABLES)


@small
@given(
    data=st.data(),
    said=st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(["customer", "agent"])),
        min_size=2,
        max_size=8,
    ),
)
def test_messages_without_a_number_in_any_order_and_pieces_give_the_same_tables(
    make: MakeWorkspace,
    plan: Plan,
    data: st.DataObject,
    said: list[tuple[int, str]],
) -> None:
    at = datetime(2026, 3, 1, 10)
    lines = []
    for number, (later, role) in enumerate(said):
        at += timedelta(seconds=later)
        lines.append(f"C1,{at},{role},{role}1,第{number}句,小明")
    # Within a second an order of arrival is no order of speaking, so turns are not compared.
    same_in_pieces(make, plan, data, CHAT_HEADER, lines, ("stg_desk__message",))


@small
@given(
    data=st.data(),
    roles=st.lists(st.sampled_from(["customer", "agent"]), min_size=2, max_size=8),
)
def test_turns_of_messages_a_second_apart_are_the_same_in_any_order_and_pieces(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, roles: list[str]
) -> None:
    at = datetime(2026, 3, 1, 10)
    lines = [
        f"C1,{at + timedelta(seconds=n)},{role},{role}1,好,小明" for n, role in enumerate(roles)
    ]
    same_in_pieces(make, plan, data, CHAT_HEADER, lines, MESSAGE_TABLES)


@small
@given(data=st.data(), days=st.lists(st.integers(1, 28), min_size=2, max_size=6))
def test_cases_in_any_order_and_pieces_give_the_same_tables(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, days: list[int]
) -> None:
    lines = [refund(n, day=day) for n, day in enumerate(days)]
    same_in_pieces(make, plan, data, REFUND_HEADER, lines, CASE_TABLES)


@small
@given(
    data=st.data(),
    minutes=st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=2, max_size=8),
)
def test_two_clipboards_that_overlap_anywhere_hold_each_message_once(
    make: MakeWorkspace,
    plan: Plan,
    with_clipboard: Formats,
    data: st.DataObject,
    minutes: list[tuple[int, bool]],
) -> None:
    at = datetime(2026, 3, 1, 10)
    said = []
    for number, (later, is_customer) in enumerate(minutes):
        at += timedelta(minutes=later)
        speaker = "小明" if is_customer or not number else "shop:anna"
        said.append(f"{speaker} ({at:%Y-%m-%d %H:%M}):\n第{number}句")
    ends = data.draw(st.integers(1, len(said)))
    begins = data.draw(st.integers(0, ends))
    whole, halves = make(), make()
    for workspace in (whole, halves):
        workspace.formats = with_clipboard
    whole.take(*put(whole, {"all 202603010900.txt": "\n".join(said) + "\n"}))
    second = "\n".join(said[begins:]) or said[-1]
    files = {"a 202603010900.txt": "\n".join(said[:ends]) + "\n"}
    # the customer is named by who speaks first: a piece without a word of theirs is nobody's
    if "小明" in second:
        files["b 202603020900.txt"] = second + "\n"
    elif ends < len(said):
        files["a 202603010900.txt"] = "\n".join(said) + "\n"
    halves.take(*data.draw(st.permutations(put(halves, files))))
    names = MESSAGE_TABLES
    assert tables(halves, plan, *names) == tables(whole, plan, *names)


@small
@given(data=st.data(), amounts=st.lists(st.integers(1, 99), min_size=2, max_size=4))
def test_of_a_row_in_several_exports_the_newest_counts_whichever_came_last(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, amounts: list[int]
) -> None:
    files = {
        f"退款 2026031{n}0800.csv": refunds(refund(1, day=1, amount=f"{amount}.00"))
        for n, amount in enumerate(amounts)
    }
    workspace = make()
    for path in data.draw(st.permutations(put(workspace, files))):
        workspace.take(path)
    build_up_to(workspace, plan, "fct_case")
    assert workspace.query("select refund_amount from fct_case") == [(amounts[-1],)]


def full(workspace: Workspace) -> Workspace:
    """The workspace, where every refund export lists all cases of its days."""
    workspace.settings = replace(workspace.settings, full_window=("taobao_refund",))
    return workspace


def cases(workspace: Workspace, plan: Plan) -> list[object]:
    build_up_to(workspace, plan, "fct_case")
    return [case for (case,) in workspace.query("select case_id from fct_case order by case_id")]


def full_files(exports: Sequence[set[int]]) -> Files:
    """An export a day; case 5 was applied for on the 5th."""
    return {
        f"退款 202603{20 + n}0800.csv": refunds(*(refund(day, day=day) for day in sorted(listed)))
        for n, listed in enumerate(exports)
    }


exports_of_days = st.lists(st.sets(st.integers(1, 6), min_size=1), min_size=2, max_size=4)


@small
@given(data=st.data(), exports=exports_of_days)
def test_what_a_newer_full_export_of_its_days_lacks_is_gone_whichever_came_last(
    make: MakeWorkspace, plan: Plan, data: st.DataObject, exports: list[set[int]]
) -> None:
    workspace = full(make())
    for path in data.draw(st.permutations(put(workspace, full_files(exports)))):
        workspace.take(path)
    kept = set()
    for day in set().union(*exports):
        last = max(n for n, listed in enumerate(exports) if day in listed)
        if not any(min(newer) <= day <= max(newer) for newer in exports[last + 1 :]):
            kept.add(f"R{day}")
    assert set(cases(workspace, plan)) == kept
    gone = workspace.query("select count(*) from ref_gone")
    assert gone == [(len(set().union(*exports)) - len(kept),)]


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
    make: MakeWorkspace, plan: Plan, data: st.DataObject, exports: list[set[int]]
) -> None:
    files = full_files(exports)
    wrong = data.draw(st.sampled_from(sorted(files)))
    with_it, without = full(make()), full(make())
    outcomes = with_it.take(*put(with_it, files))
    (sha256,) = {outcome.sha256 for outcome in outcomes if outcome.file == wrong}
    build_up_to(with_it, plan, *CASE_TABLES)
    # exports that list the same are the same bytes, and go together
    same = {name for name, text in files.items() if text == files[wrong]}
    assert ledger.withdraw(with_it.con, with_it.settings, str(sha256)) == 1
    without.take(*put(without, {n: t for n, t in files.items() if n not in same}))
    assert tables(with_it, plan, *CASE_TABLES) == tables(without, plan, *CASE_TABLES)


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


STEPS = [
    "aftersales.warehouse.references.lay",
    "aftersales.warehouse.build._make",
    "aftersales.quality.run_gate",
    "aftersales.warehouse.publish._copy",
    "aftersales.warehouse.publish._point",
    "aftersales.reporting.build",
    "aftersales.warehouse.state.remember",
]


def test_killed_between_loading_and_the_end_and_run_again_gives_the_same_published_tables(
    workspace: Workspace, no_browser: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace.con.close()
    base, now = workspace.settings, datetime(2026, 4, 1, 2, tzinfo=UTC)
    workspace.put("flagship/a 202603310800.csv", order_file(order(1)))
    assert jobs.run(base, now=now).published
    before = facts(base)
    newer = order_file(order(1, paid="5.00"), order(2))
    workspace.put("flagship/b 202604010800.csv", newer)
    undisturbed = copy(base, tmp_path / "undisturbed")
    assert jobs.run(undisturbed, now=now + timedelta(hours=1)).published
    after = facts(undisturbed)
    assert after["fct_order"] != before["fct_order"]
    for step in STEPS:
        own = copy(base, tmp_path / step)
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(step, killed)
            jobs.run(own, now=now + timedelta(hours=1))
        assert facts(own) in (before, after), step  # one whole run, whichever
        assert jobs.run(own, now=now + timedelta(hours=2)).published
        assert facts(own) == after, step
        assert jobs.run(own, now=now + timedelta(hours=3)).run_id is None


def copy(base: Settings, home: Path) -> Settings:
    shutil.copytree(base.home, home, symlinks=True)
    return settings.load(home)


def killed(*_: object, **__: object) -> None:
    raise Killed
