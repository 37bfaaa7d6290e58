"""One published workspace for every test that wants to read one."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from aftersales import jobs, settings
from aftersales.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "sample"
# Rows by file of the tracked sample, as its writer counted them.
DELIVERED: dict[str, int] = json.loads((SAMPLE / "_truth.json").read_text(encoding="utf-8"))[
    "files"
]
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
UNTIL = date(2026, 11, 22)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-goldens", action="store_true", help="write the numbers anew")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file that needs the published workspace comes first, the others last.

    Whoever asks for it while it is being made waits, so the workers had better not all ask at once.
    """
    asking = {item.path for item in items if "published" in getattr(item, "fixturenames", ())}
    first = next((item.path for item in items if item.path in asking), None)
    items.sort(key=lambda item: (item.path != first, item.path in asking))


@pytest.fixture(autouse=True)
def _no_workspace_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERSALES_HOME", raising=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Settings:
    """An empty workspace."""
    settings.init(tmp_path / "workspace")
    return settings.load(tmp_path / "workspace")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The tracked sample, run to a published review once for all workers; not to be changed."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    home = shared / "published"
    with FileLock(shared / "published.lock"):
        if not (home / "data" / "published" / "current").exists():
            settings.init(home, extra=settings.DEMO)
            shutil.copytree(SAMPLE, home / "data" / "inbox", dirs_exist_ok=True)
            result = jobs.run(settings.load(home), now=NOW, as_of_on=UNTIL)
            assert result.published, result.findings
    return settings.load(home)


@pytest.fixture
def copied(published: Settings, tmp_path: Path) -> Settings:
    """A published workspace of the test's own."""
    home = tmp_path / "workspace"
    shutil.copytree(published.home, home, symlinks=True)
    return settings.load(home)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs tests call, and no browser."""
    folder = tmp_path_factory.mktemp("programs")
    for name in ("bash", "cp", "ls", "mkdir", "mount", "sh", "umount"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, programs: Path) -> None:
    """Charts are left to the script: painting them costs every run seconds nobody looks at."""
    monkeypatch.setenv("PATH", str(programs))
