"""What Chinese platforms do to their exports, one habit a test, in files one can read."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl
import pytest
from formats.taking import loaded, staged
from ingest.conftest import Workspace

from aftersales.errors import DataError
from aftersales.formats import Formats
from aftersales.ingest.files import explain
from aftersales.ingest.scaffold import scaffold

Table = Sequence[Sequence[object]]


def csv_of(table: str, delimiter: str = ",") -> str:
    """A csv of cells written `a | b`; a TAB within a cell is written `\\t`, nothing as empty."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return "".join(
        delimiter.join('"' + cell.replace("\\t", "\t").replace('"', '""') + '"' for cell in line)
        + "\r\n"
        for line in lines
    )


def xlsx_of(**sheets: Table) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in sheets.items():
        sheet = book.create_sheet(name)
        for row in table:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def unknown_words(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.query("select column_name, word, row_count from ref_word where term is null")


def set_aside(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.query(
        "select line, column_name, reason from raw_quarantine order by file_id, record"
    )


# Taobao and Tmall


def test_taobao_lines_have_their_own_numbers_and_say_in_words_that_nothing_was_refunded(
    workspace: Workspace,
) -> None:
    head = "子订单编号|主订单编号|商品标题|商品价格|购买数量|商品属性|订单状态|商家编码|买家实付金额|退款状态|退款金额|订单创建时间|订单付款时间|商品 id|支付单号"
    rows = [
        "2150000000000000021|2150000000000000001|杯子|20.00|2|颜色：黑|交易成功|A-1|38.00|没有申请退款|无退款申请|2026-03-01 10:00:00|2026-03-01 10:01:00|600100|pay",
        "2150000000000000023|2150000000000000001|碗|9.90|1||交易关闭|B-1|9.90|退款成功|9.90|2026-03-01 10:00:00|2026-03-01 10:01:00|600101|pay",
    ]
    content = xlsx_of(sheet1=[head.split("|"), *(row.split("|") for row in rows)])
    loaded(workspace, "a.xlsx", content, "taobao_item_current")
    assert staged(
        workspace,
        "shop.order_line",
        "order_id, line_id, sku, product_id, units, paid_amount, refund_amount, status, paid_at",
    ) == [
        ("2150000000000000001", "2150000000000000021", "A-1", "600100", "2", "38.0000", "0.0000", "completed", "2026-03-01 02:01:00"),
        ("2150000000000000001", "2150000000000000023", "B-1", "600101", "1", "9.9000", "9.9000", "closed", "2026-03-01 02:01:00"),
    ]  # fmt: skip
    assert unknown_words(workspace) == []
    assert workspace.query("select _extra from raw_shop__order_line where _extra like '%pay%'") == (
        []
    )


def test_of_a_taobao_address_only_the_province_is_kept(workspace: Workspace) -> None:
    """It stands first, or behind name and number; a street called after one is none."""
    head = ["订单编号", "买家实付金额", "订单创建时间", "收货地址", "物流公司"]
    addresses = [
        "浙江省 杭州市 余杭区 虚构路1号",
        "上海 上海市 浦东新区 浙江省路2号",
        "测试收件人，86-13900139000，内蒙古自治区，包头市",
        "广西壮族自治区南宁市虚构路3号",
        "虚构路4号 江苏省",
        "",
    ]
    rows = [
        [str(n), "9.00", "2026-11-01 10:00:00", address, "测试速运" if n else ""]
        for n, address in enumerate(addresses)
    ]
    loaded(workspace, "a.xlsx", xlsx_of(s=[head, *rows]), "taobao_order")
    assert staged(workspace, "shop.order", "region, carrier") == [
        ("浙江省", None),
        ("上海", "测试速运"),
        ("内蒙古自治区", "测试速运"),
        ("广西壮族自治区", "测试速运"),
        (None, "测试速运"),
        (None, "测试速运"),
    ]
    kept = workspace.query("select * from raw_shop__order")
    assert not any(
        "虚构路" in str(cell) or "测试收件人" in str(cell) for row in kept for cell in row
    )


def test_a_taobao_swap_is_an_exchange_of_no_money_though_it_reads_closed(
    workspace: Workspace,
) -> None:
    head = ["退款编号", "订单编号", "支付单号", "退款的申请时间", "售后类型", "退款状态", "退款总额", "退给买家金额", "买家退款金额", "货物状态", "客服介入状态", "是否零秒响应", "卖家手机"]  # fmt: skip
    rows = [
        ["90001", "21500", "p", "2026-03-02 09:00:00", "换货", "退款关闭", "0", "0", "0.00", "已寄回", "无客服介入", "否", "13800000000"],
        ["90002", "21501", "p", "2026-03-02 09:00:00", "退货退款", "退款成功", "30", "28", "28.00", "已寄回", "无客服介入", "是", "13800000000"],
    ]  # fmt: skip
    loaded(workspace, "a.xlsx", xlsx_of(s=[head, *rows]), "taobao_refund_current")
    assert staged(
        workspace, "shop.case", "case_id, asked_type, status, refund_amount, is_automatic"
    ) == [
        ("90001", "exchange", "closed", "0.0000", "no"),
        ("90002", "return_refund", "refunded", "28.0000", "yes"),
    ]
    assert unknown_words(workspace) == []


def test_the_older_refund_layout_is_told_from_the_newer_by_its_type_column(
    workspace: Workspace,
) -> None:
    content = csv_of("""
        退款编号 | 订单编号 | 是否需要退货 | 退款的申请时间     | 退款状态
        ="9001"  | ="21500" | 换货         | 2026-03-02 09:00:00 | 退款关闭
    """)
    loaded(workspace, "a.csv", content, "taobao_refund")
    assert staged(workspace, "shop.case", "case_id, order_id, asked_type") == [
        ("9001", "21500", "exchange")
    ]


# JD

JD_ORDERS = """
    订单号         | 商品ID | 商品名称 | 订购数量 | 下单时间        | 京东价 | 订单金额 | 应付金额 | 订单状态       | 下单帐号   | 客户姓名 | 联系电话    | 付款确认时间    | 货号 | 订单完成时间 |
    '280000000001\\t | 1001\\t | 杯子   | 2        | 2026/3/1 22:02  | 20.00 | 61.00    | 58.00    | 完成           | jd_小明    | 张三     | 1******6198 | 2026/3/1 22:05  | A-1  | 2026/3/9 8:00 |
    '280000000001\\t | 1002\\t | 碗     | 1        | 2026/3/1 22:02  | 21.00 | 61.00    | 58.00    | 完成           | jd_小明    | 张三     | 1******6198 | 2026/3/1 22:05  |      | 2026/3/9 8:00 |
    '280000000002  | 1001  | 杯子     | 1        | 2026/3/2 9:00   | 20.00 | 20.00    | 20.00    | (删除)等待付款 | jd_小红    | 李四     | 1******6199 |                 | A-1  |              |
"""


def test_jd_order_facts_stand_on_every_line_and_ids_wear_a_quote_or_a_tab(
    workspace: Workspace,
) -> None:
    loaded(workspace, "a.csv", csv_of(JD_ORDERS), "jd_order")
    assert staged(
        workspace,
        "shop.order_line",
        "order_id, line_id, sku, product_id, units, order_total_amount, order_paid_amount, status, created_at",
    ) == [
        ("280000000001", "A-1#1", "A-1", "1001", "2", "61.0000", "58.0000", "completed", "2026-03-01 14:02:00"),
        ("280000000001", "1002#1", "1002", "1002", "1", "61.0000", "58.0000", "completed", "2026-03-01 14:02:00"),
        ("280000000002", "A-1#1", "A-1", "1001", "1", "20.0000", "20.0000", "cancelled", "2026-03-02 01:00:00"),
    ]  # fmt: skip
    everything = str(workspace.query("select * from raw_shop__order_line"))
    assert not [word for word in ("张三", "jd_小明", "6198") if word in everything]


JD_CASE_HEAD = ["服务单号", "订单号", "客户期望", "服务单状态", "一级申请原因", "售后申请时间", "下单账号", "商品编号", "商品数量", "审核结果", "处理结果", "商家首次审核时间", "自动审核类型", "售后整体时长(H)"]  # fmt: skip
JD_CASE_ROWS = [
    ["7001", "28001", "换货", "完成", "质量问题", "2026-03-02 09:00:00", "jd_小明", "1001", "1", "退货", "换货", "2026-03-02 09:30:00", "", "30.5"],
    ["7002", "28002", "换货", "完成", "质量问题", "2026-03-02 09:00:00", "jd_小红", "1001", "1", "退款不退货", "", "2026-03-02 09:00:00", "规则自动审核", "0.1"],
    ["7003", "28003", "退货", "待收货", "不喜欢", "2026-03-02 09:00:00", "jd_小刚", "1002", "1", "客户发货", "", "2026-03-02 10:00:00", "-", ""],
]  # fmt: skip
JD_CASES = [
    ("7001", "exchange", "exchange", "completed", None, "2026-03-02 01:30:00"),
    ("7002", "exchange", "refund_only", "completed", "yes", "2026-03-02 01:00:00"),
    ("7003", "return_refund", None, "approved", "no", "2026-03-02 02:00:00"),
]


@pytest.mark.parametrize(
    "above", [[], [["申请信息", *[""] * 7, "审核信息"]]], ids=["one row", "two rows"]
)
def test_what_jd_was_asked_and_what_it_did_stay_apart_below_one_or_two_header_rows(
    workspace: Workspace, above: list[list[str]]
) -> None:
    content = xlsx_of(服务单=[*above, JD_CASE_HEAD, *JD_CASE_ROWS])
    loaded(workspace, "a.xlsx", content, "jd_case")
    assert (
        staged(
            workspace,
            "shop.case",
            "case_id, asked_type, done_type, status, is_automatic, reviewed_at",
        )
        == JD_CASES
    )
    assert unknown_words(workspace) == []


def test_a_jd_service_order_of_2018_names_the_order_that_carries_the_replacement(
    workspace: Workspace,
) -> None:
    content = csv_of("""
        服务单号 | 订单号 | 客户预期处理方式 | 售后服务单申请时间 | 处理结果描述 | 审核结果 | 商家收货时间  | 收货人 | 换新订单 | 换新商品编号 | 是否闪退订单
        7001     | 28001  | 换货             | 2018/5/23 22:02    | 换货         | 客户发货 | 客户未寄回    | 张三   | 28999    | 1001         | 否
    """)
    loaded(workspace, "a.csv", content, "jd_case_2018")
    assert staged(
        workspace,
        "shop.case",
        "case_id, asked_type, done_type, replacement_order_id, replacement_sku, return_received_at, is_automatic",
    ) == [("7001", "exchange", "exchange", "28999", "1001", None, "no")]
    assert "张三" not in str(workspace.query("select * from raw_shop__case"))


def test_jd_compensation_is_linked_to_order_and_service_order(workspace: Workspace) -> None:
    content = csv_of("""
        申请时间            | 赔付单号 | 关联订单号 | 关联服务单号 | 赔付金额 | 赔付原因 | 赔付状态 | 申请人
        2026-03-02 09:00:00 | P1       | 28001      | 7001         | 12.50    | 破损     | 已赔付   | kf1
    """)
    loaded(workspace, "a.csv", content, "jd_compensation")
    assert staged(
        workspace, "shop.compensation", "compensation_id, order_id, case_id, amount, status"
    ) == [("P1", "28001", "7001", "12.5000", "paid")]


def test_orders_cancelled_by_shangzhi_are_no_sale_and_its_refunds_are_money_back(
    workspace: Workspace,
) -> None:
    placed = csv_of("""
        时间       | 订单号 | SKU  | 商品名称 | 成交订单商品件数 | 订单金额 | 下单时间            | 付款时间
        2026-03-01 | 28001  | 1001 | 杯子     | 2                | 40.00    | 2026-03-01 10:00:00 | 2026-03-01 10:01:00
        2026-03-01 | 28001  | 1002 | 碗       | 1                | 40.00    | 2026-03-01 10:00:00 | 2026-03-01 10:01:00
    """)
    cancelled = csv_of("""
        时间       | 订单号 | SKU  | 商品名称 | 取消订单商品件数 | 取消订单金额 | 付款时间
        2026-03-02 | 28002  | 1001 | 杯子     | 1                | 20.00        |
    """)
    refunds = csv_of("""
        服务单ID | 订单号 | SKU  | 商品名称 | 售后退款件数 | 售后退款金额 | 付款时间
        7001     | 28001  | 1001 | 杯子     | 1            | 20.00        | 2026-03-01 10:01:00
    """)
    loaded(workspace, "成交订单_20260301.csv", placed, "jd_shangzhi_order")
    loaded(workspace, "取消订单_20260302.csv", cancelled, "jd_shangzhi_cancelled")
    loaded(workspace, "售后退款订单_20260303.csv", refunds, "jd_shangzhi_refund")
    assert sorted(staged(workspace, "shop.order", "order_id, status, closed_at, total_amount")) == [
        ("28001", None, None, None),
        ("28002", "cancelled", "2026-03-01 16:00:00", None),
    ]
    assert staged(workspace, "shop.refund", "refund_id, order_id, refunded_at, amount") == [
        ("7001", "28001", "2026-03-02 16:00:00", "20.0000")
    ]


def test_a_complaint_of_several_lines_is_one_row_and_na_is_nothing(workspace: Workspace) -> None:
    content = (
        "服务单号,订单号,客户期望,售后申请时间,客户问题描述,商品数量,商品编号\r\n"
        '7001,28001,换货,2026-03-02 09:00:00,"杯子碎了\r\n, 要求换新",#N/A,#N/A\r\n'
        "7002,28002,仅退款,2026-03-02 10:00:00,不要了,1,1001\r\n"
    )
    loaded(workspace, "服务单.csv", content, "jd_case")
    assert staged(workspace, "shop.case", "case_id, description, units, product_id") == [
        ("7001", "杯子碎了\r\n, 要求换新", None, None),
        ("7002", "不要了", "1", "1001"),
    ]


# Pinduoduo

PDD_ORDERS = """
    订单成交时间 | 商品 | 订单号                   | 订单状态         | 商品总价(元) | 用户实付金额(元) | 商家实收金额(元) | 商品数量(件) | 发货时间            | 商品id  | 商品规格 | 商家编码-规格维度 | 售后状态
                 | 杯子 | 260517-607198974342268\\t | 已收货           | 20.00\\t     | 18.00\\t         | 19.00\\t         | 2\\t         | 2026-05-18 10:00:00 | 3001\\t | 无规格   | A-1\\t            | 无售后或售后取消
                 | 碗   | 260518-607198974342269\\t | 已取消，退款成功 | 9.90\\t      | 9.90\\t          | 9.90\\t          | 1\\t         |                     | 3002\\t | 白色     | B-1\\t            | 退款成功
                 | 碗   | 260518-607198974342270\\t | 已取消           | 9.90\\t      | 0\\t             | 0\\t             | 1\\t         |                     | 3002\\t | 白色     | B-1\\t            | 无售后或售后取消
"""


def test_pinduoduo_orders_without_a_time_are_of_the_day_their_number_begins_with(
    workspace: Workspace,
) -> None:
    loaded(workspace, "orders_export.csv", csv_of(PDD_ORDERS), "pinduoduo_order")
    assert staged(
        workspace,
        "shop.order_line",
        "order_id, line_id, created_at, status, variant, sku, units, paid_amount",
    ) == [
        ("260517-607198974342268", "260517-607198974342268", "2026-05-16 16:00:00", "completed", None, "A-1", "2", "18.0000"),
        ("260518-607198974342269", "260518-607198974342269", "2026-05-17 16:00:00", "closed", "白色", "B-1", "1", "9.9000"),
        ("260518-607198974342270", "260518-607198974342270", "2026-05-17 16:00:00", "cancelled", "白色", "B-1", "1", "0.0000"),
    ]  # fmt: skip


def test_a_blank_time_of_sale_does_not_say_that_pinduoduo_orders_are_unpaid(
    workspace: Workspace,
) -> None:
    loaded(workspace, "orders_export.csv", csv_of(PDD_ORDERS), "pinduoduo_order")
    told = staged(workspace, "shop.order_line", "paid_at, is_payment_told")
    assert set(told) == {(None, "false")}


def test_pinduoduo_after_sales_are_found_under_either_of_their_names(workspace: Workspace) -> None:
    content = csv_of("""
        售后编号 | 订单编号               | 交易金额 | 售后状态   | 退款类型 | 退款金额 | 退款原因 | 备注            | 申请时间
        8001     | 260517-607198974342268 | 18.00    | 退款成功   | 退货退款 | 18.00    | 质量问题 | 客服\\;/已补偿 | 2026-05-20 10:00:00
        8002     | 260518-607198974342269 | 9.90     | 已撤销     | 仅退款   | 9.90     | 不想要了 |                 | 2026-05-20 11:00:00
        8003     | 260518-607198974342269 | 9.90     | 售后单失败 | 换货     | 0        | 不想要了 |                 | 2026-05-20 12:00:00
    """)
    renamed = csv_of("""
        售后单号 | 订单号                 | 售后类型 | 售后状态 | 申请时间            | 买家昵称
        8004     | 260518-607198974342269 | 仅退款   | 退款成功 | 2026-05-21 12:00:00 | 小明
    """)
    loaded(workspace, "拼多多售后.csv", content, "pinduoduo_case")
    loaded(workspace, "拼多多售后2.csv", renamed, "pinduoduo_case")
    assert sorted(staged(workspace, "shop.case", "case_id, asked_type, status, refund_amount")) == [
        ("8001", "return_refund", "refunded", "18.0000"),
        ("8002", "refund_only", "withdrawn", "9.9000"),
        ("8003", "exchange", "closed", "0.0000"),
        ("8004", "refund_only", "refunded", None),
    ]
    assert unknown_words(workspace) == []


def test_two_small_payments_for_one_pinduoduo_order_are_two(workspace: Workspace) -> None:
    content = csv_of("""
        订单号 | 商品ID | 商品名称 | 扣款原因 | 申请人 | 申请时间            | 申请扣款金额 | 打款状态
        1-1\\t | 3001   | 杯子     | 补差价   | kf1    | 2026-05-20 10:00:00 | 3.00         | 打款成功
        1-1\\t | 3001   | 杯子     | 补运费   | kf1    | 2026-05-21 10:00:00 | 5.00         | 打款失败
    """)
    loaded(workspace, "小额打款.csv", content, "pinduoduo_compensation")
    assert staged(workspace, "shop.compensation", "compensation_id, order_id, amount, status") == [
        ("1-1 2026-05-20 10:00:00", "1-1", "3.0000", "paid"),
        ("1-1 2026-05-21 10:00:00", "1-1", "5.0000", "refused"),
    ]


# Douyin

DOUYIN_HEAD = "主订单编号 | 子订单编号 | 选购商品 | 商品规格 | 商品数量 | 商家编码 | 商品ID | 订单应付金额 | 收件人 | 收件人手机号 | 详细地址 | 订单提交时间 | 支付完成时间 | 订单状态 | 取消原因"


def test_douyin_puts_a_tab_before_ids_and_text_and_a_dash_where_there_is_nothing(
    workspace: Workspace,
) -> None:
    content = csv_of(f"""
        {DOUYIN_HEAD}
        \\t6917000000000000001 | \\t6917000000000000011 | \\t杯子 | \\t- | 1 | \\tA-1 | \\t3500 | 59.90 | ##密文 | $$密文 | ##密文 | 2026-05-01 10:00:00 | - | 待支付 | -
    """)
    loaded(workspace, "1791430000_x.csv", "\ufeff" + content, "douyin_order")
    assert staged(
        workspace,
        "shop.order_line",
        "order_id, line_id, title, variant, sku, status, paid_at, is_payment_told, close_reason",
    ) == [
        ("6917000000000000001", "6917000000000000011", "杯子", None, "A-1", "unpaid", None, "true", None)
    ]  # fmt: skip
    assert "密文" not in str(workspace.query("select * from raw_shop__order_line"))


def test_a_douyin_cell_that_lists_all_lines_of_an_order_is_no_line(workspace: Workspace) -> None:
    content = csv_of(f"""
        {DOUYIN_HEAD}
        1 | 11    | 杯子    | 黑    | 1 | A-1     | 3500      | 59.90 | a | b | c | 2026-05-01 10:00:00 | 2026-05-01 10:01:00 | 待发货 | -
        2 | 21;22 | 杯子;碗 | 黑;白 | 2 | A-1;B-1 | 3500;3501 | 79.80 | a | b | c | 2026-05-01 10:00:00 | 2026-05-01 10:01:00 | 待发货 | -
    """)
    outcome = loaded(workspace, "a.csv", content, "douyin_order")
    assert (outcome.rows_in, outcome.loaded, outcome.quarantined) == (2, 1, 1)
    assert set_aside(workspace) == [
        (
            3,
            "子订单编号",
            "'21;22' lists several, separated by ';'; export with one row a line",
        )
    ]


DOUYIN_CASES = [
    ["售后单号", "订单号", "商品单号", "商品ID", "商品发货状态", "售后类型", "售后状态", "售后原因", "退款方式", "退商品金额（元）", "售后申请时间", "商家退款时间", "售后完结时间"],
    ["1400001", "6917000000000000001", "6917000000000000011", "3500", "1/1已发货", "已发货退款", "同意退款，退款成功", "质量问题", "原路退回", "¥89.50", "2026-05-18 00:34:04", "2026-05-19 10:00:00", "2026-05-19 10:00:00"],
    ["1400002", "6917000000000000002", "6917000000000000021", "3500", "未发货", "未发货退款", "售后关闭", "不想要了", "无需退款", "-", "2026-05-18 01:00:00", "-", "2026-05-18 02:00:00"],
    ["1400003", "6917000000000000003", "6917000000000000031", "3500", "0/1已发货", "换货", "待买家退货处理", "不想要了", "-", "-", "2026-05-18 01:00:00", "-", "-"],
]  # fmt: skip


def test_douyin_money_wears_a_yuan_sign_and_where_shipped_goods_are_is_not_told(
    workspace: Workspace,
) -> None:
    loaded(workspace, "售后单-2026-05-18 00_34_04.xlsx", xlsx_of(s=DOUYIN_CASES), "douyin_case")
    assert staged(
        workspace,
        "shop.case",
        "case_id, line_id, asked_type, status, goods_status, refund_amount, refunded_at",
    ) == [
        ("1400001", "6917000000000000011", "refund_only", "refunded", None, "89.5000", "2026-05-19 02:00:00"),
        ("1400002", "6917000000000000021", "refund_only", "closed", None, None, None),
        ("1400003", "6917000000000000031", "exchange", "approved", None, None, None),
    ]  # fmt: skip
    assert unknown_words(workspace) == []
    # the export was made when its name says
    assert workspace.query("select cast(exported_at as varchar), exported_from from raw_file") == [
        ("2026-05-17 16:34:04", "file_name")
    ]


def test_an_export_that_says_there_is_no_data_is_refused_as_empty(workspace: Workspace) -> None:
    path = workspace.put("售后单-2026-05-18 00_34_04.xlsx", xlsx_of(Sheet1=[["暂无数据"]]))
    assert workspace.refusal(path) == (
        "售后单-2026-05-18 00_34_04.xlsx: the export is empty: it says 暂无数据\n"
        "  fix: widen the period and export again"
    )


def test_douyin_small_payments_have_their_own_number(workspace: Workspace) -> None:
    content = csv_of("""
        支付流水号 | 订单编号 | 商品名称 | 打款类型 | 打款金额 | 打款申请人 | 打款申请时间        | 打款到账时间 | 打款状态 | 打款备注
        F1         | 6917     | 杯子     | 补差价   | ¥3.00    | kf1        | 2026-05-20 10:00:00 | -            | 打款中   | -
    """)
    loaded(workspace, "打款.csv", content, "douyin_compensation")
    assert staged(
        workspace, "shop.compensation", "compensation_id, order_id, amount, status, paid_out_at"
    ) == [("F1", "6917", "3.0000", "pending", None)]


# Other platforms


def test_xiaohongshu_amounts_are_found_behind_mixed_brackets(workspace: Workspace) -> None:
    orders = csv_of("""
        订单号 | 订单状态 | 售后状态 | 订单创建时间        | 支付时间            | 商品名称 | SKU规格 | SKU件数 | 商品总价(元) | 商家应收金额(元)（支付金额） | 商家编码
        P1     | 已完成   |          | 2026-05-01 10:00:00 | 2026-05-01 10:01:00 | 杯子     | 黑      | 2       | 40.00        | 38.00                        | A-1
    """)
    cases = csv_of("""
        售后单号 | 订单号 | 商品名称 | 售后类型     | 原因     | 申请售后金额(元) | 退货创建时间        | 商家确认收货时间
        R1       | P1     | 杯子     | 换货         | 质量问题 | 0                | 2026-05-09 10:00:00 | 2026-05-12 10:00:00
        R2       | P1     | 杯子     | 未发货仅退款 | 不想要了 | 38.00            | 2026-05-09 10:00:00 |
    """)
    loaded(workspace, "小红书订单.csv", orders, "xiaohongshu_order")
    loaded(workspace, "小红书售后.csv", cases, "xiaohongshu_case")
    assert staged(workspace, "shop.order_line", "order_id, units, paid_amount, status") == [
        ("P1", "2", "38.0000", "completed")
    ]
    assert staged(workspace, "shop.case", "case_id, asked_type, return_received_at") == [
        ("R1", "exchange", "2026-05-12 02:00:00"),
        ("R2", "refund_only", None),
    ]
    assert unknown_words(workspace) == []


def test_weixin_lines_and_youzan_orders_are_taken(workspace: Workspace) -> None:
    weixin = csv_of("""
        订单号 | 订单状态 | 商品名称 | 商品数量 | 商品价格(单件) | 商品实际价格(总共) | 订单实际支付金额 | 商品已退款金额 | 商品售后 | 商品发货 | 订单下单时间
        W1     | 已发货   | 杯子     | 2        | 20             | 38                 | 38               | 0              |          | 已发货   | 2026-05-01 10:00:00
    """)
    youzan = csv_of("""
        订单号 | 买家付款时间        | 收货人手机号/提货人手机号 | 全部商品名称 | 商品种类数 | 订单实付金额 | 订单状态   | 买家备注 | 商家订单备注
        E1     | 2026-05-01 10:00:00 | 13800000000               | 杯子         | 1          | 38.00        | 商家已发货 |          |
    """)
    loaded(workspace, "视频号.csv", weixin, "weixin_order")
    loaded(workspace, "有赞.csv", youzan, "youzan_order")
    assert staged(workspace, "shop.order_line", "order_id, units, paid_amount, status") == [
        ("W1", "2", "38.0000", "shipped")
    ]
    assert staged(workspace, "shop.order", "order_id, paid_at, paid_amount, status") == [
        ("E1", "2026-05-01 02:00:00", "38.0000", "shipped")
    ]
    assert "13800000000" not in str(workspace.query("select * from raw_shop__order"))


# Agents


def test_a_column_of_days_says_which_days_an_agents_figures_are_about(workspace: Workspace) -> None:
    head = ["日期", "旺旺昵称", "旺旺分组", "有效接待人数", "首次响应时长（秒)", "平均响应时长（秒)", "客户满意率"]  # fmt: skip
    rows = [
        ["2026-03-01", "旗舰店:小美", "售后", 40, 12.5, "35秒", "98.5%"],
        ["2026-03-02", "旗舰店:小美", "售后", 0, "-", "-", "-"],
    ]
    loaded(workspace, "客服绩效.xlsx", xlsx_of(数据信息=[head, *rows]), "sycm_agent_kpi")
    assert staged(
        workspace,
        "desk.agent_kpi",
        "agent, first_on, last_on, receptions, first_response_seconds, average_response_seconds, satisfied_share",
    ) == [
        ("旗舰店:小美", "2026-03-01", "2026-03-01", "40", "12.5", "35.0", "0.985"),
        ("旗舰店:小美", "2026-03-02", "2026-03-02", "0", None, None, None),
    ]


PDD_AGENTS = [
    ["序号", "客服账号", "客服服务分", "咨询人数", "需要人工回复的咨询人数", "3分钟未回复人数", "3分钟人工回复率", "30秒应答率", "平均人工响应时长", "评分≤3订单数", "纠纷退款数", "投诉数"],
    ["总计", "", "", 120, 100, 5, "95%", "80%", "31秒", 2, 1, 0],
    [1, "kf1", 4.8, 70, 60, 3, "95%", "80%", "1分2秒", 1, 1, 0],
    ["", "平均", 4.7, 60, 50, 3, "95%", "80%", "31秒", 1, 1, 0],
    [2, "kf2", 4.6, 50, 40, 2, 0.95, 0.8, 30, 1, 0, 0],
]  # fmt: skip


def test_totals_and_averages_among_pinduoduo_agents_are_no_agents(workspace: Workspace) -> None:
    outcome = loaded(
        workspace,
        "客服_2026-03-02_2026-03-08.xlsx",
        xlsx_of(Sheet0=PDD_AGENTS),
        "pinduoduo_agent_kpi",
    )
    assert (outcome.rows_in, outcome.loaded, outcome.quarantined) == (4, 2, 2)
    assert [reason for _, _, reason in set_aside(workspace)] == ["footer", "footer"]
    assert staged(
        workspace,
        "desk.agent_kpi",
        "agent, first_on, last_on, receptions, average_response_seconds, within_3min_share, low_ratings",
    ) == [
        ("kf1", "2026-03-02", "2026-03-08", "60", "62.0", "0.95", "1"),
        ("kf2", "2026-03-02", "2026-03-08", "40", "30.0", "0.95", "1"),
    ]


def test_pinduoduo_counts_the_whole_shop_in_minutes_from_8_to_23(workspace: Workspace) -> None:
    table = [
        ["日期", "咨询人数", "平均响应时长(分)", "30秒应答率(8-23点)", "3分钟人工回复率(8-23点)"],
        ["2026-03-02", 120, 0.5, "80%", "95%"],
    ]
    loaded(workspace, "a.xlsx", xlsx_of(Sheet0=table), "pinduoduo_shop_kpi")
    assert staged(
        workspace, "desk.agent_kpi", "agent, hours, average_response_seconds, within_30s_share"
    ) == [("全店", "8-23点", "30.0", "0.8")]


def test_agents_of_tmall_jd_douyin_and_chitu_are_read_by_their_own_names(
    workspace: Workspace,
) -> None:
    tmall = [["旺旺账号名称", "平均响应时长", "人工接待会话量", "3分钟人工响应率"], ["旗舰店:小美", "35秒", 40, "99%"]]  # fmt: skip
    rated = [["旺旺账号名称", "满意评价量", "旺旺评价量"], ["旗舰店:小美", 9, 10]]
    jd = [["客服", "技能组", "接待量", "平均响应时长（新）", "30s应答率", "客服3分钟人工回复率", "好评量", "评价量"], ["jd_kf1", "售后", 40, 20, "85%", "99%", 9, 10]]  # fmt: skip
    douyin = [["客服账号", "接待会话量", "工作时间平响时长", "工作时间3分钟回复率", "有效好评数", "有效评价数"], ["dy1", 40, "20秒", "99%", 9, 10]]  # fmt: skip
    chitu = [["客服昵称", "咨询人数", "接待人数", "首次响应(秒)", "平均响应(秒)"], ["旗舰店:小丽", 50, 40, 11, 22]]  # fmt: skip
    outcome = loaded(workspace, "服务体验_20260302.xlsx", xlsx_of(按客服查看=tmall, 旺旺账号咨询接待能力明细=rated), "tmall_agent_kpi")  # fmt: skip
    assert outcome.notes == (
        "sheet '旺旺账号咨询接待能力明细' with 2 rows was not taken: no format claims it",
    )
    loaded(workspace, "咚咚_20260302.xlsx", xlsx_of(整体数据=jd), "jd_agent_kpi")
    loaded(workspace, "飞鸽_20260302.xlsx", xlsx_of(a=douyin), "douyin_agent_kpi")
    loaded(workspace, "赤兔_20260302.xlsx", xlsx_of(a=chitu), "chitu_agent_kpi")
    assert sorted(
        staged(
            workspace,
            "desk.agent_kpi",
            "agent, platform, hours, receptions, average_response_seconds, satisfied",
        )
    ) == [
        ("dy1", "douyin", "工作时间", "40", "20.0", "9"),
        ("jd_kf1", "jd", "", "40", "20.0", "9"),
        ("旗舰店:小丽", "taobao", "", "40", "22.0", None),
        ("旗舰店:小美", "taobao", "", "40", "35.0", None),
    ]


def test_agents_figures_without_any_day_are_refused(workspace: Workspace) -> None:
    path = workspace.put("客服.xlsx", xlsx_of(Sheet0=PDD_AGENTS))
    assert workspace.refusal(path) == (
        "客服.xlsx: it is Pinduoduo, agents, and neither a column nor its name says which days it"
        " is about\n"
        "  fix: put the day, or the first and the last, into its name: …_2026-11-16_2026-11-22…"
    )


# Chats

CHAT = "\r\n".join(
    [
        "小明13 2024-4-14 9:05:03",
        "在吗",
        "杯子碎了，2024-04-10 10:00:00到的",
        "已读",
        "旗舰店:服务助手2024-4-14 9:05:04",
        "您好，正在为您转接",
        "旗舰店:服务助手 --> 旗舰店:小美 2024-4-14 9:05:20",
        "由 服务助手 转交给 小美",
        "原因：【离线留言自动分配】",
        "[旗舰店:小美] 2024-04-14 09:06:00",
        "亲，可以换货",
        "",
        "未读",
        "旗舰店:小美 撤回了一条消息",
        "小明13",
        "2024-4-14 9:07:30",
        "好的",
        "https://item.example.com/x",
        "旗舰店:小美2024-4-14 9:08:00",
        "当前用户来自 商品详情页",
        "",
    ]
)


def test_a_copied_chat_is_cut_at_its_lines_of_nick_and_time(workspace: Workspace) -> None:
    path = workspace.put("千牛聊天.txt", CHAT)
    outcome = workspace.one(path)
    assert (outcome.format, outcome.loaded, outcome.quarantined) == ("qianniu_chat", 6, 0)
    assert outcome.notes == ("3 lines of the window's own were left out",)
    assert staged(workspace, "desk.message", "sent_at, sender_role, body") == [
        ("2024-04-14 01:05:03", "customer", "在吗\n杯子碎了，2024-04-10 10:00:00到的"),
        ("2024-04-14 01:05:04", "bot", "您好，正在为您转接"),
        ("2024-04-14 01:05:20", "system", "由 服务助手 转交给 小美\n原因：【离线留言自动分配】"),
        ("2024-04-14 01:06:00", "agent", "亲，可以换货"),
        ("2024-04-14 01:07:30", "customer", "好的\nhttps://item.example.com/x"),
        ("2024-04-14 01:08:00", "system", "当前用户来自 商品详情页"),
    ]


def test_the_buyer_of_a_copied_chat_has_a_pseudonym_and_the_agent_a_name(
    workspace: Workspace,
) -> None:
    workspace.one(workspace.put("千牛聊天.txt", CHAT))
    found = staged(workspace, "desk.message", "conversation_id, buyer_key, sender_role, sender_key")
    assert len({(chat, buyer) for chat, buyer, _, _ in found}) == 1
    assert {sender for _, _, role, sender in found if role == "agent"} == {"旗舰店:小美"}
    assert "小明" not in str(found)


def test_an_unknown_csv_whose_lines_end_in_a_time_is_no_chat(workspace: Workspace) -> None:
    path = workspace.put("a.csv", "名字,数,何时\n小明,1,2024-04-14 09:05:03\n")
    assert workspace.refusal(path) == (
        "a.csv: no format knows its header\n  fix: describe it once with: aftersales map a.csv"
    )


def test_a_whole_conversation_in_one_cell_is_cut_into_messages(workspace: Workspace) -> None:
    chat = "2024-04-14 09:05:03\n小明: 在吗\n杯子碎了: 怎么办\n\n2024-04-14 09:06:00\n旗舰店:小美: 可以换货"
    content = xlsx_of(聊天记录=[["客户ID", "聊天记录"], ["小明", chat], ["小红", "没有时间"]])
    outcome = loaded(workspace, "聊天记录.xlsx", content, "qianniu_chat_cell")
    assert (outcome.rows_in, outcome.loaded, outcome.quarantined) == (3, 2, 1)
    assert set_aside(workspace) == [(3, None, "no line above it says who wrote it and when")]
    assert staged(workspace, "desk.message", "sent_at, sender_role, body") == [
        ("2024-04-14 01:05:03", "customer", "在吗\n杯子碎了: 怎么办"),
        ("2024-04-14 01:06:00", "agent", "可以换货"),
    ]


def test_one_worksheet_a_customer_makes_one_conversation_each(workspace: Workspace) -> None:
    head = ["时间", "发送人", "内容"]
    content = xlsx_of(
        小明=[head, ["2024-04-14 09:05:03", "小明", "在吗"], ["2024-04-14 09:06:00", "旗舰店:小美", "在的"]],
        小红=[head, ["2024-04-14 09:05:03", "小红", "能换货吗"]],
    )  # fmt: skip
    outcomes = workspace.take(workspace.put("聊天.xlsx", content))
    assert [(o.format, o.loaded) for o in outcomes] == [
        ("qianniu_chat_sheet", 2),
        ("qianniu_chat_sheet", 1),
    ]
    found = staged(workspace, "desk.message", "conversation_id, sender_role, body")
    assert len({chat for chat, _, _ in found}) == 2
    assert sorted((role, body) for _, role, body in found) == [
        ("agent", "在的"),
        ("customer", "在吗"),
        ("customer", "能换货吗"),
    ]


# Reviews


def test_reviews_are_read_with_stars_or_grades_and_what_was_added_later(
    workspace: Workspace,
) -> None:
    crawled = csv_of("""
        评论ID | 用户昵称 | 用户等级 | 评价时间         | SKU | 评分 | 初评内容 | 追评内容 | 追评时间         | 有图片 | 商家回复
        C1     | 小**明   | V3       | 2026/5/3 22:02   | A-1 | 5    | 很好     | 又碎了   | 2026/6/3 8:00    | 是     | 抱歉
        C2     | 小**红   | V1       | 2026/5/4 22:02   | A-1 | 差评 | 碎了     |          |                  | 否     |
    """)
    loaded(workspace, "评价.csv", crawled, "review_sheet")
    assert staged(
        workspace, "shop.review", "review_id, reviewed_at, rating, body, follow_up, followed_up_at"
    ) == [
        ("C1", "2026-05-03 14:02:00", "5.0", "很好", "又碎了", "2026-06-03 00:00:00"),
        ("C2", "2026-05-04 14:02:00", "1.0", "碎了", None, None),
    ]
    assert "小**明" not in str(workspace.query("select * from raw_shop__review"))


def test_a_review_copied_from_a_page_keeps_its_time_in_its_text(workspace: Workspace) -> None:
    content = csv_of("""
        评价内容                                | 星级 | 规格
        碎了 初次评价：2026-07-13 20:13 颜色：黑 | 1星  | 黑
    """)
    loaded(workspace, "天猫评价.csv", content, "review_sheet")
    assert staged(workspace, "shop.review", "reviewed_at, rating, variant") == [
        ("2026-07-13 12:13:00", "1.0", "黑")
    ]


# What is not taken, and words nobody knows

SETTLEMENT = (
    "it is a settlement or money flow: it lists money movements, not orders or after-sales cases;"
    " counted as orders it would double sales\n"
    "  fix: export instead: the order report, the item report or the refund export"
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "#店铺,x\n#起始日期,x\n#终止日期,x\n商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述\n1,2026-03-01,1,0,x,,\n",
            SETTLEMENT,
        ),
        ("商家昵称,入帐日期,入帐时间,支付流水号,主订单id,子订单id,收入金额(元)\n", SETTLEMENT),
        ("动账时间,动帐流水号,动账方向,动账金额,子订单号,订单号,售后编号\n", SETTLEMENT),
        ("订单编号,订单状态,订单下单时间,费用名称,应结金额,收支方向,到账时间\n", SETTLEMENT),
        ("结算时间,订单号,子订单号,结算金额,结算账户\n, , ,收入+支出,\n", SETTLEMENT),
        (
            "名称：推广\n日期,曝光量,点击量,花费(元)\n",
            "it is a advertising report: it says what advertising cost, and lists neither orders"
            " nor after-sales cases\n"
            "  fix: export instead: the order export or the after-sales export",
        ),
        (
            "全部退款阶段-退款订单数,发货前退款阶段-退款金额\n1,2\n",
            "it is a summary of refunds by day: it holds sums by day and stage, from which no case,"
            " no exchange and no duration can be told\n"
            "  fix: export instead: the after-sales export of the after-sales desk",
        ),
        (
            "出库单编号,原始单号,数量\n",
            "it is a list of parcels from a warehouse: it lists parcels of a warehouse, not what"
            " buyers ordered or sent back\n"
            "  fix: export instead: the platform's own order export and after-sales export",
        ),
    ],
)
def test_money_flows_and_sums_are_refused_with_what_to_export_instead(
    workspace: Workspace, content: str, message: str
) -> None:
    assert workspace.refusal(workspace.put("a.csv", content)) == f"a.csv: {message}"


