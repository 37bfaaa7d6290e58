"""Staged or merged rows in, and what a control rule says of them.

rule("ex_03").given(int_case_merge='''…''').expect('''
    entity_id | outcome   | reason
    C1        | violation |
''')

What is compared are columns of fct_rule_finding, as if there were this rule alone. The rule goes by
what is packaged for it; `.sets(window_days=7)` sets something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sql.harness import USUAL, Story, as_lines, fill, read_table

from aftersales import rules
from aftersales.settings import RuleChange, Settings, packaged
from aftersales.warehouse import references
from aftersales.warehouse.connection import Connection, identifier, rows
from aftersales.warehouse.models import Model

LAYERS = (packaged("sql"),)
# A rule finds its parameters where a shop is known.
SHOPS = """
    platform  | shop_id
    taobao    | S
    jd        | S
    pinduoduo | S
    weixin    | S
    shopify   | S
"""


@dataclass(frozen=True)
class RuleCase:
    """One rule under test, and the rows of the tables it is reached from."""

    con: Connection
    models: Mapping[str, Model]
    rule: Model
    inputs: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[RuleChange, ...] = ()

    def given(self, **inputs: str) -> RuleCase:
        """The same rule, with these rows in tables that are staged, laid or between."""
        return replace(self, inputs={**self.inputs, **inputs})

    def sets(self, platform: str | None = None, **values: float | str | list[str]) -> RuleCase:
        """The same rule where the settings say so."""
        rule_id = self.rule.name.upper().replace("_", "-")
        change = RuleChange(rule_id, dict(values), platform, None, None)
        return replace(self, changes=(*self.changes, change))

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a query over the rule, which is called by its name there."""
        own = Settings(home=LAYERS[0], rule=self.changes)
        parameters = self.models["int_rule_parameter"]
        given = {**USUAL, **self.inputs}
        reached = Story(
            self.con, {**self.models, self.rule.name: self.rule}, {**given, parameters.name: ""}
        )
        self.con.execute("begin transaction")
        try:
            references._fill(
                self.con,
                "ref_rule_parameter",
                rules.parameter_rows(rules.load(LAYERS), own),
            )
            steps = rules.transition_rows(rules.transitions(LAYERS))
            references._fill(self.con, "ref_case_transition", steps)
            fill(self.con, "stg_shop__order", SHOPS)
            self.con.execute(f"create or replace table {parameters.name} as {parameters.sql}")
            self.con.execute("delete from stg_shop__order")
            for table, text in given.items():
                fill(self.con, table, text)
            for model in reached._between(self.rule.name):
                self.con.execute(f"create or replace table {model.name} as {model.sql}")
            return rows(self.con, query)
        finally:
            self.con.execute("rollback")

    def expect(self, table: str) -> None:
        """What the rule says is this and no more; only the columns written are compared."""
        columns, cells = read_table(table)
        listed = ", ".join(map(identifier, columns))
        found = as_lines(self.ask(f"select {listed} from {self.rule.name}"))
        self.con.execute("begin transaction")
        try:
            self.con.execute(
                f"create temp table wanted as select {listed} from ({self.rule.sql}) limit 0"
            )
            fill(self.con, "wanted", table)
            wanted = as_lines(rows(self.con, f"select {listed} from wanted"))
        finally:
            self.con.execute("rollback")
        assert len(wanted) == len(cells)
        assert wanted == found, "\n  ".join(
            [f"{self.rule.name}: expected", *wanted, "but found", *found]
        )
