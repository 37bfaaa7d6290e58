from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import SAMPLE

from aftersales import cli, settings
from aftersales.settings import Settings
from aftersales.warehouse import publish
from aftersales.warehouse.connection import one, rows

AS_OF = ("--as-of", "2026-11-22")
COMMAND = (sys.executable, "-m", "aftersales.cli")


@dataclass(frozen=True)
class Told:
    """What a command left behind."""

    code: int
    out: str
    err: str


Ask = Callable[..., Told]


@pytest.fixture(autouse=True)
def _no_browser(no_browser: None) -> None:
    """None of these tests looks at a chart."""


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Ask:
    """The command line called in this process: everything but the process itself is real."""
    monkeypatch.chdir(tmp_path)

    def call(*args: object) -> Told:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["aftersales", *map(str, args)])
        code, text = cli._call()
        printed = capsys.readouterr()
        return Told(code, printed.out, printed.err + text)

    return call


def run(*args: object, cwd: Path | None = None, **variables: str) -> Told:
    """The command line in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **variables},
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def start(*args: object) -> subprocess.Popen[str]:
    """The command line in a process that hears Ctrl-C, whatever shell started the tests."""
    return subprocess.Popen(
        [*COMMAND, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def private(workspace: Settings) -> Settings:
    """The workspace, with the modes the command line gives it."""
    for path in workspace.data.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o600)
    return workspace


@pytest.fixture
def own(copied: Settings) -> Settings:
    """A published workspace of the test's own."""
    return private(copied)


@pytest.fixture(scope="session")
def shared(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published workspace for tests that only read it."""
    home = tmp_path_factory.mktemp("shared") / "workspace"
    shutil.copytree(published.home, home, symlinks=True)
    return private(settings.load(home))


@pytest.fixture
def delivered(tmp_path: Path) -> Settings:
    """A workspace whose inbox holds the tracked sample, never run."""
    home = tmp_path / "delivered"
    settings.init(home, extra=settings.DEMO)
    shutil.copytree(SAMPLE, home / "data" / "inbox", dirs_exist_ok=True)
    return settings.load(home)


HOLD = """
import sys
from datetime import datetime
from pathlib import Path
from aftersales.settings import Settings
from aftersales.warehouse.lock import writing
with writing(Settings(home=Path(sys.argv[1])), command="run", now=datetime(2026, 3, 1, 9)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(own: Settings) -> Iterator[subprocess.Popen[str]]:
    """Another process that is writing to ``own``."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(own.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def facts(workspace: Settings) -> dict[str, list[str]]:
    """Every published table but the run's own facts, as sorted rows."""
    with publish.open_published(workspace) as con:
        names = [
            name
            for (name,) in rows(con, "select table_name from duckdb_tables()")
            if name != "ref_run"
        ]
        return {name: sorted(map(repr, rows(con, f"from {name}"))) for name in names}


def orders(workspace: Settings) -> int:
    """How many orders readers see."""
    with publish.open_published(workspace) as con:
        return int(one(con, "select count(*) from fct_order"))


def files(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Every file below a folder, with what changes when it does."""
    return {
        str(path.relative_to(folder)): (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if (stat := path.lstat())
    }
