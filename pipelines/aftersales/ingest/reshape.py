"""Deliveries that are no table of rows yet: copied conversations, columns that want to be rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from aftersales.formats import Dialogue, Format, Formats, Wide, comparable
from aftersales.ingest.recognise import Claim, Row, claims, head_rows
from aftersales.ingest.salvage import numbered_csv
from aftersales.ingest.staged import Rejected, Staged

MESSAGE = ("customer", "sent_at", "sender", "role", "text")
CUSTOMER, AGENT, BOT, SYSTEM = "customer", "agent", "bot", "system"
# Lines looked at to tell a conversation from any other text.
LOOKED_AT = 400


@dataclass(frozen=True)
class Delivered:
    """One row or cell as delivered: its line (row in a sheet) and its cells."""

    line: int
    cells: Sequence[str]


@dataclass
class _Message:
    """One message while its lines are read."""

    line: int
    sender: str
    sent_at: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


@dataclass(frozen=True)
class Reshaped:
    """A staged table and how many lines were nobody's message."""

    staged: Staged
    left_out: int = 0


def names_after(form: Format, names: tuple[str, ...]) -> tuple[str, ...]:
    """The header a format's rows have once they are reshaped."""
    if form.dialogue is not None:
        return MESSAGE
    if form.wide is not None:
        return (*form.wide.keep, form.wide.name, form.wide.value)
    return names


def text_claims(path: Path, formats: Formats) -> list[Claim]:
    """What each format says of a staged text, a table or else a copied conversation."""
    found = claims(head_rows(path), formats)
    if any(claim.claims for claim in found):
        return found
    dialogue = _claim_dialogue(path, formats)
    return [dialogue, *found] if dialogue else found


def _claim_dialogue(path: Path, formats: Formats) -> Claim | None:
    """The format whose messages a staged text holds most of; None where it holds none."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        lines = [line.rstrip("\r\n") for line in islice(source, LOOKED_AT)]
    found = []
    for form in formats.by_name.values():
        if form.dialogue is not None and form.dialogue.cell is None:
            told = [m for m in _messages(lines, form.dialogue)[0] if m.sent_at]
            begun = sum(1 for message in told if message.sender)
            if begun and 2 * begun >= len(told):  # a column of times names no senders
                claim = Claim(form.name, True, (), (), begun, Row((), 0, 0))
                found.append(claim)
    return max(found, key=lambda claim: claim.known, default=None)


def stage_text(path: Path, dialogue: Dialogue, to: Path, encoding: str) -> Reshaped:
    """A staged text that is one conversation, as a table of messages."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        lines = [line.rstrip("\r\n") for line in source]
    return _stage([(1, "", lines)], dialogue, to, encoding, None)


