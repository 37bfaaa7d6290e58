"""What the reasons in the platforms' lists are about."""

from __future__ import annotations

from datetime import datetime

import pytest

from aftersales import contracts, formats, reasons, settings
from aftersales.contracts import raw_name
from aftersales.errors import ConfigError
from aftersales.settings import packaged
from aftersales.warehouse import references
from aftersales.warehouse.connection import rows

AS_OF = datetime(2026, 3, 31, 16)
KNOWN = reasons.load((packaged("sql"),))


@pytest.mark.parametrize(
    ("platform", "word", "family"),
    [
        ("taobao", "质量问题", "quality"),
        ("taobao", "包装/商品破损/变形/污渍", "quality"),
        ("taobao", "功能/效果不符", "quality"),
        ("taobao", "大小/尺寸与商品描述不符", "not_as_described"),
        ("taobao", "快递/物流一直未送到", "logistics"),
        ("taobao", "货物破损已拒签", "logistics"),
        ("taobao", "少件/漏发", "wrong_or_missing"),
        ("taobao", "7天无理由退换货", "no_reason"),
        ("taobao", "退运费", "price"),
        ("taobao", "其他", "other"),
        ("amazon", "DEFECTIVE", "quality"),
        ("amazon", "DAMAGED_BY_CARRIER", "logistics"),
        ("amazon", "APPAREL_TOO_SMALL", "no_reason"),
        ("shopify", "SIZE_TOO_SMALL", "no_reason"),
        ("shopify", "WRONG_ITEM", "wrong_or_missing"),
        ("ebay", "ARRIVED_DAMAGED", "quality"),
    ],
)
def test_a_word_of_a_platforms_list_has_its_family(platform, word, family):
    assert KNOWN.family(platform, word) == family


def test_case_width_and_blanks_do_not_tell_reasons_apart():
    assert KNOWN.family("taobao", " 大小／尺寸 与商品描述不符") == "not_as_described"
    assert KNOWN.family("amazon", "defective") == "quality"


def test_a_word_in_no_list_goes_by_what_it_contains_and_the_carrier_before_the_damage():
    assert KNOWN.family("douyin", "收到后发现衣服开线了") == "quality"
    assert KNOWN.family("douyin", "快递破损了，外箱烂了") == "logistics"
    assert KNOWN.family("other", "Damaged in transit") == "logistics"


def test_a_word_nobody_knows_has_no_family():
    assert KNOWN.family("taobao", "天气原因") is None


def test_a_list_of_one_platform_says_nothing_of_another():
    assert KNOWN.family("amazon", "COLOR") is None
    assert KNOWN.family("shopify", "COLOR") == "no_reason"


def test_a_workspace_is_asked_first_and_may_have_families_of_its_own(tmp_path):
    (tmp_path / "reasons.yml").write_text(
        "families: {safety: it can hurt somebody}\n"
        "words: {taobao: {safety: [质量问题]}}\n"
        "contains: {'*': [{has: [漏电], family: safety}]}\n"
    )
    found = reasons.load((packaged("sql"), tmp_path))
    assert found.family("taobao", "质量问题") == "safety"
    assert found.family("jd", "质量问题：漏电") == "safety"
    assert found.family("jd", "质量问题") == "quality"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("words: {taobao: {speed: [慢]}}", "'speed' is no family"),
        ("contains: {taobao: [{has: [慢], family: speed}]}", "'speed' is no family"),
        (
            "families: {a: x, b: y}\nwords: {taobao: {a: [慢], b: [慢]}}",
            "'慢' of taobao is in two families",
        ),
        ("famlies: {}", "'famlies': Extra inputs are not permitted"),
    ],
)
def test_a_file_that_cannot_be_meant_so_is_refused(tmp_path, text, said):
    path = tmp_path / "reasons.yml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        reasons.load((packaged("sql"), tmp_path))
    assert str(refused.value).startswith(f"{path}: {said}")


def test_every_delivered_reason_is_laid_once_with_its_family_or_none(warehouse, tmp_path):
    layers = (packaged("sql"),)
    promised = contracts.load(layers)
    settings.init(tmp_path)
    loaded = settings.load(tmp_path)
    file = "file_id, sha256, file_name, format, table_name, shop_id, rows_in, rows_loaded"
    case, line = raw_name("shop.case"), raw_name("shop.case_line")
    warehouse.execute("begin transaction")
    try:
        for name, table in (("f", "shop.case"), ("g", "shop.case_line")):
            warehouse.execute(
                f"insert into raw_file ({file}) values (?, ?, ?, 'taobao_refund', ?, 's', 1, 1)",
                [name, name, name, table],
            )
        warehouse.execute(
            f"insert into {case} (_file_id, _record, reason, sub_reason) values"
            " ('f', 1, ' 质量问题 ', '天气原因'), ('f', 2, '质量问题', ''), ('f', 3, ' ', null)"
        )
        warehouse.execute(f"insert into {line} (_file_id, _record, reason) values ('g', 1, '其他')")
        references.lay(warehouse, loaded, promised, formats.load(layers, promised), as_of=AS_OF)
        found = rows(warehouse, "select platform, reason, family from ref_reason order by reason")
    finally:
        warehouse.execute("rollback")
    assert found == [
        ("taobao", "其他", "other"),
        ("taobao", "天气原因", None),
        ("taobao", "质量问题", "quality"),
    ]


def test_a_case_goes_by_its_reason_and_by_the_finer_one_where_that_says_nothing(story):
    story.given(
        ref_reason="""
            platform | reason   | family
            t        | broken   | quality
            t        | else     | other
            t        | too late | logistics
            t        | odd      |
            u        | broken   | price
        """,
        stg_shop__case="""
            platform | shop_id | case_id  | asked_type | reason | sub_reason
            t        | s       | plain    | exchange   | broken | too late
            t        | s       | finer    | exchange   | else   | too late
            t        | s       | no_finer | exchange   | else   | odd
            t        | s       | unknown  | exchange   | odd    |
            t        | s       | only     | exchange   |        | too late
            t        | s       | none     | exchange   |        |
            u        | s       | other    | exchange   | broken |
        """,
    ).expect(
        "fct_case",
        """
        platform | case_id  | reason_family
        t        | plain    | quality
        t        | finer    | logistics
        t        | no_finer | other
        t        | unknown  |
        t        | only     | logistics
        t        | none     |
        u        | other    | price
    """,
    )
