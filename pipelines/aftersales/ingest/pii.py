"""Personal data on its way in: the key, pseudonyms, and masks for phone, mail and ID numbers."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Sequence

from aftersales.errors import ConfigError
from aftersales.ingest.intake import make_private, private
from aftersales.settings import Settings
from aftersales.warehouse.connection import literal

BLOCK = 64  # bytes of a SHA-256 block
LENGTH = 32  # hex characters of a pseudonym

# Understood alike by Python and DuckDB (RE2 knows no look-around, hence the borders as groups).
PHONE = r"(^|[^0-9])((?:\+?86[- ]?)?1[3-9][0-9])[- ]?[0-9]{4}[- ]?[0-9]{4}($|[^0-9])"
ID_NUMBER = (
    r"[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
)
EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+"
# What stands around ids in exports: ="…", a leading quote or TAB.
_AROUND = "=\"'` \t\r\n"
_ANY = f"{PHONE}|@|{ID_NUMBER}"

# A column nobody has mapped whose name says it is about a person is not kept.
_PERSONAL = re.compile(
    r"收货人|收件人|姓名|手机|电话|地址|身份证|邮箱|支付宝账号|支付宝账户|发票抬头|昵称|会员名|买家账号|旺旺"
    r"|phone|mobile|e-?mail|address|recipient|passport|idcard|postcode|zipcode"
    r"|(first|last|full|buyer|customer|shipping|billing|contact|user)_?name"
)


def is_personal(comparable_name: str) -> bool:
    """Whether a column's name, in comparable spelling, says that it is about a person.

    One that asks whether something is so (是否手机订单: ordered by phone) holds yes or no.
    """
    return not comparable_name.startswith("是否") and _PERSONAL.search(comparable_name) is not None


def mask(text: str) -> str:
    """The text with phone numbers, mail addresses and ID numbers made unreadable."""
    if not re.search(_ANY, text):
        return text
    text = re.sub(ID_NUMBER, "[id]", text)
    for _ in range(2):  # neighbours share a border, which the first pass has used up
        text = re.sub(PHONE, r"\1\2********\3", text)
    return re.sub(EMAIL, "[mail]", text)


def masked_sql(expression: str, cells: Sequence[str]) -> str:
    """The same mask as SQL over text made of cells; only those that may hold one are looked into.

    A phone number has a 1 in it, and the month in an ID number a 0 or a 1.
    """
    phone = rf"'{PHONE}', '\1\2********\3', 'g'"
    inner = f"regexp_replace({expression}, '{ID_NUMBER}', '[id]', 'g')"
    inner = f"regexp_replace(regexp_replace({inner}, {phone}), {phone})"
    inner = f"regexp_replace({inner}, '{EMAIL}', '[mail]', 'g')"
    numbers = [
        f"(strlen({cell}) > 10 and (contains({cell}, '1') or contains({cell}, '0'))"
        f" and regexp_matches({cell}, '{PHONE}|{ID_NUMBER}'))"
        for cell in cells
    ]
    found = " or ".join([f"contains({expression}, '@')", *numbers])
    return f"case when {found} then {inner} else {expression} end"


def shown(cells: Sequence[str], keep: Sequence[bool] | None) -> str:
    """A rejected row for people to look at, without what may be personal.

    Args:
        keep: per cell, whether its column is known to hold nothing personal; None when the row
            does not line up with the header, so that only figures and times are shown.
    """
    texts = []
    for position, cell in enumerate(cells):
        known = keep is not None and position < len(keep) and keep[position]
        plain = known or re.fullmatch(r"[\d\s.,:/¥='\"+-]*", cell) is not None
        text = mask(cell.strip()) if plain else "…"
        texts.append(text if len(text) <= 60 else text[:59] + "…")
    return " | ".join(texts)[:2000]


def key(settings: Settings) -> bytes:
    """The workspace's key, made at first use.

    Raises:
        ConfigError: the file is there but does not hold 32 bytes.
    """
    if not settings.key.exists():
        make_private(settings.key.parent)
        part = settings.key.with_name("key.part")
        with private(part) as target:
            target.write(secrets.token_bytes(32))
            target.flush()
            os.fsync(target.fileno())
        part.replace(settings.key)
    found = settings.key.read_bytes()
    if len(found) != 32:
        raise ConfigError(
            f"the key of the pseudonyms has {len(found)} bytes instead of 32",
            fix="restore it from your backup; with another key nobody is recognised again",
            file=str(settings.key),
        )
    return found


def pseudonym(secret: bytes, cell: str) -> str:
    """The keyed pseudonym of a cell; an empty one stays empty.

    The same person must have the same one in every export, so what exports put around ids does
    not count, nor do capitals in a mail address.
    """
    text = cell.strip(_AROUND)
    text = text.lower() if "@" in text else text
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:LENGTH] if text else ""


def pseudonym_sql(secret: bytes, expression: str) -> str:
    """``pseudonym`` over a column: HMAC is two hashes over the key, padded two ways."""
    padded = secret.ljust(BLOCK, b"\0")
    inner, outer = (_blob(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
    text = f"trim({expression}, {literal(_AROUND)})"
    text = f"case when contains({text}, '@') then lower({text}) else {text} end"
    digest = f"sha256({outer} || unhex(sha256({inner} || encode({text}))))"
    return f"case when {text} = '' then '' else left({digest}, {LENGTH}) end"


def _blob(content: bytes) -> str:
    return literal("".join(f"\\x{byte:02X}" for byte in content)) + "::blob"
