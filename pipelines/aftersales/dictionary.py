"""What every metric, table, column and format is, in answer to `explain`; read from sql/ itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aftersales import contracts as contracts_module
from aftersales import formats as formats_module
from aftersales import metrics as registry
from aftersales import rules as controls
from aftersales.contracts import Contracts, raw_name
from aftersales.errors import ConfigError
from aftersales.settings import Settings, packaged

if TYPE_CHECKING:
    from sqlglot.optimizer import Scope

    from aftersales.warehouse.models import Model

Entry = dict[str, Any]


def metrics(settings: Settings) -> list[Entry]:
    """One row a metric."""
    return [
        {
            "metric": metric.name,
            "label": metric.label["zh"],
            "label_en": metric.label["en"],
            "unit": metric.unit,
            "good": metric.good,
            "model": metric.model,
            "split_by": ", ".join((*(registry.PERIODS if metric.period else ()), *metric.split_by)),
        }
        for metric in registry.load(settings.sql_layers).values()
    ]


def formats(settings: Settings) -> list[Entry]:
    """One row a known export format."""
    known = formats_module.load(settings.sql_layers, contracts_module.load(settings.sql_layers))
    return [
        {
            "format": form.name,
            "title": form.title.get("zh", ""),
            "title_en": form.title.get("en", ""),
            "fills": raw_name(form.table) if form.table else "refused",
            "evidence": form.evidence if form.table else "",
            "recognised_by": " + ".join("/".join(names) for names in form.header.requires),
        }
        for form in known.by_name.values()
    ]


def claims(settings: Settings, file: Path) -> list[Entry]:
    """What each format says of a file, the likeliest first.

    Raises:
        DataError: the file cannot be read at all.
    """
    from aftersales.ingest import files

    known = formats_module.load(settings.sql_layers, contracts_module.load(settings.sql_layers))
    return [
        {
            "format": claim.format,
            "claims": "yes" if claim.claims else "no",
            "sheet": claim.sheet,
            "columns_known": claim.known,
            "missing": "; ".join("/".join(names) for names in claim.missing),
            "must_not_have": ", ".join(claim.refused),
        }
        for claim in files.explain(file, known)
    ]


def explain(settings: Settings, name: str) -> list[Entry]:
    """What ``name`` is: rows of part and text.

    Args:
        name: a metric, a control rule, a table, ``table.column``, or a column name.

    Raises:
        ConfigError: nothing is called so.
    """
    from aftersales.warehouse import models as models_module

    found = registry.load(settings.sql_layers)
    if name in found:
        return list(_metric(settings, found[name]))
    rule = controls.load(settings.sql_layers).get(name.upper())
    if rule is not None:
        return list(_rule(settings, rule))
    models = models_module.load(settings.sql_layers)
    if name in models:
        return list(_table(models, models[name]))
    table, _, column = name.rpartition(".")
    places = [
        model for model in models.values() if column in model.columns and table in ("", model.name)
    ]
    # Staging repeats what a mart says better; it is explained when asked for by name.
    places = [model for model in places if model.layer == "marts"] or places
    if not places:
        raise ConfigError(
            f"nothing is called '{name}'",
            fix="name a metric (aftersales metrics lists them), a control rule such as EX-03,"
            " a table such as fct_case, or a column such as fct_case.reason",
        )
    lineage = _Lineage(settings, models)
    return [row for model in places for row in _column(model, column, lineage)]


def decision(number: str) -> str | None:
    """The text of one entry of DECISIONS.md."""
    text = packaged("DECISIONS.md").read_text(encoding="utf-8")
    match = re.search(rf"^## {re.escape(number)} (.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return match[1].strip() if match else None


def _metric(settings: Settings, metric: registry.Metric) -> Iterator[Entry]:
    from aftersales.warehouse import models as models_module

    models = models_module.load(settings.sql_layers)
    yield _entry("metric", metric.name)
    for language in ("zh", "en"):
        yield _entry(f"label ({language})", metric.label[language])
        yield _entry(f"reads ({language})", metric.reads[language])
        yield _entry(f"is not ({language})", metric.is_not[language])
    yield _entry("unit", metric.unit)
    yield _entry("good", metric.good)
    yield _entry("formula", metric.formula())
    yield _entry("period", metric.period or "as it stands now")
    for rule in metric.not_computable:
        yield _entry("not computable", f"{rule.reason}: {rule.when}")
    yield _entry(
        "split by", ", ".join((*(registry.PERIODS if metric.period else ()), *metric.split_by))
    )
    yield _entry("decision", f"{metric.decision} {decision(metric.decision) or ''}".strip())
    yield _entry("example", f"{metric.example.given.strip()}\ngives {metric.example.gives}")
    yield from _upstream(models, metric.model)


def _rule(settings: Settings, rule: controls.Rule) -> Iterator[Entry]:
    from aftersales.warehouse import models as models_module

    model = models_module.load_rules(settings.sql_layers)[rule.stem]
    yield _entry("rule", rule.rule_id)
    for language in ("zh", "en"):
        yield _entry(f"title ({language})", rule.title[language])
        yield _entry(f"says ({language})", rule.says[language])
    yield _entry("violation", rule.violation)
    yield _entry("severity", rule.severity)
    yield _entry("judged", rule.entity)
    yield _entry("unit", rule.unit)
    if model.header.get("caveat"):
        yield _entry("caveat", model.header["caveat"])
    for name, parameter in rule.parameters.items():
        yield _entry(f"set {name}", f"{parameter.meaning['zh']} · {parameter.meaning['en']}")
        for each in parameter.values:
            since = f" from {each.valid_from}" if each.valid_from > controls.ALWAYS else ""
            whose = each.platform or "any platform"
            yield _entry(f"  {whose}", f"{controls.shown(each.value)}{since}: {each.source}")
    for change in settings.rule:
        for name, value in change.values.items() if change.rule_id == rule.rule_id else ():
            day = f"from {change.since}" if change.since else None
            told = (controls.shown(value), change.platform, change.shop, day)
            yield _entry(f"  here {name}", " ".join(filter(None, told)))
    yield _entry("needs", ", ".join("/".join(group) for group in rule.alternatives()))
    yield _entry("decision", f"{rule.decision} {decision(rule.decision) or ''}".strip())
    for found in controls.coverage(
        rule,
        formats_module.load(settings.sql_layers, contracts_module.load(settings.sql_layers)),
    ):
        lacks = f", lacks {', '.join(found.missing)}" if found.missing else ""
        yield _entry(f"from {found.format}", f"{found.state}{lacks}")
    yield _entry("reads", ", ".join(sorted(model.inputs)))


def _table(models: Mapping[str, Model], model: Model) -> Iterator[Entry]:
    yield _entry("table", model.name)
    yield _entry("is", model.meaning)
    for key in ("grain", "keys", "caveat", "owner"):
        if model.header.get(key):
            yield _entry(key, model.header[key])
    yield from _upstream(models, model.name)
    for column, comment in model.columns.items():
        yield _entry(f"column {column}", comment)


def _upstream(models: Mapping[str, Model], name: str, depth: int = 0) -> Iterator[Entry]:
    from aftersales.warehouse.models import LAID

    yield _entry("lineage", "  " * depth + name)
    for source in sorted(models[name].inputs) if name in models else ():
        if not source.startswith(LAID[1:]):
            yield from _upstream(models, source, depth + 1)


def _column(model: Model, column: str, lineage: _Lineage) -> Iterator[Entry]:
    yield _entry("column", f"{model.name}.{column}")
    yield _entry("is", model.columns[column])
    for source in lineage.sources(model, column):
        yield _entry("comes from", source)


class _Lineage:
    """Where a column's values come from, down to the header names of the exports."""

    def __init__(self, settings: Settings, models: Mapping[str, Model]) -> None:
        from aftersales.warehouse.references import DDL

        self._models = models
        self._contracts: Contracts = contracts_module.load(settings.sql_layers)
        self._formats = formats_module.load(settings.sql_layers, self._contracts)
        self._scopes: dict[str, Scope] = {}
        self._schema: dict[str, dict[str, str]] = {
            name: dict(part.split() for part in columns.split(", "))
            for name, columns in DDL.items()
        }
        for table, contract in self._contracts.tables.items():
            self._schema[raw_name(table)] = dict.fromkeys(
                ("_file_id", "_record", "_platform", "_extra", *contract.columns), "varchar"
            )
        for name, model in models.items():
            self._schema[name] = dict.fromkeys(model.columns, "varchar")

    def sources(self, model: Model, column: str) -> list[str]:
        """``raw table.column ← header names, by format``, sorted."""
        from aftersales.warehouse.models import LAID

        # Model by model: the whole chain as one nested query takes sqlglot ten times as long.
        waiting = [(model.name, column)]
        reached = set(waiting)
        while waiting:
            name, asked = waiting.pop()
            if name in self._models:
                new = self._inputs(self._models[name], asked) - reached
                reached |= new
                waiting += new
        laid = tuple(name for name in LAID if name.startswith("dim_"))
        return sorted(
            self._named(table, found)
            for table, found in reached
            if table not in self._models and not table.startswith(laid)
        )

    def _inputs(self, model: Model, column: str) -> set[tuple[str, str]]:
        """Table and column of what one column of one model is made of."""
        from sqlglot.lineage import lineage

        scope = self._scope(model)
        root = lineage(column, scope.expression, self._schema, scope=scope, copy=False)
        leaves = [node for node in root.walk() if not node.downstream]
        return {
            (table, node.name.rpartition(".")[2].strip('"'))
            for node in leaves
            if (table := getattr(node.source, "name", "")) in self._schema
        }

    def _scope(self, model: Model) -> Scope:
        from sqlglot.optimizer import build_scope, qualify

        if model.name not in self._scopes:
            query = qualify.qualify(
                model.query.copy(),
                dialect="duckdb",
                schema=self._schema,
                validate_qualify_columns=False,
                identify=False,
            )
            scope = build_scope(query)
            if scope is None:
                raise TypeError("a model is one select")
            self._scopes[model.name] = scope
        return self._scopes[model.name]

    def _named(self, table: str, column: str) -> str:
        headers = [
            f"{form.name}: {'/'.join(form.columns[column].names)}"
            for form in self._formats.by_name.values()
            if form.table
            and raw_name(form.table) == table
            and column in form.columns
            and form.columns[column].names
        ]
        return f"{table}.{column}" + (f" ← {'; '.join(headers)}" if headers else "")


def _entry(part: str, text: str) -> Entry:
    return {"part": part, "text": text}
