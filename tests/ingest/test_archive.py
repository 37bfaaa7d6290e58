"""How long delivered files are kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from aftersales.ingest import intake

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_delivered_files_are_kept_for_archive_days_and_no_longer(workspace):
    settings = workspace.settings
    settings.archive.mkdir(parents=True)
    for name, days in (
        ("fresh", 0),
        ("last_day", settings.archive_days),
        ("old", settings.archive_days + 1),
    ):
        file = settings.archive / name
        file.write_bytes(b"x")
        kept_since = (NOW - timedelta(days=days)).timestamp()
        os.utime(file, (kept_since, kept_since))
    assert intake.prune_archive(settings, now=NOW) == 1
    assert sorted(file.name for file in settings.archive.iterdir()) == ["fresh", "last_day"]
