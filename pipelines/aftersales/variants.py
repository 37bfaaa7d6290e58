"""Platforms' own definitions of response time: sql/variants as typed objects."""

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
    """A definition from a day on, until the next one.

    Attributes:
        source: where it was read, and how sure that is.
        unit: what is counted: every turn, the first turn of a conversation, or a buyer's day.
        kinds: which conversations.
        clock: what starts it: the question, the conversation, or the robot's leaving.
        from_hour, until_hour: local hours a question must be asked in, half-open.
        cap_seconds: longer waits count as this long.
        within_seconds: of a share: the longest wait that is in time.
        unanswered: what a question without a reply counts as.
        same_day: an answer after local midnight is none.
        robot_only: what a conversation that only robots answered counts as.
        transfer: what handing over without a reply does: nothing; the clock starts anew; or it
            does, and the question is unanswered for whoever handed it over.
        zero_seconds: replies within the second.
    """

    valid_from: date
    source: str
    unit: Literal["turn", "conversation", "person"]
    kinds: Literal["chat", "any"]
    clock: Literal["asked", "created", "robot_left"]
    from_hour: int = Field(ge=0, le=24)
    until_hour: int = Field(ge=0, le=24)
    cap_seconds: int | None = Field(default=None, gt=0)
    within_seconds: int | None = Field(default=None, gt=0)
    unanswered: Literal["left_out", "cap", "missed"]
    same_day: bool
    robot_only: Literal["left_out", "counted"]
    transfer: Literal["ignored", "restarts", "leaves_unanswered"]
    zero_seconds: Literal["counted", "left_out"]

    @model_validator(mode="after")
    def _parts_fit(self) -> Version:
        if self.unanswered == "cap" and self.cap_seconds is None:
            raise ValueError("unanswered: cap needs cap_seconds")
        if self.from_hour >= self.until_hour:
            raise ValueError("from_hour must be before until_hour")
        return self


class Variant(_Strict):
    """One named definition with its versions.

    Attributes:
        platform: whose it is.
        statistic: mean of seconds, or share in time.
    """

    name: str = Field(alias="variant")
    label: dict[Literal["zh", "en"], str]
    platform: str
    statistic: Literal["mean", "share"]
    versions: list[Version] = Field(min_length=1)

    @model_validator(mode="after")
    def _a_share_has_a_limit(self) -> Variant:
        if self.statistic == "share" and any(v.within_seconds is None for v in self.versions):
            raise ValueError("a share needs within_seconds")
        if len({v.valid_from for v in self.versions}) < len(self.versions):
            raise ValueError("two versions have the same valid_from")
        return self


def load(layers: tuple[Path, ...]) -> dict[str, Variant]:
    """Every variant by name.

    Raises:
        ConfigError: a file is not YAML, lacks a part, holds an unknown key or another's name.
    """
    found: dict[str, Variant] = {}
    for path in layered_files(layers, "variants", "*.yml").values():
        try:
            variant = Variant.model_validate(read_yaml(path))
        except ValidationError as error:
            raise refusal(error, path) from error
        if variant.name != path.stem:
            raise ConfigError(
                f"variant: {variant.name} is not the file's name",
                fix=f"name the file {variant.name}.yml, or the variant {path.stem}",
                file=str(path),
            )
        found[variant.name] = variant
    return found


# What ref_variant holds of a version, in its columns' order.
COLUMNS = (
    "variant varchar, platform varchar, statistic varchar, valid_from date, valid_to date, "
    "unit varchar, kinds varchar, clock varchar, from_hour bigint, until_hour bigint, "
    "cap_seconds double, within_seconds double, unanswered varchar, is_same_day boolean, "
    "robot_only varchar, transfer varchar, zero_seconds varchar"
)


def rows(variants: dict[str, Variant]) -> list[tuple[object, ...]]:
    """One row a version, each until the next one's first day."""
    found: list[tuple[object, ...]] = []
    for variant in variants.values():
        versions = sorted(variant.versions, key=lambda version: version.valid_from)
        ends = [*(version.valid_from for version in versions[1:]), date(2900, 1, 1)]
        for version, end in zip(versions, ends, strict=True):
            facts = version.model_dump(exclude={"source", "valid_from"})
            whose = (variant.name, variant.platform, variant.statistic)
            found.append((*whose, version.valid_from, end, *facts.values()))
    return found
