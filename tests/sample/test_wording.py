"""What is said in the sample's conversations is composed of whole sentences."""

from __future__ import annotations

import re

import numpy as np
import pytest

from aftersales.sample.catalogue import Shop, catalogue
from aftersales.sample.wording import Wording, wording

SHOPS = catalogue().shops


def said(shop: Shop) -> Wording:
    return wording(catalogue().of_shop(shop), shop)


@pytest.mark.parametrize("shop", SHOPS, ids=[shop.shop_id for shop in SHOPS])
def test_every_figure_is_filled_in(shop: Shop) -> None:
    texts = said(shop).texts
    assert not [text for text in texts if re.search(r"[{}]|\s$|，，|\.\.|\?\.", text)]
    assert all(texts)


@pytest.mark.parametrize("shop", SHOPS, ids=[shop.shop_id for shop in SHOPS])
def test_there_are_hundreds_of_answers_to_every_question(shop: Shop) -> None:
    told = said(shop)
    for first, size in zip(told.first["answers"], told.size["answers"], strict=True):
        words = {re.sub(r"[\W\d_]", "", text) for text in told.texts[first : first + size]}
        assert len(words) > 400


def test_notices_name_who_does_it_to_whom() -> None:
    shop = SHOPS[0]
    told, agents = said(shop), shop.agents
    (handed,) = told.only("transfer", np.array([1 * len(agents) + 3]))
    assert told.texts[handed] == f"会话已由 {agents[1]} 转接给 {agents[3]}"
    (taken_back,) = told.only("recall", np.array([4]))
    assert told.texts[taken_back] == f"{agents[4]}撤回了一条消息"
    assert told.holds("recall", np.array([handed, taken_back])).tolist() == [False, True]
    us = said(SHOPS[-1])
    assert us.texts[us.only("recall", np.array([2]))[0]] == "Riley Test recalled a message"
    assert us.texts[us.only("transfer", np.array([1]))[0]] == (
        "Conversation transferred from Casey Test to Jordan Test"
    )


def test_a_text_is_drawn_from_its_own_group() -> None:
    told = said(SHOPS[0])
    groups = np.repeat(np.arange(len(told.size["opens"])), 200)
    drawn = told.pick(np.random.default_rng(1), "opens", groups)
    first, size = told.first["opens"][groups], told.size["opens"][groups]
    assert ((drawn >= first) & (drawn < first + size)).all()
    assert told.holds("opens", drawn).all()
