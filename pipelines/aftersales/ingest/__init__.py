"""Bytes in, raw tables out: sniff, decode, find the header, count, load, reconcile.

What it offers is loaded when first asked for: a run that finds nothing new needs no reader.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aftersales.ingest import ledger, quarantine
    from aftersales.ingest.files import Outcome, explain, ingest
    from aftersales.ingest.scaffold import write_scaffold

__all__ = ["Outcome", "explain", "ingest", "ledger", "quarantine", "write_scaffold"]
_HOMES = {
    "Outcome": "files",
    "explain": "files",
    "ingest": "files",
    "write_scaffold": "scaffold",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = import_module(f"{__name__}.{_HOMES.get(name, name)}")
        return getattr(home, name) if name in _HOMES else home