def stage_rows(
    form: Format,
    names: Sequence[str],
    rows: Iterable[Delivered],
    to: Path,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Reshaped:
    """A delivered table, with its rows reshaped as the format says."""
    if form.dialogue is not None:
        cells = list(_conversations(form.dialogue, names, rows))
        return _stage(cells, form.dialogue, to, encoding, sheet)
    if form.wide is None:
        raise ValueError(f"{form.name} is not reshaped")
    return Reshaped(_lengthened(form.wide, names, rows, to, encoding, sheet))


def _conversations(
    dialogue: Dialogue, names: Sequence[str], rows: Iterable[Delivered]
) -> Iterator[tuple[int, str, list[str]]]:
    spelled = [comparable(name) for name in names]
    cell = spelled.index(comparable(str(dialogue.cell)))
    customer = spelled.index(comparable(dialogue.customer)) if dialogue.customer else None
    for row in rows:
        named = row.cells[customer].strip() if customer is not None else ""
        yield row.line, named, row.cells[cell].splitlines()


def _stage(
    conversations: Sequence[tuple[int, str, list[str]]],
    dialogue: Dialogue,
    to: Path,
    encoding: str | None,
    sheet: str | None,
) -> Reshaped:
    record = loaded = left_out = 0
    rejected: list[Rejected] = []
    with numbered_csv(to) as writer:
        for first, named, lines in conversations:
            messages, ignored = _messages(lines, dialogue)
            left_out += ignored
            roles = [_role(message, dialogue) for message in messages]
            speakers = [
                m.sender for m, role in zip(messages, roles, strict=True) if role == CUSTOMER
            ]
            customer = named or (speakers[0] if speakers else "")
            for message, role in zip(messages, roles, strict=True):
                record += 1
                line = first + message.line if dialogue.cell is None else first
                if message.sent_at:
                    cells = (customer, message.sent_at, message.sender, role, message.text)
                    writer.writerow((record, *cells))
                    loaded += 1
                else:
                    reason = "no line above it says who wrote it and when"
                    rejected.append(Rejected(record, line, None, reason, (message.text,)))
    staged = Staged(
        to,
        "csv",
        MESSAGE,
        loaded,
        numbered=True,
        rejected=tuple(rejected),
        encoding=encoding,
        sheet=sheet,
    )
    return Reshaped(staged, left_out)


def _messages(lines: Sequence[str], dialogue: Dialogue) -> tuple[list[_Message], int]:
    """The messages in a conversation's lines, and how many lines were the window's own.

    Text above the first message is one without sender and time.
    """
    opens = [re.compile(pattern) for pattern in dialogue.opens]
    own = [re.compile(pattern) for pattern in dialogue.leaves_out]
    found: list[_Message] = []
    left_out = 0
    taken = -1
    for number, line in enumerate(lines):
        if number <= taken:
            continue
        if any(pattern.fullmatch(line.strip()) for pattern in own):
            left_out += 1
            continue
        pair = "\n".join(part.strip() for part in lines[number : number + 2])
        match = next(
            (
                m
                for pattern in opens
                if (m := pattern.fullmatch(pair if r"\n" in pattern.pattern else line.strip()))
            ),
            None,
        )
        if match is None:
            if not found and line.strip():
                found.append(_Message(number, "", "", []))
            if found:
                found[-1].lines.append(line)
            continue
        told = match.groupdict()
        taken = number + match.string.count("\n")
        sender = (told.get("sender") or "").strip() or _taken_back(found)
        text = told.get("text") or ""
        found.append(_Message(number, sender, told["sent_at"], [text] if text else []))
    return [m for m in found if m.sent_at or m.text], left_out


def _taken_back(found: list[_Message]) -> str:
    """The line before a time that stands alone: its sender, not the last message's text."""
    lines = found[-1].lines if found else []
    while lines and not lines[-1].strip():
        lines.pop()
    return lines.pop().strip() if lines else ""


def _role(message: _Message, dialogue: Dialogue) -> str:
    said = f"{message.sender}\n{message.text}"
    if any(re.search(pattern, said) for pattern in dialogue.notices):
        return SYSTEM
    if not re.search(dialogue.ours, message.sender):
        return CUSTOMER
    is_robot = any(re.search(pattern, message.sender) for pattern in dialogue.robots)
    return BOT if is_robot else AGENT


def _lengthened(
    wide: Wide,
    names: Sequence[str],
    rows: Iterable[Delivered],
    to: Path,
    encoding: str | None,
    sheet: str | None,
) -> Staged:
    spelled = [comparable(name) for name in names]
    keep = [spelled.index(comparable(name)) for name in wide.keep]
    others = [
        (position, name)
        for position, name in enumerate(names)
        if position not in keep and not name.startswith("column ")
    ]
    last = max([*keep, *(position for position, _ in others)])
    nothing = {cell.casefold() for cell in wide.nothing}
    record = loaded = 0
    rejected: list[Rejected] = []
    with numbered_csv(to) as writer:
        for row in rows:
            if len(row.cells) <= last:
                record += 1
                reason = f"only {len(row.cells)} cells where the header has {len(names)}"
                rejected.append(Rejected(record, row.line, None, reason, tuple(row.cells)))
                continue
            kept = [row.cells[position].strip() for position in keep]
            for position, name in others:
                record += 1
                cell = row.cells[position].strip()
                if cell.casefold() in nothing:
                    rejected.append(Rejected(record, row.line, name, "blank_cell", ()))
                else:
                    writer.writerow((record, *kept, name, cell))
                    loaded += 1
    return Staged(
        to,
        "csv",
        (*wide.keep, wide.name, wide.value),
        loaded,
        numbered=True,
        rejected=tuple(rejected),
        encoding=encoding,
        sheet=sheet,
    )
