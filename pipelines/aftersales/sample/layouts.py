"""The platform's export layouts: a block's cells as known at a given time."""

from __future__ import annotations

from functools import cache
from itertools import repeat
from pathlib import Path

import numpy as np

from aftersales.contracts import read_yaml
from aftersales.sample.catalogue import (
    EXCHANGE,
    REFUND,
    REPAIR,
    RESHIP,
    RETURN,
    Catalogue,
    Flags,
    Ints,
    Shop,
)
from aftersales.sample.files import Columns
from aftersales.sample.plan import DAY, NEVER
from aftersales.sample.trade import DONE, DROPPED, Block, Cases


@cache
def headers() -> dict[str, list[str]]:
    """Header of every layout, in order."""
    told: dict[str, list[str]] = read_yaml(Path(__file__).with_name("headers.yml"))
    return told


ORDER_STATUSES = [
    "等待买家付款",
    "买家已付款，等待卖家发货",
    "卖家已发货，等待买家确认",
    "交易成功",
    "交易关闭",
]
UNPAID, PAID, SHIPPED, COMPLETED, CLOSED = range(5)

# What stands in 是否需要退货, by case type.
CASE_WORDS = ["换货", "是", "否", "补寄", "维修"]

# 退款状态: while it is open, by case type and stage; and how it ends.
_OPEN_STATUSES = {
    EXCHANGE: ["换货待处理", "待买家退货", "买家已退货待收货", "待发出换货商品", "待买家收货"],
    RETURN: [
        "买家已经申请退款，等待卖家同意",
        "卖家已经同意退款，等待买家退货",
        "买家已经退货，等待卖家确认收货",
        "买家已经退货，等待卖家确认收货",
    ],
    REFUND: ["买家已经申请退款，等待卖家同意", "待商家处理"],
    RESHIP: ["待商家处理", "待买家收货"],
    REPAIR: ["待商家处理", "待买家退货", "买家已退货待收货", "待买家收货"],
}
_DONE_STATUSES = ["换货成功", "退款成功", "退款成功", "补寄成功", "维修成功"]

