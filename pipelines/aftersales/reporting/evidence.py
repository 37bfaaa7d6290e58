"""Where in a quoted line the words stand that tell a category, found again by their phrase."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError


class Evidence:
    """Reads the phrases of a category when a quote of it is first asked for.

    A quote is cut and masked after its words were found, so positions are of no use any more; a
    phrase that is not found again in what is left marks nothing.
    """

    def __init__(self, layers: tuple[Path, ...]) -> None:
        self._layers = layers
        self._of_leaf: dict[str, Mapping[str, re.Pattern[str]]] = {}

    def find(self, rule: str | None, quote: str) -> tuple[int, int] | None:
        """Where the phrase stands in the quote; None without a phrase, or where it does not.

        Args:
            rule: of ``fct_complaint.rule``, such as ``P5.leaks``; None: the model alone told it.
        """
        from aftersales.complaints.folding import fold

        if rule is None:
            return None
        phrase = self._phrases(rule.partition(".")[0]).get(rule)
        found = phrase.search(fold(quote)) if phrase else None
        return found.span() if found else None

    def _phrases(self, leaf: str) -> Mapping[str, re.Pattern[str]]:
        if leaf not in self._of_leaf:
            self._of_leaf[leaf] = self._read(leaf)
        return self._of_leaf[leaf]

    def _read(self, leaf: str) -> Mapping[str, re.Pattern[str]]:
        """One category's phrases, which the run has checked when it read the texts."""
        from aftersales.complaints.patterns import BadPatternError, compiled
        from aftersales.complaints.taxonomy import Leaf
        from aftersales.contracts import read_yaml

        path = self._newest(f"leaves/{leaf.lower()}.yml")
        if path is None:
            return {}
        try:
            told = Leaf.model_validate(read_yaml(path))
            return {
                f"{leaf}.{name}": re.compile(compiled(phrase.match, self._macros), re.ASCII)
                for phrases in told.phrases.values()
                for name, phrase in phrases.items()
            }
        except (BadPatternError, ValidationError):
            return {}  # broken since the run: the next run says so, a page goes without marks

    @cached_property
    def _macros(self) -> Mapping[str, str]:
        from aftersales.contracts import read_yaml

        path = self._newest("macros.yml")
        return read_yaml(path)["macros"] if path else {}

    def _newest(self, relative: str) -> Path | None:
        found = [layer / "complaints" / relative for layer in reversed(self._layers)]
        return next((path for path in found if path.is_file()), None)
