"""What people found in texts, kept for good: a sheet's key, and a line a verdict."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from aftersales.complaints.masking import masked
from aftersales.complaints.sampling import Drawn, Found, Half, Read
from aftersales.complaints.taxonomy import Taxonomy
from aftersales.complaints.training import NO_LABELS
from aftersales.errors import DataError
from aftersales.warehouse.lock import cannot_write, write_whole

FILE = "labels.jsonl"
FOLDER = "sheets"
LONGEST = 8000  # characters of a text shown; a cell holds 32767
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
)  # no XML holds them


@dataclass(frozen=True)
class Asked:
    """One row of a sheet: what it shows, and what it does not.

    Attributes:
        key: as the sheet shows it; text_key: of the text in the warehouse.
        text: masked, as shown.
        half: why it was drawn; found, emotion: what we had found, which nobody is shown.
    """

    key: str
    text_key: str
    text: str
    source: str
    half: Half
    found: tuple[Found, ...]
    emotion: int


@dataclass(frozen=True)
class Key:
    """A sheet as it was drawn.

    Attributes:
        sheet: its name, with which the keys of its rows begin.
        first_on, last_on: local days of the texts it was drawn from, and how many they are.
        tops: in how many of these we found each group.
        version: of taxonomy, phrases and weights together.
    """

    sheet: str
    first_on: date
    last_on: date
    texts: int
    tops: dict[str, int]
    version: str
    rows: tuple[Asked, ...]


@dataclass(frozen=True)
class Verdict:
    """What one person found in one text.

    Attributes:
        labels: leaves; empty: nothing is complained of.
        emotion: 0 to 3; None: the person did not say.
        found, found_emotion, version: what we had found when the sheet was drawn.
        labelled_at: when it was read in, ISO 8601, UTC.
    """

    sheet: str
    text_key: str
    text: str
    source: str
    half: Half
    labels: tuple[str, ...]
    emotion: int | None
    note: str
    annotator: str
    found: tuple[Found, ...]
    found_emotion: int
    version: str
    labelled_at: str

    @property
    def said(self) -> tuple[object, ...]:
        """What makes it another verdict than the one before."""
        return self.labels, self.emotion, self.note


def key(
    first: date, last: date, texts: Sequence[Read], drawn: Sequence[Drawn], taxonomy: Taxonomy
) -> Key:
    """What is to be written down of a sheet, its rows in the order drawn.

    Args:
        first, last: Mondays of the first and the last week; texts: all that are of them.
    """
    tops = dict.fromkeys(taxonomy.tops, 0)
    for read in texts:
        for top in tops_of([label.leaf for label in read.labels], taxonomy):
            tops[top] += 1
    total = hashlib.sha256(f"{first} {last}".encode())
    for each in drawn:
        total.update(f" {each.read.key} {each.half} {each.read.version}".encode())
    name = total.hexdigest()[:6]
    rows = tuple(
        Asked(
            f"{name}-{number:03d}",
            each.read.key,
            shown(each.read.body),
            each.read.source,
            each.half,
            each.read.labels,
            each.read.emotion,
        )
        for number, each in enumerate(drawn, start=1)
    )
    version = max((each.read.version for each in drawn), default="")
    return Key(name, first, last + timedelta(days=6), len(texts), tops, version, rows)


def tops_of(leaves: Iterable[str], taxonomy: Taxonomy) -> set[str]:
    """The groups of some leaves; a leaf that is gone from the taxonomy is of none."""
    return {taxonomy.leaves[leaf].top for leaf in leaves if leaf in taxonomy.leaves}


def keep_key(runs: Path, key: Key) -> Path:
    """Write down what a sheet does not show; returns where."""
    path = runs / FOLDER / f"{key.sheet}.json"
    told = asdict(key)
    told["first_on"], told["last_on"] = key.first_on.isoformat(), key.last_on.isoformat()
    write_whole(path, told)
    return path


def keys(runs: Path) -> dict[str, Key]:
    """What was written down of every sheet drawn here, by its name.

    Raises:
        DataError: a file is damaged.
    """
    return {path.stem: _key(path) for path in sorted((runs / FOLDER).glob("*.json"))}


def _key(path: Path) -> Key:
    told = _json(path.read_text(encoding="utf-8"), path, None)
    rows = tuple(
        Asked(**{**row, "found": tuple(Found(**each) for each in row["found"])})
        for row in told.pop("rows")
    )
    first, last = (date.fromisoformat(told.pop(name)) for name in ("first_on", "last_on"))
    return Key(**told, first_on=first, last_on=last, rows=rows)


def load(runs: Path) -> list[Verdict]:
    """Every verdict in force: of one person on one row of a sheet the last.

    Raises:
        DataError: a line is damaged.
    """
    found: dict[tuple[str, str, str], Verdict] = {}
    path = runs / FILE
    if not path.is_file():
        return []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            verdict = _verdict(_json(line, path, number))
            found[_of(verdict)] = verdict
    return list(found.values())


def add(runs: Path, verdicts: Sequence[Verdict]) -> int:
    """Append what is new; what says the same as the one in force is not. Returns how many."""
    before = {_of(verdict): verdict.said for verdict in load(runs)}
    new = [verdict for verdict in verdicts if before.get(_of(verdict)) != verdict.said]
    path = runs / FILE
    try:
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            for verdict in new:
                file.write(json.dumps(asdict(verdict), ensure_ascii=False) + "\n")
    except OSError as error:
        raise cannot_write(path, error) from error
    return len(new)


def once(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """One verdict a text: of whoever has labelled most, as their eyes are the most even."""
    counts = Counter(verdict.annotator for verdict in verdicts)
    ranked = sorted(verdicts, key=lambda v: (-counts[v.annotator], v.annotator, v.sheet))
    found: dict[str, Verdict] = {}
    for verdict in ranked:
        found.setdefault(verdict.text_key, verdict)
    return [found[key] for key in sorted(found)]


def export(verdicts: Sequence[Verdict], path: Path) -> int:
    """One row a text for `complaints train`; returns how many.

    Raises:
        ConfigError: it cannot be written.
    """
    told = once(verdicts)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("text", "labels", "emotion", "source"))
            for verdict in told:
                emotion = "" if verdict.emotion is None else verdict.emotion
                labels = "|".join(verdict.labels) or NO_LABELS
                writer.writerow((verdict.text, labels, emotion, verdict.source))
    except OSError as error:
        raise cannot_write(path, error) from error
    return len(told)


def shown(body: str) -> str:
    """A text as people get to see it: masked, and as a cell can hold it."""
    return _UNPRINTABLE.sub(" ", masked(body))[:LONGEST]


def stamp(now: datetime) -> str:
    """The clock as a verdict keeps it."""
    return now.isoformat(timespec="seconds")


def _of(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.sheet, verdict.text_key, verdict.annotator


def _verdict(told: dict[str, Any]) -> Verdict:
    found = tuple(Found(**each) for each in told.pop("found"))
    return Verdict(**{**told, "labels": tuple(told["labels"])}, found=found)


def _json(text: str, path: Path, line: int | None) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise DataError(
            "is damaged: no JSON",
            fix="put a copy back, or take that line out",
            file=str(path),
            line=line,
        ) from error
    return told
