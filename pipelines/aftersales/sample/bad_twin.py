"""The sample's bad twin: the same exports with one defect, for each that the gate is to catch.

A defect is planted into an export, never into a table, so that what is tested is the whole way
from a file to a finding. These checks no export can break, since ingest or a model has already seen
to what they promise; they guard the code, and tests of the gate break them by hand:

- ``unique`` and ``foreign_key`` of models: staging keeps the newest of every key, and a line, turn
  or event is derived from the very row it points to;
- ``allowed`` of facts: a word without a term becomes null, and is told of by ``allowed`` of raw;
- ``not_null``: a row without an id, or without the time it needs, is quarantined before it
  reaches a table;
- ``reconciled``, ``staged_rows_reach_their_facts``, ``sold_orders_agree``, ``stages_add_up``,
  ``case_stages_add_up`` and ``missing_durations_have_a_reason``: what goes in comes out, whatever
  goes in;
- ``correction``: needs an entry somebody has written into a workspace.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from aftersales.errors import ConfigError
from aftersales.sample.files import TextTable, Workbook

_TIME = "%Y-%m-%d %H:%M:%S"
# The hour that clocks in New York show twice when summer time ends.
_TWICE = "2026-11-01 01:30:00"


@dataclass
class Sheet:
    """An export as rows of text, to be spoiled."""

    path: Path
    header: list[str]
    rows: list[list[str]]

    def at(self, name: str) -> int:
        """The place of a column."""
        return [column.strip() for column in self.header].index(name)

    def first(self, fits: Callable[[list[str]], bool]) -> list[str]:
        """The first row like this.

        Raises:
            ConfigError: there is none, so the sample is too small for the defect.
        """
        found = next((row for row in self.rows if fits(row)), None)
        if found is None:
            raise ConfigError(
                f"no row of {self.path.name} can take this defect", fix="use a larger sample"
            )
        return found

    def filled(self, *names: str) -> list[str]:
        """The first row with something in these columns."""
        places = [self.at(name) for name in names]
        return self.first(lambda row: all(row[place] for place in places))


@dataclass(frozen=True)
class Defect:
    """One defect.

    Attributes:
        file: which export it is planted into, as a pattern; of several the newest.
        plant: how.
        trips: the checks that must fail, and no others; none where the file is refused.
        critical: those of them that stop publishing.
        refused: the file is not taken at all.
        settings: a line of aftersales.toml without which nobody could know.
    """

    file: str
    plant: Callable[[Sheet], None]
    trips: frozenset[str] = frozenset()
    critical: frozenset[str] = frozenset()
    refused: bool = False
    settings: str = ""


def write(sample: Path, out: Path, *, defect: str) -> Path:
    """Copy a sample to `out` with one defect; returns the spoiled file.

    Args:
        sample: a folder ``sample.write`` has filled.
        out: must not be there yet.
        defect: a key of ``DEFECTS``.

    Raises:
        ConfigError: there is no such defect, or the sample is too small for it.
    """
    if defect not in DEFECTS:
        raise ConfigError(f"no defect '{defect}'", fix=f"use one of: {', '.join(DEFECTS)}")
    shutil.copytree(sample, out)
    told = DEFECTS[defect]
    path = sorted(out.glob(told.file))[-1]
    sheet = _read(path)
    told.plant(sheet)
    if sheet.rows:
        _write(sheet)
    else:
        path.unlink()
    return sheet.path


def _read(path: Path) -> Sheet:
    if path.suffix == ".xlsx":
        from python_calamine import CalamineWorkbook

        table = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        header, *rows = [[str(cell) for cell in row] for row in table]
    else:
        text = path.read_bytes().decode(_encoding(path))
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return Sheet(path, header, rows)


def _write(sheet: Sheet) -> None:
    columns = [list(column) for column in zip(*sheet.rows, strict=True)]
    if sheet.path.suffix == ".xlsx":
        table: Workbook | TextTable = Workbook(sheet.path, sheet.header)
    else:
        encoding = _encoding(sheet.path) if sheet.path.exists() else "utf-8-sig"
        table = TextTable(sheet.path, sheet.header, encoding)
    table.write(columns)
    table.close()


def _encoding(path: Path) -> str:
    """Exports are either of the two, and GB18030 Chinese is never valid UTF-8."""
    try:
        path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _put(sheet: Sheet, row: list[str], name: str, cell: str) -> None:
    row[sheet.at(name)] = cell


def _earlier(sheet: Sheet, row: list[str], name: str, than: str, **by: float) -> None:
    """A time before that in another column."""
    time = datetime.strptime(row[sheet.at(than)], _TIME)  # noqa: DTZ007 - as the file has it
    _put(sheet, row, name, (time - timedelta(**by)).strftime(_TIME))


def _unknown_word(sheet: Sheet) -> None:
    _put(sheet, sheet.filled("订单状态"), "订单状态", "买家已验货")


def _negative_amount(sheet: Sheet) -> None:
    _put(sheet, sheet.filled("订单付款时间"), "买家实际支付金额", "-1.00")


def _unreadable_amount(sheet: Sheet) -> None:
    _put(sheet, sheet.filled("订单付款时间"), "买家实际支付金额", "十二元")


def _unreadable_amounts(sheet: Sheet) -> None:
    for row in sheet.rows[::5]:
        _put(sheet, row, "买家实际支付金额", "十二元")


def _unreadable_time(sheet: Sheet) -> None:
    _put(sheet, sheet.filled("first_replied_at"), "first_replied_at", "昨天下午")


def _no_time(sheet: Sheet) -> None:
    _put(sheet, sheet.rows[0], "created_at", "昨天下午")


def _no_id(sheet: Sheet) -> None:
    _put(sheet, sheet.rows[0], "退款编号", "")


def _hour_twice(sheet: Sheet) -> None:
    """A further file, in the time on the wall of a shop whose clocks go back."""
    row = [""] * len(sheet.header)
    row[sheet.at("ticket_id")] = "N1"
    row[sheet.at("created_at")] = _TWICE
    row[sheet.at("status")] = "open"
    sheet.rows = [row]
    sheet.path = sheet.path.parents[1] / "us" / sheet.path.name


def _paid_before_placed(sheet: Sheet) -> None:
    _earlier(sheet, sheet.filled("订单付款时间"), "订单付款时间", "订单创建时间", hours=1)


def _closed_before_applied(sheet: Sheet) -> None:
    row = sheet.first(
        lambda row: bool(row[sheet.at("完结时间")]) and not row[sheet.at("退款完结时间")]
    )
    _earlier(sheet, row, "完结时间", "退款的申请时间", days=1)


def _refund_beyond_payment(sheet: Sheet) -> None:
    _put(sheet, sheet.filled("订单付款时间"), "退款金额", "99999.00")


def _reply_before_question(sheet: Sheet) -> None:
    _earlier(sheet, sheet.filled("first_replied_at"), "first_replied_at", "created_at", hours=1)


def _in_the_future(sheet: Sheet) -> None:
    row = sheet.first(lambda row: not row[sheet.at("订单付款时间")])
    _put(sheet, row, "订单创建时间", "2031-01-01 10:00:00")


def _units_differ(sheet: Sheet) -> None:
    _put(sheet, sheet.rows[0], "宝贝总数量", "77")


def _order_unknown(sheet: Sheet) -> None:
    _put(sheet, sheet.rows[0], "订单编号", "9999999999999999999")


def _reason_unknown(sheet: Sheet) -> None:
    _put(sheet, sheet.filled("买家退款原因"), "买家退款原因", "被风吹走了")


def _status_unknown(sheet: Sheet) -> None:
    row = sheet.first(_tells(sheet, "status", "pending"))
    _put(sheet, row, "value", "waiting_for_parts")


def _changed_before_created(sheet: Sheet) -> None:
    row = sheet.first(_tells(sheet, "status", "new"))
    _put(sheet, row, "updated", "2026-01-01 00:00:00")


def _changed_ticket_unknown(sheet: Sheet) -> None:
    row = sheet.first(lambda row: row[sheet.at("field_name")] == "assignee_id")
    _put(sheet, row, "ticket_id", "999999999")


def _tells(sheet: Sheet, field: str, value: str) -> Callable[[list[str]], bool]:
    """Whether a row tells that a field became this."""
    places = sheet.at("field_name"), sheet.at("value")
    return lambda row: (row[places[0]], row[places[1]]) == (field, value)


def _zone_unknown(sheet: Sheet) -> None:
    for row in sheet.rows:
        _put(sheet, row, "time_zone", "Atlantis")


def _row_gone(sheet: Sheet) -> None:
    """One that the older export lists too, from the middle of the days the newest covers."""
    del sheet.rows[len(sheet.rows) // 4]


def _export_missing(sheet: Sheet) -> None:
    sheet.rows = []


def _swollen_day(sheet: Sheet) -> None:
    """The chats of the last day but one stand there many times over, each under its own number."""
    chat, sent = sheet.at("conversation_id"), sheet.at("sent_at")
    day = sorted({row[sent][:10] for row in sheet.rows})[-2]
    again = [list(row) for row in sheet.rows if row[sent][:10] == day for _ in range(9)]
    for number, row in enumerate(again):
        row[chat] += f"-{number % 9}"
    sheet.rows += again


def _no_header(sheet: Sheet) -> None:
    sheet.header = [f"列{number}" for number in range(len(sheet.header))]


def _money_flow(sheet: Sheet) -> None:
    sheet.header = ["入帐时间", "收入金额(元)", "支出金额(元)", "业务描述"]
    sheet.rows = [["2026-11-20 10:00:00", "12.00", "", "交易收款"]]


def _many_without_id(sheet: Sheet) -> None:
    for row in sheet.rows[::20]:
        _put(sheet, row, "退款编号", "")


def _named(*checks: str) -> frozenset[str]:
    return frozenset(checks)


_ORDERS = "flagship/ExportOrderList*"
_LINES = "flagship/ExportOrderDetailList*"
_CASES = "flagship/退款售后*"
_TICKETS = "flagship/tickets*"
_CHATS = "flagship/chat_messages*"
_CHANGES = "us/ticket_field_history*"

DEFECTS: dict[str, Defect] = {
    "unknown_word": Defect(_ORDERS, _unknown_word, _named("allowed:raw_shop__order.status")),
    "negative_amount": Defect(
        _ORDERS, _negative_amount, _named("minimum:stg_shop__order.paid_amount")
    ),
    "unreadable_amount": Defect(
        _ORDERS, _unreadable_amount, _named("castable:stg_shop__order.paid_amount")
    ),
    "unreadable_amounts": Defect(
        _ORDERS,
        _unreadable_amounts,
        _named("castable:stg_shop__order.paid_amount"),
        critical=_named("castable:stg_shop__order.paid_amount"),
    ),
    "unreadable_time": Defect(
        _TICKETS,
        _unreadable_time,
        _named("castable:stg_desk__ticket.first_replied_at"),
    ),
    "no_time": Defect(_TICKETS, _no_time, _named("check:no_rows_in_quarantine")),
    "no_id": Defect(_CASES, _no_id, _named("check:no_rows_in_quarantine")),
    "hour_twice": Defect(_TICKETS, _hour_twice, _named("clock:stg_desk__ticket.time_reason")),
    "paid_before_placed": Defect(
        _ORDERS, _paid_before_placed, _named("check:order_times_in_order")
    ),
    "closed_before_applied": Defect(
        _CASES, _closed_before_applied, _named("check:case_times_in_order")
    ),
    "refund_beyond_payment": Defect(
        _ORDERS, _refund_beyond_payment, _named("check:refunds_within_what_was_paid")
    ),
    "reply_before_question": Defect(
        _TICKETS, _reply_before_question, _named("check:replies_follow_questions")
    ),
    "in_the_future": Defect(_ORDERS, _in_the_future, _named("check:times_not_in_the_future")),
    "units_differ": Defect(_ORDERS, _units_differ, _named("check:units_agree_between_exports")),
    "order_unknown": Defect(_CASES, _order_unknown, _named("check:cases_have_their_order")),
    "reason_unknown": Defect(_CASES, _reason_unknown, _named("check:reasons_known")),
    "status_unknown": Defect(
        _CHANGES,
        _status_unknown,
        _named("allowed:raw_desk__ticket_event.status", "check:ticket_statuses_known"),
    ),
    "changed_before_created": Defect(
        _CHANGES, _changed_before_created, _named("check:histories_begin_with_their_ticket")
    ),
    "changed_ticket_unknown": Defect(
        _CHANGES, _changed_ticket_unknown, _named("check:histories_have_their_ticket")
    ),
    "zone_unknown": Defect(
        "us/schedule_data*", _zone_unknown, _named("check:conversations_have_working_time")
    ),
    "row_gone": Defect(
        _CASES,
        _row_gone,
        _named("check:rows_gone_at_source"),
        settings='full_window = ["taobao_refund"]',
    ),
    "export_missing": Defect(
        _TICKETS,
        _export_missing,
        _named("check:expected_exports_arrived"),
        settings='expect."flagship.ticket_long" = "daily 09:00"',
    ),
    "swollen_day": Defect(_CHATS, _swollen_day, _named("check:rows_a_day_as_usual")),
    "no_header": Defect(_TICKETS, _no_header, refused=True),
    "money_flow": Defect(_TICKETS, _money_flow, refused=True),
    "many_without_id": Defect(_CASES, _many_without_id, refused=True),
}
