"""reports/<name>/ as typed objects: what is shown, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from aftersales.contracts import read_yaml, refusal
from aftersales.errors import ConfigError
from aftersales.reporting.locale import Language, Locale

ChartKind = Literal["weekly", "panels", "hours", "funnel", "bars", "pareto"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChartSpec(_Strict):
    """One chart.

    Attributes:
        by: the split of a funnel, of bars and of a pareto.
        weeks: how many weeks up to the one reviewed are pooled.
    """

    id: str
    kind: ChartKind
    metrics: list[str]
    by: str | None = None
    weeks: int = 1
    width: Literal["full", "half"] = "full"


class Card(_Strict):
    """One key figure; ``beside``: a second metric told in small under it."""

    metric: str
    beside: str | None = None


class Section(_Strict):
    """A heading and its charts."""

    id: str
    charts: list[ChartSpec]


class Report(_Strict):
    """report.yml; its comments say what each key does."""

    report: str
    baseline_weeks: int
    history_weeks: int
    minimum_n: int
    smallest_change: float
    findings: int
    judged: list[str]
    lagged: list[str] = []
    cards: list[Card]
    sections: list[Section]

    @property
    def charts(self) -> list[ChartSpec]:
        """All charts in their order."""
        return [chart for section in self.sections for chart in section.charts]

    @property
    def metrics(self) -> list[str]:
        """Every metric the report speaks of, once."""
        cards = [name for card in self.cards for name in (card.metric, card.beside) if name]
        charts = [name for chart in self.charts for name in chart.metrics]
        return list(dict.fromkeys([*cards, *self.judged, *charts]))


@dataclass(frozen=True)
class Wording:
    """All that is said, in one language.

    Attributes:
        texts: templates with named slots, nested.
        file: where they came from, for messages.
    """

    locale: Locale
    texts: Mapping[str, Any]
    file: str

    @property
    def language(self) -> Language:
        """``zh`` or ``en``."""
        return self.locale.language

    def has(self, key: str) -> bool:
        """Whether there is a text of that dotted name."""
        return isinstance(self._find(key), str)

    def text(self, key: str, **slots: object) -> str:
        """The text of a dotted name with its slots filled.

        Raises:
            ConfigError: there is no such text, or it has a slot nobody fills.
        """
        template = self._find(key)
        if not isinstance(template, str):
            raise ConfigError(f"no wording for '{key}'", fix="add it", file=self.file)
        try:
            return template.format(**slots)
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigError(
                f"'{key}': nobody fills the slot {error}",
                fix=f"use only: {', '.join(sorted(slots)) or 'no slot'}",
                file=self.file,
            ) from error

    def plural(self, key: str, count: int, **slots: object) -> str:
        """The text of a name, or of ``<name>_one`` where there is one and ``count`` is 1."""
        key = f"{key}_one" if count == 1 and self.has(f"{key}_one") else key
        return self.text(key, count=count, **slots)

    def part(self, key: str) -> dict[str, str]:
        """All texts under a name."""
        found = self._find(key)
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, Mapping) else {}

    def _find(self, key: str) -> Any:
        found: Any = self.texts
        for name in key.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


def newest(layers: tuple[Path, ...], relative: str) -> Path:
    """A report source from the last layer that has it.

    Raises:
        ConfigError: none has.
    """
    for layer in reversed(layers):
        if (layer / relative).is_file():
            return layer / relative
    known = sorted({p.parent.name for layer in layers for p in layer.glob("*/report.yml")})
    raise ConfigError(
        f"no file {relative} among the report sources",
        fix=f"use one of the reports: {', '.join(known)}",
    )


def load_report(layers: tuple[Path, ...], name: str) -> Report:
    """What a report shows.

    Raises:
        ConfigError: there is no such report, or its file cannot be used.
    """
    path = newest(layers, f"{name}/report.yml")
    try:
        return Report.model_validate(read_yaml(path))
    except ValidationError as error:
        raise refusal(error, path) from error


def load_wording(layers: tuple[Path, ...], name: str, language: str) -> Wording:
    """A report's words in one language.

    Raises:
        ConfigError: there is no such file, or it is not YAML.
    """
    path = newest(layers, f"{name}/{language}.yml")
    texts = read_yaml(path)
    code: Language = "en" if language == "en" else "zh"
    return Wording(Locale(code, texts["formats"]), texts, str(path))
