"""A small taxonomy of our own, so that tests do not move when phrases are edited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

TOPS = {
    "PRD": {"title": {"zh": "商品", "en": "Product"}, "owner": "QA"},
    "CSV": {"title": {"zh": "客服", "en": "Service"}, "owner": "CS"},
    "GEN": {"title": {"zh": "其他", "en": "Other"}, "owner": "CS"},
}
MACROS = {"g": r"[^,。.!?;\s]{0,8}"}


def leaf(
    key: str, code: str, zh: dict[str, Any], en: dict[str, Any], **more: Any
) -> dict[str, Any]:
    words = {"zh": key, "en": key}
    return {
        "leaf": key,
        "code": code,
        "title": words,
        "means": words,
        "action": words,
        "phrases": {"zh": zh, "en": en},
        "hits": ["x"],
        "misses": ["y"],
        **more,
    }


LEAVES = [
    leaf(
        "P1",
        "PRD.DEFECT",
        {"poor": "质量{g}(差|不好)", "paint": "掉漆"},
        {"flimsy": r"\bflimsy\b"},
        hits=["质量很差", "掉漆了", "so flimsy"],
        misses=["质量很好"],
    ),
    leaf(
        "P5",
        "PRD.SAFETY",
        {"burnt": {"match": "起火|烫伤"}},
        {"fire": "caught fire"},
        hits=["充电时起火", "it caught fire"],
        misses=["火了"],
        redline=True,
    ),
    leaf(
        "C1",
        "CSV.SLOW",
        {"silent": "客服{g}不(回|理)", "food": {"match": "不回", "products": "苹果"}},
        {"no_reply": "no reply"},
        hits=["客服一直不回", "no reply"],
        misses=["客服回了"],
        reasons={"*": ["客服不理"]},
    ),
    leaf("X0", "GEN.UNSPEC", {"bad": "差评"}, {"awful": "terrible"}, hits=["差评", "terrible"]),
]
SIGNALS = {
    "escalation": ("customer", {"court": "12315|起诉"}, {"lawyer": "lawyer"}),
    "emotion_3": ("customer", {"liar": "骗子"}, {"thief": "thieves"}),
    "emotion_2": ("customer", {"angry": "失望"}, {"upset": "disappointed"}),
    "acknowledges": ("agent", {"sorry": "抱歉"}, {"apology": "sorry"}),
    "explains": ("agent", {"because": "因为"}, {"cause": "because"}),
}
GUARDS = {"praised": {"match": "质量{g}没问题|说质量{g}不好吗", "means": "denied", "spares": []}}


def write(folder: Path, **changed: Any) -> Path:
    """The taxonomy as files below a folder; ``changed`` replaces a file's content by its stem."""
    files: dict[str, Any] = {
        "tops": {"tops": TOPS},
        "macros": {"macros": MACROS},
        "guards": {"guards": GUARDS},
    }
    files |= {f"leaves/{each['leaf'].lower()}": each for each in LEAVES}
    for name, (speaker, zh, en) in SIGNALS.items():
        files[f"signals/{name}"] = {
            "signal": name,
            "title": {"zh": name, "en": name},
            "means": {"zh": name, "en": name},
            "speaker": speaker,
            "phrases": {"zh": zh, "en": en},
            "hits": ["x"],
            "misses": ["y"],
        }
    for stem, content in (files | changed).items():
        path = folder / "complaints" / f"{stem}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True),
            encoding="utf-8",
        )
    return folder
