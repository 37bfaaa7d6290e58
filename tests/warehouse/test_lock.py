from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pytest

from aftersales.errors import Busy, ConfigError
from aftersales.settings import Settings
from aftersales.warehouse.lock import HOLDER_NAME, cannot_write, writing

NOW = datetime.fromisoformat("2026-03-01T16:05:09")
HOLD = """
import sys, time
from datetime import datetime
from pathlib import Path
from aftersales.settings import Settings
from aftersales.warehouse.lock import writing
with writing(Settings(home=Path(sys.argv[1])), command="run", now=datetime(2026, 3, 1, 9)):
    sys.stdout.write("held\\n")
    sys.stdout.flush()
    time.sleep(60)
"""


@pytest.fixture
def other(settings):
    """Another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_who_holds_it_and_since_when(settings, other):
    with pytest.raises(Busy) as refused, writing(settings, command="ingest", now=NOW):
        pass
    who = f"process {other.pid} of {getpass.getuser()} on {os.uname().nodename}"
    assert str(refused.value) == (
        f"the workspace is being written by 'run', {who}, since 2026-03-01T09:00:00 UTC\n"
        "  fix: wait until it is done, or end that process"
    )
    assert refused.value.exit_code == 4


def test_a_writer_that_was_killed_holds_nothing(settings, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert (settings.data / HOLDER_NAME).exists()
    with writing(settings, command="run", now=NOW):
        pass
    assert not (settings.data / HOLDER_NAME).exists()


def test_two_writers_in_one_process_are_two(settings):
    with (
        writing(settings, command="run", now=NOW),
        pytest.raises(Busy),
        writing(settings, command="run", now=NOW),
    ):
        pass


def test_an_error_inside_gives_the_lock_back(settings):
    with pytest.raises(ZeroDivisionError), writing(settings, command="run", now=NOW):
        raise ZeroDivisionError
    with writing(settings, command="run", now=NOW):
        pass


@pytest.mark.parametrize("left", ["", "{", "[]", "{}", "null"])
def test_a_holder_file_that_says_nothing_still_means_busy(settings, left):
    with writing(settings, command="run", now=NOW):
        (settings.data / HOLDER_NAME).write_text(left)
        with pytest.raises(Busy) as refused, writing(settings, command="run", now=NOW):
            pass
    assert str(refused.value) == (
        "the workspace is being written by another process\n"
        "  fix: wait until it is done, or end that process"
    )


def test_a_folder_that_may_not_be_written_is_named(as_nobody):
    home = as_nobody
    with (
        pytest.raises(ConfigError) as refused,
        writing(Settings(home=home), command="run", now=NOW),
    ):
        pass
    assert str(refused.value) == (
        f"{home}/data: cannot be written: Permission denied\n"
        "  fix: give yourself the right to write there, or name another workspace with --home"
    )


@pytest.fixture
def as_nobody():
    """A workspace its user may read only; root's rights are laid down meanwhile."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="aftersales-") as name:
        home = Path(name)
        (home / "data").mkdir()
        (home / "data").chmod(0o555)
        home.chmod(0o755)
        if root:
            os.seteuid(65534)
        try:
            yield home
        finally:
            if root:
                os.seteuid(0)


def test_a_full_disk_is_called_that():
    refused = cannot_write(Path("data/runs"), OSError(28, "No space left on device"))
    assert str(refused) == (
        "data/runs: no space left to write\n  fix: free disk space, then run again"
    )
