"""A space whose attributes can be computed by hand: two numbers of a point say how many notes and how wide apart."""

from __future__ import annotations

import numpy as np
import torch
from memory_shards import MemoryShards
from torch import Tensor

from scorespace.checkpoint import Checkpoint
from scorespace.models.base import LatentModel
from scorespace.music.attributes import attributes_of
from scorespace.music.grid import FIRST_PITCH, HOLD, Grid
from scorespace.space import Space, noise
from scorespace.vectors import AttributeVectors

GRID = Grid(bars=2)
CENTRE = FIRST_PITCH + 60


class Ladder(LatentModel):
    """z[0]: 8 + 4 z notes a phrase (1 to 32); z[1]: every second note lies 6 + 2 z semitones above (0 to 24).

    The other numbers are for nothing; of a phrase they are 1, so that no point is zero.
    """

    z_size = 4

    def __init__(self) -> None:
        super().__init__(GRID)
        self.weight = torch.nn.Parameter(torch.ones(()))

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        onset = tokens[:, 0] >= FIRST_PITCH
        notes = onset.sum(1)
        high = torch.where(onset, tokens[:, 0], 0).amax(1)
        low = torch.where(onset, tokens[:, 0], 1000).amin(1)
        mean = torch.stack([(notes - 8) / 4, (high - low - 6) / 2, torch.ones(len(tokens)), torch.ones(len(tokens))], 1)
        return mean.to(self.weight.dtype), torch.full_like(mean, 0.1)

    def decode(self, z: Tensor, temperature: float = 0.0, uniforms: Tensor | None = None) -> Tensor:
        tokens = torch.full((len(z), *GRID.shape), HOLD)
        for row, point in zip(tokens, z, strict=True):
            count = int(torch.round(8 + 4 * point[0]).clamp(1, 32))
            apart = int(torch.round(6 + 2 * point[1]).clamp(0, 24))
            places = (torch.arange(count) * 32) // count
            row[0, places] = CENTRE + apart * (torch.arange(count) % 2)
        return tokens

    def log_likelihood(self, tokens: Tensor, z: Tensor) -> Tensor:
        return torch.zeros(len(z))

    def next_step(self, tokens: Tensor, z: Tensor) -> Tensor:
        return self.decode(z)

    def loss(self, batch: Tensor, step: int, phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        raise AssertionError("nobody trains it")


def checkpoint(attributes: AttributeVectors | None = None) -> Checkpoint:
    return Checkpoint(Ladder().eval(), GRID, {"model": {"name": "ladder"}}, "1" * 64, attributes)


def shards(count: int = 200) -> MemoryShards:
    """Phrases that the ladder writes at points of the prior."""
    z = np.stack([noise.normals(3, take, 0, 4) for take in range(count)])
    tokens = Ladder().decode(torch.from_numpy(z)).numpy().astype(np.uint16)
    return MemoryShards(GRID, {"train": tokens, "valid": tokens[:8], "test": tokens[:8]})


def vectors(still: tuple[str, ...] = ("out_of_key",)) -> AttributeVectors:
    """What `learn` would find, but exact; the attributes named `still` cannot be moved."""
    names = tuple(attributes_of(GRID))
    rows = np.zeros((len(names), 4))
    rows[names.index("density"), 0] = rows[names.index("pitch_range"), 1] = 1.0
    table = [
        {"name": name, "unit": attributes_of(GRID)[name].unit, "mean": 0.0, "spread": 1.0, "effect": 1.0}
        | {"movable": name not in still, "reason": "it changes by 0.02 of its spread" if name in still else None}
        for name in names
    ]
    return AttributeVectors(names, {"quartiles": rows, "regression": rows.copy()}, {"attributes": table})


def space(still: tuple[str, ...] = ("out_of_key",)) -> Space:
    return Space(checkpoint(vectors(still)), "toy")
