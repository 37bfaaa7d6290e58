from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from aftersales import metrics as registry
from aftersales.metrics import Metric
from aftersales.reporting import paint
from aftersales.reporting.spec import Wording, load_wording
from aftersales.settings import Settings


@pytest.fixture(scope="session")
def metrics() -> dict[str, Metric]:
    return registry.load(Settings(home=__import__("pathlib").Path("/nowhere")).sql_layers)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path, is_demo=True, targets={"first_response_within_3min": 0.8})


@pytest.fixture(params=["zh", "en"])
def wording(request, settings) -> Wording:
    return load_wording(settings.report_layers, "weekly", request.param)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser page factory; skipped without a Chromium, except in CI."""
    program = paint.browser()
    if program is None:
        message = "no Chromium on PATH"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
