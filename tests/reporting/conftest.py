from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reporting.planted import RECORD, UNTIL, published

from aftersales import metrics as registry
from aftersales import settings as settings_module
from aftersales.metrics import Metric
from aftersales.reporting.review import Review, collect
from aftersales.reporting.site import run_info
from aftersales.reporting.spec import Wording, load_report, load_wording
from aftersales.settings import Settings, Target, packaged


@pytest.fixture(scope="session")
def metrics() -> dict[str, Metric]:
    return registry.load((packaged("sql"),))


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path, is_demo=True)


@pytest.fixture
def zh(settings) -> Wording:
    return load_wording(settings.report_layers, "weekly", "zh", also=["why"])


@pytest.fixture
def en(settings) -> Wording:
    return load_wording(settings.report_layers, "weekly", "en", also=["why"])


@pytest.fixture(scope="session")
def collected() -> dict[str, Review]:
    """Reviews by what was planted: they do not change, and many tests look at the same one."""
    return {}


@pytest.fixture
def review(settings, metrics, collected) -> Callable[..., Review]:
    """A review of a planted run."""

    def made(
        *,
        period: str | None = None,
        targets: dict[str, float] | None = None,
        dated: tuple[Target, ...] = (),
        **plant: Any,
    ) -> Review:
        key = repr((period, targets, dated, sorted(plant.items())))
        if key in collected:
            return collected[key]
        told = Settings(
            home=settings.home, is_demo=True, targets=targets or {}, dated_targets=dated
        )
        report = load_report(told.report_layers, "weekly")
        with published(**plant) as con:
            run = run_info(RECORD, UNTIL)
            collected[key] = collect(con, told, metrics, [], report, period=period, run=run)
        return collected[key]

    return made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped without a Chromium on PATH, but fails in CI."""
    program = settings_module.browser()
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Chromium on PATH")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory, metrics) -> Path:
    """A rendered site with everything planted, and a title that would be a script."""
    from aftersales import reporting

    told = Settings(
        home=tmp_path_factory.mktemp("workspace"),
        is_demo=True,
        targets={"first_response_within_3min": 0.8},
    )
    hostile = {"title": HOSTILE, "red_line": HOSTILE, "topic": HOSTILE}
    with published(slow_week=True, bad_sku=True, has_faults=True, **hostile) as con:
        reporting.build(con, told, metrics, RECORD)
    return told.site


HOSTILE = "<img src=x onerror=\"document.title='run'\">"
