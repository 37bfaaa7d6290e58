"""Rules as Great Expectations suites, and its verdicts as counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aftersales.quality.rules import COUNTED, SCHEMA, Rule
from aftersales.warehouse.connection import Connection, identifier, one

# Counts only: the values themselves are read by our own SQL, which knows what may be shown.
_COUNTS = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations found; ``of`` is None for offending rows."""

    passed: bool
    failed: int
    of: int | None


def preload() -> None:
    """Import Great Expectations, which takes seconds; a job may do so in a thread meanwhile."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations.expectations  # noqa: F401


def validate(con: Connection, rules: Sequence[Rule]) -> dict[str, Verdict]:
    """A verdict for every rule, by check id; one pass over each table.

    Cursors of ``con`` see only what is committed.

    Raises:
        RuntimeError: a rule could not be evaluated, so nobody knows whether it holds.
    """
    preload()
    verdicts: dict[str, Verdict] = {}
    with _datasource(con) as source:
        for table, together in groupby(sorted(rules, key=_table), key=_table):
            for result in _validate_table(source, table, list(together)):
                verdicts[result.expectation_config.meta["check"]] = _verdict(result)
    return verdicts


def _table(rule: Rule) -> str:
    """The table Great Expectations looks at for a rule."""
    return COUNTED if rule.counted else rule.table


@contextmanager
def _datasource(con: Connection) -> Iterator[Any]:
    """A Great Expectations data source whose connections are cursors of ``con``."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from sqlalchemy.dialects import registry

    from aftersales.quality import dialect

    registry.register(dialect.NAME, dialect.__name__, dialect.CursorDialect.__name__)
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    source = gx.get_context(mode="ephemeral", project_config=config).data_sources.add_sql(
        "warehouse",
        connection_string=f"{dialect.NAME}://",
        create_temp_table=False,
        kwargs={"creator": lambda: dialect.Session(con, _search_path(con))},
    )
    try:
        yield source
    finally:
        source.get_engine().dispose()


def _search_path(con: Connection) -> str:
    """The warehouse's tables and the gate's, so that both are found by their bare names."""
    return f"{identifier(one(con, 'select current_database()'))}.main,{SCHEMA}.main"


def _validate_table(source: Any, table: str, rules: list[Rule]) -> Any:
    import great_expectations as gx

    asset = source.add_table_asset(table, table_name=table)
    batch = asset.get_batch(asset.build_batch_request())
    suite = gx.ExpectationSuite(name=table, expectations=[_expectation(rule) for rule in rules])
    return batch.validate(suite, result_format=_COUNTS).results


def _expectation(rule: Rule) -> Any:
    from great_expectations import expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    about: dict[str, Any] = {"severity": rule.level, "meta": {"check": rule.check}}
    if rule.counted:
        return gxe.ExpectColumnMaxToBeBetween(
            column=rule.counted, min_value=0, max_value=0, **about
        )
    about["column"] = rule.column
    if rule.unless:
        about["row_condition"] = Column(rule.unless).is_null()
    make: dict[str, Callable[[], Any]] = {
        "not_null": lambda: gxe.ExpectColumnValuesToNotBeNull(**about),
        "minimum": lambda: gxe.ExpectColumnValuesToBeBetween(min_value=rule.minimum, **about),
        "terms": lambda: gxe.ExpectColumnValuesToBeInSet(value_set=list(rule.terms), **about),
    }
    return make[rule.promise]()


def _verdict(result: Any) -> Verdict:
    counts = result.result
    of = counts.get("element_count")
    # of an empty table Great Expectations counts nothing, not even failures
    failed = 0 if of == 0 else counts.get("unexpected_count", counts.get("observed_value"))
    if failed is None:
        check = result.expectation_config.meta["check"]
        raise RuntimeError(f"{check} could not be evaluated: {result.exception_info}")
    return Verdict(bool(result.success), int(failed), of)
