"""Platforms' own formulas of a shop's score: sql/scores as typed objects."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aftersales.contracts import read_yaml, refusal
from aftersales.errors import ConfigError
from aftersales.settings import layered_files


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Version(_Strict):
    """A formula from a day on, until the next one.

    Attributes:
        source: where it was read, and how sure that is.
        window_days: how far back reviews count, the day itself among them.
        first_of_buyer_and_month: how many of a buyer count in a month; None: all.
        within_days: how long after completion one may be written; None: for ever.
        all_weight: of the mean of all reviews, those the platform wrote itself too.
        active_weight: of the mean of those that buyers wrote.
    """

    valid_from: date
    source: str
    window_days: int = Field(gt=0)
    first_of_buyer_and_month: int | None = Field(gt=0)
    within_days: int | None = Field(ge=0)
    all_weight: float = Field(ge=0, le=1)
    active_weight: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _weights_are_shares(self) -> Version:
        if abs(self.all_weight + self.active_weight - 1) > 1e-9:
            raise ValueError("all_weight and active_weight must add up to 1")
        return self


class Score(_Strict):
    """One formula with its versions.

    Attributes:
        platform: whose it is.
    """

    name: str = Field(alias="score")
    label: dict[Literal["zh", "en"], str]
    platform: str
    versions: list[Version] = Field(min_length=1)

    @model_validator(mode="after")
    def _a_day_has_one_version(self) -> Score:
        if len({v.valid_from for v in self.versions}) < len(self.versions):
            raise ValueError("two versions have the same valid_from")
        return self


def load(layers: tuple[Path, ...]) -> dict[str, Score]:
    """Every formula by name.

    Raises:
        ConfigError: a file is not YAML, lacks a part, holds an unknown key or another's name.
    """
    found: dict[str, Score] = {}
    for path in layered_files(layers, "scores", "*.yml").values():
        try:
            score = Score.model_validate(read_yaml(path))
        except ValidationError as error:
            raise refusal(error, path) from error
        if score.name != path.stem:
            raise ConfigError(
                f"score: {score.name} is not the file's name",
                fix=f"name the file {score.name}.yml, or the score {path.stem}",
                file=str(path),
            )
        found[score.name] = score
    return found


# What ref_score holds of a version, in its columns' order.
COLUMNS = (
    "formula varchar, platform varchar, valid_from date, valid_to date, window_days bigint, "
    "first_of_buyer_and_month bigint, within_days bigint, all_weight double, active_weight double"
)


def rows(scores: dict[str, Score]) -> list[tuple[object, ...]]:
    """One row a version, each until the next one's first day."""
    found: list[tuple[object, ...]] = []
    for score in scores.values():
        versions = sorted(score.versions, key=lambda version: version.valid_from)
        ends = [*(version.valid_from for version in versions[1:]), date(2900, 1, 1)]
        for version, end in zip(versions, ends, strict=True):
            facts = version.model_dump(exclude={"source", "valid_from"})
            found.append((score.name, score.platform, version.valid_from, end, *facts.values()))
    return found
