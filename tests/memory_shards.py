"""A data set in memory: small melodies that the test itself writes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scorespace.music.grid import FIRST_PITCH, HOLD, REST, Grid


@dataclass
class MemoryShards:
    """What the loop and the evaluation ask of a data set, held in memory."""

    grid: Grid
    splits: dict[str, np.ndarray]
    fingerprint: str = "written-by-the-test"
    description: dict = field(default_factory=lambda: {"licence": "CC0-1.0"})

    def tokens(self, split: str) -> np.ndarray:
        return self.splits[split]

    def songs(self, split: str) -> np.ndarray:
        return (np.arange(len(self.splits[split])) // 4).astype(np.uint32)


def melodies(grid: Grid, count: int, seed: int) -> np.ndarray:
    """(count, 1, steps) uint16: scales up or down in eighths or quarters, some ending in silence."""
    rng = np.random.default_rng(seed)
    tokens = np.full((count, *grid.shape), HOLD, np.uint16)
    for phrase in tokens[:, 0]:
        stride = rng.choice([2, 4])
        places = np.arange(0, grid.steps, stride)
        low = FIRST_PITCH + 8 + rng.integers(0, 10)
        phrase[places] = low + rng.choice([-1, 1]) * np.arange(len(places)) + (7 if stride == 4 else 5)
        if rng.random() < 0.3:
            phrase[-2] = REST
    return tokens


def three_splits(grid: Grid) -> MemoryShards:
    """96 phrases to train on, 24 for validation, 24 for the test."""
    counts = {"train": 96, "valid": 24, "test": 24}
    return MemoryShards(
        grid, {split: melodies(grid, count, seed) for seed, (split, count) in enumerate(counts.items())}
    )
