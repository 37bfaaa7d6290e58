"""The sample is read back plainly, by csv and openpyxl alone, and held against its truth."""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from aftersales import contracts, formats, sample
from aftersales.errors import ConfigError
from aftersales.sample.catalogue import catalogue
from aftersales.settings import packaged

pytestmark = pytest.mark.slow  # writes and reads whole worlds


UNTIL = date(2026, 11, 22)
END = "2026-11-22 23:59:59"
BULK = catalogue().told["bulk_says"]
TRACKED = Path(__file__).parents[2] / "data" / "sample"
Row = dict[str, str]

# The platforms' own headers, typed here once more on purpose.
LEGACY_41 = (
    "订单编号|买家会员名|买家支付宝账号|买家应付货款|买家应付邮费|买家支付积分|总金额|返点积分"
    "|买家实际支付金额|买家实际支付积分|订单状态|买家留言|收货人姓名|收货地址 |运送方式|联系电话 "
    "|联系手机|订单创建时间|订单付款时间 |宝贝标题 |宝贝种类 |物流单号 |物流公司|订单备注"
    "|宝贝总数量|店铺Id|店铺名称|订单关闭原因|卖家服务费|买家服务费|发票抬头|是否手机订单"
    "|分阶段订单信息|特权订金订单id|定金排名|修改后的sku|修改后的收货地址|异常信息|天猫卡券抵扣"
    "|集分宝抵扣|是否是O2O交易"
)
REFUND_39 = (
    "退款编号|订单编号|支付宝交易号|订单付款时间|商品编码|退款完结时间|买家会员名称"
    "|买家实际支付金额|宝贝标题|买家退款金额|手工退款/系统退款|是否需要退货|退款的申请时间|超时时间"
    "|退款状态|货物状态|退货物流信息|发货物流信息|客服介入状态|卖家真实姓名|卖家退货地址|卖家邮编"
    "|卖家电话|卖家手机|退货物流单号|退货物流公司|买家退款原因|买家退款说明|买家退货时间|责任方"
    "|售中或售后|商家备注|完结时间|部分退款/全部退款|审核操作人|举证超时|是否零秒响应|退款操作人"
    "|退款原因标签"
)
ITEM_11 = (
    "订单编号|标题|价格|购买数量|外部系统编号|商品属性|套餐信息|备注|订单状态|商家编码|创建时间"
)
CHOSEN_11 = (
    "订单编号|买家实付金额|订单状态|订单创建时间|订单付款时间|收货地址|物流公司|店铺名称|发货时间"
    "|确认收货时间|退款金额"
)


def read(path: Path) -> tuple[list[str], list[Row]]:
    """Header and rows of an export, every cell as text."""
    if path.suffix == ".xlsx":
        table = [
            ["" if cell is None else str(cell) for cell in row]
            for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        ]
    else:
        table = list(csv.reader(io.StringIO(text(path.read_bytes()), newline=""), strict=True))
    header = table[0]
    return header, [dict(zip(header, row, strict=True)) for row in table[1:]]


