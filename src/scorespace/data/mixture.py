"""Several data sets as one: the same music in several metres, for a model that writes in all of them.

A batch is of one metre. Held-out figures during training are those of the first data set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scorespace.data.batches import Batches
from scorespace.data.shards import Shards
from scorespace.errors import UsageError
from scorespace.music.grid import Grid


@dataclass(frozen=True)
class Mixture:
    """Data sets whose grids differ in their metre alone; the first one speaks for all."""

    parts: tuple[Shards, ...]

    def __post_init__(self) -> None:
        first = self.parts[0]
        for other in self.parts[1:]:
            if replace(other.grid, metre=first.grid.metre) != first.grid:
                raise UsageError(
                    f"{other.folder} and {first.folder} cannot be mixed: their grids differ in more than the metre."
                )
        if len({part.grid.metre for part in self.parts}) < len(self.parts):
            raise UsageError("Each data set of a mixture must have a metre of its own; prepare those of one together.")

    @property
    def metres(self) -> list[str]:
        """Of the grids, such as "4/4"."""
        return [part.grid.metre_name for part in self.parts]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over those of the parts; of one part its own."""
        if len(self.parts) == 1:
            return self.parts[0].fingerprint
        return hashlib.sha256("".join(part.fingerprint for part in self.parts).encode()).hexdigest()

    @property
    def description(self) -> dict[str, Any]:
        """That of the first; of several with the counts of each metre."""
        first = self.parts[0].description
        if len(self.parts) == 1:
            return first
        counts = {metre: part.description["counts"] for metre, part in zip(self.metres, self.parts, strict=True)}
        return {**first, "counts": counts}

    def batches(self, batch_size: int, seed: int, transpose: tuple[int, int], balance: float) -> Batches | MixedBatches:
        """Of the training splits."""
        each = [Batches(part, "train", batch_size, seed, transpose, balance) for part in self.parts]
        return each[0] if len(each) == 1 else MixedBatches(each, seed)

    def count(self, split: str) -> int:
        """Phrases of a split in all parts."""
        return sum(len(part.tokens(split)) for part in self.parts)


class MixedBatches:
    """Batches of several data sets, shuffled: in an epoch each gives as many as it has."""

    def __init__(self, parts: Sequence[Batches], seed: int) -> None:
        self.parts, self.seed = parts, seed
        self._held: tuple[int, np.ndarray, np.ndarray] = (-1, np.empty(0, np.int64), np.empty(0, np.int64))

    @property
    def per_epoch(self) -> int:
        """Whole batches in an epoch."""
        return sum(part.per_epoch for part in self.parts)

    def at(self, step: int) -> np.ndarray:
        """The batch of a step (from 0), int64 (batch_size, tracks, steps of its grid)."""
        part, number = self._place(step)
        return part.at(number)

    def genres_at(self, step: int) -> np.ndarray:
        """See `Batches.genres_at`."""
        part, number = self._place(step)
        return part.genres_at(number)

    def grid_at(self, step: int) -> Grid:
        """The grid of a step's batch."""
        return self._place(step)[0].grid

    def _place(self, step: int) -> tuple[Batches, int]:
        """The part that gives a step's batch, and which of its batches."""
        epoch, place = divmod(step, self.per_epoch)
        held = self._held  # bound once: another thread may be an epoch further
        if held[0] != epoch:
            each = np.repeat(np.arange(len(self.parts)), [part.per_epoch for part in self.parts])
            order = np.random.default_rng((self.seed, 4, epoch)).permutation(each)
            rank = np.zeros(len(order), np.int64)
            for k in range(len(self.parts)):
                rank[order == k] = np.arange((order == k).sum())
            held = (epoch, order, rank)
            self._held = held
        part = self.parts[held[1][place]]
        return part, epoch * part.per_epoch + int(held[2][place])
