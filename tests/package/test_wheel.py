"""What is built from the tree, and that it works away from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow


def called(*command, cwd, **variables):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built without the network from what git tracks or would, beside things it must not take."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tree = tmp_path_factory.mktemp("tree")
    listed = called(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    for name in ("reports/_site/index.html", "data/inbox/orders.csv", "data/key"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("not for others")
    called(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=tree)
    (built,) = (tree / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_all_that_a_run_reads(names):
    for folder in ("sql", "reports"):
        there = {
            f"aftersales/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "_site" not in path.parts
        }
        assert there
        assert there <= names
    package = ROOT / "pipelines" / "aftersales"
    code = {
        path.relative_to(ROOT / "pipelines").as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert code <= names
    assert "aftersales/DECISIONS.md" in names


def test_the_wheel_holds_nothing_else(names):
    assert not [name for name in names if "_site" in name or "__pycache__" in name]
    tops = {name.split("/")[0] for name in names}
    assert tops == {"aftersales", "aftersales-0.1.0.dist-info"}
    assert not [name for name in names if re.match(r"aftersales/(data|tests|notebooks)/", name)]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A virtual environment with the wheel alone installed.

    The third-party packages are those of this environment, reached by a .pth file: a .pth inside
    them, and with it an editable install of the tree, is not followed.
    """
    home = tmp_path_factory.mktemp("environment")
    called(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    called(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=home)
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(called(python, "-c", asked, cwd=home).stdout.strip())
    (packages / "third_party.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


def test_an_installed_wheel_runs_the_demo_in_an_empty_folder(installed, tmp_path, no_browser):
    python, program = installed / "bin" / "python", installed / "bin" / "aftersales"
    where = called(python, "-c", "import aftersales; print(aftersales.__file__)", cwd=tmp_path)
    assert where.stdout.startswith(str(installed))

    done = called(program, "demo", cwd=tmp_path)
    page = re.search(r"^open: file://(.*)$", done.stderr, re.MULTILINE)
    assert page
    assert Path(page[1]) == tmp_path / "demo" / "reports" / "_site" / "index.html"
    assert "样例数据" in Path(page[1]).read_text(encoding="utf-8")
    asked = called(
        program, "metric", "orders", "--format", "csv", cwd=tmp_path, AFTERSALES_HOME="demo"
    )
    assert asked.stdout.splitlines()[1].startswith("20000,20000,")
    called(program, "explain", "exchange_rate_units", cwd=tmp_path / "demo")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo"]
