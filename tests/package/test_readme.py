"""The README's words held against the program."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from conftest import ROOT, SAMPLE

from aftersales import notebook
from aftersales.cli import app

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
EXPORT = (
    "Unique id,channel_name,Issue_reported at,issue_responded,Agent_name\n"
    "a-1,Inbound,01/08/2026 18:37,01/08/2026 18:38,Kim\n"
    "a-2,Outcall,02/08/2026 18:37,25/08/2026 18:38,Lee\n"
)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text):
    """Every line of the sh blocks without its comment."""
    lines = "".join(blocks(text, "sh")).splitlines()
    return [re.sub(r"\s+#.*", "", line).strip() for line in lines]


def test_every_command_of_the_readme_exists():
    known = typer.main.get_command(app).commands
    named = [line.split() for line in commands(README) if line.startswith("aftersales ")]
    assert named
    assert {words[1] for words in named} <= set(known)
    for words in named:
        inner = getattr(known[words[1]], "commands", None)
        assert not inner or len(words) < 3 or words[2] in inner


def test_every_make_target_of_the_readme_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`?make (\w+)", "\n".join(commands(README)))) | set(
        re.findall(r"`make (\w+)`", README)
    )
    assert named >= {"demo", "test", "lab"}
    assert named <= targets


def test_every_command_is_found_by_who_reads_the_readme_and_the_help():
    known = typer.main.get_command(app).commands
    for name, command in known.items():
        assert re.search(rf"\b{name}\b", README) or command.help, name
        assert command.help, name


def test_both_languages_give_the_same_commands():
    assert commands(CHINESE) == commands(README)
    told, said = ([ast.dump(ast.parse(b)) for b in blocks(x, "python")] for x in (CHINESE, README))
    assert told == said


@pytest.mark.parametrize("text", [README, CHINESE], ids=["en", "zh"])
def test_the_list_of_formats_is_a_click_away(text):
    assert "(docs/formats.md)" in text


@pytest.mark.parametrize("text", [README, CHINESE], ids=["en", "zh"])
def test_every_link_leads_somewhere(text):
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / link).exists(), link


def test_the_python_of_the_readme_runs(copied, monkeypatch):
    monkeypatch.chdir(copied.home)
    monkeypatch.setattr(notebook, "_current", None)
    for block in blocks(README, "python"):
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own lines


@pytest.fixture
def shell(tmp_path):
    """Runs a block as a person would paste it, in a home of its own."""
    scripts = Path(sys.executable).parent
    downloads = tmp_path / "Downloads"
    downloads.mkdir()
    for file in (SAMPLE / "flagship").glob("ExportOrderList*"):
        shutil.copy(file, downloads)

    def run(block, cwd):
        lines = [line for line in block.splitlines() if "activate" not in line]
        script = "\n".join(["set -euo pipefail", *lines])
        return subprocess.run(
            ["bash", "-c", script],
            cwd=cwd,
            env={
                **os.environ,
                "HOME": str(tmp_path),
                "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.slow
def test_the_shell_blocks_of_the_readme_run(copied, shell, no_browser):
    (copied.home / "my_export.csv").write_text(EXPORT, encoding="utf-8")
    (copied.home / "reviews.csv").write_text("text\n用了三天就坏了\n", encoding="utf-8")
    ran = [block for block in blocks(README, "sh") if "aftersales " in block]
    assert len(ran) == 4
    for block in ran:
        done = shell(block, copied.home)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