_CLOCK = [f" {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(DAY)]
_CARRIERS = [("测试速运", "CS"), ("样例快递", "YL"), ("虚构物流", "XG")]
PHONES = [f"138{n:04}0000" for n in range(1, 60)]


def nicks(known: Catalogue, buyers: Ints) -> list[str]:
    """The account names of buyers."""
    nick = known.told["people"]["nick"]
    return [f"{nick}{buyer}" for buyer in buyers.tolist()]


def stamps(times: Ints, as_of: int) -> list[str]:
    """``yyyy-mm-dd hh:mm:ss`` cells; empty where it has not happened by `as_of`."""
    seen = times <= as_of
    if not seen.any():
        return [""] * len(times)
    days, seconds = np.divmod(np.where(seen, times, times.min()), DAY)
    first = int(days.min())
    span = np.arange(first, int(days.max()) + 1).astype("datetime64[D]")
    names = np.datetime_as_string(span).tolist()
    return [
        names[day] + _CLOCK[second] if is_seen else ""
        for day, second, is_seen in zip(
            (days - first).tolist(), seconds.tolist(), seen.tolist(), strict=True
        )
    ]


def order_status(block: Block, as_of: int) -> Ints:
    """Index into ORDER_STATUSES of every order, as known at `as_of`."""
    orders = block.orders
    status: Ints = np.select(
        [
            times <= as_of
            for times in (orders.closed, orders.completed, orders.shipped, orders.paid)
        ],
        [CLOSED, COMPLETED, SHIPPED, PAID],
        UNPAID,
    )
    return status


def _amounts(block: Block, as_of: int) -> tuple[Ints, Ints, Ints]:
    """Cents of every order: total, still with the merchant, given back."""
    lines, cases, count = block.lines, block.cases, len(block.orders.number)
    total = np.bincount(lines.order, lines.cents, count)
    done = cases.refunded <= as_of
    back = np.bincount(cases.order[done], lines.cents[cases.line[done]], count)
    kept = np.where(block.orders.paid <= as_of, total - back, 0)
    return total.astype(np.int64), kept.astype(np.int64), back.astype(np.int64)


def order_report(
    known: Catalogue, shop: Shop, block: Block, as_of: int, *, since: int | None = None
) -> Columns:
    """The order report of the orders placed from `since` to `as_of`."""
    created = block.orders.created
    columns = (
        {"店铺名称": repeat(shop.title), "运送方式": repeat("快递")}
        | {"买家应付邮费": repeat("0.00"), "买家服务费": repeat("0元")}
        | dict.fromkeys(["买家支付积分", "返点积分", "买家实际支付积分", "卖家服务费"], repeat("0"))
        | _order_progress(block, as_of)
        | _order_goods(known, block, as_of)
        | _order_people(known, block.orders.buyer)
    )
    listed = (created <= as_of) & (created >= (0 if since is None else since))
    return _picked([columns.get(name, repeat("")) for name in headers()["order_report"]], listed)


def _order_progress(block: Block, as_of: int) -> dict[str, list[str]]:
    """Cells of the order report that change with time: status, times, money."""
    orders = block.orders
    total, kept, back = _amounts(block, as_of)
    status = order_status(block, as_of)
    reason = np.where(status != CLOSED, 0, np.where(orders.paid == NEVER, 1, 2))
    return {
        "订单编号": _excel_ids(orders.number),
        "买家应付货款": _yuan(total),
        "总金额": _yuan(total),
        "买家实际支付金额": _yuan(kept),
        "订单状态": _words(ORDER_STATUSES, status),
        "订单创建时间": stamps(orders.created, as_of),
        "订单付款时间 ": stamps(orders.paid, as_of),
        "订单关闭原因": _words(["订单未关闭", "买家未付款", "退款"], reason),
        "确认收货时间": stamps(orders.completed, as_of),
        "退款金额": _refund_cells(back),
    }


def _order_goods(known: Catalogue, block: Block, as_of: int) -> dict[str, list[str]]:
    """Cells of the order report about what was bought and its parcel."""
    lines, numbers = block.lines, block.orders.number
    first = np.searchsorted(lines.order, np.arange(len(numbers)))
    count = np.bincount(lines.order, minlength=len(numbers))
    is_shipped = block.orders.shipped <= as_of
    return {
        "宝贝标题 ": _titles(known, block, first, count),
        "宝贝种类 ": _whole(count),
        "宝贝总数量": _whole(np.bincount(lines.order, lines.units).astype(np.int64)),
        "物流单号 ": _parcels(numbers, is_shipped),
        "物流公司": _carriers(numbers, is_shipped),
    }


def _order_people(known: Catalogue, buyers: Ints) -> dict[str, list[str]]:
    """Cells of the order report about the buyer."""
    people = known.told["people"]
    return {
        "买家会员名": nicks(known, buyers),
        "买家支付宝账号": [f"{people['account']}{b}@example.com" for b in buyers.tolist()],
        "收货人姓名": [f"{people['name']}{b % 1000}" for b in buyers.tolist()],
        "收货地址 ": _addresses(known, buyers),
        "联系手机": _words([f"'{phone}" for phone in PHONES], buyers % len(PHONES)),
        "是否手机订单": _words(["手机订单", ""], (buyers % 9 == 0).astype(np.int64)),
    }


def chosen_order_report(shop: Shop, block: Block, as_of: int) -> Columns:
    """The chosen order report of every order placed by `as_of`."""
    orders = block.orders
    _, kept, back = _amounts(block, as_of)
    return [
        _whole(orders.number),
        _yuan(kept),
        _words(ORDER_STATUSES, order_status(block, as_of)),
        stamps(orders.created, as_of),
        stamps(orders.paid, as_of),
        repeat(shop.title),
        stamps(orders.shipped, as_of),
        stamps(orders.completed, as_of),
        _refund_cells(back),
    ]


def item_report(known: Catalogue, block: Block, as_of: int) -> Columns:
    """The item report of every line of the orders placed by `as_of`."""
    lines, orders = block.lines, block.orders
    return [
        _excel_ids(orders.number[lines.order]),
        _words(known.titles, lines.sku),
        _yuan(lines.cents // lines.units),
        _whole(lines.units),
        [
            f"{known.skus[s]}-{o:02}"
            for s, o in zip(lines.sku.tolist(), lines.option.tolist(), strict=True)
        ],
        _words(known.options.texts, lines.option),
        repeat(""),
        repeat(""),
        _words(ORDER_STATUSES, order_status(block, as_of)[lines.order]),
        _words(known.skus, lines.sku),
        stamps(orders.created[lines.order], as_of),
    ]


def case_status(cases: Cases, as_of: int) -> list[str]:
    """退款状态 of every case, as known at `as_of`."""
    stages = np.stack([cases.reviewed, cases.sent_back, cases.received, cases.reshipped])
    reached = (stages <= as_of).sum(axis=0)
    is_over = cases.finished <= as_of
    words = []
    for kind, stage, over, outcome in zip(
        cases.case_type.tolist(),
        reached.tolist(),
        is_over.tolist(),
        cases.outcome.tolist(),
        strict=True,
    ):
        if not over:
            words.append(_OPEN_STATUSES[kind][stage])
        elif outcome == DONE:
            words.append(_DONE_STATUSES[kind])
        else:
            words.append("退款关闭")
    return words


def refund_export(known: Catalogue, shop: Shop, block: Block, as_of: int) -> Columns:
    """The refund export of every case applied for by `as_of`."""
    cases, people = block.cases, known.told["people"]
    columns = (
        {
            "卖家真实姓名": repeat(f"{people['name']}0"),
            "卖家退货地址": repeat(f"{people['regions'][0]} {people['street']}1号"),
            "卖家手机": repeat(PHONES[0]),
        }
        | _case_subject(known, block, as_of)
        | _case_progress(block, as_of)
        | _case_handling(shop, cases, as_of)
        | {
            "买家退款原因": _words(known.reasons.texts, cases.reason),
            "买家退款说明": _words(known.says.texts, cases.says),
        }
    )
    listed = cases.applied <= as_of
    return _picked([columns.get(name, repeat("")) for name in headers()["refund_export"]], listed)


def _case_subject(known: Catalogue, block: Block, as_of: int) -> dict[str, list[str]]:
    """Cells of the refund export about the order and the line the case is about."""
    cases, lines, orders = block.cases, block.lines, block.orders
    sku, cents = lines.sku[cases.line], lines.cents[cases.line]
    is_whole = np.bincount(lines.order, minlength=len(orders.number))[cases.order] == 1
    gives_money = np.isin(cases.case_type, [RETURN, REFUND])
    return {
        "退款编号": _whole(cases.number),
        "订单编号": _whole(orders.number[cases.order]),
        "订单付款时间": stamps(orders.paid[cases.order], as_of),
        "商品编码": _words(known.skus, sku),
        "宝贝标题": _words(known.titles, sku),
        "买家会员名称": nicks(known, orders.buyer[cases.order]),
        "买家实际支付金额": _yuan(cents),
        "买家退款金额": _yuan(np.where(gives_money, cents, 0)),
        "部分退款/全部退款": _words(["部分退款", "全部退款"], is_whole.astype(np.int64)),
    }


def _case_progress(block: Block, as_of: int) -> dict[str, list[str]]:
    """Cells of the refund export that change with time."""
    cases = block.cases
    is_sent = cases.sent_back <= as_of
    in_sale = cases.applied < block.orders.completed[cases.order]
    return {
        "是否需要退货": _words(CASE_WORDS, cases.case_type),
        "退款的申请时间": stamps(cases.applied, as_of),
        "超时时间": stamps(cases.applied + 2 * DAY, NEVER),
        "退款状态": case_status(cases, as_of),
        "货物状态": _words(["未发货", "未收到货", "已收到货", "已寄回"], _goods(cases, is_sent)),
        "退货物流单号": _parcels(cases.number, is_sent),
        "退货物流公司": _carriers(cases.number, is_sent),
        "买家退货时间": stamps(cases.sent_back, as_of),
        "退款完结时间": stamps(cases.refunded, as_of),
        "完结时间": stamps(cases.finished, as_of),
        "售中或售后": _words(["售后退款", "售中退款"], in_sale.astype(np.int64)),
    }


def _case_handling(shop: Shop, cases: Cases, as_of: int) -> dict[str, list[str]]:
    """Cells of the refund export about who decided; nobody did where it was automatic."""
    names = [*(f"{shop.title}:{name}" for name in shop.agents), "系统", ""]
    system, nobody = len(shop.agents), len(shop.agents) + 1
    person = np.where(cases.reviewed <= as_of, cases.agent % len(shop.agents), nobody)
    is_over = cases.finished <= as_of
    intervention = np.where(cases.agent % 40 == 0, np.where(is_over, 2, 1), 0)
    swapped = is_over & (cases.case_type == EXCHANGE) & (cases.outcome != DROPPED)
    automatic = cases.is_automatic.astype(np.int64)
    return {
        "手工退款/系统退款": _words(["手工退款", "系统退款"], automatic),
        "客服介入状态": _words(["无客服介入", "客服已介入", "客服处理完成"], intervention),
        "商家备注": _words(["", "已换出新货"], swapped.astype(np.int64)),
        "审核操作人": _words(names, np.where(cases.is_automatic, system, person)),
        "是否零秒响应": _words(["否", "是"], automatic),
    }


def _goods(cases: Cases, is_sent: Flags) -> Ints:
    is_on_the_way = cases.case_type == REFUND
    goods: Ints = np.select([cases.is_unshipped, is_on_the_way, is_sent], [0, 1, 3], 2)
    return goods


def _picked(columns: Columns, listed: Flags) -> Columns:
    """The rows that are listed; endless columns stay as they are."""
    if listed.all():
        return columns
    rows = np.flatnonzero(listed).tolist()
    return [
        [column[row] for row in rows] if isinstance(column, list) else column for column in columns
    ]


def _titles(known: Catalogue, block: Block, first: Ints, count: Ints) -> list[str]:
    sku = block.lines.sku
    last = first + count - 1
    return [
        known.titles[a] if a == b else f"{known.titles[a]}，{known.titles[b]}"
        for a, b in zip(sku[first].tolist(), sku[last].tolist(), strict=True)
    ]


def _addresses(known: Catalogue, buyers: Ints) -> list[str]:
    people = known.told["people"]
    regions = people["regions"]
    return [
        f"{regions[buyer % len(regions)]} {people['street']}{buyer % 900 + 1}号"
        for buyer in buyers.tolist()
    ]


def _parcels(numbers: Ints, is_sent: Flags) -> list[str]:
    """Parcel numbers, empty where nothing was sent."""
    return [
        f"No:{_CARRIERS[number % len(_CARRIERS)][1]}{number % 10**12:012}" if sent else ""
        for number, sent in zip(numbers.tolist(), is_sent.tolist(), strict=True)
    ]


def _carriers(numbers: Ints, is_sent: Flags) -> list[str]:
    """Who carries them."""
    names = [*(name for name, _ in _CARRIERS), ""]
    return _words(names, np.where(is_sent, numbers % len(_CARRIERS), len(_CARRIERS)))


def _words(words: list[str], which: Ints) -> list[str]:
    return [words[index] for index in which.tolist()]


def _whole(numbers: Ints) -> list[str]:
    return [str(number) for number in numbers.tolist()]


def _excel_ids(numbers: Ints) -> list[str]:
    """Ids in the formula that keeps Excel from rounding them."""
    return [f'="{number}"' for number in numbers.tolist()]


def _yuan(cents: Ints) -> list[str]:
    return [f"{amount / 100:.2f}" for amount in cents.tolist()]


def _refund_cells(cents: Ints) -> list[str]:
    return [f"{amount / 100:.2f}" if amount else "无退款申请" for amount in cents.tolist()]
