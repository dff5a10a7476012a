"""The toy recipe and a data set for it."""

from __future__ import annotations

import pytest
from memory_shards import MemoryShards, three_splits

from scorespace import recipe as recipes
from scorespace.recipe import Recipe


@pytest.fixture(scope="session")
def tiny() -> Recipe:
    return recipes.load("tiny")


@pytest.fixture
def shards(tiny: Recipe) -> MemoryShards:
    return three_splits(tiny.grid)
