"""Disks that are full or may not be written; real ones, mounted where the tests run as root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.conftest import AS_OF, facts, run

from aftersales import settings
from aftersales.settings import Settings

Mount = Callable[[str], Settings]


@pytest.fixture
def mounted(tmp_path: Path, delivered: Settings) -> Iterator[Mount]:
    """A workspace with the sample delivered, on a file system of its own of the size asked."""
    point = tmp_path / "mounted"
    point.mkdir()

    def mount(size: str) -> Settings:
        if os.geteuid() != 0:
            pytest.skip("only root may mount")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "aftersales", str(point)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
        shutil.copytree(delivered.home, point, dirs_exist_ok=True)
        return settings.load(point)

    yield mount
    subprocess.run(["umount", str(point)], capture_output=True, check=False)


def remount(workspace: Settings, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(workspace.home)], check=True)


@pytest.mark.parametrize("command", [["run", *AS_OF], ["ingest"]])
def test_a_workspace_that_may_only_be_read_is_named(mounted, ask, command):
    workspace = mounted("8m")
    remount(workspace, "ro")
    told = ask("--home", workspace.home, *command)
    assert (told.code, told.out, told.err) == (
        3,
        "",
        f"{workspace.data}: cannot be written: Read-only file system\n"
        "  fix: give yourself the right to write there, or name another workspace with --home\n",
    )


def test_the_doctor_says_a_workspace_cannot_be_written(mounted, ask):
    workspace = mounted("8m")
    remount(workspace, "ro")
    told = ask("--home", workspace.home, "doctor", "--format", "csv")
    assert told.code == 3
    assert (
        f"workspace,failed,{workspace.home} cannot be written: give yourself the right to\n"
        in told.out
    )
    assert "disk,warning,0.0 GiB free: a run may not have room\n" in told.out


@pytest.mark.slow
@pytest.mark.parametrize("size", ["2500k"])
def test_a_full_disk_stops_a_run_and_room_lets_it_finish(ask, mounted, published, size):
    workspace = mounted(size)
    told = run("--home", workspace.home, "run", *AS_OF)
    assert (told.code, told.out) == (3, "")
    assert re.fullmatch(
        rf"(a file|{workspace.data}/\S+): no space left to write\n"
        "  fix: free disk space, then run again\n",
        told.err,
    )
    assert not (workspace.published / "current").exists()
    remount(workspace, "size=100m")
    assert ask("--home", workspace.home, "run", *AS_OF).code == 0
    assert facts(workspace)["fct_turn"] == facts(published)["fct_turn"]