def text(content: bytes) -> str:
    """Exports are either of the two, and GB18030 Chinese is never valid UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def the(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))


def newest_orders(shop: Path) -> dict[str, Row]:
    """Orders by id over all exports of a shop; a later export wins."""
    orders: dict[str, Row] = {}
    for path in [*the(shop, "ExportOrderList*"), *the(shop, "订单报表*")]:
        orders |= {row["订单编号"].strip('="'): row for row in read(path)[1]}
    return orders


def taobao(truth: dict) -> list[str]:
    """The shops whose exports are read here."""
    return [shop for shop, facts in truth["shops"].items() if facts["platform"] == "taobao"]


def of_taobao(truth: dict, fact: str) -> list[dict]:
    """What the truth says of those shops."""
    return [planted for planted in truth[fact] if planted["shop"] in taobao(truth)]


def newest_cases(shop: Path) -> list[Row]:
    """Cases over all refund exports of a shop; a later export wins."""
    cases: dict[str, Row] = {}
    for path in the(shop, "退款售后*"):
        cases |= {row["退款编号"]: row for row in read(path)[1]}
    return list(cases.values())


def is_paid(order: Row) -> bool:
    return bool(order.get("订单付款时间", order.get("订单付款时间 ")))


@pytest.fixture(scope="module", params=["fresh", "tracked"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "tracked":
        return TRACKED
    out = tmp_path_factory.mktemp("sample")
    sample.write(out, orders=3_000, seed=5, months=4, until=UNTIL)
    return out


@pytest.fixture(scope="module")
def truth(made: Path) -> dict:
    return json.loads((made / "_truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows(made: Path) -> dict[str, list[Row]]:
    return {
        path.relative_to(made).as_posix(): read(path)[1]
        for path in sorted(made.rglob("*"))
        if path.suffix in {".csv", ".xlsx"}
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        sample.write(tmp_path / name, orders=300, seed=1, months=2, until=UNTIL)
    one, two = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    assert {path.parts[0] for path in one} == {"_truth.json", "flagship", "outlet", "us"}


def test_another_seed_gives_other_orders(tmp_path: Path) -> None:
    for seed in (1, 2):
        sample.write(tmp_path / str(seed), orders=50, seed=seed, months=1, until=UNTIL)
    first, second = (newest_orders(tmp_path / seed / "flagship") for seed in "12")
    assert not first.keys() & second.keys()


def test_progress_ends_with_all_orders(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    sample.write(
        tmp_path,
        orders=100,
        seed=1,
        months=1,
        until=UNTIL,
        on_progress=lambda done, of: seen.append((done, of)),
    )
    assert seen[-1] == (100, 100)


def test_the_smallest_sample_can_be_written(tmp_path: Path) -> None:
    assert sample.write(tmp_path, orders=3, seed=1, months=1, until=UNTIL).orders == 3


def test_an_empty_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        sample.write(tmp_path, orders=0, seed=1, months=1, until=UNTIL)
    assert str(refused.value) == (
        "there would be nothing in the sample\n  fix: ask for at least 3 orders and one month"
    )


@pytest.mark.parametrize(
    ("pattern", "header"),
    [
        ("flagship/ExportOrderList*", f"{LEGACY_41}|确认收货时间|退款金额"),
        ("outlet/订单报表*", CHOSEN_11),
        ("*/ExportOrderDetailList*", ITEM_11),
        ("*/退款售后*", REFUND_39),
    ],
)
def test_every_header_is_the_platforms_own(made: Path, pattern: str, header: str) -> None:
    files = the(made, pattern)
    assert files
    assert {"|".join(read(path)[0]) for path in files} == {header}


def test_legacy_csv_keeps_ids_from_excel(made: Path) -> None:
    for path in the(made, "flagship/ExportOrder*.csv"):
        for line in path.read_bytes().split(b"\r\n")[1:-1]:
            assert re.match(rb'"=""\d{19}""",', line), line


def test_workbook_ids_are_nineteen_digits_of_text(made: Path) -> None:
    for path in [*the(made, "*/订单报表*.xlsx"), *the(made, "*/退款售后*.xlsx")]:
        sheet = openpyxl.load_workbook(path).worksheets[0]
        for (cell,) in sheet.iter_rows(min_row=2, max_col=1):
            assert cell.data_type == "s"
            assert len(cell.value) == 19
            assert int(float(cell.value)) != int(cell.value)  # a float would lose it


def test_truth_names_every_file_with_its_rows(truth: dict, rows: dict[str, list[Row]]) -> None:
    assert truth["files"] == {name: len(table) for name, table in rows.items()}


def test_orders_and_statuses_are_as_planted(made: Path, truth: dict) -> None:
    counted = truth["order_statuses"].values()
    assert sum(sum(statuses.values()) for statuses in counted) == truth["orders"]
    for shop in taobao(truth):
        listed = newest_orders(made / shop)
        assert Counter(row["订单状态"] for row in listed.values()) == Counter(
            truth["order_statuses"][shop]
        )


def test_a_newer_export_says_the_same_order_again_with_later_status(made: Path) -> None:
    older, newer = (
        {row["订单编号"]: row for row in read(path)[1]}
        for path in the(made / "flagship", "ExportOrderList*")
    )
    both = older.keys() & newer.keys()
    assert both
    assert newer.keys() - older.keys()
    assert any(older[order]["订单状态"] != newer[order]["订单状态"] for order in both)
    for order in older.keys() - both:  # nothing older can still move
        assert older[order]["订单状态"] in {"交易成功", "交易关闭"}


def test_cases_are_as_planted(made: Path, truth: dict) -> None:
    for shop in taobao(truth):
        cases = newest_cases(made / shop)
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        open_cases: Counter[str] = Counter()
        for case in cases:
            counted[case["是否需要退货"]][case["退款状态"]] += 1
            open_cases[case["是否需要退货"]] += not case["完结时间"]
        assert counted == {kind: words for kind, words in truth["cases"][shop].items() if words}
        assert open_cases == Counter(truth["open_cases"][shop])
        for case in cases:
            if case["是否需要退货"] in {"换货", "补寄", "维修"}:
                assert case["买家退款金额"] == "0.00"


