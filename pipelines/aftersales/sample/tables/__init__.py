"""The sample world as tables named like those of the contracts; to import it registers them all."""

from aftersales.sample.tables import desk, help_desk, reference, register, shop
from aftersales.sample.tables.world import (
    OF_ALL_DAYS,
    READINGS,
    World,
    cut,
    lists_anything,
    make,
    spread,
)

__all__ = [
    "OF_ALL_DAYS",
    "READINGS",
    "World",
    "cut",
    "desk",
    "help_desk",
    "lists_anything",
    "make",
    "reference",
    "register",
    "shop",
    "spread",
]
