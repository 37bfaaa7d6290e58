"""sql/ as objects: what each model says of itself, what it reads, in which order to build."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import jinja2
import sqlglot
from sqlglot import exp

from aftersales import contracts, rules
from aftersales.contracts import Contracts
from aftersales.errors import ConfigError
from aftersales.settings import layered_files
from aftersales.warehouse import corrections, texts

LAYERS = ("staging", "intermediate", "marts")
# What the staging model of a contract table is made from, where no file of its own does it.
TEMPLATE = "stg.sql.jinja"

# What lies beside raw before any model is built: see references.py.
LAID = ("raw_", "ref_", "dim_utc_offset", "dim_calendar", "dim_working_interval")

# What a model of each kind may read. Only downwards, so a reader knows where a row came from.
MAY_READ: dict[str, tuple[str, ...]] = {
    "stg": LAID,
    "int": ("stg_", "int_", *LAID[1:]),
    "dim": ("stg_", "int_", "dim_", "ref_"),
    "fct": ("stg_", "int_", "dim_", "fct_", "ref_"),
    "mart": ("int_", "dim_", "fct_", "mart_", "ref_"),
    # No table of their own: fct_rule_finding is all of them.
    "rule": ("int_", "dim_", "fct_", "ref_"),
}
_HEADER_LINE = re.compile(r"^--\s?(.*)$")
_HEADER_KEY = re.compile(r"^(grain|keys|owner|caveat|incremental):\s*(.*)$")


@dataclass(frozen=True)
class ForeignKey:
    """A column whose every value must exist elsewhere: ``columns -> table(columns)``."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """One .sql file.

    Attributes:
        name: the table it builds, from the file name.
        meaning: the header's first sentence.
        header: grain, keys, owner, caveat, incremental, as written.
        columns: comment by column, in the order of the last select.
        inputs: tables it reads.
        sql: the select as DuckDB runs it, where the functions are known as macros.
        functions: those functions.
    """

    name: str
    path: Path
    layer: str
    meaning: str
    header: Mapping[str, str]
    columns: Mapping[str, str]
    inputs: frozenset[str]
    sql: str = field(repr=False)
    functions: Mapping[str, exp.Create] = field(repr=False, compare=False)

    @cached_property
    def query(self) -> exp.Expression:
        """The select with every function expanded, for engines that know no macros of ours."""
        return expand(sqlglot.parse_one(self.sql, dialect="duckdb"), self.functions)

    @cached_property
    def grain(self) -> tuple[str, ...]:
        """The columns that make a row unique."""
        return tuple(part.strip().rstrip("?") for part in self.header["grain"].split(","))

    @property
    def must_be_filled(self) -> tuple[str, ...]:
        """Those of them that are never null; the others are written with a question mark."""
        parts = (part.strip() for part in self.header["grain"].split(","))
        return tuple(part for part in parts if not part.endswith("?"))

    @cached_property
    def keys(self) -> tuple[ForeignKey, ...]:
        """``a, b -> fct_x (c, d); …`` as objects."""
        found = []
        for part in filter(None, (p.strip() for p in self.header.get("keys", "").split(";"))):
            match = re.fullmatch(r"([\w, ]+?)\s*->\s*(\w+)\s*\(([\w, ]+)\)", part)
            if match is None:
                raise ConfigError(
                    f"keys: cannot read '{part}'",
                    fix="write: a, b -> fct_order (a, b)",
                    file=str(self.path),
                )
            left, table, right = match.groups()
            found.append(ForeignKey(_names(left), table, _names(right)))
        return tuple(found)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def load(layers: tuple[Path, ...]) -> dict[str, Model]:
    """Every model, in the order to build them.

    Raises:
        ConfigError: SQL that does not parse, a missing header or column comment, a layer that
            reads upwards, an input nobody builds, or a circle.
    """
    functions = load_functions(layers)
    promised = contracts.load(layers)
    models = _staging(layers, promised, functions)
    models |= _over_all_tables(layers, promised, functions)
    for layer in LAYERS:
        for name, path in layered_files(layers, layer, "*.sql").items():
            models[name] = read_model(path, layer, functions)
    controls = load_rules(layers, functions)
    models |= over_rules(layers, controls, functions)
    for model in (*models.values(), *controls.values()):
        _check_inputs(model, models)
    graph = {name: _after(model) & models.keys() for name, model in models.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise ConfigError(
            f"models read each other in a circle: {circle}", fix="break it", file="sql/"
        ) from error
    return {name: models[name] for name in order}


def _after(model: Model) -> frozenset[str]:
    """What has to be built before it: what it reads, and what gathers the texts it reads of."""
    gathered = {texts.GATHERED_BY[name] for name in model.inputs & texts.GATHERED_BY.keys()}
    return model.inputs | gathered


def read_model(path: Path, layer: str, functions: Mapping[str, exp.Create]) -> Model:
    """One file as a Model."""
    return _model(path.stem, path.read_text(encoding="utf-8"), path, layer, functions)


def _model(
    name: str, text: str, path: Path, layer: str, functions: Mapping[str, exp.Create]
) -> Model:
    meaning, header, columns, inputs = _told(name, text, path)
    return Model(name, path, layer, meaning, header, columns, inputs, text, functions)


@lru_cache(maxsize=512)  # the same text says the same, and a process may load the models often
def _told(
    name: str, text: str, path: Path
) -> tuple[str, Mapping[str, str], Mapping[str, str], frozenset[str]]:
    """What a model's text says of itself: meaning, header, columns, the tables it reads."""
    meaning, header = _header(name, text, path)
    try:
        query = sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        first = error.errors[0] if error.errors else {"line": "?", "description": str(error)}
        raise ConfigError(
            f"not valid SQL: {first['description']}",
            fix="correct it",
            file=f"{path}, line {first['line']}",
        ) from error
    if not isinstance(query, exp.Query):
        raise ConfigError("a model is one select", fix="remove everything else", file=str(path))
    columns = _columns(query, path)
    ctes = {cte.alias for cte in query.find_all(exp.CTE)}
    inputs = frozenset(table.name for table in query.find_all(exp.Table) if table.name not in ctes)
    return meaning, header, columns, inputs


