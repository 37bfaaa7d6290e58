"""Which delivered column goes where: the columns of one file held against format and contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aftersales.contracts import Table
from aftersales.errors import DataError
from aftersales.file_names import days_in_name
from aftersales.formats import Fallback, Format, comparable
from aftersales.ingest.pii import is_personal
from aftersales.ingest.recognise import title


@dataclass(frozen=True)
class Plan:
    """Where each delivered column goes.

    Attributes:
        sources: contract column → position of the delivered one, or a constant.
        fallbacks: contract column → positions of those that stand in for an empty cell, in the
            format's order; None for one the file does not have.
        only: position of a column that says what kind of row it is → its cells of rows taken.
        platform: where a row's platform comes from, if the file says it.
        extras: delivered columns no contract column takes, by position.
        absent: contract columns the format maps and the file does not have.
        withheld: delivered columns nobody mapped that are about a person by their name.
    """

    form: Format
    table: Table
    names: tuple[str, ...]
    sources: dict[str, int | str]
    fallbacks: dict[str, tuple[int | None, ...]]
    platform: int | str | None
    extras: tuple[int, ...]
    absent: tuple[str, ...]
    withheld: tuple[str, ...]
    only: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def positions(self, *types: str) -> list[int]:
        """Delivered positions of contract columns of these types that are kept as they are."""
        return sorted(
            {
                source
                for column, source in self.sources.items()
                if isinstance(source, int)
                and self.table.columns[column].type in types
                and self.table.columns[column].pii in {"none", "free_text"}
            }
        )

    def needed(self) -> dict[str, int]:
        """Contract columns no row may leave empty that come from the file, with their position."""
        standing_in = {
            facts.session.by
            for column, facts in self.table.columns.items()
            if facts.session and column not in self.sources
        }
        return {
            column: source
            for column, source in self.sources.items()
            if isinstance(source, int)
            and (self.table.columns[column].required or column in standing_in)
        }

    def times(self) -> list[str]:
        """Contract columns of type time that come from the file."""
        return [
            column
            for column, source in self.sources.items()
            if isinstance(source, int) and self.table.columns[column].type == "time"
        ]

    def harmless(self) -> list[bool]:
        """Per delivered column, whether its contract column holds nothing personal."""
        kept = {
            source
            for column, source in self.sources.items()
            if isinstance(source, int) and self.table.columns[column].pii == "none"
        }
        personal = {
            source
            for column, source in self.sources.items()
            if isinstance(source, int) and self.table.columns[column].pii != "none"
        }
        return [position in kept - personal for position in range(len(self.names))]


def make(
    form: Format, table: Table, names: Sequence[str], file: str, *, sheet: str | None = None
) -> Plan:
    """Bind a file's columns by name.

    Raises:
        DataError: a required contract column has none, or the file's name lacks its days.
    """
    spelled = [comparable(name) for name in names]
    sources: dict[str, int | str] = {}
    fallbacks: dict[str, tuple[int | None, ...]] = {}
    platform: int | str | None = None
    absent: list[str] = []
    for column, source in form.columns.items():
        found = source.value if source.value is not None else _first(source.names, spelled)
        if source.fallback is not None:
            standing_in = _standing_in(source.fallback, spelled)
            there = next((position for position in standing_in if position is not None), None)
            if there is not None:
                fallbacks[column] = standing_in
                found = there if found is None else found
        if found is None and source.of_file is not None:
            found = _of_file(form, source.of_file, file, sheet)
        if column == "platform":
            platform = found
        elif column not in table.columns:
            continue
        elif found is not None:
            sources[column] = found
        elif source.names:
            absent.append(column)
    _check_required(form, table, sources, file)
    taken = {source for source in [*sources.values(), platform] if isinstance(source, int)}
    dropped = {comparable(name) for name in form.drop}
    free = [i for i, name in enumerate(spelled) if i not in taken and name not in dropped]
    withheld = tuple(names[i] for i in free if is_personal(spelled[i]))
    extras = tuple(i for i in free if not is_personal(spelled[i]))
    kinds = {_first([name], spelled): tuple(cells) for name, cells in form.only.items()}
    return Plan(
        form,
        table,
        tuple(names),
        sources,
        fallbacks,
        platform,
        extras,
        tuple(absent),
        withheld,
        {position: cells for position, cells in kinds.items() if position is not None},
    )


def _standing_in(fallback: Fallback, spelled: Sequence[str]) -> tuple[int | None, ...]:
    if fallback.together:
        return tuple(_first([name], spelled) for name in fallback.names)
    return (_first(fallback.names, spelled),)


def _of_file(form: Format, what: str, file: str, sheet: str | None) -> str | None:
    """What the file's name, or its sheet's, says in place of a column."""
    if what == "sheet":
        return sheet
    days = days_in_name(file)
    if not days:
        raise DataError(
            f"it is {title(form)}, and neither a column nor its name says which days it is about",
            fix="put the day, or the first and the last, into its name: …_2026-11-16_2026-11-22…",
            file=file,
        )
    return str(days[0] if what == "first_day" else days[-1])


def _first(wanted: Sequence[str], spelled: Sequence[str]) -> int | None:
    return next(
        (spelled.index(comparable(name)) for name in wanted if comparable(name) in spelled), None
    )


def _check_required(form: Format, table: Table, sources: dict[str, int | str], file: str) -> None:
    for column, facts in table.columns.items():
        if facts.required is True and column not in sources:
            names = " or ".join(f"'{name}'" for name in form.columns[column].names)
            if not names:
                raise DataError(
                    f"it is {title(form)}, whose mapping does not say which column is '{column}'"
                    f" ({facts.meaning})",
                    fix=f"name that column in sql/formats/{form.name}.yml",
                    file=file,
                )
            raise DataError(
                f"it is {title(form)}, but without {names} ({facts.meaning})",
                fix="tick that column when exporting",
                file=file,
            )