def test_exchanges_by_product_are_as_planted(
    made: Path, truth: dict, rows: dict[str, list[Row]]
) -> None:
    batch_from = next(e["since"] for e in truth["events"] if e["name"] == "bad_batch")
    found: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for shop in taobao(truth):
        orders = newest_orders(made / shop)
        exchanged: dict[tuple[str, str], bool] = defaultdict(bool)
        for case in newest_cases(made / shop):
            if case["是否需要退货"] == "换货":
                # A line can be exchanged twice.
                exchanged[case["订单编号"], case["商品编码"]] |= case["商家备注"] == "已换出新货"
        (items,) = the(made / shop, "ExportOrderDetailList*")
        for line in rows[items.relative_to(made).as_posix()]:
            order, sku = line["订单编号"].strip('="'), line["商家编码"]
            if not is_paid(orders[order]):
                continue
            is_bad = sku == "QY-KT-01" and line["创建时间"] >= batch_from
            counts = found[shop, sku, "bad" if is_bad else "usual"]
            counts["paid_orders"] += 1
            counts["paid_units"] += int(line["购买数量"])
            if (order, sku) in exchanged:
                counts["exchange_orders"] += 1
                counts["exchange_units"] += int(line["购买数量"])
                counts["exchange_orders_swapped"] += exchanged[order, sku]
    for planted in of_taobao(truth, "exchanges"):
        counts = found[planted["shop"], planted["sku"], planted["batch"]]
        assert {name: planted[name] for name in counts} == counts


def test_first_answers_by_shift_are_as_planted(
    made: Path, truth: dict, rows: dict[str, list[Row]]
) -> None:
    waits: dict[tuple[str, str, str], list[float | None]] = defaultdict(list)
    for shop in taobao(truth):
        (path,) = the(made / shop, "chat_messages*")
        chats: dict[str, list[Row]] = defaultdict(list)
        for message in rows[path.relative_to(made).as_posix()]:
            chats[message["conversation_id"]].append(message)
        for chat in chats.values():
            asked = next(m["sent_at"] for m in chat if m["role"] == "customer")
            replied = next((m["sent_at"] for m in chat if is_answer(m)), None)
            hour = int(asked[11:13])
            shift = "night" if hour < 9 else "day" if hour < 18 else "evening"
            waits[shop, shift, week_of(truth, shop, shift, asked[:10])].append(
                replied and seconds(asked, replied)
            )
    for planted in of_taobao(truth, "responses"):
        all_of = waits[planted["shop"], planted["shift"], planted["week"]]
        answered = [wait for wait in all_of if wait is not None]
        assert planted["conversations"] == len(all_of)
        assert planted["answered"] == len(answered)
        assert planted["answered_within_3min"] == sum(wait <= 180 for wait in answered)
        median = statistics.median(answered) if answered else None
        assert planted["realised_median_seconds"] == median


def week_of(truth: dict, shop: str, shift: str, day: str) -> str:
    """What a question of this shift and day was planted to meet."""
    slow, nights = (
        next(event for event in truth["events"] if event["name"] == name)
        for name in ("slow_week", "slow_nights")
    )
    if slow["since"] <= day <= slow["until"]:
        return "slow"
    met = shop in nights["shops"] and nights["since"] <= day <= nights["until"]
    return "slow_nights" if met and shift == "night" else "usual"


def is_answer(message: Row) -> bool:
    """What was taken back, or sent to everybody, answers nobody."""
    is_none = message["text"].endswith("撤回了一条消息") or message["text"] == BULK
    return message["role"] == "agent" and not is_none


def seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def test_nothing_after_until_has_happened(truth: dict, rows: dict[str, list[Row]]) -> None:
    end = f"{truth['until']} 23:59:59"
    for name, table in rows.items():
        for row in table:
            for column, cell in row.items():
                is_time = column.strip().endswith("时间") or column.endswith("_at")
                assert not is_time or column == "超时时间" or cell <= end, (name, column, cell)


def test_case_stages_follow_one_another(rows: dict[str, list[Row]]) -> None:
    for name, table in rows.items():
        if "退款售后" not in name:
            continue
        for case in table:
            stages = ["订单付款时间", "退款的申请时间", "买家退货时间", "完结时间"]
            times = [case[stage] for stage in stages if case[stage]]
            assert times == sorted(times)