def _staging(
    layers: tuple[Path, ...], promised: Contracts, functions: Mapping[str, exp.Create]
) -> dict[str, Model]:
    """The staging models of all contract tables, as the template makes them."""
    path = layered_files(layers, "staging", TEMPLATE).get(Path(TEMPLATE).stem)
    if path is None:
        return {}
    template = _template(path)
    models = {}
    for table in promised.tables:
        name = contracts.staging_name(table)
        text = template.render(**_facts(promised, table), gone=False)
        models[name] = _model(name, text, path, "staging", functions)
    return models


def _over_all_tables(
    layers: tuple[Path, ...], promised: Contracts, functions: Mapping[str, exp.Create]
) -> dict[str, Model]:
    """Models that read every staged table alike, so that a new contract table is in them too."""
    tables = [_facts(promised, table) for table in promised.tables]
    models = {}
    for stem, path in layered_files(layers, "intermediate", "*.sql.jinja").items():
        name = stem.removesuffix(".sql")
        text = _template(path).render(tables=tables)
        models[name] = _model(name, text, path, "intermediate", functions)
    return models


def load_rules(
    layers: tuple[Path, ...], functions: Mapping[str, exp.Create] | None = None
) -> dict[str, Model]:
    """The select of every control rule, by name; none of them is built as a table.

    Raises:
        ConfigError: SQL that does not parse, a missing header or column comment, or other columns
            than every rule has.
    """
    functions = load_functions(layers) if functions is None else functions
    found = {}
    for name, path in layered_files(layers, rules.FOLDER, "*.sql").items():
        model = read_model(path, "rules", functions)
        if tuple(model.columns) not in (rules.CASE_COLUMNS, rules.COLUMNS):
            raise ConfigError(
                "a rule gives the columns every rule gives, in their order",
                fix=f"select: {', '.join(rules.CASE_COLUMNS)}; of anything but cases:"
                f" {', '.join(rules.COLUMNS)}",
                file=str(path),
            )
        found[name] = model
    return found


def over_rules(
    layers: tuple[Path, ...], controls: Mapping[str, Model], functions: Mapping[str, exp.Create]
) -> dict[str, Model]:
    """Models that read every control rule alike, so that a new rule is in them too."""
    told = [
        {
            **rule.model_dump(),
            "name": rule.stem,
            "is_of_cases": tuple(controls[rule.stem].columns) == rules.CASE_COLUMNS,
        }
        for rule in rules.load(layers).values()
        if rule.stem in controls
    ]
    full = [{**rule, "sql": _select(controls[rule["name"]].sql)} for rule in told]
    # What each rule reads is known already; its select is not taken apart a second time.
    outline = [{**rule, "sql": f"select * from {rule['name']}"} for rule in told]
    inputs = frozenset[str]().union(*(model.inputs for model in controls.values()))
    models = {}
    for stem, path in layered_files(layers, "marts", "*.sql.jinja").items():
        name, template = stem.removesuffix(".sql"), _template(path)
        said, header, columns, own = _told(name, template.render(rules=outline), path)
        text = template.render(rules=full)
        models[name] = Model(
            name, path, "marts", said, header, columns, own | inputs, text, functions
        )
    return models


def _select(text: str) -> str:
    """A model's text without its header and its comments on columns."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))


def staged_sql(layers: tuple[Path, ...], promised: Contracts, table: str) -> str:
    """A contract table's staging select alone, for what is read before the models are built."""
    own = layered_files(layers, "staging", "*.sql").get(contracts.staging_name(table))
    if own is not None:
        return own.read_text(encoding="utf-8")
    path = layered_files(layers, "staging", TEMPLATE)[Path(TEMPLATE).stem]
    return _template(path).render(**_facts(promised, table), gone=False)


def gone_sql(layers: tuple[Path, ...], promised: Contracts, table: str) -> str:
    """A select of the staged rows of a table that a later full-window export does not list."""
    path = layered_files(layers, "staging", TEMPLATE)[Path(TEMPLATE).stem]
    return _template(path).render(**_facts(promised, table), gone=True)


