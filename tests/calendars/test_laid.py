"""What a run lays beside raw: whose calendar is which, and the clock each of them goes by."""

from __future__ import annotations

from datetime import datetime

from calendars import recipe

from aftersales import formats, settings
from aftersales.ingest import ledger
from aftersales.settings import DEMO
from aftersales.warehouse import references
from aftersales.warehouse.connection import open_writer, rows


def test_a_run_lays_whose_calendar_is_which_and_the_zones_they_go_by(tmp_path):
    settings.init(tmp_path, extra=DEMO + '"us.late" = "day"\n')
    own = settings.load(tmp_path)
    known = formats.load(own.sql_layers, recipe.PROMISED)
    with open_writer(own) as con:
        ledger.reconcile(con, own, recipe.PROMISED, known)
        references.lay(con, own, recipe.PROMISED, known, as_of=datetime(2026, 11, 22, 16))
        assert rows(con, "from ref_calendar_of") == [
            (None, None, "day"),
            ("us", None, "us"),
            ("us", "late", "day"),
        ]
        assert rows(con, "select calendar_id, zone, ends_because from dim_calendar") == [
            ("day", "Asia/Shanghai", "holidays_not_known"),
            ("us", "America/New_York", "end_of_layout"),
        ]
        assert rows(con, "select distinct zone from dim_utc_offset order by 1") == [
            ("America/New_York",),
            ("Asia/Shanghai",),
            ("UTC",),
        ]
