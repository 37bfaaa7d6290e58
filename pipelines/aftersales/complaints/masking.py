"""What a customer wrote, without what tells who they are."""

from __future__ import annotations

import re

from aftersales.ingest.pii import mask

# Beyond phone numbers, mail addresses and ID numbers, which are masked before anything is kept.
_NUMBER = re.compile(r"[A-Za-z]{0,4}\d[\d-]{6,}\d")
_ADDRESS = re.compile(
    r"[\u4e00-\u9fff]{2,8}?(?:省|市|自治区)?[\u4e00-\u9fff]{1,6}(?:区|县|镇|街道|路|街|巷|村)"
    r"[\u4e00-\u9fffA-Za-z\d]{0,12}?\d+(?:号|弄|栋|幢|单元|室|楼)[\u4e00-\u9fff\d-]{0,8}"
    r"|\b\d{1,5} [A-Z][a-z]+(?: [A-Z][a-z]+)? (?:St(?:reet)?|R(?:oa)?d|Ave(?:nue)?|Lane|Drive)\b"
)
_NAME = re.compile(
    r"((?:我叫|我是|本人|收件人|收货人|姓名)[::是]?\s?)[\u4e00-\u9fff]{2,3}(?=[,，。、;；!！\s\d]|$)"
    r"|((?i:my name is|this is)\s)[A-Z][a-z]+(?:\s[A-Z][a-z]+)?"
)
_ACCOUNT = re.compile(
    r"((?:微信|wx|vx|QQ|qq|支付宝|wechat|旺旺)(?:号|账号|id)?\s?[::是]?\s?)[\w-]{5,}"
)
_LINK = re.compile(r"https?://\S+|www\.\S+")


def masked(text: str) -> str:
    """The text with numbers, addresses, names people give of themselves and links made unreadable.

    Names nobody introduces stay: no list tells a customer's from a brand's.
    """
    text = mask(text)
    text = _LINK.sub("[link]", text)
    text = _ACCOUNT.sub(r"\1[account]", text)
    text = _NAME.sub(lambda match: f"{match[1] or match[2]}[name]", text)
    text = _ADDRESS.sub("[address]", text)
    return _NUMBER.sub("[number]", text)


def quoted(text: str, span: tuple[int, int], *, length: int = 0) -> str:
    """The evidence and what stands by it, up to so many characters, masked.

    A number or an address that the cut would open is taken in whole, so that it is masked.
    """
    begin, end = span
    room = max(0, length - (end - begin)) // 2
    begin, end = max(0, begin - room), min(len(text), end + room)
    while begin > 0 and text[begin - 1].isascii() and text[begin - 1].isalnum():
        begin -= 1
    while end < len(text) and text[end].isascii() and text[end].isalnum():
        end += 1
    return masked(text[begin:end])
