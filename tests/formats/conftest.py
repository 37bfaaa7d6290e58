"""Exports small enough to read in the test, in a workspace as the tests of ingest use it."""

from ingest.conftest import make_workspace, rules, workspace  # noqa: F401 - fixtures