def test_chats_and_tickets_are_tied_to_orders_and_cases(
    made: Path, truth: dict, rows: dict[str, list[Row]]
) -> None:
    for shop in taobao(truth):
        orders = newest_orders(made / shop).keys()
        cases = {case["退款编号"] for case in newest_cases(made / shop)}
        (chat,) = the(made / shop, "chat_messages*")
        messages = rows[chat.relative_to(made).as_posix()]
        # A buyer may ask before the order is placed or the case opened, just before the end.
        assert {m["order_id"] for m in messages if m["sent_at"][:10] < truth["until"]} <= {
            "",
            *orders,
        }
        stated = {m["case_id"] for m in messages if m["sent_at"][:10] < truth["until"]} - {""}
        assert stated <= cases
        assert len({m["conversation_id"] for m in messages}) == pytest.approx(
            0.35 * len(orders), rel=0.1
        )


def test_every_format_and_word_is_known(made: Path) -> None:
    layers = (packaged("sql"),)
    promised = contracts.load(layers)
    known = formats.load(layers, promised)
    for path in made.rglob("*"):
        if path.suffix not in {".csv", ".xlsx"}:
            continue
        header, table = read(path)
        names = {formats.comparable(name) for name in header}
        claimed = [form for form in known.by_name.values() if claims(form, names)]
        assert len(claimed) == 1, path.name
        (form,) = claimed
        assert form.table is not None
        for column, facts in promised.table(form.table).columns.items():
            source = form.columns.get(column)
            named = next((n for n in header if source and n.strip() in source.names), None)
            if facts.vocabulary and named:
                for word in {row[named] for row in table} - {""}:
                    assert known.term(form.name, column, facts.vocabulary, word), (named, word)


def claims(form: formats.Format, names: set[str]) -> bool:
    required = form.header.requires  # text without a header has none
    return (
        bool(required)
        and all(any(formats.comparable(name) in names for name in choice) for choice in required)
        and not any(formats.comparable(name) in names for name in form.header.refuses)
    )


def test_personal_data_is_made_of_canaries(made: Path, truth: dict) -> None:
    (path,) = the(made / "flagship", f"ExportOrderList{date_stamp(truth)}*")
    for row in read(path)[1]:
        for column in ("买家会员名", "买家支付宝账号", "收货人姓名", "收货地址 ", "联系手机"):
            assert any(canary in row[column] for canary in truth["canaries"]), row[column]


def date_stamp(truth: dict) -> str:
    day = date.fromisoformat(truth["until"])
    return f"{date.fromordinal(day.toordinal() + 1):%Y%m%d}"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> sample.Truth:
    out = tmp_path_factory.mktemp("many")
    return sample.write(out, orders=30_000, seed=3, months=4, until=UNTIL)


def test_a_bad_batch_is_exchanged_four_times_as_often(many: sample.Truth) -> None:
    kettle = [planted for planted in many.exchanges if planted.sku == "QY-KT-01"]
    share = {
        batch: sum(k.exchange_orders_ever for k in kettle if k.batch == batch)
        / sum(k.paid_orders for k in kettle if k.batch == batch)
        for batch in ("usual", "bad")
    }
    assert share["usual"] == pytest.approx(0.02, abs=0.01)
    assert share["bad"] == pytest.approx(0.08, abs=0.025)


def test_answers_take_three_times_as_long_in_the_slow_week(many: sample.Truth) -> None:
    median = {(r.shop, r.shift, r.week): r.realised_median_seconds for r in many.responses}
    usual, slow = median["flagship", "day", "usual"], median["flagship", "day", "slow"]
    assert usual == pytest.approx(32, rel=0.1)
    assert slow == pytest.approx(3 * 32, rel=0.25)
    assert median["flagship", "night", "usual"] == pytest.approx(540, rel=0.15)


def test_only_questions_of_the_night_wait_longer_where_the_night_shift_is_short(
    many: sample.Truth,
) -> None:
    rows = {(r.shop, r.shift, r.week): r for r in many.responses}
    assert [key for key in rows if key[2] == "slow_nights"] == [
        ("flagship", "night", "slow_nights")
    ]
    night = rows["flagship", "night", "slow_nights"]
    assert night.conversations > 20
    assert night.median_seconds == 6 * 540
    assert night.realised_median_seconds == pytest.approx(6 * 540, rel=0.5)
    # as many as ever are never answered
    assert night.missed_share == rows["flagship", "night", "usual"].missed_share


def test_double_11_has_six_times_the_orders(tmp_path: Path) -> None:
    sample.write(tmp_path, orders=4_000, seed=3, months=2, until=UNTIL)
    column = "订单创建时间"
    days = Counter(row[column][:10] for row in newest_orders(tmp_path / "flagship").values())
    usual = statistics.median(days.values())
    assert 5 <= days["2026-11-11"] / usual <= 7
