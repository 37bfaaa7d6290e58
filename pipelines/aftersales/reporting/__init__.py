"""The pages: one review a run, in every language of the workspace, readable from a folder."""

from __future__ import annotations

from aftersales.reporting.site import build

__all__ = ["build"]
