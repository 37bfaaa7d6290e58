"""Bytes in, raw tables out: sniff, decode, find the header, count, load, reconcile."""

from aftersales.ingest import ledger, quarantine
from aftersales.ingest.files import Outcome, explain, ingest
from aftersales.ingest.load import ensure_tables, totals
from aftersales.ingest.scaffold import scaffold, write_scaffold

__all__ = [
    "Outcome",
    "ensure_tables",
    "explain",
    "ingest",
    "ledger",
    "quarantine",
    "scaffold",
    "totals",
    "write_scaffold",
]