def test_a_status_nobody_knows_is_kept_and_counted(workspace: Workspace) -> None:
    content = csv_of(f"""
        {DOUYIN_HEAD}
        1 | 11 | 杯子 | 黑 | 1 | A-1 | 3500 | 59.90 | a | b | c | 2026-05-01 10:00:00 | 2026-05-01 10:01:00 | 火星状态 | -
        2 | 21 | 杯子 | 黑 | 1 | A-1 | 3500 | 59.90 | a | b | c | 2026-05-01 10:00:00 | 2026-05-01 10:01:00 | 火星状态 | -
    """)
    loaded(workspace, "a.csv", content, "douyin_order")
    assert staged(workspace, "shop.order_line", "status, status_word") == [
        (None, "火星状态"),
        (None, "火星状态"),
    ]
    assert unknown_words(workspace) == [("status", "火星状态", 2)]


@pytest.mark.parametrize(
    ("form", "column", "vocabulary", "meant"),
    [
        ("taobao_order", "status", "order_status", "等待买家付款=unpaid 买家已付款,等待卖家发货=paid 卖家已发货，等待买家确认=shipped 交易成功=completed 交易关闭=closed"),
        ("taobao_refund_current", "asked_type", "case_type", "仅退款=refund_only 退货退款=return_refund 换货=exchange 补寄=reship 维修=repair 退运费=refund_only"),
        ("taobao_refund_current", "goods_status", "goods_status", "未发货=not_shipped 未收到货=not_received 已收到货=received 已寄回=sent_back"),
        ("jd_order", "status", "order_status", "待付款=unpaid 等待付款=unpaid 等待出库=paid 正在出库=paid 等待确认收货=shipped 完成=completed 已取消=cancelled 关闭=closed (删除)完成=cancelled (锁定)等待出库=paid"),
        ("jd_case", "asked_type", "case_type", "退货=return_refund 换货=exchange 维修=repair 大家电安装=other 上门维修=repair 补发商品=reship 优鲜赔=refund_only 试用收回=other 仅退款=refund_only"),
        ("jd_case", "done_type", "case_type", "上门换新=exchange 主站换新=exchange 退款不退货=refund_only 直赔余额=other 厂商大家电上门维修=repair 厂商大家电安装=other 3C上门维修=repair 原返=other 维修完成=repair"),
        ("jd_case", "status", "case_status", "待审核=applied 待客户反馈=applied 审核关闭=closed 待收货=approved 待处理=returned 待用户确认=reshipped 完成=completed 取消=withdrawn 原返取消，待处理=returned"),
        ("pinduoduo_order", "status", "order_status", "待支付=unpaid 待发货=paid 已发货，待收货=shipped 已收货=completed 已取消=cancelled 已取消，退款成功=closed 已发货，退款成功=shipped"),
        ("pinduoduo_case", "status", "case_status", "退款成功=refunded 已撤销=withdrawn 售后单失败=closed"),
        ("douyin_case", "asked_type", "case_type", "退货退款=return_refund 已发货退款=refund_only 未发货退款=refund_only 换货=exchange 价保=price_protection 补寄=reship 系统取消=other"),
        ("douyin_case", "status", "case_status", "待商家处理=applied 待买家退货=approved 待商家收货=returned 换货商家发货=reshipped 拒绝售后申请=rejected 同意退款，退款成功=refunded 售后关闭=closed 取消成功=withdrawn"),
        ("xiaohongshu_case", "status", "case_status", "待审核=applied 待用户寄回=approved 待商家收货=returned 商家审核拒绝=rejected 换货待商家发货=returned 换货待用户确认收货=reshipped 已完成=completed 已取消=withdrawn"),
    ],
)  # fmt: skip
def test_a_platforms_words_have_our_terms(
    rules: tuple[object, Formats], form: str, column: str, vocabulary: str, meant: str
) -> None:
    words = dict(pair.split("=") for pair in meant.split())
    assert {word: rules[1].term(form, column, vocabulary, word) for word in words} == words


def test_a_result_that_is_none_yet_has_no_term(rules: tuple[object, Formats]) -> None:
    assert rules[1].term("jd_case", "done_type", "case_type", "初始化") is None


def test_a_column_of_times_is_no_copied_chat(workspace: Workspace) -> None:
    times = "".join(f"2026-03-01 10:0{minute}:00\r\n" for minute in range(5))
    path = workspace.put("times.txt", "time\r\n" + times)
    assert [claim.format for claim in explain(path, workspace.formats) if claim.claims] == []


def test_a_copied_chat_needs_no_mapping(workspace: Workspace) -> None:
    path = workspace.put("chat.txt", "买家甲 2026-3-1 10:00:00\r\n在吗\r\n")
    with pytest.raises(DataError) as refused:
        scaffold(path, workspace.contracts, workspace.formats)
    assert str(refused.value).startswith("chat.txt: it needs no mapping: it is ")
    assert "(qianniu_chat)" in str(refused.value)
