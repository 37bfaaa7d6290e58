"""What customers began to say, and that an ordinary week says nothing new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest

from aftersales.complaints import model as models
from aftersales.complaints import taxonomy as taxonomies
from aftersales.complaints import topics
from aftersales.complaints.model import Model
from aftersales.complaints.taxonomy import Taxonomy
from aftersales.complaints.topics import Told, Topic
from aftersales.settings import packaged

WEEK = date(2026, 11, 16)
# Said often, less often, seldom: as words are.
SAID = [
    "质量很差",
    "客服不理人",
    "物流太慢",
    "包装破了",
    "少发一件",
    "颜色不对",
    "屏幕有划痕",
    "充电发烫",
    "说好三天到",
    "还没处理",
    "味道难闻",
    "尺码偏小",
    "态度恶劣",
    "退款不到账",
    "拉链坏了",
    "线头很多",
    "掉色严重",
    "声音太大",
    "漏水",
    "缺配件",
    "发错货",
    "快递扔门口",
    "电话打不通",
    "不给换货",
    "运费谁出",
    "赠品没有",
    "发票不开",
    "安装师傅没来",
    "维修三次",
    "降价不补差",
]
AROUND = [
    "唉",
    "真的",
    "失望",
    "买了两次",
    "第一次买",
    "等了好久",
    "给个说法",
    "不想再说",
    "这个价",
    "家里老人用",
    "孩子用",
    "送人的",
]


@pytest.fixture(scope="module")
def model() -> Model:
    return models.load((packaged("sql"),), taxonomies.FOLDER)


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return taxonomies.load((packaged("sql"),))


def ordinary(seed: int, texts: int = 300, weeks: int = 9) -> Iterator[Told]:
    """So many texts a week of which none says anything that was not said before."""
    generator = np.random.default_rng(seed)
    often = 1 / np.arange(1, len(SAID) + 1)
    for back in range(weeks):
        for number in range(texts):
            said = generator.choice(SAID, 2, replace=False, p=often / often.sum())
            around = generator.choice(AROUND, 3, replace=False)
            body = ",".join(generator.permutation([*said, *around]))
            customer = f"{back}-{number}"
            yield Told(body, WEEK - timedelta(weeks=back), customer, bool(generator.random() < 0.7))


def planted(body: str, count: int, *, week: date = WEEK, customers: int = 1000) -> list[Told]:
    """The same complaint, each time in other words around it."""
    generator = np.random.default_rng(0)
    return [
        Told(
            f"{generator.choice(AROUND)},{body},{generator.choice(SAID)}{number}",
            week,
            f"planted {number % customers}",
            False,
        )
        for number in range(count)
    ]


def found(told: list[Told], model: Model, taxonomy: Taxonomy) -> list[Topic]:
    return topics.find(told, WEEK, model, taxonomy)


@pytest.mark.parametrize(
    "body",
    [
        "主播带货造假大家一起抵制",  # a boycott
        "表带戴一周起红疹",  # a defect no phrase knows
        "the hinge squeaks like a ghost",
    ],
)
def test_what_a_dozen_customers_begin_to_say_comes_first(
    body: str, model: Model, taxonomy: Taxonomy
) -> None:
    first, *_ = found([*ordinary(1), *planted(body, 12)], model, taxonomy)
    assert first.title in body
    assert first.texts == 12
    assert first.before == 0
    assert first.clauses == (body,)


def test_what_is_said_as_one_is_one_topic(model: Model, taxonomy: Taxonomy) -> None:
    told = [*ordinary(1), *planted("表带戴一周起红疹", 12)]
    assert len(found(told, model, taxonomy)) == 1


def test_two_new_complaints_are_two_topics(model: Model, taxonomy: Taxonomy) -> None:
    two = [*planted("表带戴一周起红疹", 12), *planted("大家一起抵制这家店", 20)]
    told = [*ordinary(1), *two]
    titles = [topic.title for topic in found(told, model, taxonomy)]
    assert len(titles) == 2


def test_the_phrase_suggested_finds_the_topic_and_nothing_else(
    model: Model, taxonomy: Taxonomy
) -> None:
    (topic,) = found([*ordinary(1), *planted("表带戴一周起红疹", 12)], model, taxonomy)
    assert (topic.pattern_hits, topic.pattern_others) == (12, 0)


def test_an_ordinary_week_says_nothing_new_nineteen_times_in_twenty(
    model: Model, taxonomy: Taxonomy
) -> None:
    loud = [seed for seed in range(20) if found(list(ordinary(seed)), model, taxonomy)]
    assert len(loud) <= 1


def test_what_was_said_as_much_before_is_not_new(model: Model, taxonomy: Taxonomy) -> None:
    always = [
        told
        for back in range(9)
        for told in planted("表带戴一周起红疹", 12, week=WEEK - timedelta(weeks=back))
    ]
    assert found([*ordinary(1), *always], model, taxonomy) == []


def test_one_loud_customer_is_no_topic(model: Model, taxonomy: Taxonomy) -> None:
    told = [*ordinary(1), *planted("表带戴一周起红疹", 12, customers=1)]
    assert found(told, model, taxonomy) == []


def test_one_text_sent_a_hundred_times_is_one_text(model: Model, taxonomy: Taxonomy) -> None:
    copies = [Told("表带戴一周起红疹", WEEK, f"c{number}", False) for number in range(100)]
    assert found([*ordinary(1), *copies], model, taxonomy) == []


def test_a_complaint_a_category_knows_is_not_new_when_it_swells(
    model: Model, taxonomy: Taxonomy
) -> None:
    known = [
        Told(each.body, each.week, each.customer, is_classified=True)
        for each in planted("表带戴一周起红疹", 30)
    ]
    assert found([*ordinary(1), *known], model, taxonomy) == []


@pytest.mark.parametrize("weeks", [1, 4])
def test_nothing_is_unusual_with_less_than_four_weeks_behind_it(
    weeks: int, model: Model, taxonomy: Taxonomy
) -> None:
    told = [*ordinary(1, weeks=weeks), *planted("表带戴一周起红疹", 12)]
    assert found(told, model, taxonomy) == []


def test_examples_are_masked(model: Model, taxonomy: Taxonomy) -> None:
    told = [*ordinary(1), *planted("起红疹 打13800138000", 12)]
    clauses = [clause for topic in found(told, model, taxonomy) for clause in topic.clauses]
    assert clauses
    assert not any("13800138000" in clause for clause in clauses)


def test_nobodys_number_becomes_a_title_or_a_phrase(model: Model, taxonomy: Taxonomy) -> None:
    told = [*ordinary(1), *planted("起红疹打13800138000", 12)]
    for topic in found(told, model, taxonomy):
        words = (topic.pattern, *topic.ngrams)
        assert not any("13800" in word or "8000" in word for word in words)


def test_the_same_texts_give_the_same_topics(model: Model, taxonomy: Taxonomy) -> None:
    told = [*ordinary(1), *planted("表带戴一周起红疹", 12)]
    assert found(told, model, taxonomy) == found(told[::-1], model, taxonomy)
