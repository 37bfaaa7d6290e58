from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sql.harness import Case, Story, empty_warehouse
from sql.rules_harness import RuleCase

from aftersales import contracts
from aftersales.settings import packaged
from aftersales.warehouse import models
from aftersales.warehouse.connection import Connection
from aftersales.warehouse.models import Model

LAYERS = (packaged("sql"),)
FINDINGS = "fct_rule_finding"


@pytest.fixture(scope="session")
def all_models() -> dict[str, Model]:
    return models.load(LAYERS)


@pytest.fixture(scope="session")
def warehouse(all_models: dict[str, Model]) -> Iterator[Connection]:
    con = empty_warehouse(contracts.load(LAYERS), all_models)
    yield con
    con.close()


@pytest.fixture
def model(warehouse: Connection, all_models: dict[str, Model]) -> Callable[[str], Case]:
    return lambda name: Case(warehouse, all_models[name])


@pytest.fixture
def story(warehouse: Connection, all_models: dict[str, Model]) -> Story:
    return Story(warehouse, all_models)


@pytest.fixture(scope="session")
def all_rules() -> dict[str, Model]:
    """By rule, what fct_rule_finding is where there is no other."""
    functions = models.load_functions(LAYERS)
    return {
        name: replace(models.over_rules(LAYERS, {name: rule}, functions)[FINDINGS], name=name)
        for name, rule in models.load_rules(LAYERS, functions).items()
    }


@pytest.fixture
def rule(
    warehouse: Connection, all_models: dict[str, Model], all_rules: dict[str, Model]
) -> Callable[[str], RuleCase]:
    return lambda name: RuleCase(warehouse, all_models, all_rules[name])
