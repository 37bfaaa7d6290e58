"""The quality gate: what contracts and models promise, held against the tables.

The only package that imports great_expectations, and only when the gate runs.
"""

from __future__ import annotations

from aftersales.quality.expectations import preload
from aftersales.quality.findings import Finding, corrected, stops
from aftersales.quality.gate import run_gate

__all__ = ["Finding", "corrected", "preload", "run_gate", "stops"]
