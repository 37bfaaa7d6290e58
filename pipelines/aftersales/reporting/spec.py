"""reports/<name>/ as typed objects: what is shown, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aftersales.contracts import read_yaml, refusal
from aftersales.errors import ConfigError
from aftersales.reporting.locale import Language, Locale

ChartKind = Literal["weekly", "panels", "trend", "hours", "funnel", "bars", "pareto"]
TableKind = Literal[
    "split",
    "list",
    "targets",
    "variants",
    "reported",
    "rules",
    "categories",
    "costs",
    "needs",
    "topics",
    "trust",
    "steps",
    "paths",
    "windows",
    "restated",
    "improvements",
]
# What needs no source: all it tells is its metrics by its splits.
OF_METRICS = ("split", "categories", "costs", "needs", "trust", "steps", "paths")
# What is made of the run itself.
OF_THEIR_OWN = ("windows", "restated", "improvements")
Width = Literal["full", "half"]
Column = Literal[
    "text", "word", "category", "quote", "seconds", "share", "count", "day", "time", "row"
]
# What goes into a query as a name.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(_Strict):
    """A metric as a report speaks of it: whole, or only where a split has one value.

    In YAML its name alone, or ``{metric: …, where: {kind: chat}}``. A target aimed at the metric
    holds for both.

    Attributes:
        by: the splits of a table, where the metric calls them otherwise.
    """

    metric: str
    where: dict[Name, str] = {}
    by: list[Name] = []

    @model_validator(mode="before")
    @classmethod
    def _of_name(cls, told: Any) -> Any:
        return {"metric": told} if isinstance(told, str) else told

    @property
    def key(self) -> str:
        """What a measure is filed under: ``first_response_median@kind=chat``."""
        return "@".join([self.metric, *(f"{name}={value}" for name, value in self.where.items())])


class ChartSpec(_Strict):
    """One chart.

    Attributes:
        by: the split of a funnel, of bars and of a pareto.
        adjust: of a funnel: further splits; each group is held against what all groups together do
            in its share of them, so that nobody is blamed for their shift.
        fewest: of a funnel that is optional: it is left out with fewer groups.
        weeks: how many weeks up to the one reviewed are pooled.
        largest: of a trend so many of its metrics are drawn, those with most.
        moves: of a funnel: its groups are held against their own past too.
        optional: left out where none of it ever came in, instead of shown empty.
    """

    id: str
    kind: ChartKind
    largest: int = 4
    metrics: list[Shown]
    by: str | None = None
    adjust: list[Name] = []
    fewest: int = 1
    moves: bool = False
    weeks: int = 1
    width: Width = "full"
    optional: bool = False


class Source(_Strict):
    """Rows of a published table, or counts and sums over them.

    Attributes:
        period: the local-day column that puts a row into a period; None: as it stands now.
        where: column to the one value it must have, or the several it may have.
        by: columns grouped by; the rows of a group are counted.
        sums: columns added up over a group.
        columns: column to what it holds, of a list of rows: text, word (with an own word in the
            wording), category (of complaints), quote (a customer's words), seconds, share, count,
            day, time (UTC, shown in the reporting zone), row (not shown, read for other columns).
        order: columns sorted by, what has none last; newest_first: the first of them downwards.
        limit: at most so many rows.
    """

    model: Name
    period: Name | None = None
    where: dict[Name, str | list[str]] = {}
    by: list[Name] = []
    sums: list[Name] = []
    columns: dict[Name, Column] = {}
    order: list[Name] = []
    newest_first: bool = False
    limit: int | None = None


class TableSpec(_Strict):
    """One table that stands open on the page.

    Attributes:
        kind: split (metrics side by side by a split), list (rows as they are), targets, variants,
            reported and rules (what ``tables.py`` makes of the source's rows), categories, costs,
            needs, topics and trust (what ``complaints.py`` makes of complaints), steps and paths
            (what ``paths.py`` makes of the process), windows (what the
            judged measures are without the days of festivals).
        by: the splits of its metrics.
        whole: metrics told in a sentence, of everything together.
        given: the metric without which there is nothing to speak of: with it the table is shown
            though it be empty, without it left out.
    """

    id: str
    kind: TableKind
    metrics: list[Shown] = []
    by: list[Name] = []
    whole: list[Shown] = []
    given: Shown | None = None
    source: Source | None = None
    weeks: int = 1
    width: Width = "full"
    optional: bool = False

    @model_validator(mode="after")
    def _has_its_source(self) -> TableSpec:
        if self.kind in OF_METRICS and not (self.metrics and self.by):
            raise ValueError(f"a table of the kind {self.kind} needs metrics and by")
        if self.kind not in (*OF_METRICS, *OF_THEIR_OWN) and self.source is None:
            raise ValueError(f"a table of the kind {self.kind} needs a source")
        return self


class Card(Shown):
    """One key figure.

    Attributes:
        beside: a second metric told in small under it.
        optional: left out where none of it ever came in.
    """

    beside: Shown | None = None
    optional: bool = False


class HeadlineRule(_Strict):
    """What the first screen says of one kind of finding.

    Attributes:
        takes: red_lines (complaints nobody may let lie), changed (a measure beyond its limits),
            moved (groups of a funnel that are not what they were themselves), outside (groups
            beyond the funnel's limits), missed (a target clearly missed).
        verdicts: of what changed, the ones it takes; none: all.
        most: at most so many sentences of it.
    """

    takes: Literal["red_lines", "changed", "moved", "outside", "missed"]
    verdicts: list[Literal["better", "worse", "higher", "lower"]] = []
    most: int | None = None


class Note(_Strict):
    """A sentence among the notes on the data, from the counts of a source."""

    id: str
    source: Source


class Section(_Strict):
    """A heading and its charts and tables."""

    id: str
    charts: list[Annotated[ChartSpec | TableSpec, Field(discriminator="kind")]]


class Report(_Strict):
    """report.yml; its comments say what each key does."""

    report: str
    baseline_weeks: int
    history_weeks: int
    judged_weeks: int
    minimum_n: int
    smallest_change: float
    findings: int
    headlines: list[HeadlineRule]
    judging: list[Shown] = Field(alias="judged")
    lagging: list[Shown] = Field(alias="lagged", default=[])
    cards: list[Card]
    sections: list[Section]
    notes: list[Note] = []

    @property
    def judged(self) -> list[str]:
        """Keys of what the first screen may speak of."""
        return [shown.key for shown in self.judging]

    @property
    def lagged(self) -> list[str]:
        """Keys of what follows the sale by days."""
        return [shown.key for shown in self.lagging]

    @property
    def charts(self) -> list[ChartSpec]:
        """All charts in their order."""
        return [
            block
            for section in self.sections
            for block in section.charts
            if isinstance(block, ChartSpec)
        ]

    @property
    def tables(self) -> list[TableSpec]:
        """All tables in their order."""
        return [
            block
            for section in self.sections
            for block in section.charts
            if isinstance(block, TableSpec)
        ]

    @property
    def measured(self) -> list[Shown]:
        """All that is read for the week, the weeks before and week by week; each once."""
        cards = [shown for card in self.cards for shown in (card, card.beside) if shown]
        charts = [shown for chart in self.charts for shown in chart.metrics]
        return list({shown.key: shown for shown in (*cards, *self.judging, *charts)}.values())

    @property
    def metrics(self) -> list[str]:
        """Names of every metric the report speaks of, once."""
        tables = [
            shown
            for table in self.tables
            for shown in (*table.metrics, *table.whole, *([table.given] if table.given else []))
        ]
        return list(dict.fromkeys(shown.metric for shown in (*self.measured, *tables)))


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


def word(split: str, value: object, wording: Wording) -> str:
    """What a value of a split is called: the wording's word for it, else its own text."""
    if split == "month" and isinstance(value, date):
        return wording.locale.month(value)
    name = str(value).lower() if isinstance(value, bool) else str(value)
    known = f"{split}.{name}"
    return wording.text(known) if wording.has(known) else name


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


def load_wording(
    layers: tuple[Path, ...], name: str, language: str, *, also: Sequence[str] = ()
) -> Wording:
    """A report's words in one language.

    Args:
        also: other folders of ``reports/`` whose texts are said there too; the report's own win.

    Raises:
        ConfigError: there is no such file, or it is not YAML.
    """
    path = newest(layers, f"{name}/{language}.yml")
    texts: dict[str, Any] = {}
    for other in also:
        texts |= read_yaml(newest(layers, f"{other}/{language}.yml"))
    texts |= read_yaml(path)
    code: Language = "en" if language == "en" else "zh"
    return Wording(Locale(code, texts["formats"]), texts, str(path))
