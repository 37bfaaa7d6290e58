"""A run killed anywhere leaves one whole run published, and the next one makes up for it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.conftest import facts
from ingest.conftest import Workspace, order, order_file

from aftersales import jobs, settings
from aftersales.settings import Settings

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


STEPS = [
    "aftersales.warehouse.references.lay",
    "aftersales.warehouse.build._make",
    "aftersales.quality.run_gate",
    "aftersales.warehouse.publish._copy",
    "aftersales.warehouse.publish._point",
    "aftersales.reporting.build",
    "aftersales.warehouse.state.remember",
]


def test_killed_between_loading_and_the_end_and_run_again_gives_the_same_published_tables(
    workspace: Workspace, no_browser: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # nobody asks what the gate says, and it takes half of each run
    monkeypatch.setattr("aftersales.quality.run_gate", lambda *_: [])
    workspace.con.close()
    base, now = workspace.settings, datetime(2026, 4, 1, 2, tzinfo=UTC)
    workspace.put("flagship/a 202603310800.csv", order_file(order(1)))
    assert jobs.run(base, now=now).published
    before = facts(base)
    newer = order_file(order(1, paid="5.00"), order(2))
    workspace.put("flagship/b 202604010800.csv", newer)
    undisturbed = copy(base, tmp_path / "undisturbed")
    assert jobs.run(undisturbed, now=now + timedelta(hours=1)).published
    after = facts(undisturbed)
    assert after["fct_order"] != before["fct_order"]
    for step in STEPS:
        own = copy(base, tmp_path / step)
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(step, killed)
            jobs.run(own, now=now + timedelta(hours=1))
        assert facts(own) in (before, after), step  # one whole run, whichever
        assert jobs.run(own, now=now + timedelta(hours=2)).published
        assert facts(own) == after, step
        assert jobs.run(own, now=now + timedelta(hours=3)).run_id is None


def copy(base: Settings, home: Path) -> Settings:
    shutil.copytree(base.home, home, symlinks=True)
    return settings.load(home)


def killed(*_: object, **__: object) -> None:
    raise Killed