def _template(path: Path) -> jinja2.Template:
    engine = jinja2.Environment(
        autoescape=False,  # noqa: S701 - SQL, from contracts alone
        undefined=jinja2.StrictUndefined,
    )
    return engine.from_string(path.read_text(encoding="utf-8"))


def _facts(promised: Contracts, table: str) -> dict[str, Any]:
    """What the staging template says of one contract table."""
    told = promised.table(table)
    columns = {
        column: {**facts.model_dump(), "staged": contracts.staged_name(column, facts)}
        for column, facts in told.columns.items()
    }
    return {
        "name": contracts.staging_name(table),
        "raw": contracts.raw_name(table),
        "meaning": told.meaning,
        "owner": promised.owners[table],
        "key": told.key,
        "at": told.at,
        "columns": columns,
        "times": [column for column, facts in told.columns.items() if facts.type == "time"],
        "otherwise": [column for column, facts in told.columns.items() if facts.otherwise],
        "grain": [columns[part]["staged"] for part in told.key],
        "corrections": [
            {
                "holds": corrections.holds(correction, told, row="r"),
                "set": corrections.right(correction),
            }
            for correction in promised.corrections
            if correction.table == table
        ],
    }


def _header(name: str, text: str, path: Path) -> tuple[str, dict[str, str]]:
    meaning: list[str] = []
    header: dict[str, str] = {}
    last: str | None = None
    for line in text.splitlines():
        match = _HEADER_LINE.match(line)
        if match is None:
            break
        key = _HEADER_KEY.match(match[1].strip())
        if key:
            last = key[1]
            header[last] = key[2].strip()
        elif last:
            header[last] += " " + match[1].strip()
        else:
            meaning.append(match[1].strip())
    sentence = " ".join(meaning)
    if not sentence.startswith(f"{name}:"):
        raise ConfigError(
            "the header's first line must be the model's name and one sentence",
            fix=f"begin the file with: -- {name}: …",
            file=str(path),
        )
    for required in ("grain", "owner"):
        if not header.get(required):
            raise ConfigError(
                f"the header says no {required}",
                fix=f"add a line: -- {required}: …",
                file=str(path),
            )
    return sentence.split(":", 1)[1].strip(), header


def _columns(query: exp.Query, path: Path) -> dict[str, str]:
    """Column comments of the last select.

    sqlglot hangs the comment behind a comma on the next expression where that is not the first
    on its line, so comments are read off the expression and, failing that, off its alias.
    """
    columns: dict[str, str] = {}
    for select in query.selects:
        name = select.alias_or_name
        comments = [
            c for node in (select, *select.find_all(exp.Expression)) for c in (node.comments or [])
        ]
        if name == "*":
            raise ConfigError(
                "the last select names every column", fix="write the columns out", file=str(path)
            )
        if not comments:
            raise ConfigError(
                f"column '{name}' has no comment",
                fix="say behind it what it is: column, -- …",
                file=str(path),
            )
        columns[name] = comments[-1].strip()
    return columns


def load_functions(layers: tuple[Path, ...]) -> dict[str, exp.Create]:
    """The scalar functions of sql/functions, by name."""
    functions: dict[str, exp.Create] = {}
    for path in layered_files(layers, "functions", "*.sql").values():
        for statement in sqlglot.parse(path.read_text(encoding="utf-8"), dialect="duckdb"):
            if not isinstance(statement, exp.Create) or statement.kind != "MACRO":
                raise ConfigError(
                    "only create macro belongs here", fix="move the rest", file=str(path)
                )
            functions[statement.this.this.name.lower()] = statement
    return functions


def expand(query: exp.Expression, functions: Mapping[str, exp.Create]) -> exp.Expression:
    """The query with every call of ours replaced by its body, so that no engine needs macros."""

    def replaced(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Anonymous) or node.name.lower() not in functions:
            return node
        function = functions[node.name.lower()]
        names = [parameter.name for parameter in function.this.expressions]
        given = dict(zip(names, node.expressions, strict=True))
        body = function.expression.copy()

        def bound(inner: exp.Expression) -> exp.Expression:
            if isinstance(inner, exp.Column) and not inner.table and inner.name in given:
                return given[inner.name].copy()
            return inner

        return exp.paren(expand(body.transform(bound), functions))

    return query.copy().transform(replaced)


def _check_inputs(model: Model, models: Mapping[str, Model]) -> None:
    kind = "rule" if model.layer == "rules" else model.name.split("_", 1)[0]
    allowed = MAY_READ.get(kind)
    if allowed is None:
        raise ConfigError(
            f"'{model.name}' is of no known kind",
            fix=f"begin its name with one of: {', '.join(MAY_READ)}",
            file=str(model.path),
        )
    for name in sorted(model.inputs):
        if not name.startswith(allowed):
            raise ConfigError(
                f"a {kind}_ model may not read '{name}'",
                fix=f"read from: {', '.join(allowed)}",
                file=str(model.path),
            )
        if not name.startswith(LAID) and name not in models:
            raise ConfigError(
                f"reads '{name}', which no file builds",
                fix="correct the name",
                file=str(model.path),
            )
