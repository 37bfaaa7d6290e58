"""What a person is told when something stops, and the exit code it maps to."""

from __future__ import annotations


class AftersalesError(Exception):
    """A stop with a known cause; printed without a traceback.

    Attributes:
        what: what is wrong, one sentence without a full stop.
        fix: what to do about it.
    """

    exit_code = 1

    def __init__(self, what: str, *, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def place(self) -> str:
        """Where it happened, ready to stand before ``what``; empty when nowhere in particular."""
        return ""

    def __str__(self) -> str:
        place = self.place()
        return f"{place + ': ' if place else ''}{self.what}\n  fix: {self.fix}"


class ConfigError(AftersalesError):
    """Settings, contracts, formats, metrics or models that cannot be used."""

    exit_code = 3

    def __init__(self, what: str, *, fix: str, file: str = "") -> None:
        super().__init__(what, fix=fix)
        self.file = file

    def place(self) -> str:
        """The file at fault."""
        return self.file


class Busy(AftersalesError):  # noqa: N818 - the state has a name, it is not an error of anyone
    """Another run holds the writer lock."""

    exit_code = 4


class DataError(AftersalesError):
    """An export file, or a value in it, that cannot be taken.

    Attributes:
        file: the file's name as delivered.
        line: physical line in a text file, row in a workbook; None when it is the whole file.
        column: header name as delivered.
    """

    exit_code = 5

    def __init__(
        self, what: str, *, fix: str, file: str, line: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(what, fix=fix)
        self.file = file
        self.line = line
        self.column = column

    def place(self) -> str:
        """File, line and column, as far as they are known."""
        parts = [self.file]
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column is not None:
            parts.append(f"column '{self.column}'")
        return ", ".join(parts)
